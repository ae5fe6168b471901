"""Causes that no arithmetic proves: usage booked elsewhere, a missing line, gaps of our log."""

from __future__ import annotations

from itertools import pairwise

from pricing.instants import DAY, instant, iso
from pricing.money import ZERO, add, multiply
from pricing.reconcile.cells import DAY_AT, DIMENSIONS, ID, KEY, METER, MODEL, PROJECT, SLOT, TIER
from pricing.reconcile.finding import Finding
from pricing.reconcile.sampled import sampled_log
from pricing.reconcile.state import GRAIN, quarters, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pricing.money import Exact
    from pricing.reconcile.cells import Key
    from pricing.reconcile.state import State

#: evidence that a silence is no chance: ten bits
_BITS = 10
#: the same in quarters of a bit, for two cells that agree only together
_PAIR = 40
_EXAMPLES = 3
#: a line that is missing is worth more than a few units of the last place
_LINE = 24
#: usage that is booked later or earlier than this is booked wrongly, and no matter of timing
MOST_DAYS = 31
#: days before and after a silence whose same hours tell whether it is a habit
DAYS_BACK = 14


def soft_findings(state: State, rest: dict[Key, Exact]) -> list[Finding]:
    """Name what is left where the shape of it speaks; what is named leaves ``rest``."""
    found = _booked_elsewhere(state, rest) + _not_in_log(state, rest)
    gap = _log_gap(state, rest)
    if gap is not None:
        found.append(gap)
    sampled = sampled_log(state, rest)
    if sampled is not None:
        found.append(sampled)
    return found + _missing_lines(state, rest)


def _booked_elsewhere(state: State, rest: dict[Key, Exact]) -> list[Finding]:
    """Pair cells that differ in one dimension only, one billed nothing and one just that more."""
    found = []
    by_rest: dict[tuple[int, Key], list[Key]] = {}
    numbers = (DAY_AT, PROJECT, KEY, TIER)
    for key, left in rest.items():
        if left > 0:
            for number in numbers:
                by_rest.setdefault((number, _without(key, number)), []).append(key)
    moved: dict[int, list[tuple[Key, Key]]] = {}
    for key in sorted(rest):
        cell = state.case.bill.cells.get(key)
        amount, quantity = state.cells.get(key, (ZERO, ZERO))
        if key not in rest or rest[key] >= 0 or (cell is not None and cell.amount):
            continue
        if quarters(amount, max(state.case.bill.unit, GRAIN)) < _PAIR:
            continue
        for number in numbers:
            fitting = [
                other
                for other in by_rest.get((number, _without(key, number)), ())
                if other in rest and _holds_both(state, other, amount, quantity)
                if number != DAY_AT or _days_between(key, other) <= MOST_DAYS
            ]
            if len(fitting) == 1:
                moved.setdefault(number, []).append((key, fitting[0]))
                del rest[key], rest[fitting[0]]
                break
    for number, pairs in moved.items():
        values = {key[number] for pair in pairs for key in pair}
        if any(key[number] in values for key in rest):
            # more is wrong there than what moved: part of something else
            for pair in pairs:
                rest |= {key: state.dirty[key] for key in pair}
            continue
        total: Exact = ZERO
        for pair in pairs:
            for key in pair:
                total = add(total, state.residual(key, state.cells.get(key, (ZERO, ZERO))[0]))
        found.append(
            Finding(
                f"booked_on_another_{DIMENSIONS[number]}",
                total,
                "timing" if number == DAY_AT else "informational",
                scope={
                    "from": sorted({a[number] for a, _ in pairs}),
                    "to": sorted({b[number] for _, b in pairs}),
                },
                cells=[key for pair in pairs for key in pair],
                clause="what is missing in one cell stands in another, to the last digit",
            )
        )
    return found


def _days_between(key: Key, other: Key) -> int:
    """Give how many whole days lie between the beginnings of two cells."""
    first, last = (instant(each[DAY_AT].partition("/")[0]) for each in (key, other))
    return abs(first - last) // DAY


def _without(key: Key, number: int) -> Key:
    return (*key[:number], "", *key[number + 1 :])


def _holds_both(state: State, key: Key, amount: Exact, quantity: Exact) -> bool:
    return state.fits_with(key, amount, quantity)


def _not_in_log(state: State, rest: dict[Key, Exact]) -> list[Finding]:
    """Name single requests of the bill that the log holds under no day, model or status."""
    case = state.case
    cells = [key for key in rest if key[ID] and key in case.bill.cells]
    ours = _ids(state) if cells else set()
    cells = [key for key in cells if ours and key[ID] not in ours]
    if not cells:
        return []
    total: Exact = ZERO
    for key in cells:
        total = add(total, rest.pop(key))
    lines = [line for key in cells for line in case.bill.cells[key].lines]
    return [
        Finding(
            "not_in_log",
            total,
            "fix_log",
            scope={"day": sorted({key[DAY_AT] for key in cells} - {""})},
            about={"note": "the log has other requests of this bill by their ids, and not these"},
            cells=cells,
            requests=len(cells),
            examples=[line.place for line in lines[:_EXAMPLES]],
            clause="a request that the log does not hold was not ours, or was not logged",
            apart="what the seller holds of these ids: their key and their user",
        )
    ]


def _ids(state: State) -> set[str]:
    """Give the ids that the log names; empty where it names others than the bill does."""
    ours = {charge.scope[ID] for charge in state.case.fine} - {""}
    return ours if any(key[ID] in ours for key in state.case.bill.cells) else set()


