"""The groups of ``pricing cost``: their order, and what is worked out of each."""

from __future__ import annotations

from pricing.cli.times import TIMES
from pricing.money import ZERO, Money, add, divide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.cli.cost_answer import Answer

    Group = tuple[str, ...]

#: meters that a table of groups shows as columns, summed by family
FAMILIES = ("input", "cache_write", "cache_read", "output")


def ordered_groups(answer: Answer) -> list[Group]:
    """Give the groups in order: times forward, else the dearest first; without a price last."""
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
        if not answer.totals:
            amount = sum((money.amount for money in reported(answer, [group])), ZERO)
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


def family_sums(answer: Answer, groups: Iterable[Group]) -> dict[str, Any]:
    """Give the tokens of some groups by family."""
    sums: dict[str, Any] = dict.fromkeys(FAMILIES, 0)
    for group in groups:
        for meter, quantity in answer.tally.quantities.get(group, {}).items():
            family = meter.partition(".")[0]
            if family in sums:
                sums[family] += quantity
    return sums


def hit_share(sums: Mapping[str, Any]) -> Any:
    """Give the share of cached input, None where there is no input."""
    whole = sums["input"] + sums["cache_read"] + sums["cache_write"]
    return divide(sums["cache_read"], whole) if whole else None


def computed(answer: Answer, groups: Iterable[Group]) -> Money | None:
    """Give the cost of some groups, None where none has a price or there are several currencies."""
    whole = None
    for group in groups:
        for cost in answer.costs[group].values():
            shown = Money(answer.shown(cost.total), answer.currency or "")
            whole = shown if whole is None else whole + shown
    return None if answer.currency is None else whole


def reported(answer: Answer, groups: Iterable[Group]) -> list[Money]:
    """Give what was reported for some groups, one amount for each currency."""
    wanted = set(groups)
    sums: dict[str, Money] = {}
    for (group, code), money in answer.tally.reported.items():
        if group in wanted:
            sums[code] = sums[code] + money if code in sums else money
    return list(sums.values())


def residual(answer: Answer, groups: Iterable[Group]) -> Money | None:
    """Give what was reported less what was computed, where both are of the same requests."""
    groups = list(groups)
    told, cost = answer.told(reported(answer, groups)), computed(answer, groups)
    if told is None:
        return None
    for group in groups:
        is_whole = answer.reporting_by.get(group, 0) == answer.tally.requests[group]
        if group in answer.tally.unrated_groups or not (is_whole or is_of_all(answer)):
            return None
    return told if cost is None else told - cost


def is_of_all(answer: Answer) -> bool:
    """Tell whether all that was reported stands in cost reports: they are of all requests."""
    return bool(answer.money_rows) and not answer.reporting
