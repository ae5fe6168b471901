"""Gemini generateContent, Live and embeddings, at AI Studio and Vertex AI, in REST's or SDK words.

``promptTokenCount`` includes the cache; ``toolUsePromptTokenCount`` and ``thoughtsTokenCount``
stand beside prompt and candidates, and the total is the sum of the four. Live calls the candidates
``response``. The queries of a search stand in the grounding metadata; empty and repeated ones are
not billed. Vertex AI tells the tier as ``trafficType``.
Source: google-genai 3.4.0 (types.py), ai.google.dev/gemini-api/docs/google-search (2026-11).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.instants import instant
from pricing.usage.numbers import count, name, objects, unknown_counters
from pricing.usage.shapes.google_parts import inputs, split
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_PLACES = ("usageMetadata", "usage_metadata", "usage")
_TIERS = {
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_OFFPEAK": "off_peak",
    "ON_DEMAND_PRIORITY": "priority",
    "PROVISIONED_THROUGHPUT": "provisioned",
}
_UNTOLD = {"TRAFFIC_TYPE_UNSPECIFIED", "SERVICE_TIER_UNSPECIFIED", "UNSPECIFIED"}
_KNOWN = frozenset(
    (
        "promptTokenCount",
        "cachedContentTokenCount",
        "toolUsePromptTokenCount",
        "candidatesTokenCount",
        "responseTokenCount",
        "thoughtsTokenCount",
        "totalTokenCount",
        "promptTokensDetails",
        "promptTokenDetails",
        "cacheTokensDetails",
        "toolUsePromptTokensDetails",
        "candidatesTokensDetails",
        "responseTokensDetails",
        "thoughtsTokensDetails",
        "trafficType",
        "serviceTier",
    )
)


def read(record: Part) -> tuple[Usage, ...]:
    """Read a response, a Live message or an embedding.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = _usage(record)
    meters: dict[str, Quantity] = {}
    unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    prompt, warnings = inputs(usage, meters, unknown)
    tool = count(usage, "toolUsePromptTokenCount")
    split(usage, "toolUsePromptTokensDetails", "input{}.tool", tool, meters, unknown)
    output, thoughts, why = _reconciled(usage, prompt + tool)
    said = "responseTokensDetails" if usage.get("responseTokensDetails") else None
    split(usage, said or "candidatesTokensDetails", "output{}", output, meters, unknown)
    if thoughts:
        meters["output.reasoning"] = thoughts
    queries, uses_maps = _searches(record)
    if queries:
        meters["grounding_query"] = len(queries)
    if uses_maps:
        warnings += ("grounded with maps: the fee is not in the usage",)
    model = name(record, "modelVersion") or name(record, "model_version") or name(record, "model")
    found = usage_of(meters, _attributes(usage, record), model, ceil(prompt + tool), record)
    found.id = name(record, "responseId") or name(record, "response_id")
    found.at = _at(record.get("createTime") or record.get("create_time"))
    if unknown:
        found.unknown = unknown
    if warnings or why:
        found.warnings = (*warnings, *why)
    return (found,)


def _usage(record: Part) -> dict[str, Any]:
    """Give the counts, under REST's names."""
    key = next((key for key in _PLACES if record.get(key) is not None), None)
    usage = record if key is None else record[key]
    if not isinstance(usage, dict):
        raise UsageError(f"{key} is {usage!r}: not an object")
    return {_camel(key): value for key, value in usage.items()}


def _camel(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _reconciled(usage: Part, given: Quantity) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    """Give candidates, thoughts beside them, and warnings where the total is another sum."""
    output = count(usage, "candidatesTokenCount") or count(usage, "responseTokenCount")
    thoughts = count(usage, "thoughtsTokenCount")
    if usage.get("totalTokenCount") is None:
        return output, thoughts, ()
    total = count(usage, "totalTokenCount")
    beyond = total - given - output - thoughts
    if not beyond:
        return output, thoughts, ()
    if beyond == total:
        raise UsageError(f"totalTokenCount is {total}, and no other count says of what")
    if beyond > 0:
        why = "are in neither prompt nor candidates; billed as reasoning"
        return output, thoughts + beyond, (f"{beyond} tokens in totalTokenCount {why}",)
    if beyond == -thoughts and thoughts <= output:
        why = f"thoughtsTokenCount ({thoughts}) is inside candidatesTokenCount ({output})"
        return output - thoughts, thoughts, (f"{why}, by totalTokenCount ({total})",)
    return output, thoughts, (f"totalTokenCount is {total}, the counts add up to {total - beyond}",)


def _searches(record: Part) -> tuple[set[str], bool]:
    """Give the queries that were searched for, and whether a map was asked."""
    queries: set[str] = set()
    uses_maps = False
    for grounding in _groundings(record):
        for key in ("webSearchQueries", "web_search_queries"):
            found = grounding.get(key)
            if isinstance(found, list):
                queries |= {query for query in found if isinstance(query, str) and query}
        for key in ("groundingChunks", "grounding_chunks"):
            uses_maps = uses_maps or any(chunk.get("maps") for chunk in objects(grounding, key))
    return queries, uses_maps


def _groundings(record: Part) -> Iterator[Part]:
    live = (record.get("serverContent"), record.get("server_content"))
    for holder in (*objects(record, "candidates"), *live):
        if isinstance(holder, dict):
            for key in ("groundingMetadata", "grounding_metadata"):
                if isinstance(holder.get(key), dict):
                    yield holder[key]


def _attributes(usage: Part, record: Part) -> dict[str, Any]:
    for told in (name(usage, "serviceTier"), name(record, "serviceTier"), usage.get("trafficType")):
        if isinstance(told, str) and told.upper() not in _UNTOLD:
            # an SDK gives an enumeration's value, which is more than its text
            return {"service_tier": _TIERS.get(told.upper(), str.__str__(told))}
    return {}


def _at(value: object) -> int | None:
    from datetime import datetime

    if value is None:
        return None
    if isinstance(value, str | datetime):
        try:
            return instant(value)
        except ValueError as error:
            raise UsageError(f"createTime: {str(error).partition(chr(10))[0]}") from None
    raise UsageError(f"createTime is {value!r}: no instant")
