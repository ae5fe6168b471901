"""OpenRouter's activity: a row for each generation (CSV), or sums by day and model (API, CSV).

``tokens_prompt`` includes what the cache gave, ``tokens_completion`` the reasoning; where they are
less, the parts stand beside them. ``cost_total`` is what was charged; with one's own key the
upstream cost stands beside it.
Source: openrouter.ai/docs (ActivityItem); the header of the export as several public readers have
it, with generation_id, created_at, model_permaslug, provider_name, api_key_name, app_name,
tokens_prompt, tokens_completion, tokens_reasoning, tokens_cached, cost_total, cost_cache,
cost_web_search, cost_file_processing, byok_usage_inference, cancelled, user; that of the sums by
day as one has it: Date, Slug, Usage, BYOK Usage, Requests, Prompt Tokens, Completion Tokens,
Reasoning Tokens (read 2026-11-21).
"""

from __future__ import annotations

from pricing.usage.lines import Wholes, dollars, line
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Row = Mapping[str, Any]

_CSV = ("tokens_prompt", "tokens_completion", "tokens_total")
_API = ("prompt_tokens", "completion_tokens", "total_tokens")
_KNOWN = {*_CSV, *_API, "tokens_reasoning", "reasoning_tokens", "tokens_cached"}
_BY_DAY = {
    "Date": "date",
    "Slug": "model_permaslug",
    "Usage": "usage",
    "BYOK Usage": "byok_usage_inference",
    "Requests": "requests",
    "Prompt Tokens": "prompt_tokens",
    "Completion Tokens": "completion_tokens",
    "Reasoning Tokens": "reasoning_tokens",
}
_LABELS = {"api_key_name": "key", "app_name": "app", "user": "user", "provider_name": "provider"}


def read(row: Row) -> tuple[Usage, ...]:
    """Read a row of either export; raises UsageError."""
    if "Slug" in row:
        return read_row({_BY_DAY.get(key, key): value for key, value in row.items()})
    return _read(row, _CSV, "tokens_cached", "tokens_reasoning", "cost_total")


def read_row(row: Row) -> tuple[Usage, ...]:
    """Read a row of the API, the sum of many requests; raises UsageError."""
    found = _read(row, _API, "cached_tokens", "reasoning_tokens", "usage")
    for usage in found:
        usage.aggregate, usage.context_tokens = True, None
        requests = count(row, "requests")
        if requests:
            usage.meters["request"] = requests
    return found


def _read(
    row: Row, words: tuple[str, str, str], cached: str, reasoning: str, cost: str
) -> tuple[Usage, ...]:
    wholes = Wholes(
        count(row, words[0]),
        count(row, words[1]),
        words=words,
        cache={"cache_read": count(row, cached)},
        reasoning=count(row, reasoning),
        total=count(row, words[2]),
    )
    meters, context = wholes.meters()
    reported = dollars(cost, row.get(cost))
    upstream = dollars("byok_usage_inference", row.get("byok_usage_inference"))
    is_byok = upstream is not None and upstream.amount > 0
    if upstream is None or not is_byok:
        upstream = None
    cancelled = str(row.get("cancelled")).lower() == "true"
    odd = {key for key in row if "token" in key} - _KNOWN
    found = line(
        meters,
        context,
        row,
        name(row, "model_permaslug") or name(row, "model"),
        attributes={"byok": "yes"} if is_byok else None,
        id=name(row, "generation_id"),
        at=when(row, "created_at", "date", utc=True),
        seller="openrouter",
        labels={new: text for key, new in _LABELS.items() if (text := name(row, key))},
        unknown=unknown_counters(row, odd),
        warnings=wholes.warnings,
        reported=reported,
        reported_kind="charged" if reported is not None else None,
        upstream=upstream,
        incomplete=True if cancelled else None,
    )
    return (found,)
