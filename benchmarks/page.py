"""The figures as tables, and the page that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tabulate import tabulate

MEGA = 1_000_000

PAGE = """\
# Speed

`make bench` measures this checkout's own wheel beside other libraries that price usage, and prints
the tables below; `.venv/bin/python benchmarks/run.py --write` puts them here.

Everything of a table is measured in turn, round by round; what takes more than a second has fewer
rounds. A figure is the median of its rounds, a ratio the median of the rounds' ratios: single times
drift with the machine, ratios hold. A goal is judged by the ratio. No test asserts a time.

{setting}

{tables}
"""


@dataclass
class Table:
    """Rows of text under a title; notes stand below."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, label: str, *cells: str) -> None:
        """Add a row; cells that are not given stay empty."""
        self.rows.append((label, *cells, *[""] * (len(self.header) - 1 - len(cells))))

    def text(self) -> str:
        alignment = ["left", *["right"] * (len(self.header) - 1)]
        lines = tabulate(
            self.rows, self.header, "pipe", disable_numparse=True, colalign=alignment
        ).splitlines()
        notes = "".join(f"\n- {note}" for note in self.notes)
        return f"## {self.title}\n\n" + "\n".join(lines) + (f"\n{notes}" if notes else "")


def page(setting: str, tables: Sequence[Table]) -> str:
    return PAGE.format(setting=setting, tables="\n\n".join(table.text() for table in tables))


def with_section(text: str, title: str, section: str) -> str:
    """Put a section in its place in a page, or at its end where there is none yet."""
    start = text.find(f"## {title}\n")
    if start < 0:
        return f"{text.rstrip()}\n\n{section}"
    end = text.find("\n## ", start)
    return text[:start] + section + ("" if end < 0 else text[end:])


def figure(value: float) -> str:
    """Give three significant digits, without an exponent: 0.123, 1.23, 12.3, 123, 1,230."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 10 else 2}f}"


def times(ratio: float) -> str:
    return f"{figure(ratio)} ×"


def megabytes(memory: float) -> str:
    return f"{memory / MEGA:.1f}"


def at_least(goal: float, ratio: float) -> str:
    return f"≥ {goal:g} ×: {_verdict(ratio >= goal)}"


def at_most(goal: float, ratio: float, megabytes: float | None = None, memory: float = 0) -> str:
    """Judge a ratio, and the memory where the goal names one."""
    verdict = _verdict(ratio <= goal)
    if megabytes is None:
        return f"≤ {goal:g} ×: {verdict}"
    fits = _verdict(memory <= megabytes * MEGA)
    return f"≤ {goal:g} ×: {verdict}; ≤ {megabytes:g} MB: {fits}"


def _verdict(met: bool) -> str:
    return "met" if met else "missed"
