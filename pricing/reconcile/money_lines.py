"""Money of a bill that is not usage: credits, tax, fees, corrections, rounding, minimum."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import ROUNDING, ZERO, add, divide, multiply, rounded, text
from pricing.reconcile.finding import Finding
from pricing.reconcile.state import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.statement import Line

_CODES = {"rounding": "rounding_row", "minimum": "minimum_charge"}
#: the term that gave an amount -> what its finding is called
_BY_TERM = {
    "minimum": "minimum_charge",
    "commitment": "commitment_shortfall",
    "rounding": "rounding_of_total",
    "tax": "tax",
}
_QUANTA = ("0.01", "0.001", "0.05", "0.1", "1")


class Agreed:
    """What the terms expect of one kind of money, and which of them."""

    def __init__(self) -> None:
        self.parts: dict[str, Exact] = {}

    @property
    def amount(self) -> Exact:
        total: Exact = ZERO
        for part in self.parts.values():
            total = add(total, part)
        return total


def agreed(case: Case, usage: Exact) -> dict[str, Agreed]:
    """Give what the terms expect beside usage of this amount, by kind of money.

    Credits and the free allowance come off, a minimum or commitment fills up, the total is
    rounded, tax comes last.
    """
    terms = case.terms
    found: dict[str, Agreed] = {}

    def expect(kind: str, term: str, amount: Exact) -> None:
        found.setdefault(kind, Agreed()).parts[term] = amount

    if terms.credits is not None:
        expect("credit", "credits", multiply(terms.credits, -1))
    if terms.free_allowance is not None:
        free = max(ZERO, min(terms.free_allowance, usage))
        expect("credit", "free_allowance", multiply(free, -1))
    named = {"minimum": terms.minimum, "commitment": terms.commitment}
    least = [(amount, name) for name, amount in named.items() if amount is not None]
    if least:
        amount, name = max(least)
        expect("minimum", name, max(ZERO, add(amount, multiply(usage, -1))))
    base = usage
    for each in found.values():
        base = add(base, each.amount)
    own = terms.rounding
    if own is not None and own.per == "total":
        more = add(rounded(base, own.quantum, own.mode), multiply(base, -1))
        expect("rounding", "rounding", more)
        base = add(base, more)
    if terms.tax is not None:
        expect("tax", "tax", multiply(base, terms.tax))
    return found


def other_money(case: Case, found: Diagnosis, taken: Collection[Line] = ()) -> list[Finding]:
    """Give a finding for each kind of money beside usage; what the terms expect joins expected.

    ``taken`` are lines that a finding holds already.
    """
    lines: dict[str, list[Line]] = {}
    for line in case.bill.others:
        if line not in taken:
            lines.setdefault(line.kind, []).append(line)
    billed: Exact = ZERO
    for line in case.bill.usage:
        billed = add(billed, line.amount or ZERO)
    expected, follows = agreed(case, found.start.total), agreed(case, billed)
    findings = []
    for kind in sorted({*lines, *expected}):
        mine = lines.get(kind, [])
        amount: Exact = ZERO
        for line in mine:
            amount = add(amount, line.amount or ZERO)
        terms = expected.get(kind)
        if terms is None:
            if amount or any(line.amount for line in mine):
                findings.append(_told(case, kind, mine, amount))
            continue
        found.expected = add(found.expected, terms.amount)
        left = add(amount, multiply(terms.amount, -1))
        if left:
            findings.append(_agreed(case, kind, mine, left, terms, follows[kind].amount))
    return findings


def _told(case: Case, kind: str, lines: list[Line], amount: Exact) -> Finding:
    """Name money that no term speaks of: it is told, and nothing follows."""
    code, about = _CODES.get(kind, kind), {}
    if kind == "rounding":
        before = add(case.bill.total, multiply(amount, -1))
        for quantum in _QUANTA:
            modes = [m for m in ROUNDING if rounded(before, Decimal(quantum), m) == case.bill.total]
            if modes:
                code = "rounding_of_total"
                about = {"mode": "|".join(sorted(modes)), "quantum": quantum}
                break
    return Finding(
        code,
        amount,
        "informational",
        scope={"kind": kind, "lines": len(lines)},
        about=about,
        examples=_places(lines),
        clause="a line of the bill that is not usage; no term speaks of it",
    )


def _agreed(
    case: Case, kind: str, lines: list[Line], left: Exact, terms: Agreed, follows: Exact
) -> Finding:
    """Name what is billed otherwise than the terms say."""
    direction = "claim" if left > 0 else "accrue"
    term = next(iter(terms.parts))
    code = _BY_TERM.get(term, kind)
    places = (case.terms.places.get(name, name) for name in terms.parts)
    clause = f"agreed in {', '.join(places)}"
    about: dict[str, object] = {"agreed": text(terms.amount)}
    slack: Exact = ZERO
    for line in lines:
        slack = add(slack, divide(Decimal(1).scaleb(-line.places), 2))
    off = add(add(left, terms.amount), multiply(follows, -1))
    if size(left) <= slack:
        code, direction = f"{kind}_rounding", "informational"
    elif size(off) <= slack and follows != terms.amount:
        code = f"{code}_follows_usage"
        clause += "; by it this follows from the usage that was billed"
    elif kind == "credit":
        missing = [name for name, part in terms.parts.items() if add(left, part) == ZERO]
        if missing:
            code = f"{missing[0].removesuffix('s')}_not_applied"
    return Finding(
        code,
        left,
        direction,
        scope={"kind": kind, "lines": len(lines)},
        about=about,
        examples=_places(lines),
        clause=clause,
    )


def _places(lines: list[Line]) -> list[str]:
    return [line.place for line in lines][:3]
