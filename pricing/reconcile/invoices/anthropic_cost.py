"""Anthropic's cost report, the two of its analytics, and the Console's cost CSV: no quantities.

``amount`` is decimal text in cents, with digits below the cent; the CSV's is in dollars and cents.
A ``workspace_id`` of null is the default workspace; ``inference_geo`` is null unless grouped by.
A bucket of the analytics holds its 100 largest groups and no more.
Source: platform.claude.com/docs, api/admin/cost_report and api/beta/organization/analytics/cost;
for the CSV what several independent readers of it hold, all as of 2026-11.
"""

from __future__ import annotations

from pricing.errors import InvoiceError
from pricing.instants import DAY
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import at, day_after, line_of, required, text_of
from pricing.reconcile.statement import Line, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

_METERS = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write.5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write.1h",
    "input_cache_write": "cache_write",
}
#: the words of the CSV, and of an older one
_CSV_METERS = {
    "input_no_cache": "input",
    "output": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_5m": "cache_write.5m",
    "input_cache_write_1h": "cache_write.1h",
}
#: groups that a bucket of the analytics holds
_MOST_GROUPS = 100
_COSTS = {"web_search": "web_search", "code_execution": "code_execution"}
_LABELS = {
    "service_tier": "service_tier",
    "context_window": "context",
    "inference_geo": "inference_geo",
    "speed": "speed",
}


def read(document: Json | Table, path: str) -> Statement:
    """Read the report's pages, or the CSV's rows; raises InvoiceError."""
    if isinstance(document, Table):
        lines = [_cell(row, number, path) for row, number in document.rows]
        return Statement(path, "Anthropic Console cost CSV", lines, seller="anthropic")
    found: list[Line] = []
    groups: dict[int, int] = {}
    for bucket, row, number in document.in_buckets():
        found.append(_line(bucket, row, number, path))
        if "list_amount" in row:
            groups[id(bucket)] = groups.get(id(bucket), 0) + 1
    if not found:
        # one row a group, and no buckets
        for row, number in document.items("data"):
            cost, group = row.get("cost"), row.get("group") or {}
            if not isinstance(cost, dict) or not isinstance(group, dict):
                raise here(InvoiceError("a row without a cost"), path, number)
            found.append(_line(row, {**group, **cost}, number, path))
    statement = Statement(
        path, "Anthropic cost report", found, seller="anthropic",
        is_complete=not document.has_more,
    )  # fmt: skip
    if max(groups.values(), default=0) >= _MOST_GROUPS:
        statement.notes.append(
            f"{path} has a day of {_MOST_GROUPS} groups, the most that this report gives:"
            " smaller ones may be missing"
        )
    return statement


def _line(bucket: Row, row: Row, number: int, path: str) -> Line:
    start = at(bucket, "starting_at", path=path, line=number)
    end = at(bucket, "ending_at", path=path, line=number)
    kind, meter = text_of(row, "cost_type"), text_of(row, "token_type")
    found = _METERS.get(meter, "") if kind in ("tokens", "") else _COSTS.get(kind, "")
    labels = _labels(row)
    if "workspace_id" in row:
        labels["project"] = text_of(row, "workspace_id")
    if row.get("api_key_id") is not None:
        labels["key"] = text_of(row, "api_key_id")
    unread = None
    if not found and (kind or meter):
        unread = f"what '{meter or kind}' counts is not known"
    return line_of(
        row, number, path, required(row, "amount", path, number),
        text_of(row, "currency") or "USD", cents=True, start=start,
        end=day_after(start, end), model=text_of(row, "model") or None, meter=found,
        labels=labels, text=text_of(row, "description"), unread=unread,
    )  # fmt: skip


def _labels(row: Row) -> dict[str, str]:
    return {new: text for key, new in _LABELS.items() if (text := text_of(row, key))}


def _cell(row: Row, number: int, path: str) -> Line:
    """Read a row of the Console's CSV: a day, model, key and class of tokens."""
    required(row, "usage_date_utc", path, number)
    start = at(row, "usage_date_utc", path=path, line=number)
    assert start is not None
    kind, meter = text_of(row, "cost_type"), text_of(row, "token_type")
    found = _CSV_METERS.get(meter, "") or _COSTS.get(kind, "")
    labels = _labels(row)
    for key, column in (("project", "workspace"), ("key", "api_key")):
        if text_of(row, column):
            labels[key] = text_of(row, column)
    if "batch" in text_of(row, "usage_type").lower():
        labels["service_tier"] = "batch"
    unread = None if found else f"what '{meter or kind}' counts is not known"
    model = text_of(row, "model")
    return line_of(
        row, number, path, required(row, "cost_usd", path, number), "USD", start=start,
        end=start + DAY, model=model or None, meter=found, labels=labels,
        text=" ".join(filter(None, (model, meter or kind))), unread=unread,
    )  # fmt: skip
