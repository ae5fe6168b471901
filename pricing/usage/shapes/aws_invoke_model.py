"""Bedrock InvokeModel, where the model's own body says no usage of a known shape.

The counts stand in the headers (``x-amzn-bedrock-input-token-count``), in the last event of a
stream (``amazon-bedrock-invocationMetrics``), or in the bodies of Titan and Llama. The input
excludes the cache. Which model it was stands in the request.
Source: docs.aws.amazon.com/bedrock: inference request parameters of Titan and Llama (2026-11).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name, objects, quantity, unknown_counters
from pricing.usage.shapes.aws_converse import conditions
from pricing.usage.shapes.makers import METRICS, bedrock_headers
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_HEADERS = {
    "input": "input-token-count",
    "cache_read": "cache-read-input-token-count",
    "cache_write": "cache-write-input-token-count",
    "output": "output-token-count",
}
_METRICS = {
    "input": "inputTokenCount",
    "cache_read": "cacheReadInputTokenCount",
    "cache_write": "cacheWriteInputTokenCount",
    "output": "outputTokenCount",
}
#: counts of models of one's own, beside those that are read
_KNOWN = {
    *_METRICS.values(),
    *("inputTextTokenCount", "totalOutputTextTokenCount", "tokenCount"),
    *("prompt_token_count", "generation_token_count"),
}


def read(record: Part) -> tuple[Usage, ...]:
    """Read a response, or the last event of a stream; raises UsageError."""
    said = bedrock_headers(record)
    usage = record.get("usage") if isinstance(record.get("usage"), dict) else record
    if said:
        meters = {meter: _number(said, key) for meter, key in _HEADERS.items()}
    elif METRICS in record:
        metrics = details(record, METRICS)
        meters = {meter: count(metrics, key) for meter, key in _METRICS.items()}
    elif "inputTextTokenCount" in record:
        made = sum(count(result, "tokenCount") for result in objects(record, "results"))
        made = made or count(record, "totalOutputTextTokenCount")
        meters = {"input": count(record, "inputTextTokenCount"), "output": made}
    elif usage is not None and "generation_token_count" in usage:
        prompt = count(usage, "prompt_token_count")
        meters = {"input": prompt, "output": count(usage, "generation_token_count")}
    else:
        raise UsageError("no counts of Bedrock in it")
    held = details(record, METRICS) if METRICS in record and not said else usage or {}
    odd = {key for key in held if "oken" in key} - _KNOWN
    context = sum(number for meter, number in meters.items() if meter != "output")
    meters = {meter: n for meter, n in meters.items() if n or meter in ("input", "output")}
    model = name(record, "model") or name(record, "modelId")
    found = usage_of(meters, conditions(record), model, ceil(context), record)
    found.id = name(details(record, "ResponseMetadata"), "RequestId")
    found.unknown = unknown_counters(held, odd)
    return (found,)


def _number(said: Part, key: str) -> Quantity:
    value = said.get(key)
    return 0 if value is None else quantity(key, value)
