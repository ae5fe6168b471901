"""Cohere's ``tokens``: what was counted, for those who bill that and not Cohere's billed units.

``input_tokens`` includes ``cached_tokens``. Only by name: Cohere itself bills ``billed_units``.
Source: cohere 7.3.1 (types/usage_tokens.py).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.shapes.cohere import KNOWN, usage_at
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a response; raises UsageError."""
    usage = usage_at(record)
    tokens = details(usage, "tokens")
    whole, cached = count(tokens, "input_tokens"), count(usage, "cached_tokens")
    if cached > whole and tokens:
        raise UsageError(f"cached_tokens ({cached}) is more than tokens.input_tokens ({whole})")
    meters = {"input": max(whole - cached, 0), "output": count(tokens, "output_tokens")}
    if cached:
        meters["cache_read"] = cached
    found = usage_of(meters, {}, name(record, "model"), ceil(max(whole, cached)), record)
    found.id = name(record, "id")
    unknown = unknown_counters(tokens, tokens.keys() - {"input_tokens", "output_tokens"}, "tokens.")
    if usage is not record:
        unknown |= unknown_counters(usage, usage.keys() - KNOWN)
    found.unknown = unknown
    if not tokens:
        found.incomplete = True
        found.warnings = ("tokens is absent: nothing but what was cached is counted",)
    return (found,)
