"""Columns of every type: the same cost or the same refusal, whatever engine adds up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.catalog import Catalog

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
duckdb = pytest.importorskip("duckdb")
pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pytest.importorskip("narwhals")

from pricing import frames  # noqa: E402  needs what may be missing
from pricing.usage.logs.mapped import Map  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
ENGINES = ("polars", "duckdb", "pandas", "numpy", "pyarrow", "spark")
MODEL = "claude-sonnet-4-6"
AT = datetime(2026, 6, 1, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
MOST = 2**63 - 1
INT, FLOAT = arrow.int64(), arrow.float64()
NO_COUNT = "input holds what is no count of input"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return pricing.load_catalog()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Any], Any]:
    """Give what makes a frame of an engine from an Arrow table; numpy: pandas without Arrow."""

    def made(table: Any) -> Any:
        match request.param:
            case "polars":
                return polars.from_arrow(table)
            case "duckdb":
                return duckdb.from_arrow(table)
            case "pandas":
                return table.to_pandas(types_mapper=pandas.ArrowDtype)
            case "numpy":
                return table.to_pandas()
            case "pyarrow":
                return table
        path = tmp_path / "frame.parquet"
        parquet.write_table(table, path)
        session = request.getfixturevalue("spark")
        return session.read.parquet(str(path)).repartition(2)

    made.name = request.param  # type: ignore[attr-defined]
    return made


def table(rows: int = 2, **columns: Any) -> Any:
    """Give rows of 10 input and 1 output; each costs (10 x 3 + 1 x 15) / 1M = 0.000045."""
    found = {
        "model": arrow.array([MODEL] * rows, arrow.string()),
        "at": arrow.array([AT] * rows, arrow.timestamp("us", "UTC")),
        "input": arrow.array([10] * rows, INT),
        "output": arrow.array([1] * rows, INT),
    }
    return arrow.table(found | columns)


def told(frame: Any, catalog: Catalog, **more: Any) -> str:
    """Give the total, or the refusal."""
    try:
        by = frames.cost(frame, catalog, **more)
    except pricing.PricingError as error:
        return f"{error.what}. {error.remedy}"
    return " ".join(str(cost.total.amount) for group in by.values() for cost in group.values())


def values(kind: Any, *given: Any, **others: Any) -> Any:
    return table(len(given), input=arrow.array(given, kind), **others)


FINE = {
    "int8": values(arrow.int8(), 10, 10),
    "uint32": values(arrow.uint32(), 10, 10),
    "nulls": values(INT, 10, 10, None, cache_read=arrow.array([None] * 3, INT)),
    "float64": values(FLOAT, 10.0, 10.0),
    "float32": values(arrow.float32(), 10.0, 10.0),
    "null in floats": values(FLOAT, 10.0, 10.0, None),
    "without a zone": table(at=arrow.array([NAIVE] * 2, arrow.timestamp("us"))),
    "milliseconds": table(at=arrow.array([NAIVE] * 2, arrow.timestamp("ms"))),
    "seconds": table(at=arrow.array([NAIVE] * 2, arrow.timestamp("s"))),
    "nanoseconds": table(at=arrow.array([NAIVE] * 2, arrow.timestamp("ns"))),
    "Tokyo": table(at=arrow.array([AT] * 2, arrow.timestamp("us", "Asia/Tokyo"))),
    "days": table(at=arrow.array([date(2026, 6, 1)] * 2)),
    # 2026-06-01 is 1,780,272,000 seconds after 1970
    "numbers of seconds": table(at=arrow.array([1_780_272_000] * 2, INT)),
    "numbers of milliseconds": table(at=arrow.array([1_780_272_000_000] * 2, INT)),
    "dictionary": table(model=arrow.array([MODEL] * 2).dictionary_encode()),
    "large text": table(model=arrow.array([MODEL] * 2, arrow.large_string())),
    "empty text": table(service_tier=arrow.array(["", None])),
}
#: a row of 10 + 1, and one of 0 + 1
PART = {"nulls": Decimal("0.000105"), "null in floats": Decimal("0.000105")}


@pytest.mark.parametrize("case", FINE)
def test_columns_that_hold_counts_and_times_are_read(
    engine: Any, case: str, catalog: Catalog
) -> None:
    if case == "nanoseconds" and engine.name == "spark":
        pytest.skip("Spark has no nanoseconds, and does not read them")
    if case == "days" and engine.name == "numpy":
        pytest.skip("pandas holds days as objects")
    assert Decimal(told(engine(FINE[case]), catalog)) == PART.get(case, Decimal("0.00009"))


REFUSED = {
    "part": (values(FLOAT, 10.5, 10.0), "input holds parts of a count of input"),
    "negative part": (values(FLOAT, -0.4, 10.0), "input holds parts of a count of input"),
    "infinite": (values(FLOAT, float("inf"), 10.0), NO_COUNT),
    "1e19": (values(FLOAT, 1e19, 10.0), NO_COUNT),
    "inexact": (values(FLOAT, 2.0**53 + 2, 10.0), NO_COUNT),
    "negative": (values(INT, -1, 10), "input gives -1 of input: a count cannot be negative"),
    "least": (values(INT, -(2**63)), f"input gives {-(2**63)} of input: a count cannot be"),
    "text": (values(arrow.string(), "10", "10"), "input holds String, no counts of input. Cast"),
    "truth": (values(arrow.bool_(), True, False), "input holds Boolean, no counts of input"),
    "no time": (table(at=arrow.array([AT, None], arrow.timestamp("us", "UTC"))), "some rows have"),
    "nanoseconds": (table(at=arrow.array([1_780_272_000 * 10**9] * 2, INT)), "some rows have no"),
    "time before 1970": (table(at=arrow.array([-1, 1], INT)), "some rows have no time"),
    "text of times": (table(at=arrow.array(["2026-06-01"] * 2)), "at holds String, no instants"),
    "no model": (table(model=arrow.array([None, MODEL])), "the usage names no model"),
    "unknown": (table(model=arrow.array(["no-such", MODEL])), "unknown model 'no-such'"),
    "several": (
        table(3, model=arrow.array(["b", "a", "a"])),
        "unknown model 'a' (2 rows); unknown model 'b' (1 rows). pricing cards list",
    ),
    "early": (
        table(at=arrow.array([datetime(2020, 1, 1)] * 2, arrow.timestamp("us"))),
        f"no price for {MODEL} at anthropic on 2020-01-01T00:00:00Z",
    ),
    "tier": (table(service_tier=arrow.array(["bulk", None])), "unknown value 'bulk' of service_"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_same_is_refused_in_the_same_words(engine: Any, case: str, catalog: Catalog) -> None:
    given, fault = REFUSED[case]
    assert told(engine(given), catalog).startswith(fault)


def test_no_number_is_no_count(engine: Any, catalog: Catalog) -> None:
    """pandas without Arrow types has no null of numbers but NaN: there it is one."""
    found = told(engine(values(FLOAT, float("nan"), 10.0)), catalog)
    if engine.name == "numpy":
        # 10 x 3 / 1M + 2 x 15 / 1M
        assert Decimal(found) == Decimal("0.00006")
    else:
        assert found.startswith(NO_COUNT)


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_sums_below_at_and_above_64_bits(
    engine: Any, rows: int, beside: int, catalog: Catalog
) -> None:
    """The largest counts of all columns together, times the rows, may be 2^63 - 1 and no more."""
    most = MOST // rows - 1 + beside
    found = told(engine(values(INT, *[most] * rows)), catalog)
    if beside == 1:
        assert found.startswith(f"sums of {rows} rows may not fit 64 bits")
    else:
        assert Decimal(found) == rows * (Decimal(most) * 3 + 15) / 1_000_000


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_sums_that_an_engine_would_wrap_are_refused(
    engine: Any, rows: int, catalog: Catalog
) -> None:
    """Twice the largest wraps to -2, three times it to a count that looks right."""
    found = told(engine(values(INT, *[MOST] * rows)), catalog)
    assert found.startswith(f"sums of {rows} rows may not fit 64 bits")


@pytest.mark.parametrize("value", [MOST, MOST + 1, 2**64 - 1])
def test_unsigned_counts_do_not_wrap(engine: Any, value: int, catalog: Catalog) -> None:
    if engine.name == "spark":
        pytest.skip("Spark has no unsigned numbers")
    found = told(engine(values(arrow.uint64(), value, 1)), catalog)
    assert found.startswith("sums of 2 rows" if value == MOST else NO_COUNT)


def test_counts_that_together_overflow_in_a_row_are_refused(engine: Any, catalog: Catalog) -> None:
    given = values(INT, MOST, cache_read=arrow.array([MOST], INT))
    assert told(engine(given), catalog).startswith("sums of 1 rows may not fit 64 bits")


@pytest.mark.parametrize(
    ("input", "part", "fault"),
    [
        (10, 11, "the parts of input are more than the whole"),
        (10, -1, "cache_read gives -1 of cache_read: a count cannot be negative"),
        (MOST, -(2**63), f"cache_read gives {-(2**63)} of cache_read"),
        (-(2**63), 5, f"input gives {-(2**63)} of input"),
    ],
)
def test_parts_are_taken_out_without_a_wrap(
    engine: Any, input: int, part: int, fault: str, catalog: Catalog
) -> None:
    map = Map({"model": "model", "at": "at"}, {"input": "input", "cache_read": "cache_read"},
              {"cache_read": "input"}, {}, {}, {}, None, False)  # fmt: skip
    given = values(INT, input, cache_read=arrow.array([part], INT))
    assert told(engine(given), catalog, mapping=map).startswith(fault)


def test_empty_frames_cost_nothing_and_single_rows_their_price(
    engine: Any, catalog: Catalog
) -> None:
    assert frames.cost(engine(table(0)), catalog) == {}
    assert Decimal(told(engine(table(1)), catalog)) == Decimal("0.000045")


def test_columns_that_are_missing_are_named(engine: Any, catalog: Catalog) -> None:
    for name, fault in (
        ("model", "no column tells the model"),
        ("at", "no column tells the time"),
    ):
        given = engine(table().drop_columns([name]))
        assert told(given, catalog).startswith(fault)
    map = Map({"model": "model", "at": "when"}, {"input": "input"}, {}, {}, {}, {}, None, False)
    assert told(engine(table()), catalog, mapping=map).startswith("no column 'when'")


def test_the_costs_of_rows_add_up_to_the_total(engine: Any, catalog: Catalog) -> None:
    if engine.name in ("duckdb", "spark"):
        pytest.skip("its frames are not in memory")
    counts = list(range(0, 400_000, 1_009))
    ats = [datetime(2026, 3, 12 + n % 2, 23, 59, 59, 999_999, tzinfo=UTC) for n in counts]
    given = table(len(counts), input=arrow.array(counts, INT),
                  at=arrow.array(ats, arrow.timestamp("us", "UTC")))  # fmt: skip
    rows = frames.with_cost(engine(given), catalog)
    whole = sum(Decimal(str(text)) for text in rows["cost"])
    assert whole == Decimal(told(engine(given), catalog))
    assert {str(code) for code in rows["cost_currency"]} == {"USD"}


@pytest.mark.parametrize("case", ["part", "negative", "unknown", "several", "tier", "no time"])
def test_rows_are_refused_as_sums_are(engine: Any, case: str, catalog: Catalog) -> None:
    if engine.name in ("duckdb", "spark"):
        pytest.skip("its frames are not in memory")
    given = REFUSED[case][0]
    with pytest.raises(pricing.PricingError) as rows:
        frames.with_cost(engine(given), catalog)
    found = f"{rows.value.what}. {rows.value.remedy}"
    if case == "several":
        # rows in their own order
        assert found.startswith("unknown model 'b' (1 rows); unknown model 'a' (2 rows). ")
    else:
        assert found == told(engine(given), catalog)


def test_a_column_that_looks_like_a_count_is_not_free_for_its_name(
    engine: Any, catalog: Catalog
) -> None:
    for name, hint in (
        ("prompt_tokens", "Name it as its meter, or give a mapping."),
        ("cache_write_5m", "Did you mean 'cache_write.5m'?"),
    ):
        given = table(**{name: arrow.array([5, 5], INT)})
        fault = f"the column '{name}' looks like a count, and is none. {hint}"
        assert told(engine(given), catalog) == fault
    plain = {"latency_ms": INT, "total_tokens": INT, "prompt_id": INT, "prompt": arrow.string()}
    given = table(**{name: arrow.array([None, None], kind) for name, kind in plain.items()})
    assert Decimal(told(engine(given), catalog)) == Decimal("0.00009")


def test_groups_and_new_columns_are_held_to_the_frame(engine: Any, catalog: Catalog) -> None:
    given = engine(table(project=arrow.array(["a", None])))
    assert set(frames.cost(given, catalog, by=["project"])) == {("a",), ("",)}
    assert told(given, catalog, by="project").startswith("by is the text 'project'. As by=")
    fault = "no column 'projct' to group by. Did you mean 'project'?"
    assert told(given, catalog, by=["projct"]) == fault
    with pytest.raises(pricing.UsageError, match="the frame has a column 'input' already"):
        frames.with_cost(given, catalog, column="input")
