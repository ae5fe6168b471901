"""OpenAI's organization costs, of the API and as the dashboard's CSV.

``amount.value`` arrives as text with 39 decimals, and zero as "0E-6176". ``line_item`` is a label
that no page defines: "gpt-x batch, cached input", "evals | gpt-x, input", "web search tool calls".
It is split at the comma; what cannot be read stays as money that was not matched.
Source: the types of the openai package (UsageCostsResponse); real exports, as of 2026-11.
"""

from __future__ import annotations

import re

from pricing.errors import InvoiceError
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import (
    at,
    day_after,
    line_of,
    quantity_of,
    read_label,
    required,
    text_of,
)
from pricing.reconcile.statement import Line, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

_CLASSES = {
    "input": "input",
    "input tokens": "input",
    "uncached input": "input",
    "cached input": "cache_read",
    "cached input tokens": "cache_read",
    "output": "output",
    "output tokens": "output",
    "cache write": "cache_write",
    "cache writes": "cache_write",
    "cache write tokens": "cache_write",
}
_TOOLS = {"web search tool calls": "web_search", "file search": "file_search"}
_TIERS = ("batch", "flex", "priority")
_KINDS = ("text", "audio", "image")
#: units of quantities that are no counts
_OTHER_UNITS = re.compile(r"duration|gibibyte|hours|seconds", re.IGNORECASE)


def read(document: Json | Table, path: str) -> Statement:
    """Read the pages or the rows; raises InvoiceError."""
    lines: list[Line] = []
    if isinstance(document, Table):
        for row, number in document.rows:
            amount, currency = required(row, "amount_value", path, number), "amount_currency"
            lines.append(_line(row, row, number, path, amount, text_of(row, currency)))
        return Statement(path, "OpenAI costs CSV", lines, seller="openai")
    for bucket, row, number in document.in_buckets():
        amount = row.get("amount")
        if not isinstance(amount, dict):
            raise here(InvoiceError("'amount' is no object"), path, number)
        value = required(amount, "value", path, number)
        lines.append(_line(bucket, row, number, path, value, text_of(amount, "currency")))
    more = not document.has_more
    return Statement(path, "OpenAI costs", lines, seller="openai", is_complete=more)


def _line(bucket: Row, row: Row, number: int, path: str, amount: object, currency: str) -> Line:
    start = at(bucket, "start_time", "start_time_iso", path=path, line=number)
    end = at(bucket, "end_time", "end_time_iso", path=path, line=number)
    label = text_of(row, "line_item")
    model, meter, labels = item(label)
    if row.get("project_id") is not None:
        labels["project"] = text_of(row, "project_id")
    if row.get("api_key_id") is not None:
        labels["key"] = text_of(row, "api_key_id")
    quantity, step = None, None
    unit = text_of(row, "quantity_unit").replace("_", " ").replace("1000 ", "1K ")
    if row.get("quantity") is not None and not _OTHER_UNITS.search(unit):
        try:
            quantity, step = quantity_of(row["quantity"], unit or None, "quantity")
        except InvoiceError as error:
            raise here(error, path, number) from None
    unread = None
    if label and not meter:
        unread = f"the label '{label}' names nothing that is known"
    found = line_of(
        row, number, path, amount, currency or "USD", start=start, end=day_after(start, end),
        model=model or None, meter=meter, labels=labels, text=label, quantity=quantity,
        unread=unread,
    )  # fmt: skip
    if step is not None:
        found.quantity_step = step
    return found


def item(label: str) -> tuple[str, str, dict[str, str]]:
    """Give model, meter and labels of a line item; no meter where it cannot be read."""
    labels: dict[str, str] = {}
    surface, bar, rest = label.rpartition("|")
    if bar:
        labels["surface"] = surface.strip()
    name, _, kind = rest.strip().rpartition(",")
    kind = kind.strip().lower().replace("_", " ")
    if kind in _TOOLS:
        return "", _TOOLS[kind], labels
    meter = _CLASSES.get(kind, "")
    words = name.split()
    while len(words) > 1 and words[-1].lower() in (*_TIERS, *_KINDS):
        word = words.pop().lower()
        if word in _TIERS:
            labels["service_tier"] = word
        elif word != "text" and meter in ("input", "output", "cache_read"):
            meter = f"{meter}.{word}"
    if not meter and name:
        meter = read_label(kind).meter if re.fullmatch(r"[a-z ]*(input|output)", kind) else ""
    return " ".join(words), meter, labels
