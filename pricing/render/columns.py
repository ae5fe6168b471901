"""A table as lines of plain columns that fit: tabulate lays them out, this decides the widths."""

from __future__ import annotations

from .figures import table_texts
from .plain import broken, longest_piece, visible, width_of
from .report import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .report import Cell, Column, Table, Tone

GAP = 2
#: A text column is never made narrower than this; a table of wide figures overflows instead.
NARROWEST = 12
#: Stands for a leading space, which tabulate strips; data cannot hold it (it is not printable).
INDENT = "\ue000"
COLOURS = {"good": "32", "warn": "33", "bad": "31", "missing": "33"}


def columns_lines(table: Table, width: int, colour: bool = False) -> list[str]:
    """Give header, rows and total, two spaces between columns, figures to the right.

    What is too wide is broken over lines: text first, then the headers over figures. A figure is
    never broken: where figures alone are wider than ``width``, the table is too.
    """
    from tabulate import tabulate

    rows = [[visible(text) for text in texts] for texts in table_texts(table)]
    for row, texts in zip(table.rows, rows, strict=False):  # the total has no level
        texts[0] = INDENT * GAP * row.level + texts[0]
    header = [visible(column.title) for column in table.columns]
    grid = [header, *rows] if table.has_header else rows
    if not grid:
        return []
    widths = _widths(table.columns, header, rows, width)
    grid = [
        [_fitted(text, size) for text, size in zip(texts, widths, strict=True)] for texts in grid
    ]
    if colour:
        for texts, cells in zip(grid[-len(table.all_cells) :], table.all_cells, strict=True):
            texts[:] = [_toned(text, cell) for text, cell in zip(texts, cells, strict=True)]
    text = tabulate(
        grid,
        tablefmt="plain",
        colalign=["left" if column.is_text else "right" for column in table.columns],
        disable_numparse=True,
    )
    return [line.replace(INDENT, " ").rstrip() for line in text.split("\n")]


def coloured(text: str, tone: Tone) -> str:
    """Give the text in the colour of its tone, where it has one."""
    return f"\x1b[{COLOURS[tone]}m{text}\x1b[0m" if tone and text else text


def _widths(
    columns: Sequence[Column], header: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> list[int]:
    cells = [max((width_of(row[at]) for row in rows), default=0) for at in range(len(columns))]
    widths = list(map(max, cells, map(width_of, header)))
    least = [
        NARROWEST if column.is_text else max(cells[at], longest_piece(header[at]))
        for at, column in enumerate(columns)
    ]
    for is_text in (True, False):
        while sum(widths) + GAP * (len(widths) - 1) > width:
            wide = [
                at
                for at, column in enumerate(columns)
                if column.is_text is is_text and widths[at] > least[at]
            ]
            if not wide:
                break
            widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _fitted(text: str, width: int) -> str:
    """Break a cell into lines; those of an indented cell hang two deeper than the first."""
    if width_of(text) <= width:
        return text
    words = text.lstrip(INDENT)
    indent = text[: len(text) - len(words)]
    hanging = indent + INDENT * GAP if indent else ""
    return indent + f"\n{hanging}".join(broken(words, max(width - len(hanging), NARROWEST // 2)))


def _toned(text: str, cell: Cell) -> str:
    tone = cell.tone if isinstance(cell, Word) else ""
    return "\n".join(coloured(line, tone) for line in text.split("\n"))
