"""What was logged first was billed; its counts were corrected later, under the same id."""

from __future__ import annotations

from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _first(view: View) -> bool:
    """Bill the first version in place of the last."""
    version = view.charge.atom.version
    if version == "last" and view.is_billed:
        view.is_billed = False
        return True
    if version == "first" and not view.is_billed and view.charge.is_inside:
        view.is_billed = True
        return True
    return False


def options(case: Case) -> Iterable[Option]:
    if any(atom.version == "first" for atom in case.atoms):
        yield Option("restated_usage", _first)


CAUSE = Cause(
    "who",
    "claim",
    options,
    clause="what is logged last under an id stands",
    apart="the provider's usage report of a later day (--usage-report)",
)
