"""Long logs are read in bulk, by one process or several: to the same last digit as one by one."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pricing.cli import cost, main
from pricing.usage import cache as kept
from pricing.usage import workers
from pricing.usage.bulk import ROW
from pricing.usage.cache import folder
from pricing.usage.long import LongRecords

MODELS = ("claude-sonnet-4-5-20250929", "claude-opus-4-6", "claude-haiku-4-5-20251001",
          "claude-sonnet-4-20250514", "no-such-model", "<synthetic>")  # fmt: skip
ODD_LINES = (
    b'{"type":"assistant","message":{"usage":{"input_tok\n',
    b'{"type":"user","message":{"role":"user","content":"the \\"usage\\" of it"}}\n',
    b'{"type":"user","message":"text","usage":"none"}\n',
    b"\n",
    b"[1, 2]\n",
    b'{"x":' + b"9" * 5_000 + b',"message":{"usage":{"input_tokens":1,"output_tokens":1}}}\n',
    b'{"x":"\xff","message":{"usage":{"input_tokens":1,"output_tokens":1}}}\n',
    b'{"x":"\\ud800","timestamp":"2026-05-01T00:00:00Z","message":{"model":"claude-opus-4-6",'
    b'"usage":{"input_tokens":1,"output_tokens":1}}}\n',
    b'{"a":NaN,"message":{"usage":{"input_tokens":1,"output_tokens":1}}}\n',
)


def usage_in(r: random.Random) -> dict[str, Any]:
    """Give a usage object, now and then one that is not as most are."""
    five, hour = r.choice((0, r.randrange(9_000))), r.choice((0, 0, r.randrange(9_000)))
    found: dict[str, Any] = {
        "input_tokens": r.randrange(4_000),
        "cache_creation_input_tokens": five + hour,
        "cache_read_input_tokens": r.choice((0, r.randrange(180_000), r.randrange(300_000))),
        "cache_creation": {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour},
        "output_tokens": r.randrange(2_500),
    }
    odd = r.randrange(24)
    changes: tuple[dict[str, Any], ...] = (
        {"service_tier": "standard"},
        {"service_tier": "batch"},
        {"speed": None, "server_tool_use": None},
        {"inference_geo": "us"},
        {"inference_geo": "not_available", "service_tier": None},
        {"server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1}},
        {"server_tool_use": {"web_search_requests": 0, "tool_of_tomorrow": 3}},
        {"tokens_of_tomorrow": 5},
        {"input_tokens": 5.0},
        {"input_tokens": "7"},
        {"input_tokens": -1},
        {"input_tokens": None},
        {"input_tokens": True},
        {"input_tokens": 2**31},
        {"cache_creation": None},
        {"cache_creation": {}},
        {"cache_creation_input_tokens": five + hour + 3},
        {"cache_creation_input_tokens": None},
        {"output_tokens_details": {"thinking_tokens": 0}},
        {"iterations": [{"type": "message", "input_tokens": 3, "output_tokens": 4}]},
    )
    return found | (changes[odd] if odd < len(changes) else {})


def session(r: random.Random, path: Path, rows: int, name: str, ids: list[str]) -> None:
    lines = []
    minute = r.randrange(60 * 24 * 60)
    for _ in range(rows):
        id = r.choice((f"msg_{r.randrange(10**9)}", f"msg_{r.randrange(10**9)}", r.choice(ids)))
        ids.append(id)
        usage = usage_in(r)
        for part in range(r.choice((1, 1, 2, 3))):
            minute += 1
            row: dict[str, Any] = {
                "type": "assistant",
                "sessionId": name,
                "cwd": r.choice(("/a", "/b")),
                "requestId": f"req_{id}",
                "isSidechain": r.random() < 0.05,
                "timestamp": f"2026-0{4 + minute // 43_200 % 2}-{1 + minute // 1_440 % 30:02d}"
                f"T{minute // 60 % 24:02d}:{minute % 60:02d}:00.{part:03d}Z",
                "message": {
                    "id": id,
                    "model": r.choice(MODELS[:3]) if r.random() < 0.95 else r.choice(MODELS),
                    "content": [{"type": "text", "text": r.choice(("plain", "señal", '"usage"'))}],
                    "stop_reason": r.choice((None, "end_turn")),
                    "usage": usage,
                },
            }
            match r.randrange(30):
                case 0:
                    row["costUSD"] = "0.25"
                case 1:
                    del row["requestId"]
                case 2:
                    del row["message"]["id"]
                case 3:
                    del row["message"]["stop_reason"]
                case 4:
                    row["timestamp"] = row["timestamp"].replace("Z", "+02:00")
                case 5:
                    row = {"type": "progress", "sessionId": name, "data": {"message": row}}
                case 6:
                    row["timestamp"] = "yesterday"
                case 7:
                    row["isApiErrorMessage"] = True
            lines.append(json.dumps(row, ensure_ascii=r.random() < 0.5).encode() + b"\n")
        if r.random() < 0.05:
            lines.append(r.choice(ODD_LINES))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((b"\xef\xbb\xbf" if r.random() < 0.2 else b"") + b"".join(lines))


def calls(r: random.Random, path: Path, rows: int) -> None:
    lines = []
    for number in range(rows):
        prompt, cached, out, thought = (r.randrange(n) for n in (300_000, 200_000, 2_000, 900))
        cached = min(cached, prompt)
        kind = r.randrange(3)
        usage: dict[str, Any] = usage_in(r)
        provider, model = "anthropic", r.choice(MODELS)
        if kind == 1:
            provider, model = "openai", r.choice(("gpt-5-2025-08-07", "gpt-4.1-2025-04-14"))
            usage = {
                "prompt_tokens": prompt, "completion_tokens": out + thought,
                "total_tokens": prompt + out + thought,
                "prompt_tokens_details": {"cached_tokens": cached},
                "completion_tokens_details": {"reasoning_tokens": thought},
            }  # fmt: skip
            usage |= r.choice(({}, {}, {"total_tokens": None}, {"prompt_tokens_details": None},
                               {"prompt_tokens_details": {"audio_tokens": 3}}))  # fmt: skip
        elif kind == 2:
            provider, model = "google", r.choice(("gemini-2.5-pro", "gemini-2.5-flash"))
            usage = {
                "promptTokenCount": prompt, "cachedContentTokenCount": cached,
                "candidatesTokenCount": r.choice((0, out)), "thoughtsTokenCount": thought,
            }  # fmt: skip
            usage["totalTokenCount"] = prompt + usage["candidatesTokenCount"] + thought
            usage |= r.choice(({}, {}, {"totalTokenCount": None}, {"trafficType": "ON_DEMAND"}))
        row: dict[str, Any] = {
            "ts": f"2026-0{1 + number % 5}-{1 + r.randrange(28):02d}T{r.randrange(24):02d}:30:00Z",
            "request_id": f"r{r.randrange(rows)}", "provider": provider, "model": model,
            "project": f"p{r.randrange(4)}", "usage": usage,
        }  # fmt: skip
        match r.randrange(25):
            case 0:
                row["status"] = r.choice((200, 500, "429"))
            case 1:
                row["request_id"] = r.choice((None, ""))
            case 2:
                row["ts"] = r.choice((None, "2026-02-30T00:00:00Z", "2026-05-01"))
            case 3:
                row["tags"] = ["a", "b"]
            case 4:
                row["response"] = {"model": model, "usage": usage}
        lines.append(json.dumps(row).encode() + b"\n")
        if r.random() < 0.01:
            lines.append(r.choice(ODD_LINES))
    plain = {"input_tokens": 1, "output_tokens": 1}
    first = {"ts": "2026-05-01T00:00:00Z", "request_id": "first", "model": MODELS[0]}
    lines[0] = json.dumps({**first, "provider": "anthropic", "usage": plain}).encode() + b"\n"
    path.write_bytes(b"".join(lines))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("logs")
    r = random.Random(5)
    ids = ["msg_first"]
    for number in range(12):
        path = place / "projects" / f"p{number % 3}" / f"s{number}.jsonl"
        session(r, path, 60, f"session-{number}", ids)
    calls(r, place / "calls.jsonl", 800)
    plain = {"model": MODELS[0], "usage": {"input_tokens": 5, "output_tokens": 6}}
    rows = [{"at": "2026-05-01T00:00:00Z", "id": f"x{n % 9}", "response": plain} for n in range(20)]
    rows += [{"at": "2026-05-01T00:00:00Z", "response": plain}] * 5
    (place / "plain.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return place


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    code = main(["cost", *words, "--format", "json", "--quiet"])
    found = capsys.readouterr()
    return code, json.loads(found.out), sorted(found.err.splitlines())


def in_order(document: dict[str, Any]) -> dict[str, Any]:
    """Give the document with its lists in one order: the ways read records in another one.

    A record without a time is priced at this very second. One without an id is priced at once where
    records are read one by one, so another may be the first of those without a price.
    """
    document.pop("assumed")
    for row in document["unpriced"]:
        row.pop("place")
    for name in ("lines", "unpriced", "groups"):
        document[name].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return document


READ = LongRecords.file_into


def only_plain(records: LongRecords, part: Any, path: str) -> None:
    """Read what is no log of its own kind, which is not kept."""
    assert path.endswith("plain.jsonl")
    READ(records, part, path)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the cache, an empty one."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    return Path(folder())


def without_msgspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    monkeypatch.delitem(sys.modules, "pricing.usage.fast_types", raising=False)


WORDS = (
    (),
    ("--by", "day,model"),
    ("--by", "project"),
    ("--by", "seller,hour", "--tz", "Asia/Kolkata"),
    ("--by", "service_tier,inference_geo"),
    ("--since", "2026-04-10T00:10:00Z", "--until", "2026-05-02"),
    ("--estimates", "--reported"),
)


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
@pytest.mark.parametrize("way", ["msgspec", "stdlib", "workers", "cache", "cache of workers"])
def test_bulk_equals_one_by_one(
    logs: Path, words: tuple[str, ...], way: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    files = [str(logs / "projects"), str(logs / "calls.jsonl"), str(logs / "plain.jsonl")]
    if "--since" in words:
        files.pop(1)
    monkeypatch.setattr(cost, "BULK_BYTES", 1 << 60)
    one_by_one = told(capsys, *files, *words)
    assert one_by_one[1]["requests"] > 150
    monkeypatch.setattr(cost, "BULK_BYTES", 0)
    if way == "stdlib":
        without_msgspec(monkeypatch)
    if "workers" in way:
        monkeypatch.setattr(workers, "JOB_BYTES", 20_000)
        words = (*words, "--workers", "2")
    if "cache" in way:
        old = time.time() - 60
        for path in logs.rglob("*.jsonl"):
            os.utime(path, (old, old))
        told(capsys, *files, *words)
        with monkeypatch.context() as unread:
            unread.setattr(LongRecords, "file_into", only_plain)
            words = tuple(word for word in words if word not in ("--workers", "2"))
            bulk = told(capsys, *files, *words)
    else:
        bulk = told(capsys, *files, *words)
    assert bulk[0] == one_by_one[0]
    assert in_order(bulk[1]) == in_order(one_by_one[1])
    assert len(bulk[2]) == len(one_by_one[2])


@pytest.mark.parametrize("way", ["msgspec", "stdlib"])
def test_most_rows_take_the_short_way(
    logs: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pricing.usage import fast

    if way == "stdlib":
        without_msgspec(monkeypatch)
    learned = 0
    slow = fast.Packer.slow

    def counting_slow(self: Any, *words: Any) -> Any:
        nonlocal learned
        learned += 1
        return slow(self, *words)

    monkeypatch.setattr(fast.Packer, "slow", counting_slow)
    bulk = LongRecords([str(logs)]).in_bulk(lambda bulk: None)
    packed = sum(len(rows) // ROW.size for part in bulk.parts for rows in part.rows)
    assert packed > 200
    assert learned > 200


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a log of three calls that is read in bulk, and was not written just now."""
    monkeypatch.setattr(cost, "BULK_BYTES", 0)
    path = tmp_path / "calls.jsonl"
    path.write_text("".join(call(number) for number in range(3)), encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def call(number: int) -> str:
    row = {
        "ts": "2026-05-01T00:00:00Z", "request_id": f"r{number}", "provider": "anthropic",
        "model": "claude-haiku-4-5-20251001", "usage": {"input_tokens": 1_000, "output_tokens": 0},
    }  # fmt: skip
    return json.dumps(row) + "\n"


def total(capsys: pytest.CaptureFixture[str], log: Path, *words: str) -> str:
    return str(told(capsys, str(log), *words)[1]["total"])


def entries(cache: Path) -> list[Path]:
    return sorted(cache.glob("*")) if cache.is_dir() else []


def test_a_log_that_grew_is_read_again(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 1,000 tokens at 1 USD per million, three times and then four
    assert total(capsys, log) == total(capsys, log) == "0.003"
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(call(3))
    os.utime(log, (1_700_000_000, 1_700_000_001))
    assert total(capsys, log) == "0.004"
    assert len(entries(cache)) == 1


def test_a_log_of_the_same_size_and_time_in_its_place_is_read_again(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert total(capsys, log) == "0.003"
    text = log.read_text(encoding="utf-8")
    other = log.with_suffix(".new")
    other.write_text(text.replace("1000", "5000"), encoding="utf-8")
    os.utime(other, (1_700_000_000, 1_700_000_000))
    os.replace(other, log)
    assert total(capsys, log) == "0.015"


def test_a_log_that_is_written_right_now_is_not_kept(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.utime(log)
    assert total(capsys, log) == "0.003"
    assert entries(cache) == []


def test_without_the_cache_nothing_is_kept(
    log: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert total(capsys, log, "--no-cache") == "0.003"
    assert entries(cache) == []


@pytest.mark.parametrize("way", ["cut", "empty", "changed", "foreign"])
def test_a_damaged_entry_is_passed_over(
    log: Path, cache: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    total(capsys, log)
    (entry,) = entries(cache)
    data = entry.read_bytes()
    damaged = {
        "cut": data[:-9],
        "empty": b"",
        "changed": data[:-40] + b"\0" + data[-39:],
        "foreign": b"",
    }[way]
    if way == "foreign":
        with open(entry, "wb") as stream:
            kept._write(stream, os.system)
    else:
        entry.write_bytes(damaged)
    assert total(capsys, log) == "0.003"
    assert entry.read_bytes() == data


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_full_disk_leaves_no_entry_and_the_cost_is_told(
    log: Path, cache: Path, code: int, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(self: Any, data: Any) -> int:
        self.stream.write(bytes(data)[:10])
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(kept._Checked, "write", fail)
    assert total(capsys, log) == "0.003"
    assert entries(cache) == []


def test_a_run_that_is_interrupted_leaves_no_entry(
    log: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: Any, data: Any) -> int:
        self.stream.write(bytes(data)[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(kept._Checked, "write", stop)
    assert main(["cost", str(log)]) == 130
    assert entries(cache) == []


def test_a_run_that_is_killed_and_others_beside_it_leave_whole_entries(
    logs: Path, cache: Path, tmp_path: Path
) -> None:
    old = time.time() - 60
    for path in logs.rglob("*.jsonl"):
        os.utime(path, (old, old))
    out = tmp_path / "cost.json"
    code = (
        "import sys; from pricing.cli import cost, main; cost.BULK_BYTES = 0; "
        "sys.exit(main(sys.argv[1:]))"
    )
    words = ["cost", str(logs / "projects"), "--quiet", "--format", "json"]
    command = [sys.executable, "-c", code, *words]
    killed = subprocess.Popen([*command, "-o", str(out)], stderr=subprocess.DEVNULL)
    time.sleep(0.4)
    killed.kill()
    killed.wait()
    assert not out.exists() or json.loads(out.read_text(encoding="utf-8"))["requests"]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    first, second, third = (run.communicate()[0] for run in runs)
    assert first == second == third
    assert json.loads(first)["requests"] > 150
    again = subprocess.run(command, capture_output=True)
    assert again.stdout == first
    assert [path for path in entries(cache) if path.suffix != ".part"] == []


def test_the_cache_is_cleared(log: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    total(capsys, log)
    assert main(["cache"]) == 0
    assert capsys.readouterr().out.strip() == str(cache)
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out.startswith("1 file of 0.0 MB removed")
    assert entries(cache) == []
    assert main(["cache", "empty"]) == 2


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_rows_changes_no_digit(
    logs: Path, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(cost, "BULK_BYTES", 0)
    first, *rows = (logs / "calls.jsonl").read_bytes().splitlines(keepends=True)
    plain = [row for row in rows if b'"ts": null' not in row]
    mixed = random.Random(seed).sample(plain, len(plain))
    found = []
    for number, order in enumerate((plain, mixed)):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(first + b"".join(order))
        found.append(in_order(told(capsys, str(path))[1]))
    assert found[0] == found[1]


def test_who_watches_sees_all_files_as_one(logs: Path) -> None:
    seen = []
    files = sorted((logs / "projects").rglob("*.jsonl"))
    whole = sum(path.stat().st_size for path in files)

    def watch(path: str, read: int, size: int) -> None:
        seen.append((read, size))

    LongRecords([str(logs / "projects")], watch=watch).in_bulk(lambda bulk: None)
    assert len(seen) >= len(files)
    assert {size for _, size in seen} == {whole}
    assert [read for read, _ in seen] == sorted(read for read, _ in seen)
    assert seen[-1][0] == whole
