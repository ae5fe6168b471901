"""Lines of correction that undo what a cell of the bill has too much or too little."""

from __future__ import annotations

from pricing.money import ZERO, add, multiply
from pricing.reconcile.cells import DAY_AT, METER, MODEL
from pricing.reconcile.finding import Finding
from pricing.reconcile.state import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.money import Exact
    from pricing.reconcile.cells import Key
    from pricing.reconcile.state import State
    from pricing.reconcile.statement import Line


def restated_lines(state: State, rest: dict[Key, Exact]) -> tuple[list[Finding], list[Line]]:
    """Name cells that a later line of the bill itself corrects; what is named leaves ``rest``.

    A correction belongs to the cell of its own day, model and meter; where it has another day, to
    the only cell that is off by just as much.
    """
    case = state.case
    pairs: dict[Key, list[Line]] = {}
    for line in case.bill.others:
        if line.kind != "correction" or not line.amount:
            continue
        key = _cell_of(state, rest, line)
        if key is not None:
            pairs.setdefault(key, []).append(line)
    taken: list[Line] = []
    cells: list[Key] = []
    total: Exact = ZERO
    for key, lines in pairs.items():
        left = rest[key]
        for line in lines:
            left = add(left, line.amount or ZERO)
        if _agrees(state, key, left):
            del rest[key]
            cells.append(key)
            taken += lines
            total = add(total, left)
    if not cells:
        return [], []
    finding = Finding(
        "restated_usage",
        total,
        "timing",
        scope={"day": sorted({key[DAY_AT] for key in cells})},
        about={"note": "the bill corrects these lines itself", "lines": len(taken)},
        cells=cells,
        examples=[line.place for line in taken][:3],
        clause="a line and its correction come to what the log says",
    )
    return [finding], taken


def _cell_of(state: State, rest: dict[Key, Exact], line: Line) -> Key | None:
    case = state.case
    key = case.key_of(line)
    if key in rest:
        return key
    model = key[MODEL]
    fitting = [
        other
        for other, left in rest.items()
        if (not model or other[MODEL] == model)
        and (not line.meter or other[METER] == line.meter)
        and _agrees(state, other, add(left, line.amount or ZERO))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _agrees(state: State, key: Key, left: Exact) -> bool:
    _, slack, _, _ = state.off(key)
    return size(left) <= multiply(slack, 2)
