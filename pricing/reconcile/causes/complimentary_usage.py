"""Usage was counted and not charged: an allowance, not a discount on the rate."""

from __future__ import annotations

from pricing.money import ZERO
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.cells import Cell


def _free(cell: Cell, amount: Exact, quantity: Exact) -> tuple[Exact, Exact] | None:
    # also where the bill has an amount, which speaks against it: an allowance has a scope
    return (ZERO, quantity) if cell.lines and amount else None


def options(case: Case) -> Iterable[Option]:
    if any(cell.lines and not cell.amount for cell in case.bill.cells.values()):
        note = "quantity present, amount zero: free allowance, not a discount on the rate"
        yield Option("complimentary_usage", recast=_free, about={"note": note})


CAUSE = Cause(
    "money",
    "informational",
    options,
    clause="the bill shows the usage at an amount of 0",
    apart="a credit or an allowance in the contract",
)
