"""Compare: one workload over models and sellers, ranked, with ratios and break-evens.

Who does not price the whole workload is listed and not ranked.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.ids import Resolved
from pricing.cards.vocabulary import covers
from pricing.catalog import Catalog
from pricing.errors import (
    NoExchangeRate,
    PricingError,
    RatingError,
    Unpriced,
    UsageError,
    did_you_mean,
)
from pricing.instants import now
from pricing.money import Money, add, divide, multiply
from pricing.rating.cost import together
from pricing.rating.priced import Refusal
from pricing.rating.rate import rate
from pricing.rating.sums import Tally
from pricing.usage.usage import Usage, Workload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.cards.vocabulary import Vocabulary
    from pricing.money import Exact
    from pricing.rating.cost import Cost

NO_CACHE = "no-cache"
_CACHE = ("cache_read", "cache_write")


class Offer:
    """One card's answer: a cost, or why there is none; and its answers to the variants.

    ``total`` is in the currency of the comparison, ``cost`` in the seller's own; ``exchange``
    says by which rate they differ. ``attributes`` are those that the id told by which the card was
    named.
    """

    def __init__(
        self, card: RateCard, cost: Cost | None, error: PricingError | None = None
    ) -> None:
        self.card = card
        self.attributes: Mapping[str, str] = {}
        self.cost = cost
        self.error = error
        self.total: Money | None = None if cost is None else cost.total
        self.exchange = ""
        self.variants: dict[str, Offer] = {}
        #: total over the cheapest total
        self.ratio: Exact | None = None

    def convert(self, currency: str, at: int) -> None:
        """Put the totals into a currency; without a rate the offer is not ranked."""
        for variant in self.variants.values():
            variant.convert(currency, at)
        if self.total is None or self.total.currency == currency:
            return
        try:
            self.total, self.exchange = Catalog(self.card.provider.book).convert(
                self.total, currency, at
            )
        except NoExchangeRate as error:
            self.total, self.error = None, error


class CacheBreakEven:
    """Up to which share of cached input a seller without cache prices is the cheaper one."""

    def __init__(
        self,
        offer: Offer,
        plain: Money,
        other: Offer,
        share: Exact,
        here: Exact,
        ends: tuple[Exact, Exact],
    ) -> None:
        self.offer = offer
        self.plain = plain
        self.other = other
        self.share = share
        self.here = here
        #: what the other costs with none of the input cached, and with all of it
        self.ends = ends


class Comparison:
    """Offers, the cheapest first; those without a price last."""

    def __init__(
        self,
        workloads: Sequence[Workload],
        offers: Sequence[Offer],
        variants: Sequence[str],
        currency: str | None = None,
    ) -> None:
        self.workloads = tuple(workloads)
        self.variants = tuple(variants)
        self.at = max(work.usage.at or 0 for work in workloads)
        if currency is not None:
            for offer in offers:
                offer.convert(currency, self.at)
        ranked = [offer for offer in offers if offer.total is not None]
        currencies = list(dict.fromkeys(offer.total.currency for offer in ranked if offer.total))
        if len(currencies) > 1:
            raise _not_ranked(ranked, currencies[0], self.at)
        self.currency: str | None = currencies[0] if currencies else currency
        ranked.sort(key=lambda offer: (offer.total.amount, offer.card.name))  # type: ignore[union-attr]
        for offer in ranked:
            least = ranked[0].total
            if least:
                offer.ratio = divide(offer.total.amount, least.amount)  # type: ignore[union-attr]
        self.ranked = tuple(ranked)
        self.unranked = tuple(offer for offer in offers if offer.total is None)
        self.offers = self.ranked + self.unranked

    @property
    def cheapest(self) -> Offer | None:
        return self.ranked[0] if self.ranked else None

    @property
    def requests(self) -> int:
        return sum(work.requests for work in self.workloads)

    def quantities(self) -> dict[str, Any]:
        """Give what all requests use together."""
        sums: dict[str, Any] = {}
        for work in self.workloads:
            for meter, quantity in work.usage.meters.items():
                if quantity:
                    sums[meter] = sums.get(meter, 0) + quantity * work.requests
        return sums

    def cache_break_evens(self) -> list[CacheBreakEven]:
        """For sellers without cache prices: the cache share below which they are the cheaper ones.

        One request is looked at; its cached share of input varies, cache writes stay.
        """
        if len(self.workloads) != 1 or self.cheapest is None:
            return []
        found = []
        for offer in self.unranked:
            reason = offer.error
            if not isinstance(reason, Unpriced) or not all(
                isinstance(r, Refusal) and any(covers(path, r.meter) for path in _CACHE)
                for r in reason.refusals
            ):
                continue
            point = _cache_point(self.workloads[0], offer, self.ranked)
            if point is not None:
                found.append(point)
        return found

    def report(self) -> Any:
        """Give the comparison as a report, which every writer can write."""
        from pricing.comparison.report import comparison_report

        return comparison_report(self)

    def to_markdown(self) -> str:
        from pricing.render import report_text

        return report_text(self.report(), "markdown")

    def __str__(self) -> str:
        from pricing.render import report_text

        return report_text(self.report(), "table")


def compare(
    work: Workload | Usage | Iterable[Workload | Usage],
    offers: Iterable[RateCard | Resolved],
    *,
    variants: Sequence[str] = (),
    at: int | None = None,
    estimates: bool = False,
    currency: str | None = None,
) -> Comparison:
    """Price one workload on every card: at ``at``, else at each usage's own instant, else now.

    An offer may be what an id resolves to: it is asked with the attributes that the id tells.
    Variants are other ways to send the same work: ``no-cache``, or a value of an attribute, such
    as ``batch``. With a ``currency`` every total is converted by the dated rate in force.

    Raises:
        UsageError: an unknown variant.
        NoExchangeRate: offers in several currencies, and none asked for.
    """
    items = [work] if isinstance(work, Workload | Usage) else work
    workloads = [_workload(item, at) for item in items]
    if not workloads:
        raise RatingError("nothing to compare: no usage")
    found = []
    for named in offers:
        card, told = (named.card, named.attributes) if isinstance(named, Resolved) else (named, {})
        own = [_served(work, told) for work in workloads] if told else workloads
        offer = _offer(card, own, estimates)
        offer.attributes = told
        for name in variants:
            other = [vary(w, name, card.provider.book.vocabulary) for w in own]
            offer.variants[name] = _offer(card, other, estimates)
        found.append(offer)
    return Comparison(workloads, found, variants, currency)


def _workload(item: Workload | Usage, at: int | None) -> Workload:
    """Give a workload that carries its instant."""
    usage, requests = (item.usage, item.requests) if isinstance(item, Workload) else (item, 1)
    if at is None and usage.at is not None:
        return Workload(usage, requests)
    return Workload(usage.replace(at=now() if at is None else at), requests)


def _served(work: Workload, told: Mapping[str, str]) -> Workload:
    """Give a workload with what an id tells; what the usage says itself stands."""
    return Workload(work.usage.replace(attributes={**told, **work.usage.attributes}), work.requests)


def _not_ranked(offers: Sequence[Offer], currency: str, at: int) -> RatingError:
    """Say who bills in what, and how the amounts could be compared."""
    told = ", ".join(f"{offer.card.name} {offer.total}" for offer in offers)
    try:
        for offer in offers:
            assert offer.total is not None
            Catalog(offer.card.provider.book).convert(offer.total, currency, at)
    except NoExchangeRate:
        remedy = f"Add a dated rate (--cards DIR) and give --currency {currency}."
    else:
        remedy = f"Give --currency {currency}."
    return NoExchangeRate(f"not ranked, in several currencies: {told}", remedy=remedy)


def _offer(card: RateCard, workloads: Sequence[Workload], estimates: bool) -> Offer:
    """Give a card's answer; what its seller does not bill, such as a failed request, is free."""
    billed = [w for w in workloads if w.usage.status is None or card.provider.bills(w.usage.status)]
    if not billed:
        return Offer(card, None, RatingError(f"{card.name} bills none of it"))
    tally = Tally(estimates=estimates)
    try:
        if len(billed) == 1 or any(work.requests != 1 for work in billed):
            costs = [rate(w.usage, card, requests=w.requests, estimates=estimates) for w in billed]
            return Offer(card, together(costs))
        for work in billed:
            tally.add(work.usage, card)
    except RatingError as error:
        return Offer(card, None, error)
    for entry in tally.unrated.values():
        many = f" ({entry.requests:,} requests)" if entry.requests > 1 else ""
        return Offer(card, None, RatingError(f"{entry.reason}{many}", remedy=entry.remedy))
    (found,) = tally.costs().values()
    if len(found) != 1:
        return Offer(card, None, RatingError(f"{card.name} changes its currency in between"))
    return Offer(card, next(iter(found.values())))


