"""One record: a response body, or one in an envelope that adds what the API does not say::

{"at": "2026-11-20T12:00:00Z", "seller": "anthropic", "id": "…", "status": 200,
 "labels": {"project": "search"}, "response": {"model": "…", "usage": {…}}}
"""

from __future__ import annotations

from pricing.errors import UsageError, did_you_mean
from pricing.instants import instant
from pricing.usage.numbers import name
from pricing.usage.read import read_usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]

_BODIES = ("response", "body")
_TIMES = ("at", "timestamp")
_KEYS = frozenset((*_BODIES, *_TIMES, "seller", "id", "status", "labels", "model", "attributes"))


def read_record(record: object, shape: str | None = None) -> Usages:
    """Read a response, in an envelope or not; none where it failed and nothing was counted.

    Raises:
        UsageError: it holds no usage, or one that contradicts itself.
    """
    if not isinstance(record, dict):
        raise UsageError(f"a record is an object, not {_KINDS.get(type(record), 'a number')}")
    body = _body(record)
    status = _status(record)
    try:
        usages = read_usage(body, shape)
    except UsageError:
        if _has_failed(body, status):
            return ()
        raise
    _envelope(record, body, usages, status)
    return usages


def _body(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what an envelope holds; a record that counts by itself is no envelope."""
    if isinstance(record.get("usage"), dict) or "totalUsage" in record:
        return record
    for key in _BODIES:
        held = record.get(key)
        # the text of an OpenTelemetry event stands under the same name
        if isinstance(held, dict) and "stringValue" not in held:
            return held
    return record


_KINDS = {list: "a list", str: "text", bool: "true or false", type(None): "null"}


def _has_failed(body: Mapping[str, Any], status: int | None) -> bool:
    """Tell whether a record without usage is an error's: it counted nothing."""
    if body.get("usage") is not None:
        return False
    if status is not None:
        return status >= 400
    return body.get("type") == "error" or isinstance(body.get("error"), dict)


def _status(record: Mapping[str, Any]) -> int | None:
    """Give the HTTP status; words under that name are an API's own and mean something else."""
    status = record.get("status")
    if isinstance(status, str) and len(status) == 3 and status.isdigit():
        return int(status)
    return status if isinstance(status, int) and not isinstance(status, bool) else None


def _envelope(
    record: Mapping[str, Any], body: Mapping[str, Any], usages: Usages, status: int | None
) -> None:
    at = next((record[key] for key in _TIMES if record.get(key) is not None), None)
    when = None if at is None else _instant(at)
    if body is not record:
        _refuse_slips(record)
    seller = name(record, "seller") or None
    labels = record.get("labels")
    own = name(record, "id") or None
    model = name(record, "model")
    attributes = record.get("attributes")
    for usage in usages:
        if when is not None:
            usage.at = when
        if seller is not None:
            usage.seller = seller
        if status is not None:
            usage.status = status
        if isinstance(labels, dict):
            usage.labels = {key: str(value) for key, value in labels.items() if value is not None}
        if own is not None:
            usage.id = own
        if usage.model is None and model is not None:
            usage.model = model
        if isinstance(attributes, dict) and body is not record:
            usage.attributes = {**usage.attributes, **attributes}


def _refuse_slips(record: Mapping[str, Any]) -> None:
    """Refuse a key that is nearly one of ours; what is foreign may stand in an envelope."""
    for key in record.keys() - _KEYS:
        hint = did_you_mean(key, _KEYS)
        if hint:
            raise UsageError(f"unknown key '{key}'", remedy=hint)


def _instant(at: object) -> int:
    if not isinstance(at, str):
        raise UsageError(f"{at!r} is no instant", remedy="Write 2026-11-20T12:00:00Z.")
    try:
        return instant(at)
    except ValueError as error:
        what, _, remedy = str(error).partition("\n")
        raise UsageError(what, remedy=remedy or None) from None
