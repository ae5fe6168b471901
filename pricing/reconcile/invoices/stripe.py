"""An invoice as Stripe's API gives it, and as many resellers' systems do: lines in cents.

``amount`` counts the currency's smallest unit; ``unit_amount_decimal`` has up to twelve places.
Tax, discounts and credits stand beside the lines; an inclusive tax is part of them. ``amount_due``
differs from ``total`` by what a balance on the account paid.
Source: docs.stripe.com/api/invoices (total_taxes, before that total_tax_amounts and tax; and
total_pretax_credit_amounts), as of 2026-11.
"""

from __future__ import annotations

from pricing.errors import InvoiceError
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import CENT, at, line_of, read_label, required, text_of
from pricing.reconcile.statement import Line, Statement, amount_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

#: currencies without a hundredth part
_WHOLE = {"JPY", "KRW", "VND", "CLP", "XAF", "XOF", "UGX", "RWF", "PYG"}


def read(document: Json | Table, path: str) -> Statement:
    """Read the lines, and hold their sum against the total; raises InvoiceError."""
    assert isinstance(document, Json)
    invoice = document.first
    currency = text_of(invoice, "currency").upper()
    cents = currency not in _WHOLE
    lines = [
        _line(row, number, path, currency, cents) for row, number in document.items("lines", "data")
    ]
    lines += _taxes(invoice, currency, cents, path)
    lines += _others(invoice, "total_discount_amounts", "credit", -1, currency, cents, path)
    pretax = invoice.get("total_pretax_credit_amounts")
    granted = [r for r in pretax or () if isinstance(r, dict) and r.get("type") != "discount"]
    lines += _others({"credits": granted}, "credits", "credit", -1, currency, cents, path)
    if "total" not in invoice:
        lines += _others(invoice, "starting_balance", "credit", 1, currency, cents, path)
    held = invoice.get("lines")
    is_complete = not (isinstance(held, dict) and held.get("has_more"))
    statement = Statement(path, "invoice", lines, kind="invoice", is_complete=is_complete)
    total = invoice.get("total", invoice.get("amount_due"))
    if total is not None and is_complete:
        told = amount_of(total, "total")[0] * (CENT if cents else 1)
        if told != statement.total:
            raise InvoiceError(
                f"the lines add up to {statement.total}, the total says {told}",
                path=path,
                remedy="The file is cut off, or was changed: fetch it again.",
            )
    if "total" in invoice and invoice.get("amount_due") is not None:
        # what a balance on the account paid, or is still owed from before
        applied = amount_of(invoice["amount_due"], "amount_due")[0]
        applied -= amount_of(invoice["total"], "total")[0]
        balance = _others({"balance": applied}, "balance", "credit", 1, currency, cents, path)
        statement.lines += balance
    return statement


def _taxes(invoice: Row, currency: str, cents: bool, path: str) -> list[Line]:
    """Give the taxes on top of the lines, by the newest field that says them."""
    for key in ("total_taxes", "total_tax_amounts"):
        rows = invoice.get(key)
        if isinstance(rows, list):
            on_top = [
                row
                for row in rows
                if isinstance(row, dict)
                and row.get("tax_behavior") != "inclusive"
                and row.get("inclusive") is not True
            ]
            return _others({key: on_top}, key, "tax", 1, currency, cents, path)
    return _others(invoice, "tax", "tax", 1, currency, cents, path)


def _others(
    invoice: Row, key: str, kind: str, sign: int, currency: str, cents: bool, path: str
) -> list[Line]:
    held = invoice.get(key)
    rows = held if isinstance(held, list) else [{"amount": held}] if held else []
    found = []
    for row in rows:
        value = amount_of(row.get("amount"), key)[0] * sign
        found.append(line_of(row, 1, path, value, currency, cents=cents, kind=kind, text=key))
    return found


def _line(row: Row, number: int, path: str, currency: str, cents: bool) -> Line:
    if text_of(row, "currency").upper() not in ("", currency):
        raise here(InvoiceError("a line in another currency than the invoice"), path, number)
    described = text_of(row, "description")
    label = read_label(described)
    period = row.get("period")
    start = end = None
    if isinstance(period, dict):
        start = at(period, "start", path=path, line=number)
        end = at(period, "end", path=path, line=number)
    amount = required(row, "amount", path, number)
    fields: dict[str, Any] = {"start": start, "end": end, "text": described}
    try:
        is_credit = amount_of(amount)[0] < 0
    except InvoiceError as error:
        raise here(error, path, number) from None
    if is_credit:
        fields["kind"] = "credit"
    else:
        unread = None if label.meter else f"'{described}' names nothing that is known"
        fields |= {"model": label.model or None, "meter": label.meter, "labels": label.labels}
        fields["unread"] = unread
        if row.get("quantity") is not None and label.meter:
            fields["quantity"] = amount_of(row["quantity"], "quantity")[0]
    return line_of(row, number, path, amount, currency, cents=cents, **fields)
