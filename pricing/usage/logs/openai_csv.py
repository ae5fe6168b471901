"""Rows of the usage export of OpenAI's dashboard (CSV): those of its API, one bucket a row.

A time without requests has a row of its own, with nothing in it but the time. Counts are written
as 59200.0.
Source: a published export (read 2026-11-21): start_time, end_time, start_time_iso, end_time_iso,
project_id, num_model_requests, user_id, api_key_id, model, batch, service_tier, input_tokens,
output_tokens, input_cached_tokens, input_uncached_tokens and tokens by modality, as the API has
them.
"""

from __future__ import annotations

from pricing.usage.logs.costs import is_blank
from pricing.usage.shapes import openai_admin
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_TIMES = ("start_time", "start_time_iso", "end_time", "end_time_iso")


def read(row: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row; raises UsageError."""
    if is_blank(row):
        return ()
    counts = {key: cell for key, cell in row.items() if key not in _TIMES}
    is_batch = str(row.get("batch")).lower() in ("true", "1")
    body = {**counts, "object": "organization.usage.completions.result", "batch": is_batch}
    found = openai_admin.read(body)
    for usage in found:
        usage.seller = "openai"
        usage.at = when(row, "start_time", "start_time_iso", per_second=1, utc=True)
    return found
