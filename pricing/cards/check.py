"""What a schema cannot see: names that must exist, dates in order, clauses that must not collide.

Every interval of every card is compiled and looked at, so that a card which loads can be rated.
"""

from __future__ import annotations

from itertools import combinations

from pricing.cards.clauses import read_cell
from pricing.cards.conditions import WINDOW, When, read_when
from pricing.cards.vocabulary import covers
from pricing.errors import Fault, PricingError, did_you_mean
from pricing.instants import FOREVER, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.clauses import Modifier, Rate
    from pricing.cards.model import Provider, RateCard
    from pricing.cards.strict import Document
    from pricing.cards.tariff import Tariff

    Wire = Mapping[str, Any]


class Checker:
    """Collects the faults of a book; places are given by file and line."""

    def __init__(self, book: CardBook, documents: Mapping[str, Document]) -> None:
        self.book = book
        self.documents = documents
        self.faults: list[Fault] = []

    def fault(self, file: str, line: int | None, what: str, remedy: str | None = None) -> None:
        document = self.documents.get(file)
        if document is not None and line is not None:
            self.faults.append(document.fault(what, line, remedy))
        else:
            what, _, more = what.partition("\n")
            self.faults.append(Fault(what, path=file, line=line, remedy=remedy or more or None))


def check_book(book: CardBook, documents: Mapping[str, Document]) -> list[Fault]:
    """Give every fault of the cards, providers and contracts that ``documents`` hold."""
    checker = Checker(book, documents)
    _calendars(checker)
    for name in book:
        wire = book.provider_wire(name)
        if wire["file"] in documents:
            _provider(checker, wire)
        for card in wire["cards"].values():
            if card["file"] in documents:
                _card(checker, wire, card)
        _aliases(checker, wire)
    for contract in book.contracts:
        if contract["file"] in documents:
            _order(checker, contract["file"], contract["revisions"])
            for version in contract["revisions"]:
                _clauses(checker, contract["file"], version, book.provider_wire)
    if checker.faults:
        return checker.faults
    for name in book:
        try:
            provider = book.provider(name)
            for card in provider.cards.values():
                _compiled(checker, provider, card)
        except PricingError as error:
            checker.faults += error.faults
        except ValueError as error:
            checker.fault(str(book.provider_wire(name)["file"]), None, str(error))
    return checker.faults


def _calendars(checker: Checker) -> None:
    from zoneinfo import ZoneInfo

    from pricing.cards.calendars import minutes

    for name, window in checker.book.calendars.items():
        file = next(
            (f for f in checker.documents if f.endswith("calendars.yaml")), "calendars.yaml"
        )
        for span in window.get("hours", ()):
            try:
                minutes(span)
            except ValueError as error:
                checker.fault(file, None, f"{name}: {error}")
        if "clock" in window:
            try:
                ZoneInfo(window["clock"])
            except (KeyError, ValueError, OSError):
                checker.fault(file, None, f"{name}: no time zone '{window['clock']}'")
        if "except" in window and "known_until" not in checker.book.calendars.get(
            window["except"], {}
        ):
            checker.fault(file, None, f"{name}: no holiday table '{window['except']}'")


def _provider(checker: Checker, wire: Wire) -> None:
    import re

    file = wire["file"]
    for meter, target in wire.get("assume", {}).items():
        for name in (meter, target):
            _try(checker, file, None, lambda name=name: checker.book.vocabulary.meter(name))
    for name, value in wire.get("defaults", {}).items():
        if value != "ask":
            _try(checker, file, None, lambda n=name, v=value: checker.book.vocabulary.value(n, v))
        else:
            _try(checker, file, None, lambda n=name: checker.book.vocabulary.attribute(n))
    for form in wire.get("ids", ()):
        try:
            groups = re.compile(form["pattern"]).groupindex
            if "model" not in groups:
                checker.fault(file, None, f"id form {form['pattern']} names no (?P<model>…)")
        except re.error as error:
            checker.fault(file, None, f"id form {form['pattern']}: {error}")
    for name, versions in wire["terms"].items():
        _order(checker, file, versions)
        for version in versions:
            _clauses(
                checker, file, version, checker.book.provider_wire, pools=wire.get("pools", {})
            )
        del name


