"""What a quote says of one meter: its price with the reasons, or why there is none."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import divide, multiply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.clauses import Modifier, Rate, Source
    from pricing.cards.tariff import Tariff
    from pricing.money import Exact


class Refusal:
    """Why a meter has no price here."""

    __slots__ = ("attribute", "code", "meter", "remedy", "source", "text", "unit")

    def __init__(
        self,
        code: str,
        meter: str,
        text: str,
        source: Source | None = None,
        remedy: str | None = None,
        attribute: str | None = None,
    ) -> None:
        self.code = code
        #: what the price depends on and the usage does not tell
        self.attribute = attribute
        self.meter = meter
        self.text = text
        self.source = source
        self.remedy = remedy
        self.unit: Decimal | None = None

    def __str__(self) -> str:
        return self.text if self.source is None else f"{self.text} ({self.source})"


class Priced:
    """The price of one meter in one context.

    ``unit`` is the cost of one unit where quantity × price is the whole rule and has an end in
    decimals; None where a minimum, an increment, a pool or tiers make it depend on more.
    """

    __slots__ = (
        "applied",
        "assumptions",
        "estimate",
        "factor",
        "meter",
        "rate",
        "tariff",
        "unit",
    )

    def __init__(
        self,
        meter: str,
        rate: Rate,
        applied: tuple[tuple[Modifier, Decimal], ...],
        tariff: Tariff,
        assumptions: tuple[str, ...] = (),
        estimate: str | None = None,
    ) -> None:
        self.meter = meter
        self.rate = rate
        self.applied = applied
        self.tariff = tariff
        self.assumptions = assumptions
        self.estimate = estimate
        factor: Exact = rate.multiply if rate.multiply is not None else Decimal(1)
        for _, each in applied:
            factor = multiply(factor, each)
        #: all factors on the printed price, the follower's own included
        self.factor = factor
        plain = (
            len(rate.tiers) == 1
            and rate.pool is None
            and rate.minimum is None
            and rate.increment is None
        )
        unit = self.unit_price(rate.tiers[0][1])
        self.unit = unit if plain and isinstance(unit, Decimal) else None

    def unit_price(self, price: Decimal) -> Exact:
        """Give the cost of one unit at a printed price, after all factors."""
        return divide(multiply(price, self.factor), self.rate.per)
