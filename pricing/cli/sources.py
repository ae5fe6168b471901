"""The lines of cards, for excerpts under a message that points at one."""

from __future__ import annotations

import os

from pricing.errors import Fault
from pricing.usage.json_text import WIDEST, excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def card_fault(what: str, source: str, overlays: Iterable[str], remedy: str | None) -> Fault:
    """Make a fault at a line of a card, given as ``file:line``, with the line below it."""
    file, _, number = source.rpartition(":")
    line = int(number)
    return Fault(what, path=file, line=line, excerpt=_row(file, line, overlays), remedy=remedy)


def _row(file: str, line: int, overlays: Iterable[str]) -> str | None:
    own = any(file.startswith(os.path.join(folder, "")) for folder in overlays)
    for place in [file] if own else _shipped(file):
        try:
            with open(place, encoding="utf-8") as stream:
                for number, row in enumerate(stream, 1):
                    if number == line:
                        return excerpt(row.strip() if len(row.rstrip()) > WIDEST else row)
        except OSError:
            continue
    return None


def _shipped(file: str) -> list[str]:
    """Give where a shipped card may lie: inside the installed package, or beside it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return [os.path.join(folder, file) for folder in (package, os.path.dirname(package))]
