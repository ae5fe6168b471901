"""The canonical JSON of a budget's result, ``pricing.budget/1``; every other format is made of it.

Amounts are decimal strings, exact; one that never ends is cut at 24 places, and then so that
scenarios and causes still add up to their totals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pricing.budget.checks import scenarios_of
from pricing.budget.judge import FAIL, VERDICTS
from pricing.instants import day, iso
from pricing.money import ENDLESS_PLACES, EXACT, ZERO, add, multiply, rounded, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.budget.judge import Judged
    from pricing.budget.project import Projection
    from pricing.budget.result import Result
    from pricing.errors import Fault
    from pricing.money import Exact


def budget_document(
    result: Result, command: str, id: str = "main", version: str = "0"
) -> dict[str, Any]:
    """Give the document of a result.

    ``command`` is check or diff, ``id`` names its comment, ``version`` is that of the program.
    """
    prices, loaded = result.prices, result.loaded
    scenarios, totals = _scenarios(result)
    known = not (result.is_bound or result.is_base_bound) and result.base is not None
    causes = _causes(result, {row["name"]: row for row in scenarios})
    return {
        "command": command,
        "id": id,
        "version": version,
        "file": loaded.document.shown,
        "base": result.base_name,
        "verdict": result.verdict if command == "check" else None,
        "exit": result.exit if command == "check" else (3 if result.all_problems else 0),
        "valid_at": iso(prices.today),
        "prices_at": iso(prices.at),
        "stale_after_days": prices.stale_after,
        "month_days": text(prices.month),
        "currency": prices.currency,
        "catalog": prices.catalog.digest,
        "total": {
            "base": totals[0],
            "head": totals[1],
            "change": text(_minus(totals[1], totals[0])) if known else None,
            "lower_bound": result.is_bound,
            "base_lower_bound": result.is_base_bound,
        },
        "scenarios": scenarios,
        "causes": causes,
        "budgets": [_budget(result, number, each) for number, each in enumerate(result.judged)],
        "problems": [
            {"kind": problem.kind, **_fault(problem.fault)} for problem in result.all_problems
        ],
        "notes": [*result.notes, *_stated(result)],
    }


def _stated(result: Result) -> list[str]:
    """Give what every report states: the day of the prices, and what is stale when."""
    prices = result.prices
    both = " on both sides" if result.base is not None else ""
    found = [f"prices of {day(prices.at)}{both}; cards are stale after {prices.stale_after} days"]
    if result.causes and result.base_name != "none":
        found.append("order of causes: calls, tokens, model, price, new, removed")
    return found


def settled(amounts: Sequence[Exact], total: Exact) -> tuple[list[Decimal], Decimal]:
    """Give amounts and their total as decimals that end, and still add up.

    What ends stays as it is. All others are cut down at one place, and those that lost most get
    one unit of it back.
    """
    ended = [each for each in (*amounts, total) if isinstance(each, Decimal)]
    places = max([ENDLESS_PLACES, *(-int(each.as_tuple().exponent) for each in ended)])
    quantum = Decimal(1).scaleb(-places)
    whole = total if isinstance(total, Decimal) else rounded(total, quantum)
    found = [a if isinstance(a, Decimal) else rounded(a, quantum, "down") for a in amounts]
    rest = whole
    for each in found:
        rest = EXACT.subtract(rest, each)
    missing = int(rest / quantum) if rest else 0
    lost = [
        (add(amount, multiply(cut, -1)), number)
        for number, (amount, cut) in enumerate(zip(amounts, found, strict=True))
        if not isinstance(amount, Decimal)
    ]
    for _, number in sorted(lost, key=lambda row: (-row[0], row[1]))[:missing]:
        found[number] = EXACT.add(found[number], quantum)
    return found, whole


def _minus(a: str, b: str) -> Decimal:
    return EXACT.subtract(Decimal(a), Decimal(b))


def _scenarios(result: Result) -> tuple[list[dict[str, Any]], tuple[str, str]]:
    """Give every scenario of either side, the dearest first, and the totals of both."""
    base = result.base or {}
    names = [*result.head, *(name for name in base if name not in result.head)]
    month = result.prices.month

    def amounts(side: dict[str, Projection]) -> tuple[dict[str, Decimal], Decimal]:
        found = [multiply(each.per_day(), month) for each in side.values()]
        cut, total = settled(found, result.month(side) if side else ZERO)
        return dict(zip(side, cut, strict=True)), total

    old, old_total = amounts(base)
    new, new_total = amounts(result.head)
    rows = []
    for name in names:
        each = result.head.get(name) or base[name]
        before, after = old.get(name, ZERO), new.get(name, ZERO)
        bounds = [side[name].is_bound for side in (base, result.head) if name in side]
        state = "same"
        if result.base is not None:
            state = "new" if name not in base else "removed" if name not in result.head else state
            if state == "same" and before != after:
                state = "changed"
        rows.append(
            {
                "name": name,
                "state": state,
                "owner": each.scenario.owner,
                "tags": list(each.scenario.tags or ()),
                **_place(result, each),
                "models": each.models,
                "stat": each.scenario.usage.stat or ("mean" if each.records else None),
                "records": each.records,
                "calls_per_day": None if each.calls is None else text(each.calls),
                "per_call": text(each.per_call()),
                "p50": text(each.per_call("p50")) if each.records else None,
                "p95": text(each.per_call("p95")) if each.records else None,
                "max": text(each.per_call("max")) if each.records else None,
                "base": text(before) if result.base is not None else None,
                "head": text(after),
                "change": None
                if result.base is None or any(bounds)
                else text(EXACT.subtract(after, before)),
                "lower_bound": name in result.head and bounds[-1],
                "base_lower_bound": name in base and bounds[0],
            }
        )
    rows.sort(key=lambda row: -max(Decimal(row["head"]), Decimal(row["base"] or 0)))
    return rows, (text(old_total), text(new_total))


def _causes(result: Result, scenarios: dict[str, Any]) -> list[dict[str, str]]:
    """Give the causes, the largest first; those of a scenario add up to its change."""
    rows = []
    for name, scenario in scenarios.items():
        own = [cause for cause in result.causes if cause.scenario == name]
        if scenario["change"] is None or not own:
            continue
        total = Decimal(scenario["change"])
        cut = _apportioned([cause.amount for cause in own], total)
        rows += [
            {"scenario": name, "cause": c.cause, "amount": text(amount), "text": c.text}
            for c, amount in zip(own, cut, strict=True)
        ]
    return sorted(rows, key=lambda row: -abs(Decimal(row["amount"])))


def _apportioned(amounts: Sequence[Exact], total: Decimal) -> list[Decimal]:
    """Give amounts that add up to a total which is cut itself."""
    cut, whole = settled(amounts, total)
    rest = total
    for each in cut:
        rest = EXACT.subtract(rest, each)
    if rest and whole == total:
        endless = [n for n, amount in enumerate(amounts) if not isinstance(amount, Decimal)]
        number = endless[0] if endless else 0
        cut[number] = EXACT.add(cut[number], rest)
    return cut


def _place(result: Result, each: Projection) -> dict[str, Any]:
    """Give where annotations of a scenario land: its source, or its line of the file."""
    if each.scenario.source is not None:
        path, line = each.scenario.source
        return {"path": path, "line": line}
    document = result.loaded.document
    return {"path": document.shown, "line": document.line(("scenarios", each.name))}


def _budget(result: Result, number: int, each: Judged) -> dict[str, Any]:
    scope = each.budget.scope
    document = result.loaded.document
    names = scenarios_of(result.loaded.file, each.budget)
    path, line = document.shown, document.line(("budgets", number))
    only = names[0] if len(names) == 1 else each.scenario
    if only is not None and result.loaded.file.scenarios[only].source is not None:
        path, line = result.loaded.file.scenarios[only].source or (path, line)
    waiver = each.waiver
    return {
        "id": each.budget.id,
        "verdict": each.verdict,
        "severity": each.budget.severity,
        "kind": each.kind,
        "per": each.per,
        "stat": each.stat,
        "metric": each.budget.metric,
        "scope": {key: value for key, value in scope.model_dump().items() if value},
        "currency": each.currency,
        "value": None if each.value is None else text(each.value),
        "limit": None if each.limit is None else text(each.limit),
        "percent": _percent(each),
        "warn_at": None if each.budget.warn_at is None else text(each.budget.warn_at),
        "used": None if each.used is None else text(each.used),
        "over": None if each.over is None else text(each.over),
        "lower_bound": each.is_bound,
        "scenario": each.scenario,
        "name": each.name,
        "message": each.message + (f"; {each.note}" if each.note else ""),
        "path": path,
        "line": line,
        "waiver": None
        if waiver is None
        else {
            "up_to": str(waiver.up_to),
            "until": waiver.until,
            "reason": waiver.reason,
            "by": waiver.by,
            "holds": each.verdict == "waived",
        },
        "problems": [_fault(problem.fault) for problem in each.problems],
    }


def _percent(each: Judged) -> str | None:
    increase = each.budget.increase
    return text(increase.percent) if increase is not None and increase.percent is not None else None


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "what": fault.what,
        "path": fault.path,
        "line": fault.line,
        "excerpt": fault.excerpt,
        "remedy": fault.remedy,
    }


def ordered(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the budgets of a document, the worst first, among equals those with most money."""

    def weight(row: dict[str, Any]) -> tuple[int, Decimal, Decimal]:
        over, used = Decimal(row["over"] or 0), Decimal(row["used"] or 0)
        return VERDICTS.index(row["verdict"]), -over, -used

    return sorted(document["budgets"], key=weight)


def failed(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the budgets that fail."""
    return [row for row in ordered(document) if row["verdict"] == FAIL]
