"""What one part of a budget file says of another; every fault is noted at its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pricing.cards.strict import visible
from pricing.errors import did_you_mean
from pricing.money import ZERO, add, multiply, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.budget.schema import Budget, BudgetFile, Scenario
    from pricing.cards.strict import Document
    from pricing.money import Exact, Money

_NAME = r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,119}"
KINDS = ("limit", "increase", "metric", "allow_models")
#: what else a budget of each kind may say
_BESIDE = {
    "limit": {"per", "stat", "warn_at"},
    "increase": {"per"},
    "metric": {"stat", "min", "max"},
    "allow_models": set(),
}
_DETAILS = ("per", "stat", "warn_at", "min", "max")
_ITEMISED = ("call", "test", "session")


def kind_of(budget: Budget) -> str:
    """Give what a budget judges: limit, increase, metric or allow_models."""
    return next(kind for kind in KINDS if getattr(budget, kind) is not None)


def check_scenarios(file: BudgetFile, document: Document) -> None:
    for name, scenario in file.scenarios.items():
        place = ("scenarios", name)
        if not re.fullmatch(_NAME, name):
            document.refuse(
                f"'{visible(name)}' is no name",
                place,
                "A name is made of letters, digits and . _ : @ -",
            )
        _check_usage(scenario, document, place)
        _check_calls(scenario, document, place)
        if scenario.mix is not None:
            whole: Exact = ZERO
            for part in scenario.mix.values():
                whole = add(whole, part)
            if whole != 1:
                shown = text(whole * 100)
                document.refuse(
                    f"the shares of 'mix' add up to {shown}%",
                    (*place, "mix"),
                    "They add up to 100%.",
                )
            if scenario.model is not None:
                document.refuse("'model' and 'mix'", (*place, "mix"), "Give one of them.")
        if scenario.batch is not None and "service_tier" in (scenario.attributes or {}):
            document.refuse(
                "'batch' and 'service_tier' say the same thing",
                (*place, "batch"),
                "Give one of them.",
            )


def _check_usage(scenario: Scenario, document: Document, place: tuple[str, ...]) -> None:
    usage = scenario.usage
    given = [kind for kind in ("fixture", "run", "inline") if getattr(usage, kind) is not None]
    if len(given) != 1:
        what = "says nothing" if not given else f"says it twice: {' and '.join(given)}"
        document.refuse(
            f"'usage' {what}", (*place, "usage"), "Give one of fixture, run and inline."
        )
        return
    for kind in ("fixture", "run"):
        for number, path in enumerate(getattr(usage, kind) or ()):
            if path.startswith(("/", "~", "-")) or "\\" in path:
                document.refuse(
                    f"'{path}' is no path from this file",
                    (*place, "usage", kind, number),
                    "As fixtures/calls.jsonl.",
                )
            elif set(path) & set("*?["):
                document.refuse(
                    f"'{path}' is a pattern",
                    (*place, "usage", kind, number),
                    "Name the files, or their folder.",
                )
        listed = getattr(usage, kind) or ()
        if len(set(listed)) < len(listed):
            document.refuse("a file is named twice", (*place, "usage", kind), "Name each once.")
    if usage.inline is not None:
        if not any(usage.inline.values()):
            document.refuse(
                "counts of nothing", (*place, "usage", "inline"), "Give those of a call."
            )
        if scenario.model is None and scenario.mix is None:
            document.refuse("counts without a model", (*place, "usage"), "Add `model: ID`.")
        for key in ("stat", "shape"):
            if getattr(usage, key) is not None:
                document.refuse(
                    f"'{key}' says nothing of counts", (*place, "usage", key), "Leave it out."
                )


def _check_calls(scenario: Scenario, document: Document, place: tuple[str, ...]) -> None:
    is_run = scenario.usage.run is not None
    wanted, other = ("runs", "calls") if is_run else ("calls", "runs")
    tree = document.at(place)
    is_none = isinstance(tree, dict) and tree.get("calls") == "none"
    if is_run and is_none and scenario.runs is None:
        return
    if getattr(scenario, other) is not None:
        what = "a captured run has runs" if is_run else "only a captured run has 'runs'"
        document.refuse(what, (*place, other), f"Write {wanted}: {{per_day: 20}}.")
        return
    counted = getattr(scenario, wanted)
    if counted is None:
        document.refuse(
            f"'{wanted}' is missing",
            place,
            f"Add `{wanted}: {{per_day: …}}`, or `calls: none` for no projection.",
        )
        return
    if is_none:
        return
    given = [key for key in ("per_day", "per_month") if getattr(counted, key) is not None]
    if len(given) != 1:
        what = "twice: per_day and per_month" if given else "not how many"
        document.refuse(
            f"'{wanted}' says {what}", (*place, wanted), "Give one of per_day and per_month."
        )


def check_budgets(file: BudgetFile, document: Document) -> None:
    first: dict[str, int] = {}
    for number, budget in enumerate(file.budgets):
        place = ("budgets", number)
        if budget.id in first:
            line = document.line(("budgets", first[budget.id], "id"))
            document.refuse(
                f"'{budget.id}' is given twice", (*place, "id"), f"First given in line {line}."
            )
        first.setdefault(budget.id, number)
        _check_kind(budget, document, place)
        _check_scope(file, budget, document, place)


def _check_kind(budget: Budget, document: Document, place: tuple[str | int, ...]) -> None:
    given = [kind for kind in KINDS if getattr(budget, kind) is not None]
    if len(given) != 1:
        what = "judges nothing" if not given else f"judges {' and '.join(given)}"
        document.refuse(f"budget '{budget.id}' {what}", place, f"Give one of {', '.join(KINDS)}.")
        return
    kind = given[0]
    for key in _DETAILS:
        if getattr(budget, key) is not None and key not in _BESIDE[kind]:
            document.refuse(f"'{key}' says nothing beside '{kind}'", (*place, key), "Leave it out.")
    if kind == "limit":
        if budget.stat is not None and budget.per not in _ITEMISED:
            document.refuse(
                f"'stat' says nothing of a {budget.per or 'month'}",
                (*place, "stat"),
                "It chooses among calls, tests or sessions: add `per: call`.",
            )
        if budget.warn_at is not None and not 0 < budget.warn_at < 1:
            shown = text(multiply(budget.warn_at, 100))
            document.refuse(
                f"'warn_at' of {shown}%: a warning comes before the limit",
                (*place, "warn_at"),
                "Give more than 0% and less than 100% of the limit, as 80%.",
            )
    if budget.increase is not None:
        if budget.increase.amount is None and budget.increase.percent is None:
            document.refuse(
                "'increase' allows what?", (*place, "increase"), "Give amount, percent or both."
            )
        if budget.per not in (None, "day", "month"):
            document.refuse(
                f"an increase per {budget.per}", (*place, "per"), "It is per day or per month."
            )
    if budget.metric is not None:
        _check_metric(budget, document, place)


def _check_metric(budget: Budget, document: Document, place: tuple[str | int, ...]) -> None:
    if budget.min is None and budget.max is None:
        document.refuse(f"'{budget.metric}' has no bound", place, "Give min, max or both.")
    is_share = budget.metric == "cache_share"
    for key in ("min", "max"):
        found = getattr(budget, key)
        if found is not None and found[1] != is_share:
            write = "Write a share as 60%." if is_share else "Write a count as 4_000."
            document.refuse(f"'{key}' of {budget.metric}", (*place, key), write)
        elif found is not None and is_share and found[0] > 1:
            document.refuse(
                f"'{key}' is more than the whole", (*place, key), "A share is at most 100%."
            )
    if not document.bad and _is_always_kept(budget, is_share):
        document.refuse(
            f"budget '{budget.id}' cannot be broken", place, "Give a bound that calls can break."
        )
    if budget.min is not None and budget.max is not None and budget.min[0] > budget.max[0]:
        document.refuse("'min' is above 'max'", (*place, "min"), "Nothing lies between them.")
    if budget.stat is not None and (is_share or budget.metric == "calls"):
        document.refuse(
            f"'stat' says nothing of {budget.metric}", (*place, "stat"), "Leave it out."
        )


def _is_always_kept(budget: Budget, is_share: bool) -> bool:
    """Tell whether every metric lies within the bounds that are given."""
    has_min = budget.min is not None and budget.min[0] > 0
    has_max = budget.max is not None and not (is_share and budget.max[0] == 1)
    return (budget.min is not None or budget.max is not None) and not (has_min or has_max)


def _check_scope(
    file: BudgetFile, budget: Budget, document: Document, place: tuple[str | int, ...]
) -> None:
    every = file.scenarios.values()
    known: dict[str, list[str]] = {
        "scenario": list(file.scenarios),
        "owner": sorted({each.owner for each in every if each.owner is not None}),
        "tag": sorted({tag for each in every for tag in each.tags or ()}),
    }
    for key, found in known.items():
        for name in getattr(budget.scope, key) or ():
            if name not in found:
                listed = f"Known: {', '.join(found)}." if found else "No scenario has one."
                document.refuse(
                    f"no scenario has the {key} '{name}'" if key != "scenario"
                    else f"no scenario '{name}'",
                    (*place, "scope", key) if document.at((*place, "scope", key))
                    else (*place, "scope"),
                    did_you_mean(name, found) or f"{listed} Without a scope it is about all.",
                )  # fmt: skip
    if not scenarios_of(file, budget) and not document.bad:
        document.refuse(
            f"budget '{budget.id}' is about no scenario",
            (*place, "scope"),
            "No scenario is all of that; give fewer keys, or a budget for each.",
        )


def scenarios_of(file: BudgetFile, budget: Budget) -> list[str]:
    """Give the scenarios that a budget is about, models aside."""
    scope = budget.scope

    def is_meant(name: str, scenario: Scenario) -> bool:
        return (
            (scope.scenario is None or name in scope.scenario)
            and (scope.owner is None or scenario.owner in scope.owner)
            and (scope.tag is None or any(tag in scope.tag for tag in scenario.tags or ()))
        )

    return [name for name, scenario in file.scenarios.items() if is_meant(name, scenario)]


def check_currency(file: BudgetFile, document: Document) -> str | None:
    """Give the currency of totals: the file's, or that of all its limits."""
    if file.currency is not None:
        return file.currency
    found: dict[str, tuple[str | int, ...]] = {}
    for number, budget in enumerate(file.budgets):
        if budget.limit is not None:
            found.setdefault(budget.limit.currency, ("budgets", number, "limit"))
        if budget.increase is not None and budget.increase.amount is not None:
            place = ("budgets", number, "increase", "amount")
            found.setdefault(budget.increase.amount.currency, place)
    if len(found) > 1:
        listed = " and ".join(found)
        document.refuse(
            f"limits in {listed}",
            list(found.values())[1],
            "Say in which one totals are added: `currency: USD`.",
        )
        return None
    return next(iter(found), "USD")


