"""xAI chat completions: OpenAI's, with reasoning beside the completion.

``prompt_tokens`` includes cached tokens, and ``text_tokens`` does too; where more is cached than
that, the cache stands beside. ``total_tokens`` is prompt, completion and reasoning, and decides;
without it reasoning is taken as standing beside.
Source: docs.x.ai/developers/rest-api-reference (2026-11).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details
from pricing.usage.shapes import openai_chat
from pricing.usage.shapes.xai_parts import add_own, without_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a completion; raises UsageError."""
    usage = record["usage"]
    plain = without_own(record, usage)
    if usage.get("total_tokens") is None:
        reasoning = count(details(usage, "completion_tokens_details"), "reasoning_tokens")
        parts = count(usage, "prompt_tokens") + count(usage, "completion_tokens")
        plain["usage"]["total_tokens"] = parts + reasoning
    (found,) = openai_chat.read(plain)
    add_own(found, record, usage)
    return (found,)
