"""What people see: every command of tests/cli/*.txt prints what stands below it.

``pytest --update-golden tests/test_cli_golden.py`` rewrites the texts; read the diff.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from transcripts import NOW, run, steps, written

FOLDER = Path(__file__).parent / "cli"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a copy of the files that the commands name, with the logs too long to keep."""
    folder = tmp_path / "files"
    shutil.copytree(FOLDER / "files", folder)
    write_gateway_log(folder / "gateway.jsonl")
    write_agents_log(folder / "agents.jsonl")
    write_sessions(folder / "projects" / "-home-dev-app")
    (folder / "empty.jsonl").touch()
    (folder / "binary.dat").write_bytes(bytes(range(256)))
    (folder / "log.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00rest")
    (folder / "utf16.json").write_text("{}", encoding="utf-16")
    (folder / "bare").mkdir()
    return folder


def record(at: str, model: str, usage: dict[str, int], **envelope: object) -> str:
    return json.dumps({"at": at, **envelope, "response": {"model": model, "usage": usage}}) + "\n"


def parts(whole: int, count: int) -> list[int]:
    """Split a number into almost equal parts."""
    return [whole // count + (number < whole % count) for number in range(count)]


def write_gateway_log(path: Path) -> None:
    """Write 1,204 requests, 37 of them of a model that nobody sells, from line 88 on."""
    known = zip(parts(1_204_000, 1_167), parts(177_400, 1_167), strict=True)
    rows = [
        record("2026-11-20T09:00:00Z", "claude-sonnet-5-5", {"input_tokens": i, "output_tokens": o})
        for i, o in known
    ]
    unknown = zip(parts(51_204, 37), parts(9_310, 37), strict=True)
    rows[87:87] = [
        record("2026-11-20T09:00:00Z", "claude-opus-9", {"input_tokens": i, "output_tokens": o})
        for i, o in unknown
    ]
    path.write_text("".join(rows), encoding="utf-8")


def write_agents_log(path: Path) -> None:
    """Write 433 requests on two days, most of them several times, and three that failed."""
    groups = [
        ("2026-11-19", "claude-opus-5-5", 251, 240_917, 1_688_402, 27_310_940, 203_377),
        ("2026-11-19", "claude-haiku-5-5", 90, 88_120, 0, 310_442, 12_096),
        ("2026-11-20", "claude-sonnet-5-5", 92, 61_022, 402_816, 5_120_338, 77_450),
    ]
    rows = []
    for day, model, count, *sums in groups:
        counts = zip(*(parts(whole, count) for whole in sums), strict=True)
        for number, (plain, written_, read, output) in enumerate(counts):
            usage = {"input_tokens": plain, "cache_read_input_tokens": read}
            if written_:
                usage["cache_creation_input_tokens"] = written_
                usage["cache_creation"] = {"ephemeral_5m_input_tokens": written_}
            name = f"{model}-{number}"
            # a stream is logged again and again as it grows; the largest stands
            for copy in range(4 if number % 3 else 6):
                part = output if copy == 2 else output // 2
                usage_then = {**usage, "output_tokens": part}
                rows.append(record(f"{day}T08:00:00Z", model, usage_then, id=name))
    for number in range(3):
        usage = {"input_tokens": 999, "output_tokens": 0}
        rows.append(record("2026-11-20T08:00:00Z", "claude-opus-5-5", usage, status=529 - number))
    path.write_text("".join(rows), encoding="utf-8")


def session_row(session: str, at: str, id: str, model: str, **usage: int) -> str:
    counts = {f"{name}_tokens": count for name, count in usage.items()}
    message = {"id": id, "type": "message", "model": model, "stop_reason": "end_turn"}
    row = {
        "type": "assistant",
        "sessionId": session,
        "timestamp": at,
        "requestId": f"req_{id}",
        "isSidechain": id.startswith("agent"),
        "message": message | {"usage": counts},
    }
    return json.dumps(row) + "\n"


def write_sessions(folder: Path) -> None:
    """Write a session of two days with a sub-agent, and a fork of it, both written today."""
    late, now = "2026-11-19T23:00:00Z", "2026-11-20T10:00:00Z"
    opus, haiku, sonnet = "claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"
    asked = {"type": "user", "sessionId": "s1", "timestamp": late, "message": {"content": "Hi"}}
    first = session_row("s1", late, "m1", opus, input=100_000, output=10_000)
    counts = {"input": 2_000, "cache_read_input": 100_000}
    started = session_row("s1", now, "m2", opus, **counts, output=8)
    second = session_row("s1", now, "m2", opus, **counts, output=5_000)
    agents = session_row("s1", now, "agent1", haiku, input=100_000, output=10_000)
    own = session_row("s2", now, "m3", sonnet, input=10_000, output=1_000)
    texts = {
        "s1.jsonl": json.dumps(asked) + "\n" + first + started + second,
        "s1/subagents/agent-1.jsonl": agents,
        "s2.jsonl": first + second + own,
        "old.jsonl": session_row("s0", now, "m0", opus, input=1_000_000, output=0),
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (NOW, NOW) if name != "old.jsonl" else (NOW - 86_400, NOW - 86_400))
    models = {"id": opus, "display_name": "Opus 5.5"}
    status = {
        "session_id": "s1",
        "transcript_path": "projects/-home-dev-app/s1.jsonl",
        "model": models,
        "workspace": {"current_dir": "/app", "project_dir": "/app"},
        "cost": {"total_cost_usd": 0.91, "total_duration_ms": 45_000},
        "context_window": {"context_window_size": 200_000, "current_usage": None},
    }
    texts = {
        "status.json": json.dumps(status),
        "new-status.json": json.dumps(status | {"transcript_path": "projects/none.jsonl"}),
        "bare-status.json": json.dumps({"model": models, "cost": status["cost"]}),
        "odd-status.json": json.dumps({"model": "x\n\x1b[1m", "cost": [], "context_window": 7}),
    }
    for name, text in texts.items():
        (folder.parents[1] / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda p: p.stem)
def test_commands_print_what_the_transcript_shows(
    path: Path, files: Path, update_golden: bool
) -> None:
    found = steps(path.read_text(encoding="utf-8"))
    assert found, "a transcript without a command"
    for step in found:
        result = run(step.command, files)
        if not update_golden:
            assert result == step.result, f"$ {step.command}"
        step.result = result
    if update_golden:
        path.write_text(written(found), encoding="utf-8")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda p: p.stem)
def test_a_transcript_is_written_as_it_is_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert written(steps(text)) == text


def test_the_clock_of_the_transcripts_stands_at_noon() -> None:
    assert datetime.fromtimestamp(NOW, UTC).isoformat() == "2026-11-20T12:00:00+00:00"
