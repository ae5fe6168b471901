"""Usage objects of messages as types that msgspec decodes into; what fits none goes the long way.

A type tells every key of a usage object that its reader knows to be plain: another one is no fault,
it is for the reader to judge.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from pricing.usage.fast import MOST
from pricing.usage.fast_counts import FETCH, FIVE, HOUR, MESSAGE, READ, SEARCH, WRITTEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    MessageCounts = tuple[int, int, int, int, int, int, int, int, int]

#: counts that a packed record holds
Count = Annotated[int, Meta(ge=0, le=MOST)] | None


class _Written(Struct, forbid_unknown_fields=True, gc=False):
    ephemeral_5m_input_tokens: Count = None
    ephemeral_1h_input_tokens: Count = None


class _Tools(Struct, forbid_unknown_fields=True, gc=False):
    web_search_requests: Count = None
    web_fetch_requests: Count = None


class MessageUsage(Struct, forbid_unknown_fields=True, gc=False):
    input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    cache_creation: _Written | None = None
    output_tokens: Count = None
    server_tool_use: _Tools | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    output_tokens_details: None = None
    iterations: None = None
    thinking_tokens: None = None


def message_counts(usage: MessageUsage) -> MessageCounts | None:
    """Give which meters a message has, as bits, its context, and its counts in columns."""
    plain, output = usage.input_tokens, usage.output_tokens
    if plain is None or output is None:
        return None
    read, whole = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens
    split, tools = usage.cache_creation, usage.server_tool_use
    bits = MESSAGE | READ if read else MESSAGE
    if split is None:
        five = written = whole or 0
        hour = 0
        if five:
            bits |= WRITTEN
    else:
        five, hour = split.ephemeral_5m_input_tokens or 0, split.ephemeral_1h_input_tokens or 0
        written = five + hour
        if written != whole and whole is not None:
            return None
        if five:
            bits |= FIVE
        if hour:
            bits |= HOUR
    if tools is None:
        return bits, plain + read + written, plain, read, five, hour, output, 0, 0
    search, fetch = tools.web_search_requests or 0, tools.web_fetch_requests or 0
    if search:
        bits |= SEARCH
    if fetch:
        bits |= FETCH
    return bits, plain + read + written, plain, read, five, hour, output, search, fetch
