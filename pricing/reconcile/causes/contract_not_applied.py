"""The list price was billed, without the contract's terms or without the markup."""

from __future__ import annotations

from pricing.money import divide
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _listed(view: View) -> bool:
    if view.is_listed:
        return False
    view.is_listed = True
    return True


def options(case: Case) -> Iterable[Option]:
    if case.catalog.book.contracts:
        yield Option("contract_not_applied", _listed)
    terms = case.terms
    for name, part in (("markup", terms.markup_at), ("discount", terms.discount_at)):
        if getattr(terms, name) is None:
            continue

        def without(view: View, part: object = part) -> bool:
            factor = part(view.charge.start)  # type: ignore[operator]
            if factor == 1:
                return False
            whole = case.factor(view.charge) if view.factor is None else view.factor
            view.factor = divide(whole, factor)
            return True

        yield Option(f"{name}_not_applied", without)


CAUSE = Cause(
    "money",
    "claim",
    options,
    clause="the contract's rates and factors replace the list",
    apart="the unit price on the bill",
)
