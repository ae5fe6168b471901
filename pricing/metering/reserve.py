"""The most that a call can cost, worked out before it is made."""

from __future__ import annotations

from pricing.errors import PricingError, RatingError, Unpriced, UsageError
from pricing.metering.meter import LOCK, Meter
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.money import Money
    from pricing.rating.cost import Cost


def worst_case(
    catalog: Catalog,
    model: str,
    *,
    input_tokens: int,
    max_tokens: int,
    seller: str | None = None,
    at: str | date | datetime | int | None = None,
    attributes: Mapping[str, Any] | None = None,
    meters: Mapping[str, Any] | None = None,
) -> Money:
    """Give the most that a call with so much input and at most so much output can cost.

    Each side is taken at the dearest meter that the card sells; what a card leaves without a
    price is left out, but plain ``input`` and ``output`` must have one.

    Raises:
        UsageError: a count is no whole number, or negative.
        RatingError: there is no price.
    """
    for name, count in (("input_tokens", input_tokens), ("max_tokens", max_tokens)):
        if type(count) is not int or count < 0:
            raise UsageError(f"{name} is {count!r}: not a count", remedy="Give a whole number.")

    def cost(counts: Mapping[str, Any]) -> Cost:
        usage = Usage(counts, model=model, attributes=attributes, context_tokens=input_tokens)
        return catalog.cost(usage, seller=seller, at=at)

    def dearest(side: str, count: int) -> str:
        best, most = side, cost({side: count}).total
        for name, meter in catalog.book.vocabulary.meters.items():
            if meter.side != side or meter.unit != "token" or name == side:
                continue
            try:
                total = cost({name: count}).total
            except Unpriced:
                continue
            if total > most:
                best, most = name, total
        return best

    counts = {
        dearest("input", input_tokens): input_tokens,
        dearest("output", max_tokens): max_tokens,
    }
    for name, count in (meters or {}).items():
        if name in counts:
            raise RatingError(f"'{name}' is counted twice", remedy="Leave it out of meters.")
        counts[name] = count
    return cost(counts).total


class Reservation:
    """Money set aside for a call; released at the end of ``with``, or with its response."""

    __slots__ = ("_chain", "_meter", "amount", "is_held")

    def __init__(self, meter: Meter, amount: Money, chain: list[Meter]) -> None:
        self.amount = amount
        self.is_held = True
        self._meter = meter
        self._chain = chain

    def release(self) -> None:
        """Give the amount back; again is nothing."""
        with LOCK:
            if self.is_held:
                self.is_held = False
                for meter in self._chain:
                    meter.reserved.remove(self.amount)

    def add(self, response: object, **more: Any) -> Cost | None:
        """Release, and add what the response really costs, in one step; as ``Meter.add``."""
        cost, problem = self._meter.price(response, **more)
        with LOCK:
            self.release()
            error: PricingError | None = self._meter.take(cost, problem, response, by_hand=True)
        if error is not None:
            raise error
        return cost

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()
