"""Buckets between boundaries, and the rows of a result."""

from __future__ import annotations

from typing import Any

import narwhals as nw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def bucket(column: str, cuts: Sequence[int]) -> Any:
    """Give how many of the boundaries a value has reached."""
    found: Any = nw.lit(0, nw.Int64)
    for cut in cuts:
        found = found + (nw.col(column) >= cut).cast(nw.Int64)
    return found


def dicts(frame: Any) -> list[dict[str, Any]]:
    """Give the rows of a result, which are few."""
    if isinstance(frame, nw.LazyFrame) and frame.implementation.is_duckdb():
        # its own way needs no other engine: that takes longer to load than rows to add up
        result = frame.to_native()
        names = list(result.columns)
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    found = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return list(found.iter_rows(named=True))
