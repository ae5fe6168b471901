"""Hold a document against a shape of the schema, and say in our words what does not fit."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pricing.cards.strict import Document, kind
from pricing.errors import did_you_mean

Place = tuple[str | int, ...]
_T = TypeVar("_T", bound=BaseModel)
_WANTED = {
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}
_WRITE = {
    "text": "Write one text.",
    "a list": "Begin each entry with `- `.",
    "a map": "Write NAME: value in each line.",
}
_EXAMPLES = {
    "because": "because: unpublished",
    "budgets": "budgets: [{id: month, limit: 50 USD}]",
    "card": "card: maker/model",
    "cards": "cards: [maker/*]",
    "clock": "clock: UTC",
    "currency": "currency: USD",
    "dates": "dates: [2026-10-01]",
    "effective": "effective: 2026-11-20",
    "follows": "follows: maker/model",
    "hours": 'hours: ["09:00-12:00"]',
    "id": "id: month",
    "known_until": "known_until: 2027-01-01",
    "mode": "mode: up",
    "model": "model: ID",
    "multiply": "multiply: 0.5",
    "name": "name: batch",
    "per": "per: 1_000_000 token",
    "price": "price: …",
    "provider": "provider: NAME",
    "resets": "resets: month",
    "revisions": "revisions: [{effective: 2026-11-20, rates: […]}]",
    "side": "side: input",
    "status": "status: [200]",
    "to": "to: 0.000001",
    "unit": "unit: token",
    "until": "until: 2026-12-15",
    "up_to": "up_to: 60 USD",
    "url": "url: https://…",
    "usage": "usage: {fixture: fixtures/calls.jsonl}",
    "version": "version: 1",
}


def validate(shape: type[_T], document: Document, place: Place = ()) -> _T | None:
    """Give the value at a place in its shape; or None, with every fault noted on the document."""
    value = document.at(place)
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            loc = tuple(detail["loc"])
            what, remedy = _explain(detail["type"], detail, shape, place, loc)
            document.refuse(what, (*place, *loc), remedy)
        return None


def _explain(
    fault: str, detail: Any, shape: type[BaseModel], place: Place, loc: Place
) -> tuple[str, str | None]:
    """Give what is wrong and the remedy."""
    where = (*place, *loc)
    last = where[-1] if where else ""
    name = f"'{last}'" if isinstance(last, str) else f"number {last + 1} of '{_named(where)}'"
    value, context = detail["input"], detail.get("ctx", {})
    if not where:
        name = "a file"
    if fault == "extra_forbidden":
        known = _keys(shape, loc[:-1])
        return f"unknown key {name}", did_you_mean(str(last), known) or _listed("keys", known)
    if fault == "missing":
        example = _EXAMPLES.get(str(last), f"{last}: …")
        return f"{name} is missing", f"Add `{example}`."
    if fault == "value_error":
        what, _, remedy = str(context["error"]).partition("\n")
        return (what if what.startswith(("'", "no such")) else f"{name}: {what}"), remedy or None
    if fault in _WANTED:
        wanted = _WANTED[fault]
        what = f"{name} {'takes' if where else 'holds'} {wanted}, not {kind(value)}"
        if wanted == "a list" and isinstance(value, str):
            return what, f"Write [{value}]."
        return what, _listed("keys", _keys(shape, loc)) or _WRITE[wanted]
    if fault == "literal_error":
        known = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        shown = f"'{value}'" if isinstance(value, str) else kind(value)
        hint = did_you_mean(value, known) if isinstance(value, str) else None
        return f"{shown} is no value of '{_named(where)}'", hint or _listed("values", known)
    if fault == "string_pattern_mismatch":
        return f"'{value}' is no name", "A name is made of letters, digits and . _ : @ -"
    if fault == "string_too_short":
        return f"{name} is empty", "Give it a text, or leave it out."
    if fault == "too_short":
        return f"{name} is empty", "Give it an entry."
    if fault == "string_too_long":
        return f"{name} is {len(value):,} characters long", f"At most {context['max_length']:,}."
    return f"{name}: {detail['msg']}", None


def _named(loc: Place) -> str:
    return next((part for part in reversed(loc) if isinstance(part, str)), "")


def _listed(what: str, known: list[str]) -> str | None:
    return f"Known {what}: {', '.join(known)}." if known else None


def _keys(shape: Any, loc: Place) -> list[str]:
    """Give the keys that the schema allows at a place."""
    for part in loc:
        shape = _inside(shape, part)
    shape = _bare(shape)
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return []
    return [field.alias or name for name, field in shape.model_fields.items()]


def _inside(shape: Any, part: str | int) -> Any:
    """Give the shape of one key or item of a shape."""
    shape = _bare(shape)
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        fields = {field.alias or name: field for name, field in shape.model_fields.items()}
        return fields[str(part)].annotation if part in fields else None
    arguments = get_args(shape)
    return arguments[-1] if get_origin(shape) in (list, dict) else None


def _bare(shape: Any) -> Any:
    """Take off ``Annotated`` and ``| None``."""
    while get_origin(shape) in (Annotated, Union, UnionType):
        shape = next(argument for argument in get_args(shape) if argument is not type(None))
    return shape
