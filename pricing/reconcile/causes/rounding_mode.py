"""Every line, or every request, was rounded by another rule than half a unit or the terms cover."""

from __future__ import annotations

from pricing.money import ROUNDING, text
from pricing.reconcile.causes import Cause, Option
from pricing.reconcile.terms import Rounding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case


def options(case: Case) -> Iterable[Option]:
    agreed = case.terms.rounding
    if case.bill.is_exact or not case.bill.usage:
        return
    quantum = case.bill.unit
    for per, bits in (("line", 4), ("request", 8)):
        if per == "request" and not case.log.is_single:
            continue
        for mode in ROUNDING:
            if agreed is None and per == "line" and mode.startswith("half"):
                # within half a unit: that is how any line agrees
                continue
            if agreed is not None and (agreed.per, agreed.mode) == (per, mode):
                continue
            about: dict[str, object] = {"mode": mode, "quantum": text(quantum)}
            if agreed is not None:
                about["agreed"] = f"per {agreed.per}, {agreed.mode}, {text(agreed.quantum)}"
            yield Option(
                f"rounding_per_{per}",
                rounding=Rounding(per, quantum, mode),
                about=about,
                bits=bits,
                direction=None if agreed is None else "claim",
            )


CAUSE = Cause(
    "money",
    "informational",
    options,
    clause="the contract says what is rounded, to what and how",
    apart="a bill with more decimal places",
    is_whole=True,
)
