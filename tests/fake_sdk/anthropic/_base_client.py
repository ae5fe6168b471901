"""The two methods through which every call of the real package goes, with its retries."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import fakehttp


class APIStatusError(Exception):
    pass


class APITimeoutError(Exception):
    pass


class Options(SimpleNamespace):
    """What the real package hands to ``request``; here a path and a body do as well."""

    def __init__(self, url: str, json_data: dict[str, Any], **more: Any) -> None:
        super().__init__(method="POST", url=url, json_data=json_data, **more)


def _told(path: str | Options, body: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    if isinstance(path, Options):
        return path.url, {**path.json_data, **getattr(path, "extra_json", {})}
    assert body is not None
    return path, body


class SyncAPIClient:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def request(
        self, path: str | Options, body: dict[str, Any] | None = None, *, stream: bool = False
    ) -> Any:
        path, body = _told(path, body)
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

    async def request(
        self, path: str | Options, body: dict[str, Any] | None = None, *, stream: bool = False
    ) -> Any:
        path, body = _told(path, body)
        data = json.dumps(body).encode()
        response = fakehttp.send(self.base_url + path, data, "async" if stream else "")
        if response.status_code >= 400:
            raise APIStatusError(response.status_code)
        return await self._process_response(response=response, stream=stream)

    async def _process_response(self, *, response: Any, stream: bool) -> Any:
        return response.aiter_raw() if stream else json.loads(response.content)
