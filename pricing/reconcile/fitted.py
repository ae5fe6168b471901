"""Causes with a number that only the bill tells: a factor on all prices, a least charge a line.

Tried only where no named cause is left, and taken only where two or more cells share the number.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.money import add, divide, multiply, text
from pricing.reconcile.causes import Cause, Option
from pricing.reconcile.state import Accepted, State, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pricing.money import Exact
    from pricing.reconcile.cells import Cell, Key
    from pricing.reconcile.terms import Steps, Terms
    from pricing.reconcile.trial import View

#: a factor is told by the cells that share it where they leave room for this part of it, no more
_MOST_ROOM = Decimal("0.01")
#: digits of a factor that somebody would agree on
MOST_DIGITS = 5
_MOST_FACTORS = 8
#: what a factor that the cards have costs more: it has named causes
KNOWN = 40


def fitted_options(state: State, *, all_numbers: bool = False) -> list[Option]:
    """Give the factors that two or more cells share, those that most share first.

    ``all_numbers``: also those that the cards have.
    """
    counts: dict[Decimal, int] = {}
    ranges = _ranges(state, state.dirty)
    for low, high in ranges:
        number = simplest(low, high)
        if number is not None and number != 1:
            counts.setdefault(number, 0)
    for number in counts:
        counts[number] = sum(1 for low, high in ranges if low <= number <= high)
    shared = sorted((n for n, count in counts.items() if count > 1), key=lambda n: (-counts[n], n))
    known = _known_factors(state)
    if not all_numbers:
        shared = [number for number in shared if number not in known]
    found = [_option(state, n, KNOWN if n in known else 0) for n in shared[:_MOST_FACTORS]]
    found = [option for option in found if option.about not in state.case.refuted]
    return found + _minimums(state)


def is_told(more: Accepted, before: State) -> bool:
    """Tell whether the cells that a number mends say which: in cents, many come to the same."""
    if not is_factor(more):
        return True
    ranges = _ranges(before, more.cells)
    if not ranges:
        return False
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    return add(high, multiply(low, -1)) <= multiply(low, _MOST_ROOM)


def is_factor(each: Accepted) -> bool:
    """Tell whether a cause is a factor that only the bill tells."""
    return each.option.cause is FITTED and each.option.change is not None


def refuted(state: State) -> list[Accepted]:
    """Give the factors that too many of the cells in their scopes do not follow, after all."""
    found = []
    for each in filter(is_factor, state.accepted):
        without = State(state.case, [other for other in state.accepted if other is not each])
        told = {k for k, sums in state.cells.items() if without.cells.get(k) != sums}
        if 2 * len(told & state.dirty.keys()) > len(told - state.dirty.keys()):
            found.append(each)
    return found


def put_beside(state: State, options: Sequence[Option]) -> None:
    """Put beside each factor the named causes that alone mend all its cells: bits do not decide."""
    for each in filter(is_factor, state.accepted):
        without = State(state.case, [other for other in state.accepted if other is not each])
        for option in options:
            cause = option.cause
            if option.change is None or cause is None or cause.family == "when":
                continue
            rows = (delta for place, delta in without.effect(option) if each.scope.holds(place))
            delta = merged(rows)
            if delta.keys() >= each.cells and all(
                without.fits_with(key, *sums) for key, sums in delta.items()
            ):
                each.others.append(Accepted(option, each.scope, each.bits, each.cells))


def put_factors_beside(state: State) -> None:
    """Put a factor beside a rate of exchange that is found in some of a day's usage only.

    A rate holds for all of a day; that other causes hide it elsewhere cannot be ruled out.
    """
    for each in filter(is_factor, state.accepted):
        own = each.option
        if own.code == "fx_rate" and each.scope.values:
            factor = divide(Decimal(own.about["billed_rate"]), Decimal(own.about["contract_rate"]))
            about = {"factor": text(factor)}
            other = Option("unknown_factor", own.change, about=about, bits=own.bits)
            other.cause = FITTED
            each.others.append(Accepted(other, each.scope, each.bits, each.cells))


def _ranges(state: State, keys: Iterable[Key]) -> list[tuple[Exact, Exact]]:
    """Give between which factors each of some cells agrees, where a factor can make it agree."""
    half = divide(state.case.bill.unit, 2)
    found: list[tuple[Exact, Exact]] = []
    for key in keys:
        cell = state.case.bill.cells.get(key)
        amount = state.exact.get(key)
        if cell is None or amount is None or amount[0] <= 0 or cell.amount <= 0:
            continue
        base = divide(amount[0], _factor(state, key))
        slack = multiply(half, len(cell.lines))
        low = divide(add(cell.amount, multiply(slack, -1)), base)
        found.append((low, divide(add(cell.amount, slack), base)))
    return found


def _minimums(state: State) -> list[Option]:
    """Give the amounts that several lines share which would be less: a least charge a line."""
    counts: dict[Exact, int] = {}
    for key, left in state.dirty.items():
        cell = state.case.bill.cells.get(key)
        if cell is not None and left > 0 and len(cell.lines) == 1:
            counts[cell.amount] = counts.get(cell.amount, 0) + 1
    return [_minimum(least) for least, count in counts.items() if count > 2]


def _minimum(least: Exact) -> Option:
    def recast(cell: Cell, amount: Exact, quantity: Exact) -> tuple[Exact, Exact] | None:
        if not cell.lines or amount >= least or not amount:
            return None
        return least, quantity

    option = Option("minimum_charge", recast=recast, about={"minimum": text(least)}, bits=48)
    option.cause = FITTED
    return option


def _known_factors(state: State) -> set[Exact]:
    """Give the cards' factors and the products of two: such a number has named causes."""
    found: set[Exact] = {Decimal(1)}
    for atom in {id(atom.quote): atom for atom in state.case.atoms}.values():
        for modifier in atom.quote.tariff.modifiers:
            factor = modifier.factor_for("input", "token")
            if factor:
                found |= {factor, divide(Decimal(1), factor)}
    return {multiply(a, b) for a in found for b in found}


