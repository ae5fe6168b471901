"""Make the living reports: ``make reports``. With --check, name the stale ones and end with 1."""

from __future__ import annotations

import sys
from pathlib import Path

from living.make import documents, is_same

from pricing.errors import PricingError
from pricing.render import write_file

HERE = Path(__file__).parent


def main(words: list[str]) -> int:
    if words not in ([], ["--check"]):
        print("usage: python reports/build.py [--check]", file=sys.stderr)
        return 2
    try:
        made = documents()
    except PricingError as error:
        print(error, file=sys.stderr)
        return 2
    stale = [name for name, text in made.items() if not _is(HERE / name, text)]
    if words:
        for name in stale:
            print(f"reports/{name} is out of date: make reports", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        write_file(HERE / name, made[name])
    print(f"{len(made)} reports, {len(stale)} of them new: {', '.join(stale) or 'none'}")
    return 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and is_same(path.read_text(encoding="utf-8"), text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
