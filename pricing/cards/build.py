"""Build the card book from YAML folders: read, validate, write the wire form, check; all faults at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from pricing.cards import schema
from pricing.cards.book import CardBook
from pricing.cards.check import check_book
from pricing.cards.strict import Document, read_yaml
from pricing.cards.wire import Writer
from pricing.errors import CardError, Fault, did_you_mean

Wire = dict[str, Any]
_T = TypeVar("_T", bound=BaseModel)
_PLAIN = {"vocabulary.yaml", "calendars.yaml", "currencies.yaml"}
_CALENDARS: TypeAdapter[Any] = TypeAdapter(dict[str, schema.Window | schema.Holidays])
_CURRENCIES: TypeAdapter[Any] = TypeAdapter(dict[str, list[schema.ExchangeRate]])


class Parts:
    """What the files of one folder hold, in wire form."""

    def __init__(self) -> None:
        self.vocabulary: Wire = {}
        self.calendars: Wire = {}
        self.currencies: Wire = {}
        self.contracts: list[Wire] = []
        self.providers: dict[str, Wire] = {}
        self.cards: list[Wire] = []
        self.documents: dict[str, Document] = {}


def build_book(*folders: tuple[Path, str], base: CardBook | None = None) -> CardBook:
    """Give the book of some card folders, (path, name shown), each laid over those before it.

    Raises:
        CardError: with every fault of every file.
    """
    faults: list[Fault] = []
    book = base
    documents: dict[str, Document] = {}
    for folder, shown in folders:
        parts = read_folder(folder, shown, faults)
        documents |= parts.documents
        if not faults:
            book = lay_over(book, parts, faults)
    if not faults and book is not None:
        faults += check_book(book, documents)
    if faults or book is None:
        raise CardError.of(_ordered(faults))
    return book


def _ordered(faults: list[Fault]) -> list[Fault]:
    unique = {(f.path, f.line, f.what): f for f in faults}
    return sorted(unique.values(), key=lambda f: (f.path or "", f.line or 0))


def read_folder(folder: Path, shown: str, faults: list[Fault]) -> Parts:
    """Read every card file of a folder."""
    parts = Parts()
    if not folder.is_dir():
        what = "no such folder" if not folder.exists() else "not a folder"
        faults.append(Fault(what, path=shown, remedy="A card folder holds seller/model.yaml."))
        return parts
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
    if not paths:
        faults.append(Fault("no card in it", path=shown, remedy="Cards are seller/model.yaml."))
    for path in paths:
        relative = path.relative_to(folder).as_posix()
        name = f"{shown}/{relative}"
        document = read_yaml(path, name, faults)
        if document is None:
            continue
        parts.documents[name] = document
        _read_file(relative, document, parts, faults)
    return parts


def _read_file(relative: str, document: Document, parts: Parts, faults: list[Fault]) -> None:
    writer = Writer(document, faults)
    if relative in _PLAIN:
        _read_plain(relative, document, parts, faults)
        return
    folder, _, file = relative.rpartition("/")
    if not folder:
        faults.append(
            Fault("a card stands in a seller's folder", path=document.shown,
                  remedy="Move it to SELLER/MODEL.yaml.")
        )  # fmt: skip
    elif isinstance(document.tree, dict) and "contract" in document.tree:
        contract = _validate(schema.Contract, document, faults)
        if contract is not None:
            parts.contracts.append(writer.contract(contract))
    elif file == "provider.yaml":
        provider = _validate(schema.Provider, document, faults)
        if provider is None:
            return
        if provider.provider != folder:
            faults.append(
                document.fault(
                    f"provider '{provider.provider}' stands in the folder '{folder}'",
                    ("provider",),
                )
            )
        parts.providers[provider.provider] = writer.provider(provider)
    else:
        card = _validate(schema.Card, document, faults)
        if card is None:
            return
        if card.provider != folder:
            faults.append(
                document.fault(
                    f"provider '{card.provider}' stands in the folder '{folder}'", ("provider",)
                )
            )
        parts.cards.append(writer.card(card))


def _read_plain(name: str, document: Document, parts: Parts, faults: list[Fault]) -> None:
    if name == "vocabulary.yaml":
        vocabulary = _validate(schema.VocabularyFile, document, faults)
        if vocabulary is not None:
            parts.vocabulary = _jsonable(vocabulary.model_dump(exclude_none=True))
    elif name == "calendars.yaml":
        calendars = _adapt(_CALENDARS, document, faults)
        if calendars is not None:
            parts.calendars = {
                key: window.model_dump(by_alias=True, exclude_none=True)
                for key, window in calendars.items()
            }
    else:
        currencies = _adapt(_CURRENCIES, document, faults)
        if currencies is not None:
            parts.currencies = {
                key: [
                    {
                        "effective": rate.effective,
                        "per": str(rate.per),
                        "price": str(rate.price[0]),
                        "currency": rate.price[1],
                        "sources": [s.model_dump(exclude_none=True) for s in rate.sources],
                        "source": f"{document.shown}:{document.line((key, i))}",
                    }
                    for i, rate in enumerate(rates)
                ]
                for key, rates in currencies.items()
            }


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_jsonable(inner) for inner in value]
    return value if isinstance(value, str | int) else str(value)


def _validate(model: type[_T], document: Document, faults: list[Fault]) -> _T | None:
    try:
        return model.model_validate(document.tree)
    except ValidationError as error:
        _report(error, document, faults, model)
        return None


def _adapt(adapter: TypeAdapter[Any], document: Document, faults: list[Fault]) -> Any:
    try:
        return adapter.validate_python(document.tree)
    except ValidationError as error:
        _report(error, document, faults, None)
        return None


def _report(
    error: ValidationError,
    document: Document,
    faults: list[Fault],
    model: type[BaseModel] | None,
) -> None:
    for detail in error.errors():
        place = tuple(part for part in detail["loc"])
        known = _known_place(place, document)
        last = str(place[-1]) if place else ""
        kind = detail["type"]
        if kind == "extra_forbidden":
            hint = did_you_mean(last, _fields(model, place[:-1])) if model else None
            what = f"unknown key '{last}'\n{hint or _listed(_fields(model, place[:-1]))}"
        elif kind == "missing":
            what = f"'{last}' is missing"
        elif kind == "value_error":
            what = str(detail["ctx"]["error"])
            if last and "\n" not in what and f"'{last}'" not in what:
                what = f"{last}: {what}"
        else:
            what = f"{last}: {detail['msg']}"
        faults.append(document.fault(what, known))


def _listed(names: list[str]) -> str:
    return f"Known keys: {', '.join(names)}." if names else ""


def _known_place(place: tuple[str | int, ...], document: Document) -> tuple[str | int, ...]:
    """Leave out the parts of a pydantic location that are no part of the document."""
    known: tuple[str | int, ...] = ()
    for part in place:
        if (*known, part) in document.lines:
            known = (*known, part)
    return known


def _fields(model: type[BaseModel] | None, place: tuple[str | int, ...]) -> list[str]:
    """Give the keys that the schema allows at a place."""
    found: Any = model
    for part in place:
        if found is None:
            return []
        if isinstance(part, str) and hasattr(found, "model_fields") and part in found.model_fields:
            found = _inner(found.model_fields[part].annotation)
    if found is None or not hasattr(found, "model_fields"):
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def _inner(annotation: Any) -> Any:
    """Find the model inside list[Model], dict[str, Model] and Model | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner(argument)
        if found is not None:
            return found
    return None


