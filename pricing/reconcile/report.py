"""A diagnosis as a report: do they agree, by how much, why; then the findings, then the cells."""

from __future__ import annotations

from decimal import Decimal

from pricing.instants import iso
from pricing.money import add, multiply, text
from pricing.reconcile.ageing import AGES, age
from pricing.reconcile.document import cells_of, document_of
from pricing.reconcile.finding import QUIET
from pricing.reconcile.mix import Parts, mix_of
from pricing.reconcile.state import size
from pricing.reconcile.words import about_text, direction, evidence, many, scope_text
from pricing.render import Bridge, Column, Figure, Report, Row, Table, Text
from pricing.render.figures import figure_text
from pricing.render.report import Finding as Apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.finding import Finding

_MOST_FINDINGS = 12
_MOST_CELLS = 10
_MOST_BILLS = 3
_WIDTH = 78
#: an ambiguous finding's own word
_TONES = {"clean": "good", "explained": "good", "ambiguous": "warn", "discrepancy": "bad"}


def reconcile_report(found: Diagnosis, command: str | None = None) -> Report:
    """Give the report; ``command`` is the call that explains a cell, but for its name."""
    loud = [f for f in (*found.findings, *found.unexplained) if not f.is_quiet]
    next_call = None
    if command is not None and loud:
        next_call = f"{command} --explain {loud[0].id}"
    blocks: list[Table | Text] = []
    if found.findings or found.unexplained:
        blocks.append(summary(found))
        blocks += _findings(found)
        blocks += [table for table in (_ages(found), _mix(found)) if table is not None]
        table = _cells(found)
        if table is not None:
            blocks.append(table)
    return Report(
        "reconcile",
        headline(found),
        blocks,
        notes=notes_of(found),
        next=next_call,
        document=document_of(found),
        tone=_TONES[found.status],  # type: ignore[arg-type]
    )


def headline(found: Diagnosis) -> str:
    """Give the answer, quotable alone."""
    currency = found.case.bill.currency
    billed = figure_text(found.billed)
    if found.status == "clean":
        how = "to the last digit" if found.case.bill.is_exact else "to the last printed digit"
        return f"AGREES  {billed} {currency} billed and expected: every cell, {how}"
    variance = found.variance
    size = figure_text(variance if variance >= 0 else multiply(variance, -1))
    off = f"{size} {'more' if variance > 0 else 'less'} than expected"
    if not variance:
        off = "as expected in total"
    if found.status == "explained":
        return f"AGREES  billed {billed} {currency}, {off}: all of it explained"
    return f"DOES NOT AGREE  billed {billed} {currency}, {off}"


def summary(found: Diagnosis) -> Bridge:
    """Give the bridge from expected to billed."""
    rows: list[Row] = [Row(["Expected", Figure(found.expected), ""])]
    shown = found.findings[:_MOST_FINDINGS]
    rows += [Row([f.code, Figure(f.amount, "+"), direction(f)]) for f in shown]
    rest = found.findings[_MOST_FINDINGS:]
    if rest:
        amount = _sum(rest)
        rows.append(Row([f"{len(rest)} more findings", Figure(amount, "+"), ""]))
    if found.unexplained:
        rows.append(Row(["unexplained", Figure(found.left, "+"), ""]))
    columns = (
        Column("part", ""),
        Column(f"amount_{found.case.bill.currency.lower()}", "", "money"),
        Column("direction", ""),
    )
    return Bridge(columns, rows, total=["Billed", Figure(found.billed), ""])


def _sum(findings: list[Finding]) -> Exact:
    total: Exact = Decimal(0)
    for each in findings:
        total = add(total, each.amount)
    return total


def _findings(found: Diagnosis) -> list[Text]:
    blocks: list[Text] = [_finding(f, is_tight=n > 0) for n, f in enumerate(found.findings)]
    left = sorted(found.unexplained, key=lambda f: (multiply(size(f.amount), -1), f.id))
    blocks += [_finding(f, is_tight=bool(blocks) or n > 0) for n, f in
               enumerate(left[:_MOST_FINDINGS])]  # fmt: skip
    more = left[_MOST_FINDINGS:]
    if more:
        blocks.append(Text(f"and {len(more):,} more cells unexplained", is_tight=True))
    return blocks


def _finding(finding: Finding, is_tight: bool) -> Text:
    first, *more = finding_lines(finding)
    return Apart(finding_text(finding), first, more, is_tight)


def finding_text(finding: Finding) -> str:
    """Give a finding in a few lines that fit a terminal, its id first."""
    return "\n".join(line for told in finding_lines(finding) for line in _wrapped(told))


def finding_lines(finding: Finding) -> list[str]:
    """Give what is said of a finding, its id first."""
    head = f"{finding.id}  {finding.code}"
    told = evidence(finding)
    lines = [f"{head}, {told}" if told and finding.code != "unexplained" else head]
    lines += [scope_text(finding), *about_text(finding), *finding.prices[:2]]
    if finding.examples:
        lines.append(f"first in {finding.examples[0]}")
    if finding.apart:
        lines.append(f"to tell them apart: {finding.apart}")
    if finding.accepted is not None:
        lines.append(f"accepted: {finding.accepted}")
    if finding.before is not None:
        lines.append(f"accepted before at {text(finding.before)}: the amount has changed")
    if finding.days_open is not None:
        lines.append(f"open for {finding.days_open:,} days")
    if finding.finality != "final":
        lines.append(f"{finding.finality}: no claim yet")
    return [line for line in lines if line]


