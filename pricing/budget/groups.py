"""What calls add up to: by test or session, and the metrics that are no money."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        if name is None:
            without += 1
            continue
        calls = multiply(priced.part.share, each.records)
        amounts[name] = add(amounts.get(name, ZERO), multiply(priced.amount(models), calls))
    return amounts, without


def metric_of(each: Projection, name: str, stat: str | None, prices: Prices) -> Exact | None:
    """Give a metric of a scenario's calls; None where there is nothing to tell it from.

    A count of tokens is that of one call: the mean, or at the nearest rank. ``calls`` are those of
    a month.
    """
    from pricing.budget.project import nearest_rank

    if name == "calls":
        return None if each.calls is None else multiply(each.calls, prices.month)
    if not each.parts:
        return None
    if name == "cache_share":
        whole: Exact = ZERO
        read: Exact = ZERO
        for priced in each.parts:
            part = priced.part
            whole = add(whole, multiply(part.share, tokens(part, "input_tokens")))
            read = add(read, multiply(part.share, tokens(part, "cache_read_tokens")))
        return divide(read, whole) if whole else None
    counts = [(tokens(priced.part, name), priced.part.share) for priced in each.parts]
    if stat in (None, "mean"):
        total: Exact = ZERO
        for count, share in counts:
            total = add(total, multiply(share, count))
        return total
    return nearest_rank(counts, stat or "")


def tokens(part: Part, name: str) -> Exact:
    """Give the tokens of a call: input_tokens, cache_read_tokens, output_tokens and the like."""
    family = name.removesuffix("_tokens")
    total: Exact = ZERO
    for line in part.lines:
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
    from pricing.budget.parts import ONE
    from pricing.budget.project import nearest_rank

    if stat == "mean":
        total: Exact = ZERO
        for amount in amounts.values():
            total = add(total, amount)
        return divide(total, len(amounts)), None
    share = divide(ONE, len(amounts))
    value = nearest_rank([(amount, share) for amount in amounts.values()], stat)
    return value, next(name for name, amount in amounts.items() if amount == value)
