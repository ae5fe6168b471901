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
