"""Hours, days, weeks and months in the zone of --tz, and the bounds --since and --until in it."""

from __future__ import annotations

from pricing.cli import options
from pricing.errors import PricingError, did_you_mean
from pricing.instants import SECOND, instant, iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    Clock = Callable[[int], str]

#: a field of --by -> the characters of an instant that name it; a week is worked out
TIMES = {"day": 10, "week": 10, "month": 7, "hour": 13}


def clock(zone: str | None) -> Clock:
    """Give what writes an instant as a local time; raises PricingError for an unknown zone."""
    if zone is None:
        return iso
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(zone, available_timezones()) or "As Europe/Berlin."
        raise PricingError(f"no such time zone '{zone}'", remedy=hint) from None
    return lambda at: datetime.fromtimestamp(at // SECOND, UTC).astimezone(local).isoformat()


def period(field: str, written: str) -> str:
    """Give the hour, day, month or ISO week of a written local time.

    >>> period("hour", "2026-11-20T12:30:00Z"), period("week", "2027-01-03T12:30:00Z")
    ('2026-11-20 12', '2026-W53')
    """
    found = written[: TIMES[field]]
    if field != "week":
        return found.replace("T", " ")
    from datetime import date

    year, week, _ = date.fromisoformat(found).isocalendar()
    return f"{year:04}-W{week:02}"


def bounds(args: SimpleNamespace) -> tuple[int | None, int | None]:
    """Give the instants of --since and --until; raises PricingError where nothing lies between."""
    since, until = _bound(args, "since"), _bound(args, "until")
    if since is not None and until is not None and since >= until:
        raise PricingError(
            f"nothing is between --since {args.since} and --until {args.until}",
            remedy="--since is the earlier one, and --until itself is left out.",
        )
    return since, until


def _bound(args: SimpleNamespace, option: str) -> int | None:
    """Give the instant of --since or --until; a day or a time without a zone is that of --tz."""
    value = getattr(args, option)
    if value is None or args.tz is None:
        return options.when(args, option)
    from datetime import datetime
    from zoneinfo import ZoneInfo

    try:
        when = datetime.fromisoformat(value.strip())
    except ValueError:
        return options.when(args, option)
    return instant(when if when.tzinfo is not None else when.replace(tzinfo=ZoneInfo(args.tz)))
