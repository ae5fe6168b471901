"""The tables of whole logs: time and memory against decoding alone, and against the peers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from log_data import write_calls, write_parquet, write_tree
from measure import processes_in_turn
from page import Table, at_most, figure, megabytes
from tables import ENVIRONMENT, Places

HERE = Path(__file__).parent
WORKER = HERE / "log_worker.py"
#: what litellm and genai-prices are given: they take minutes for a log that others take seconds for
PEERS_SHARE = 20
ONE = "pricing, one process"
BY_DAY = ("--by", "day,model", "--format", "json", "--quiet")
WITHOUT_MSGSPEC = (
    "import sys; sys.modules['msgspec'] = None; sys.modules['msgspec.json'] = None; "
    "from pricing.cli import main; sys.exit(main())"
)


@dataclass(frozen=True)
class Run:
    """A command over so many rows; ``goal`` is how often the floor's time it may take.

    Or the time of the run ``of``. ``ids``: it may take 30 MB, and 100 bytes for each.
    """

    label: str
    command: Sequence[str | Path]
    rows: int
    floor: str
    goal: float | None = None
    of: str | None = None
    ids: int | None = None


def logs(places: Places, scratch: Path, rows: int, rounds: int) -> Table:
    """Time a tree of sessions and a gateway's log, read, merged, grouped and priced."""
    tree, calls = write_tree(scratch / "claude", rows), write_calls(scratch / "calls.jsonl", rows)
    few = write_calls(scratch / "few.jsonl", rows // PEERS_SHARE)
    python, own = places.shipped, places.shipped.with_name("pricing")
    first = ("cost", tree / "projects", *BY_DAY)
    kept = {**ENVIRONMENT, "XDG_CACHE_HOME": str(scratch / "cache")}
    subprocess.run([own, *first], env=kept, capture_output=True)
    tree_floor, calls_floor = (
        "floor: msgspec decodes and keeps the largest of each id",
        "… its floor",
    )
    runs = [
        Run(tree_floor, [python, WORKER, "floor-tree", tree], rows, tree_floor),
        Run(ONE, [own, *first, "--no-cache"], rows, tree_floor, 2.2, ids=rows),
        Run("pricing, 4 workers", [own, *first, "--no-cache", "--workers", "4"], rows, tree_floor,
            0.65, of=ONE),
        Run("pricing, without msgspec",
            [python, "-c", WITHOUT_MSGSPEC, *first, "--no-cache"], rows, tree_floor, 7),
        Run("pricing, the second time", [own, *first], rows, tree_floor),
        Run(calls_floor, [python, WORKER, "floor-calls", calls], rows, calls_floor),
        Run("pricing, a gateway's log of three APIs",
            [own, "cost", calls, *BY_DAY, "--no-cache"], rows, calls_floor, 2.2),
    ]  # fmt: skip
    ccusage = HERE / ".venv" / "ccusage" / "node_modules" / ".bin" / "ccusage"
    if ccusage.exists() and shutil.which("node"):
        runs.insert(5, Run("ccusage, all processors", [ccusage, "daily", "--json", "--offline"],
                           rows, tree_floor))  # fmt: skip
    if places.peers is not None:
        for name in ("genai-prices", "litellm"):
            label = f"{name}, row by row"
            runs.append(
                Run(label, [places.peers, WORKER, name, few], rows // PEERS_SHARE, calls_floor)
            )
    environment = {**kept, "CLAUDE_CONFIG_DIR": str(tree)}
    table = _table(f"Logs of {rows:,} rows", runs, environment, rounds)
    table.notes.append("`× floor` is of the time for each row; all but ccusage run in one process.")
    if not ccusage.exists():
        table.notes.append("Not measured: ccusage (npm install --prefix benchmarks/.venv/ccusage "
                           "ccusage).")  # fmt: skip
    return table


def parquet(places: Places, scratch: Path, rows: int, rounds: int) -> Table:
    """Time Parquet that an engine adds up, against the engine's own sums."""
    path = write_parquet(scratch / "usage.parquet", rows)
    python, own = places.shipped, places.shipped.with_name("pricing")
    floor = "floor: DuckDB sums by model"
    runs = [Run(floor, [python, WORKER, "duckdb", path], rows, floor)]
    for engine, goal in (("duckdb", 1.5), ("polars", None)):
        command = [own, "cost", path, "--engine", engine, "--format", "json", "--quiet"]
        runs.append(Run(f"`pricing cost --engine {engine}`", command, rows, floor, goal))
    return _table(f"Parquet of {rows:,} rows", runs, ENVIRONMENT, rounds)


def _table(title: str, runs: list[Run], environment: dict[str, str], rounds: int) -> Table:
    table = Table(title, ["", "s", "µs a row", "× floor", "peak MB", "goal"])
    commands = {run.label: run.command for run in runs}
    taken, failed = processes_in_turn(commands, rounds, environment)
    for run in runs:
        if run.label in failed:
            table.notes.append(f"Not measured: {run.label}: {failed[run.label]}")
            continue
        found = taken[run.label]
        cells = [figure(found.median), figure(found.median * 1e6 / run.rows)]
        if run.floor in taken:
            ratio = found.against(taken[run.floor])
            ratio *= next(r.rows for r in runs if r.label == run.floor) / run.rows
            cells += [figure(ratio), megabytes(found.peak)]
            if run.goal is not None and run.of in taken:
                cells.append(f"{at_most(run.goal, found.against(taken[run.of]))} of one process")
            elif run.goal is not None:
                most = None if run.ids is None else 30 + 100 * run.ids / 1e6
                cells.append(at_most(run.goal, ratio, most, found.peak))
        table.add(run.label, *cells)
    return table
