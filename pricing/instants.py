"""Instants: whole microseconds since 1970-01-01T00:00Z, read from and written as ISO 8601.

Intervals include their start and exclude their end.
"""

from __future__ import annotations

from time import gmtime, strftime, time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date, datetime

SECOND = 1_000_000
#: no zone's day begins inside one
QUARTER = 900 * SECOND
DAY = 86_400 * SECOND
#: the second in which the year 1 begins
_FIRST = -62_135_596_800
#: After every instant that a card can name.
FOREVER = 10**18
#: Before every instant that a card can name.
NEVER = -(10**18)


def now() -> int:
    """Give this second."""
    return time_ns() // 1_000_000_000 * SECOND


def instant(value: str | date | datetime | int) -> int:
    """Read a day (its first instant, UTC), an ISO instant with its zone, or a datetime.

    Raises:
        ValueError: no such day or time, or a time of day without a zone.
    """
    if isinstance(value, int):
        if not NEVER < value < FOREVER:
            raise ValueError(f"{value} is no instant\nCount in microseconds since 1970.")
        return value
    from datetime import UTC, date, datetime

    if isinstance(value, str):
        text = value.strip()
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_why_no_instant(text)) from None
        if when.tzinfo is None:
            if "T" in text or " " in text or ":" in text:
                raise ValueError(f"'{text}' has no time zone (write {text}Z for UTC)")
            when = when.replace(tzinfo=UTC)
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        when = value
    elif isinstance(value, date):
        when = datetime(value.year, value.month, value.day, tzinfo=UTC)
    else:
        raise ValueError(f"{value!r} is not an instant")
    gap = when - datetime(1970, 1, 1, tzinfo=UTC)
    return (gap.days * 86_400 + gap.seconds) * SECOND + gap.microseconds


def _why_no_instant(text: str) -> str:
    parts = text[:10].split("-")
    if len(parts) == 3 and all(p.isdecimal() for p in parts) and len(parts[0]) == 4:
        from calendar import month_name, monthrange

        year, month, day = (int(p) for p in parts)
        if not 1 <= month <= 12:
            return f"no such month {parts[1]} in '{text}'\nA year has the months 01 to 12."
        if year and not 1 <= day <= monthrange(year, month)[1]:
            days = monthrange(year, month)[1]
            return f"no such day '{text[:10]}'\n{month_name[month]} has {days} days."
    return f"'{text}' is no day or instant\nWrite 2026-11-20 or 2026-11-20T12:00Z."


def iso(at: int) -> str:
    """Write an instant, as short as exact: 2026-11-20T12:00:00Z."""
    seconds, micros = divmod(at, SECOND)
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    if _FIRST <= seconds < 0:
        # not every C library tells days before 1970, and some not the zeros of the year 12
        from datetime import datetime, timedelta

        return (datetime(1970, 1, 1) + timedelta(seconds=seconds)).isoformat() + fraction + "Z"
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds)) + fraction + "Z"


def day(at: int) -> str:
    """Write the UTC day of an instant: 2026-11-20."""
    return iso(at)[:10]


def short(at: int) -> str:
    """Write a day where the instant is its start, else the instant."""
    return day(at) if at % DAY == 0 else iso(at)
