"""Cost: an exact total and the line items that make it."""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.conditions import CONTEXT, Bounds
from pricing.instants import iso, short
from pricing.money import EXACT, ZERO, Money, add, multiply, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from pricing.money import Exact
    from pricing.rating.priced import Priced, Refusal
    from pricing.usage.usage import Quantity, Usage

    Assumed = tuple[str | None, int | None]


#: the seller and the instant that were assumed
NOTHING: Assumed = (None, None)
#: no pool is drawn on
UNDRAWN: Mapping[tuple[str, str, str], Decimal] = {}


_SHORT = {Decimal(1_000_000): "1M ", Decimal(1_000): "1K ", Decimal(1): ""}


class Extra:
    """A line that no meter makes: a seller's floor per request, or its rounding."""

    __slots__ = ("because", "meter", "source", "tariff")

    def __init__(self, meter: str, because: str, tariff: Any, source: str) -> None:
        self.meter = meter
        self.because = because
        self.tariff = tariff
        self.source = source


class Applied:
    """A modifier on a line: its name, factor, the condition that held, and where it stands."""

    __slots__ = ("because", "contract", "factor", "name", "source")

    def __init__(
        self, name: str, factor: Decimal, because: str, source: str, contract: str | None
    ) -> None:
        self.name = name
        self.factor = factor
        self.because = because
        self.source = source
        self.contract = contract


