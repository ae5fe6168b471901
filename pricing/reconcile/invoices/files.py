"""Statements as files: JSON whose rows know their line, and CSV; exact numbers, nothing guessed."""

from __future__ import annotations

import csv
import os
import re
from io import StringIO
from itertools import islice
from json import JSONDecodeError

from pricing.errors import Fault, InvoiceError
from pricing.usage.json_text import decoder, excerpt, json_fault, json_value
from pricing.usage.logs.csv_rows import header_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    Row = tuple[Mapping[str, Any], int]

MOST_BYTES = 256 << 20
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\n]|NaN|-?Infinity')
#: how files begin that are no text, what they are, and what to do
_NO_TEXT = (
    (b"PK\x03\x04", "a workbook or an archive", "Save its sheet as CSV (UTF-8)."),
    (b"\xd0\xcf\x11\xe0", "a workbook or a document", "Save its sheet as CSV (UTF-8)."),
    (b"%PDF", "a PDF", "Export the statement as CSV or JSON."),
    (b"\x1f\x8b", "a compressed file", "Unpack it."),
    (b"\x28\xb5\x2f\xfd", "a compressed file", "Unpack it."),
    (b"\xff\xfe", "UTF-16 text", "Save the file as UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Save the file as UTF-8."),
)


class Json:
    """A JSON document, or pages of one, one after the other."""

    def __init__(
        self, path: str, pages: list[tuple[Mapping[str, Any], int]], text: str, bare: int = 0
    ) -> None:
        self.path = path
        self.pages = pages
        self._text = text
        #: how many braces the text has less than the pages: rows without a page around them
        self._bare = bare
        self._starts: list[tuple[int, int]] | None = None

    @property
    def first(self) -> Mapping[str, Any]:
        return self.pages[0][0]

    @property
    def has_more(self) -> bool:
        """Whether the last page says that another follows."""
        last = self.pages[-1][0]
        return bool(last.get("has_more"))

    def results(self) -> Iterator[Row]:
        """Give every result of every bucket."""
        for _, row, line in self.in_buckets():
            yield row, line

    def in_buckets(self) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], int]]:
        """Give bucket, result and line; raises InvoiceError where one is no object."""
        lines = iter(self._lines(3))
        for page, _ in self.pages:
            for bucket in _list(page, "data", self.path):
                for row in _list(bucket, "results", self.path):
                    yield bucket, row, next(lines, 1)

    def items(self, *keys: str) -> Iterator[Row]:
        """Give the objects of a list that stands under some keys, and their lines."""
        lines = iter(self._lines(len(keys) + 1))
        for page, _ in self.pages:
            held: Any = page
            for key in keys[:-1]:
                held = held.get(key) if isinstance(held, dict) else None
            for row in _list(held, keys[-1], self.path):
                yield row, next(lines, 1)

    def _lines(self, depth: int) -> list[int]:
        """Give the line of every object that stands this deep, in order."""
        if self._starts is None:
            self._starts, line, deep = [], 1, 0
            for match in _TOKEN.finditer(self._text):
                token = match[0]
                if token == "\n":
                    line += 1
                elif token == "{":
                    deep += 1
                    self._starts.append((deep, line))
                elif token == "}":
                    deep -= 1
        return [line for deep, line in self._starts if deep == depth - self._bare]


def _list(holder: object, key: str, path: str) -> list[Mapping[str, Any]]:
    held = holder.get(key) if isinstance(holder, dict) else None
    if held is None:
        return []
    if not isinstance(held, list) or not all(isinstance(row, dict) for row in held):
        raise InvoiceError(f"'{key}' is no list of objects", path=path)
    return held


class Table:
    """A CSV: every row by its columns, with its line; an empty cell is absent."""

    def __init__(self, path: str, columns: list[str], rows: list[Row], is_ended: bool) -> None:
        self.path = path
        self.columns = columns
        self.rows = rows
        #: whether the last line ends; one that was cut off does not
        self.is_ended = is_ended

    def named(self, wanted: Iterable[str]) -> Iterator[Row]:
        """Give the rows with these columns by these very names, however the file writes them."""
        names = {name.lower(): name for name in wanted}
        for row, line in self.rows:
            yield {names.get(column.lower(), column): cell for column, cell in row.items()}, line


def document_of(path: str) -> Json | Table:
    """Read a file.

    Raises:
        InvoiceError: it is missing, empty, cut off, no JSON and no CSV, an object says a thing
            twice, or a row has other cells than the header.
    """
    if os.path.isdir(path):
        raise InvoiceError("a folder", path=path, remedy="Name the statements in it.")
    try:
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvoiceError(f"cannot be read: {error.strerror or error}", path=path) from None
    if len(data) > MOST_BYTES:
        raise InvoiceError(f"more than {MOST_BYTES >> 20} MB", path=path)
    for start, what, remedy in _NO_TEXT:
        if data.startswith(start):
            raise InvoiceError(f"{what}, no statement", path=path, remedy=remedy)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _refused(json_fault(error, "", path, 1)) from None
    if not text.strip():
        raise InvoiceError("empty file, no statement", path=path)
    if text.lstrip()[0] in "{[":
        return _json(text, path)
    return _table(text, path)


