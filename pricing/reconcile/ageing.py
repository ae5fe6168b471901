"""How old findings are: whether their days may still change, and how long they have been open."""

from __future__ import annotations

from pricing.instants import DAY, instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.finding import Finding
    from pricing.reconcile.terms import Terms

#: days open from which on, and what that is called
AGES = ((91, "over 90 days"), (61, "61-90 days"), (31, "31-60 days"), (0, "0-30 days"))


def tell_age(found: Diagnosis, terms: Terms, today: int) -> None:
    """Say of each finding whether its days may still change, and for how long it has been open.

    A finding is as old as the youngest of its days, from the end of that day on; one without days
    is as old as the bill. Claims wait for final days.
    """
    bounds = found.case.bill.periods.bounds
    for finding in (*found.findings, *found.unexplained):
        ends = [_end(key[0]) for key in finding.cells if key and key[0]]
        end = max(ends, default=bounds[1] if bounds is not None else None)
        if end is None:
            continue
        finding.days_open = max(0, (today - end) // DAY)
        if today < end + terms.provisional_days * DAY:
            finding.finality = "open"
        elif today < end + terms.final_days * DAY:
            finding.finality = "provisional"


def _end(label: str) -> int:
    """Give the instant at which a span of the bill has ended, by its name."""
    start, _, end = label.partition("/")
    if end:
        return instant(end)
    return instant(start) + (DAY if len(start) == 10 else 0)


def age(finding: Finding) -> str | None:
    """Give the age of a finding as ageing tables have it, None where nobody asked."""
    if finding.days_open is None:
        return None
    return next(name for since, name in AGES if finding.days_open >= since)
