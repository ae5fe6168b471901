"""OpenRouter's activity: a row a generation (CSV), or sums by day and model (CSV, API).

The fee on buying credits never stands on usage lines. With one's own key what the upstream seller
charges is no part of this bill.
Source: openrouter.ai/docs/api/api-reference/analytics/get-user-activity; for the CSVs what several
independent readers of them hold, all as of 2026-11.
"""

from __future__ import annotations

from pricing.errors import InvoiceError
from pricing.instants import DAY
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import at, line_of, required, text_of
from pricing.reconcile.statement import Line, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]


def read(document: Json | Table, path: str) -> Statement:
    """Read the rows; raises InvoiceError."""
    if isinstance(document, Table) and "generation_id" not in document.columns:
        lines = [_row(row, number, path) for row, number in document.rows]
        return Statement(path, "OpenRouter activity CSV", lines, seller="openrouter")
    if isinstance(document, Table):
        lines = [_generation(row, number, path) for row, number in document.rows]
        return Statement(path, "OpenRouter activity CSV", lines, seller="openrouter")
    lines = [_day(row, number, path) for row, number in document.items("data")]
    return Statement(path, "OpenRouter activity", lines, seller="openrouter")


def _generation(row: Row, number: int, path: str) -> Line:
    """Give a row by its generation: a line of the day on which it was made."""
    made = at(row, "created_at", path=path, line=number)
    start = None if made is None else made // DAY * DAY
    return line_of(
        row, number, path, required(row, "cost_total", path, number), "USD", start=start,
        end=None if start is None else start + DAY, model=text_of(row, "model_permaslug") or None,
        labels={"id": text_of(row, "generation_id")}, text=text_of(row, "generation_id"),
    )  # fmt: skip


def _row(row: Row, number: int, path: str) -> Line:
    """Give a row of the CSV by days: its columns are what the API calls otherwise."""
    named = {
        "date": text_of(row, "Date"),
        "model": text_of(row, "Slug"),
        "usage": row.get("Usage"),
    }
    count = text_of(row, "Requests")
    if count.isdecimal():
        named["requests"] = int(count)
    return _day(named, number, path)


def _day(row: Row, number: int, path: str) -> Line:
    date = text_of(row, "date")[:10]
    if not date:
        raise here(InvoiceError("a row without a date"), path, number)
    start = at({"date": date}, "date", path=path, line=number)
    requests = row.get("requests")
    return line_of(
        row, number, path, required(row, "usage", path, number), "USD", start=start,
        end=None if start is None else start + DAY,
        model=text_of(row, "model_permaslug", "model") or None,
        requests=requests if isinstance(requests, int) else None, text=text_of(row, "model"),
    )  # fmt: skip
