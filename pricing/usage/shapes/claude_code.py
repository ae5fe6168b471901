"""Claude Code: a row of a session's log, and the progress row of an agent that holds one.

The usage is that of the Messages API. A message stands in several rows, one for each of its blocks,
whose counts grow: the reader of a log keeps the largest. Rows that Claude Code made up itself
(model ``<synthetic>``) are errors that nobody bills. ``costUSD`` is an estimate.
Source: the rows of Claude Code 2.1; ccusage types.rs, daily.rs for agents' rows.
"""

from __future__ import annotations

from pricing.usage.lines import dollars
from pricing.usage.numbers import details, name
from pricing.usage.shapes import anthropic_messages
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_LABELS = {"sessionId": "session", "cwd": "project"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row, one Usage per sampling iteration.

    Raises:
        UsageError: a count that is no count, or a breakdown larger than its whole.
    """
    row = row_of(record)
    message = details(row, "message")
    labels = {
        new: text
        for key, new in _LABELS.items()
        if (text := name(row, key) or name(record, key)) is not None
    }
    at = when(row, "timestamp") or when(record, "timestamp")
    request = name(row, "requestId")
    is_replay = row.get("isSidechain") is True
    made_up = row.get("isApiErrorMessage") is True or message.get("model") == "<synthetic>"
    found = anthropic_messages.read(message)
    for usage in found:
        usage.raw = record
        usage.at = at
        usage.labels = labels
        usage.request = request
        if is_replay:
            usage.is_replay = True
        if made_up:
            usage.free = "errors_not_billed"
        elif message.get("stop_reason", "") is None:
            # a snapshot of a stream; another row of the message may be the last one
            usage.incomplete = True
    reported = dollars("costUSD", row.get("costUSD"))
    if reported is not None:
        found[0].reported = reported
        found[0].reported_kind = "estimate"
    return found


def row_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the row itself, or the one that an agent's progress row holds."""
    data = record.get("data")
    held = data.get("message") if isinstance(data, dict) else None
    return held if isinstance(held, dict) and isinstance(held.get("message"), dict) else record
