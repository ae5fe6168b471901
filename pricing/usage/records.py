"""Read JSON and JSON Lines files of responses as usage, record by record, with file and line.

A record is a response body, or one in an envelope that adds what the API does not say::

    {"at": "2026-11-20T12:00:00Z", "seller": "anthropic", "id": "…", "status": 200,
     "labels": {"project": "search"}, "response": {"model": "…", "usage": {…}}}
"""

from __future__ import annotations

import sys
from json import JSONDecodeError, JSONDecoder

from pricing.errors import Fault, UsageError, did_you_mean
from pricing.instants import instant
from pricing.usage.read import read_usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO, NoReturn

    from pricing.usage.usage import Usage

MOST_LINE_BYTES = 64 << 20
MOST_DOCUMENT_BYTES = 256 << 20
_BODIES = ("response", "body")
_TIMES = ("at", "timestamp")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _number(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


_DECODER = JSONDecoder(parse_float=_number, parse_constant=_no_constant)


class Records:
    """The usage in some files: iterate once; then ask what was skipped.

    Records with an id that came before are merged: the one with the largest output stands.
    A line that cannot be read is kept in ``faults``; a file that cannot be read at all raises.
    """

    def __init__(self, paths: list[str], shape: str | None = None) -> None:
        self.paths = paths
        self.shape = shape
        self.faults: list[Fault] = []
        self.skipped = dict.fromkeys(
            ("duplicates", "sidechain_replays", "errors_not_billed", "malformed"), 0
        )

    def __iter__(self) -> Iterator[tuple[Usage, ...]]:
        """Give the usages of each record, several where it bills several lines.

        Raises:
            UsageError: a file is missing, empty, or holds nothing that can be read.
        """
        unique: dict[tuple[str, str], tuple[Usage, ...]] = {}
        for path in self.paths:
            for usages in self._file(path):
                name = usages[0].id
                if name is None:
                    yield usages
                    continue
                key = (usages[0].seller or "", name)
                known = unique.get(key)
                if known is not None:
                    self.skipped["duplicates"] += 1
                if known is None or _output(usages) > _output(known):
                    unique[key] = usages
        yield from unique.values()

    def _file(self, path: str) -> Iterator[tuple[Usage, ...]]:
        if path == "-":
            yield from self._stream(sys.stdin.buffer, "stdin")
            return
        try:
            with open(path, "rb") as stream:
                yield from self._stream(stream, path)
        except FileNotFoundError:
            raise UsageError(f"no such file: {path}", remedy=_near_file(path)) from None
        except IsADirectoryError:
            raise UsageError(f"{path} is a folder", remedy="Give its files.") from None
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from None

    def _stream(self, stream: BinaryIO, path: str) -> Iterator[tuple[Usage, ...]]:
        lines = _lines(stream, path)
        number, first = next(lines, (1, b""))
        if not first.strip():
            raise UsageError("empty file, nothing to price", path=path)
        try:
            record = _decode(first)
        except (JSONDecodeError, ValueError):
            yield from self._document(first, lines, path, number)
            return
        if isinstance(record, list):
            for item in record:
                yield from self._checked(item, path, number, first)
            return
        # JSON Lines: what the first line holds decides whether the file is of use at all
        found = 0
        for usages in self._checked(record, path, number, first):
            found += 1
            yield usages
        seen = 1
        for number, line in lines:
            if not line.strip():
                continue
            seen += 1
            try:
                record = _decode(line)
            except (JSONDecodeError, ValueError) as error:
                self._malformed(_json_fault(error, line, path, number))
                continue
            for usages in self._checked(record, path, number, line):
                found += 1
                yield usages
        if not found and not self.skipped["errors_not_billed"]:
            raise _unreadable([fault for fault in self.faults if fault.path == path])

    def _document(
        self, first: bytes, lines: Iterator[tuple[int, bytes]], path: str, number: int
    ) -> Iterator[tuple[Usage, ...]]:
        """Read a file that is one JSON document over several lines, or broken in its first."""
        parts = [b"\n" * (number - 1), first]
        size = len(first)
        for _, line in lines:
            parts.append(line)
            size += len(line)
            if size > MOST_DOCUMENT_BYTES:
                raise UsageError(
                    f"one JSON document of more than {MOST_DOCUMENT_BYTES >> 20} MB",
                    path=path,
                    remedy="Write one record a line (JSON Lines).",
                )
        data = b"".join(parts)
        try:
            record = _decode(data)
        except (JSONDecodeError, ValueError) as error:
            raise _unreadable([_json_fault(error, data, path, 1)]) from None
        for item in record if isinstance(record, list) else [record]:
            yield from self._checked(item, path, number, first)

    def _checked(
        self, record: object, path: str, line: int, row: bytes
    ) -> Iterator[tuple[Usage, ...]]:
        try:
            usages = read_record(record, self.shape)
        except UsageError as error:
            fault = error.faults[0]
            excerpt = _excerpt(row)
            self._malformed(
                Fault(fault.what, path=path, line=line, excerpt=excerpt, remedy=fault.remedy)
            )
            return
        for usage in usages:
            usage.place = f"{path}:{line}"
        yield usages

    def _malformed(self, fault: Fault) -> None:
        self.skipped["malformed"] += 1
        self.faults.append(fault)


def read_record(record: object, shape: str | None = None) -> tuple[Usage, ...]:
    """Read a response, in an envelope or not; raises UsageError."""
    if not isinstance(record, dict):
        raise UsageError(f"a record is an object, not {type(record).__name__}")
    body: Mapping[str, Any] = record
    for name in _BODIES:
        if isinstance(record.get(name), dict):
            body = record[name]
            break
    if body is record and "usage" not in record and not record.keys() & {"input_tokens"}:
        raise UsageError("no usage in it", remedy="A response holds its counts under 'usage'.")
    usages = read_usage(body, shape)
    _envelope(record, body, usages)
    return usages


def _envelope(
    record: Mapping[str, Any], body: Mapping[str, Any], usages: tuple[Usage, ...]
) -> None:
    at = next((record[name] for name in _TIMES if record.get(name) is not None), None)
    when = None
    if at is not None:
        try:
            when = instant(at) if isinstance(at, str) else None
        except ValueError as error:
            what, _, remedy = str(error).partition("\n")
            raise UsageError(what, remedy=remedy or None) from None
        if when is None:
            raise UsageError(f"{at!r} is no instant", remedy="Write 2026-11-20T12:00:00Z.")
    status = record.get("status")
    seller = record.get("seller")
    labels = record.get("labels")
    for usage in usages:
        if when is not None:
            usage.at = when
        if isinstance(seller, str):
            usage.seller = seller
        if isinstance(status, int):
            usage.status = status
        if isinstance(labels, dict):
            usage.labels = {name: str(value) for name, value in labels.items()}
        if isinstance(record.get("id"), str):
            usage.id = record["id"]
        if usage.model is None and isinstance(record.get("model"), str):
            usage.model = record["model"]
        if isinstance(record.get("attributes"), dict) and body is not record:
            usage.attributes = {**usage.attributes, **record["attributes"]}


def _output(usages: tuple[Usage, ...]) -> Any:
    return sum(q for usage in usages for q in usage.meters.values())


def _lines(stream: BinaryIO, path: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    while True:
        line = stream.readline(MOST_LINE_BYTES + 1)
        if not line:
            return
        number += 1
        if len(line) > MOST_LINE_BYTES:
            raise UsageError(
                f"a line of more than {MOST_LINE_BYTES >> 20} MB",
                path=path,
                line=number,
                remedy="No usage record is that long: is this a log?",
            )
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                number -= 0
                rest = line
                while not rest.strip():
                    rest = stream.readline(MOST_LINE_BYTES + 1)
                    if not rest:
                        return
                    number += 1
                line = rest
        yield number, line


def _decode(data: bytes) -> Any:
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _json_fault(error: Exception, data: bytes, path: str, line: int) -> Fault:
    if not isinstance(error, JSONDecodeError):
        return Fault(str(error), path=path, line=line, excerpt=_excerpt(data))
    at_end = error.pos >= len(error.doc.rstrip())
    opened = _open_bracket(error.doc[: error.pos])
    what = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    if at_end or error.msg.startswith("Unterminated string"):
        what = f"JSON ends inside {opened}"
    row = line + error.lineno - 1
    column = error.colno if not at_end else len(error.doc.rstrip().rpartition("\n")[2])
    rows = error.doc.splitlines()
    excerpt = rows[error.lineno - 1] if error.lineno <= len(rows) else ""
    return Fault(what, path=f"{path}:{row}:{column}", line=None, excerpt=excerpt)


def _open_bracket(text: str) -> str:
    opened: list[str] = []
    inside, skip = False, False
    for char in text:
        if skip:
            skip = False
        elif inside and char == "\\":
            skip = True
        elif char == '"':
            inside = not inside
        elif not inside and char in "{[":
            opened.append(char)
        elif not inside and char in "}]" and opened:
            opened.pop()
    if inside:
        return "a string"
    return "a list" if opened and opened[-1] == "[" else "an object"


def _excerpt(row: bytes) -> str:
    text = row[:400].decode("utf-8", "replace").rstrip("\n")
    return text if len(text) <= 68 else text[:65] + "..."


def _unreadable(faults: list[Fault]) -> UsageError:
    error = UsageError(faults[0].what if faults else "nothing to price")
    if faults:
        error.faults = tuple(faults[:5])
    return error


def _near_file(path: str) -> str | None:
    import os

    folder = os.path.dirname(path) or "."
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    return did_you_mean(os.path.basename(path), names)
