"""The schema of card files, in pydantic; ``pricing cards schema`` prints it as JSON Schema.

What a price table, a condition and a factor hold is looked at in ``clauses``, with the vocabulary
at hand.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pricing.cards.scalars import (
    Address,
    Amount,
    Conditions,
    Confidence,
    Day,
    Factors,
    Free,
    Hours,
    Instant,
    Keep,
    Per,
    Positive,
    Price,
    Prices,
    Prose,
    Slug,
    Statuses,
    Text,
    Whole,
    Yes,
    form,
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a figure stands written, and the day it was read."""

    url: Address
    checked: Day | None = None
    seen: Day | None = None
    note: Prose | None = None
    says: dict[str, Free] | None = None

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"anyOf": [{"required": ["checked"]}, {"required": ["seen"]}]},
    )

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if self.checked is None and self.seen is None:
            raise ValueError("a source without its day\nAdd `checked: 2026-11-20`, or `seen`.")
        return self


class Rate(Strict):
    """A price per so many units, by meter; perhaps in tiers, in a table, only when."""

    per: Per
    price: Prices
    name: Slug | None = None
    when: Conditions | None = None
    by: list[str] | None = None
    pool: Slug | None = None
    minimum: Positive | None = None
    increment: Positive | None = None
    confidence: Confidence | None = None
    unverified: Yes | None = None


class Modifier(Strict):
    """A named factor, perhaps only when."""

    name: Slug
    multiply: Factors
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
    note: Prose | None = None


class Follow(Strict):
    """Prices passed through from another card."""

    card: Text
    meters: list[str] | None = None
    keep: Keep = Field(default_factory=list)
    multiply: Positive | None = None


class Rounding(Strict):
    """To which multiple, and which way."""

    to: Positive
    mode: Literal["up", "down", "half_up", "half_even"]


class PerRequest(Strict):
    """A seller's own floor and rounding of each request."""

    floor: Price | None = None
    round: Rounding | None = None


class Clauses(Strict):
    """What a revision, a term version and a contract revision have in common."""

    effective: Instant
    note: Prose | None = None
    sources: list[Source] = Field(default_factory=list)
    confidence: Confidence | None = None
    dated: Literal["observed", "inferred"] | None = None
    unverified: Yes | None = None
    rates: list[Rate] = Field(default_factory=list)
    modifiers: list[Modifier] = Field(default_factory=list)
    unpriced: list[Unprice] = Field(default_factory=list)
    stack: list[list[str]] = Field(default_factory=list)
    accept: dict[str, Prose] = Field(default_factory=dict)


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
    canonical: Text | None = None
    aliases: list[Text] = Field(default_factory=list)
    facts: dict[str, Free] | None = None
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
    price: Amount
    effective: Instant | None = None
    sources: list[Source] = Field(default_factory=list)


class IdForm(Strict):
    """A form of model ids; named groups give the model and attributes.

    ``named``: it holds only where the seller is named, being no other's ids alone.
    """

    pattern: Text
    named: Yes | None = None
    map: dict[str, dict[str, str]] = Field(default_factory=dict)


class Billed(Strict):
    """Which responses are billed, by HTTP status."""

    status: Statuses


class Provider(Strict):
    """A seller."""

    provider: Slug
    currency: Slug
    title: Prose | None = None
    sells: Literal["own", "resale"] | None = None
    note: Prose | None = None
    sources: list[Source] = Field(default_factory=list)
    facts: dict[str, Free] | None = None
    assume: dict[str, str] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    billed: Billed | None = None
    ids: list[Annotated[IdForm, BeforeValidator(form)]] = Field(default_factory=list)
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
    """A thing counted."""

    unit: Slug
    side: Literal["input", "output", "fee"]
    bills_as: Slug | None = None
    implied: Whole | None = None


class AttributeDefinition(Strict):
    """What describes a whole request."""

    default: Text | None = None
    same_as_default: list[Text] = Field(default_factory=list)
    values: list[Text] | None = None
    silent: Literal["ignore"] | None = None
    kind: Literal["number"] | None = None


class Vocabulary(Strict):
    """The meters and attributes that cards and usage share."""

    meters: dict[str, MeterDefinition] = Field(default_factory=dict)
    attributes: dict[str, AttributeDefinition] = Field(default_factory=dict)


class Holidays(Strict):
    """Days off, known until a day."""

    known_until: Day
    dates: list[Day]
    source: Prose | None = None
    sources: list[Source] = Field(default_factory=list)


class Window(Strict):
    """Hours of a day on a stated clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    clock: Text
    hours: Annotated[list[Hours], Field(min_length=1)]
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] | None = None
    except_: Slug | None = Field(default=None, alias="except")
    source: Prose | None = None
    sources: list[Source] = Field(default_factory=list)


class ExchangeRate(Strict):
    """From a day on, ``per`` units of one currency cost ``price`` of another."""

    effective: Instant
    per: Positive = Decimal(1)
    price: Amount
    sources: list[Source] = Field(default_factory=list)


def json_schema() -> dict[str, Any]:
    """Give one JSON Schema for all card files: a file is what one of its parts describes.

    What needs the vocabulary, other files or the order of revisions is left to the loader.
    """
    from pydantic.json_schema import models_json_schema

    files = (Card, Provider, Contract, Vocabulary)
    tables = (Window, Holidays, ExchangeRate)
    _, schema = models_json_schema(
        [(model, "validation") for model in (*files, *tables)], by_alias=True
    )
    definitions = schema["$defs"]
    definitions["Provider"]["properties"]["ids"]["items"] = {
        "anyOf": [{"type": "string"}, {"$ref": "#/$defs/IdForm"}]
    }
    windows = {"anyOf": [{"$ref": "#/$defs/Window"}, {"$ref": "#/$defs/Holidays"}]}
    rates = {"type": "array", "items": {"$ref": "#/$defs/ExchangeRate"}, "minItems": 1}
    definitions["Calendars"] = _table(windows, "Named time windows and holiday tables.")
    definitions["Currencies"] = _table(rates, "Dated exchange rates, by currency.")
    names = [*(model.__name__ for model in files), "Calendars", "Currencies"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of rate cards",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "$defs": _tidy(definitions),
    }


def _table(values: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": values,
        "minProperties": 1,
    }


def _tidy(schema: Any) -> Any:
    """Leave out titles made of keys, and null, which pydantic allows for every absent key."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    noise: dict[str, type] = {"title": str, "default": type(None)}
    kept = {k: _tidy(v) for k, v in schema.items() if not isinstance(v, noise.get(k, ()))}
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        choices.remove({"type": "null"})
        if len(choices) == 1:
            del kept["anyOf"]
            kept |= choices[0]
    return kept
