"""OpenCode: an assistant message, or the ``step-finish`` part of one.

``input`` excludes the cache, ``output`` excludes reasoning, unless a ``total`` says otherwise. A
``cost`` of 0 means that OpenCode knew no price. A message that never completed is a lower bound.
Source: sst/opencode packages/opencode/src/session/{message-v2,index}.ts.
"""

from __future__ import annotations

from pricing.usage.lines import Wholes, dollars, line
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.sellers import seller_of
from pricing.usage.when import MILLISECONDS, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_WORDS = ("input", "output", "total")
_KNOWN = {*_WORDS, "reasoning", "cache"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a message or a step.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    tokens = details(record, "tokens")
    cache = details(tokens, "cache")
    wholes = Wholes(
        count(tokens, "input"),
        count(tokens, "output"),
        words=_WORDS,
        cache={"cache_read": count(cache, "read"), "cache_write": count(cache, "write")},
        reasoning=count(tokens, "reasoning"),
        total=count(tokens, "total"),
    )
    meters, context = wholes.meters(cache_inside=False, reasoning_inside=False)
    model = record.get("model")
    told = model if isinstance(model, dict) else record
    time = details(record, "time")
    reported = dollars("cost", record.get("cost")) or None
    unknown = unknown_counters(tokens, tokens.keys() - _KNOWN)
    unknown |= unknown_counters(cache, cache.keys() - {"read", "write"}, "cache.")
    session = name(record, "sessionID")
    found = line(
        meters,
        context,
        record,
        name(told, "modelID"),
        id=name(record, "id"),
        at=when(time, "created", per_second=MILLISECONDS),
        seller=seller_of(name(told, "providerID")),
        labels={"session": session} if session else None,
        unknown=unknown,
        warnings=wholes.warnings,
        incomplete=True if "created" in time and time.get("completed") is None else None,
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
    )
    return (found,)
