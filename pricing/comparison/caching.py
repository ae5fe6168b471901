"""When caching pays: a common prefix sent again, or written to the cache once and read after."""

from __future__ import annotations

from pricing.cards.tariff import tariff
from pricing.cards.vocabulary import covers
from pricing.errors import RatingError
from pricing.rating.rate import rate
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.model import RateCard
    from pricing.money import Money


class CachingPays:
    """What some calls with one common prefix cost, without caching and with each kind of write."""

    def __init__(
        self, card: RateCard, prefix: int, rows: list[tuple[int, dict[str, Money]]]
    ) -> None:
        self.card = card
        self.prefix = prefix
        self.rows = rows

    def pays_from(self, write: str) -> int | None:
        """Give the first call from which a kind of write is cheaper than none, within the rows."""
        for calls, costs in self.rows:
            if write in costs and costs[write] < costs[""]:
                return calls
        return None


def caching_pays(card: RateCard, prefix: int, at: int, most_calls: int = 100) -> CachingPays:
    """Compare sending a prefix again with writing it to the cache once and reading it after.

    Rows go one call past the point where the last kind of write pays, at least three.

    Raises:
        Unpriced: the card has no price for input or for cached input.
    """
    prices = tariff(card, at)
    writes = [m for m in (*prices.rates, *prices.negotiated) if covers("cache_write", m)]

    def price(meter: str) -> Money:
        return rate(Usage({meter: prefix}, at=at, context_tokens=prefix), card).total

    plain, read = price("input"), price("cache_read")
    firsts = {meter: price(meter) for meter in writes}
    if not firsts:
        raise RatingError(f"{card.name} has no price for cache writes")
    rows: list[tuple[int, dict[str, Money]]] = []
    waiting = set(writes)
    for calls in range(1, most_calls + 1):
        costs = {"": plain * calls}
        for meter, first in firsts.items():
            costs[meter] = first + read * (calls - 1)
            if costs[meter] < costs[""]:
                waiting.discard(meter)
        rows.append((calls, costs))
        if not waiting and calls >= 3:
            break
    return CachingPays(card, prefix, rows)
