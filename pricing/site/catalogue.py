"""The catalogue as the page reads it: every model at a glance, and each seller's prices in full.

The prices are the engine's own, as text: the page shows them and works nothing out of them.
"""

from __future__ import annotations

from pricing.cards.prices import base_prices, is_unverified, unsure_of
from pricing.comparison.document import checked_day
from pricing.exports.rows import rows
from pricing.instants import iso
from pricing.money import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog

#: columns of a flat row that stand above a seller's rows already
_ABOVE = ("seller", "model", "aliases", "publisher", "currency")


def models_document(catalog: Catalog, at: int, version: str) -> dict[str, Any]:
    """Give every card in a few words, with its prices per 1M tokens at an instant."""
    cards = list(catalog.cards())
    sellers = {card.provider.name: card.provider for card in cards}
    vocabulary = catalog.book.vocabulary
    return {
        "schema": "pricing.site_models/1",
        "version": version,
        "at": iso(at),
        "catalog": catalog.digest,
        "meters": {
            name: {"unit": meter.unit, "side": meter.side}
            for name, meter in vocabulary.meters.items()
        },
        "attributes": {
            name: list(attribute.values or ()) for name, attribute in vocabulary.attributes.items()
        },
        "sellers": {
            name: {"title": seller.title, "currency": seller.currency}
            for name, seller in sellers.items()
        },
        "models": [_model(card, catalog, at) for card in cards],
    }


def _model(card: RateCard, catalog: Catalog, at: int) -> dict[str, Any]:
    since, prices = base_prices(card, at)
    doubt = None
    if prices:
        doubt = unsure_of(card, at) or ("unverified" if is_unverified(card, at) else None)
    return {
        "card": card.name,
        "seller": card.provider.name,
        "model": card.model,
        "publisher": card.publisher,
        "same": catalog.canonical(card),
        "aliases": list(card.aliases),
        "since": since if prices else None,
        "status": None if prices else since,
        "doubt": doubt,
        "checked": checked_day(card.revisions),
        "per_1m": {meter: text(price) for meter, price in (prices or {}).items()},
    }


def seller_documents(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Give each seller's cards with every price, factor and refusal, its days and its source."""
    found: dict[str, dict[str, Any]] = {}
    for card in catalog.cards():
        seller = found.setdefault(
            card.provider.name,
            {
                "schema": "pricing.site_seller/1",
                "seller": card.provider.name,
                "title": card.provider.title,
                "currency": card.provider.currency,
                "cards": {},
            },
        )
        seller["cards"][card.model] = {"notes": _notes(card), "rows": []}
    order = {meter: place for place, meter in enumerate(catalog.book.vocabulary.meters)}
    for row in rows(catalog):
        assert row["seller"] is not None
        assert row["model"] is not None
        kept = {name: cell for name, cell in row.items() if cell is not None}
        for name in _ABOVE:
            kept.pop(name, None)
        found[row["seller"]]["cards"][row["model"]]["rows"].append(kept)
    for seller in found.values():
        for told in seller["cards"].values():
            told["rows"] = _in_order(_joined(told["rows"], order), order)
    return found


def _joined(found: list[dict[str, str]], order: Mapping[str, int]) -> list[dict[str, str]]:
    """Make one row of factors, or of refusals, that differ in nothing but their meter."""
    kept: dict[Any, dict[str, str]] = {}
    for row in sorted(found, key=lambda row: order.get(row["meter"], len(order))):
        own = {name: cell for name, cell in row.items() if name != "meter"}
        key = row["meter"] if row["kind"] == "price" else "", *sorted(own.items())
        if row["kind"] != "price" and key in kept:
            kept[key]["meter"] += f", {row['meter']}"
        else:
            kept[(*key, len(kept)) if key in kept else key] = row
    return list(kept.values())


def _in_order(found: list[dict[str, str]], order: Mapping[str, int]) -> list[dict[str, str]]:
    """Give what holds now first, prices before factors, those without a condition on top."""

    def place(row: dict[str, str]) -> tuple[Any, ...]:
        kind = ("price", "factor", "unpriced").index(row["kind"])
        meter = order.get(row["meter"].partition(",")[0], len(order))
        return (kind, row.get("condition", ""), meter, int(row.get("tier_from") or 0))

    found.sort(key=place)
    # past ones by the day on which they ended, the last one first
    return sorted(found, key=lambda row: row.get("valid_to", "~"), reverse=True)


def _notes(card: RateCard) -> list[dict[str, Any]]:
    """Give each revision, the newest first: its first instant, what it says, and its pages."""
    found = []
    for revision in card.revisions:
        marks = [f"withdrawn {revision['withdrawn']}"] if "withdrawn" in revision else []
        marks += ["ended"] if revision.get("ended") else []
        note: dict[str, Any] = {"from": iso(revision["effective"])}
        if marks:
            note["mark"] = ", ".join(marks)
        if "note" in revision:
            note["note"] = revision["note"]
        note["sources"] = [
            {
                "url": source["url"],
                "day": source.get("checked") or source.get("seen"),
                **({"note": source["note"]} if "note" in source else {}),
            }
            for source in revision.get("sources", ())
        ]
        found.append(note)
    return found
