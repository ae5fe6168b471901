"""Engines add up what the one pricing engine prices: the same last digit whoever adds."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.cli import main
from pricing.money import ZERO, add

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("narwhals")

from pricing import frames  # noqa: E402  needs what may be missing

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
MODELS = ("claude-sonnet-4-6", "claude-opus-4-6", "claude-haiku-4-5-20251001", "gpt-5-2025-08-07")
ENGINES = ("polars", "duckdb", "pandas", "pyarrow", "spark")
METERS = ("input", "cache_read", "cache_write.5m", "output")


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Give requests before, at and after the days and context sizes at which prices change."""
    r = random.Random(seed)
    edge = datetime(2026, 3, 13, tzinfo=UTC)
    found = []
    for number in range(count):
        model = r.choice(MODELS)
        at = edge + timedelta(microseconds=r.choice((-1, 0, 1, r.randrange(-(10**12), 10**13))))
        read = r.choice((0, 199_990, 200_000, r.randrange(260_000)))
        found.append(
            {
                "request_id": f"r{number}",
                "model": model,
                "at": at,
                "service_tier": r.choice((None, "batch")) if model != MODELS[3] else None,
                "project": r.choice(("a", "b", None)),
                "input": r.choice((0, 10, r.randrange(9_000))),
                "cache_read": read,
                "cache_write.5m": r.randrange(5_000) if model != MODELS[3] else None,
                "output": r.randrange(3_000),
            }
        )
    return found


def table_of(found: list[dict[str, Any]]) -> Any:
    counts = {meter: arrow.int64() for meter in METERS}
    texts = {name: arrow.string() for name in ("request_id", "model", "service_tier", "project")}
    kinds = {**texts, "at": arrow.timestamp("us", tz="UTC"), **counts}
    return arrow.Table.from_pylist(found, arrow.schema(kinds))


