"""A tariff: all that one card charges between two instants; terms, followed cards, contracts too.

Compiled once per card and interval, and kept on the card.
"""

from __future__ import annotations

from bisect import bisect_right
from math import ceil, floor

from pricing.cards.clauses import Clauses, Source, Unprice, read_per_request, soft_date
from pricing.cards.conditions import CONTEXT, WINDOW, Bounds
from pricing.cards.vocabulary import covers
from pricing.errors import CardError, NoRevision
from pricing.instants import FOREVER
from pricing.money import EXACT, decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal
    from typing import Any

    from pricing.cards.clauses import Modifier, Rate
    from pricing.cards.conditions import When
    from pricing.cards.model import RateCard

#: more tokens than any context holds
_ENDLESS = 1 << 64
_OWN_RULE = "Give this revision a `per_request` of its own, {} for none."


class Tariff:
    """All clauses in force, by kind; ``quotes`` keeps what was compiled for each rating key."""

    __slots__ = (
        "assume",
        "card",
        "currency",
        "cuts",
        "defaults",
        "has_own_rule",
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
        #: whether ``per_request`` is a revision's, this one's or a followed one's
        self.has_own_rule = "per_request" in revision
        self.per_request = (
            read_per_request(revision, card.file)
            if self.has_own_rule
            else read_per_request(provider.wire, provider.file)
        )
        self.assume: Mapping[str, str] = provider.wire.get("assume", {})
        self.defaults = {**_defaults(card), **_own_defaults(card)}
        #: context_tokens at which some clause changes its mind, ascending
        self.cuts: list[int] = []
        self.windows: tuple[str, ...] = ()
        self.implied: tuple[tuple[str, int], ...] = ()

    def narrow(self, since: int, until: int) -> None:
        """Shorten the interval to the part in which another clause also holds still."""
        self.since = max(self.since, since)
        self.until = min(self.until, until)

    def cut(self, wire: Mapping[str, Any], at: int) -> None:
        """Shorten the interval to the part in which the date of a version is said, or is not."""
        for _, since, until in soft_date(wire):
            for day in (since, until):
                self.narrow(*((day, FOREVER) if day <= at else (-FOREVER, day)))

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

    def between(self, context: int | None) -> tuple[int | None, int]:
        """Give the first context that no clause tells from this one, and the first after that.

        Where no clause asks for it the first is None; an aggregate's, None, has no other beside it.
        """
        if not self.cuts or context is None:
            return 0 if self.cuts else None, 0
        place = bisect_right(self.cuts, context)
        first = self.cuts[place - 1] if place else 0
        return first, self.cuts[place] if place < len(self.cuts) else _ENDLESS


def _defaults(card: RateCard) -> dict[str, Any]:
    return {
        name: decimal(attribute.default)
        if attribute.number and attribute.default is not None
        else attribute.default
        for name, attribute in card.provider.book.vocabulary.attributes.items()
    }


def _own_defaults(card: RateCard) -> dict[str, Any]:
    """Give the defaults that the seller has instead of the vocabulary's."""
    own = card.provider.wire.get("defaults", {})
    return {name: None if value == "ask" else value for name, value in own.items()}


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
        compiled = _compile(card, at, ())
        _add_contracts(compiled, at)
        compiled.finish()
    card.intervals.append((compiled.since, compiled.until, compiled))
    return compiled


def listed(card: RateCard, at: int, passed: tuple[str, ...] = ()) -> Tariff:
    """Give what a card charges at an instant without contracts: what others may follow.

    ``passed`` are the cards on the way here, each of which follows the next.

    Raises:
        NoRevision: as ``tariff``.
    """
    for since, until, known in card.listed:
        if since <= at < until:
            return known  # type: ignore[no-any-return]
    if card.name in passed:
        raise CardError(f"{card.name} follows cards in a circle", path=card.file)
    compiled = _compile(card, at, passed)
    compiled.finish()
    card.listed.append((compiled.since, compiled.until, compiled))
    return compiled


def _compile(card: RateCard, at: int, passed: tuple[str, ...]) -> Tariff:
    provider = card.provider
    book = provider.book
    passed = (*passed, card.name)
    revision, until = card.revision_at(at)
    found = Tariff(card, revision, revision["effective"], until)
    own = provider.clauses(revision, card.file)
    found.cut(revision, at)
    found.add(own)
    for name in revision.get("terms", ()):
        version, since, until = provider.term(name, at)
        found.narrow(since, until)
        if version is not None:
            found.cut(version, at)
            found.add(provider.clauses(version, provider.file))
    for follow in revision.get("follows", ()):
        followed = listed(book.card(follow["card"]), at, passed)
        found.narrow(followed.since, followed.until)
        if followed.currency != found.currency and "multiply" not in follow:
            remedy = "Say by `multiply` how much of this currency one unit of that is."
            raise _other_currency(found, followed, Source(card.file, follow["line"]), remedy)
        _follow(found, follow, followed, own)
    if (
        found.per_request is not None
        and not found.has_own_rule
        and found.currency != provider.currency
    ):
        raise CardError(
            f"the `per_request` of {provider.name} is in {provider.currency}, "
            f"this revision in {found.currency}",
            path=card.file,
            line=revision["line"],
            remedy=_OWN_RULE,
        )
    for unprice in found.unpriced:
        if unprice.estimate is not None:
            _watch_estimate(found, unprice, at, passed)
    return found


def _other_currency(found: Tariff, followed: Tariff, source: Source, remedy: str) -> CardError:
    here = "this card" if source.file == found.card.file else found.card.name
    return CardError(
        f"{followed.card.name} is in {followed.currency}, {here} in {found.currency}",
        path=source.file,
        line=source.line,
        remedy=remedy,
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
                found.cut(clauses, at)
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
    """Take over the prices of another tariff; its clauses that are not kept become unpriced.

    Of a card that is followed whole, its estimates, floor and rounding are taken over too.
    """
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
            if modifier not in found.modifiers:  # of a card that is followed twice
                found.modifiers.append(modifier)
        elif not any(modifier.when.inside(mine) for mine in answers):
            lost.append((modifier.name, modifier))
    for name, clause in lost:
        found.unpriced.append(Unprice("unpublished", clause.when, paths, clause.source, None, name))
    for unprice in followed.unpriced:
        meters = unprice.meters
        if paths is not None and meters is not None:
            inside = (path for path in paths if any(covers(m, path) for m in meters or ()))
            meters = tuple(dict.fromkeys((*filter(taken, meters), *inside)))
            if not meters:
                continue
        found.unpriced.append(
            Unprice(
                unprice.because,
                unprice.when,
                meters if meters is not None else paths,
                unprice.source,
                unprice.estimate if keep_all else None,
                unprice.name,
                EXACT.multiply(factor, unprice.multiply or 1),
            )
        )
    if keep_all:
        found.stacks += followed.stacks
        found.assume = {**followed.assume, **found.assume}
        found.defaults = {**followed.defaults, **_own_defaults(found.card)}
        _follow_rule(found, follow, followed, factor)
    else:
        found.stacks += [kept & stack for stack in followed.stacks if len(kept & stack) > 1]


def _follow_rule(
    found: Tariff, follow: Mapping[str, Any], followed: Tariff, factor: Decimal
) -> None:
    """Take over the floor and rounding of a followed revision; a provider's stay with it."""
    rule = followed.per_request
    is_near = followed.card.provider.name == found.card.provider.name
    if "per_request" in found.revision or not followed.has_own_rule:
        return
    if rule is None:
        if is_near and "meters" not in follow and not found.has_own_rule:
            found.per_request, found.has_own_rule = None, True
        return
    name, unclear = followed.card.name, None
    if "meters" in follow:
        unclear = f"the `per_request` of {name} is of all its meters, followed are some"
    elif found.has_own_rule:
        unclear = f"{name} is the second card followed here that has a `per_request`"
    if unclear is not None:
        line = follow["line"]
        raise CardError(unclear, path=found.card.file, line=line, remedy=_OWN_RULE)
    found.per_request, found.has_own_rule = rule.passed_on(factor), True


def _watch_estimate(found: Tariff, unprice: Unprice, at: int, passed: tuple[str, ...]) -> None:
    """Let the rating key also tell apart what the estimate's card tells apart."""
    assert unprice.estimate is not None
    target = found.card.provider.book.card(unprice.estimate["follows"])
    try:
        followed = listed(target, at, passed)
    except NoRevision as error:
        starts = [r["effective"] for r in found.card.provider.book.card(error.card).billing]
        earlier = [start for start in starts if start <= at]
        later = [start for start in starts if start > at]
        found.narrow(max(earlier, default=-FOREVER), min(later, default=FOREVER))
        return
    # what a followed card estimates is in its own currency, and passed on by its `multiply`
    if followed.currency != found.currency and unprice.multiply is None:
        remedy = f"Name a card in {found.currency}, or leave the estimate out."
        raise _other_currency(found, followed, unprice.source, remedy)
    found.narrow(followed.since, followed.until)
    found.cuts += followed.cuts
    found.windows += followed.windows
