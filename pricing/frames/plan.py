"""Where prices change among the rows of a table: what groups them beside their keys."""

from __future__ import annotations

from pricing.cards.tariff import tariff
from pricing.errors import NoRevision, PricingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.usage.usage import Usage


class Plan:
    """The instants and contexts at which some price changes, ascending."""

    __slots__ = ("contexts", "cuts", "has_windows", "is_told")

    def __init__(self) -> None:
        self.cuts: list[int] = []
        self.contexts: list[int] = []
        #: some price changes within hours
        self.has_windows = False
        #: some price is told by the context, be it the same for all rows
        self.is_told = False

    def covers(self, other: Plan) -> bool:
        """Give whether what ``other`` parts is parted by this one, too."""
        return (
            set(self.cuts) >= set(other.cuts)
            and set(self.contexts) >= set(other.contexts)
            and self.has_windows >= other.has_windows
            and self.is_told >= other.is_told
        )


def plan_of(
    keyed: Iterable[tuple[Usage, Mapping[str, Any]]], catalog: Catalog, at: int | None
) -> Plan:
    """Give where prices change, by a usage of each key and between what its rows lie.

    That is from ``_first`` to ``_last``, and contexts from ``_least`` to ``_most``; ``at`` prices
    all rows. What has no price changes none.
    """
    plan = Plan()
    cuts: set[int] = set()
    contexts: set[int] = set()
    for usage, span in keyed:
        try:
            card, _ = catalog.locate(usage, at=at)
        except PricingError:
            continue
        now, last = int(span["_first"]), int(span["_last"])
        if at is not None:
            now = last = at
        while now <= last:
            try:
                prices = tariff(card, now)
            except NoRevision as error:
                if error.until is None or error.until > last:
                    break
                now = error.until
                cuts.add(now)
                continue
            contexts.update(c for c in prices.cuts if span["_least"] < c <= span["_most"])
            plan.is_told = plan.is_told or any(c <= span["_most"] for c in prices.cuts)
            plan.has_windows = plan.has_windows or bool(prices.windows)
            now = prices.until
            if now <= last:
                cuts.add(now)
    plan.cuts, plan.contexts = sorted(cuts), sorted(contexts)
    return plan
