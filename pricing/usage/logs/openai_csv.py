"""Rows of the usage export of OpenAI's dashboard (CSV): those of its API, one bucket a row.

Source: the columns of the export as of 2026-11, which are the fields of the API.
"""

from __future__ import annotations

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
    counts = {key: cell for key, cell in row.items() if key not in _TIMES}
    is_batch = str(row.get("batch")).lower() in ("true", "1")
    body = {**counts, "object": "organization.usage.completions.result", "batch": is_batch}
    found = openai_admin.read(body)
    for usage in found:
        usage.seller = "openai"
        usage.at = when(row, "start_time", "start_time_iso", per_second=1, utc=True)
    return found
