"""Attempts that a later one stands for were billed, or were not though the terms say so."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _billed(view: View) -> bool:
    if view.charge.who != "superseded" or view.is_billed or not view.charge.is_inside:
        return False
    view.is_billed = True
    return True


def _free(view: View) -> bool:
    if view.charge.who != "superseded" or not view.is_billed:
        return False
    view.is_billed = False
    return True


def options(case: Case) -> Iterable[Option]:
    if any(atom.who == "superseded" for atom in case.atoms):
        if case.terms.superseded_attempts_billable is False:
            yield Option("superseded_attempts_billed", _billed)
        else:
            yield Option("superseded_attempts_not_billed", _free)


CAUSE = Cause(
    "who",
    "claim",
    options,
    clause="the contract says whether an attempt that is repeated is billed",
    apart="the bill by request id",
)
