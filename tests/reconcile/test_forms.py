"""Every form of statement: exact as sent; and cut, shuffled, doubled or mixed never half read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from statement_forms import FORMS, Form

from pricing.catalog import shipped_book
from pricing.errors import InvoiceError
from pricing.reconcile.cells import Bill
from pricing.reconcile.invoices import FORMS as READERS
from pricing.reconcile.invoices import read_statement
from pricing.reconcile.statement import Statement

Write = Callable[[str, str], str]
BAD = ("NaN", "Infinity", "-inf", "1e99999", "12 USD", "1,204.50", "0x1F", "\u0661")


def each(forms: Iterable[Form]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("form", list(forms), ids=lambda form: form.name)


each_form = each(FORMS)


@pytest.fixture
def read(write: Write) -> Callable[..., Statement]:
    """Give a function that reads a text as a form."""

    def found(form: Form, text: str, currency: str | None = None) -> Statement:
        mapping = None if form.mapping is None else write("map.yaml", form.mapping)
        path = write(form.file, text)
        return read_statement(path, mapping, shipped_book().vocabulary, currency)

    return found


Read = Callable[..., Statement]


def identities(statement: Statement) -> list[str]:
    return sorted(repr(line.identity) for line in statement.lines)


def test_every_reader_has_a_sample() -> None:
    with_money = {form.name for form in READERS if form.module}
    named = {"anthropic-cost-csv": "anthropic-console-csv"}
    assert {named.get(name, name) for name in with_money} <= {form.name for form in FORMS}


@each_form
def test_a_form_is_read_to_the_last_digit(form: Form, read: Read) -> None:
    found = read(form, form.text(form.rows))
    assert found.total == Decimal(form.total)
    assert [line.kind for line in found.lines] == list(form.kinds)
    usage = [line for line in found.lines if line.kind == "usage"]
    assert not [line.unread for line in usage if line.unread]
    assert all(line.start is not None for line in usage)
    for words in form.notes:
        assert any(words in note for note in found.notes), found.notes
    # every line knows where it stands
    assert all(line.place.rpartition(":")[2].isdecimal() for line in found.lines)
    Bill([found])


@each_form
def test_what_is_cut_off_is_told(form: Form, read: Read) -> None:
    text = form.text(form.rows)
    cuts = sorted({len(text) * part // 40 for part in range(1, 40)} | {len(text) - 1})
    for cut in cuts:
        short = text[:cut]
        if form.is_table and short.endswith("\n"):
            continue
        try:
            found = read(form, short)
        except InvoiceError:
            continue
        # a CSV may lack its last line end: then that is said
        assert form.is_table, short[-80:]
        assert any("was the file cut off there?" in note for note in found.notes), short[-80:]


@each_form
def test_the_order_of_rows_does_not_matter(form: Form, read: Read) -> None:
    plain, turned = read(form, form.text(form.rows)), read(form, form.text(form.rows[::-1]))
    assert identities(plain) == identities(turned)
    assert plain.total == turned.total


@each_form
def test_a_row_that_stands_twice_counts_twice_or_is_refused(form: Form, read: Read) -> None:
    doubled = form.text([form.rows[0], *form.rows])
    if form.checks_total:
        with pytest.raises(InvoiceError, match="add up to"):
            read(form, doubled)
        return
    plain, found = read(form, form.text(form.rows)), read(form, doubled)
    assert len(found.lines) > len(plain.lines)
    assert found.total - plain.total == found.lines[0].amount + sum(
        line.amount for line in found.lines[1:2] if line.kind == "credit" and form.is_table is False
    )


@each(form for form in FORMS if form.foreign is not None)
def test_two_currencies_are_never_added(form: Form, read: Read) -> None:
    assert form.foreign is not None
    text = form.text([form.foreign(form.rows[0]), *form.rows[1:]])
    with pytest.raises(InvoiceError, match=r"2 currencies|another currency|add up to"):
        read(form, text)
    if form.checks_total:
        return
    plain = read(form, form.text(form.rows))
    kept = read(form, text, plain.currency)
    assert kept.currency == plain.currency
    assert sum(number for number, _ in kept.left.values()) >= 1
    assert len(kept.lines) < len(plain.lines)


@each(form for form in FORMS if form.longer is not None)
def test_a_month_is_not_mixed_with_its_days(form: Form, read: Read) -> None:
    assert form.longer is not None
    found = read(form, form.text([form.longer(form.rows[0]), *form.rows[1:]]))
    with pytest.raises(InvoiceError, match="periods that overlap"):
        Bill([found])


@each_form
@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_amount_is_refused_with_its_line(form: Form, bad: str, read: Read) -> None:
    with pytest.raises(InvoiceError, match=r"amount|add up to|total") as error:
        read(form, form.text([form.amount(form.rows[0], bad), *form.rows[1:]]))
    assert error.value.faults[0].path is not None


@each_form
def test_a_row_without_its_amount_is_refused(form: Form, read: Read) -> None:
    empty: Any = "" if form.is_table else None
    with pytest.raises(InvoiceError):
        read(form, form.text([form.amount(form.rows[0], empty), *form.rows[1:]]))


@each_form
def test_a_sign_that_is_turned_is_seen(form: Form, read: Read) -> None:
    turned = form.amount(form.rows[0], "-7")
    if form.checks_total:
        with pytest.raises(InvoiceError, match="add up to"):
            read(form, form.text([turned, *form.rows[1:]]))
        return
    found = read(form, form.text([turned, *form.rows[1:]]))
    assert found.lines[0].amount < 0
    assert found.total < Decimal(form.total)


@each_form
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(
    form: Form, read: Read, tmp_path: Path
) -> None:
    text = form.text(form.rows)
    plain = read(form, text)
    path = tmp_path / f"marked-{form.file}"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    mapping = None if form.mapping is None else str(tmp_path / "map.yaml")
    found = read_statement(str(path), mapping, shipped_book().vocabulary)
    assert identities(found) == identities(plain)
    link = tmp_path / f"link-{form.file}"
    os.symlink(path, link)
    assert identities(read_statement(str(link), mapping, shipped_book().vocabulary)) == (
        identities(plain)
    )


@each_form
def test_bytes_that_are_no_text_are_refused(form: Form, tmp_path: Path) -> None:
    text = form.text(form.rows)
    for data in (text.encode("utf-16"), text.encode()[:-3] + b"\xff\xfe\n", b"\x00" * 64):
        path = tmp_path / form.file
        path.write_bytes(data)
        with pytest.raises(InvoiceError) as error:
            read_statement(str(path))
        assert error.value.faults[0].path is not None


def test_a_form_of_the_analytics_with_a_full_bucket_says_so(read: Read) -> None:
    form = next(form for form in FORMS if form.name == "anthropic-analytics-report")
    rows = [{**form.rows[0], "workspace_id": f"wrkspc_{n}"} for n in range(100)]
    assert not read(form, form.text(rows[:99])).notes
    assert "smaller ones may be missing" in read(form, form.text(rows)).notes[0]
