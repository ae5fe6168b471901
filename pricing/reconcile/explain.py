"""The arithmetic of one cell or finding: what was expected and why, what was billed and where."""

from __future__ import annotations

from pricing.errors import PricingError, near
from pricing.money import ZERO, add, multiply, text
from pricing.reconcile.cells import DIMENSIONS
from pricing.reconcile.diagnose import examples_of, requests_of
from pricing.reconcile.document import finding_of
from pricing.reconcile.report import finding_text
from pricing.reconcile.state import NOTHING
from pricing.reconcile.trial import View
from pricing.reconcile.words import cell_keys, cell_name
from pricing.render import Column, Figure, Report, Row, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

    from pricing.money import Exact
    from pricing.reconcile.cells import Key
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.finding import Finding

_MOST_CELLS = 40


def explain_report(found: Diagnosis, name: str) -> Report:
    """Give the arithmetic of a finding, by its id or code, or of a cell, by its name.

    Raises:
        PricingError: there is no such finding or cell.
    """
    findings = [*found.findings, *found.unexplained]
    for finding in findings:
        if name in (finding.id, finding.id[: max(4, len(name))], finding.code):
            if len(finding.cells) == 1:
                return _cell(found, finding.cells[0], finding)
            return _finding(found, finding)
    all_keys = {*found.state.cells, *found.case.bill.cells}
    keys = {found.case.name(key): key for key in all_keys}
    keys |= {cell_name(key): key for key in all_keys}
    key = keys.get(name)
    if key is None and "=" in name:
        wanted = dict(part.partition("=")[::2] for part in name.split(","))
        fitting = [k for k in keys.values() if wanted.items() <= cell_keys(k).items()]
        if len(fitting) == 1:
            key = fitting[0]
    if key is None:
        hint = near(name, keys)
        remedy = f"Did you mean '{hint}'?" if hint else "The report lists ids and cells."
        raise PricingError(f"no cell or finding '{name}'", remedy=remedy)
    owner = next((f for f in findings if key in f.cells), None)
    return _cell(found, key, owner)


def _finding(found: Diagnosis, finding: Finding) -> Report:
    """Give a finding with all of its cells."""
    currency = found.case.bill.currency
    rows = []
    for key in finding.cells[:_MOST_CELLS]:
        cell = found.case.bill.cells.get(key)
        expected = _base(found, key)
        billed = cell.amount if cell is not None else ZERO
        off = add(billed, multiply(expected, -1))
        rows.append(Row([found.case.name(key), expected, billed, Figure(off, "+")]))
    columns = (
        Column("cell", "Cell", "name"),
        Column("expected", "Expected", "money"),
        Column("billed", "Billed", "money"),
        Column("difference", "Difference", "money"),
    )
    more = len(finding.cells) - len(rows)
    notes = [f"and {more:,} more cells"] if more > 0 else []
    headline = f"{_signed(finding.amount)} {currency}  {finding.code}"
    return Report(
        "reconcile_finding",
        headline,
        [Text(finding_text(finding)), Table(columns, rows, notes=notes), _decision(finding)],
        document={"currency": currency, **finding_of(found.case, finding)},
    )


def _decision(finding: Finding) -> Text:
    """Say how it would be accepted."""
    row = f"{{id: {finding.id}, amount: {text(finding.amount)}, because: …}}"
    return Text(f"To accept it, in reconcile.yaml: accepted: [{row}]")


def _cell(found: Diagnosis, key: Key, finding: Finding | None) -> Report:
    """Give the arithmetic of one cell."""
    case = found.case
    cell = case.bill.cells.get(key)
    currency = case.bill.currency
    charges = [c for c in case.coarse if c.key == key and c.is_billed]
    rows, lines = [], []
    expected = _base(found, key)
    exact: Exact = ZERO
    for charge in charges:
        exact = add(exact, charge.base)
        view = View(charge)
        priced = case.frame.prices.line(view)
        rate = getattr(priced, "rate", None)
        if rate is None or not charge.quantity:
            continue
        factor = case.factor(charge)
        told = "".join(f" x {text(f)} {m.name}" for m, f in priced.applied)
        told += f" x {text(factor)}" if factor != 1 else ""
        price = f"{text(rate.tiers[0][1])}{told} / {text(rate.per)}"
        rows.append(Row(["expected", f"{text(charge.quantity)} x {price}", charge.base]))
        lines.append(f"{charge.meter}  {text(rate.tiers[0][1])}  {rate.source}")
    rounding = found.start.rounding
    if expected != exact and rounding is not None:
        told = f"rounded per {rounding.per}, {rounding.mode}, to {text(rounding.quantum)}"
        rows.append(Row(["expected", told, add(expected, multiply(exact, -1))]))
    billed: Exact = ZERO
    for line in cell.lines if cell is not None else ():
        assert line.amount is not None
        billed = add(billed, line.amount)
        counted = f", {text(line.quantity)} counted" if line.quantity is not None else ""
        rows.append(Row(["billed", f"{line.place}{counted}", line.amount]))
    if cell is None:
        rows.append(Row(["billed", "no line", None]))
    blocks: list[Any] = [
        Table((Column("side", ""), Column("of", ""), Column("amount", "", "money")), rows)
    ]
    if charges and billed and cell is not None:
        quantity = _quantity(charges)
        if quantity and len({c.meter for c in charges}) == 1:
            from pricing.money import divide

            unit = multiply(divide(billed, quantity), 1_000_000)
            lines.append(f"{text(billed)} / {text(quantity)} is {text(unit)} per 1M")
    if charges:
        mine = [c for c in case.fine if c.key == key and c.is_billed]
        first = examples_of(mine)
        count = requests_of(mine)
        lines.append(f"{count:,} requests" + (f", the first in {first[0]}" if first else ""))
    if lines:
        blocks.append(Text("\n".join(dict.fromkeys(lines))))
    explained = found.state.cells.get(key, NOTHING)[0]
    if finding is not None:
        blocks.append(Text(finding_text(finding)))
    off = add(billed, multiply(expected, -1))
    code = f"{finding.id} {finding.code}" if finding is not None else "no finding"
    return Report(
        "reconcile_cell",
        f"{_signed(off)} {currency}  {code}",
        blocks,
        document={
            "cell": found.case.name(key),
            "key": {n: p for n, p in zip(DIMENSIONS, key, strict=True) if p},
            "currency": currency,
            "expected": text(expected),
            "explained": text(explained),
            "billed": text(billed) if cell is not None else None,
            "finding": finding_of(found.case, finding) if finding is not None else None,
            "arithmetic": [list(map(str, row.cells[:2])) for row in rows],
        },
    )


def _quantity(charges: list[Any]) -> Exact:
    total: Exact = ZERO
    for charge in charges:
        total = add(total, charge.quantity)
    return total


def _base(found: Diagnosis, key: Key) -> Exact:
    return found.start.cells.get(key, NOTHING)[0]


def _signed(amount: Decimal | Exact) -> str:
    return f"+{text(amount)}" if amount > 0 else text(amount)
