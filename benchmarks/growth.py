"""From ten thousand rows to ten million: does time grow as the rows do, and what does memory do?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from log_data import write_parquet, write_plain_calls
from measure import Taken, processes_in_turn
from page import MEGA, Table, figure, megabytes
from tables import ENVIRONMENT, Places

TITLE = "Growth"
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
#: so many rounds, and one of what takes more than a second
ROUNDS = 5
FORMAT = ("--by", "day,model", "--format", "json", "--quiet", "--no-cache")
ABOUT = """\
A gateway's log of Anthropic's calls by `pricing cost`, one process, no cache; Parquet of the same
size by `--engine duckdb`. A row's time is what each row took more than in the line above: where
that holds still, time grows as the rows do. Of calls with ids the hash of each is kept, some 80
bytes, for a copy may stand anywhere. What has no id is added up at once, and memory holds still."""


@dataclass(frozen=True)
class Kind:
    """What grows: how it is made, and what reads it."""

    name: str
    ending: str
    words: tuple[str, ...]

    def write(self, path: Path, rows: int) -> Path:
        if self.ending == "parquet":
            return write_parquet(path, rows)
        return write_plain_calls(path, rows, with_ids=self.name.endswith("with ids"))


KINDS = (
    Kind("log, with ids", "jsonl", FORMAT),
    Kind("log, without", "jsonl", FORMAT),
    Kind("Parquet", "parquet", ("--engine", "duckdb", "--by", "model", *FORMAT[2:5])),
)

Found = dict[str, dict[int, Taken]]


def measure(places: Places, scratch: Path, sizes: tuple[int, ...], rounds: int) -> Found:
    """Time every kind at every size."""
    own = places.shipped.with_name("pricing")
    found: Found = {kind.name: {} for kind in KINDS}
    for rows in sizes:
        for kind in KINDS:
            path = kind.write(scratch / f"growth.{kind.ending}", rows)
            command = {kind.name: [own, "cost", path, *kind.words]}
            taken, failed = processes_in_turn(command, rounds, ENVIRONMENT)
            path.unlink()
            if failed:
                raise RuntimeError(f"{kind.name} of {rows:,} rows: {failed[kind.name]}")
            found[kind.name][rows] = taken[kind.name]
    return found


def table(found: Found) -> Table:
    """Give a row for each size; time, the time of a further row, memory."""
    header = ["rows"]
    for kind in found:
        header += [f"{kind}: s", "µs a row", "peak MB"]
    made = Table(TITLE, header)
    sizes = list(next(iter(found.values())))
    for before, rows in zip((None, *sizes), sizes, strict=False):
        cells = []
        for taken in found.values():
            now = taken[rows]
            further = ""
            if before is not None:
                more = now.median - taken[before].median
                further = figure(max(0.0, more * 1e6 / (rows - before)))
            cells += [figure(now.median), further, megabytes(now.peak)]
        made.add(f"{rows:,}", *cells)
    return made


def section(found: Found, picture: str, setting: str) -> str:
    """Give the part of the page: what is measured, the plot, the table."""
    made = table(found).text().removeprefix(f"## {TITLE}\n\n")
    about = f"{ABOUT} Measured {setting}."
    return f"## {TITLE}\n\n{about}\n\n![Time and memory by rows]({picture})\n\n{made}\n"


def draw(found: Found, path: Path) -> None:
    """Draw time and memory over the rows, on logarithmic axes, with a line of steady growth."""
    import matplotlib

    matplotlib.use("svg")
    # the same figures give the same file
    matplotlib.rcParams |= {"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 10}
    from matplotlib import pyplot

    figure_, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    time, memory = axes
    for name, marker in zip(found, "osD", strict=False):
        taken = found[name]
        sizes = list(taken)
        time.plot(sizes, [taken[n].median for n in sizes], marker=marker, label=name)
        memory.plot(sizes, [taken[n].peak / MEGA for n in sizes], marker=marker, label=name)
    last = next(iter(found.values()))
    ends = [min(last), max(last)]
    steady = [last[ends[1]].median * n / ends[1] for n in ends]
    time.plot(ends, steady, color="#888888", linestyle=":", label="as the rows do")
    for each, what in ((time, "seconds"), (memory, "peak memory, MB")):
        each.set(xscale="log", yscale="log", xlabel="rows", ylabel=what)
        each.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
        for side in ("top", "right"):
            each.spines[side].set_visible(False)
    memory.set_ylim(10, 2_000)
    _plain(memory)
    _plain(time)
    time.legend(frameon=False)
    figure_.savefig(path, metadata={"Date": None})
    pyplot.close(figure_)
    # what draws ends its lines with blanks
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")


def _plain(axes: Any) -> None:
    """Write 100 rather than 10²."""
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
