"""OpenAI Chat Completions, and the many that speak it.

``prompt_tokens`` includes cached and written tokens, audio and images; ``text_tokens`` is what is
left of them. ``completion_tokens`` includes reasoning, but where ``total_tokens`` shows that it
does not (some sellers), or that some is hidden. Predicted tokens are informational. Sellers repeat
the cached tokens, or say them only, beside the details, under names of their own.
Source: platform.openai.com/docs/api-reference/chat/object.
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.instants import SECOND
from pricing.money import Money
from pricing.usage.numbers import count, details, name, quantity, unknown_counters
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_KINDS = {"audio_tokens": "audio", "image_tokens": "image", "video_tokens": "video"}
_WRITES = ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")
#: cached tokens beside the details: Moonshot and others, Mistral, DeepSeek, LiteLLM
_CACHED = (
    "cached_tokens",
    "num_cached_tokens",
    "prompt_cache_hit_tokens",
    "cache_read_input_tokens",
)
_KNOWN = frozenset(
    [
        *_CACHED,
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "cost",
        "is_byok",
        "service_tier",
        "reasoning_tokens",
        "prompt_cache_miss_tokens",
        "cache_creation_input_tokens",
        # Groq: seconds
        "queue_time",
        "prompt_time",
        "completion_time",
        "total_time",
    ]
)
_KNOWN_IN = frozenset(("cached_tokens", "text_tokens", "cached_tokens_details", *_KINDS, *_WRITES))
_KNOWN_OUT = frozenset(
    (
        "reasoning_tokens",
        "text_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
        *_KINDS,
    )
)


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a completion.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = record["usage"]
    prompt = count(usage, "prompt_tokens")
    completion = count(usage, "completion_tokens")
    inside = details(usage, "prompt_tokens_details")
    outside = details(usage, "completion_tokens_details")
    meters: dict[str, Quantity] = {}
    unknown: dict[str, Quantity] = {}
    warnings: tuple[str, ...] = ()

    plain = prompt - _inputs(usage, inside, meters)
    if plain < 0:
        raise UsageError(f"the parts of prompt_tokens are more than the whole ({prompt})")
    meters["input"] = plain

    reasoning = count(outside, "reasoning_tokens") or count(usage, "reasoning_tokens")
    rest = completion
    if "total_tokens" in usage and usage["total_tokens"] is not None:
        beyond = count(usage, "total_tokens") - prompt - completion
        if beyond < 0:
            raise UsageError(
                f"total_tokens ({usage['total_tokens']}) is less than prompt_tokens ({prompt})"
                f" and completion_tokens ({completion})"
            )
        if beyond:
            # not inside completion_tokens: said beside it, or hidden
            if reasoning and reasoning != beyond:
                raise UsageError(
                    f"total_tokens leaves {beyond} over, reasoning_tokens is {reasoning}"
                )
            if not reasoning:
                warnings = (
                    f"{beyond} tokens in total_tokens are in neither prompt nor completion;"
                    " billed as reasoning",
                )
            reasoning, rest = beyond, completion + beyond
    for key, kind in _KINDS.items():
        part = count(outside, key)
        if part:
            meters[f"output.{kind}"] = part
            rest -= part
    if reasoning:
        meters["output.reasoning"] = reasoning
        rest -= reasoning
    if rest < 0:
        raise UsageError(f"the parts of completion_tokens are more than the whole ({completion})")
    meters["output"] = rest

    cost = usage.get("cost")
    for part_of, known, prefix in (
        (usage, _KNOWN, ""),
        (inside, _KNOWN_IN, "prompt_tokens_details."),
        (outside, _KNOWN_OUT, "completion_tokens_details."),
    ):
        if not part_of.keys() <= known:
            odd = part_of.keys() - known
            if cost is not None and "server_tool_use_details" in odd:
                # OpenRouter's own tools: how often they ran; the fee is in ``cost``
                odd.discard("server_tool_use_details")
                warnings += ("server tools: their fee stands only in the reported cost",)
            unknown |= unknown_counters(part_of, odd, prefix)

    attributes: dict[str, Any] = {}
    tier = name(record, "service_tier") or name(usage, "service_tier")
    if tier is not None:
        attributes["service_tier"] = tier
    if usage.get("is_byok"):
        attributes["byok"] = "yes"
    found = usage_of(meters, attributes, name(record, "model"), ceil(prompt), record)
    found.id = name(record, "id")
    created = record.get("created")
    if created:
        found.at = int(quantity("created", created)) * SECOND
    if cost is not None:
        found.reported = Money(quantity("cost", cost), "USD")
    if unknown:
        found.unknown = unknown
    if warnings:
        found.warnings = warnings
    return (found,)


def _inputs(
    usage: Mapping[str, Any], inside: Mapping[str, Any], meters: dict[str, Quantity]
) -> Quantity:
    """Take what is not plain text out of the prompt, each token once; give how much that is."""
    taken: Quantity = 0
    cached = count(inside, "cached_tokens")
    for key in _CACHED:
        if key in usage:
            beside = count(usage, key)
            if beside and beside != cached:
                if cached:
                    raise UsageError(f"{key} is {beside} where {cached} are cached elsewhere")
                cached = beside
    by_kind = details(inside, "cached_tokens_details")
    for key, kind in _KINDS.items():
        part = count(inside, key)
        cached_part = count(by_kind, key) if by_kind else 0
        if cached_part:
            meters[f"cache_read.{kind}"] = cached_part
            cached -= cached_part
            taken += cached_part
            part -= cached_part
        if part < 0 or cached < 0:
            raise UsageError(f"cached {key} are more than {key} or all cached tokens")
        if part:
            meters[f"input.{kind}"] = part
            taken += part
    if cached:
        meters["cache_read"] = cached
        taken += cached
    for key in _WRITES:
        written = count(inside, key) or count(usage, key)
        if written:
            meters["cache_write"] = written
            return taken + written
    return taken
