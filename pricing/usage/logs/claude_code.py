"""Claude Code: a session's rows. A message stands in several; ``Records`` keeps the largest.

Rows are written for each content block and while a stream runs, copied when a session is resumed
or forked, and replayed in the files of sub-agents (``isSidechain``) under a new request id.
"""

from __future__ import annotations

from pricing.errors import Fault, UsageError
from pricing.usage.logs.begin import Begin
from pricing.usage.logs.rows import rows, unreadable
from pricing.usage.shapes import claude_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.usage.logs import Item, Lines


def begin(lines: Lines) -> Begin | None:
    """Tell when a session begins: a resumed one holds copies of the rows of an earlier one."""
    for row in rows(lines, ""):
        at = None if isinstance(row, Fault) else row[1].get("timestamp")
        if isinstance(at, str):
            return Begin(at)
    return None


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Read a session; rows without counts are passed over."""
    # a log has many rows of few sessions, models and tiers: each is kept once
    labels = kept.setdefault("labels", {})
    attributes = kept.setdefault("attributes", {})
    models = kept.setdefault("models", {})
    for row in rows(lines, path, b'"usage"'):
        if isinstance(row, Fault):
            yield row
            continue
        number, record = row
        own = claude_code.row_of(record)
        message = own.get("message")
        if not isinstance(message, dict) or not isinstance(message.get("usage"), dict):
            continue
        try:
            usages = claude_code.read(record)
        except UsageError as error:
            yield unreadable(error, path, number, message["usage"])
            continue
        told = usages[0].labels
        shared = labels.setdefault(tuple(told.items()), told)
        for usage in usages:
            usage.labels = shared
            own_attributes = usage.attributes
            key = tuple(own_attributes.items())
            usage.attributes = attributes.setdefault(key, own_attributes)
            usage.model = models.setdefault(usage.model, usage.model)
        yield number, usages
