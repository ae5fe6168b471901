"""When caching pays: a common prefix sent again, or written to the cache once and read after."""

from __future__ import annotations

from pricing.cards.tariff import tariff
from pricing.cards.vocabulary import covers
from pricing.comparison.charts import caching_chart
from pricing.comparison.document import caching_document
from pricing.errors import RatingError
from pricing.instants import iso
from pricing.rating.rate import rate
from pricing.render import Column, Report, Table
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.model import RateCard
    from pricing.money import Money
    from pricing.render import Chart

_MOST_ROWS = 12


class CachingPays:
    """What some calls with one common prefix cost, without caching and with each kind of write."""

    def __init__(
        self, card: RateCard, prefix: int, at: int, rows: list[tuple[int, dict[str, Money]]]
    ) -> None:
        self.card = card
        self.prefix = prefix
        self.at = at
        self.rows = rows

    def pays_from(self, write: str) -> int | None:
        """Give the first call from which a kind of write is cheaper than none, within the rows."""
        for calls, costs in self.rows:
            if write in costs and costs[write] < costs[""]:
                return calls
        return None


def caching_pays(
    card: RateCard, prefix: int, at: int, most_calls: int = 100, *, estimates: bool = False
) -> CachingPays:
    """Compare sending a prefix again with writing it to the cache once and reading it after.

    Rows go to the call from which the last kind of write pays, at least to the third.

    Raises:
        Unpriced: the card has no price for input or for cached input.
        RatingError: it has none for cache writes.
    """
    prices = tariff(card, at)
    writes = [m for m in (*prices.rates, *prices.negotiated) if covers("cache_write", m)]

    def price(meter: str) -> Money:
        usage = Usage({meter: prefix}, at=at, context_tokens=prefix)
        return rate(usage, card, estimates=estimates).total

    plain, read = price("input"), price("cache_read")
    firsts = {meter: price(meter) for meter in writes}
    if not firsts:
        raise RatingError(
            f"{card.name} has no price for cache writes",
            remedy="What cached input saves: pricing compare with --cache-read and"
            " --variants no-cache.",
        )
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
    return CachingPays(card, prefix, at, rows)


def caching_report(found: CachingPays) -> Report:
    """Give the table of calls with one prefix, without caching and with each kind of write."""
    currency = found.rows[0][1][""].currency
    kinds = [kind for kind in found.rows[0][1] if kind]
    keys = {"": "no_cache", **{kind: kind for kind in kinds}}
    columns = [Column("calls", "Calls", "number")]
    for kind, key in keys.items():
        title = f"{_write(kind) if kind else 'No cache'} {currency}"
        columns.append(Column(f"{key}_{currency.lower()}", title, "money", _places(found)))
    shown = found.rows if len(found.rows) <= _MOST_ROWS else [*found.rows[:9], *found.rows[-3:]]
    rows = [(calls, *(costs[kind].amount for kind in keys)) for calls, costs in shown]
    chart = caching_chart(found, lambda kind: _write(kind) if kind else "No cache")
    blocks: list[Chart | Table] = [chart, Table(columns, rows)]
    return Report(
        "break_even",
        _headline(found, kinds),
        blocks,
        notes=[f"{found.card.name}, {found.prefix:,} tokens, all prices of {iso(found.at)} (--at)"],
        document=caching_document(found),
    )


def _headline(found: CachingPays, kinds: list[str]) -> str:
    """Say from which call each kind of write pays: the verb stands once."""
    paying = [(kind, call) for kind in kinds if (call := found.pays_from(kind)) is not None]
    told = [f"a {_write(kind)} from call {call}" for kind, call in paying]
    if told:
        told[0] = told[0].replace(" from call", " pays from call", 1)
    told += [
        f"a {_write(kind)} never pays within {found.rows[-1][0]} calls"
        for kind in kinds
        if found.pays_from(kind) is None
    ]
    headline = ", ".join(told)
    return headline[:1].upper() + headline[1:]


def _places(found: CachingPays) -> int:
    """Four places, and more where a small prefix costs less than those show."""
    amount, places = found.rows[0][1][""].amount, 4
    while amount and amount * 100 < 1 and places < 10:
        amount, places = amount * 10, places + 1
    return places


def _write(kind: str) -> str:
    _, _, ttl = kind.partition(".")
    return f"{ttl} write" if ttl else "cache write"
