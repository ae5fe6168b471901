"""Langfuse: an observation with ``usageDetails``, from its API, an export or a blob.

The keys are additive: ``input`` is what no other key of the input counts. ``total`` is their sum,
never a count; where it is ``input`` + ``output`` only, the other keys are inside these. Costs are
estimates, or what the application sent. The tier in ``model_parameters`` is what was asked for.
All tags together are the label ``tag``.
Source: langfuse packages/shared/src/domain (observations), worker IngestionService,
default-model-prices.json for the names of the keys; langfuse.com/docs, blob storage export fields,
for those of an export (groups core, basic, model, usage, trace_context), read 2026-11-21.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.attributes import parsed, tags_of
from pricing.usage.lines import Wholes, dollars, line
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_KEYS = {
    "input": "input input_tokens prompt_tokens promptTokens prompt_token_count promptTokenCount"
    " input_text input_text_tokens input_modality_1",
    "input.audio": "input_audio input_audio_tokens",
    "input.image": "input_image input_image_tokens",
    "input.tool": "tool_use_prompt_token_count toolUsePromptTokenCount",
    "cache_read": "input_cached_tokens input_cache_read input_cache_read_tokens"
    " cache_read_input_tokens cached_content_token_count cachedContentTokenCount cached_tokens"
    " input_cached_text_tokens",
    "cache_read.audio": "input_cached_audio_tokens",
    "cache_read.image": "input_cached_image_tokens",
    "cache_write": "input_cache_creation input_cache_creation_tokens cache_creation_input_tokens"
    " input_cache_write input_cache_write_tokens",
    "cache_write.5m": "input_cache_creation_5m ephemeral_5m_input_tokens",
    "cache_write.1h": "input_cache_creation_1h ephemeral_1h_input_tokens",
    "output": "output output_tokens completion_tokens completionTokens candidates_token_count"
    " candidatesTokenCount output_text output_text_tokens output_modality_1",
    "output.reasoning": "output_reasoning output_reasoning_tokens reasoning_tokens"
    " thoughts_token_count thoughtsTokenCount",
    "output.audio": "output_audio output_audio_tokens",
    "output.image": "output_image output_image_tokens",
}
_METERS = {key: meter for meter, keys in _KEYS.items() for key in keys.split()}
_TOTALS = ("total", "total_tokens", "totalTokens", "total_token_count", "totalTokenCount")
_COSTS = ("total_cost", "totalCost", "calculated_total_cost", "calculatedTotalCost")
_LABELS = (
    ("session", "session_id", "sessionId"),
    ("user", "user_id", "userId"),
    ("project", "project_id", "projectId"),
    ("environment", "environment"),
    ("trace", "trace_name", "traceName"),
)
_WORDS = ("input", "output", "total")


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read an observation; none where it used nothing, as most spans do.

    Raises:
        UsageError: a count that is no count, or counts of something else than tokens.
    """
    usage = _usage(record)
    if not usage:
        return ()
    if str(usage.get("unit") or "TOKENS").upper() != "TOKENS":
        raise UsageError(f"counts of {usage['unit']}, not of tokens")
    odd = {key for key in usage.keys() - _METERS.keys() - {"unit", *_TOTALS} if key != "unit"}
    unknown = unknown_counters(usage, odd)
    total = next((number for key in _TOTALS if (number := count(usage, key))), 0)
    meters, context, warnings = _meters(usage, total, sum(unknown.values()))
    warnings += tuple(f"unknown usage key {key}={number}" for key, number in unknown.items())

    costs = parsed(record, "cost_details") or parsed(record, "costDetails")
    cost = next((record[key] for key in _COSTS if record.get(key) not in (None, "")), None)
    reported = dollars("total_cost", costs.get("total") if cost is None else cost)
    asked = parsed(record, "model_parameters") or parsed(record, "modelParameters")
    labels = {new: str(record[key]) for new, *keys in _LABELS for key in keys if record.get(key)}
    tag = tags_of(record.get("tags"))
    if tag:
        labels["tag"] = tag
    if asked.get("service_tier"):
        labels["requested_service_tier"] = str(asked["service_tier"])
    found = line(
        meters,
        context,
        record,
        name(record, "provided_model_name")
        or name(record, "providedModelName")
        or name(record, "model"),
        id=name(record, "id"),
        at=when(record, "start_time", "startTime", utc=True),
        labels=labels,
        unknown=unknown,
        warnings=warnings,
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
    )
    return (found,)


def _usage(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the counts: the details, else those of older versions, else the record itself."""
    for key in ("usage_details", "usageDetails", "usage"):
        held = parsed(record, key)
        if any(value is not None for value in held.values()):
            return held
    if "input" in record and "usage_details" not in record and "usageDetails" not in record:
        return record
    old = ("promptTokens", "completionTokens", "totalTokens")
    return {key: record[key] for key in old if count(record, key)}


def _meters(
    usage: Mapping[str, Any], total: Quantity, unknown: Quantity
) -> tuple[dict[str, Quantity], Quantity, tuple[str, ...]]:
    counts: dict[str, Quantity] = {"input": 0}
    twice: list[tuple[str, Quantity]] = []
    for key, meter in _METERS.items():
        number = count(usage, key)
        if number and number == counts.get(meter):
            twice.append((meter, number))
        if number or meter == "output":
            counts[meter] = counts.get(meter, 0) + number
    warnings: tuple[str, ...] = ()
    whole = sum(counts.values())
    if twice and total not in (whole, whole + unknown):
        for meter, number in twice:
            counts[meter] -= number
            whole -= number
            warnings += (f"{meter} stands there twice ({number}): counted once",)
    if total in (0, whole, whole + unknown):
        return counts, _context(counts), warnings
    if counts["input"] + counts["output"] == total:
        parts = {meter: number for meter, number in counts.items() if "." in meter}
        inside = Wholes(
            counts["input"],
            counts["output"],
            words=_WORDS,
            cache={m: n for m, n in counts.items() if m.startswith("cache_")},
            kinds={m: n for m, n in parts.items() if m.startswith("input.")},
            reasoning=counts.get("output.reasoning", 0),
            made={m: parts[m] for m in ("output.audio", "output.image") if m in parts},
        )
        meters, context = inside.meters()
        told = f"total ({total}) is input + output: what else is counted is taken as inside them"
        return meters, context, (*warnings, told, *inside.warnings)
    return counts, _context(counts), (*warnings, f"total is {total}, the counts add up to {whole}")


def _context(counts: Mapping[str, Quantity]) -> Quantity:
    return sum(n for meter, n in counts.items() if meter.startswith(("input", "cache_")))
