"""Google Cloud's billing export, as CSV or JSON rows of the BigQuery table.

``cost_type`` is regular, tax, adjustment or rounding_error; the credits of a row are lines of
their own. SKU descriptions name model and class: "Gemini 3 Flash Text Input - Predictions". Rows of
other services are passed over, and told.
Source: docs.cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage, as of
2026-11.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import InvoiceError
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import (
    Passed,
    at,
    counted,
    described,
    kind_of,
    line_of,
    read_label,
    required,
    text_of,
)
from pricing.reconcile.sellers import SELLER
from pricing.reconcile.statement import Line, Statement
from pricing.usage.json_text import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Row = Mapping[str, Any]

_KINDS = {
    "regular": "usage",
    "tax": "tax",
    "adjustment": "correction",
    "rounding_error": "rounding",
}
#: a word of the service's description -> who sells it
_SERVICES = {
    "vertex": "google-vertex",
    "gemini api": "google-aistudio",
    "generative language": "google-aistudio",
}


def read(document: Json | Table, path: str) -> Statement:
    """Read the rows; raises InvoiceError."""
    rows = document.rows if isinstance(document, Table) else document.items("data")
    lines: list[Line] = []
    sellers: set[str] = set()
    passed = Passed(path)
    for row, number in rows:
        service = str(_at(row, "service.description") or "").lower()
        own = "regular" in str(_at(row, "cost_type") or "regular").lower()
        seller = next((name for word, name in _SERVICES.items() if word in service), None)
        if own and service and seller is None:
            cost = _exact(required(row, "cost", path, number))
            passed.add(cost, text_of(row, "currency") or "USD", number)
            continue
        if own:
            sellers.add(seller or "google-vertex")
        for line in _lines(row, number, path):
            if line.kind == "usage":
                line.labels[SELLER] = seller or "google-vertex"
            lines.append(line)
    one = sellers.pop() if len(sellers) == 1 else None
    found = Statement(path, "GCP billing export", lines, seller=one)
    found.notes += passed.notes()
    return found


def _at(row: Row, name: str) -> Any:
    """Give a field, nested (``sku.description``) or under that very column."""
    if name in row:
        return row[name]
    held: Any = row
    for part in name.split("."):
        held = held.get(part) if isinstance(held, dict) else None
    return held if held is not None else row.get(name.replace(".", "_"))


def _lines(row: Row, number: int, path: str) -> Iterator[Line]:
    told = str(_at(row, "cost_type") or "regular")
    kind = kind_of(_KINDS, told, "cost_type", path, number)
    start = at(row, "usage_start_time", path=path, line=number)
    end = at(row, "usage_end_time", path=path, line=number)
    currency = text_of(row, "currency") or "USD"
    sku = str(_at(row, "sku.description") or "")
    fields: dict[str, Any] = {"kind": kind, "start": start, "end": end, "text": sku}
    if kind == "usage":
        fields |= _usage(row, sku, path, number)
    yield line_of(
        row, number, path, _exact(required(row, "cost", path, number)), currency, **fields
    )
    for credit in _credits(row, path, number):
        yield line_of(
            row, number, path, _exact(credit.get("amount")), currency, kind="credit", start=start,
            end=end, text=str(credit.get("name") or "credit"),
        )  # fmt: skip


def _credits(row: Row, path: str, number: int) -> list[Row]:
    held = row.get("credits")
    if isinstance(held, str):
        try:
            held = json_value(held.encode())
        except ValueError:
            raise here(InvoiceError("'credits' is no JSON"), path, number) from None
    return [each for each in held or [] if isinstance(each, dict)]


def _exact(value: object) -> object:
    """Give an amount; JSON of BigQuery writes numbers, which are read as exact decimals."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _usage(row: Row, sku: str, path: str, number: int) -> dict[str, Any]:
    project = _at(row, "project.id")
    labels = {"project": str(project)} if project else {}
    pairs = [
        (_exact(_at(row, count)), str(_at(row, unit) or "none"), count)
        for count, unit in (
            ("usage.amount", "usage.unit"),
            ("usage.amount_in_pricing_units", "usage.pricing_unit"),
        )
    ]
    found = described(read_label(sku), f"the SKU '{sku}'", labels)
    return found | counted(pairs, path, number)
