"""Sellers of other makers' models against the makers' list prices."""

from __future__ import annotations

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
    """Each model at its maker and at every reseller, with each price as a share of the list."""
    meters = wanted(spec, "meters")
    columns = [Column("model,seller", "Per 1M tokens")]
    columns += [Column(f"{_key(m)}_per_1m", m, "money") for m in meters]
    columns += [Column(f"{_key(m)}_of_list", f"{m}, of list", "percent") for m in meters[:1]]
    columns += [Column("output_of_list", "output, of list", "percent")]
    columns.append(Column("checked", "Checked", "number"))
    rows: list[Row] = []
    for maker, sellers in offers(spec, desk):
        rows.append(_row(desk, maker, maker, meters, level=0))
        rows += [_row(desk, card, maker, meters, level=1) for card in sellers]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def gaps(spec: Spec, desk: Desk) -> Table:
    """What a reseller does not price of what the maker prices."""
    rows = []
    for maker, sellers in offers(spec, desk):
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
                rows.append((card.provider.title, desk.label(card), Word(word, "missing"),
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
        for card in (offer.card for offer in found.offers):
            point = shares.get(card.name)
            rows.append(
                (
                    model,
                    card.provider.title,
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
    """Give each maker's card with the resellers' cards of the same model."""
    catalog = desk.figures.catalog
    named = spec.get("sellers")
    found: dict[str, list[RateCard]] = {}
    for card in catalog.cards():
        is_resale = card.provider.name != card.publisher
        if is_resale and (named is None or card.provider.name in named) and _is_sold(card, desk):
            found.setdefault(catalog.canonical(card), []).append(card)
    return [
        (catalog.card(name), sorted(cards, key=lambda card: card.name))
        for name, cards in sorted(found.items())
    ]


def _is_sold(card: RateCard, desk: Desk) -> bool:
    try:
        card.revision_at(desk.at)
    except NoRevision:
        return False
    return True


def _row(desk: Desk, card: RateCard, maker: RateCard, meters: list[str], level: int) -> Row:
    prices = [desk.per_million(card, meter) for meter in meters]
    shares: list[Any] = []
    for meter in (meters[0], "output"):
        own, listed = desk.figures.quoted(card, meter), desk.figures.quoted(maker, meter)
        if isinstance(own, str) or isinstance(listed, str) or not listed[0]:
            shares.append(None)
        else:
            shares.append(cell((own[0] / own[1]) / (listed[0] / listed[1])))
    label = f"{desk.label(card)} at {card.provider.title}" if not level else card.provider.title
    return Row([label, *prices, *shares, checked(card.revision_at(desk.at)[0])], level=level)


def _key(text: str) -> str:
    return text.replace(".", "_")
