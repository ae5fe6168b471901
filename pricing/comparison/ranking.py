"""Compare: one workload over models and sellers, ranked, with ratios and break-evens.

Who does not price the whole workload is listed and not ranked.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.vocabulary import covers
from pricing.errors import PricingError, RatingError, Unpriced
from pricing.instants import now
from pricing.money import Money, add, divide, multiply
from pricing.rating.cost import together
from pricing.rating.priced import Refusal
from pricing.rating.rate import rate
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
    """One card's answer: a cost, or why there is none; and its answers to the variants."""

    def __init__(
        self, card: RateCard, cost: Cost | None, error: PricingError | None = None
    ) -> None:
        self.card = card
        self.cost = cost
        self.error = error
        self.variants: dict[str, Cost | PricingError | None] = {}
        #: total over the cheapest total
        self.ratio: Exact | None = None

    @property
    def total(self) -> Money | None:
        return None if self.cost is None else self.cost.total


class CacheBreakEven:
    """Up to which share of cached input a seller without cache prices is the cheaper one."""

    def __init__(self, offer: Offer, plain: Money, other: Offer, share: Exact, here: Exact) -> None:
        self.offer = offer
        self.plain = plain
        self.other = other
        self.share = share
        self.here = here


class Comparison:
    """Offers, the cheapest first; those without a price last."""

    def __init__(
        self, workloads: Sequence[Workload], offers: Sequence[Offer], variants: Sequence[str]
    ) -> None:
        self.workloads = tuple(workloads)
        self.variants = tuple(variants)
        ranked = [offer for offer in offers if offer.cost is not None]
        currencies = sorted({offer.cost.currency for offer in ranked if offer.cost})
        if len(currencies) > 1:
            raise RatingError(
                f"offers in {' and '.join(currencies)} cannot be ranked",
                remedy="Compare sellers of one currency, or convert (--currency).",
            )
        self.currency: str | None = currencies[0] if currencies else None
        ranked.sort(key=lambda offer: (offer.total.amount, offer.card.name))  # type: ignore[union-attr]
        for offer in ranked:
            least = ranked[0].total
            if least:
                offer.ratio = divide(offer.total.amount, least.amount)  # type: ignore[union-attr]
        self.ranked = tuple(ranked)
        self.unranked = tuple(offer for offer in offers if offer.cost is None)
        self.offers = self.ranked + self.unranked

    @property
    def cheapest(self) -> Offer | None:
        return self.ranked[0] if self.ranked else None

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
    offers: Iterable[RateCard],
    *,
    variants: Sequence[str] = (),
    at: int | None = None,
    estimates: bool = False,
) -> Comparison:
    """Price one workload on every card: at ``at``, else at each usage's own instant, else now.

    Variants are other ways to send the same work: ``no-cache``, or a value of an attribute, such
    as ``batch``.

    Raises:
        RatingError: an unknown variant, or offers in several currencies.
    """
    items = [work] if isinstance(work, Workload | Usage) else work
    workloads = [_workload(item, at) for item in items]
    if not workloads:
        raise RatingError("nothing to compare: no usage")
    found = []
    for card in offers:
        offer = _offer(card, workloads, estimates)
        for name in variants:
            other = [vary(w, name, card.provider.book.vocabulary) for w in workloads]
            answer = _offer(card, other, estimates)
            offer.variants[name] = answer.error if answer.cost is None else answer.cost
        found.append(offer)
    return Comparison(workloads, found, variants)


def _workload(item: Workload | Usage, at: int | None) -> Workload:
    """Give a workload that carries its instant."""
    usage, requests = (item.usage, item.requests) if isinstance(item, Workload) else (item, 1)
    if at is None and usage.at is not None:
        return Workload(usage, requests)
    return Workload(with_meters(usage, usage.meters, at=now() if at is None else at), requests)


def _offer(card: RateCard, workloads: Sequence[Workload], estimates: bool) -> Offer:
    try:
        costs = [rate(w.usage, card, requests=w.requests, estimates=estimates) for w in workloads]
        return Offer(card, together(costs))
    except RatingError as error:
        return Offer(card, None, error)


def with_meters(
    usage: Usage,
    meters: Mapping[str, Any],
    *,
    at: int | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Usage:
    """Give a usage with other meters, everything else the same."""
    changed = Usage(
        meters,
        at=usage.at if at is None else at,
        attributes=usage.attributes if attributes is None else attributes,
        context_tokens=usage.context_tokens,
        aggregate=usage.aggregate,
        labels=usage.labels,
    )
    changed.unknown = usage.unknown
    return changed


def vary(workload: Workload, variant: str, vocabulary: Vocabulary) -> Workload:
    """Give a workload as a variant would send it.

    Raises:
        RatingError: no such variant.
    """
    usage = workload.usage
    if variant == NO_CACHE:
        return Workload(with_meters(usage, uncached(usage.meters)), workload.requests)
    for name, attribute in vocabulary.attributes.items():
        if attribute.values is not None and variant in attribute.values:
            attributes = {**usage.attributes, name: variant}
            return Workload(
                with_meters(usage, usage.meters, attributes=attributes), workload.requests
            )
    known = [NO_CACHE] + [
        value
        for attribute in vocabulary.attributes.values()
        for value in attribute.values or ()
        if value != attribute.default
    ]
    raise RatingError(f"unknown variant '{variant}'", remedy=f"Variants: {', '.join(known)}.")


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
        sent_plain = with_meters(usage, uncached(usage.meters))
        plain = rate(sent_plain, offer.card, requests=workload.requests).total
        none = _with_share(workload, other.card, read + fresh, cached=False)
        full = _with_share(workload, other.card, read + fresh, cached=True)
    except RatingError:
        return None
    slope = add(none.amount, multiply(full.amount, -1))
    if not slope or plain.currency != none.currency:
        return None
    share = divide(add(none.amount, multiply(plain.amount, -1)), slope)
    here = divide(Decimal(read), Decimal(read + fresh))
    return CacheBreakEven(offer, plain, other, share, here)


def _with_share(workload: Workload, card: RateCard, tokens: Any, *, cached: bool) -> Money:
    meters = {k: v for k, v in workload.usage.meters.items() if k not in ("input", "cache_read")}
    meters["cache_read" if cached else "input"] = tokens
    usage = with_meters(workload.usage, meters)
    return rate(usage, card, requests=workload.requests).total
