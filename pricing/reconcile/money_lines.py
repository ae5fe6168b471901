"""Money of a bill that is not usage: credits, tax, fees, corrections, rounding, minimum."""

from __future__ import annotations

from pricing.money import ZERO, add, multiply, text
from pricing.reconcile.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.statement import Line

_CODES = {"rounding": "rounding_row", "minimum": "minimum_charge", "purchase": "purchase"}


def agreed(case: Case, usage: Exact) -> dict[str, tuple[Exact, str]]:
    """Give what the terms expect beside usage, by kind, and where they say so."""
    terms, found = case.terms, {}
    if terms.credits is not None:
        found["credit"] = (multiply(terms.credits, -1), terms.places.get("credits", ""))
    if terms.free_allowance is not None:
        free = min(terms.free_allowance, usage)
        told = terms.places.get("free_allowance", "")
        found["credit"] = (add(found.get("credit", (ZERO, ""))[0], multiply(free, -1)), told)
    for name in ("minimum", "commitment"):
        least = getattr(terms, name)
        if least is not None and least > usage:
            found["minimum"] = (add(least, multiply(usage, -1)), terms.places.get(name, ""))
    if terms.tax is not None:
        base = usage
        for amount, _ in found.values():
            base = add(base, amount)
        found["tax"] = (multiply(base, terms.tax), terms.places.get("tax", ""))
    return found


def other_money(case: Case, found: Diagnosis) -> list[Finding]:
    """Give a finding for each kind of money beside usage; what the terms expect joins expected."""
    lines: dict[str, list[Line]] = {}
    for line in case.bill.others:
        lines.setdefault(line.kind, []).append(line)
    expected = agreed(case, found.state.total)
    findings = []
    for kind in sorted({*lines, *expected}):
        amount: Exact = ZERO
        for line in lines.get(kind, ()):
            assert line.amount is not None
            amount = add(amount, line.amount)
        should, place = expected.get(kind, (ZERO, ""))
        found.expected = add(found.expected, should)
        left = add(amount, multiply(should, -1))
        if not left and kind in expected:
            continue
        if not left and not any(line.amount for line in lines.get(kind, ())):
            continue
        has_terms = kind in expected
        claim = "claim" if left > 0 else "accrue"
        findings.append(
            Finding(
                _CODES.get(kind, kind),
                left,
                claim if has_terms else "informational",
                scope={"kind": kind, "lines": len(lines.get(kind, ()))},
                about={"agreed": text(should)} if has_terms else {},
                examples=[line.place for line in lines.get(kind, ())][:3],
                clause=f"agreed in {place}" if place else "a line of the bill that is not usage",
            )
        )
    return findings
