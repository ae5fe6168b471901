"""Charges that only the hour tells apart, added up: what causes of rates are tried on."""

from __future__ import annotations

from bisect import bisect_right

from pricing.money import ZERO, add
from pricing.reconcile.trial import Charge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pricing.reconcile.atoms import Atom
    from pricing.usage.usage import Quantity


def joined(charges: list[Charge], changes: list[int]) -> list[Charge]:
    """Add up the charges of one cell that only the hour tells apart.

    ``changes`` are instants at which some card has new prices: what lies between two is one.
    """
    found: dict[tuple[object, ...], Charge] = {}
    parts: dict[tuple[object, ...], list[Mapping[str, Quantity]]] = {}
    last: Atom | None = None
    own: tuple[object, ...] = ()
    for charge in charges:
        atom = charge.atom
        if atom is not last:
            # of one atom all charges are beside each other
            last = atom
            own = (
                atom.who, atom.version, id(atom.quote),
                charge.is_billed, charge.is_inside, charge.asked,
                atom.contexts and tuple(map(_side(atom), atom.contexts)),
                bisect_right(changes, charge.start),
            )  # fmt: skip
        # a scope has one object, and tells the cell
        place = id(charge.scope), charge.meter, charge.fixed is not None, own
        known = found.get(place)
        if known is None:
            known = found[place] = Charge(atom, charge.meter, 0)
            known.scope, known.key, known.is_billed = charge.scope, charge.key, charge.is_billed
            known.is_due, known.is_inside = charge.is_due, charge.is_inside
            known.requests = 0
            known.parts = parts[place] = []
            known.fixed = None if charge.fixed is None else ZERO
        known.quantity = add(known.quantity, charge.quantity)
        known.base = add(known.base, charge.base)
        known.requests += charge.requests
        if charge.fixed is not None:
            known.fixed = add(known.fixed or ZERO, charge.fixed)
        parts[place].append(charge.siblings)
    return list(found.values())


def _side(atom: Atom) -> Callable[[int | None], int | None]:
    """Give a function that tells on which side of every threshold a length is."""
    cuts = atom.quote.tariff.cuts
    return lambda length: None if length is None else bisect_right(cuts, length)
