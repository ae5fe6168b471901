"""A gateway's own log: one call a row, with who served it and the usage as its API gave it::

{"ts": "2026-11-20T12:00:00Z", "request_id": "…", "provider": "…", "model": "…", "usage": {…}}

Names, ids and short texts beside these are labels; ``"failed_tool_calls": {"web_search": 2}`` is
one too, for calls of tools that failed and are not in the usage.
"""

from __future__ import annotations

from pricing.errors import Fault, UsageError
from pricing.usage.envelope import read_record
from pricing.usage.logs.rows import rows, unreadable
from pricing.usage.numbers import name
from pricing.usage.sellers import seller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.logs import Item, Lines

#: the label of a time that was written without its zone, and was read as UTC's
ZONELESS = "zoneless"
OWN = {"ts", "request_id", "provider", "model", "usage", "status"}


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Read a log of calls; rows of other kinds are read as records."""
    for row in rows(lines, path):
        if isinstance(row, Fault):
            yield row
            continue
        number, record = row
        try:
            yield number, read_record(_enveloped(record, "zoneless" in kept))
        except UsageError as error:
            yield unreadable(error, path, number, record)


def _enveloped(row: Mapping[str, Any], zoneless: bool) -> Mapping[str, Any]:
    if "response" in row or not isinstance(row.get("usage"), dict) or "provider" not in row:
        return row
    labels = {key: text for key, text in row.items() if key not in OWN and type(text) is str}
    failed = row.get("failed_tool_calls")
    if isinstance(failed, dict):
        labels["failed_tool_calls"] = ", ".join(f"{meter}={n}" for meter, n in failed.items())
    at = row.get("ts")
    if zoneless and isinstance(at, str) and not has_zone(at):
        # who asked for it finds out which zone it is
        at += "Z"
        labels[ZONELESS] = "yes"
    return {
        "at": at,
        "seller": seller_of(name(row, "provider")),
        "id": row.get("request_id"),
        "status": row.get("status"),
        "labels": labels,
        "response": _response(row),
    }


def _response(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the body of a row; a log keeps the tier that served beside the counts."""
    usage = row["usage"]
    body = {"model": row.get("model"), "usage": usage}
    if isinstance(usage.get("service_tier"), str):
        body["service_tier"] = usage["service_tier"]
    return body


def has_zone(text: str) -> bool:
    """Tell whether a time says its zone; a day has none and needs none."""
    clock = text.partition("T")[2] or text.partition(" ")[2]
    return not clock or clock.endswith(("Z", "z")) or "+" in clock or "-" in clock
