"""What Claude Code tells a status line on stdin, and the transcripts that it writes meanwhile.

Fields: session_id, transcript_path, model.id and .display_name, cost.total_cost_usd (an estimate
of its own), context_window.context_window_size, .current_usage and .total_input_tokens; all but the
transcript may be absent or null. Source: the status line page of Claude Code's documentation, 2.1.
"""

from __future__ import annotations

import os

from pricing.errors import UsageError
from pricing.usage.json_text import json_value
from pricing.usage.lines import dollars
from pricing.usage.numbers import details, name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.money import Money

MOST_BYTES = 1 << 20
_SUFFIX = ".jsonl"
#: the folder that holds a folder for each project
_TREE = "projects"
_CONTEXT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class Status:
    """What is known of a running session."""

    __slots__ = ("context", "model", "reported", "transcript", "window")

    def __init__(self, record: Mapping[str, Any]) -> None:
        model = details(record, "model")
        self.model = name(model, "display_name") or name(model, "id")
        self.transcript = name(record, "transcript_path")
        try:
            cost = details(record, "cost").get("total_cost_usd")
            self.reported: Money | None = dollars("total_cost_usd", cost)
        except UsageError:
            self.reported = None
        held = details(record, "context_window")
        self.window = _count(held.get("context_window_size"))
        counts = details(held, "current_usage")
        self.context = sum(_count(counts.get(key)) or 0 for key in _CONTEXT) or None


def read_status(text: bytes) -> Status:
    """Read the status JSON; raises UsageError where it is none."""
    try:
        record = json_value(text.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise UsageError("no JSON object on stdin")
    try:
        return Status(record)
    except (UsageError, TypeError):
        raise UsageError("not the JSON of a status line") from None


def session_files(transcript: str) -> list[str]:
    """Give a session's transcript and those of its sub-agents; none where nothing was said yet."""
    own = [transcript] if os.path.isfile(transcript) else []
    return own + [path for path, _, _ in _files(transcript.removesuffix(_SUFFIX), 2)]


def files_since(transcript: str, second: int, most_bytes: int) -> tuple[list[str], bool]:
    """Give the transcripts beside one that were written since then, and whether that is all.

    Of the whole tree where there is one, else of the folder; the newest of ``most_bytes``.
    """
    folder = os.path.dirname(os.path.abspath(transcript))
    above = os.path.dirname(folder)
    is_tree = os.path.basename(above) == _TREE
    found = [
        (written, size, path)
        for path, written, size in (_files(above, 4) if is_tree else _files(folder, 0))
        if written >= second
    ]
    chosen: list[str] = []
    left = most_bytes
    for _, size, path in sorted(found, reverse=True):
        left -= size
        if left < 0:
            return sorted(chosen), False
        chosen.append(path)
    return sorted(chosen), True


def _files(folder: str, depth: int) -> list[tuple[str, int, int]]:
    """Give path, last second of writing and size of the transcripts in a folder."""
    found: list[tuple[str, int, int]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) and entry.is_file():
                    state = entry.stat()
                    found.append((entry.path, state.st_mtime_ns // 10**9, state.st_size))
                elif depth and entry.is_dir(follow_symlinks=False):
                    found += _files(entry.path, depth - 1)
    except OSError:
        pass
    return found


def _count(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None
