"""Rows of the usage export of Anthropic's Console (CSV): sums of a day, the counts disjoint.

A column of counts that is not known surfaces, never dropped. The export of costs is in ``costs``.
Source: the header of ``claude_api_tokens_*.csv`` as public readers of it have it (read 2026-11-21):
usage_date_utc, model_version, api_key, workspace, usage_type, context_window,
usage_input_tokens_no_cache, usage_input_tokens_cache_write_5m, usage_input_tokens_cache_write_1h,
usage_input_tokens_cache_read, usage_output_tokens, web_search_count, inference_geo, speed.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.lines import line
from pricing.usage.numbers import count, name, quantity
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_METERS = {
    "input": ("usage_input_tokens_no_cache", "uncached_input_tokens"),
    "cache_read": ("usage_input_tokens_cache_read", "cache_read_input_tokens"),
    "cache_write.5m": ("usage_input_tokens_cache_write_5m", "ephemeral_5m_input_tokens"),
    "cache_write.1h": ("usage_input_tokens_cache_write_1h", "ephemeral_1h_input_tokens"),
    "output": ("usage_output_tokens", "output_tokens"),
    "web_search": ("web_search_count", "web_search_requests"),
}
_KNOWN = {key for keys in _METERS.values() for key in keys}
_ATTRIBUTES = ("context_window", "inference_geo", "speed", "service_tier")
_LABELS = {"api_key": "key", "api_key_id": "api_key_id", "workspace": "workspace"}


def read(row: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row; raises UsageError."""
    counts = {meter: sum(count(row, key) for key in keys) for meter, keys in _METERS.items()}
    attributes = {key: text for key in _ATTRIBUTES if (text := name(row, key))}
    kind = (name(row, "usage_type") or "").lower()
    if kind == "batch" or (kind and kind != "standard" and "service_tier" not in attributes):
        attributes["service_tier"] = kind
    unknown = {}
    for key in row.keys() - _KNOWN:
        if ("token" in key or "count" in key) and row[key] is not None:
            number = _number(key, row[key])
            if number:
                unknown[key] = number
    date = name(row, "usage_date_utc") or name(row, "date")
    return (
        line(
            {m: n for m, n in counts.items() if n or m in ("input", "output")},
            None,
            row,
            name(row, "model_version") or name(row, "model"),
            attributes=attributes,
            seller="anthropic",
            at=when({"date": date}, "date", utc=True),
            labels={new: text for key, new in _LABELS.items() if (text := name(row, key))},
            unknown=unknown,
        ),
    )


def _number(key: str, cell: object) -> Any:
    try:
        return quantity(key, cell)
    except UsageError:
        return 0
