"""Project what scenarios cost: a day and a month of calls, each part priced exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pricing.budget.age import stale
from pricing.budget.parts import ONE, Part, Prices, Problem, read_calls
from pricing.cards.strict import visible
from pricing.errors import Fault, NoExchangeRate, NoRevision, RatingError
from pricing.money import ZERO, add, divide, multiply
from pricing.rating.rate import rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pricing.budget.file import Loaded
    from pricing.budget.parts import Line
    from pricing.budget.schema import Scenario
    from pricing.money import Exact
    from pricing.rating.cost import Extra
    from pricing.rating.priced import Priced as Rule
    from pricing.rating.priced import Refusal

_RANKS = {"p50": Decimal("0.50"), "p95": Decimal("0.95"), "max": ONE}


@dataclass(frozen=True)
class Priced:
    """A part and what each of its lines costs; ``is_bound``: some of it has no price.

    ``rules`` are those that priced it.
    """

    part: Part
    amounts: tuple[Exact, ...]
    is_bound: bool = False
    rules: tuple[Rule | Extra, ...] = ()

    def amount(self, models: Sequence[str] | None = None) -> Exact:
        """Give what the call costs, on the models of these patterns only."""
        total: Exact = ZERO
        for line, amount in zip(self.part.lines, self.amounts, strict=True):
            if models is None or is_model(line, models):
                total = add(total, amount)
        return total


@dataclass
class Projection:
    """A scenario: its calls a day (None: not projected), and what they cost."""

    name: str
    scenario: Scenario
    calls: Exact | None
    parts: list[Priced] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    records: int = 0

    @property
    def is_bound(self) -> bool:
        return bool(self.problems)

    @property
    def models(self) -> list[str]:
        """The models of its calls, as they are named, those with most calls first."""
        shares: dict[str, Exact] = {}
        for each in self.parts:
            for line in each.part.lines:
                shares[line.model] = add(shares.get(line.model, ZERO), each.part.share)
        return sorted(shares, key=lambda model: -shares[model])

    def chosen(self, stat: str | None = None) -> list[tuple[Exact, Priced]]:
        """Give the calls that stand for all, each with its weight: all, or one of a rank."""
        stat = stat or self.scenario.usage.stat or "mean"
        if stat == "mean" or not self.parts:
            return [(each.part.share, each) for each in self.parts]
        return [(ONE, ranked(self.parts, stat))]

    def per_call(self, stat: str | None = None) -> Exact:
        """Give what one call costs: the mean, or at the nearest rank."""
        return total_of((weight, each.amount()) for weight, each in self.chosen(stat))

    def per_call_on(self, models: Sequence[str] | None, stat: str) -> Exact:
        """Give what a call costs on the models of these patterns, of the calls that use one.

        A call whose model is not known may be one of them, so that this is a lower bound then.
        """
        if models is None:
            return self.per_call(stat)
        rows = [(each.amount(models), each.part.share) for each in self.on(models)]
        whole = total_of((ONE, share) for _, share in rows)
        if not whole:
            return ZERO
        if stat == "mean":
            return divide(total_of(rows), whole)
        return nearest_rank([(amount, divide(share, whole)) for amount, share in rows], stat)

    def on(self, models: Sequence[str] | None) -> list[Priced]:
        """Give the parts that use a model of these patterns, or may do so; None: all of them."""
        return [
            each
            for each in self.parts
            if models is None
            or not each.part.lines
            or any(is_model(line, models) for line in each.part.lines)
        ]

    def per_day(self, models: Sequence[str] | None = None) -> Exact:
        """Give what a day of calls costs, on these models; 0 where none are projected.

        Of the calls that use one of the models, the one at the scenario's rank stands for them.
        """
        if self.calls is None:
            return ZERO
        if models is None:
            return multiply(self.calls, self.per_call())
        stat = self.scenario.usage.stat or "mean"
        served = [each.part.share for each in self.on(models) if each.part.lines or stat == "mean"]
        calls = multiply(self.calls, total_of((ONE, share) for share in served))
        return multiply(calls, self.per_call_on(models, stat))


def total_of(weighted: Iterable[tuple[Exact, Exact]]) -> Exact:
    """Give the sum of amounts, each times its weight."""
    total: Exact = ZERO
    for weight, amount in weighted:
        total = add(total, multiply(weight, amount))
    return total


def nearest_rank(amounts: Iterable[tuple[Exact, Exact]], stat: str) -> Exact:
    """Give the least of (amount, share) that so large a share of calls does not exceed."""
    rows = sorted(amounts, key=lambda row: row[0])
    reached: Exact = ZERO
    for amount, share in rows:
        reached = add(reached, share)
        if reached >= _RANKS[stat]:
            return amount
    return rows[-1][0]


def ranked(parts: Sequence[Priced], stat: str) -> Priced:
    """Give the part at the nearest rank by what it costs."""
    rows = sorted(parts, key=lambda each: each.amount())
    reached: Exact = ZERO
    for each in rows:
        reached = add(reached, each.part.share)
        if reached >= _RANKS[stat]:
            return each
    return rows[-1]


def is_model(line: Line, patterns: Iterable[str]) -> bool:
    """Tell whether a line's model, as named or by its card, is one of these patterns."""
    names = (line.model, line.card.model, line.card.name)
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def project(loaded: Loaded, prices: Prices) -> dict[str, Projection]:
    """Give what each scenario of a file costs at these prices."""
    return {name: _projected(loaded, name, prices) for name in loaded.file.scenarios}


