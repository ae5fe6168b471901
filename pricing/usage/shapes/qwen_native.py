"""Alibaba Cloud's own API for Qwen (DashScope), which has ``output`` and ``request_id`` beside it.

``input_tokens`` includes cached and written tokens, images and video; audio stands inside or
beside, as the total shows. ``output_tokens`` includes reasoning. ``cache_type`` tells the explicit
cache. Speech is billed by character or by second.
Source: dashscope 2.0.2 (api_entities/dashscope_response.py),
alibabacloud.com/help/model-studio/qwen-api-via-dashscope (2026-11).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.shapes.openai_parts import TTLS, WRITES, inputs, outputs
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_KINDS = ("image_tokens", "video_tokens", "audio_tokens")
_COUNTERS = {
    "characters": "characters",
    "duration": "audio_seconds",
    "seconds": "audio_seconds",
    "image_count": "image",
    "video_duration": "video",
}
_KNOWN = frozenset(
    (
        *_KINDS,
        *_COUNTERS,
        *TTLS,
        *WRITES,
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "cached_tokens",
        "input_tokens_details",
        "prompt_tokens_details",
        "output_tokens_details",
        "plugins",
        "x_details",
        # how large the pictures are, and how many clips the seconds make
        *("width", "height", "size", "video_count", "SR", "fps"),
    )
)
_KNOWN_IN = frozenset((*_KINDS, *TTLS, *WRITES, "text_tokens", "cached_tokens", "cache_type"))
_KNOWN_OUT = frozenset((*_KINDS, "text_tokens", "reasoning_tokens"))


def read(record: Part) -> tuple[Usage, ...]:
    """Read a response.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = record["usage"]
    given, whole = count(usage, "input_tokens"), count(usage, "output_tokens")
    inside = {**details(usage, "input_tokens_details"), **details(usage, "prompt_tokens_details")}
    for key in _KINDS:
        if beside := count(usage, key):
            if count(inside, key) not in (0, beside):
                raise UsageError(f"{key} is {beside}, in the details {inside[key]}")
            inside[key] = beside
    outside = details(usage, "output_tokens_details")
    meters: dict[str, Quantity] = {}
    taken, warnings = inputs(usage, inside, meters)
    context = given
    total = count(usage, "total_tokens")
    beside = sum(meters.get(f"input.{kind}", 0) for kind in ("audio", "image", "video"))
    if (total == given + whole + beside if total else taken > given) and beside:
        # the first audio models count the text alone
        warnings += (f"input_tokens ({given}) leaves out {beside} tokens of other kinds",)
        context = given + beside
    if taken > context:
        raise UsageError(f"the parts of input_tokens are more than the whole ({given})")
    meters["input"] = context - taken
    outputs(outside, whole, count(outside, "reasoning_tokens"), meters, "output_tokens")
    unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    if total and total != context + whole:
        if total < context + whole:
            raise UsageError(f"total_tokens ({total}) is less than its parts ({context + whole})")
        unknown["total_tokens beyond its parts"] = total - context - whole
    unknown |= unknown_counters(inside, inside.keys() - _KNOWN_IN, "input.")
    unknown |= unknown_counters(outside, outside.keys() - _KNOWN_OUT, "output.")
    for key, meter in _COUNTERS.items():
        if units := count(usage, key):
            meters[meter] = units
    searches = count(details(details(usage, "plugins"), "search"), "count")
    if searches:
        meters["web_search"] = searches
    explicit = inside.get("cache_type") == "ephemeral"
    attributes = {"cache_mode": "explicit"} if explicit else {}
    found = usage_of(meters, attributes, name(record, "model"), ceil(context), record)
    found.id = name(record, "request_id")
    found.unknown = unknown
    found.warnings = warnings
    return (found,)
