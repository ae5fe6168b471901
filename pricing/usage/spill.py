"""Packed records on disk until they are taken: what waits for its duplicates needs no memory."""

from __future__ import annotations

from tempfile import TemporaryFile

from pricing.usage.bulk import ROW

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
        #: rows, and others: by bucket where a piece of it begins in the file, and its length
        self._pieces: tuple[list[list[tuple[int, int]]], ...] = (
            [[] for _ in part.rows],
            [[] for _ in part.others],
        )

    def relieve(self) -> None:
        """Write the buckets out where they have become large; what has no id is drained anyway."""
        both = (self.part.rows[:-1], self.part.others[:-1])
        if sum(len(data) for buckets in both for data in buckets) < MOST_BYTES:
            return
        for buckets, pieces in zip(both, self._pieces, strict=True):
            # the next record may take the place of the last row
            stays = ROW.size if buckets is both[0] else 0
            for bucket, data in enumerate(buckets):
                size = len(data) - stays
                if size > 0:
                    pieces[bucket].append((self._file.tell(), size))
                    self._file.write(data[:size])
                    del data[:size]

    def restore(self, bucket: int) -> None:
        """Put what was written out of a bucket before what is there: in the order of reading."""
        for buckets, pieces in zip((self.part.rows, self.part.others), self._pieces, strict=True):
            found = bytearray()
            for start, length in pieces[bucket]:
                self._file.seek(start)
                found += self._file.read(length)
            pieces[bucket] = []
            if found:
                buckets[bucket] = found + buckets[bucket]

    def close(self) -> None:
        """Forget what is not restored."""
        self._file.close()
