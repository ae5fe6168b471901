"""Captures of streams (server-sent events): Anthropic, OpenAI Chat and Responses, Gemini.

Anthropic's ``message_delta`` is cumulative: what it tells replaces what ``message_start`` told,
what it leaves out or gives as null stays. Cut before a delta with usage a message is incomplete:
its input is billed, and the first count of output is a cursor, no count. OpenAI tells usage in
the last chunk, and only where the request asked for it; others tell it so far in every chunk. A
stream without usage was not measured: that is a fault, not a call for nothing.
Source: anthropic lib/streaming/_messages.py, openai chat_completion_chunk.py, ai.google.dev.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.envelope import read_record
from pricing.usage.json_text import json_value
from pricing.usage.logs.rows import unreadable
from pricing.usage.numbers import count, details, objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.usage.logs import Item, Lines
    from pricing.usage.usage import Usage

    Event = dict[str, Any]
    Read = tuple[Usage, ...] | UsageError

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_MEASURE = "Ask for it with stream_options.include_usage; what it cost is in no line of this file."


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Give the usage of every response, with the line in which it began."""
    for number, found in _responses(lines, kept.get("shape")):
        if isinstance(found, UsageError):
            yield unreadable(found, path, number)
        else:
            yield number, found


def _responses(lines: Lines, shape: str | None) -> Iterator[tuple[int, Read]]:
    for number, found in streams(lines):
        yield number, found if isinstance(found, UsageError) else found.usages(shape)


def streams(lines: Lines) -> Iterator[tuple[int, Stream | UsageError]]:
    """Give every response, with the line in which it began, or why an event is none."""
    stream: Stream | None = None
    for number, event in _events(lines):
        if isinstance(event, UsageError):
            yield number, event
            continue
        if event is None or (stream is not None and stream.is_other(event)):
            if stream is not None:
                yield stream.number, stream
            stream = None
        if event is None:
            continue
        if stream is None:
            stream = Stream.of(event, number)
            if stream is None:
                continue
        stream.add(event)
        if stream.ended:
            yield stream.number, stream
            stream = None
    if stream is not None:
        yield stream.number, stream


def _events(lines: Lines) -> Iterator[tuple[int, Event | UsageError | None]]:
    """Give the data of each event; None where the stream says that it is done."""
    held, last, began = b"", 0, 0
    for number, line in lines:
        name, _, data = line.strip().partition(b":")
        if held and (number > last + 1 or name != b"data"):
            yield began, _event(held)
            held = b""
        last = number
        if name != b"data":
            continue
        if not held:
            began = number
        held = held + b"\n" + data.strip() if held else data.strip()
        if held == b"[DONE]" or _is_whole(held):
            yield began, _event(held)
            held = b""
    if held:
        yield began, _event(held)


def _is_whole(data: bytes) -> bool:
    try:
        json_value(data)
    except ValueError:
        return False
    return True


def _event(data: bytes) -> Event | UsageError | None:
    if data == b"[DONE]":
        return None
    try:
        event = json_value(data)
    except ValueError:
        return UsageError("an event that is no JSON")
    return event if isinstance(event, dict) else UsageError("an event that is no object")


class Stream:
    """One response as its events tell it."""

    def __init__(self, number: int, id: object) -> None:
        #: the line in which it began
        self.number = number
        self.id = id
        self.ended = False
        self.measured = False
        self.error = False
        self.record: Event = {}
        self.fault: UsageError | None = None

    @staticmethod
    def of(event: Event, number: int) -> Stream | None:
        """Give the stream that an event begins, None for one that belongs to none."""
        kind = event.get("type")
        message = event.get("message")
        if kind == "message_start" and isinstance(message, dict):
            return Message(number, message)
        if isinstance(kind, str) and kind.startswith("response."):
            return Response(number, None)
        if "usageMetadata" in event or "candidates" in event:
            return Candidates(number, event.get("responseId"))
        if "choices" in event or isinstance(event.get("usage"), dict):
            return Chunks(number, event.get("id"))
        if kind == "error" or isinstance(event.get("error"), dict):
            return Failed(number, None)
        return None

    def is_other(self, event: Event) -> bool:
        """Tell whether an event begins another response."""
        return False

    def add(self, event: Event) -> None:
        """Take what an event tells."""
        try:
            self.take(event)
        except UsageError as error:
            self.fault = self.fault or error

    def take(self, event: Event) -> None:
        raise NotImplementedError

    @property
    def incomplete(self) -> bool:
        return False

    def usages(self, shape: str | None) -> Read:
        """Give what the response used, or why that cannot be told."""
        if self.fault is not None:
            return self.fault
        if not self.measured:
            return () if self.error else UsageError("a stream without usage", remedy=_MEASURE)
        try:
            found = read_record(self.record, shape)
        except UsageError as error:
            return error
        if self.incomplete:
            for usage in found:
                usage.incomplete = True
        return found


class Failed(Stream):
    """An error instead of a response: nothing is billed."""

    def take(self, event: Event) -> None:
        self.error = self.ended = True


