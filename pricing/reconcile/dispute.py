"""A dispute pack: for each seller a letter in Markdown and the lines it rests on in CSV.

Claims only: what is accrued, timing, or a fault of our own log is no business of the seller.
Packs of provisional days and accepted findings are left out.
"""

from __future__ import annotations

import os
import re

from pricing.money import ZERO, add, text
from pricing.reconcile.cells import MODEL
from pricing.reconcile.report import headline
from pricing.reconcile.state import NOTHING
from pricing.reconcile.words import about_text, evidence, scope_text
from pricing.render import Column, Report, Row, Table, Text, report_text, write_file
from pricing.render.figures import figure_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.money import Exact
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.finding import Finding


def claims(found: Diagnosis) -> list[Finding]:
    """Give what may be claimed: overbilled, certain in its amount, on final days."""
    return [
        f
        for f in found.findings
        if f.direction == "claim" and not f.is_quiet and f.finality == "final" and f.amount > 0
    ]


def write_packs(found: Diagnosis, folder: str) -> list[str]:
    """Write a pack for each seller with a claim; gives the files, each written whole or not.

    Raises:
        OSError: the folder cannot be written.
    """
    os.makedirs(folder, exist_ok=True)
    written = []
    by_seller: dict[str, list[Finding]] = {}
    for finding in claims(found):
        by_seller.setdefault(_seller(found, finding), []).append(finding)
    for seller, findings in sorted(by_seller.items()):
        plain = re.sub(r"[^a-z0-9]+", "-", seller.lower()).strip("-")
        stem = os.path.join(folder, plain or "claim")
        for ending, report in (
            ("md", letter(found, seller, findings)),
            ("csv", lines(found, findings)),
        ):
            name = "markdown" if ending == "md" else "csv"
            write_file(f"{stem}.{ending}", report_text(report, name))
            written.append(f"{stem}.{ending}")
    return written


def _seller(found: Diagnosis, finding: Finding) -> str:
    """Give who is to answer for a finding; of a bill of several, the one whose cells it has."""
    if found.case.sellers.sellers:
        own = {key[MODEL].partition("/")[0] for key in finding.cells}
        if len(own) == 1 and "" not in own:
            return own.pop()
    stated = found.case.bill.seller
    if stated is not None:
        return stated
    sellers = sorted({atom.card.provider.name for atom in found.case.atoms})
    return sellers[0] if len(sellers) == 1 else found.case.bill.statements[0].name


def letter(found: Diagnosis, seller: str, findings: list[Finding]) -> Report:
    """Give the letter: what is claimed, why, and on which terms it rests."""
    currency = found.case.bill.currency
    total: Exact = ZERO
    for each in findings:
        total = add(total, each.amount)
    rows = [Row([f.id, f.code, scope_text(f), f.amount]) for f in findings]
    columns = (
        Column("id", "Finding"),
        Column("code", "Cause"),
        Column("scope", "Where"),
        Column("amount", f"Amount {currency}", "money"),
    )
    blocks: list[Table | Text] = [
        Table(columns, rows, total=["Total", "", "", total]),
        Text(headline(found)),
    ]
    for each in findings:
        told = [f"{each.id} {each.code}: {text(each.amount)} {currency}, {evidence(each)}."]
        told += [f"{line}." for line in about_text(each)]
        told.append(f"It rests on: {each.clause}.")
        told += [f"Price: {price}." for price in each.prices]
        if each.is_ambiguous:
            told.append(f"Which of these it is, {each.apart} would tell.")
        if each.examples:
            told.append(f"Example requests: {', '.join(each.examples)}.")
        blocks.append(Text("\n".join(told)))
    return Report(
        "dispute", f"Claim to {seller}: {figure_text(total)} {currency} overbilled", blocks
    )


def lines(found: Diagnosis, findings: list[Finding]) -> Report:
    """Give a row for each line of the bill that a claim rests on."""
    case = found.case
    rows = []
    for finding in findings:
        for key in finding.cells:
            cell = case.bill.cells.get(key)
            billed = cell.amount if cell is not None else ZERO
            places = " ".join(line.place for line in cell.lines) if cell is not None else ""
            expected = found.start.cells.get(key, NOTHING)[0]
            explained = found.state.cells.get(key, NOTHING)[0]
            rows.append(
                Row(
                    [
                        finding.id,
                        finding.code,
                        found.case.name(key),
                        places,
                        expected,
                        explained,
                        billed,
                    ]
                )
            )
    columns = (
        Column("finding", "Finding"),
        Column("code", "Cause"),
        Column("cell", "Cell", "name"),
        Column("line", "Line"),
        Column("expected", "Expected", "money"),
        Column("explained", "With the cause", "money"),
        Column("billed", "Billed", "money"),
    )
    return Report("dispute.lines", "Lines of the bill", [Table(columns, rows)])
