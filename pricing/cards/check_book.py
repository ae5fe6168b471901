"""What only a compiled tariff shows: rates and modifiers that collide, prices left unanswered.

Every interval of a card is compiled and looked at, so that a card which loads can be rated.
"""

from __future__ import annotations

from itertools import combinations

from pricing.cards.tariff import tariff
from pricing.cards.vocabulary import covers
from pricing.errors import CardError, Fault, NoRevision
from pricing.instants import FOREVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.clauses import Modifier, Rate, Source
    from pricing.cards.conditions import When
    from pricing.cards.model import RateCard
    from pricing.cards.strict import Document
    from pricing.cards.tariff import Tariff

    Wire = Mapping[str, Any]


def check_cards(
    book: CardBook, cards: Iterable[RateCard], documents: Mapping[str, Document]
) -> list[Fault]:
    """Give every fault of some cards of a book; ``documents`` are the files that were just read."""
    check = _Check(book, documents)
    for card in cards:
        check.card(card)
    return check.report()


def targets(clauses: Wire) -> list[str]:
    """Give the cards that the clauses of a revision or term version follow, estimates too."""
    found = [follow["card"] for follow in clauses.get("follows", ())]
    unpriced = clauses.get("unpriced", ())
    return found + [u["estimate"]["follows"] for u in unpriced if "estimate" in u]


