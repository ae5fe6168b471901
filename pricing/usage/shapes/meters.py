"""Our own shape: meters and attributes as cards name them.

``{"meters": {"input": 9000}, "attributes": {…}, "context_tokens": 9000, "aggregate": false}``
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.numbers import quantity
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_KNOWN = {"meters", "attributes", "context_tokens", "aggregate"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a record of meters; raises UsageError."""
    usage = record["usage"]
    for key in usage.keys() - _KNOWN:
        raise UsageError(
            f"unknown key '{key}' in usage", remedy=f"Keys: {', '.join(sorted(_KNOWN))}."
        )
    meters = usage["meters"]
    if not isinstance(meters, dict):
        raise UsageError("meters is not an object")
    context = usage.get("context_tokens")
    found = Usage(
        {name: quantity(name, value) for name, value in meters.items()},
        attributes=usage.get("attributes"),
        model=record.get("model"),
        context_tokens=None if context is None else int(quantity("context_tokens", context)),
        aggregate=usage.get("aggregate") is True,
        id=record.get("id"),
        raw=record,
    )
    return (found,)
