"""Sellers: one model at all of them, and what each of them sells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pricing
from living.desk import Desk, Spec, wanted
from living.expressions import cell
from living.pricelist import checked
from pricing import RateCard, Usage
from pricing.cards.flat import tariffs
from pricing.errors import NoRevision, PricingError, Unpriced
from pricing.instants import short
from pricing.render import Column, Row, Table, Word

_METERS = ("input", "cache_read", "cache_write.5m", "output")


def everywhere(spec: Spec, desk: Desk) -> Table:
    """Each model at every seller, the maker first; a seller that asks for more has several rows."""
    rows: list[Row] = []
    for name in wanted(spec, "models"):
        offers = [c for c in desk.figures.catalog.offers(name) if _is_sold(c, desk)]
        if not offers:
            continue
        rows.append(Row([desk.label(offers[0]), *[None] * (len(_METERS) + 3)]))
        base = desk.figures.quoted(offers[0], _METERS[0])
        for card in offers:
            for said, attributes in _ways(card, desk):
                rows.append(_offer(card, said, attributes, base, desk))
    columns = [Column("model,seller", "Per 1M tokens")]
    # four places: a conversion from units of account would give every price its own digits
    columns += [Column(f"{m.replace('.', '_')}_per_1m", m, "money", 4) for m in _METERS]
    columns += [
        Column("of_maker", "input, of the maker's", "percent"),
        Column("checked", "Checked", "number"),
        Column("status", "But"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def _offer(card: RateCard, said: str, attributes: dict[str, str], base: Any, desk: Desk) -> Row:
    revision, _ = card.revision_at(desk.at)
    found = desk.figures.quoted(card, _METERS[0], attributes=attributes)
    share = None
    currency = revision.get("currency", card.provider.currency)
    if not isinstance(found, str) and not isinstance(base, str) and base[0]:
        same = currency == _currency(desk, card)
        share = cell((found[0] / found[1]) / (base[0] / base[1])) if same else None
    title = f"{card.provider.title}, {said}" if said else card.provider.title
    if currency != _currency(desk, card):
        title = f"{title} ({currency})"
    cells = [desk.per_million(card, m, attributes=attributes) for m in _METERS]
    return Row([title, *cells, share, checked(revision), _marks(revision)], level=1)


def _currency(desk: Desk, card: RateCard) -> str:
    """Give the currency of the card's maker, or its own."""
    book = desk.figures.catalog.book
    return book.provider(card.publisher).currency if card.publisher in book \
        else card.provider.currency  # fmt: skip


def _ways(card: RateCard, desk: Desk) -> Iterator[tuple[str, dict[str, str]]]:
    """Give what a request must say to have a price: nothing, or each value that it is sold by."""
    name = _asked(card, {}, desk)
    if name is None:
        yield "", {}
        return
    values = card.provider.book.vocabulary.attributes[name].values or ()
    for value in values:
        if not isinstance(desk.figures.quoted(card, _METERS[0], attributes={name: value}), str):
            yield value, {name: value}


def _asked(card: RateCard, attributes: dict[str, str], desk: Desk) -> str | None:
    """Give the attribute on which the price of input depends and that has no default."""
    usage = Usage({_METERS[0]: 1}, at=desk.at, attributes=attributes, context_tokens=1)
    try:
        pricing.rate(usage, card, estimates=True)
    except Unpriced as error:
        first: Any = error.refusals[0]
        if getattr(first, "code", "") == "depends_on":
            vocabulary = card.provider.book.vocabulary
            return next((n for n in vocabulary.attributes if f" on {n}," in first.text), None)
    except (NoRevision, PricingError):
        pass
    return None


def _is_sold(card: RateCard, desk: Desk) -> bool:
    return desk.figures.status(card) == "sold"


def _marks(revision: Any) -> Any:
    told = ["unverified"] if revision.get("unverified") else []
    told += [revision["dated"]] if "dated" in revision else []
    told += [f"{revision['confidence']} confidence"] if "confidence" in revision else []
    return Word(", ".join(told), "warn") if told else ""


def headline(desk: Desk, seller: str) -> str:
    """Say what a seller's page is about."""
    provider = desk.figures.catalog.book.provider(seller)
    sold, ended = int(desk.figures.sold(seller)), int(desk.figures.ended(seller))
    gone = f", {ended} no longer" if ended else ""
    cards = "1 card" if sold == 1 else f"{sold} cards"
    return f"{provider.title} on {desk.text('{at}')}: {cards} on sale{gone}"


def overview(spec: Spec, desk: Desk) -> Table:
    """All sellers: how many cards, revisions and pages each has, and when they were read last."""
    columns = [
        Column("seller", "Seller", "name"),
        Column("title", "Called"),
        Column("cards", "Cards", "number"),
        Column("revisions", "Revisions", "number"),
        Column("meters", "Meters", "number"),
        Column("pages", "Pages", "number"),
        Column("checked", "Checked", "number"),
    ]
    rows = []
    for seller in desk.figures.catalog.book:
        cards = list(desk.figures.catalog.cards(seller))
        if not cards:
            continue
        revisions = [r for card in cards for r in card.revisions]
        pages = {s["url"] for r in revisions for s in r.get("sources", ())}
        meters = {meter for card in cards for found in tariffs(card) for meter in found.rates}
        days = [checked(r) for r in revisions]
        rows.append((seller, desk.figures.catalog.book.provider(seller).title, len(cards),
                     len(revisions), len(meters), len(pages), max(days, default="")))  # fmt: skip
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def cards(spec: Spec, desk: Desk) -> Table:
    """Every card of a seller that is sold: token prices, what else it charges, since when."""
    rows = []
    for card in desk.figures.catalog.cards(wanted(spec, "seller")):
        if not _is_sold(card, desk):
            continue
        revision, _ = card.revision_at(desk.at)
        for said, attributes in _ways(card, desk):
            name = f"{desk.label(card)}, {said}" if said else desk.label(card)
            prices = [desk.per_million(card, m, attributes=attributes) for m in _METERS]
            cells = [None if isinstance(p, Word) and p.text == "not sold" else p for p in prices]
            rows.append((name, *cells, _others(revision), short(revision["effective"]),
                         checked(revision), _marks(revision)))  # fmt: skip
    columns = [Column("model", "Per 1M tokens", "name")]
    columns += [Column(f"{m.replace('.', '_')}_per_1m", m, "money") for m in _METERS]
    columns += [
        Column("others", "And"),
        Column("since", "Since", "number"),
        Column("checked", "Checked", "number"),
        Column("status", "But"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def _others(revision: Any) -> str:
    """Name the further meters that a revision prices itself."""
    named = {price["meter"]: None for r in revision.get("rates", ()) for price in r["prices"]}
    return ", ".join(meter for meter in named if meter not in _METERS)