class Message(Stream):
    """A message of Anthropic's."""

    def __init__(self, number: int, message: Event) -> None:
        super().__init__(number, message.get("id"))
        self.record = {**message, "content": []}
        self.measured = True
        self._final = False
        usage = message.get("usage")
        self._had_cache = isinstance(usage, dict) and "cache_read_input_tokens" in usage
        #: cache is told at the end only, input at the start only
        self._is_late = False

    def is_other(self, event: Event) -> bool:
        return event.get("type") == "message_start"

    def take(self, event: Event) -> None:
        kind = event.get("type")
        if kind == "content_block_start":
            self.record["content"].append(details(event, "content_block"))
        elif kind == "message_delta":
            told = {k: v for k, v in details(event, "delta").items() if v is not None}
            self.record |= told
            usage = details(event, "usage")
            if usage:
                self._final = True
                self._is_late |= not self._had_cache and "input_tokens" not in usage
                self.record["usage"] = merged(details(self.record, "usage"), usage)
        elif kind == "message_stop":
            self.ended = True

    @property
    def incomplete(self) -> bool:
        return not self._final

    def usages(self, shape: str | None) -> Read:
        if self.fault is None and not self._final:
            try:
                self.record["usage"] = {**details(self.record, "usage"), "output_tokens": 0}
            except UsageError as error:
                return error
        if self.fault is None and self._is_late:
            return self._inside(shape)
        return super().usages(shape)

    def _inside(self, shape: str | None) -> Read:
        """Read counts of a gateway that tells the input before it knows what was cached.

        Where the cache is more than the input, that was the cache's, and is billed as such.
        """
        warning = ""
        try:
            usage = details(self.record, "usage")
            input, cached = count(usage, "input_tokens"), count(usage, "cache_read_input_tokens")
            if 0 < input <= cached:
                warning = f"input_tokens ({input}) <= cache tokens ({cached}), which are told later"
                warning += ": taken as inside them"
                self.record["usage"] = {**usage, "input_tokens": 0}
        except UsageError as error:
            return error
        found = super().usages(shape)
        if warning and not isinstance(found, UsageError):
            for each in found[:1]:
                each.warnings = (*each.warnings, warning)
        return found


def merged(usage: Event | Any, delta: Event | Any) -> Event:
    """Give counts with those that a later event tells: these replace, absent and null ones stay."""
    found = dict(usage)
    for key, value in delta.items():
        before = found.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            found[key] = merged(before, value)
        elif value is not None:
            found[key] = value
    flat, split = delta.get("cache_creation_input_tokens"), found.get("cache_creation")
    if flat is not None and isinstance(split, dict) and "cache_creation" not in delta:
        parts = [part for part in split.values() if isinstance(part, int)]
        if isinstance(flat, int) and sum(parts) > flat:
            # the breakdown is of an earlier count
            del found["cache_creation"]
    return found


class Chunks(Stream):
    """Chunks of a chat completion, OpenAI's or one that looks like it."""

    def __init__(self, number: int, id: object) -> None:
        super().__init__(number, id)
        self._finished = False

    def is_other(self, event: Event) -> bool:
        id = event.get("id")
        return bool(id and self.id and id != self.id)

    def take(self, event: Event) -> None:
        if isinstance(event.get("error"), dict):
            self.error = True
            return
        own = details(event, "x_groq")
        usage = event.get("usage") or own.get("usage")
        for key, value in event.items():
            if value is not None and key not in ("usage", "choices", "x_groq"):
                self.record[key] = value
        choices = objects(event, "choices")
        self._finished |= any(choice.get("finish_reason") for choice in choices)
        if isinstance(usage, dict):
            self.measured = True
            self.record["usage"] = usage
            self._finished |= not choices

    @property
    def incomplete(self) -> bool:
        return not self._finished


class Response(Stream):
    """Events of OpenAI's Responses: the last one holds all."""

    def is_other(self, event: Event) -> bool:
        return event.get("type") == "response.created"

    def take(self, event: Event) -> None:
        if event.get("type") in _ENDS:
            body = details(event, "response")
            self.record = dict(body)
            self.measured = isinstance(body.get("usage"), dict)
            self.error = event.get("type") == "response.failed"
            self.ended = True
        elif event.get("type") == "error":
            self.error = True


class Candidates(Stream):
    """Chunks of Gemini's generateContent: each tells the counts so far."""

    def __init__(self, number: int, id: object) -> None:
        super().__init__(number, id)
        self._finished = False

    def is_other(self, event: Event) -> bool:
        id = event.get("responseId")
        return bool(id and self.id and id != self.id)

    def take(self, event: Event) -> None:
        for key, value in event.items():
            if value is not None and key not in ("usageMetadata", "candidates"):
                self.record[key] = value
        candidates = objects(event, "candidates")
        self._finished |= any(each.get("finishReason") for each in candidates)
        if candidates:
            self.record["candidates"] = candidates
        usage = event.get("usageMetadata")
        if isinstance(usage, dict):
            self.measured = True
            self.record["usageMetadata"] = merged(self.record.get("usageMetadata") or {}, usage)

    @property
    def incomplete(self) -> bool:
        return not self._finished
