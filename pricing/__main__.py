"""The command in a process of its own: ``pricing``, and ``python -m pricing``."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command; give its exit code.

    It makes few cycles and ends soon: the time to look for them is spared, a tenth of a short call.
    """
    gc.set_threshold(100_000)
    from pricing.cli import main as run

    code = run()
    # an engine complains on stderr about what is still there when it is unloaded
    if "narwhals" not in sys.modules:
        gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
