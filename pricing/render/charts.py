"""Charts as data: exact figures, and the same in words for those who do not see the picture.

Chart ── Steps (Panel, Line) · Stack · Bars · Curves · Waterfall. ``drawing`` draws them.
Values are int, Decimal or Fraction; None is "no figure here", which is not 0.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal
    from fractions import Fraction
    from typing import Literal, TypeAlias

    from .report import Bridge

    Number: TypeAlias = int | Decimal | Fraction
    Unit = Literal["money", "percent", "number"]


class Chart:
    """A picture with a title; ``file`` is the name of the file that holds it, if there is one."""

    __slots__ = ("file", "title")
    is_tight = False

    def __init__(self, title: str, file: str | None = None) -> None:
        self.title = title
        self.file = file

    @property
    def description(self) -> str:
        """What the picture shows, every figure of it, in words."""
        raise NotImplementedError


class Line:
    """One line: from each instant on a price, or none; ``says`` tells of each point in words."""

    __slots__ = ("name", "points", "says")

    def __init__(
        self, name: str, points: Iterable[tuple[int, Number | None]], says: Iterable[str] = ()
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


class Steps(Chart):
    """Prices over time, from the first point to ``until``, each in force until the next."""

    __slots__ = ("panels", "until")

    def __init__(
        self, title: str, panels: Iterable[Panel], until: int, file: str | None = None
    ) -> None:
        super().__init__(title, file)
        self.panels = tuple(panels)
        self.until = until

    @property
    def first(self) -> int:
        return min(line.points[0][0] for panel in self.panels for line in panel.lines)

    @property
    def description(self) -> str:
        from pricing.instants import day
        from pricing.money import text

        def told(line: Line) -> str:
            points = [("no price" if p is None else text(p), day(at)) for at, p in line.points]
            return f"{line.name}: {', '.join(f'{p} from {since}' for p, since in points)}."

        return " ".join(
            " ".join([f"{panel.title}.", *map(told, panel.lines)]) for panel in self.panels
        )


class Stack(Chart):
    """Amounts of each period, one on the other: ``series`` has an amount for each period."""

    __slots__ = ("currency", "periods", "series")

    def __init__(
        self,
        title: str,
        periods: Sequence[str],
        series: Iterable[tuple[str, Sequence[Number | None]]],
        currency: str,
    ) -> None:
        super().__init__(title)
        self.periods = tuple(periods)
        self.series = tuple((name, tuple(amounts)) for name, amounts in series)
        self.currency = currency

    @property
    def description(self) -> str:
        def told(name: str, amounts: Sequence[Number | None]) -> str:
            pairs = zip(self.periods, amounts, strict=True)
            listed = [f"{_words(amount)} in {period}" for period, amount in pairs if amount]
            return f"{name}: {', '.join(listed) or 'nothing'}."

        return f"In {self.currency}. " + " ".join(told(*each) for each in self.series)


class Bars(Chart):
    """A bar for each row: its name, its value and the text that stands beside it."""

    __slots__ = ("rows", "unit")

    def __init__(
        self, title: str, rows: Iterable[tuple[str, Number, str]], unit: Unit = "money"
    ) -> None:
        super().__init__(title)
        self.rows = tuple(rows)
        self.unit = unit

    @property
    def description(self) -> str:
        return " ".join(f"{name}: {shown}." for name, _, shown in self.rows)


class Curves(Chart):
    """Straight lines through points, and upright marks at some ``x`` with a text."""

    __slots__ = ("currency", "lines", "marks", "x_title", "x_unit")

    def __init__(
        self,
        title: str,
        x_title: str,
        lines: Iterable[tuple[str, Sequence[tuple[Number, Number]]]],
        currency: str,
        marks: Iterable[tuple[Number, str]] = (),
        x_unit: Unit = "number",
    ) -> None:
        super().__init__(title)
        self.x_title = x_title
        self.lines = tuple((name, tuple(points)) for name, points in lines)
        self.currency = currency
        self.marks = tuple(marks)
        self.x_unit = x_unit

    @property
    def description(self) -> str:
        def told(name: str, points: Sequence[tuple[Number, Number]]) -> str:
            ends = [f"{_words(y)} at {self.x_text(x)}" for x, y in points]
            return f"{name}: {', '.join(ends)}."

        marks = [f"{words}: {self.x_text(x)}." for x, words in self.marks]
        lines = [told(*each) for each in self.lines]
        return " ".join([f"{self.x_title}, costs in {self.currency}.", *lines, *marks])

    def x_text(self, x: Number) -> str:
        from .figures import figure_text

        return figure_text(x, self.x_unit)


class Waterfall(Chart):
    """From one amount to another: each bar begins where the one before it ended."""

    __slots__ = ("rows",)

    def __init__(self, title: str, bridge: Bridge) -> None:
        super().__init__(title)
        self.rows = bridge.parts

    @property
    def description(self) -> str:
        return " ".join(f"{name}: {shown}." for name, _, shown, _ in self.rows)


def _words(amount: Number) -> str:
    from .figures import figure_text

    return figure_text(amount)
