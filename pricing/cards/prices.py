"""What a card charges at one instant, in a few words: prices per million, and how sure they are."""

from __future__ import annotations

from pricing.cards.conditions import WINDOW
from pricing.cards.tariff import tariff
from pricing.errors import NoRevision
from pricing.instants import short
from pricing.money import divide, multiply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cards.clauses import Rate
    from pricing.cards.model import RateCard

_MILLION = 1_000_000


def base_prices(card: RateCard, at: int) -> tuple[str, dict[str, Any] | None]:
    """Give since when and what a card charges per 1M tokens without conditions, or a word."""
    try:
        found = tariff(card, at)
    except NoRevision as error:
        return ("ended" if "no longer" in error.what else "not yet"), None
    prices: dict[str, Any] = {}
    conditions: list[frozenset[str]] = []
    for meter, rates in found.rates.items():
        for rate in rates:
            if not rate.when.names and rate.unit == "token":
                prices[meter] = per_million(rate)
            elif rate.unit == "token":
                conditions.append(rate.when.names)
    since = short(found.revision["effective"])
    always = frozenset.intersection(*conditions) if conditions else frozenset()
    if not prices and always:
        return "by hour" if min(always).startswith(WINDOW) else f"by {min(always)}", None
    if not prices:
        return ("no price" if found.unpriced else "no tokens"), None
    return since, prices


def per_million(rate: Rate) -> Any:
    """Give what a rate charges for 1M of its unit, in its first tier."""
    price: Any = divide(multiply(rate.tiers[0][1], _MILLION), rate.per)
    return price if rate.multiply is None else multiply(price, rate.multiply)


def unsure_of(card: RateCard, at: int) -> str | None:
    """Give the confidence of a price that is charged only where estimates are asked for."""
    for rates in tariff(card, at).rates.values():
        for rate in rates:
            if not rate.when.names and rate.unit == "token" and rate.confidence is not None:
                return rate.confidence
    return None


def is_unverified(card: RateCard, at: int) -> bool:
    """Tell whether one public table alone has the price of input or output."""
    rates = tariff(card, at).rates
    return any(r.unverified for meter in ("input", "output") for r in rates.get(meter, ()))
