"""The comparison as JSON: exact totals, ranked, and the reason for each offer without one."""

from __future__ import annotations

from pricing.errors import PricingError, Unpriced
from pricing.instants import iso
from pricing.money import text
from pricing.rating.priced import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.comparison.caching import CachingPays
    from pricing.comparison.ranking import Comparison, Offer
    from pricing.money import Money


def comparison_document(found: Comparison) -> dict[str, Any]:
    """Give the document of a comparison."""
    instants = {work.usage.at for work in found.workloads}
    work = found.workloads[0]
    return {
        "currency": found.currency,
        "workload": {
            "requests": found.requests,
            "at": iso(found.at) if len(instants) == 1 else None,
            "quantities": {meter: text(q) for meter, q in found.quantities().items()},
            "attributes": {k: str(v) for k, v in work.usage.attributes.items()}
            if len(found.workloads) == 1
            else {},
        },
        "offers": [
            {
                **_offer(offer),
                "ratio": None if offer.ratio is None else text(offer.ratio),
                "variants": {name: _offer_answer(v) for name, v in offer.variants.items()},
                "checked": checked_day(offer.card.revisions),
            }
            for offer in found.offers
        ],
        "cache_break_evens": [
            {
                "seller": point.offer.card.provider.name,
                "other": point.other.card.provider.name,
                "without_caching": text(point.plain.amount),
                "cheaper_below_cache_share": text(point.share),
                "cache_share": text(point.here),
            }
            for point in found.cache_break_evens()
        ],
    }


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "card": offer.card.name,
        "seller": offer.card.provider.name,
        "model": offer.card.model,
        "attributes": dict(offer.attributes),
        **_offer_answer(offer),
    }


def _offer_answer(offer: Offer) -> dict[str, Any]:
    """Give total and reason; the seller's own amount where the total is converted."""
    found: dict[str, Any] = {
        "total": _money(offer.total),
        "reason": "; ".join(what for what, _, _ in reasons_of(offer.error)) or None,
        "unpriced": _unpriced(offer),
    }
    if offer.cost is not None and (offer.exchange or offer.total is None):
        found["own"] = {"amount": _money(offer.cost.total), "currency": offer.cost.currency}
        found["exchange"] = offer.exchange or None
    if offer.cost is not None and offer.cost.is_estimate:
        found["estimate"] = True
    return found


def _money(value: Money | None) -> str | None:
    return None if value is None else text(value.amount)


def _unpriced(offer: Offer) -> list[str]:
    if not isinstance(offer.error, Unpriced):
        return []
    return [r.meter for r in offer.error.refusals if isinstance(r, Refusal)]


def checked_day(revisions: Any) -> str | None:
    """Give the last day on which a source of the revisions was read."""
    days = [
        source["checked"]
        for revision in revisions
        for source in revision.get("sources", ())
        if "checked" in source
    ]
    return max(days, default=None)


def caching_document(found: CachingPays) -> dict[str, Any]:
    """Give the document of a break-even of caching."""
    kinds = [kind for kind in found.rows[0][1] if kind]
    return {
        "card": found.card.name,
        "currency": found.rows[0][1][""].currency,
        "at": iso(found.at),
        "prefix": found.prefix,
        "pays_from": {kind: found.pays_from(kind) for kind in kinds},
        "calls": [
            {"calls": calls, "no_cache": text(costs[""].amount)}
            | {kind: text(costs[kind].amount) for kind in kinds}
            for calls, costs in found.rows
        ],
    }


def reasons_of(error: PricingError | None) -> list[tuple[str, str | None, str | None]]:
    """Give what is missing, where the card says so, and the remedy."""
    if not isinstance(error, Unpriced):
        return [] if error is None else [(error.what, None, error.remedy)]
    found: dict[tuple[str | None, str], list[Refusal]] = {}
    for refusal in error.refusals:
        if isinstance(refusal, Refusal):
            place = None if refusal.source is None else str(refusal.source)
            found.setdefault((place, refusal.code), []).append(refusal)
    reasons = []
    for (place, _), refusals in found.items():
        first = refusals[0]
        listed = ", ".join(refusal.meter for refusal in refusals)
        what = f"{first.text} ".replace(f" {first.meter} ", f" {listed} ", 1)
        what = what.replace(f" {first.meter}:", f" {listed}:", 1).strip()
        reasons.append((what, place, first.remedy))
    return reasons
