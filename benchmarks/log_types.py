"""Rows of the logs that ``log_data`` writes, as the types that the floor decodes into."""

from __future__ import annotations

from msgspec import Struct
from msgspec.json import Decoder


class Written(Struct):
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class Usage(Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation: Written | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    promptTokenCount: int = 0
    candidatesTokenCount: int = 0


class Message(Struct):
    id: str
    model: str
    usage: Usage


class Row(Struct):
    message: Message
    timestamp: str
    sessionId: str


class Call(Struct):
    ts: str
    request_id: str
    provider: str
    model: str
    usage: Usage


row_of = Decoder(Row).decode
call_of = Decoder(Call).decode
