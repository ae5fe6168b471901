"""Gemini Interactions: generateContent's counts under other names.

``total_input_tokens`` includes ``total_cached_tokens``; thoughts and tool prompts stand beside
input and output, and ``total_tokens`` is the sum of the four. Searches are counted by tool.
Source: google-genai 3.4.0 (interactions/usage.py).
"""

from __future__ import annotations

from pricing.usage.numbers import count, name, objects, unknown_counters
from pricing.usage.shapes import google_gemini

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_COUNTS = {
    "total_input_tokens": "promptTokenCount",
    "total_cached_tokens": "cachedContentTokenCount",
    "total_tool_use_tokens": "toolUsePromptTokenCount",
    "total_output_tokens": "candidatesTokenCount",
    "total_thought_tokens": "thoughtsTokenCount",
    "total_tokens": "totalTokenCount",
}
_DETAILS = {
    "input_tokens_by_modality": "promptTokensDetails",
    "cached_tokens_by_modality": "cacheTokensDetails",
    "tool_use_tokens_by_modality": "toolUsePromptTokensDetails",
    "output_tokens_by_modality": "candidatesTokensDetails",
}
_KNOWN = {*_COUNTS, *_DETAILS, "grounding_tool_count", "initial_input_tokens"}
_TOOLS = {"google_search": "grounding_query"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read an interaction; raises UsageError."""
    usage = record["usage"]
    counts: dict[str, Any] = {
        theirs: usage[key] for key, theirs in _COUNTS.items() if usage.get(key) is not None
    }
    for key, theirs in _DETAILS.items():
        counts[theirs] = [
            {"modality": item.get("modality"), "tokenCount": item.get("tokens")}
            for item in objects(usage, key)
        ]
    (found,) = google_gemini.read(
        {
            "usageMetadata": counts,
            "modelVersion": record.get("model"),
            "responseId": record.get("id"),
            "createTime": record.get("created"),
            "serviceTier": record.get("service_tier"),
        }
    )
    unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    for item in objects(usage, "grounding_tool_count"):
        tool, calls = name(item, "type") or "?", count(item, "count")
        if calls and tool in _TOOLS:
            found.meters[_TOOLS[tool]] = calls
        elif calls:
            unknown[f"grounding_tool_count.{tool}"] = calls
    found.unknown = {**found.unknown, **unknown}
    found.raw = record
    return (found,)
