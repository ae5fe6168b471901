"""The short way from a line to a packed record says what the long way says, to each fault's column.

On every shape of usage beside the project, on odd values in each of its fields, and on lines that
are damaged anywhere.
"""

from __future__ import annotations

import copy
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from pricing.usage.bulk import ROW, Part
from pricing.usage.long import LongRecords
from pricing.usage.records import Records

CASES = Path(__file__).parents[2] / "shared" / "cases" / "usage_shapes"
ODD = (0, 1, None, 7.0, 2.5, "7", "", -1, True, False, [], {}, [1], {"a": 1}, 2**29, 2**31, 10**30)
MESSAGE = {
    "input_tokens": 5, "output_tokens": 6, "cache_creation_input_tokens": 7,
    "cache_read_input_tokens": 8, "service_tier": "standard", "speed": None,
    "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
    "inference_geo": "us",
}  # fmt: skip
CHAT = {
    "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 9},
}  # fmt: skip
CONTENT = {
    "promptTokenCount": 90, "cachedContentTokenCount": 30, "candidatesTokenCount": 12,
    "thoughtsTokenCount": 8, "totalTokenCount": 110,
}  # fmt: skip
MORE = ("tokens_of_tomorrow", "output_tokens_details", "iterations", "thinking_tokens",
        "isApiErrorMessage", "isSidechain", "costUSD", "data", "prompt_tokens")  # fmt: skip
STATUSES = (200, 200, 429, 500, None, "200", True, 200.0, -1)
SELLERS = {"anthropic": "claude-opus-4-6", "openai": "gpt-5-2025-08-07", "google": "gemini-2.5-pro"}
USAGES = (("anthropic", MESSAGE), ("openai", CHAT), ("google", CONTENT))


