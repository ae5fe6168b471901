"""Measure several things in turn, round by round, so that a drifting machine shifts all alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Self

HERE = Path(__file__).parent
#: A folder without Python: `python -c` looks for modules in its own first.
ELSEWHERE = HERE / "responses"
#: What takes longer than SLOW seconds is measured in the first rounds only, one in SLOW_ROUNDS.
SLOW, SLOW_ROUNDS = 1.0, 5


class NotMeasured(Exception):
    """It does not run here; the message says why."""


@dataclass(frozen=True)
class Taken:
    """What one thing took, one figure a round: seconds, and bytes of peak memory."""

    seconds: tuple[float, ...]
    memory: tuple[int, ...] = ()

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def peak(self) -> float:
        return median(self.memory)

    def against(self, other: Taken) -> float:
        """Give the median of the rounds' ratios to another thing, in the rounds that both had."""
        return median(a / b for a, b in zip(self.seconds, other.seconds, strict=False))


class _Partner:
    """A process that answers line by line."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(part) for part in command],
            env=dict(environment),
            cwd=ELSEWHERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            said = self._process.stderr.read().strip().splitlines()
            raise NotMeasured(said[-1] if said else f"ended with {self._process.wait()}")
        return line

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


class Worker(_Partner):
    """A library that is asked one question again and again; see worker.py.

    Raises:
        NotMeasured: it cannot be imported, or has no answer.
    """

    def __init__(
        self, python: Path, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        super().__init__([python, HERE / "worker.py", *arguments], environment)
        try:
            self.answer: str = json.loads(self._read())
        except NotMeasured:
            self._process.communicate()
            raise

    def seconds(self, calls: int) -> float:
        """Give the seconds of one call, as the mean of so many."""
        return int(self._ask(str(calls))) / calls / 1e9


class Spawner(_Partner):
    """Whole processes; see spawner.py."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__([sys.executable, "-I", "-S", HERE / "spawner.py"], environment)

    def run(self, command: Sequence[str | Path]) -> tuple[int, float, int]:
        """Give exit status, wall seconds and peak memory in bytes of a command."""
        line = self._ask("\0".join(str(part) for part in command))
        status, wall, _, memory = line.split()
        return int(status), int(wall) / 1e9, int(memory)


def in_turn(workers: Mapping[str, Worker], rounds: int, seconds: float) -> dict[str, Taken]:
    """Ask every worker in each round, as often as fits into ``seconds``, but once at least."""
    calls = {
        name: max(1, int(seconds / worker.seconds(max(1, int(seconds / 2 / worker.seconds(1))))))
        for name, worker in workers.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in workers}
    for turn in range(rounds):
        for name in _rotated(list(workers), turn):
            taken[name].append(workers[name].seconds(calls[name]))
    return {name: Taken(tuple(found)) for name, found in taken.items()}


def processes_in_turn(
    commands: Mapping[str, Sequence[str | Path]],
    rounds: int,
    environment: Mapping[str, str],
) -> tuple[dict[str, Taken], dict[str, str]]:
    """Run every command in each round, after one run for warmth; slow ones in fewer rounds.

    Gives what each took, and of those that fail the reason.

    Raises:
        NotMeasured: one fails that did not at first.
    """
    failed: dict[str, str] = {}
    taken: dict[str, list[tuple[float, int]]] = {}
    with Spawner(environment) as spawner:
        for name, command in commands.items():
            why = why_not(command, environment)
            if why is None:
                taken[name] = []
            else:
                failed[name] = why
        for turn in range(rounds):
            for name in _rotated(list(taken), turn):
                if turn >= max(1, rounds // SLOW_ROUNDS) and taken[name][0][0] > SLOW:
                    continue
                status, wall, memory = spawner.run(commands[name])
                if status:
                    raise NotMeasured(f"{name} ended with {status}")
                taken[name].append((wall, memory))
    return {
        name: Taken(tuple(wall for wall, _ in found), tuple(memory for _, memory in found))
        for name, found in taken.items()
    }, failed


def why_not(command: Sequence[str | Path], environment: Mapping[str, str]) -> str | None:
    """Run a command once, and give the last thing it says where it fails."""
    try:
        result = subprocess.run(
            [str(part) for part in command],
            env=dict(environment),
            cwd=ELSEWHERE,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except OSError as error:
        return str(error.strerror)
    if result.returncode == 0:
        return None
    said = (result.stderr or result.stdout).strip().splitlines()
    return said[-1] if said else f"ended with {result.returncode}"


def _rotated(names: list[str], turn: int) -> list[str]:
    start = turn % len(names) if names else 0
    return names[start:] + names[:start]
