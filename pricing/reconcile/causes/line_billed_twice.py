"""A line of the bill stands in it twice."""

from __future__ import annotations

from pricing.money import multiply
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.cells import Cell


def _twice(cell: Cell, amount: Exact, quantity: Exact) -> tuple[Exact, Exact] | None:
    """Expect as many times the amount as the same line is repeated."""
    times = len(cell.lines)
    if times < 2 or len({line.identity for line in cell.lines}) > 1:
        return None
    return multiply(amount, times), multiply(quantity, times)


def options(case: Case) -> Iterable[Option]:
    if any(len(cell.lines) > 1 for cell in case.bill.cells.values()):
        yield Option("line_billed_twice", recast=_twice)


CAUSE = Cause(
    "money",
    "claim",
    options,
    clause="two lines of the bill agree in every detail",
    apart="the ids of the lines",
)