def _log_gap(state: State, rest: dict[Key, Exact]) -> Finding | None:
    """Name the longest silence of the log, where it is no chance and only its days are billed more.

    By Poisson's rule a silence in which ``n`` requests were to be expected comes by chance with
    ``exp(-n)``, in any of as many places as there are requests.
    """
    case = state.case
    silence = _longest_silence(state)
    if silence is None:
        return None
    start, end, expected = silence
    # expected / ln 2 bits, less those of the choice among all gaps
    bits = expected * 13 // 9 - max(1, case.log.requests).bit_length()
    if bits < _BITS:
        return None
    days = {case.label(at) for at in range(start, end, SLOT)} | {case.label(end)}
    cells = [key for key, left in rest.items() if key[DAY_AT] in days or not key[DAY_AT]]
    if not cells or any(rest[key] < 0 for key in cells):
        return None
    if len(cells) < 2 and state.case.bill.has_meters:
        return None
    inside, whole = _weight(rest[key] for key in cells), _weight(rest.values())
    if multiply(inside, 5) < multiply(whole, 4):
        # what is off elsewhere as well may be off here for the same reason
        return None
    total: Exact = ZERO
    for key in cells:
        total = add(total, rest.pop(key))
    return Finding(
        "log_gap",
        total,
        "fix_log",
        scope={
            "day": sorted({key[DAY_AT] for key in cells} - {""}),
            "gap_from": iso(start),
            "gap_to": iso(end),
        },
        about={"note": "the amount is what is left; no request proves it"},
        cells=cells,
        bits=4 * bits,
        clause="the log is silent for longer than chance allows",
        apart="the provider's usage report by hour (--usage-report)",
    )


def _weight(amounts: Iterable[Exact]) -> Exact:
    total: Exact = ZERO
    for amount in amounts:
        total = add(total, size(amount))
    return total


def _longest_silence(state: State) -> tuple[int, int, int] | None:
    """Give the ends of the longest time without a request, and how many were to be expected."""
    edges = state.case.log.edges
    slots = sorted(edges)
    if len(slots) < 2 or state.case.log.requests < 2:
        return None
    start, end = max(
        ((edges[a][1], edges[b][0]) for a, b in pairwise(slots)),
        key=lambda gap: (gap[1] - gap[0], -gap[0]),
    )
    span = edges[slots[-1]][1] - edges[slots[0]][0] - (end - start)
    if span <= 0:
        return None
    by_chance = (end - start) * state.case.log.requests // span
    return start, end, min(by_chance, _by_habit(state.case.log.arrivals, start, end))


def _by_habit(arrivals: Mapping[int, int], start: int, end: int) -> int:
    """Give how many requests the same hours of other days hold; a silence may come each night."""
    slots = range(start // SLOT + 1, end // SLOT)
    first, last = min(arrivals), max(arrivals)
    days = found = 0
    for shift in range(-(DAYS_BACK), DAYS_BACK + 1):
        by = shift * (DAY // SLOT)
        if first <= slots.start + by and slots.stop + by <= last + 1 and not _meet(slots, by):
            days += 1
            found += sum(arrivals.get(slot + by, 0) for slot in slots)
    if not days:
        return sum(arrivals.values())
    return found // days


def _meet(slots: range, by: int) -> bool:
    return abs(by) < len(slots)


def _may_hold(line: tuple[str, str, str], key: Key) -> bool:
    """Tell whether a line that could not be matched (day, project, meter) may be a cell's."""
    own = (key[DAY_AT], key[PROJECT], key[METER])
    return all(not a or not b or a == b for a, b in zip(line, own, strict=True))


def _missing_lines(state: State, rest: dict[Key, Exact]) -> list[Finding]:
    """Name cells of the log for which the bill has no line at all."""
    case = state.case
    cells = [
        key
        for key, left in rest.items()
        if left < 0 and key not in case.bill.cells and state.cells.get(key, (ZERO, ZERO))[0] > 0
    ]
    if not cells:
        return []
    # money of the same model and class elsewhere may be it under another name; an id is no other.
    # What could not be matched on that day may be it as well
    extra = {(k[MODEL], k[METER]) for k, left in rest.items() if left > 0}
    billed = {key[ID] for key in case.bill.cells} if _ids(state) else set()
    lines = (case.key_of(ln) for ln, _ in case.bill.unmatched if ln.amount and ln.amount > 0)
    unread = {(key[DAY_AT], key[PROJECT], key[METER]) for key in lines}
    unit = max(case.bill.unit, GRAIN)
    cells = [
        key
        for key in cells
        if not any(_may_hold(line, key) for line in unread)
        and (key[ID] not in billed if billed and key[ID] else (key[MODEL], key[METER]) not in extra)
        and quarters(rest[key], unit) >= _LINE
    ]
    if not cells:
        return []
    total: Exact = ZERO
    for key in cells:
        total = add(total, rest.pop(key))
    charges = [c for c in case.fine if c.key in cells and c.is_billed]
    from pricing.reconcile.diagnose import examples_of, requests_of, told_scope

    return [
        Finding(
            "missing_invoice_line",
            total,
            "accrue",
            scope=told_scope(case, cells, charges),
            about={"cells": len(cells), "billed": "0"},
            cells=cells,
            requests=requests_of(charges),
            examples=examples_of(charges),
            clause="usage that the bill has no line for may still be billed",
            apart="a later statement of the same days",
        )
    ]
