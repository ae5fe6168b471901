"""Bedrock in AWS's cost and usage report (CUR 2.0, CSV): one row for each kind of token.

The amount counts in the row's unit, such as thousands of tokens; what was charged stands beside.
The end of the usage type says what was counted, what stands before it names region and model in
words that no card has. Rows of other products are passed over.
Source: AWS, Understanding your Amazon Bedrock CUR data (the four endings).
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import UsageError
from pricing.money import EXACT
from pricing.usage.lines import dollars, line
from pricing.usage.numbers import name, quantity
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

#: the longer endings first: the shorter ones are theirs too
_ENDS = {
    "-cache-read-input-token-count": "cache_read",
    "-cache-write-input-token-count": "cache_write",
    "-input-tokens": "input",
    "-output-tokens": "output",
}
_UNITS = {"1k tokens": 1_000, "1m tokens": 1_000_000, "tokens": 1}


def read(row: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row; none where it is of another product; raises UsageError."""
    if "bedrock" not in (name(row, "line_item_product_code") or "").lower():
        return ()
    kind = name(row, "line_item_usage_type") or ""
    found = next((end for end in _ENDS if kind.endswith(end)), None)
    if found is None:
        raise UsageError(f"usage type '{kind}' is no count of tokens")
    unit = name(row, "pricing_unit") or ""
    per = _UNITS.get(unit.lower())
    if per is None:
        raise UsageError(f"pricing_unit '{unit}' is not known", remedy="Known: 1K tokens.")
    told = quantity("line_item_usage_amount", row.get("line_item_usage_amount") or 0)
    amount = EXACT.multiply(Decimal(told), Decimal(per))
    tokens = int(amount) if amount == amount.to_integral_value() else amount
    _, _, model = kind.removesuffix(found).partition("-")
    return (
        line(
            {_ENDS[found]: tokens},
            None,
            row,
            model or None,
            at=when(row, "line_item_usage_start_date", utc=True),
            seller="aws-bedrock",
            reported=dollars("line_item_unblended_cost", row.get("line_item_unblended_cost")),
            reported_kind="charged",
        ),
    )
