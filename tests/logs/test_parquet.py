"""Parquet: rows with exact numbers, by their shape, by their columns or by a mapping."""

from __future__ import annotations

import gzip
import json
import random
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.cli import main
from pricing.errors import UsageError
from pricing.instants import instant
from pricing.usage.logs.map_file import read_map
from pricing.usage.records import Records

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

BODY: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "usage": {"input_tokens": 1000, "output_tokens": 20, "cache_read_input_tokens": 400},
}
MAP = """\
model: m
at: when
meters: {input: prompt, cache_read: cached, output: made}
inside: {cache_read: input}
reported: cost
labels: {team: team}
fixed: {seller: anthropic}
"""


def written(path: Path, **columns: Any) -> Path:
    arrays = {k: v if isinstance(v, pa.Array) else pa.array(v) for k, v in columns.items()}
    pq.write_table(pa.table(arrays), path, row_group_size=2)
    return path


def read(path: Path, **options: Any) -> tuple[Records, Any]:
    records = Records([str(path)], in_order=True, **options)
    return records, [usage for usages in records for usage in usages]


def mapped(path: Path, text: str = MAP) -> tuple[Records, Any]:
    (path.parent / "map.yaml").write_text(text, encoding="utf-8")
    vocabulary = pricing.load_catalog().book.vocabulary
    return read(path, mapping=read_map(str(path.parent / "map.yaml"), vocabulary))


def flat(path: Path, **changes: Any) -> Path:
    columns = {
        "m": ["claude-sonnet-5"] * 3,
        "when": pa.array([datetime(2026, 8, day, tzinfo=UTC) for day in (1, 2, 3)]),
        "prompt": [1000, 2000, 3000],
        "cached": [400, None, 0],
        "made": [1, 2, 3],
        "cost": pa.array(
            [Decimal("0.020000000000000001"), None, Decimal(3)], pa.decimal128(30, 18)
        ),
        "team": pa.array(["a", "b", "a"]).dictionary_encode(),
    }
    return written(path, **(columns | changes))


def test_a_flat_table_is_read_by_its_mapping_to_the_last_digit(tmp_path: Path) -> None:
    records, usages = mapped(flat(tmp_path / "calls.parquet"))
    assert [usage.meters for usage in usages] == [
        {"input": 600, "cache_read": 400, "output": 1},
        {"input": 2000, "output": 2},
        {"input": 3000, "output": 3},
    ]
    assert [usage.place for usage in usages] == [f"{tmp_path}/calls.parquet:{n}" for n in (1, 2, 3)]
    assert str(usages[0].reported) == "0.020000000000000001 USD"
    assert usages[1].reported is None
    assert [usage.labels["team"] for usage in usages] == ["a", "b", "a"]
    assert usages[1].at == instant("2026-08-02T00:00:00Z")
    assert not records.faults


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.uint64(), pa.decimal128(25, 2)])
def test_a_whole_number_is_a_count_whatever_its_type(tmp_path: Path, kind: Any) -> None:
    path = flat(tmp_path / "a.parquet", prompt=pa.array([1000, 2000, 3000]).cast(kind))
    assert [usage.meters["input"] for usage in mapped(path)[1]] == [600, 2000, 3000]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (pa.float64(), 0.1, "0.1"),
        (pa.float64(), 0.1 + 0.2, "0.30000000000000004"),
        (pa.float64(), 1e-7, "0.0000001"),
        (pa.float32(), 0.1, "0.1"),
        (pa.float32(), 16777216.0, "16777216"),
        (pa.float32(), 1 / 3, "0.33333334"),
    ],
)
def test_a_float_is_the_shortest_decimal_that_means_it(
    tmp_path: Path, kind: Any, value: Any, shown: str
) -> None:
    path = flat(tmp_path / "a.parquet", cost=pa.array([value] * 3, kind))
    assert str(mapped(path)[1][0].reported) == f"{shown} USD"


