"""A card as flat prices: its tariffs one after another, and the page that each clause stands on."""

from __future__ import annotations

from pricing.cards.tariff import listed
from pricing.errors import NoRevision
from pricing.instants import FOREVER
from pricing.money import divide, multiply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.clauses import Rate, Source
    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.money import Exact

    Wire = Mapping[str, Any]


def tariffs(card: RateCard) -> Iterator[Tariff]:
    """Give what the card charges at list, interval by interval, oldest first; gaps are left out."""
    at = card.billing[0]["effective"]
    while at < FOREVER:
        try:
            found = listed(card, at)
        except NoRevision:
            at = min((r["effective"] for r in card.billing if r["effective"] > at), default=FOREVER)
        else:
            yield found
            at = found.until


def tariff_at(card: RateCard, at: int) -> Tariff | None:
    """Give what the card charges at list at an instant, or None where it is not sold then."""
    try:
        return listed(card, at)
    except NoRevision:
        return None


def unit_price(rate: Rate) -> Exact:
    """Give what one unit costs by a rate, in its last tier: the one that no allowance touches."""
    price = divide(rate.tiers[-1][1], rate.per)
    return price if rate.multiply is None else multiply(price, rate.multiply)


def plain_rates(tariff: Tariff) -> dict[str, Rate]:
    """Give each meter's rate without a condition, or else the first one that the card gives."""
    found: dict[str, Rate] = {}
    for meter, rates in tariff.rates.items():
        plain = [rate for rate in rates if not rate.when.names]
        found[meter] = (plain or rates)[0]
    return found


class Origins:
    """Which revision or term version a clause stands in: that is where its pages are."""

    def __init__(self, book: CardBook) -> None:
        self._book = book
        self._known: dict[str, dict[tuple[str, int], Wire]] = {}

    def of(self, seller: str, source: Source) -> Wire | None:
        """Give the version that a clause of a seller stands in, or None where none holds it."""
        known = self._known.get(seller)
        if known is None:
            known = self._known[seller] = dict(self._lines(seller))
        return known.get((source.file, source.line))

    def _lines(self, seller: str) -> Iterator[tuple[tuple[str, int], Wire]]:
        wire = self._book.provider_wire(seller)
        for versions in wire["terms"].values():
            for version in versions:
                yield from _lines(version, wire["file"])
        for card in wire["cards"].values():
            for revision in card["revisions"]:
                yield from _lines(revision, card["file"])


def _lines(version: Wire, file: str) -> Iterator[tuple[tuple[str, int], Wire]]:
    for key in ("rates", "modifiers", "unpriced", "follows"):
        for clause in version.get(key, ()):
            yield (file, clause["line"]), version
            for price in clause.get("prices", ()):
                yield (file, price["line"]), version
