"""The days of bill and log begin at other hours: a log without zones, or another day boundary."""

from __future__ import annotations

from pricing.instants import SECOND
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View

_HOUR = 3600 * SECOND
#: half hours from -12:00 to +14:00
_OFFSETS = [half for half in range(-24, 29) if half and (half % 2 == 0 or half in (-7, 7, 11, 19))]


def _shift(case: Case, shift: int, reprices: bool) -> Callable[[View], bool]:
    """Move every request; where its instant was wrong, it is priced at the right one."""

    def change(view: View) -> bool:
        charge = view.charge
        before = view.key, view.counts
        if charge.is_due:
            view.is_billed = True
        case.frame.moved(view, shift)
        if reprices:
            view.at, view.shift = charge.start + shift, shift
        return (view.key, view.counts) != before or reprices

    return change


def options(case: Case) -> Iterable[Option]:
    naive = case.log.is_zoneless
    for half in _OFFSETS:
        hours = f"{half // 2}" if half % 2 == 0 else f"{half}/2"
        # a log that writes local times at offset h lies h ahead of UTC
        shift = -half * _HOUR // 2 if naive else half * _HOUR // 2
        about: dict[str, object] = {"offset_hours": half // 2 if half % 2 == 0 else hours}
        if naive:
            about["note"] = "times of the log carry no zone: they are of this offset"
        else:
            about["note"] = "the days of the bill begin at this offset"
        change = _shift(case, shift, naive)
        yield Option("timezone_shift", change, about=about, bits=4 if half % 2 == 0 else 12)


CAUSE = Cause(
    "when",
    "timing",
    options,
    clause="the bill's days are those of the contract's day boundary",
    apart="one request at an edge of the day, by its id on the bill",
    is_timing=True,
    is_whole=True,
)
