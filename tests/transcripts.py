"""Golden transcripts: console blocks that are run, compared, and rewritten by --update-golden.

::

    # A comment stays: the sum behind a figure.
    $ pricing cost response.json
    what goes to stdout
    >&2
    what goes to stderr
    [3]

The status stands where it is not 0; a JSON document is shown indented. A plain ``pricing`` command
runs in this process, others through a shell in which ``pricing`` is this checkout. The clock stands
at 2026-11-20T12:00:00Z.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from pricing import instants
from pricing.cli import main

ROOT = Path(__file__).parents[1]
FILES = Path(__file__).parent / "cli" / "files"
NOW = 1_795_176_000  # 2026-11-20T12:00:00Z
_SHELL = frozenset("|<>&;$`*?{}'\"\\")
_CODE = """\
import sys
sys.path.insert(0, {root!r})
from pricing import instants
instants.time_ns = lambda: {now} * 10**9
from pricing.cli import main
sys.exit(main())
"""


class Step:
    """A command, the lines before it, and what it printed."""

    def __init__(self, before: list[str], command: str, result: str) -> None:
        self.before = before
        self.command = command
        self.result = result


def steps(text: str) -> list[Step]:
    """Give the commands of a transcript; a backslash at the end of a line continues it."""
    found: list[Step] = []
    before: list[str] = []
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line.startswith("$ "):
            before.append(line)
            continue
        command = line[2:]
        while command.endswith("\\"):
            command += "\n" + lines[position]
            position += 1
        result = []
        while position < len(lines) and not _ends(lines, position):
            result.append(lines[position])
            position += 1
        found.append(Step(before, command, "\n".join(result)))
        before = []
    return found


def _ends(lines: list[str], position: int) -> bool:
    """Tell whether the result of a command ends here: at a comment, or before the next command."""
    rest = [line for line in lines[position:] if line]
    if not rest:
        return True
    return rest[0].startswith(("$ ", "# ")) and (not lines[position] or lines[position] == rest[0])


def written(found: list[Step]) -> str:
    """Give a transcript as text."""
    parts = []
    for step in found:
        parts.append("\n".join([*[line for line in step.before if line], f"$ {step.command}"]))
        if step.result:
            parts[-1] += "\n" + step.result
    return "\n\n".join(parts) + "\n"


#: the list of all sellers, with the rest of its message, which breaks wherever the list ends
_SELLERS = re.compile(r"Sellers:[a-z0-9,\s-]+?(\(--cards[^\n\"]*(?:\n  [^\s\"][^\n]*)*)")


def shown(stdout: str, stderr: str, status: int) -> str:
    """Give a result as a transcript shows it."""
    text = stdout.replace("\r\n", "\n")
    if text.startswith("{") and text.count("\n") == 1:
        text = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    if stderr:
        text += ("" if not text or text.endswith("\n") else "\n") + ">&2\n" + stderr
    if status:
        text += ("" if not text or text.endswith("\n") else "\n") + f"[{status}]"
    # what changes with every card or seller that is added
    text = re.sub(r'("catalog": ?")[0-9a-f]{16}"', r'\1…"', text.rstrip("\n"))
    text = re.sub(r"(does not sell '[^']+'\.)\s+Sellers:[a-z0-9,\s-]+\.", r"\1 Sellers: ….", text)
    return _SELLERS.sub(lambda found: "Sellers: … " + " ".join(found[1].split()), text)


def run(command: str, folder: Path) -> str:
    """Run a command in a folder and give its result as a transcript shows it."""
    words = shlex.split(command.replace("\\\n", " "))
    if words[0] == "pricing" and not _SHELL & set(command.replace("\\\n", " ")):
        return shown(*run_here(words[1:], folder))
    done = run_in_shell(command, folder)
    return shown(done.stdout, done.stderr, done.returncode)


def run_here(words: list[str], folder: Path) -> tuple[str, str, int]:
    """Run ``pricing`` in this process; give stdout, stderr and status."""
    out, err = io.StringIO(), io.StringIO()
    with at_noon(), inside(folder), redirect_stdout(out), redirect_stderr(err):
        status = main(words)
    return out.getvalue(), err.getvalue(), status


def run_in_shell(
    command: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which ``pricing`` is this checkout, at the fixed time."""
    programs = folder / ".bin"
    programs.mkdir(exist_ok=True)
    program = programs / "pricing"
    if not program.exists():
        code = programs / "run.py"
        code.write_text(_CODE.format(root=str(ROOT), now=NOW), encoding="utf-8")
        quoted = f"{shlex.quote(sys.executable)} {shlex.quote(str(code))}"
        program.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    settings = {
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "TZ": "UTC",
        "PYTHONIOENCODING": "utf-8",
        # an unbuffered stdout does not notice that its reader has gone
        "PYTHONUNBUFFERED": "",
    }
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=os.environ | settings | environment,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


@contextmanager
def at_noon() -> Iterator[None]:
    with patch.object(instants, "time_ns", lambda: NOW * 10**9):
        yield


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
