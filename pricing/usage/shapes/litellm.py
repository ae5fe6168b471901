"""LiteLLM's usage object: OpenAI's, with Anthropic's counts beside it.

``prompt_tokens`` includes what was read from and written to the cache, of Anthropic's models too.
The cache counts of the top level repeat those of the details; older versions leave one of them 0,
so the larger counts. Web searches stand in two places, once each.
Source: litellm 1.109 llms/anthropic/chat/transformation.py, types/utils.py (Usage).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details, name
from pricing.usage.shapes import openai_chat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_REPEATED = {
    "cached_tokens": "cache_read_input_tokens",
    "cache_creation_tokens": "cache_creation_input_tokens",
}
_ATTRIBUTES = ("speed", "inference_geo")
_SEARCHES = "web_search_requests"
#: a search among the tools of a prompt is billed by its tokens alone
_FREE = "tool_search_requests"


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a usage object.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = details(record, "usage")
    inside = dict(details(usage, "prompt_tokens_details"))
    for key, beside in _REPEATED.items():
        inside[key] = max(count(inside, key), count(usage, beside))
    tools = {k: v for k, v in details(usage, "server_tool_use").items() if k != _FREE}
    tools[_SEARCHES] = max(count(tools, _SEARCHES), count(inside, _SEARCHES))
    moved = (*_REPEATED.values(), *_ATTRIBUTES)
    plain = {key: value for key, value in usage.items() if key not in moved}
    plain |= {"prompt_tokens_details": inside, "server_tool_use": tools}
    (found,) = openai_chat.read({**record, "usage": plain})
    found.raw = record
    for key in _ATTRIBUTES:
        value = name(usage, key)
        if value is not None:
            found.attributes[key] = value
    return (found,)