def _card(checker: Checker, provider: Wire, card: Wire) -> None:
    file = card["file"]
    _order(checker, file, [r for r in card["revisions"] if "withdrawn" not in r])
    for revision in card["revisions"]:
        line = revision["line"]
        priced = [key for key in ("rates", "follows", "terms") if revision.get(key)]
        if revision.get("ended"):
            if priced:
                checker.fault(file, line, f"an ended revision has no {priced[0]}")
            continue
        if not priced and not revision.get("unpriced"):
            checker.fault(file, line, "a revision without prices", "Add rates, or `ended: true`.")
        for term in revision.get("terms", ()):
            if term not in provider["terms"]:
                hint = did_you_mean(term, provider["terms"])
                checker.fault(file, line, f"no term '{term}' in {provider['file']}", hint)
        for follow in revision.get("follows", ()):
            _card_named(checker, file, follow["line"], follow["card"])
            for path in follow.get("meters", ()):
                _try(checker, file, follow["line"], lambda p=path: checker.book.vocabulary.path(p))
        _clauses(
            checker, file, revision, checker.book.provider_wire, pools=provider.get("pools", {})
        )
        _stack_names(checker, file, line, provider, revision)


def _card_named(checker: Checker, file: str, line: int, name: str) -> None:
    try:
        checker.book.card(name)
    except PricingError as error:
        checker.fault(file, line, error.what, error.remedy)


def _stack_names(checker: Checker, file: str, line: int, provider: Wire, revision: Wire) -> None:
    """A stack set may name clauses that this revision lacks, but none that nobody has."""
    known: set[str] = set()
    for card in provider["cards"].values():
        for other in card["revisions"]:
            known |= _names(other)
            for follow in other.get("follows", ()):
                known |= set(follow["keep"]) if isinstance(follow.get("keep"), list) else set()
    for versions in provider["terms"].values():
        for version in versions:
            known |= _names(version)
    for stack in revision.get("stack", ()):
        for name in stack:
            if name not in known:
                checker.fault(
                    file,
                    line,
                    f"stack names '{name}', which is no clause",
                    did_you_mean(name, known),
                )


def _names(clauses: Wire) -> set[str]:
    return {
        clause["name"]
        for kind in ("rates", "modifiers")
        for clause in clauses.get(kind, ())
        if "name" in clause
    }


def _order(checker: Checker, file: str, versions: list[Wire]) -> None:
    for newer, older in zip(versions, versions[1:], strict=False):
        if newer["effective"] == older["effective"]:
            checker.fault(
                file,
                older["line"],
                f"two revisions start at {short(older['effective'])}",
                f"The other is in line {newer['line']}.",
            )
        elif newer["effective"] < older["effective"]:
            checker.fault(
                file,
                older["line"],
                f"{short(older['effective'])} stands below {short(newer['effective'])}",
                "Revisions are written newest first.",
            )


def _clauses(
    checker: Checker, file: str, wire: Wire, providers: Any, pools: Wire | None = None
) -> None:
    """Check names, units and conditions of a set of clauses."""
    del providers
    vocabulary = checker.book.vocabulary
    for rate in wire.get("rates", ()):
        _when(checker, file, rate)
        for name in rate.get("by", ()):
            if not (name.startswith(WINDOW) or name == "context_tokens"):
                _try(checker, file, rate["line"], lambda n=name: vocabulary.attribute(n))
        for price in rate["prices"]:
            line = price["line"]
            if price["meter"] not in vocabulary.meters:
                _try(checker, file, line, lambda p=price: vocabulary.meter(p["meter"]))
                continue
            unit = vocabulary.meters[price["meter"]].unit
            if unit != rate["unit"]:
                checker.fault(
                    file,
                    line,
                    f"{price['meter']} is counted by the {unit}, not by the {rate['unit']}",
                    f"Write `per: {rate['per']} {unit}`.",
                )
            for name, value in price.get("when", {}).items():
                _try(checker, file, line, lambda n=name, v=value: read_cell(n, v, vocabulary))
        if "pool" in rate and rate["pool"] not in (pools or {}):
            checker.fault(
                file, rate["line"], f"no pool '{rate['pool']}'", "Declare it in provider.yaml."
            )
    for modifier in wire.get("modifiers", ()):
        _when(checker, file, modifier)
        multiply = modifier["multiply"]
        for path in multiply if isinstance(multiply, dict) else ():
            _try(checker, file, modifier["line"], lambda p=path: vocabulary.path(p))
    for unprice in wire.get("unpriced", ()):
        _when(checker, file, unprice)
        for path in unprice.get("meters", ()):
            _try(checker, file, unprice["line"], lambda p=path: vocabulary.path(p))
        if "estimate" in unprice:
            _card_named(checker, file, unprice["line"], unprice["estimate"]["follows"])
            for pair in unprice["estimate"].get("as", {}).items():
                for name in pair:
                    _try(checker, file, unprice["line"], lambda n=name: vocabulary.meter(n))


