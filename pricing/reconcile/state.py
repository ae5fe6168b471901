"""A state: the expected cells under some accepted causes, and what one more would change."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from pricing.money import ZERO, add, divide, multiply, rounded
from pricing.reconcile.cells import DAY_AT, DIMENSIONS, KEY, METER, MODEL, PROJECT, TIER
from pricing.reconcile.trial import View, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.causes import Option
    from pricing.reconcile.cells import Key
    from pricing.reconcile.trial import Charge, Sums

    Delta = dict[Key, Sums]
    #: a charge, its cell, amount and quantity
    Row = tuple[Charge, Key, Exact, Exact]

#: what a cause's scope may be told by, besides days
SCOPES = (PROJECT, KEY, MODEL, METER, TIER)
#: amounts are told apart to here where the bill prints more places
GRAIN = Decimal("1E-10")
#: what is left by numbers that never end, or by floats, in an amount of many places
FINEST = Decimal("5E-13")
#: cells that agree and that a shift of days may leave: what comes may make up for what goes
MOST_LEFT = 8
NOTHING: tuple[Exact, Exact] = (ZERO, ZERO)


class Scope:
    """Where a cause holds: values of some dimensions, and days from one to another."""

    __slots__ = ("days", "values")

    def __init__(
        self, values: Mapping[int, str] | None = None, days: tuple[str, str] | None = None
    ) -> None:
        self.values = dict(values or {})
        #: the first and the last, both within
        self.days = days

    def holds(self, scope: Key) -> bool:
        """Tell whether a charge lies in it, by all that the charge can be told by."""
        if self.days is not None and not self.days[0] <= scope[DAY_AT] <= self.days[1]:
            return False
        for number, value in self.values.items():  # noqa: SIM110, a million times
            if scope[number] != value:
                return False
        return True

    @property
    def size(self) -> int:
        """The number of its conditions."""
        return len(self.values) + (self.days is not None)

    def told(self) -> dict[str, object]:
        """Give what it says, by the names of the dimensions."""
        found: dict[str, object] = {
            DIMENSIONS[number]: value for number, value in sorted(self.values.items())
        }
        if self.days is not None:
            found["days"] = list(self.days)
        return found


class Accepted:
    """A cause that was taken, and where it holds; ``others`` explain the same cells as well."""

    __slots__ = ("bits", "cells", "option", "others", "scope")

    def __init__(self, option: Option, scope: Scope, bits: int, cells: frozenset[Key]) -> None:
        self.option = option
        self.scope = scope
        #: the evidence beyond its price, in quarters of a bit
        self.bits = bits
        self.cells = cells
        self.others: list[Accepted] = []


class State:
    """Expected cells under accepted causes, and how far the bill is from them."""

    def __init__(self, case: Case, accepted: Sequence[Accepted] = ()) -> None:
        self.case = case
        self.accepted = list(accepted)
        changes = [each for each in accepted if each.option.change is not None]
        recasts = [each for each in accepted if each.option.recast is not None]
        self._changes = changes
        self._recasts = recasts
        cause = [each.option.cause for each in changes]
        #: what the seller rounds, by the terms or by a cause; None: nothing
        self.rounding = case.terms.rounding
        for each in accepted:
            self.rounding = each.option.rounding or self.rounding
        self.needs_hours = self._by_request or any(
            each is not None and each.is_timing for each in cause
        )
        charges = case.fine if self.needs_hours else case.coarse
        #: every charge with its cell, amount and quantity; by the hour where a cause needs it
        self.rows = [self._row(charge) for charge in charges]
        #: before a rounding of lines
        self.exact = self._recast(self._summed(self.rows))
        self.cells = {key: (self._lined(key, a), q) for key, (a, q) in self.exact.items()}
        self._half = max(divide(case.bill.unit, 2), FINEST)
        #: what the bill has more than expected: amount, slack, quantity (None: not told), slack
        self._off: dict[Key, tuple[Exact, Exact, Exact | None, Exact]] = {}
        self.dirty: dict[Key, Exact] = {}
        for key in {*self.cells, *case.bill.cells}:
            if not self._is_same(key) and not self.fits_with(key, ZERO, ZERO):
                self.dirty[key] = self._off[key][0]
        self._dirty_rows: list[Row] | None = None

    @property
    def _by_request(self) -> bool:
        return self.rounding is not None and self.rounding.per == "request"

    def _summed(self, rows: list[Row]) -> dict[Key, Sums]:
        """Add charges up by cell; where requests are rounded, each by itself first."""
        if not self._by_request:
            return sum_up((key, amount, quantity) for _, key, amount, quantity in rows)
        found: Delta = {}
        for _, own in groupby(rows, key=_request):
            for key, sums in self._rounded(own).items():
                _grow(found, key, *sums)
        return found

    def _rounded(self, rows: Iterable[Row]) -> Delta:
        """Give the cells of one request, rounded."""
        assert self.rounding is not None
        found: Delta = {}
        for _, key, amount, quantity in rows:
            _grow(found, key, amount, quantity)
        quantum, mode = self.rounding.quantum, self.rounding.mode
        return {key: (rounded(a, quantum, mode), q) for key, (a, q) in found.items()}

    def _lined(self, key: Key, amount: Exact) -> Exact:
        """Give what a line of this cell comes to, rounded where lines are."""
        if self.rounding is None or self.rounding.per != "line":
            return amount
        cell = self.case.bill.cells.get(key)
        if cell is not None and len(cell.lines) > 1:
            return amount
        return rounded(amount, self.rounding.quantum, self.rounding.mode)

    def _row(self, charge: Charge) -> Row:
        """Give a charge with its cell, amount and quantity."""
        for each in self._changes:
            if each.scope.holds(charge.scope):
                break
        else:
            if not charge.is_billed:
                return charge, charge.key, ZERO, ZERO
            return charge, charge.key, charge.base, charge.quantity
        view = self.view(charge)
        amount = self.case.frame.priced(view)
        if amount is None:
            return charge, charge.key, charge.base, charge.quantity
        return charge, view.key, amount, view.quantity if view.counts else ZERO

    def view(self, charge: Charge) -> View:
        """Give a charge as the accepted causes have it."""
        view = View(charge)
        for each in self._changes:
            if each.scope.holds(view.scope):
                assert each.option.change is not None
                each.option.change(view)
        return view

    def _recast(self, cells: Mapping[Key, Sums]) -> dict[Key, Sums]:
        if not self._recasts:
            return dict(cells)
        found = dict(cells)
        for each in self._recasts:
            assert each.option.recast is not None
            for key, (amount, quantity) in list(found.items()):
                cell = self.case.bill.cells.get(key)
                if cell is not None and each.scope.holds(key):
                    found[key] = each.option.recast(cell, amount, quantity) or (amount, quantity)
        return found

    def residual(self, key: Key, amount: Exact) -> Exact:
        """Give what the bill has more than this amount."""
        cell = self.case.bill.cells.get(key)
        return add(cell.amount if cell is not None else ZERO, multiply(amount, -1))

    def _is_same(self, key: Key) -> bool:
        """Tell whether bill and state agree in a cell to the last digit."""
        cell = self.case.bill.cells.get(key)
        if cell is None:
            return False
        amount, quantity = self.cells.get(key, NOTHING)
        return amount == cell.amount and cell.quantity in (None, quantity)

    def off(self, key: Key) -> tuple[Exact, Exact, Exact | None, Exact]:
        """Give how far the bill is from this state in a cell, and by how much it may be."""
        found = self._off.get(key)
        if found is None:
            amount, quantity = self.cells.get(key, NOTHING)
            cell = self.case.bill.cells.get(key)
            lines = max(1, len(cell.lines)) if cell is not None else 1
            more: Exact | None = None
            step: Exact = ZERO
            if cell is not None and cell.quantity is not None:
                more = add(cell.quantity, multiply(quantity, -1))
                step = divide(multiply(cell.step, lines), 2)
            slack = multiply(self._slack(lines), lines)
            found = self._off[key] = (self.residual(key, amount), slack, more, step)
        return found

    def _slack(self, lines: int) -> Exact:
        """Give by how much a line may differ: half a unit, nothing where its rounding is known."""
        own = self.rounding
        if own is None or own.per == "total":
            return self._half
        if own.per == "line" and lines > 1:
            return max(self._half, divide(own.quantum, 2))
        return FINEST if own.quantum >= self.case.bill.unit else self._half

    def fits_with(self, key: Key, amount: Exact, quantity: Exact) -> bool:
        """Tell whether the bill agrees with a cell that had so much more.

        It does within half a unit of the last printed place of every line.
        """
        left, slack, more, step = self.off(key)
        if amount and self.rounding is not None and self.rounding.per == "line":
            exact, known = self.exact.get(key, NOTHING)[0], self.cells.get(key, NOTHING)[0]
            amount = add(self._lined(key, add(exact, amount)), multiply(known, -1))
        if left > (add(amount, slack) if amount else slack):
            return False
        if add(left, slack) < amount:
            return False
        if more is None:
            return True
        return more == quantity if not step else size(add(more, multiply(quantity, -1))) <= step

    def effect(self, option: Option) -> list[tuple[Key, Delta]]:
        """Give what an option would change, by the part of the charges' scope that tells."""
        if option.recast is not None:
            return self._recast_effect(option)
        if self._by_request:
            return self._effect_by_request(option)
        assert option.change is not None
        assert option.cause is not None
        groups: dict[Key, Delta] = {}
        frame = self.case.frame
        moves = option.cause.family == "when"
        left: set[Key] = set()
        rows: Iterable[Row] = self.rows
        if option.cause.is_timing and not self.needs_hours:
            rows = map(self._row, self.case.fine)
        for charge, key, amount, quantity in rows:
            view = self.view(charge) if self._changes else View(charge)
            told = view.scope
            if not option.change(view):
                continue
            new = frame.priced(view)
            if new is None:
                continue
            count = view.quantity if view.counts else ZERO
            if view.key == key and new == amount and count == quantity:
                continue
            if moves and amount and key not in self.dirty and (view.key != key or not new):
                # what leaves cells that agree is no shift of the whole
                left.add(key)
                if len(left) > MOST_LEFT:
                    return []
            place = tuple(told[n] for n in (DAY_AT, *SCOPES))
            delta = groups.setdefault(place, {})
            _grow(delta, key, multiply(amount, -1), multiply(quantity, -1))
            _grow(delta, view.key, new, count)
        return [(_spread(place), delta) for place, delta in groups.items()]

    def may_mend(self, option: Option) -> bool:
        """Tell whether an option may make some cell agree: a look at those that do not.

        True where that takes more: where charges change their cell, or a scope may part a cell.
        """
        cause, change = option.cause, option.change
        if change is None or cause is None or cause.is_timing or self._by_request:
            return True
        if "context" in self.case.bill.exposed:
            return True
        if self._dirty_rows is None:
            self._dirty_rows = [row for row in self.rows if row[1] in self.dirty]
        found: dict[Key, tuple[Key, Exact, Exact]] = {}
        for charge, key, amount, quantity in self._dirty_rows:
            view = self.view(charge) if self._changes else View(charge)
            new = self.case.frame.priced(view) if change(view) else None
            if new is None:
                continue
            if view.key != key:
                return True
            more = add(new, multiply(amount, -1))
            count = add(view.quantity if view.counts else ZERO, multiply(quantity, -1))
            place = view.scope
            known = found.setdefault(key, (place, ZERO, ZERO))
            if any(known[0][n] != place[n] for n in (DAY_AT, *SCOPES)):
                return True
            found[key] = (place, add(known[1], more), add(known[2], count))
        return any(self.fits_with(key, more, count) for key, (_, more, count) in found.items())

    def _effect_by_request(self, option: Option) -> list[tuple[Key, Delta]]:
        """Give what an option would change where each request is rounded."""
        assert option.change is not None
        groups: dict[Key, Delta] = {}
        for _, rows in groupby(self.rows, key=_request):
            old = list(rows)
            new, place = [], None
            for charge, key, amount, quantity in old:
                view = self.view(charge) if self._changes else View(charge)
                told = view.scope
                price = self.case.frame.priced(view) if option.change(view) else None
                if price is None:
                    new.append((charge, key, amount, quantity))
                    continue
                place = place or tuple(told[n] for n in (DAY_AT, *SCOPES))
                count = view.quantity if view.counts else ZERO
                new.append((charge, view.key, price, count))
            if place is None:
                continue
            delta = groups.setdefault(place, {})
            for key, (amount, quantity) in self._rounded(old).items():
                _grow(delta, key, multiply(amount, -1), multiply(quantity, -1))
            for key, (amount, quantity) in self._rounded(new).items():
                _grow(delta, key, amount, quantity)
        return [(_spread(place), delta) for place, delta in groups.items()]

    def _recast_effect(self, option: Option) -> list[tuple[Key, Delta]]:
        assert option.recast is not None
        found = []
        for key, cell in self.case.bill.cells.items():
            amount, quantity = self.exact.get(key, NOTHING)
            new = option.recast(cell, amount, quantity)
            if new is not None and new != (amount, quantity):
                delta = (
                    add(new[0], multiply(amount, -1)),
                    add(new[1], multiply(quantity, -1)),
                )
                found.append((key, {key: delta}))
        return found

    @property
    def total(self) -> Exact:
        total: Exact = ZERO
        for amount, _ in self.cells.values():
            total = add(total, amount)
        return total


