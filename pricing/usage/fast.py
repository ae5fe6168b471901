"""The short way from a line of a log to its packed record, for rows as nearly all of them are.

Whatever a row holds beyond that goes to the log's own reader, and so does the first row of each
kind: what was packed here must be what the reader says, or the kind never takes the short way.
With msgspec (extra ``fast``) lines are decoded into types, without it by the standard library: the
results are the same, and so is what counts as malformed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pricing.errors import Fault
from pricing.usage.bulk import COLUMNS, prefix_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from pricing.usage.bulk import Part
    from pricing.usage.compact import Kind
    from pricing.usage.logs import Item, Log
    from pricing.usage.text_lines import Block
    from pricing.usage.usage import Usage

    #: what decides the kind of a row: model, meters and what else its reader looks at
    Name = tuple[Any, ...]
    #: the kind, where a row has its meters, and what stands before an id when it is hashed
    Learned = tuple[Kind, tuple[int, ...], bytes]
    Fast = Callable[[Iterator[Block], "Packer"], Iterator[Item]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: seconds of a quarter of an hour, and those of a day
_QUARTER, _QUARTERS = 900, 96
#: a line this long may hold a number that the standard library refuses
MOST_DIGITS = 4_300
#: a count that fits a column, and a context of three of them, too
MOST = (1 << 29) - 1
#: kinds of rows that take the short way, and files with their labels
_MOST_NAMES = 4_096
_MOST_ORIGINS = 10_000


def fast_reader(log: Log) -> Fast | None:
    """Give what reads a log the short way, None where there is none."""
    if log.name == "claude-code":
        from pricing.usage.fast_claude_code import read

        return read
    if log.name == "calls":
        from pricing.usage.fast_calls import read

        return read
    return None


def are_plain(block: Block) -> bool:
    """Tell whether all lines of a block are plain, without a look at each."""
    return block.is_ascii and block.longest <= MOST_DIGITS


def quarter_of(at: datetime) -> tuple[datetime, int]:
    """Give the quarter of an hour in which an instant lies: when it begins, and its number."""
    gap = at - EPOCH
    quarter = gap.seconds // _QUARTER
    return EPOCH + timedelta(gap.days, quarter * _QUARTER), gap.days * _QUARTERS + quarter


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


class Packer:
    """Packs rows of one file into a part; a kind that is new is learned from the log's reader."""

    def __init__(
        self, part: Part, log: Log, path: str, kept: dict[Any, Any], skip: Callable[[str], None]
    ) -> None:
        self.part = part
        self.log = log
        self.path = path
        self.kept = kept
        self.skip = skip
        #: shapes, and what stands before an id when it is hashed; None: never the short way
        self.known: dict[Name, tuple[int, bytes] | None] = part.known
        self.origins: dict[Any, int | None] = {}
        #: of all files
        self.learned: dict[Name, Learned] = kept.setdefault("learned", {})

    def slow(self, number: int, line: bytes) -> Iterator[Item]:
        """Read a row as the log's own reader does; a blank one is none."""
        if not line or line.isspace():
            return iter(())
        return self.log.read(iter([(number, line)]), self.path, self.kept)

    def origin(self, told: Any, labels: Mapping[str, str]) -> int | None:
        """Give the number of this file with some labels; None where there are too many."""
        found = self.part.compact.origin(self.path, labels)
        if len(self.origins) < _MOST_ORIGINS:
            self.origins[told] = found
        return found

    def adopt(self, name: Name) -> tuple[int, bytes] | None:
        """Give what was learned of a kind from other files; None where nothing was."""
        learned: Learned | None = self.learned.get(name)
        if learned is None:
            return None
        kind, columns, prefix = learned
        number = self.part.compact.adopt(kind)
        if number is None:
            return None
        found = self.known[name] = self._shape(number, columns), prefix
        return found

    def _shape(self, kind: int, columns: tuple[int, ...]) -> int:
        shapes, shape = self.part.shapes, (kind, columns)
        if shape not in shapes:
            shapes.append(shape)
        return shapes.index(shape)

    def learn(
        self, name: Name, items: list[Item], tail: tuple[int, ...], columns: Mapping[str, int]
    ) -> None:
        """Take the short way for a kind where the reader's own usage packs to the same.

        ``columns``: where a row has the count of each meter.
        """
        if len(self.known) >= _MOST_NAMES:
            return
        self.known[name] = None
        if len(items) != 1 or isinstance(items[0], Fault) or isinstance(items[0][1], str):
            return
        number, usages = items[0]
        assert not isinstance(usages, str)
        if len(usages) != 1 or usages[0].free is not None or usages[0].reported is not None:
            return
        part = self.part
        usage = usages[0].replace(raw=None, place=f"{self.path}:{number}")
        data = part.compact.pack((usage,))
        if not isinstance(data, bytes) or not columns.keys() >= usage.meters.keys():
            return
        kind, used = int.from_bytes(data[:4], "little"), tuple(columns[m] for m in usage.meters)
        found = self._shape(kind, used)
        counts = tail[-COLUMNS:]
        is_whole = sum(counts) == sum(counts[column] for column in set(used))
        (packed,) = part.compact.unpack(data)
        if is_whole and _told(part.usage(found, tail)) == _told(packed):
            prefix = prefix_of(usage.seller)
            self.known[name] = found, prefix
            self.learned[name] = part.compact.kinds[kind], used, prefix


def _told(usage: Usage) -> dict[str, Any]:
    """Give all that is kept of a usage."""
    told = {name: getattr(usage, name) for name in usage.__slots__[1:]} | usage.__dict__
    told |= {"id": None, "meters": [*usage.meters.items()]}
    if usage.request is not None:
        told["request"] = ""
    return told
