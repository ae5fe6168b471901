"""A progress bar on long work, with rate and time left: on stderr, on terminals only.

Drawn by tqdm (extra ``fast``); without it there is none.
"""

from __future__ import annotations

import sys
from importlib import import_module
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.2


class watch:
    """Gives a function to call with file, bytes read and size; wipes the bar at the end."""

    def __init__(self, is_quiet: bool) -> None:
        self.is_shown = not is_quiet and sys.stderr is not None and sys.stderr.isatty()
        self.since = monotonic() + _AFTER_SECONDS
        self.bar: Any = None

    def __enter__(self) -> Callable[[str, int, int], None] | None:
        return self._tell if self.is_shown else None

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def _tell(self, path: str, read: int, size: int) -> None:
        if not self.is_shown or monotonic() < self.since:
            return
        from pricing.render.plain import visible

        if self.bar is None:
            try:
                bar = import_module("tqdm").tqdm
            except ImportError:
                self.is_shown = False
                return
            self.bar = bar(total=size or None, unit="B", unit_scale=True, file=sys.stderr,
                            leave=False, dynamic_ncols=True, mininterval=_EVERY_SECONDS,
                            initial=read)  # fmt: skip
        if read < self.bar.n:
            # another file, counted by itself
            self.bar.reset(size or None)
        self.bar.set_description_str(visible(path)[-40:], refresh=False)
        self.bar.update(read - self.bar.n)
