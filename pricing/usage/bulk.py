"""Usage of large logs in few bytes: packed as it is read, one of each id taken out at the end.

Records lie in buckets by the hash of their id, some 70 bytes each, without an object of their own.
What does not fit (several lines, warnings, amounts that were reported) stays as it is beside them.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct

from pricing.usage.compact import Compact
from pricing.usage.merge import are_two, differ, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.records import Records
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]
    #: the number of a part, and where its record begins in the bucket of it
    Held = tuple[int, int]

BUCKETS = 64
#: size, hashed id; then what ``Compact`` packs: kind, origin, line, instant, context
HEAD = Struct("<B15sIIIqI")
KEYED = Struct("<B15s")
#: in place of a kind: the usages stand in ``Part.odd``, at the number in place of the origin
ODD = 0xFFFFFFFF
NO_ID = bytes(15)
_ODD = Struct("<B15sII")
_MOST_BYTES = 255
_DRAINED_BYTES = 1 << 20


def key_of(seller: str | None, id: str, session: str | None = None) -> bytes:
    """Give 15 bytes for the id of a call: no two of a billion share them."""
    text = f"\0{id}" if seller is None else f"{len(seller)}\0{seller}{id}"
    if session is not None:
        text = f"\1{len(text)}\0{text}{session}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=15).digest()


class Part:
    """Packed records of some files, in the order in which they were read."""

    def __init__(self) -> None:
        self.compact = Compact()
        #: one for each hash of an id, and a last one for what has none
        self.buckets = [bytearray() for _ in range(BUCKETS + 1)]
        self.odd: list[Usages] = []
        #: what the readers of logs know how to pack; see ``pricing.usage.fast``
        self.kinds: dict[Any, Any] = {}
        #: what is added to the numbers of lines: a part may begin in the middle of a file
        self.first_line = 0
        #: takes what has no id out of its bucket, which would grow with the log
        self.drain: Callable[[], None] | None = None

    def __getstate__(self) -> tuple[Any, ...]:
        """Give what another process needs to use the records: not to add to them."""
        compact = self.compact
        return compact.kinds, compact.origins, self.buckets, self.odd, self.first_line

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__()  # type: ignore[misc]
        compact = self.compact
        compact.kinds, compact.origins, self.buckets, self.odd, self.first_line = state

    def add(self, usages: Usages) -> None:
        """Add a record."""
        first = usages[0]
        key = key_of(first.seller, first.id) if first.id else NO_ID
        data = self.compact.pack(usages)
        bucket = self.buckets[key[0] % BUCKETS if key != NO_ID else BUCKETS]
        if isinstance(data, bytes) and len(data) + KEYED.size <= _MOST_BYTES:
            bucket += KEYED.pack(len(data) + KEYED.size, key) + data
        else:
            bucket += _ODD.pack(_ODD.size, key, ODD, len(self.odd))
            self.odd.append(usages)
        if key == NO_ID:
            self.add_plain(b"")

    def add_plain(self, data: bytes) -> None:
        """Add a packed record that has no id."""
        bucket = self.buckets[BUCKETS]
        bucket += data
        if self.drain is not None and len(bucket) > _DRAINED_BYTES:
            self.drain()

    def usages(self, bucket: int, at: int) -> Usages:
        """Give a record as it was."""
        data = self.buckets[bucket]
        size = data[at]
        kind = int.from_bytes(data[at + 16 : at + 20], "little")
        if kind == ODD:
            return self.odd[int.from_bytes(data[at + 20 : at + 24], "little")]
        found = self.compact.unpack(bytes(data[at + KEYED.size : at + size]))
        if self.first_line:
            for usage in found:
                path, _, line = (usage.place or "").rpartition(":")
                usage.place = f"{path}:{int(line) + self.first_line}"
        return found


class Bulk:
    """The records of all parts, of those with one id the one that stands."""

    def __init__(self, records: Records) -> None:
        self.parts: list[Part] = []
        #: is told what does not stand
        self.records = records

    def standing(self, bucket: int) -> Iterator[tuple[Part, int]]:
        """Give what stands in a bucket: its part, and where it begins; in the order of first ones.

        The bucket is emptied behind it.
        """
        seen: dict[bytes, Held] = {}
        for number, part in enumerate(self.parts):
            data = bytes(part.buckets[bucket])
            at, end = 0, len(data)
            while at < end:
                key = data[at + 1 : at + 16]
                if key == NO_ID:
                    yield part, at
                elif key in seen:
                    self._meet(seen, key, (number, at), bucket)
                else:
                    seen[key] = (number, at)
                at += data[at]
        for number, at in seen.values():
            yield self.parts[number], at
        for part in self.parts:
            part.buckets[bucket] = bytearray()

    def _usages(self, held: Held, bucket: int) -> Usages:
        return self.parts[held[0]].usages(bucket, held[1])

    def _meet(self, seen: dict[bytes, Held], key: bytes, new: Held, bucket: int) -> None:
        """Let one of two records with one id stand, or both where they are two calls."""
        usages, known = self._usages(new, bucket), self._usages(seen[key], bucket)
        id = key
        if are_two(usages, known):
            key = blake2b(key + usages[0].labels["session"].encode("utf-8", "surrogatepass"),
                          digest_size=15).digest()  # fmt: skip
            if key not in seen:
                seen[key] = new
                self.records.two_calls += 1
                return
            known = self._usages(seen[key], bucket)
        if differ(usages, known):
            self.records.reused.add(id)
        stands, dropped = merged(known, usages)
        if stands is usages:
            seen[key] = new
        self.records.drop(stands, dropped)