def _agreed(terms: Terms, at: int) -> Decimal:
    """Give the factor that a fitted one takes the place of: the markup, or else the discount's."""
    return terms.markup_at(at) if terms.markup is not None else terms.discount_at(at)


def _factor(state: State, key: tuple[str, ...]) -> Exact:
    """Give the agreed factor on a cell's charges, 1 where it is none or not the same for all."""
    terms = state.case.terms
    if terms.markup is None and terms.discount is None:
        return Decimal(1)
    found = {_agreed(terms, charge.start) for charge in state.case.coarse if charge.key == key}
    return found.pop() if len(found) == 1 else Decimal(1)


def simplest(low: Exact, high: Exact) -> Decimal | None:
    """Give the number with fewest digits between two, None where it has more than MOST_DIGITS."""
    for places in range(MOST_DIGITS):
        scale = 10**places
        n, d = low.as_integer_ratio()
        first = -(-n * scale // d)
        if divide(Decimal(first), scale) <= high:
            return Decimal(first).scaleb(-places)
    return None


def _option(state: State, number: Decimal, more: int) -> Option:
    case = state.case
    terms = case.terms

    def change(view: View) -> bool:
        charge = view.charge
        whole = case.factor(charge) if view.factor is None else view.factor
        agreed = _agreed(terms, charge.start)
        if agreed == number:
            return False
        view.factor = multiply(divide(whole, agreed), number)
        return True

    digits = len(number.as_tuple().digits)
    bits = 13 * digits + 8 + more
    if terms.markup is not None:
        about = {
            "contract_markup": _told(terms.markup),
            "billed_markup": text(number),
        }
        option = Option("markup_drift", change, about=about, bits=bits)
    elif terms.discount is not None:
        about = {
            "contract_discount": _told(terms.discount),
            "billed_discount": text(1 - number),
        }
        option = Option("discount_drift", change, about=about, bits=bits)
    elif case.fx:
        (day, rate), *_ = case.fx.values()
        billed = multiply(rate, number)
        about = {
            "contract_rate": text(rate),
            "contract_rate_date": day,
            "billed_rate": text(billed),
        }
        option = Option("fx_rate", change, about=about, bits=bits)
    else:
        option = Option("unknown_factor", change, about={"factor": text(number)}, bits=bits)
    option.cause = FITTED
    return option


def _told(steps: Steps) -> str:
    return ", ".join(dict.fromkeys(text(value) for _, value in steps.steps))


def _none(_: object) -> Iterable[Option]:
    return ()


FITTED = Cause(
    "money",
    "claim",
    _none,
    clause="the contract's factor on list prices",
    apart="the contract, or the unit price on the bill",
)
