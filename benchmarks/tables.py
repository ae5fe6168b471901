"""The three tables: what is asked of whom, and the goals."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from full_catalogue import LARGEST, PATTERN, copy_of, seller_name
from measure import NotMeasured, Taken, Worker, in_turn, processes_in_turn
from page import Table, at_least, at_most, figure, megabytes, times

RESPONSE = Path(__file__).parent / "responses" / "anthropic_messages.json"
#: what that response is of, at the seller that the full catalogue copies
MODEL = "claude-sonnet-4-6"

#: Nothing of the caller's Python reaches what is measured, and no peer fetches its prices.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "NO_COLOR": "1",
}

RESPONSES = {
    "anthropic_messages": "Anthropic Messages, 5 lines",
    "openai_chat": "OpenAI Chat Completions, 3 lines",
}
COSTS = {
    "pricing": "pricing: total and every line's exact amount",
    "genai-prices": "genai-prices: three totals",
    "litellm": "litellm: one total",
    "litellm-object": "litellm, from an object of its own: one total",
    "tokencost": "tokencost, from counts: one total",
    "hand": "floor, from counts: Decimal by hand",
}
OURS = ("pricing", "hand")
#: tokencost has no price for cache writes
CANNOT = {("tokencost", "anthropic_messages")}
FASTER_THAN = {"genai-prices": 15.0, "litellm": 30.0}


@dataclass(frozen=True)
class Places:
    """The Python of each environment, and what the one with a full catalogue ships."""

    shipped: Path
    full: Path
    peers: Path | None
    cards: int


@dataclass(frozen=True)
class Process:
    """A command, the `pass` that it is held against, and its goals."""

    label: str
    python: Path
    command: Sequence[str | Path]
    times_pass: float | None = None
    megabytes: float | None = None


def costs(places: Places, rounds: int, seconds: float) -> Table:
    """Time one raw response → cost, warm."""
    table = Table("One raw response → cost, warm", ["", "µs", "against pricing", "goal"])
    for name, title in RESPONSES.items():
        with ExitStack() as stack:
            workers: dict[str, Worker] = {}
            for library, label in COSTS.items():
                python = places.shipped if library in OURS else places.peers
                if python is None or (library, name) in CANNOT:
                    continue
                try:
                    worker = Worker(python, ["cost", library, name], ENVIRONMENT)
                except NotMeasured as reason:
                    table.notes.append(f"Not measured: {label}: {reason}")
                else:
                    workers[library] = stack.enter_context(worker)
            taken = in_turn(workers, rounds, seconds)
        table.add(f"**{title}**")
        for library in taken:
            table.add(COSTS[library], *_cost_cells(library, taken))
        answers = {library: worker.answer for library, worker in workers.items()}
        if len(set(answers.values())) > 1:
            told = ", ".join(f"{library} {answer}" for library, answer in answers.items())
            table.notes.append(f"{title}: the totals differ: {told}.")
    return table


def _cost_cells(library: str, taken: Mapping[str, Taken]) -> list[str]:
    cells = [figure(taken[library].median * 1e6)]
    if library == "pricing" or "pricing" not in taken:
        return cells
    ratio = taken[library].against(taken["pricing"])
    cells.append(times(ratio))
    if library in FASTER_THAN:
        cells.append(at_least(FASTER_THAN[library], ratio))
    return cells


def processes(places: Places, scratch: Path, rounds: int) -> Table:
    """Time imports and one-shot commands, each against `pass` of its environment."""
    listed = [*_processes_of_pricing(places, scratch)]
    if places.peers is not None:
        listed += _processes_of_peers(places.peers)
    table = Table("Whole processes", ["", "ms", "× `pass`", "peak MB", "goal"])
    taken, failed = processes_in_turn(
        {process.label: process.command for process in listed}, rounds, ENVIRONMENT
    )
    passes: dict[Path, Taken] = {}
    for process in listed:
        if process.label in failed:
            table.notes.append(f"Not measured: {process.label}: {failed[process.label]}")
            continue
        found = taken[process.label]
        passes.setdefault(process.python, found)  # the first of each environment
        ratio = found.against(passes[process.python])
        cells = [figure(found.median * 1e3), figure(ratio), megabytes(found.peak)]
        if process.times_pass is not None:
            cells.append(at_most(process.times_pass, ratio, process.megabytes, found.peak))
        table.add(process.label, *cells)
    return table


def _processes_of_pricing(places: Places, scratch: Path) -> list[Process]:
    seller = seller_name(1)
    response = json.loads(RESPONSE.read_text("utf-8"))
    copied = scratch / "copied.json"
    copied.write_text(json.dumps(response | {"model": copy_of(MODEL, seller)}), "utf-8")
    shipped, full = places.shipped, places.full
    catalogue = f"{places.cards:,} cards"
    one_cost = f"pricing.load_catalog().cost(json.load(open({str(RESPONSE)!r})))"

    def code(label: str, python: Path, text: str, goal: float | None = None) -> Process:
        return Process(label, python, [python, "-c", text], goal)

    def cost(label: str, python: Path, *arguments: str | Path) -> Process:
        is_table = "json" not in arguments
        command = [python.with_name("pricing"), "cost", *arguments]
        return Process(label, python, command, *((10, None) if is_table else (3.3, 18)))

    json_of = ("--format", "json")
    return [
        code("`python -c pass`, where pricing is installed", shipped, "pass"),
        code(f"`python -c pass`, where {catalogue} are", full, "pass"),
        code("`import pricing`", shipped, "import pricing", 2),
        code("`load_catalog().cost(response)`", shipped, f"import json, pricing; {one_cost}"),
        cost("`pricing cost FILE --format json`", shipped, RESPONSE, *json_of),
        cost(f"… from {catalogue}", full, RESPONSE, *json_of),
        cost(
            f"… from {catalogue}, a seller of {LARGEST}",
            full,
            *(copied, "--seller", seller, *json_of),
        ),
        cost("`pricing cost FILE`, as a table", shipped, RESPONSE),
        cost(f"… as a table, from {catalogue}", full, RESPONSE),
    ]


def _processes_of_peers(python: Path) -> list[Process]:
    counts = ("-i", "25780", "-w", "6144", "-r", "18432", "-o", "863")
    completion_cost = f"litellm.completion_cost(json.load(open({str(RESPONSE)!r})))"
    texts = {
        "`python -c pass`, where the others are installed": "pass",
        "`import genai_prices`": "import genai_prices",
        "`import tokencost`": "import tokencost",
        "`import litellm`": "import litellm",
        "`litellm.completion_cost(response)`": f"import json, litellm; {completion_cost}",
    }
    calculate: list[str | Path] = [
        python.with_name("genai-prices"),
        "calc",
        *counts,
        f"{PATTERN}:{MODEL}",
    ]
    return [
        *(Process(label, python, [python, "-c", text]) for label, text in texts.items()),
        Process("`genai-prices calc`, from counts", python, calculate),
    ]


def catalogues(places: Places, rounds: int, seconds: float) -> Table:
    """Time a catalogue and one card of it, from the snapshot and from all YAML."""
    table = Table("Loading the catalogue", ["", "ms", "against the snapshot"])
    card, seller = f"{PATTERN}/{MODEL}", seller_name(1)
    copied = f"{seller}/{copy_of(MODEL, seller)}"
    full = f"{places.cards:,} cards"
    asked = {
        "shipped snapshot, one card": (places.shipped, "snapshot", card),
        "shipped YAML, read and checked": (places.shipped, "yaml", card),
        f"snapshot of {full}, one card": (places.full, "snapshot", card),
        f"… one card of a seller of {LARGEST}": (places.full, "snapshot", copied),
        f"YAML of {full}, read and checked": (places.full, "yaml", card),
    }
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for label, (python, way, name) in asked.items():
            try:
                worker = Worker(python, ["catalogue", way, name], ENVIRONMENT)
            except NotMeasured as reason:
                table.notes.append(f"Not measured: {label}: {reason}")
            else:
                workers[label] = stack.enter_context(worker)
        taken = in_turn(workers, rounds, seconds)
    snapshots: dict[Path, Taken] = {}
    for label, found in taken.items():
        python, way, _ = asked[label]
        snapshot = snapshots.setdefault(python, found)  # the first of each environment
        ratio = times(found.against(snapshot)) if way == "yaml" else ""
        table.add(label, figure(found.median * 1e3), ratio)
    return table
