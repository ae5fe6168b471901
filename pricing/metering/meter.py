"""A meter: adds up what is spent in a block, and raises as soon as it is more than the budget."""

from __future__ import annotations

from threading import RLock

from pricing.errors import PricingError, Unpriced
from pricing.instants import instant
from pricing.metering.budget import Budget, Unmetered
from pricing.metering.ledger import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime
    from types import TracebackType
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.metering.reserve import Reservation
    from pricing.money import Money
    from pricing.rating.account import Account
    from pricing.rating.cost import Cost

    At = str | date | datetime | int
    MostInput = int | Callable[[dict[str, Any]], int]

#: one for all meters: an amount is added to several of them at once
LOCK = RLock()
#: the open meters of the process, from the outside in: they stand around those of all contexts
AMBIENT: list[Meter] = []


class Meter(Ledger):
    """What is spent inside of ``with``: ``total``, ``costs``, ``calls``, exact at every moment.

    Made by :func:`pricing.meter`, which says what its arguments are. It may be used without
    ``with`` too; then it only knows what is given to ``add``.
    """

    #: whether it holds for the whole process, and not for a context
    is_ambient = False

    def __init__(
        self,
        budget: str | Money | Budget | None = None,
        *,
        catalog: Catalog | None = None,
        capture: bool = True,
        allow_unpriced: bool = False,
        seller: str | None = None,
        at: At | None = None,
        estimates: bool = False,
        strict_dates: bool = False,
        name: str = "budget",
        keep: bool = False,
        reserve: MostInput | None = None,
    ) -> None:
        if catalog is None:
            from pricing.catalog import load_catalog

            catalog = load_catalog()
        limit = None if budget is None else Budget(budget)
        if limit is not None:
            limit.must_be_known(catalog)
        super().__init__(limit, name, allow_unpriced, keep)
        self.catalog = catalog
        self.capture = capture
        #: the most input tokens of a captured call, where its worst case is set aside
        self.most_input = reserve
        if reserve is not None:
            _check_reserve(reserve, capture)
        self.is_open = False
        #: the meter around this one, which adds up the same
        self.outer: Meter | None = None
        #: calls that are still running, or whose streams are not read to their end
        self.running: set[Any] = set()
        #: answers that are still being worked on, by their ids
        self.queued: dict[str, str] = {}
        self._was_open = False
        self.seller = seller
        self.at = None if at is None else instant(at)
        self._estimates = estimates
        self._strict_dates = strict_dates

    @property
    def costs(self) -> tuple[Cost, ...]:
        """The cost of each response, in the order in which they were added."""
        with LOCK:
            return tuple(entry.cost for entry in self.entries)

    def add(
        self,
        response: object,
        *,
        model: str | None = None,
        seller: str | None = None,
        at: At | None = None,
        shape: str | None = None,
        account: Account | None = None,
    ) -> Cost | None:
        """Add what a response costs, as ``Catalog.cost`` reads it, here and to all outer meters.

        None: it has no price, and ``allow_unpriced`` said that this may be.

        Raises:
            OverBudget: the total is now above the budget of this meter, or of an outer one.
            UsageError, RatingError: it cannot be read, or has no price; the total is from now on
                a lower bound.
        """
        priced = self.price(
            response, model=model, seller=seller, at=at, shape=shape, account=account
        )
        error = self.take(*priced, response, by_hand=True)
        if error is not None:
            raise error
        return priced[0]

    def price(
        self,
        response: object,
        *,
        model: str | None = None,
        seller: str | None = None,
        at: At | None = None,
        shape: str | None = None,
        account: Account | None = None,
    ) -> tuple[Cost | None, PricingError | None]:
        """Give what is known of a response's cost, and why that is not all."""
        try:
            given: dict[str, Any] = {
                "model": model,
                "seller": seller or self.seller,
                "at": self.at if at is None else at,
                "shape": shape,
                "account": account,
                "estimates": self._estimates,
                "strict_dates": self._strict_dates,
            }
            try:
                cost = self.catalog.cost(response, **given)
            except Unpriced as error:
                return self.catalog.cost(response, partial=True, **given), error
        except PricingError as error:
            return None, error
        if any(usage.incomplete for usage in cost.usages):
            return cost, Unmetered("a response without its last counts: a lower bound")
        return cost, None

    def take(
        self,
        cost: Cost | None,
        problem: PricingError | None,
        response: object = None,
        *,
        by_hand: bool = False,
    ) -> PricingError | None:
        """Add to this meter and to all outer ones; give the first reason to stop, if any.

        What is added by hand and was captured before, by its id, is not added again.
        """
        more = (self, cost, problem, response, by_hand)
        with LOCK:
            _WAITING.append(more)
            if len(_WAITING) > 1:
                return None  # inside of another `take`, which does this too
            first = None
            while _WAITING:
                found = _take(*_WAITING[0])
                first = found if _WAITING[0] is more else first
                del _WAITING[0]
        return first

    def closed(self) -> Unmetered | None:
        """Give the error where something is added after the end of the block."""
        if self.is_open or not self._was_open:
            return None
        return Unmetered(
            f"{self.name}: something was spent after the end of its block",
            remedy="Wait for all calls before the end of the block.",
        )

    def reserve(
        self,
        model: str,
        *,
        input_tokens: int,
        max_tokens: int,
        seller: str | None = None,
        at: At | None = None,
        attributes: dict[str, Any] | None = None,
        meters: dict[str, Any] | None = None,
    ) -> Reservation:
        """Set aside the most that a call can cost, before it is made; release it after.

        All input is taken at the dearest input price of the card (cache writes), all output at
        its dearest. ``meters`` are the most of what else it may use, such as ``web_search``.

        Raises:
            OverBudget: spent, reserved and this are together above a budget; nothing is reserved.
            RatingError: it has no price: what is unknown is not allowed.
            PricingError: the block has ended.
        """
        from pricing.metering.reserve import hold, worst_case

        worst = worst_case(
            self.catalog,
            model,
            input_tokens=input_tokens,
            max_tokens=max_tokens,
            seller=seller or self.seller,
            at=self.at if at is None else at,
            attributes=attributes,
            meters=meters,
        )
        return hold(self, worst, list(self.chain()))

    def chain(self) -> Iterator[Meter]:
        """Give this meter and those around it, from the inside out."""
        meter: Meter | None = self
        while meter is not None:
            yield meter
            meter = meter.outer
        if self._was_open and not self.is_ambient:
            yield from reversed(AMBIENT)

    def __enter__(self) -> Meter:
        from pricing.metering import context

        with LOCK:
            if self._was_open:
                raise PricingError(f"{self.name}: a meter is used once", remedy="Make a new one.")
            context.enter(self)
            self.is_open = self._was_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if error is None:
            self.check()

    def close(self) -> None:
        """End the block: what is still running then is a problem."""
        from pricing.metering import context

        with LOCK:
            if not self.is_open:
                return
            if self.running:
                self.problems.append(
                    Unmetered(
                        f"{len(self.running)} calls are not over: still running,"
                        " or a stream that is not read to its end",
                        remedy="Wait for calls, and read or close streams, inside of the block.",
                    )
                )
            for what in self.queued.values():
                self.problems.append(
                    Unmetered(
                        f"{what} was queued, and its answer never fetched",
                        remedy="Fetch it inside of the block.",
                    )
                )
            self.is_open = False
            context.leave(self)

    def __repr__(self) -> str:
        bound = ">= " if self.problems else ""
        return f"<Meter {bound}{self._total or 'nothing'} spent, {self.calls} calls>"


