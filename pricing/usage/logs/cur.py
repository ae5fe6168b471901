"""Bedrock in AWS's cost and usage report (CUR 2.0 or legacy): one row for each kind of token.

A usage type is region, model, what was counted, and how it was served: ``USE1-Claude4.6Opus-input-
tokens-cross-region-global-batch``, ``USW2-openai.gpt-oss-20b-mantle-input-tokens-standard``. The
model is a billing name that few cards have. The amount counts in the row's unit, such as thousands
of tokens; what was charged stands beside. Models that are billed through the Marketplace
(``USE1-MP:USE1_InputTokenCount_Global-Units``), tax and credits are money alone: their rows name no
model or no unit. Rows of other products are passed over.
Source: AWS, Understanding your Amazon Bedrock CUR data (the four endings); usage types of the AWS
Price List and of Cost Explorer as public code and its tests have them (read 2026-11-21).
"""

from __future__ import annotations

import re
from decimal import Decimal

from pricing.errors import UsageError
from pricing.money import EXACT, Money
from pricing.usage.lines import line
from pricing.usage.logs.costs import amount_of, money_row
from pricing.usage.numbers import name, quantity
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_KINDS = {
    "input-tokens": "input",
    "output-tokens": "output",
    "cache-read-input-token-count": "cache_read",
    "cache-read-input-tokens": "cache_read",
    "cache-read-tokens": "cache_read",
    "cache-write-input-token-count": "cache_write",
    "cache-write-input-tokens": "cache_write",
    "cache-write-tokens": "cache_write",
}
_TYPE = re.compile(
    r"(?:[A-Z]+[0-9]*-)?(?P<model>.+?)(?:-mantle)?-"
    rf"(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))})(?P<served>(?:-[a-z-]+)?)"
)
#: how it was served, as attribute and value; the longer words first
_SERVED = {
    "cross-region-global": ("endpoint", "global"),
    "cross-region-geo": ("endpoint", "geo"),
    "standard": ("service_tier", "standard"),
    "priority": ("service_tier", "priority"),
    "global": ("endpoint", "global"),
    "batch": ("service_tier", "batch"),
    "flex": ("service_tier", "flex"),
}
_MARKETPLACE = re.compile(r"-MP:.*token", re.IGNORECASE)
_UNITS = {"1k tokens": 1_000, "1m tokens": 1_000_000, "tokens": 1}


def read(row: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row; none where it is of another product; raises UsageError."""
    kind = name(row, "line_item_usage_type") or ""
    is_market = _MARKETPLACE.search(kind) is not None
    if not is_market and "bedrock" not in (name(row, "line_item_product_code") or "").lower():
        return ()
    at = when(row, "line_item_usage_start_date", utc=True)
    reported = _charged(row)
    if is_market or (name(row, "line_item_line_item_type") or "Usage") != "Usage":
        if reported is None:
            return ()
        labels = {"line_item": kind or str(row.get("line_item_line_item_type"))}
        return (money_row(row, reported, "aws-bedrock", at, labels),)
    found = _TYPE.fullmatch(kind)
    if found is None:
        raise UsageError(f"usage type '{kind}' is no count of tokens")
    unit = name(row, "pricing_unit") or ""
    per = _UNITS.get(unit.lower())
    if per is None:
        raise UsageError(f"pricing_unit '{unit}' is not known", remedy="Known: 1K tokens.")
    told = quantity("line_item_usage_amount", row.get("line_item_usage_amount") or 0)
    amount = EXACT.multiply(Decimal(told), Decimal(per))
    attributes = _served(found["served"], kind)
    region = name(row, "product_region_code")
    if region is not None and "endpoint" not in attributes:
        attributes |= {"endpoint": "govcloud"} if "us-gov-" in region else {"region": region}
    tokens = int(amount) if amount == amount.to_integral_value() else amount
    return (
        line(
            {_KINDS[found["kind"]]: tokens},
            None,
            row,
            found["model"],
            attributes=attributes,
            at=at,
            seller="aws-bedrock",
            reported=reported,
            reported_kind="charged",
        ),
    )


def _charged(row: Mapping[str, Any]) -> Money | None:
    cost = row.get("line_item_unblended_cost")
    if cost in (None, ""):
        return None
    return Money(amount_of(cost), name(row, "line_item_currency_code") or "USD")


def _served(words: str, kind: str) -> dict[str, str]:
    """Give the attributes that the end of a usage type tells; raises UsageError."""
    found = {}
    rest = words
    while rest:
        word = next((w for w in _SERVED if rest == f"-{w}" or rest.startswith(f"-{w}-")), None)
        if word is None:
            raise UsageError(f"usage type '{kind}': '{rest[1:]}' is not known")
        attribute, value = _SERVED[word]
        found[attribute] = value
        rest = rest[len(word) + 1 :]
    return found