def _json(text: str, path: str) -> Json:
    try:
        whole = _exact(text, path)
    except ValueError as error:
        pages = _pages(text, path)
        if pages is None:
            raise _no_json(error, text, path) from None
        return Json(path, pages, text, bare=0 if "data" in json_first(text) else 1)
    if isinstance(whole, list):
        if whole and all(isinstance(page, dict) and "data" in page for page in whole):
            return Json(path, [(page, 1) for page in whole], text)
        return Json(path, [({"data": whole}, 1)], text, bare=1)
    if not isinstance(whole, dict):
        raise InvoiceError("no statement: a JSON document is an object", path=path)
    return Json(path, [(whole, 1)], text)


def _pages(text: str, path: str) -> list[tuple[Mapping[str, Any], int]] | None:
    """Read one object a line; None where a line is none."""
    pages: list[tuple[Mapping[str, Any], int]] = []
    for number, row in enumerate(text.splitlines(), 1):
        if row.strip():
            try:
                page = _exact(row, path, number)
            except ValueError:
                return None
            if not isinstance(page, dict):
                return None
            pages.append((page, number))
    if pages and not any("data" in page for page, _ in pages):
        return [({"data": [page for page, _ in pages]}, 1)]
    return pages or None


def _exact(text: str, path: str, line: int = 1) -> Any:
    """Read one value that begins in a line.

    Raises:
        ValueError: it is no JSON.
        InvoiceError: a key stands twice in an object: which of both is meant?
    """
    ended = 0

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal ended
        ended += 1
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            ends = (match for match in _TOKEN.finditer(text) if match[0] == "}")
            at = next(islice(ends, ended - 1, None)).start()
            raise InvoiceError(
                f"an object has '{twice}' twice",
                path=path,
                line=line + text.count("\n", 0, at),
                remedy="The file was changed or damaged: export it again.",
            )
        return found

    return json_value(text.encode(), decoder(object_pairs_hook=once))


def _no_json(error: ValueError, text: str, path: str) -> InvoiceError:
    """Say what is wrong with a text, and where; a NaN tells no place of its own."""
    line = start = 0
    if not isinstance(error, JSONDecodeError):
        name = str(error).partition(" ")[0]
        found = next((match for match in _TOKEN.finditer(text) if match[0] == name), None)
        if found is not None:
            line, start = text.count("\n", 0, found.start()), text.rfind("\n", 0, found.start()) + 1
    return _refused(json_fault(error, text[start:], path, line + 1))


def json_first(text: str) -> Mapping[str, Any]:
    """Give the object in the first line that is not blank."""
    found: Any = json_value(text.lstrip().partition("\n")[0].encode())
    return found if isinstance(found, dict) else {}


def _refused(fault: Fault) -> InvoiceError:
    error = InvoiceError(fault.what)
    error.faults = (fault,)
    return error


def _table(text: str, path: str) -> Table:
    first = text.partition("\n")[0]
    columns, separator = header_of(first.rstrip("\r").encode())
    if len(columns) < 2:
        raise InvoiceError("neither JSON nor CSV", path=path, line=1, excerpt=excerpt(first))
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InvoiceError(f"two columns '{twice}'", path=path, line=1, excerpt=excerpt(first))
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    last = 0
    try:
        for cells in reader:
            line, last = last + 1, reader.line_num
            if line == 1 or not any(cells):
                continue
            if len(cells) != len(columns):
                raise InvoiceError(
                    f"{len(cells)} cells under {len(columns)} columns",
                    path=path,
                    line=line,
                    excerpt=excerpt(separator.join(cells)),
                    remedy="The file is cut off or damaged: export it again.",
                )
            row = {n: c for n, c in zip(columns, cells, strict=True) if c.strip()}
            rows.append((row, line))
    except csv.Error as error:
        remedy = "The file is cut off or damaged: export it again."
        raise InvoiceError(f"no CSV: {error}", path=path, line=last + 1, remedy=remedy) from None
    if not rows:
        raise InvoiceError("a statement without lines", path=path)
    return Table(path, columns, rows, text.endswith(("\n", "\r")))


def here(error: InvoiceError, path: str, line: int | None = None) -> InvoiceError:
    """Give a reader's error its place."""
    fault = error.faults[0]
    if fault.path is not None:
        return error
    return _refused(Fault(fault.what, path=path, line=line, remedy=fault.remedy))
