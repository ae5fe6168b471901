"""Rate the cube again: what the bill would say if some causes were true.

A ``Charge`` is what one meter of an atom is expected to cost. A cause changes a ``View`` of it:
who is billed, how many, when, under which attributes, card or meter. The engine then prices the
view; a cause never works out a price itself.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import PricingError
from pricing.money import ZERO, Money, add, multiply
from pricing.rating.rate import quote_for
from pricing.rating.sums import plus
from pricing.reconcile.cells import CONTEXT, DAY_AT, METER, band_label
from pricing.reconcile.log import BASES
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.money import Exact
    from pricing.rating.quote import Flags
    from pricing.reconcile.atoms import Atom
    from pricing.reconcile.cells import Key
    from pricing.usage.usage import Quantity

    #: amount and quantity
    Sums = tuple[Exact, Exact]


class Charge:
    """One meter of some requests: what it is expected to cost, and where that stands."""

    __slots__ = (
        "asked",
        "atom",
        "base",
        "end",
        "fixed",
        "is_billed",
        "is_due",
        "is_inside",
        "key",
        "meter",
        "moment",
        "parts",
        "place",
        "quantity",
        "requests",
        "scope",
        "start",
    )

    def __init__(self, atom: Atom, meter: str, quantity: Quantity) -> None:
        self.atom = atom
        self.meter = meter
        self.quantity: Exact = Decimal(quantity)
        self.fixed: Exact | None = atom.fixed.get(meter)
        self.start = atom.start
        self.end = atom.end
        #: the instant that books it
        self.moment = atom.start
        self.requests = atom.requests
        self.place = atom.place
        self.asked = atom.asked
        self.is_billed = True
        #: who it is would be billed, whatever its day
        self.is_due = True
        #: its day is one of the bill's
        self.is_inside = True
        #: its cell in the bill
        self.key: Key = ()
        #: all that it can be told by, whether the bill shows it or not
        self.scope: Key = ()
        #: of several atoms the quantities of all meters of each; None: those of its atom
        self.parts: list[Mapping[str, Quantity]] | None = None
        #: what it is expected to cost, before any cause
        self.base: Exact = ZERO

    @property
    def siblings(self) -> Mapping[str, Quantity]:
        """The quantities of all meters of the same requests."""
        if self.parts is None:
            return self.atom.sums
        if len(self.parts) > 1:
            whole: dict[str, Quantity] = {}
            for part in self.parts:
                for meter, quantity in part.items():
                    whole[meter] = plus(whole.get(meter, 0), quantity)
            self.parts = [whole]
        return self.parts[0]

    @property
    def who(self) -> str:
        return self.atom.who

    @property
    def card(self) -> RateCard:
        return self.atom.card


class View:
    """A charge as a cause would have it; what no cause changes stands in the class."""

    #: its day is none of the bill's
    is_outside = False
    #: by how much the instant of the log is wrong
    shift = 0
    #: attributes that differ from the request's own, never changed in place
    attributes: Mapping[str, Any] = {}
    #: the way of counting the request's length; 0 is the card's own
    basis = 0
    #: a length in place of the request's, where it does not depend on it
    context: int | None = None
    factor: Exact | None = None
    #: the list, without contracts
    is_listed = False

    def __init__(self, charge: Charge) -> None:
        self.charge = charge
        self.is_billed = charge.is_billed
        self.quantity = charge.quantity
        atom = charge.atom
        self.card = atom.card
        #: the instant that prices it
        self.at: int = atom.quote.at
        #: the meter that prices it
        self.meter = charge.meter
        self.key = charge.key
        #: the instant that books it
        self.moment = charge.moment

    @property
    def counts(self) -> bool:
        """Whether it is on the bill."""
        return self.is_billed and not self.is_outside

    @property
    def scope(self) -> Key:
        """All that it can be told by, with the day on which it is booked."""
        told, day = self.charge.scope, self.key[DAY_AT]
        return (
            told if not day or day == told[DAY_AT] else (*told[:DAY_AT], day, *told[DAY_AT + 1 :])
        )


class Prices:
    """Unit prices by the engine, kept."""

    def __init__(self, flags: Flags) -> None:
        self.flags = flags
        self._kept: dict[tuple[Any, ...], Exact | None] = {}

    def unit(self, view: View) -> Exact | None:
        """Give what one unit costs in a view, None where the engine has no such price."""
        atom = view.charge.atom
        contexts = atom.contexts
        context = view.context
        if context is None and contexts:
            context = contexts[view.basis]
        key = (
            id(view.card),
            view.at,
            id(atom.quote),
            tuple(view.attributes.items()),
            context,
            view.meter,
            view.is_listed,
        )
        if key not in self._kept:
            self._kept[key] = self._unit(view, context)
        return self._kept[key]

    def _unit(self, view: View, context: int | None) -> Exact | None:
        usage = view.charge.atom.usage
        asked = Usage({}, at=view.at, attributes={**usage.attributes, **view.attributes})
        asked.context_tokens = context if context is not None else usage.context_tokens
        asked.aggregate = usage.aggregate
        if asked.context_tokens is None and not usage.aggregate:
            asked.context_tokens = sum(
                int(n) for m, n in usage.meters.items() if not m.startswith("output")
            )
        try:
            if view.is_listed:
                from pricing.cards.tariff import listed
                from pricing.rating.quote import quote

                prices = listed(view.card, view.at)
                found = quote(prices, asked.attributes, asked.context_tokens, view.at, self.flags)
            else:
                found = quote_for(asked, view.card, self.flags)
            return found.price(view.meter).unit
        except PricingError:
            return None

    def line(self, view: View) -> Any:
        """Give the engine's own word on a price: card line, rate and modifiers."""
        usage = view.charge.atom.usage
        asked = Usage({}, at=view.at, attributes={**usage.attributes, **view.attributes})
        contexts = view.charge.atom.contexts
        asked.context_tokens = view.context or (contexts[view.basis] if contexts else None)
        if asked.context_tokens is None:
            asked.context_tokens = usage.context_tokens
        asked.aggregate = usage.aggregate
        try:
            return quote_for(asked, view.card, self.flags).price(view.meter)
        except PricingError:
            return None


