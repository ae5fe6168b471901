"""Perplexity's Responses: OpenAI's, with its own names for the cache, and the calls of its tools.

``input_tokens`` is taken to include what was read from the cache and written to it, but where the
total says that it does not. ``cost`` is what was charged.
Source: perplexityai 0.46.1 (types/responses_usage.py).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details, unknown_counters
from pricing.usage.shapes import openai_responses
from pricing.usage.shapes.openai_tokens import body_of
from pricing.usage.shapes.perplexity_chat import charged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_TOOLS = {"web_search": "web_search", "search_web": "web_search", "fetch_url": "web_fetch"}
_CACHE = {
    "cache_read_input_tokens": "cached_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a response; raises UsageError."""
    body = body_of(record)
    usage = body["usage"]
    rest = {k: v for k, v in usage.items() if k not in ("cost", "tool_calls_details")}
    inside = details(usage, "input_tokens_details")
    rest["input_tokens_details"] = {_CACHE.get(key, key): value for key, value in inside.items()}
    plain = {key: value for key, value in body.items() if key != "output"}
    (found,) = openai_responses.read({**plain, "usage": rest})
    found.raw = record
    unknown = dict(found.unknown)
    tools = details(usage, "tool_calls_details")
    for tool in tools:
        held = details(tools, tool)
        unknown |= unknown_counters(held, held.keys() - {"invocation"}, f"{tool}.")
        if calls := count(held, "invocation"):
            into, key = (
                (found.meters, _TOOLS[tool])
                if tool in _TOOLS
                else (unknown, f"tool_calls_details.{tool}")
            )
            into[key] = into.get(key, 0) + calls
    if unknown:
        found.unknown = unknown
    cost = usage.get("cost")
    if cost is not None:
        found.reported = charged(usage, cost)
        found.reported_kind = "charged"
    return (found,)
