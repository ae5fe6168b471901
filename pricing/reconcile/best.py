"""One cause at a time: what it mends and breaks in each scope, and which has most evidence."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

from pricing.money import add, multiply
from pricing.reconcile.causes import FAMILIES
from pricing.reconcile.cells import DAY_AT
from pricing.reconcile.state import (
    GRAIN,
    NOTHING,
    SCOPES,
    Accepted,
    Scope,
    State,
    choices,
    merged,
    quarters,
    size,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pricing.money import Exact
    from pricing.reconcile.causes import Option
    from pricing.reconcile.cells import Key
    from pricing.reconcile.state import Delta

    Groups = list[tuple[Key, Delta]]

#: all in quarters of a bit
BAR = 40
#: where amounts are printed in full, a coincidence has to hold to the last digit
BAR_EXACT = 24
NEAR = 12
STILL_DIRTY = 12
PER_DIMENSION = 4
#: requests of one line by whose rounding it may be off
MOST_REQUESTS = 1_000


def in_order(accepted: Iterable[Accepted]) -> list[Accepted]:
    """Put causes into the order of their families: who, how many, when, rate, money."""

    def turn(each: Accepted) -> tuple[bool, int]:
        cause = each.option.cause
        assert cause is not None
        return each.option.recast is not None, FAMILIES.index(cause.family)

    return sorted(accepted, key=turn)


def best(state: State, options: Sequence[Option]) -> Accepted | None:
    """Give the cause with most evidence beyond its price, and what explains the same beside it."""
    price = choices(len(options) or 1)
    trials: list[Accepted] = []
    for option in options:
        if any(_is_same(each, option) for each in state.accepted):
            continue
        trial = _best_scope(state, option, price)
        if trial is not None:
            trials.append(trial)
    if not trials:
        return None
    trials.sort(key=lambda each: (-each.bits, each.scope.size, each.option.code))
    first = trials[0]
    first.others = _alike(first, trials[1:])
    return first


def _is_same(each: Accepted, option: Option) -> bool:
    """Tell whether an accepted cause leaves no room for an option: the clock is off but once."""
    cause = option.cause
    if cause is not None and cause.is_whole and cause.family == "when":
        return each.option.code == option.code
    return each.option is option and not each.scope.size


def _alike(first: Accepted, others: Iterable[Accepted]) -> list[Accepted]:
    """Give the causes of other names that mend the very same cells at nearly the same price."""
    found: dict[str, Accepted] = {}
    for each in others:
        if (
            each.option.code != first.option.code
            and each.cells == first.cells
            and first.bits - each.bits <= NEAR
            and each.scope.size <= first.scope.size
        ):
            found.setdefault(each.option.code, each)
    return list(found.values())


class _Trial:
    """What an option mends, breaks, and leaves as wrong as it was."""

    __slots__ = ("broken", "evidence", "left", "mended")

    def __init__(self) -> None:
        self.mended: set[Key] = set()
        self.broken: set[Key] = set()
        self.left = 0
        self.evidence = 0

    def judge(self, state: State, delta: Delta, family: str) -> None:
        """Add what becomes of some cells."""
        unit = max(state.case.bill.unit, GRAIN)
        for key, (amount, quantity) in delta.items():
            if not amount and not quantity:
                continue
            fits = state.fits_with(key, amount, quantity)
            if fits and key not in state.case.bill.cells:
                # a cell without a line agrees with nothing at all, and a price of 0 has its line
                fits = key not in state.dirty or _is_emptied(state, key, amount, quantity)
            if key not in state.dirty:
                if not fits and is_empty(state, key, family == "when"):
                    self.left += 1
                elif not fits:
                    self.broken.add(key)
            elif not fits:
                self.left += 1
            else:
                self.mended.add(key)
                bits = quarters(state.dirty[key], unit)
                cell = state.case.bill.cells.get(key)
                if cell is None and family != "who":
                    # that it leaves says nothing: where it arrives has to agree
                    bits = 0
                if cell is not None and cell.quantity is not None:
                    bits = max(bits, quarters(quantity, cell.step or Decimal(1)))
                self.evidence += bits

    def take(self, other: _Trial) -> None:
        """Add the verdict on other cells."""
        self.mended |= other.mended
        self.broken |= other.broken
        self.left += other.left
        self.evidence += other.evidence


def _is_emptied(state: State, key: Key, amount: Exact, quantity: Exact) -> bool:
    """Tell whether all that a cell held is elsewhere, or not billed; it is not billed at 0."""
    held = state.cells.get(key, NOTHING)
    return not add(held[0], amount) and not add(held[1], quantity)


def hides(state: State, trial: State) -> bool:
    """Tell whether a trial makes a cell without a line agree by making it too small to print."""
    bill = state.case.bill.cells
    return any(
        key not in bill and key not in trial.dirty and any(trial.cells.get(key, NOTHING))
        for key in state.dirty
    )


def is_empty(state: State, key: Key, is_timing: bool) -> bool:
    """Tell whether a cell agrees only because nothing was expected and nothing was billed.

    Where the bill has no line either, only what moves usage between days may put some there.
    """
    cell = state.case.bill.cells.get(key)
    if cell is None and not is_timing:
        return False
    return (cell is None or not cell.amount) and not state.cells.get(key, NOTHING)[0]


class _Verdicts:
    """Gives what an option does in any choice of its groups."""

    def __init__(self, state: State, groups: Groups, family: str) -> None:
        self.state = state
        self.family = family
        keys = [key for _, delta in groups for key in delta]
        #: by group, where no two groups share a cell
        self.known: dict[int, _Trial] | None = None
        if len(keys) == len(set(keys)):
            self.known = {}
            for _, delta in groups:
                trial = self.known[id(delta)] = _Trial()
                trial.judge(state, delta, family)

    def most(self, groups: Groups) -> int | None:
        """Give what evidence no choice of these groups exceeds; None where that is not known."""
        if self.known is None:
            return None
        return sum([self.known[id(delta)].evidence for _, delta in groups])

    def of(self, groups: Groups) -> _Trial:
        found = _Trial()
        if self.known is None:
            whole = merged(delta for _, delta in groups)
            found.judge(self.state, whole, self.family)
        else:
            for _, delta in groups:
                found.take(self.known[id(delta)])
        return found


def _best_scope(state: State, option: Option, price: int) -> Accepted | None:
    """Give the scope in which an option has most evidence, None where it never has enough."""
    if option.rounding is not None:
        return _rounding(state, option, price)
    if not state.may_mend(option):
        return None
    groups = state.effect(option)
    if not any(key in state.dirty for _, delta in groups for key in delta):
        return None
    cause = option.cause
    assert cause is not None
    verdicts = _Verdicts(state, groups, cause.family)
    bar = BAR_EXACT if state.case.bill.is_exact else BAR
    found: Accepted | None = None
    seen: set[frozenset[Key]] = set()
    for values, bits in scopes_of(groups, cause.is_whole):
        inside = inside_of(groups, values)
        most = verdicts.most(inside)
        if most is not None and most - price - bits - option.bits < bar:
            continue
        place = frozenset(row[0] for row in inside)
        if place in seen:
            continue
        seen.add(place)
        for days, rows, more in _by_days(verdicts, inside, cause.is_whole):
            trial = verdicts.of(rows)
            if trial.broken or not trial.mended:
                continue
            cost = price + bits + more + option.bits + STILL_DIRTY * trial.left
            score = trial.evidence - cost
            if score >= bar and (found is None or score > found.bits):
                found = Accepted(option, Scope(values, days), score, frozenset(trial.mended))
    return found


def _rounding(state: State, option: Option, price: int) -> Accepted | None:
    """Judge another rounding of all lines or requests: off by few units, but in many cells."""
    assert option.rounding is not None
    if state.rounding is not None and state.rounding is not state.case.terms.rounding:
        return None
    unit = state.case.bill.unit
    reach = unit if option.rounding.per == "line" else multiply(unit, MOST_REQUESTS)
    small = [value for value in state.dirty.values() if size(value) <= reach]
    if sum(4 + quarters(value, unit) for value in small) < BAR + price:
        return None
    found = Accepted(option, Scope(), 0, frozenset())
    trial = State(state.case, [*state.accepted, found])
    if trial.dirty.keys() - state.dirty.keys():
        return None
    mended = state.dirty.keys() - trial.dirty.keys()
    left = sum(1 for value in trial.dirty.values() if size(value) <= unit)
    evidence = sum(4 + quarters(state.dirty[key], unit) for key in mended)
    found.bits = evidence - price - option.bits - STILL_DIRTY * left
    found.cells = frozenset(mended)
    return found if found.bits >= BAR else None


def inside_of(groups: Groups, values: dict[int, str]) -> Groups:
    """Give the groups that have all these values."""
    found = groups
    for number, value in values.items():
        found = [row for row in found if row[0][number] == value]
    return found


def scopes_of(groups: Groups, is_whole: bool) -> Iterable[tuple[dict[int, str], int]]:
    """Give scopes of no, one and two dimensions with their price."""
    yield {}, 0
    if is_whole:
        return
    values = {n: sorted({place[n] for place, _ in groups}) for n in SCOPES}
    told = {n: texts for n, texts in values.items() if len(texts) > 1}
    prices = {n: PER_DIMENSION + choices(len(texts)) for n, texts in told.items()}
    for n, texts in told.items():
        for text in texts:
            yield {n: text}, prices[n]
    for a, b in combinations(told, 2):
        for first in told[a]:
            for second in told[b]:
                yield {a: first, b: second}, prices[a] + prices[b]


def _by_days(
    verdicts: _Verdicts, groups: Groups, is_whole: bool
) -> Iterable[tuple[tuple[str, str] | None, Groups, int]]:
    """Give all days, and the ranges between those on which a cell would break, with their price."""
    if not groups:
        return
    whole = verdicts.of(groups)
    if not whole.broken:
        yield None, groups, 0
        if not whole.left:
            return
    days = sorted({place[DAY_AT] for place, _ in groups})
    if is_whole or len(days) < 2:
        return
    price = PER_DIMENSION + choices(len(days) * (len(days) + 1) // 2)
    by_day = {day: [row for row in groups if row[0][DAY_AT] == day] for day in days}
    trials = {day: verdicts.of(rows) for day, rows in by_day.items()}
    run: list[str] = []
    for day in [*days, ""]:
        if day and not trials[day].broken:
            run.append(day)
            continue
        while run and not trials[run[0]].mended:
            run.pop(0)
        while run and not trials[run[-1]].mended:
            run.pop()
        if run and len(run) < len(days):
            yield (run[0], run[-1]), [row for each in run for row in by_day[each]], price
        run = []
