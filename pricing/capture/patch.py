"""Where the SDKs are changed: two methods of their base clients, while somebody listens.

Every resource, helper and wrapper (``with_raw_response``, ``messages.stream``, Bedrock, Azure)
goes through ``request`` and, for each answer that counts, ``_process_response``. Hooks of httpx
and the middleware of a client are made for one client, before it is made; see docs/decisions.md.
"""

from __future__ import annotations

import sys
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.util import find_spec
from threading import RLock

from pricing.capture.calls import CURRENT, Asked, Call, CaptureError, Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_MODULES = ("anthropic._base_client", "openai._base_client")
_CLASSES = {"SyncAPIClient": False, "AsyncAPIClient": True}
_METHODS = ("request", "_process_response")

_LOCK = RLock()
_LISTENERS: list[Listener] = []
#: what was there before, by the class and the name of the method
_BEFORE: dict[tuple[type, str], Callable[..., Any]] = {}
_OURS: dict[tuple[type, str], Callable[..., Any]] = {}


def start(listener: Listener) -> None:
    """Begin to tell a listener of calls; each ``start`` needs its ``stop``."""
    with _LOCK:
        _LISTENERS.append(listener)
        if len(_LISTENERS) > 1:
            return
        try:
            sys.meta_path.insert(0, _FINDER)
            for name in _MODULES:
                module = sys.modules.get(name)
                if module is not None:
                    _patch(module)
        except BaseException:
            stop(listener)
            raise


def stop(listener: Listener) -> None:
    """Tell a listener no more; after the last one the SDKs are as they were."""
    with _LOCK:
        _LISTENERS.remove(listener)
        if _LISTENERS:
            return
        if _FINDER in sys.meta_path:
            sys.meta_path.remove(_FINDER)
        for (owner, name), original in list(_BEFORE.items()):
            # another package may have put its own over ours: then ours stays below, and is silent
            if owner.__dict__.get(name) is _OURS[owner, name]:
                setattr(owner, name, original)
                del _BEFORE[owner, name], _OURS[owner, name]


def _listeners() -> list[Listener]:
    with _LOCK:
        return list(dict.fromkeys(_LISTENERS))


def _patch(module: ModuleType) -> None:
    for class_name, is_async in _CLASSES.items():
        owner = getattr(module, class_name, None)
        found = [vars(owner).get(name) for name in _METHODS] if owner is not None else []
        if owner is None or None in found:
            package = module.__name__.partition(".")[0]
            raise CaptureError(
                f"this version of {package} cannot be listened to: it has no {class_name}"
                f" with {' and '.join(_METHODS)}",
                remedy="Take another version, or record its responses yourself (capture=False).",
            )
        request, process = found
        made = (
            (_async_request(request), _async_process(process))
            if is_async
            else (_request(request), _process(process))
        )
        for name, original, ours in zip(_METHODS, found, made, strict=True):
            # where another's stands over ours now, ours may be gone below it; twice does no harm
            if original is not _OURS.get((owner, name)):
                _BEFORE[owner, name], _OURS[owner, name] = original, ours
                setattr(owner, name, ours)


def _asked(args: tuple[Any, ...], more: dict[str, Any]) -> Asked | None:
    """Give what a call asks for, out of the options that ``request`` is called with."""
    for each in (*args, *more.values()):
        if hasattr(each, "json_data"):
            body = each.json_data
            extra = getattr(each, "extra_json", None)
            given = {**(body if isinstance(body, dict) else {}), **(extra or {})}
            return Asked(str(each.method), str(each.url), given)
    return None


def _begin(args: tuple[Any, ...], more: dict[str, Any]) -> Call | None:
    """Give the call that begins here; None where nobody listens, or inside of another call."""
    listeners = _listeners()
    if not listeners or CURRENT.get() is not None:
        return None
    call = Call(_asked(args, more))
    try:
        call.begin(listeners)
    except BaseException:
        call.over(may_raise=False)
        raise
    return call


def _request(original: Any) -> Any:
    @wraps(original)
    def request(self: Any, *args: Any, **more: Any) -> Any:
        call = _begin(args, more)
        if call is None:
            return original(self, *args, **more)
        token = CURRENT.set(call)
        try:
            result = original(self, *args, **more)
        except BaseException as error:
            call.broke_off(error)
            raise
        finally:
            CURRENT.reset(token)
        call.over()
        return result

    return request


def _async_request(original: Any) -> Any:
    @wraps(original)
    async def request(self: Any, *args: Any, **more: Any) -> Any:
        call = _begin(args, more)
        if call is None:
            return await original(self, *args, **more)
        token = CURRENT.set(call)
        try:
            result = await original(self, *args, **more)
        except BaseException as error:
            call.broke_off(error)
            raise
        finally:
            CURRENT.reset(token)
        call.over()
        return result

    return request


def _answer(more: dict[str, Any]) -> None:
    call = CURRENT.get()
    if call is not None:
        call.answer(more["response"])


def _process(original: Any) -> Any:
    @wraps(original)
    def _process_response(self: Any, *args: Any, **more: Any) -> Any:
        _answer(more)
        return original(self, *args, **more)

    return _process_response


def _async_process(original: Any) -> Any:
    @wraps(original)
    async def _process_response(self: Any, *args: Any, **more: Any) -> Any:
        _answer(more)
        return await original(self, *args, **more)

    return _process_response


class _Finder(MetaPathFinder):
    """Finds the SDKs' base clients as others would, and changes them once they are loaded."""

    def __init__(self) -> None:
        self._busy = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname not in _MODULES or self._busy:
            return None
        self._busy = True
        try:
            spec = find_spec(fullname)
        finally:
            self._busy = False
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, inner: Loader) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        with _LOCK:
            if _LISTENERS:
                _patch(module)


_FINDER = _Finder()
