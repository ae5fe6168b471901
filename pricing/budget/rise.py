"""By how much spending rises against a base: which scenarios of either side a budget is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricing.budget.checks import scenarios_of
from pricing.money import ZERO, add

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricing.budget.parts import Problem
    from pricing.budget.project import Projection
    from pricing.budget.schema import Budget, BudgetFile
    from pricing.money import Exact


class Rise:
    """What a day of a budget's scenarios costs on either side, and what of it is not known."""

    def __init__(
        self,
        file: BudgetFile,
        budget: Budget,
        head: Mapping[str, Projection],
        base: Mapping[str, Projection],
    ) -> None:
        names = scenarios_of(file, budget)
        models = budget.scope.model
        self.after = [head[name] for name in names]
        self.before = [
            each for name, each in base.items() if name in names or _belonged(budget, each)
        ]
        self.base_problems: list[Problem] = [p for each in self.before for p in each.problems]
        self.head_problems: list[Problem] = [p for each in self.after for p in each.problems]
        self.before_a_day = _total(self.before, models)
        self.after_a_day = _total(self.after, models)

    @property
    def is_projected(self) -> bool:
        """Whether the head says of any of it how many calls it makes."""
        return any(each.calls is not None for each in self.after)


def has_model(each: Projection, patterns: Sequence[str]) -> bool:
    """Tell whether a scenario uses a model of these patterns, or may do so."""
    return bool(each.problems) or bool(each.on(patterns))


def _total(each: Sequence[Projection], models: Sequence[str] | None) -> Exact:
    total: Exact = ZERO
    for side in each:
        total = add(total, side.per_day(models))
    return total


def _belonged(budget: Budget, each: Projection) -> bool:
    """Tell whether a scenario of the base belongs to a budget, though the head's does not.

    It may be gone, or of another owner by now.
    """
    scope = budget.scope
    return (
        scope.scenario is None
        and (scope.owner is None or each.scenario.owner in scope.owner)
        and (scope.tag is None or any(tag in scope.tag for tag in each.scenario.tags or ()))
    )
