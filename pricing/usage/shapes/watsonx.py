"""watsonx.ai text generation, embeddings and reranking.

Counts stand in each of ``results``, whose sum is billed, or at the root. Its chat speaks OpenAI's.
Source: ibm.github.io/watsonx-ai-node-sdk (TextGenResponse, TextGenResult), read 2026-11.
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, name, objects
from pricing.usage.usage import usage_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a response, or the bare counts; raises UsageError."""
    usage = record["usage"] if isinstance(record.get("usage"), dict) else record
    given = _sum(usage, "input_token_count")
    meters = {"input": given, "output": _sum(usage, "generated_token_count")}
    model = name(record, "model_id") or name(record, "model")
    found = usage_of(meters, {}, model, ceil(given), record)
    found.at = when(record, "created_at")
    return (found,)


def _sum(record: Mapping[str, Any], key: str) -> Quantity:
    inside = sum(count(result, key) for result in objects(record, "results"))
    root = count(record, key)
    if root and inside and root != inside:
        raise UsageError(f"{key} is {root}, in the results {inside}")
    return root or inside
