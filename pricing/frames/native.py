"""Buckets between boundaries, and the rows of a result."""

from __future__ import annotations

from typing import Any

import narwhals as nw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


#: places that fit eight bits
_MOST_PLACES = 255


def bucket(column: str, cuts: Sequence[int]) -> Any:
    """Give how many of the ascending boundaries a value has reached."""
    found: Any = nw.lit(0, nw.Int64)
    for place, cut in enumerate(cuts, start=1):
        found = nw.when(nw.col(column) >= cut).then(nw.lit(place, nw.Int64)).otherwise(found)
    return found


def placed(frame: Any, keys: set[tuple[str, ...]]) -> list[str]:
    """Give the keys whose places a frame may be grouped by: few, of one column, and of DuckDB."""
    if not frame.implementation.is_duckdb() or len(keys) > _MOST_PLACES:
        return []
    return [key[0] for key in keys if len(key) == 1]


def with_places(frame: Any, column: str, values: Sequence[str]) -> Any:
    """Give a frame of DuckDB with ``_place``, from 1, of a text among values; others have none.

    It groups by numbers of eight bits without a hash of the text.
    """
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    place = f"*, list_position([{listed}], {column})::utinyint AS _place"
    return nw.from_native(frame.to_native().project(place))


def dicts(frame: Any) -> list[dict[str, Any]]:
    """Give the rows of a result, which are few."""
    if isinstance(frame, nw.LazyFrame) and frame.implementation.is_duckdb():
        # its own way needs no other engine: that takes longer to load than rows to add up
        result = frame.to_native()
        names = list(result.columns)
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    found = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return list(found.iter_rows(named=True))
