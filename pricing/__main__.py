"""``python -m pricing``."""

from __future__ import annotations

import sys

from pricing.cli import main

if __name__ == "__main__":
    sys.exit(main())
