"""The comparison as a report: models or sellers in rows, ranked, with what else was asked."""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.tariff import tariff
from pricing.comparison.caching import CachingPays
from pricing.errors import PricingError, RatingError, Unpriced
from pricing.instants import iso
from pricing.money import divide, multiply, text
from pricing.rating.priced import Refusal
from pricing.rating.quote import quote
from pricing.rating.rate import context_tokens
from pricing.render import Column, Report, Table, Word
from pricing.render.figures import figure_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.comparison.ranking import CacheBreakEven, Comparison, Offer
    from pricing.money import Money
    from pricing.rating.cost import Cost
    from pricing.rating.priced import Priced

_MILLION = 1_000_000
_MOST_PRICES = 4


def comparison_report(found: Comparison) -> Report:
    """Give the report of a comparison: by seller where all offers sell one model."""
    models = {offer.card.wire["model"] for offer in found.offers}
    by_seller = len(models) == 1 and len(found.offers) > 1
    currency = found.currency or "USD"
    meters = _meters(found) if by_seller else []
    places = _places(found)
    columns = [
        Column("seller" if by_seller else "card", "Seller" if by_seller else "Model", "name"),
        Column(f"cost_{currency.lower()}", f"Cost {currency}", "money", places),
        Column("ratio", "Ratio", "ratio"),
    ]
    columns += [
        Column(f"{_key(v)}_{currency.lower()}", f"{_title(v)} {currency}", "money", places)
        for v in found.variants
    ]
    columns += [Column(f"{m}_per_1m", m, "money") for m in meters]
    if by_seller:
        columns.append(Column("checked", "Checked", "number"))
    rows = []
    one_seller = len({offer.card.provider.name for offer in found.offers}) == 1
    for offer in found.offers:
        row: list[Any] = [offer.card.provider.name if by_seller else _name(offer, one_seller)]
        row.append(offer.total.amount if offer.total else Word("unpriced", "missing"))
        row.append(offer.ratio)
        row += [_answer(offer.variants.get(v)) for v in found.variants]
        row += [_price(found, offer, meter) for meter in meters]
        if by_seller:
            row.append(checked_day(offer.card.revisions) or "")
        rows.append(row)
    table = Table(columns, rows)
    return Report(
        "compare",
        _headline(found, by_seller, places),
        [table],
        notes=_notes(found, one_seller),
        document=_document(found),
        problems=_problems(found),
    )


def _key(variant: str) -> str:
    return variant.replace("-", "_")


def _title(variant: str) -> str:
    return variant.replace("-", " ").capitalize()


def _name(offer: Offer, one_seller: bool) -> str:
    return str(offer.card.model if one_seller else offer.card.name)


def _places(found: Comparison) -> int:
    """Two places for sums of some size; more where two would show nothing."""
    least = found.cheapest.total if found.cheapest else None
    places, shown = 2, least.amount if least else Decimal(1)
    while shown * 10 < 1 and places < 10:
        shown = multiply(shown, 10)
        places += 1
    return places


def _headline(found: Comparison, by_seller: bool, places: int) -> str:
    best = found.cheapest
    if best is None or best.total is None:
        return f"No price: none of {len(found.offers)} offers prices this workload"
    shown = f"{figure_text(best.total.amount, places=places)} {found.currency}"
    name = best.card.provider.name if by_seller else best.card.model
    of = f" of {len(found.offers)}" if found.unranked else ""
    rest = ""
    if found.unranked:
        count = len(found.unranked)
        rest = f"; {count} {'is' if count == 1 else 'are'} not ranked"
    elif len(found.ranked) > 1 and found.ranked[1].ratio is not None:
        times = figure_text(found.ranked[1].ratio, "ratio")
        rest = "; the next costs the same" if times == "1.00" else (
            f"; the next costs {times} times as much"
        )  # fmt: skip
    return f"Cheapest{of}: {name}, {shown}{rest}"


def _answer(answer: Cost | PricingError | None) -> Any:
    if answer is None or isinstance(answer, PricingError):
        return Word("unpriced", "missing")
    return answer.total.amount


def _meters(found: Comparison) -> list[str]:
    """The token meters of the workload, the largest first."""
    sums: dict[str, Any] = {}
    for work in found.workloads:
        for meter, quantity in work.usage.meters.items():
            sums[meter] = sums.get(meter, 0) + quantity * work.requests
    units = found.offers[0].card.provider.book.vocabulary.meters if found.offers else {}
    tokens = [m for m, q in sums.items() if q and m in units and units[m].unit == "token"]
    return tokens[:_MOST_PRICES]


def _quoted(found: Comparison, offer: Offer, meter: str) -> Priced | Refusal | None:
    usage = found.workloads[0].usage
    assert usage.at is not None
    try:
        prices = tariff(offer.card, usage.at)
        context = context_tokens(usage, prices) if prices.cuts else None
        return quote(prices, usage.attributes, context, usage.at).price(meter)
    except RatingError:
        return None


def _price(found: Comparison, offer: Offer, meter: str) -> Any:
    priced = _quoted(found, offer, meter)
    if priced is None:
        return Word("none", "missing")
    if isinstance(priced, Refusal):
        words = {"unpublished": "not published", "not_offered": "not sold"}
        return Word(words.get(priced.code, "none"), "missing")
    return multiply(priced.unit_price(priced.rate.tiers[0][1]), _MILLION)


def checked_day(revisions: Any) -> str | None:
    """Give the last day on which a source of the revisions was read."""
    days = [
        source["checked"]
        for revision in revisions
        for source in revision.get("sources", ())
        if "checked" in source
    ]
    return max(days, default=None)


