"""The schema of card files, in pydantic; ``pricing cards schema`` prints it as JSON Schema.

All scalars arrive as text. Numbers become Decimals, days and instants become microseconds.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from pricing.instants import instant
from pricing.money import decimal

_GROUPED = re.compile(r"^-?\d{1,3}(_\d{3})*(\.\d+)?$|^-?\d+(\.\d+)?([eE]-?\d{1,2})?$")


def _number(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError("a number is missing" if value is None else "a number, not a list or map")
    if not _GROUPED.match(value):
        raise ValueError(f"'{value}' is no decimal number\nWrite 0.30 or 1_000_000.")
    try:
        return decimal(value.replace("_", ""))
    except (InvalidOperation, ValueError) as error:
        raise ValueError(str(error)) from None


def _positive(value: object) -> Decimal:
    number = _number(value)
    if number <= 0:
        raise ValueError(f"{number} is not more than 0")
    return number


def _price(value: object) -> Decimal:
    number = _number(value)
    if number < 0:
        raise ValueError(f"a price of {number} is negative")
    return number


def _yes(value: object) -> bool:
    if value not in ("true", "false"):
        raise ValueError(f"'{value}' is neither true nor false")
    return value == "true"


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("a day or an instant is missing")
    return instant(value)


def _day(value: object) -> str:
    if not isinstance(value, str) or not re.match(r"^\d{4}-\d{2}-\d{2}$", value):
        raise ValueError(f"'{value}' is no day\nWrite 2026-11-20.")
    instant(value)
    return value


def _per(value: object) -> tuple[Decimal, str]:
    """Read "1_000_000 token" as a number and a unit."""
    if isinstance(value, str):
        number, _, unit = value.strip().partition(" ")
        if unit:
            return _positive(number), unit.strip()
    raise ValueError(f"'{value}' is no quantity with its unit\nWrite 1_000_000 token.")


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise ValueError("a name or a list of names")


_NUMBER = {"type": ["number", "string"]}
Number = Annotated[Decimal, BeforeValidator(_number), WithJsonSchema(_NUMBER)]
Positive = Annotated[Decimal, BeforeValidator(_positive), WithJsonSchema(_NUMBER)]
Price = Annotated[Decimal, BeforeValidator(_price), WithJsonSchema(_NUMBER)]
Yes = Annotated[bool, BeforeValidator(_yes), WithJsonSchema({"type": "boolean"})]
Instant = Annotated[
    int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "examples": ["2026-11-20"]})
]
Day = Annotated[str, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Per = Annotated[
    tuple[Decimal, str],
    BeforeValidator(_per),
    WithJsonSchema({"type": "string", "examples": ["1_000_000 token"]}),
]
Names = Annotated[list[str], BeforeValidator(_names)]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=120)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Conditions = dict[str, Any]
Confidence = Literal["medium", "low"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a figure stands written, and the day it was read."""

    url: Text
    checked: Day | None = None
    seen: Day | None = None
    note: Text | None = None
    says: dict[str, Any] | None = None


class Rate(Strict):
    """A price per so many units, by meter; perhaps in tiers, in a table, only when."""

    per: Per
    price: Annotated[dict[str, Any], Field(min_length=1)]
    name: Slug | None = None
    when: Conditions | None = None
    by: list[str] | None = None
    pool: Slug | None = None
    minimum: Positive | None = None
    increment: Positive | None = None
    confidence: Confidence | None = None


class Modifier(Strict):
    """A named factor, perhaps only when."""

    name: Slug
    multiply: Any
    when: Conditions | None = None
    unit: Slug | None = None


class Estimate(Strict):
    """A price to use only where the caller asks for estimates."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    follows: Text
    as_: dict[str, str] | None = Field(default=None, alias="as")


class Unprice(Strict):
    """What has no price here, and why."""

    because: Literal["unpublished", "not_offered"]
    when: Conditions | None = None
    meters: list[str] | None = None
    estimate: Estimate | None = None
    note: Text | None = None


class Follow(Strict):
    """Prices passed through from another card."""

    card: Text
    meters: list[str] | None = None
    keep: Literal["all"] | list[str] = Field(default_factory=list)
    multiply: Positive | None = None


class Rounding(Strict):
    to: Positive
    mode: Literal["up", "down", "half_up", "half_even"]


class PerRequest(Strict):
    """A seller's own floor and rounding of each request."""

    floor: Price | None = None
    round: Rounding | None = None


