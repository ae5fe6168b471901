"""A row of Cursor's usage export (CSV).

``Input (w/ Cache Write)`` includes the input without: what it holds more was written to the cache.
In some exports the two stand beside each other; the total tells. A row is an agent's whole turn,
the sum of its calls. Errors are not charged; ``Included`` and ``Free`` are no amounts.
Source: the export of cursor.com/dashboard (2026-09), tokscale's reader of it.
"""

from __future__ import annotations

from pricing.money import ungrouped
from pricing.usage.lines import dollars, line
from pricing.usage.numbers import count, name
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_WITH, _WITHOUT = "Input (w/ Cache Write)", "Input (w/o Cache Write)"
_COUNTS = (_WITH, _WITHOUT, "Cache Read", "Output Tokens", "Total Tokens")


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a row.

    Raises:
        UsageError: a count that is no count.
    """
    row = {key: _plain(value) for key, value in record.items()}
    more, plain, cached, output, total = (count(row, key) for key in _COUNTS)
    warnings: tuple[str, ...] = ()
    written = more - plain
    if total and total == more + plain + cached + output != more + cached + output:
        written = more
    elif written < 0:
        written = more
        warnings = (f"{_WITH} ({more}) < {_WITHOUT} ({plain}): treated as exclusive of it",)
    if total and total != plain + written + cached + output:
        counted = plain + written + cached + output
        warnings += (f"Total Tokens is {total}, the counts add up to {counted}",)
    kind = name(row, "Kind") or ""
    cost = row.get("Cost")
    # "Included", "Free", "-" and "NaN" are words, no amounts
    amount = isinstance(cost, str) and not cost.replace(".", "").isdigit()
    reported = None if amount else dollars("Cost", cost)
    counts = {"input": plain, "cache_read": cached, "cache_write": written, "output": output}
    user = name(row, "User")
    found = line(
        {meter: number for meter, number in counts.items() if number or meter[-3:] == "put"},
        None,
        record,
        name(row, "Model"),
        at=when(row, "Date", utc=True),
        seller="cursor",
        labels={"user": user} if user else None,
        warnings=warnings,
        reported=reported,
        reported_kind=_kind(kind) if reported is not None else None,
        free="errors_not_billed" if _is_free(kind) else None,
    )
    return (found,)


def _plain(value: object) -> object:
    """Give a cell without what only people read: thousands' commas, the dollar sign."""
    if not isinstance(value, str):
        return value
    return ungrouped(value.strip().removeprefix("$")) or None


def _kind(kind: str) -> str:
    return "charged" if "demand" in kind.lower() or "usage" in kind.lower() else "estimate"


def _is_free(kind: str) -> bool:
    words = kind.lower()
    return "errored" in words or "not charged" in words or "no charge" in words
