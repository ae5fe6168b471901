"""The compiled snapshot: one file per provider and an index, written from the YAML.

It makes start-up independent of YAML, pydantic and the size of the catalogue: of a provider's file
the first line is read, which says where each card's line stands, and then the cards asked for.
A file's name holds its fingerprint: it never changes, and no reader mixes old cards with new ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from pricing.cards.book import CardBook
from pricing.errors import CardError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

FORMAT = 4
#: no seller has this name
INDEX = "_index.json"
#: seconds for which files of an older index stay, for those who are just reading it
GRACE = 60
_CODE = os.path.dirname(__file__)
_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError)


def write_snapshot(ratecards: Path, out: Path, *, stamped: bool = True) -> None:
    """Compile a card folder into ``out``; who reads it meanwhile finds the old one or the new one.

    ``stamped``: for a checkout, which renews a snapshot that is older than its cards.

    Raises:
        CardError: with every fault of every card.
        OSError: ``out`` cannot be written.
    """
    from pricing.cards.build import build_book

    mark = stamp(ratecards) if stamped else None
    write_book(build_book((ratecards, "ratecards")), out, mark)


def write_book(book: CardBook, out: Path, mark: str | None = None) -> None:
    """Write a book into ``out`` as a snapshot; ``mark`` says from what it was made.

    Raises:
        OSError: ``out`` cannot be written.
    """
    from hashlib import sha256

    out.mkdir(parents=True, exist_ok=True)
    files: dict[str, tuple[str, int]] = {}
    for name in book:
        content = _lines(book.provider_wire(name))
        files[name] = (f"{name}.{sha256(content).hexdigest()[:16]}.json", len(content))
        _replace(out / files[name][0], content)
    index: dict[str, Any] = {
        "format": FORMAT,
        "stamp": mark,
        "digest": book.digest,
        "vocabulary": book.vocabulary.wire,
        "calendars": book.calendars,
        "currencies": book.currencies,
        "contracts": book.contracts,
        "providers": book.index,
        "files": files,
    }
    _replace(out / INDEX, _json(index))
    _clear(out, {INDEX, *(file for file, _ in files.values())})


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


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _clear(out: Path, kept: set[str]) -> None:
    """Remove files of older snapshots, which nobody starts to read any more."""
    from time import time

    for path in out.iterdir():
        try:
            if path.name not in kept and path.stat().st_mtime < time() - GRACE:
                path.unlink()
        except OSError:
            continue  # another process was faster, or it is no file


def stamp(ratecards: str | Path) -> str:
    """Give a cheap mark that changes with any card file and with the code that reads them."""
    from hashlib import sha256

    from pricing.cards.folder import card_files

    marks = []
    code = [name for name in os.listdir(_CODE) if name.endswith(".py")]
    for folder, names in ((ratecards, card_files(ratecards, [])), (_CODE, code)):
        for name in names:
            try:
                seen = os.stat(os.path.join(folder, name))
            except OSError:
                continue  # a link to nowhere: the loader says so
            marks.append(f"{folder}/{name} {seen.st_size} {seen.st_mtime_ns}")
    return sha256("\n".join(sorted(marks)).encode()).hexdigest()[:16]


def is_fresh(folder: str, ratecards: str) -> bool:
    """Tell whether a snapshot is whole and was made from the card files as they are now."""
    try:
        index = _index(folder)
        for file, size in index["files"].values():
            if os.stat(os.path.join(folder, file)).st_size != size:
                return False
        return bool(index["stamp"] == stamp(ratecards))
    except _BROKEN:
        return False


def read_snapshot(folder: str) -> CardBook:
    """Give the book of a snapshot folder; providers and cards are read when first asked for.

    Raises:
        CardError: a file is missing or damaged, now or when it is asked for.
    """
    try:
        index = _index(folder)
        files = {name: os.path.join(folder, file) for name, (file, _) in index["files"].items()}
        return CardBook(index, lambda name: _provider(files[name]))
    except _BROKEN as error:
        raise _damaged(os.path.join(folder, INDEX), error) from None


def _index(folder: str) -> dict[str, Any]:
    with open(os.path.join(folder, INDEX), "rb") as file:
        index: dict[str, Any] = json.loads(file.read())
    if index["format"] != FORMAT:
        raise ValueError("another format")
    return index


def _provider(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            first = file.readline()
        wire: dict[str, Any] = json.loads(first)
        wire["cards"] = CardLines(path, len(first), wire["cards"])
        return wire
    except _BROKEN as error:
        raise _damaged(path, error) from None


class CardLines(Mapping[str, "Any"]):
    """The cards of one provider's file, each read when it is asked for."""

    def __init__(self, path: str, base: int, places: Mapping[str, tuple[int, int]]) -> None:
        self._path = path
        self._base = base
        self._places = places

    def __getitem__(self, model: str) -> Any:
        start, length = self._places[model]
        try:
            with open(self._path, "rb") as file:
                file.seek(self._base + start)
                return json.loads(file.read(length))
        except _BROKEN as error:
            raise _damaged(self._path, error) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _damaged(path: str, error: Exception) -> CardError:
    why = error.strerror if isinstance(error, OSError) else "damaged"
    return CardError(
        f"the snapshot of the cards cannot be read: {why}",
        path=path,
        remedy="Load the cards again; if that does not help, install the package again "
        "(in a checkout: delete the file).",
    )
