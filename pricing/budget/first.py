"""Write a first budget file from a usage log: what was seen, and limits a little above it."""

from __future__ import annotations

import json
import posixpath
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.budget.file import read_budget
from pricing.budget.project import project
from pricing.errors import BudgetError
from pricing.instants import DAY, day
from pricing.money import EXACT, add, divide, multiply, rounded, text
from pricing.render.figures import figure_text
from pricing.usage.records import Records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.budget.parts import Prices
    from pricing.errors import Fault
    from pricing.money import Exact

_HEAD = """\
# A budget for what calls cost. Check it:  pricing budget check {name}
# What changed, and why:                   pricing budget diff {name} --base git:main
# In CI: docs/budgets.md. Every key: pricing budget schema.
version: 1
currency: {currency}
prices:
  stale_after: 180 days     # older cards cannot be judged by: exit status 3, never a pass
month: {{days: 30}}           # stated in every report

scenarios:
"""
_SCENARIO = """\
  {name}:
    # owner: team-name      # budgets may be scoped by owner and tags
    # source: app/x.py:42   # where annotations land
{calls}    usage: {{fixture: {path}, stat: mean}}     # or p50, p95, max: by nearest rank
"""
_BUDGETS = """\

budgets:
{month}  - id: call-p95
    per: call
    stat: p95
    limit: {call} {currency}          # {p95} was seen, and half as much again
  # - {{id: pr-increase, increase: {{amount: 500 {currency}, percent: 15%}}}}   # needs --base
  - id: models
    allow_models: [{models}]
"""
_MONTH = """\
  - id: month-total
    per: month
    limit: {limit} {currency}          # {seen} is projected, and a fifth more
    warn_at: 90%
"""


def first_file(
    logs: Sequence[str], shown: Sequence[str], path: str, folder: str, prices: Prices
) -> tuple[str, list[Fault]]:
    """Give the text of a budget file for some logs, and what of them cannot be judged.

    ``shown`` is how the file names the logs.

    Raises:
        UsageError: a log cannot be read.
        BudgetError: nothing of them can be judged, or what was written is no sound budget file.
    """
    names = _names(shown)
    scenarios = [
        _SCENARIO.format(name=name, path=_quoted(path), calls=_calls(log))
        for name, log, path in zip(names, logs, shown, strict=True)
    ]
    head = _HEAD.format(name=path, currency=prices.currency) + "".join(scenarios)
    # A first round tells what the limits must allow.
    draft = f"{head}\nbudgets: [{{id: draft, limit: 0 {prices.currency}}}]\n"
    found = project(read_budget(draft.encode(), path, folder), prices)
    faults = [problem.fault for each in found.values() for problem in each.problems]
    if not any(each.models for each in found.values()):
        raise BudgetError.of(faults)
    bound = "at least " if faults else ""
    month: Exact = Decimal(0)
    for each in found.values():
        month = add(month, multiply(each.per_day(), prices.month))
    p95 = max(each.per_call("p95") for each in found.values())
    models = sorted({model for each in found.values() for model in each.models})
    text_of_budgets = _BUDGETS.format(
        currency=prices.currency,
        month=_MONTH.format(
            currency=prices.currency,
            limit=_above(month, Decimal("1.2")),
            seen=f"{bound}{figure_text(month, places=2)}",
        )
        if month
        else "",
        call=_above(p95, Decimal("1.5")),
        p95=f"{bound}{text(rounded(p95, Decimal('0.000000001')))}",
        models=", ".join(map(_quoted, models)),
    )
    return head + text_of_budgets, faults


def _names(paths: Sequence[str]) -> list[str]:
    """Give each log a name of its own, made of its file's."""
    found: list[str] = []
    for path in paths:
        stem = posixpath.basename(path.rstrip("/")).split(".")[0]
        name = re.sub(r"[^A-Za-z0-9._-]", "_", stem).lstrip("._-") or "calls"
        count = 1
        while (unique := name if count == 1 else f"{name}-{count}") in found:
            count += 1
        found.append(unique)
    return found


def _quoted(word: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9./_-]*", word)
    return word if plain else json.dumps(word, ensure_ascii=False)


def _calls(log: str) -> str:
    """Give how many calls a day the log shows; none where it has no times."""
    records = Records([log])
    count, first, last, timeless = 0, 0, 0, 0
    for usages in records:
        at = usages[0].at
        count += 1
        if at is None:
            timeless += 1
        else:
            first, last = (at, at) if not last else (min(first, at), max(last, at))
    if timeless or not count:
        return "    calls: none             # the log has no times: write {per_day: …}\n"
    days = last // DAY - first // DAY + 1
    per_day = rounded(divide(Decimal(count), days), Decimal("0.01"), "up")
    seen = f"{count:,} calls from {day(first)} to {day(last)}"
    return f"    calls: {{per_day: {text(per_day)}}}    # {seen}\n"


def _above(amount: Exact, factor: Decimal) -> str:
    """Give an amount times a factor, rounded up to two digits."""
    wanted = multiply(amount, factor)
    quantum = Decimal("1e-9")
    while EXACT.multiply(quantum, Decimal(100)) <= wanted:
        quantum = EXACT.multiply(quantum, Decimal(10))
    shown = f"{rounded(wanted, quantum, 'up'):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
