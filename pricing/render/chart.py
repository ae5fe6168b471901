"""Step lines of prices over time, as a picture: one SVG without a script.

The scale of prices is logarithmic: a fall from 75 to 25 is as far as one from 0.75 to 0.25. Lines
are told apart by their name at the end and by their dashes, not by colour alone.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from pricing.instants import DAY, day, instant
from pricing.money import divide, rounded, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pricing.money import Exact

    from .report import Chart, Line, Panel

WIDTH, HEIGHT = 760, 250
LEFT, RIGHT, TOP, BOTTOM = 48, 150, 34, 28
#: lines of labels stand this far apart at least
_GAP = 15
_TENTH = Decimal("0.1")
_STEPS = (1, 2, 5)
#: Okabe and Ito's colours, which most colour-blind people tell apart, for light and dark paper
COLOURS = (
    ("#0072b2", "#56b4e9"),
    ("#d55e00", "#e69f00"),
    ("#009e73", "#2fc79b"),
    ("#a8518a", "#e39ac8"),
    ("#6b5b00", "#f0e442"),
    ("#444444", "#bbbbbb"),
)
DASHES = ("none", "7 3", "2 3", "9 3 2 3", "5 2 1 2 1 2", "12 4")


def svg_text(chart: Chart, key: str = "chart") -> str:
    """Give the SVG; ``key`` keeps the ids of several pictures on one page apart.

    Raises:
        PricingError: Jinja2 is not installed.
    """
    from .html_page import environment

    template = environment().get_template("chart.svg.j2")
    return template.render(chart=chart, key=key, **layout(chart)).strip() + "\n"


def layout(chart: Chart) -> dict[str, Any]:
    """Give every position of a picture, as text in tenths of a pixel."""
    across = _Across(chart.first, chart.until)
    panels = [
        _panel(panel, across, TOP + number * (HEIGHT + TOP), number)
        for number, panel in enumerate(chart.panels)
    ]
    return {
        "width": WIDTH,
        "height": len(panels) * (HEIGHT + TOP),
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "panels": panels,
        "colours": COLOURS,
        "dashes": DASHES,
    }


class _Across:
    """The scale of time."""

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.span = max(last - first, DAY)

    def x(self, at: int) -> str:
        room = WIDTH - LEFT - RIGHT
        return _shown(LEFT + divide(Decimal((at - self.first) * room), self.span))

    def ticks(self) -> list[tuple[str, str]]:
        """Give the years, or where they are few the half years too."""
        years = range(int(day(self.first)[:4]), int(day(self.first + self.span)[:4]) + 1)
        halves = ("01", "07") if len(years) <= 3 else ("01",)
        days = [(y, m) for y in years for m in halves]
        return [
            (self.x(instant(f"{y}-{m}-01")), str(y) if m == "01" else f"{y}-{m}")
            for y, m in days
            if self.first <= instant(f"{y}-{m}-01") <= self.first + self.span
        ]


class _Up:
    """The scale of prices, logarithmic, between two round figures."""

    def __init__(self, prices: Sequence[Decimal], top: int) -> None:
        self.top = top
        marks = [Decimal(step).scaleb(n) for n in range(-6, 7) for step in _STEPS]
        low, high = min(prices), max(prices)
        self.low = max((m for m in marks if m <= low), default=low)
        self.high = min((m for m in marks if m >= high), default=high)
        if self.low == self.high:
            self.high = self.low * 2
        self.marks = [m for m in marks if self.low <= m <= self.high]

    def y(self, price: Decimal) -> Decimal:
        share = (price / self.low).log10() / (self.high / self.low).log10()
        return Decimal(self.top + HEIGHT - BOTTOM) - share * (HEIGHT - BOTTOM - TOP // 2)


def _panel(panel: Panel, across: _Across, top: int, number: int) -> dict[str, Any]:
    prices = [_plain(price) for line in panel.lines for _, price in line.points if price]
    up = _Up(prices or [Decimal(1)], top)
    lines = [_line(line, across, up, place) for place, line in enumerate(panel.lines)]
    _apart([line for line in lines if line["end_y"] is not None])
    for line in lines:
        if isinstance(line["label_y"], Decimal):
            line["label_y"] = _shown(line["label_y"])
    return {
        "title": panel.title,
        "y": top,
        "bottom": top + HEIGHT - BOTTOM,
        "ticks": [(_shown(up.y(mark)), text(mark)) for mark in up.marks],
        "years": across.ticks(),
        "lines": lines,
    }


def _line(line: Line, across: _Across, up: _Up, number: int) -> dict[str, Any]:
    path: list[str] = []
    dots: list[tuple[str, str, str]] = []
    last: Decimal | None = None
    says = [*line.says, *[""] * len(line.points)]
    for (at, price), told in zip(line.points, says, strict=False):
        x = across.x(at)
        if last is not None:
            path.append(f"H{x}")
        last = None if not price else up.y(_plain(price))
        if last is not None:
            drawn = bool(path) and path[-1] == f"H{x}"
            path.append(f"V{_shown(last)}" if drawn else f"M{x} {_shown(last)}")
            dots.append((x, _shown(last), told))
    if last is not None:
        path.append(f"H{across.x(across.first + across.span)}")
    shown = next((price for _, price in reversed(line.points) if price), None)
    end = line.points[-1][0]
    return {
        "name": line.name,
        "path": "".join(path),
        "dots": dots,
        "colour": number % len(COLOURS),
        "dash": DASHES[number % len(DASHES)],
        # a line that has ended is named where it ends
        "label": line.name if last is None or shown is None else f"{line.name} {_two(shown)}",
        "label_x": _shown(Decimal(WIDTH - RIGHT + 14)) if last is not None else across.x(end),
        "label_y": (last or up.y(_plain(shown))) if shown else None,
        "end_y": _shown(last) if last is not None else None,
    }


def _apart(lines: list[dict[str, Any]]) -> None:
    """Move labels apart, each as near to its line as the others allow."""
    lines.sort(key=lambda line: (line["label_y"], line["name"]))
    for above, below in pairwise(lines):
        below["label_y"] = max(below["label_y"], above["label_y"] + _GAP)


def _plain(price: Exact) -> Decimal:
    return price if isinstance(price, Decimal) else rounded(price, Decimal("0.000001"))


def _two(price: Exact) -> str:
    whole, _, places = text(price).partition(".")
    return f"{whole}.{places:<02}".replace(" ", "0")


def _shown(value: Exact) -> str:
    if not isinstance(value, Decimal):
        value = rounded(value, _TENTH)
    return text(value.quantize(_TENTH, ROUND_HALF_EVEN))
