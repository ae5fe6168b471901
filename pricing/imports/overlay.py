"""An overlay of unverified cards from a public price table, in wire form and as files.

Every rate says for which tier of service and how much context it is stated, so that what the table
does not state is refused and never priced as the next best thing.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal

from pricing.cards.dump import dump_card, dump_provider
from pricing.imports.offer import EVERYWHERE, grouped, is_id
from pricing.instants import instant
from pricing.money import EXACT, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.imports.offer import Offer, Price, Span, Table

    Wire = dict[str, Any]

#: tokens; a threshold beyond is a slip
_LONGEST_CONTEXT = 10**12
_PER = {"token": 1_000_000, "search": 1_000, "query": 1_000}


class Overlay:
    """Cards by seller and model, sellers that are new, and how much was known already."""

    def __init__(self) -> None:
        self.cards: dict[tuple[str, str], Wire] = {}
        self.sellers: dict[str, Wire] = {}
        self.known = 0
        self.zeros = 0

    def counts(self) -> dict[str, int]:
        """Give how many cards each seller has."""
        found: dict[str, int] = {}
        for seller, _ in self.cards:
            found[seller] = found.get(seller, 0) + 1
        return dict(sorted(found.items()))


def overlay(table: Table, catalog: Catalog, as_of: str, seller: str | None = None) -> Overlay:
    """Give the cards of a table as read on a day, of one seller or of all.

    A model that a card has already stays out: a table must not overrule it. All that is left out
    is noted on the table.
    """
    made = Overlay()
    ids: dict[str, set[str]] = {}
    for (name, model), offers in _grouped(table, seller).items():
        entry = catalog.book.index.get(name)
        if entry is not None and model in entry["models"]:
            made.known += 1
            continue
        revisions = list(_revisions(offers, table, catalog, as_of))
        if not revisions:
            table.skip("(entry)", "no price that a meter of ours counts", offers[0].key)
            continue
        taken = ids.setdefault(name, set(entry["models"] if entry is not None else ()))
        taken.add(model)
        made.cards[name, model] = _card(offers[-1], model, revisions)
        made.zeros += sum(
            1 for r in revisions for rate in r["rates"] for p in rate["prices"]
            if p["tiers"][0][1] == "0"
        )  # fmt: skip
        if entry is None:
            made.sellers.setdefault(name, _provider(name, table, as_of))
    _aliases(made, table, ids)
    return made


def _grouped(table: Table, seller: str | None) -> dict[tuple[str, str], list[Offer]]:
    """Give the offers of each model, the oldest first; of two entries for one id the first."""
    found: dict[tuple[str, str], list[Offer]] = {}
    for offer in table.offers:
        if seller is not None and offer.seller != seller:
            continue
        held = found.setdefault((offer.seller, offer.model), [])
        is_other = bool(held) and (
            offer.key != held[0].key or offer.effective in [other.effective for other in held]
        )
        if not is_other:
            held.append(offer)
        elif _stated(held[0]) != _stated(offer):
            table.skip("(entry)", "another entry with this id has other prices", offer.key)
    for offers in found.values():
        offers.sort(key=lambda offer: offer.effective or "")
    return dict(sorted(found.items()))


def _is_span(span: Span) -> bool:
    above, up_to = span
    low = 0 if above is None else above
    return 0 <= low <= _LONGEST_CONTEXT and (up_to is None or low < up_to <= _LONGEST_CONTEXT)


def _stated(offer: Offer) -> set[tuple[str, str, Span, Decimal]]:
    return {(p.meter, p.tier, p.span, p.value) for p in offer.prices}


def _revisions(
    offers: Sequence[Offer], table: Table, catalog: Catalog, as_of: str
) -> Iterator[Wire]:
    """Give the revisions of a card, the newest first."""
    known = catalog.book.vocabulary.meters
    for number, offer in reversed(list(enumerate(offers))):
        later = [o.effective for o in offers[number + 1 :] if o.effective is not None]
        if offer.effective is None and any(day <= as_of for day in later):
            table.skip("(former prices)", "no first day", offer.key)
            continue
        sound = []
        for price in offer.prices:
            if price.meter not in known:
                table.skip(price.field, "no meter of ours", offer.key)
            elif not _is_span(price.span):
                table.skip(price.field, "no sound threshold", offer.key)
            else:
                sound.append(price)
        if not sound:
            continue
        yield {
            "effective": instant(offer.effective or as_of),
            "dated": "observed",
            "unverified": True,
            "sources": [{"url": table.url, "checked": as_of, "note": f"as {offer.key}"}],
            "rates": list(rates(sound)),
        }


def rates(prices: Sequence[Price]) -> Iterator[Wire]:
    """Give rates in wire form whose conditions exclude each other."""
    tokens = [price for price in prices if price.unit == "token"]
    tiers = {price.tier for price in tokens}
    groups: dict[tuple[Any, ...], list[Price]] = {}
    for price, span in spanned(tokens):
        tier = price.tier if tiers != {"standard"} else None
        groups.setdefault((tier, span, "token", ()), []).append(price)
    for price in prices:
        if price.unit != "token":
            attributes = tuple(sorted(price.attributes.items()))
            groups.setdefault((None, EVERYWHERE, price.unit, attributes), []).append(price)
    for (tier, span, unit, attributes), held in groups.items():
        per = _PER.get(unit, 1)
        when: Wire = {"service_tier": tier} if tier is not None else {}
        ends = {"above": span[0], "up_to": span[1]}
        bounds = {name: grouped(end) for name, end in ends.items() if end is not None}
        when |= {"context_tokens": bounds} if bounds else {}
        when |= dict(attributes)
        cells: dict[str, Wire] = {}
        for price in held:
            value = text(EXACT.multiply(price.value, Decimal(per)))
            cells.setdefault(price.meter, {"meter": price.meter, "tiers": [[None, value]]})
        yield {
            **({"when": when} if when else {}),
            "per": str(per),
            "unit": unit,
            "prices": list(cells.values()),
        }


def spanned(tokens: Sequence[Price]) -> Iterator[tuple[Price, Span]]:
    """Give each price with the span in which it is stated and no other one of its meter is.

    A price without a threshold of its own holds up to the lowest that the model has: above it the
    table says nothing.
    """
    lowest = min((p.span[0] for p in tokens if p.span[0] is not None), default=None)
    for price in tokens:
        above, up_to = price.span
        same = [
            p.span[0]
            for p in tokens
            if (p.meter, p.tier) == (price.meter, price.tier)
            and p.span[0] is not None
            and (above is None or p.span[0] > above)
        ]
        if up_to is None:
            up_to = min(same, default=lowest if above is None else None)
        yield price, (above, up_to)


def _card(offer: Offer, model: str, revisions: list[Wire]) -> Wire:
    card: Wire = {"model": model, "provider": offer.seller}
    if offer.publisher is not None and offer.publisher != offer.seller:
        card["publisher"] = offer.publisher
    if offer.aliases:
        card["aliases"] = list(offer.aliases)
    if offer.facts:
        card["facts"] = dict(offer.facts)
    return {**card, "revisions": revisions}


def _aliases(made: Overlay, table: Table, ids: Mapping[str, set[str]]) -> None:
    """Keep each alias that no other card of the seller has."""
    for (seller, model), card in made.cards.items():
        kept = []
        for alias in card.pop("aliases", ()):
            if not is_id(alias):
                table.skip("match.equals", "no sound id", f"{seller}/{model}")
            elif alias in ids[seller]:
                table.skip("match.equals", "an id of another card", f"{seller}/{model}")
            else:
                ids[seller].add(alias)
                kept.append(alias)
        if kept:
            revisions = card.pop("revisions")
            facts = card.pop("facts", None)
            card |= {"aliases": kept, **({"facts": facts} if facts else {}), "revisions": revisions}


def _provider(name: str, table: Table, as_of: str) -> Wire:
    return {
        "provider": name,
        "currency": "USD",
        "sells": "resale",
        "note": f"Known from {table.name} alone.",
        "sources": [{"url": table.url, "checked": as_of}],
        "terms": {},
    }


def files(made: Overlay) -> dict[str, str]:
    """Give the text of each file by its path in the overlay's folder."""
    found = {f"{name}/provider.yaml": dump_provider(wire) for name, wire in made.sellers.items()}
    taken: set[str] = {path.lower() for path in found}
    for (seller, model), card in made.cards.items():
        stem = re.sub(r"[^A-Za-z0-9._-]", "-", model).strip(".-") or "model"
        path, number = f"{seller}/{stem}.yaml", 1
        while path.lower() in taken or path.lower().endswith("/provider.yaml"):
            number += 1
            path = f"{seller}/{stem}-{number}.yaml"
        taken.add(path.lower())
        found[path] = dump_card(card)
    return found


def write(folder: str, texts: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for path, content in texts.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(content)
