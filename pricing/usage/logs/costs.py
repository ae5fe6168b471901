"""Rows of cost reports: money without counts, of Anthropic and OpenAI.

Anthropic's ``amount`` is in cents, as decimal text; OpenAI's is in dollars. Such a row is what was
charged, stands beside what is computed, and is never computed itself.
Source: platform.claude.com cost_report; the types of the openai package (UsageCostsResponse); the
columns of OpenAI's CSV as of 2026-11.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import UsageError
from pricing.money import EXACT, Money, decimal
from pricing.usage.numbers import name
from pricing.usage.usage import usage_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Row = Mapping[str, Any]

_CENTS = Decimal("0.01")
_LABELS = {
    "workspace_id": "workspace_id",
    "project_id": "project_id",
    "api_key_id": "api_key_id",
    "cost_type": "cost_type",
    "token_type": "token_type",
    "line_item": "line_item",
    "description": "line_item",
}


def is_cost(row: Row) -> bool:
    """Tell whether a row tells an amount and no counts."""
    if str(row.get("object")).startswith("organization.costs") or "amount_value" in row:
        return True
    return "amount" in row and not row.keys().isdisjoint(("cost_type", "description"))


def read(row: Row) -> tuple[Usage, ...]:
    """Read a row; raises UsageError where its amount is none."""
    amount = row.get("amount")
    if isinstance(amount, dict):
        value, currency = amount.get("value"), name(amount, "currency")
    elif "amount_value" in row:
        value, currency = row["amount_value"], name(row, "amount_currency")
    else:
        value, currency = amount, name(row, "currency")
    seller = "openai" if isinstance(amount, dict) or "amount_value" in row else "anthropic"
    number = _amount(value)
    if seller == "anthropic":
        number = EXACT.multiply(number, _CENTS)
    found = usage_of({}, {}, name(row, "model"), None, row)
    found.aggregate = True
    found.seller = seller
    found.reported = Money(number, (currency or "USD").upper())
    found.reported_kind = "charged"
    found.at = when(row, "starting_at", "start_time", "start_time_iso", per_second=1, utc=True)
    labels = {new: text for key, new in _LABELS.items() if (text := name(row, key))}
    if labels:
        found.labels = labels
    return (found,)


def _amount(value: object) -> Decimal:
    """Read an amount, a credit's too: it is below 0."""
    try:
        return decimal(repr(value) if isinstance(value, float) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        raise UsageError(f"amount is {value!r}: no amount of money") from None
