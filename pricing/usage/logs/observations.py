"""Langfuse's observations as JSON Lines: spans that count nothing are passed over."""

from __future__ import annotations

from pricing.errors import Fault, UsageError
from pricing.usage.logs.rows import rows, unreadable
from pricing.usage.shapes import langfuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.usage.logs import Item, Lines


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Read observations row by row."""
    for row in rows(lines, path):
        if isinstance(row, Fault):
            yield row
            continue
        number, record = row
        try:
            found = langfuse.read(record)
        except UsageError as error:
            yield unreadable(error, path, number, record)
            continue
        if found:
            yield number, found
