"""Which column of a frame is what, by the names of columns."""

from __future__ import annotations

from pricing.errors import UsageError, did_you_mean
from pricing.usage.logs.mapped import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_NAMES = {
    "model": ("model", "model_name", "model_id"),
    "seller": ("seller", "provider"),
    "at": ("at", "ts", "timestamp", "created_at"),
    "id": ("id", "request_id"),
    "context_tokens": ("context_tokens",),
}


def by_names(columns: list[str], vocabulary: Any, labels: Iterable[str]) -> Map:
    """Give which column is what, by the names of columns.

    Raises:
        UsageError: there is none with the model, or with counts.
    """
    found = {
        what: next(name for name in names if name in columns)
        for what, names in _NAMES.items()
        if any(name in columns for name in names)
    }
    meters = {name: name for name in columns if name in vocabulary.meters}
    attributes = {name: name for name in columns if name in vocabulary.attributes}
    if "model" not in found:
        raise UsageError("no column tells the model", remedy="Name it `model`, or give --map.")
    if not meters:
        hint = did_you_mean("input", columns)
        raise UsageError("no column is a meter", remedy=hint or "As `input`, or give --map.")
    own = {name: name for name in labels if name in columns}
    return Map(found, meters, {}, attributes, own, {}, None, False)
