"""Anthropic's cost report and the cost report of its analytics: money by day, without quantities.

``amount`` is decimal text in cents, with digits below the cent. A ``workspace_id`` of null is the
default workspace; ``inference_geo`` is null unless grouped by.
Source: platform.claude.com/docs, cost_report, as of 2026-11.
"""

from __future__ import annotations

from pricing.reconcile.invoices.files import Json, Table
from pricing.reconcile.invoices.parts import at, day_after, line_of, required, text_of
from pricing.reconcile.statement import Line, Statement

_METERS = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write.5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write.1h",
    "input_cache_write": "cache_write",
}
_COSTS = {"web_search": "web_search", "code_execution": "code_execution"}
_LABELS = {
    "service_tier": "service_tier",
    "context_window": "context",
    "inference_geo": "inference_geo",
    "speed": "speed",
}


def read(document: Json | Table, path: str) -> Statement:
    """Read the report's pages; raises InvoiceError."""
    assert isinstance(document, Json)
    lines: list[Line] = []
    for bucket, row, number in document.in_buckets():
        start = at(bucket, "starting_at", path=path, line=number)
        end = at(bucket, "ending_at", path=path, line=number)
        kind, meter = text_of(row, "cost_type"), text_of(row, "token_type")
        found = _METERS.get(meter, "") if kind in ("tokens", "") else _COSTS.get(kind, "")
        labels = {new: text for key, new in _LABELS.items() if (text := text_of(row, key))}
        if "workspace_id" in row:
            labels["project"] = text_of(row, "workspace_id")
        model = text_of(row, "model")
        unread = None
        if not found and (kind or meter):
            unread = f"what '{meter or kind}' counts is not known"
        lines.append(
            line_of(
                row, number, path, required(row, "amount", path, number),
                text_of(row, "currency") or "USD", cents=True, start=start,
                end=day_after(start, end), model=model or None, meter=found, labels=labels,
                text=text_of(row, "description"), unread=unread,
            )
        )  # fmt: skip
    return Statement(
        path, "Anthropic cost report", lines, seller="anthropic",
        is_complete=not document.has_more,
    )  # fmt: skip
