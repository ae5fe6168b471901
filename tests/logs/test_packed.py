"""Compressed files, patterns, and the places where agents keep their sessions."""

from __future__ import annotations

import gzip
import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing.cli
from pricing.errors import UsageError
from pricing.usage.files import files_of
from pricing.usage.logs.places import PLACES
from pricing.usage.records import Records


def record(number: int) -> str:
    usage = {"input_tokens": number, "output_tokens": 1}
    return json.dumps({"response": {"model": "m", "usage": usage}}) + "\n"


TEXT = "".join(record(number) for number in range(1, 2001)).encode()
WHOLE = sum(range(1, 2001))


def zstandard(data: bytes) -> bytes:
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    packed: bytes = pytest.importorskip(name).compress(data)
    return packed


def packed(kind: str, data: bytes = TEXT) -> bytes:
    return gzip.compress(data) if kind == "gzip" else zstandard(data)


def summed(*paths: Path | str, **options: Any) -> tuple[Records, int]:
    records = Records([str(path) for path in paths], **options)
    return records, sum(usage.meters["input"] for (usage,) in records)


@pytest.mark.parametrize("name", ["log.jsonl.gz", "log.jsonl.zst", "log.dat"])
@pytest.mark.parametrize("kind", ["gzip", "Zstandard"])
def test_a_packed_file_is_read_whatever_its_name(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(packed(kind))
    records, total = summed(path)
    assert (total, records.faults) == (WHOLE, [])


@pytest.mark.parametrize("kind", ["gzip", "Zstandard"])
def test_files_packed_one_after_the_other_are_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(packed(kind) + packed(kind))
    assert summed(path)[1] == 2 * WHOLE


@pytest.mark.parametrize("kind", ["gzip", "Zstandard"])
def test_a_packed_file_that_ends_early_is_a_lower_bound(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "log.jsonl"
    half = packed(kind)[:-20] if kind == "gzip" else packed(kind, TEXT) + packed(kind)[:-20]
    path.write_bytes(half)
    records, total = summed(path)
    assert total > 0
    assert records.skipped["malformed"] == 1
    assert f"the {kind} file ends early" in str(records.faults[0])


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    data = bytearray(packed("gzip"))
    data[-5] ^= 0xFF
    path.write_bytes(data)
    records, total = summed(path)
    assert total == WHOLE
    assert "a damaged gzip file" in str(records.faults[0])


def test_stdin_may_be_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(packed("gzip")))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert summed("-")[1] == WHOLE


def test_without_its_package_zstandard_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.jsonl.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd and more")
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"no package that reads it\n.*\[zst\]"):
        summed(path)


def test_packed_files_of_a_folder_are_logs(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.json.zst", "c.txt.gz", "d.gz", "x.sse", "y.meta.json"):
        (tmp_path / name).touch()
    assert [Path(path).name for path in files_of([str(tmp_path)])] == [
        "a.jsonl.gz",
        "b.json.zst",
        "x.sse",
    ]


def test_a_pattern_gives_what_it_matches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b/y.jsonl", "b/c/x.jsonl", "a.jsonl", "a.txt", "odd[1].jsonl"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert files_of(["**/*.jsonl"]) == ["a.jsonl", "b/c/x.jsonl", "b/y.jsonl", "odd[1].jsonl"]
    assert files_of(["b/**"]) == ["b/c/x.jsonl", "b/y.jsonl"]
    assert files_of(["odd[1].jsonl"]) == ["odd[1].jsonl"]
    with pytest.raises(UsageError, match=r"no file matches \*\.jsonll"):
        files_of(["*.jsonll"])


SESSION = {"input_tokens": 1000, "output_tokens": 100}
ROW = {
    "type": "assistant",
    "sessionId": "s",
    "timestamp": "2026-08-01T10:00:00Z",
    "requestId": "r",
    "message": {"id": "m", "model": "claude-sonnet-4-6", "stop_reason": "end_turn",
                "usage": SESSION},
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home folder with nothing in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", *(place.variable for place in PLACES)):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        ("", ".claude/projects"),
        ("", ".config/claude/projects"),
        ("{home}/own", "own/projects"),
        ("{home}/own/projects", "own/projects"),
        ("{home}/none, {home}/own", "own/projects"),
    ],
)
def test_sessions_of_this_computer_are_priced(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: str,
    folder: str,
) -> None:
    if told:
        monkeypatch.setenv("CLAUDE_CONFIG_DIR", told.format(home=home))
    where = home / folder / "-code-app"
    where.mkdir(parents=True)
    (where / "s.jsonl").write_text(json.dumps(ROW) + "\n")
    (where / "copy.jsonl").write_text(json.dumps(ROW) + "\n")
    (where / "empty.jsonl").touch()
    (where / "notes.json").write_text("no session")
    assert pricing.cli.main(["cost", "--claude-code", "--format", "json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    # 1,000 tokens at 3 USD and 100 at 15 USD a million
    assert Decimal(answer["total"]) == Decimal("0.0045")


def test_where_there_is_no_session_the_places_are_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pricing.cli.main(["cost", "--codex"]) == 2
    said = capsys.readouterr().err
    assert "no session in" in said
    assert "CODEX_HOME" in said


def test_archived_sessions_are_sessions(home: Path) -> None:
    place = next(place for place in PLACES if place.name == "codex")
    for folder in ("sessions/2026/05/01", "archived_sessions"):
        path = home / ".codex" / folder / "rollout-x.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
    assert len(place.files()) == 2


def test_without_a_file_the_help_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert pricing.cli.main(["cost"]) == 2
    assert "FILE is missing" in capsys.readouterr().err


def test_an_empty_file_in_a_folder_is_a_session_that_has_not_begun(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.jsonl").write_text(record(5))
    assert summed(tmp_path)[1] == 5


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    try:
        (tmp_path / "a.jsonl").symlink_to(tmp_path / "gone.jsonl")
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(UsageError, match=r"a\.jsonl: cannot be read"):
        summed(tmp_path)
