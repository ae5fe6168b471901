"""The report of ``pricing cards diff``: what changed between two days or two card folders."""

from __future__ import annotations

from pricing.cards.tariff import tariff
from pricing.cli.cards_report import per_million
from pricing.cli.cost_tables import shown_places
from pricing.errors import PricingError, RatingError
from pricing.instants import iso
from pricing.money import Money, text
from pricing.rating.sums import Tally
from pricing.render import Column, Report, Table, Word
from pricing.usage.records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.usage.usage import Usage

    Change = tuple[str, str, Any, Any]


class Side:
    """One side: a catalogue at an instant."""

    __slots__ = ("at", "catalog")

    def __init__(self, catalog: Catalog, at: int) -> None:
        self.catalog = catalog
        self.at = at


def diff_report(before: Side, after: Side, seller: str | None, files: list[str]) -> Report:
    """Give what changed, card by card and meter by meter; with usage, by how much."""
    names = {
        card.name
        for side in (before, after)
        for card in side.catalog.cards()
        if seller is None or card.provider.name == seller
    }
    changes = [change for name in sorted(names) for change in _changes(name, before, after)]
    # prices that changed first, then cards that came or went
    changes.sort(key=lambda change: change[2] is None and change[3] is None)
    columns = [
        Column("card", "Card", "name"),
        Column("meter", "Meter"),
        Column("old", "Old", "money"),
        Column("new", "New", "money"),
    ]
    document: dict[str, Any] = {
        "old": iso(before.at),
        "new": iso(after.at),
        "changes": [
            {"card": card, "meter": meter, "old": _shown(old), "new": _shown(new)}
            for card, meter, old, new in changes
        ],
    }
    count = len(changes)
    headline = f"{count:,} change{'' if count == 1 else 's'}" if count else "No change"
    notes: list[str] = []
    if files:
        first, second, left_out = _on_usage(files, before, after)
        headline = _usage_headline(first, second)
        document["usage"] = {
            "old": text(first.amount),
            "new": text(second.amount),
            "change": text((second - first).amount),
            "currency": first.currency,
            "left_out": left_out,
        }
        if left_out:
            notes.append(f"{left_out:,} requests without a price on both sides are left out")
    blocks = [Table(columns, changes)] if changes else []
    return Report("cards_diff", headline, blocks, notes, document=document)


def _usage_headline(first: Money, second: Money) -> str:
    places = max(shown_places(first.amount), shown_places(second.amount))
    first, second = first.rounded(places), second.rounded(places)
    change = (second - first).amount
    sums = f"{first.amount:,.{places}f} -> {second.amount:,.{places}f}"
    sign = "+" if change > 0 else ""
    return f"{sign}{change:,.{places}f} {first.currency} on this usage: {sums}"


def _shown(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.text if isinstance(cell, Word) else text(cell)


def _changes(name: str, before: Side, after: Side) -> list[Change]:
    old, new = _prices(before, name), _prices(after, name)
    if old is None and new is None:
        return []
    if old is None:
        return [(name, "new card", None, None)]
    if new is None:
        return [(name, "no longer priced", None, None)]
    return [
        (name, key, old.get(key), new.get(key))
        for key in dict.fromkeys((*old, *new))
        if _shown(old.get(key)) != _shown(new.get(key))
    ]


def _prices(side: Side, name: str) -> dict[str, Any] | None:
    """Give every price and factor of a card at an instant, under a readable key."""
    try:
        found = tariff(side.catalog.book.card(name), side.at)
    except RatingError:
        return None
    prices: dict[str, Any] = {}
    for layer in (found.rates, found.negotiated):
        for meter, rates in layer.items():
            for rate in rates:
                when = f" ({rate.when})" if rate.when.names else ""
                price = rate.tiers[-1][1]
                prices[meter + when] = per_million(rate) if rate.unit == "token" else price
    for modifier in found.modifiers:
        if modifier.factor is not None:
            prices[f"x {modifier.name}"] = modifier.factor
        for path, factor in (modifier.factors or {}).items():
            prices[f"x {modifier.name} on {path}"] = factor
    for unprice in found.unpriced:
        when = str(unprice.when) or "always"
        for meter in unprice.meters or ("all",):
            prices[f"{meter} ({when})"] = Word(unprice.because, "missing")
    return prices


def _on_usage(files: list[str], before: Side, after: Side) -> tuple[Money, Money, int]:
    """Give what the usage costs on each side, and how many usages have no price on both."""
    old, new = Tally(), Tally()
    left_out = 0
    for usages in Records(files):
        for usage in usages:
            try:
                sides = [
                    (_placed(usage, side), tally) for side, tally in ((before, old), (after, new))
                ]
            except PricingError:
                left_out += 1
                continue
            for (card, placed), tally in sides:
                tally.add(placed, card)
    if old.incomplete or new.incomplete:
        raise PricingError(
            "a part of the usage has a price on one side only",
            remedy="pricing cost FILE --at DAY shows which.",
        )
    sums = []
    for tally in (old, new):
        costs = tally.costs().get((), {})
        if len(costs) > 1:
            raise PricingError("the usage is in several currencies", remedy="Give its parts apart.")
        sums.append(next(iter(costs.values())).total if costs else Money(0, "USD"))
    return sums[0], sums[1], left_out


def _placed(usage: Usage, side: Side) -> Any:
    """Give card and usage on one side; raises PricingError where it has no price at all there."""
    placed = usage.replace()
    card, _ = side.catalog.locate(placed, at=side.at)
    tariff(card, side.at)
    return card, placed
