"""Files as they are stored: plain, gzip or Zstandard, told by their first bytes."""

from __future__ import annotations

import io

from pricing.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

ENDINGS = (".gz", ".zst")
_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_BUFFER = 1 << 16


class Damaged(Exception):
    """A compressed file that ends early or is broken; the message says what it is."""


def unpacked(stream: BinaryIO, path: str) -> tuple[io.BufferedReader, bool]:
    """Give what a stream holds, and whether it had to be decompressed.

    Raises:
        UsageError: it is Zstandard, and nothing is installed that reads it.
    """
    found = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_raw(stream))
    head = found.peek(4)[:4]
    if head.startswith(_GZIP):
        from gzip import GzipFile

        whole: io.BufferedIOBase = GzipFile(fileobj=found)
        return io.BufferedReader(_Watched(whole, "gzip"), _BUFFER), True
    if head == _ZSTANDARD:
        return io.BufferedReader(_Watched(_zstandard(found, path), "Zstandard"), _BUFFER), True
    return found, False


def begins(stream: io.BufferedReader, magic: bytes) -> bool:
    """Tell whether the next bytes are these; what is damaged is for its reader to tell."""
    try:
        return stream.peek(len(magic))[: len(magic)] == magic
    except Damaged:
        return False


def _zstandard(stream: BinaryIO, path: str) -> io.BufferedIOBase:
    from importlib import import_module

    # in the standard library from Python 3.14 on, before that its backport
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module = import_module(name)
        except ImportError:
            continue
        found: io.BufferedIOBase = module.ZstdFile(stream)
        return found
    raise UsageError(
        "a Zstandard file, and no package that reads it",
        path=path,
        remedy="Install the extra: pip install 'pricing-ratecards[zst]'.",
    )


class _Watched(io.RawIOBase):
    """A decompressed stream that fails in one way, whatever packed it."""

    def __init__(self, stream: io.BufferedIOBase, kind: str) -> None:
        self.stream = stream
        self.kind = kind
        #: once it has failed it fails again, whoever reads on
        self.failure: Damaged | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.failure is not None:
            raise self.failure
        try:
            return self.stream.readinto1(buffer)
        except EOFError:
            self.failure = Damaged(f"the {self.kind} file ends early")
        except Exception as error:
            # each package has faults of its own: zlib.error, ZstdError, BadGzipFile
            if isinstance(error, OSError) and error.errno is not None:
                raise
            self.failure = Damaged(f"a damaged {self.kind} file")
        raise self.failure


def _raw(stream: BinaryIO) -> io.RawIOBase:
    class Raw(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            data = stream.read(len(buffer))
            buffer[: len(data)] = data
            return len(data)

    return Raw()
