"""Any CSV or JSON Lines by a mapping file, and every fault that such a file can have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pricing
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
    records, usages = mapped(tmp_path, MAP, f"{HEADER}\nc1,,m,1,2,3,,,\nc2,,m,-1,0,3,,,\n")
    assert usages == []
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