class Frame:
    """What is the same for every trial: prices, terms, and how charges find their cells."""

    def __init__(
        self,
        prices: Prices,
        factor: Callable[[Charge], Exact],
        day: Callable[[int], str | None],
        bands: Mapping[str, tuple[int | None, int | None]],
    ) -> None:
        self.prices = prices
        #: what an amount is multiplied with: markup, discount, exchange rate
        self.factor = factor
        #: the span of the bill that an instant lies in; None: outside of the bill
        self.day = day
        self.bands = bands
        self._units: dict[tuple[Any, ...], Exact | None] = {}

    def expected(self, charge: Charge, *, is_billed: bool) -> Exact | None:
        """Give what a charge costs before any cause; None where the engine has no price for it."""
        if not is_billed:
            return ZERO
        amount = charge.fixed
        if amount is None:
            atom = charge.atom
            place = id(atom.card), id(atom.quote), charge.meter, atom.contexts[:1]
            if place not in self._units:
                self._units[place] = self.prices.unit(View(charge))
            unit = self._units[place]
            if unit is None:
                return None
            amount = multiply(unit, charge.quantity)
        factor = self.factor(charge)
        return amount if factor == 1 else multiply(amount, factor)

    def priced(self, view: View) -> Exact | None:
        """Give what a view costs; None where the engine has no price for it."""
        if not view.counts:
            return ZERO
        charge = view.charge
        if charge.fixed is not None:
            if view.meter != charge.meter or view.attributes or view.card is not charge.card:
                return None
            amount: Exact = charge.fixed
        else:
            unit = self.prices.unit(view)
            if unit is None:
                return None
            amount = multiply(unit, view.quantity)
        factor = self.factor(charge) if view.factor is None else view.factor
        if factor != 1:
            amount = multiply(amount, factor)
        return amount

    def moved(self, view: View, by: int) -> None:
        """Book a view so much later; outside of the bill it is not billed."""
        view.moment += by
        found = self.day(view.moment)
        view.is_outside = found is None
        if found is not None:
            self.relabel(view, DAY_AT, found)

    def relabel(self, view: View, dimension: int, text: str) -> None:
        key = view.key
        view.key = (*key[:dimension], text, *key[dimension + 1 :])

    def recount(self, view: View) -> None:
        """Put a view into the band of its length, where the bill tells bands apart."""
        atom = view.charge.atom
        if view.key[CONTEXT] and atom.contexts:
            length = view.context if view.context is not None else atom.contexts[view.basis]
            text = band_label(self.bands, length, atom.quote.tariff.cuts)
            self.relabel(view, CONTEXT, text or view.key[CONTEXT])


def basis_number(name: str) -> int:
    """Give the number of a way of counting a request's length."""
    return 1 + BASES.index(name)


def sum_up(rows: Iterable[tuple[Key, Exact, Exact]]) -> dict[Key, Sums]:
    """Add amounts and quantities up by key."""
    found: dict[Key, Sums] = {}
    for key, amount, quantity in rows:
        known = found.get(key)
        if known is None:
            found[key] = (amount, quantity)
        else:
            found[key] = (add(known[0], amount), add(known[1], quantity))
    return found


def money(amount: Exact, currency: str) -> Money:
    return Money(amount, currency)


__all__ = ["METER", "Charge", "Frame", "Prices", "View", "basis_number", "money", "sum_up"]
