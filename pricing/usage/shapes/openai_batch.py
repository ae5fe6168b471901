"""The batch object of OpenAI's API, and of OpenRouter: the sum of all its requests.

Its counts are those of Responses (OpenRouter: of Chat); all of it is batch-priced, and a tier by
the length of each request cannot be told.
Source: the types of the openai package 3.52.0 (Batch, BatchUsage); openrouter.ai/docs (2026-11).
"""

from __future__ import annotations

from pricing.usage.shapes import openai_chat, openai_responses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a batch that has ended; raises UsageError."""
    is_chat = "prompt_tokens" in record["usage"]
    found = openai_chat.read(record) if is_chat else openai_responses.read(record)
    for usage in found:
        usage.attributes["service_tier"] = "batch"
        usage.context_tokens = None
        usage.aggregate = True
    return found
