"""Where a public price table and our cards disagree, by how much, and how it looks.

Both sides are asked for the same meter, tier of service and context; prices are of a million
tokens, or of one unit of what is no token.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.flat import plain_rates, tariff_at, tariffs
from pricing.cards.ids import by_form
from pricing.errors import PricingError
from pricing.imports.overlay import spanned
from pricing.instants import instant
from pricing.money import ZERO, add, divide, multiply
from pricing.rating.priced import Priced
from pricing.rating.quote import Flags, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.catalog import Catalog
    from pricing.imports.offer import Offer, Price, Span, Table
    from pricing.money import Exact

    Weights = Mapping[tuple[str, str], Exact]

AGREE = "agrees"
#: what a disagreement looks like, with its meaning
CLASSES = {
    "unit_error": "an exact power of ten",
    "stale": "they have the price of a former revision of ours",
    "ahead": "they have a price that our card announces",
    "regional": "exactly a tenth more or less: the uplift of a region",
    "rounding": "less than a thousandth apart",
    "differs": "another price",
    "not_in_force": "our card has no price on that day",
    "missing_in_ours": "our cards have no such card or price",
    "missing_in_theirs": "they have no such price",
}
_ESTIMATES = Flags(estimates=True)
_UPLIFT = Decimal("1.1")
_NEAR = Decimal("0.001")
_MILLION = 1_000_000


class Point:
    """One price that both sides, or one of them, give; prices in the currency of our card."""

    __slots__ = ("card", "condition", "kind", "meter", "ours", "quantity", "source", "theirs",
                 "unit")  # fmt: skip

    def __init__(
        self,
        card: str,
        meter: str,
        unit: str,
        condition: str,
        ours: Exact | None,
        theirs: Exact | None,
        kind: str,
        source: str | None,
        quantity: Exact | None = None,
    ) -> None:
        self.card = card
        self.meter = meter
        self.unit = unit
        self.condition = condition
        self.ours = ours
        self.theirs = theirs
        self.kind = kind
        #: file:line of our price
        self.source = source
        #: how much of it the usage has, where one was given
        self.quantity = quantity

    @property
    def ratio(self) -> Exact | None:
        """Theirs by ours."""
        if self.ours is None or self.theirs is None or not self.ours:
            return None
        return divide(self.theirs, self.ours)

    @property
    def difference(self) -> Exact | None:
        """Theirs minus ours."""
        if self.ours is None or self.theirs is None:
            return None
        return add(self.theirs, multiply(self.ours, -1))

    @property
    def money(self) -> Exact | None:
        """What the difference makes of the usage."""
        if self.quantity is None or self.difference is None:
            return None
        per = _MILLION if self.unit == "token" else 1
        return divide(multiply(self.difference, self.quantity), per)


class Crosscheck:
    """Every point, the largest disagreement first, and how many agree."""

    def __init__(self, points: Iterable[Point]) -> None:
        points = list(points)
        self.agreeing = sum(point.kind == AGREE for point in points)
        self.points = sorted((p for p in points if p.kind != AGREE), key=_by_size)

    def counts(self) -> dict[str, int]:
        """Give how many disagreements look like what."""
        found = dict.fromkeys(CLASSES, 0)
        for point in self.points:
            found[point.kind] += 1
        return {kind: count for kind, count in found.items() if count}


def _by_size(point: Point) -> tuple[Any, ...]:
    """Order by money where there is usage, then by the difference, then by name."""
    money: Any = point.money or ZERO
    difference: Any = point.difference
    return (
        -abs(money),
        difference is None,
        -abs(difference if difference is not None else ZERO),
        point.kind,
        point.card,
        point.meter,
        point.condition,
    )


def crosscheck(
    table: Table, catalog: Catalog, at: int, seller: str | None = None,
    weights: Weights | None = None,
) -> Crosscheck:  # fmt: skip
    """Hold every price of a table against our cards as they are at an instant."""
    points: list[Point] = []
    for offer in _in_force(table, at):
        if seller is None or offer.seller == seller:
            card, attributes = _card(catalog, offer)
            points += _points(card, attributes, offer, at, weights or {})
    return Crosscheck(points)


def _in_force(table: Table, at: int) -> Iterable[Offer]:
    """Give the offer of each entry that the table has for an instant."""
    found: dict[tuple[str, str], Offer] = {}
    for offer in table.offers:  # of one entry the oldest first
        if offer.effective is None or instant(offer.effective) <= at:
            found[offer.seller, offer.key] = offer
    return found.values()


def _card(catalog: Catalog, offer: Offer) -> tuple[RateCard | None, dict[str, str]]:
    """Give our card of an offer's id at its seller, and what the id itself tells."""
    entry = catalog.book.index.get(offer.seller)
    if entry is None:
        return None, {}
    if offer.model in entry["models"]:
        return catalog.book.card(f"{offer.seller}/{offer.model}"), {}
    for model, attributes in by_form(entry["forms"], offer.model):
        if model in entry["models"]:
            return catalog.book.card(f"{offer.seller}/{model}"), attributes
    return None, {}


