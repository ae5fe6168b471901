"""How usage is told that is not an API's own: of frameworks, gateways, traces and agents' logs.

Each function fits one shape's records, by keys that no other shape has.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.usage.attributes import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Record = Mapping[str, Any]

_CHAIN_PARTS = ("cache_read", "cache_creation", "priority", "flex", "priority_cache_read",
                "flex_cache_read", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens",
                "reasoning", "priority_reasoning", "flex_reasoning")  # fmt: skip
_SDK_PARTS = ("inputTokenDetails", "outputTokenDetails", "cachedInputTokens", "reasoningTokens")
_SDK_RESULT = ("finishReason", "totalUsage", "steps", "providerMetadata", "rawFinishReason")
_RUN_PARTS = ("cache_read_tokens", "cache_write_tokens", "tool_calls", "unmeasured_requests")
_SPANS = ("gen_ai.usage.", "llm.usage.", "ai.usage.")


def langchain(r: Record, u: Record) -> bool:
    held = r.get("usage_metadata")
    if isinstance(held, dict):
        by_model = held.values()
        return "input_tokens" in held or any(
            isinstance(each, dict) and "input_tokens" in each for each in by_model
        )
    # a bare one: of the details' names some are LangChain's alone
    parts = [r.get(f"{side}_token_details") for side in ("input", "output")]
    return u is r and any(
        isinstance(part, dict) and not part.keys().isdisjoint(_CHAIN_PARTS) for part in parts
    )


def is_langchain(r: Record, u: Record) -> bool:
    """Tell whether LangChain can have written it: its bare counts look like others."""
    return langchain(r, u) or (u is r and "input_tokens" in r)


def vercel_ai_sdk(r: Record, u: Record) -> bool:
    if "usageDetails" in r or "modelUsage" in r:
        return False
    if "promptTokens" in u or ("totalUsage" in r and "finishReason" in r):
        return True
    is_result = not r.keys().isdisjoint(_SDK_RESULT)
    return "inputTokens" in u and (is_result or not u.keys().isdisjoint(_SDK_PARTS))


def is_ai_sdk(r: Record, u: Record) -> bool:
    """Tell whether the SDK can have written it: Bedrock's Converse counts look the same."""
    return vercel_ai_sdk(r, u) or "inputTokens" in u


def litellm(r: Record, u: Record) -> bool:
    names = ("cache_creation_input_tokens", "cache_read_input_tokens", "server_tool_use")
    return "prompt_tokens" in u and sum(name in u for name in names) > 1 and "spend" not in r


def litellm_spend_log(r: Record, u: Record) -> bool:
    return {"request_id", "spend", "call_type"} <= r.keys()


def pydantic_ai(r: Record, u: Record) -> bool:
    if "input_tokens" not in u and "output_tokens" not in u:
        return "unmeasured_requests" in u
    is_run = "requests" in u and "total_tokens" not in u
    own = is_run or not u.keys().isdisjoint(_RUN_PARTS)
    return own and "cache_creation_tokens" not in u


def openinference(r: Record, u: Record) -> bool:
    return has_counts(r, u) and not told(r, *_SPANS)


def has_counts(r: Record, u: Record) -> bool:
    """Tell whether a span has OpenInference's counts, beside those of the conventions or not."""
    return told(r, "llm.token_count.")


def otel_genai(r: Record, u: Record) -> bool:
    return told(r, *_SPANS)


def langfuse(r: Record, u: Record) -> bool:
    if "usage_details" in r or "usageDetails" in r:
        return True
    counts = [u.get("input"), u.get("output")]
    is_other = isinstance(u.get("cache"), dict) or "thoughts" in u
    return not is_other and all(type(number) in (int, float, Decimal) for number in counts)


def helicone(r: Record, u: Record) -> bool:
    return {"request_model", "prompt_tokens", "completion_tokens"} <= r.keys() and (
        "request_created_at" in r or "response_status" in r
    )


def opencode(r: Record, u: Record) -> bool:
    tokens = r.get("tokens", r)
    return isinstance(tokens, dict) and isinstance(tokens.get("cache"), dict) and "input" in tokens


def gemini_cli(r: Record, u: Record) -> bool:
    tokens = r.get("tokens", r)
    return isinstance(tokens, dict) and "thoughts" in tokens and "input" in tokens


def codex(r: Record, u: Record) -> bool:
    if not {"last_token_usage", "total_token_usage", "cached_input_tokens"}.isdisjoint(u):
        return True
    payload = r.get("payload")
    if not isinstance(payload, dict):
        return r.get("type") == "turn.completed" and "input_tokens" in u
    return payload.get("type") == "token_count" or "turn_token_usage" in payload


def is_codex(r: Record, u: Record) -> bool:
    """Tell whether Codex can have written it: counts without a cached part look like others."""
    return codex(r, u) or "input_tokens" in u


def claude_code(r: Record, u: Record) -> bool:
    if r.get("type") in (None, "assistant"):
        message = r.get("message")
        return isinstance(message, dict) and isinstance(message.get("usage"), dict)
    data = r.get("data")
    row = data.get("message") if isinstance(data, dict) else None
    return isinstance(row, dict) and claude_code(row, row)


def claude_code_otel(r: Record, u: Record) -> bool:
    held = r.get("attributes", r)
    if isinstance(held, dict):
        return {"cache_creation_tokens", "input_tokens", "output_tokens"} <= held.keys()
    return all(told(r, key) for key in ("cache_creation_tokens", "input_tokens"))


def claude_agent_sdk(r: Record, u: Record) -> bool:
    if "modelUsage" in r or ("model_usage" in r and r.get("type") != "span.model_request_end"):
        return True
    return r.get("type") == "result" and "input_tokens" in u


def cursor_csv(r: Record, u: Record) -> bool:
    return "Input (w/o Cache Write)" in r


def is_kept(r: Record, u: Record) -> bool:
    """Tell whether a record with an API's own keys is one of these all the same."""
    return any(
        fits(r, u)
        for fits in (
            langchain,
            litellm,
            litellm_spend_log,
            pydantic_ai,
            helicone,
            codex,
            claude_code_otel,
            claude_agent_sdk,
        )
    )
