"""OpenAI audio transcriptions and translations: billed by token, or by the second.

``type`` tells which: of tokens the input is split into audio and text, of a duration the
``seconds`` are the audio's. Some gateways say ``duration_seconds`` only.
Source: the types of the openai package 3.52.0 (Transcription, UsageTokens, UsageDuration).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.shapes.openai_tokens import tokens
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_KNOWN = frozenset(("type", "input_tokens", "output_tokens", "total_tokens", "input_token_details"))
_SECONDS = ("seconds", "duration_seconds")


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a transcription, or the event that completes one; raises UsageError."""
    usage = record["usage"]
    model = name(record, "model")
    for key in _SECONDS:
        if key in usage:
            found = usage_of({"audio_seconds": count(usage, key)}, {}, model, None, record)
            found.id = name(record, "item_id") or name(record, "id")
            unknown = unknown_counters(usage, usage.keys() - {key})
            if unknown:
                found.unknown = unknown
            return (found,)
    inside = details(usage, "input_token_details")
    found = tokens(record, usage, inside, {}, model, usage.keys() - _KNOWN)
    found.id = name(record, "item_id") or found.id
    return (found,)
