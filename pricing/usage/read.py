"""Read a response or usage object, dict or SDK object, whoever's API it came from."""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.shapes import shape_named, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.shapes import Shape
    from pricing.usage.usage import Usage

#: which shape an order of keys means; keys of usage objects repeat, so this stays small
_SEEN: dict[tuple[str, ...], Shape] = {}
_MOST_SEEN = 512
#: what a reader may ask of a response beside its usage object
_FIELDS = [
    "id",
    "model",
    "object",
    "type",
    "created",
    "content",
    "stop_reason",
    "stop_details",
    "service_tier",
    "output",
]


def read_usage(response: object, shape: str | None = None) -> tuple[Usage, ...]:
    """Give the usage of a response, one Usage per billed line.

    ``response`` is a whole response body, a bare usage object, or the SDK object of either.

    Raises:
        UsageError: no usage in it, no known shape, or counts that contradict each other.
    """
    record = response if response.__class__ is dict else as_dict(response)
    usage = record.get("usage")
    if usage is None:
        if "usage" in record or not _is_bare(record):
            raise UsageError(
                "no usage in it", remedy="A response holds its counts under 'usage'; streams need "
                "their last event."
            )  # fmt: skip
        usage, record = record, {"usage": record}
    elif usage.__class__ is not dict:
        usage = as_dict(usage)
        record = {**record, "usage": usage}
    if shape is not None:
        found = shape_named(shape)
        if not found.fits(usage):
            missing = ", ".join(sorted(found.needs - usage.keys())) or "nothing"
            raise UsageError(f"not the shape {shape}: {missing} is missing")
        return found.read(record)
    keys = tuple(usage)
    known = _SEEN.get(keys)
    if known is None:
        known = shape_of(usage)
        if len(_SEEN) < _MOST_SEEN:
            _SEEN[keys] = known
    return known.read(record)


def _is_bare(record: Mapping[str, Any]) -> bool:
    """Tell whether the record is a usage object itself."""
    try:
        shape_of(record)
    except UsageError:
        return False
    return True


def as_dict(value: object) -> dict[str, Any]:
    """Give an SDK object as a dict: its usage whole, and of the rest what readers ask for.

    Raises:
        UsageError: not an object with fields.
    """
    if isinstance(value, dict):
        return value
    usage = getattr(value, "usage", None)
    if usage is not None:
        found = {
            name: _plain(field)
            for name in _FIELDS
            if (field := getattr(value, name, None)) is not None
        }
        found["usage"] = as_dict(usage)
        return found
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump()  # type: ignore[no-any-return]
    fields = getattr(value, "__dict__", None)
    if fields is None:
        raise UsageError(f"{type(value).__name__} is no usage object")
    return {name: _plain(field) for name, field in fields.items() if not name.startswith("_")}


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float | list | dict):
        return value
    return as_dict(value)
