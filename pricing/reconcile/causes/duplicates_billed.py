"""What stands in our log twice was billed twice: two calls, or one that was charged again."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _billed(view: View) -> bool:
    if view.charge.who != "duplicate" or view.is_billed or not view.charge.is_inside:
        return False
    view.is_billed = True
    return True


def options(case: Case) -> Iterable[Option]:
    if any(atom.who == "duplicate" for atom in case.atoms):
        yield Option("duplicates_billed", _billed)


CAUSE = Cause(
    "who",
    "claim",
    options,
    clause="a request with one id is one request",
    apart="the number of requests on the bill",
)
