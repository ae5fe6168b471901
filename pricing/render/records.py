"""A table as records for machines: exact values, every row complete in itself."""

from __future__ import annotations

from pricing.money import text as exact_text

from .report import Figure, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .report import Cell, Table


def keys(table: Table) -> list[str]:
    """Give the names of a record's fields: rows on levels have one field for each level."""
    first, *others = [column.key for column in table.columns]
    names = first.split(",")
    depth = _depth(table)
    if len(names) != depth:
        names = [first, *(f"{first}_{level}" for level in range(2, depth + 1))]
    return [*names, *others]


def records(table: Table) -> Iterator[list[Cell]]:
    """Give a record for each row, without subtotals and total, which would be counted twice.

    A row of level 1 begins with the label of the row of level 0 above it.
    """
    depth = _depth(table)
    path: list[Cell] = [None] * depth
    for row in table.rows:
        path = [*path[: row.level], row.cells[0], *[None] * (depth - row.level - 1)]
        if not row.is_subtotal:
            yield [*path, *row.cells[1:]]


def _depth(table: Table) -> int:
    return 1 + max((row.level for row in table.rows), default=0)


def is_number(cell: Cell) -> bool:
    """Say whether the cell is a plain number; a bound is not, it needs its mark."""
    if isinstance(cell, Figure):
        return cell.mark != ">="
    return not (cell is None or isinstance(cell, (str, Word)))


def exact(cell: Cell) -> str:
    """Give the cell's text: digits without exponent, separators or rounding; empty for None."""
    if isinstance(cell, Word):
        return cell.text
    if isinstance(cell, Figure):
        return f"{'>= ' if cell.mark == '>=' else ''}{exact_text(cell.value)}"
    if cell is None or isinstance(cell, str):
        return cell or ""
    return exact_text(cell)
