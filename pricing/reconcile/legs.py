"""Four legs: our log, the provider's usage report, its cost report, the invoice. Any two or more.

log ─ metering ─ usage report ─ rating ─ cost report ─ money ─ invoice. Where the log is given the
cost report is held against it; else against the usage report, priced by the cards.
"""

from __future__ import annotations

import os
from decimal import Decimal

from pricing.errors import InvoiceError
from pricing.money import ZERO, add, multiply
from pricing.reconcile.ageing import tell_age
from pricing.reconcile.read_log import read_log
from pricing.reconcile.run import reconcile
from pricing.reconcile.state import size
from pricing.reconcile.terms import Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.money import Exact
    from pricing.rating.quote import Flags
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.log import Log
    from pricing.reconcile.statement import Statement


class Counted:
    """One count that log and usage report tell differently."""

    __slots__ = ("day", "logged", "meter", "model", "reported")

    def __init__(self, day: str, model: str, meter: str, logged: Exact, reported: Exact) -> None:
        self.day = day
        self.model = model
        self.meter = meter
        self.logged = logged
        self.reported = reported


class Part:
    """One kind of money of the cost reports and of the invoice."""

    __slots__ = ("cost", "invoiced", "name")

    def __init__(self, name: str, cost: Exact, invoiced: Exact) -> None:
        self.name = name
        self.cost = cost
        self.invoiced = invoiced


class Legs:
    """What each leg says; None: it was not asked for."""

    def __init__(self) -> None:
        self.metering: list[Counted] | None = None
        self.counts = 0
        self.rating: Diagnosis | None = None
        self.money: list[Part] | None = None
        self.currency = ""
        self.logs: list[Log] = []

    @property
    def has_failed(self) -> bool:
        """Whether some leg does not agree, and not all of it is explained."""
        if self.metering:
            return True
        if self.rating is not None and self.rating.status in ("discrepancy", "ambiguous"):
            return any(_is_certain(f) for f in (*self.rating.findings, *self.rating.unexplained))
        return any(part.name == "usage" and part.cost != part.invoiced for part in self.money or ())


def _is_certain(finding: Any) -> bool:
    """Tell whether a finding is a failure, and not only money that could not be matched."""
    return not finding.is_quiet and finding.code != "unmatched"


def check_files(paths: Sequence[str]) -> None:
    """Refuse a statement that is given twice; raises InvoiceError."""
    seen: dict[tuple[int, int], str] = {}
    for path in paths:
        try:
            about = os.stat(path)
        except OSError as error:
            raise InvoiceError(f"cannot be read: {error.strerror}", path=path) from None
        key = (about.st_dev, about.st_ino)
        if key in seen:
            raise InvoiceError("the same statement twice", path=path, remedy="Give it once.")
        seen[key] = path


def run_legs(
    statements: Sequence[Statement],
    invoices: Sequence[Statement],
    usage: Sequence[str],
    reports: Sequence[str],
    catalog: Catalog,
    terms: Terms,
    *,
    seller: str | None = None,
    flags: Flags | None = None,
    mapping: Any = None,
    shape: str | None = None,
    watch: Callable[[str, int, int], None] | None = None,
    today: int | None = None,
) -> Legs:
    """Hold what is given against its neighbour; raises InvoiceError, UsageError."""
    found = Legs()
    _refuse_overlap(statements)
    _join_pages(statements)
    _join_pages(invoices)
    if usage and reports:
        _metering(found, usage, reports, catalog, terms, mapping, shape)
    logged = usage or reports
    if logged:
        found.rating = reconcile(
            statements, logged, catalog, terms, seller=seller, flags=flags,
            mapping=mapping if usage else None, shape=shape if usage else None, watch=watch,
        )  # fmt: skip
        found.logs.append(found.rating.case.log)
        found.currency = found.rating.case.bill.currency
        if today is not None:
            tell_age(found.rating, terms, today)
    if invoices:
        _money(found, statements, invoices)
    return found


def _refuse_overlap(statements: Sequence[Statement]) -> None:
    """Refuse two files that hold the same lines; raises InvoiceError."""
    seen: dict[tuple[object, ...], str] = {}
    for statement in statements:
        mine = {line.identity for line in statement.lines if line.amount}
        for key in mine:
            other = seen.get(key)
            if other is not None and other != statement.path:
                same = sum(seen.get(k) == other for k in mine)
                if 2 * same > len(mine):
                    raise InvoiceError(
                        f"{same:,} lines stand in {other} too",
                        path=statement.path,
                        remedy="Give each page or export once.",
                    )
        for key in mine:
            seen.setdefault(key, statement.path)


