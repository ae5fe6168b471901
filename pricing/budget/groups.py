"""What calls add up to: by test or session, and the metrics that are no money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricing.budget.parts import ONE
from pricing.budget.project import is_model, nearest_rank, total_of
from pricing.money import ZERO, add, divide, multiply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricing.budget.parts import Part, Prices
    from pricing.budget.project import Projection
    from pricing.money import Exact


def grouped(
    each: Projection, label: str, models: Sequence[str] | None
) -> tuple[dict[str, Exact], int]:
    """Give what each test or session cost as recorded, and how many calls name none."""
    amounts: dict[str, Exact] = {}
    without = 0
    for priced in each.parts:
        lines = priced.part.lines
        name = lines[0].usage.labels.get(label) if lines else None
        if not name:
            without += 1
            continue
        calls = multiply(priced.part.share, each.records)
        amounts[name] = add(amounts.get(name, ZERO), multiply(priced.amount(models), calls))
    return amounts, without


def metric_of(
    each: Projection,
    name: str,
    stat: str | None,
    prices: Prices,
    models: Sequence[str] | None = None,
) -> Exact | None:
    """Give a metric of a scenario's calls; None where there is nothing to tell it from.

    A count of tokens is that of one call: the mean, or at the nearest rank. ``calls`` are those of
    a month. With ``models`` only the calls that use one of these patterns count, and what they use
    of it.
    """
    parts = [priced.part for priced in each.on(models)]
    if name == "calls":
        if each.calls is None:
            return None
        known = ((ONE, part.share) for part in parts if part.lines)
        share = ONE if models is None else total_of(known)
        return multiply(multiply(each.calls, share), prices.month)
    if not parts:
        return None
    served = ONE if models is None else total_of((ONE, part.share) for part in parts)

    def of(name: str) -> list[tuple[Exact, Exact]]:
        return [(tokens(part, name, models), divide(part.share, served)) for part in parts]

    if name == "cache_share":
        whole = total_of(of("input_tokens"))
        return divide(total_of(of("cache_read_tokens")), whole) if whole else None
    return total_of(of(name)) if stat in (None, "mean") else nearest_rank(of(name), stat or "")


def tokens(part: Part, name: str, models: Sequence[str] | None = None) -> Exact:
    """Give the tokens of a call: input_tokens, cache_read_tokens, output_tokens and the like."""
    family = name.removesuffix("_tokens")
    total: Exact = ZERO
    for line in part.lines:
        if models is not None and not is_model(line, models):
            continue
        meters = line.card.provider.book.vocabulary.meters
        for meter, quantity in line.usage.meters.items():
            known = meters.get(meter)
            if known is None or known.unit != "token":
                continue
            is_meant = meter.partition(".")[0] == family
            if family in ("input", "output"):
                is_meant = known.side == family
            if is_meant:
                total = add(total, _exact(quantity))
    return total


def _exact(quantity: object) -> Exact:
    from decimal import Decimal

    return Decimal(quantity)  # type: ignore[arg-type]


def of_groups(amounts: Mapping[str, Exact], stat: str) -> tuple[Exact, str | None]:
    """Give the mean of tests or sessions, or the one at a rank with its name."""
    if stat == "mean":
        total: Exact = ZERO
        for amount in amounts.values():
            total = add(total, amount)
        return divide(total, len(amounts)), None
    share = divide(ONE, len(amounts))
    value = nearest_rank([(amount, share) for amount in amounts.values()], stat)
    return value, next(name for name, amount in amounts.items() if amount == value)
