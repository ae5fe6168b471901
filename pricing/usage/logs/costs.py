"""Rows of cost reports: money without counts, of Anthropic and OpenAI.

The ``amount`` of Anthropic's API is in cents, as decimal text; the ``cost_usd`` of its Console and
OpenAI's amounts are in dollars. Such a row is what was charged, stands beside what is computed, and
is never computed itself. OpenAI's CSV has a row without an amount for each day without costs.
Source: platform.claude.com cost_report; the types of the openai package (UsageCostsResponse); CSV
as public readers and published exports have it (read 2026-11-21), Anthropic's: usage_date_utc,
model, workspace, api_key, usage_type, context_window, token_type, cost_usd, list_price_usd,
cost_type, inference_geo, speed, api_key_id, api_key_status; OpenAI's: start_time, end_time,
start_time_iso, end_time_iso, amount_value, amount_currency, line_item, project_id,
organization_id, organization_name, newer ones also quantity, quantity_unit, user_id, api_key_id.
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
_TIMES = ("start_time", "end_time", "start_time_iso", "end_time_iso")
_LABELS = {
    "workspace_id": "workspace_id",
    "workspace": "workspace",
    "api_key": "key",
    "user_id": "user_id",
    "organization_id": "organization_id",
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
    """Read a row, none where it is a time without costs; raises UsageError for a bad amount."""
    if is_blank(row):
        return ()
    if "cost_usd" in row:
        row = {**row, "amount": row["cost_usd"], "starting_at": row.get("usage_date_utc")}
    amount = row.get("amount")
    if isinstance(amount, dict):
        value, currency = amount.get("value"), name(amount, "currency")
    elif "amount_value" in row:
        value, currency = row["amount_value"], name(row, "amount_currency")
    else:
        value, currency = amount, name(row, "currency")
    seller = "openai" if isinstance(amount, dict) or "amount_value" in row else "anthropic"
    number = amount_of(value)
    if seller == "anthropic" and "cost_usd" not in row:
        number = EXACT.multiply(number, _CENTS)
    at = when(row, "starting_at", "start_time", "start_time_iso", per_second=1, utc=True)
    labels = {new: text for key, new in _LABELS.items() if (text := name(row, key))}
    return (money_row(row, Money(number, (currency or "USD").upper()), seller, at, labels),)


def money_row(row: Row, money: Money, seller: str, at: int | None, labels: dict[str, str]) -> Usage:
    """Give a row that is what was charged, and no counts."""
    found = usage_of({}, {}, name(row, "model"), None, row)
    found.aggregate = True
    found.seller = seller
    found.reported = money
    found.reported_kind = "charged"
    found.at = at
    if labels:
        found.labels = labels
    return found


def is_blank(row: Row) -> bool:
    """Tell whether a row of a CSV holds a time and nothing else."""
    return all(value is None or key in _TIMES for key, value in row.items())


def amount_of(value: object) -> Decimal:
    """Read an amount, a credit's too: it is below 0; raises UsageError."""
    try:
        return decimal(repr(value) if isinstance(value, float) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        raise UsageError(f"amount is {value!r}: no amount of money") from None
