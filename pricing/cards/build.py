"""Build the card book from YAML folders, with every fault of every file at once.

Each file is read, held against its shape, and looked at with the names of all files in mind. Those
without a fault become the wire form and are laid over the book below; then their tariffs are
compiled and looked at.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pricing.cards import schema, wire
from pricing.cards.book import CardBook
from pricing.cards.check_book import check_cards, targets
from pricing.cards.check_files import check_file
from pricing.cards.check_shared import check_contracts, check_ids, check_vocabulary
from pricing.cards.folder import CardFile, card_files, misplaced
from pricing.cards.model import RateCard
from pricing.cards.strict import Document, read_document, visible
from pricing.cards.validate import validate
from pricing.cards.vocabulary import Vocabulary
from pricing.cards.words import Words
from pricing.errors import CardError, Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Wire = dict[str, Any]
_NO_WORDS: Wire = {"meters": {}, "attributes": {}}
_SHAPES = {"card": schema.Card, "provider": schema.Provider, "contract": schema.Contract}


class Parts:
    """What the sound files hold, in wire form; of two with one name the later one."""

    def __init__(self) -> None:
        self.calendars: Wire = {}
        self.currencies: Wire = {}
        self.contracts: list[Mapping[str, Any]] = []
        self.providers: dict[str, Wire] = {}
        self.cards: list[Wire] = []


def build_book(*folders: tuple[Path, str], base: CardBook | None = None) -> CardBook:
    """Give the book of some card folders, (path, name shown), each laid over those before it.

    Raises:
        CardError: with every fault of every file.
    """
    faults: list[Fault] = []
    files: list[CardFile] = []
    for folder, shown in folders:
        files += _read_folder(folder, shown, faults)
    words = _words(files, base, faults)
    shapes = [_shapes(file) for file in files]
    if words is not None:
        for file in files:
            check_file(file, words)
        check_ids(files, base)
        check_contracts(files, base)
        parts = Parts()
        for file, shape in zip(files, shapes, strict=True):
            _keep(file, shape, parts)
        book = _lay_over(base, words.vocabulary, parts)
        documents = {file.shown: file.document for file in files if file.document is not None}
        faults += check_cards(book, _touched(book, base, files, parts), documents)
        if not faults:
            return book
    if not faults:
        raise CardError("no cards: give a folder")
    raise CardError.of(_ordered(faults))


def _ordered(faults: list[Fault]) -> list[Fault]:
    unique = {(f.path, f.line, f.what): f for f in faults}
    return sorted(unique.values(), key=lambda f: (f.path or "", f.line or 0))


def _read_folder(folder: Path, shown: str, faults: list[Fault]) -> list[CardFile]:
    shown = visible(shown.rstrip("/") or "/")
    if not folder.is_dir():
        what = "not a folder" if folder.exists() else "no such folder"
        faults.append(Fault(what, path=shown, remedy="A card folder holds seller/model.yaml."))
        return []
    before = len(faults)
    files = []
    for relative in card_files(folder, faults, shown):
        fault = misplaced(relative, shown)
        if fault is not None:
            faults.append(fault)
            continue
        document = read_document(folder / relative, visible(f"{shown}/{relative}"), faults)
        files.append(CardFile(visible(relative), shown, document))
    if not files and len(faults) == before:
        faults.append(Fault("no card in it", path=shown, remedy="Cards are seller/model.yaml."))
    return files


def _words(files: list[CardFile], base: CardBook | None, faults: list[Fault]) -> Words | None:
    """Give the words that cards may use, or None where the vocabulary itself is wrong."""
    words: Wire = dict(base.vocabulary.wire) if base is not None else _NO_WORDS
    own = [file for file in files if file.kind == "vocabulary"]
    for file in own:
        found = validate(schema.Vocabulary, file.document) if file.document is not None else None
        if found is not None and file.document is not None:
            before, more = words, wire.vocabulary(found)
            words = {kind: {**before[kind], **more[kind]} for kind in before}
            check_vocabulary(file.document, before, words)
        if file.is_unsound:
            return None
    if not words["meters"]:
        if own and own[0].document is not None:
            own[0].document.refuse("no meters", ("meters",), "Add what is counted.")
        elif files:
            place = f"{files[0].root}/vocabulary.yaml"
            remedy = "Meters and attributes stand there."
            faults.append(Fault("no such file", path=place, remedy=remedy))
        return None
    return Words(Vocabulary(words), base, files)


def _shapes(file: CardFile) -> dict[str, Any]:
    """Give what a file holds in the shapes of the schema, by name where it holds several things."""
    if file.document is None or file.kind == "vocabulary":
        return {}
    if file.kind in ("calendars", "currencies"):
        return _entries(file, file.document)
    shape: type[Any] = _SHAPES[file.kind]
    return {"": validate(shape, file.document)}


def _keep(file: CardFile, shapes: dict[str, Any], parts: Parts) -> None:
    """Keep what a file holds in wire form, where nothing is wrong with it."""
    if file.document is None or file.is_unsound:
        return
    writer = wire.Writer(file.document)
    for name, shape in shapes.items():
        if isinstance(shape, schema.Card):
            parts.cards.append(writer.card(shape))
        elif isinstance(shape, schema.Provider):
            parts.providers[shape.provider] = writer.provider(shape)
        elif isinstance(shape, schema.Contract):
            parts.contracts.append(writer.contract(shape))
        elif isinstance(shape, list):
            parts.currencies[name] = writer.exchange_rates(name, shape)
        else:
            parts.calendars[name] = wire.window(shape)


def _entries(file: CardFile, document: Document) -> dict[str, Any]:
    """Give the entries of a calendars or currencies file in their shapes."""
    entries: dict[str, Any] = {}
    if not isinstance(document.tree, dict):
        document.refuse("a file holds a map, not a list", (), "Write NAME: … in each line.")
    for name, entry in file.tree.items():
        if file.kind == "calendars":
            is_table = isinstance(entry, dict) and {"known_until", "dates"} & set(entry)
            shape = schema.Holidays if is_table else schema.Window
            entries[name] = validate(shape, document, (name,))
        elif isinstance(entry, list) and entry:
            places = [(name, i) for i in range(len(entry))]
            entries[name] = [validate(schema.ExchangeRate, document, place) for place in places]
        else:
            remedy = "Write [{effective: 2026-11-20, per: 6.80, price: 1 USD}]."
            document.refuse(f"'{name}' takes a list of dated rates", (name,), remedy)
    return entries


def _lay_over(base: CardBook | None, vocabulary: Vocabulary, parts: Parts) -> CardBook:
    """Give a book in which the sound files replace or join what the base has."""
    providers: dict[str, Wire] = {}
    for name, provider in parts.providers.items():
        held = base.provider_wire(name)["cards"] if base is not None and name in base else {}
        providers[name] = {**provider, "cards": dict(held)}
    for card in parts.cards:
        seller = card["provider"]
        if seller not in providers:
            if base is None or seller not in base:
                continue  # its provider.yaml is missing or has faults: noted there
            below = base.provider_wire(seller)
            providers[seller] = {**below, "cards": dict(below["cards"])}
        providers[seller]["cards"][card["model"]] = card
    calendars, currencies = parts.calendars, parts.currencies
    return CardBook.over(base, vocabulary.wire, calendars, currencies, parts.contracts, providers)


def _touched(
    book: CardBook, base: CardBook | None, files: list[CardFile], parts: Parts
) -> Iterator[RateCard]:
    """Give the cards whose prices the files may have changed, where all that they need is sound."""
    unsound = {file.seller for file in files if file.kind == "provider" and file.is_unsound}
    replaced = set(parts.providers)
    own = {card["file"] for card in parts.cards}
    patterns = [pattern for contract in parts.contracts for pattern in contract["cards"]]
    known: dict[str, bool] = {}

    def is_touched(card: RateCard) -> bool:
        """Tell whether a card, or one that it follows, is new or under new terms."""
        if card.name not in known:
            known[card.name] = card.file in own or card.provider.name in replaced  # for circles
            followed = (name for name in _targets(card) if _has(book, name))
            known[card.name] |= any(is_touched(book.card(name)) for name in followed)
        return known[card.name]

    for card in book.cards():
        matched = any(fnmatchcase(card.name, pattern) for pattern in patterns)
        if (matched or is_touched(card)) and _is_whole(book, card, unsound, ()):
            yield card


def _has(book: CardBook, name: str) -> bool:
    seller, _, model = name.partition("/")
    return seller in book and model in book.index[seller]["models"]


def _targets(card: RateCard) -> set[str]:
    """Give the cards that a card follows at any time, by itself or by a term."""
    terms = card.provider.wire["terms"]
    clauses = [*card.revisions, *(version for versions in terms.values() for version in versions)]
    return {name for wire in clauses for name in targets(wire)}


def _is_whole(book: CardBook, card: RateCard, unsound: set[str], passed: tuple[str, ...]) -> bool:
    """Tell whether a card's provider and every card that it follows were read without a fault."""
    if card.name in passed:
        return True
    if card.provider.name in unsound:
        return False
    return all(
        _has(book, name) and _is_whole(book, book.card(name), unsound, (*passed, card.name))
        for name in _targets(card)
    )
