"""The order in which the files of a tree are read: what came first stands, parents before forks."""

from __future__ import annotations

from importlib import import_module
from itertools import islice

from pricing.errors import UsageError
from pricing.usage.packed import Damaged, begins, unpacked
from pricing.usage.parquet import MAGIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: lines of a file in which a session must have begun
MOST_LINES = 50


class Begin:
    """How a session begins: when, under which id, and forked from which session."""

    __slots__ = ("at", "parent", "session")

    def __init__(self, at: str, session: str = "", parent: str | None = None) -> None:
        self.at = at
        self.session = session
        self.parent = parent


def in_order(
    paths: list[str],
    kept: dict[str, dict[Any, Any]],
) -> list[str]:
    """Give the files with those of sessions in the order in which these began.

    Files of other kinds keep their places. A session's reader finds in ``kept`` under "parents"
    which sessions others were forked from.
    """
    places: dict[str, list[int]] = {}
    begins: dict[str, Begin] = {}
    for place, path in enumerate(paths):
        found = None if path == "-" else _begin(path)
        if found is not None:
            begins[path] = found[1]
            places.setdefault(found[0], []).append(place)
    ordered = list(paths)
    for log, own in places.items():
        files = sorted((paths[place] for place in own), key=lambda p: (begins[p].at, p))
        parents = {begins[file].parent for file in files} - {None}
        kept.setdefault(log, {})["parents"] = parents
        for place, file in zip(own, _parents_first(files, begins), strict=True):
            ordered[place] = file
    return ordered


def _begin(path: str) -> tuple[str, Begin] | None:
    """Tell which log a file is and how it begins; None where it is no session."""
    from pricing.usage.logs import log_of

    try:
        with open(path, "rb") as stream:
            text = unpacked(stream, path)[0]
            if begins(text, MAGIC):
                return None
            rows = [(number, line) for number, line in enumerate(islice(text, MOST_LINES), 1)]
    except (OSError, UsageError, Damaged):
        # whoever reads the file will say what is wrong with it
        return None
    rows = [(number, line.removeprefix(b"\xef\xbb\xbf")) for number, line in rows]
    rows = [(number, line) for number, line in rows if not line.isspace()]
    log = log_of(rows[0][1], path) if rows else None
    if log is None or not log.is_session:
        return None
    begin: Begin | None = import_module(f"pricing.usage.logs.{log.module}").begin(iter(rows))
    return None if begin is None else (log.name, begin)


def _parents_first(files: list[str], begins: dict[str, Begin]) -> list[str]:
    of: dict[str, list[str]] = {}
    for file in files:
        of.setdefault(begins[file].session, []).append(file)
    found: dict[str, None] = {}
    for file in files:
        # a session, the one before it, and so on: no file twice, whatever the ids say
        line: dict[str, None] = {}
        waiting = [file]
        while waiting:
            file = waiting.pop()
            if file in found or file in line:
                continue
            line[file] = None
            parent = begins[file].parent
            waiting += of.get(parent, []) if parent else []
        found |= dict.fromkeys(reversed(line))
    return list(found)