@pytest.fixture
def frame(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Give what makes a frame of an engine from an Arrow table."""

    def made(table: Any) -> Any:
        match request.param:
            case "polars":
                return pytest.importorskip("polars").from_arrow(table).lazy()
            case "duckdb":
                return pytest.importorskip("duckdb").from_arrow(table)
            case "pandas":
                pandas = pytest.importorskip("pandas")
                return table.to_pandas(types_mapper=pandas.ArrowDtype)
            case "pyarrow":
                return table
        session = request.getfixturevalue("spark")
        path = tmp_path / "spark.parquet"
        parquet.write_table(table, path)
        return session.read.parquet(str(path)).repartition(3)

    return made


@pytest.fixture(scope="module")
def catalog() -> pricing.Catalog:
    return pricing.load_catalog()


def one_by_one(catalog: pricing.Catalog, found: list[dict[str, Any]]) -> dict[Any, Any]:
    sums: dict[Any, Any] = {}
    for row in found:
        usage = pricing.Usage(
            {meter: row[meter] or 0 for meter in METERS},
            at=row["at"],
            attributes={"service_tier": row["service_tier"]} if row["service_tier"] else {},
            model=row["model"],
        )
        group = (row["project"] or "", row["model"])
        sums[group] = add(sums.get(group, ZERO), catalog.cost(usage).total.amount)
    return sums


def totals(costs: Any) -> dict[Any, Any]:
    return {group: by["USD"].total.amount for group, by in costs.items()}


@pytest.mark.parametrize("frame", ENGINES, indirect=True)
def test_every_engine_gives_the_last_digit_of_one_by_one(
    frame: Any, catalog: pricing.Catalog
) -> None:
    found = rows(400)
    costs = frames.cost(frame(table_of(found)), catalog, by=["project"])
    expected: dict[Any, Any] = {}
    for (project, _), amount in one_by_one(catalog, found).items():
        expected[project,] = add(expected.get((project,), ZERO), amount)
    assert totals(costs) == expected


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_rows_changes_no_digit(seed: int, catalog: pricing.Catalog) -> None:
    polars = pytest.importorskip("polars")
    found = rows(300)
    mixed = random.Random(seed).sample(found, len(found))
    first, second = (
        totals(frames.cost(polars.from_arrow(table_of(each)), catalog)) for each in (found, mixed)
    )
    assert first == second


@pytest.mark.parametrize("frame", ["polars", "pandas", "pyarrow"], indirect=True)
def test_each_row_gets_its_exact_cost(frame: Any, catalog: pricing.Catalog) -> None:
    found = rows(60)
    made = frame(table_of(found))
    made = made.collect() if hasattr(made, "collect") else made
    given = frames.with_cost(made, catalog)
    texts = list(given["cost"])
    expected = []
    for row in found:
        (amount,) = one_by_one(catalog, [row]).values()
        expected.append(pricing.Money(amount, "USD"))
    assert [pricing.Money(str(text), "USD") for text in texts] == expected
    assert {str(code) for code in given["cost_currency"]} == {"USD"}


def test_what_is_not_in_memory_gets_no_column(catalog: pricing.Catalog) -> None:
    lazy = pytest.importorskip("polars").from_arrow(table_of(rows(3))).lazy()
    with pytest.raises(pricing.UsageError, match="not in memory"):
        frames.with_cost(lazy, catalog)


def changed(**values: Any) -> Any:
    found = rows(6)
    for name, value in values.items():
        found[2][name.replace("__", ".")] = value
    return table_of(found)


@pytest.mark.parametrize("frame", ENGINES, indirect=True)
@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"input": 2**62}, "sums of 6 rows may not fit 64 bits"),
        ({"output": -1}, "output gives -1 of output: a count cannot be negative"),
        ({"at": None}, "some rows have no time"),
        ({"request_id": "r1"}, "1 ids in 'request_id' stand in more than one row"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_engine_may_add_is_refused(
    frame: Any, values: dict[str, Any], fault: str, catalog: pricing.Catalog
) -> None:
    with pytest.raises(pricing.UsageError, match=fault):
        frames.cost(frame(changed(**values)), catalog)


def test_parts_of_a_count_are_refused(catalog: pricing.Catalog) -> None:
    table = table_of(rows(3))
    place = table.schema.get_field_index("input")
    wrong = table.set_column(place, "input", arrow.array([1.0, 2.5, 3.0]))
    with pytest.raises(pricing.UsageError, match="input holds parts of a count"):
        frames.cost(wrong, catalog)
    right = table.set_column(place, "input", arrow.array([1.0, 2.0, 3.0]))
    whole = table.set_column(place, "input", arrow.array([1, 2, 3]))
    assert totals(frames.cost(right, catalog)) == totals(frames.cost(whole, catalog))


def test_columns_that_are_missing_are_named(catalog: pricing.Catalog) -> None:
    table = table_of(rows(3))
    with pytest.raises(pricing.UsageError, match="no column tells the model"):
        frames.cost(table.drop_columns(["model"]), catalog)
    with pytest.raises(pricing.UsageError, match="no column tells the time"):
        frames.cost(table.drop_columns(["at"]), catalog)
    with pytest.raises(pricing.UsageError, match="no column is a meter"):
        frames.cost(table.drop_columns(list(METERS)), catalog)
    with pytest.raises(pricing.UsageError, match="no frame"):
        frames.cost([1, 2], catalog)


def test_a_model_without_a_card_is_an_error(catalog: pricing.Catalog) -> None:
    with pytest.raises(pricing.UnknownModel):
        frames.cost(changed(model="no-such-model"), catalog)


MAP = """
model: model
at: at
id: request_id
meters: {input: input, cache_read: cache_read, cache_write.5m: cache_write.5m, output: output}
attributes: {service_tier: service_tier}
labels: {project: project}
"""


@pytest.mark.parametrize("by", ["model", "day,model", "project", "hour"])
@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas", "pyarrow"])
def test_the_command_gives_with_an_engine_what_it_gives_without(
    engine: str, by: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(engine)
    path, mapping = tmp_path / "usage.parquet", tmp_path / "map.yaml"
    parquet.write_table(table_of(rows(200)), path)
    mapping.write_text(MAP, encoding="utf-8")
    words = ["cost", str(path), "--map", str(mapping), "--by", by, "--format", "json"]
    found = []
    for more in ([], ["--engine", engine]):
        code = main([*words, *more])
        document = json.loads(capsys.readouterr().out)
        document.pop("assumed")
        for name in ("lines", "unpriced", "groups"):
            document[name].sort(key=lambda row: json.dumps(row, sort_keys=True))
        found.append((code, document))
    assert found[0][0] == 0
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--engine", "duckdbb"], "Did you mean"),
        (["--engine", "duckdb", "--lines"], "--engine with --lines"),
        (["--engine", "duckdb"], "no Parquet"),
    ],
)
def test_what_an_engine_cannot_do_is_refused(
    words: list[str], fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "usage.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    assert main(["cost", str(path), *words]) == 2
    assert fault in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas", "pyarrow"])
@pytest.mark.parametrize("way", ["cut", "no footer", "other columns"])
def test_files_that_no_engine_can_read_are_refused(
    engine: str, way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(engine)
    path, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    parquet.write_table(table_of(rows(50)), path)
    data = path.read_bytes()
    if way == "other columns":
        parquet.write_table(arrow.table({"model": arrow.array([b"x"]), "input": ["7"]}), other)
    else:
        other.write_bytes(data[:2_000] if way == "cut" else data[:-8] + b"\0" * 4 + b"PAR1")
    assert main(["cost", str(path), str(other), "--engine", engine]) == 2
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert told.out == ""
    assert told.err.startswith(f"pricing: {engine} cannot read this: ") or way == "other columns"


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("statistics", [True, False], ids=["bounds", "none"])
@pytest.mark.parametrize(
    ("since", "read"),
    [
        # one price for all, prices that change by day, by context, and a context above all
        (datetime(2026, 6, 1, tzinfo=UTC), 1_000),
        (datetime(2026, 3, 12, 23, tzinfo=UTC), 1_000),
        (datetime(2026, 2, 20, tzinfo=UTC), 250_000),
        (datetime(2026, 2, 20, tzinfo=UTC), 200_001),
    ],
    ids=["one price", "by day", "by context", "above"],
)
def test_bounds_of_parquet_spare_a_look_and_change_no_digit(
    engine: str,
    statistics: bool,
    since: datetime,
    read: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("duckdb")
    pytest.importorskip(engine)
    r = random.Random(7)
    found = rows(300)
    for number, row in enumerate(found):
        row["request_id"], row["service_tier"] = f"q{number}", None
        row["at"] = since + timedelta(seconds=r.randrange(7_200))
        row["cache_read"] = read if read > 200_000 else r.randrange(read)
        row["cache_read"] = None if r.random() < 0.1 and read != 200_001 else row["cache_read"]
    path, mapping = tmp_path / "usage.parquet", tmp_path / "map.yaml"
    parquet.write_table(table_of(found), path, write_statistics=statistics, row_group_size=70)
    mapping.write_text(MAP, encoding="utf-8")
    told = []
    for more in ([], ["--engine", engine]):
        words = ["cost", str(path), "--map", str(mapping), "--quiet"]
        told.append(_document([*words, *more], capsys))
    assert told[0] == told[1]


def _document(words: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert main([*words, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    document.pop("assumed")
    for name in ("lines", "groups"):
        document[name].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return document


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("by", ["model", "model,service_tier", "day,model"])
@pytest.mark.parametrize("first", [1, 3, 10_000])
def test_models_that_the_first_rows_do_not_show_are_priced_as_any(
    engine: str,
    by: str,
    first: int,
    catalog: pricing.Catalog,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sonnet's price changes by context on 13 March 2026, Haiku's and GPT-5's do not."""
    pytest.importorskip("duckdb")
    pytest.importorskip(engine)
    monkeypatch.setattr("pricing.frames.table._FIRST_ROWS", first)
    found = sorted(rows(200), key=lambda row: row["model"], reverse=True)
    for row in found:
        row["service_tier"] = row["service_tier"] if "tier" in by else None
    kept = [*METERS, "model", "at", *(["service_tier"] if "tier" in by else [])]
    path = tmp_path / "usage.parquet"
    parquet.write_table(table_of(found).select(kept), path, row_group_size=70)
    words = ["cost", str(path), "--by", by, "--quiet"]
    given = _document([*words, "--engine", engine], capsys)
    whole = sum(one_by_one(catalog, found).values())
    assert Decimal(given["total"]) == whole
    monkeypatch.setattr("pricing.frames.table.spans_of", lambda *_: None)
    assert given == _document([*words, "--engine", engine], capsys)


def test_a_model_of_any_name_is_told_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    found = rows(4)
    for row, model in zip(found, ("it's", 'a "b"', "", "%s"), strict=True):
        row["model"] = model
    path = tmp_path / "usage.parquet"
    parquet.write_table(table_of(found).select([*METERS, "model", "at"]), path)
    main(["cost", str(path), "--engine", "duckdb", "--format", "json", "--quiet"])
    unpriced = json.loads(capsys.readouterr().out)["unpriced"]
    assert {row["model"] for row in unpriced} == {"it's", 'a "b"', None, "%s"}


@pytest.mark.parametrize(("most", "status"), [(922_337_203_685_477_580, 0), (1 << 60, 2)])
def test_bounds_that_sums_may_not_fit_are_looked_into(
    most: int, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten rows: ten times the largest count is below 2^63 at first, and above it then."""
    pytest.importorskip("duckdb")
    found = [
        {**row, "model": MODELS[0], "input": most, "cache_read": 0, "cache_write.5m": 0,
         "output": 0}
        for row in rows(10)
    ]  # fmt: skip
    path = tmp_path / "usage.parquet"
    parquet.write_table(table_of(found).select([*METERS, "model", "at"]), path)
    assert main(["cost", str(path), "--engine", "duckdb", "--quiet"]) == status
    assert ("sums of 10 rows may not fit 64 bits" in capsys.readouterr().err) == bool(status)
