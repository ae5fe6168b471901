"""A tariff: all that one card charges between two instants; terms, followed cards, contracts too.

Compiled once per card and interval, and kept on the card.
"""

from __future__ import annotations

from math import ceil, floor

from pricing.cards.clauses import Clauses, Unprice
from pricing.cards.conditions import CONTEXT, WINDOW, Bounds
from pricing.cards.vocabulary import covers
from pricing.errors import CardError, NoRevision
from pricing.instants import FOREVER
from pricing.money import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pricing.cards.clauses import Modifier, Rate
    from pricing.cards.conditions import When
    from pricing.cards.model import RateCard

_LONGEST_CHAIN = 8


class Tariff:
    """All clauses in force, by kind; ``quotes`` keeps what was compiled for each rating key."""

    __slots__ = (
        "assume",
        "card",
        "currency",
        "cuts",
        "defaults",
        "implied",
        "modifiers",
        "negotiated",
        "per_request",
        "quotes",
        "rates",
        "revision",
        "since",
        "stacks",
        "unpriced",
        "until",
        "windows",
    )

    def __init__(self, card: RateCard, revision: Mapping[str, Any], since: int, until: int) -> None:
        self.card = card
        self.revision = revision
        self.since = since
        self.until = until
        self.rates: dict[str, list[Rate]] = {}
        self.negotiated: dict[str, list[Rate]] = {}
        self.modifiers: list[Modifier] = []
        self.unpriced: list[Unprice] = []
        self.stacks: list[frozenset[str]] = []
        #: filled by pricing.rating, by rating key
        self.quotes: dict[Any, Any] = {}
        provider = card.provider
        self.currency: str = revision.get("currency", provider.currency)
        self.per_request = revision.get("per_request", provider.wire.get("per_request"))
        self.assume: Mapping[str, str] = provider.wire.get("assume", {})
        self.defaults = _defaults(card)
        #: context_tokens at which some clause changes its mind, ascending
        self.cuts: list[int] = []
        self.windows: tuple[str, ...] = ()
        self.implied: tuple[tuple[str, int], ...] = ()

    def narrow(self, since: int, until: int) -> None:
        """Shorten the interval to the part in which another clause also holds still."""
        self.since = max(self.since, since)
        self.until = min(self.until, until)

    def add_rates(self, rates: Iterable[Rate]) -> None:
        for rate in rates:
            layer = self.rates if rate.source.contract is None else self.negotiated
            layer.setdefault(rate.meter, []).append(rate)

    def add(self, clauses: Clauses) -> None:
        self.add_rates(clauses.rates)
        self.modifiers += clauses.modifiers
        self.unpriced += clauses.unpriced
        self.stacks += clauses.stacks

    def conditions(self) -> Iterator[When]:
        """Give the ``when`` of every clause."""
        for layer in (self.rates, self.negotiated):
            for rates in layer.values():
                for rate in rates:
                    yield rate.when
        for modifier in self.modifiers:
            yield modifier.when
        for unprice in self.unpriced:
            yield unprice.when

    def finish(self) -> None:
        """Work out what the rating key has to tell apart."""
        cuts, windows = set(self.cuts), set(self.windows)
        for when in self.conditions():
            for name, constraint in when.constraints.items():
                if name == CONTEXT and isinstance(constraint, Bounds):
                    cuts.update(_cuts(constraint))
                elif name.startswith(WINDOW):
                    windows.add(name)
        self.cuts = sorted(cuts)
        self.windows = tuple(sorted(windows))
        meters = self.card.provider.book.vocabulary.meters
        self.implied = tuple(
            (name, meters[name].implied)
            for name in {**self.rates, **self.negotiated}
            if meters[name].implied
        )


def _defaults(card: RateCard) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        name: decimal(attribute.default)
        if attribute.number and attribute.default is not None
        else attribute.default
        for name, attribute in card.provider.book.vocabulary.attributes.items()
    }
    for name, value in card.provider.wire.get("defaults", {}).items():
        defaults[name] = None if value == "ask" else value
    return defaults


def _cuts(bounds: Bounds) -> Iterable[int]:
    """Give the whole numbers at which a bound begins or ceases to hold."""
    if bounds.low is not None:
        value, included = bounds.low
        yield ceil(value) if included else floor(value) + 1
    if bounds.high is not None:
        value, included = bounds.high
        yield floor(value) + 1 if included else ceil(value)


def tariff(card: RateCard, at: int) -> Tariff:
    """Give what a card charges at an instant, by the buyer's contracts.

    Raises:
        NoRevision: the instant lies outside the card's revisions, or of one that it follows.
    """
    for since, until, known in card.intervals:
        if since <= at < until:
            return known  # type: ignore[no-any-return]
    compiled = listed(card, at)
    if card.provider.book.contracts:
        compiled = _compile(card, at, 0)
        _add_contracts(compiled, at)
        compiled.finish()
    card.intervals.append((compiled.since, compiled.until, compiled))
    return compiled


def listed(card: RateCard, at: int, depth: int = 0) -> Tariff:
    """Give what a card charges at an instant without contracts: what others may follow.

    Raises:
        NoRevision: as ``tariff``.
    """
    for since, until, known in card.listed:
        if since <= at < until:
            return known  # type: ignore[no-any-return]
    if depth > _LONGEST_CHAIN:
        raise CardError(f"{card.name} follows cards in a circle", path=card.file)
    compiled = _compile(card, at, depth)
    compiled.finish()
    card.listed.append((compiled.since, compiled.until, compiled))
    return compiled