def _request(row: Row) -> int:
    return id(row[0].atom)


def _grow(delta: Delta, key: Key, amount: Exact, quantity: Exact) -> None:
    known = delta.get(key)
    if known is None:
        delta[key] = (amount, quantity)
    else:
        delta[key] = (add(known[0], amount), add(known[1], quantity))


def _spread(place: Key) -> Key:
    """Give a scope in all dimensions that holds only what tells."""
    found = [""] * len(DIMENSIONS)
    for number, value in zip((DAY_AT, *SCOPES), place, strict=True):
        found[number] = value
    return tuple(found)


def merged(deltas: Iterable[Delta]) -> Delta:
    """Add changes up, cell by cell."""
    whole: Delta = {}
    for delta in deltas:
        for key, (amount, quantity) in delta.items():
            _grow(whole, key, amount, quantity)
    return whole


def size(value: Exact) -> Exact:
    """Give a number without its sign, exactly: ``abs`` would round it to a context."""
    return value if value >= 0 else multiply(value, -1)


def quarters(value: Exact, unit: Exact) -> int:
    """Give log2(value / unit) in quarters of a bit, 0 where it is less than one unit."""
    numerator, denominator = divide(value, unit).as_integer_ratio()
    return max(0, (numerator**4 // denominator**4).bit_length() - 1)


def choices(count: int) -> int:
    """Give what a choice among so many costs, in quarters of a bit."""
    return max(0, (count**4).bit_length() - 1)
