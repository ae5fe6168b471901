"""The card book: every provider, its cards, and the words, calendars and contracts they share.

Providers are loaded when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from pricing.cards.model import Provider, RateCard
from pricing.cards.vocabulary import Vocabulary
from pricing.errors import UnknownModel, UnknownSeller, did_you_mean, part_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Wire = Mapping[str, Any]


class CardBook:
    """Everything that cards say; immutable but for what is loaded and compiled on demand."""

    __slots__ = (
        "_load",
        "_providers",
        "calendars",
        "contracts",
        "currencies",
        "digest",
        "index",
        "vocabulary",
    )

    def __init__(self, index: Wire, load: Callable[[str], Wire]) -> None:
        self.vocabulary = Vocabulary(index["vocabulary"])
        self.calendars: Wire = index["calendars"]
        self.currencies: Wire = index["currencies"]
        self.contracts: list[Wire] = index["contracts"]
        self.digest: str = index["digest"]
        #: provider -> what ``index_entry`` gives
        self.index: Wire = index["providers"]
        self._load = load
        self._providers: dict[str, Provider] = {}

    @classmethod
    def over(
        cls,
        base: CardBook | None,
        vocabulary: Wire,
        calendars: Wire,
        currencies: Wire,
        contracts: list[Wire],
        providers: Wire,
    ) -> CardBook:
        """Give a book in which these replace or join what the base has."""
        old = base.index if base is not None else {}
        index = {
            "vocabulary": vocabulary,
            "calendars": {**(base.calendars if base else {}), **calendars},
            "currencies": {**(base.currencies if base else {}), **currencies},
            "contracts": [*(base.contracts if base else ()), *contracts],
            "providers": {**old, **{name: index_entry(wire) for name, wire in providers.items()}},
        }
        index["digest"] = _digest(index)

        def load(name: str) -> Wire:
            if name in providers:
                return providers[name]  # type: ignore[no-any-return]
            assert base is not None
            return base.provider_wire(name)

        return cls(index, load)

    def __contains__(self, seller: str) -> bool:
        return seller in self.index

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.index))

    def provider_wire(self, name: str) -> Wire:
        return self._load(name)

    def provider(self, name: str) -> Provider:
        """Give a seller.

        Raises:
            UnknownSeller: no provider has this name.
        """
        found = self._providers.get(name)
        if found is None:
            if name not in self.index:
                named = part_of(name, self)
                hint = f"Did you mean '{named[0]}'?" if len(named) == 1 else None
                raise UnknownSeller(
                    f"unknown seller '{name}'",
                    remedy=did_you_mean(name, self.index)
                    or hint
                    or f"Sellers: {', '.join(named or self)} (--cards DIR adds more).",
                )
            found = self._providers[name] = Provider(self._load(name), self)
        return found

    def card(self, name: str) -> RateCard:
        """Give the card SELLER/MODEL; the model may be an alias.

        Raises:
            UnknownSeller, UnknownModel: there is none; with the nearest name.
        """
        seller, _, model = name.partition("/")
        models: Wire = self.index[seller]["models"] if seller in self.index else {}
        provider = self.provider(seller)
        if model not in models:
            from pricing.cards.ids import unknown_at

            raise UnknownModel(model, seller, unknown_at(self, model, seller))
        return provider.cards[models[model]]

    def cards(self, seller: str | None = None) -> Iterator[RateCard]:
        """Give all cards, or those of one seller, by name."""
        for name in [seller] if seller is not None else self:
            cards = self.provider(name).cards
            for model in sorted(cards):
                yield cards[model]


def index_entry(wire: Wire) -> Wire:
    """Give what resolving an id needs to know of a provider, and its fingerprint."""
    models: dict[str, str] = {}
    for model, card in wire["cards"].items():
        models[model] = model
        for alias in card.get("aliases", ()):
            models[alias] = model
    seller = wire["provider"]
    owned = [m for m, c in wire["cards"].items() if c.get("publisher", seller) == seller]
    return {
        "models": models,
        "owned": owned,
        "forms": wire.get("ids", []),
        "units": wire.get("units", {}),
        "digest": _fingerprint(_priced(wire)),
    }


def _digest(index: Wire) -> str:
    """Fingerprint everything that a price may depend on, wherever it stands written."""
    content = {name: index[name] for name in ("calendars", "currencies", "contracts")}
    return _fingerprint(
        {
            **{name: _priced(part, name != "contracts") for name, part in content.items()},
            "vocabulary": index["vocabulary"],
            "providers": {name: entry["digest"] for name, entry in index["providers"].items()},
        }
    )


def _fingerprint(content: object) -> str:
    import json
    from hashlib import sha256

    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


#: what tells where something stands, or is shown only
_SHOWN = frozenset(("facts", "file", "line", "note", "source", "title"))
#: maps by a name that the card's author chose, in which any key may stand
_NAMED = frozenset(("cards", "pools", "terms", "units"))
_WHOLE = frozenset(("as", "assume", "defaults", "map", "multiply", "when"))


def _priced(wire: object, is_named: bool = False) -> object:
    """Give the part of a wire form that prices anything."""
    if isinstance(wire, Mapping):
        return {
            key: value
            if key in _WHOLE and not is_named
            else _priced(value, key in _NAMED and not is_named)
            for key, value in wire.items()
            if is_named or key not in _SHOWN
        }
    return [_priced(item) for item in wire] if isinstance(wire, list) else wire
