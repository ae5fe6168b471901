"""The names that card files may use: what the files of all folders, and the book below, declare.

They are taken from the files as they stand, sound or not, so that one fault does not cause others.
"""

from __future__ import annotations

from pricing.cards.conditions import CONTEXT, WINDOW
from pricing.errors import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.folder import CardFile
    from pricing.cards.vocabulary import Vocabulary

    Wire = Mapping[str, Any]


def items(value: object) -> list[Any]:
    """Give the maps in what should be a list of maps."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """Give the texts in what should be a list of texts."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def keys(value: object) -> set[str]:
    """Give the keys of what should be a map."""
    return set(value) if isinstance(value, dict) else set()


class Seller:
    """What the cards of one seller may name."""

    def __init__(self, name: str) -> None:
        self.name = name
        #: its provider.yaml; None where there is none
        self.file: str | None = None
        #: None where it cannot be told
        self.terms: set[str] | None = None
        self.pools: set[str] | None = None
        self.clauses: set[str] = set()
        #: sellers whose cards it follows, and whose clauses it may therefore keep
        self.followed: set[str] = set()
        #: every id at this seller, and the models among them
        self.ids: set[str] = set()
        self.models: set[str] = set()
        #: whether every file of the seller could be read; else a name may stand in the other one
        self.whole = True

    def add_clauses(self, clauses: Wire) -> None:
        for kind in ("rates", "modifiers"):
            for clause in items(clauses.get(kind)):
                if isinstance(clause.get("name"), str):
                    self.clauses.add(clause["name"])
        for follow in items(clauses.get("follows")):
            self.followed.update(name.partition("/")[0] for name in texts([follow.get("card")]))

    def add_card(self, card: Wire) -> None:
        for revision in items(card.get("revisions")):
            self.add_clauses(revision)
        self.models.update(texts([card.get("model")]))
        self.ids.update(texts([card.get("model")]), texts(card.get("aliases")))

    def add_provider(self, provider: Wire) -> None:
        self.terms = keys(provider.get("terms"))
        self.pools = keys(provider.get("pools"))
        for name in self.terms:
            for version in items(provider["terms"][name]):
                self.add_clauses(version)


class Words:
    """Everything that may be named: meters and attributes, windows, sellers, cards."""

    def __init__(
        self, vocabulary: Vocabulary, base: CardBook | None, files: Iterable[CardFile]
    ) -> None:
        self.vocabulary = vocabulary
        self.units = {meter.unit for meter in vocabulary.meters.values()}
        self.base = base
        self.files: dict[str, list[CardFile]] = {}
        calendars = dict(base.calendars) if base is not None else {}
        #: whether all calendars could be read
        self.calendars_read = True
        for file in files:
            if file.kind == "calendars":
                self.calendars_read &= file.document is not None
                calendars |= file.tree
            elif file.kind in ("card", "provider"):
                self.files.setdefault(file.seller, []).append(file)
        self.holidays = {
            name for name, entry in calendars.items() if {"known_until", "dates"} & keys(entry)
        }
        self.windows = set(calendars) - self.holidays
        self._sellers: dict[str, Seller | None] = {}

    def seller(self, name: str) -> Seller | None:
        """Give a seller, or None where no file and no card below names it."""
        if name not in self._sellers:
            self._sellers[name] = self._seller(name)
        return self._sellers[name]

    def _seller(self, name: str) -> Seller | None:
        in_base = self.base is not None and name in self.base
        if not in_base and name not in self.files:
            return None
        seller = Seller(name)
        if in_base:
            assert self.base is not None
            wire = self.base.provider_wire(name)
            seller.file = wire["file"]
            seller.add_provider(wire)
            for card in wire["cards"].values():
                seller.add_card(card)
        for file in self.files.get(name, ()):
            if file.kind == "provider":
                seller.file, seller.terms, seller.pools = file.shown, None, None
            if file.document is None:
                seller.whole = False
            elif file.kind == "provider":
                seller.add_provider(file.tree)
            else:
                seller.add_card(file.tree)
        return seller

    def clauses(self, *sellers: str) -> set[str] | None:
        """Give the named clauses of sellers and of those that they follow; None if not known."""
        names: set[str] = set()
        open_, passed = list(sellers), set()
        while open_:
            name = open_.pop()
            seller = self.seller(name)
            if name in passed or seller is None:
                continue
            if not seller.whole:
                return None
            passed.add(name)
            names |= seller.clauses
            open_ += seller.followed
        return names

    def cards_below(self, seller: str) -> list[Wire]:
        """Give the cards of the book below that no file replaces."""
        if self.base is None or seller not in self.base:
            return []
        models = {file.tree.get("model") for file in self.files.get(seller, ())}
        cards = self.base.provider_wire(seller)["cards"]
        return [card for model, card in cards.items() if model not in models]

    def sellers(self) -> set[str]:
        return {*self.files, *(self.base or ())}

    def cards(self) -> Iterator[str]:
        """Give SELLER/MODEL of every card."""
        for name in sorted(self.sellers()):
            below = self.base.index if self.base is not None else {}
            models = set(below[name]["models"].values()) if name in below else set()
            for file in self.files.get(name, ()):
                models.update(texts([file.tree.get("model")]) if file.kind == "card" else ())
            for model in sorted(models):
                yield f"{name}/{model}"

    def has_unread(self) -> bool:
        return any(file.document is None for files in self.files.values() for file in files)

    def card(self, name: str) -> None:
        """Check that SELLER/MODEL is a card; raises ValueError."""
        seller_name, slash, model = name.partition("/")
        seller = self.seller(seller_name)
        if seller is not None and (model in seller.ids or not seller.whole):
            return
        hint = did_you_mean(name, self.cards())
        if not slash:
            hint = hint or "Write SELLER/MODEL."
        elif seller is None:
            hint = hint or f"Sellers: {', '.join(sorted(self.sellers()))}."
        remedy = hint or f"Add {name}.yaml, or name a card of {seller_name}."
        raise ValueError(f"no card '{name}'\n{remedy}")

    def attribute(self, name: str) -> None:
        """Check that a condition may name an attribute; raises ValueError."""
        if name.startswith(WINDOW):
            self.window(name[len(WINDOW) :])
        elif name != CONTEXT:
            self.vocabulary.attribute(name)

    def window(self, name: str) -> None:
        """Check that calendars.yaml has a window; raises ValueError."""
        if name in self.windows or not self.calendars_read:
            return
        hint = did_you_mean(name, self.windows) or _listed("Windows", self.windows)
        raise ValueError(f"no window '{name}' in calendars.yaml\n{hint}")

    def unit(self, name: str) -> None:
        """Check that some meter is counted in a unit; raises ValueError."""
        if name not in self.units:
            hint = did_you_mean(name, self.units) or _listed("Units", self.units)
            raise ValueError(f"unknown unit '{name}'\n{hint}")


def _listed(what: str, names: Iterable[str]) -> str:
    known = ", ".join(sorted(names))
    return f"{what}: {known}." if known else f"There are no {what.lower()} yet."


def known(what: str, name: str, names: Iterable[str], plural: str) -> str:
    """Give "no term 'x'" with the near name, or all names, as its second line."""
    names = sorted(names)
    return f"no {what} '{name}'\n{did_you_mean(name, names) or _listed(plural, names)}"