def _projected(loaded: Loaded, name: str, prices: Prices) -> Projection:
    scenario = loaded.file.scenarios[name]
    calls = read_calls(loaded, name, prices)
    found = Projection(
        name,
        scenario,
        calls_a_day(scenario, calls.records, prices.month),
        problems=list(calls.problems),
        notes=calls.notes,
        records=calls.records,
    )
    missing: dict[str, tuple[Problem, int]] = {}
    for part in calls.parts:
        priced, problems, notes = price(part, prices)
        found.parts.append(priced)
        found.notes += [f"{name}: {note}" for note in notes]
        for problem in problems:
            first, count = missing.get(problem.fault.what, (problem, 0))
            missing[problem.fault.what] = (first, count + 1)
    for problem, count in missing.values():
        fault = problem.fault
        if fault.path is None:
            placed = loaded.fault(fault.what, ("scenarios", name), fault.remedy)
        else:
            what = f"{fault.what} ({count:,} calls)" if count > 1 else fault.what
            placed = Fault(what, path=loaded.told(fault.path), line=fault.line, remedy=fault.remedy)
        found.problems.append(Problem(problem.kind, placed))
    _refuse_stale(loaded, found, prices)
    found.notes = list(dict.fromkeys(found.notes))
    return found


def _refuse_stale(loaded: Loaded, found: Projection, prices: Prices) -> None:
    """Count nothing where the prices rest on something that nobody has looked at for too long."""
    lines = [line for each in found.parts for line in each.part.lines]
    cards = {line.card.name: line.card for line in lines}
    rules = [rule for each in found.parts for rule in each.rules]
    has_own = loaded.file.prices.model_fields_set
    place = ("prices", "stale_after") if has_own else ("scenarios", found.name)
    for what, remedy in stale(cards.values(), rules, prices):
        found.problems.append(Problem("stale", loaded.fault(what, place, remedy)))
        found.parts = []


def calls_a_day(scenario: Scenario, records: int, month: Exact) -> Exact | None:
    """Give the calls of a day, retries and growth included; None where none are projected."""
    counted = scenario.runs if scenario.usage.run is not None else scenario.calls
    if counted is None or (counted.per_day is None and counted.per_month is None):
        return None
    if counted.per_day is not None:
        found: Exact = counted.per_day
    else:
        found = divide(counted.per_month or ZERO, month)
    if scenario.usage.run is not None:
        found = multiply(found, records)
    found = multiply(found, getattr(counted, "retries", None) or ONE)
    return multiply(found, add(ONE, counted.growth)) if counted.growth is not None else found


def _refused(refusals: Iterable[Refusal]) -> list[tuple[str, str | None]]:
    """Give why meters have no price, and the remedy: those with the same reason as one."""
    found: dict[tuple[str, str, str | None], list[str]] = {}
    for each in refusals:
        start, meter, end = each.text.partition(f" {each.meter} ")
        end += "" if each.source is None else f", {each.source}"
        found.setdefault((start, end, each.remedy), []).append(meter.strip())
    return [
        (f"{start} {', '.join(meters)} {end}" if meters[0] else f"{start}{end}", remedy)
        for (start, end, remedy), meters in found.items()
    ]


def price(part: Part, prices: Prices) -> tuple[Priced, list[Problem], list[str]]:
    """Give what a part costs, what of it has no price, and what was assumed."""
    amounts: list[Exact] = []
    problems: list[Problem] = []
    notes: list[str] = []
    rules: list[Rule | Extra] = []
    for line in part.lines:
        usage = line.usage
        path, _, number = (usage.place or "").rpartition(":")
        at = {"path": path or None, "line": int(number) if number.isdigit() else None}
        try:
            cost = rate(usage, line.card, estimates=prices.estimates, partial=True)
        except RatingError as error:
            remedy = error.remedy
            if isinstance(error, NoRevision):
                remedy = f"{remedy}. Give a `model` with a price on that day."
            fault = Fault(visible(error.what), remedy=remedy, **at)  # type: ignore[arg-type]
            problems.append(Problem("unpriced", fault))
            amounts.append(ZERO)
            continue
        for what, remedy in _refused(cost.unpriced):
            fault = Fault(visible(f"{line.model}: {what}"), remedy=remedy, **at)  # type: ignore[arg-type]
            problems.append(Problem("unpriced", fault))
        for each in cost.lines:
            rules.append(each.priced)
            notes += [*([each.estimate] if each.estimate else []), *each.assumptions]
        money = cost.total
        if money.currency != prices.currency:
            try:
                money, source = prices.catalog.convert(money, prices.currency, prices.at)
                notes.append(f"{cost.currency} in {prices.currency} by {source}")
            except NoExchangeRate as error:
                fault = Fault(error.what, remedy=error.remedy)
                problems.append(Problem("currency", fault))
                amounts.append(ZERO)
                continue
        amounts.append(money.amount)
    priced = Priced(part, tuple(amounts), bool(problems), tuple(rules))
    return priced, problems, list(dict.fromkeys(notes))
