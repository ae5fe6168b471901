"""Rows of a log that is JSON Lines or a JSON list, and the faults in them."""

from __future__ import annotations

from pricing.errors import Fault
from pricing.usage.json_text import (
    JsonFault,
    excerpt,
    is_object,
    json_fault,
    json_value,
    json_values,
)
from pricing.usage.text_lines import whole_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.errors import UsageError
    from pricing.usage.logs import Lines

    Row = tuple[int | str, Any]


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


def json_rows(lines: Lines, path: str) -> Iterator[Row | Fault]:
    """Give the objects of JSON Lines, or of documents over several lines, those of a list each.

    One that does not begin its line has the column too: ``7:120``.
    """
    from itertools import chain

    start = next(lines, None)
    if start is None:
        return
    first = [start]
    if not is_object(start[1]):
        second = next(lines, None)
        first += [] if second is None else [second]
        if second is None or start[1].strip() == b"[" or not is_object(second[1]):
            yield from _documents(first, lines, path)
            return
    yield from rows(chain(first, lines), path)


def _documents(first: list[tuple[int, bytes]], lines: Lines, path: str) -> Iterator[Row | Fault]:
    data = whole_of(first, lines, path)
    fault = None
    text, found = "", 0
    try:
        text = data.decode()
        for value, line, column in json_values(text):
            found += 1
            if isinstance(value, dict):
                yield (line if column == 1 else f"{line}:{column}"), value
            else:
                row = text.split("\n", line)[line - 1]
                yield Fault("a row is an object", path=path, line=line, excerpt=excerpt(row))
    except ValueError as error:
        fault = json_fault(error, text, path, 1)
    if fault is None:
        return
    each = [] if found else list(rows(iter(first), path))
    if any(not isinstance(item, Fault) for item in each):
        yield from each
    else:
        yield fault


def _holds(line: bytes, decisive: tuple[bytes, ...]) -> bool:
    return any(key in line for key in decisive)


def unreadable(error: UsageError, path: str, number: int | str, row: object = None) -> Fault:
    """Say what a reader refused, and where."""
    from json import dumps

    fault = error.faults[0]
    shown = None if row is None else excerpt(dumps(row, ensure_ascii=False, default=str))
    line, _, column = str(number).partition(":")
    if not column:
        return Fault(fault.what, path=path, line=int(line), excerpt=shown, remedy=fault.remedy)
    found = JsonFault(
        fault.what, path=path, line=int(line), column=int(column), excerpt=shown or ""
    )
    found.remedy = fault.remedy
    return found
