"""Failed requests were billed although the seller's terms say that they are free."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _billed(view: View) -> bool:
    if view.charge.who != "error" or view.is_billed or not view.charge.is_inside:
        return False
    view.is_billed = True
    return True


def _free(view: View) -> bool:
    if view.charge.who != "error" or not view.is_billed:
        return False
    view.is_billed = False
    return True


def options(case: Case) -> Iterable[Option]:
    statuses = sorted({a.usage.status for a in case.atoms if a.who == "error" and a.usage.status})
    if statuses:
        about = {"status": statuses}
        yield Option("errors_billed", _billed, about=about)
        if case.terms.errors_billable:
            yield Option("errors_not_billed", _free, about=about)


CAUSE = Cause(
    "who",
    "claim",
    options,
    clause="the provider's card says which responses are billed",
    apart="the bill by request id",
)
