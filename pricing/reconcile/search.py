"""The search: which causes, and where, does the bill agree with?

Each round tries every option in every scope of at most two dimensions and a range of days. A trial
is refused where it breaks a cell that agrees; it is taken where the cells that it mends speak for
it by at least ``BAR``: the logarithm of their difference in printed units, less the price of the
choice (options, scope, numbers). Causes without a fitted number come first. Those that explain the
same cells at nearly the same price stay beside each other as ambiguous.
"""

from __future__ import annotations

from itertools import combinations

from pricing.reconcile.best import BAR, best, hides, in_order
from pricing.reconcile.causes import options_of
from pricing.reconcile.cells import DAY_AT, METER
from pricing.reconcile.fitted import (
    FITTED,
    fitted_options,
    is_told,
    put_beside,
    put_factors_beside,
    refuted,
)
from pricing.reconcile.overlap import overlapping
from pricing.reconcile.state import GRAIN, Accepted, Scope, State, choices, quarters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pricing.reconcile.case import Case
    from pricing.reconcile.causes import Option
    from pricing.reconcile.cells import Key

MOST_CAUSES = 12
#: the price of an option that is tried only where no two likelier ones do
FAR = 16
#: so many times the cells, and the evidence, outweigh that a number is fitted
MUCH, MORE = 3, 2
#: factors that the cells do not follow, after which no more are tried
MOST_REFUTED = 4
#: cells that are worth the search for a cause and a number at once
MANY = 4


def search(case: Case) -> State:
    """Give the state under all causes that the bill speaks for."""
    state = State(case)
    options = options_of(case) if state.dirty else []
    found = _searched(state, options)
    while wrong := refuted(found):
        case.refuted += [each.option.about for each in wrong]
        if len(case.refuted) > MOST_REFUTED:
            found = State(case, [each for each in found.accepted if each not in wrong])
            break
        found = _searched(state, options)
    put_beside(found, options)
    put_factors_beside(found)
    return found


def _searched(state: State, options: Sequence[Option]) -> State:
    near = [option for option in options if option.bits < FAR]
    far = [option for option in options if option.bits >= FAR]
    while state.dirty and len(state.accepted) < MOST_CAUSES:
        after = (
            _one(state, near, far)
            or _fewest_left(_let_in(state, [*near, *far], far), _several(state, near, far))
            or _numbered(state, near)
        )
        if after is None:
            break
        had_timing = any(map(_is_timing, state.accepted))
        state = _widened(after)
        if not had_timing and any(map(_is_timing, state.accepted)):
            state = _timed(state, options)
    return _without_needless(state)


def _fewest_left(one: State | None, several: State | None) -> State | None:
    """Give the state that leaves fewer cells; as few: one unlikely cause, not two likely ones."""
    if one is None or several is None:
        return one or several
    return several if len(_widened(several).dirty) < len(_widened(one).dirty) else one


def _one(state: State, options: Sequence[Option], far: Sequence[Option]) -> State | None:
    """Give the state with the named cause of most evidence, or with the number that outdoes it."""
    named = best(state, options)
    if named is None:
        return None
    after = State(state.case, in_order([*state.accepted, named]))
    if named.option.change is None:
        return after
    return _outdone(state, after, named.bits, far) or after


def _let_in(state: State, options: Sequence[Option], far: Sequence[Option]) -> State | None:
    """Give the state with one more named cause, though an accepted one has to be let in first."""
    found = _over(state, lambda _: options)
    if found is None:
        return None
    return _outdone(state, *found, far) or found[0]


def _several(state: State, options: Sequence[Option], far: Sequence[Option]) -> State | None:
    """Give the state with two or three named causes at once."""
    found = overlapping(state, options)
    if found is None:
        return None
    after, bits = found
    return _plainer(state, after) or _outdone(state, after, bits, far) or after


def _plainer(state: State, after: State) -> State | None:
    """Give the state with one number in place of several causes that come to it everywhere.

    Of a single meter that says nothing: its causes come to one number always.
    """
    meters = {key[METER] for key in state.dirty.keys() - after.dirty.keys()}
    if state.case.bill.has_meters and len(meters) < 2:
        return None
    left = _widened(after).dirty.keys()
    own = [each for each in after.accepted if each not in state.accepted]
    for count in range(len(own) - 1):
        for rest in combinations(own, count):
            base = State(state.case, in_order([*state.accepted, *rest])) if rest else state
            number = _number(base, all_numbers=True)
            if number is not None and number[0].dirty.keys() <= left:
                return number[0]
    return None


def _outdone(state: State, named: State, bits: int, far: Sequence[Option]) -> State | None:
    """Give the state with a fitted number, where named causes mend only a part of its cells.

    A class of tokens may cost the same multiple of another that all of the bill is wrong by.
    An unlikely named cause that the number does not outdo as well speaks against it.
    """
    if not named.dirty:
        # it mends all that a number could
        return None
    found = _number(state, all_numbers=True)
    if found is None or not _is_wider(state, found, named, bits):
        return None
    other = _over(state, lambda _: far)
    if other is not None and not _is_wider(state, found, *other):
        return None
    return found[0]


