"""What a public price table offers, in our words: prices by meter and condition, as stated.

Every reader gives a ``Table``; what it cannot say in our meters it lists, with its reason.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.money import EXACT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: (above, up to) in context tokens; None: no end on that side
Span = tuple[int | None, int | None]
EVERYWHERE: Span = (None, None)


class Price:
    """The price of one unit of a meter, in one tier of service and one span of context."""

    __slots__ = ("attributes", "field", "meter", "span", "tier", "unit", "value")

    def __init__(
        self,
        meter: str,
        unit: str,
        value: Decimal,
        field: str,
        *,
        tier: str = "standard",
        span: Span = EVERYWHERE,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self.meter = meter
        self.unit = unit
        self.value = value
        #: the field of the table that states it
        self.field = field
        self.tier = tier
        self.span = span
        self.attributes = dict(attributes or {})


class Offer:
    """What one seller charges for one model, perhaps from a day on."""

    __slots__ = ("aliases", "effective", "facts", "key", "model", "prices", "publisher", "seller")

    def __init__(
        self,
        seller: str,
        model: str,
        key: str,
        *,
        publisher: str | None = None,
        effective: str | None = None,
        facts: Mapping[str, Any] | None = None,
        aliases: tuple[str, ...] = (),
    ) -> None:
        self.seller = seller
        self.model = model
        #: how the table itself calls it
        self.key = key
        self.publisher = publisher
        self.effective = effective
        self.facts = dict(facts or {})
        self.aliases = aliases
        self.prices: list[Price] = []


class Skipped:
    """A field, or a whole entry, that was not imported: why, how often, and where first."""

    __slots__ = ("count", "example", "field", "reason")

    def __init__(self, field: str, reason: str, example: str) -> None:
        self.field = field
        self.reason = reason
        self.example = example
        self.count = 0


class Table:
    """A public price table, read: its offers, and all that was not imported."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self.offers: list[Offer] = []
        self._skipped: dict[tuple[str, str], Skipped] = {}

    def skip(self, field: str, reason: str, example: str) -> None:
        """Note that a field of an entry is not imported."""
        known = self._skipped.setdefault((field, reason), Skipped(field, reason, example))
        known.count += 1

    def keep_sound(self) -> None:
        """Leave out the offers whose id no card can have."""
        for offer in self.offers:
            if not is_id(offer.model):
                self.skip("(entry)", "no sound id", str(offer.key))
        self.offers = [offer for offer in self.offers if is_id(offer.model)]

    @property
    def skipped(self) -> list[Skipped]:
        """What was not imported, most often first."""
        return sorted(self._skipped.values(), key=lambda s: (-s.count, s.field, s.reason))


def number(value: object) -> Decimal | None:
    """Give an exact number that is no price below 0, or None where there is no such number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        found = Decimal(value)
    except ArithmeticError:
        return None
    is_sound = found.is_finite() and not found.is_signed() and abs(found.adjusted()) < _MOST_DIGITS
    return found if is_sound and len(found.as_tuple().digits) < _MOST_DIGITS else None


_MOST_DIGITS = 40


def each(value: Decimal, per: int) -> Decimal:
    """Give the price of one unit where ``value`` is that of ``per``, a power of ten."""
    return EXACT.divide(value, Decimal(per))


_LONGEST_ID = 200


def is_id(text: object) -> bool:
    """Tell whether a text can be the id of a model on a card."""
    return (
        isinstance(text, str)
        and text.isprintable()
        and text == text.strip()
        and 0 < len(text) <= _LONGEST_ID
    )


def grouped(count: object) -> str:
    """Give a whole number with its thousands set apart, anything else as it is."""
    return f"{count:_}" if isinstance(count, int) else str(count)


def slug(text: str) -> str:
    """Give a name that a seller's folder can have."""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in text.lower())
    return kept.strip("-") or "unknown"
