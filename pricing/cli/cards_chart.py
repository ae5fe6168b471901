"""The picture of ``pricing cards show``: the prices of a card over time."""

from __future__ import annotations

from pricing.render import Chart, Line, Panel, Steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

#: meters that stand in the picture; the table has all of them
_MOST = 6


def price_history(
    bases: Iterable[tuple[Any, dict[str, Any]]], meters: Sequence[str], currency: str, at: int
) -> list[Chart]:
    """Give the steps of each meter from revisions and their prices; nothing for one that is flat.

    An announced price is drawn from its day on, where that is before ``at``.
    """
    known = [
        (revision["effective"], {} if revision.get("ended") else base)
        for revision, base in bases
        if "withdrawn" not in revision and revision["effective"] <= at
    ]
    lines = []
    for meter in meters[:_MOST]:
        points: list[tuple[int, Any]] = []
        for since, base in sorted(known, key=lambda pair: pair[0]):
            price = base.get(meter)
            if not points or points[-1][1] != price:
                points.append((since, price))
        if any(price for _, price in points):
            lines.append(Line(meter, points))
    if not any(len(line.points) > 1 for line in lines):
        return []
    return [Steps("Prices over time", [Panel(f"{currency} for a million tokens", lines)], at)]
