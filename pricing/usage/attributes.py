"""Fields as logs hold them: attributes plain, nested or as OTLP lists them, and JSON as text."""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.json_text import json_value
from pricing.usage.numbers import details

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_MOST_DEEP = 8


def attributes_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the attributes of a record under their dotted names, or the record's own fields.

    Raises:
        UsageError: they are no attributes.
    """
    held = record.get("attributes", record)
    if isinstance(held, list):
        pairs = [item for item in held if isinstance(item, dict)]
        return {str(pair.get("key")): value_of(pair.get("value")) for pair in pairs}
    if not isinstance(held, dict):
        raise UsageError(f"attributes is {held!r}: not an object")
    return dict(_flat(held))


def parsed(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Give an object that a row holds as such or as its JSON text, empty where it is absent.

    Raises:
        UsageError: it is no JSON, or no object.
    """
    text = row.get(key)
    if not isinstance(text, str):
        return details(row, key)
    try:
        value = json_value(text.encode()) if text.strip() else None
    except ValueError:
        raise UsageError(f"{key} is no JSON") from None
    return details({key: value}, key)


def tags_of(held: object, but: str = "\0") -> str:
    """Give tags, a list or its JSON text, as one label, in one order whatever theirs is.

    ``but``: without those that begin so.
    """
    if isinstance(held, str):
        try:
            held = json_value(held.encode())
        except ValueError:
            held = [held]
    if not isinstance(held, list):
        return ""
    return ", ".join(sorted({str(tag) for tag in held if not str(tag).startswith(but)}))


def value_of(value: object) -> object:
    """Give what OTLP wraps as ``{"intValue": "904"}``; another value as it is."""
    if not isinstance(value, dict):
        return value
    for key, held in value.items():
        if key in ("intValue", "int_value") and isinstance(held, str):
            # 64 bits are text in protobuf's JSON
            return int(held) if held.lstrip("-").isdecimal() and len(held) < 32 else held
        if key.endswith(("Value", "_value")):
            return held
    return None


def _flat(held: Mapping[str, Any], prefix: str = "", deep: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in held.items():
        if isinstance(value, dict) and deep < _MOST_DEEP:
            yield from _flat(value, f"{prefix}{key}.", deep + 1)
        else:
            yield f"{prefix}{key}", value


def told(record: Mapping[str, Any], *prefixes: str) -> bool:
    """Tell whether a record has an attribute whose dotted name begins so."""
    held = record.get("attributes", record)
    if isinstance(held, list):
        keys = [i["key"] for i in held if isinstance(i, dict) and isinstance(i.get("key"), str)]
        return any(key.startswith(prefixes) for key in keys)
    if not isinstance(held, dict):
        return False
    return any(_within(held, prefix) for prefix in prefixes)


def _within(held: Mapping[Any, Any], prefix: str) -> bool:
    for key, value in held.items():
        if not isinstance(key, str):
            continue
        if key.startswith(prefix):
            return True
        if isinstance(value, dict) and prefix.startswith(f"{key}."):
            rest = prefix[len(key) + 1 :]
            if (not rest and value) or (rest and _within(value, rest)):
                return True
    return False
