"""One log, added up by everything that adds: one last digit, in whatever order its rows stand."""

from __future__ import annotations

import json
import os
import random
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.cli import cost, main
from pricing.exports.keys import Keys
from pricing.exports.sql import COSTS, Export
from pricing.usage import workers
from pricing.usage.logs.mapped import Map

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
duckdb = pytest.importorskip("duckdb")
for name in ("narwhals", "pandas", "polars"):
    pytest.importorskip(name)

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
MODELS = ("claude-sonnet-4-6", "claude-opus-4-6", "claude-haiku-4-5-20251001")
METERS = {
    "input": "input_tokens", "cache_read": "cache_read_input_tokens",
    "cache_write.5m": "ephemeral_5m_input_tokens", "cache_write.1h": "ephemeral_1h_input_tokens",
    "output": "output_tokens",
}  # fmt: skip
ROWS = 1_500
OLD = 1_700_000_000
BY = ("--by", "project,model", "--format", "json", "--quiet")

Row = dict[str, Any]
Groups = dict[tuple[str, str], Decimal]


def rows() -> list[Row]:
    """Give calls before, at and after a change of price, below, at and above a threshold."""
    r = random.Random(11)
    edge = datetime(2026, 3, 13, tzinfo=UTC)
    found = []
    for number in range(ROWS):
        gap = r.choice((-1, 0, 1, r.randrange(-(10**12), 10**13)))
        row = {
            "id": f"r{number}",
            "project": f"p{r.randrange(3)}",
            "model": r.choice(MODELS),
            "at": edge + timedelta(microseconds=gap),
            "service_tier": r.choice(("standard", "batch")),
            "cache_read": r.choice((0, 150_000, r.randrange(260_000))),
            "cache_write.5m": r.choice((0, r.randrange(5_000))),
            "cache_write.1h": r.choice((0, r.randrange(5_000))),
            "output": r.randrange(3_000),
        }
        rest = row["cache_read"] + row["cache_write.5m"] + row["cache_write.1h"]
        row["input"] = max(0, r.choice((199_999, 200_000, 200_001, rest + 7)) - rest)
        found.append(row)
    return found


def call(row: Row) -> str:
    writes = {METERS[m]: row[m] for m in ("cache_write.5m", "cache_write.1h")}
    usage = {METERS[m]: row[m] for m in ("input", "cache_read", "output")} | {
        "cache_creation_input_tokens": sum(writes.values()),
        "cache_creation": writes,
        "service_tier": row["service_tier"],
    }
    return json.dumps({
        "ts": row["at"].isoformat(), "request_id": row["id"], "provider": "anthropic",
        "model": row["model"], "project": row["project"], "usage": usage,
    }) + "\n"  # fmt: skip


def table_of(found: list[Row]) -> Any:
    kinds = dict.fromkeys(found[0], arrow.string()) | dict.fromkeys(METERS, arrow.int64())
    kinds["at"] = arrow.timestamp("us", tz="UTC")
    return arrow.Table.from_pylist(found, arrow.schema(kinds))


def groups_of(capsys: pytest.CaptureFixture[str], *words: str) -> Groups:
    assert main(["cost", *words, *BY]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["requests"] == ROWS
    return {
        (group["key"]["project"], group["key"]["model"]): Decimal(group["total"])
        for group in document["groups"]
    }


@pytest.fixture(scope="module")
def expected() -> Groups:
    """Give the sums of every request, priced by itself."""
    catalog, found = pricing.load_catalog(), {}
    for row in rows():
        usage = pricing.Usage({m: row[m] for m in METERS}, at=row["at"], model=row["model"],
                              attributes={"service_tier": row["service_tier"]})  # fmt: skip
        key = row["project"], row["model"]
        found[key] = found.get(key, Decimal(0)) + catalog.cost(usage).total.amount
    return found


SQL = Map(
    {"model": "model", "at": "at", "id": "id"}, {m: m for m in METERS}, {},
    {"service_tier": "service_tier"}, {"project": "project"}, {}, None, False,
)  # fmt: skip


def by_sql(dialect: str, run: Any) -> Groups:
    """Run the exported SQL; ``run`` gives the rows of a statement."""
    keys = Keys(pricing.load_catalog(), SQL)
    found = keys.of(keys.ids(("-", model) for model in MODELS))
    for statement in Export(dialect, keys).statements(found):
        run(statement)
    query = f"SELECT project, model, cost, unpriced_lines FROM {COSTS}"
    assert {row[3] for row in run(query)} == {0}
    return {(row[0], row[1]): row[2] for row in run(query)}


@pytest.mark.parametrize("seed", range(10))
def test_whoever_adds_the_last_digit_is_the_same(
    seed: int,
    expected: Groups,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    mixed = random.Random(seed).sample(rows(), ROWS)
    logs, table = tmp_path / "logs", tmp_path / "usage.parquet"
    logs.mkdir()
    for number in range(4):
        path = logs / f"{number}.jsonl"
        path.write_text("".join(map(call, mixed[number::4])), encoding="utf-8")
        os.utime(path, (OLD, OLD))
    parquet.write_table(table_of(mixed), table, row_group_size=400)

    found: dict[str, Groups] = {}
    found["one by one"] = groups_of(capsys, str(logs))
    monkeypatch.setattr(cost, "BULK_BYTES", 0)
    monkeypatch.setattr(workers, "JOB_BYTES", 30_000)
    found["one process"] = groups_of(capsys, str(logs), "--no-cache")
    found["four workers"] = groups_of(capsys, str(logs), "--no-cache", "--workers", "4")
    found["cache, first run"] = groups_of(capsys, str(logs))
    assert len(list((tmp_path / "cache").rglob("*.part"))) == 4
    found["cache, second run"] = groups_of(capsys, str(logs))
    found["Parquet, row by row"] = groups_of(capsys, str(table), "--map", mapped(tmp_path))
    for engine in ("polars", "duckdb", "pandas", "pyarrow"):
        found[engine] = groups_of(capsys, str(table), "--engine", engine)
    db = duckdb.connect()
    db.execute(f"CREATE TABLE usage AS FROM '{table}'")
    found["SQL on DuckDB"] = by_sql("duckdb", lambda text: db.execute(text).fetchall())
    # where there is no Spark its own tests are skipped with the reason; the others are held here
    if shutil.which("java") is not None and find_spec("pyspark") is not None:
        spark = request.getfixturevalue("spark")
        found["Spark"] = groups_of(capsys, str(table), "--engine", "spark")
        if seed == 0:
            spark.sql("DROP TABLE IF EXISTS usage")
            frame = spark.read.parquet(str(table)).repartition(4)
            assert frame.rdd.getNumPartitions() == 4
            frame.write.saveAsTable("usage")
            found["SQL on Spark"] = by_sql("spark", lambda text: spark.sql(text).collect())
    assert len(expected) == 9
    assert {way: groups for way, groups in found.items() if groups != expected} == {}


def mapped(folder: Path) -> str:
    path = folder / "map.yaml"
    meters = "".join(f"  {meter}: {meter}\n" for meter in METERS)
    text = f"model: model\nat: at\nid: id\nmeters:\n{meters}"
    text += "attributes: {service_tier: service_tier}\nlabels: {project: project}\n"
    path.write_text(text, encoding="utf-8")
    return str(path)