class Line:
    """One line item; ``amount × per = quantity × price × factors``, floor and rounding aside."""

    __slots__ = ("_notes", "_price", "exact", "priced", "quantity", "usage")

    def __init__(
        self,
        priced: Priced | Extra,
        quantity: Quantity,
        exact: Exact,
        usage: Usage,
        price: Decimal | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        #: the rule behind the line; lines of one rule may be added
        self.priced = priced
        self.quantity = quantity
        #: the amount, without its currency
        self.exact = exact
        #: the usage that the line is of; of a sum, one of those that were added up
        self.usage = usage
        self._price = price
        self._notes = notes

    def plus(self, other: Line) -> Line:
        """Add a line of the same rule at the same price."""
        quantity: Any = add(_exact(self.quantity), _exact(other.quantity))
        if quantity == int(quantity):
            quantity = int(quantity)
        amount = add(self.exact, other.exact)
        return Line(self.priced, quantity, amount, self.usage, self._price, self._notes)

    @property
    def key(self) -> tuple[object, ...]:
        """What lines that may be added have in common."""
        rule = self.priced
        name = rule.meter if isinstance(rule, Extra) else id(rule)
        return (name, id(rule.tariff), self._price, self._notes)

    @property
    def meter(self) -> str:
        return self.priced.meter

    @property
    def is_extra(self) -> bool:
        """True for a floor or rounding line, which has no price of its own."""
        return isinstance(self.priced, Extra)

    @property
    def unit(self) -> str:
        return "" if isinstance(self.priced, Extra) else self.priced.rate.unit

    @property
    def per(self) -> Decimal:
        return Decimal(1) if isinstance(self.priced, Extra) else self.priced.rate.per

    @property
    def price(self) -> Decimal:
        """The printed price of ``per`` units, before modifiers."""
        if isinstance(self.priced, Extra):
            return Decimal(0)
        price = self._price
        return self.priced.rate.tiers[0][1] if price is None else price

    @property
    def factor(self) -> Exact:
        """All modifiers on the printed price together."""
        return Decimal(1) if isinstance(self.priced, Extra) else self.priced.factor

    @property
    def effective_price(self) -> Exact:
        """The price of ``per`` units after modifiers."""
        return multiply(self.price, self.factor)

    @property
    def amount(self) -> Money:
        return Money(self.exact, self.priced.tariff.currency)

    @property
    def currency(self) -> str:
        return str(self.priced.tariff.currency)

    @property
    def card(self) -> str:
        return str(self.priced.tariff.card.name)

    @property
    def effective(self) -> str:
        """When the card's revision starts."""
        return short(self.priced.tariff.revision["effective"])

    @property
    def source(self) -> str:
        """File and line of the price."""
        if isinstance(self.priced, Extra):
            return self.priced.source
        return str(self.priced.rate.source)

    @property
    def multiplied(self) -> Decimal | None:
        """The factor of a card that passes another's price on."""
        return None if isinstance(self.priced, Extra) else self.priced.rate.multiply

    @property
    def modifiers(self) -> tuple[Applied, ...]:
        if isinstance(self.priced, Extra):
            return ()
        return tuple(
            Applied(
                modifier.name,
                factor,
                _because(modifier.when.constraints, self.usage),
                str(modifier.source),
                modifier.source.contract,
            )
            for modifier, factor in self.priced.applied
        )

    @property
    def conditions(self) -> list[str]:
        """What the printed price holds for, as "context_tokens > 200000"; empty: for all."""
        if isinstance(self.priced, Extra):
            return []
        found = self.priced.rate.when.constraints.items()
        return [
            f"{name} {limit}" if isinstance(limit, Bounds) else f"{name}={limit}"
            for name, limit in found
        ]

    @property
    def estimate(self) -> str | None:
        """Why this line is an estimate, or None."""
        return None if isinstance(self.priced, Extra) else self.priced.estimate

    @property
    def assumptions(self) -> tuple[str, ...]:
        if isinstance(self.priced, Extra):
            return self._notes
        return self.priced.assumptions + self._notes

    @property
    def because(self) -> str:
        """One sentence: the price, its card and revision, and every modifier with its reason."""
        if isinstance(self.priced, Extra):
            return self.priced.because
        parts = [
            f"{text(self.price)} {self.currency} per {per_text(self.per, self.unit)}"
            f" at {self.card} since {self.effective}"
        ]
        if self.multiplied is not None:
            parts.append(f"passed on x {text(self.multiplied)}")
        parts += [f"{m.name} x {text(m.factor)} ({m.because})" for m in self.modifiers]
        if self.estimate:
            parts.append(self.estimate)
        return ", ".join((*parts, *self.assumptions))

    def __repr__(self) -> str:
        return f"<Line {self.meter} {self.quantity} = {self.amount}>"


def per_text(per: Decimal, unit: str) -> str:
    """Give "1M token" for 1_000_000 and token, "1K search", "image", "3600 second"."""
    short = _SHORT.get(per)
    return f"{text(per)} {unit}" if short is None else f"{short}{unit}"


def _because(constraints: Mapping[str, Any], usage: Usage) -> str:
    told = []
    for name, constraint in constraints.items():
        value = usage.context_tokens if name == CONTEXT else usage.attributes.get(name)
        if isinstance(constraint, Bounds):
            shown = f"{value:,} " if isinstance(value, int) else ""
            told.append(f"{name} {shown}{constraint}")
        else:
            told.append(f"{name}: {value if value is not None else constraint}")
    return ", ".join(told) or "always"


def _exact(quantity: Quantity) -> Decimal:
    return Decimal(quantity) if isinstance(quantity, int) else quantity


class Cost:
    """What usage costs: ``total``, ``lines`` that add up to it, and what stands beside it.

    ``unpriced`` lists what has no price; it is empty unless partial cost was asked for, and
    ``is_lower_bound`` then says that the total is only a part.
    """

    __slots__ = ("_assumed", "_total", "currency", "drawn", "parts", "unpriced", "usages")

    def __init__(
        self,
        currency: str,
        parts: list[Line],
        total: Exact,
        usages: Sequence[Usage],
        unpriced: tuple[Refusal, ...] = (),
        drawn: Mapping[tuple[str, str, str], Decimal] = UNDRAWN,
        assumed: Assumed = NOTHING,
    ) -> None:
        self.currency = currency
        self.parts = parts
        self._total = total
        self.usages = usages
        self.unpriced = unpriced
        #: what this cost draws on the account's pools, by (seller, pool, period)
        self.drawn = drawn
        self._assumed = assumed

    @property
    def assumed(self) -> dict[str, str]:
        """What was assumed: the ``seller`` of a bare id, ``at`` for a record without an instant."""
        seller, at = self._assumed
        told = {} if seller is None else {"seller": seller}
        return told if at is None else {**told, "at": iso(at)}

    @property
    def total(self) -> Money:
        return Money(self._total, self.currency)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self.parts)

    @property
    def is_lower_bound(self) -> bool:
        return bool(self.unpriced)

    @property
    def is_estimate(self) -> bool:
        return any(line.estimate for line in self.lines)

    @property
    def reported(self) -> Money | None:
        """What the provider says it charged; never a part of the total."""
        amounts = [usage.reported for usage in self.usages if usage.reported is not None]
        return sum(amounts[1:], amounts[0]) if amounts else None

    @property
    def residual(self) -> Money | None:
        """Reported minus total, where both are in one currency."""
        reported = self.reported
        if reported is None or reported.currency != self.currency:
            return None
        return reported - self.total

    @property
    def digest(self) -> str:
        """The fingerprint of the catalogue that priced it."""
        for part in self.parts:
            return str(part.priced.tariff.card.provider.book.digest)
        return ""

    def __repr__(self) -> str:
        return f"<Cost {self.total}, {len(self.parts)} lines>"


def together(costs: Iterable[Cost]) -> Cost:
    """Add costs in one currency, lines and all; raises ValueError on two currencies."""
    costs = list(costs)
    currencies = {cost.currency for cost in costs}
    if len(currencies) != 1:
        raise ValueError(f"{' and '.join(sorted(currencies))} cannot be added")
    parts: list[Line] = []
    total: Exact = ZERO
    usages: list[Usage] = []
    unpriced: list[Refusal] = []
    drawn: dict[tuple[str, str, str], Decimal] = {}
    for cost in costs:
        parts += cost.parts
        total = add(total, cost.total.amount)
        usages += cost.usages
        unpriced += cost.unpriced
        for pool, amount in cost.drawn.items():
            drawn[pool] = EXACT.add(drawn.get(pool, Decimal(0)), amount)
    sellers = [cost._assumed[0] for cost in costs if cost._assumed[0] is not None]
    instants = [cost._assumed[1] for cost in costs if cost._assumed[1] is not None]
    assumed = (sellers[0] if sellers else None, instants[0] if instants else None)
    return Cost(currencies.pop(), parts, total, usages, tuple(unpriced), drawn, assumed)
