"""The short way from a line of a log to its packed record, for rows as nearly all of them are.

Whatever a row holds beyond that goes to the log's own reader, and so does the first row of each
kind: what was packed here must be what the reader says, or the kind never takes the short way.
With msgspec (extra ``fast``) lines are decoded into types, without it by the standard library: the
results are the same, and so is what counts as malformed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from struct import Struct

from pricing.errors import Fault
from pricing.instants import instant
from pricing.usage.bulk import BUCKETS, HEAD, KEYED, NO_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.bulk import Part
    from pricing.usage.logs import Item, Log

    Lines = Iterator[tuple[int, bytes]]
    Fast = Callable[[Lines, "Packer"], Iterator[Item]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = len("2026-11-20T12:00:00.000Z")
#: a line this long may hold a number that the standard library refuses
MOST_DIGITS = 4_300
#: kinds of rows that take the short way
_MOST_KINDS = 4_096


def fast_reader(log: Log) -> Fast | None:
    """Give what reads a log the short way, None where there is none."""
    if log.name == "claude-code":
        from pricing.usage.fast_claude_code import read

        return read
    if log.name == "calls":
        from pricing.usage.fast_calls import read

        return read
    return None


def at_of(text: str) -> int | None:
    """Give an instant; None where the reader has to say what is wrong with it."""
    try:
        if len(text) != _FIXED or text[-1] != "Z":
            return instant(text)
        gap = datetime.fromisoformat(text) - _EPOCH
    except ValueError:
        return None
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds


def is_plain(line: bytes) -> bool:
    """Tell whether a decoder that skips what it does not need finds fault where any would."""
    if len(line) <= MOST_DIGITS and line.isascii():
        return True
    if len(line) > MOST_DIGITS:
        from re import search

        if search(rb"[0-9]{%d}" % (MOST_DIGITS + 1), line):
            return False
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


class Kind:
    """Rows with the same meters and attributes: how one is packed."""

    __slots__ = ("number", "pack")

    def __init__(self, number: int, meters: int) -> None:
        self.number = number
        self.pack = Struct(f"<B15sIIIqI{meters}I").pack


class Packer:
    """Packs rows of one file into a part; a kind that is new is learned from the log's reader."""

    __slots__ = ("_buckets", "_known", "kept", "kinds", "log", "packed", "part", "path", "skip")

    def __init__(
        self, part: Part, log: Log, path: str, kept: dict[Any, Any], skip: Callable[[str], None]
    ) -> None:
        self.part = part
        self.log = log
        self.path = path
        self.kept = kept
        self.skip = skip
        #: kinds by what decides them; None: never the short way
        self.kinds: dict[Any, Kind | None] = part.kinds
        self.packed = 0
        self._buckets = part.buckets

    def slow(self, number: int, line: bytes) -> Iterator[Item]:
        """Read a row as the log's own reader does."""
        return self.log.read(iter([(number, line)]), self.path, self.kept)

    def put(
        self,
        kind: Kind,
        key: bytes,
        origin: int,
        line: int,
        at: int,
        context: int,
        counts: list[int],
    ) -> None:
        """Pack a row of a known kind."""
        size = HEAD.size + 4 * len(counts)
        data = kind.pack(size, key, kind.number, origin, line, at, context, *counts)
        self.packed += 1
        if key is NO_ID:
            self.part.add_plain(data)
        else:
            self._buckets[key[0] % BUCKETS] += data

    def learn(self, name: Any, items: list[Item], at: int, context: int, counts: list[int]) -> None:
        """Take the short way for a kind where the reader's own usage packs to the same."""
        if len(self.kinds) >= _MOST_KINDS:
            return
        self.kinds[name] = None
        if len(items) != 1 or isinstance(items[0], Fault) or isinstance(items[0][1], str):
            return
        number, usages = items[0]
        assert not isinstance(usages, str)
        if len(usages) != 1 or usages[0].free is not None or usages[0].reported is not None:
            return
        copy = usages[0].replace(raw=None, place=f"{self.path}:{number}")
        data = self.part.compact.pack((copy,))
        if not isinstance(data, bytes):
            return
        kind, origin = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
        made = Kind(kind, len(counts))
        head = HEAD.size + 4 * len(counts), NO_ID, kind, origin, int(number), at, context
        if made.pack(*head, *counts)[KEYED.size :] == data:
            self.kinds[name] = made
