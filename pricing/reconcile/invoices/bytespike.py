"""ByteSpike's usage roll-up, ``GET /api/v1/me/usage``: a bucket a day, hour, model or key.

It has no cached tokens: a bucket is checked as a sum, not price by price. Amounts are in USD
(``total_usd``) or in credits (``total_credits``).
Source: ByteSpike's public docs as stored, 2026-06-15.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import InvoiceError
from pricing.instants import DAY, SECOND
from pricing.money import ZERO
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import at, line_of, text_of
from pricing.reconcile.statement import Line, Statement, amount_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

_AMOUNTS = {"total_usd": "USD", "total_credits": "credits"}


def read(document: Json | Table, path: str) -> Statement:
    """Read the buckets, and hold their sum against the totals; raises InvoiceError."""
    assert isinstance(document, Json)
    lines = [_line(row, number, path) for row, number in document.items("buckets")]
    statement = Statement(path, "ByteSpike usage", lines, seller="bytespike")
    totals = document.first.get("totals")
    if isinstance(totals, dict):
        for key in _AMOUNTS:
            if totals.get(key) is not None:
                told, places = amount_of(totals[key], f"totals.{key}")
                off = abs(told - Decimal(str(statement.total)))
                if off > len(lines) * Decimal(1).scaleb(-places) / 2:
                    raise InvoiceError(
                        f"the buckets add up to {statement.total}, the totals say {told}",
                        path=path,
                        remedy="The file is cut off, or was changed: fetch it again.",
                    )
    return statement


def _line(row: Row, number: int, path: str) -> Line:
    key = next((key for key in _AMOUNTS if row.get(key) is not None), None)
    if key is None:
        raise here(InvoiceError("a bucket without total_usd"), path, number)
    start = end = None
    bucket = text_of(row, "bucket", "day", "hour")
    if bucket:
        start = at({"bucket": bucket}, "bucket", path=path, line=number)
        assert start is not None
        end = start + (DAY if len(bucket) <= 10 else 3600 * SECOND)
    labels = {}
    if row.get("api_key") is not None:
        labels["key"] = text_of(row, "api_key")
    counted = [row.get("input_tokens"), row.get("output_tokens")]
    requests = row.get("call_count")
    found = line_of(
        row, number, path, row[key], _AMOUNTS[key], start=start, end=end,
        model=text_of(row, "model") or None, labels=labels, text=bucket,
        requests=requests if isinstance(requests, int) else None,
    )  # fmt: skip
    if all(count is not None for count in counted):
        # input counts every kind of input, output the rest: the sum is all that can be held
        found.labels["tokens"] = str(sum((amount_of(c, "tokens")[0] for c in counted), ZERO))
    return found
