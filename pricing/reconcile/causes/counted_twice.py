"""A count was billed twice: all of a meter, or cached tokens as plain input as well."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import add, multiply
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _twice(view: View) -> bool:
    if not view.quantity:
        return False
    view.quantity = multiply(view.quantity, 2)
    return True


def _also(whole: str, part: str) -> Callable[[View], bool]:
    """Give a change that adds the count of one meter to another's."""

    def change(view: View) -> bool:
        if view.charge.meter != whole:
            return False
        more = sum(
            (Decimal(n) for m, n in view.charge.siblings.items() if _is(m, part)), Decimal(0)
        )
        if not more:
            return False
        view.quantity = add(view.quantity, more)
        return True

    return change


def _is(meter: str, path: str) -> bool:
    return meter == path or meter.startswith(f"{path}.")


def _reasoning(view: View) -> bool:
    if view.charge.meter != "output.reasoning":
        return False
    view.quantity = multiply(view.quantity, 2)
    return True


def options(case: Case) -> Iterable[Option]:
    meters = {charge.meter for charge in case.coarse}
    yield Option("counted_twice", _twice)
    if any(_is(meter, "cache_read") for meter in meters):
        yield Option("cached_counted_twice", _also("input", "cache_read"))
    if any(_is(meter, "cache_write") for meter in meters):
        yield Option("cache_write_counted_twice", _also("input", "cache_write"))
    if "output.reasoning" in meters:
        yield Option("reasoning_counted_twice", _reasoning)


CAUSE = Cause(
    "how_many",
    "claim",
    options,
    clause="meters are disjoint: no token is billed under two of them",
    apart="the provider's usage report (--usage-report)",
)
