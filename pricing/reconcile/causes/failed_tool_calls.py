"""Calls of tools that failed were billed although the terms say that they are free, or not."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _billed(view: View) -> bool:
    if view.charge.who != "failed_tool" or view.is_billed or not view.charge.is_inside:
        return False
    view.is_billed = True
    return True


def _free(view: View) -> bool:
    if view.charge.who != "failed_tool" or not view.is_billed:
        return False
    view.is_billed = False
    return True


def options(case: Case) -> Iterable[Option]:
    if any(atom.who == "failed_tool" for atom in case.atoms):
        if case.terms.failed_tool_calls_billable:
            yield Option("failed_tool_calls_not_billed", _free)
        else:
            yield Option("failed_tool_calls_billed", _billed)


CAUSE = Cause(
    "who",
    "claim",
    options,
    clause="the contract says whether a tool's call that failed is billed",
    apart="the number of calls on the bill, or the calls by request id",
)
