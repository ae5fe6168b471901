"""Long logs are read in bulk, by one process or several: to the same last digit as one by one."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from pricing.cli import cost, main
from pricing.usage import workers

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
    lines[0] = json.dumps({"ts": "2026-05-01T00:00:00Z", "request_id": "first", "model": MODELS[0],
                           "provider": "anthropic",
                           "usage": {"input_tokens": 1, "output_tokens": 1}}).encode() + b"\n"  # fmt: skip
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
    document["assumed"].pop("at", None)
    for row in document["unpriced"]:
        row.pop("place")
    for name in ("lines", "unpriced", "groups"):
        document[name].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return document


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
@pytest.mark.parametrize("way", ["msgspec", "stdlib", "workers"])
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
    if way == "workers":
        monkeypatch.setattr(workers, "JOB_BYTES", 20_000)
        words = (*words, "--workers", "2")
    bulk = told(capsys, *files, *words)
    assert bulk[0] == one_by_one[0]
    assert in_order(bulk[1]) == in_order(one_by_one[1])
    assert len(bulk[2]) == len(one_by_one[2])


@pytest.mark.parametrize("way", ["msgspec", "stdlib"])
def test_most_rows_take_the_short_way(
    logs: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pricing.usage import fast
    from pricing.usage.long import LongRecords

    if way == "stdlib":
        without_msgspec(monkeypatch)
    packed, learned = 0, 0
    put, slow = fast.Packer.put, fast.Packer.slow

    def counting_put(self: Any, *words: Any) -> None:
        nonlocal packed
        packed += 1
        put(self, *words)

    def counting_slow(self: Any, *words: Any) -> Any:
        nonlocal learned
        learned += 1
        return slow(self, *words)

    monkeypatch.setattr(fast.Packer, "put", counting_put)
    monkeypatch.setattr(fast.Packer, "slow", counting_slow)
    LongRecords([str(logs)]).in_bulk(lambda bulk: None)
    assert packed > 200
    assert learned > 200
