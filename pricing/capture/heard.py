"""What an HTTP response of an SDK tells about its usage.

Closed world: an answer to a POST that is neither known to be free nor holds usage is a fault.
Sources: the resources of the anthropic and openai packages (anthropic 2.11, openai 3.52).
"""

from __future__ import annotations

import re

from pricing.errors import UsageError
from pricing.usage.json_text import json_value
from pricing.usage.logs.sse import Failed, streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Counting tokens, files, moderation and bookkeeping: no call of these is billed by itself.
_FREE = re.compile(
    r"/(count_tokens|input_tokens|moderations|cancel)$|:count-?tokens$|"
    r"/(files|uploads|conversations|vector_stores)(/|$)",
    re.IGNORECASE,
)
_BATCH = re.compile(r"/batches$")
_RESPONSE = re.compile(r"/responses/[^/]+$")
_QUEUED = ("queued", "in_progress")


class Heard:
    """One answer: a ``body`` with usage, or the ``fault`` for which it tells none, or both.

    ``state`` is ``final``; ``queued`` for an answer that is still being worked on, to be asked
    for under ``id``; ``fetched`` for one that was asked for, which counts if it was queued before.
    """

    __slots__ = ("body", "fault", "id", "state", "what")

    def __init__(
        self,
        what: str,
        body: dict[str, Any] | None = None,
        fault: UsageError | None = None,
        state: str = "final",
    ) -> None:
        self.what = what
        self.body = body
        self.fault = fault
        self.state = state
        id = None if body is None else body.get("id")
        self.id: str | None = id if isinstance(id, str) else None


def is_silent(method: str, path: str, status: int) -> bool:
    """Tell whether nothing is billed for such a call: it failed, or it is free."""
    if not 200 <= status < 300:
        return True
    method = method.upper()
    if method == "GET":
        return _RESPONSE.search(path) is None
    return method != "POST" or _FREE.search(path) is not None


def heard(method: str, path: str, kind: str, content: bytes, is_whole: bool = True) -> list[Heard]:
    """Read the content of an answer; ``kind`` is its content type.

    A stream may hold several answers. ``is_whole`` is False where it was left before its end.
    """
    what = f"{method.upper()} {path}"
    fetched = method.upper() == "GET"
    if "text/event-stream" in kind:
        return _stream(what, content, is_whole, fetched)
    if not is_whole:
        return [Heard(what, fault=_fault(what, "was not read to its end", _READ))]
    try:
        body = json_value(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return [Heard(what, fault=_fault(what, "tells no usage", _RECORD))]
    if _BATCH.search(path):
        fault = _fault(what, "is billed later, as its results are", _BATCHES)
        return [Heard(what, body, fault)]
    if isinstance(body.get("usage"), dict):
        return [Heard(what, body, state="fetched" if fetched else "final")]
    if body.get("status") in _QUEUED:
        return [] if fetched else [Heard(what, body, state="queued")]
    if fetched:
        return []
    return [Heard(what, body, _fault(what, "tells no usage", _RECORD))]


def _stream(what: str, content: bytes, is_whole: bool, fetched: bool) -> list[Heard]:
    lines = enumerate(content.splitlines(), 1)
    found: list[Heard] = []
    has_failed = False
    for _, stream in streams(lines):
        if isinstance(stream, UsageError):
            found.append(Heard(what, fault=stream))
            continue
        body, fault = stream.record, None
        usages = stream.usages(None)
        if isinstance(usages, UsageError):
            fault = UsageError(f"{what}: {usages.what}", remedy=_STREAM)
        elif not usages:
            if isinstance(stream, Failed):
                has_failed = True
                continue
            fault = _fault(what, "broke off with an error before it told its usage", _RECORD)
        elif any(usage.incomplete for usage in usages):
            fault = _fault(what, "ended before its last counts: output is not known", _READ)
        if not isinstance(usages, UsageError) and not usages:
            body = {}
        state = "fetched" if fetched else "final"
        measured = isinstance(body.get("usage"), dict)
        found.append(Heard(what, body if measured else None, fault, state))
    if not found and not is_whole:
        found.append(Heard(what, fault=_fault(what, "was not read to its end", _READ)))
    elif not found and not has_failed:
        found.append(Heard(what, fault=_fault(what, "is a stream without usage", _STREAM)))
    return found


def _fault(what: str, why: str, remedy: str) -> UsageError:
    return UsageError(f"{what} {why}", remedy=remedy)


_RECORD = "Add what it cost by hand (Meter.add), or call it outside of the metered block."
_READ = "Read streams to their end inside the metered block."
_BATCHES = "Add the results by hand when they are there (Meter.add)."
_STREAM = "Ask for usage: stream_options={'include_usage': True}; and read the stream to its end."
