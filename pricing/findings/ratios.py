"""Prices out of the ordinary: against each other on one card, over time, and between sellers."""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.flat import plain_rates, tariff_at, tariffs, unit_price
from pricing.errors import RatingError
from pricing.findings.finding import KINDS
from pricing.instants import short
from pricing.money import Money, divide, multiply, rounded, text
from pricing.rating.priced import Priced
from pricing.rating.quote import Flags, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cards.clauses import Rate
    from pricing.cards.flat import Origins
    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.catalog import Catalog
    from pricing.findings.finding import Findings
    from pricing.money import Exact

_FACTOR = 10
_CENT = Decimal("0.01")
_ESTIMATES = Flags(estimates=True)
#: a meter, the one it is held against, whether it should cost at least as much, kind of finding
_PAIRS = (
    ("output", "input", True, "output_below_input"),
    ("cache_read", "input", False, "cache_read_above_input"),
    ("cache_write", "input", True, "cache_write_below_input"),
)


class Ratios:
    """Looks at the prices of cards; ``neighbours`` are the cards of one model at all sellers."""

    def __init__(self, catalog: Catalog, origins: Origins, found: Findings) -> None:
        self.catalog = catalog
        self.origins = origins
        self.found = found
        self.neighbours: dict[str, list[RateCard]] = {}
        for card in catalog.cards():
            self.neighbours.setdefault(catalog.canonical(card), []).append(card)

    def card(self, card: RateCard) -> None:
        """Note everything odd about the prices of a card at any time."""
        before: Tariff | None = None
        for now in tariffs(card):
            self._pairs(card, now)
            self._batch(card, now)
            if before is not None and before.revision is not now.revision:
                self._former(card, before, now)
            if before is None or before.revision is not now.revision:
                self._others(card, now)
            before = now

    def _note(self, kind: str, card: RateCard, now: Tariff, rate: Rate, what: str) -> None:
        """Note a finding at a rate; one that another card's rate brings in stands at `follows`."""
        if rate.seller == card.provider.name:
            version = self.origins.of(rate.seller, rate.source) or now.revision
            place = (rate.source.file, rate.source.line)
        else:
            version = now.revision
            follows = version.get("follows", ())
            place = (card.file, follows[0]["line"] if follows else version["line"])
        # what stands on another card of the seller is that card's finding
        if place[0] not in (card.file, card.provider.file):
            version, place = now.revision, (card.file, now.revision["line"])
        self.found.add(KINDS[kind], card.name, *place, what, version, place[0])

    def _pairs(self, card: RateCard, now: Tariff) -> None:
        vocabulary = card.provider.book.vocabulary
        by_condition: dict[str, dict[str, Rate]] = {}
        for meter, rates in now.rates.items():
            for rate in rates:
                by_condition.setdefault(str(rate.when), {})[meter] = rate
        for when, rates_by_meter in by_condition.items():
            for path, other, is_dearer, kind in _PAIRS:
                held = rates_by_meter.get(other)
                if held is None:
                    continue
                base = unit_price(held)
                for meter, rate in rates_by_meter.items():
                    if path not in vocabulary.chains[meter] or rate.unit != held.unit:
                        continue
                    price = unit_price(rate)
                    if is_dearer and (not price or price >= base):
                        continue
                    if not is_dearer and price <= base:
                        continue
                    side = "below" if is_dearer else "above"
                    on = f" ({when})" if when else ""
                    shown = [_shown(p, rate.unit) for p in (price, base)]
                    what = f"{meter} {shown[0]} is {side} {other} {shown[1]}{on}"
                    self._note(kind, card, now, rate, what)

    def _batch(self, card: RateCard, now: Tariff) -> None:
        if "batch" not in (now.card.provider.book.vocabulary.wire["attributes"]
                           .get("service_tier", {}).get("values", ())):  # fmt: skip
            return
        plain = quote(now, {}, 1, now.since, _ESTIMATES)
        batch = quote(now, {"service_tier": "batch"}, 1, now.since, _ESTIMATES)
        for meter, rates in now.rates.items():
            if rates[0].unit != "token":
                continue
            prices = [plain.price(meter), batch.price(meter)]
            if not all(isinstance(price, Priced) for price in prices):
                continue
            units: list[Any] = [price.unit_price(price.rate.tiers[-1][1])  # type: ignore[union-attr]
                                for price in prices]  # fmt: skip
            if units[1] > units[0]:
                shown = [_shown(unit, "token") for unit in units]
                what = f"{meter} costs {shown[1]} in batches, {shown[0]} otherwise"
                self._note("batch_above_standard", card, now, rates[0], what)

    def _former(self, card: RateCard, before: Tariff, now: Tariff) -> None:
        old = plain_rates(before)
        for meter, rate in plain_rates(now).items():
            if meter in old and old[meter].unit == rate.unit:
                first = self._in(now.currency, unit_price(old[meter]), before.currency, now.since)
                since = short(before.since)
                self._held_against(card, now, rate, first, f"in the revision of {since}")

    def _others(self, card: RateCard, now: Tariff) -> None:
        """Hold a card against the maker's, or against the middle of all where there is none."""
        group = self.neighbours.get(self.catalog.canonical(card), [])
        others = [other for other in group if other is not card and other.name != card.name]
        maker = [other for other in others if other.provider.name == other.publisher]
        if not others or card.provider.name == card.publisher:
            return
        sold = [(other, tariff_at(other, now.since)) for other in maker or others]
        rates = [(other, held, plain_rates(held)) for other, held in sold if held is not None]
        for meter, rate in plain_rates(now).items():
            known: list[tuple[Any, str]] = []
            for other, held, prices in rates:
                same = prices.get(meter)
                if same is None or same.unit != rate.unit:
                    continue
                price = self._in(now.currency, unit_price(same), held.currency, now.since)
                if price is not None:
                    known.append((price, other.name))
            if not maker:
                known = sorted([*known, (unit_price(rate), card.name)])
            if known and known[len(known) // 2][1] != card.name:
                price, name = known[len(known) // 2]
                self._held_against(card, now, rate, price, f"of {name}")

    def _in(self, currency: str, price: Exact, own: str, at: int) -> Exact | None:
        if own == currency:
            return price
        try:
            return self.catalog.convert(Money(price, own), currency, at)[0].amount
        except RatingError:
            return None

    def _held_against(
        self, card: RateCard, now: Tariff, rate: Rate, other: Exact | None, whose: str
    ) -> None:
        price = unit_price(rate)
        if other is None or (not price and not other):
            return
        low, high = sorted((price, other))
        if low and divide(high, low) < _FACTOR:
            return
        times = f"{_ratio(divide(high, low))} times " if low else ""
        way = "above" if price > other else "below"
        shown, held = _shown(price, rate.unit), _shown(other, rate.unit)
        on = f" ({rate.when})" if rate.when.names else ""
        what = f"{rate.meter}{on} {shown} is {times}{way} the {held} {whose}"
        self._note("factor_of_ten", card, now, rate, what)


def _shown(price: Exact, unit: str) -> str:
    return text(multiply(price, 1_000_000 if unit == "token" else 1))


def _ratio(value: Exact) -> str:
    return text(rounded(value, _CENT))


def free_of(now: Tariff) -> Iterable[Rate]:
    """Give the token rates whose price is 0."""
    return [
        rate
        for rates in now.rates.values()
        for rate in rates
        if rate.unit == "token" and not unit_price(rate)
    ]
