"""The code in README and docs runs as printed.

Every Python block of the README is run; a ``text`` block right below one is what it prints.
A ``console`` block right below a line ``<!-- run -->``, in README or docs, is run from the root of
the project: each command must print what stands below it, on both streams, and end with the status
that closes it as ``[n]``, or with 0.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

PYTHON = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^<!-- run -->\n+```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def blocks(pattern: re.Pattern[str], *paths: Path) -> list[object]:
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for match in pattern.finditer(text):
            place = f"{path.relative_to(ROOT)}:{line_of(text, match.start(1))}"
            found.append(pytest.param(*match.groups(), id=place))
    return found


def commands(block: str) -> list[tuple[str, str, int]]:
    """Give command, output and exit status of each ``$`` line; a backslash continues it."""
    found = []
    for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", piece, re.DOTALL)
        assert match, f"a command without a line of its own: {piece!r}"
        command, output = match.groups()
        status = re.search(r"^\[(\d+)\]\n*\Z", output, re.MULTILINE)
        if status:
            output = output[: status.start()]
        found.append((command, output.strip("\n"), int(status[1]) if status else 0))
    return found


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where this Python's own programs come first, both streams as one."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "80", "TZ": "UTC"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(("code", "printed"), blocks(PYTHON, README))
def test_a_python_example_runs(code: str, printed: str | None) -> None:
    result = run([sys.executable, "-c", code])
    assert result.returncode == 0, result.stdout
    if printed is not None:
        assert result.stdout == printed


@pytest.mark.parametrize("block", blocks(CONSOLE, README, *sorted(ROOT.glob("docs/**/*.md"))))
def test_a_console_example_prints_what_it_shows(block: str) -> None:
    for command, output, status in commands(block):
        result = run(["sh", "-c", command])
        shown = "\n".join(line.rstrip() for line in result.stdout.strip("\n").split("\n"))
        assert (shown, result.returncode) == (output, status), command


def test_the_readme_shows_both_ways_in() -> None:
    text = README.read_text(encoding="utf-8")
    assert PYTHON.search(text), "no Python example"
    assert CONSOLE.search(text), "no console example below <!-- run -->"


def test_the_make_targets_that_the_readme_names_exist() -> None:
    named = set(re.findall(r"^make ([a-z-]+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert named >= {"demo", "test"}
    assert named <= targets


def test_a_console_block_is_read_as_commands_outputs_and_statuses() -> None:
    block = "$ echo a \\\n    b\na b\n\n$ false\n[1]\n$ true\n"
    assert commands(block) == [("echo a \\\n    b", "a b", 0), ("false", "", 1), ("true", "", 0)]
