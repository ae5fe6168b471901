"""Rows of a log that is JSON Lines, and the faults in them."""

from __future__ import annotations

from pricing.errors import Fault
from pricing.usage.json_text import excerpt, json_fault, json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.errors import UsageError
    from pricing.usage.logs import Lines


def rows(lines: Lines, path: str, *decisive: bytes) -> Iterator[tuple[int, Any] | Fault]:
    """Give the objects in the lines, and a fault for each line that is none.

    ``decisive``: a line with none of these bytes is passed over unread, unless it is cut short.
    """
    for number, line in lines:
        if decisive and not _holds(line, decisive) and line.rstrip().endswith(b"}"):
            continue
        try:
            record = json_value(line)
        except ValueError as error:
            yield json_fault(error, line.decode("utf-8", "replace"), path, number)
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            shown = excerpt(line.decode("utf-8", "replace"))
            yield Fault("a row is an object", path=path, line=number, excerpt=shown)


def _holds(line: bytes, decisive: tuple[bytes, ...]) -> bool:
    return any(key in line for key in decisive)


def unreadable(error: UsageError, path: str, number: int, row: object = None) -> Fault:
    """Say what a reader refused, and where."""
    from json import dumps

    fault = error.faults[0]
    shown = None if row is None else excerpt(dumps(row, ensure_ascii=False, default=str))
    return Fault(fault.what, path=path, line=number, excerpt=shown, remedy=fault.remedy)
