"""xAI's own API (gRPC), as JSON: ``prompt_tokens`` is text and images, and includes cached text.

``completion_tokens`` excludes ``reasoning_tokens``; ``total_tokens`` is the sum of the three, and
decides where it says otherwise. The tools that ran stand in a list, one entry for each call.
Source: xai-sdk 1.21.0 (usage_pb2.SamplingUsage, chat_pb2.GetChatCompletionResponse).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.shapes.makers import XAI
from pricing.usage.shapes.xai_parts import add_own
from pricing.usage.usage import usage_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_KNOWN = XAI | {
    "prompt_tokens",
    "prompt_text_tokens",
    "prompt_image_tokens",
    "cached_prompt_text_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "total_tokens",
}
_TIERS = {"SERVICE_TIER_DEFAULT": "default", "SERVICE_TIER_PRIORITY": "priority"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a completion; raises UsageError."""
    usage = record["usage"]
    prompt, image = count(usage, "prompt_tokens"), count(usage, "prompt_image_tokens")
    cached = count(usage, "cached_prompt_text_tokens")
    output, reasoning = count(usage, "completion_tokens"), count(usage, "reasoning_tokens")
    plain, context = prompt - image - cached, prompt
    warnings: tuple[str, ...] = ()
    text = count(usage, "prompt_text_tokens")
    if text and text != prompt - image:
        warnings = (f"prompt_tokens is {prompt}, text and images add up to {text + image}",)
    if plain < 0 and prompt >= image:
        why = f"prompt_tokens ({prompt}) < cache tokens ({cached})"
        warnings += (f"{why}: treated as exclusive of cache",)
        plain, context = prompt - image, prompt + cached
    if plain < 0:
        raise UsageError(f"prompt_image_tokens ({image}) is more than prompt_tokens ({prompt})")
    total = count(usage, "total_tokens")
    beyond = total - prompt - output
    if total and reasoning and not beyond:
        if reasoning > output:
            raise UsageError(f"total_tokens ({total}) leaves out reasoning_tokens ({reasoning})")
        output -= reasoning
    elif total and beyond > reasoning and context == prompt:
        hidden = beyond - reasoning
        why = "are in neither prompt nor completion; billed as reasoning"
        warnings += (f"{hidden} tokens in total_tokens {why}",)
        reasoning = beyond
    elif total and beyond != reasoning:
        warnings += (f"total_tokens is {total}, the counts add up to {total - beyond + reasoning}",)
    meters: dict[str, Quantity] = {"input": plain, "output": output}
    for meter, tokens in (
        ("input.image", image),
        ("cache_read", cached),
        ("output.reasoning", reasoning),
    ):
        if tokens:
            meters[meter] = tokens
    attributes = {}
    tier = name(record, "service_tier")
    if tier in _TIERS:
        attributes["service_tier"] = _TIERS[tier]
    found = usage_of(meters, attributes, name(record, "model"), ceil(context), record)
    found.id = name(record, "id")
    found.at = when(record, "created", per_second=1)
    found.unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    found.warnings = warnings
    add_own(found, record, usage)
    return (found,)
