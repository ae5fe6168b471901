"""Parquet, row by row, as JSON lines with exact numbers: what reads JSON Lines reads it too.

Whole numbers and decimals keep every digit. A float is written as the shortest decimal that means
it, which is what JSON and CSV hold of one. Nulls are left out. A time without a zone stays without.
The columns usage, response and body may hold JSON as text, and so may the only column of a file: a
row is then what it holds.
"""

from __future__ import annotations

from importlib import import_module
from json import dumps

from pricing.errors import Fault, UsageError
from pricing.usage.json_text import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, BinaryIO

    from pricing.usage.logs.exports import Export

    Write = Callable[[Any], str]

MAGIC = b"PAR1"
#: columns whose text is JSON, where it is an object
BODIES = frozenset(("usage", "response", "body"))
_BATCH_ROWS = 2_048
_MOST_DIGITS = 9
_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def parquet_in(stream: BinaryIO, path: str, is_packed: bool) -> Parquet:
    """Open the Parquet that a stream holds.

    Raises:
        UsageError: it is damaged, packed or not seekable, or nothing is installed that reads it.
    """
    if is_packed or not stream.seekable():
        how = "inside another packing" if is_packed else "that comes through a pipe"
        raise UsageError(
            f"a Parquet file {how}: it is read from its end", path=path, remedy="Give the file."
        )
    return Parquet(stream, path)


class Parquet:
    """A Parquet file that is open; ``columns`` are the names of its columns."""

    def __init__(self, stream: BinaryIO, path: str) -> None:
        try:
            self._arrow = import_module("pyarrow")
            reader = import_module("pyarrow.parquet")
        except ImportError:
            raise UsageError(
                "a Parquet file, and no package that reads it",
                path=path,
                remedy="Install the extra: pip install 'pricing-ratecards[engines]'.",
            ) from None
        self.path = path
        #: what a broken file makes the package raise
        self._failures = (
            ValueError, OSError, OverflowError, MemoryError, self._arrow.ArrowException
        )  # fmt: skip
        try:
            # a page that was written with its checksum is held against it
            self._file = reader.ParquetFile(stream, page_checksum_verification=True)
        except self._failures as error:
            raise UsageError(f"a damaged Parquet file: {_said(error)}", path=path) from None
        self.columns: list[str] = list(self._file.schema_arrow.names)
        self.size: int = self._file.metadata.num_rows

    def export(self, shape: str | None) -> Export | None:
        """Give the export that the columns are; None where they are none, or a shape is asked."""
        from pricing.usage.logs.exports import Export, kind_with

        kind = kind_with(self.columns) if shape is None else None
        return None if kind is None else Export(kind, self.columns)

    def lines(
        self,
        damaged: Callable[[Fault], None],
        named: Sequence[str] = (),
        watch: Callable[[str, int, int], None] | None = None,
    ) -> Iterator[tuple[int, bytes]]:
        """Give each row as a JSON object with its number, from 1 on.

        ``named``: only these columns; one inside others has points. ``damaged`` is told where the
        file breaks off.
        """
        wanted = [c for c in self.columns if not named or any(_begins(n, c) for n in named)]
        entered = BODIES | {c for c in wanted if any(n.startswith(f"{c}.") for n in named)}
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
                for row in self._rows(batch, entered, not named and len(self.columns) == 1):
                    number += 1
                    yield number, row.encode()
                if watch is not None:
                    watch(self.path, number, self.size)
        except self._failures as error:
            what = f"a damaged Parquet file: {_said(error)}"
            damaged(Fault(what, path=self.path, line=number + 1))

    def _rows(self, batch: Any, entered: frozenset[str], is_alone: bool) -> Iterator[str]:
        names = batch.schema.names
        keys = [dumps(name, ensure_ascii=False) for name in names]
        writers = []
        columns = []
        for name, column in zip(names, batch.columns, strict=True):
            columns.append(self._plain(column).to_pylist())
            write = self._writer(column.type)
            writers.append(_body(write) if is_alone or name in entered else write)
        for cells in zip(*columns, strict=True):
            pairs = [
                (key, write(cell))
                for key, write, cell in zip(keys, writers, cells, strict=True)
                if cell is not None
            ]
            if is_alone and pairs and pairs[0][1].startswith("{"):
                yield pairs[0][1]
            else:
                yield "{" + ", ".join(f"{key}: {text}" for key, text in pairs) + "}"

    def _plain(self, column: Any) -> Any:
        """Give instants in microseconds, finer than which no instant is."""
        kind = column.type
        if self._arrow.types.is_timestamp(kind) and kind.unit == "ns":
            return column.cast(self._arrow.timestamp("us", tz=kind.tz), safe=False)
        return column

    def _writer(self, kind: Any) -> Write:
        """Give what writes a value of an Arrow type as JSON."""
        types = self._arrow.types
        if types.is_dictionary(kind):
            return self._writer(kind.value_type)
        if types.is_struct(kind):
            return _fields([(field.name, self._writer(field.type)) for field in kind])
        if types.is_map(kind):
            return _pairs(self._writer(kind.item_type))
        if hasattr(kind, "value_type"):
            return _items(self._writer(kind.value_type))
        if types.is_float16(kind) or types.is_float32(kind):
            return _shortest("<e" if types.is_float16(kind) else "<f")
        if types.is_floating(kind):
            return _number
        if types.is_boolean(kind):
            return lambda value: "true" if value else "false"
        if types.is_integer(kind):
            return str
        if types.is_decimal(kind):
            return lambda value: format(value, "f")
        return _text


def _begins(named: str, column: str) -> bool:
    return named == column or named.startswith(f"{column}.")


def _said(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")[:120]


def _number(value: object) -> str:
    text = repr(value)
    return _NO_NUMBERS.get(text, text)


def _shortest(form: str) -> Write:
    """Give what writes a float of fewer bits: a double's digits would say more than it holds."""
    from decimal import Decimal
    from struct import pack

    def write(value: Any) -> str:
        bits = pack(form, value)
        for digits in range(1, _MOST_DIGITS + 1):
            text = f"{value:.{digits}g}"
            if text not in _NO_NUMBERS and pack(form, Decimal(text)) == bits:
                return text
        return _number(value)

    return write


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    elif not isinstance(value, str):
        value = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return dumps(value, ensure_ascii=False)


def _body(write: Write) -> Write:
    """Give a text that is a JSON object as it stands, another value as ever."""

    def written(value: Any) -> str:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if isinstance(text, str) and text.lstrip().startswith("{"):
            try:
                json_value(text.encode())
            except ValueError:
                return write(value)
            return text.strip()
        return write(value)

    return written


def _fields(fields: list[tuple[str, Write]]) -> Write:
    known = [(name, dumps(name, ensure_ascii=False), write) for name, write in fields]

    def written(value: Any) -> str:
        held = [
            f"{key}: {write(value[name])}" for name, key, write in known if value[name] is not None
        ]
        return "{" + ", ".join(held) + "}"

    return written


def _pairs(write: Write) -> Write:
    def written(value: Any) -> str:
        held = [f"{_text(key)}: {write(cell)}" for key, cell in value if cell is not None]
        return "{" + ", ".join(held) + "}"

    return written


def _items(write: Write) -> Write:
    def written(value: Any) -> str:
        return "[" + ", ".join("null" if cell is None else write(cell) for cell in value) + "]"

    return written
