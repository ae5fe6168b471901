"""Codex: a ``token_count`` event of a session, or ``turn.completed`` of ``codex exec --json``.

``cached_input_tokens`` and, in newer builds, ``cache_write_input_tokens`` are inside
``input_tokens``, ``reasoning_output_tokens`` inside ``output_tokens``. An event says what the
session used so far (``total_token_usage``) and what the last call did; alone it is read as the
last call. Events are repeated: a reader of whole sessions bills the growth of the total.
Source: openai/codex codex-rs/protocol (TokenUsage, TokenUsageInfo), exec/src/exec_events.rs.
"""

from __future__ import annotations

from pricing.usage.lines import Wholes, line
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_WORDS = ("input_tokens", "output_tokens", "total_tokens")
_CACHED = "cached_input_tokens"
_WRITTEN = "cache_write_input_tokens"
_REASONING = "reasoning_output_tokens"
_KNOWN = {*_WORDS, _CACHED, _WRITTEN, _REASONING}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read an event; none where it tells only rate limits.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    payload = details(record, "payload") or record
    turn = payload.get("turn_token_usage")
    if isinstance(turn, dict):
        # a snapshot: the turn so far
        found = tokens(turn, record)
        found.cumulative = True
        return (found,)
    info = details(payload, "info") or payload
    usage = details(info, "last_token_usage") or details(info, "usage")
    if not usage and "input_tokens" in info:
        usage = info
    if not usage and info.get("total_token_usage"):
        found = tokens(details(info, "total_token_usage"), record)
        found.cumulative, found.aggregate, found.context_tokens = True, True, None
        return (found,)
    return (tokens(usage, record),) if usage else ()


def tokens(usage: Mapping[str, Any], record: Mapping[str, Any]) -> Usage:
    """Read one object of counts, whichever of an event; raises UsageError."""
    wholes = Wholes(
        count(usage, "input_tokens"),
        count(usage, "output_tokens"),
        words=_WORDS,
        cache={"cache_read": count(usage, _CACHED), "cache_write.30m": count(usage, _WRITTEN)},
        reasoning=count(usage, _REASONING),
        total=count(usage, "total_tokens"),
    )
    meters, context = wholes.meters()
    return line(
        meters,
        context,
        record,
        name(record, "model"),
        at=when(record, "timestamp"),
        unknown=unknown_counters(usage, usage.keys() - _KNOWN),
        warnings=wholes.warnings,
    )
