"""A request was billed as one of another tier, region or speed than served it."""

from __future__ import annotations

from pricing.cards.conditions import Among
from pricing.reconcile.causes import Cause, Option
from pricing.reconcile.trial import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.reconcile.case import Case

#: attribute -> what its price is called in a code; all others go by their own name
_WORDS = {"inference_geo": "geo", "endpoint": "geo", "service_tier": ""}


def options(case: Case) -> Iterable[Option]:
    vocabulary = case.catalog.book.vocabulary
    named: dict[str, set[str]] = {}
    for atom in {id(a.quote): a for a in case.atoms}.values():
        for when in atom.quote.tariff.conditions():
            for name, constraint in when.constraints.items():
                if isinstance(constraint, Among) and name in vocabulary.attributes:
                    if vocabulary.attributes[name].silent:
                        continue
                    named.setdefault(name, set()).update(constraint.values)
    for name, values in sorted(named.items()):
        default = vocabulary.attributes[name].default
        if default is None:
            continue
        others = sorted(values - {default})
        for value in others:
            factor = _factor(case, name, value)
            about = {"attribute": name, "value": value}
            if factor is not None:
                about["multiplier"] = factor
            is_dearer = _is_dearer(case, name, str(default), value)
            missing = "premium" if is_dearer else "discount"
            word = _WORDS.get(name, name)
            if word == "geo":
                codes = ("geo_multiplier_missing", "geo_multiplier_applied")
            else:
                told = "_".join(filter(None, (word, value)))
                codes = (f"{told}_{missing}_missing", f"{told}_{missing}_applied")
            yield Option(codes[0], _as(name, value, str(default), case), about=about)
            yield Option(codes[1], _as(name, None, value, case), about=about, bits=4)


def _factor(case: Case, name: str, value: str) -> str | None:
    """Give the factor of the modifier that goes by this value alone, where cards agree on it."""
    found = set()
    tariffs = {id(atom.quote.tariff): atom.quote.tariff for atom in case.atoms}
    for tariff in tariffs.values():
        for modifier in tariff.modifiers:
            constraint = modifier.when.constraints.get(name)
            if isinstance(constraint, Among) and constraint.holds(value):
                factor = modifier.factor_for("input", "token")
                if factor is not None:
                    found.add(format(factor.normalize(), "f"))
    return found.pop() if len(found) == 1 else None


def _is_dearer(case: Case, name: str, default: str, value: str) -> bool:
    """Tell whether a value costs more than the default, by the first price that has both."""
    for charge in case.coarse:
        view = View(charge)
        prices = []
        for each in (default, value):
            view.attributes = {name: each}
            prices.append(case.frame.prices.unit(view))
        own, other = prices
        if own is not None and other is not None and own != other:
            return other > own
    return False


def _as(name: str, served: str | None, billed: str, case: Case) -> Callable[[View], bool]:
    """Give a change from one value (None: the default) to another."""
    attribute = case.catalog.book.vocabulary.attributes[name]

    def change(view: View) -> bool:
        own = view.charge.atom.usage.attributes.get(name)
        if own is None or own in attribute.same_as_default:
            own = attribute.default
        if own != (attribute.default if served is None else served):
            return False
        view.attributes = {**view.attributes, name: billed}
        return True

    return change


CAUSE = Cause(
    "rate",
    "claim",
    options,
    clause="the tier, region and speed that served a request price it",
    apart="the unit price on the bill, or a day without such requests",
)