def _points(
    card: RateCard | None, attributes: dict[str, str], offer: Offer, at: int, weights: Weights
) -> Iterable[Point]:
    tokens = dict(spanned([p for p in offer.prices if p.unit == "token"]))
    now = tariff_at(card, at) if card is not None else None
    name = card.name if card is not None else f"{offer.seller}/{offer.model}"
    stated: set[str] = set()
    for price in offer.prices:
        span = tokens.get(price, (None, None))
        stated.add(price.meter)
        theirs = multiply(price.value, _MILLION if price.unit == "token" else 1)
        condition = _condition(price, span)
        asked = {**attributes, **price.attributes}
        if price.tier != "standard":
            asked["service_tier"] = price.tier
        found = _ours(now, price.meter, asked, span, at) if now is not None else None
        if found is None or card is None:
            kind = "missing_in_ours" if card is None or now is not None else "not_in_force"
            if card is not None and now is not None:
                kind = _elsewhen(card, price, asked, span, at, theirs) or kind
            yield Point(name, price.meter, price.unit, condition, None, theirs, kind, None)
            continue
        ours = _each(found)
        kind = AGREE if ours == theirs else _kind(card, price, asked, span, at, ours, theirs)
        weight = weights.get((name, price.meter)) if not condition else None
        yield Point(name, price.meter, price.unit, condition, ours, theirs, kind,
                    str(found.rate.source), weight)  # fmt: skip
    if now is not None:
        chains = now.card.provider.book.vocabulary.chains
        for meter, rate in plain_rates(now).items():
            is_stated = any(meter in chains[m] or m in chains[meter] for m in stated)
            if rate.unit != "token" or is_stated:
                continue
            found = _ours(now, meter, attributes, (None, None), at)
            if found is not None:
                yield Point(name, meter, rate.unit, "", _each(found), None, "missing_in_theirs",
                            str(found.rate.source), weights.get((name, meter)))  # fmt: skip


def _ours(
    now: Tariff, meter: str, attributes: Mapping[str, str], span: Span, at: int
) -> Priced | None:
    """Give our price in a condition, at a context inside its span."""
    above, up_to = span
    context = 1 if above is None else above + 1
    if up_to is not None:
        context = min(context, up_to)
    try:
        found = quote(now, dict(attributes), context, at, _ESTIMATES).price(meter)
    except PricingError:
        return None
    return found if isinstance(found, Priced) else None


def _each(found: Priced) -> Exact:
    unit = found.unit_price(found.rate.tiers[-1][1])
    return multiply(unit, _MILLION if found.rate.unit == "token" else 1)


def _kind(
    card: RateCard,
    price: Price,
    attributes: Mapping[str, str],
    span: Span,
    at: int,
    ours: Exact,
    theirs: Exact,
) -> str:
    """Say what a disagreement looks like."""
    other = _elsewhen(card, price, attributes, span, at, theirs)
    if other is not None:
        return other
    if ours and theirs:
        ratio = divide(theirs, ours)
        if _is_power_of_ten(ratio):
            return "unit_error"
        if ratio in (_UPLIFT, divide(Decimal(1), _UPLIFT)):
            return "regional"
        apart: Any = add(ratio, Decimal(-1))
        if abs(apart) < _NEAR:
            return "rounding"
    return "differs"


def _elsewhen(
    card: RateCard,
    price: Price,
    attributes: Mapping[str, str],
    span: Span,
    at: int,
    theirs: Exact,
) -> str | None:
    """Tell whether their price is one that our card has at another time."""
    for other in tariffs(card):
        if not other.since <= at < other.until:
            found = _ours(other, price.meter, attributes, span, other.since)
            if found is not None and _each(found) == theirs:
                return "stale" if other.since < at else "ahead"
    return None


def _is_power_of_ten(ratio: Exact) -> bool:
    over, under = ratio.as_integer_ratio()
    digits = str(over if under == 1 else under)
    return 1 in (over, under) and digits.rstrip("0") == "1"


def _condition(price: Price, span: Span) -> str:
    told = [] if price.tier == "standard" else [price.tier]
    above, up_to = span
    if above is not None:
        told.append(f"above {above:,}")
    if up_to is not None and above is not None:
        told.append(f"up to {up_to:,}")
    return ", ".join([*told, *price.attributes.values()])


def weights_of(
    catalog: Catalog, files: list[str], at: int
) -> tuple[dict[tuple[str, str], Any], int]:
    """Give how much of each meter usage has by card, and how many usages have none."""
    from pricing.usage.records import Records

    found: dict[tuple[str, str], Any] = {}
    left_out = 0
    for usages in Records(files):
        for usage in usages:
            try:
                card, _ = catalog.locate(usage.replace(), at=at)
            except PricingError:
                left_out += 1
                continue
            for meter, quantity in usage.meters.items():
                key = (card.name, meter)
                found[key] = add(found.get(key, ZERO), Decimal(quantity))
    return found, left_out
