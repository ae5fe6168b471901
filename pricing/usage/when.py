"""Instants as logs write them: ISO 8601 text, or a number of seconds, milli- or nanoseconds."""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.instants import SECOND, instant
from pricing.usage.numbers import quantity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: how many of a unit make a second
MILLISECONDS = 1_000
NANOSECONDS = 1_000_000_000
#: the year 5000: a number beyond it has another unit
LAST_SECOND = 95_617_584_000


def when(
    record: Mapping[str, Any], *keys: str, per_second: int | None = None, utc: bool = False
) -> int | None:
    """Give the first instant that stands under these keys, None where there is none.

    Numbers are read as ``per_second`` says. ``utc``: a time without a zone is UTC's, as databases
    write it, and ``2026-10-05 00:00:00 UTC``, as BigQuery does, is one.

    Raises:
        UsageError: it is no instant.
    """
    for key in keys:
        value = record.get(key)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or value.isdigit():
            if per_second is None:
                raise UsageError(f"{key} is {value!r}: no instant")
            at = int(quantity(key, value) * SECOND // per_second)
            if at >= LAST_SECOND * SECOND:
                raise UsageError(f"{key} is {value}: no instant")
            return at
        try:
            return instant(value)
        except ValueError as error:
            if utc and "has no time zone" in str(error):
                return instant(value.strip() + "Z")
            if utc and value.endswith(" UTC"):
                return when({key: value[:-4]}, key, utc=True)
            raise UsageError(f"{key}: {str(error).partition(chr(10))[0]}") from None
    return None
