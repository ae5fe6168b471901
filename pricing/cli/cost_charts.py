"""The pictures of ``pricing cost``: cost over time, the share of each part, the share of cache."""

from __future__ import annotations

from pricing.cli.cost_groups import family_sums, hit_share, ordered_groups
from pricing.cli.times import TIMES
from pricing.money import ZERO, add, divide
from pricing.render import Bars, Chart, Stack
from pricing.render.figures import figure_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cli.cost_answer import Answer

    Group = tuple[str, ...]

#: parts that have a colour or a bar of their own; the others are one
_MOST_SERIES = 6
_MOST_BARS = 12
#: no longer gap in time is filled with periods of nothing
_MOST_PERIODS = 800


def charts_of(answer: Answer) -> list[Chart]:
    """Give the charts that the groups make; none of one request, or of several currencies."""
    if answer.currency is None or answer.requests <= 1 or not answer.totals:
        return []
    fields = answer.by or ("model",)
    time = next((at for at, field in enumerate(fields) if field in TIMES), None)
    charts: list[Chart] = []
    if time is not None:
        charts += _over_time(answer, fields, time)
    for at, field in enumerate(fields):
        if field not in TIMES:
            charts += _shares(answer, field, at)
    return charts + _hits(answer, fields, next((a for a in range(len(fields)) if a != time), 0))


def _amounts(answer: Answer) -> dict[Group, Any]:
    found: dict[Group, Any] = {}
    for group in ordered_groups(answer):
        for cost in answer.costs[group].values():
            found[group] = add(found.get(group, ZERO), answer.shown(cost.total))
    return found


def _over_time(answer: Answer, fields: tuple[str, ...], time: int) -> list[Chart]:
    """Stack the parts of each period: of the first field that is no time, where there is one."""
    part = next((at for at, field in enumerate(fields) if field not in TIMES), None)
    sums: dict[str, dict[str, Any]] = {}
    for group, amount in _amounts(answer).items():
        name = "all" if part is None else group[part] or "(none)"
        own = sums.setdefault(name, {})
        own[group[time]] = add(own.get(group[time], ZERO), amount)
    seen = sorted({period for own in sums.values() for period in own})
    periods = _filled(fields[time], seen)
    if len(periods) < 2:
        return []
    ordered = sorted(sums, key=lambda name: (-_sum(sums[name].values()), name))
    rows = [(name, [sums[name].get(p) for p in periods]) for name in ordered[:_MOST_SERIES]]
    rest = ordered[_MOST_SERIES:]
    if rest:
        others = [_sum(sums[name].get(p, ZERO) for name in rest) for p in periods]
        rows.append((rest[0] if len(rest) == 1 else f"{len(rest)} others", others))
    by = "" if part is None else f" and {fields[part]}"
    return [Stack(f"Cost by {fields[time]}{by}", periods, rows, answer.currency or "")]


def _shares(answer: Answer, field: str, at: int) -> list[Chart]:
    sums: dict[str, Any] = {}
    for group, amount in _amounts(answer).items():
        name = group[at] or "(none)"
        sums[name] = add(sums.get(name, ZERO), amount)
    whole = _sum(sums.values())
    if len(sums) < 2 or not whole:
        return []
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = ordered[_MOST_BARS:]
    shown = ordered[:_MOST_BARS]
    if rest:
        name = rest[0][0] if len(rest) == 1 else f"{len(rest)} others"
        shown.append((name, _sum(amount for _, amount in rest)))
    rows = [
        (name, amount, f"{figure_text(amount, places=4)}, "
                       f"{figure_text(divide(amount, whole), 'percent')}")
        for name, amount in shown
    ]  # fmt: skip
    return [Bars(f"Share by {field}, {answer.currency}", rows)]


def _hits(answer: Answer, fields: tuple[str, ...], at: int) -> list[Chart]:
    """Give the share of cached input of each part, the dearest first."""
    parts: dict[str, list[Group]] = {}
    for group in _amounts(answer):
        parts.setdefault(group[at] or "(none)", []).append(group)
    rows = []
    for name, groups in list(parts.items())[:_MOST_BARS]:
        share = hit_share(family_sums(answer, groups))
        if share is not None:
            rows.append((name, share, figure_text(share, "percent")))
    if not any(share for _, share, _ in rows):
        return []
    return [Bars(f"Cached share of input by {fields[at]}", rows, "percent")]


def _sum(amounts: Any) -> Any:
    whole: Any = ZERO
    for amount in amounts:
        whole = add(whole, amount)
    return whole


def _filled(field: str, seen: list[str]) -> list[str]:
    """Give the periods from the first to the last, those without usage too; hours as they are."""
    from datetime import date, timedelta

    if len(seen) < 2 or field == "hour":
        return seen
    if field == "month":
        numbers = [int(one[:4]) * 12 + int(one[5:]) - 1 for one in (seen[0], seen[-1])]
        return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(numbers[0], numbers[1] + 1)]
    days = [date.fromisoformat(f"{one}-1" if field == "week" else one)
            for one in (seen[0], seen[-1])]  # fmt: skip
    step = 7 if field == "week" else 1
    count = (days[1] - days[0]).days // step + 1
    if count > _MOST_PERIODS:
        return seen
    every = [days[0] + timedelta(days=step * n) for n in range(count)]
    if field == "day":
        return [one.isoformat() for one in every]
    return [f"{one.isocalendar()[0]:04}-W{one.isocalendar()[1]:02}" for one in every]
