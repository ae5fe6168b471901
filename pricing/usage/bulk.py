"""Usage of large logs in few bytes: packed as it is read, one of each id taken out at the end.

Records lie in buckets by the hash of their id, without an object of their own. Nearly all are rows
of 72 bytes each; what does not fit them is packed by ``Compact``, and what does not fit that
(several lines, warnings, amounts that were reported) stays as it is.
"""

from __future__ import annotations

from array import array
from functools import partial
from struct import Struct

from pricing.instants import QUARTER
from pricing.usage.compact import Compact
from pricing.usage.merge import are_two, differ, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.records import Records
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]
    #: the number of a part, and where its record stands in the bucket of it: the number of a row,
    #: or -1 minus the place where another one begins
    Held = tuple[int, int]
    #: the columns of a row, in which a kind of rows has its meters
    Shape = tuple[int, tuple[int, ...]]

BUCKETS = 64
#: counts of a row
COLUMNS = 7
#: hashed id, shape, quarter of an hour; and what a row adds up to, see ``TAIL``
ROW = Struct("<16sii48s")
#: of a row: shape, quarter of an hour and tail
PLACED = Struct("<16xii48s")
#: a row with all of its parts
FIELDS = Struct(f"<16siiiiiii{COLUMNS}i")
#: of a row whose last counts are nothing
FEWER = Struct(f"<16siiiiiii4i{4 * COLUMNS - 16}x")
#: quarter of an hour, origin, microseconds in the quarter, context, line, counts
TAIL = Struct(f"<iiiii{COLUMNS}i")
KEYS = Struct("<16s56x")
#: size, hashed id; then what ``Compact`` packs: kind, origin, line, instant, context
HEAD = Struct("<B16sIIIqI")
KEYED = Struct("<B16s")
#: in place of a kind: the usages stand in ``Part.odd``, at the number in place of the origin
ODD = 0xFFFFFFFF
NO_ID = bytes(16)
#: an id is a number, and the rest of its division by this prime is its hash (Rabin's fingerprint);
#: the prime was drawn at random, so that ids which follow a rule do not meet
PRIME = 0xFB4A6DE0_112EE9E7_3B3E00C1_06EE5A3B
_ODD = Struct("<B16sII")
_KIND = KEYED.size
#: parts of a row that tell one call from another: instant, context and counts
_SAME = (slice(20, 28), slice(32, 40), slice(44, 72))
_MOST_BYTES = 255
_DRAINED_BYTES = 1 << 20


def prefix_of(seller: str | None) -> bytes:
    """Give what stands before the id of a call to a seller when it is hashed."""
    text = "-\0" if seller is None else f"{len(seller)}\0{seller}"
    return text.encode("utf-8", "surrogatepass")


def key_of(prefix: bytes, id: str) -> bytes:
    """Give 16 bytes for the id of a call: no two of a billion share them."""
    text = prefix + id.encode("utf-8", "surrogatepass")
    return (int.from_bytes(text, "big") % PRIME).to_bytes(16, "little")


class Part:
    """Packed records of some files, in the order in which they were read."""

    def __init__(self) -> None:
        self.compact = Compact()
        #: one for each hash of an id, and a last one for what has none
        self.rows = [bytearray() for _ in range(BUCKETS + 1)]
        self.others = [bytearray() for _ in range(BUCKETS + 1)]
        self.odd: list[Usages] = []
        #: the kind of each shape of rows, and in which columns its meters stand
        self.shapes: list[Shape] = []
        #: what the readers of logs know how to pack; see ``pricing.usage.fast``
        self.known: dict[Any, Any] = {}
        #: what is added to the numbers of lines: a part may begin in the middle of a file
        self.first_line = 0
        #: takes what has no id out of its bucket, which would grow with the log
        self.drain: Callable[[], None] | None = None

    def __getstate__(self) -> tuple[Any, ...]:
        """Give what another process needs to use the records: not to add to them."""
        kinds, origins = self.compact.kinds, self.compact.origins
        return kinds, origins, self.rows, self.others, self.odd, self.shapes, self.first_line

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__()  # type: ignore[misc]
        kinds, origins, self.rows, self.others, self.odd, self.shapes, self.first_line = state
        self.compact.kinds, self.compact.origins = kinds, origins

    def add(self, usages: Usages) -> None:
        """Add a record that is no row."""
        first = usages[0]
        key = key_of(prefix_of(first.seller), first.id) if first.id else NO_ID
        data = self.compact.pack(usages)
        bucket = self.others[key[0] % BUCKETS if key != NO_ID else BUCKETS]
        if isinstance(data, bytes) and len(data) + KEYED.size <= _MOST_BYTES:
            bucket += KEYED.pack(len(data) + KEYED.size, key) + data
        else:
            bucket += _ODD.pack(_ODD.size, key, ODD, len(self.odd))
            self.odd.append(usages)
        if key == NO_ID:
            self.take_out()

    def take_out(self) -> None:
        """Let what has no id be taken out where there is much of it."""
        much = len(self.rows[BUCKETS]) + len(self.others[BUCKETS])
        if much > _DRAINED_BYTES and self.drain is not None:
            self.drain()

    def usages(self, bucket: int, place: int) -> Usages:
        """Give a record as it was."""
        if place >= 0:
            start = place * ROW.size
            row = self.rows[bucket][start : start + ROW.size]
            return (self.usage(int.from_bytes(row[16:20], "little"), TAIL.unpack(row[24:])),)
        data, at = self.others[bucket], -1 - place
        if int.from_bytes(data[at + _KIND : at + _KIND + 4], "little") == ODD:
            return self.odd[int.from_bytes(data[at + _KIND + 4 : at + _KIND + 8], "little")]
        found = self.compact.unpack(bytes(data[at + KEYED.size : at + data[at]]))
        for usage in found:
            path, _, line = (usage.place or "").rpartition(":")
            usage.place = f"{path}:{int(line) + self.first_line}"
        return found

    def usage(self, shape: int, tail: tuple[int, ...]) -> Usage:
        """Give the usage of a row."""
        kind, columns = self.shapes[shape]
        quarter, origin, rest, context, line, *counts = tail
        found = self.compact.usage(
            kind, origin, quarter * QUARTER + rest, context, [counts[column] for column in columns]
        )
        path, _ = self.compact.origins[origin]
        found.place = f"{path}:{line + self.first_line}"
        return found

    def place(self, bucket: int, place: int) -> tuple[int, int]:
        """Give where a record stands among those of its part, for putting them in order."""
        (usage, *_) = self.usages(bucket, place)
        path, _, line = (usage.place or "").rpartition(":")
        paths = [path for path, _ in self.compact.origins]
        return paths.index(path) if path in paths else len(paths), _number(line)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


