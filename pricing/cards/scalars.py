"""The scalars of card files: what their text means, and how JSON Schema says it.

Numbers become Decimals, days and instants become microseconds; each reader raises ValueError, whose
second line is the remedy.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from pricing.instants import instant
from pricing.money import decimal

_DIGITS = r"-?(0|[1-9][0-9]*|[1-9][0-9]{0,2}(_[0-9]{3})+)(\.[0-9]+)?([eE]-?[0-9]{1,2})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
_HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
_STATUS = r"[1-5][0-9x]{2}"
#: what a page may link to, and a paper that lies at hand
_ADDRESS = r"(https?://|file:)[^\"<>\x00-\x1f]+"


def number(value: object) -> Decimal:
    """Read a decimal number exactly as a page prints it; raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("a number is wanted\nWrite 0.30 or 1_000_000.")
    if not re.fullmatch(_DIGITS, value):
        raise ValueError(f"'{value}' is no decimal number\nWrite 0.30 or 1_000_000.")
    try:
        return decimal(value.replace("_", ""))
    except ValueError as error:
        raise ValueError(f"{error}\nWrite what the page prints.") from None


def price(value: object) -> Decimal:
    """Read a number that is not negative; raises ValueError."""
    found = number(value)
    if found.is_signed():
        raise ValueError(f"'{value}' is negative\nA price or factor is 0 or more.")
    return found


def positive(value: object) -> Decimal:
    """Read a number above 0; raises ValueError."""
    found = number(value)
    if found <= 0:
        raise ValueError(f"'{value}' is not more than 0\nGive a number above 0.")
    return found


def per(value: object) -> tuple[Decimal, str]:
    """Read "1_000_000 token" as a number and a unit; raises ValueError."""
    return _counted(value, "a number with its unit", "1_000_000 token")


def amount(value: object) -> tuple[Decimal, str]:
    """Read "1 USD" as a number and a currency; raises ValueError."""
    return _counted(value, "an amount with its currency", "1 USD")


def _counted(value: object, wanted: str, example: str) -> tuple[Decimal, str]:
    count, _, unit = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
    if not unit.strip():
        raise ValueError(f"{wanted} is wanted\nWrite {example}.")
    try:
        return positive(count), unit.strip()
    except ValueError as error:
        raise ValueError(f"{str(error).partition(chr(10))[0]}\nWrite {example}.") from None


