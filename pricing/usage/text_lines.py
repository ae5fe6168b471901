"""The lines of a file, and a document that goes over lines, both within bounds."""

from __future__ import annotations

import os

from pricing.errors import Fault, UsageError
from pricing.usage.json_text import excerpt, joined, refuse_binary
from pricing.usage.packed import Damaged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    Lines = Iterator[tuple[int, bytes]]

MOST_LINE_BYTES = 32 << 20
MOST_DOCUMENT_BYTES = 256 << 20
_TELL_EVERY = 4096


def lines_of(
    stream: BinaryIO,
    path: str,
    malformed: Callable[[Fault], None],
    watch: Callable[[str, int, int], None] | None = None,
    size: int = 0,
    number: int = 0,
) -> Lines:
    """Give every line that is not blank, with its number; ``malformed`` is told of one too long.

    ``watch`` is told now and then how far of ``size`` bytes it is. ``number`` lines stand before.
    """
    read = 0
    while True:
        try:
            line = stream.readline(MOST_LINE_BYTES)
        except Damaged as error:
            malformed(Fault(str(error), path=path, line=number + 1))
            return
        if not line:
            return
        number += 1
        if watch is not None:
            read += len(line)
            if number % _TELL_EVERY == 0:
                watch(path, read, size)
        if len(line) == MOST_LINE_BYTES and not line.endswith(b"\n"):
            if number == 1:
                refuse_binary(line, path)
            shown = excerpt(line[:400].decode("utf-8", "replace"))
            while line and not line.endswith(b"\n"):
                line = stream.readline(1 << 16)
            malformed(
                Fault(
                    f"a line of more than {MOST_LINE_BYTES >> 20} MB",
                    path=path,
                    line=number,
                    excerpt=shown,
                    remedy="No record is that long; a list: jq -c '.[]' writes one a line.",
                )
            )
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line and not line.isspace():
            yield number, line


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
