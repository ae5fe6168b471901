"""Packed records on disk until they are taken: what waits for its duplicates needs no memory."""

from __future__ import annotations

from tempfile import TemporaryFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.usage.bulk import Part

#: records with an id of so much are written out
MOST_BYTES = 16 << 20


class Spill:
    """The buckets of one part, in a file without a name that ends with it."""

    def __init__(self, part: Part) -> None:
        self.part = part
        # whoever reads the log closes it, once all has been taken
        self._file = TemporaryFile()  # noqa: SIM115
        #: by bucket: where a piece of it begins in the file, and its length
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in part.buckets]

    def relieve(self) -> None:
        """Write the buckets out where they have become large; what has no id is drained anyway."""
        waiting = self.part.buckets[:-1]
        if sum(map(len, waiting)) < MOST_BYTES:
            return
        for bucket, data in enumerate(waiting):
            if data:
                self._pieces[bucket].append((self._file.tell(), len(data)))
                self._file.write(data)
                data.clear()

    def restore(self, bucket: int) -> None:
        """Put what was written out of a bucket before what is there: in the order of reading."""
        found = bytearray()
        for start, length in self._pieces[bucket]:
            self._file.seek(start)
            found += self._file.read(length)
        self._pieces[bucket] = []
        if found:
            self.part.buckets[bucket] = found + self.part.buckets[bucket]

    def close(self) -> None:
        """Forget what is not restored."""
        self._file.close()