def _is_wider(state: State, number: tuple[State, int], named: State, bits: int) -> bool:
    """Tell whether a number mends all that a named cause does, or very much, and more."""
    after, more = number
    if more < bits + BAR:
        return False
    own = state.dirty.keys() - after.dirty.keys()
    cells = state.dirty.keys() - _widened(named).dirty.keys()
    return own > cells or (len(own) >= MUCH * len(cells) and more >= MORE * bits)


def _number(state: State, *, all_numbers: bool = False) -> tuple[State, int] | None:
    """Give the state with a fitted number; ``all_numbers``: also those that named causes have."""
    return _over(state, lambda base: fitted_options(base, all_numbers=all_numbers))


def _over(
    state: State, options_of: Callable[[State], Sequence[Option]]
) -> tuple[State, int] | None:
    """Give the state with one cause more, and the evidence for it.

    An accepted cause that was kept out of the cells which the new one is in as well is let in.
    """
    case = state.case
    found: tuple[State, int] | None = None
    bases = [state.accepted]
    for number, each in enumerate(state.accepted):
        if each.option.cause is FITTED:
            # in other cells another number would make up for it
            continue
        for scope in _wider(state, each.scope):
            bases.append([*state.accepted])
            bases[-1][number] = _moved(each, scope)
    for accepted in bases:
        base = state if accepted is state.accepted else State(case, accepted)
        more = best(base, options_of(base))
        if more is None:
            continue
        trial = State(case, in_order([*accepted, more]))
        is_sound = trial.dirty.keys() < state.dirty.keys() and not hides(state, trial)
        # where the bill agreed, it may undo the other cause and be no cause itself
        is_own = 2 * len(more.cells - state.dirty.keys()) <= len(more.cells)
        if (
            is_sound
            and is_own
            and is_told(more, base)
            and (found is None or len(trial.dirty) + 2 <= len(found[0].dirty))
        ):
            found = trial, more.bits
    return found


def _moved(each: Accepted, scope: Scope) -> Accepted:
    """Give an accepted cause in another scope."""
    found = Accepted(each.option, scope, each.bits, each.cells)
    found.others = each.others
    return found


def _numbered(state: State, options: Sequence[Option]) -> State | None:
    """Give the state with a fitted number, alone or beside a named cause that lies over it."""
    case = state.case
    number = _number(state)
    chosen = None if number is None else number[0]
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
        more = best(second, fitted_options(second))
        if more is None or more.bits - price - option.bits < BAR:
            continue
        both = State(case, in_order([*second.accepted, more]))
        is_sound = both.dirty.keys() <= state.dirty.keys() and not hides(state, both)
        if is_sound and is_told(more, second) and len(both.dirty) + 2 <= left:
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
    """Try all timing causes, and pairs of them: one alone may look like a neighbour of itself.

    Requests booked by their end look as if the clock were a little ahead.
    """
    own = [each for each in state.accepted if _is_timing(each)]
    others = [each for each in state.accepted if not _is_timing(each)]
    timing = [o for o in options if o.cause is not None and o.cause.family == "when"]
    first = own[0]
    price = 2 * choices(len(timing) or 1)
    unit = max(state.case.bill.unit, GRAIN)
    for option in timing:
        other = Accepted(option, Scope(), first.bits, first.cells)
        trial = State(state.case, in_order([*others, other]))
        if len(trial.dirty) + 2 <= len(state.dirty):
            state = trial
    for pair in combinations(timing, 2):
        if not state.dirty or pair[0].code == pair[1].code:
            continue
        both = [Accepted(o, Scope(), first.bits, first.cells) for o in pair]
        trial = State(state.case, in_order([*others, *both]))
        mended = state.dirty.keys() - trial.dirty.keys()
        evidence = sum(quarters(state.dirty[key], unit) for key in mended)
        if len(trial.dirty) + 2 <= len(state.dirty) and evidence >= BAR + price:
            state = trial
    return state


def _widened(state: State) -> State:
    """Drop conditions of accepted causes that keep them from cells which they would mend too.

    One cause or two at a time: where two overlap, neither mends a cell without the other.
    """
    wider = [(n, s) for n, each in enumerate(state.accepted) for s in _wider(state, each.scope)]
    pairs = [(a, b) for a, b in combinations(wider, 2) if a[0] != b[0]]
    for changes in [*((one,) for one in wider), *pairs]:
        changed = [*state.accepted]
        for number, scope in changes:
            each = changed[number]
            changed[number] = _moved(each, scope)
        trial = State(state.case, changed)
        is_sound = trial.dirty.keys() <= state.dirty.keys() and not hides(state, trial)
        if is_sound and len(trial.dirty) < len(state.dirty):
            return _widened(trial)
    return state


def _wider(state: State, scope: Scope) -> Iterable[Scope]:
    """Give scopes of one condition less, and of days up to the first and last that are wrong."""
    if scope.days is not None:
        yield Scope(scope.values)
        wrong = {key[DAY_AT] for key in state.dirty if Scope(scope.values).holds(key)}
        days = sorted({*scope.days, *wrong})
        if (days[0], days[-1]) != scope.days:
            yield Scope(scope.values, (days[0], days[-1]))
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
