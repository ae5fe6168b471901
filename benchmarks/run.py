"""Measure pricing beside its peers, and print the tables of docs/performance.md.

make bench                                       print them
.venv/bin/python benchmarks/run.py --only logs   print those of whole logs, or of bills: reconcile
.venv/bin/python benchmarks/run.py --write       and put them into the page
.venv/bin/python benchmarks/run.py --only growth --write   only the growth, with its plot
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import batch
import bills
import environments
import growth
import tables
from measure import NotMeasured
from page import page, with_section
from tables import Places

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PICTURE = PAGE.with_name("growth.svg")
PEERS = ("genai-prices", "litellm", "tokencost")

ROUNDS = 25
#: loading a full catalogue from YAML takes seconds
CATALOGUE_ROUNDS = 5
SECONDS_A_TURN = 0.05
#: as goals are told of
LOG_ROWS = 1_000_000
PARQUET_ROWS = 10_000_000
LOG_ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure pricing beside its peers.")
    parser.add_argument("--write", action="store_true", help="put the tables into the page")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument(
        "--only", choices=("calls", "growth", "logs", "reconcile"), help="some of the tables"
    )
    parser.add_argument("--log-rows", type=int, default=LOG_ROWS, help=f"default: {LOG_ROWS}")
    arguments = parser.parse_args()
    if arguments.only == "growth":
        _growth(arguments.write)
        return
    if arguments.write and arguments.only:
        sys.exit("--write puts all tables into the page, --only measures some")
    rounds = arguments.rounds
    with tempfile.TemporaryDirectory(prefix="pricing-bench-") as folder:
        scratch = Path(folder)
        try:
            places = prepare(scratch)
        except NotMeasured as reason:
            sys.exit(f"this checkout cannot be installed: {reason}")
        found = []
        only = arguments.only
        if only in (None, "calls"):
            _say("measuring costs")
            found.append(tables.costs(places, rounds, SECONDS_A_TURN))
            _say("measuring whole processes")
            found.append(tables.processes(places, scratch, rounds))
            _say("measuring catalogues")
            few = min(rounds, CATALOGUE_ROUNDS)
            found.append(tables.catalogues(places, few, SECONDS_A_TURN))
        # the slow ones are run in a fifth of the rounds
        slow = min(rounds, LOG_ROUNDS) * 5
        if only in (None, "logs"):
            _say("measuring logs")
            found.append(batch.logs(places, scratch, arguments.log_rows, slow))
            _say("measuring Parquet")
            found.append(batch.parquet(places, scratch, PARQUET_ROWS, slow))
        if only in (None, "reconcile"):
            _say("measuring bills")
            found.append(bills.bills(places, scratch, bills.SIZES, slow))
    text = page(setting(places, rounds), found)
    print(text)
    if arguments.write:
        PAGE.write_text(text, "utf-8")
    if not arguments.only:
        _growth(arguments.write)


def _growth(is_written: bool) -> None:
    """Measure the growth; put its table and plot beside what the page has."""
    if is_written and find_spec("matplotlib") is None:
        sys.exit("the plot needs the extra charts: .venv/bin/pip install -e '.[charts]'")
    with tempfile.TemporaryDirectory(prefix="pricing-bench-") as folder:
        scratch = Path(folder)
        try:
            shipped = environments.pricing(HERE / ".venv" / "pricing", scratch)
        except NotMeasured as reason:
            sys.exit(f"this checkout cannot be installed: {reason}")
        places = Places(shipped, shipped, None, 0)
        _say("measuring growth, with logs of 2 GB")
        found = growth.measure(places, scratch, growth.SIZES, growth.ROUNDS)
    day = datetime.now(UTC).date()
    where = f"{day}, {os.cpu_count()} processors, {growth.ROUNDS} rounds of what is short"
    section = growth.section(found, PICTURE.name, where)
    print(section)
    if is_written:
        growth.draw(found, PICTURE)
        PAGE.write_text(with_section(PAGE.read_text("utf-8"), growth.TITLE, section), "utf-8")


def prepare(scratch: Path) -> Places:
    """Bring the environments up to date; where the peers cannot be had, do without."""
    home = HERE / ".venv"
    _say("building and installing this checkout's wheel")
    shipped = environments.pricing(home / "pricing", scratch)
    _say("building and installing one with a catalogue of full size")
    full, cards = environments.pricing_with_full_catalogue(home / "full", scratch)
    _say("installing the peers")
    try:
        peers: Path | None = environments.peers(home / "peers")
    except NotMeasured as reason:
        _say(f"the peers are left out, they cannot be installed: {reason}")
        peers = None
    return Places(shipped, full, peers, cards)


def setting(places: Places, rounds: int) -> str:
    """Say on what, with what and when it was measured."""
    day = datetime.now(UTC).date()
    system = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    beside = "no peers"
    if places.peers is not None:
        versions = "; ".join(f"print(version({name!r}))" for name in PEERS)
        code = f"from importlib.metadata import version; {versions}"
        told = subprocess.run(
            [places.peers, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        beside = ", ".join(f"{name} {version}" for name, version in zip(PEERS, told, strict=True))
    return (
        f"Measured {day}: {system}, {python}; {rounds} rounds; {beside}. "
        "None of these fetched prices, and only pricing gives line items."
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
