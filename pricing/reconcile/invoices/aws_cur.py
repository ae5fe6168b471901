"""Bedrock in AWS's cost and usage report (CUR 2.0): a row a usage type and day, in 1K tokens.

The names of usage types nest: cache reads end in ``-cache-read-input-token-count``, plain input in
``-input-tokens``. Words behind them tell tier and endpoint, words before them region and model.
Models that are sold through the marketplace have a product code of their own; their name says
Bedrock. Rows of other products are passed over, and told.
Source: AWS, Understanding your Amazon Bedrock CUR data; docs.aws.amazon.com/cur/latest/userguide
(table-dictionary-cur2), as of 2026-11.
"""

from __future__ import annotations

import re

from pricing.errors import InvoiceError
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import (
    Passed,
    at,
    kind_of,
    line_of,
    quantity_of,
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
    "discountedusage": "usage",
    "savingsplancoveredusage": "usage",
    "credit": "credit",
    "refund": "correction",
    "tax": "tax",
    "fee": "fee",
    "rifee": "fee",
    "savingsplanrecurringfee": "fee",
    "savingsplanupfrontfee": "fee",
    "savingsplannegation": "credit",
    "edpdiscount": "credit",
    "bundleddiscount": "credit",
    "privateratediscount": "credit",
    "solutionproviderprogramdiscount": "credit",
}
#: columns that name the product
_PRODUCTS = (
    "line_item_product_code",
    "line_item_usage_type",
    "product_product_name",
    "product",
    "line_item_line_item_description",
)
#: the longer ones first: the shorter ones are theirs too
_METERS = (
    (r"-cache-read(-input)?(-token-count|-tokens)", "cache_read"),
    (r"-cache-write-1h(-input)?(-token-count|-tokens)", "cache_write.1h"),
    (r"-cache-write-5m(-input)?(-token-count|-tokens)", "cache_write.5m"),
    (r"-cache-write(-input)?(-token-count|-tokens)(?=.*-1h)", "cache_write.1h"),
    (r"-cache-write(-input)?(-token-count|-tokens)", "cache_write"),
    (r"-input-tokens?(-count)?", "input"),
    (r"-output-tokens?(-count)?", "output"),
)


def read(document: Json | Table, path: str) -> Statement:
    """Read the rows of Bedrock; raises InvoiceError."""
    assert isinstance(document, Table)
    lines: list[Line] = []
    period: tuple[int, int] | None = None
    passed = Passed(path)
    for row, number in document.rows:
        if not any("bedrock" in text_of(row, column).lower() for column in _PRODUCTS):
            cost = required(row, "line_item_unblended_cost", path, number)
            passed.add(cost, text_of(row, "line_item_currency_code") or "USD", number)
            continue
        first = at(row, "bill_billing_period_start_date", path=path, line=number)
        last = at(row, "bill_billing_period_end_date", path=path, line=number)
        period = wider(period, first, last)
        lines.append(_line(row, number, path))
    if not lines:
        raise InvoiceError("no row of AmazonBedrock", path=path)
    found = Statement(path, "AWS CUR 2.0", lines, seller="aws-bedrock", period=period)
    found.notes += passed.notes()
    return found


def _line(row: Row, number: int, path: str) -> Line:
    told = text_of(row, "line_item_line_item_type")
    kind = kind_of(_KINDS, told, "the line item type", path, number)
    usage_type = text_of(row, "line_item_usage_type")
    start = at(row, "line_item_usage_start_date", path=path, line=number)
    end = at(row, "line_item_usage_end_date", path=path, line=number)
    if end is not None and start is not None and end <= start:
        end = None
    fields: dict[str, Any] = {"kind": kind, "start": start, "end": end, "text": usage_type}
    if kind == "usage":
        fields |= _usage(row, usage_type, path, number)
    return line_of(
        row, number, path, required(row, "line_item_unblended_cost", path, number),
        text_of(row, "line_item_currency_code") or "USD", **fields,
    )  # fmt: skip


def _usage(row: Row, usage_type: str, path: str, number: int) -> dict[str, Any]:
    labels = {"project": text_of(row, "line_item_usage_account_id")}
    found = next(
        ((m, meter) for pattern, meter in _METERS if (m := re.search(pattern, usage_type))), None
    )
    if found is None:
        return {"labels": labels, "unread": f"usage type '{usage_type}' is no count of tokens"}
    match, meter = found
    head, tail = usage_type[: match.start()], usage_type[match.end() :].lower()
    for tier in ("batch", "flex", "priority"):
        if re.search(rf"\b{tier}\b", tail) or re.search(rf"-{tier}$", head.lower()):
            labels["service_tier"] = tier
            head = re.sub(rf"-{tier}$", "", head, flags=re.IGNORECASE)
    _, _, model = head.partition("-")
    model = re.sub(r"-mantle$", "", model)
    model = re.sub(r"^[a-z]+\.(?=[a-z])", "", model)
    try:
        quantity, step = quantity_of(
            required(row, "line_item_usage_amount", path, number),
            text_of(row, "pricing_unit") or "1K tokens",
            "line_item_usage_amount",
        )
    except InvoiceError as error:
        raise here(error, path, number) from None
    return {
        "model": model or None, "meter": meter, "labels": labels, "quantity": quantity,
        "quantity_step": step,
    }  # fmt: skip
