"""A quantity was taken for one in another unit: thousands for single ones, or the reverse."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import multiply
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _times(factor: Decimal) -> Callable[[View], bool]:
    def change(view: View) -> bool:
        if not view.quantity:
            return False
        view.quantity = multiply(view.quantity, factor)
        return True

    return change


def options(case: Case) -> Iterable[Option]:
    for factor in ("1000", "0.001", "1000000", "0.000001"):
        yield Option("unit_error", _times(Decimal(factor)), about={"factor": factor}, bits=8)


CAUSE = Cause(
    "how_many",
    "claim",
    options,
    clause="the card says per how many units a price is",
    apart="the quantity on the bill",
)
