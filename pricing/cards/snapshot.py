"""The compiled snapshot: one JSON file per provider and an index, written from the YAML.

It makes start-up independent of YAML, pydantic and the size of the catalogue.
"""

from __future__ import annotations

import json
import os

from pricing.cards.book import CardBook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

FORMAT = 1


def write_snapshot(ratecards: Path, out: Path) -> None:
    """Compile a card folder into ``out``, whole or not at all.

    Raises:
        CardError: with every fault of every card.
    """
    from pricing.cards.build import build_book

    book = build_book((ratecards, "ratecards"))
    out.mkdir(parents=True, exist_ok=True)
    files = {f"{name}.json": book.provider_wire(name) for name in book}
    index: dict[str, Any] = {
        "format": FORMAT,
        "stamp": stamp(ratecards),
        "digest": book.digest,
        "vocabulary": book.vocabulary.wire,
        "calendars": book.calendars,
        "currencies": book.currencies,
        "contracts": book.contracts,
        "providers": book.index,
    }
    for name, content in files.items():
        _replace(out / name, content)
    _replace(out / "index.json", index)
    for stale in out.glob("*.json"):
        if stale.name not in files and stale.name != "index.json":
            stale.unlink(missing_ok=True)


def _replace(path: Path, content: object) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), "utf-8")
    os.replace(draft, path)


def stamp(ratecards: str | Path) -> str:
    """Give a cheap mark that changes with any card file: names, sizes and times of change."""
    from hashlib import sha256

    marks = []
    for folder, _, names in os.walk(ratecards):
        for name in names:
            if name.endswith((".yaml", ".yml")):
                seen = os.stat(os.path.join(folder, name))
                marks.append(f"{folder}/{name} {seen.st_size} {seen.st_mtime_ns}")
    return sha256("\n".join(sorted(marks)).encode()).hexdigest()[:16]


def is_fresh(folder: str, ratecards: str) -> bool:
    """Tell whether a snapshot was made from the card files as they are now."""
    try:
        with open(os.path.join(folder, "index.json"), "rb") as file:
            index = json.loads(file.read())
    except (OSError, ValueError):
        return False
    return bool(index.get("format") == FORMAT and index.get("stamp") == stamp(ratecards))


def read_snapshot(folder: str) -> CardBook:
    """Give the book of a snapshot folder; raises OSError or ValueError where it is not whole."""
    with open(os.path.join(folder, "index.json"), "rb") as file:
        index = json.loads(file.read())
    if index.get("format") != FORMAT:
        raise ValueError("a snapshot of another version")

    def load(name: str) -> Any:
        with open(os.path.join(folder, f"{name}.json"), "rb") as file:
            return json.loads(file.read())

    return CardBook(index, load)