class Bulk:
    """The records of all parts, of those with one id the one that stands."""

    def __init__(self, records: Records) -> None:
        self.parts: list[Part] = []
        #: is told what does not stand
        self.records = records

    def dropped(self, bucket: int) -> dict[int, set[int]]:
        """Find what does not stand in a bucket: by part the places of records."""
        if self._are_all_one(bucket):
            return {}
        seen: set[bytes] = set()
        twice: set[bytes] = set()
        for part in self.parts:
            for key in _keys(part, bucket):
                if key in seen:
                    twice.add(key)
                seen.add(key)
        seen.clear()
        held: dict[bytes, list[Held]] = {}
        for number, part in enumerate(self.parts):
            for place, key in enumerate(_row_keys(part, bucket)):
                if key in twice:
                    held.setdefault(key, []).append((number, place))
            for key, place in _other_keys(part, bucket):
                if key in twice:
                    held.setdefault(key, []).append((number, place))
        gone: dict[int, set[int]] = {}
        for key, places in held.items():
            for number, place in self._meet(key, places, bucket):
                gone.setdefault(number, set()).add(place)
        return gone

    def _are_all_one(self, bucket: int) -> bool:
        """Tell whether all ids in a bucket differ, by a part of their hash."""
        seen: set[int] = set()
        count = 0
        for part in self.parts:
            if part.others[bucket]:
                return False
            words = array("Q", bytes(part.rows[bucket]))[:: ROW.size // 8]
            count += len(words)
            seen.update(words)
        return len(seen) == count

    def _meet(self, key: bytes, places: list[Held], bucket: int) -> Iterator[Held]:
        """Give those of the records with one id that do not stand."""
        if any(place < 0 for _, place in places):
            places.sort(key=lambda h: (h[0], self.parts[h[0]].place(bucket, h[1])))
        stands: dict[object, Held] = {}
        for new in places:
            known = stands.setdefault(key, new)
            if known is new:
                continue
            if self._are_same(known, new, bucket):
                self.records.drop_same(partial(self._usages, new, bucket))
                yield new
                continue
            usages, others = self._usages(new, bucket), self._usages(known, bucket)
            name: object = key
            if are_two(usages, others):
                name = usages[0].labels["session"]
                known = stands.setdefault(name, new)
                if known is new:
                    self.records.two_calls += 1
                    continue
                others = self._usages(known, bucket)
            if differ(usages, others):
                self.records.reused.add(key)
            larger, dropped = merged(others, usages)
            self.records.drop(larger, dropped, key)
            yield known if larger is usages else new
            if larger is usages:
                stands[name] = new

    def _usages(self, held: Held, bucket: int) -> Usages:
        return self.parts[held[0]].usages(bucket, held[1])

    def _are_same(self, known: Held, new: Held, bucket: int) -> bool:
        """Tell whether two rows hold the same, wherever they stand."""
        if known[1] < 0 or new[1] < 0:
            return False
        one, other = self._row(known, bucket), self._row(new, bucket)
        return all(one[same] == other[same] for same in _SAME) and (
            self._kind(known, one) == self._kind(new, other)
        )

    def _row(self, held: Held, bucket: int) -> bytearray:
        start = held[1] * ROW.size
        return self.parts[held[0]].rows[bucket][start : start + ROW.size]

    def _kind(self, held: Held, row: bytearray) -> Any:
        part = self.parts[held[0]]
        kind, columns = part.shapes[int.from_bytes(row[16:20], "little")]
        return part.compact.kinds[kind].name, columns


def other_places(part: Part, bucket: int) -> Iterator[int]:
    """Give the places of what is no row."""
    for _, place in _other_keys(part, bucket):
        yield place


def _keys(part: Part, bucket: int) -> Iterator[bytes]:
    yield from _row_keys(part, bucket)
    for key, _ in _other_keys(part, bucket):
        yield key


def _row_keys(part: Part, bucket: int) -> list[bytes]:
    return [key for (key,) in KEYS.iter_unpack(part.rows[bucket])]


def _other_keys(part: Part, bucket: int) -> Iterator[tuple[bytes, int]]:
    data = bytes(part.others[bucket])
    at, end = 0, len(data)
    while at < end:
        yield data[at + 1 : at + _KIND], -1 - at
        at += data[at]
