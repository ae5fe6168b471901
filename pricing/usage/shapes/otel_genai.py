"""OpenTelemetry spans of generative models, ``gen_ai.usage.*``, under every name in the wild.

By the conventions cache and reasoning are inside input and output; some emitters leave them out,
which the total shows, or a part that is more than its whole. Spans of agents repeat the counts of
the calls below them and are no line.
Source: open-telemetry/semantic-conventions docs/gen-ai; names of Sentry, Langfuse, Logfire,
OpenLLMetry, OpenLIT and the Vercel AI SDK as they emit them.
"""

from __future__ import annotations

from pricing.usage.attributes import attributes_of
from pricing.usage.lines import Wholes, dollars, line
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.sellers import seller_of
from pricing.usage.shapes.openai_parts import SERVED
from pricing.usage.usage import usage_of
from pricing.usage.when import NANOSECONDS, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_GEN = "gen_ai.usage."
_MORE = f"{_GEN}details."
PREFIXES = (_GEN, "llm.usage.", "ai.usage.")
#: names of one count, the conventions' own first
_INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
          "ai.usage.inputTokens", "ai.usage.promptTokens")  # fmt: skip
_OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
           "llm.usage.completion_tokens", "ai.usage.outputTokens",
           "ai.usage.completionTokens")  # fmt: skip
_TOTAL = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "ai.usage.totalTokens")
_PARTS = {
    "cache_read": (
        *(f"{_GEN}cache_read.input_tokens", f"{_GEN}cache_read_input_tokens"),
        *(f"{_GEN}input_tokens.cached", f"{_GEN}cached_input_tokens"),
        *(f"{_GEN}cache_read_tokens", f"{_GEN}cached_tokens", f"{_MORE}cache_read_tokens"),
        *(f"{_MORE}cache_read_input_tokens", f"{_MORE}cached_tokens"),
        *(f"{_MORE}cached_content_tokens", "llm.usage.cache_read_input_tokens"),
        "ai.usage.cachedInputTokens",
    ),
    "cache_write": (
        *(f"{_GEN}cache_creation.input_tokens", f"{_GEN}cache_creation_input_tokens"),
        *(f"{_GEN}cache_write.input_tokens", f"{_GEN}cache_write_input_tokens"),
        *(f"{_GEN}input_tokens.cache_write", f"{_GEN}cache_write_tokens"),
        *(f"{_GEN}cache_creation_tokens", f"{_MORE}cache_write_tokens"),
        *(f"{_MORE}cache_creation_input_tokens", "llm.usage.cache_creation_input_tokens"),
    ),
    "output.reasoning": (
        *(f"{_GEN}reasoning.output_tokens", f"{_GEN}output_tokens.reasoning"),
        *(f"{_GEN}reasoning_tokens", f"{_GEN}reasoning_output_tokens"),
        *(f"{_MORE}{what}_tokens" for what in ("reasoning", "thoughts", "thinking")),
        *("llm.usage.reasoning_tokens", "ai.usage.reasoningTokens"),
    ),
    "input.audio": (f"{_GEN}input_audio_tokens", f"{_MORE}input_audio_tokens"),
    "output.audio": (f"{_GEN}output_audio_tokens", f"{_MORE}output_audio_tokens"),
    "web_search": (f"{_GEN}web_search_requests", f"{_MORE}web_search_requests"),
}
#: what repeats or describes other counts
_REPEATS = {
    *(f"{_MORE}{side}_tokens" for side in ("input", "output", "total", "text", "audio")),
    *(f"{_MORE}{what}_prediction_tokens" for what in ("accepted", "rejected")),
    *(f"{_MORE}text_{side}_tokens" for side in ("prompt", "candidates", "cache")),
}
_KNOWN = {*_INPUT, *_OUTPUT, *_TOTAL, *_REPEATS, *(key for keys in _PARTS.values() for key in keys)}
_COSTS = ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "operation.cost",
          "gen_ai.cost.total_cost", "gen_ai.cost.total_tokens")  # fmt: skip
#: operations whose spans hold the spans of calls
_HOLDERS = {"invoke_agent", "create_agent", "agent_step", "agent", "invoke_workflow", "workflow"}
HOLDERS = {"AGENT", "CHAIN"}
_TIERS = ("openai.response.service_tier", "gen_ai.openai.response.service_tier",
          "gen_ai.response.service_tier")  # fmt: skip


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a span.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    told = attributes_of(record)
    if name(told, "gen_ai.operation.name") in _HOLDERS or _holds_calls(told):
        return (rolled_up(record),)
    odd: list[str] = []
    part = {meter: _first(told, keys, odd) for meter, keys in _PARTS.items()}
    wholes = Wholes(
        _first(told, _INPUT, odd),
        _first(told, _OUTPUT, odd),
        words=("input_tokens", "output_tokens", "total_tokens"),
        cache={meter: part[meter] for meter in ("cache_read", "cache_write")},
        kinds={"input.audio": part["input.audio"]},
        reasoning=part["output.reasoning"],
        made={"output.audio": part["output.audio"]},
        total=_first(told, _TOTAL, odd),
    )
    meters, context = wholes.meters()
    if part["web_search"]:
        meters["web_search"] = part["web_search"]
    tier = next((tier for key in _TIERS if (tier := name(told, key))), None)
    cost = next((key for key in _COSTS if told.get(key) is not None), None)
    reported = None if cost is None else dollars(cost, told[cost])
    seller = name(told, "gen_ai.provider.name") or name(told, "gen_ai.system")
    session = name(told, "gen_ai.conversation.id") or name(told, "session.id")
    found = line(
        meters,
        context,
        record,
        name(told, "gen_ai.response.model")
        or name(told, "gen_ai.request.model")
        or name(told, "ai.response.model")
        or name(told, "ai.model.id"),
        attributes={"service_tier": SERVED.get(tier, tier)} if tier else None,
        id=name(told, "gen_ai.response.id") or name(told, "ai.response.id"),
        at=at_of(record),
        seller=seller_of(seller or name(told, "ai.model.provider")),
        labels={"session": session} if session else None,
        unknown=unknown_counters(told, {k for k in told if k.startswith(PREFIXES)} - _KNOWN),
        warnings=(*wholes.warnings, *odd),
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
    )
    return (found,)


def _first(told: Mapping[str, Any], keys: tuple[str, ...], odd: list[str]) -> Quantity:
    """Give a count under the first of its names that is not 0; say where another differs."""
    said = [(key, number) for key in keys if key in told and (number := count(told, key))]
    if not said:
        return 0
    first, number = said[0]
    odd += [f"{key} is {other}, {first} {number}" for key, other in said if other != number]
    return number


def _holds_calls(told: Mapping[str, Any]) -> bool:
    """Tell whether a span holds others: an agent's, or that of an AI SDK function."""
    operation = name(told, "ai.operationId") or ""
    kind = name(told, "openinference.span.kind") or ""
    return kind.upper() in HOLDERS or (operation.startswith("ai.") and ".do" not in operation)


def rolled_up(record: Mapping[str, Any]) -> Usage:
    """Give what stands for a span that repeats the counts of others: no meters, not billed."""
    found = usage_of({}, {}, None, None, record)
    found.free = "agent_rollups"
    found.warnings = ("agent roll-up span skipped",)
    return found


def at_of(record: Mapping[str, Any]) -> int | None:
    """Give the start of a span, as OTLP, the SDKs or a store write it."""
    started = when(record, "startTimeUnixNano", "start_time_unix_nano", per_second=NANOSECONDS)
    if started is not None:
        return started
    return when(record, "start_time", "startTime", "timestamp", "start_timestamp", utc=True)
