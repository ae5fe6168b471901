"""Workbooks: figures are numbers, days are dates, text is text, and the sums come out."""

from __future__ import annotations

import io
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.cli import main
from pricing.errors import PricingError
from pricing.render import Column, Facts, Figure, Report, Row, Table, Text, Word, report_bytes
from pricing.render.workbook import summed_rows

pytest.importorskip("xlsxwriter", reason="the xlsx extra is not installed")
openpyxl = pytest.importorskip("openpyxl", reason="nothing reads a workbook back here")


def book(report: Report) -> Any:
    return openpyxl.load_workbook(io.BytesIO(report_bytes(report, "xlsx")))


def sheet(table: Table) -> Any:
    return book(Report("cost", "x", [table])).worksheets[1]


def recomputed(cells: Any, formula: str) -> Fraction:
    """Add up a =SUM(...) as a spreadsheet does, from the numbers that stand in the cells."""
    (inside,) = re.fullmatch(r"=SUM\((.*)\)", formula).groups()
    total = Fraction(0)
    for run in inside.split(","):
        for (cell,) in cells[run] if ":" in run else [[cells[run]]]:
            total += Fraction(repr(cell.value)) if cell.value is not None else 0
    return total


COLUMNS = [
    Column("day,model", "Day, model", "name"),
    Column("on", "On", "number"),
    Column("hit", "Hit", "percent"),
    Column("usd", "Cost USD", "money", 4),
]
ROWS = [
    Row(("2026-11-19", None, None, Decimal("18.95341")), is_subtotal=True),
    Row(("opus", "2026-11-01", Fraction(934, 1000), Decimal("18.93544")), 1),
    Row(("haiku", None, Decimal("0.779"), Decimal("0.01797")), 1),
    Row(("2026-11-20", None, None, Decimal("-2.41559")), is_subtotal=True),
    Row(("sonnet", None, Decimal("0.917"), Decimal("-2.41559")), 1),
]
TABLE = Table(COLUMNS, ROWS, total=("Total", None, Decimal("0.93"), Decimal("16.53782")))


def test_figures_are_numbers_with_a_format_and_days_are_dates() -> None:
    cells = sheet(TABLE)
    assert cells.title == "Cost"
    assert (cells["A2"].value, cells["A2"].number_format) == (datetime(2026, 11, 19), "yyyy-mm-dd")
    assert cells["B3"].value == datetime(2026, 11, 1)
    assert (cells["C3"].value, cells["C3"].number_format) == (0.934, "0.0 %")
    assert (cells["D3"].value, cells["D3"].number_format) == (18.93544, "#,##0.0000")
    assert cells["D6"].value == -2.41559
    assert cells["A3"].alignment.indent == 1
    assert cells.freeze_panes == "B2"


def test_the_total_stands_beside_a_sum_that_recomputes_it() -> None:
    cells = sheet(TABLE)
    assert (cells["A7"].value, cells["D7"].value) == ("Total", 16.53782)
    assert cells["A8"].value == "Sum of the rows, by this sheet"
    # 18.93544 + 0.01797 - 2.41559; the subtotals are not added again
    assert cells["D8"].value == "=SUM(D3:D4,D6:D6)"
    assert recomputed(cells, cells["D8"].value) == Fraction("16.53782")


@given(st.lists(st.decimals("-1e6", "1e6", places=6), min_size=1, max_size=30))
def test_every_sum_comes_out(amounts: list[Decimal]) -> None:
    rows = [(f"r{n}", amount) for n, amount in enumerate(amounts)]
    table = Table([Column("a", "A"), Column("b", "B", "money")], rows, total=("T", sum(amounts)))
    cells = sheet(table)
    last = len(rows) + 2
    assert recomputed(cells, cells[f"B{last + 1}"].value) == Fraction(sum(amounts))


def test_what_is_not_the_sum_of_its_rows_has_no_formula() -> None:
    columns = [Column("a", "A"), Column("b", "B", "money"), Column("c", "C", "percent")]
    share = Decimal("0.5")
    table = Table(columns, [("x", 1, share), ("y", 2, share)], total=("Total", 4, share))
    assert summed_rows(table, 1) == []
    assert sheet(table)["B5"].value is None
    table = Table(columns, [("x", 1, share)], total=("Total", Word("unpriced"), share))
    assert sheet(table)["B4"].value is None


