"""FOCUS 1.0 to 1.4: BilledCost by charge; late fixes, credits and tax are told apart.

Model and token class stand in SkuPriceDetails as ``x_Model`` and ``x_TokenClass``, else in the
words of SkuMeter and ChargeDescription.
Source: the FOCUS specification 1.2 (focus.finops.org), as of 2026-11.
"""

from __future__ import annotations

import re

from pricing.errors import InvoiceError
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import (
    at,
    counted,
    described,
    kind_of,
    line_of,
    read_label,
    required,
    text_of,
    wider,
)
from pricing.reconcile.sellers import SELLER
from pricing.reconcile.statement import Line, Statement
from pricing.usage.json_text import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

_KINDS = {
    "usage": "usage",
    "purchase": "purchase",
    "tax": "tax",
    "credit": "credit",
    "adjustment": "correction",
}
_LABELS = {
    "x_ServiceTier": "service_tier",
    "x_ContextWindow": "context",
    "x_InferenceGeo": "inference_geo",
}


def read(document: Json | Table, path: str) -> Statement:
    """Read the charges; raises InvoiceError."""
    assert isinstance(document, Table)
    lines: list[Line] = []
    period: tuple[int, int] | None = None
    for row, number in document.rows:
        line = _line(row, number, path)
        lines.append(line)
        first = at(row, "BillingPeriodStart", path=path, line=number)
        last = at(row, "BillingPeriodEnd", path=path, line=number)
        period = wider(period, first, last)
    return Statement(path, "FOCUS charges", lines, period=period)


def _line(row: Row, number: int, path: str) -> Line:
    kind = kind_of(_KINDS, text_of(row, "ChargeCategory"), "ChargeCategory", path, number)
    if text_of(row, "ChargeClass").lower() == "correction":
        kind = "correction"
    amount = required(row, "BilledCost", path, number)
    start = at(row, "ChargePeriodStart", path=path, line=number)
    end = at(row, "ChargePeriodEnd", path=path, line=number)
    words = text_of(row, "ChargeDescription", "SkuMeter", "SkuId")
    fields: dict[str, Any] = {"kind": kind, "start": start, "end": end, "text": words}
    if kind == "usage":
        fields |= _usage(row, words, path, number)
    return line_of(row, number, path, amount, text_of(row, "BillingCurrency"), **fields)


def _usage(row: Row, words: str, path: str, number: int) -> dict[str, Any]:
    details = _details(row, path, number)
    label = read_label(words)
    kind = str(details.get("x_TokenClass") or "")
    own = re.sub(r"^(cache_write|input|output|cache_read)_", r"\1.", kind)
    label.meter = own or label.meter or read_label(text_of(row, "SkuMeter")).meter
    label.model = str(details.get("x_Model") or "") or label.model
    labels = {new: str(details[k]) for k, new in _LABELS.items() if details.get(k) is not None}
    seller = text_of(row, "ProviderName", "ServiceProviderName", "InvoiceIssuerName")
    if seller:
        labels[SELLER] = seller
    if row.get("SubAccountId") is not None:
        labels["project"] = text_of(row, "SubAccountId")
    pairs = [
        (row.get(key), text_of(row, unit), key)
        for key, unit in (("ConsumedQuantity", "ConsumedUnit"), ("PricingQuantity", "PricingUnit"))
    ]
    return described(label, f"'{words}'", labels) | counted(pairs, path, number)


def _details(row: Row, path: str, number: int) -> Row:
    text = text_of(row, "SkuPriceDetails")
    if not text:
        return {}
    try:
        found = json_value(text.encode())
    except ValueError:
        raise here(InvoiceError("SkuPriceDetails is no JSON"), path, number) from None
    return found if isinstance(found, dict) else {}
