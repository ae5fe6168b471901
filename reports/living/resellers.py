"""Sellers of other makers' models against the makers' list prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import pricing
from living.desk import Desk, Spec, wanted, whole
from living.expressions import cell
from living.pricelist import checked
from living.workloads import amount, total
from pricing import RateCard
from pricing.errors import NoRevision, PricingError
from pricing.render import Column, Row, Table, Word


def against_list(spec: Spec, desk: Desk) -> Table:
    """Each model at its maker and at every reseller, with each price as a share of the list.

    With ``models`` these alone and more briefly, their sellers from the cheapest input on, those of
    unverified prices with a question mark.
    """
    brief = "models" in spec
    meters = wanted(spec, "meters")
    shares = meters[:1] if brief else [*meters[:1], "output"]
    columns = [Column("model,seller", "Per 1M tokens")]
    # four places: a conversion from units of account would give every price its own digits
    columns += [Column(f"{_key(m)}_per_1m", m, "money", 4) for m in meters]
    columns += [
        Column(f"{_key(m)}_of_list", "Of list" if brief else f"{m}, of list", "percent")
        for m in shares
    ]
    columns.append(Column("checked", "Checked", "number"))
    rows: list[Row] = []
    for maker, sellers in offers(spec, desk):
        names = {maker.name: f"{desk.label(maker)} at {maker.provider.title}", **titles(sellers)}
        for card in (maker, *sellers):
            revision = card.revision_at(desk.at)[0]
            mark = " ?" if brief and revision.get("unverified") else ""
            prices = [desk.per_million(card, meter) for meter in meters]
            if brief:
                prices = [_brief(price) for price in prices]
            rows.append(
                Row(
                    [
                        names[card.name] + mark,
                        *prices,
                        *(_share(desk, card, maker, meter) for meter in shares),
                        checked(revision),
                    ],
                    level=0 if card is maker else 1,
                )
            )
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def _brief(price: Any) -> Any:
    """Give a price; where there is none, on what it depends or that there is none."""
    is_none = isinstance(price, Word) and not price.text.startswith("by ")
    return Word("none", "missing") if is_none else price


def gaps(spec: Spec, desk: Desk) -> Table:
    """What a reseller does not price of what the maker prices."""
    rows = []
    for maker, sellers in offers(spec, desk):
        names = titles(sellers)
        for card in sellers:
            missing: dict[str, list[str]] = {}
            for meter in wanted(spec, "meters"):
                if isinstance(desk.figures.quoted(maker, meter), str):
                    continue
                found = desk.figures.quoted(card, meter)
                if isinstance(found, str):
                    missing.setdefault(found, []).append(meter)
            for word, meters in missing.items():
                note = card.revision_at(desk.at)[0].get("note", "")
                rows.append((names[card.name], desk.label(card), Word(word, "missing"),
                             ", ".join(meters), note))  # fmt: skip
    columns = [
        Column("seller", "Seller"),
        Column("model", "Model", "name"),
        Column("word", "Is"),
        Column("meters", "Which prices"),
        Column("note", "Note on its card"),
    ]
    rows.sort(key=lambda row: row[:2])
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def workload(spec: Spec, desk: Desk) -> Table:
    """One workload at every seller of a model; up to which cached share one without cache wins."""
    name = wanted(spec, "workload")
    if name not in desk.figures.workloads:
        raise PricingError(f"no workload '{name}'")
    rows: list[Any] = []
    for model in wanted(spec, "models"):
        cards = desk.figures.catalog.offers(model)
        works = desk.figures.workloads[name]
        found = pricing.compare(works, cards, at=desk.at)
        shares = {point.offer.card.name: point for point in found.cache_break_evens()}
        names = titles(cards)
        for card in (offer.card for offer in found.offers):
            point = shares.get(card.name)
            if point is not None and point.share <= 0:
                point = None
            rows.append(
                (
                    model,
                    names[card.name],
                    amount(total(works, card)),
                    amount(total(works, card, cached=False)),
                    cell(Fraction(point.share)) if point else None,
                    cell(Fraction(point.here)) if point else None,
                )
            )
    columns = [
        Column("model", "Model", "name"),
        Column("seller", "Seller"),
        Column("cost_usd", "USD a month", "money", 2),
        Column("no_cache_usd", "No cache", "money", 2),
        Column("cheaper_below", "Cheaper than the maker below a cached share of", "percent"),
        Column("here", "Here", "percent"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def wallets(spec: Spec, desk: Desk) -> Table:
    """What a top-up bonus or a fee on credit makes of the seller's prices."""
    rows = []
    for wallet in wanted(spec, "wallets"):
        card = desk.figures.card(wanted(wallet, "card"))
        for paid in wanted(wallet, "purchases"):
            price = desk.figures.cost(
                card.name, {wanted(wallet, "meter"): Fraction(1)}, purchase=Fraction(whole(paid))
            )
            rows.append((card.provider.title, whole(paid), cell(whole(paid) / price),
                         cell(1 / price - 1), cell(1 - price)))  # fmt: skip
    columns = [
        Column("seller", "Seller"),
        Column("paid_usd", "Paid, USD", "money"),
        Column("credit_usd", "Credit, USD", "money", 2),
        Column("bonus", "Bonus", "percent"),
        Column("discount", "A discount of", "percent"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def offers(spec: Spec, desk: Desk) -> list[tuple[RateCard, list[RateCard]]]:
    """Give each maker's card with the resellers' cards of the same model.

    With ``models`` these alone, in their order, the cheapest seller first.
    """
    catalog = desk.figures.catalog
    named = spec.get("sellers")
    if "models" in spec:
        return [
            (cards[0], sorted(resold(cards, named, desk), key=lambda card: _place(card, desk)))
            for cards in map(catalog.offers, wanted(spec, "models"))
        ]
    found: dict[str, list[RateCard]] = {}
    for card in resold(catalog.cards(), named, desk):
        name = catalog.canonical(card)
        maker, _, model = name.partition("/")
        if model in catalog.book.index.get(maker, {"models": ()})["models"]:
            found.setdefault(name, []).append(card)
    return [
        (catalog.card(name), sorted(cards, key=lambda card: card.name))
        for name, cards in sorted(found.items())
    ]


def resold(
    cards: Iterable[RateCard], sellers: Sequence[str] | None, desk: Desk
) -> Iterator[RateCard]:
    """Give the cards on sale at other sellers than the maker, perhaps at some sellers only."""
    for card in cards:
        is_resale = card.provider.name != card.publisher
        if (
            is_resale
            and (sellers is None or card.provider.name in sellers)
            and _is_sold(card, desk)
        ):
            yield card


def titles(cards: Sequence[RateCard]) -> dict[str, str]:
    """Give what a report calls the sellers of one model; one of two ids also by its id."""
    names = [card.provider.title for card in cards]
    return {
        card.name: f"{title}, {card.model}" if names.count(title) > 1 else title
        for card, title in zip(cards, names, strict=True)
    }


def _place(card: RateCard, desk: Desk) -> tuple[bool, Any, Any, str]:
    """Give where a seller stands: by the prices of input and cache reads, then by name."""
    found = [desk.figures.quoted(card, meter) for meter in ("input", "cache_read")]
    prices = [None if isinstance(price, str) else price[0] / price[1] for price in found]
    return (
        prices[0] is None,
        prices[0] or 0,
        prices[1] if prices[1] is not None else Fraction(10**9),
        card.provider.title.lower(),
    )


def _is_sold(card: RateCard, desk: Desk) -> bool:
    try:
        card.revision_at(desk.at)
    except NoRevision:
        return False
    return True


def _share(desk: Desk, card: RateCard, maker: RateCard, meter: str) -> Any:
    """Give a price as a share of the maker's."""
    own, listed = desk.figures.quoted(card, meter), desk.figures.quoted(maker, meter)
    if isinstance(own, str) or isinstance(listed, str) or not listed[0]:
        return None
    return cell((own[0] / own[1]) / (listed[0] / listed[1]))


def _key(text: str) -> str:
    return text.replace(".", "_")
