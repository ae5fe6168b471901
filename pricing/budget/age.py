"""How long ago somebody looked at what prices rest on.

A price rests on its own card; on a card that it follows, the term that gave a rate or a modifier,
and the buyer's contract, where it has something of them; and on the time windows that its card
asks for. The one that was looked at least lately decides. A table of holidays grows not stale:
past its ``known_until`` nothing is priced by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricing.cards.clauses import Source
from pricing.cards.conditions import WINDOW
from pricing.errors import NoRevision
from pricing.instants import DAY, day, instant
from pricing.rating.priced import Priced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from pricing.budget.parts import Prices
    from pricing.cards.model import RateCard
    from pricing.rating.cost import Extra

    Wire = Mapping[str, Any]


def stale(
    cards: Iterable[RateCard], rules: Iterable[Priced | Extra], prices: Prices
) -> list[tuple[str, str]]:
    """Give what is too old to judge by, with what to do: (fault, remedy), the oldest first.

    ``rules`` are those of the cost lines of ``cards``, each as often as it likes.
    """
    looked: dict[str, str | None] = {}
    for card in cards:
        looked[f"card {card.name}"] = _last(card.revisions)
    for rule in {id(rule): rule for rule in rules}.values():
        looked |= dict(_origins(rule, prices.at))
    found = []
    for name, last in sorted(looked.items(), key=lambda row: (row[1] or "", row[0])):
        age = None if last is None else (prices.today - instant(last)) // DAY
        if age is not None and age <= prices.stale_after:
            continue
        what = f"the {name} was never checked"
        if age is not None:
            what = f"the {name} was last checked on {last}, {age} days ago"
        found.append(
            (
                f"{what}; stale after {prices.stale_after} days",
                f"Renew the cards, or raise `stale_after` (today is {day(prices.today)}).",
            )
        )
    return found


def _last(versions: Sequence[Wire]) -> str | None:
    """Give the last day on which somebody looked at one of these."""
    return max(
        (s["checked"] for each in versions for s in each.get("sources", ()) if "checked" in s),
        default=None,
    )


def _origins(rule: Priced | Extra, at: int) -> Iterator[tuple[str, str | None]]:
    """Give all that a price rests on, each with the last day on which it was looked at."""
    tariff = rule.tariff
    card = tariff.card
    yield f"card {card.name}", _last(card.revisions)
    for name in tariff.windows:
        window = name.removeprefix(WINDOW)
        yield f"time window {window}", _last([card.provider.book.calendars[window]])
    if isinstance(rule, Priced):
        sources = [rule.rate.source, *(modifier.source for modifier, _ in rule.applied)]
    else:
        path, _, line = rule.source.rpartition(":")
        sources = [Source(path, int(line))]
    behind = list(_behind(card, at, set()))
    for source in sources:
        yield from _origin(source, behind)


def _behind(card: RateCard, at: int, known: set[str]) -> Iterator[RateCard]:
    """Give a card and those that it follows, or estimates by, at an instant."""
    known.add(card.name)
    yield card
    try:
        revision, _ = card.revision_at(at)
    except NoRevision:
        return
    follows = [follow["card"] for follow in revision.get("follows", ())]
    for clause in revision.get("unpriced", ()):
        if "estimate" in clause:
            follows.append(clause["estimate"]["follows"])
    for name in follows:
        other = card.provider.book.card(name)
        if other.name not in known:
            yield from _behind(other, at, known)


def _origin(source: Source, behind: Sequence[RateCard]) -> Iterator[tuple[str, str | None]]:
    """Give the contract, the card or the term in which a clause stands."""
    book = behind[0].provider.book
    if source.contract is not None:
        for contract in book.contracts:
            if contract["contract"] == source.contract:
                yield f"contract {source.contract}", _last(contract["revisions"])
        return
    for card in behind:
        if source.file == card.file:
            yield f"card {card.name}", _last(card.revisions)
            return
    for provider in {card.provider.name: card.provider for card in behind}.values():
        for name, versions in provider.wire.get("terms", {}).items():
            if provider.file == source.file and any(source.line in _lines(v) for v in versions):
                yield f"term '{name}' of {provider.name}", _last(versions)


def _lines(version: Wire) -> Iterator[int]:
    """Give the lines in which the clauses of a version stand."""
    for rate in version.get("rates", ()):
        for price in rate["prices"]:
            yield price["line"]
    for modifier in version.get("modifiers", ()):
        yield modifier["line"]