@pytest.mark.parametrize(
    ("column", "values", "what"),
    [
        ("prompt", [999, -5, 1], "prompt is -5: a count cannot be negative"),
        ("prompt", [999.0, float("nan"), 1.0], "NaN is no JSON number"),
        ("prompt", ["999", "many", "1"], "prompt is 'many': not a count"),
        ("prompt", [b"999", b"\xff", b"1"], "not a count"),
        ("cached", [0, 2001, 0], "the parts of prompt are more than the whole"),
    ],
)
def test_a_bad_row_is_named_by_its_number(
    tmp_path: Path, column: str, values: Any, what: str
) -> None:
    records, usages = mapped(flat(tmp_path / "a.parquet", **{column: values}))
    assert [usage.place for usage in usages] == [f"{tmp_path}/a.parquet:{n}" for n in (1, 3)]
    (fault,) = records.faults
    assert (fault.line, what in str(fault)) == (2, True), str(fault)


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no column 'cashed'\n.*Did you mean 'cached'"):
        mapped(flat(tmp_path / "a.parquet"), MAP.replace("cached", "cashed"))


def test_a_column_without_any_value_counts_nothing(tmp_path: Path) -> None:
    _, usages = mapped(flat(tmp_path / "a.parquet", cached=pa.array([None] * 3, pa.int64())))
    assert [usage.meters["input"] for usage in usages] == [1000, 2000, 3000]


def test_a_mapping_goes_into_structs_maps_and_json(tmp_path: Path) -> None:
    counts = [{"prompt": 7, "made": 2}]
    kinds = {
        "struct": pa.array(counts),
        "map": pa.array([list(c.items()) for c in counts], pa.map_(pa.string(), pa.int64())),
        "json": pa.array([json.dumps(c) for c in counts]),
    }
    text = "meters: {input: counts.prompt, output: counts.made}\nfixed: {model: claude-sonnet-5}\n"
    for name, column in kinds.items():
        path = written(tmp_path / f"{name}.parquet", counts=column, other=[1])
        (usage,) = mapped(path, text)[1]
        assert usage.meters == {"input": 7, "output": 2}, name


@pytest.mark.parametrize("as_text", [True, False])
def test_a_column_holds_the_usage_of_a_body(tmp_path: Path, as_text: bool) -> None:
    usage = json.dumps(BODY["usage"]) if as_text else {**BODY["usage"], "cache_creation": None}
    path = written(tmp_path / "a.parquet", model=[BODY["model"]] * 2, usage=[usage] * 2)
    _, usages = read(path)
    assert [u.model for u in usages] == ["claude-sonnet-4-6"] * 2
    assert usages[1].meters == {"input": 1000, "cache_read": 400, "output": 20}


@pytest.mark.parametrize("name", ["response", "payload"])
@pytest.mark.parametrize("as_text", [True, False])
def test_one_column_alone_holds_the_record(tmp_path: Path, name: str, as_text: bool) -> None:
    path = written(tmp_path / "a.parquet", **{name: [json.dumps(BODY) if as_text else BODY]})
    (usage,) = read(path)[1]
    assert (usage.model, usage.meters["input"]) == ("claude-sonnet-4-6", 1000)


def test_an_envelope_may_stand_in_columns(tmp_path: Path) -> None:
    at = pa.array([datetime(2026, 8, 1, 12, tzinfo=UTC)], pa.timestamp("ns", "Europe/Berlin"))
    path = written(
        tmp_path / "a.parquet",
        at=at,
        seller=["anthropic"],
        response=[json.dumps(BODY)],
        labels=pa.array([[("team", "x")]], pa.map_(pa.string(), pa.string())),
    )
    (usage,) = read(path)[1]
    assert usage.at == instant("2026-08-01T12:00:00Z")
    assert usage.labels == {"team": "x"}


def test_an_export_is_told_by_its_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path / "cur.parquet",
        line_item_product_code=["AmazonBedrock", "AmazonS3"],
        line_item_usage_type=["USE1-Claude4.6Sonnet-input-tokens", "USE1-Requests"],
        line_item_usage_amount=[12.5, 3.0],
        line_item_unblended_cost=[0.0375, 0.1],
        line_item_usage_start_date=pa.array([datetime(2026, 8, 1)] * 2, pa.timestamp("ms")),
        pricing_unit=["1K tokens", "Requests"],
        product=pa.array([[("region", "x")]] * 2, pa.map_(pa.string(), pa.string())),
    )
    (usage,) = read(path)[1]
    assert (usage.meters, str(usage.reported)) == ({"input": 12500}, "0.0375 USD")
    assert usage.at == instant("2026-08-01")


