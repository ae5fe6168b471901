"""How streams and exports are told by their first line."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.usage.logs import Start

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


def stream(start: Start) -> bool:
    """A capture of server-sent events."""
    return start.line.startswith(_FIELDS)


def export(start: Start) -> bool:
    """CSV whose header is known, or which is named so."""
    if start.line[:1] in (b"{", b"[") or stream(start):
        return False
    from pricing.usage.logs.exports import kind_of

    return start.path.endswith((".csv", ".tsv")) or kind_of(start.line) is not None


def observations(start: Start) -> bool:
    """Langfuse's observations, one a line."""
    record = start.record
    is_one = not record.keys().isdisjoint(("usage_details", "usageDetails"))
    return is_one and not record.keys().isdisjoint(("type", "trace_id", "traceId"))