class _Check:
    """Collects faults; the same clauses meet in many intervals and cards and are named once."""

    def __init__(self, book: CardBook, documents: Mapping[str, Document]) -> None:
        self.book = book
        self.documents = documents
        self.faults: dict[object, Fault] = {}
        #: modifier -> the meters that it leaves unanswered, and a card that prices them
        self.unanswered: dict[tuple[str, int, str], tuple[RateCard, dict[str, None]]] = {}

    def fault(self, key: object, file: str, line: int, what: str, remedy: str | None) -> None:
        document = self.documents.get(file)
        if document is not None:
            self.faults.setdefault(key, document.fault(what, line, remedy))
        else:
            self.faults.setdefault(key, Fault(what, path=file, line=line, remedy=remedy))

    def report(self) -> list[Fault]:
        for (file, line, name), (card, meters) in self.unanswered.items():
            what = f"'{name}' does not answer {', '.join(meters)}"
            each = "them: add their factors" if len(meters) > 1 else "it: add its factor"
            remedy = f"{card.name} prices {each}, 1 where the page says so."
            self.fault((file, line, name), file, line, what, remedy)
        return list(self.faults.values())

    def card(self, card: RateCard) -> None:
        at = card.billing[0]["effective"]
        while at < FOREVER:
            try:
                found = tariff(card, at)
            except NoRevision as error:
                if error.card != card.name:
                    self._follows(card, at, error.what, error.remedy)
                later = [r["effective"] for r in card.billing if r["effective"] > at]
                at = min(later, default=FOREVER)
            except CardError as error:
                fault = error.faults[0]
                circle = self._circle(card, at)
                if circle is not None:
                    self._follows(card, at, f"{card.name} follows itself", circle)
                elif fault.path is not None and fault.line is not None:
                    key = (fault.path, fault.line, fault.what)
                    self.fault(key, fault.path, fault.line, fault.what, fault.remedy)
                return
            else:
                self._tariff(found)
                at = found.until
        card.intervals.clear()
        card.listed.clear()

    def _follows(self, card: RateCard, at: int, what: str, remedy: str | None) -> None:
        """Refuse a card for what it follows, at the line that says so."""
        revision, _ = card.revision_at(at)
        clauses = (*revision.get("follows", ()), *revision.get("unpriced", ()))
        line = next(
            (c["line"] for c in clauses if "card" in c or "estimate" in c), card.wire["line"]
        )
        self.fault((card.name, what), card.file, line, what, remedy)

    def _circle(self, card: RateCard, at: int) -> str | None:
        """Give the way by which a card follows itself at an instant, or None."""
        way = self._way(card, card.name, at, [card.name])
        return f"{' follows '.join(way)}." if way else None

    def _way(self, card: RateCard, goal: str, at: int, passed: list[str]) -> list[str] | None:
        try:
            revision, _ = card.revision_at(at)
        except NoRevision:
            return None
        terms = [card.provider.term(name, at)[0] for name in revision.get("terms", ())]
        for clauses in (revision, *(term for term in terms if term is not None)):
            for name in targets(clauses):
                followed = self.book.card(name)
                if followed.name == goal:
                    return [*passed, goal]
                if followed.name not in passed:
                    way = self._way(followed, goal, at, [*passed, followed.name])
                    if way:
                        return way
        return None

    def _tariff(self, found: Tariff) -> None:
        chains = self.book.vocabulary.chains
        for layer in (found.rates, found.negotiated):
            rates = [rate for group in layer.values() for rate in group]
            for a, b in combinations(rates, 2):
                if b.meter in chains[a.meter]:
                    self._overlap(a, b, rates)
                elif a.meter in chains[b.meter]:
                    self._overlap(b, a, rates)
        for one, two in combinations(found.modifiers, 2):
            self._disjoint(one, two)
        meters = self.book.vocabulary.meters
        priced = [m for m in (*found.rates, *found.negotiated) if meters[m].unit == "token"]
        for modifier in found.modifiers:
            if modifier.factors is not None and self._reaches_tokens(modifier):
                missing = [m for m in priced if modifier.factor_for(m, "token") is None]
                if missing:
                    key = (modifier.source.file, modifier.source.line, modifier.name)
                    held = self.unanswered.setdefault(key, (found.card, {}))[1]
                    held.update(dict.fromkeys(missing))

    def _disjoint(self, one: Modifier, two: Modifier) -> None:
        if one.source.contract is not None or two.source.contract is not None:
            return
        if not one.when.names & two.when.names or one.when.both(two.when) is None:
            return
        first, second = sorted((one, two), key=lambda m: (*self._order(m.source), m.name))
        self.fault(
            (str(first.source), first.name, str(second.source), second.name),
            second.source.file,
            second.source.line,
            f"modifiers '{first.name}' and '{second.name}' can both hold",
            f"'{first.name}' stands {_there(first.source, second.source)}: "
            "make their conditions exclude each other.",
        )

    def _order(self, source: Source) -> tuple[bool, str, int]:
        """Give the order of reading, with the files that were just read last."""
        return source.file in self.documents, source.file, source.line

    def _reaches_tokens(self, modifier: Modifier) -> bool:
        return any(
            meter.unit == "token" and covers(path, name)
            for path in modifier.factors or ()
            for name, meter in self.book.vocabulary.meters.items()
        )

    def _overlap(self, narrow: Rate, wide: Rate, rates: Iterable[Rate]) -> None:
        """Two rates may meet only where one lies inside the other, or a third covers both."""
        both = narrow.when.both(wide.when)
        if both is None:
            return
        same = narrow.meter == wide.meter
        inside = narrow.when.inside(wide.when)
        outside = same and wide.when.inside(narrow.when)
        first, second = sorted((narrow.source, wide.source), key=self._order)
        key = (str(first), str(second), narrow.meter)
        there = _there(first, second)
        if inside and outside:
            what = f"{narrow.meter} has two prices under one condition"
            self.fault(key, second.file, second.line, what, f"The other stands {there}.")
        elif not (inside or outside) and not any(
            self._covers(rate, narrow, both, wide) for rate in rates
        ):
            what = f"two rates for {narrow.meter} overlap, neither inside the other"
            missing = f"A rate for {narrow.meter} when {both} is missing."
            remedy = f"The other stands {there}. {missing}"
            self.fault(key, second.file, second.line, what, remedy)

    def _covers(self, rate: Rate, narrow: Rate, both: When, wide: Rate) -> bool:
        return (
            rate is not narrow
            and rate is not wide
            and rate.meter == narrow.meter
            and both.inside(rate.when)
            and rate.when.inside(narrow.when)
            and rate.when.inside(wide.when)
            and wide.meter in self.book.vocabulary.chains[rate.meter]
        )


def _there(source: Source, here: Source) -> str:
    """Say where something stands, as seen from another line."""
    return f"in line {source.line}" if source.file == here.file else f"at {source}"
