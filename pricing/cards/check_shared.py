"""What several files share: vocabulary, ids of a seller's models, names of contracts."""

from __future__ import annotations

import re

from pricing.cards.conditions import CONTEXT, WINDOW
from pricing.cards.vocabulary import covers
from pricing.cards.words import texts
from pricing.errors import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.folder import CardFile
    from pricing.cards.strict import Document

    Wire = Mapping[str, Any]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")


def check_vocabulary(document: Document, before: Wire, words: Wire) -> None:
    """Check a vocabulary: ``before`` is the one below, ``words`` both together."""
    for name, meter in words["meters"].items():
        place, below = ("meters", name), before["meters"].get(name)
        if below == meter:
            continue
        if not _NAME.fullmatch(name):
            document.refuse(f"'{name}' is no name of a meter", place, "Write it like output.audio.")
        if below is not None:
            what = f"another '{name}' than in the vocabulary below"
            if below["unit"] != meter["unit"]:
                what = f"'{name}' is counted by the {below['unit']}, not by the {meter['unit']}"
            document.refuse(what, place, "Leave it out, or choose a name of your own.")
        elif meter.get("bills_as") is not None:
            _bills_as(document, name, meter["bills_as"], words["meters"])
    for name, attribute in words["attributes"].items():
        _attribute(document, name, attribute, before["attributes"].get(name))


def _bills_as(document: Document, name: str, wider: str, meters: Wire) -> None:
    place = ("meters", name, "bills_as")
    if wider not in meters:
        hint = did_you_mean(wider, meters) or f"Add {wider}, or leave it out."
        document.refuse(f"unknown meter '{wider}'", place, hint)
    elif wider == name or not covers(wider, name):
        remedy = "A meter bills as one whose name its own begins with."
        document.refuse(f"'{wider}' is not wider than '{name}'", place, remedy)
    elif meters[wider]["unit"] != meters[name]["unit"]:
        what = f"'{wider}' is counted by the {meters[wider]['unit']}"
        document.refuse(what, place, "A meter bills as one of its own unit.")


def _attribute(document: Document, name: str, attribute: Wire, below: Wire | None) -> None:
    place = ("attributes", name)
    values, default = attribute.get("values"), attribute.get("default")
    if name == CONTEXT or name.startswith(WINDOW) or not _NAME.fullmatch(name):
        what = f"'{name}' is no name that an attribute can have"
        document.refuse(what, place, "Write it like service_tier.")
    if values is not None and default is not None and default not in values:
        what = f"the default '{default}' is none of the values"
        document.refuse(what, (*place, "default"), f"Values: {', '.join(values)}.")
    if attribute.get("same_as_default") and default is None:
        what = "same_as_default without a default"
        document.refuse(what, (*place, "same_as_default"), "Add `default`, or leave it out.")
    if attribute.get("kind") and values is not None:
        document.refuse("values of a number", (*place, "values"), "Leave out `values` or `kind`.")
    if below is not None and _changes(below, attribute):
        what = f"another '{name}' than in the vocabulary below"
        document.refuse(what, place, "It may add values, and keeps everything else.")


def _changes(below: Wire, attribute: Wire) -> bool:
    """Tell whether an attribute means another thing than the one below it."""
    if any(below.get(key) != attribute.get(key) for key in ("default", "kind", "silent")):
        return True
    added = {key: set(attribute.get(key) or ()) for key in ("values", "same_as_default")}
    return any(not set(below.get(key) or ()) <= held for key, held in added.items()) or (
        ("values" in below) != ("values" in attribute)
    )


def check_ids(files: Sequence[CardFile], base: CardBook | None) -> None:
    """Check that a model has one card in a folder, and an id one model at a seller."""
    for seller in dict.fromkeys(file.seller for file in files if file.kind == "card"):
        cards: dict[str, CardFile] = {}
        for file in files:
            model = file.tree.get("model")
            if file.kind != "card" or file.seller != seller or not isinstance(model, str):
                continue
            held = cards.get(model)
            if held is not None and held.root == file.root and file.document is not None:
                remedy = f"It stands in {held.shown}."
                file.document.refuse(f"'{model}' has a card already", ("model",), remedy)
            else:
                cards[model] = file
        owners: dict[str, str] = {}
        if base is not None and seller in base:
            for model, card in base.provider_wire(seller)["cards"].items():
                if model not in cards:
                    for name in (model, *card.get("aliases", ())):
                        owners[name] = f"{card['file']}:{card['line']}"
        for file in cards.values():
            _own(file, owners)


def _own(file: CardFile, owners: dict[str, str]) -> None:
    assert file.document is not None
    aliases = texts(file.tree.get("aliases"))
    places = [("model",), *(("aliases", i) for i in range(len(aliases)))]
    for name, place in zip([file.tree["model"], *aliases], places, strict=True):
        where = f"{file.shown}:{file.document.line(place)}"
        other = owners.setdefault(name, where)
        if not other.startswith(f"{file.shown}:"):
            what = f"'{name}' is an id of another card, {other}"
            file.document.refuse(what, place, "An id means one model at a seller.")


def check_contracts(files: Sequence[CardFile], base: CardBook | None) -> None:
    """Check that no contract is laid over the cards twice."""
    held = {c["contract"]: c["file"] for c in base.contracts} if base is not None else {}
    for file in files:
        name = file.tree.get("contract")
        if file.kind == "contract" and isinstance(name, str):
            if name in held and file.document is not None:
                remedy = f"It stands in {held[name]}."
                file.document.refuse(f"the contract '{name}' is given twice", ("contract",), remedy)
            held.setdefault(name, file.shown)
