"""The order of the groups of ``pricing cost``: times forward, all else the dearest first."""

from __future__ import annotations

from pricing.cli.times import TIMES
from pricing.money import ZERO, add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cli.cost_answer import Answer

    Group = tuple[str, ...]


def ordered_groups(answer: Answer) -> list[Group]:
    """Give the groups in the order in which they are shown; those without a price last."""
    groups = list(answer.costs)
    if len(groups) < 2:
        return groups
    fields = answer.by or ("model",)
    sums: dict[Group, Any] = {}
    for group, costs in answer.costs.items():
        amount = None
        for cost in costs.values():
            # amounts in several currencies are put in no order but that of their names
            shown = answer.shown(cost.total) if answer.currency else ZERO
            amount = shown if amount is None else add(amount, shown)
        for depth in range(1, len(group) + 1):
            start = group[:depth]
            if amount is not None:
                sums[start] = add(sums.get(start, ZERO), amount)

    def key(group: Group) -> list[Any]:
        found: list[Any] = []
        for depth, field in enumerate(fields, 1):
            if field not in TIMES:
                amount = sums.get(group[:depth])
                found += [amount is None, -(amount or 0)]
            found.append(group[depth - 1])
        return found

    return sorted(groups, key=key)
