"""What Parquet files tell of their columns beforehand: the least and the largest value, and nulls.

Engines skip row groups by the same figures. They spare a second look at billions of rows: where a
column's bounds show that no price changes between them, and no sum can overflow.
"""

from __future__ import annotations

from importlib import import_module

from pricing.instants import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: meters of the context begin so
CONTEXT = ("input", "cache_read", "cache_write")
_QUERY = """
select path_in_schema, count(*) = count(stats_min_value) and count(*) = count(stats_max_value)
       and count(*) = count(stats_null_count), sum(stats_null_count),
       list(distinct stats_min_value), list(distinct stats_max_value)
from parquet_metadata(?) group by path_in_schema
"""


class Bounds:
    """The least and the largest value of a column: whole counts, or instants in microseconds."""

    __slots__ = ("has_nulls", "least", "most")

    def __init__(self, least: int | None, most: int | None, has_nulls: bool) -> None:
        #: None: it holds no numbers
        self.least = least
        self.most = most
        self.has_nulls = has_nulls


def bounds_of(files: Sequence[str]) -> Mapping[str, Bounds]:
    """Give the bounds of the columns of Parquet files, of those that tell them, by DuckDB."""
    connection = import_module("duckdb").connect()
    rows = connection.execute(_QUERY, [list(files)]).fetchall()
    connection.close()
    found = {}
    for name, is_told, nulls, least, most in rows:
        if is_told:
            low, high = list(map(_number, least)), list(map(_number, most))
            known = None not in low and None not in high
            found[name] = Bounds(
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
) -> tuple[dict[str, int], int] | None:
    """Give between what all rows lie, and the sum of the largest counts; None if they are unknown.

    ``meters`` are columns by meter, ``column`` is that of the instants; without it they are ``at``.
    """
    least = most = largest = 0
    for meter, name in meters.items():
        counts = known.get(name)
        if counts is None or not schema[name].is_integer():
            return None
        low, high = counts.least, counts.most
        if low is None or high is None or low < 0:
            return None
        largest += high
        if meter.startswith(CONTEXT):
            # a null counts nothing
            least, most = least + (0 if counts.has_nulls else low), most + high
    first = last = at
    if column is not None:
        instants = known.get(column)
        if instants is None or instants.has_nulls or schema[column].is_integer():
            return None
        first, last = instants.least, instants.most
    if first is None or last is None:
        return None
    return {"_first": first, "_last": last, "_least": least, "_most": most}, largest
