"""Listening to a response of httpx that is read later: its stream is passed on, and kept."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any


class Kept:
    """The content of a stream so far; ``done`` is called once, when it ends or is closed.

    ``done(content, is_whole, may_raise)``: an exception in flight is not covered by another one.
    """

    def __init__(self, response: Any, done: Callable[[bytes, bool, bool], None]) -> None:
        self.inner = response.stream
        self._encoding = response.headers.get("content-encoding")
        self._maker = type(response)
        self._done = done
        self._chunks: list[bytes] = []
        self._is_over = False

    def keep(self, chunk: bytes) -> bytes:
        self._chunks.append(chunk)
        return chunk

    def finish(self, *, is_whole: bool) -> None:
        if self._is_over:
            return
        self._is_over = True
        content = b"".join(self._chunks)
        self._chunks = []
        if self._encoding and content:
            encoded = {"content-encoding": self._encoding}
            try:
                content = self._maker(200, headers=encoded, content=content).content
            except Exception:
                content, is_whole = b"", False  # cut inside of what was compressed
        self._done(content, is_whole, sys.exc_info()[0] is None)


def listen(response: Any, done: Callable[[bytes, bool, bool], None]) -> None:
    """Tell ``done`` the content of a response, now where it was read, else as it is read."""
    if response.is_closed:
        done(response.content, True, False)
        return
    # httpx asks whether a stream is of its own kind, and there are two packages of that name
    package = sys.modules[type(response).__module__.partition(".")[0]]
    kept = Kept(response, done)

    class Sync(package.SyncByteStream):  # type: ignore[misc,name-defined]
        def __iter__(self) -> Iterator[bytes]:
            for chunk in kept.inner:
                yield kept.keep(chunk)
            kept.inner.close()
            kept.finish(is_whole=True)

        def close(self) -> None:
            kept.inner.close()
            kept.finish(is_whole=False)

    class Async(package.AsyncByteStream):  # type: ignore[misc,name-defined]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in kept.inner:
                yield kept.keep(chunk)
            await kept.inner.aclose()
            kept.finish(is_whole=True)

        async def aclose(self) -> None:
            await kept.inner.aclose()
            kept.finish(is_whole=False)

    is_sync = isinstance(kept.inner, package.SyncByteStream)
    response.stream = Sync() if is_sync else Async()
