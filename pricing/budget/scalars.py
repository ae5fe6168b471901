"""The scalars of a budget file: amounts with their currency, shares, counts, days and places.

Each reader raises ValueError, whose second line is the remedy.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from pricing.cards.scalars import number
from pricing.money import EXACT, Money, multiply, text

_FIGURE = r"(0|[1-9][0-9]*|[1-9][0-9]{0,2}(_[0-9]{3})+)(\.[0-9]+)?"
_CURRENCY = r"[A-Z][A-Z0-9]{2,9}"
_AMOUNT = f"{_FIGURE} {_CURRENCY}"
_PERCENT = f"{_FIGURE} ?%"
_DAYS = r"[1-9][0-9]{0,3} days?"
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY or JPY"}
HUNDRED = Decimal(100)


def money(value: object) -> Money:
    """Read "50 USD" or "0.05 USD", from 0 on; raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("an amount with its currency is wanted\nWrite 50 USD.")
    found = value.strip()
    if re.fullmatch(_AMOUNT, found):
        figure, _, currency = found.partition(" ")
        return Money(number(figure), currency)
    sign = next((name for char, name in _SIGNS.items() if char in found), None)
    if re.fullmatch(_FIGURE, found):
        raise ValueError(f"'{found}' has no currency\nWrite {found} USD.")
    if found.startswith("-"):
        raise ValueError(f"'{found}' is negative\nA limit is 0 or more.")
    if sign is not None:
        raise ValueError(f"'{found}' is no amount\nWrite the currency's code, as 50 {sign[:3]}.")
    if re.fullmatch(_AMOUNT, found.upper()):
        raise ValueError(f"'{found}' is no amount\nWrite {found.upper()}.")
    if re.match(r"[0-9]+,[0-9]", found):
        raise ValueError(f"'{found}' is no amount\nWrite 1_000 USD, and a point for decimals.")
    raise ValueError(f"'{found}' is no amount\nWrite 50 USD.")


def share(value: object) -> Decimal:
    """Read "80%" as 0.8; raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("a percentage is wanted\nWrite 80%.")
    found = value.strip()
    if re.fullmatch(_PERCENT, found):
        return EXACT.divide(number(found.rstrip("%").rstrip()), HUNDRED)
    if re.fullmatch(_FIGURE, found):
        meant = multiply(number(found), HUNDRED) if number(found) <= 1 else number(found)
        raise ValueError(f"'{found}' has no percent sign\nWrite {text(meant)}%.")
    raise ValueError(f"'{found}' is no percentage\nWrite 80%.")


def portion(value: object) -> Decimal:
    """Read a share of at most 100%; raises ValueError."""
    found = share(value)
    if found > 1:
        raise ValueError(f"'{value}' is more than the whole\nA share is at most 100%.")
    return found


def change(value: object) -> Decimal:
    """Read "20%" or "-20%" as what is added; raises ValueError."""
    is_less = isinstance(value, str) and value.strip().startswith("-")
    found = share(value.strip()[1:] if is_less and isinstance(value, str) else value)
    if is_less and found > 1:
        raise ValueError(f"'{value}' leaves less than nothing\nAt least -100%.")
    return -found if is_less else found


def _plain(value: object, example: str) -> Decimal:
    """Read a number; raises ValueError with an example of what is counted here."""
    try:
        return number(value)
    except ValueError as error:
        what = str(error).partition("\n")[0].replace("than any price", "than any count")
        raise ValueError(f"{what}\nWrite {example}.") from None


def count(value: object) -> Decimal:
    """Read a number from 0 on; raises ValueError."""
    found = _plain(value, "4_000 or 0.5")
    if found < 0:
        raise ValueError(f"'{value}' is negative\nA count is 0 or more.")
    return found


def factor(value: object) -> Decimal:
    """Read calls made for one that is wanted, from 1 on; raises ValueError."""
    found = _plain(value, "1.02 for 2 retries in 100 calls")
    if found < 1:
        raise ValueError(f"'{value}' is less than 1\nA retry adds calls: write 1.02 for 2 in 100.")
    return found


def bound(value: object) -> tuple[Decimal, bool]:
    """Read a count, or a share, and whether it is one; raises ValueError."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return share(value), True
    return count(value), False


