"""Requests are booked on the day on which they ended, not on that on which they began."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def options(case: Case) -> Iterable[Option]:
    by_end = case.terms.bucket_by == "end"

    def change(view: View) -> bool:
        charge = view.charge
        before = view.key, view.counts
        length = charge.end - charge.start
        case.frame.moved(view, -length if by_end else length)
        return (view.key, view.counts) != before

    if any(charge.end != charge.start for charge in case.fine):
        yield Option("start_time_bucketing" if by_end else "end_time_bucketing", change)


CAUSE = Cause(
    "when",
    "timing",
    options,
    clause="the contract says whether a request belongs to the day of its start or its end",
    apart="one request over midnight, by its id on the bill",
    is_timing=True,
    is_whole=True,
)
