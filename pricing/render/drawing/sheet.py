"""A sheet to draw on, measured in pixels from the top left, and the colours of all charts."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from pricing.render.colours import COLOURS
from pricing.render.plain import visible

WIDTH = 720
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (9, 3)))
SERIES = 6
_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same widths everywhere
    "font.size": 12,
    "svg.fonttype": "none",
    "svg.hashsalt": "pricing",
    # a dollar in a model's name begins no formula
    "text.parse_math": False,
    "text.usetex": False,
    "axes.unicode_minus": False,
    "path.simplify": False,
}


def colour(name: str) -> str:
    """Give a colour by its name, as on light paper."""
    return COLOURS[name][0]


def series(number: int) -> str:
    """Give the colour of a line or a part by its number."""
    return colour(f"c{number % SERIES}")


def shortened(text: str, most: int = 28) -> str:
    """Give text of at most ``most`` characters, its middle left out where it is longer."""
    text = visible(text)
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


@contextmanager
def settings() -> Iterator[None]:
    """Draw with our settings alone, whatever the user's own are."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # a glyph that the font lacks is in the SVG as text, and a box in the PNG
        warnings.filterwarnings("ignore", message="Glyph")
        matplotlib.rcdefaults()
        for name, value in _SETTINGS.items():
            matplotlib.rcParams[name] = value  # type: ignore[index]
        yield


class Sheet:
    """One figure; all places are pixels from its top left."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
        self.figure.patch.set_facecolor(colour("paper"))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Give a field to draw in, without a frame, with quiet ticks and rules across."""
        place = (
            left / WIDTH,
            1 - (top + height) / self.height,
            width / WIDTH,
            height / self.height,
        )
        axes = self.figure.add_axes(place)
        axes.patch.set_visible(False)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(colour("line"))
        axes.tick_params(colors=colour("line"), labelcolor=colour("faint"), length=4, labelsize=11)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", color=colour("line"), linewidth=0.8)
        axes.set_axisbelow(True)
        return axes

    def text(
        self, x: float, y: float, words: str, *, ink: str = "ink", size: int = 12,
        align: str = "left", bold: bool = False,
    ) -> None:  # fmt: skip
        """Write ``words`` with their middle at the height ``y``."""
        self.figure.text(
            x / WIDTH, 1 - y / self.height, visible(words), color=colour(ink), fontsize=size,
            ha=align, va="center_baseline", fontweight="bold" if bold else "normal",
        )  # fmt: skip

    def bar(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """Fill a rectangle whose top left is at ``x``, ``y``."""
        corner = (x / WIDTH, 1 - (y + height) / self.height)
        box = Rectangle(
            corner, width / WIDTH, height / self.height, facecolor=fill, edgecolor="none",
            transform=self.figure.transFigure,
        )  # fmt: skip
        self.figure.add_artist(box)

    def rule(self, points: list[tuple[float, float]], stroke: str, width: float = 1) -> None:
        """Draw a line through points."""
        xs = [x / WIDTH for x, _ in points]
        ys = [1 - y / self.height for _, y in points]
        line = Line2D(
            xs, ys, color=stroke, linewidth=width, transform=self.figure.transFigure,
            solid_capstyle="butt",
        )  # fmt: skip
        self.figure.add_artist(line)

    def svg(self) -> str:
        """Give the SVG as Matplotlib writes it."""
        out = io.StringIO()
        with settings():
            self.figure.savefig(out, format="svg", metadata={"Date": None})
        return out.getvalue()

    def png(self) -> bytes:
        """Give the picture in dots, two for a pixel."""
        out = io.BytesIO()
        with settings():
            self.figure.savefig(out, format="png", dpi=144, metadata={"Software": None})
        return out.getvalue()