def vary(workload: Workload, variant: str, vocabulary: Vocabulary) -> Workload:
    """Give a workload as a variant would send it: no-cache, batch, or endpoint=regional.

    Raises:
        UsageError: no such variant, or a value that several attributes have.
    """
    usage = workload.usage
    if variant == NO_CACHE:
        return Workload(usage.replace(meters=uncached(usage.meters)), workload.requests)
    named, equals, value = variant.rpartition("=")
    values = {
        name: attribute.values or ()
        for name, attribute in vocabulary.attributes.items()
        if not equals or name == named
    }
    fits = [name for name, known in values.items() if value in known]
    if len(fits) == 1:
        attributes = {**usage.attributes, fits[0]: value}
        return Workload(usage.replace(attributes=attributes), workload.requests)
    if fits:
        told = " or ".join(f"{name}={value}" for name in fits)
        raise UsageError(f"variant '{variant}' is ambiguous", remedy=f"Write {told}.")
    known = [NO_CACHE]
    for attribute in vocabulary.attributes.values():
        known += [v for v in attribute.values or () if v != attribute.default and v != "yes"]
    hint = did_you_mean(variant, known) or f"Variants: {', '.join(known)}."
    raise UsageError(f"unknown variant '{variant}'", remedy=hint)


def uncached(meters: Mapping[str, Any]) -> dict[str, Any]:
    """Give meters as they are without caching: every cached token is plain input of its kind."""
    plain: dict[str, Any] = {}
    for meter, quantity in meters.items():
        family, _, kind = meter.partition(".")
        if family in _CACHE:
            target = f"input.{kind}" if kind in ("audio", "image", "video") else "input"
            plain[target] = plain.get(target, 0) + quantity
        else:
            plain[meter] = plain.get(meter, 0) + quantity
    return plain


