"""A report as data: a headline, blocks and notes; every format is one writer over it.

Report ── blocks ──> Table (Column, Row) · Facts (label, value) · Text · Chart (see ``charts``)
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
    from .charts import Chart

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

    @property
    def parts(self) -> tuple[tuple[str, Number, str, bool], ...]:
        """Name, value and text of each row; the last says whether it is a whole, not a change."""
        from .figures import table_texts

        found = []
        texts, rows = table_texts(self), self.all_cells
        last = len(rows) - 1 if self.total is not None else None
        for position, (row, shown) in enumerate(zip(rows, texts, strict=True)):
            value = row[1].value if isinstance(row[1], Figure) else row[1]
            if value is not None and not isinstance(value, (str, Word)):
                found.append((shown[0], value, shown[1], position in (0, last)))
        return tuple(found)


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


class Finding(Text):
    """A paragraph that stands apart: its first line, and lines that say more of it.

    ``text`` is the same, laid out for a terminal.
    """

    __slots__ = ("first", "lines")

    def __init__(self, text: str, first: str, lines: Iterable[str], is_tight: bool = False) -> None:
        super().__init__(text, is_tight)
        self.first = first
        self.lines = tuple(lines)


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

    @property
    def drawn(self) -> tuple[tuple[Block, Chart], ...]:
        """Each block that can be drawn, with its picture."""
        from .charts import Chart, Waterfall

        found: list[tuple[Block, Chart]] = []
        for block in self.blocks:
            if isinstance(block, Chart):
                found.append((block, block))
            elif isinstance(block, Bridge):
                found.append((block, Waterfall(block.title or "From expected to billed", block)))
        return tuple(found)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """What can be drawn of it, in the order of the blocks."""
        return tuple(chart for _, chart in self.drawn)
