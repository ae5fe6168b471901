"""OpenAI Realtime: ``response.done``; and the usage of a Live session.

The details are called ``input_token_details`` here; ``audio_tokens`` includes cached audio, which
``cached_tokens_details`` tells. The model stands in the session, not in the event. A Live session
counts its seconds of audio so far.
Source: the types of the openai package 3.52.0 (RealtimeResponseUsage, SessionUsage).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.shapes.openai_tokens import body_of, tokens
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

#: the events of a Live session that count its audio
LIVE = ("session.usage.updated", "session.closed")
_KNOWN = frozenset(
    ("input_tokens", "output_tokens", "total_tokens", "input_token_details", "output_token_details")
)


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a ``response.done`` event, its response, or an event that counts a Live session.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    if record.get("type") in LIVE:
        return (_live(record),)
    record = body_of(record)
    usage = record["usage"]
    inside = details(usage, "input_token_details")
    outside = details(usage, "output_token_details")
    odd = usage.keys() - _KNOWN
    return (tokens(record, usage, inside, outside, name(record, "model"), odd),)


def _live(record: Mapping[str, Any]) -> Usage:
    usage = details(record, "usage")
    session = details(record, "session")
    model = name(session, "model") or name(record, "model")
    found = usage_of({"audio_seconds": count(usage, "seconds")}, {}, model, None, record)
    found.id = name(session, "id")
    found.aggregate = found.cumulative = True
    unknown = unknown_counters(usage, usage.keys() - {"seconds"})
    if unknown:
        found.unknown = unknown
    return found
