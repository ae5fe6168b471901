"""The table of bills: a month reconciled, against pricing its log, in time and memory."""

from __future__ import annotations

from pathlib import Path

from bill_data import write_month
from measure import processes_in_turn
from page import Table, at_most, figure, megabytes
from tables import ENVIRONMENT, Places

SIZES = (10_000, 100_000, 1_000_000)
#: how often the time of pricing the log a reconciliation may take; only asked of the largest
GOAL = 1.5
#: both planted causes are a difference: the command says so by ending with 1
DIFFERS = "import sys; from pricing.__main__ import main; sys.exit(main() != 1)"


def bills(places: Places, scratch: Path, sizes: tuple[int, ...], rounds: int) -> Table:
    """Time months with two planted causes, priced and reconciled by one process."""
    table = Table(
        f"A month of up to {max(sizes):,} requests against its bill, two causes planted",
        ["", "s", "µs a request", "× pricing the log", "peak MB", "goal"],
    )
    python, own = places.shipped, places.shipped.with_name("pricing")
    for size in sizes:
        log, bill = write_month(scratch / f"bill-{size}", size)
        priced, held = f"`pricing cost`, {size:,} requests", "… `pricing reconcile`"
        commands = {
            priced: [own, "cost", log, "--format", "json", "--quiet", "--no-cache"],
            held: [python, "-c", DIFFERS, "reconcile", bill, "--usage", log, "--format", "json",
                   "--quiet"],
        }  # fmt: skip
        taken, failed = processes_in_turn(commands, rounds, ENVIRONMENT)
        for name in commands:
            if name in failed:
                table.notes.append(f"Not measured: {name}: {failed[name]}")
                continue
            found = taken[name]
            cells = [figure(found.median), figure(found.median * 1e6 / size)]
            if name == held and priced in taken:
                ratio = found.against(taken[priced])
                cells += [figure(ratio), megabytes(found.peak)]
                cells += [at_most(GOAL, ratio)] if size == max(SIZES) else []
            else:
                cells += ["1.00", megabytes(found.peak)]
            table.add(name, *cells)
    table.notes.append("The cube of a month is what a reconciliation holds: it is full at some "
                       "100,000 requests and grows no more. Few requests are dear for that is all "
                       "the search for causes.")  # fmt: skip
    return table