def _wrapped(text: str) -> list[str]:
    import textwrap

    first = text[:8].strip() and text[8:10] == "  "
    return textwrap.wrap(
        text, _WIDTH, initial_indent="" if first else " " * 10, subsequent_indent=" " * 10,
        break_long_words=False, break_on_hyphens=False, drop_whitespace=True,
    )  # fmt: skip


def _ages(found: Diagnosis) -> Table | None:
    """Give the findings that are not settled, by how long they have been open."""
    rows = []
    for _, name in reversed(AGES):
        mine = [
            f
            for f in (*found.findings, *found.unexplained)
            if age(f) == name and f.accepted is None and f.direction not in QUIET
        ]
        if mine:
            rows.append(Row([name, len(mine), Figure(_sum(mine), "+")]))
    if not rows:
        return None
    columns = (
        Column("age", "Open for"),
        Column("findings", "Findings", "number"),
        Column("amount", "Amount", "money"),
    )
    return Table(columns, rows, title="Open findings by age")


def _mix(found: Diagnosis) -> Table | None:
    """Give price, volume and mix by model: where the money is, not why."""
    by_model = mix_of(found)
    rows = []
    whole = Parts()
    for model, parts in by_model.items():
        whole = whole.plus(parts)
        if any((parts.price, parts.volume, parts.mix, parts.other)):
            rows.append(Row([model or "no usage", *_figures(parts)]))
    if not rows:
        return None
    columns = (
        Column("model", "Model", "name"),
        Column("price", "Price", "money"),
        Column("volume", "Volume", "money"),
        Column("mix", "Mix", "money"),
        Column("other", "Other", "money"),
        Column("total", "Difference", "money"),
    )
    total: list[Any] | None = None if len(rows) == 1 else ["Total", *_figures(whole)]
    return Table(columns, rows, title="Price, volume and mix", total=total)


def _figures(parts: Parts) -> list[Figure]:
    return [
        Figure(amount, "+")
        for amount in (parts.price, parts.volume, parts.mix, parts.other, parts.total)
    ]


def _cells(found: Diagnosis) -> Table | None:
    """Give the cells that nothing explains, or that a cause explains, dirtiest first."""
    rows = [row for row in cells_of(found) if row["expected"] != (row["billed"] or "0")]
    if not rows:
        return None

    def off(row: dict[str, object]) -> Exact:
        expected = Decimal(str(row["expected"]))
        return add(Decimal(str(row["billed"] or "0")), multiply(expected, -1))

    rows.sort(key=lambda row: (multiply(size(off(row)), -1), str(row["cell"])))
    shown = [
        Row([row["cell"], Decimal(row["expected"]), Decimal(row["billed"] or "0"),
             Figure(off(row), "+")])
        for row in rows[:_MOST_CELLS]
    ]  # fmt: skip
    columns = (
        Column("cell", "Cell", "name"),
        Column("expected", "Expected", "money"),
        Column("billed", "Billed", "money"),
        Column("difference", "Difference", "money"),
    )
    count = f"{len(rows):,} cells differ" if len(rows) > 1 else "1 cell differs"
    if len(rows) > _MOST_CELLS:
        count += f", the {_MOST_CELLS} largest"
    return Table(columns, shown, title=count)


def _held(case: Case) -> str:
    """Say what was held against what: forms and files, lines and days, requests."""
    bill = case.bill
    files = [f"{each.name} {each.path}" for each in bill.statements[:_MOST_BILLS]]
    if len(bill.statements) > _MOST_BILLS:
        files.append(f"{many(len(bill.statements) - _MOST_BILLS, 'file')} more")
    days = ""
    if bill.periods.bounds is not None:
        start, end = bill.periods.bounds
        first, last = iso(start)[:10], iso(end - 1)[:10]
        days = f" of {first}" if first == last else f" of {first} to {last}"
    told = f"{many(len(bill.lines), 'line')}{days}, with {many(case.log.requests, 'request')}"
    return f"compared: {', '.join(files)}, {told}"


def notes_of(found: Diagnosis) -> list[str]:
    """Say what was assumed, left out or could not be matched."""
    case = found.case
    notes = [_held(case), *case.notes]
    skipped = [f"{n:,} {reason}" for reason, n in case.log.skipped.items() if n]
    if skipped:
        notes.append(f"rows of the log that are not billed: {', '.join(skipped)}")
    if case.log.is_zoneless:
        notes.append("times of the log without a zone were read as UTC")
    unmatched = len(case.bill.unmatched)
    if unmatched:
        notes.append(f"{many(unmatched, 'line')} of the bill could not be matched")
    for statement in case.bill.statements:
        if not statement.is_complete:
            notes.append(f"{statement.path} says that more pages follow")
    for currency, (day, rate) in case.fx.items():
        notes.append(f"1 {currency} is {text(rate)} {case.bill.currency} ({day})")
    return notes
