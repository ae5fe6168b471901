"""Any CSV or JSON Lines by a mapping file, and every fault that such a file can have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.cli import main
from pricing.errors import UsageError
from pricing.instants import instant
from pricing.usage.logs.map_file import read_map
from pricing.usage.records import Records

MAP = """\
model: m
at: when
id: call
meters:
  input: prompt
  cache_read: cached
  output: made
inside:
  cache_read: input
attributes:
  service_tier: tier
labels:
  team: cost_center
reported:
  column: cost
  currency: EUR
  kind: estimate
fixed:
  seller: anthropic
"""
HEADER = "call,when,m,prompt,cached,made,tier,cost_center,cost"


def mapped(path: Path, text: str, content: str, name: str = "calls.csv") -> tuple[Records, Any]:
    (path / "map.yaml").write_text(text, encoding="utf-8")
    (path / name).write_text(content, encoding="utf-8")
    vocabulary = pricing.load_catalog().book.vocabulary
    records = Records(
        [str(path / name)], mapping=read_map(str(path / "map.yaml"), vocabulary), in_order=True
    )
    return records, [usage for usages in records for usage in usages]


def test_a_csv_is_read_by_its_mapping(tmp_path: Path) -> None:
    row = "c1,2026-08-01T10:00:00Z,claude-sonnet-5,1000,400,20,batch,search,0.02"
    _, (usage,) = mapped(tmp_path, MAP, f"{HEADER}\n{row}\n")
    assert usage.meters == {"input": 600, "cache_read": 400, "output": 20}
    assert usage.context_tokens == 1000
    assert usage.attributes == {"service_tier": "batch"}
    assert usage.labels == {"team": "search"}
    assert (usage.seller, usage.model, usage.id) == ("anthropic", "claude-sonnet-5", "c1")
    assert (str(usage.reported), usage.reported_kind) == ("0.02 EUR", "estimate")
    assert usage.at == instant("2026-08-01T10:00:00Z")


@pytest.mark.parametrize(
    "at", ["2026-08-01T10:00:00Z", "2026-08-01 10:00:00", "1785578400", "1785578400000"]
)
def test_times_are_text_or_a_number_of_seconds_or_less(tmp_path: Path, at: str) -> None:
    _, (usage,) = mapped(tmp_path, MAP, f"{HEADER}\nc1,{at},m,1,0,2,,,\n")
    assert usage.at == instant("2026-08-01T10:00:00Z")
    assert usage.reported is None
    assert usage.attributes == {}


def test_keys_inside_others_have_points(tmp_path: Path) -> None:
    text = "model: body.model\nmeters: {input: body.usage.in, output: out}\n"
    rows = [{"body": {"model": "m", "usage": {"in": 5}}, "out": 2}, {"body": None, "out": 1}]
    _, usages = mapped(tmp_path, text, "\n".join(map(json.dumps, rows)), "calls.jsonl")
    assert [usage.meters for usage in usages] == [
        {"input": 5, "output": 2},
        {"input": 0, "output": 1},
    ]


def test_a_sum_of_requests_has_no_context(tmp_path: Path) -> None:
    text = "meters: {input: i}\naggregate: true\nrequests: n\nfixed: {model: m}\n"
    _, (usage,) = mapped(tmp_path, text, "i,n\n90,3\n")
    assert usage.meters == {"input": 90, "request": 3}
    assert usage.aggregate
    assert usage.context_tokens is None


def test_a_part_larger_than_its_whole_is_refused(tmp_path: Path) -> None:
    rows = "c1,,m,1,2,3,,,\nc2,,m,-1,0,3,,,\nc3,,m,1,1,3,,,\n"
    records, usages = mapped(tmp_path, MAP, f"{HEADER}\n{rows}")
    assert [usage.id for usage in usages] == ["c3"]
    assert [(fault.line, fault.what) for fault in records.faults] == [
        (2, "the parts of prompt are more than the whole"),
        (3, "prompt is -1: a count cannot be negative"),
    ]


def test_a_column_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'prompt'") as caught:
        mapped(tmp_path, MAP, HEADER.replace("prompt", "promt") + "\n")
    assert caught.value.faults[0].remedy == "Did you mean 'promt'?"
    with pytest.raises(UsageError, match="no row has a value in 'i'"):
        mapped(tmp_path, "meters: {input: i}\n", '{"x": 1}\n', "calls.jsonl")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("meters: {inptu: a}\n", 1, "unknown meter 'inptu'"),
        ("meters: {input: a}\nmodle: b\n", 2, "unknown key 'modle'"),
        ("meters: {input: a}\nattributes: {tier: b}\n", 2, "unknown attribute 'tier'"),
        ("meters: {input: a}\ninside:\n  cache_read: input\n", 3, "'cache_read' is no meter"),
        ("meters: {input: a}\nrequests: n\n", 2, "requests without aggregate"),
        ("meters: {input: a}\naggregate: yes\n", 2, "aggregate is 'yes'"),
        ("meters: {input: a}\nreported: {column: c, kind: paid}\n", 2, "'paid' is no kind"),
        ("meters: {input: a}\nreported: {column: c, currency: usd}\n", 2, "'usd' is no currency"),
        ("meters: {input: a}\nmodel: b\nfixed: {model: c}\n", 3, "model is given twice"),
        ("meters: input\n", 1, "meters is no map"),
        ("meters: {input: [a]}\n", 1, "input names no column"),
        ("model: a\n", 1, "no meters"),
    ],
)
def test_a_fault_of_a_mapping_has_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        mapped(tmp_path, text, "a\n1\n")
    found = [fault for fault in caught.value.faults if what in fault.what]
    assert found, [str(fault) for fault in caught.value.faults]
    assert found[0].line == line
    assert found[0].path == str(tmp_path / "map.yaml")


ROWS = [{"m": "claude-sonnet-5", "n": {"in": 7 * k, "out": k}, "id": f"c{k}"} for k in (1, 2, 3)]
NESTED = """\
model: m
id: id
meters: {input: n.in, output: n.out}
fixed: {seller: anthropic}
"""


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (json.dumps(ROWS), ["1", "1:66", "1:131"]),
        (json.dumps(ROWS, indent=1), ["2", "10", "18"]),
        ("[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]\n", ["2", "3", "4"]),
        ("\n".join(json.dumps(row, indent=2) for row in ROWS), ["1", "9", "17"]),
        ("\n\n".join(map(json.dumps, ROWS)), ["1", "3", "5"]),
    ],
)
def test_json_is_a_record_a_line_or_a_list(tmp_path: Path, content: str, places: list[str]) -> None:
    records, usages = mapped(tmp_path, NESTED, content, "calls.json")
    assert not records.faults
    assert [usage.meters["input"] for usage in usages] == [7, 14, 21]
    found = [usage.place.removeprefix(f"{tmp_path}/calls.json:") for usage in usages]
    assert found == places


def test_what_is_no_object_in_a_list_is_named(tmp_path: Path) -> None:
    content = json.dumps([ROWS[0], 7, {**ROWS[1], "n": {"in": -1}}, ROWS[2]])
    records, usages = mapped(tmp_path, NESTED, content, "calls.json")
    assert [usage.id for usage in usages] == ["c1", "c3"]
    assert [fault.what for fault in records.faults] == [
        "a row is an object",
        "n.in is -1: a count cannot be negative",
    ]
    assert str(records.faults[1].place).endswith("calls.json:1:69")


def test_a_list_that_ends_early_gives_what_was_whole(tmp_path: Path) -> None:
    content = json.dumps(ROWS, indent=1)
    records, usages = mapped(tmp_path, NESTED, content[: content.index("c3")], "calls.json")
    assert [usage.id for usage in usages] == ["c1", "c2"]
    (fault,) = records.faults
    assert "JSON ends inside a string" in str(fault)


def test_a_first_line_that_is_damaged_is_no_list(tmp_path: Path) -> None:
    lines = ['{"m": "clau', *map(json.dumps, ROWS)]
    records, usages = mapped(tmp_path, NESTED, "\n".join(lines), "calls.jsonl")
    assert [usage.id for usage in usages] == ["c1", "c2", "c3"]
    assert [fault.line for fault in records.faults] == [1]


def test_two_damaged_lines_at_the_start_are_two(tmp_path: Path) -> None:
    lines = ['{"m": "clau', '{"m": "cl', *map(json.dumps, ROWS)]
    records, usages = mapped(tmp_path, NESTED, "\n".join(lines), "calls.jsonl")
    assert [usage.id for usage in usages] == ["c1", "c2", "c3"]
    assert [fault.line for fault in records.faults] == [1, 2]


def test_what_is_no_json_at_all_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        mapped(tmp_path, NESTED, '{\n "m": oops,\n "n": 1\n}\n', "calls.json")
    (fault,) = caught.value.faults
    assert "calls.json:2:7: not JSON" in str(fault)


@pytest.mark.parametrize(("place", "amount"), [(":1:66", "0.000048"), ("", None), (":7", None)])
def test_a_mapped_record_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, amount: str | None
) -> None:
    (tmp_path / "map.yaml").write_text(NESTED, encoding="utf-8")
    path = tmp_path / "calls.json"
    path.write_text(json.dumps(ROWS), encoding="utf-8")
    words = ["explain", f"{path}{place}", "--map", str(tmp_path / "map.yaml"), "--at", "2026-11-20"]
    # 14 input tokens at 2 and 2 output tokens at 10 USD a million
    assert main([*words, "--format", "json"]) == (2 if amount is None else 0)
    said = capsys.readouterr()
    if amount is None:
        told = "3 records" if not place else "no billed record in line 7"
        assert told in " ".join(said.err.split())
    else:
        assert json.loads(said.out)["total"] == amount


def test_the_next_command_can_be_typed_with_a_mapping(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("map.yaml").write_text(NESTED, encoding="utf-8")
    Path("calls.json").write_text(json.dumps(ROWS[0]), encoding="utf-8")
    words = ["calls.json", "--map", "map.yaml", "--at", "2026-11-20"]
    assert main(["cost", *words]) == 0
    told = capsys.readouterr().err.rpartition("next: ")[2].split()
    assert told == ["pricing", "explain", "calls.json", *words[3:], *words[1:3]]
    assert main(told[1:]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["calls.json", "--shape", "openai.chat"], "--shape and --map"),
        (["claude-sonnet-5", "--input", "5"], "--map describes a file"),
        (["calls.json", "--report", "json=map.yaml"], "map.yaml is also read"),
    ],
)
def test_a_mapping_goes_with_a_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("map.yaml").write_text(NESTED, encoding="utf-8")
    Path("calls.json").write_text(json.dumps(ROWS[0]), encoding="utf-8")
    assert main(["explain", *words, "--map", "map.yaml"]) == 2
    assert said in capsys.readouterr().err
