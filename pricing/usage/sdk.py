"""SDK objects as the plain dicts that readers take.

What is large stays as it is: an object's own fields become a dict, those in it are dumped, and of
its lists only those become plain in which readers look. A field that is None is left out, as
readers take null and absent alike.
"""

from __future__ import annotations

from datetime import date

from pricing.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: lists in whose items readers look: grounding, blocks of a fallback, calls of tools, parts by kind
_LISTS = ("candidates", "content", "iterations", "output", "tools", "details", "modality", "count")
_PLAIN = (str, int, float, bytes, dict)


def as_dict(value: object) -> dict[str, Any]:
    """Give an SDK object as a dict.

    Raises:
        UsageError: not an object with fields.
    """
    if isinstance(value, dict):
        return value if value.__class__ is dict else dict(value)
    fields = getattr(value, "__dict__", None)
    if fields is None or isinstance(value, type):
        raise UsageError(f"{type(value).__name__} is no usage object")
    more = getattr(value, "__pydantic_extra__", None)
    found = {
        # a name that Python keeps for itself, as ``from``, ends in an underscore
        name.rstrip("_"): _plain(name, field)
        for name, field in ({**fields, **more} if more else fields).items()
        if field is not None and not name.startswith("_")
    }
    if "usage" not in found:
        usage = getattr(value, "usage", None)
        if usage is not None and not callable(usage):
            found["usage"] = _plain("usage", usage)
    return found


def _plain(name: str, value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        if not name.endswith(_LISTS):
            return value
        return [item if isinstance(item, _PLAIN) else _item(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return _item(value)


def _item(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        try:
            found = dump(exclude_none=True, warnings=False)
        except TypeError:
            found = dump()
        return {str(name).rstrip("_"): field for name, field in found.items()}
    return as_dict(value) if hasattr(value, "__dict__") else value
