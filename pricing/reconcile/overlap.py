"""Two or three named causes that lie over each other: none of them mends a cell alone.

What each changes is known cell by cell. Two may add up, or multiply; a few cells tell whether any
of that is what the bill is off by, and only then the engine prices them together.
"""

from __future__ import annotations

from itertools import combinations

from pricing.reconcile.best import (
    BAR,
    BAR_EXACT,
    NEAR,
    PER_DIMENSION,
    STILL_DIRTY,
    hides,
    in_order,
    inside_of,
    is_empty,
)
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
    from pricing.reconcile.best import Groups
    from pricing.reconcile.causes import Option
    from pricing.reconcile.cells import Key
    from pricing.reconcile.state import Delta

    #: what was found, and the evidence
    Found = tuple[State, int]

#: amounts are compared as whole numbers of so small a part of the currency
_SCALE = 10**18
#: cells that must fit before the engine is asked
_SAMPLES = 4
#: changes that are added up before the search for several ends: it is the dearest of all
_MOST_WORK = 400_000
#: options of which three are tried at once
_MOST_OF_THREE = 24
#: sets that the engine prices in one scope
_MOST_PRICED = 40


class _Part:
    """What one option changes in a scope, in whole numbers."""

    __slots__ = ("cells", "changes", "option")

    def __init__(self, option: Option, delta: Delta) -> None:
        self.option = option
        self.cells = frozenset(key for key, sums in delta.items() if sums != NOTHING)
        self.changes = {key: _whole(sums[0]) for key, sums in delta.items()}


def _whole(value: Exact) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator * _SCALE // denominator


def overlapping(state: State, options: Sequence[Option]) -> Found | None:
    """Give the state with the two or three causes in one scope that have most evidence."""
    effects = []
    for option in options:
        if option.change is not None and option.cause is not None and not option.cause.is_timing:
            groups = state.effect(option)
            if any(key in state.dirty for _, delta in groups for key in delta):
                effects.append((option, groups))
    price = choices(len(options) or 1)
    found: Found | None = None
    seen: set[frozenset[tuple[int, frozenset[Key]]]] = set()
    work = 0
    for scope, bits in _scopes(state, effects):
        parts = []
        if work > _MOST_WORK:
            break
        for option, groups in effects:
            rows = _rows(groups, scope)
            work += len(rows)
            delta = merged(delta for _, delta in rows)
            part = _Part(option, delta)
            if part.cells and not any(_is_clean(state, key) for key in part.cells):
                parts.append(part)
        place = frozenset((id(part.option), part.cells) for part in parts)
        if len(parts) < 2 or place in seen:
            continue
        seen.add(place)
        for many in (2, 3):
            mine = _best_of(state, parts, scope, many, bits + many * price)
            if mine is not None and (found is None or mine[1] > found[1]):
                found = mine
    return found


def _is_clean(state: State, key: Key) -> bool:
    return key not in state.dirty and not is_empty(state, key, False)


def _rows(groups: Groups, scope: Scope) -> Groups:
    rows = inside_of(groups, scope.values)
    if scope.days is None:
        return rows
    first, last = scope.days
    return [row for row in rows if first <= row[0][DAY_AT] <= last]


