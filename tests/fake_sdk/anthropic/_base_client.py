"""The two methods through which every call of the real package goes, with its retries."""

from __future__ import annotations

import json
from typing import Any

import fakehttp


class APIStatusError(Exception):
    pass


class APITimeoutError(Exception):
    pass


class SyncAPIClient:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def request(self, path: str, body: dict[str, Any], *, stream: bool = False) -> Any:
        if body.get("times_out"):
            raise APITimeoutError
        for _ in range(3):
            data = json.dumps(body).encode()
            response = fakehttp.send(self.base_url + path, data, "sync" if stream else "")
            if response.status_code < 400:
                return self._process_response(response=response, stream=stream)
        raise APIStatusError(response.status_code)

    def _process_response(self, *, response: Any, stream: bool) -> Any:
        return response.iter_raw() if stream else json.loads(response.content)


class AsyncAPIClient:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    async def request(self, path: str, body: dict[str, Any], *, stream: bool = False) -> Any:
        data = json.dumps(body).encode()
        response = fakehttp.send(self.base_url + path, data, "async" if stream else "")
        if response.status_code >= 400:
            raise APIStatusError(response.status_code)
        return await self._process_response(response=response, stream=stream)

    async def _process_response(self, *, response: Any, stream: bool) -> Any:
        return response.aiter_raw() if stream else json.loads(response.content)
