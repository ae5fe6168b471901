"""``pricing cost FILE.parquet --engine NAME``: the engine adds up, the sums are priced here."""

from __future__ import annotations

from importlib import import_module

from pricing.cli.cost import add_record
from pricing.cli.times import TIMES
from pricing.errors import PricingError, UsageError, did_you_mean
from pricing.usage.files import files_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import SimpleNamespace
    from typing import Any

    from pricing.cli.cost import Fields
    from pricing.cli.cost_answer import Answer
    from pricing.frames.bounds import Bounds
    from pricing.usage.logs.mapped import Map

#: what cannot be told of sums
_ROWS = ("lines", "explain_skipped", "account", "since", "until", "model", "shape", "reported")

#: engines that read only what is asked of a file, each time anew
_SCANNING = ("duckdb", "polars")


def check(args: SimpleNamespace) -> None:
    """Refuse an unknown engine, and options that need single records; raises PricingError."""
    if args.engine not in ENGINES:
        hint = did_you_mean(args.engine, ENGINES) or f"Engines: {', '.join(ENGINES)}."
        raise PricingError(f"unknown engine '{args.engine}'", remedy=hint)
    for name in _ROWS:
        if getattr(args, name):
            option = name.replace("_", "-")
            raise PricingError(f"--engine with --{option}", remedy="An engine gives sums only.")


def add_sums(
    answer: Answer, args: SimpleNamespace, at: int | None, fields: Fields, mapping: Map | None
) -> None:
    """Let an engine add the rows of Parquet files up, and price the sums.

    Raises:
        UsageError: a file is no Parquet, an engine is not installed, or as ``pricing.frames``.
    """
    files = files_of(args.files)
    for path in files:
        with open(path, "rb") as stream:
            if stream.read(4) != b"PAR1":
                raise UsageError("no Parquet: an engine reads nothing else", path=path)
    try:
        frame = ENGINES[args.engine](files)
        frames = import_module("pricing.frames")
        bounds_of = import_module("pricing.frames.bounds").bounds_of
    except ImportError as error:
        extra = "spark" if args.engine == "spark" else "engines"
        raise UsageError(
            f"--engine {args.engine} needs {error.name}",
            remedy=f"Install the extra: pip install 'pricing-ratecards[{extra}]'.",
        ) from None
    except PricingError:
        raise
    except Exception as error:
        raise _failed(args.engine, error) from None
    try:
        known = bounds_of(files) if args.engine in _SCANNING else None
        _add(answer, args, at, fields, frames.Table, frame, mapping, files[0], known)
    except PricingError:
        raise
    except Exception as error:
        # each engine has words of its own for a damaged file, or for files that do not agree
        raise _failed(args.engine, error) from None


def _failed(engine: str, error: Exception) -> UsageError:
    said = str(error).strip().partition("\n")[0].rstrip(".")[:200]
    return UsageError(f"{engine} cannot read this: {said}",
                      remedy="A damaged file, or files with other columns?")  # fmt: skip


def _add(
    answer: Answer,
    args: SimpleNamespace,
    at: int | None,
    fields: Fields,
    table_of: Any,
    frame: Any,
    mapping: Map | None,
    place: str,
    bounds: Mapping[str, Bounds] | None,
) -> None:
    known = {"model", "seller", *TIMES, *answer.catalog.book.vocabulary.attributes}
    labels = [field for field in fields.by if field not in known]
    table = table_of(frame, answer.catalog, mapping, labels, at, bounds)
    has_times = any(field in TIMES for field in fields.by)
    for found in table.sums(by_quarter=has_times):
        usage = found.usage
        usage.place = place
        add_record(answer, (usage,), args, at, fields, requests=found.requests)
        if at is None:
            answer.last = max(answer.last, found.last)
    answer.more_quarters = table.quarters


def _polars(files: list[str]) -> Any:
    return import_module("polars").scan_parquet(files, glob=False)


def _duckdb(files: list[str]) -> Any:
    return import_module("duckdb").read_parquet(files)


def _pandas(files: list[str]) -> Any:
    pandas = import_module("pandas")
    return pandas.concat([pandas.read_parquet(f, dtype_backend="pyarrow") for f in files])


def _pyarrow(files: list[str]) -> Any:
    parquet, arrow = import_module("pyarrow.parquet"), import_module("pyarrow")
    return arrow.concat_tables(parquet.read_table(file) for file in files)


def _spark(files: list[str]) -> Any:
    from shutil import which

    spark = import_module("pyspark.sql").SparkSession
    session = spark.getActiveSession()
    if session is None:
        if which("java") is None:
            raise UsageError("Spark needs Java, and none is on the path",
                             remedy="Install a Java runtime of version 17.")  # fmt: skip
        # no master: Spark's own settings name one (PYSPARK_SUBMIT_ARGS, spark-defaults.conf), or
        # it takes all processors of this machine
        builder = spark.builder.appName("pricing")
        session = builder.config("spark.ui.enabled", "false").getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    return session.read.parquet(*files)


ENGINES: dict[str, Callable[[list[str]], Any]] = {
    "duckdb": _duckdb,
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
    "spark": _spark,
}
