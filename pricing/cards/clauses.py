"""Clauses of cards: rates, modifiers and refusals, each knowing its file and line.

They are read from the wire form when a tariff needs them.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.conditions import Bounds, When, read_when
from pricing.cards.vocabulary import covers
from pricing.instants import FOREVER, instant, short
from pricing.money import EXACT, decimal, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pricing.cards.vocabulary import Vocabulary

    Wire = Mapping[str, Any]
    Soft = tuple[str, int, int]


class Source:
    """Where a clause stands written: file and line, and the contract that it comes from."""

    __slots__ = ("contract", "file", "line")

    def __init__(self, file: str, line: int, contract: str | None = None) -> None:
        self.file = file
        self.line = line
        self.contract = contract

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Rate:
    """The price of one meter: tiers of (up to, price) per so many units, perhaps only when."""

    __slots__ = (
        "confidence",
        "increment",
        "meter",
        "minimum",
        "multiply",
        "name",
        "per",
        "pool",
        "seller",
        "soft",
        "source",
        "tiers",
        "unit",
        "unverified",
        "when",
    )

    def __init__(
        self,
        meter: str,
        tiers: Sequence[tuple[Decimal | None, Decimal]],
        per: Decimal,
        unit: str,
        when: When,
        source: Source,
        *,
        seller: str,
        name: str | None = None,
        pool: str | None = None,
        minimum: Decimal | None = None,
        increment: Decimal | None = None,
        confidence: str | None = None,
        multiply: Decimal | None = None,
        soft: tuple[Soft, ...] = (),
        unverified: bool = False,
    ) -> None:
        self.meter = meter
        self.tiers = tuple(tiers)
        self.per = per
        self.unit = unit
        self.when = when
        self.source = source
        self.seller = seller
        self.name = name
        self.pool = pool
        self.minimum = minimum
        self.increment = increment
        self.confidence = confidence
        self.multiply = multiply
        #: dates that are not printed: in words, and from when until when that is said
        self.soft = soft
        #: nothing but one source has the figure
        self.unverified = unverified

    def passed_on(self, factor: Decimal, revision: Wire) -> Rate:
        """Give this rate as the revision of a follower charges it."""
        changed = Rate.__new__(Rate)
        for slot in Rate.__slots__:
            setattr(changed, slot, getattr(self, slot))
        if factor != 1:
            changed.multiply = EXACT.multiply(factor, self.multiply or Decimal(1))
        changed.confidence = self.confidence or revision.get("confidence")
        changed.soft = self.soft + soft_date(revision)
        changed.unverified = self.unverified or revision.get("unverified", False)
        return changed


class Modifier:
    """A named factor: on every meter of ``unit``, or by dotted path, the longest first."""

    __slots__ = (
        "confidence",
        "factor",
        "factors",
        "name",
        "soft",
        "source",
        "unit",
        "unverified",
        "when",
    )

    def __init__(
        self,
        name: str,
        when: When,
        source: Source,
        factor: Decimal | None,
        factors: Mapping[str, Decimal] | None,
        unit: str = "token",
        confidence: str | None = None,
        soft: tuple[Soft, ...] = (),
        unverified: bool = False,
    ) -> None:
        self.name = name
        self.when = when
        self.source = source
        self.factor = factor
        self.factors = dict(factors) if factors is not None else None
        self.unit = unit
        self.confidence = confidence
        self.soft = soft
        self.unverified = unverified

    def factor_for(self, meter: str, unit: str) -> Decimal | None:
        """Give the factor on a meter, or None where the modifier does not reach it."""
        if self.factors is None:
            return self.factor if unit == self.unit else None
        path = meter
        while path not in self.factors:
            path, dot, _ = path.rpartition(".")
            if not dot:
                return None
        return self.factors[path]


class Unprice:
    """A clause without a price: what is refused, because of what, and perhaps an estimate.

    ``multiply`` is the factor at which a follower passes the estimate on; None: no follower's.
    """

    __slots__ = ("because", "estimate", "meters", "multiply", "name", "source", "when")

    def __init__(
        self,
        because: str,
        when: When,
        meters: Sequence[str] | None,
        source: Source,
        estimate: Wire | None = None,
        name: str | None = None,
        multiply: Decimal | None = None,
    ) -> None:
        self.because = because
        self.when = when
        self.meters = tuple(meters) if meters is not None else None
        self.source = source
        self.estimate = estimate
        self.name = name
        self.multiply = multiply

    def reaches(self, meter: str) -> bool:
        return self.meters is None or any(covers(path, meter) for path in self.meters)


class PerRequest:
    """What a seller makes of each request's sum: at least ``floor``, then rounded to ``to``.

    ``multiply`` is the factor at which a follower passes both on, in its own currency.
    """

    __slots__ = ("floor", "mode", "multiply", "source", "to")

    def __init__(self, wire: Wire, file: str) -> None:
        self.source = Source(file, wire["line"])
        self.floor = decimal(wire["floor"]) if "floor" in wire else None
        self.to = decimal(wire["round"]["to"]) if "round" in wire else None
        self.mode: str = wire["round"]["mode"] if "round" in wire else ""
        self.multiply = Decimal(1)

    def passed_on(self, factor: Decimal) -> PerRequest:
        """Give this rule as a follower has it, in its own money."""
        if factor == 1:
            return self
        changed = PerRequest.__new__(PerRequest)
        changed.source, changed.mode = self.source, self.mode
        changed.floor = None if self.floor is None else _times(self.floor, factor)
        changed.to = None if self.to is None else _times(self.to, factor)
        changed.multiply = _times(self.multiply, factor)
        return changed


def _times(number: Decimal, factor: Decimal) -> Decimal:
    """Multiply exactly, without the zeros that this leaves behind."""
    return Decimal(text(EXACT.multiply(number, factor)))


def read_per_request(wire: Wire, file: str) -> PerRequest | None:
    """Read the ``per_request`` of a provider or revision; None where it has none, or says so."""
    rule = wire.get("per_request", {})
    return PerRequest(rule, file) if "floor" in rule or "round" in rule else None


class Clauses:
    """The clauses of one revision, term version or contract revision."""

    __slots__ = ("modifiers", "rates", "stacks", "unpriced")

    def __init__(
        self,
        wire: Wire,
        file: str,
        seller: str,
        vocabulary: Vocabulary,
        contract: str | None = None,
    ) -> None:
        def source(raw: Wire) -> Source:
            return Source(file, raw["line"], contract)

        self.rates = [
            _rate(raw, price, source(price), seller, wire, vocabulary)
            for raw in wire.get("rates", ())
            for price in raw["prices"]
        ]
        self.modifiers = [
            _modifier(raw, source(raw), wire, vocabulary) for raw in wire.get("modifiers", ())
        ]
        self.unpriced = [
            Unprice(
                raw["because"],
                read_when(raw.get("when"), vocabulary),
                raw.get("meters"),
                source(raw),
                raw.get("estimate"),
            )
            for raw in wire.get("unpriced", ())
        ]
        self.stacks = [frozenset(names) for names in wire.get("stack", ())]


def _rate(
    raw: Wire,
    price: Wire,
    source: Source,
    seller: str,
    version: Wire,
    vocabulary: Vocabulary,
) -> Rate:
    when = read_when(raw.get("when"), vocabulary)
    if "when" in price:
        table = {name: read_cell(name, value, vocabulary) for name, value in price["when"].items()}
        when = When({**when.constraints, **table})
    optional = {key: decimal(raw[key]) if key in raw else None for key in ("minimum", "increment")}
    return Rate(
        price["meter"],
        [(None if top is None else decimal(top), decimal(each)) for top, each in price["tiers"]],
        decimal(raw["per"]),
        raw["unit"],
        when,
        source,
        seller=seller,
        name=raw.get("name"),
        pool=raw.get("pool"),
        minimum=optional["minimum"],
        increment=optional["increment"],
        confidence=raw.get("confidence", version.get("confidence")),
        soft=soft_date(version),
        unverified=raw.get("unverified", version.get("unverified", False)),
    )


def soft_date(wire: Wire) -> tuple[Soft, ...]:
    """Say that the first or the last day of a version is not printed; nothing where it is.

    An inferred one is said until the last day on which a source was read: there the price was seen.
    A promotion goes on, unless a card says otherwise, and that is said from its promised end on.
    """
    said: list[Soft] = []
    dated = wire.get("dated")
    if dated:
        until = FOREVER
        if dated == "inferred":
            days = [source.get("checked") or source["seen"] for source in wire.get("sources", ())]
            until = instant(max(days)) if days else FOREVER
        said.append((f"{dated} date: {short(wire['effective'])}", -FOREVER, until))
    promised = wire.get("until_at_least")
    if promised is not None:
        said.append((f"open end: promised until {promised}", instant(promised), FOREVER))
    return tuple(said)


def read_cell(name: str, value: str, vocabulary: Vocabulary) -> Any:
    """Read a key of a ``by`` table: a value, several with commas, or a range ``low..high``."""
    if vocabulary.is_number(name):
        low, _, high = value.partition("..")
        return Bounds(
            (decimal(low), False) if low else None, (decimal(high), True) if high else None
        )
    values = [part.strip() for part in value.split(",")]
    return read_when({name: values}, vocabulary).constraints[name]


def _modifier(
    raw: Wire,
    source: Source,
    version: Wire,
    vocabulary: Vocabulary,
) -> Modifier:
    multiply = raw["multiply"]
    when = read_when(raw.get("when"), vocabulary)
    by_path = isinstance(multiply, dict)
    return Modifier(
        raw["name"],
        when,
        source,
        None if by_path else decimal(multiply),
        {path: decimal(factor) for path, factor in multiply.items()} if by_path else None,
        raw.get("unit", "token"),
        version.get("confidence"),
        soft_date(version),
        unverified=version.get("unverified", False),
    )
