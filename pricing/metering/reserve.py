"""The most that a call can cost, worked out before it is made."""

from __future__ import annotations

from pricing.capture.heard import is_silent
from pricing.errors import PricingError, RatingError, Unpriced, UsageError
from pricing.metering.meter import LOCK, Meter
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from typing import Any

    from pricing.capture import Asked
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


#: how requests call the most output tokens that they want
_OUTPUT = ("max_tokens", "max_completion_tokens", "max_output_tokens")
#: tools whose calls the caller runs: they cost tokens alone
_OWN_TOOLS = (None, "function", "custom")
_BY_HAND = "Reserve it by hand (Meter.reserve), in a block without `reserve`."


def worst_of(meter: Meter, asked: Asked | None) -> Money | None:
    """Give the most that a captured call can cost; None where nothing is billed for it.

    Raises:
        UsageError: its request does not bound what it may cost.
        RatingError: there is no price.
    """
    if asked is None:
        raise UsageError("a call whose request cannot be read", remedy=_BY_HAND)
    # what is fetched was asked for before
    if asked.method.upper() == "GET" or is_silent(asked.method, asked.path, 200):
        return None
    body, what = asked.body, f"{asked.method.upper()} {asked.path}: the call was not sent"

    def refuse(why: str, remedy: str = _BY_HAND) -> UsageError:
        return UsageError(f"{what}: {why}", remedy=remedy)

    model = body.get("model")
    if not isinstance(model, str):
        raise refuse("it names no model, so its worst case is not known")
    if body.get("background"):
        raise refuse("it is billed later, as it goes on in the background")
    tools = body.get("tools") or ()
    if any(not isinstance(tool, dict) or tool.get("type") not in _OWN_TOOLS for tool in tools):
        raise refuse("the provider runs one of its tools, for fees and tokens without a bound")
    outputs = [body[name] for name in _OUTPUT if body.get(name) is not None]
    if not outputs and not asked.path.endswith("/embeddings"):
        raise refuse("it sets no max_tokens, so its worst case is not known", "Set max_tokens.")
    choices = body.get("n") or 1
    if type(choices) is not int or any(type(output) is not int for output in outputs):
        raise refuse("max_tokens or n is no whole number", "Set max_tokens.")
    most = meter.most_input
    known = meter.catalog.book.vocabulary.attributes
    return worst_case(
        meter.catalog,
        model,
        input_tokens=most(body) if callable(most) else most or 0,
        max_tokens=max(outputs, default=0) * choices,
        seller=meter.seller,
        at=meter.at,
        attributes={k: v for k, v in body.items() if k in known and isinstance(v, str)},
    )


def hold(meter: Meter, worst: Money, chain: list[Meter]) -> Reservation:
    """Set an amount aside in all of these meters, or in none.

    Raises:
        OverBudget: one of them has not so much left.
        PricingError: the block of the first one has ended.
    """
    with LOCK:
        if meter.closed() is not None:
            raise PricingError(
                f"{meter.name}: nothing is reserved after the end of its block",
                remedy="Reserve inside of the block.",
            )
        for each in chain:
            each.refuse_worst(worst)
        for each in chain:
            each.reserved.append(worst)
    return Reservation(meter, worst, chain)


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

    def settle(self, cost: Cost) -> PricingError | None:
        """Release; give the error where a call cost more than its worst case was thought to be."""
        self.release()
        if cost.currency != self.amount.currency or cost.total <= self.amount:
            return None
        return PricingError(
            f"a call cost {cost.total}, and {self.amount} was reserved for it",
            remedy="Say how many input tokens a call has at most (reserve).",
        )

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()
