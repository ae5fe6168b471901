"""Judge a budget file, perhaps against a base: projections, verdicts, causes, all exact."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pricing.budget.base import NONE, open_base
from pricing.budget.causes import Cause, causes_of
from pricing.budget.file import check_names
from pricing.budget.judge import FAIL, PASS, UNKNOWN, VERDICTS, Judge, Judged
from pricing.budget.parts import Prices, Problem
from pricing.budget.project import project
from pricing.catalog import load_catalog
from pricing.errors import BudgetError, CardError
from pricing.instants import DAY, day, now
from pricing.money import ZERO, add, multiply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.budget.file import Loaded
    from pricing.budget.project import Projection
    from pricing.money import Exact

EXITS = {FAIL: 1, UNKNOWN: 3}


@dataclass
class Result:
    """What came of a budget file; amounts of a month are the file's currency, unrounded."""

    loaded: Loaded
    prices: Prices
    head: dict[str, Projection]
    base: dict[str, Projection] | None = None
    #: what the base is called
    base_name: str | None = None
    judged: list[Judged] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    #: what is wrong with the base or the prices as a whole
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def all_problems(self) -> list[Problem]:
        """Every reason for which something cannot be judged, each once."""
        found = list(self.problems)
        for side in (self.head, self.base or {}):
            found += [problem for each in side.values() for problem in each.problems]
        found += [problem for each in self.judged for problem in each.problems]
        return list({str(problem.fault): problem for problem in found}.values())

    @property
    def verdict(self) -> str:
        """The worst of all; a certain failure outweighs what cannot be judged."""
        found = {each.verdict for each in self.judged}
        if self.all_problems:
            found.add(UNKNOWN)
        return next((verdict for verdict in VERDICTS if verdict in found), PASS)

    @property
    def exit(self) -> int:
        return EXITS.get(self.verdict, 0)

    def month(self, side: dict[str, Projection] | None = None) -> Exact:
        """Give what all scenarios of a side cost in a month."""
        total: Exact = ZERO
        for each in (self.head if side is None else side).values():
            total = add(total, multiply(each.per_day(), self.prices.month))
        return total

    @property
    def is_bound(self) -> bool:
        return any(each.is_bound for each in self.head.values()) or bool(self.problems)

    @property
    def is_base_bound(self) -> bool:
        return any(each.is_bound for each in (self.base or {}).values()) or bool(self.problems)


def budget_result(
    loaded: Loaded,
    base: str | None = None,
    *,
    cards: Sequence[str] = (),
    at: int | None = None,
    judges: bool = True,
) -> Result:
    """Judge a budget file as of an instant, now where none is given.

    ``base`` is a file, git:REVISION, or "none" where there was no budget before. ``cards`` are
    folders laid over the shipped cards and those that the file names.

    Raises:
        BudgetError: the file or its base is wrong.
        CardError: a card is.
    """
    today = now() if at is None else at
    _check_folders(loaded)
    prices = prices_of(loaded, cards, today)
    check_names(loaded, prices.catalog)
    found = Result(loaded, prices, project(loaded, prices))
    _check_day(found)
    if base is None:
        pass
    elif base == NONE:
        found.base, found.base_name = {}, NONE
    else:
        if judges:
            _refuse_itself(base, loaded.document.shown)
        with open_base(base, loaded.document.shown) as (before, name):
            found.base_name = name
            _read_base(found, before, cards)
    if found.base == {}:
        found.causes = causes_of({}, found.head, prices, prices)
    if judges:
        judge = Judge(loaded, found.head, found.base, prices, found.problems)
        found.judged = judge.all()
    _tell(found)
    return found


def _refuse_itself(base: str, path: str) -> None:
    """Refuse a base that is the file which it is to judge: no increase could fail."""
    if os.path.isfile(base) and os.path.isfile(path) and os.path.samefile(base, path):
        raise BudgetError(
            f"the base {base} is the budget file itself",
            remedy="Give what it was before, as --base git:origin/main.",
        )


def _check_folders(loaded: Loaded) -> None:
    """Refuse cards that are not there, at the line that names them; raises BudgetError."""
    for number, name in enumerate(loaded.file.prices.cards or ()):
        if not os.path.isdir(loaded.path(name)):
            place = ("prices", "cards", number)
            what, remedy = f"no such folder: {name}", "It holds seller/model.yaml."
            raise BudgetError.of([loaded.fault(what, place, remedy)])


def prices_of(loaded: Loaded, cards: Sequence[str], today: int) -> Prices:
    """Give what prices the scenarios of a file.

    Raises:
        CardError: a card is wrong, or a folder of them is not there.
    """
    file = loaded.file.prices
    folders = [loaded.path(each) for each in file.cards or ()]
    return Prices(
        load_catalog(*folders, *cards),
        today if file.at is None else file.at,
        today,
        file.stale_after,
        loaded.currency,
        loaded.month,
        file.estimates,
    )


def _read_base(found: Result, before: Loaded, cards: Sequence[str]) -> None:
    """Price the base at the head's instant and month, with its own cards."""
    from dataclasses import replace

    prices = found.prices
    try:
        old = prices_of(before, cards, prices.today)
    except CardError as error:
        # the base may lie in a folder of its own that nobody knows
        for fault in error.faults:
            fault.path = None if fault.path is None else before.told(fault.path)
        raise
    is_same = old.catalog.digest == prices.catalog.digest
    catalog = prices.catalog if is_same else old.catalog
    check_names(before, catalog)
    if before.currency != found.loaded.currency:
        fault = found.loaded.fault(
            f"totals in {found.loaded.currency}, those of the base in {before.currency}",
            ("currency",),
            "Give both files the same `currency`.",
        )
        found.problems.append(Problem("currency", fault))
        return
    if before.month != prices.month:
        found.notes.append("the base's month has another length: both are of the head's")
    if not is_same:
        found.notes.append("the cards of base and head differ")
    side = replace(prices, catalog=catalog)
    found.base = project(before, side)
    found.causes = causes_of(found.base, found.head, side, prices)


def _check_day(found: Result) -> None:
    """Refuse a day of prices that is stale itself, or has not come."""
    prices = found.prices
    if found.loaded.file.prices.at is None:
        return
    age = (prices.today - prices.at) // DAY
    place = ("prices", "at")
    if age > prices.stale_after:
        what = f"prices of {day(prices.at)}, {age} days ago; stale after {prices.stale_after} days"
        fault = found.loaded.fault(what, place, "Move the day, or leave it out for today's prices.")
        found.problems.append(Problem("stale", fault))
    elif age < 0:
        fault = found.loaded.fault(
            f"prices of {day(prices.at)}, which has not come",
            place,
            f"Today is {day(prices.today)}.",
        )
        found.problems.append(Problem("stale", fault))


def _tell(found: Result) -> None:
    """Gather the notes of all scenarios, and what was assumed."""
    notes = found.notes
    notes += [note for each in found.head.values() for note in each.notes]
    for each in found.head.values():
        if each.calls is None:
            notes.append(f"{each.name}: not projected (calls: none)")
        elif not each.calls:
            notes.append(f"{each.name}: 0 calls a day")
    for each in (found.base or {}).values():
        notes += [f"base: {note}" for note in each.notes if note not in notes]
    found.notes = list(dict.fromkeys(notes))
