"""Azure's cost details: a row a meter and day, without an id of its own.

Meter names are short: "GPT 5 Mini cchd Inpt Glbl 1M Tokens". A line of Claude on Foundry counts CCU
and names no model; it stays as money that cannot be matched to a model.
Source: exports and price sheets as third parties show them, as of 2026-11.
"""

from __future__ import annotations

import re

from pricing.errors import InvoiceError
from pricing.instants import DAY
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import (
    american_day,
    line_of,
    quantity_of,
    read_label,
    required,
    text_of,
    unit_scale,
)
from pricing.reconcile.statement import Line, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

_KINDS = {
    "usage": "usage",
    "purchase": "purchase",
    "tax": "tax",
    "refund": "correction",
    "roundingadjustment": "rounding",
    "unusedreservation": "fee",
    "unusedsavingsplan": "fee",
}


def read(document: Json | Table, path: str) -> Statement:
    """Read the rows; raises InvoiceError."""
    assert isinstance(document, Table)
    lines: list[Line] = []
    period: tuple[int, int] | None = None
    for row, number in document.rows:
        try:
            lines.append(_line(row, number, path))
            first, last = (
                text_of(row, "BillingPeriodStartDate"),
                text_of(row, "BillingPeriodEndDate"),
            )
            if first and last:
                period = (american_day(first), american_day(last) + DAY)
        except InvoiceError as error:
            raise here(error, path, number) from None
    return Statement(path, "Azure cost details", lines, period=period)


def _line(row: Row, number: int, path: str) -> Line:
    told = text_of(row, "ChargeType").lower()
    kind = _KINDS.get(told)
    if kind is None:
        raise InvoiceError(f"ChargeType '{told}' is not known")
    start = american_day(required(row, "Date", path, number))
    name = text_of(row, "MeterName")
    fields: dict[str, Any] = {"kind": kind, "start": start, "end": start + DAY, "text": name}
    if kind == "usage":
        fields |= _usage(row, name)
    return line_of(
        row, number, path, required(row, "CostInBillingCurrency", path, number),
        text_of(row, "BillingCurrency", "BillingCurrencyCode"), **fields,
    )  # fmt: skip


def _usage(row: Row, name: str) -> dict[str, Any]:
    label = read_label(re.sub(r"\b1[MK] ?Tokens\b", "", name))
    labels = dict(label.labels)
    if row.get("ResourceGroup") is not None:
        labels["project"] = text_of(row, "ResourceGroup")
    unread = None if label.meter else f"the meter '{name}' names nothing that is known"
    found: dict[str, Any] = {
        "model": label.model or None, "meter": label.meter, "labels": labels, "unread": unread,
    }  # fmt: skip
    unit = text_of(row, "UnitOfMeasure")
    if row.get("Quantity") is not None and unit_scale(unit) is not None:
        quantity, step = quantity_of(row["Quantity"], unit, "Quantity")
        found |= {"quantity": quantity, "quantity_step": step}
    return found
