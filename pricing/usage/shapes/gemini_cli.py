"""Gemini CLI: a message of its chat log.

The total decides whether ``cached`` is inside ``input``; without one it is, as in the API below.
``thoughts`` stand beside ``output``, prompts of tools (``tool``) beside ``input``.
Source: google-gemini/gemini-cli packages/core/src/services/chatRecordingService.ts.
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

_WORDS = ("input", "output", "total")
_KNOWN = {*_WORDS, "cached", "thoughts", "tool"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a message.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    tokens = details(record, "tokens")
    wholes = Wholes(
        count(tokens, "input"),
        count(tokens, "output"),
        words=_WORDS,
        cache={"cache_read": count(tokens, "cached")},
        reasoning=count(tokens, "thoughts"),
        tools=count(tokens, "tool"),
        total=count(tokens, "total"),
    )
    meters, context = wholes.meters(reasoning_inside=False, sure=False)
    found = line(
        meters,
        context,
        record,
        name(record, "model"),
        id=name(record, "id"),
        at=when(record, "timestamp"),
        unknown=unknown_counters(tokens, tokens.keys() - _KNOWN),
        warnings=wholes.warnings,
    )
    return (found,)
