"""``pricing cards diff``: what changed between two days, card folders or git revisions."""

from __future__ import annotations

from pricing.cards.prices import per_million
from pricing.cards.tariff import tariff
from pricing.cli import options
from pricing.cli.cards_sides import Side, sides
from pricing.cli.cost_tables import shown_places
from pricing.cli.output import emit
from pricing.errors import PricingError, RatingError
from pricing.instants import iso
from pricing.money import Money, text
from pricing.rating.sums import Tally
from pricing.render import Column, Figure, Report, Table, Word
from pricing.usage.records import Records
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cli.words import Command

    Change = tuple[str, str, Any, Any]


def command() -> Command:
    """Give the command with its options."""
    made = options.command(
        "cards diff",
        "Show what changed between two days, card folders or git revisions.",
        "OLD and NEW are two days or instants of one catalogue, or two catalogues: card folders, "
        "git:REVISION or git:REVISION:FOLDER. With usage, or the counts of one request of each "
        "--model, the change is worked out by model.",
    )
    made.argument("OLD")
    made.argument("NEW")
    made.option("--seller", "cards of this seller only", "NAME")
    made.option("--usage", "what the change does to the usage in a file", "FILE", many=True)
    made.option("--model", "what it does to one request of this model", "ID", many=True)
    options.add_counts(made)
    made.option("--requests", "how many such requests", "N", default="1")
    made.option("--at", "the day on which two catalogues are compared", "INSTANT")
    return made


def diff(words: list[str]) -> int:
    """Run the command."""
    args = options.parse(command(), words)
    at = options.when(args, default_now=True)
    assert at is not None
    before, after = sides(args, at)
    if args.seller is not None and args.seller not in before.catalog.book:
        after.catalog.book.provider(args.seller)
    options.keep_inputs(args.usage, args)
    counts = options.counts(args, after.catalog)
    if counts and args.usage:
        raise PricingError("--usage beside counts", remedy="Give one of the two.")
    if bool(counts) != bool(args.model):
        missing = "--model" if counts else "counts, such as --input 1000"
        raise PricingError(f"{missing}: missing", remedy="See pricing cards diff --help.")
    usages: Iterable[Usage] | None = None
    if args.usage:
        usages = (usage for many in Records(args.usage) for usage in many)
    elif counts:
        attributes = options.attributes(args, after.catalog)
        usages = [Usage(counts, model=model, attributes=attributes) for model in args.model]
    times = options.whole(args.requests, "--requests")
    emit(diff_report(before, after, args.seller, usages, times), args)
    return 0


def diff_report(
    before: Side,
    after: Side,
    seller: str | None,
    usages: Iterable[Usage] | None = None,
    times: int = 1,
) -> Report:
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
    blocks: list[Table] = [Table(columns, changes)] if changes else []
    if usages is not None:
        found = OnUsage(usages, before, after, times)
        headline = _usage_headline(found.old, found.new)
        document["usage"] = found.document()
        if found.left_out:
            left_out = found.left_out
            notes.append(f"{left_out:,} requests without a price on both sides are left out")
        if len(found.models) > 1:
            blocks.append(found.table())
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


class OnUsage:
    """What usage costs on each side, in all and by model.

    Raises:
        PricingError: a part of it has a price on one side only, or it is in several currencies.
    """

    def __init__(self, usages: Iterable[Usage], before: Side, after: Side, times: int = 1) -> None:
        tallies = (Tally(), Tally())
        self.left_out = 0
        for usage in usages:
            try:
                placed = [_placed(usage, side) for side in (before, after)]
            except PricingError:
                self.left_out += 1
                continue
            for (card, own), tally in zip(placed, tallies, strict=True):
                tally.add(own, card, (placed[1][0].name,))
        if tallies[0].incomplete or tallies[1].incomplete:
            raise PricingError(
                "a part of the usage has a price on one side only",
                remedy="pricing cost FILE --at DAY shows which.",
            )
        sums = [_sums(tally) for tally in tallies]
        self.models: dict[str, tuple[Money, Money]] = {}
        for name in sorted({*sums[0], *sums[1]}):
            known = sums[0].get(name) or sums[1][name]
            old, new = (side.get(name) or Money(0, known.currency) for side in sums)
            self.models[name] = (old * times, new * times)
        currencies = {money.currency for pair in self.models.values() for money in pair}
        if len(currencies) > 1:
            raise PricingError("the usage is in several currencies", remedy="Give its parts apart.")
        zero = Money(0, next(iter(currencies), "USD"))
        self.old, self.new = zero, zero
        for old, new in self.models.values():
            self.old, self.new = self.old + old, self.new + new

    def table(self) -> Table:
        """Give the change by model, the largest first."""
        currency = self.old.currency
        columns = [
            Column("card", "Card", "name"),
            Column(f"old_{currency.lower()}", f"Old {currency}", "money"),
            Column(f"new_{currency.lower()}", f"New {currency}", "money"),
            Column(f"change_{currency.lower()}", "Change", "money"),
        ]
        rows = [
            (name, old.amount, new.amount, Figure((new - old).amount, "+"))
            for name, (old, new) in self._by_size()
        ]
        change = Figure((self.new - self.old).amount, "+")
        return Table(columns, rows, ("Total", self.old.amount, self.new.amount, change))

    def _by_size(self) -> list[tuple[str, tuple[Money, Money]]]:
        def size(item: tuple[str, tuple[Money, Money]]) -> Any:
            change: Any = (item[1][1] - item[1][0]).amount
            return -abs(change)

        return sorted(self.models.items(), key=size)

    def document(self) -> dict[str, Any]:
        """Give the sums, and those of each model."""

        def sums(old: Money, new: Money) -> dict[str, str]:
            change = text((new - old).amount)
            return {"old": text(old.amount), "new": text(new.amount), "change": change}

        return {
            **sums(self.old, self.new),
            "currency": self.old.currency,
            "left_out": self.left_out,
            "models": [{"card": name, **sums(*pair)} for name, pair in self._by_size()],
        }


def _sums(tally: Tally) -> dict[str, Money]:
    """Give the cost of each card; raises PricingError where one has two currencies."""
    found: dict[str, Money] = {}
    for (name,), costs in tally.costs().items():
        if len(costs) > 1:
            raise PricingError("the usage is in several currencies", remedy="Give its parts apart.")
        found[name] = next(iter(costs.values())).total
    return found


def _placed(usage: Usage, side: Side) -> Any:
    """Give card and usage on one side; raises PricingError where it has no price at all there."""
    own = usage.replace()
    card, _ = side.catalog.locate(own, at=side.at)
    tariff(card, side.at)
    return card, own