def _when(checker: Checker, file: str, clause: Wire) -> None:
    when = clause.get("when") or {}
    for name in when:
        if name.startswith(WINDOW) and name[len(WINDOW) :] not in checker.book.calendars:
            checker.fault(
                file,
                clause["line"],
                f"no window '{name[len(WINDOW) :]}' in calendars.yaml",
                did_you_mean(name[len(WINDOW) :], checker.book.calendars),
            )
    _try(checker, file, clause["line"], lambda: read_when(when, checker.book.vocabulary))


def _try(checker: Checker, file: str, line: int | None, attempt: Any) -> None:
    try:
        attempt()
    except (ValueError, ArithmeticError) as error:
        checker.fault(file, line, str(error) or "not a number")


def _aliases(checker: Checker, wire: Wire) -> None:
    owner: dict[str, Wire] = {}
    for card in wire["cards"].values():
        for name in (card["model"], *card.get("aliases", ())):
            if name in owner:
                checker.fault(
                    card["file"],
                    card["line"],
                    f"'{name}' is an id of {owner[name]['file']} too",
                    "An id means one model at a seller.",
                )
            owner[name] = card


def _compiled(checker: Checker, provider: Provider, card: RateCard) -> None:
    from pricing.cards.tariff import tariff
    from pricing.errors import NoRevision

    at = card.billing[0]["effective"] if card.billing else FOREVER
    while at < FOREVER:
        try:
            found = tariff(card, at)
        except NoRevision as error:
            later = [r["effective"] for r in card.billing if r["effective"] > at]
            at = min(later, default=FOREVER)
            if error.card != card.name:
                checker.fault(card.file, card.wire["line"], error.what, error.remedy)
            continue
        _tariff(checker, found)
        at = found.until
    card.intervals.clear()
    del provider


def _tariff(checker: Checker, found: Tariff) -> None:
    for layer in (found.rates, found.negotiated):
        rates = [rate for group in layer.values() for rate in group]
        for a, b in combinations(rates, 2):
            _overlap(checker, found, a, b, rates)
    for one, two in combinations(found.modifiers, 2):
        if (
            one.source.contract is None
            and two.source.contract is None
            and one.when.names & two.when.names
            and one.when.both(two.when) is not None
        ):
            checker.fault(
                two.source.file,
                two.source.line,
                f"modifiers '{one.name}' and '{two.name}' can both hold",
                f"'{one.name}' stands at {one.source}: make their conditions exclude each other.",
            )
    meters = checker.book.vocabulary.meters
    priced = [m for m in (*found.rates, *found.negotiated) if meters[m].unit == "token"]
    for modifier in found.modifiers:
        if modifier.factors is None or not _reaches_tokens(modifier, checker.book):
            continue
        missing = [m for m in priced if modifier.factor_for(m, "token") is None]
        if missing:
            checker.fault(
                modifier.source.file,
                modifier.source.line,
                f"'{modifier.name}' does not answer {', '.join(dict.fromkeys(missing))}",
                f"{found.card.name} prices it: add its factor, 1 where the page says so.",
            )


def _reaches_tokens(modifier: Modifier, book: CardBook) -> bool:
    return any(
        meter.unit == "token" and covers(path, name)
        for path in modifier.factors or ()
        for name, meter in book.vocabulary.meters.items()
    )


def _overlap(checker: Checker, found: Tariff, a: Rate, b: Rate, rates: Iterable[Rate]) -> None:
    """Two rates may meet only where one lies inside the other, or a third covers where they meet."""
    chains = checker.book.vocabulary.chains
    if b.meter in chains[a.meter]:
        narrow, wide = a, b
    elif a.meter in chains[b.meter]:
        narrow, wide = b, a
    else:
        return
    both = narrow.when.both(wide.when)
    if both is None:
        return
    same = narrow.meter == wide.meter
    inside = narrow.when.inside(wide.when)
    if same and inside and wide.when.inside(narrow.when):
        checker.fault(
            b.source.file,
            b.source.line,
            f"{b.meter} has two prices under one condition",
            f"The other stands at {a.source}.",
        )
    elif not (inside or (same and wide.when.inside(narrow.when))) and not any(
        _covers(rate, narrow, both, wide, chains) for rate in rates
    ):
        checker.fault(
            b.source.file,
            b.source.line,
            f"this rate and {a.source} overlap for {narrow.meter}, neither inside the other",
            f"A rate for {narrow.meter} when {both} is missing.",
        )
    del found


def _covers(
    rate: Rate, narrow: Rate, both: When, wide: Rate, chains: Mapping[str, tuple[str, ...]]
) -> bool:
    return (
        rate is not narrow
        and rate is not wide
        and rate.meter == narrow.meter
        and both.inside(rate.when)
        and rate.when.inside(narrow.when)
        and rate.when.inside(wide.when)
        and wide.meter in chains[rate.meter]
    )
