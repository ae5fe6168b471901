"""The compiled snapshot: one file per provider and an index, written from the YAML.

It makes start-up independent of YAML, pydantic and the size of the catalogue: of a provider's file
the first line is read, which says where each card's line stands, and then the cards asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from pricing.cards.book import CardBook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

FORMAT = 2


def write_snapshot(ratecards: Path, out: Path, *, stamped: bool = True) -> None:
    """Compile a card folder into ``out``, whole or not at all.

    ``stamped``: for a checkout, which renews a snapshot that is older than its cards.

    Raises:
        CardError: with every fault of every card.
    """
    from pricing.cards.build import build_book

    book = build_book((ratecards, "ratecards"))
    out.mkdir(parents=True, exist_ok=True)
    files = {f"{name}.json": _lines(book.provider_wire(name)) for name in book}
    index: dict[str, Any] = {
        "format": FORMAT,
        "stamp": stamp(ratecards) if stamped else None,
        "digest": book.digest,
        "vocabulary": book.vocabulary.wire,
        "calendars": book.calendars,
        "currencies": book.currencies,
        "contracts": book.contracts,
        "providers": book.index,
    }
    for name, content in files.items():
        _replace(out / name, content)
    _replace(out / "index.json", _json(index))
    for stale in out.glob("*.json"):
        if stale.name not in files and stale.name != "index.json":
            stale.unlink(missing_ok=True)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _lines(wire: Mapping[str, Any]) -> bytes:
    """Give a provider as a line of its own, with the place of every card's line after it."""
    cards = {model: _json(card) for model, card in wire["cards"].items()}
    places, start = {}, 0
    for model, line in cards.items():
        places[model] = (start, len(line))
        start += len(line) + 1
    return b"\n".join([_json({**wire, "cards": places}), *cards.values()])


class CardLines(Mapping[str, "Any"]):
    """The cards of one provider's file, each read when it is asked for."""

    def __init__(self, path: str, base: int, places: Mapping[str, tuple[int, int]]) -> None:
        self._path = path
        self._base = base
        self._places = places

    def __getitem__(self, model: str) -> Any:
        start, length = self._places[model]
        with open(self._path, "rb") as file:
            file.seek(self._base + start)
            return json.loads(file.read(length))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
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
        path = os.path.join(folder, f"{name}.json")
        with open(path, "rb") as file:
            first = file.readline()
        wire = json.loads(first)
        wire["cards"] = CardLines(path, len(first), wire["cards"])
        return wire

    return CardBook(index, load)
