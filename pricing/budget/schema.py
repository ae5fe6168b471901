"""The schema of a budget file, in pydantic; ``pricing budget schema`` prints it as JSON Schema.

What needs the cards or another part of the file is looked at in ``pricing.budget.file``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from pricing.budget.scalars import (
    Amount,
    Bound,
    Change,
    Count,
    Currency,
    Days,
    Factor,
    Line,
    MonthDays,
    Place,
    Portion,
    Share,
    calls,
    increase,
    names,
    scope,
    usage,
)
from pricing.cards.scalars import Day, Instant, Prose, Slug, Text, Yes

Stat = Literal["mean", "p50", "p95", "max"]
Per = Literal["call", "test", "session", "day", "month"]
Metric = Literal[
    "cache_share",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "calls",
]
_LIST = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    ]
}
_SCALAR = {"type": ["string", "number", "boolean"]}
Names = Annotated[list[Line], BeforeValidator(names), Field(min_length=1), WithJsonSchema(_LIST)]

Counts = Annotated[
    dict[str, Count],
    Field(min_length=1),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["number", "string"]},
        }
    ),
]
Attributes = Annotated[
    dict[str, Text], WithJsonSchema({"type": "object", "additionalProperties": _SCALAR})
]
Mix = Annotated[
    dict[str, Portion],
    Field(min_length=1),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Prices(Strict):
    """Which prices: of one day for both sides of a comparison, from cards that are not stale."""

    at: Instant | None = None
    stale_after: Days = 180
    cards: Names | None = None
    estimates: Yes = False


class Month(Strict):
    """How long a month is."""

    days: MonthDays


class Calls(Strict):
    """How many calls a scenario makes, in a day or in a month."""

    per_day: Count | None = None
    per_month: Count | None = None
    retries: Factor | None = None
    growth: Change | None = None


CallsOrNone = Annotated[
    Calls,
    BeforeValidator(calls),
    WithJsonSchema({"anyOf": [{"const": "none"}, {"$ref": "#/$defs/Calls"}]}),
]


class Runs(Strict):
    """How often a captured run is made, in a day or in a month."""

    per_day: Count | None = None
    per_month: Count | None = None
    growth: Change | None = None


class Usage(Strict):
    """What one call uses: recorded calls, counts, or a captured run of tests."""

    fixture: Names | None = None
    run: Names | None = None
    inline: Counts | None = None
    stat: Stat | None = None
    shape: Slug | None = None


UsageMap = Annotated[Usage, BeforeValidator(usage)]


class Scenario(Strict):
    """Calls of one kind: how many, what each uses, and whose they are."""

    usage: UsageMap
    calls: CallsOrNone | None = None
    runs: Runs | None = None
    owner: Line | None = None
    tags: Names | None = None
    source: Place | None = None
    model: Line | None = None
    seller: Slug | None = None
    attributes: Attributes | None = None
    mix: Mix | None = None
    batch: Portion | None = None
    cache_hit: Portion | None = None
    note: Prose | None = None


class Scope(Strict):
    """Which scenarios, and which models of theirs, a budget is about."""

    scenario: Names | None = None
    owner: Names | None = None
    tag: Names | None = None
    model: Names | None = None


ScopeOrName = Annotated[
    Scope,
    BeforeValidator(scope),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Scope"}]}),
]


class Increase(Strict):
    """By how much spending may rise against the base."""

    amount: Amount | None = None
    percent: Share | None = None
    when: Literal["any", "all"] = "any"


IncreaseMap = Annotated[Increase, BeforeValidator(increase)]


class Budget(Strict):
    """One thing that is judged: a limit, an increase, a metric, or the models that may be used."""

    id: Slug
    scope: ScopeOrName = Scope()
    per: Per | None = None
    stat: Stat | None = None
    limit: Amount | None = None
    warn_at: Share | None = None
    increase: IncreaseMap | None = None
    metric: Metric | None = None
    min: Bound | None = None
    max: Bound | None = None
    allow_models: Names | None = None
    severity: Literal["error", "warning"] = "error"
    note: Prose | None = None


class Waiver(Strict):
    """Who lets a budget be exceeded, up to what, until when, and why."""

    budget: Slug
    up_to: Amount
    until: Day
    reason: Line
    by: Line


class BudgetFile(Strict):
    """Scenarios of calls, and budgets that they must keep."""

    version: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})]
    currency: Currency | None = None
    prices: Prices = Prices()
    month: Month | None = None
    scenarios: dict[str, Scenario] = Field(min_length=1)
    budgets: list[Budget] = Field(min_length=1)
    waivers: list[Waiver] = []


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a budget file, for editors.

    What needs the cards, the fixtures or another part of the file is left to the command.
    """
    from pydantic.json_schema import models_json_schema

    parts = (BudgetFile, Calls, Scope)
    _, schema = models_json_schema([(model, "validation") for model in parts], by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "pricing.budget_file/1",
        "title": "A budget file",
        "$ref": "#/$defs/BudgetFile",
        "$defs": _tidy(schema["$defs"]),
    }


def _tidy(schema: Any) -> Any:
    """Leave out titles made of keys, defaults, and null, which no file may give."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _tidy(value)
        for key, value in schema.items()
        if key != "default" and not (key == "title" and isinstance(value, str))
    }
    choices = kept.get("anyOf")
    if isinstance(choices, list):
        choices = [choice for choice in choices if choice != {"type": "null"}]
        if len(choices) == 1:
            return {**{k: v for k, v in kept.items() if k != "anyOf"}, **choices[0]}
        kept["anyOf"] = choices
    return kept
