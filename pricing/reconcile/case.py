"""A case: one bill, one log and the terms between them, brought to the same cells."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from pricing.errors import InvoiceError, NoExchangeRate, PricingError
from pricing.money import Money, multiply
from pricing.reconcile.cells import (
    ATTRIBUTES,
    CONTEXT,
    DAY_AT,
    DIMENSIONS,
    ID,
    KEY,
    LONG,
    METER,
    MODEL,
    PROJECT,
    SHORT,
    SLOT,
    Bill,
    Cell,
    band,
    bounds,
    namer,
)
from pricing.reconcile.charges import Charges
from pricing.reconcile.coarse import joined
from pricing.reconcile.log import PROJECTS
from pricing.reconcile.sellers import Names, sellers_of, sold_by
from pricing.reconcile.trial import Charge, Frame, Prices
from pricing.reconcile.words import many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.money import Exact
    from pricing.reconcile.cells import Key
    from pricing.reconcile.log import Log
    from pricing.reconcile.statement import Line
    from pricing.reconcile.terms import Terms


class Case:
    """Bill and log in the same cells, ready to be held against each other."""

    def __init__(self, bill: Bill, log: Log, terms: Terms, catalog: Catalog) -> None:
        self.bill = bill
        self.log = log
        self.terms = terms
        self.catalog = catalog
        self.notes: list[str] = []
        #: what is told of factors that were tried, and that too many cells do not follow
        self.refuted: list[dict[str, Any]] = []
        agreed = terms.billing_currency
        if agreed is not None and bill.currency and agreed != bill.currency:
            raise InvoiceError(
                f"the bill is in {bill.currency}, agreed is {agreed}",
                path=terms.places.get("billing_currency"),
                remedy="Ask for a bill in the agreed currency, or change billing_currency.",
            )
        found = sellers_of(bill.usage, catalog.book)
        sellers = sorted(set(found.values())) if bill.seller is None else [bill.seller]
        self.atoms = sold_by(log.atoms, sellers, self.notes)
        #: what models are called in cells
        self.sellers = Names(found)
        self._offset = terms.offset()
        self._models: dict[str, str] = {}
        self._labels: dict[int, str | None] = {}
        #: which of the log's labels is the bill's project, and whether the bill shows it
        self.project_label = self._project_label()
        self.has_keys = self._has_keys()
        self.names = self._names()
        self.named = namer(self.names, self._resolve)
        self._shown: dict[tuple[int, str, str], bool] = {}
        self._meters: dict[str, set[str]] = {}
        self.bands = {text: band(text) for text in self._texts("context")}
        self._fill_cells()
        self.bounds, self._open_before, self._open_after = bounds(bill.periods, log.arrivals)
        self.fx: dict[str, tuple[str, Exact]] = {}
        self._factors: dict[tuple[str, int], Exact] = {}
        self.frame = Frame(Prices(log.flags), self.factor, self.label, self.bands)
        self.outside = 0
        self._varying: list[int] = []
        #: instants at which some card of the log changes its prices
        self.changes = sorted({r["effective"] for a in self._cards().values() for r in a.billing})
        self.fine = Charges(self).of(self.atoms)
        if self.outside:
            verb = "lies" if self.outside == 1 else "lie"
            self.notes.append(f"{many(self.outside, 'request')} {verb} outside of the bill's days")
        own = terms.rounding
        by_request = own is not None and own.per == "request"
        self.coarse = self.fine if by_request else joined(self.fine, self.changes)

    def _cards(self) -> dict[str, RateCard]:
        return {atom.card.name: atom.card for atom in self.atoms}

    def priced_at(self, at: int) -> int:
        """Give an instant at which any card has the prices of this one."""
        place = bisect_right(self.changes, at)
        return self.changes[place - 1] if place else at

    def _texts(self, name: str) -> set[str]:
        return {text for line in self.bill.usage if (text := line.labels.get(name))}

    def _project_label(self) -> int | None:
        """Give which label of the log holds what the bill calls the project, None: none does."""
        if not self.bill.has_projects:
            return None
        told = self._texts("project")
        counts = [0] * len(PROJECTS)
        for number in range(len(PROJECTS)):
            own = {a.projects[number] for a in self.atoms if a.projects and a.projects[number]}
            counts[number] = len(own & told)
        if not (best := max(counts)):
            if told:
                self.notes.append("the log has no label with the projects of the bill")
            return None
        return counts.index(best)

    def _has_keys(self) -> bool:
        return bool(self._texts("key") & {a.keys for a in self.atoms if a.keys})

    def _names(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for atom in self.atoms:
            card = atom.card
            for name in (card.model, *card.aliases, atom.usage.model):
                if name:
                    found.setdefault(name, self.model_of(card))
        return found

    def model_of(self, card: RateCard) -> str:
        """Give the maker's own name of what a card sells: one model at two sellers is one."""
        found = self._models.get(card.name)
        if found is None:
            found = self._models[card.name] = self.catalog.canonical(card).partition("/")[2]
        return found

    def _resolve(self, text: str) -> str | None:
        sellers = sorted({atom.card.provider.name for atom in self.atoms})
        for seller in (*sellers, self.bill.seller):
            try:
                return self.model_of(self.catalog.resolve(text, seller).card)
            except PricingError:
                continue
        return None

    def _fill_cells(self) -> None:
        """Put every line of usage into its cell, or among the unmatched with the reason."""
        bill = self.bill
        for line in bill.usage:
            if line.model and self.named(line.model) is None:
                reason = f"no model is called '{line.model}'"
                bill.unmatched.append((line, line.unread or reason))
            elif line.unread is not None or (bill.has_meters and not line.meter):
                bill.unmatched.append((line, line.unread or "it does not say what it counts"))
            else:
                self._meters.setdefault(self._model(line), set()).add(line.meter)
        apart = {id(line) for line, _ in bill.unmatched}
        for line in bill.usage:
            if id(line) not in apart:
                key = self.key_of(line)
                cell = bill.cells.get(key)
                if cell is None:
                    cell = bill.cells[key] = Cell(key)
                cell.add(line)

    def _model(self, line: Line) -> str:
        return self.sellers.of_line(line, self.named(line.model) or "") if line.model else ""

    def key_of(self, line: Line) -> Key:
        found = [""] * len(DIMENSIONS)
        if line.start is not None:
            found[DAY_AT] = self.bill.periods.label(line.start)
        if self.project_label is not None:
            found[PROJECT] = line.labels.get("project", "")
        if self.has_keys:
            found[KEY] = line.labels.get("key", "")
        found[MODEL], found[METER] = self._model(line), line.meter
        found[ID] = line.labels.get("id", "")
        for name, default in ATTRIBUTES.items():
            number = DIMENSIONS.index(name)
            if self._is_shown(number, line.meter, found[MODEL]):
                found[number] = self.value(name, line.labels.get(name)) or default
        if self._is_shown(CONTEXT, line.meter, found[MODEL]):
            other = SHORT if self.bands.keys() == {LONG} else ""
            found[CONTEXT] = line.labels.get("context", other)
        return tuple(found)

    def value(self, name: str, value: object) -> str:
        """Give the value of an attribute under its one name."""
        if value is None:
            return ""
        attribute = self.catalog.book.vocabulary.attributes[name]
        if str(value) in (*attribute.same_as_default, attribute.default):
            return ATTRIBUTES[name]
        return str(value)

    def _is_shown(self, dimension: int, meter: str, model: str) -> bool:
        """Tell whether the bill tells usage of this kind apart by a dimension."""
        place = (dimension, meter, model)
        known = self._shown.get(place)
        if known is None:
            name = DIMENSIONS[dimension]
            rows = [
                (line.meter == meter, self._model(line) == model, bool(line.labels.get(name)))
                for line in self.bill.usage
            ]
            for wanted in ((True, True), (False, True), (True, False), (False, False)):
                fitting = [
                    shown
                    for same_meter, same_model, shown in rows
                    if same_meter >= wanted[0] and same_model >= wanted[1]
                ]
                if fitting:
                    known = any(fitting)
                    break
            known = self._shown[place] = bool(known)
        return known

    def label(self, at: int) -> str | None:
        """Give the span of the bill that an instant falls in; None: outside of the bill.

        Spans begin on half hours, as those of all but a few zones do.
        """
        slot = at // SLOT
        if slot not in self._labels:
            self._labels[slot] = self._label(slot * SLOT)
        return self._labels[slot]

    def _label(self, at: int) -> str | None:
        at += self._offset(at)
        if self.bounds is not None:
            if at < self.bounds[0] and not self._open_before:
                return None
            if at >= self.bounds[1] and not self._open_after:
                return None
        return self.bill.periods.label(at)

    def factor(self, charge: Charge) -> Exact:
        """Give what a list price is multiplied with: markup, discount and exchange rate."""
        currency = charge.atom.quote.tariff.currency
        key = (currency, charge.start // SLOT)
        found = self._factors.get(key)
        if found is None:
            found = multiply(self.terms.factor(charge.start), self.exchange(currency))
            self._factors[key] = found
        return found

    def exchange(self, currency: str) -> Exact:
        """Give how much of the bill's currency one unit of a card's is, by the terms' rule.

        Raises:
            NoExchangeRate: neither the terms nor the cards have a rate.
        """
        target = self.bill.currency or self.terms.billing_currency or currency
        if currency == target:
            return Decimal(1)
        if currency not in self.fx:
            first, last = self.bounds or (0, 0)
            agreed = self.terms.fx_at(first, max(first, last - 1))
            if agreed is not None:
                self.fx[currency] = agreed
            else:
                try:
                    money, source = self.catalog.convert(Money(1, currency), target, last)
                except NoExchangeRate as error:
                    raise NoExchangeRate(
                        f"the cards are in {currency}, the bill is in {target}: no exchange rate",
                        remedy="Give one: fx in reconcile.yaml (--terms), or currencies.yaml.",
                    ) from error
                self.fx[currency] = (source, money.amount)
        return self.fx[currency][1]

    def meter_label(self, meter: str, model: str, charge: Charge) -> str:
        """Give the name under which the bill shows a meter."""
        if not self.bill.has_meters:
            return ""
        known = self._meters.get(model) or set().union(*self._meters.values())
        assumed = charge.atom.quote.tariff.assume.get(meter)
        for name in (meter, assumed, meter.rpartition(".")[0]):
            if name and name in known:
                return name
        return meter

    def shown_part(self, told: Key) -> Key:
        """Give the cell that a charge is in: the dimensions that the bill shows."""
        scope = list(told)
        meter, model = scope[METER], scope[MODEL]
        if self.project_label is None:
            scope[PROJECT] = ""
        if not self.has_keys:
            scope[KEY] = ""
        if not self._shows_model(meter):
            scope[MODEL] = ""
            model = ""
        for number in (CONTEXT, *(DIMENSIONS.index(name) for name in ATTRIBUTES)):
            if not self._is_shown(number, meter, model):
                scope[number] = ""
        if "id" not in self.bill.exposed:
            scope[ID] = ""
        return tuple(scope)

    def _shows_model(self, meter: str) -> bool:
        place = (MODEL, meter, "")
        known = self._shown.get(place)
        if known is None:
            own = [bool(line.model) for line in self.bill.usage if line.meter == meter]
            known = any(own) if own else self.bill.has_models
            self._shown[place] = known
        return known

    def name(self, key: Key) -> str:
        """Give a cell its name: the parts in which cells of this bill differ, with slashes."""
        if not self._varying:
            keys = {*self.bill.cells, *(charge.key for charge in self.coarse)}
            always = {DAY_AT, MODEL, METER}
            self._varying = [
                number
                for number in range(len(DIMENSIONS))
                if number in always or len({own[number] for own in keys}) > 1
            ]
        return "/".join(key[number] for number in self._varying if key[number])
