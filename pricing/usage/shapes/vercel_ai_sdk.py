"""Vercel AI SDK, versions 4 (``promptTokens``), 5 and 6 (``inputTokens``).

Input and output are wholes: cache is inside the input, reasoning inside the output, but where the
total or a part that is more than its whole shows otherwise. Of a result with several steps each
step is a line. ``raw``, or the usage in ``providerMetadata``, is the provider's own: where its
shape is beyond doubt and it counts at least as much, it is what is read, for it has what the SDK
leaves out (times to live, tool prompts, compaction).
Source: ai 6.0 dist/index.d.ts (LanguageModelUsage), 5.0 and 4.3 of the same.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.lines import Wholes, line
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_WORDS = ("inputTokens", "outputTokens", "totalTokens")
_OLD_WORDS = ("promptTokens", "completionTokens", "totalTokens")
_KNOWN = {
    *_WORDS,
    *_OLD_WORDS,
    "inputTokenDetails",
    "outputTokenDetails",
    "cachedInputTokens",
    "reasoningTokens",
    "raw",
}
_KNOWN_IN = {"noCacheTokens", "cacheReadTokens", "cacheWriteTokens"}
_KNOWN_OUT = {"textTokens", "reasoningTokens"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a result: a line for each step, or for its usage.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    steps = record.get("steps")
    if isinstance(steps, list) and steps:
        held = [step for step in steps if isinstance(step, dict) and step.get("usage")]
        if len(held) == len(steps):
            return tuple(used for step in held for used in _of(details(step, "usage"), step))
    whole = details(record, "totalUsage")
    usage = details(record, "usage")
    if whole and _counts(whole) != _counts(usage):
        # the usage is the last step's; the others are in the sum alone
        return _of(whole, record, aggregate=True)
    return _of(usage or whole or record, record)


def _counts(usage: Mapping[str, Any]) -> list[object]:
    return [usage.get(key) for key in (*_WORDS, *_OLD_WORDS)]


def _of(
    usage: Mapping[str, Any], record: Mapping[str, Any], aggregate: bool = False
) -> tuple[Usage, ...]:
    words = _OLD_WORDS if "promptTokens" in usage else _WORDS
    inside = details(usage, "inputTokenDetails")
    made = details(usage, "outputTokenDetails")
    cached = count(inside, "cacheReadTokens") or count(usage, "cachedInputTokens")
    wholes = Wholes(
        count(usage, words[0]),
        count(usage, words[1]),
        words=words,
        cache={"cache_read": cached, "cache_write": count(inside, "cacheWriteTokens")},
        reasoning=count(made, "reasoningTokens") or count(usage, "reasoningTokens"),
        total=count(usage, "totalTokens"),
    )
    response = details(record, "response")
    model = name(response, "modelId") or name(record, "modelId")
    told = {"id": name(response, "id"), "at": when(response, "timestamp", per_second=1_000)}
    for raw in (usage.get("raw"), *_metadata(record)):
        held = _raw(raw, model) if isinstance(raw, dict) and raw else ()
        if held and _size(held) >= wholes.input + wholes.output:
            fields = {key: value for key, value in told.items() if value is not None}
            return tuple(one.replace(**fields, raw=record) for one in held)
    meters, context = wholes.meters()
    unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    unknown |= unknown_counters(inside, inside.keys() - _KNOWN_IN, "inputTokenDetails.")
    unknown |= unknown_counters(made, made.keys() - _KNOWN_OUT, "outputTokenDetails.")
    return (
        line(
            meters,
            None if aggregate else context,
            record,
            model,
            unknown=unknown,
            warnings=wholes.warnings,
            **told,
        ),
    )


def _metadata(record: Mapping[str, Any]) -> Iterator[object]:
    """Give the usages that providers add beside the SDK's, as Anthropic's does."""
    for held in details(record, "providerMetadata").values():
        if isinstance(held, dict):
            yield held.get("usage")


def _raw(raw: dict[str, Any], model: str | None) -> tuple[Usage, ...]:
    """Read the provider's own usage; none where its shape cannot be told."""
    from pricing.usage.shapes import shape_of

    if "input_tokens_details" in raw and "total_tokens" not in raw:
        # OpenAI Responses, whose total the SDK leaves out
        raw = {**raw, "total_tokens": count(raw, "input_tokens") + count(raw, "output_tokens")}
    key = "usageMetadata" if "promptTokenCount" in raw else "usage"
    try:
        body = {"model": model, key: raw}
        return shape_of(body).read(body)
    except UsageError:
        return ()


def _size(usages: tuple[Usage, ...]) -> Any:
    return sum(
        quantity
        for usage in usages
        for meter, quantity in usage.meters.items()
        if meter.startswith(("input", "cache_", "output"))
    )
