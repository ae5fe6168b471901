"""Why a test spends more or less than before, in parts that add up to the difference exactly.

In this order, each at what came before it: calls, tokens for each call, model, price.
"""

from __future__ import annotations

from pricing.money import ZERO, add, divide, multiply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.money import Exact
    from pricing.pytest_plugin.sheet import Group, Sheet

CAUSES = ("calls", "tokens", "model", "price")


def causes(before: Sheet, now: Sheet) -> dict[str, Exact]:
    """Give the amount of each cause; they add up to the difference of the two.

    Calls at a card that both have are compared with each other; those at cards that only one
    has, with each other as a whole: that is a change of the model.
    """
    found: dict[str, Exact] = dict.fromkeys(CAUSES, ZERO)
    both = before.groups.keys() & now.groups.keys()
    for card in both:
        _split(before.groups[card], now.groups[card], "price", found)
    old = [group for card, group in before.groups.items() if card not in both]
    new = [group for card, group in now.groups.items() if card not in both]
    if old and new:
        _split(_together(old), _together(new), "model", found)
    elif old or new:
        for group in new:
            found["model"] = add(found["model"], group.amount)
        for group in old:
            found["model"] = add(found["model"], multiply(group.amount, -1))
    return found


def _together(groups: list[Group]) -> Group:
    total = groups[0]
    for group in groups[1:]:
        total = total.plus(group)
    return total


def _split(old: Group, new: Group, rest: str, found: dict[str, Exact]) -> None:
    """Add the causes of one pair; ``rest`` is what neither calls nor tokens explain."""
    first, last = old.amount, new.amount
    as_many = first
    if old.calls:
        as_many = divide(multiply(first, new.calls), old.calls)
    as_long: Exact = ZERO
    for meter in old.meters.keys() | new.meters.keys():
        quantity, amount = old.meters.get(meter, (ZERO, ZERO))
        quantity_now, amount_now = new.meters.get(meter, (ZERO, ZERO))
        if quantity:
            as_long = add(as_long, divide(multiply(amount, quantity_now), quantity))
        elif meter in old.meters:
            as_long = add(as_long, amount)  # a line without a quantity: a floor, a rounding
        else:
            as_long = add(as_long, amount_now)
    for cause, more in (
        ("calls", add(as_many, multiply(first, -1))),
        ("tokens", add(as_long, multiply(as_many, -1))),
        (rest, add(last, multiply(as_long, -1))),
    ):
        found[cause] = add(found[cause], more)
