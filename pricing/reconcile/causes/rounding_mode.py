"""Every line, or every request, was rounded by a rule that half a unit does not cover."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import rounded, text
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.cells import Cell
    from pricing.reconcile.trial import View


def _line(quantum: Decimal, mode: str) -> Callable[..., tuple[Exact, Exact] | None]:
    def recast(cell: Cell, amount: Exact, quantity: Exact) -> tuple[Exact, Exact] | None:
        if not cell.lines:
            return None
        return rounded(amount, quantum, mode), quantity

    return recast


def _request(quantum: Decimal, mode: str) -> Callable[[View], bool]:
    def change(view: View) -> bool:
        view.rounds = (quantum, mode)
        return True

    return change


def options(case: Case) -> Iterable[Option]:
    if case.bill.is_exact or not case.bill.usage:
        return
    quantum = case.bill.unit
    told = {"quantum": text(quantum)}
    for mode in ("up", "down"):
        yield Option(
            "rounding_per_line", recast=_line(quantum, mode), about={"mode": mode, **told}, bits=4
        )
    if case.log.is_single:
        for mode in ("half_up", "half_even", "up", "down"):
            yield Option(
                "rounding_per_request",
                _request(quantum, mode),
                about={"mode": mode, **told},
                bits=8,
            )


CAUSE = Cause(
    "money",
    "informational",
    options,
    clause="the contract says what is rounded, to what and how",
    apart="a bill with more decimal places",
    is_timing=True,
    is_whole=True,
)
