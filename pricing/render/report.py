"""A report as data: a headline, blocks and notes; every format is one writer over it.

Report ── blocks ──> Table (Column, Row) · Facts (label, value) · Text · Chart (Panel, Line)
Cell: str, int, Decimal, Fraction, None (empty), Word (a word instead of a figure), Figure (marked).

What is not imported here counts: the path of ``--format json`` passes through this module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal
    from fractions import Fraction
    from typing import Literal, TypeAlias

    Number: TypeAlias = int | Decimal | Fraction
    Kind = Literal["text", "name", "number", "money", "percent", "ratio"]
    Tone = Literal["", "good", "warn", "bad", "missing"]
    Cell: TypeAlias = "str | Number | Word | Figure | None"
    Block: TypeAlias = "Table | Facts | Text | Chart"


class Word:
    """A word where a figure could stand: ``unpriced``, ``not published``, ``fail``.

    ``tone`` colours the word, where colour is on, and says nothing that the word does not.
    """

    __slots__ = ("text", "tone")

    def __init__(self, text: str, tone: Tone = "") -> None:
        self.text = text
        self.tone = tone


class Figure:
    """A number with a mark: ``+`` shows the sign of a change, ``>=`` makes it a lower bound."""

    __slots__ = ("mark", "value")

    def __init__(self, value: Number, mark: Literal["", "+", ">="] = "") -> None:
        self.value = value
        self.mark = mark


class Column:
    """A column: ``key`` for machines (with the unit, as in ``amount_usd``), ``title`` for people.

    ``name`` is text that came from outside (a model, a project) and is shown as code in Markdown.
    A ``percent`` is given as a share: 1 is shown as 100.0 %.
    ``places`` None: as many decimal places as the most precise figure of the column needs.
    In a column whose rows lie on levels, the key names each level: ``day,model``.
    """

    __slots__ = ("key", "kind", "places", "title")

    def __init__(
        self, key: str, title: str, kind: Kind = "text", places: int | None = None
    ) -> None:
        self.key = key
        self.title = title
        self.kind = kind
        self.places = places

    @property
    def is_text(self) -> bool:
        return self.kind in ("text", "name")


class Row:
    """Cells in the order of the columns; a row of level 1 belongs to the row of level 0 above it.

    A subtotal repeats the sum of the rows beneath it: CSV leaves it out, as it does the total.
    """

    __slots__ = ("cells", "is_subtotal", "level")

    def __init__(self, cells: Iterable[Cell], level: int = 0, is_subtotal: bool = False) -> None:
        self.cells = tuple(cells)
        self.level = level
        self.is_subtotal = is_subtotal


class Table:
    """Rows under columns; ``total`` is a row of its own, with its label. No titles: no header.

    ``notes`` are lines right below the table; ``is_tight`` joins it to the block before.

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """

    __slots__ = ("columns", "is_tight", "notes", "rows", "title", "total")

    def __init__(
        self,
        columns: Iterable[Column],
        rows: Iterable[Row | Sequence[Cell]],
        total: Sequence[Cell] | None = None,
        title: str | None = None,
        notes: Iterable[str] = (),
        is_tight: bool = False,
    ) -> None:
        self.columns = tuple(columns)
        self.rows = tuple(row if isinstance(row, Row) else Row(row) for row in rows)
        self.total = None if total is None else tuple(total)
        self.title = title
        self.notes = tuple(notes)
        self.is_tight = is_tight
        lengths = {len(row.cells) for row in self.rows}
        if self.total is not None:
            lengths.add(len(self.total))
        if lengths - {len(self.columns)}:
            raise ValueError(f"rows of {sorted(lengths)} cells under {len(self.columns)} columns")

    @property
    def all_cells(self) -> list[tuple[Cell, ...]]:
        """The cells of every row; those of the total, where there is one, are the last."""
        return [row.cells for row in self.rows] + ([] if self.total is None else [self.total])

    @property
    def has_header(self) -> bool:
        return any(column.title for column in self.columns)


class Bridge(Table):
    """A table from one amount to another: the first row, the changes, and the total they make.

    Its second column is the money. HTML draws it as well.
    """

    __slots__ = ()


class Facts:
    """Labels, each with its value; a text value may have several lines."""

    __slots__ = ("is_tight", "pairs", "title")

    def __init__(
        self,
        pairs: Iterable[tuple[str, Cell]],
        title: str | None = None,
        is_tight: bool = False,
    ) -> None:
        self.pairs = tuple(pairs)
        self.title = title
        self.is_tight = is_tight


class Text:
    """A paragraph; its line breaks are kept."""

    __slots__ = ("is_tight", "text")

    def __init__(self, text: str, is_tight: bool = False) -> None:
        self.text = text
        self.is_tight = is_tight


class Line:
    """One line: from each instant on a price, or none; ``says`` tells of each point in words."""

    __slots__ = ("name", "points", "says")

    def __init__(
        self,
        name: str,
        points: Iterable[tuple[int, Decimal | Fraction | None]],
        says: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.points = tuple(points)
        self.says = tuple(says)


class Panel:
    """Lines on one scale, below a title of their own."""

    __slots__ = ("lines", "title")

    def __init__(self, title: str, lines: Iterable[Line]) -> None:
        self.title = title
        self.lines = tuple(lines)


class Chart:
    """A picture of panels, from the first point to ``until``; ``file`` is its name as a file."""

    __slots__ = ("file", "panels", "title", "until")
    is_tight = False

    def __init__(self, title: str, file: str, panels: Iterable[Panel], until: int) -> None:
        self.title = title
        self.file = file
        self.panels = tuple(panels)
        self.until = until

    @property
    def description(self) -> str:
        """What the picture shows, in words, for those who do not see it."""
        from pricing.instants import day
        from pricing.money import text

        def told(line: Line) -> str:
            points = [("no price" if p is None else text(p), day(at)) for at, p in line.points]
            return f"{line.name}: {', '.join(f'{p} from {since}' for p, since in points)}."

        return " ".join(
            " ".join([f"{panel.title}.", *map(told, panel.lines)]) for panel in self.panels
        )

    @property
    def first(self) -> int:
        return min(line.points[0][0] for panel in self.panels for line in panel.lines)


class Report:
    """What one command answers, before it is text.

    ``headline`` is the answer, quotable alone; ``tone`` colours its verdict, the part before two
    spaces. ``document`` is the JSON document: amounts are exact decimal strings, ``schema`` is
    put in front of it. ``problems`` are errors that did not stop the report, as they are printed.
    ``next`` is a command that runs as printed.
    ``rows`` is what CSV holds where the blocks are prose.
    """

    __slots__ = (
        "blocks",
        "document",
        "headline",
        "kind",
        "next",
        "notes",
        "problems",
        "rows",
        "tone",
    )

    def __init__(
        self,
        kind: str,
        headline: str,
        blocks: Iterable[Block] = (),
        notes: Iterable[str] = (),
        next: str | None = None,
        document: Mapping[str, object] | None = None,
        problems: Iterable[object] = (),
        tone: Tone = "",
        rows: Table | None = None,
    ) -> None:
        self.kind = kind
        self.headline = headline
        self.blocks = tuple(blocks)
        self.notes = tuple(notes)
        self.next = next
        self.document = document
        self.problems = tuple(problems)
        self.tone = tone
        self.rows = rows

    @property
    def schema(self) -> str:
        return f"pricing.{self.kind}/1"

    @property
    def tables(self) -> tuple[Table, ...]:
        """What CSV holds."""
        if self.rows is not None:
            return (self.rows,)
        return tuple(block for block in self.blocks if isinstance(block, Table))
