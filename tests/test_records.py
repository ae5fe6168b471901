"""Reading logs: what counts, what is skipped, what is refused, with file and line."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from pricing.errors import UsageError
from pricing.usage import records as module
from pricing.usage import text_lines
from pricing.usage.envelope import read_record
from pricing.usage.json_text import excerpt, json_values
from pricing.usage.records import Records
from pricing.usage.text_lines import MOST_LINE_BYTES

BODY: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "usage": {"input_tokens": 10, "output_tokens": 2},
}


def row(**envelope: Any) -> str:
    return json.dumps({**envelope, "response": BODY})


def sized(tokens: int, **envelope: Any) -> str:
    usage = {"input_tokens": 10, "output_tokens": tokens}
    return json.dumps({**envelope, "response": {**BODY, "usage": usage}})


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that writes a file and reads it: (records, usages)."""
    monkeypatch.chdir(tmp_path)

    def read(*texts: str | bytes, **options: Any) -> tuple[Records, list[Any]]:
        names = []
        for number, text in enumerate(texts):
            names.append(f"{'abc'[number]}.jsonl")
            data = text.encode() if isinstance(text, str) else text
            Path(names[-1]).write_bytes(data)
        found = Records(names, **options)
        return found, [usage for usages in found for usage in usages]

    return read