def check_waivers(file: BudgetFile, document: Document) -> None:
    budgets = {budget.id: budget for budget in file.budgets}
    first: dict[str, int] = {}
    for number, waiver in enumerate(file.waivers):
        place = ("waivers", number)
        budget = budgets.get(waiver.budget)
        if budget is None:
            hint = did_you_mean(waiver.budget, budgets) or f"Known: {', '.join(budgets)}."
            document.refuse(f"no budget '{waiver.budget}'", (*place, "budget"), hint)
            continue
        if waiver.budget in first:
            line = document.line(("waivers", first[waiver.budget]))
            document.refuse(
                f"'{waiver.budget}' is waived twice", place, f"First waived in line {line}."
            )
        first.setdefault(waiver.budget, number)
        allowed = allowed_amounts(budget)
        if budget.limit is None and budget.increase is None:
            document.refuse(
                f"'{waiver.budget}' limits no amount",
                (*place, "budget"),
                "Only a limit or an increase can be waived.",
            )
        for each in allowed:
            if each.currency != waiver.up_to.currency:
                document.refuse(
                    f"a waiver in {waiver.up_to.currency} for {each.currency}",
                    (*place, "up_to"),
                    f"Write it in {each.currency}.",
                )
            elif waiver.up_to <= each:
                document.refuse(
                    f"a waiver up to {waiver.up_to}, and {each} is allowed anyway",
                    (*place, "up_to"),
                    "Give more, or leave the waiver out.",
                )


def allowed_amounts(budget: Budget) -> Iterable[Money]:
    """Give what a budget allows as an amount, where it does."""
    if budget.limit is not None:
        return [budget.limit]
    if budget.increase is not None and budget.increase.amount is not None:
        return [budget.increase.amount]
    return []
