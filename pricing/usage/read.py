"""Read a response or usage object, dict or SDK object, whoever's API it came from."""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.shapes import shape_named, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.shapes import Read, Shape
    from pricing.usage.usage import Usage

#: the reader of a response, by its keys; those of one API repeat, so this stays small
_SEEN: dict[tuple[object, ...], Read] = {}
_MOST_SEEN = 512


def read_usage(response: object, shape: str | None = None) -> tuple[Usage, ...]:
    """Give the usage of a response, one Usage per billed line.

    ``response`` is a whole response body, a bare usage object, or the SDK object of either.

    Raises:
        UsageError: no usage in it, no known shape, or counts that contradict each other.
    """
    record = response if response.__class__ is dict else _as_dict(response)
    usage = record.get("usage")
    if usage is not None and usage.__class__ is not dict:
        usage = _as_dict(usage)
        record = {**record, "usage": usage}
    if shape is not None:
        return _read_as(shape_named(shape), record)
    if usage is None:
        return shape_of(record).read(record)
    key = (tuple(usage), tuple(record), record.get("object"), record.get("type"))
    try:
        known = _SEEN.get(key)
    except TypeError:
        return shape_of(record).read(record)
    if known is None:
        known = shape_of(record).reader_for(record)
        if len(_SEEN) < _MOST_SEEN:
            _SEEN[key] = known
    return known(record)


def _read_as(shape: Shape, record: Mapping[str, Any]) -> tuple[Usage, ...]:
    usage = record.get("usage")
    if not shape.takes(record, usage if usage.__class__ is dict else record):
        raise UsageError(f"not the shape {shape.name}", remedy="Leave out --shape.")
    return shape.read(record)


def _as_dict(value: object) -> dict[str, Any]:
    from pricing.usage.sdk import as_dict

    return as_dict(value)
