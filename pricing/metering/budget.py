"""A budget: the most that may be spent, as an exact amount with its currency."""

from __future__ import annotations

import re

from pricing.errors import PricingError, did_you_mean
from pricing.money import Money, decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.catalog import Catalog

_EXAMPLE = "Write an amount with its currency, as text: '0.05 USD'."
_FIGURE = r"-?(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+)(?:\.[0-9]+)?"
_AMOUNT = re.compile(f"({_FIGURE}) +([A-Za-z][A-Za-z0-9-]*)")


class OverBudget(PricingError):
    """More is spent than a budget allows, or would be; ``spent`` and ``limit`` are Money."""

    def __init__(self, what: str, *, spent: Money, limit: Money, remedy: str | None = None) -> None:
        super().__init__(what, remedy=remedy)
        self.spent = spent
        self.limit = limit


class Unmetered(PricingError):
    """Something was spent in a metered block, and how much cannot be told."""


class Budget:
    """The most that may be spent: ``spent <= limit``, compared exactly.

    Args:
        limit: "0.05 USD", or Money.
        zero: says that a limit of 0 is meant: nothing may be spent.

    Raises:
        PricingError: not an amount with a currency, a float, negative, or 0 without ``zero``.
    """

    __slots__ = ("limit", "zero")

    limit: Money
    zero: bool

    def __init__(self, limit: str | Money | Budget, *, zero: bool = False) -> None:
        if isinstance(limit, Budget):
            zero, limit = limit.zero, limit.limit
        self.limit = limit if isinstance(limit, Money) else _amount(limit)
        self.zero = zero
        if zero.__class__ is not bool:
            raise PricingError(f"zero is {zero!r}", remedy="Write zero=True, or leave it out.")
        if self.limit.amount < 0:
            raise PricingError(f"a budget of {self.limit} is negative", remedy=_EXAMPLE)
        if not self.limit and not zero:
            raise PricingError(
                f"a budget of {self.limit} allows nothing",
                remedy="Say that this is meant (zero=True), or give a limit above 0.",
            )
        if self.limit and zero:
            raise PricingError(f"a budget of {self.limit} is not zero", remedy="Leave out zero.")

    @property
    def currency(self) -> str:
        return self.limit.currency

    def check(self, spent: Money, what: str = "budget", *, is_lower_bound: bool = False) -> None:
        """Raise OverBudget where ``spent`` is above the limit; a lower bound can only fail.

        Raises:
            OverBudget: ``spent > limit``, exactly.
            Unmetered: not above, but only a lower bound, so that it may be.
        """
        if spent > self.limit:
            raise OverBudget(
                f"over {what}: {spent} spent, limit {self.limit}, {spent - self.limit} too much",
                spent=spent,
                limit=self.limit,
                remedy="Spend less, or raise the limit.",
            )
        if is_lower_bound:
            raise Unmetered(
                f"{what} cannot be judged: at least {spent} spent, limit {self.limit}",
                remedy="Price what has no price, or record what was not read.",
            )

    def must_be_known(self, catalog: Catalog) -> None:
        """Raise PricingError where no card of the catalogue charges in the budget's currency."""
        known = currencies(catalog)
        if self.currency not in known:
            raise PricingError(
                f"no card charges in '{self.currency}'",
                remedy=did_you_mean(self.currency, known)
                or f"Currencies of the cards: {', '.join(sorted(known))}.",
            )

    def __repr__(self) -> str:
        return f"Budget('{self.limit}')" if self.limit else f"Budget('{self.limit}', zero=True)"


def currencies(catalog: Catalog) -> set[str]:
    """Give the currencies in which the cards charge."""
    found = set()
    for card in catalog.cards():
        found.add(card.provider.currency)
        found |= {r["currency"] for r in card.wire.get("revisions", ()) if "currency" in r}
    return found


def _amount(text: object) -> Money:
    if isinstance(text, float):
        raise PricingError(f"a float is not exact: {text!r}", remedy=_EXAMPLE)
    match = _AMOUNT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise PricingError(f"{text!r} is no amount of money", remedy=_EXAMPLE)
    try:
        return Money(decimal(match[1].replace("_", "")), match[2])
    except ValueError as error:
        raise PricingError(str(error), remedy=_EXAMPLE) from None
