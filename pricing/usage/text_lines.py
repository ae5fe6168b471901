"""The lines of a file, and a document that goes over lines, both within bounds."""

from __future__ import annotations

import os
from io import BytesIO
from itertools import chain

from pricing.errors import Fault, UsageError
from pricing.usage.json_text import excerpt, joined, refuse_binary
from pricing.usage.packed import Damaged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedIOBase
    from typing import BinaryIO

    Lines = Iterator[tuple[int, bytes]]
    Malformed = Callable[[Fault], None]

MOST_LINE_BYTES = 32 << 20
MOST_DOCUMENT_BYTES = 256 << 20
_BLOCK = 1 << 16
#: of lines that are longer
_MOST_BLOCK = 4 << 20


class Block:
    """Whole lines of a file that were read at once; iterated, those that are not blank."""

    __slots__ = ("_malformed", "_path", "is_ascii", "lines", "longest", "number")

    def __init__(
        self, number: int, lines: list[bytes], is_ascii: bool, path: str, malformed: Malformed
    ) -> None:
        #: how many lines stand before
        self.number = number
        self.lines = lines
        #: bytes of the longest line
        self.longest = max(map(len, lines), default=0)
        self.is_ascii = is_ascii
        self._path = path
        self._malformed = malformed

    def __iter__(self) -> Lines:
        lines = self.lines
        if any(map(bytes.isspace, lines)) or b"" in lines[:1] or self.longest > MOST_LINE_BYTES:
            return self._few()
        return enumerate(lines, self.number + 1)

    def with_blanks(self) -> Lines:
        """Give the lines that are not too long, blank ones too."""
        if self.longest > MOST_LINE_BYTES:
            return self._few()
        return enumerate(self.lines, self.number + 1)

    def _few(self) -> Lines:
        """Leave out lines that are blank or too long."""
        for number, line in enumerate(self.lines, self.number + 1):
            if len(line) > MOST_LINE_BYTES:
                _too_long(line, self._path, number, self._malformed)
            elif line and not line.isspace():
                yield number, line


class TextLines:
    """Every line of a file that is not blank, with its number; or all of it block by block.

    ``malformed`` is told of a line that is too long. ``watch`` is told now and then how far of
    ``size`` bytes it is. ``number`` lines stand before.
    """

    def __init__(
        self,
        stream: BufferedIOBase,
        path: str,
        malformed: Malformed,
        watch: Callable[[str, int, int], None] | None = None,
        size: int = 0,
        number: int = 0,
    ) -> None:
        self._path = path
        self._malformed = malformed
        #: how many lines there are up to the end of the block that was read last
        self.number = number
        self._blocks = self._read(stream, watch, size)
        self._block: Block | None = None
        self._left: Lines = iter(())

    def __iter__(self) -> Lines:
        return chain(self._left, chain.from_iterable(self._blocks))

    def __next__(self) -> tuple[int, bytes]:
        while True:
            row = next(self._left, None)
            if row is not None:
                return row
            self._block = next(self._blocks)
            self._left = iter(self._block)

    def blocks(self) -> Iterator[Block]:
        """Give the block of the line that was given last, from its start, and those after it."""
        return self._blocks if self._block is None else chain((self._block,), self._blocks)

    def _read(
        self, stream: BufferedIOBase, watch: Callable[[str, int, int], None] | None, size: int
    ) -> Iterator[Block]:
        path, malformed = self._path, self._malformed
        read, rest, is_last = 0, b"", False
        while not is_last:
            try:
                data = stream.read1(min(max(_BLOCK, len(rest)), _MOST_BLOCK))
            except Damaged as error:
                malformed(Fault(str(error), path=path, line=self.number + 1))
                return
            is_last = not data
            if watch is not None and data:
                read += len(data)
                watch(path, read, size)
            is_ascii = rest.isascii() and data.isascii()
            lines = BytesIO(data).readlines()
            if lines:
                lines[0] = rest + lines[0]
                rest = b"" if data.endswith(b"\n") else lines.pop()
            elif rest:
                lines, rest = [rest], b""
            if self.number == 0 and lines:
                lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
            block = Block(self.number, lines, is_ascii, path, malformed)
            self.number += len(lines)
            yield block
            if len(rest) >= MOST_LINE_BYTES:
                self.number += 1
                _too_long(rest, path, self.number, malformed)
                rest = _after_line(stream)


def _too_long(line: bytes, path: str, number: int, malformed: Malformed) -> None:
    if number == 1:
        refuse_binary(line, path)
    shown = excerpt(line[:400].decode("utf-8", "replace"))
    malformed(
        Fault(
            f"a line of more than {MOST_LINE_BYTES >> 20} MB",
            path=path,
            line=number,
            excerpt=shown,
            remedy="No record is that long; a list: jq -c '.[]' writes one a line.",
        )
    )


def _after_line(stream: BufferedIOBase) -> bytes:
    """Pass over the rest of a line; gives what was read of the next one."""
    try:
        while data := stream.read1(_BLOCK):
            if b"\n" in data:
                return data.partition(b"\n")[2]
    except Damaged:
        # it will fail again
        pass
    return b""


def whole_of(rows: list[tuple[int, bytes]], lines: Lines, path: str) -> bytes:
    """Give what the first rows and all lines after them hold, as it stood.

    Raises:
        UsageError: it is too long to be read at once.
    """
    size = sum(len(line) for _, line in rows)
    for row in lines:
        rows.append(row)
        size += len(row[1])
        if size > MOST_DOCUMENT_BYTES:
            raise UsageError(
                f"a JSON document of more than {MOST_DOCUMENT_BYTES >> 20} MB",
                path=path,
                remedy="Write one record a line: jq -c '.[]' does.",
            )
    return joined(rows)


def size_of(stream: BinaryIO) -> int:
    """Give the bytes of a file, 0 where that is none."""
    try:
        return os.fstat(stream.fileno()).st_size
    except (OSError, AttributeError):
        return 0
