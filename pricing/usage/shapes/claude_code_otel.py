"""Claude Code's OpenTelemetry event ``claude_code.api_request``.

All counts stand beside one another; writes have no time to live. The cost is an estimate.
Source: code.claude.com/docs/en/monitoring-usage (events).
"""

from __future__ import annotations

from pricing.usage.attributes import attributes_of
from pricing.usage.lines import dollars, line
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.when import NANOSECONDS, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_METERS = {
    "input_tokens": "input",
    "cache_read_tokens": "cache_read",
    "cache_creation_tokens": "cache_write",
    "output_tokens": "output",
}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read an event; raises UsageError."""
    told = attributes_of(record)
    counts = {meter: count(told, key) for key, meter in _METERS.items()}
    micros = told.get("cost_usd_micros")
    if micros is not None:
        reported = dollars("cost_usd_micros", micros)
        reported = None if reported is None else reported / 1_000_000
    else:
        reported = dollars("cost_usd", told.get("cost_usd"))
    speed = name(told, "speed")
    session = name(told, "session.id")
    odd = {key for key in told if key.endswith("_tokens")} - _METERS.keys()
    found = line(
        {meter: number for meter, number in counts.items() if number or meter[-3:] == "put"},
        counts["input"] + counts["cache_read"] + counts["cache_write"],
        record,
        name(told, "model"),
        # normal is how Claude Code says the default
        attributes={"speed": speed} if speed and speed != "normal" else None,
        id=name(told, "request_id"),
        at=when(record, "timeUnixNano", "time_unix_nano", per_second=NANOSECONDS)
        or when(told, "event.timestamp")
        or when(record, "timestamp"),
        labels={"session": session} if session else None,
        unknown=unknown_counters(told, odd),
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
    )
    return (found,)
