"""A log that holds only a part of the requests, spread over all of them."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import ZERO, add, divide, multiply, text
from pricing.reconcile.cells import DAY_AT, DIMENSIONS, MODEL, PROJECT
from pricing.reconcile.finding import Finding
from pricing.reconcile.state import NOTHING, quarters, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.money import Exact
    from pricing.reconcile.cells import Key
    from pricing.reconcile.state import State

#: cells that must be short, and the share of those with usage that are
_LEAST_CELLS = 12
_SHARE = (1, 3)
#: evidence in quarters of a bit that what is short is a whole number of tokens
_WHOLE = 80
#: days that there must be, and how many times the mean a day's missing share may be
_LEAST_DAYS = 3
_SPREAD = 4


def sampled_log(state: State, rest: dict[Key, Exact]) -> Finding | None:
    """Name a log that was sampled: all of it, or that of one project or model.

    Every cell is billed as much or more, on every day; what is short comes to whole tokens at the
    cell's own price, and no one factor explains it. What is named leaves ``rest``.
    """
    scopes: list[tuple[int, str] | None] = [None]
    scopes += [(n, text_) for n in (PROJECT, MODEL) for text_ in sorted({k[n] for k in rest})]
    for scope in scopes:
        own = {k: v for k, v in rest.items() if scope is None or k[scope[0]] == scope[1]}
        if len(own) < _LEAST_CELLS or any(left < 0 for left in own.values()):
            continue
        mine = [
            key
            for key in {*state.cells, *state.case.bill.cells}
            if scope is None or key[scope[0]] == scope[1]
        ]
        if scope is not None and not scope[1]:
            continue
        if len(own) * _SHARE[1] < len(mine) * _SHARE[0] or not _is_even(state, mine, own):
            continue
        if _evidence(state, own) < _WHOLE or _has_one_factor(state, own):
            continue
        return _found(state, rest, own, mine, scope)
    return None


def _found(
    state: State,
    rest: dict[Key, Exact],
    own: dict[Key, Exact],
    mine: Iterable[Key],
    scope: tuple[int, str] | None,
) -> Finding:
    total = _sum(own.values())
    for key in own:
        del rest[key]
    expected = _sum(state.cells.get(key, NOTHING)[0] for key in mine)
    share = divide(expected, add(expected, total))
    told = {} if scope is None else {DIMENSIONS[scope[0]]: [scope[1]]}
    note = "the amount is what is left; which requests are missing cannot be told"
    return Finding(
        "log_sampled",
        total,
        "fix_log",
        scope=told,
        about={"share_logged": text(_places(share)), "note": note},
        cells=list(own),
        bits=_evidence(state, own),
        clause="every day and kind of token is billed more, by whole tokens at the agreed price",
        apart="the provider's usage report (--usage-report)",
    )


def _places(share: Exact) -> Exact:
    from pricing.money import rounded

    return rounded(share, Decimal("0.001"))


def _sum(amounts: Iterable[Exact]) -> Exact:
    total: Exact = ZERO
    for amount in amounts:
        total = add(total, amount)
    return total


def _is_even(state: State, mine: Iterable[Key], own: dict[Key, Exact]) -> bool:
    """Tell whether about the same share is missing on every day."""
    expected: dict[str, Exact] = {}
    short: dict[str, Exact] = {}
    for key in mine:
        day = key[DAY_AT]
        expected[day] = add(expected.get(day, ZERO), state.cells.get(key, NOTHING)[0])
        short[day] = add(short.get(day, ZERO), own.get(key, ZERO))
    days = [day for day, amount in expected.items() if amount or short[day]]
    missing = [divide(short[day], add(short[day], expected[day])) for day in days]
    if len(days) < _LEAST_DAYS or 5 * sum(1 for share in missing if share) < 4 * len(days):
        return False
    whole = _sum(short[day] for day in days)
    mean = divide(whole, add(whole, _sum(expected[day] for day in days)))
    return max(missing) <= multiply(mean, _SPREAD)


def _prices(state: State) -> dict[Key, Exact]:
    """Give what one token costs in a cell, where all of them cost the same."""
    found: dict[Key, set[Exact]] = {}
    for charge in state.case.coarse:
        if charge.is_billed and charge.quantity:
            found.setdefault(charge.key, set()).add(divide(charge.base, charge.quantity))
    return {key: next(iter(prices)) for key, prices in found.items() if len(prices) == 1}


def _evidence(state: State, own: dict[Key, Exact]) -> int:
    """Give how much speaks for whole tokens that are missing; 0 where a cell speaks against it."""
    prices = _prices(state)
    found = against = 0
    for key, left in own.items():
        unit = prices.get(key)
        if not unit or unit <= 0:
            continue
        _, slack, more, step = state.off(key)
        wanted = divide(left, unit)
        if more is not None:
            if size(add(multiply(more, unit), multiply(left, -1))) > add(
                slack, multiply(step, unit)
            ):
                against += 1
            else:
                found += quarters(more, step or Decimal(1))
            continue
        room = divide(slack, unit)
        if multiply(room, 4) >= 1:
            continue
        numerator, denominator = wanted.as_integer_ratio()
        nearest = (2 * numerator + denominator) // (2 * denominator)
        if size(add(wanted, multiply(Decimal(nearest), -1))) > room:
            against += 1
        else:
            found += quarters(Decimal(1), multiply(room, 2))
    return 0 if against * 10 > len(own) else found


def _has_one_factor(state: State, own: dict[Key, Exact]) -> bool:
    """Tell whether half of the cells are off by one and the same factor."""
    counts: dict[Exact, int] = {}
    for key, left in own.items():
        base = state.cells.get(key, NOTHING)[0]
        if base:
            factor = divide(left, base)
            counts[factor] = counts.get(factor, 0) + 1
    return 2 * max(counts.values(), default=0) > len(own)
