"""A progress line on long work, with rate and time left: on stderr, on terminals only."""

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
        self.start = monotonic()
        self.next = self.start + _AFTER_SECONDS
        self.last = 0
        self.width = 0

    def __enter__(self) -> Callable[[str, int, int], None] | None:
        return self._tell if self.is_shown else None

    def __exit__(self, *_: object) -> None:
        if self.width:
            sys.stderr.write("\r" + " " * self.width + "\r")
            sys.stderr.flush()

    def _tell(self, path: str, read: int, size: int) -> None:
        now = monotonic()
        if read < self.last:
            # another file, counted by itself
            self.start = now
        self.last = read
        if now < self.next:
            return
        self.next = now + _EVERY_SECONDS
        from pricing.render.plain import visible

        line = (
            f"reading {visible(path)[-40:]}  {_much(read, size, int(1_000 * (now - self.start)))}"
        )
        sys.stderr.write("\r" + line.ljust(self.width))
        sys.stderr.flush()
        self.width = max(self.width, len(line))


def _much(read: int, size: int, milliseconds: int) -> str:
    """Say how far it is, how fast, and how long it will take."""
    rate = 1_000 * read // milliseconds if milliseconds > 0 else 0
    much = f"{100 * read // size} %" if size > read else f"{read >> 20:,} MB"
    if rate < 1:
        return much
    much += f"  {rate // 1_000_000:,} MB/s"
    if size <= read:
        return much
    minutes, left = divmod(round((size - read) / rate), 60)
    return f"{much}  {minutes}:{left:02d} left"
