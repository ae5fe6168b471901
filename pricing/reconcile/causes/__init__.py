"""Causes of a difference: one file each, data plus a small function.

A module here has ``CAUSE``, and that is all there is to adding one. ``options(case)`` gives the
ways in which the cause may be true: each changes a ``View`` of what was charged and tells whether
it did; the engine prices the view. A cause of ``cells`` works on a whole cell of the bill instead.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from pricing.money import Exact
    from pricing.reconcile.case import Case
    from pricing.reconcile.cells import Cell
    from pricing.reconcile.terms import Rounding
    from pricing.reconcile.trial import View

    Change = Callable[[View], bool]
    #: expected amount and quantity of a cell -> those that the cause would make of them
    Recast = Callable[[Cell, Exact, Exact], "tuple[Exact, Exact] | None"]

#: in the order in which causes are applied and told
FAMILIES = ("when", "who", "how_many", "rate", "money")


class Option:
    """One way in which a cause may be true.

    ``code`` is what a finding is called; ``about`` holds what it is told with. ``bits`` is the
    price of a choice among several, in quarters of a bit. ``rounding`` is what the seller rounds;
    ``direction`` stands before the cause's own.
    """

    __slots__ = ("about", "bits", "cause", "change", "code", "direction", "recast", "rounding")

    def __init__(
        self,
        code: str,
        change: Change | None = None,
        *,
        recast: Recast | None = None,
        about: Mapping[str, Any] | None = None,
        bits: int = 0,
        rounding: Rounding | None = None,
        direction: str | None = None,
    ) -> None:
        self.code = code
        self.change = change
        self.recast = recast
        self.about = dict(about or {})
        self.bits = bits
        self.rounding = rounding
        self.direction = direction
        self.cause: Cause | None = None


class Cause:
    """What may make a bill differ.

    Args:
        family: one of FAMILIES.
        direction: claim, accrue, fix_log, timing or informational; what follows from it where the
            bill is higher than expected.
        clause: what it rests on, in one sentence.
        is_timing: it moves charges between days, and needs the hour of each. No other one moves a
            charge to another cell, but to the band of another length.
        is_whole: it holds for all of the bill or not at all.
        apart: what would tell it from a cause that explains the same cells.
    """

    __slots__ = ("apart", "clause", "direction", "family", "is_timing", "is_whole", "options")

    def __init__(
        self,
        family: str,
        direction: str,
        options: Callable[[Case], Iterable[Option]],
        *,
        clause: str,
        apart: str = "the unit price or the quantity on the bill",
        is_timing: bool = False,
        is_whole: bool = False,
    ) -> None:
        self.family = family
        self.direction = direction
        self.options = options
        self.clause = clause
        self.apart = apart
        self.is_timing = is_timing
        self.is_whole = is_whole


def causes() -> Iterator[Cause]:
    """Give every cause there is."""
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        found: Cause = import_module(f"{__name__}.{module.name}").CAUSE
        yield found


def options_of(case: Case) -> list[Option]:
    """Give every way in which some cause may be true of this case."""
    found = []
    for cause in causes():
        for option in cause.options(case):
            option.cause = cause
            found.append(option)
    return found