def starts(value: object) -> int:
    """Read the first instant of a day (UTC), or an instant with its zone; raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(f"{_DATE}({_TIME})?", value):
        shown = f"'{value}' is" if isinstance(value, str) else "here is"
        raise ValueError(f"{shown} no day or instant\nWrite 2026-11-20 or 2026-11-20T12:00Z.")
    return instant(value)


def _day(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_DATE, value):
        shown = f"'{value}' is" if isinstance(value, str) else "here is"
        raise ValueError(f"{shown} no day\nWrite 2026-11-20.")
    instant(value)
    return value


def _address(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(_ADDRESS, value):
        raise ValueError(
            f"'{value[:80]}' is no address of a page\nWrite https://…, or file:… for a paper."
        )
    return value


def _yes(value: object) -> bool:
    if value not in ("true", "false"):
        raise ValueError("true or false is wanted\nWrite true.")
    return value == "true"


def _whole(value: object) -> Decimal:
    found = price(value)
    if found != int(found):
        raise ValueError(f"'{value}' is no whole number\nWrite 1.")
    return found


def _statuses(value: object) -> list[str]:
    values: list[Any] = value if isinstance(value, list) else [value]
    for status in values:
        if not isinstance(status, str) or not re.fullmatch(_STATUS, status):
            raise ValueError(f"'{status}' is no HTTP status\nWrite 200, or 2xx for all of them.")
    return values


def _keep(value: object) -> object:
    if value == "all" or isinstance(value, list):
        return value
    raise ValueError("a list of clauses, or all, is wanted\nWrite [long_context].")


def _hours(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_HOURS, value) or value[:5] == value[6:]:
        raise ValueError(f"'{value}' is no span of hours\nWrite \"09:00-12:00\".")
    return value


def form(value: object) -> object:
    """Read an id form that is only its pattern."""
    return {"pattern": value} if isinstance(value, str) else value


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": [*examples]})


def _figure(least: dict[str, int], pattern: str) -> dict[str, Any]:
    return {"type": ["number", "string"], "pattern": f"^{pattern}$", **least}


_NUMBER = _figure({}, _DIGITS)
_PRICE = _figure({"minimum": 0}, _DIGITS[2:])
_POSITIVE = _figure({"exclusiveMinimum": 0}, _DIGITS[2:])
_SCALAR = {"type": ["string", "number", "boolean"]}
_CODE = {"type": ["integer", "string"], "pattern": f"^{_STATUS}$", "minimum": 100, "maximum": 599}
_VALUES = {"type": "array", "items": _SCALAR, "minItems": 1}
_TIER = {
    "type": "object",
    "properties": {"up_to": _POSITIVE, "price": _PRICE},
    "required": ["price"],
    "additionalProperties": False,
}
_CELL = {"anyOf": [_PRICE, {"type": "array", "items": _TIER, "minItems": 1}, {"type": "object"}]}
_OPERATORS = {
    "type": "object",
    "properties": {
        "not": {"anyOf": [_SCALAR, _VALUES]},
        **dict.fromkeys(("above", "at_least", "below", "up_to"), _NUMBER),
    },
    "minProperties": 1,
    "additionalProperties": False,
}

Positive = Annotated[Decimal, BeforeValidator(positive), WithJsonSchema(_POSITIVE)]
Price = Annotated[Decimal, BeforeValidator(price), WithJsonSchema(_PRICE)]
Whole = Annotated[Decimal, BeforeValidator(_whole), WithJsonSchema({**_PRICE, "multipleOf": 1})]
Yes = Annotated[bool, BeforeValidator(_yes), WithJsonSchema({"type": "boolean"})]
Instant = Annotated[int, BeforeValidator(starts), _text(f"{_DATE}({_TIME})?", "2026-11-20")]
Day = Annotated[str, BeforeValidator(_day), _text(_DATE, "2026-11-20")]
Per = Annotated[
    tuple[Decimal, str], BeforeValidator(per), _text(f"{_DIGITS[2:]} +[^ ].*", "1_000_000 token")
]
Amount = Annotated[
    tuple[Decimal, str], BeforeValidator(amount), _text(f"{_DIGITS[2:]} +[^ ].*", "1 USD")
]
Hours = Annotated[str, BeforeValidator(_hours), _text(_HOURS, "09:00-12:00")]
Statuses = Annotated[
    list[str],
    BeforeValidator(_statuses),
    WithJsonSchema({"anyOf": [_CODE, {"type": "array", "items": _CODE, "minItems": 1}]}),
]
Keep = Annotated[
    Literal["all"] | list[str],
    BeforeValidator(_keep),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}}]}),
]
Address = Annotated[
    str,
    BeforeValidator(_address),
    StringConstraints(max_length=4000),
    WithJsonSchema({"type": "string", "pattern": f"^{_ADDRESS}$", "maxLength": 4000}),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=120)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
#: Free text of a note or fact may be a number or a day to other readers of YAML.
Free = Annotated[Any, WithJsonSchema({})]
Prose = Annotated[Text, WithJsonSchema({**_SCALAR, "minLength": 1, "maxLength": 4000})]
Conditions = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"anyOf": [_SCALAR, _VALUES, _OPERATORS]}}
    ),
]
Prices = Annotated[
    dict[str, Any],
    Field(min_length=1),
    WithJsonSchema({"type": "object", "additionalProperties": _CELL, "minProperties": 1}),
]
Factors = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                _PRICE,
                {"type": "object", "additionalProperties": _PRICE, "minProperties": 1},
            ]
        }
    ),
]
Confidence = Literal["medium", "low"]
