"""The search: which causes, and where, does the bill agree with?

Each round tries every option in every scope of at most two dimensions and a range of days. A trial
is refused where it breaks a cell that agrees; it is taken where the cells that it mends speak for
it by at least ``BAR``: the logarithm of their difference in printed units, less the price of the
choice (options, scope, numbers). Causes without a fitted number come first. Those that explain the
same cells at nearly the same price stay beside each other as ambiguous.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

from pricing.money import add
from pricing.reconcile.causes import FAMILIES, options_of
from pricing.reconcile.cells import DAY_AT
from pricing.reconcile.fitted import fitted_options
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
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pricing.reconcile.case import Case
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
MOST_CAUSES = 12
#: the price of an option that is tried only where no two likelier ones do
FAR = 16
#: cells that are worth the search for two causes at once
MANY = 4


def search(case: Case) -> State:
    """Give the state under all causes that the bill speaks for."""
    state = State(case)
    options = options_of(case) if state.dirty else []
    near = [option for option in options if option.bits < FAR]
    far = [option for option in options if option.bits >= FAR]
    while state.dirty and len(state.accepted) < MOST_CAUSES:
        found = best(state, near)
        after = None if found is not None else _both(state, near, fits=False)
        if found is None and after is None:
            found = best(state, far)
        if found is not None:
            state = _widened(State(case, in_order([*state.accepted, found])))
            if _is_timing(found):
                state = _timed(state, options)
            continue
        after = after or _both(state, near, fits=True)
        if after is None:
            break
        state = _widened(after)
    return _without_needless(state)


def _both(state: State, options: Sequence[Option], *, fits: bool) -> State | None:
    """Give the state with two named causes at once; ``fits``: one or both by a fitted number.

    Where one cause lies over all that another touches, each alone mends nothing.
    """
    case = state.case
    chosen = None
    if fits:
        found = best(state, fitted_options(state))
        chosen = None if found is None else State(case, in_order([*state.accepted, found]))
    left = len(state.dirty) if chosen is None else len(chosen.dirty)
    if len(state.dirty) < MANY:
        return chosen
    price = choices(len(options) or 1)
    reach: dict[int, set[Key]] = {}
    pair: tuple[Accepted, Accepted] | None = None
    for option in options:
        if option.change is None or (option.cause is not None and option.cause.is_timing):
            continue
        touched = {key for _, delta in state.effect(option) for key in delta}
        reach[id(option)] = touched
        if len(touched) < max(MANY, len(state.dirty) // 3) or touched - state.dirty.keys():
            continue
        beside = Accepted(option, Scope(), BAR, frozenset(touched))
        second = State(case, in_order([*state.accepted, beside]))
        more = best(second, fitted_options(second) if fits else options)
        if more is None or more.bits - price - option.bits < BAR:
            continue
        both = State(case, in_order([*second.accepted, more]))
        if both.dirty.keys() <= state.dirty.keys() and len(both.dirty) + 2 <= left:
            chosen, left, pair = both, len(both.dirty), (beside, more)
    if pair is None or chosen is None:
        return chosen
    first, second_one = pair
    for option in options:
        alike = reach.get(id(option)) == reach[id(first.option)]
        if alike and option.code not in (first.option.code, *(o.option.code for o in first.others)):
            other = Accepted(option, first.scope, first.bits, first.cells)
            trial = State(case, in_order([*state.accepted, other, second_one]))
            if trial.dirty.keys() <= chosen.dirty.keys():
                first.others.append(other)
    return chosen


def _is_timing(each: Accepted) -> bool:
    cause = each.option.cause
    return cause is not None and cause.family == "when"


def _timed(state: State, options: Sequence[Option]) -> State:
    """Try all pairs of timing causes: one alone may look like a neighbour of itself.

    Requests booked by their end look as if the clock were a little ahead.
    """
    own = [each for each in state.accepted if _is_timing(each)]
    others = [each for each in state.accepted if not _is_timing(each)]
    timing = [o for o in options if o.cause is not None and o.cause.family == "when"]
    first = own[0]
    for pair in combinations(timing, 2):
        if not state.dirty or pair[0].code == pair[1].code:
            continue
        both = [Accepted(o, Scope(), first.bits, first.cells) for o in pair]
        trial = State(state.case, in_order([*others, *both]))
        if len(trial.dirty) + 2 <= len(state.dirty):
            state = trial
    return state


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
        if any(each.option is option and not each.scope.size for each in state.accepted):
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
                may = family in ("when", "who") and key in state.dirty
                fits = key not in state.dirty or (may and not add(state.cells[key][0], amount))
            if key not in state.dirty:
                if not fits and _is_empty(state, key, family == "when"):
                    self.left += 1
                elif not fits:
                    self.broken.add(key)
            elif not fits:
                self.left += 1
            else:
                self.mended.add(key)
                bits = quarters(state.dirty[key], unit)
                cell = state.case.bill.cells.get(key)
                if cell is not None and cell.quantity is not None:
                    bits = max(bits, quarters(quantity, cell.step or Decimal(1)))
                self.evidence += bits

    def take(self, other: _Trial) -> None:
        """Add the verdict on other cells."""
        self.mended |= other.mended
        self.broken |= other.broken
        self.left += other.left
        self.evidence += other.evidence


def _is_empty(state: State, key: Key, is_timing: bool) -> bool:
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
    groups = state.effect(option)
    if not any(key in state.dirty for _, delta in groups for key in delta):
        return None
    cause = option.cause
    assert cause is not None
    verdicts = _Verdicts(state, groups, cause.family)
    bar = BAR_EXACT if state.case.bill.is_exact else BAR
    found: Accepted | None = None
    seen: set[frozenset[Key]] = set()
    for values, bits in _scopes(groups, cause.is_whole):
        inside = _inside(groups, values)
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


def _inside(groups: Groups, values: dict[int, str]) -> Groups:
    """Give the groups that have all these values."""
    found = groups
    for number, value in values.items():
        found = [row for row in found if row[0][number] == value]
    return found


def _scopes(groups: Groups, is_whole: bool) -> Iterable[tuple[dict[int, str], int]]:
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


def _widened(state: State) -> State:
    """Drop conditions of accepted causes that keep them from cells which they would mend too.

    One cause or two at a time: where two overlap, neither mends a cell without the other.
    """
    wider = [(n, s) for n, each in enumerate(state.accepted) for s in _wider(each.scope)]
    pairs = [(a, b) for a, b in combinations(wider, 2) if a[0] != b[0]]
    for changes in [*((one,) for one in wider), *pairs]:
        changed = [*state.accepted]
        for number, scope in changes:
            each = changed[number]
            wide = Accepted(each.option, scope, each.bits, each.cells)
            wide.others = each.others
            changed[number] = wide
        trial = State(state.case, changed)
        if len(trial.dirty) < len(state.dirty) and trial.dirty.keys() <= state.dirty.keys():
            return _widened(trial)
    return state


def _wider(scope: Scope) -> Iterable[Scope]:
    if scope.days is not None:
        yield Scope(scope.values)
    for number in scope.values:
        rest = {n: v for n, v in scope.values.items() if n != number}
        yield Scope(rest, scope.days)


def _without_needless(state: State) -> State:
    """Drop every cause without which no more cells are left over."""
    for each in sorted(state.accepted, key=lambda a: a.bits):
        if len(state.accepted) < 2:
            break
        fewer = State(state.case, [other for other in state.accepted if other is not each])
        if fewer.dirty.keys() <= state.dirty.keys():
            state = fewer
    return state
