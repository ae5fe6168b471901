"""OpenAI Images: generations, edits and the events that complete them.

``input_tokens`` and ``output_tokens`` are split into text and images; without a split all output
is an image, and cached tokens stand beside the split. ``svg_usage`` is what drawing an SVG used, at
a model of its own.
Source: the types of the openai package 3.52.0 (ImagesResponse, ImageGenCompletedEvent).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details, name
from pricing.usage.shapes.openai_tokens import body_of, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Part = Mapping[str, Any]

_TOKENS = frozenset(("input_tokens", "output_tokens", "total_tokens"))
_KNOWN = _TOKENS | {
    "input_tokens_details",
    "output_tokens_details",
    "cached_tokens",
    "cached_tokens_details",
}
_DRAWN = _TOKENS | {"model", "reasoning_tokens"}


def read(record: Part) -> tuple[Usage, ...]:
    """Read an answer of the Images API.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    record = body_of(record)
    usage = record["usage"]
    inside = details(usage, "input_tokens_details")
    if usage.get("cached_tokens_details"):
        inside = {**inside, "cached_tokens_details": details(usage, "cached_tokens_details")}
    outside = details(usage, "output_tokens_details")
    if not outside:
        outside = {"image_tokens": count(usage, "output_tokens")}
    odd = usage.keys() - _KNOWN
    found = tokens(record, usage, inside, outside, name(record, "model"), odd)
    for key in ("size", "quality"):
        value = name(record, key)
        if value is not None:
            found.attributes[key] = value
    return (found, drawn(record, record)) if record.get("svg_usage") else (found,)


def drawn(record: Part, item: Part) -> Usage:
    """Read what drawing an SVG used; raises UsageError."""
    usage = details(item, "svg_usage")
    outside = {"reasoning_tokens": usage.get("reasoning_tokens")}
    return tokens(record, usage, {}, outside, name(usage, "model"), usage.keys() - _DRAWN)
