"""A line of ``input_tokens`` and ``output_tokens``: of Responses, Images, Realtime and audio."""

from __future__ import annotations

from math import ceil

from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.shapes.openai_parts import (
    KNOWN_IN,
    KNOWN_OUT,
    SERVED,
    inputs,
    outputs,
    reconciled,
)
from pricing.usage.usage import usage_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]


def body_of(record: Part) -> Part:
    """Give the response in an event of a stream, and a bare usage object as a response."""
    response = record.get("response")
    if isinstance(response, dict):
        record = response
    return record if isinstance(record.get("usage"), dict) else {"usage": record}


def tokens(
    record: Part,
    usage: Part,
    inside: Part,
    outside: Part,
    model: str | None,
    odd: Iterable[str],
    ttl: str = "",
) -> Usage:
    """Read ``input_tokens``, ``output_tokens`` and their parts; ``odd`` are the keys not known.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    first, whole = count(usage, "input_tokens"), count(usage, "output_tokens")
    meters: dict[str, Quantity] = {}
    taken, warnings = inputs(usage, inside, meters, ttl)
    plain, context = first - taken, first
    reasoning = count(outside, "reasoning_tokens")
    total = usage.get("total_tokens")
    beyond = None if total is None else count(usage, "total_tokens") - first - whole
    if beyond or plain < 0:
        plain, context, beyond, why = reconciled(
            plain, beyond, reasoning, first, whole, meters, ("input", "output")
        )
        warnings += why
        whole += beyond
        reasoning = beyond or reasoning
    meters["input"] = plain
    outputs(outside, whole, reasoning, meters, "output_tokens")
    found = usage_of(meters, {}, model, ceil(context), record)
    unknown = unknown_counters(usage, odd)
    for side, part_of, known in (("input", inside, KNOWN_IN), ("output", outside, KNOWN_OUT)):
        key = (
            f"{side}_tokens_details"
            if f"{side}_tokens_details" in usage
            else f"{side}_token_details"
        )
        unknown |= unknown_counters(part_of, part_of.keys() - known, f"{key}.")
    if unknown:
        found.unknown = unknown
    if warnings:
        found.warnings = warnings
    found.id = name(record, "id")
    created = next((key for key in ("created_at", "created") if record.get(key)), None)
    if created is not None:
        found.at = when(record, created, per_second=1)
    tier = name(record, "service_tier")
    if tier:
        found.attributes["service_tier"] = SERVED.get(tier, tier)
    return found
