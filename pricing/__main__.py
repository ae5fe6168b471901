"""The command in a process of its own: ``pricing``, and ``python -m pricing``."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command; give its exit code.

    It makes few cycles and ends soon: the time to look for them is spared, a tenth of a short call.
    """
    gc.set_threshold(1_000_000)
    from pricing.cli import main as run

    code = run()
    gc.freeze()
    if "duckdb" in sys.modules:
        _end(code)
    return code


def _end(code: int) -> None:
    """End at once: what is left of DuckDB's objects would be reported on stderr, line by line."""
    import atexit
    import os

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 2
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
