"""Figures that a report asks of the cards: exact, and each at an instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any

import pricing
from pricing import Catalog, RateCard, Usage, Workload
from pricing.comparison import caching_pays
from pricing.errors import NoRevision, PricingError, Unpriced
from pricing.instants import day, instant

MILLION = 1_000_000
#: where a price is asked for without a context, the request is this small
SMALL_CONTEXT = 1

Priced = tuple[Fraction, Fraction, str]


class Figures:
    """Prices, costs and facts of the cards at one instant, unless another is given by ``at``."""

    def __init__(
        self, catalog: Catalog, at: int, workloads: Mapping[str, Sequence[Workload]] | None = None
    ) -> None:
        self.catalog = catalog
        self.at = at
        self.workloads = dict(workloads or {})

    @property
    def functions(self) -> dict[str, Callable[..., Fraction]]:
        """What an expression may call, by name."""
        return {
            "price": self.price,
            "cost": self.cost,
            "is_priced": self.is_priced,
            "work": self.work,
            "pays_from": self.pays_from,
            "fact": self.fact,
            "said": self.said,
            "is_billed": self.is_billed,
            "newer": self.newer,
            "sold": self.sold,
            "sellers": self.sellers,
            "ended": self.ended,
        }

    def instant(self, at: str | None) -> int:
        return self.at if at is None else instant(at)

    def card(self, name: str) -> RateCard:
        return self.catalog.card(name)

    def quoted(
        self,
        card: RateCard,
        meter: str,
        at: int | None = None,
        context: int = SMALL_CONTEXT,
        attributes: Mapping[str, Any] | None = None,
        estimates: bool = False,
    ) -> Priced | str:
        """Give price, per and unit of a meter with all modifiers, or the word for having none."""
        usage = Usage(
            {meter: 1},
            at=self.at if at is None else at,
            attributes=attributes,
            context_tokens=context,
        )
        try:
            cost = pricing.rate(usage, card, estimates=estimates)
        except Unpriced as error:
            first: Any = error.refusals[0]
            code, asked = getattr(first, "code", ""), getattr(first, "attribute", None)
            if asked:
                return f"by {asked}"
            return {"unpublished": "not published", "unsure": "not certain"}.get(code, "not sold")
        except NoRevision:
            return "not sold"
        line = next(line for line in cost.lines if line.meter == meter)
        return Fraction(line.effective_price), Fraction(line.per), line.unit

    def price(
        self,
        name: str,
        meter: str,
        at: str | None = None,
        context: Fraction = Fraction(1),
        **more: Any,
    ) -> Fraction:
        """Give the price of a million tokens, or of one unit of another meter.

        Raises:
            PricingError: the card has none.
        """
        found = self.quoted(
            self.card(name), meter, self.instant(at), int(context), _attributes(more)
        )
        if isinstance(found, str):
            raise PricingError(f"{name}: {meter} is {found} on {day(self.instant(at))}")
        amount, per, unit = found
        return amount * MILLION / per if unit == "token" else amount / per

    def cost(
        self,
        name: str,
        meters: Mapping[str, Fraction],
        at: str | None = None,
        requests: Fraction = Fraction(1),
        **more: Any,
    ) -> Fraction:
        """Give what a request costs, so many times over."""
        usage = Usage(
            {meter: int(quantity) for meter, quantity in meters.items()},
            at=self.instant(at),
            attributes=_attributes(more),
        )
        return Fraction(pricing.rate(usage, self.card(name), requests=int(requests)).total.amount)

    def is_priced(self, name: str, meters: Mapping[str, Fraction], **more: Any) -> Fraction:
        """Give 1 where the card has a price for the request, else 0."""
        try:
            self.cost(name, meters, **more)
        except (Unpriced, NoRevision):
            return Fraction(0)
        return Fraction(1)

    def work(self, workload: str, name: str, **more: Any) -> Fraction:
        """Give what a workload of the reports costs on a card."""
        if workload not in self.workloads:
            raise PricingError(f"no workload '{workload}'")
        attributes = _attributes(more)
        amounts = [
            pricing.rate(
                Usage(work.usage.meters, at=self.at, attributes=attributes),
                self.card(name),
                requests=work.requests,
            ).total.amount
            for work in self.workloads[workload]
        ]
        return sum((Fraction(amount) for amount in amounts), Fraction(0))

    def pays_from(
        self, name: str, write: str, prefix: Fraction = Fraction(10_000), at: str | None = None
    ) -> Fraction:
        """Give the call from which a cache write of a common prefix pays."""
        call = caching_pays(self.card(name), int(prefix), self.instant(at)).pays_from(write)
        if call is None:
            raise PricingError(f"{name}: a {write} never pays")
        return Fraction(call)

    def fact(self, name: str, key: str) -> Fraction:
        """Give a figure of the card's facts."""
        facts = self.card(name).facts
        if key not in facts:
            raise PricingError(f"{name} has no fact '{key}'")
        return Fraction(str(facts[key]).replace("_", ""))

    def said(self, name: str, key: str, at: str | None = None) -> Fraction:
        """Give what a source that conflicts with the priced one says."""
        revision, _ = self.card(name).revision_at(self.instant(at))
        for source in revision.get("sources", ()):
            if key in source.get("says", {}):
                return Fraction(source["says"][key])
        raise PricingError(f"{name}: no source says another {key}")

    def is_billed(self, seller: str, status: Fraction) -> Fraction:
        """Give 1 where the seller bills a response of this HTTP status, else 0."""
        return Fraction(self.catalog.book.provider(seller).bills(int(status)))

    def newer(self, name: str, pattern: str, at: str | None = None) -> Fraction:
        """Count the cards of the same seller that were released after this one."""
        known = self.card(name)
        first, last = known.facts["released"], day(self.instant(at))
        return Fraction(
            sum(
                fnmatchcase(card.model, pattern) and first < card.facts.get("released", "") <= last
                for card in self.catalog.cards(known.provider.name)
            )
        )

    def sold(self, seller: str) -> Fraction:
        """Count the models that a seller sells."""
        return Fraction(sum(self.status(card) == "sold" for card in self.catalog.cards(seller)))

    def sellers(self, model: str) -> Fraction:
        """Count the sellers of a model, its maker aside."""
        cards = [
            card for card in self.catalog.offers(model) if card.provider.name != card.publisher
        ]
        return Fraction(len({card.provider.name for card in cards if self.status(card) == "sold"}))

    def ended(self, seller: str) -> Fraction:
        """Count the models that a seller no longer sells."""
        return Fraction(sum(self.status(card) == "ended" for card in self.catalog.cards(seller)))

    def status(self, card: RateCard) -> str:
        """Give ``sold``, ``ended`` or ``announced``."""
        try:
            card.revision_at(self.at)
        except NoRevision:
            return "announced" if self.at < card.billing[0]["effective"] else "ended"
        return "sold"


def _attributes(more: Mapping[str, Any]) -> dict[str, Any]:
    """Give the attributes that an expression names; a number is meant as a whole one."""
    return {
        name: int(value) if isinstance(value, Fraction) else value for name, value in more.items()
    }
