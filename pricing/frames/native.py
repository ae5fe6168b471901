"""What narwhals leaves to each engine: whole microseconds, buckets, and the rows of a result."""

from __future__ import annotations

from importlib import import_module
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


def with_micros(native: Any, frame: Any, column: str, kind: Any) -> Any:
    """Give a frame with whole microseconds as ``_at``; a time without a zone is UTC's."""
    if frame.implementation.is_duckdb():
        name = '"' + column.replace('"', '""') + '"'
        return nw.from_native(native.project(f"*, epoch_us({name}) AS _at"))
    if frame.implementation.is_spark_like():
        F = import_module("pyspark.sql.functions")

        is_zoned = getattr(kind, "time_zone", None) is not None
        name = "`" + column.replace("`", "``") + "`"
        since = "TIMESTAMP_NTZ'1970-01-01 00:00:00'"
        micros = (
            f"unix_micros({name})"
            if is_zoned
            else f"timestampdiff(MICROSECOND, {since}, CAST({name} AS TIMESTAMP_NTZ))"
        )
        return nw.from_native(native.withColumn("_at", F.expr(micros)))
    instants = nw.col(column)
    if kind == nw.Date:
        instants = instants.cast(nw.Datetime("us"))
    return frame.with_columns(instants.dt.timestamp("us").alias("_at"))


def dicts(frame: Any) -> list[dict[str, Any]]:
    """Give the rows of a result, which are few."""
    if isinstance(frame, nw.LazyFrame) and frame.implementation.is_duckdb():
        # its own way needs no other engine: that takes longer to load than rows to add up
        result = frame.to_native()
        names = list(result.columns)
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    found = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return list(found.iter_rows(named=True))
