"""Counts of usage objects as nearly all are: whole numbers under keys that their readers know.

Each gives which meters there are, as bits, the size of the context, what the object tells as
attributes, and the counts in the columns of a row; None where only the reader can judge.
"""

from __future__ import annotations

from pricing.usage.fast import MOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Told = tuple[str | None, ...]
    Found = tuple[int, int, Told, int, int, int, int, int, int, int] | None

#: where a row has the counts of meters
ANTHROPIC = {
    "input": 0,
    "cache_read": 1,
    # either the parts are told or the whole
    "cache_write": 2,
    "cache_write.5m": 2,
    "cache_write.1h": 3,
    "output": 4,
    "web_search": 5,
    "web_fetch": 6,
}
#: which meters there are beside input and output
READ, FIVE, HOUR, WRITTEN, SEARCH, FETCH = 1, 2, 4, 8, 16, 32
REASONING, OUTPUT = 2, 4
#: of the usage of a message, a chat completion, a generated content; beside the bits of meters
MESSAGE, CHAT, CONTENT = 64, 128, 256
PARTS = {"input": 0, "cache_read": 1, "output": 2, "output.reasoning": 3}
_INT = frozenset((int,))
_TEXT = frozenset((str, type(None)))
_ANTHROPIC = frozenset(
    (
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "cache_creation",
        "server_tool_use",
        "service_tier",
        "speed",
        "inference_geo",
        "output_tokens_details",
        "iterations",
        "thinking_tokens",
    )
)
#: only where they are null
_NULL = ("output_tokens_details", "iterations", "thinking_tokens")
_WRITTEN = frozenset(("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"))
_TOOLS = frozenset(("web_search_requests", "web_fetch_requests"))
_CHAT = frozenset(
    (
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    )
)
_CHAT_IN = frozenset(("cached_tokens",))
_CHAT_OUT = frozenset(("reasoning_tokens",))
_GEMINI = frozenset(
    (
        "promptTokenCount",
        "cachedContentTokenCount",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "totalTokenCount",
    )
)


def are_texts(*values: object) -> bool:
    """Tell whether each is text, or null."""
    return _TEXT.issuperset(map(type, values))


def _given(usage: Mapping[str, Any], key: str) -> Any:
    """Give a count, 0 where it is absent or null."""
    value = usage.get(key)
    return 0 if value is None else value


def _are_counts(*values: Any) -> bool:
    return _INT.issuperset(map(type, values)) and min(values) >= 0 and max(values) <= MOST


def anthropic(usage: Mapping[str, Any]) -> Found:
    """Read the counts of a message."""
    if not _ANTHROPIC.issuperset(usage):
        return None
    get: Any = usage.get
    if any(get(key) is not None for key in _NULL):
        return None
    plain, output, written = (
        get("input_tokens"),
        get("output_tokens"),
        get("cache_creation_input_tokens"),
    )
    read, split = _given(usage, "cache_read_input_tokens"), get("cache_creation")
    rest = 0 if written is None else written
    told = get("service_tier"), get("speed"), get("inference_geo")
    if not (_are_counts(plain, output, read, rest) and are_texts(*told)):
        return None
    five = hour = search = fetch = 0
    if split is not None:
        if split.__class__ is not dict or not _WRITTEN.issuperset(split):
            return None
        five = _given(split, "ephemeral_5m_input_tokens")
        hour = _given(split, "ephemeral_1h_input_tokens")
        if not _are_counts(five, hour) or (five + hour != rest and written is not None):
            return None
        rest = five + hour
    context = plain + read + rest
    tools = get("server_tool_use")
    if tools is not None:
        if tools.__class__ is not dict or not _TOOLS.issuperset(tools):
            return None
        search, fetch = _given(tools, "web_search_requests"), _given(tools, "web_fetch_requests")
        if not _are_counts(search, fetch):
            return None
    bits = MESSAGE | _bit(READ, read) | _bit(HOUR, hour) | _bit(SEARCH, search)
    bits |= _bit(FETCH, fetch) | (_bit(WRITTEN, rest) if split is None else _bit(FIVE, five))
    if split is None:
        five = rest
    return bits, context, told, plain, read, five, hour, output, search, fetch


def _bit(bit: int, count: int) -> int:
    return bit if count else 0


def chat(usage: Mapping[str, Any]) -> Found:
    """Read the counts of a chat completion whose total is the sum of its wholes."""
    if not _CHAT.issuperset(usage):
        return None
    get: Any = usage.get
    prompt, whole, total = get("prompt_tokens"), get("completion_tokens"), get("total_tokens")
    inside, outside = get("prompt_tokens_details"), get("completion_tokens_details")
    cached = reasoning = 0
    if inside is not None:
        if inside.__class__ is not dict or not _CHAT_IN.issuperset(inside):
            return None
        cached = _given(inside, "cached_tokens")
    if outside is not None:
        if outside.__class__ is not dict or not _CHAT_OUT.issuperset(outside):
            return None
        reasoning = _given(outside, "reasoning_tokens")
    if not _are_counts(prompt, whole, cached, reasoning, total) or total != prompt + whole:
        return None
    if cached > prompt or reasoning > whole:
        return None
    bits = CHAT | _bit(READ, cached) | _bit(REASONING, reasoning)
    return bits, prompt, (), prompt - cached, cached, whole - reasoning, reasoning, 0, 0, 0


def gemini(usage: Mapping[str, Any]) -> Found:
    """Read the counts of a generated content whose total is the sum of its parts."""
    if not _GEMINI.issuperset(usage):
        return None
    get: Any = usage.get
    prompt, total = get("promptTokenCount"), get("totalTokenCount")
    cached, thoughts = _given(usage, "cachedContentTokenCount"), _given(usage, "thoughtsTokenCount")
    output = _given(usage, "candidatesTokenCount")
    if not _are_counts(prompt, total, cached, thoughts, output):
        return None
    if total != prompt + thoughts + output or cached > prompt or not prompt:
        return None
    bits = CONTENT | _bit(READ, cached) | _bit(REASONING, thoughts) | _bit(OUTPUT, output)
    return bits, prompt, (), prompt - cached, cached, output, thoughts, 0, 0, 0
