"""CSV as exports write it: a header, cells that go over lines, other separators."""

from __future__ import annotations

import csv

from pricing.errors import Fault
from pricing.usage.json_text import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.usage.logs import Lines

    Row = tuple[int, dict[str, Any]]

MOST_CELL = 32 << 20
_SEPARATORS = (",", ";", "\t")


def header_of(line: bytes) -> tuple[list[str], str]:
    """Give the names of the columns and what separates them: what makes the most columns."""
    text = line.decode("utf-8", "replace")
    found: tuple[list[str], str] = ([], ",")
    for separator in _SEPARATORS:
        try:
            names = next(csv.reader([text], delimiter=separator), [])
        except csv.Error:
            continue
        if len(names) > len(found[0]):
            found = ([name.strip() for name in names], separator)
    return found


def csv_rows(lines: Lines, path: str) -> Iterator[Row | Fault]:
    """Give each row with its line, the cells by column; an empty cell is None.

    The first line is the header. A row with more or fewer cells is a fault.
    """
    first = next(lines, None)
    if first is None:
        return
    names, separator = header_of(first[1])
    csv.field_size_limit(max(csv.field_size_limit(), MOST_CELL))
    text = _Text(lines)
    reader = csv.reader(text, delimiter=separator)
    while True:
        text.began = None
        try:
            cells = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else f"no CSV: {error}"
            yield text.fault(what, path)
            reader = csv.reader(text, delimiter=separator)
            continue
        if cells is None:
            return
        if not any(cells):
            continue
        if len(cells) != len(names):
            yield text.fault(f"{len(cells)} cells, the header has {len(names)}", path)
            continue
        row = {name: cell or None for name, cell in zip(names, cells, strict=True)}
        yield text.began or 0, row


class _Text:
    """The lines as text; it knows where the row began that is being read."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.began: int | None = None
        self.row = b""

    def __iter__(self) -> _Text:
        return self

    def __next__(self) -> str:
        number, line = next(self.lines)
        if self.began is None:
            self.began, self.row = number, line
        return line.decode()

    def fault(self, what: str, path: str) -> Fault:
        shown = excerpt(self.row.decode("utf-8", "replace"))
        return Fault(what, path=path, line=self.began, excerpt=shown)
