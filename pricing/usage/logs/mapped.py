"""Any CSV, JSON or Parquet by a mapping: which column holds what. See ``map_file`` for the file.

JSON is a record a line, or a list of records. A key inside others is written with points:
``usage.prompt``. Every column must be in the header of a CSV and among the columns of a Parquet; in
JSON one that is absent is null, but not in all rows.
"""

from __future__ import annotations

from math import ceil

from pricing.errors import Fault, UsageError, did_you_mean
from pricing.money import Money, decimal, ungrouped
from pricing.usage.logs.csv_rows import csv_rows, header_of
from pricing.usage.logs.rows import json_rows, unreadable
from pricing.usage.numbers import count, name
from pricing.usage.sellers import seller_of
from pricing.usage.usage import usage_of
from pricing.usage.when import MILLISECONDS, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.logs import Item, Lines
    from pricing.usage.usage import Quantity, Usage

    Row = Mapping[str, Any]

#: a number of seconds beyond this is one of milliseconds
_MOST_SECONDS = 100_000_000_000
_CONTEXT = ("input", "cache_read", "cache_write")


class Map:
    """Which column holds what; reads like a log."""

    #: what the readers of logs are known by
    name = "map"

    def __init__(
        self,
        columns: Mapping[str, str],
        meters: Mapping[str, str],
        inside: Mapping[str, str],
        attributes: Mapping[str, str],
        labels: Mapping[str, str],
        fixed: Mapping[str, str],
        reported: tuple[str, str, str] | None,
        aggregate: bool,
    ) -> None:
        self.columns = columns
        self.meters = meters
        self.inside = inside
        self.attributes = attributes
        self.labels = labels
        self.fixed = fixed
        #: column, currency and kind
        self.reported = reported
        self.aggregate = aggregate

    @property
    def named(self) -> list[str]:
        """The columns that the mapping names."""
        found = [*self.columns.values(), *self.meters.values()]
        found += [*self.attributes.values(), *self.labels.values()]
        return found + ([self.reported[0]] if self.reported else [])

    def read(self, lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
        """Read the rows of a file.

        Raises:
            UsageError: a column is not in it.
        """
        from itertools import chain

        first = next(lines, None)
        if first is None:
            return
        is_json = first[1].lstrip().startswith((b"{", b"["))
        if not is_json:
            self.check(header_of(first[1])[0], path, first[0], flat=True)
        every = chain([first], lines)
        unseen = set(self.named) if is_json and kept.get("checked") != path else set()
        is_read = False
        items: Iterator[tuple[int | str, Any] | Fault]
        items = json_rows(every, path) if is_json else csv_rows(every, path)
        for item in items:
            if isinstance(item, Fault):
                yield item
                continue
            number, row = item
            if is_json:
                row = {key: _held(row, key) for key in self.named}
                unseen -= {key for key in unseen if row[key] is not None}
            is_read = True
            try:
                yield number, (self._usage(row),)
            except UsageError as error:
                yield unreadable(error, path, number, row if is_json else None)
        missing = sorted(unseen & set(self.meters.values())) if is_read else []
        if missing:
            raise UsageError(f"no row has a value in '{missing[0]}'", path=path)

    def check(
        self, header: list[str], path: str, line: int | None = None, flat: bool = False
    ) -> None:
        """Refuse a column that is not in a file; raises UsageError."""
        for column in self.named:
            start = column if flat else column.partition(".")[0]
            if column not in header and start not in header:
                hint = did_you_mean(column, header) or f"Columns: {', '.join(header)[:200]}."
                raise UsageError(f"no column '{column}'", path=path or None, line=line, remedy=hint)

    def _usage(self, row: Row) -> Usage:
        counts: dict[str, Quantity] = {m: count(row, column) for m, column in self.meters.items()}
        for part, whole in self.inside.items():
            counts[whole] -= counts[part]
        for whole in self.inside.values():
            if counts[whole] < 0:
                raise UsageError(f"the parts of {self.meters[whole]} are more than the whole")
        meters = {m: n for m, n in counts.items() if n or m in ("input", "output")}
        context: int | None = ceil(sum(n for m, n in counts.items() if m.startswith(_CONTEXT)))
        if self.aggregate:
            context = None
        elif "context_tokens" in self.columns:
            context = ceil(count(row, self.columns["context_tokens"])) or context
        requests = count(row, self.columns["requests"]) if "requests" in self.columns else 0
        if requests:
            meters["request"] = requests
        attributes: dict[str, Any] = {
            key: value for key, value in self.fixed.items() if key not in ("seller", "model")
        }
        attributes |= {k: text for k, c in self.attributes.items() if (text := name(row, c))}
        found = usage_of(meters, attributes, self._told(row, "model"), context, row)
        found.aggregate = self.aggregate
        found.seller = seller_of(self._told(row, "seller"))
        found.id = self._told(row, "id")
        found.at = self._at(row)
        labels = {new: str(row[c]) for new, c in self.labels.items() if row[c] is not None}
        if labels:
            found.labels = labels
        if self.reported is not None and row[self.reported[0]] is not None:
            column, currency, found.reported_kind = self.reported
            found.reported = Money(_amount(column, row[column]), currency)
        return found

    def _told(self, row: Row, what: str) -> str | None:
        column = self.columns.get(what)
        return self.fixed.get(what) if column is None else name(row, column)

    def _at(self, row: Row) -> int | None:
        column = self.columns.get("at")
        if column is None:
            return None
        value = row[column]
        is_number = not isinstance(value, str) or value.replace(".", "", 1).isdigit()
        if value is None or not is_number:
            return when(row, column, utc=True)
        number = count(row, column)
        per = MILLISECONDS if number > _MOST_SECONDS else 1
        return when({column: number}, column, per_second=per)


def _held(row: Row, key: str) -> Any:
    """Give a value under its key, or inside others under a key with points."""
    if key in row:
        return row[key]
    held: Any = row
    for part in key.split("."):
        held = held.get(part) if isinstance(held, dict) else None
    return held


def _amount(column: str, cell: object) -> Any:
    text = ungrouped(cell.strip().removeprefix("$")) if isinstance(cell, str) else cell
    try:
        return decimal(repr(text) if isinstance(text, float) else text)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        raise UsageError(f"{column} is {cell!r}: no amount of money") from None