def _notes(found: Comparison, one_seller: bool) -> list[str]:
    notes = []
    for offer in found.ranked:
        notes += _cut_notes(found, offer, one_seller)
    for point in found.cache_break_evens():
        notes.append(_break_even(point))
    instants = {work.usage.at for work in found.workloads}
    if len(instants) == 1:
        notes.append(f"prices of {iso(instants.pop() or 0)} (--at)")
    return notes


def _cut_notes(found: Comparison, offer: Offer, one_seller: bool) -> list[str]:
    """Say where a larger request would cost more per token."""
    work = found.workloads[0]
    assert work.usage.at is not None
    prices = tariff(offer.card, work.usage.at)
    here = context_tokens(work.usage, prices)
    if here is None or len(found.workloads) > 1:
        return []
    cuts = [cut for cut in prices.cuts if cut > here]
    if not cuts:
        return []
    factors = []
    for meter, quantity in work.usage.meters.items():
        if not quantity:
            continue
        now = quote(prices, work.usage.attributes, here, work.usage.at).price(meter)
        then = quote(prices, work.usage.attributes, cuts[0], work.usage.at).price(meter)
        if isinstance(now, Refusal) or isinstance(then, Refusal):
            return []
        before = now.unit_price(now.rate.tiers[0][1])
        if before and now.rate.unit == "token":
            after = then.unit_price(then.rate.tiers[0][1])
            factors.append((meter, divide(after, before)))
    name = _name(offer, one_seller)
    distinct = {factor for _, factor in factors}
    if distinct in (set(), {1}):
        return []
    if len(distinct) == 1:
        told = f"{name} costs {text(distinct.pop())} times as much"
    else:
        told = f"{name} costs " + ", ".join(f"{m} x {text(f)}" for m, f in factors)
    return [f"above {cuts[0] - 1:,} context_tokens {told}"]


def _break_even(point: CacheBreakEven) -> str:
    name, other = point.offer.card.provider.name, point.other.card.provider.name
    plain = f"{name} without caching: {point.plain}"
    share = figure_text(multiply(point.share, 100), "number", 3)
    here = figure_text(multiply(point.here, 100), "number", 3)
    if point.share <= 0:
        return f"{plain}, never cheaper than {other}"
    if point.share >= 1:
        return f"{plain}, cheaper than {other} at any cache hit"
    return f"{plain}, cheaper than {other} below {share} % cache hit (here {here} %)"


def _problems(found: Comparison) -> list[str]:
    return [str(offer.error) for offer in found.unranked if offer.error is not None]


def _money(value: Money | None) -> str | None:
    return None if value is None else text(value.amount)


def _document(found: Comparison) -> dict[str, Any]:
    """The JSON document: exact totals, ranked, and the reason for each offer without one."""
    return {
        "currency": found.currency,
        "workload": [
            {
                "requests": work.requests,
                "at": iso(work.usage.at or 0),
                "quantities": {m: text(q) for m, q in work.usage.meters.items()},
                "attributes": work.usage.attributes,
            }
            for work in found.workloads[:100]
        ],
        "offers": [
            {
                "card": offer.card.name,
                "seller": offer.card.provider.name,
                "model": offer.card.model,
                "total": _money(offer.total),
                "ratio": None if offer.ratio is None else text(offer.ratio),
                "variants": {
                    name: None if answer is None or isinstance(answer, PricingError)
                    else _money(answer.total)
                    for name, answer in offer.variants.items()
                },
                "reason": None if offer.error is None else offer.error.what,
                "unpriced": _unpriced(offer),
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
    }  # fmt: skip


def _unpriced(offer: Offer) -> list[str]:
    if not isinstance(offer.error, Unpriced):
        return []
    return [r.meter for r in offer.error.refusals if isinstance(r, Refusal)]


def caching_report(found: CachingPays) -> Report:
    """Give the table of calls with one prefix, without caching and with each kind of write."""
    currency = found.rows[0][1][""].currency
    kinds = [kind for kind in found.rows[0][1] if kind]
    columns = [
        Column("calls", "Calls", "number"),
        Column(f"no_cache_{currency.lower()}", f"No cache {currency}", "money", 4),
        *(
            Column(f"{kind}_{currency.lower()}", f"{_write(kind)} {currency}", "money", 4)
            for kind in kinds
        ),
    ]
    shown = found.rows if len(found.rows) <= 12 else [*found.rows[:9], *found.rows[-3:]]
    table = Table(
        columns,
        [(calls, *(costs[kind].amount for kind in ("", *kinds))) for calls, costs in shown],
    )
    told = []
    for kind in kinds:
        call = found.pays_from(kind)
        if call is None:
            told.append(f"a {_write(kind)} never pays within {found.rows[-1][0]} calls")
        else:
            told.append(f"a {_write(kind)} pays from call {call}")
    headline = ", ".join(told)
    document = {
        "card": found.card.name,
        "currency": currency,
        "prefix": found.prefix,
        "pays_from": {kind: found.pays_from(kind) for kind in kinds},
        "calls": [
            {"calls": calls, "no_cache": text(costs[""].amount)}
            | {kind: text(costs[kind].amount) for kind in kinds}
            for calls, costs in found.rows
        ],
    }
    return Report("break_even", headline[:1].upper() + headline[1:], [table], document=document)


def _write(kind: str) -> str:
    _, _, ttl = kind.partition(".")
    return f"{ttl} write" if ttl else "cache write"
