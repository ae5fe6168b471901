"""OpenAI Chat Completions and embeddings, and the many that speak it.

``prompt_tokens`` includes cached and written tokens, audio and images; ``completion_tokens``
includes reasoning, but where ``total_tokens`` shows that it does not (some sellers), or that some
is hidden. Predicted tokens are informational. Audio that Mistral bills by the second stands in
``total_tokens`` only. ``cost`` (OpenRouter) is what was charged; with a key of the caller's own
the upstream charges apart.
Source: platform.openai.com/docs/api-reference/chat/object, openrouter.ai/docs (usage accounting),
docs.mistral.ai (audio), alibabacloud.com/help/model-studio/context-cache (2026-11).
"""

from __future__ import annotations

from math import ceil

from pricing.instants import SECOND
from pricing.money import Money
from pricing.usage.numbers import count, details, name, quantity, unknown_counters
from pricing.usage.shapes.openai_parts import (
    CACHED,
    KNOWN_IN,
    KNOWN_OUT,
    SERVED,
    TTLS,
    WRITES,
    half_hour,
    inputs,
    outputs,
    reconciled,
)
from pricing.usage.usage import usage_of
from pricing.usage.when import LAST_SECOND, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_KNOWN = frozenset(
    (
        *CACHED,
        *WRITES,
        *TTLS,
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
        "prompt_audio_seconds",
        "server_tool_use",
        # how long it took: Groq, Azure
        "queue_time",
        "prompt_time",
        "completion_time",
        "total_time",
        "latency_checkpoint",
        "service_tier_details",
    )
)
#: the counts of a body that has nothing out of the ordinary
_USUAL = frozenset(
    (
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    )
)
_KNOWN_IN = KNOWN_IN | {"cache_type", "web_search_requests"}
_TOOLS = {"web_search_requests": "web_search", "web_fetch_requests": "web_fetch"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a completion or an embedding.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = record["usage"]
    return (_usual(record, usage) or read_any(record, usage),)


def _usual(record: Mapping[str, Any], usage: Mapping[str, Any]) -> Usage | None:
    """Read a body of text, cached text and reasoning that add up; None: it has more or is faulty.

    What ``read_any`` gives for it, in half of the time.
    """
    if not _USUAL.issuperset(usage):
        return None
    inside = usage.get("prompt_tokens_details")
    outside = usage.get("completion_tokens_details")
    if not (inside.__class__ is outside.__class__ is dict):
        return None
    prompt, whole = usage.get("prompt_tokens"), usage.get("completion_tokens")
    total, created = usage.get("total_tokens"), record.get("created", 0)
    cached, reasoning = inside.get("cached_tokens"), outside.get("reasoning_tokens")
    model, tier = record.get("model"), record.get("service_tier")
    if not (
        prompt.__class__
        is whole.__class__
        is total.__class__
        is cached.__class__
        is reasoning.__class__
        is created.__class__
        is int
        and model.__class__ is str
        and (tier is None or tier.__class__ is str)
        and 0 <= cached <= prompt
        and 0 <= reasoning <= whole
        and prompt + whole == total
        and 0 <= created < LAST_SECOND
    ):
        return None
    # nothing else is counted inside
    if len([*filter(None, inside.values())]) != (cached > 0):
        return None
    if len([*filter(None, outside.values())]) != (reasoning > 0):
        return None
    meters: dict[str, Quantity] = {}
    if cached:
        meters["cache_read"] = cached
    meters["input"] = prompt - cached
    if reasoning:
        meters["output.reasoning"] = reasoning
    meters["output"] = whole - reasoning
    attributes = {"service_tier": SERVED.get(tier, tier)} if tier else {}
    found = usage_of(meters, attributes, model, prompt, record)
    found.id = name(record, "id")
    if created:
        found.at = created * SECOND
    return found


def read_any(record: Mapping[str, Any], usage: Mapping[str, Any]) -> Usage:
    """Read whatever a completion or an embedding counts; raises UsageError as ``read``."""
    model = name(record, "model")
    prompt = count(usage, "prompt_tokens")
    whole = count(usage, "completion_tokens")
    inside = details(usage, "prompt_tokens_details")
    outside = details(usage, "completion_tokens_details")
    meters: dict[str, Quantity] = {}
    unknown: dict[str, Quantity] = {}

    taken, warnings = inputs(usage, inside, meters, ".30m" if half_hour(model) else "")
    plain, context = prompt - taken, prompt
    reasoning = count(outside, "reasoning_tokens") or count(usage, "reasoning_tokens")
    total = usage.get("total_tokens")
    beyond = None if total is None else count(usage, "total_tokens") - prompt - whole
    if usage.get("prompt_audio_seconds"):
        # an empty object where there was no audio
        meters["audio_seconds"] = count(usage, "prompt_audio_seconds")
        if beyond and beyond > 0:
            warnings += (f"{beyond} tokens of audio in total_tokens are billed by the second",)
            context, beyond = prompt + beyond, 0
    if beyond or plain < 0:
        plain, context, beyond, why = reconciled(
            plain, beyond, reasoning, prompt, whole, meters, ("prompt", "completion")
        )
        warnings += why
        whole += beyond
        reasoning = beyond or reasoning
    meters["input"] = plain
    outputs(outside, whole, reasoning, meters, "completion_tokens")

    cost = usage.get("cost")
    for part_of, known, prefix in (
        (usage, _KNOWN, ""),
        (inside, _KNOWN_IN, "prompt_tokens_details."),
        (outside, KNOWN_OUT, "completion_tokens_details."),
    ):
        if not known.issuperset(part_of):
            odd = {key for key in part_of.keys() - known if not _is_measure(key)}
            if cost is not None and "server_tool_use_details" in odd:
                # OpenRouter's own tools: how often they ran; the fee is in ``cost``
                odd.discard("server_tool_use_details")
                warnings += ("server tools: their fee stands only in the reported cost",)
            unknown |= unknown_counters(part_of, odd, prefix)
    if usage.get("server_tool_use"):
        unknown |= _tools(details(usage, "server_tool_use"), meters)
    elif inside.get("web_search_requests"):
        meters["web_search"] = count(inside, "web_search_requests")

    attributes: dict[str, Any] = {}
    tier = name(record, "service_tier") or name(usage, "service_tier")
    if tier:
        attributes["service_tier"] = SERVED.get(tier, tier)
    byok = usage.get("is_byok")
    if byok is not None:
        attributes["byok"] = "yes" if byok else "no"
    if inside.get("cache_type") == "ephemeral":
        attributes["cache_mode"] = "explicit"
    found = usage_of(meters, attributes, model, ceil(context), record)
    found.id = name(record, "id")
    if record.get("created"):
        found.at = when(record, "created", per_second=1)
    if cost is not None:
        charged(found, usage, cost)
    if unknown:
        found.unknown = unknown
    if warnings:
        found.warnings = warnings
    return found


def charged(found: Usage, usage: Mapping[str, Any], cost: object) -> None:
    """Put down what OpenRouter charged, and what the upstream charged the caller's own key."""
    found.reported = Money(quantity("cost", cost), "USD")
    found.reported_kind = "charged"
    if usage.get("is_byok"):
        upstream = details(usage, "cost_details").get("upstream_inference_cost")
        if upstream is not None:
            found.upstream = Money(quantity("upstream_inference_cost", upstream), "USD")


def _tools(tools: Mapping[str, Any], meters: dict[str, Quantity]) -> dict[str, Quantity]:
    for key, meter in _TOOLS.items():
        if calls := count(tools, key):
            meters[meter] = calls
    return unknown_counters(tools, tools.keys() - _TOOLS.keys(), "server_tool_use.")


def _is_measure(key: str) -> bool:
    """Tell whether a number is a speed or a duration of the serving, as SambaNova adds."""
    ends = ("_time", "_latency", "_ms", "_rate")
    return key.endswith(ends) or key.startswith("time_to_") or "_per_sec" in key
