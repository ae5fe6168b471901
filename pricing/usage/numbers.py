"""Counts and names as APIs send them: whole numbers, null, decimals as text or as JSON numbers."""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import UsageError
from pricing.money import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pricing.usage.usage import Quantity


def count(usage: Mapping[str, Any], key: str) -> Quantity:
    """Give a counter, 0 where it is absent or null.

    Raises:
        UsageError: it is negative or no number.
    """
    value = usage.get(key)
    if value is None:
        return 0
    if value.__class__ is int:
        if value < 0:
            raise UsageError(f"{key} is {value}: a count cannot be negative")
        return value
    return quantity(key, value)


def quantity(key: str, value: object) -> Quantity:
    """Read a count that is no plain int: 431.0, "431", Decimal("12.4")."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise UsageError(f"{key} is {value!r}: not a count")
    try:
        # repr gives the shortest text that means this float: the digits that the JSON held
        number = decimal(repr(value) if isinstance(value, float) else value)
    except (ValueError, ArithmeticError):
        shown = value if isinstance(value, Decimal) else repr(value)
        raise UsageError(f"{key} is {str(shown)[:40]}: not a count") from None
    if number < 0:
        raise UsageError(f"{key} is {value}: a count cannot be negative")
    return int(number) if number == number.to_integral_value() else number


def details(usage: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Give a nested object, empty where it is absent or null; raises UsageError."""
    value = usage.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"{key} is {value!r}: not an object")
    return value


def objects(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Give a list of objects, empty where it is absent or null; raises UsageError."""
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UsageError(f"{key} is {value!r}: not a list of objects")
    return value


def name(record: Mapping[str, Any], key: str) -> str | None:
    """Give a name or an id, None where it is absent or null; raises UsageError."""
    value = record.get(key)
    if value is None or value.__class__ is str or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UsageError(f"{key} is {value!r}: not a name")


def _is_money(key: str) -> bool:
    """Tell whether a key holds an amount, as ``cost``, ``total_cost`` and ``cost_details`` do."""
    return key.endswith(("cost", "cost_estimate", "cost_details", "cost_usd", "costUSD"))


def unknown_counters(
    usage: Mapping[str, Any], keys: Iterable[str], prefix: str = ""
) -> dict[str, Quantity]:
    """Give the non-zero numbers under keys that a reader does not know; amounts of money aside."""
    found: dict[str, Quantity] = {}
    for key in keys:
        value = usage[key]
        if value is None or isinstance(value, bool) or _is_money(str(key)):
            continue
        if isinstance(value, str):
            if not value.isdecimal():
                continue
            value = int(value)
        if isinstance(value, list):
            value = {str(number): item for number, item in enumerate(value)}
        if isinstance(value, dict):
            found |= unknown_counters(value, value, f"{prefix}{key}.")
        elif isinstance(value, int | float | Decimal) and value:
            found[f"{prefix}{key}"] = quantity(f"{prefix}{key}", value)
    return found
