"""The list price was billed, without the contract's terms, or by those of another period."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import divide, multiply, text
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _listed(view: View) -> bool:
    if view.is_listed:
        return False
    view.is_listed = True
    return True


def _at(case: Case, part: Callable[[int], Decimal], factor: Decimal) -> Callable[[View], bool]:
    """Give a change that puts another factor in the place of one of the terms'."""

    def change(view: View) -> bool:
        agreed = part(view.charge.start)
        if factor == agreed:
            return False
        whole = case.factor(view.charge) if view.factor is None else view.factor
        view.factor = multiply(divide(whole, agreed), factor)
        return True

    return change


def options(case: Case) -> Iterable[Option]:
    if case.catalog.book.contracts:
        yield Option("contract_not_applied", _listed)
    terms = case.terms
    for name, part in (("markup", terms.markup_at), ("discount", terms.discount_at)):
        steps = getattr(terms, name)
        if steps is None:
            continue
        yield Option(f"{name}_not_applied", _at(case, part, Decimal(1)))
        values = {value for _, value in steps.steps}
        if len(values) < 2:
            continue
        told = ", ".join(text(value) for value in sorted(values))
        for value in sorted(values):
            factor = value if name == "markup" else 1 - value
            about = {f"contract_{name}": told, f"billed_{name}": text(value)}
            yield Option(f"{name}_drift", _at(case, part, factor), about=about, bits=4)


CAUSE = Cause(
    "money",
    "claim",
    options,
    clause="the contract's rates and factors replace the list",
    apart="the unit price on the bill",
)