def lay_over(base: CardBook | None, parts: Parts, faults: list[Fault]) -> CardBook | None:
    """Give a book in which the parts replace or join what the base has."""
    vocabulary = base.vocabulary.wire if base is not None else {"meters": {}, "attributes": {}}
    if parts.vocabulary:
        vocabulary = {
            kind: {**vocabulary[kind], **parts.vocabulary[kind]}
            for kind in ("meters", "attributes")
        }
    elif base is None:
        faults.append(Fault("no vocabulary.yaml", remedy="Meters and attributes stand there."))
        return None
    providers: dict[str, Wire] = {}
    for name, wire in parts.providers.items():
        known = base.provider_wire(name)["cards"] if base is not None and name in base else {}
        providers[name] = {**wire, "cards": dict(known)}
    for card in parts.cards:
        seller = card["provider"]
        if seller not in providers:
            if base is None or seller not in base:
                hint = "Add its provider.yaml."
                document = parts.documents[card["file"]]
                faults.append(document.fault(f"no provider '{seller}'", ("provider",), hint))
                continue
            wire = dict(base.provider_wire(seller))
            providers[seller] = {**wire, "cards": dict(wire["cards"])}
        held = providers[seller]["cards"].get(card["model"])
        if held is not None and held["file"] in parts.documents:
            document = parts.documents[card["file"]]
            faults.append(
                document.fault(f"'{card['model']}' has a card already", ("model",), held["file"])
            )
        providers[seller]["cards"][card["model"]] = card
    try:
        return CardBook.over(
            base,
            vocabulary,
            parts.calendars,
            parts.currencies,
            parts.contracts,
            providers,
        )
    except (ValueError, re.error) as error:
        faults.append(Fault(str(error), path="vocabulary.yaml"))
        return None
