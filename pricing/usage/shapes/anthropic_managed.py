"""Usage of Anthropic's managed agents: snapshots of a session or thread, and single model requests.

A snapshot counts all turns so far, ``active_seconds`` is what the runtime is priced on, and
``list_cost`` is the price by the public list: text in cents, or in the currency itself where it has
a point. The counts exclude the cache, as in Messages; the model stands in the session's agent.
Source: the types of the anthropic package 2.11.0 (BetaManagedAgentsSessionUsageSnapshot,
BetaMonetaryAmount), 2026-11.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import UsageError
from pricing.money import Money
from pricing.usage.numbers import count, details, name, quantity
from pricing.usage.shapes.anthropic_messages import KNOWN, attributes_of, line_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_SESSION = frozenset(("active_seconds", "list_cost"))


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a snapshot, or the end of a model request; raises UsageError."""
    is_request = "model_usage" in record
    usage = details(record, "model_usage" if is_request else "usage") or record
    served = details(details(record, "agent"), "model")
    attributes = {**attributes_of(served), **attributes_of(usage)}
    model = name(served, "id") or name(record, "model")
    odd = set() if usage is record else set(usage.keys() - KNOWN - _SESSION)
    found = line_of(usage, model, attributes, record, odd)
    found.at = when(record, "processed_at", "updated_at")
    if is_request:
        return (found,)
    found.context_tokens = None
    found.aggregate = found.cumulative = True
    seconds = count(usage, "active_seconds")
    if seconds:
        found.meters["active_seconds"] = seconds
    cost = details(usage, "list_cost")
    if cost:
        found.reported = _amount(cost)
        found.reported_kind = "list_cumulative"
    return (found,)


def _amount(cost: Mapping[str, Any]) -> Money:
    amount, currency = quantity("list_cost", cost.get("amount")), name(cost, "currency")
    if currency is None:
        raise UsageError("list_cost has no currency")
    is_minor = isinstance(cost["amount"], int) or "." not in str(cost["amount"])
    return Money(amount * Decimal("0.01") if is_minor else amount, currency)