def test_rows_of_a_coding_agent_are_its_log(tmp_path: Path) -> None:
    row = {
        "type": "assistant",
        "sessionId": "s",
        "timestamp": "2026-08-01T10:00:00.000Z",
        "requestId": "r",
        "message": {"id": "m", "stop_reason": "end_turn", **BODY},
    }
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([row, row]), path)
    records, usages = read(path)
    assert (len(usages), records.skipped["duplicates"]) == (1, 1)


def test_dates_and_lists_are_written_as_json_has_them(tmp_path: Path) -> None:
    path = flat(
        tmp_path / "a.parquet",
        when=[date(2026, 8, 1)] * 3,
        team=pa.array([["x", None], [], None]),
    )
    _, usages = mapped(path)
    assert usages[0].at == instant("2026-08-01")
    assert [usage.labels.get("team") for usage in usages] == ["['x', None]", "[]", None]


@pytest.mark.parametrize("size", [8, 200, -20])
def test_a_damaged_file_is_refused(tmp_path: Path, size: int) -> None:
    path = flat(tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UsageError, match=r"a\.parquet: a damaged Parquet file"):
        read(path)


def test_a_page_that_is_damaged_ends_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = pa.table({"m": [f"{n:09}" for n in range(40_000)], "n": list(range(40_000))})
    pq.write_table(rows, path, row_group_size=10_000, use_dictionary=False, compression="gzip")
    data = bytearray(path.read_bytes())
    middle = len(data) * 3 // 4
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(bytes(data))
    text = "model: m\nmeters: {input: n}\n"
    records, usages = mapped(path, text)
    assert 0 < len(usages) < 40_000
    assert records.skipped["malformed"] == 1
    assert "a damaged Parquet file" in str(records.faults[0])


def test_a_page_is_held_against_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"m": ["claude-sonnet-5"] * 9, "n": list(range(1_000_000, 1_000_009))})
    plain = {"use_dictionary": False, "compression": "none", "write_page_checksum": True}
    pq.write_table(table, path, **plain)
    data = bytearray(path.read_bytes())
    data[data.index((1_000_004).to_bytes(8, "little"))] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(UsageError, match=r"damaged Parquet file.*checksum"):
        mapped(path, "model: m\nmeters: {input: n}\n")


def test_bytes_that_are_changed_never_end_in_a_traceback(tmp_path: Path) -> None:
    chance = random.Random(7)
    path = tmp_path / "a.parquet"
    table = pa.table({"id": [str(n) for n in range(99)], "response": [BODY] * 99, "l": [[1]] * 99})
    pq.write_table(table, path, row_group_size=33)
    whole = path.read_bytes()
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(4, len(data) - 4)] = chance.randrange(256)
        path.write_bytes(bytes(data))
        try:
            read(path)
        except UsageError:
            refused += 1
    assert refused > 75


def test_an_empty_table_has_nothing_to_price(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", usage=pa.array([], pa.string()))
    with pytest.raises(UsageError, match="empty file, nothing to price"):
        read(path)


def test_a_packed_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet.gz"
    path.write_bytes(gzip.compress(flat(tmp_path / "a.parquet").read_bytes()))
    with pytest.raises(UsageError, match="inside another packing"):
        read(path)


def test_without_its_package_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = flat(tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["cost", str(path)]) == 2
    said = capsys.readouterr().err
    assert "a.parquet: a Parquet file, and no package that reads it" in " ".join(said.split())
    assert "pip install 'pricing-ratecards[engines]'" in said


def test_the_command_prices_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat(tmp_path / "a.parquet")
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    words = ["cost", str(tmp_path), "--map", str(tmp_path / "map.yaml"), "--format", "json"]
    assert main([*words, "--by", "team", "--seller", "anthropic"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert {g["key"]["team"]: g["requests"] for g in groups} == {"a": 2, "b": 1}
