"""Ids that lead nowhere or elsewhere, and shared terms that no longer fit a card."""

from __future__ import annotations

from pricing.cards.flat import plain_rates, tariff_at, tariffs
from pricing.cards.ids import by_form, resolve
from pricing.cards.vocabulary import covers
from pricing.errors import RatingError
from pricing.findings.finding import KINDS
from pricing.instants import FOREVER, short
from pricing.money import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.catalog import Catalog
    from pricing.findings.finding import Findings

    Wire = Mapping[str, Any]


class Names:
    """Looks at what a card is called, and at what others call it by."""

    def __init__(self, catalog: Catalog, found: Findings) -> None:
        self.catalog = catalog
        self.found = found

    def card(self, card: RateCard) -> None:
        self._ids(card)
        for revision in card.billing:
            self._terms(card, revision)
            self._estimates(card, revision)

    def _note(self, kind: str, card: RateCard, line: int, what: str, version: Wire) -> None:
        self.found.add(KINDS[kind], card.name, card.file, line, what, version, card.file)

    def _ids(self, card: RateCard) -> None:
        entry = self.catalog.book.index[card.provider.name]
        newest, line = card.revisions[0], card.wire["line"]
        for alias in (card.model, *card.aliases):
            for model, _ in by_form(entry["forms"], alias):
                other = entry["models"].get(model)
                if other is not None and other != card.model:
                    what = f"'{alias}' has the form of an id of {other}"
                    self._note("two_meanings", card, line, what, newest)
            if card.provider.name != card.publisher or alias == card.model or "/" in alias:
                continue
            try:
                name = resolve(self.catalog.book, alias).card.name
            except RatingError as error:
                self._note("dead_alias", card, line, f"'{alias}': {error.what}", newest)
                continue
            if name != card.name:
                self._note("dead_alias", card, line, f"'{alias}' is taken for {name}", newest)

    def _terms(self, card: RateCard, revision: Wire) -> None:
        """Note what a term's version that starts inside the revision brings, and the card lacks."""
        start = revision["effective"]
        until = min((r["effective"] for r in card.billing if r["effective"] > start),
                    default=FOREVER)  # fmt: skip
        for name in revision.get("terms", ()):
            held, _, _ = card.provider.term(name, start)
            if held is None:
                continue
            known, clauses = set(_paths(held)), set(_clause_names(held))
            for version in card.provider.wire["terms"][name]:
                if not start < version["effective"] < until:
                    continue
                found = tariff_at(card, version["effective"])
                if found is not None:
                    self._misfit(card, revision, found, (name, version), known, clauses)

    def _misfit(
        self,
        card: RateCard,
        revision: Wire,
        found: Tariff,
        term: tuple[str, Wire],
        known: set[str],
        clauses: set[str],
    ) -> None:
        name, version = term
        since = short(version["effective"])
        chains = self.catalog.book.vocabulary.chains
        priced = {wide for meter in found.rates for wide in chains[meter]}
        for path in dict.fromkeys(_paths(version)):
            if path not in known and not any(covers(path, meter) for meter in priced):
                what = f"from {since} the term '{name}' names {path}, which the card does not price"
                self._note("term_misfit", card, revision["line"], what, revision)
        stacked = {clause for stack in found.stacks for clause in stack}
        if clauses & stacked:
            for clause in _clause_names(version):
                if clause not in clauses and clause not in stacked:
                    what = f"from {since} '{clause}' of the term '{name}' is in no stack set"
                    self._note("term_misfit", card, revision["line"], what, revision)

    def _estimates(self, card: RateCard, revision: Wire) -> None:
        for clause in revision.get("unpriced", ()):
            if "estimate" not in clause:
                continue
            other = self.catalog.book.card(clause["estimate"]["follows"])
            for now in tariffs(card):
                if now.revision is not revision:
                    continue
                for at in (now.since, *_ends(other, now)):
                    if tariff_at(other, at) is None:
                        what = f"the estimate follows {other.name}, not sold on {short(at)}"
                        self._note("estimate_of_ended", card, clause["line"], what, revision)


def _ends(other: RateCard, now: Tariff) -> list[int]:
    return [
        r["effective"]
        for r in other.billing
        if r.get("ended") and now.since < r["effective"] < now.until
    ]


def _paths(version: Wire) -> Iterator[str]:
    """Give the meters and paths that a version's factors and refusals name."""
    for modifier in version.get("modifiers", ()):
        if isinstance(modifier["multiply"], dict):
            yield from modifier["multiply"]
    for clause in version.get("unpriced", ()):
        yield from clause.get("meters", ())


def _clause_names(version: Wire) -> list[str]:
    """Give the names of the clauses that change a price."""
    clauses = [m for m in version.get("modifiers", ()) if not _is_one(m["multiply"])]
    return [c["name"] for c in (*clauses, *version.get("rates", ())) if "name" in c]


def _is_one(factors: Any) -> bool:
    each = factors.values() if isinstance(factors, dict) else [factors]
    return all(decimal(factor) == 1 for factor in each)


class Completeness:
    """Holds a reseller's card against the maker's: is each token meter answered?"""

    def __init__(self, catalog: Catalog, at: int, found: Findings) -> None:
        self.catalog = catalog
        self.at = at
        self.found = found

    def card(self, card: RateCard) -> None:
        if card.provider.name == card.publisher or card.publisher not in self.catalog.book:
            return
        try:
            maker = self.catalog.book.card(self.catalog.canonical(card))
        except RatingError:
            return
        theirs, mine = tariff_at(maker, self.at), tariff_at(card, self.at)
        if theirs is None or mine is None:
            return
        chains = self.catalog.book.vocabulary.chains
        refused = [u for u in mine.unpriced if not u.when.names]
        missing = [
            meter
            for meter, rate in plain_rates(theirs).items()
            if rate.unit == "token"
            and not any(wide in mine.rates for wide in chains[meter])
            and mine.assume.get(meter) not in mine.rates
            and not any(u.reaches(meter) for u in refused)
        ]
        if missing:
            what = f"{maker.name} prices {', '.join(missing)}"
            line = mine.revision["line"]
            place = (KINDS["incomplete"], card.name, card.file, line, what)
            self.found.add(*place, mine.revision, card.file)
