"""The pictures of a comparison: what each offer costs, and where one becomes the cheaper one."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import multiply
from pricing.render.charts import Bars, Chart, Curves
from pricing.render.figures import figure_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pricing.comparison.caching import CachingPays
    from pricing.comparison.ranking import CacheBreakEven, Comparison, Offer

#: more offers than this have no bar of their own: the table has them
_MOST_BARS = 15
_MOST_CURVES = 2


def charts_of(found: Comparison, name: Callable[[Offer], str], places: int) -> list[Chart]:
    """Give a bar for each of the cheapest offers, and the curve of each break-even."""
    charts: list[Chart] = []
    ranked = [offer for offer in found.ranked if offer.total is not None]
    if len(ranked) > 1:
        rows = []
        for offer in ranked[:_MOST_BARS]:
            assert offer.total is not None
            shown = figure_text(offer.total.amount, places=places)
            is_dearer = offer.ratio is not None and offer.ratio != 1
            ratio = "" if not is_dearer else f", {figure_text(offer.ratio or 1, 'ratio')} times"
            rows.append((name(offer), offer.total.amount, f"{shown}{ratio}"))
        most = f", the {_MOST_BARS} cheapest of {len(ranked)}" if len(ranked) > _MOST_BARS else ""
        charts.append(Bars(f"Cost in {found.currency}{most}", rows))
    reached = [point for point in found.cache_break_evens() if 0 < point.share < 1]
    return charts + [_break_even(point, name) for point in reached[:_MOST_CURVES]]


def _break_even(point: CacheBreakEven, name: Callable[[Offer], str]) -> Chart:
    """Draw the cost over the share of cached input: without a cache it is the same for all."""
    plain = point.plain.amount
    none, full = point.ends
    share = figure_text(multiply(point.share, 100), "number", 3)
    marks = [(point.share, f"the same cost at {share} %"), (point.here, "this workload")]
    zero, one = Decimal(0), Decimal(1)
    return Curves(
        f"{name(point.offer)} without a cache, {name(point.other)} with one",
        "Share of input that is read from the cache",
        [
            (name(point.offer), [(zero, plain), (one, plain)]),
            (name(point.other), [(zero, none), (one, full)]),
        ],
        point.plain.currency,
        marks,
        "percent",
    )


def caching_chart(found: CachingPays, title: Callable[[str], str]) -> Chart:
    """Draw what the calls cost together, without a cache and with each kind of write."""
    kinds = list(found.rows[0][1])
    lines = [
        (title(kind), [(Decimal(calls), costs[kind].amount) for calls, costs in found.rows])
        for kind in kinds
    ]
    marks = [
        (Decimal(call), f"{title(kind)} pays from call {call}")
        for kind in kinds
        if kind and (call := found.pays_from(kind)) is not None
    ]
    currency = found.rows[0][1][""].currency
    return Curves("Cost of so many calls with one prefix", "Calls", lines, currency, marks)
