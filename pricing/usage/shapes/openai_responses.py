"""OpenAI Responses, its compaction and decisions, and the many that speak it.

``input_tokens`` includes cached and written tokens, ``output_tokens`` includes reasoning. A cache
write lasts 30 minutes where neither the counts nor ``prompt_cache_options`` say how long. The calls
of tools are no part of ``usage``: searches are counted from ``tool_usage``, which holds those that
are billed, else from the items of ``output`` (opening a page is no search); code runs in a session
for each container. Images that a tool made are billed at their own model, as is the drawing of SVG.
Source: the types of the openai package 3.52.0, platform.openai.com/docs/pricing (2026-11).
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name
from pricing.usage.shapes import openai_images
from pricing.usage.shapes.openai_chat import charged
from pricing.usage.shapes.openai_parts import CACHED, TTLS, WRITES, half_hour
from pricing.usage.shapes.openai_tokens import body_of, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Part = Mapping[str, Any]

_KNOWN = frozenset(
    (
        *CACHED,
        *WRITES,
        *TTLS,
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "input_tokens_details",
        "output_tokens_details",
        "cost",
        "is_byok",
    )
)


def read(record: Part) -> tuple[Usage, ...]:
    """Read a response, and a line more for each other model that its tools used.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    record = body_of(record)
    usage = record["usage"]
    inside = details(usage, "input_tokens_details")
    if "image_tokens" in inside and "cached_tokens" not in inside:
        return openai_images.read(record)
    model = name(record, "model")
    options = details(record, "prompt_cache_options")
    ttl = f".{name(options, 'ttl') or '30m'}" if model is None or half_hour(model) else ""
    outside = details(usage, "output_tokens_details")
    found = tokens(record, usage, inside, outside, model, usage.keys() - _KNOWN, ttl)
    byok = usage.get("is_byok")
    if byok is not None:
        found.attributes["byok"] = "yes" if byok else "no"
    if usage.get("cost") is not None:
        charged(found, usage, usage["cost"])
    items = _objects(record, "output")
    spent = details(record, "tool_usage")
    if items or spent:
        _count_calls(found, record, items, spent)
    return (found, *_drawn(found, record, items, spent))


def _objects(record: Part, key: str) -> list[Part]:
    """Give the objects of a list, none where it is absent or null; raises UsageError."""
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise UsageError(f"{key} is {value!r}: not a list")
    return [item for item in value if isinstance(item, dict)]


def _count_calls(found: Usage, record: Part, items: list[Part], spent: Part) -> None:
    searches, files, containers = 0, 0, set()
    for number, item in enumerate(items):
        if item.get("status") == "failed":
            continue
        match item.get("type"):
            case "web_search_call":
                action = item.get("action")
                # the first web search tool told no action
                searches += not isinstance(action, dict) or action.get("type") == "search"
            case "file_search_call":
                files += 1
            case "code_interpreter_call":
                containers.add(name(item, "container_id") or number)
    billed = spent.get("web_search")
    if isinstance(billed, dict):
        searches = int(count(billed, "num_requests"))
    for meter, calls in (
        ("web_search", searches),
        ("file_search", files),
        ("code_interpreter", len(containers)),
    ):
        if calls:
            found.meters[meter] = calls
    if searches:
        tools = [
            t for t in _objects(record, "tools") if str(t.get("type")).startswith("web_search")
        ]
        for tool in tools:
            size = tool.get("search_context_size")
            if isinstance(size, str):
                found.attributes["search_context"] = size
        # the preview of the tool has a price of its own
        if tools and all("preview" in tool["type"] for tool in tools):
            found.attributes["search_tool"] = "preview"


def _drawn(found: Usage, record: Part, items: list[Part], spent: Part) -> list[Usage]:
    """Read what image tools used, at the models that made the images."""
    calls = [item for item in items if item.get("type") == "image_generation_call"]
    lines = [openai_images.drawn(record, item) for item in calls if item.get("svg_usage")]
    usage = spent.get("image_gen")
    if isinstance(usage, dict):
        if count(usage, "total_tokens") or count(usage, "output_tokens"):
            tools = _objects(record, "tools")
            models = {tool.get("model") for tool in tools if tool.get("type") == "image_generation"}
            model = models.pop() if len(models) == 1 else None
            body = {**record, "usage": usage, "model": model, "service_tier": None}
            lines += openai_images.read(body)
    elif calls and len(lines) < len(calls):
        found.warnings += ("image generation: its tokens are not in the response",)
    return lines
