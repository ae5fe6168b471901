"""How APIs other than Anthropic's and OpenAI's tell usage; some of them speak one of these two.

Each function fits one shape's records, by keys that no other shape has.
"""

from __future__ import annotations

import re

from pricing.usage.shapes import kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Record = Mapping[str, Any]

METRICS = "amazon-bedrock-invocationMetrics"
_HEADER = re.compile(r"x-amzn-bedrock-([\w-]+-count)", re.IGNORECASE)
#: what xAI alone adds to a usage object
XAI = frozenset(
    (
        "cost_in_usd_ticks",
        "num_sources_used",
        "num_server_side_tools_used",
        "server_side_tools_used",
        "server_side_tool_usage_details",
        "context_details",
    )
)
_XAI_NATIVE = ("prompt_text_tokens", "cached_prompt_text_tokens", "server_side_tools_used")
_PERPLEXITY = ("citation_tokens", "num_search_queries", "search_context_size")
_CLAUDE = ("cache_read_input_tokens", "cache_creation_input_tokens", "iterations")
_QWEN = ("input_tokens", "characters", "duration", "seconds", "image_count", "video_duration")
#: all that stands in a usage object that holds a total and no other counts of tokens
TOTAL_ONLY = frozenset(("total_tokens", "text_tokens", "image_pixels", "video_pixels"))


def google_gemini(r: Record, u: Record) -> bool:
    held = r.get("usage_metadata")
    counts = held if isinstance(held, dict) else u
    return (
        "usageMetadata" in r
        or "promptTokenCount" in u
        or ("prompt_token_count" in counts and "generation_token_count" not in counts)
    )


def google_interactions(r: Record, u: Record) -> bool:
    return not u.keys().isdisjoint(("total_input_tokens", "total_thought_tokens"))


def google_embeddings(r: Record, u: Record) -> bool:
    if "usageMetadata" in r or "usage_metadata" in r or "usage" in r:
        return False
    for key in ("predictions", "embeddings"):
        made = r.get(key)
        first = made[0] if isinstance(made, list) and made else None
        first = first.get("embeddings", first) if isinstance(first, dict) else None
        if isinstance(first, dict) and "statistics" in first:
            return True
    return False


def aws_converse(r: Record, u: Record) -> bool:
    if isinstance(r.get("metadata"), dict) and "usage" not in r:
        held = r["metadata"].get("usage")
        u = held if isinstance(held, dict) else u
    return (
        "inputTokens" in u
        and "cacheCreationInputTokens" not in u
        and not kept.vercel_ai_sdk(r, u)
        and not kept.langfuse(r, u)
    )


def aws_invoke_model(r: Record, u: Record) -> bool:
    return (
        METRICS in r
        or "inputTextTokenCount" in r
        or "generation_token_count" in u
        or ("usage" not in r and bool(bedrock_headers(r)))
    )


def bedrock_headers(r: Record) -> dict[str, Any]:
    """Give the counts that Bedrock put into the headers, under their names without the prefix."""
    answer = r.get("ResponseMetadata")
    places = (r.get("headers"), answer.get("HTTPHeaders") if isinstance(answer, dict) else None)
    return {
        key.lower().removeprefix("x-amzn-bedrock-"): value
        for place in places
        if isinstance(place, dict)
        for key, value in place.items()
        if isinstance(key, str) and _HEADER.fullmatch(key)
    }


def aws_invocation_log(r: Record, u: Record) -> bool:
    return {"schemaType", "modelId"} <= r.keys()


def cohere(r: Record, u: Record) -> bool:
    meta = r.get("meta")
    return "billed_units" in u or (isinstance(meta, dict) and "billed_units" in meta)


def qwen_native(r: Record, u: Record) -> bool:
    return (
        u is not r
        and isinstance(r.get("output"), dict)
        and r.keys().isdisjoint(("id", "object", "type"))
        and not u.keys().isdisjoint(_QWEN)
        and u.keys().isdisjoint(_CLAUDE)
    )


def watsonx(r: Record, u: Record) -> bool:
    if not {"generated_token_count", "input_token_count"}.isdisjoint(u):
        return True
    return {"results", "model_id", "created_at"} <= r.keys()


def xai_native(r: Record, u: Record) -> bool:
    return "prompt_tokens" in u and not u.keys().isdisjoint(_XAI_NATIVE)


def xai_chat(r: Record, u: Record) -> bool:
    return "prompt_tokens" in u and not XAI.isdisjoint(u) and not _is_other(r, u)


def xai_responses(r: Record, u: Record) -> bool:
    held = r.get("response")
    if u is r and isinstance(held, dict) and isinstance(held.get("usage"), dict):
        u = held["usage"]
    return "input_tokens" in u and not XAI.isdisjoint(u) and not _is_other(r, u)


def perplexity_chat(r: Record, u: Record) -> bool:
    own = not u.keys().isdisjoint(_PERPLEXITY) or isinstance(u.get("cost"), dict)
    return "prompt_tokens" in u and own and not kept.is_kept(r, u)


def perplexity_responses(r: Record, u: Record) -> bool:
    held = r.get("response")
    if u is r and isinstance(held, dict) and isinstance(held.get("usage"), dict):
        u = held["usage"]
    own = "tool_calls_details" in u or isinstance(u.get("cost"), dict)
    return {"input_tokens", "total_tokens"} <= u.keys() and own and not kept.is_kept(r, u)


def total_only(r: Record, u: Record) -> bool:
    return u is not r and "total_tokens" in u and u.keys() <= TOTAL_ONLY


def _is_other(r: Record, u: Record) -> bool:
    return xai_native(r, u) or kept.is_kept(r, u)


def is_makers(r: Record, u: Record) -> bool:
    """Tell whether a record with Anthropic's or OpenAI's keys is one of these all the same."""
    return any(
        fits(r, u)
        for fits in (
            qwen_native,
            xai_native,
            xai_chat,
            xai_responses,
            perplexity_chat,
            perplexity_responses,
        )
    )