def refused(log: Any, *texts: str | bytes, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        log(*texts, **options)
    return str(caught.value)


# One file in its forms


@pytest.mark.parametrize(
    "text",
    [
        f"{row()}\n{row()}\n",
        f"{row()}\n{row()}",
        f"\ufeff{row()}\r\n\r\n{row()}\r\n",
        f"\n\n  \n{row()}\n\n{row()}\n",
        f"[{row()},{row()}]",
        f"[\n{row()},\n{row()}\n]\n",
        f"[\n\n{row()}\n,\n{row()}]",
        json.dumps([json.loads(row())] * 2, indent=2),
        json.dumps(json.loads(row()), indent=2) * 2,
        f"{row()} {row()}",
        f"[{row()}]\n[{row()}]",
    ],
)
def test_two_records_are_two_in_every_form(log: Any, text: str) -> None:
    records, usages = log(text)
    assert [usage.meters for usage in usages] == [{"input": 10, "output": 2}] * 2
    assert records.faults == []
    assert len({usage.place for usage in usages}) == 2


def test_places_are_file_and_line_and_a_column_where_a_line_holds_several(log: Any) -> None:
    _, usages = log(f"\n{row()}\n\n{row()}\n")
    assert [usage.place for usage in usages] == ["a.jsonl:2", "a.jsonl:4"]
    _, usages = log(f"[{row()},\n{row()}, {row()}]")
    length = len(row())
    expected = ["a.jsonl:1", "a.jsonl:2", f"a.jsonl:2:{length + 3}"]
    assert [usage.place for usage in usages] == expected


def test_numbers_keep_their_digits(log: Any) -> None:
    _, (usage,) = log(
        '{"seller": "openrouter", "response": {"model": "m", "usage": {"prompt_tokens": 3.0,'
        ' "completion_tokens": 1, "cost": 0.1000000000000000055511151231257827}}}'
    )
    assert str(usage.reported.amount) == "0.1000000000000000055511151231257827"
    assert usage.meters["input"] == 3


def test_the_body_of_a_record_is_not_kept(log: Any) -> None:
    _, (usage,) = log(row())
    assert usage.raw is None


# Envelopes


def test_the_envelope_says_what_the_response_does_not() -> None:
    (usage,) = read_record(
        {
            "at": "2026-11-20T13:00:00+01:00",
            "seller": "bytespike",
            "id": 7,
            "status": 200,
            "labels": {"project": "search", "team": None, "run": 3},
            "attributes": {"endpoint": "geo"},
            "response": {"id": "msg", "model": "m", "usage": {"input_tokens": 1}},
        }
    )
    assert usage.at == 1_795_176_000_000_000  # 2026-11-20T12:00:00Z
    assert (usage.seller, usage.id, usage.status) == ("bytespike", "7", 200)
    assert usage.labels == {"project": "search", "run": "3"}
    assert usage.attributes == {"endpoint": "geo"}


def test_a_bare_response_may_carry_a_time_and_a_seller() -> None:
    (usage,) = read_record({**BODY, "timestamp": "2026-11-20T12:00:00Z", "seller": "acme"})
    assert usage.at == 1_795_176_000_000_000
    assert usage.seller == "acme"


def test_the_model_may_stand_in_the_envelope() -> None:
    (usage,) = read_record({"model": "m", "response": {"usage": {"input_tokens": 1}}})
    assert usage.model == "m"
    (usage,) = read_record({"model": "m", "response": BODY})
    assert usage.model == "claude-sonnet-4-6"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({**BODY, "at": "2026-11-20T12:00:00"}, "no time zone"),
        ({**BODY, "at": "2026-11-31"}, "no such day"),
        ({**BODY, "at": 1_795_176_000}, "no instant"),
        ({**BODY, "at": True}, "no instant"),
        ({**BODY, "seller": ["acme"]}, "not a name"),
        ({**BODY, "id": {"a": 1}}, "not a name"),
        ({"response": {"model": "m"}}, "no usage in it"),
        ({"level": "info"}, "no usage in it"),
        ({"usage": 5}, "usage"),
        ([BODY], "an object, not a list"),
        ("text", "an object, not text"),
        (None, "an object, not null"),
        (True, "an object, not true or false"),
        (3, "an object, not a number"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(record: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_record(record)
    assert said in str(caught.value)


# Failed requests


@pytest.mark.parametrize(
    "record",
    [
        {"status": 500, "response": {"type": "error", "error": {"type": "api_error"}}},
        {"status": "429", "response": {}},
        {"status": 404, "error": "not found"},
        {"type": "error", "error": {"type": "overloaded_error"}},
        {"error": {"message": "no"}},
    ],
)
def test_an_error_without_usage_costs_nothing(log: Any, record: Any) -> None:
    records, usages = log(f"{row()}\n{json.dumps(record)}\n")
    assert len(usages) == 1
    assert records.skipped["errors_not_billed"] == 1
    assert records.faults == []


def test_a_success_without_usage_is_damaged(log: Any) -> None:
    records, _ = log(f"{row()}\n" + json.dumps({"status": 200, "response": {"model": "m"}}))
    assert records.skipped["malformed"] == 1


def test_a_status_with_usage_is_left_to_the_seller(log: Any) -> None:
    _, usages = log(row(status=500) + "\n" + row(status="529") + "\n" + row(status="completed"))
    assert [usage.status for usage in usages] == [500, 529, None]


def test_a_log_of_nothing_but_errors_is_no_fault(log: Any) -> None:
    records, usages = log('{"status": 500}\n{"status": 503}\n')
    assert usages == []
    assert records.skipped["errors_not_billed"] == 2


def test_what_a_reader_finds_free_is_skipped_under_its_reason(
    log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def free(record: object, shape: str | None) -> Any:
        usages = read_record(record, shape)
        usages[0].free = "cache_hits"
        return usages

    monkeypatch.setattr(module, "read_record", free)
    records, usages = log(row())
    assert usages == []
    assert records.skipped["cache_hits"] == 1


# Duplicates


def test_the_largest_of_one_id_stands_wherever_it_comes(log: Any) -> None:
    for order in ([5, 9, 7], [9, 5, 7], [5, 7, 9]):
        _, usages = log("\n".join(sized(tokens, id="m") for tokens in order))
        assert [usage.meters["output"] for usage in usages] == [9]


def test_of_equals_the_first_stands(log: Any) -> None:
    records, (usage,) = log(f"{row(id='m')}\n{row(id='m')}\n", with_reasons=True)
    assert usage.place == "a.jsonl:1"
    assert records.reasons == [("a.jsonl:2", "duplicates of a.jsonl:1")]


def test_an_id_in_several_files_counts_once(log: Any) -> None:
    records, usages = log(sized(5, id="m"), sized(9, id="m"), sized(9, id="n"))
    assert [usage.place for usage in usages] == ["b.jsonl:1", "c.jsonl:1"]
    assert records.skipped["duplicates"] == 1


def test_a_record_without_an_id_is_always_counted(log: Any) -> None:
    records, usages = log(f"{row()}\n" * 3)
    assert len(usages) == 3
    assert records.skipped["duplicates"] == 0


def test_an_id_belongs_to_its_seller(log: Any) -> None:
    _, usages = log(f"{row(id='m', seller='a')}\n{row(id='m', seller='b')}\n{row(id='m')}\n")
    assert len(usages) == 3


def test_an_id_that_two_requests_share_is_told(log: Any) -> None:
    other = json.dumps({"id": "m", "response": {"model": "other", "usage": BODY["usage"]}})
    records, _ = log(f"{row(id='m')}\n{other}\n{sized(9, id='m')}\n")
    assert records.reused_ids == 1
    assert records.skipped["duplicates"] == 2


def test_the_id_of_the_envelope_goes_before_that_of_the_response(log: Any) -> None:
    body = {**BODY, "id": "msg"}
    rows = [json.dumps({"id": name, "response": body}) for name in ("try-1", "try-2")]
    assert len(log("\n".join(rows))[1]) == 2
    assert len(log("\n".join([json.dumps(body)] * 2))[1]) == 1


def test_records_come_in_the_order_of_the_files_where_asked(log: Any) -> None:
    text = "\n".join([row(id="a"), row(), row(id="b"), row(id="a")])
    _, usages = log(text, in_order=True)
    assert [usage.place for usage in usages] == ["a.jsonl:1", "a.jsonl:2", "a.jsonl:3"]
    _, usages = log(text)
    assert sorted(usage.place for usage in usages) == ["a.jsonl:1", "a.jsonl:2", "a.jsonl:3"]


def test_unmerged_gives_duplicates_too(log: Any) -> None:
    assert len(log(f"{row(id='a')}\n{row(id='a')}", unmerged=True)[1]) == 2


# Damage

DAMAGED = [
    ("{broken", "not JSON: expecting property name"),
    ('{"a": 1', "JSON ends inside an object"),
    ('{"a": [1, 2', "JSON ends inside a list"),
    ('{"a": "b', "JSON ends inside a string"),
    ('{"a": 1} x', "not JSON: extra data"),
    ('{"usage": {"input_tokens": NaN}}', "NaN is no JSON number"),
    ('{"usage": {"input_tokens": Infinity}}', "Infinity is no JSON number"),
    ('{"usage": {"input_tokens": 1e99999999999999999999}}', "more digits than any count"),
    ('{"usage": {"input_tokens": %s}}' % ("9" * 5000), "more digits than any count"),
    ("[" * 100_000, "nested too deeply"),
    ('{"usage":' * 50_000, "nested too deeply"),
    ('{"usage": {"input_tokens": -1}}', "negative"),
    ('{"usage": {"input_tokens": "many"}}', "not a count"),
    ('{"usage": {"input_tokens": true}}', "not a count"),
    ('{"usage": {"input_tokens": [1]}}', "not a count"),
    ('{"usage": {"tokens": 1}}', "no known usage shape"),
    ("\0\0\0", "not JSON: expecting value"),
    ("5", "an object, not a number"),
]


@pytest.mark.parametrize(("line", "said"), DAMAGED, ids=[said for _, said in DAMAGED])
def test_a_damaged_line_is_named_and_left_out(log: Any, line: str, said: str) -> None:
    records, usages = log(f"{row()}\n{line}\n{row()}\n")
    assert len(usages) == 2
    assert records.skipped["malformed"] == 1
    (fault,) = records.faults
    assert fault.line == 2
    assert said in str(fault)
    assert len(str(fault).splitlines()[1]) <= 80


@pytest.mark.parametrize(("line", "said"), DAMAGED, ids=[said for _, said in DAMAGED])
def test_a_log_may_begin_with_a_damaged_line(log: Any, line: str, said: str) -> None:
    if line.startswith("\0"):
        pytest.skip("a file that begins with a NUL byte is no text at all")
    records, usages = log(f"{line}\n{row()}\n{row()}\n")
    assert len(usages) == 2
    assert [fault.line for fault in records.faults] == [1]


@pytest.mark.parametrize(("line", "said"), DAMAGED, ids=[said for _, said in DAMAGED])
def test_a_file_of_nothing_else_is_refused(log: Any, line: str, said: str) -> None:
    told = refused(log, f"{line}\n")
    assert said in told or "binary" in told or "no usage in it" in told
    assert told.startswith("a.jsonl")


def test_bytes_that_are_no_text_damage_their_line(log: Any) -> None:
    records, usages = log(row().encode() + b'\n{"model": "caf\xe9"}\n' + row().encode())
    assert len(usages) == 2
    assert "a.jsonl:2: not UTF-8 at byte 15" in str(records.faults[0])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty file, nothing to price"),
        (b"\n \n\r\n", "empty file, nothing to price"),
        (b"\xef\xbb\xbf", "empty file, nothing to price"),
        (b"\x1f\x8b\x08\0", "the gzip file ends early"),
        (b"\0" * 100, "a binary file"),
        (b"PK\x03\x04\0\0", "a binary file"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b"[]", "empty file, nothing to price"),
        (b"{}", "no usage in it"),
    ],
)
def test_a_file_without_a_record_is_refused(log: Any, data: bytes, said: str) -> None:
    assert said in refused(log, data)


def test_a_list_that_is_cut_keeps_what_came_before(log: Any) -> None:
    records, usages = log(f"[\n{row()},\n{row()},\n" + '{"response": {')
    assert len(usages) == 2
    assert "a.jsonl:4:15: JSON ends inside an object" in str(records.faults[0])


def test_a_cut_document_is_refused_where_it_ends(log: Any) -> None:
    text = json.dumps(json.loads(row()), indent=2)
    assert refused(log, text[: text.index("10")]).startswith("a.jsonl:5:")


def test_every_file_needs_something_to_read(log: Any) -> None:
    assert "b.jsonl" in refused(log, row(), "<html>")
    assert "b.jsonl: empty file" in refused(log, row(), "")


def test_faults_are_kept_up_to_a_number(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FAULTS", 3)
    records, _ = log(f"{row()}\n" + "x\n" * 10)
    assert (records.skipped["malformed"], len(records.faults)) == (10, 3)


def test_an_unknown_shape_is_refused_before_any_file_is_read() -> None:
    with pytest.raises(UsageError, match="unknown shape"):
        Records(["nowhere.json"], "anthropic.massages")


# Sizes


class Endless(io.RawIOBase):
    """A stream of one byte, over and over, that takes no memory."""

    def __init__(self, size: int, byte: bytes = b"a") -> None:
        self.left = size
        self.byte = byte

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = self.byte * count
        self.left -= count
        return count


@pytest.mark.parametrize("byte", [b"a", b"[", b'"', b" "])
def test_a_line_of_a_gigabyte_takes_little_memory(byte: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(UsageError) as caught:
        list(Records([])._stream(io.BufferedReader(Endless(1 << 30, byte)), "big.jsonl"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "big.jsonl:1: a line of more than 32 MB" in str(caught.value)
    assert peak < 4 * MOST_LINE_BYTES


def test_a_file_of_nul_bytes_is_refused_at_once() -> None:
    stream = Endless(1 << 40, b"\0")
    with pytest.raises(UsageError, match="binary"):
        list(Records([])._stream(io.BufferedReader(stream), "sparse"))
    assert stream.left > (1 << 40) - (1 << 26)


def test_a_line_that_is_too_long_is_left_out(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "MOST_LINE_BYTES", 200)
    long = json.dumps({**BODY, "content": "x" * 1000})
    records, usages = log(f"{row()}\n{long}\n{row()}\n")
    assert [usage.place for usage in usages] == ["a.jsonl:1", "a.jsonl:3"]
    assert "a.jsonl:2: a line of more than" in str(records.faults[0])


def test_a_document_that_is_too_long_is_refused(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "MOST_DOCUMENT_BYTES", 300)
    assert "jq" in refused(log, json.dumps([json.loads(row())] * 5, indent=1))


# Files


def test_a_folder_gives_its_logs_in_order(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.json", "deep/c.ndjson", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(row() if not name.endswith("txt") else "no log")
    places = [usage.place for (usage,) in Records([str(tmp_path)])]
    names = [str(place).removeprefix(f"{tmp_path}/") for place in places]
    assert names == ["a.json:1", "b.jsonl:1", "deep/c.ndjson:1"]


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["nowhere.json"], "no such file: nowhere.json"),
        (["lgo.jsonl"], "Did you mean 'log.jsonl'?"),
        (["log.jsonl", "log.jsonl"], "given twice"),
        (["log.jsonl", "./log.jsonl"], "given twice"),
        (["log.jsonl", "link.jsonl"], "given twice"),
        (["."], "given twice"),
        (["bare"], "nothing to price in this folder"),
        (["-", "-"], "given twice"),
    ],
)
def test_files_that_make_no_sense_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text(row())
    Path("link.jsonl").symlink_to("log.jsonl")
    Path("bare").mkdir()
    with pytest.raises(UsageError) as caught:
        list(Records(paths))
    assert said in str(caught.value)


def test_stdin_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{row()}\n".encode())))
    ((usage,),) = Records(["-"])
    assert usage.place == "stdin:1"


def test_the_reading_is_watched(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    each = len(row()) + 1
    monkeypatch.setattr(text_lines, "_BLOCK", 2 * each)
    told: list[tuple[str, int, int]] = []
    log(f"{row()}\n" * 5, watch=lambda *seen: told.append(seen))
    assert told == [("a.jsonl", rows * each, 5 * each) for rows in (2, 4, 5)]


# Text


def test_values_come_with_line_and_column() -> None:
    text = '{"a": 1}\n [2,\n3, 4]\n"x" null'
    found = [({"a": 1}, 1, 1), (2, 2, 1), (3, 3, 1), (4, 3, 4), ("x", 4, 1), (None, 4, 5)]
    assert list(json_values(text)) == found


@pytest.mark.parametrize("text", ["[1,]", "[1 2]", "[,1]", "[1,,2]", "{} }", "[1", "[", '{"a"}'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)expecting"):
        list(json_values(text))


def test_an_excerpt_shows_the_place() -> None:
    line = "".join(f"{number:04}" for number in range(100))
    assert excerpt("short\r\n") == "short"
    assert excerpt(line) == line[:69] + "..."
    for column in (1, 40, 64, 65, 200, 400, 401):
        shown = excerpt(line, column)
        assert len(shown) <= 72
        near = line[max(column - 4, 0) : column]
        assert near in shown
