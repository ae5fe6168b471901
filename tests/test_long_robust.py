"""Runs that are killed, full disks, runs beside, hostile entries: the same digits, or none."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from pickle import Pickler
from typing import Any

import pytest

from pricing.cli import cost, main
from pricing.usage import cache as kept
from pricing.usage import workers
from pricing.usage.cache import folder
from pricing.usage.long import LongRecords

OLD = 1_700_000_000
ROWS = 400
#: 1,000 tokens at 1 USD per million, for each of them
TOTAL = "1.6"
FILES = 4
BULK = "from pricing.cli import cost, main; cost.BULK_BYTES = 0; "


def call(number: int, tokens: int = 1_000) -> str:
    usage = {"input_tokens": tokens, "output_tokens": 0}
    return json.dumps({
        "ts": "2026-05-01T00:00:00Z", "request_id": f"r{number}", "provider": "anthropic",
        "model": "claude-haiku-4-5-20251001", "usage": usage,
    }) + "\n"  # fmt: skip


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the cache, an empty one."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    return Path(folder())


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give four logs of 400 calls, which are read in bulk and were not written just now."""
    monkeypatch.setattr(cost, "BULK_BYTES", 0)
    place = tmp_path / "logs"
    place.mkdir()
    for file in range(FILES):
        path = place / f"{file}.jsonl"
        path.write_text("".join(call(file * ROWS + n) for n in range(ROWS)), encoding="utf-8")
        os.utime(path, (OLD, OLD))
    return place


def total(capsys: pytest.CaptureFixture[str], logs: Path, *words: str) -> str:
    assert main(["cost", str(logs), "--format", "json", "--quiet", *words]) == 0
    return str(json.loads(capsys.readouterr().out)["total"])


def child(code: str, *words: str | Path) -> list[str]:
    """Give the command of a process that first runs some code."""
    run = f"import sys, os; {BULK}{code}sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", run, *map(str, words)]


