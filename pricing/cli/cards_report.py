"""The report of ``pricing cards list``, and what the reports on cards share."""

from __future__ import annotations

from pricing.cards.prices import base_prices, is_unverified, unsure_of
from pricing.comparison.document import checked_day
from pricing.errors import PricingError, did_you_mean
from pricing.instants import day, iso
from pricing.money import text
from pricing.render import Column, Report, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog


def list_report(catalog: Catalog, seller: str | None, at: int, model: str | None = None) -> Report:
    """One row a card: what it charges at an instant for input and output.

    ``model`` is a part of the model's id, or a pattern such as ``gpt-5*``.

    Raises:
        PricingError: no card fits.
    """
    rows: list[Any] = []
    entries = []
    marked: dict[str, None] = {}
    starred = False
    listed = [card for card in catalog.cards(seller) if model is None or _fits(card, model)]
    if model is not None and not listed:
        near = did_you_mean(model, [card.model for card in catalog.cards(seller)])
        raise PricingError(f"no card of '{model}'", remedy=near or "Leave out --model to see all.")
    for card in listed:
        since, prices = base_prices(card, at)
        status = since if prices is None else ""
        unsure = unsure_of(card, at) if prices else None
        checked = checked_day(card.revisions) or ""
        if unsure:
            marked[unsure] = None
        cells = [prices.get(m, None) if prices else None for m in ("input", "output")]
        if unsure:
            cells = [cell and Word(f"{two(cell)}?", "warn") for cell in cells]
        elif prices and is_unverified(card, at):
            starred = True
            cells = [cell and Word(f"{two(cell)}*", "warn") for cell in cells]
        rows.append((card.name, *(cells if prices else (Word(status, "missing"), None)), checked))
        entries.append(
            {
                "card": card.name,
                "since": since if prices else None,
                "status": "conditional" if status.startswith("by ") else status or "priced",
                "confidence": (unsure or "high") if prices else None,
                "checked": checked or None,
                "per_1m": {m: text(p) for m, p in (prices or {}).items()},
            }
        )
    columns = [
        Column("card", "Card", "name"),
        Column("input_per_1m", "Input", "money"),
        Column("output_per_1m", "Output", "money"),
        Column("checked", "Checked", "number"),
    ]
    count = len(rows)
    of = f" of {seller}" if seller else f" of {len({r[0].partition('/')[0] for r in rows})} sellers"
    headline = f"{count:,} {'card' if count == 1 else 'cards'}{of}, per 1M token on {day(at)}"
    document = {"at": iso(at), "catalog": catalog.digest, "cards": entries}
    notes = []
    if marked:
        notes = [f"? is a price of {' or '.join(marked)} confidence: used with --estimates only"]
    if starred:
        notes.append("* is unverified: one public table alone has the price")
    notes += [f"{said}: not in these prices" for said in contracts_over(listed, catalog)]
    return Report("cards", headline, [Table(columns, rows)], notes=notes, document=document)


def _fits(card: RateCard, model: str) -> bool:
    from fnmatch import fnmatchcase

    ids = (card.model, *card.aliases)
    return any(model in each or fnmatchcase(each, model) for each in ids)


def contracts_over(cards: Iterable[RateCard], catalog: Catalog) -> list[str]:
    """Say which contracts are laid over these cards."""
    from fnmatch import fnmatchcase

    names = [card.name for card in cards] if catalog.book.contracts else []
    return [
        f"contract {contract['contract']} is laid over {', '.join(contract['cards'])}"
        f" ({contract['file']})"
        for contract in catalog.book.contracts
        if any(fnmatchcase(name, pattern) for pattern in contract["cards"] for name in names)
    ]


def two(price: Any) -> str:
    """Give a price with at least two decimal places."""
    shown = text(price)
    whole, _, places = shown.partition(".")
    return f"{whole}.{places:<02}"