def _compile(card: RateCard, at: int, depth: int) -> Tariff:
    provider = card.provider
    book = provider.book
    revision, until = card.revision_at(at)
    found = Tariff(card, revision, revision["effective"], until)
    own = provider.clauses(revision, card.file)
    found.add(own)
    for name in revision.get("terms", ()):
        version, since, until = provider.term(name, at)
        found.narrow(since, until)
        if version is not None:
            found.add(provider.clauses(version, provider.file))
    for follow in revision.get("follows", ()):
        followed = listed(book.card(follow["card"]), at, depth + 1)
        found.narrow(followed.since, followed.until)
        if followed.currency != found.currency and "multiply" not in follow:
            raise _other_currency(found, followed, follow["line"])
        _follow(found, follow, followed, own)
    for unprice in found.unpriced:
        if unprice.estimate is not None:
            _watch_estimate(found, unprice, at, depth)
    return found


def _other_currency(found: Tariff, followed: Tariff, line: int) -> CardError:
    return CardError(
        f"{followed.card.name} is in {followed.currency}, this card in {found.currency}",
        path=found.card.file,
        line=line,
        remedy="Say by `multiply` how much of this currency one unit of that is.",
    )


def _add_contracts(found: Tariff, at: int) -> None:
    from fnmatch import fnmatchcase

    card = found.card
    for contract in card.provider.book.contracts:
        if not any(fnmatchcase(card.name, pattern) for pattern in contract["cards"]):
            continue
        for clauses, since, until, holds in _contract_versions(contract, at):
            found.narrow(since, until)
            if holds:
                vocabulary = card.provider.book.vocabulary
                name = contract["contract"]
                seller = card.provider.name
                found.add(Clauses(clauses, contract["file"], seller, vocabulary, name))


def _contract_versions(
    contract: Mapping[str, Any], at: int
) -> Iterable[tuple[Mapping[str, Any], int, int, bool]]:
    """Give the version that governs an instant, its interval, and whether it holds there."""
    high = FOREVER
    for version in contract["revisions"]:
        start, end = version["effective"], version.get("until", FOREVER)
        if start <= at:
            if at < end:
                yield version, start, min(end, high), True
            else:
                yield version, end, high, False
            return
        high = start
    if contract["revisions"]:
        yield contract["revisions"][-1], -FOREVER, high, False


def _follow(found: Tariff, follow: Mapping[str, Any], followed: Tariff, own: Clauses) -> None:
    """Take over the prices of another tariff; its clauses that are not kept become unpriced."""
    paths = follow.get("meters")
    factor = decimal(follow.get("multiply", "1"))
    keep_all = follow.get("keep") == "all"
    kept = frozenset() if keep_all else frozenset(follow.get("keep", ()))

    def taken(meter: str) -> bool:
        return paths is None or any(covers(path, meter) for path in paths)

    lost: list[tuple[str, Any]] = []
    for meter, rates in followed.rates.items():
        if not taken(meter):
            continue
        for rate in rates:
            if keep_all or rate.name is None or rate.name in kept:
                found.add_rates([rate.passed_on(factor, found.revision)])
            else:
                lost.append((rate.name, rate))
    # what this card answers itself; a meter that it leaves out is refused as unanswered
    whens = [modifier.when for modifier in own.modifiers] + [rate.when for rate in own.rates]
    answers = [when for when in whens if when.names]
    for modifier in followed.modifiers:
        if keep_all or modifier.name in kept:
            found.modifiers.append(modifier)
        elif not any(modifier.when.inside(mine) for mine in answers):
            lost.append((modifier.name, modifier))
    for name, clause in lost:
        found.unpriced.append(Unprice("unpublished", clause.when, paths, clause.source, None, name))
    for unprice in followed.unpriced:
        meters = unprice.meters
        if paths is not None and meters is not None:
            meters = tuple(m for m in meters if taken(m) or any(covers(m, p) for p in paths))
            if not meters:
                continue
        found.unpriced.append(
            Unprice(
                unprice.because, unprice.when, meters if meters is not None else paths,
                unprice.source, None, unprice.name,
            )
        )  # fmt: skip
    if keep_all:
        found.stacks += followed.stacks
        found.assume = {**followed.assume, **found.assume}
    else:
        found.stacks += [kept & stack for stack in followed.stacks if len(kept & stack) > 1]


def _watch_estimate(found: Tariff, unprice: Unprice, at: int, depth: int) -> None:
    """Let the rating key also tell apart what the estimate's card tells apart."""
    assert unprice.estimate is not None
    target = found.card.provider.book.card(unprice.estimate["follows"])
    try:
        followed = listed(target, at, depth + 1)
    except NoRevision as error:
        starts = [r["effective"] for r in found.card.provider.book.card(error.card).billing]
        earlier = [start for start in starts if start <= at]
        later = [start for start in starts if start > at]
        found.narrow(max(earlier, default=-FOREVER), min(later, default=FOREVER))
        return
    if followed.currency != found.currency:
        raise _other_currency(found, followed, unprice.source.line)
    found.narrow(followed.since, followed.until)
    found.cuts += followed.cuts
    found.windows += followed.windows
