"""Figures of budgets in words: with digits enough to tell a breach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricing.money import add, multiply, rounded
from pricing.render import Figure
from pricing.render.figures import figure_text

if TYPE_CHECKING:
    from decimal import Decimal

    from pricing.money import Exact

_MOST_PLACES = 60


def amount_text(
    value: Exact, limit: Exact, is_bound: bool = False, signed: bool = False
) -> tuple[str, str]:
    """Give an amount and its limit, in one precision, in which they differ if they do."""
    places = places_for(value, limit)
    mark = ">=" if is_bound else "+" if signed else ""
    shown = figure_text(Figure(value, mark), places=places)  # type: ignore[arg-type]
    return shown, figure_text(limit, places=places)


def places_for(value: Exact, limit: Exact) -> int:
    """Give the decimal places in which value and limit can be told apart."""
    places = least_places(limit or value)
    if value == limit:
        return places
    while places < _MOST_PLACES and _cut(value, places) == _cut(limit, places):
        places += 1
    return places


def least_places(value: Exact) -> int:
    """Give 2 for amounts from 1 on, 6 for smaller ones, and more for those below 0.001."""
    size = multiply(value, -1) if value < 0 else value
    if size >= 1 or not size:
        return 2
    places = 6
    while multiply(size, 10**places) < 1000 and places < _MOST_PLACES // 4:
        places += 1
    return places


def _cut(value: Exact, places: int) -> Decimal:
    from decimal import Decimal

    return rounded(value, Decimal(1).scaleb(-places))


def percent_text(share: Exact, signed: bool = False) -> str:
    """Give a share as "15 %", or "+187.3 %"."""
    shown = figure_text(multiply(share, 100), "number", 1)
    if shown.endswith(".0") and not signed:
        shown = shown[:-2]
    return f"{'+' if signed and share > 0 else ''}{shown} %"


def bound_text(value: Exact, is_share: bool) -> str:
    """Give a metric: a share in percent, or a count."""
    if is_share:
        return percent_text(value)
    places = 0 if value == int(value) else 1
    return figure_text(value, "number", places)


def minus(a: Exact, b: Exact) -> Exact:
    """Give a - b exactly."""
    return add(a, multiply(b, -1))
