"""Lines of the results of an Anthropic message batch: a message, or why there is none.

A request that errored, expired or was canceled is not billed.
Source: the types of the anthropic package 2.11.0 (MessageBatchIndividualResponse).
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.numbers import details, name
from pricing.usage.shapes import anthropic_messages
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_FREE = ("errored", "expired", "canceled")


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a result; one that is not billed has no meters and says why in ``free``.

    Raises:
        UsageError: a result of an unknown type, or a message that cannot be read.
    """
    result = details(record, "result")
    kind = name(result, "type")
    if kind in _FREE:
        found = usage_of({}, {"service_tier": "batch"}, None, None, record)
        found.id = name(record, "custom_id")
        found.free = "errors_not_billed"
        found.labels = {"result": str(kind)}
        return (found,)
    message = details(result, "message")
    if kind != "succeeded" or not isinstance(message.get("usage"), dict):
        raise UsageError(f"a batch result of type {kind!r} without usage")
    lines = anthropic_messages.read(message)
    for line in lines:
        line.attributes.setdefault("service_tier", "batch")
    return lines
