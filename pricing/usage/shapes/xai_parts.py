"""What xAI adds to the counts: what it charged, in ticks, and the calls of its own tools.

A tick is 1e-10 USD; the charge holds tokens and tools. Only calls that succeeded are billed. Tools
that look at images and videos, and the caller's own servers, cost their tokens only. Several
samplings of one request add up in the input; ``context_details`` tells the last one's context.
Source: docs.x.ai/developers/{cost-tracking,pricing,tools/tool-usage-details} (2026-11), xai-sdk
1.21.0 (cost.py, usage_pb2).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.money import Money
from pricing.usage.numbers import count, details
from pricing.usage.shapes.makers import XAI

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_BY_DETAIL = {
    "web_search_calls": "web_search",
    "x_search_calls": "x_search",
    "code_interpreter_calls": "code_call",
    "file_search_calls": "file_search",
    "document_search_calls": "document_search",
}
_BY_TOOL = {
    "WEB_SEARCH": "web_search",
    "X_SEARCH": "x_search",
    "CODE_EXECUTION": "code_call",
    "COLLECTIONS_SEARCH": "file_search",
    "ATTACHMENT_SEARCH": "document_search",
}
_FREE_DETAILS = {"mcp_calls"}
_FREE_TOOLS = {"MCP", "VIEW_IMAGE", "VIEW_X_VIDEO"}


def without_own(record: Part, usage: Part) -> dict[str, Any]:
    """Give the record with what any other seller of this API would say."""
    rest = {key: value for key, value in usage.items() if key not in XAI}
    return {**record, "usage": rest}


def add_own(found: Usage, record: Part, usage: Part) -> None:
    """Put down what only xAI says: tools, charge and context; raises UsageError."""
    unknown, told = _tools(record, usage, found.meters)
    calls = count(usage, "num_server_side_tools_used")
    if calls and not told:
        unknown["num_server_side_tools_used"] = calls
    sources = count(usage, "num_sources_used")
    if sources and not calls and not told:
        # the older search, which was billed by the source
        unknown["num_sources_used"] = sources
    if unknown:
        found.unknown = {**found.unknown, **unknown}
    context = count(details(usage, "context_details"), "input_tokens")
    if context and (calls or told):
        found.context_tokens = ceil(context)
    ticks = count(usage, "cost_in_usd_ticks")
    if not isinstance(ticks, int):
        raise UsageError(f"cost_in_usd_ticks is {ticks}: not a whole number")
    if usage.get("cost_in_usd_ticks") is not None:
        text = f"{ticks:011d}"
        found.reported = Money(f"{text[:-10]}.{text[-10:]}".rstrip("0").rstrip("."), "USD")
        found.reported_kind = "charged"
    found.raw = record


def _tools(
    record: Part, usage: Part, meters: dict[str, Quantity]
) -> tuple[dict[str, Quantity], bool]:
    """Count the calls of tools; give those that nobody here knows, and whether any are told."""
    calls: dict[str, Quantity] = {}
    unknown: dict[str, Quantity] = {}
    said = details(usage, "server_side_tool_usage_details")
    for key in said.keys() - _FREE_DETAILS:
        calls[key] = count(said, key)
    if not said:
        by_tool = details(record, "server_side_tool_usage")
        for tool in by_tool:
            calls[_short(tool)] = count(by_tool, tool)
    used = usage.get("server_side_tools_used")
    if used is not None and not isinstance(used, list):
        raise UsageError(f"server_side_tools_used is {used!r}: not a list")
    if not calls:
        for tool in used or ():
            calls[_short(tool)] = calls.get(_short(tool), 0) + 1
    for key, number in calls.items():
        meter = _BY_DETAIL.get(key) or _BY_TOOL.get(key)
        if meter and number:
            meters[meter] = number
        elif number and key not in _FREE_TOOLS:
            unknown[key] = number
    return unknown, bool(said or calls)


def _short(tool: object) -> str:
    return str(tool).removeprefix("SERVER_SIDE_TOOL_")
