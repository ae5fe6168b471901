"""Embeddings and reranking of Voyage and Jina: all that was counted is ``total_tokens``.

Pixels are counted as tokens in the total; their own counts are informational.
Source: voyageai 0.5.0 (object/embeddings.py, multimodal_embeddings.py, reranking.py), jina.ai.
"""

from __future__ import annotations

from math import ceil

from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.shapes.makers import TOTAL_ONLY
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a response; raises UsageError."""
    usage = record["usage"]
    total = count(usage, "total_tokens")
    found = usage_of({"input": total}, {}, name(record, "model"), ceil(total), record)
    found.id = name(record, "id")
    found.unknown = unknown_counters(usage, usage.keys() - TOTAL_ONLY)
    return (found,)
