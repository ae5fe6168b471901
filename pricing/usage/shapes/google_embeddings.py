"""Embeddings at Vertex AI, which count the tokens of each text in its statistics.

``predictions[].embeddings.statistics.token_count``, or ``embeddings[].statistics.tokenCount``. The
characters of the request are the older measure of the same.
Source: cloud.google.com/vertex-ai, text embeddings API; google-genai 3.4.0 (types.py), 2026-11.
"""

from __future__ import annotations

from math import ceil

from pricing.usage.numbers import count, details, name, objects, unknown_counters
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_KNOWN = frozenset(("token_count", "tokenCount"))


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a response; raises UsageError."""
    made = [details(each, "embeddings") for each in objects(record, "predictions")]
    made += objects(record, "embeddings")
    counted = [details(each, "statistics") for each in made]
    unknown: dict[str, Quantity] = {}
    for each in counted:
        for key, number in unknown_counters(each, each.keys() - _KNOWN).items():
            unknown[key] = unknown.get(key, 0) + number
    tokens = sum(count(each, "token_count") or count(each, "tokenCount") for each in counted)
    found = usage_of({"input": tokens}, {}, name(record, "model"), ceil(tokens), record)
    found.unknown = unknown
    return (found,)
