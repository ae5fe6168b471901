"""From atoms of a log to charges: what each meter is expected to cost, and in which cell."""

from __future__ import annotations

from pricing.instants import day
from pricing.reconcile.cells import (
    ATTRIBUTES,
    CONTEXT,
    DAY_AT,
    DIMENSIONS,
    ID,
    KEY,
    METER,
    MODEL,
    PROJECT,
    band_label,
)
from pricing.reconcile.trial import Charge
from pricing.reconcile.unpriced import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.reconcile.atoms import Atom
    from pricing.reconcile.case import Case
    from pricing.reconcile.cells import Key

    #: all that a charge can be told by, and its cell
    Place = tuple[Key, Key]


class Charges:
    """Makes the charges of a case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        #: scope -> itself, an object that all of its kind share, and its cell
        self._places: dict[Key, Place] = {}
        #: the same by meter, for all requests that are told alike
        self._by_meter: dict[tuple[Any, ...], dict[str, Place]] = {}

    def of(self, atoms: Iterable[Atom]) -> list[Charge]:
        """Give the charges of atoms, those of one beside each other; what has no price is noted."""
        case, terms = self.case, self.case.terms
        found = []
        billed = {
            "": True,
            "error": bool(terms.errors_billable),
            "superseded": terms.superseded_attempts_billable is not False,
            "duplicate": False,
            "failed_tool": bool(terms.failed_tool_calls_billable),
        }
        by_end = terms.bucket_by == "end"
        for atom in atoms:
            at = atom.end if by_end else atom.start
            label = case.label(at)
            if label is None and not atom.who:
                case.outside += atom.requests
            places = self._known_places(atom, label or day(at))
            for meter, quantity in {**atom.fixed, **atom.sums}.items():
                charge = Charge(atom, meter, atom.sums.get(meter, 0) if quantity else 0)
                charge.moment = at
                charge.is_due = billed[atom.who]
                charge.is_inside = label is not None
                charge.is_billed = charge.is_due and charge.is_inside
                if meter not in places:
                    places[meter] = self._place(atom, label or day(at), charge)
                charge.scope, charge.key = places[meter]
                price = case.frame.expected(charge, is_billed=charge.is_billed)
                if price is None:
                    self._refuse(charge)
                    continue
                charge.base = price
                found.append(charge)
        return found

    def _refuse(self, charge: Charge) -> None:
        refusal = charge.atom.quote.price(charge.meter)
        reason = str(getattr(refusal, "text", f"no price for {charge.meter}"))
        remedy = getattr(refusal, "remedy", None)
        note(self.case.log.unpriced, reason, remedy, charge.place, charge.requests)

    def _known_places(self, atom: Atom, label: str) -> dict[str, Place]:
        """Give what is known so far of requests that are told as these are, by meter."""
        name = (
            label, atom.projects, atom.keys, id(atom.card), id(atom.quote.tariff),
            *map(atom.usage.attributes.get, ATTRIBUTES), self._band(atom), self._id(atom),
        )  # fmt: skip
        found = self._by_meter.get(name)
        if found is None:
            found = self._by_meter[name] = {}
        return found

    def _place(self, atom: Atom, label: str, charge: Charge) -> Place:
        own = self._scope(atom, label)
        own[METER] = self.case.meter_label(charge.meter, own[MODEL], charge)
        scope = tuple(own)
        if scope not in self._places:
            self._places[scope] = scope, self.case.shown_part(scope)
        return self._places[scope]

    def _scope(self, atom: Atom, label: str) -> list[str]:
        """Give all that the charges of an atom can be told by, but their meter."""
        case = self.case
        found = [""] * len(DIMENSIONS)
        found[DAY_AT] = label
        number = case.project_label
        if atom.projects:
            own = atom.projects[number] if number is not None else None
            if number is None:
                own = next((text for text in atom.projects if text), None)
            found[PROJECT] = own or ""
        found[KEY] = atom.keys or ""
        found[MODEL] = case.sellers.of_card(atom.card, case.model_of(atom.card))
        for name, default in ATTRIBUTES.items():
            value = atom.usage.attributes.get(name)
            found[DIMENSIONS.index(name)] = case.value(name, value) or default
        found[CONTEXT] = self._band(atom)
        found[ID] = self._id(atom)
        return found

    def _band(self, atom: Atom) -> str:
        if not atom.contexts:
            return ""
        return band_label(self.case.bands, atom.contexts[0], atom.quote.tariff.cuts)

    def _id(self, atom: Atom) -> str:
        return (atom.id or "") if "id" in self.case.bill.exposed else ""
