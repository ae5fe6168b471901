"""Azure's cost details: a row a meter and day, without an id of its own.

Meter names are short: "GPT 5 Mini cchd Inpt Glbl 1M Tokens". A line of Claude on Foundry counts CCU
and names no model; it stays as money that cannot be matched to a model. Rows of other services are
passed over, and told.
Source: learn.microsoft.com/azure/cost-management-billing/automate/understand-usage-details-fields;
names of meters as third parties show them, as of 2026-11.
"""

from __future__ import annotations

import re

from pricing.errors import InvoiceError
from pricing.instants import DAY
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import (
    Passed,
    american_day,
    counted,
    described,
    kind_of,
    line_of,
    read_label,
    required,
    text_of,
    wider,
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
#: the columns that are read; other accounts' exports write them in camel case
_COLUMNS = (
    *("BillingCurrency", "BillingCurrencyCode", "BillingPeriodEndDate", "BillingPeriodStartDate"),
    *("ChargeType", "CostInBillingCurrency", "Date", "MeterCategory", "MeterName", "Quantity"),
    *("ResourceGroup", "ResourceGroupName", "UnitOfMeasure"),
)
#: categories under which models are billed, and those of other money
_OURS = re.compile(r"openai|cognitive|foundry|\bai\b|machine learning|tax|unassigned", re.I)


def read(document: Json | Table, path: str) -> Statement:
    """Read the rows; raises InvoiceError."""
    assert isinstance(document, Table)
    lines: list[Line] = []
    period: tuple[int, int] | None = None
    passed = Passed(path)
    for row, number in document.named(_COLUMNS):
        category = text_of(row, "MeterCategory")
        if category and not _OURS.search(category):
            cost = required(row, "CostInBillingCurrency", path, number)
            passed.add(cost, text_of(row, "BillingCurrency", "BillingCurrencyCode"), number)
            continue
        try:
            lines.append(_line(row, number, path))
            first, last = (text_of(row, f"BillingPeriod{end}Date") for end in ("Start", "End"))
            if first and last:
                period = wider(period, american_day(first), american_day(last) + DAY)
        except InvoiceError as error:
            raise here(error, path, number) from None
    found = Statement(path, "Azure cost details", lines, period=period)
    found.notes += passed.notes()
    return found


def _line(row: Row, number: int, path: str) -> Line:
    kind = kind_of(_KINDS, text_of(row, "ChargeType"), "ChargeType", path, number)
    start = american_day(required(row, "Date", path, number))
    name = text_of(row, "MeterName")
    fields: dict[str, Any] = {"kind": kind, "start": start, "end": start + DAY, "text": name}
    if kind == "usage":
        labels = {}
        group = text_of(row, "ResourceGroup", "ResourceGroupName")
        if group:
            labels["project"] = group
        label = read_label(re.sub(r"\b1[MK] ?Tokens\b", "", name))
        fields |= described(label, f"the meter '{name}'", labels)
        unit = text_of(row, "UnitOfMeasure")
        fields |= counted([(row.get("Quantity"), unit, "Quantity")], path, number)
    return line_of(
        row, number, path, required(row, "CostInBillingCurrency", path, number),
        text_of(row, "BillingCurrency", "BillingCurrencyCode"), **fields,
    )  # fmt: skip
