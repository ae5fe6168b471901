"""Judge budgets: pass, warn, waived, fail, or cannot judge; compared exactly, before any rounding.

``spend <= limit`` passes. What is known only in part is a lower bound: above the limit it fails
all the same, below it nothing can be said, and that is no pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricing.budget.checks import kind_of, scenarios_of
from pricing.budget.groups import grouped, metric_of, of_groups
from pricing.budget.project import is_model
from pricing.budget.rise import Rise, has_model
from pricing.budget.words import amount_text, bound_text, minus, percent_text
from pricing.cards.strict import visible
from pricing.errors import NoExchangeRate
from pricing.instants import day
from pricing.money import ZERO, Money, add, divide, multiply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricing.budget.file import Loaded
    from pricing.budget.parts import Prices, Problem
    from pricing.budget.project import Projection
    from pricing.budget.schema import Budget, Waiver
    from pricing.money import Exact

FAIL, UNKNOWN, WARN, WAIVED, PASS = "fail", "cannot judge", "warn", "waived", "pass"
#: worst first
VERDICTS = (FAIL, UNKNOWN, WARN, WAIVED, PASS)
_GROUPED = ("test", "session")


@dataclass
class Judged:
    """A budget and what came of it; amounts are in ``currency``, unrounded."""

    budget: Budget
    kind: str
    verdict: str
    message: str
    per: str | None = None
    stat: str | None = None
    currency: str | None = None
    value: Exact | None = None
    limit: Exact | None = None
    is_bound: bool = False
    #: the scenario, and its test or session, that decides, where a single one does
    scenario: str | None = None
    name: str | None = None
    waiver: Waiver | None = None
    #: why it cannot be judged
    problems: tuple[Problem, ...] = ()
    #: a word on a waiver that does not help, or is needed no more
    note: str | None = None

    @property
    def used(self) -> Exact | None:
        """The share of the limit that is spent; None for what is no money, and of a limit of 0."""
        if self.currency is None:
            return None
        return divide(self.value, self.limit) if self.value is not None and self.limit else None

    @property
    def over(self) -> Exact | None:
        """By how much the limit is exceeded."""
        if self.currency is None or self.value is None or self.limit is None:
            return None
        if self.value <= self.limit:
            return None
        return add(self.value, multiply(self.limit, -1))


class Judge:
    """Judges the budgets of a file on what its scenarios cost."""

    def __init__(
        self,
        loaded: Loaded,
        head: Mapping[str, Projection],
        base: Mapping[str, Projection] | None,
        prices: Prices,
        base_problems: Sequence[Problem] = (),
    ) -> None:
        self.loaded = loaded
        self.head = head
        self.base = base
        self.prices = prices
        self.base_problems = tuple(base_problems)
        self.waivers = {waiver.budget: waiver for waiver in loaded.file.waivers}

    def all(self) -> list[Judged]:
        """Give what came of each budget, in the order of the file."""
        return [self.judged(number) for number in range(len(self.loaded.file.budgets))]

    def judged(self, number: int) -> Judged:
        """Give what came of one budget."""
        budget = self.loaded.file.budgets[number]
        place = ("budgets", number)
        kind = kind_of(budget)
        meant = [self.head[name] for name in scenarios_of(self.loaded.file, budget)]
        models = budget.scope.model
        if models is not None:
            was = (self.base or {}).values() if kind == "increase" else ()
            meant = [each for each in meant if has_model(each, models)]
            if not meant and not any(has_model(each, models) for each in was):
                listed = ", ".join(models)
                return self._unknown(
                    budget, kind, place, f"no scenario uses a model like {listed}",
                    "Mend the pattern, or leave the budget out.",
                )  # fmt: skip
        if kind == "limit":
            found = self._limit(budget, meant, place)
        elif kind == "increase":
            found = self._increase(budget, place)
        elif kind == "metric":
            found = self._metric(budget, meant)
        else:
            found = self._models(budget, meant)
        return self._waived(found)

    def _unknown(
        self, budget: Budget, kind: str, place: tuple[str | int, ...], what: str, remedy: str
    ) -> Judged:
        from pricing.budget.parts import Problem

        problem = Problem("budget", self.loaded.fault(what, place, remedy))
        return Judged(
            budget, kind, UNKNOWN, what, per=budget.per, problems=(problem,), is_bound=True
        )

    def _limit(
        self, budget: Budget, meant: Sequence[Projection], place: tuple[str | int, ...]
    ) -> Judged:
        assert budget.limit is not None
        per = budget.per or "month"
        if per in _GROUPED:
            return self._grouped(budget, meant, place)
        models = budget.scope.model
        scenario, stat = None, None
        if per == "call":
            stat = budget.stat or "mean"
            amounts = [(each.per_call_on(models, stat), each.name) for each in meant]
            value, scenario = max(amounts, key=lambda row: row[0])
        else:
            projected = [each for each in meant if each.calls is not None]
            if not projected:
                what = "no scenario of it is projected"
                return self._unknown(budget, "limit", place, what, "Say how many calls it makes.")
            value = ZERO
            for each in projected:
                value = add(value, each.per_day(models))
            value = multiply(value, self.prices.month) if per == "month" else value
            meant = projected
        return self._against(budget, per, stat, value, meant, place, scenario)

    def _grouped(
        self, budget: Budget, meant: Sequence[Projection], place: tuple[str | int, ...]
    ) -> Judged:
        """Judge recorded tests or sessions; each call must say which it belongs to."""
        per, stat = budget.per or "", budget.stat or "max"
        best: tuple[Exact, str, str | None] | None = None
        for each in meant:
            amounts, unlabelled = grouped(each, per, budget.scope.model)
            if unlabelled and not each.problems:
                count = f"{unlabelled:,} of {each.records:,} calls" if each.records else "counts"
                return self._unknown(
                    budget, "limit", place,
                    f"{count} of {each.name} name no {per}",
                    f"Record them with the label '{per}'.",
                )  # fmt: skip
            if amounts:
                value, name = of_groups(amounts, stat)
                if best is None or value > best[0]:
                    best = (value, each.name, name)
        if best is None:
            best = (ZERO, meant[0].name, None)
        found = self._against(budget, per, stat, best[0], meant, place, best[1], best[2])
        return found

    def _against(
        self,
        budget: Budget,
        per: str,
        stat: str | None,
        value: Exact,
        meant: Sequence[Projection],
        place: tuple[str | int, ...],
        scenario: str | None = None,
        name: str | None = None,
    ) -> Judged:
        """Hold an amount against a limit, in the limit's currency."""
        assert budget.limit is not None
        limit = budget.limit
        problems = tuple(problem for each in meant for problem in each.problems)
        try:
            value = self._converted(value, limit.currency)
        except NoExchangeRate as error:
            return self._unknown(budget, "limit", place, error.what, error.remedy or "")
        found = Judged(
            budget, "limit", PASS, "", per, stat, limit.currency, value, limit.amount,
            bool(problems), scenario, name, problems=problems,
        )  # fmt: skip
        if value > limit.amount:
            found.verdict = FAIL
        elif problems:
            found.verdict = UNKNOWN
        elif budget.warn_at is not None and value >= multiply(limit.amount, budget.warn_at):
            found.verdict = WARN
        found.message = self._told(found)
        return found

    def _converted(self, value: Exact, currency: str) -> Exact:
        money = Money(value, self.prices.currency)
        return self.prices.catalog.convert(money, currency, self.prices.at)[0].amount

    def _told(self, found: Judged) -> str:
        """Give "support_chat p95 call 0.030492 USD, limit 0.020000 USD"."""
        assert found.value is not None
        assert found.limit is not None
        shown, limit = amount_text(found.value, found.limit, found.is_bound)
        is_known = found.value or not found.is_bound
        shown = f"{shown} {found.currency}" if is_known else "not known"
        subject = {"call": f"{found.scenario} {found.stat} call", "day": "projected day"}.get(
            found.per or "", "projected month"
        )
        if found.per in _GROUPED:
            which = f" '{visible(found.name)}'" if found.name is not None else ""
            stat = "" if found.stat == "max" else f"{found.stat} "
            subject = f"{found.scenario} {stat}{found.per}{which}"
        return f"{subject} {shown}, limit {limit} {found.currency}"

    def _increase(self, budget: Budget, place: tuple[str | int, ...]) -> Judged:
        assert budget.increase is not None
        if self.base is None:
            what = "there is no base to compare with"
            remedy = "Give --base FILE or --base git:REVISION, or --base none at the start."
            if self.base_problems:
                fault = self.base_problems[0].fault
                what, remedy = f"the base cannot be compared with: {fault.what}", fault.remedy or ""
            return self._unknown(budget, "increase", place, what, remedy)
        found = Rise(self.loaded.file, budget, self.head, self.base)
        if not found.is_projected:
            what = "no scenario of it is projected"
            return self._unknown(budget, "increase", place, what, "Say how many calls it makes.")
        per = budget.per or "month"
        days = self.prices.month if per == "month" else 1
        before = multiply(found.before_a_day, days)
        rise = minus(multiply(found.after_a_day, days), before)
        problems = [*self.base_problems, *found.base_problems]
        unknown_base = bool(problems)
        problems += found.head_problems
        return self._risen(budget, per, before, rise, problems, unknown_base, place)

    def _risen(
        self,
        budget: Budget,
        per: str,
        before: Exact,
        rise: Exact,
        problems: list[Problem],
        unknown_base: bool,
        place: tuple[str | int, ...],
    ) -> Judged:
        allowed = budget.increase
        assert allowed is not None
        currency, limit = self.prices.currency, None
        if allowed.amount is not None:
            currency, limit = allowed.amount.currency, allowed.amount.amount
        try:
            before, rise = self._converted(before, currency), self._converted(rise, currency)
        except NoExchangeRate as error:
            return self._unknown(budget, "increase", place, error.what, error.remedy or "")
        broken = []
        if limit is not None:
            broken.append(rise > limit)
        if allowed.percent is not None:
            most = multiply(before, allowed.percent)
            broken.append(rise > most)
            limit = most if limit is None else limit
        is_over = all(broken) if allowed.when == "all" else any(broken)
        found = Judged(
            budget, "increase", PASS, "", per, None, currency, rise, limit, bool(problems),
            problems=tuple(problems),
        )  # fmt: skip
        if is_over and not unknown_base:
            found.verdict = FAIL
        elif problems:
            found.verdict = UNKNOWN
        assert limit is not None
        shown, most_shown = amount_text(rise, limit, found.is_bound)
        by = f" ({percent_text(divide(rise, before), signed=True)})" if before else ""
        parts = [f"{most_shown} {currency}"] if allowed.amount is not None else []
        if allowed.percent is not None:
            of = "" if before or unknown_base else " of a base of 0"
            parts.append(f"{percent_text(allowed.percent)}{of}")
        told = f"{per} {'rises' if rise > 0 else 'changes'} by {shown} {currency}{by}"
        if found.verdict == UNKNOWN:
            found.value, told = None, f"the change of a {per} is not known"
            if allowed.amount is None and unknown_base:
                found.limit = None
        found.message = (
            f"{told}, allowed {(' and ' if allowed.when == 'all' else ' or ').join(parts)}"
        )
        return found

    def _metric(self, budget: Budget, meant: Sequence[Projection]) -> Judged:
        """Judge each scenario on its own; the worst one is told."""
        problems = tuple(problem for each in meant for problem in each.problems)
        name = budget.metric or ""
        found = Judged(
            budget, "metric", PASS, "", None, budget.stat, None, problems=problems,
            is_bound=bool(problems),
        )  # fmt: skip
        rows: list[tuple[bool, Exact, str]] = []
        for each in meant:
            value = metric_of(each, name, budget.stat, self.prices, budget.scope.model)
            if value is not None:
                below = budget.min is not None and value < budget.min[0]
                above = budget.max is not None and value > budget.max[0]
                rows.append((below or above, value, each.name))
        if not rows and not problems:
            place = ("budgets", self.loaded.file.budgets.index(budget))
            what = f"no scenario of it has a {name}"
            return self._unknown(budget, "metric", place, what, "Mend the scope or the metric.")
        if rows:
            # of several, one that breaks it; else the one that is nearest to a bound
            sign = 1 if budget.max is not None else -1
            is_broken, value, scenario = max(rows, key=lambda row: (row[0], sign * row[1]))
            below = budget.min is not None and value < budget.min[0]
            limit = budget.min if below or budget.max is None else budget.max
            assert limit is not None
            found.value, found.limit, found.scenario = value, limit[0], scenario
            # more tokens than known can only be more; a share could be anything
            sure = not problems or (not below and not limit[1])
            found.verdict = FAIL if is_broken and sure else UNKNOWN if problems else PASS
            bounds = {"min": budget.min, "max": budget.max}
            listed = ", ".join(f"{side} {bound_text(*b)}" for side, b in bounds.items() if b)
            found.message = f"{scenario} {name} {bound_text(value, limit[1])}, {listed}"
        else:
            found.verdict, found.message = UNKNOWN, f"{name} is not known"
        return found

    def _models(self, budget: Budget, meant: Sequence[Projection]) -> Judged:
        allowed, models = budget.allow_models or [], budget.scope.model
        problems = tuple(problem for each in meant for problem in each.problems)
        odd: dict[str, str] = {}
        for each in meant:
            for part in each.parts:
                for line in part.part.lines:
                    is_meant = models is None or is_model(line, models)
                    if is_meant and not is_model(line, allowed):
                        odd.setdefault(line.model, each.name)
        found = Judged(budget, "allow_models", PASS, "all models are priced and allowed")
        found.problems, found.is_bound = problems, bool(problems)
        if odd:
            listed = ", ".join(f"{model} ({name})" for model, name in odd.items())
            found.verdict = FAIL
            found.scenario = next(iter(odd.values()))
            found.message = f"not allowed: {listed}"
        elif problems:
            found.verdict, found.message = UNKNOWN, "not all models are known"
        return found

    def _waived(self, found: Judged) -> Judged:
        """Lower what a waiver covers, say why one does not, and lower what only warns."""
        waiver = self.waivers.get(found.budget.id)
        if waiver is not None:
            found.waiver = waiver
            today = day(self.prices.today)
            if found.verdict == FAIL and found.value is not None:
                most = waiver.up_to
                if today > waiver.until:
                    found.note = f"the waiver up to {most} ended with {waiver.until}"
                elif found.value > most.amount or most.currency != found.currency:
                    found.note = f"the waiver up to {most} does not cover it"
                elif found.problems:
                    found.verdict = UNKNOWN
                else:
                    found.verdict = WAIVED
                    until = f"until {waiver.until} by {waiver.by}"
                    found.note = f"waived up to {most} {until}: {waiver.reason}"
            elif found.verdict in (PASS, WARN):
                ended = today > waiver.until
                found.note = f"its waiver {'has ended' if ended else 'is not needed now'}"
        if found.verdict == FAIL and found.budget.severity == "warning":
            found.verdict = WARN
        return found
