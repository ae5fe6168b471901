"""Perplexity Sonar: OpenAI's chat, with reasoning, citations and searches beside the completion.

``completion_tokens`` excludes ``reasoning_tokens`` and ``citation_tokens``, which ``total_tokens``
leaves out too, or counts. The size of the search context is part of the price of a request.
``cost`` is what was charged.
Source: perplexityai 0.46.1 (types/shared/usage_info.py), docs.perplexity.ai (pricing, 2026-11).
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.money import Money
from pricing.usage.numbers import count, details, name, quantity
from pricing.usage.shapes import openai_chat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

OWN = frozenset(("citation_tokens", "num_search_queries", "search_context_size"))
_TAKEN = OWN | {"reasoning_tokens", "total_tokens", "cost"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a completion; raises UsageError."""
    usage = record["usage"]
    rest = {key: value for key, value in usage.items() if key not in _TAKEN}
    (found,) = openai_chat.read({**record, "usage": rest})
    found.raw = record
    both = count(usage, "prompt_tokens") + count(usage, "completion_tokens")
    reasoning, citations = count(usage, "reasoning_tokens"), count(usage, "citation_tokens")
    inside = details(usage, "completion_tokens_details").get("reasoning_tokens")
    if reasoning and not inside:
        found.meters["output.reasoning"] = reasoning
    if citations:
        found.meters["output.citation"] = citations
    if searches := count(usage, "num_search_queries"):
        found.meters["web_search"] = searches
    size = name(usage, "search_context_size")
    if size is not None:
        found.attributes["search_context"] = size
    if usage.get("total_tokens") is not None:
        total = count(usage, "total_tokens")
        if total < both:
            raise UsageError(f"total_tokens ({total}) is less than prompt and completion ({both})")
        if total - both not in (0, reasoning, citations, reasoning + citations):
            counts = both + reasoning + citations
            found.warnings += (f"total_tokens is {total}, the counts add up to {counts}",)
    cost = usage.get("cost")
    if cost is not None:
        found.reported = charged(usage, cost)
        found.reported_kind = "charged"
    return (found,)


def charged(usage: Mapping[str, Any], cost: object) -> Money:
    """Give what Perplexity charged, from its object of costs or a plain number."""
    if isinstance(cost, dict):
        cost = details(usage, "cost").get("total_cost", 0)
    return Money(quantity("cost", cost), "USD")