def entries(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.part")) if cache.is_dir() else []


def check(logs: Path, cache: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check that nothing half-written is left that anybody reads."""
    if out.exists():
        assert json.loads(out.read_text(encoding="utf-8"))["total"] == TOTAL
    program = kept.Cache()
    for path in sorted(logs.iterdir()):
        state = program.state(str(path))
        entry = Path(program._entry(state or ()))
        # an entry under its own name is whole, always
        assert not entry.exists() or program.load(str(path), state) is not None
    assert total(capsys, logs) == TOTAL


DEATH = "os.kill(os.getpid(), 9)"


@pytest.mark.parametrize("write", range(2 * FILES + 1))
def test_a_run_that_dies_at_a_write_leaves_nothing_broken(
    write: int, logs: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at the n-th write or rename: two for each entry of the cache, one for the output."""
    code = (
        "import pricing.usage.cache as c; n = [0]\n"
        "def dying(real):\n"
        "    def run(*words):\n"
        f"        if n[0] == {write}: {DEATH}\n"
        "        n[0] += 1\n"
        "        return real(*words)\n"
        "    return run\n"
        "c._Checked.write = dying(c._Checked.write); os.replace = dying(os.replace)\n"
    )
    out = tmp_path / "out.json"
    run = subprocess.run(child(code, "cost", logs, "--format", "json", "--quiet", "-o", out))
    assert run.returncode == -signal.SIGKILL
    assert not out.exists()
    check(logs, cache, out, capsys)


@pytest.mark.parametrize("seed", range(8))
def test_a_run_that_is_killed_at_any_moment_leaves_nothing_broken(
    seed: int, logs: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    words = ["cost", logs, "--format", "json", "--quiet", "-o", out]
    more = ["--workers", "2"] if seed % 2 else []
    run = subprocess.Popen(child("", *words, *more), stderr=subprocess.DEVNULL)
    time.sleep(random.Random(seed).uniform(0.02, 0.9))
    run.kill()
    run.wait()
    check(logs, cache, out, capsys)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc tells of processes here")
def test_workers_end_with_a_run_that_is_killed(logs: Path) -> None:
    """They wait for jobs, and nobody else would tell them that there will be none."""
    code = (
        "import time, pricing.usage.workers as w; w.JOB_BYTES = 1\n"
        "def waiting(*_): print('read', flush=True); time.sleep(60)\n"
        "w._File.taken = waiting\n"
    )
    words = child(code, "cost", logs, "--quiet", "--no-cache", "--workers", "3")
    with subprocess.Popen(words, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"read\n"
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text(encoding="utf-8")
        workers = [int(pid) for pid in children.split()]
        assert len(workers) >= 2
        run.kill()
    until = time.monotonic() + 30
    while any(map(_is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_is_alive, workers))


def _is_alive(pid: int) -> bool:
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # ended, and only not yet waited for
    return told.rpartition(")")[2].split()[0] != "Z"


def test_four_runs_at_once_share_one_cache(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = child("", "cost", logs, "--format", "json", "--quiet")
    for _ in range(3):
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
        found = {run.communicate()[0] for run in runs}
        assert [run.returncode for run in runs] == [0] * 4
        assert [json.loads(text)["total"] for text in found] == [TOTAL]
    assert len(entries(cache)) == FILES
    assert len(list(cache.iterdir())) == FILES


LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of files on Windows")
@pytest.mark.parametrize("most", [0, 10, 200, 4_000])
def test_files_that_may_not_grow_cost_no_digit(
    most: int, logs: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    words = ("cost", logs, "--format", "json", "--quiet")
    told = subprocess.run(child(LIMIT.format(most), *words), capture_output=True, text=True)
    assert (told.returncode, json.loads(told.stdout)["total"]) == (0, TOTAL)
    assert entries(cache) == []
    assert not cache.is_dir() or list(cache.iterdir()) == []
    told = subprocess.run(
        child(LIMIT.format(min(most, 50)), *words, "-o", out), capture_output=True, text=True
    )
    assert told.returncode == 2
    assert "File too large" in told.stderr
    assert "Traceback" not in told.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == []
    check(logs, cache, out, capsys)


def on_a_small_disk(place: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where ``place`` is a disk of 16 KB, in a namespace of its own."""
    script = 'mount -t tmpfs -o size=16k tmpfs "$0" && "$@"; code=$?; ls -A "$0" >&2; exit $code'
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(place),
         *command], capture_output=True, text=True)  # fmt: skip


def test_a_disk_that_is_full_costs_no_digit(logs: Path, cache: Path, tmp_path: Path) -> None:
    """A real one: logs of 70 KB and their cache of 20 KB each, on 16 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("unshare") is None or on_a_small_disk(disk, ["true"]).returncode:
        pytest.skip("no disk of its own can be mounted here")
    code = f"os.environ['XDG_CACHE_HOME'] = {str(disk)!r}; "
    words = ("cost", logs, "--format", "json", "--quiet")
    told = on_a_small_disk(disk, child(code, *words))
    assert (told.returncode, json.loads(told.stdout)["total"]) == (0, TOTAL)
    # the listing of the disk; its folder of the cache was made, no entry fits
    assert told.stderr.split() == ["pricing"]
    fill = f"open({str(disk / 'filler')!r}, 'wb', 0).write(bytes(16_000)); "
    told = on_a_small_disk(disk, child(fill, *words, "--no-cache", "-o", disk / "out.json"))
    assert told.returncode == 2
    assert "No space left on device" in told.stderr
    assert told.stderr.split()[-1] == "filler"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_is_an_error(logs: Path) -> None:
    with open("/dev/full", "wb") as full:
        told = subprocess.run(
            child("", "cost", logs, "--quiet"), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert told.returncode == 2
    assert told.stderr == "pricing: cannot write to stdout: No space left on device\n"


def test_a_log_that_changes_while_it_is_read_is_not_kept(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = LongRecords.file_into

    def changing(self: Any, part: Any, path: str) -> None:
        read(self, part, path)
        if path.endswith("2.jsonl"):
            with open(path, "a", encoding="utf-8") as stream:
                stream.write(call(9_999))

    with monkeypatch.context() as changed:
        changed.setattr(LongRecords, "file_into", changing)
        assert total(capsys, logs) == TOTAL
    assert len(entries(cache)) == FILES - 1
    os.utime(logs / "2.jsonl", (OLD, OLD + 1))
    # 1,601 calls
    assert total(capsys, logs) == "1.601"
    assert len(entries(cache)) == FILES


def test_a_log_that_changes_in_place_and_keeps_its_size_and_time_is_read_again(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert total(capsys, logs) == TOTAL
    path = logs / "1.jsonl"
    before = path.stat()
    time.sleep(0.02)
    with open(path, "r+b") as stream:
        stream.write(call(ROWS, 6_000).encode())
    os.utime(path, (OLD, OLD))
    after = path.stat()
    assert (before.st_ino, before.st_size, before.st_mtime_ns) == (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    )
    # 5,000 tokens more
    assert total(capsys, logs) == "1.605"


def test_a_clock_that_was_put_back_keeps_nothing_of_what_comes_later(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    future = time.time() + 3_600
    for path in logs.iterdir():
        os.utime(path, (future, future))
    assert total(capsys, logs) == total(capsys, logs) == TOTAL
    assert entries(cache) == []


def test_another_make_of_the_program_reads_again(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert total(capsys, logs) == TOTAL
    read: list[str] = []
    real = LongRecords.file_into

    def watched(self: Any, part: Any, path: str) -> None:
        read.append(path)
        real(self, part, path)

    monkeypatch.setattr(LongRecords, "file_into", watched)
    assert total(capsys, logs) == TOTAL
    assert read == []
    monkeypatch.setattr(kept, "_program", lambda: "another one")
    assert total(capsys, logs) == TOTAL
    assert len(read) == len(entries(cache)) == FILES


def test_new_cards_price_what_is_kept_anew(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert total(capsys, logs) == TOTAL
    contracts = tmp_path / "cards/contracts"
    contracts.mkdir(parents=True)
    (contracts / "half.yaml").write_text(
        "contract: half\ncards: [anthropic/*]\nrevisions:\n  - effective: 2026-01-01\n"
        "    modifiers: [{name: half, multiply: 0.5}]\n", encoding="utf-8")  # fmt: skip
    assert total(capsys, logs, "--cards", str(tmp_path / "cards")) == "0.8"
    assert total(capsys, logs) == TOTAL


class Hostile:
    """What runs a command where it is loaded."""

    def __init__(self, place: Path) -> None:
        self.place = str(place)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.place,)


@pytest.mark.parametrize("way", ["object", "inside", "path", "long", "wrong", "huge"])
def test_an_entry_that_somebody_else_wrote_runs_nothing(
    way: str, logs: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its checksum is right; still nothing is loaded but counts, times, and what they stand in."""
    assert total(capsys, logs) == TOTAL
    ran = tmp_path / "ran"
    first = logs / "0.jsonl"
    program = kept.Cache()
    state = program.state(str(first))
    entry = Path(program._entry(state or ()))
    match way:
        case "object":
            held = _pickled(Hostile(ran))
        case "inside":
            held = _pickled((state, [Hostile(ran)], {}, []))
        case "path":
            # a name with points would lead from a class that is known to whatever it knows
            held = b"\x80\x04\x8c\x13pricing.usage.bulk\x8c\x1cPart.__init__.__globals__\x93."
            held = held.replace(b"\x8c\x13", b"\x8c\x12").replace(b"\x8c\x1c", b"\x8c\x19")
        case "long":
            held = b"\x80\x04\x8b\x7f\xff\xff\xff" + b"\x01" * 10
        case "wrong":
            held = _pickled((state, 7, "no", None))
        case _:
            held = b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"x."
    check = blake2b(held, digest_size=kept._CHECK_BYTES).digest()
    entry.write_bytes(check + held)
    assert total(capsys, logs) == TOTAL
    assert not ran.exists()


def _pickled(held: Any) -> bytes:
    import io

    out = io.BytesIO()
    Pickler(out, protocol=5).dump(held)
    return out.getvalue()


@pytest.mark.parametrize("seed", range(20))
def test_an_entry_that_was_damaged_anywhere_is_passed_over(
    seed: int, logs: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert total(capsys, logs) == TOTAL
    r = random.Random(seed)
    for entry in entries(cache):
        data = bytearray(entry.read_bytes())
        match r.randrange(3):
            case 0:
                data = data[: r.randrange(len(data))]
            case 1:
                data[r.randrange(len(data))] ^= 1 << r.randrange(8)
            case _:
                data += b"\0"
        entry.write_bytes(data)
    assert total(capsys, logs) == TOTAL


@pytest.mark.parametrize("way", ["a file in its place", "nowhere", "read-only"])
def test_a_cache_that_cannot_be_written_costs_no_digit(
    way: str, logs: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if way == "a file in its place":
        cache.parent.parent.mkdir(parents=True, exist_ok=True)
        cache.parent.write_text("", encoding="utf-8")
    elif way == "nowhere":
        monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/here")
    else:
        cache.mkdir(parents=True)
        cache.chmod(0o555)
        if os.access(cache, os.W_OK):
            pytest.skip("whoever runs this may write everywhere")
    assert total(capsys, logs) == total(capsys, logs) == TOTAL
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out.startswith("0 files of 0.0 MB removed from ")


def test_without_the_cache_it_is_neither_read_nor_written(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def used(*words: Any) -> Any:
        raise AssertionError("the cache was used")

    assert total(capsys, logs) == TOTAL
    before = {path: path.stat().st_mtime_ns for path in entries(cache)}
    with monkeypatch.context() as unused:
        for name in ("load", "store", "state"):
            unused.setattr(kept.Cache, name, used)
        assert total(capsys, logs, "--no-cache") == TOTAL
        assert total(capsys, logs, "--no-cache", "--workers", "2") == TOTAL
    assert {path: path.stat().st_mtime_ns for path in entries(cache)} == before


def test_clearing_removes_what_a_killed_run_left_too(
    logs: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert total(capsys, logs) == TOTAL
    (cache / "left-1-ab.tmp").write_bytes(b"x" * 200_000)
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"4 files of 0.3 MB removed from {cache}\n"
    assert list(cache.iterdir()) == []
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"0 files of 0.0 MB removed from {cache}\n"
    assert total(capsys, logs) == TOTAL


def zstandard() -> Any:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    pytest.skip("nothing reads Zstandard here (extra zst)")


def packed(text: bytes, form: str) -> bytes:
    return gzip.compress(text, mtime=0) if form == "gz" else bytes(zstandard().compress(text))


KINDS: dict[str, Callable[[bytes, str], bytes]] = {
    "whole": packed,
    "several members": lambda text, form: (
        packed(text[:300_000], form) + packed(text[300_000:], form)
    ),
    "empty member": lambda text, form: packed(b"", form) + packed(text, form),
    "cut": lambda text, form: packed(text, form)[:-300],
    "cut in the second": lambda text, form: (
        packed(text[:300_000], form) + packed(text[300_000:], form)[:-300]
    ),
    "followed by waste": lambda text, form: packed(text, form) + b"waste",
    "damaged": lambda text, form: (
        packed(text, form)[:-9_000] + bytes(40) + packed(text, form)[-8_960:]
    ),
}
#: rows of a packed log: several blocks of each packing
MANY = 4_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["gz", "zst"])
def test_packed_logs_are_read_alike_by_all(
    form: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    place = tmp_path / "packed"
    place.mkdir()
    r = random.Random(4)
    texts = [
        "".join(call(MANY * file + n, r.randrange(1, 9_999)) for n in range(MANY)).encode()
        for file in range(3)
    ]
    for number, text in enumerate(texts):
        is_odd = number == 1
        path = place / f"{number}.jsonl.{form}"
        path.write_bytes(KINDS[kind if is_odd else "whole"](text, form))
        os.utime(path, (OLD, OLD))

    def told(*words: str) -> Any:
        code = main(["cost", str(place), "--format", "json", *words])
        out = capsys.readouterr()
        notes = sorted(line for line in out.err.splitlines() if "packed/" in line)
        document = json.loads(out.out or "{}") | {"assumed": None}
        for row in document.get("unpriced", ()):
            # which is the first depends on who reads
            row.pop("place")
        for name in ("unpriced", "groups", "lines"):
            document.get(name, []).sort(key=lambda row: json.dumps(row, sort_keys=True))
        return code, document, notes

    monkeypatch.setattr(cost, "BULK_BYTES", 1 << 60)
    one_by_one = told()
    monkeypatch.setattr(cost, "BULK_BYTES", 0)
    monkeypatch.setattr(workers, "JOB_BYTES", 20_000)
    found = {
        "in bulk": told("--no-cache"),
        "workers": told("--no-cache", "--workers", "4"),
        "cache, first": told(),
        "cache, second": told(),
    }
    assert {way: each for way, each in found.items() if each != one_by_one} == {}
    code, document, notes = one_by_one
    if kind in ("whole", "several members", "empty member"):
        assert (code, notes, document["requests"]) == (0, [], 3 * MANY)
        whole = sum(json.loads(line)["usage"]["input_tokens"]
                    for text in texts for line in text.splitlines())  # fmt: skip
        assert float(document["total"]) == pytest.approx(whole / 1_000_000)
    else:
        # what was read of it counts, and the total is a lower bound
        assert code == 3
        assert document["lower_bound"]
        assert document["skipped"]["malformed"] >= 1
        assert 2 * MANY < document["requests"] <= 3 * MANY
