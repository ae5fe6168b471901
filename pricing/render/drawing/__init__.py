"""Pictures of charts, drawn by Matplotlib (the extra ``charts``).

The one place where an exact amount becomes a float: a place in a picture, from which nothing is
read back. Every text in a picture is made from the exact figure.
"""

from __future__ import annotations

from pricing.errors import PricingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.render.charts import Chart

    from .sheet import Sheet

REMEDY = "Install it: pip install 'pricing-ratecards[charts]'"


def is_there() -> bool:
    """Say whether the library that draws is installed."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def svg_text(charts: Sequence[Chart], key: str = "chart", *, is_inline: bool = False) -> str:
    """Give one SVG of all the charts; ``key`` keeps the ids of several pictures apart.

    Inline it takes the colours of the page around it; alone it brings its own, light and dark.

    Raises:
        PricingError: Matplotlib is not installed.
    """
    from .svg import finished

    sheet = _drawn(charts, is_titled=not is_inline)
    return finished(sheet, charts, key, is_inline)


def png_bytes(charts: Sequence[Chart]) -> bytes:
    """Give one PNG of all the charts on white, two dots for a pixel; raises PricingError."""
    return _drawn(charts, is_titled=True).png()


def _drawn(charts: Sequence[Chart], is_titled: bool) -> Sheet:
    if not is_there():
        raise PricingError("a chart needs Matplotlib, which is not installed", remedy=REMEDY)
    from .shapes import draw

    return draw(charts, is_titled)
