"""Price, volume and mix: where the money of a difference lies, beside its causes. It adds up.

Of each cell: price is the actual quantity times what its unit price is off; the rest is quantity
at the expected price. Of that, volume is what all cells would bring had each grown as the whole
did, and mix what the shift between cells brings. No term is left over.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.money import ZERO, add, divide, multiply, rounded
from pricing.reconcile.cells import METER, MODEL
from pricing.reconcile.state import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import TypeVar

    Place = TypeVar("Place", bound=Hashable)

    from pricing.money import Exact
    from pricing.reconcile.diagnose import Diagnosis

    #: amount and quantity
    Sums = tuple[Exact, Exact]


#: parts that would never end are cut here; the one beside them holds what was cut
FINE = Decimal("1E-12")


class Parts:
    """The parts of a difference in money; ``other`` is no usage, or money without a quantity."""

    __slots__ = ("mix", "other", "price", "volume")

    def __init__(
        self, price: Exact = ZERO, volume: Exact = ZERO, mix: Exact = ZERO, other: Exact = ZERO
    ) -> None:
        self.price = price
        self.volume = volume
        self.mix = mix
        self.other = other

    @property
    def total(self) -> Exact:
        return add(add(self.price, self.volume), add(self.mix, self.other))

    def plus(self, more: Parts) -> Parts:
        """Give the sum of two."""
        return Parts(
            add(self.price, more.price),
            add(self.volume, more.volume),
            add(self.mix, more.mix),
            add(self.other, more.other),
        )


def price_volume_mix(
    before: Mapping[Place, Sums], after: Mapping[Place, Sums], units: Mapping[Place, str]
) -> dict[Place, Parts]:
    """Give the parts by cell of what ``after`` costs more than ``before``.

    Expected and billed, or one period and the next. Quantities of one unit (``units``) are added
    up, those of two never. A cell without a quantity on either side is ``other``.
    """
    sums: dict[str, tuple[Exact, Exact, Exact]] = {}
    for place in {**before, **after}:
        amount, old = before.get(place, NOTHING)
        new = after.get(place, NOTHING)[1]
        known = sums.get(units[place], (ZERO, ZERO, ZERO))
        own = (amount, old, new) if old or new else (ZERO, ZERO, ZERO)
        sums[units[place]] = (
            add(known[0], own[0]), add(known[1], own[1]), add(known[2], own[2]),
        )  # fmt: skip
    found = {}
    for place in {**before, **after}:
        amount, old = before.get(place, NOTHING)
        billed, new = after.get(place, NOTHING)
        if not old and not new:
            found[place] = Parts(other=add(billed, multiply(amount, -1)))
            continue
        # what is new has no price to be off from: all of it is mix
        unit = divide(amount, old) if old else divide(billed, new)
        standard = rounded(multiply(unit, new), FINE)
        price = add(billed, multiply(standard, -1))
        rest = add(standard, multiply(amount, -1))
        _, all_old, all_new = sums[units[place]]
        grown = divide(add(all_new, multiply(all_old, -1)), all_old) if all_old else ZERO
        volume = rounded(multiply(amount, grown), FINE)
        found[place] = Parts(price, volume, add(rest, multiply(volume, -1)))
    return found


def mix_of(found: Diagnosis) -> dict[str, Parts]:
    """Give price, volume and mix of a diagnosis by model; what is no usage under an empty name.

    Where the bill tells no quantity, it is the log's under the causes that were found. The parts
    add up to billed less expected.
    """
    case = found.case
    meters = case.catalog.book.vocabulary.meters
    before = found.start.cells
    after: dict[tuple[str, ...], Sums] = {}
    units = {}
    for key in {*before, *found.state.cells, *case.bill.cells}:
        cell = case.bill.cells.get(key)
        count = found.state.cells.get(key, NOTHING)[1]
        if cell is None:
            after[key] = NOTHING
        else:
            after[key] = (cell.amount, count if cell.quantity is None else cell.quantity)
        meter = meters.get(key[METER]) if key[METER] else None
        units[key] = meter.unit if meter is not None else ""
    by_model: dict[str, Parts] = {}
    whole = Parts()
    for key, parts in price_volume_mix(before, after, units).items():
        by_model[key[MODEL]] = by_model.get(key[MODEL], Parts()).plus(parts)
        whole = whole.plus(parts)
    for model, merged in found.merged_by.items():
        # what the log counts twice is volume that the bill has not
        less = Parts(volume=multiply(merged, -1))
        by_model[model] = by_model.get(model, Parts()).plus(less)
        whole = whole.plus(less)
    rest = add(found.variance, multiply(whole.total, -1))
    if rest:
        by_model[""] = by_model.get("", Parts()).plus(Parts(other=rest))
    return dict(sorted(by_model.items()))