def days(value: object) -> int:
    """Read "90 days"; raises ValueError."""
    found = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(_DAYS, found):
        shown = f"'{found}' is" if found else "here is"
        raise ValueError(f"{shown} no number of days\nWrite 90 days.")
    return int(found.split(" ")[0])


def month(value: object) -> Decimal:
    """Read the days of a month, from 28 to 31; raises ValueError."""
    found = _plain(value, "30")
    if not 28 <= found <= 31:
        raise ValueError(f"a month of {value} days\nWrite 30, or 28 to 31 as your reports do.")
    return found


def place(value: object) -> tuple[str, int]:
    """Read "app/agent.py:42" as a path and a line, 1 where it gives none; raises ValueError."""
    found = value.strip() if isinstance(value, str) else ""
    path, colon, line = found.rpartition(":")
    if not colon or not line.isdigit():
        path, line = found, "1"
    outside = path.startswith(("/", "~")) or ".." in path.split("/") or "\\" in path
    if not path or outside or not int(line):
        raise ValueError(f"'{found}' is no place in this project\nWrite app/agent.py:42.")
    return path, int(line)


def currency(value: object) -> str:
    """Read a currency's code; raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(_CURRENCY, value):
        raise ValueError(f"'{value}' is no currency\nWrite its code, as USD.")
    return value


def names(value: object) -> object:
    """Read one name, or a list of them."""
    return [value] if isinstance(value, str) else value


def line(value: object) -> str:
    """Read a name or a reason: one line that people see, more than blanks; raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("a text is wanted\nWrite one text.")
    if value and not value.strip():
        raise ValueError("nothing but blanks\nGive it a text, or leave it out.")
    if not value.isprintable():
        raise ValueError("a character that nobody sees\nWrite it in one line of plain text.")
    return value


def usage(value: object) -> object:
    """Read a map of usage; raises ValueError where it is only a path."""
    return _map(value, "usage", "{{fixture: {}}}")


def increase(value: object) -> object:
    """Read a map of what may be added; raises ValueError where it is only an amount."""
    return _map(value, "increase", "{{percent: {}}}" if "%" in str(value) else "{{amount: {}}}")


def _map(value: object, key: str, write: str) -> object:
    if isinstance(value, str):
        raise ValueError(f"'{key}' takes a map, not text\nWrite {write.format(value)}.")
    return value


def scope(value: object) -> object:
    """Read the name of a scenario, or a map of what is meant."""
    return {"scenario": [value]} if isinstance(value, str) else value


def calls(value: object) -> object:
    """Read "none", a scenario of which no calls are projected, or a map; raises ValueError."""
    return {} if value == "none" else _map(value, "calls", "{{per_day: {}}}")


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": [*examples]})


def _figure(**least: int) -> WithJsonSchema:
    return WithJsonSchema({"type": ["number", "string"], "pattern": f"^{_FIGURE}$", **least})


_BOUND: dict[str, Any] = {
    "type": ["number", "string"],
    "pattern": f"^{_FIGURE}( ?%)?$",
    "minimum": 0,
}
Amount = Annotated[Money, BeforeValidator(money), _text(_AMOUNT, "50 USD", "0.05 USD")]
Share = Annotated[Decimal, BeforeValidator(share), _text(_PERCENT, "80%")]
Portion = Annotated[Decimal, BeforeValidator(portion), _text(_PERCENT, "80%")]
Change = Annotated[Decimal, BeforeValidator(change), _text(f"-?{_PERCENT}", "20%", "-5%")]
Count = Annotated[Decimal, BeforeValidator(count), _figure(minimum=0)]
Factor = Annotated[Decimal, BeforeValidator(factor), _figure(minimum=1)]
Bound = Annotated[tuple[Decimal, bool], BeforeValidator(bound), WithJsonSchema(_BOUND)]
Days = Annotated[int, BeforeValidator(days), _text(_DAYS, "90 days")]
MonthDays = Annotated[Decimal, BeforeValidator(month), _figure(minimum=28, maximum=31)]
Place = Annotated[tuple[str, int], BeforeValidator(place), _text(".+", "app/agent.py:42")]
Line = Annotated[
    str,
    BeforeValidator(line),
    Field(min_length=1, max_length=4000),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 4000}),
]
Currency = Annotated[str, BeforeValidator(currency), _text(_CURRENCY, "USD")]