def _check_reserve(reserve: object, capture: bool) -> None:
    if not callable(reserve) and (type(reserve) is not int or reserve < 0):
        raise PricingError(
            f"reserve is {reserve!r}",
            remedy="Give the most input tokens of one call, as reserve=20_000, or a function that"
            " gives them for the body of a request.",
        )
    if not capture:
        raise PricingError(
            "reserve without capture", remedy="Reserve each call by hand: Meter.reserve."
        )


#: what is being added; the garbage collector may close a stream in the midst of an addition
_WAITING: list[tuple[Meter, Cost | None, PricingError | None, object, bool]] = []


def _take(
    meter: Meter,
    cost: Cost | None,
    problem: PricingError | None,
    response: object,
    by_hand: bool,
) -> PricingError | None:
    id = response.get("id") if isinstance(response, dict) else getattr(response, "id", None)
    errors = [
        each.over()
        if isinstance(id, str) and each.is_known(id, by_hand)
        else each.count(cost, each.closed() or problem, response)
        for each in meter.chain()
    ]
    return next((error for error in errors if error is not None), None)


def meter(
    budget: str | Money | Budget | None = None,
    *,
    catalog: Catalog | None = None,
    capture: bool = True,
    allow_unpriced: bool = False,
    seller: str | None = None,
    at: At | None = None,
    estimates: bool = False,
    strict_dates: bool = False,
    name: str = "budget",
    reserve: MostInput | None = None,
) -> Meter:
    """Give a meter, for ``with``: it adds up what is spent, and stops at the budget.

    Args:
        budget: the most that may be spent, as "0.05 USD".
        catalog: the cards; None: the shipped ones.
        capture: count the calls of the anthropic and openai packages by themselves, those of
            this block's threads and tasks too.
        allow_unpriced: what has no price or cannot be read is no error; the total is a lower
            bound then, and a budget still cannot pass.
        seller, at, estimates, strict_dates: for all responses, as ``Catalog.cost`` has them.
        name: how messages call it.
        reserve: the most input tokens that a captured call has, or a function that gives them
            for the JSON body of its request. Before a call is sent its worst case is set aside,
            as ``Meter.reserve`` does, or it is refused.

    Raises:
        PricingError: the budget is no amount, or in a currency in which no card charges.
    """
    return Meter(
        budget,
        catalog=catalog,
        capture=capture,
        allow_unpriced=allow_unpriced,
        seller=seller,
        at=at,
        estimates=estimates,
        strict_dates=strict_dates,
        name=name,
        reserve=reserve,
    )
