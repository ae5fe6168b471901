"""The meters of recorded responses add up to the total that the provider counted.

The responses lie beside the project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from engine_cases.rows import FILES, Row, iterations, rows_of

import pricing

_TOTALS = ("total_tokens", "totalTokenCount", "totalTokens")
_TOKENS = ("input", "cache_read", "cache_write", "output")


def test_the_meters_of_every_recorded_response_add_up_to_its_total() -> None:
    if not FILES["recorded"].path.is_file():
        pytest.skip("no shared cases beside the project: recorded.jsonl")
    wrong, seen = [], Counter[str]()
    for row in rows_of("recorded"):
        total = total_of(row)
        # iterations are billed each; the total is the last one's
        if total is None or iterations(row):
            continue
        usages = pricing.read_usage(row.body, row.shape)
        found = sum(tokens_of(usage) for usage in usages)
        seen["warned"] += any(usage.warnings for usage in usages)
        seen["all"] += 1
        if found != total:
            wrong.append(f"{row.id}: {found}, the total is {total}")
    print(f"{seen['all']} have a total; {seen['warned']} of them are read with a warning")
    assert seen["all"] > 1000
    assert not wrong, "\n".join(wrong[:50])


def total_of(row: Row) -> Any:
    """Give the total that a response carries, or None."""
    places = [row.body.get(key) for key in ("usage", "usageMetadata")]
    for usage in places:
        if isinstance(usage, Mapping):
            for key in _TOTALS:
                if usage.get(key) is not None:
                    return usage[key]
    return None


def tokens_of(usage: pricing.Usage) -> Decimal:
    """Give all tokens of a line: fees and seconds are none."""
    counted = (n for m, n in usage.meters.items() if m.partition(".")[0] in _TOKENS)
    return Decimal(sum(counted))