def _cache_point(
    workload: Workload, offer: Offer, ranked: Sequence[Offer]
) -> CacheBreakEven | None:
    """Solve cost without cache at ``offer`` = cost with cache at the maker (or cheapest other)."""
    usage = workload.usage
    read = usage.meters.get("cache_read", 0)
    fresh = usage.meters.get("input", 0)
    if not read + fresh:
        return None
    makers = [o for o in ranked if o.card.provider.name == offer.card.publisher] or list(ranked)
    other = makers[0]
    try:
        sent_plain = usage.replace(meters=uncached(usage.meters))
        plain = rate(sent_plain, offer.card, requests=workload.requests).total
        none = _with_share(workload, other.card, read + fresh, cached=False)
        full = _with_share(workload, other.card, read + fresh, cached=True)
    except RatingError:
        return None
    slope = add(none.amount, multiply(full.amount, -1))
    if slope <= 0 or plain.currency != none.currency:
        return None
    share = divide(add(none.amount, multiply(plain.amount, -1)), slope)
    here = divide(Decimal(read), Decimal(read + fresh))
    return CacheBreakEven(offer, plain, other, share, here, (none.amount, full.amount))


def _with_share(workload: Workload, card: RateCard, tokens: Any, *, cached: bool) -> Money:
    meters = {k: v for k, v in workload.usage.meters.items() if k not in ("input", "cache_read")}
    meters["cache_read" if cached else "input"] = tokens
    usage = workload.usage.replace(meters=meters)
    return rate(usage, card, requests=workload.requests).total
