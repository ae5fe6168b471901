"""What the columns of a frame hold: whole counts of 64 bits, and instants in microseconds.

What does not fit is found before it is cast: some engines would wrap it, others fail in words of
their own.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import narwhals as nw

from pricing.instants import FOREVER, SECOND

MOST = (1 << 63) - 1
#: a whole number of a float beyond this may stand for another one
_MOST_FLOAT = 1 << 53
#: larger than any context at which a price changes, so that no sum of some overflows
_MOST_CONTEXT = 1 << 57
#: whole numbers up to these are seconds, and milliseconds
_MOST_SECONDS, _MOST_MILLISECONDS = 100_000_000_000, 100_000_000_000_000
_SAFE = (nw.Int64, nw.Int32, nw.Int16, nw.Int8, nw.UInt32, nw.UInt16, nw.UInt8)


def fits(count: Any, kind: Any) -> Any | None:
    """Give whether a count is a number of 64 bits, exactly; None where every one is."""
    if kind in _SAFE:
        return None
    if kind.is_float():
        count, most = count.cast(nw.Float64), nw.lit(_MOST_FLOAT, nw.Int64).cast(nw.Float64)
        return (count <= most) & (count >= -most)
    if kind.is_unsigned_integer():
        return count <= nw.lit(MOST, nw.UInt64)
    return (count <= nw.lit(MOST, nw.Int64)) & (count >= nw.lit(-MOST, nw.Int64))


def whole(count: Any, kind: Any) -> Any:
    """Give a count in 64 bits; 0 where it does not fit, rounded where it has parts."""
    fit = fits(count, kind)
    if fit is not None:
        zero = nw.lit(0, nw.UInt64) if kind == nw.UInt64 else nw.lit(0)
        count = nw.when(fit).then(count).otherwise(zero)
    return (count.round(0) if kind.is_float() else count).cast(nw.Int64)


def not_negative(count: Any) -> Any:
    return nw.when(count < 0).then(nw.lit(0, nw.Int64)).otherwise(count)


def some_context(count: Any) -> Any:
    """Give a count as part of a context: what is more than any makes no difference."""
    return nw.when(count > _MOST_CONTEXT).then(nw.lit(_MOST_CONTEXT, nw.Int64)).otherwise(count)


def from_number(number: Any, kind: Any) -> Any:
    """Give instants of seconds or milliseconds since 1970; ``FOREVER`` where it can be neither."""
    given = whole(number, kind)
    is_seconds = (given >= 0) & (given <= _MOST_SECONDS)
    is_some = (given >= 0) & (given <= _MOST_MILLISECONDS)
    # what is neither is multiplied as a 0: nothing overflows
    some = nw.when(is_some).then(given).otherwise(nw.lit(0, nw.Int64))
    micros = some * nw.when(is_seconds).then(nw.lit(SECOND, nw.Int64)).otherwise(
        nw.lit(SECOND // 1_000, nw.Int64)
    )
    return nw.when(is_some).then(micros).otherwise(nw.lit(FOREVER, nw.Int64))


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
