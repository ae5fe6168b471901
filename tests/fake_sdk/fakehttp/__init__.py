"""As much of httpx as a response needs."""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit


class SyncByteStream:
    def __iter__(self) -> Iterator[bytes]:
        raise NotImplementedError

    def close(self) -> None:
        pass


class AsyncByteStream:
    def __aiter__(self) -> AsyncIterator[bytes]:
        raise NotImplementedError

    async def aclose(self) -> None:
        pass


class _Pieces(SyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._data), 64):
            yield self._data[at : at + 64]


class _AsyncPieces(AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._data), 64):
            yield self._data[at : at + 64]


class Response:
    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.status_code = status
        self.headers = headers
        packed = headers.get("content-encoding") == "gzip"
        self.content = gzip.decompress(content) if packed else content
        self.is_closed = True
        self.request: Any = None
        self.stream: Any = None

    def iter_raw(self) -> Iterator[bytes]:
        assert isinstance(self.stream, SyncByteStream)
        yield from self.stream
        self.close()

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        assert isinstance(self.stream, AsyncByteStream)
        async for piece in self.stream:
            yield piece

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.stream.close()


def send(url: str, body: bytes, stream: str) -> Response:
    """Send a POST; ``stream`` is sync, async or nothing."""
    asked = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, headers, content = error.code, {}, error.read()
    response = Response(status, headers, content)
    response.request = SimpleNamespace(
        method="POST", url=SimpleNamespace(path=urlsplit(url).path), headers={}
    )
    if stream:
        response.is_closed = False
        response.stream = _Pieces(content) if stream == "sync" else _AsyncPieces(content)
    return response
