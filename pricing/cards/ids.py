"""What a model id means: seller, card and attributes; exactly, or not at all."""

from __future__ import annotations

from pricing.errors import UnknownModel, UnknownSeller, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.model import RateCard

    Form = Mapping[str, Any]

#: so many names are listed in a message
_FEW = 8


class Resolved:
    """A card, the attributes that the id itself tells, and whether the seller was assumed."""

    __slots__ = ("attributes", "card", "is_assumed")

    def __init__(self, card: RateCard, attributes: Mapping[str, str], is_assumed: bool) -> None:
        self.card = card
        self.attributes = dict(attributes)
        self.is_assumed = is_assumed


def resolve(book: CardBook, model: str, seller: str | None = None) -> Resolved:
    """Give what an id means.

    The seller is, in this order: the one given; the one whose form the id has; the part before
    the slash; the maker of a bare id, which is then assumed. (No maker's id has another's form:
    a test holds that, and so the exact id may be looked up first.)

    Raises:
        UnknownSeller: no such seller, or it cannot be told.
        UnknownModel: the seller has no card for the id.
    """
    if seller is not None:
        book.provider(seller)
        return _at(book, model, seller)
    makers = [n for n in book if book.index[n]["models"].get(model) in book.index[n]["owned"]]
    if len(makers) == 1 and "/" not in model:
        return Resolved(book.card(f"{makers[0]}/{model}"), {}, is_assumed=True)
    owners = [
        (name, attributes, found)
        for name in book
        for found, attributes in by_form(
            [form for form in book.index[name]["forms"] if not form.get("named")], model
        )
    ]
    if owners:
        sellers = sorted({name for name, _, _ in owners})
        if len(sellers) > 1:
            raise UnknownSeller(
                f"'{model}' is an id of {' and of '.join(sellers)}", remedy="Give --seller."
            )
        name, attributes, found = owners[0]
        if found not in book.index[name]["models"]:
            raise UnknownModel(model, name, f"No card for {found} at {name} (--cards DIR).")
        return Resolved(book.card(f"{name}/{found}"), attributes, is_assumed=False)
    if "/" in model:
        name, _, rest = model.partition("/")
        book.provider(name)
        return _at(book, rest, name)
    sellers = [name for name in book if model in book.index[name]["models"]]
    if sellers:
        cards = [book.card(f"{name}/{model}") for name in sellers]
        meant = {card.wire.get("canonical") for card in cards}
        maker = f"The maker's id is '{meant.pop()}'. " if len(meant) == 1 and all(meant) else ""
        raise UnknownSeller(
            f"no maker's card for '{model}'",
            remedy=f"{maker}{'Or give' if maker else 'Give'} --seller: {', '.join(sellers)}.",
        )
    own = [
        m for n in book for m, c in book.index[n]["models"].items() if c in book.index[n]["owned"]
    ]
    raise UnknownModel(model, None, did_you_mean(model, own) or _listing(book, model))


def _at(book: CardBook, model: str, seller: str) -> Resolved:
    entry = book.index[seller]
    # an id that is a card's own may tell attributes by its form too
    for found, attributes in by_form(entry["forms"], model):
        if found in entry["models"]:
            return Resolved(book.card(f"{seller}/{found}"), attributes, is_assumed=False)
    if model in entry["models"]:
        return Resolved(book.card(f"{seller}/{model}"), {}, is_assumed=False)
    raise UnknownModel(model, seller, unknown_at(book, model, seller))


def unknown_at(book: CardBook, model: str, seller: str) -> str:
    """Say what to do about an id that a seller does not have: its own id of the maker's model."""
    models = book.index[seller]["models"]
    same = [m for m in models if m.endswith(f"/{model}")]
    for card in book.provider(seller).cards.values() if not same else ():
        makers = book.index[card.publisher]["models"] if card.publisher in book.index else {}
        named = card.wire.get("canonical", card.model)
        if model in makers and makers[model] == makers.get(named):
            same.append(card.model)
    if same:
        return f"There it is '{same[0]}'."
    return did_you_mean(model, models) or f"pricing cards list {seller}"


def _listing(book: CardBook, model: str) -> str:
    """Say where all models are listed, and name those that begin with the word."""
    found = {m for name in book for m in book.index[name]["owned"] if m.startswith(f"{model}-")}
    some = f"There are {', '.join(sorted(found))}. " if 0 < len(found) <= _FEW else ""
    return f"{some}pricing cards list shows all."


def by_form(forms: list[Form], model: str) -> Iterator[tuple[str, dict[str, str]]]:
    import re

    for form in forms:
        match = re.fullmatch(form["pattern"].removeprefix("^").removesuffix("$"), model)
        if match is None:
            continue
        groups = {k: v for k, v in match.groupdict().items() if v is not None}
        found = groups.pop("model")
        groups.pop("snapshot", None)
        values = form.get("map", {})
        yield found, {k: values.get(k, {}).get(v, v) for k, v in groups.items()}