@pytest.fixture(params=["msgspec", "stdlib"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "msgspec":
        pytest.importorskip("msgspec")
        return
    for name in ("msgspec", "msgspec.json"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("fast_types", "fast_call_types", "fast_claude_types"):
        monkeypatch.delitem(sys.modules, f"pricing.usage.{name}", raising=False)


def call(number: int, provider: str, usage: Any, **more: Any) -> dict[str, Any]:
    at = f"2026-05-{1 + number % 28:02d}T10:{number % 60:02d}:00.{number % 1000:03d}Z"
    row = {"ts": at, "request_id": f"req_{number}", "provider": provider}
    return {**row, "model": SELLERS.get(provider, "m"), "project": "p", "usage": usage, **more}


def message(number: int, usage: Any, **more: Any) -> dict[str, Any]:
    at = call(number, "", None)["ts"]
    body = {"id": f"msg_{number}", "model": "claude-opus-4-6", "stop_reason": "end_turn"}
    row = {"sessionId": "s", "cwd": "/a", "requestId": f"r{number}", "timestamp": at}
    return {"type": "assistant", **row, "message": {**body, "usage": usage}, **more}


def told(usages: Any) -> Any:
    """Give all that records say, but ids, which are not kept, and the order of attributes."""
    found = []
    for usage in usages:
        each = {name: getattr(usage, name) for name in usage.__slots__[1:]} | usage.__dict__
        each = {key: value for key, value in each.items() if value not in (None, "", (), {}, False)}
        each |= {"id": None, "raw": None, "meters": [*usage.meters.items()]}
        if usage.request is not None:
            each["request"] = ""
        found.append(each)
    return found


def by_line(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda record: int(record[0]["place"].rpartition(":")[2]))


def both(path: Path, lines: list[bytes]) -> int:
    """Read lines both ways, and compare them; gives how many took the short way."""
    path.write_bytes(b"".join(lines))
    long = Records([str(path)], unmerged=True, in_order=True)
    expected = by_line([told(usages) for usages in long])
    short, part = LongRecords([str(path)]), Part()
    short.file_into(part, str(path))
    found = [
        told(part.usages(bucket, place))
        for bucket, rows in enumerate(part.rows)
        for place in range(len(rows) // ROW.size)
    ]
    count = len(found)
    for bucket, others in enumerate(part.others):
        at = 0
        while at < len(others):
            found.append(told(part.usages(bucket, -1 - at)))
            at += others[at]
    assert by_line(found) == expected
    assert [str(fault) for fault in short.faults] == [str(fault) for fault in long.faults]
    assert short.skipped == long.skipped
    return count


def text(row: Any, r: random.Random | None = None) -> bytes:
    spaced = r is not None and r.random() < 0.1
    separators = (", ", ": ") if spaced else (",", ":")
    is_ascii = r is None or r.random() < 0.5
    return json.dumps(row, separators=separators, ensure_ascii=is_ascii).encode() + b"\n"


def objects_in(value: Any) -> list[dict[str, Any]]:
    found = [value] if isinstance(value, dict) else []
    for held in value.values() if isinstance(value, dict) else ():
        found += objects_in(held)
    return found


def changed(value: Any, r: random.Random) -> Any:
    """Give a copy with something odd somewhere."""
    made = copy.deepcopy(value)
    holder = r.choice(objects_in(made))
    key = r.choice([*holder, r.choice(MORE)])
    match r.randrange(4):
        case 0:
            holder.pop(key, None)
        case 1:
            items = list(holder.items())
            r.shuffle(items)
            holder.clear()
            holder.update(items)
        case _:
            holder[key] = r.choice(ODD)
    return made


def test_every_shape_of_usage_is_read_alike(tmp_path: Path) -> None:
    cases = sorted(CASES.glob("*.json"))
    if not cases:
        pytest.skip("no shared cases beside the project: usage_shapes")
    rows = [call(0, "anthropic", MESSAGE)]
    for path in cases:
        raw = json.loads(path.read_text(encoding="utf-8"))["raw"]
        for usage in (raw.get("usage"), raw.get("usageMetadata"), raw):
            if isinstance(usage, dict):
                rows += [call(len(rows) + n, p, usage) for n, p in enumerate(SELLERS)] * 2
    lines = [text({**row, "request_id": f"r{n}"}) for n, row in enumerate(rows)]
    assert both(tmp_path / "calls.jsonl", lines) > 0


@pytest.mark.parametrize("seed", range(12))
def test_odd_values_in_any_field_are_read_alike(seed: int, tmp_path: Path) -> None:
    r = random.Random(seed)
    calls = [call(0, "anthropic", MESSAGE)]
    messages = [message(0, MESSAGE)]
    for number in range(1, 400):
        provider, usage = r.choice(USAGES)
        row, own = call(number, provider, usage), message(number, MESSAGE)
        for _ in range(r.choice((0, 0, 1, 1, 2))):
            row, own = changed(row, r), changed(own, r)
        if r.random() < 0.3:
            row["status"] = r.choice(STATUSES)
        if r.random() < 0.2:
            row[r.choice(("team", "latency_ms", "a-b", "status", "response"))] = r.choice(
                ("x", "", None, 12, 1.5, ["t"], 200, "200", {"model": "m", "usage": CHAT})
            )
        # two records of one id are for the tests of whole logs
        for record, id in ((row, "request_id"), (own.get("message"), "id")):
            if isinstance(record, dict) and record.get(id) in (f"req_{number}", f"msg_{number}"):
                continue
            if isinstance(record, dict) and id in record:
                record[id] = r.choice((None, "", f"odd{number}"))
        calls.append(row)
        messages.append(own)
    assert both(tmp_path / "calls.jsonl", [text(row, r) for row in calls]) > 100
    assert both(tmp_path / "session.jsonl", [text(row, r) for row in messages]) > 100


@pytest.mark.parametrize("seed", range(12))
def test_lines_that_are_damaged_anywhere_are_told_alike(seed: int, tmp_path: Path) -> None:
    r = random.Random(seed)
    for name, first, rows in (
        ("calls", call(0, "openai", CHAT), [call(n, *r.choice(USAGES)) for n in range(1, 250)]),
        ("session", message(0, MESSAGE), [message(n, MESSAGE) for n in range(1, 250)]),
    ):
        lines = [text(first), *(damaged(text(row, r), r) for row in rows)]
        assert both(tmp_path / f"{name}.jsonl", lines) > 20


def damaged(line: bytes, r: random.Random) -> bytes:
    """Give a line as a crash, a full disk or a careless hand leaves it; some as they are."""
    at = r.randrange(len(line) - 1)
    byte = bytes([r.choice(b'{}[]",:\\ \t0-9eE.ntu\x00\x1f\x7f\xc3\xff')])
    match r.randrange(8):
        case 0:
            return line[:at] + b"\n"
        case 1:
            return line[:at] + byte + line[at:]
        case 2:
            return line[:at] + byte + line[at + 1 :]
        case 3:
            return line[:at] + line[at + 1 :]
        case 4:
            return r.choice((b"\n", b" \t\n", b"\r\n", line[:-1] + b"\r\n", line[:-1] + b" x\n"))
    return line


@pytest.mark.parametrize(
    "time",
    ["2026-05-01T10:00:00Z", "2026-05-01T10:00:00+02:00", "2026-05-01T10:00:00.123456789Z",
     "2026-05-01 10:00:00Z", "20260501T100000Z", "2026-05-01", "2026-05-01T10:00:00",
     "1969-12-31T23:59:59.999999Z", "2026-W18-5T10:00:00Z", "2026-05-01T24:00:00Z",
     "2026-05-01T10:00:60Z", " 2026-05-01T10:00:00Z ", "2026-05-01t10:00:00z", "", "9999-12-31",
     "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"],
)  # fmt: skip
def test_times_are_read_alike(time: str, tmp_path: Path) -> None:
    calls = [call(n, "openai", CHAT, ts=time if n > 1 else call(n, "", 0)["ts"]) for n in range(4)]
    both(tmp_path / "calls.jsonl", [text(row) for row in calls])
    rows = [message(n, MESSAGE) for n in range(2)]
    rows += [message(n, MESSAGE, timestamp=time) for n in range(2, 4)]
    both(tmp_path / "session.jsonl", [text(row) for row in rows])


def test_calls_without_an_id_take_the_short_way(tmp_path: Path) -> None:
    rows = [call(n, *USAGES[n % 3], request_id=("r", None, "")[n % 4 % 3]) for n in range(120)]
    for number, row in enumerate(rows):
        if row["request_id"]:
            row["request_id"] = f"r{number}"
        elif number % 5 == 0 and number:
            del row["request_id"]
    # the first of each kind is read the long way, and one with labels that are new
    assert both(tmp_path / "calls.jsonl", [text(row) for row in rows]) >= len(rows) - 4


def test_ids_that_differ_in_little_have_other_keys() -> None:
    from pricing.usage.bulk import key_of, prefix_of

    ids = {"", "a", "a\0", "\0a", "\0", "\0\0", "aa", "b", "é", "\ud800"}
    ids |= {f"req-{n:05d}-{m:03d}" for n in range(300) for m in range(100)}
    sellers = (None, "", "a", "0", "openai")
    keys = {key_of(prefix_of(seller), id) for seller in sellers for id in ids}
    assert len(keys) == len(ids) * len(sellers)
