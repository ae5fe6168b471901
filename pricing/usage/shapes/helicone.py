"""A row of Helicone's requests.

``prompt_tokens`` excludes what was read from and written to the cache, and audio: Helicone's own
total adds all of them up. What its cache answered is free; whether an error is billed is for its
status to say. ``cost`` is an estimate.
The session is the property ``Helicone-Session-Id``. A cost of its ClickHouse table itself, which
is multiplied by 10^9, is not what this reads.
Source: Helicone lib/stores and llm-mapper (HeliconeRequest), providerUsage (the sum that makes its
total), cost (COST_PRECISION_MULTIPLIER), read 2026-11-21.
"""

from __future__ import annotations

from pricing.usage.attributes import parsed
from pricing.usage.lines import Wholes, dollars, line
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.sellers import seller_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_WORDS = ("prompt_tokens", "completion_tokens", "total_tokens")
_PARTS = (
    "prompt_cache_read_tokens",
    "prompt_cache_write_tokens",
    "prompt_audio_tokens",
    "completion_audio_tokens",
    "reasoning_tokens",
)
_NOT_CACHED = {None, "00000000-0000-0000-0000-000000000000"}
_SESSION = "Helicone-Session-Id"
_LABELS = {"request_user_id": "user", "request_session_id": "session"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    row = {key: value for key, value in record.items() if value not in (None, "")}
    parts = [count(row, key) for key in _PARTS]
    cached, written, heard, spoken, reasoning = parts
    input, output = (count(row, key) for key in _WORDS[:2])
    wholes = Wholes(
        input + heard,
        output + spoken,
        words=_WORDS,
        cache={"cache_read": cached, "cache_write": written},
        kinds={"input.audio": heard},
        made={"output.audio": spoken},
        reasoning=reasoning,
        # some of its views give the sum of the first two as the total, which decides nothing
        total=0 if count(row, "total_tokens") == input + output else count(row, "total_tokens"),
    )
    meters, context = wholes.meters(cache_inside=False)
    reported = next(
        (dollars(key, row[key]) for key in ("cost", "costUSD", "cost_usd") if key in row), None
    )
    status = count(row, "response_status") if str(row.get("response_status")).isdigit() else None
    odd = {key for key in row if key.endswith("_tokens")} - {*_PARTS, *_WORDS}
    found = line(
        meters,
        context,
        record,
        name(row, "response_model") or name(row, "model_override") or name(row, "request_model")
        or name(row, "model"),
        id=name(row, "request_id"),
        at=when(row, "request_created_at", "created_at", utc=True),
        seller=seller_of(name(row, "provider")),
        status=status,
        labels=_labels(row),
        unknown=unknown_counters(row, odd),
        warnings=wholes.warnings,
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
        free="cache_hits" if name(row, "cache_reference_id") not in _NOT_CACHED else None,
    )  # fmt: skip
    return (found,)


def _labels(row: Mapping[str, Any]) -> dict[str, str]:
    found = {new: str(row[key]) for key, new in _LABELS.items() if key in row}
    for key in ("properties", "request_properties"):
        session = parsed(row, key).get(_SESSION)
        if session:
            found.setdefault("session", str(session))
    return found
