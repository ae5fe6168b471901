"""Each kind of chart on a sheet: what is long is named at its end, not in a legend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FuncFormatter, MaxNLocator

from pricing.instants import DAY, day, instant
from pricing.money import text
from pricing.render.charts import Bars, Chart, Curves, Stack, Steps, Waterfall
from pricing.render.figures import figure_text
from pricing.render.plain import visible

from .sheet import DASHES, SERIES, WIDTH, Sheet, colour, series, settings, shortened

if TYPE_CHECKING:
    from pricing.render.charts import Number

_TITLE = 34
_PANEL = 250
_GAP = 17
_NAMES = 190
_ROW = 28
_MOST_NAME = 44
#: no letter of the usual kind is wider
_LETTER = 8
_STEPS = (1, 2, 5)
_MOST_YEARS = 10
#: more periods than this are drawn as areas, for bars would be hairlines
_MOST_BARS = 60


def draw(charts: Sequence[Chart], is_titled: bool) -> Sheet:
    """Give a sheet with the charts one below the other."""
    title = _TITLE if is_titled else 0
    heights = [_HEIGHTS[type(chart)](chart) for chart in charts]
    with settings():
        sheet = Sheet(sum(heights) + title * len(charts) + 6)
        top = 0
        for chart, height in zip(charts, heights, strict=True):
            if is_titled:
                sheet.text(8, top + 18, shortened(chart.title, 84), size=14, bold=True)
            _DRAWN[type(chart)](chart, sheet, top + title)
            top += title + height
    return sheet


def _place(value: Number) -> float:
    """Give where a value lies: the only float made of an amount, and never read back."""
    return float(value)


# Prices over time


def _steps(chart: Steps, sheet: Sheet, top: int) -> None:
    for number, panel in enumerate(chart.panels):
        above = top + number * _PANEL
        sheet.text(8, above + 14, panel.title, size=13, bold=True)
        axes = sheet.axes(52, above + 32, WIDTH - 52 - _NAMES, _PANEL - 62)
        prices = [p for line in panel.lines for _, p in line.points if p]
        marks = _marks(prices or [Decimal(1)])
        axes.set_yscale("log")
        axes.set_ylim(_place(marks[0]), _place(marks[-1]))
        axes.set_yticks([_place(mark) for mark in marks], labels=[text(mark) for mark in marks])
        axes.minorticks_off()
        last = max(chart.until, chart.first + DAY)
        axes.set_xlim(chart.first, last)
        years = _years(chart.first, last)
        axes.set_xticks([at for at, _ in years], labels=[label for _, label in years])
        ends = []
        for place, line in enumerate(panel.lines):
            end = _step_line(axes, line.points, last, series(place), DASHES[place % len(DASHES)])
            if end is None:
                continue
            at, price = end
            x, y = _pixels(sheet, axes, at, price)
            if at < last:  # a line that has ended is named where it ends
                sheet.text(x, y - 9, line.name, ink="faint", size=11, align="right")
            else:
                ends.append((y, f"{shortened(line.name, 18)} {_two(price)}", place))
        _labels(sheet, WIDTH - _NAMES, ends)


def _step_line(
    axes: Any, points: Sequence[tuple[int, Number | None]], last: int, stroke: str, dash: Any
) -> tuple[int, Number] | None:
    """Draw one line with its gaps, and give its end."""
    end = None
    nexts = [at for at, _ in points[1:]] + [last]
    pieces: list[tuple[list[int], list[float]]] = []
    dots = []
    for (at, price), until in zip(points, nexts, strict=True):
        if not price:
            continue
        y = _place(price)
        dots.append((at, y))
        if not pieces or pieces[-1][0][-1] != at:
            pieces.append(([], []))
        pieces[-1][0].extend((at, until))
        pieces[-1][1].extend((y, y))
        end = (until, price)
    for xs, ys in pieces:
        axes.plot(xs, ys, color=stroke, linewidth=2, linestyle=dash, clip_on=False)
    if dots:
        axes.plot(*zip(*dots, strict=True), "o", color=stroke, markersize=5, clip_on=False)
    return end


def _marks(prices: Sequence[Number]) -> list[Decimal]:
    """Give round figures, below the lowest price to above the highest."""
    every = [Decimal(step).scaleb(n) for n in range(-9, 10) for step in _STEPS]
    low = max((m for m in every if m <= min(prices)), default=every[0])
    high = min((m for m in every if m >= max(prices)), default=every[-1])
    if low == high:
        high = low * 2
    return [m for m in every if low <= m <= high]


def _years(first: int, last: int) -> list[tuple[int, str]]:
    """Give the years, or where they are few the half years too."""
    start, end = int(day(first)[:4]), int(day(last)[:4])
    years = range(start, end + 1, 1 + (end - start) // _MOST_YEARS)
    halves = ("01", "07") if len(years) <= 3 else ("01",)
    found = [(instant(f"{y}-{m}-01"), f"{y}" if m == "01" else f"{y}-{m}")
             for y in years for m in halves]  # fmt: skip
    return [(at, label) for at, label in found if first <= at <= last] or [(first, day(first))]


def _pixels(sheet: Sheet, axes: Any, x: Number, y: Number) -> tuple[float, float]:
    across, up = axes.transData.transform((_place(x), _place(y)))
    return across, sheet.height - up


def _labels(sheet: Sheet, x: float, ends: list[tuple[float, str, int]]) -> None:
    """Name lines at their ends, each label as near as the others allow."""
    ends = sorted(ends)
    places = [y for y, _, _ in ends]
    for number, (above, below) in enumerate(pairwise(places), 1):
        if below < places[number - 1] + _GAP:
            places[number] = places[number - 1] + _GAP
        del above
    for (y, words, number), at in zip(ends, places, strict=True):
        sheet.rule([(x + 2, y), (x + 12, at)], series(number))
        sheet.text(x + 16, at, words)


def _two(price: Number) -> str:
    return figure_text(price)


# Amounts of periods


def _stack(chart: Stack, sheet: Sheet, top: int) -> None:
    height = _PANEL
    axes = sheet.axes(64, top + 14, WIDTH - 64 - _NAMES - 70, height - 44)
    count = len(chart.periods)
    below = [0.0] * count
    for number, (_, amounts) in enumerate(chart.series):
        values = [_place(amount or 0) for amount in amounts]
        ends = [b + v for b, v in zip(below, values, strict=True)]
        fill = _part(chart, number)
        if count > _MOST_BARS:
            axes.fill_between(range(count), below, ends, step="mid", facecolor=fill, linewidth=0)
        else:
            axes.bar(
                range(count), values, bottom=below, width=min(0.72, 0.12 * count + 0.2),
                color=fill, edgecolor=colour("paper"), linewidth=0.8,
            )  # fmt: skip
        below = ends
    axes.set_xlim(-0.6, count - 0.4)
    longest = max(len(period) for period in chart.periods)
    fitting = max(1, (WIDTH - 64 - _NAMES - 70) // (7 * longest + 16))
    every = -(-count // fitting)
    axes.set_xticks(range(0, count, every), labels=[visible(p) for p in chart.periods[::every]])
    _money_scale(axes.yaxis)
    sheet.text(8, top + 4, chart.currency, ink="faint", size=11)
    wholes = [sum((Fraction(a) for a in amounts if a), Fraction(0)) for _, amounts in chart.series]
    total = sum(wholes, Fraction(0))
    left = WIDTH - _NAMES - 54
    for place, number in enumerate(reversed(range(len(chart.series)))):
        y = top + 24 + place * 30
        name, whole = chart.series[number][0], wholes[number]
        share = f"  {figure_text(whole / total, 'percent')}" if total else ""
        sheet.bar(left, y - 6, 11, 11, _part(chart, number))
        sheet.text(left + 18, y, shortened(name), size=12)
        sheet.text(left + 18, y + 14, f"{_amount(whole)}{share}", ink="faint", size=11)


def _part(chart: Stack, number: int) -> str:
    return series(number) if number < SERIES else colour("rest")


def _amount(value: Number) -> str:
    """Give a sum shortly, as a label: two places, more where that would say nothing."""
    places = 2
    while value and abs(Fraction(value)) * 10**places < 100 and places < 8:
        places += 1
    return figure_text(value, places=places)


def _money_scale(axis: Any) -> None:
    axis.set_major_locator(MaxNLocator(5, min_n_ticks=3))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


# Bars that lie


def _left(names: Sequence[str]) -> int:
    """Give where bars begin: after the longest name that is shown."""
    longest = max((min(len(visible(name)), _MOST_NAME) for name in names), default=0)
    return max(60, 20 + _LETTER * longest)


def _widest(texts: Sequence[str]) -> int:
    return _LETTER * max((len(visible(text)) for text in texts), default=0)


def _bars(chart: Bars, sheet: Sheet, top: int) -> None:
    most = max((abs(Fraction(value)) for _, value, _ in chart.rows), default=Fraction(0))
    left = _left([name for name, _, _ in chart.rows])
    room = WIDTH - left - 14 - _widest([shown for _, _, shown in chart.rows])
    for number, (name, value, shown) in enumerate(chart.rows):
        y = top + 6 + number * _ROW
        width = max(1.5, room * _place(abs(Fraction(value)) / most)) if value else 0.0
        sheet.text(left - 10, y + 10, shortened(name, _MOST_NAME), align="right")
        if chart.unit == "percent":
            sheet.bar(left, y + 2, room, 16, colour("track"))
            width = room * _place(Fraction(value))
        sheet.bar(left, y + 2, width, 16, series(0))
        end = room if chart.unit == "percent" else width
        sheet.text(left + end + 8, y + 10, shown, ink="faint")


def _waterfall(chart: Waterfall, sheet: Sheet, top: int) -> None:
    ends: list[tuple[Fraction, Fraction]] = []
    at = Fraction(0)
    for _, value, _, is_whole in chart.rows:
        first = Fraction(0) if is_whole else at
        at = first + Fraction(value)
        ends.append((first, at))
    low = min((min(pair) for pair in ends), default=Fraction(0))
    low = min(low, Fraction(0))
    span = max((max(pair) for pair in ends), default=Fraction(1)) - low or Fraction(1)
    left = _left([name for name, _, _, _ in chart.rows])
    room = WIDTH - left - 14 - _widest([shown for _, _, shown, _ in chart.rows])

    def across(value: Fraction) -> float:
        return left + room * _place((value - low) / span)

    before: float | None = None
    for number, ((name, value, shown, is_whole), (first, last)) in enumerate(
        zip(chart.rows, ends, strict=True)
    ):
        y = top + 6 + number * _ROW
        start, end = sorted((across(first), across(last)))
        fill = colour("rest") if is_whole else colour("bad" if value > 0 else "good")
        if before is not None:
            sheet.rule([(before, y - _ROW + 18), (before, y + 18)], colour("faint"), 0.8)
        named = shortened(name, _MOST_NAME)
        sheet.text(left - 10, y + 10, named, align="right", bold=is_whole)
        sheet.bar(start, y + 2, max(2, end - start), 16, fill)
        sheet.text(end + 8, y + 10, shown, bold=is_whole)
        before = across(last)


# Lines that cross


def _curves(chart: Curves, sheet: Sheet, top: int) -> None:
    above = 26 + 16 * len(chart.marks)
    axes = sheet.axes(64, top + above, WIDTH - 64 - _NAMES - 20, _PANEL - 52 - 26)
    ends = []
    for number, (_, points) in enumerate(chart.lines):
        xs, ys = [_place(x) for x, _ in points], [_place(y) for _, y in points]
        dash = DASHES[number % len(DASHES)]
        axes.plot(xs, ys, color=series(number), linewidth=2, linestyle=dash, clip_on=False)
    _money_scale(axes.yaxis)
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), high)
    first, last = (_place(f(x for _, points in chart.lines for x, _ in points)) for f in (min, max))
    axes.set_xlim(first, last if last > first else first + 1)
    if chart.x_unit == "percent":
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0 %", "25 %", "50 %", "75 %", "100 %"])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for number, (name, points) in enumerate(chart.lines):
        x, y = points[-1]
        _, at = _pixels(sheet, axes, x, y)
        ends.append((at, f"{shortened(name, 15)} {_amount(y)}", number))
    for number, (x, words) in enumerate(chart.marks):
        axes.axvline(_place(x), color=colour("faint"), linewidth=1, linestyle=(0, (3, 3)))
        across, _ = _pixels(sheet, axes, x, 0)
        right = across > WIDTH / 2
        start = sheet.height - axes.bbox.y1
        sheet.rule([(across, top + 8 + 16 * number), (across, start)], colour("faint"), 0.8)
        sheet.text(
            across + (-6 if right else 6), top + 14 + 16 * number, words,
            ink="faint", size=11, align="right" if right else "left",
        )  # fmt: skip
    sheet.text(8, top + 10, chart.currency, ink="faint", size=11)
    middle = 64 + (WIDTH - 64 - _NAMES - 20) / 2
    bottom = top + above + _PANEL - 52 - 26
    sheet.text(middle, bottom + 36, chart.x_title, ink="faint", align="center")
    _labels(sheet, WIDTH - _NAMES - 20, ends)


_HEIGHTS: dict[type[Chart], Callable[[Any], int]] = {
    Steps: lambda chart: _PANEL * len(chart.panels),
    Stack: lambda chart: max(_PANEL, 40 + 30 * len(chart.series)),
    Bars: lambda chart: 12 + _ROW * len(chart.rows),
    Waterfall: lambda chart: 12 + _ROW * len(chart.rows),
    Curves: lambda chart: _PANEL + 16 * len(chart.marks),
}
_DRAWN: dict[type[Chart], Callable[[Any, Sheet, int], None]] = {
    Steps: _steps,
    Stack: _stack,
    Bars: _bars,
    Waterfall: _waterfall,
    Curves: _curves,
}
