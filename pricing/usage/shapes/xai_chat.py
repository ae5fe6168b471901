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
    rest = plain["usage"]
    prompt = count(usage, "prompt_tokens")
    cached = count(details(usage, "prompt_tokens_details"), "cached_tokens")
    reasoning = count(details(usage, "completion_tokens_details"), "reasoning_tokens")
    parts = prompt + count(usage, "completion_tokens") + reasoning
    total = parts if usage.get("total_tokens") is None else count(usage, "total_tokens")
    beside = cached if cached > prompt else 0
    if beside:
        rest["prompt_tokens"] = prompt + beside
        total += beside if total == parts else 0
    rest["total_tokens"] = total
    (found,) = openai_chat.read(plain)
    if beside:
        why = f"prompt_tokens ({prompt}) < cache tokens ({cached})"
        found.warnings += (f"{why}: treated as exclusive of cache",)
    add_own(found, record, usage)
    return (found,)
