"""A progress line on long work: on stderr, on terminals only."""

from __future__ import annotations

import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.2


class watch:
    """Gives a function to call with file, bytes read and size; wipes its line at the end."""

    def __init__(self, is_quiet: bool) -> None:
        self.is_shown = not is_quiet and sys.stderr is not None and sys.stderr.isatty()
        self.next = monotonic() + _AFTER_SECONDS
        self.width = 0

    def __enter__(self) -> Callable[[str, int, int], None] | None:
        return self._tell if self.is_shown else None

    def __exit__(self, *_: object) -> None:
        if self.width:
            sys.stderr.write("\r" + " " * self.width + "\r")
            sys.stderr.flush()

    def _tell(self, path: str, read: int, size: int) -> None:
        if monotonic() < self.next:
            return
        self.next = monotonic() + _EVERY_SECONDS
        from pricing.render.plain import visible

        much = f"{100 * read // size} %" if size > read else f"{read >> 20:,} MB"
        line = f"reading {visible(path)[-50:]}  {much}"
        sys.stderr.write("\r" + line.ljust(self.width))
        sys.stderr.flush()
        self.width = max(self.width, len(line))
