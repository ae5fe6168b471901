"""The figures of a table as text: one precision a column, shown parts that add up to the total.

All arithmetic is on whole numbers; a value is rounded once, half-even, here (a lower
bound down, or it would claim too much).
"""

from __future__ import annotations

from math import lcm

from .records import exact
from .report import Column, Figure, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .report import Cell, Facts, Kind, Number, Table

    Ratio = tuple[int, int]

#: Fewest and most decimal places of each kind, where the column does not say.
PLACES = {"money": (2, 12), "number": (0, 12), "ratio": (2, 2), "percent": (1, 1)}


def figure_text(cell: Number | Figure, kind: Kind = "money", places: int | None = None) -> str:
    """Give one figure as a table would show it, for a headline or a note."""
    return cell_texts(Column("", "", kind, places), [cell], [0])[0]


def total_text(table: Table, key: str) -> str:
    """Give the total of a column exactly as the table shows it.

    Raises:
        KeyError: the table has no such column, or no total.
    """
    for position, column in enumerate(table.columns):
        if column.key == key and table.total is not None:
            return _column_texts(table, position)[-1]
    raise KeyError(key)


def table_texts(table: Table) -> list[list[str]]:
    """Give the text of every cell, row by row; the total, where there is one, is the last row."""
    columns = [_column_texts(table, position) for position in range(len(table.columns))]
    return [list(row) for row in zip(*columns, strict=True)]


def fact_texts(facts: Facts) -> list[str]:
    """Give the text of each value: whole numbers as counts, all others in one precision."""
    cells = [cell for _, cell in facts.pairs]
    counts = [cell if isinstance(cell, int) else None for cell in cells]
    others = [None if isinstance(cell, int) else cell for cell in cells]
    levels = [0] * len(cells)
    return [
        count or other
        for count, other in zip(
            cell_texts(Column("", "", "number"), counts, levels),
            cell_texts(Column("", "", "money"), others, levels),
            strict=True,
        )
    ]


def _column_texts(table: Table, position: int) -> list[str]:
    cells = [row.cells[position] for row in table.rows]
    levels = [row.level for row in table.rows]
    if table.total is None:
        return cell_texts(table.columns[position], cells, levels)
    # The total is the parent of every row of level 0, and parents stand in front.
    first, *others = cell_texts(
        table.columns[position], [table.total[position], *cells], [-1, *levels]
    )
    return [*others, first]


def cell_texts(column: Column, cells: Sequence[Cell], levels: Sequence[int]) -> list[str]:
    """Give the text of cells that share a column, each parent in front of its parts.

    Where parts add up to their parent exactly, so do the shown ones: all are rounded down, and
    those that lost most get one unit of the last place back (the first of equals). No part is
    ever shown a whole unit away from its value.
    """
    ratios = [None if column.is_text else _ratio(column, cell) for cell in cells]
    places = _places(column, [ratio for ratio in ratios if ratio])
    units = [
        None if ratio is None else _round(ratio, places, is_bound=_mark(cell) == ">=")
        for ratio, cell in zip(ratios, cells, strict=True)
    ]
    if column.kind in ("money", "number"):
        for parent, parts in _families(ratios, levels):
            total = units[parent]
            values = [ratio for part in parts if (ratio := ratios[part])]
            if total is not None and _adds_up(values, ratios[parent]):
                for part, unit in zip(parts, _apportion(values, total, places), strict=True):
                    units[part] = unit
    return [
        exact(cell) if unit is None else _figure(column, cell, unit, places)
        for cell, unit in zip(cells, units, strict=True)
    ]


def _ratio(column: Column, cell: Cell) -> Ratio | None:
    """Give the number of a cell as numerator and denominator in lowest terms."""
    if isinstance(cell, Figure):
        cell = cell.value
    if cell is None or isinstance(cell, (str, Word)):
        return None
    if isinstance(cell, float):
        raise TypeError(f"a float is not exact: {cell!r} in column '{column.key}'")
    numerator, denominator = cell.as_integer_ratio()
    return (100 * numerator if column.kind == "percent" else numerator), denominator


def _places(column: Column, ratios: Iterable[Ratio]) -> int:
    if column.places is not None:
        return column.places
    fewest, most = PLACES.get(column.kind, (0, 0))
    for _, denominator in ratios:
        while fewest < most and 10**fewest % denominator:
            fewest += 1
    return fewest


def _round(ratio: Ratio, places: int, is_bound: bool) -> int:
    """Give the nearest whole number of units of the last place, half-even; a bound only falls."""
    numerator, denominator = ratio
    scale: int = 10**places
    floor, rest = divmod(numerator * scale, denominator)
    if is_bound:
        return floor
    return floor + (2 * rest > denominator or (2 * rest == denominator and floor % 2 == 1))


def _families(
    ratios: Sequence[Ratio | None], levels: Sequence[int]
) -> Iterable[tuple[int, list[int]]]:
    """Give each row that has parts, from the outermost inwards, with the places of its parts."""
    for parent, level in enumerate(levels):
        parts = []
        for row in range(parent + 1, len(levels)):
            if levels[row] <= level:
                break
            if levels[row] == level + 1 and ratios[row] is not None:
                parts.append(row)
        if parts:
            yield parent, parts


def _adds_up(parts: Sequence[Ratio], total: Ratio | None) -> bool:
    if total is None:
        return False
    common = lcm(total[1], *(denominator for _, denominator in parts))
    return sum(n * (common // d) for n, d in parts) == total[0] * (common // total[1])


def _apportion(parts: Sequence[Ratio], total: int, places: int) -> list[int]:
    common = lcm(*(denominator for _, denominator in parts))
    scale: int = 10**places
    floors, lost = [], []
    for numerator, denominator in parts:
        floor, rest = divmod(numerator * scale, denominator)
        floors.append(floor)
        lost.append(rest * (common // denominator))
    missing = total - sum(floors)
    for position in sorted(range(len(parts)), key=lambda at: -lost[at])[:missing]:
        floors[position] += 1
    return floors


def _figure(column: Column, cell: Cell, units: int, places: int) -> str:
    mark = _mark(cell)
    whole, part = divmod(abs(units), 10**places)
    digits = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    sign = "-" if units < 0 else "+" if mark == "+" and units else ""
    bound = ">= " if mark == ">=" else ""
    return f"{bound}{sign}{digits}{' %' if column.kind == 'percent' else ''}"


def _mark(cell: Cell) -> str:
    return cell.mark if isinstance(cell, Figure) else ""
