"""The table of --reported: what a request costs, and what was reported beside what was computed."""

from __future__ import annotations

from pricing.cli.cost_groups import computed, family_sums, hit_share, ordered_groups
from pricing.cli.cost_groups import reported as reported_of
from pricing.cli.cost_groups import residual as residual_of
from pricing.cli.cost_tables import Shape, label_of, shown_places
from pricing.errors import RatingError
from pricing.money import divide
from pricing.render import Column, Figure, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cli.cost_answer import Answer

    Group = tuple[str, ...]

_UNPRICED = Word("unpriced", "missing")


def reported_table(answer: Answer) -> Table:
    """Give the table; raises RatingError where amounts in several currencies are not added."""
    if answer.currency is None and answer.totals:
        raise RatingError(
            "--reported with costs in several currencies", remedy="Name one with --currency."
        )
    code = answer.currency or "USD"
    amounts = [money.amount for money in answer.totals.values()]
    places = max((shown_places(amount) for amount in amounts), default=4)
    with_hit = any(
        meter.partition(".")[0] == "cache_read"
        for quantities in answer.tally.quantities.values()
        for meter in quantities
    )
    columns = [label_of(answer.by or ("model",)), Column("requests", "Requests", "number")]
    if with_hit:
        columns.append(Column("cache_hit", "Hit", "percent"))
    columns += [
        Column(f"per_request_{code.lower()}", "Per request", "money", places + 2),
        Column(f"cost_{code.lower()}", f"Cost {code}", "money", places),
        Column(f"reported_{code.lower()}", "Reported", "money", places),
        Column(f"residual_{code.lower()}", "Residual", "money", places),
    ]
    shape = _Money(answer, [], with_hit, True, [code], with_sums=True)
    groups = list(answer.costs)
    total = ["Total", *shape.counts(groups), *shape.amounts(groups, bound=answer.is_lower_bound)]
    return Table(columns, shape.rows(ordered_groups(answer), 0), total=total)


def money_table(answer: Answer) -> Table:
    """Give what was reported, where there is nothing to compute."""
    codes = [money.currency for money in answer.reported]
    title = f"Reported {codes[0]}" if len(codes) == 1 else "Reported"
    places = max((shown_places(money.amount) for money in answer.reported), default=4)
    name = f"reported_{codes[0].lower()}" if len(codes) == 1 else "reported"
    columns = [label_of(answer.by or ("model",)), Column(name, title, "money", places)]
    shape = _Reported(answer, [], False, False, codes)
    total = ["Total", *shape.amounts(list(answer.costs))]
    return Table(columns, shape.rows(ordered_groups(answer), 0), total=total)


def _told(answer: Answer, groups: list[Group]) -> Any:
    """Give what was reported for some groups as one amount, or all of them where it is none."""
    amounts = reported_of(answer, groups)
    if not answer.totals and len(amounts) == 1:
        return amounts[0].amount
    whole = answer.told(amounts)
    if whole is not None:
        return whole.amount
    return Word(" + ".join(map(str, amounts)), "missing") if amounts else None


class _Reported(Shape):
    """The one cell of a group that was reported, and nothing else."""

    def amounts(self, groups: list[Group]) -> list[Any]:
        return [_told(self.answer, groups)]


class _Money(Shape):
    """The cells of a group's money."""

    def amounts(self, groups: list[Group], bound: bool = False) -> list[Any]:
        """Give per request, cost, reported, residual; empty where one cannot be told."""
        answer = self.answer
        cost = computed(answer, groups)
        shown = _told(answer, groups)
        gap = residual_of(answer, groups)
        gap_shown = None if gap is None else gap.amount
        if cost is None:
            is_money = all(map(answer.is_only_money, groups))
            return [None, None if is_money else _UNPRICED, shown, gap_shown]
        bound = bound or any(group in answer.tally.unrated_groups for group in groups)
        requests = sum(answer.tally.requests[group] for group in groups)
        each = divide(cost.amount, requests) if requests and not bound else None
        return [
            each,
            Figure(cost.amount, ">=") if bound else cost.amount,
            shown,
            gap_shown,
        ]

    def counts(self, groups: list[Group]) -> list[Any]:
        """Give requests, and the share of cached input where there is any."""
        cells: list[Any] = [sum(self.answer.tally.requests[group] for group in groups)]
        return [*cells, hit_share(family_sums(self.answer, groups))] if self.with_hit else cells
