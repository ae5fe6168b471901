"""The marker of a test, and the options, read strictly: what cannot be meant is a usage error."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pricing.errors import PricingError
from pricing.metering.budget import Budget
from pricing.money import Money, decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.catalog import Catalog
    from pricing.money import Exact

_ALLOWED = ("may_be_unused", "zero")
DEFAULT_TOLERANCE = "10%"


class Limit:
    """The budget of a test, and whether it may record nothing."""

    __slots__ = ("budget", "may_be_unused")

    def __init__(self, budget: Budget, may_be_unused: bool) -> None:
        self.budget = budget
        self.may_be_unused = may_be_unused


def limit_of(mark: pytest.Mark, catalog: Catalog) -> Limit:
    """Read a marker.

    Raises:
        PricingError: it cannot be meant, or could never fail.
    """
    if len(mark.args) != 1:
        raise PricingError(
            f"llm_budget takes one amount, not {len(mark.args)}",
            remedy="Write @pytest.mark.llm_budget('0.05 USD').",
        )
    for name, value in mark.kwargs.items():
        if name not in _ALLOWED:
            raise PricingError(
                f"llm_budget has no argument '{name}'", remedy=f"It takes {' and '.join(_ALLOWED)}."
            )
        if value.__class__ is not bool:
            raise PricingError(f"{name} is {value!r}", remedy=f"Write {name}=True, or leave it.")
    zero = mark.kwargs.get("zero", False)
    budget = Budget(mark.args[0], zero=zero)
    budget.must_be_known(catalog)
    return Limit(budget, zero or mark.kwargs.get("may_be_unused", False))


class Tolerance:
    """How much more than before a test may spend: a share of it, or an amount."""

    __slots__ = ("amount", "share", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.share: Decimal | None = None
        self.amount: Money | None = None
        number, percent, rest = text.partition("%")
        try:
            if percent and not rest:
                self.share = decimal(number.strip())
            elif text.strip() == "0":
                self.share = Decimal(0)
            else:
                self.amount = Budget(text).limit
        except (ValueError, PricingError):
            raise _wrong(text) from None
        if self.share is not None and self.share < 0:
            raise _wrong(text)

    def allows(self, before: Money, now: Money) -> bool:
        """Tell whether the increase is no more than this, exactly; in one currency."""
        more = now - before
        if self.amount is not None:
            return more <= self.amount
        assert self.share is not None
        return more * 100 <= before * self.share


def _wrong(text: str) -> PricingError:
    return PricingError(f"{text!r} is no tolerance", remedy="Write '10%', '0.01 USD' or '0'.")


def ratio_text(value: Exact) -> str:
    """Write an exact number: 0.0045, or 1/3 where it never ends; ``exact_of`` reads it."""
    from pricing.money import text

    if isinstance(value, Decimal):
        return text(value)
    return f"{value.numerator}/{value.denominator}"


def exact_of(text: str) -> Exact:
    """Read what ``ratio_text`` wrote; raises ValueError."""
    from pricing.money import exact

    above, slash, below = text.partition("/")
    if not slash:
        return decimal(above)
    if not (above.lstrip("-").isdecimal() and below.isdecimal() and int(below)):
        raise ValueError(f"'{text}' is not a number")
    return exact(int(above), int(below))