def _scopes(state: State, effects: Iterable[tuple[Option, Groups]]) -> Iterable[tuple[Scope, int]]:
    """Give the scopes in which all that is wrong may lie, with their price."""
    places = {place for _, groups in effects for place, _ in groups}
    dirty = {
        place
        for _, groups in effects
        for place, delta in groups
        if any(key in state.dirty for key in delta)
    }
    known = {n: sorted({place[n] for place in places}) for n in SCOPES}
    wrong = {n: sorted({place[n] for place in dirty}) for n in SCOPES if len(known[n]) > 1}
    prices = {n: PER_DIMENSION + choices(len(known[n])) for n in wrong}
    days = sorted({place[DAY_AT] for place in places})
    per_days = PER_DIMENSION + choices(len(days) * (len(days) + 1) // 2)
    sets: list[dict[int, str]] = [{}]
    sets += [{n: text} for n, texts in wrong.items() for text in texts]
    sets += [
        {a: one, b: two} for a, b in combinations(wrong, 2) for one in wrong[a] for two in wrong[b]
    ]
    for values in sets:
        bits = sum(prices[n] for n in values)
        own = {p[DAY_AT] for p in dirty if all(p[n] == text for n, text in values.items())}
        if not own:
            continue
        yield Scope(values), bits
        for run in _runs(days, own):
            if len(run) < len(days):
                yield Scope(values, (run[0], run[-1])), bits + per_days


def _runs(days: Sequence[str], wrong: set[str]) -> Iterable[list[str]]:
    """Give the days that are wrong without a break between them."""
    run: list[str] = []
    for day in [*days, ""]:
        if day in wrong:
            run.append(day)
            continue
        if run:
            yield run
        run = []


def _best_of(state: State, parts: list[_Part], scope: Scope, many: int, price: int) -> Found | None:
    """Give the best set of so many causes, with what explains the very same beside each."""
    bar = BAR_EXACT if state.case.bill.is_exact else BAR
    unit = max(state.case.bill.unit, GRAIN)
    # that a cell without a line is left says nothing
    weights = {
        key: quarters(size(left), unit) if key in state.case.bill.cells else 0
        for key, left in state.dirty.items()
    }
    if sum(weights.get(k, 0) for k in frozenset().union(*(p.cells for p in parts))) < bar + price:
        return None
    if many > 2:
        parts = sorted(parts, key=lambda part: (-len(part.cells), part.option.code))
        parts = parts[:_MOST_OF_THREE]
    found: list[tuple[int, frozenset[Key], tuple[Option, ...], State]] = []
    priced = 0
    for chosen in combinations(parts, many):
        if priced >= _MOST_PRICED:
            break
        if len({part.option.code for part in chosen}) < many:
            continue
        shared = frozenset.intersection(*(part.cells for part in chosen))
        touched = frozenset.union(*(part.cells for part in chosen))
        cost = price + sum(part.option.bits for part in chosen)
        if not shared or sum(weights.get(key, 0) for key in touched) < bar + cost:
            continue
        if not _may_fit(state, chosen, shared):
            continue
        priced += 1
        accepted = [Accepted(part.option, scope, 0, touched) for part in chosen]
        trial = State(state.case, in_order([*state.accepted, *accepted]))
        if not trial.dirty.keys() < state.dirty.keys() or hides(state, trial):
            continue
        mended = frozenset(state.dirty.keys() - trial.dirty.keys())
        left = len(touched & trial.dirty.keys())
        bits = sum(weights[key] for key in mended) - cost - STILL_DIRTY * left
        if bits >= bar and not _is_needless(state, trial, accepted):
            found.append((bits, mended, tuple(part.option for part in chosen), trial))
    if not found:
        return None
    found.sort(key=lambda each: (-each[0], [option.code for option in each[2]]))
    bits, mended, own, trial = found[0]
    for each in trial.accepted:
        if each.option in own and each not in state.accepted:
            each.bits, each.cells = bits, mended
    for more, cells, others, _ in found[1:]:
        if cells == mended and bits - more <= NEAR:
            _beside(trial, own, others, scope, bits, mended)
    return trial, bits


def _is_needless(state: State, trial: State, accepted: list[Accepted]) -> bool:
    """Tell whether some of these causes could be left out: two may undo each other."""
    for count in range(1, len(accepted)):
        for rest in combinations(accepted, count):
            fewer = State(state.case, in_order([*state.accepted, *rest]))
            if len(fewer.dirty) <= len(trial.dirty):
                return True
    return False


def _beside(
    trial: State,
    own: tuple[Option, ...],
    others: tuple[Option, ...],
    scope: Scope,
    bits: int,
    mended: frozenset[Key],
) -> None:
    """Put what stands in another set beside what it stands for in the first."""
    mine = [option for option in own if option.code not in {o.code for o in others}]
    theirs = [option for option in others if option.code not in {o.code for o in own}]
    for option, other in zip(mine, theirs, strict=False):
        for each in trial.accepted:
            if each.option is option and other.code not in {o.option.code for o in each.others}:
                each.others.append(Accepted(other, scope, bits, mended))


def _may_fit(state: State, chosen: tuple[_Part, ...], shared: frozenset[Key]) -> bool:
    """Tell whether the changes add up or multiply to what some cells are off by."""
    cells = sorted(shared, key=lambda key: (-size(state.dirty.get(key, NOTHING[0])), key))
    fitting = tried = 0
    for key in cells[:_SAMPLES]:
        if key not in state.dirty:
            return False
        left, slack, _, _ = state.off(key)
        base = _whole(state.cells.get(key, NOTHING)[0])
        changes = [part.changes[key] for part in chosen]
        tried += 1
        wanted, room = _whole(left), _whole(slack) + len(changes)
        fitting += any(abs(wanted - told) <= room for told in _together(base, changes))
        if fitting < tried - 1:
            return False
    return fitting > 0 and fitting >= tried - 1


def _together(base: int, changes: Sequence[int]) -> Iterable[int]:
    """Give what changes make of a base, each added to or multiplied with those before."""
    if len(changes) == 1:
        yield changes[0]
        return
    for number, last in enumerate(changes):
        rest = [change for n, change in enumerate(changes) if n != number]
        for told in _together(base, rest):
            yield told + last
            if base:
                yield told + last + told * last // base
