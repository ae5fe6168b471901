"""``pricing statusline``: one line whatever stands on stdin, from transcripts as they grow."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli_golden import session_row
from transcripts import NOW, at_noon

from pricing.cli import main, statusline
from pricing.usage.status import files_since, read_status, session_files

TODAY = "2026-11-20T10:00:00Z"
OPUS = "claude-opus-5-5"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def told(text: bytes, *words: str) -> str:
    """Run the command; give its line."""
    out, err = io.StringIO(), io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(text))
    with at_noon(), patch.object(sys, "stdin", stdin), redirect_stdout(out), redirect_stderr(err):
        assert main(["statusline", *words]) == 0
    assert err.getvalue() == ""
    line = out.getvalue()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    return line[:-1]


def session(folder: Path, *rows: str, name: str = "s1") -> bytes:
    """Write a transcript of today; give the status of its session."""
    path = folder / "projects" / "-app" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(rows), encoding="utf-8")
    os.utime(path, (NOW, NOW))
    return json.dumps({"transcript_path": str(path), "model": {"id": OPUS}}).encode()


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_line(text: bytes) -> None:
    assert told(text)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("session_id", "transcript_path", "model", "cost", "context_window"), JSON
        ),
    )
)
def test_any_status_gives_a_line(status: Any) -> None:
    assert told(json.dumps(status).encode())


def test_there_may_be_no_stdin() -> None:
    with patch.object(sys, "stdin", None):
        out = io.StringIO()
        with redirect_stdout(out):
            assert main(["statusline"]) == 0
    assert out.getvalue() == "pricing: no JSON object on stdin\n"


def test_what_cannot_be_read_makes_a_lower_bound(tmp_path: Path) -> None:
    # 1,000 x 4 + 1,000 x 20 = 24,000 by 1M
    row = session_row("s1", TODAY, "m1", OPUS, input=1_000, output=1_000)
    status = session(tmp_path, row, '{"type": "assistant", "message": {"usage": {"inp\n')
    assert told(status) == f"{OPUS} | session >= 0.02 USD | today >= 0.02 USD | context 1,000"


def test_a_model_without_a_card_has_no_price(tmp_path: Path) -> None:
    status = session(tmp_path, session_row("s1", TODAY, "m1", "claude-opus-99", input=9, output=9))
    assert told(status) == f"{OPUS} | session no price | today no price | context 9"


def test_less_than_a_cent_is_shown(tmp_path: Path) -> None:
    # 100 x 4 = 400 by 1M
    status = session(tmp_path, session_row("s1", TODAY, "m1", OPUS, input=100, output=0))
    assert told(status) == f"{OPUS} | session 0.0004 USD | today 0.0004 USD | context 100"


def test_a_binary_transcript_is_no_traceback(tmp_path: Path) -> None:
    status = session(tmp_path, "\0\0\0\n")
    assert told(status).startswith(f"{OPUS} | session ")


def test_a_file_that_is_too_large_for_today_makes_a_lower_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session(tmp_path, session_row("s2", TODAY, "m2", OPUS, input=1_000, output=1_000), name="s2")
    status = session(tmp_path, session_row("s1", TODAY, "m1", OPUS, input=1_000, output=1_000))
    # 0.024 each
    assert told(status) == f"{OPUS} | session 0.02 USD | today 0.05 USD | context 1,000"
    monkeypatch.setattr(statusline, "MOST_TODAY", 10)
    assert told(status) == f"{OPUS} | session 0.02 USD | today >= 0.02 USD | context 1,000"


def test_only_the_tree_of_sessions_is_walked(tmp_path: Path) -> None:
    session(tmp_path, "{}\n")
    (tmp_path / "projects" / "-other").mkdir()
    other = tmp_path / "projects" / "-other" / "s9.jsonl"
    other.touch()
    (tmp_path / "elsewhere.jsonl").touch()
    own = tmp_path / "projects" / "-app" / "s1.jsonl"
    found, is_all = files_since(str(own), 0, 1 << 20)
    assert (found, is_all) == ([str(own), str(other)], True)
    # without a tree it is the folder alone
    loose = tmp_path / "loose"
    loose.mkdir()
    (loose / "a.jsonl").touch()
    assert files_since(str(loose / "a.jsonl"), 0, 9)[0] == [str(loose / "a.jsonl")]
    assert session_files(str(loose / "none.jsonl")) == []


def test_the_context_in_use_is_the_agents_own_where_it_says() -> None:
    counts = {"input_tokens": 8, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 30}
    held = {"context_window_size": 200, "current_usage": counts | {"output_tokens": 5}}
    text = json.dumps({"model": {"id": "m"}, "context_window": held}).encode()
    assert read_status(text).context == 40
    assert told(text) == "m | context 40 of 200 (20 %)"


def test_the_line_loads_little() -> None:
    # what a measurement of coverage has loaded before does not count
    code = (
        "import sys; before = set(sys.modules); import pricing.cli.statusline; "
        "print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"dataclasses", "pydantic", "tabulate", "yaml"}
    assert not heavy & set(done.stdout.split())
