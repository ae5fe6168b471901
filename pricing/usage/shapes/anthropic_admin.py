"""Rows of Anthropic's usage reports: usage_report/messages, and the analytics that follow it.

The counts are disjoint as they stand; each row is the sum of many requests, which
``context_window`` tells apart by length. In analytics the dimensions stand under ``group``.
Source: platform.claude.com/docs/en/api/admin/usage_report, anthropic 2.11.0 (2026-11).
"""

from __future__ import annotations

from pricing.usage.numbers import count, details, name
from pricing.usage.shapes.anthropic_messages import KNOWN, line_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_ATTRIBUTES = ("service_tier", "context_window", "inference_geo", "speed")
_LABELS = (
    "api_key_id",
    "workspace_id",
    "account_id",
    "service_account_id",
    "session_id",
    "organization_id",
    "product",
)
_SIDES = ("input", "cache_", "output")
_KNOWN = frozenset(
    (
        "uncached_input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation",
        "server_tool_use",
        "requests",
        "total_tokens",
    )
)


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row; raises UsageError where a count is no count."""
    usage = record if "uncached_input_tokens" in record else details(record, "usage")
    row = details(record, "group") if "group" in record else record
    attributes = {key: value for key in _ATTRIBUTES if (value := name(row, key)) is not None}
    counts = {**usage, "input_tokens": count(usage, "uncached_input_tokens")}
    odd = set(usage.keys() - KNOWN - _KNOWN)
    found = line_of(counts, name(row, "model"), attributes, record, odd)
    found.context_tokens = None
    found.aggregate = True
    requests = count(usage, "requests")
    if requests:
        found.meters["request"] = requests
    found.at = when(record, "starting_at")
    labels = {key: value for key in _LABELS if (value := name(row, key)) is not None}
    if labels:
        found.labels = labels
    total = count(usage, "total_tokens")
    whole = sum(part for meter, part in found.meters.items() if meter.startswith(_SIDES))
    if total and total != whole:
        found.warnings += (f"total_tokens is {total}, the counts add up to {whole}",)
    return (found,)
