"""xAI Responses: OpenAI's, with reasoning inside the output, and xAI's own counts of its tools.

Source: docs.x.ai/developers/model-capabilities/text/comparison (2026-11).
"""

from __future__ import annotations

from pricing.usage.shapes import openai_responses
from pricing.usage.shapes.openai_tokens import body_of
from pricing.usage.shapes.xai_parts import add_own, without_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a response; raises UsageError."""
    body = body_of(record)
    usage = body["usage"]
    plain = without_own(body, usage)
    if "server_side_tool_usage_details" in usage:
        # the same calls stand in the output, those that failed too
        plain.pop("output", None)
    found, *drawn = openai_responses.read(plain)
    add_own(found, body, usage)
    return (found, *drawn)
