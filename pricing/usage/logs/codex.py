"""Codex: a session's rows, of which the growth of the total is billed."""

from __future__ import annotations

from pricing.errors import Fault, UsageError
from pricing.usage.logs.rows import rows, unreadable
from pricing.usage.shapes import codex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.usage.logs import Item, Lines


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Read a session."""
    for row in rows(lines, path):
        if isinstance(row, Fault):
            yield row
            continue
        number, record = row
        if record.get("type") != "event_msg":
            continue
        try:
            usages = codex.read(record)
        except UsageError as error:
            yield unreadable(error, path, number, record)
            continue
        if usages:
            yield number, usages
