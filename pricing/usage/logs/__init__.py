"""Logs, streams and exports that hold usage: one small reader each, told by what they hold.

A log's module has ``read(lines, path, kept) -> Iterator[Item]``. ``lines`` are the lines that are
not blank, each with its number; ``kept`` is a dict of the log's own that lasts over all files of a
run. An item is

- ``(number, usages)``: the usages of one record, and the line on which it begins, with its column
  (``7:120``) where others stand before it. No usages: an error that nobody bills. A ``Usage.free``
  names the reason why it is not billed;
- ``(number, reason)``: a row that is not billed, as one of the skip reasons (``duplicates``,
  ``sidechain_replays``, ``errors_not_billed``, ``agent_rollups``, ``cache_hits`` …);
- a ``Fault``: a row that cannot be read; it is counted as malformed and reading goes on.

A row that counts nothing is left out. ``Records`` sets places, and of usages with one id keeps the
largest: a reader need not.
"""

from __future__ import annotations

from importlib import import_module

from pricing.usage.json_text import json_value
from pricing.usage.logs import agents, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from pricing.errors import Fault
    from pricing.usage.usage import Usage

    Lines = Iterator[tuple[int, bytes]]
    Item = tuple[int | str, tuple[Usage, ...] | str] | Fault
    Read = Callable[[Lines, str, dict[Any, Any]], Iterator[Item]]


class Start:
    """How a file begins: what a log is told by."""

    __slots__ = ("line", "path", "record")

    def __init__(self, line: bytes, path: str) -> None:
        #: without the endings that compressed files have
        self.path = path.removesuffix(".gz").removesuffix(".zst")
        #: the first line that is not blank
        self.line = line
        #: the object that is the first line; empty where that is none
        self.record: Mapping[str, Any] = {}
        if line.lstrip().startswith(b"{"):
            try:
                found = json_value(line)
            except ValueError:
                found = None
            if isinstance(found, dict):
                self.record = found


class Log:
    """How a log is recognised, and where its reader is."""

    __slots__ = ("fits", "is_session", "module", "name", "takes_shapes")

    def __init__(
        self,
        name: str,
        module: str,
        fits: Callable[[Start], bool],
        is_session: bool = False,
        takes_shapes: bool = False,
    ) -> None:
        self.name = name
        self.module = module
        self.fits = fits
        #: whether files are copied and forked: they are read in the order in which they began
        self.is_session = is_session
        #: whether its records can be of any shape: one that is asked for is kept as ``shape``
        self.takes_shapes = takes_shapes

    def read(self, lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
        """Read the usage in a file, row by row."""
        reader: Read = import_module(f"pricing.usage.logs.{self.module}").read
        return reader(lines, path, kept)


LOGS = (
    Log("claude-code", "claude_code", agents.claude_code, is_session=True),
    Log("codex", "codex", agents.codex, is_session=True),
    Log("calls", "calls", agents.calls),
    Log("stream", "sse", told.stream, takes_shapes=True),
    Log("langfuse", "observations", told.observations),
    Log("export", "exports", told.export, takes_shapes=True),
)


def log_of(line: bytes, path: str, shape: str | None = None) -> Log | None:
    """Give the log that a file is, by its first line and its name; None: plain records.

    With a shape that is asked for, only a log of that name or one whose records have any shape.
    """
    start = Start(line, path)
    log = next((log for log in LOGS if log.fits(start)), None)
    if log is None or log.takes_shapes or shape in (None, log.name):
        return log
    return None
