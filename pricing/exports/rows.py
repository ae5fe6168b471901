"""Every price and factor of the catalogue as one flat row, with the days on which it holds.

A row is a ``price`` (quantity × price / per × factor), a ``factor`` that a modifier puts on a meter
when its condition holds, or an ``unpriced`` meter, so that nothing is free for want of a row.
Contracts are not in it: they are the buyer's, not the seller's.
"""

from __future__ import annotations

from pricing.cards.flat import Origins, tariffs
from pricing.cards.model import is_announced
from pricing.instants import FOREVER, iso
from pricing.money import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pricing.cards.clauses import Modifier, Rate, Source, Unprice
    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.catalog import Catalog

    Row = dict[str, str | None]

#: the columns in their order, with what they hold
COLUMNS = {
    "kind": "price, factor or unpriced",
    "seller": "who sells and bills",
    "model": "the id that the seller takes",
    "aliases": "further ids, with spaces between them",
    "publisher": "who made the model",
    "meter": "what is counted",
    "condition": "what must hold, as name and value; empty: always",
    "tier_from": "the quantity from which the price holds; of the request, or of the pool",
    "tier_up_to": "the quantity up to which the price holds; empty: without end",
    "price": "what so many units cost, as printed",
    "per": "how many units the price is for",
    "unit": "what one of the meter is",
    "currency": "of the price",
    "factor": "what the modifier multiplies by; of a price row, what its seller puts on another's",
    "name": "what the clause is called, where it has a name",
    "minimum": "a smaller quantity counts as this much",
    "increment": "quantities are rounded up to a multiple of this",
    "pool": "the allowance that the tiers are filled by",
    "reason": "of an unpriced row: unpublished or not_offered",
    "valid_from": "the first instant at which it holds, UTC",
    "valid_to": "the instant at which it holds no more, UTC; empty: open",
    "dated": "printed, observed or inferred: how the first day is known",
    "confidence": "medium or low where it is not sourced well; unverified; announced; else high",
    "source_url": "a page that says so",
    "checked": "the day on which that page was read last",
    "source": "file:line of the clause",
}
#: these are exact decimals; their text is never in scientific notation
NUMBERS = ("tier_from", "tier_up_to", "price", "per", "factor", "minimum", "increment")
_KEY = (
    "seller",
    "model",
    "kind",
    "meter",
    "condition",
    "name",
    "valid_from",
    "tier_from",
    "source",
)


def rows(catalog: Catalog, seller: str | None = None) -> list[Row]:
    """Give every row of the catalogue, or of one seller, in an order that never varies."""
    origins = Origins(catalog.book)
    found: list[Row] = []
    for card in catalog.cards(seller):
        found += _joined(row for now in tariffs(card) for row in _rows(card, now, origins))
    return sorted(found, key=lambda row: tuple(row[name] or "" for name in _KEY))


def _joined(found: Iterable[Row]) -> list[Row]:
    """Join rows that follow each other without a gap and differ in nothing but their days."""
    kept: dict[tuple[str | None, ...], Row] = {}
    done: list[Row] = []
    for row in found:
        key = tuple(v for k, v in row.items() if k not in ("valid_from", "valid_to"))
        held = kept.get(key)
        if held is not None and held["valid_to"] == row["valid_from"]:
            held["valid_to"] = row["valid_to"]
            continue
        kept[key] = row
        done.append(row)
    return done


def _rows(card: RateCard, now: Tariff, origins: Origins) -> Iterator[Row]:
    head: Row = dict.fromkeys(COLUMNS)
    head |= {
        "seller": card.provider.name,
        "model": card.model,
        "aliases": " ".join(card.aliases) or None,
        "publisher": card.publisher,
        "currency": now.currency,
        "valid_from": iso(now.since),
        "valid_to": None if now.until >= FOREVER else iso(now.until),
    }
    meters = card.provider.book.vocabulary.meters
    for rates in now.rates.values():
        for rate in rates:
            about = _about(origins, rate.seller, rate.source, now.revision)
            yield from _prices({**head, **about}, rate)
    for modifier in now.modifiers:
        about = _about(origins, card.provider.name, modifier.source, now.revision)
        for meter in now.rates:
            row = _factor({**head, **about}, modifier, meter, meters[meter].unit)
            if row is not None:
                yield row
    for clause in now.unpriced:
        about = _about(origins, card.provider.name, clause.source, now.revision)
        yield from _refusals({**head, **about}, clause)


def _about(origins: Origins, seller: str, source: Source, revision: Mapping[str, Any]) -> Row:
    """Give where a clause stands and how well it is known."""
    version = origins.of(seller, source) or revision
    pages = [s for s in version.get("sources", ()) if "checked" in s or "seen" in s]
    newest = max(pages, key=lambda s: s.get("checked") or s["seen"], default=None)
    doubt = version.get("confidence") or ("unverified" if version.get("unverified") else None)
    if doubt is None and is_announced(version):
        doubt = "announced"
    return {
        "dated": version.get("dated", "printed"),
        "confidence": doubt or "high",
        "source_url": newest["url"] if newest else None,
        "checked": (newest.get("checked") or newest["seen"]) if newest else None,
        "source": str(source),
    }


def _prices(head: Row, rate: Rate) -> Iterator[Row]:
    low = "0"
    for top, price in rate.tiers:
        yield {
            **head,
            "kind": "price",
            "meter": rate.meter,
            "condition": str(rate.when) or None,
            "tier_from": low if len(rate.tiers) > 1 else None,
            "tier_up_to": None if top is None else text(top),
            "price": text(price),
            "per": text(rate.per),
            "unit": rate.unit,
            "factor": None if rate.multiply is None else text(rate.multiply),
            "name": rate.name,
            "minimum": None if rate.minimum is None else text(rate.minimum),
            "increment": None if rate.increment is None else text(rate.increment),
            "pool": rate.pool,
            "confidence": rate.confidence or head["confidence"],
        }
        low = "" if top is None else text(top)


def _factor(head: Row, modifier: Modifier, meter: str, unit: str) -> Row | None:
    factor = modifier.factor_for(meter, unit)
    if factor is None:
        return None
    return {
        **head,
        "kind": "factor",
        "meter": meter,
        "condition": str(modifier.when) or None,
        "unit": unit,
        "factor": text(factor),
        "name": modifier.name,
    }


def _refusals(head: Row, clause: Unprice) -> Iterator[Row]:
    for meter in clause.meters or ("*",):
        yield {
            **head,
            "kind": "unpriced",
            "meter": meter,
            "condition": str(clause.when) or None,
            "currency": None,
            "name": clause.name,
            "reason": clause.because,
        }
