"""What Parquet files tell of their columns beforehand: the least and the largest value, and nulls.

Engines skip row groups by the same figures. They spare a second look at billions of rows: where a
column's bounds show that no price changes between them, and no sum can overflow.
"""

from __future__ import annotations

from importlib import import_module

from pricing.frames.counts import MOST
from pricing.instants import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: meters of the context begin so
CONTEXT = ("input", "cache_read", "cache_write")
_QUERY = """
select path_in_schema, count(*) = count(stats_min_value) and count(*) = count(stats_max_value)
       and count(*) = count(stats_null_count), sum(row_group_num_rows), sum(stats_null_count),
       list(distinct stats_min_value), list(distinct stats_max_value)
from parquet_metadata(?) group by path_in_schema
"""


class Bounds:
    """The least and the largest value of a column: whole counts, or instants in microseconds."""

    __slots__ = ("has_nulls", "least", "most", "rows")

    def __init__(self, rows: int, least: int | None, most: int | None, has_nulls: bool) -> None:
        self.rows = rows
        #: None: it holds no numbers
        self.least = least
        self.most = most
        self.has_nulls = has_nulls


def bounds_of(files: Sequence[str]) -> Mapping[str, Bounds]:
    """Give the bounds of the columns of Parquet files, of those that tell them, by DuckDB.

    None where it is not installed: other engines do without.
    """
    found: dict[str, Bounds] = {}
    try:
        duckdb = import_module("duckdb")
    except ImportError:
        return found
    told = duckdb.execute(_QUERY, [list(files)]).fetchall()
    for name, is_told, rows, nulls, least, most in told:
        if is_told:
            low, high = list(map(_number, least)), list(map(_number, most))
            known = None not in low and None not in high
            found[name] = Bounds(
                int(rows),
                min(n for n in low if n is not None) if known else None,
                max(n for n in high if n is not None) if known else None,
                bool(nulls),
            )
    return found


def _number(text: str) -> int | None:
    """Read a whole number, or an instant; a time without a zone is UTC's."""
    try:
        return int(text)
    except ValueError:
        pass
    if ":" not in text:
        return None
    try:
        return instant(text)
    except ValueError:
        pass
    try:
        return instant(f"{text}Z")
    except ValueError:
        return None


def spans_of(
    known: Mapping[str, Bounds],
    schema: Any,
    meters: Mapping[str, str],
    column: str | None,
    at: int | None,
) -> dict[str, int] | None:
    """Give between what all rows lie; None where that is unknown, or a sum may not fit 64 bits.

    ``meters`` are columns by meter, ``column`` is that of the instants; without it they are ``at``.
    """
    least = most = largest = rows = 0
    for meter, name in meters.items():
        counts = known.get(name)
        if counts is None or not schema[name].is_integer():
            return None
        low, high = counts.least, counts.most
        if low is None or high is None or low < 0:
            return None
        largest, rows = largest + high, max(rows, counts.rows)
        if meter.startswith(CONTEXT):
            # a null counts nothing
            least, most = least + (0 if counts.has_nulls else low), most + high
    first = last = at
    if column is not None:
        instants = known.get(column)
        if instants is None or instants.has_nulls or schema[column].is_integer():
            return None
        first, last = instants.least, instants.most
    if first is None or last is None or largest * rows > MOST:
        return None
    return {"_first": first, "_last": last, "_least": least, "_most": most}