def test_more_digits_than_a_spreadsheet_keeps_stand_exactly_in_a_comment() -> None:
    figures = [Decimal("0.1234567890123456789"), 10**16 + 1, Fraction(1, 3), Decimal("0.1"), 10**20]
    cells = sheet(Table([Column("b", "B", "number")], [(figure,) for figure in figures]))
    comments = [cells[f"A{row}"].comment for row in range(2, 7)]
    assert [comment and comment.text for comment in comments] == [
        "exactly 0.1234567890123456789", "exactly 10000000000000001", "exactly 1/3", None, None,
    ]  # fmt: skip


def test_a_bound_a_change_and_a_word_are_shown_as_what_they_are() -> None:
    rows = [("a", Figure(Decimal("4.186"), ">=")), ("b", Figure(Decimal("2.5"), "+")),
            ("c", Word("unpriced", "missing"))]  # fmt: skip
    cells = sheet(Table([Column("a", "A"), Column("b", "B", "money")], rows))
    assert (cells["B2"].value, cells["B2"].number_format) == (4.186, '">= "#,##0.000')
    assert (cells["B3"].value, cells["B3"].number_format) == (
        2.5,
        "+#,##0.000;-#,##0.000;#,##0.000",
    )
    assert cells["B4"].value == "unpriced"


HOSTILE = ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "=HYPERLINK(\"http://x\")", "http://x",
           "<script>alert(1)</script>", "]]>", "\u202eabc", "\x00\x1b[31m", "x" * 40_000, "'=1",
           "{=1}", "a|b", "a\nb"]  # fmt: skip


def test_hostile_text_is_text() -> None:
    table = Table(
        [Column("model", text, "name") for text in HOSTILE], [HOSTILE], title="=[evil]*?",
        notes=HOSTILE,
    )  # fmt: skip
    blocks = [Facts([(text, text) for text in HOSTILE]), *map(Text, HOSTILE), table]
    made = book(Report("x", HOSTILE[0], blocks, notes=HOSTILE, problems=HOSTILE))
    for cells in made.worksheets:
        for row in cells.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n")
                assert cell.hyperlink is None
                assert len(str(cell.value or "")) <= 32_767
                assert "\u202e" not in str(cell.value)
    assert made.worksheets[1].title == "= evil"
    assert made.worksheets[1]["A2"].value == "=cmd()"


def test_sheets_of_one_name_are_told_apart() -> None:
    table = Table([Column("a", "A")], [("x",)])
    titles = ["T" * 40, "T" * 40, "history", "'q'", ":/?", "Summary"]
    tables = [Table(table.columns, table.rows, title=title) for title in titles]
    names = book(Report("x", "x", tables)).sheetnames
    assert len({name.lower() for name in names}) == len(titles) + 1
    assert all(len(name) <= 31 for name in names)


def test_the_same_report_is_the_same_file() -> None:
    report = Report("cost", "x", [TABLE])
    assert report_bytes(report, "xlsx") == report_bytes(report, "xlsx")


def test_the_command_writes_a_workbook_whole_or_not_at_all(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cost.xlsx"
    words = ["cost", "examples/usage.jsonl", "--by", "day,model", "--quiet"]
    assert main([*words, "-o", str(path)]) == 0
    cells = openpyxl.load_workbook(path).worksheets[1]
    last = cells.max_row
    assert (cells[f"A{last - 1}"].value, cells[f"G{last - 1}"].value) == ("Total", 1.468657991)
    assert recomputed(cells, cells[f"G{last}"].value) == Fraction("1.468657991")
    folder = tmp_path / "kept.xlsx"
    folder.write_bytes(b"before")
    assert main([*words, "-o", str(tmp_path / "no" / "kept.xlsx")]) == 2
    assert (
        main([*words, "--format", "xlsx", "--report", f"png={folder}", "--seller", "nobody"]) == 2
    )
    assert folder.read_bytes() == b"before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cost.xlsx", "kept.xlsx"]


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(PricingError) as caught:
        report_bytes(Report("x", "x"), "xlsx")
    assert caught.value.remedy == "Install it: pip install 'pricing-ratecards[xlsx]'"
