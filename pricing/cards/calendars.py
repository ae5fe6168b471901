"""Named time windows on a stated clock, with holiday tables that end."""

from __future__ import annotations

from pricing.errors import RatingError
from pricing.instants import SECOND, iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CalendarEnds(Exception):
    """A holiday table does not reach the instant."""


def is_inside(name: str, at: int, calendars: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether an instant lies in a window, start included, end excluded, on its own clock.

    Raises:
        CalendarEnds: the holiday table that the window leaves out is not known that far.
    """
    from datetime import timedelta

    window = calendars[name]
    local = _local(at, window["clock"])
    minute = local.hour * 60 + local.minute
    for span in window["hours"]:
        start, end = _minutes(span)
        if start < end:
            inside, began = start <= minute < end, local.date()
        elif minute >= start:
            inside, began = True, local.date()
        else:
            inside, began = minute < end, local.date() - timedelta(days=1)
        if inside and _is_open(window, began, at, calendars):
            return True
    return False


def _local(at: int, clock: str) -> datetime:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    try:
        return datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(clock))
    except (ValueError, OverflowError):
        raise RatingError(f"no calendar reaches {iso(at)}") from None


def _is_open(
    window: Mapping[str, Any], began: Any, at: int, calendars: Mapping[str, Mapping[str, Any]]
) -> bool:
    if "days" in window and _DAYS[began.weekday()] not in window["days"]:
        return False
    if "except" in window:
        holidays = calendars[window["except"]]
        if began.isoformat() >= holidays["known_until"]:
            raise CalendarEnds(
                f"calendar {window['except']} ends {holidays['known_until']}, before {iso(at)}"
            )
        return began.isoformat() not in holidays["dates"]
    return True


def _minutes(span: str) -> tuple[int, int]:
    """Read "09:00-12:00" as minutes of the day."""
    start, end = (60 * int(clock[:2]) + int(clock[3:]) for clock in span.split("-"))
    return start, end


def period(resets: str, clock: str, at: int) -> str:
    """Give the period of a pool that an instant falls in: 2026-11, 2026-11-20 or all."""
    if resets == "never":
        return "all"
    local = _local(at, clock)
    return local.strftime("%Y-%m-%d" if resets == "day" else "%Y-%m")