class Clauses(Strict):
    """What a revision, a term version and a contract revision have in common."""

    effective: Instant
    note: Text | None = None
    sources: list[Source] = Field(default_factory=list)
    confidence: Confidence | None = None
    dated: Literal["observed", "inferred"] | None = None
    rates: list[Rate] = Field(default_factory=list)
    modifiers: list[Modifier] = Field(default_factory=list)
    unpriced: list[Unprice] = Field(default_factory=list)
    stack: list[list[str]] = Field(default_factory=list)


class Revision(Clauses):
    """What a card charges from ``effective`` until the next revision starts."""

    terms: list[str] = Field(default_factory=list)
    follows: list[Follow] = Field(default_factory=list)
    per_request: PerRequest | None = None
    currency: Slug | None = None
    until_at_least: Day | None = None
    withdrawn: Day | None = None
    ended: Yes | None = None


class Card(Strict):
    """What one seller charges for one model."""

    model: Text
    provider: Slug
    publisher: Slug | None = None
    aliases: list[Text] = Field(default_factory=list)
    facts: dict[str, Any] | None = None
    revisions: Annotated[list[Revision], Field(min_length=1)]


class Pool(Strict):
    """An allowance or volume that an account fills over a period."""

    resets: Literal["day", "month", "never"]
    clock: Text = "UTC"
    scope: Slug | None = None
    counts: Slug | None = None


class UnitOfAccount(Strict):
    """A currency of the seller's own: so many of it cost so much."""

    per: Positive
    price: Per
    effective: Instant | None = None
    sources: list[Source] = Field(default_factory=list)


class IdForm(Strict):
    """A form of model ids; named groups give the model and attributes."""

    pattern: Text
    map: dict[str, dict[str, str]] = Field(default_factory=dict)


class Billed(Strict):
    """Which responses are billed, by HTTP status."""

    status: Names


class Provider(Strict):
    """A seller."""

    provider: Slug
    currency: Slug
    title: Text | None = None
    sells: Literal["own", "resale"] | None = None
    note: Text | None = None
    sources: list[Source] = Field(default_factory=list)
    facts: dict[str, Any] | None = None
    assume: dict[str, str] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    billed: Billed | None = None
    ids: list[str | IdForm] = Field(default_factory=list)
    terms: dict[str, Annotated[list[Clauses], Field(min_length=1)]] = Field(default_factory=dict)
    pools: dict[str, Pool] = Field(default_factory=dict)
    units_of_account: dict[str, UnitOfAccount] = Field(default_factory=dict)
    per_request: PerRequest | None = None


class ContractRevision(Clauses):
    """What a contract changes from ``effective`` until ``until`` or its next revision."""

    until: Instant | None = None


class Contract(Strict):
    """Negotiated clauses laid over the cards that it names."""

    contract: Slug
    cards: Annotated[list[Text], Field(min_length=1)]
    revisions: Annotated[list[ContractRevision], Field(min_length=1)]


class MeterDefinition(Strict):
    unit: Slug
    side: Literal["input", "output", "fee"]
    bills_as: Slug | None = None
    implied: Number | None = None


class AttributeDefinition(Strict):
    default: Text | None = None
    same_as_default: list[Text] = Field(default_factory=list)
    values: list[Text] | None = None
    silent: Literal["ignore"] | None = None
    kind: Literal["number"] | None = None


class VocabularyFile(Strict):
    """The meters and attributes that cards and usage share."""

    meters: dict[str, MeterDefinition]
    attributes: dict[str, AttributeDefinition]


class Holidays(Strict):
    """Days off, known until a day."""

    known_until: Day
    dates: list[Day]
    source: Text | None = None
    sources: list[Source] = Field(default_factory=list)


class Window(Strict):
    """Hours of a day on a stated clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    clock: Text
    hours: Annotated[list[Text], Field(min_length=1)]
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] | None = None
    except_: Slug | None = Field(default=None, alias="except")
    source: Text | None = None
    sources: list[Source] = Field(default_factory=list)


class ExchangeRate(Strict):
    """From a day on, ``per`` units of one currency cost ``price`` of another."""

    effective: Instant
    per: Positive = Decimal(1)
    price: Per
    sources: list[Source] = Field(default_factory=list)
