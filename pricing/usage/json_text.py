"""JSON as logs hold it: exact numbers, several values in one text, and faults with their place."""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder

from pricing.errors import Fault, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

WIDEST = 72
_BLANK = " \t\n\r"
_TOO_LONG = "a number with more digits than any count"


class JsonFault(Fault):
    """A fault whose place has a column too."""

    __slots__ = ("column",)

    def __init__(self, what: str, *, path: str, line: int, column: int, excerpt: str) -> None:
        super().__init__(what, path=path, line=line, excerpt=excerpt)
        self.column = column

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _number(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def decoder(**more: Any) -> JSONDecoder:
    """Give a decoder of exact numbers."""
    return JSONDecoder(parse_float=_number, parse_constant=_no_constant, **more)


_DECODER = decoder()


def json_value(data: bytes, using: JSONDecoder = _DECODER) -> Any:
    """Read one value; numbers with a point are Decimals.

    Raises:
        ValueError: it is not UTF-8 or not JSON; JSONDecodeError says where.
    """
    try:
        return using.decode(data.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ArithmeticError:
        raise ValueError(_TOO_LONG) from None


def is_object(line: bytes) -> bool:
    """Tell whether a line is a JSON object."""
    try:
        return isinstance(json_value(line), dict)
    except ValueError:
        return False


def joined(rows: list[tuple[int, bytes]]) -> bytes:
    """Give lines as they stood, blank ones too."""
    parts, last = [], 0
    for number, line in rows:
        parts.append(b"\n" * (number - last - 1) + line)
        last = number
    return b"".join(parts)


def json_values(text: str) -> Iterator[tuple[Any, int, int]]:
    """Give the values of a text one after the other, those of a list each, with line and column.

    The column is 1 for the first value of its line.

    Raises:
        ValueError: as ``json_value``, when the values before were given.
    """
    line, last = 1, 0
    for value, start in _values(text):
        rows = text.count("\n", last, start)
        line += rows
        row = text.rfind("\n", 0, start) + 1
        is_first = not text[row:start].strip(_BLANK + "[")
        yield value, line, 1 if is_first else start - row + 1
        last = start


def _values(text: str) -> Iterator[tuple[Any, int]]:
    at = _next(text, 0)
    while at < len(text):
        if text[at] != "[":
            value, end = _value(text, at)
            yield value, at
            at = _next(text, end)
            continue
        at = _next(text, at + 1)
        while text[at : at + 1] != "]":
            value, end = _value(text, at)
            yield value, at
            at = _next(text, end)
            if text[at : at + 1] == ",":
                at = _next(text, at + 1)
                if text[at : at + 1] == "]":
                    raise JSONDecodeError("Expecting value", text, at)
            elif text[at : at + 1] != "]":
                raise JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _next(text, at + 1)


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ArithmeticError:
        raise ValueError(_TOO_LONG) from None


def _next(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _BLANK:
        at += 1
    return at


def json_fault(error: ValueError, text: str, path: str, line: int) -> Fault:
    """Say what is wrong with a text that begins in a line of a file, and where."""
    if isinstance(error, UnicodeDecodeError):
        row = line + error.object.count(b"\n", 0, error.start)
        before = error.object.rfind(b"\n", 0, error.start) + 1
        shown = excerpt(error.object[before : before + 400].decode("utf-8", "replace"))
        what = f"not UTF-8 at byte {error.start - before + 1}"
        return Fault(what, path=path, line=row, excerpt=shown, remedy="Save the file as UTF-8.")
    if not isinstance(error, JSONDecodeError):
        return Fault(_short(str(error)), path=path, line=line, excerpt=excerpt(text))
    whole = error.doc.rstrip()
    if error.pos >= len(whole) or error.msg.startswith("Unterminated string"):
        position = len(whole)
        what = f"JSON ends inside {_open_bracket(whole)}"
    else:
        position = error.pos
        what = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    start = whole.rfind("\n", 0, position) + 1
    row = line + whole.count("\n", 0, start)
    column = position - start + 1
    shown = excerpt(whole[start:].partition("\n")[0], column)
    return JsonFault(what, path=path, line=row, column=column, excerpt=shown)


def _short(what: str) -> str:
    return what if len(what) <= 120 else _TOO_LONG


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


def excerpt(row: str, column: int = 1) -> str:
    """Give a line as it is shown below a fault: whole, or the part around a column."""
    row = row.partition("\n")[0].rstrip("\r")
    if len(row) <= WIDEST:
        return row
    if column <= WIDEST - 8:
        return row[: WIDEST - 3] + "..."
    start = min(column - 1 - WIDEST // 2, len(row) - (WIDEST - 6))
    end = "..." if start + WIDEST - 6 < len(row) else ""
    return f"...{row[start : start + WIDEST - 6]}{end}"


def refuse_binary(data: bytes, path: str) -> None:
    """Refuse what is no text, from its first line; raises UsageError."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError("UTF-16 text", path=path, remedy="Save the file as UTF-8.")
    if b"\0" in data:
        raise UsageError("a binary file, no JSON in it", path=path)