def _join_pages(statements: Sequence[Statement]) -> None:
    """Take a page that says that another follows with the page of later days that does."""
    first = {id(s): min((ln.start for ln in s.lines if ln.start), default=None) for s in statements}
    for page in statements:
        own = first[id(page)]
        if page.is_complete or own is None:
            continue
        later = [
            (start, each.path)
            for each in statements
            if each.name == page.name and (start := first[id(each)]) is not None and start > own
        ]
        if later:
            page.is_complete = True
            page.notes.append(
                f"{page.path} says that a page follows: taken for it is {min(later)[1]}"
            )


def _metering(
    found: Legs,
    usage: Sequence[str],
    reports: Sequence[str],
    catalog: Catalog,
    terms: Terms,
    mapping: Any,
    shape: str | None,
) -> None:
    """Hold the counts of the log against those of the usage report, day by day."""
    log = read_log(catalog, usage, terms, mapping=mapping, shape=shape)
    report = read_log(catalog, reports, terms)
    offset = terms.offset()
    whole = {_untyped(meter) for atom in report.atoms for meter in atom.sums}
    sides: list[dict[tuple[str, str, str], Exact]] = []
    for each in (log, report):
        sums: dict[tuple[str, str, str], Exact] = {}
        for atom in each.atoms:
            if atom.who == "duplicate" or (atom.who == "error" and not terms.errors_billable):
                continue
            if atom.who == "failed_tool" and not terms.failed_tool_calls_billable:
                continue
            at = atom.end if terms.bucket_by == "end" else atom.start
            at += offset(at)
            for meter, quantity in atom.sums.items():
                name = _named(meter, atom.quote.tariff.assume.get(meter), whole)
                key = (_day(at), atom.card.model, name)
                sums[key] = add(sums.get(key, ZERO), Decimal(quantity))
        sides.append(sums)
    days = {key[0] for key in sides[1]}
    keys = sorted(key for key in {*sides[0], *sides[1]} if key[0] in days and key[2] != "request")
    found.counts = len(keys)
    found.metering = [
        Counted(*key, sides[0].get(key, ZERO), sides[1].get(key, ZERO))
        for key in keys
        if sides[0].get(key, ZERO) != sides[1].get(key, ZERO)
    ]
    found.logs += [log, report]


def _named(meter: str, assumed: str | None, whole: Collection[str]) -> str:
    """Give the meter under which the report counts another: itself, its kind, what it is part of.

    ``assumed`` is what the card takes a meter without a kind for.
    """
    for name in (meter, assumed, meter.rpartition(".")[0]):
        if name in whole:
            return str(name)
    return _untyped(meter)


def _untyped(meter: str) -> str:
    """Give output for output.reasoning: what most usage reports count."""
    return "output" if meter == "output.reasoning" else meter


def _day(at: int) -> str:
    from pricing.instants import day

    return day(at)


def _money(found: Legs, statements: Sequence[Statement], invoices: Sequence[Statement]) -> None:
    """Hold the money of cost reports against that of the invoice, kind by kind."""
    currencies = {s.currency for s in (*statements, *invoices) if s.currency}
    if len(currencies) > 1:
        raise InvoiceError(
            f"cost report and invoice are in {' and '.join(sorted(currencies))}",
            remedy="Give both in one currency.",
        )
    found.currency = currencies.pop() if currencies else found.currency
    sides: list[dict[str, Exact]] = []
    for group in (statements, invoices):
        sums: dict[str, Exact] = {}
        for statement in group:
            for line in statement.lines:
                if line.amount is not None:
                    sums[line.kind] = add(sums.get(line.kind, ZERO), line.amount)
        sides.append(sums)
    found.money = [
        Part(kind, sides[0].get(kind, ZERO), sides[1].get(kind, ZERO))
        for kind in sorted({*sides[0], *sides[1]}, key=lambda kind: (kind != "usage", kind))
    ]
    # a total that is printed in cents agrees with what rounds to it
    places = max((ln.places for s in invoices for ln in s.lines if ln.amount), default=2)
    half = Decimal(1).scaleb(-places) / 2
    lines = sum(1 for s in invoices for ln in s.lines if ln.kind == "usage")
    for part in list(found.money):
        off = add(part.invoiced, multiply(part.cost, -1))
        if part.name == "usage" and off and size(off) <= half * max(1, lines):
            found.money.append(Part("rounding of lines", ZERO, off))
            part.invoiced = part.cost
