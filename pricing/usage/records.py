"""Read JSON and JSON Lines files of responses as usage, record by record, with file and line.

See ``pricing.usage.envelope`` for what a record may say beside the response.
"""

from __future__ import annotations

import sys

from pricing.errors import Fault, UsageError
from pricing.usage.compact import Compact
from pricing.usage.envelope import read_record
from pricing.usage.files import files_of
from pricing.usage.json_text import (
    excerpt,
    is_object,
    json_fault,
    json_value,
    json_values,
    refuse_binary,
)
from pricing.usage.logs import log_of
from pricing.usage.merge import are_two, differ, merged, reason
from pricing.usage.packed import begins, unpacked
from pricing.usage.parquet import MAGIC, parquet_in
from pricing.usage.shapes import shape_named
from pricing.usage.text_lines import TextLines, size_of, whole_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, BinaryIO

    from pricing.usage.logs import Item, Log
    from pricing.usage.logs.exports import Export
    from pricing.usage.logs.mapped import Map
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]
    Lines = Iterator[tuple[int, bytes]]

MOST_FAULTS = 1_000
#: larger ones are slower again
_CHUNK = 1 << 16
REASONS = ("duplicates", "sidechain_replays", "errors_not_billed", "malformed")


def _as_is(held: Usages | bytes) -> Usages | bytes:
    return held


class Records:
    """The usage in some files: iterate once; then ask what was skipped.

    Of records with one id (of one seller) the largest stands, wherever they are; one without an
    id is always counted. A line that cannot be read is kept in ``faults``, up to MOST_FAULTS; a
    file of which nothing can be read raises.

    ``unmerged`` gives every record, duplicates too. ``in_order`` gives records in the order of the
    files; without it those without an id come first, for they need not wait. ``is_compact`` keeps
    what waits in a quarter of the memory, without the ids of calls and requests. ``with_reasons``
    keeps the place of every row that is skipped. ``mapping`` reads every file. ``watch`` is told
    now and then which file is read, how far, and its size.
    """

    def __init__(
        self,
        paths: Iterable[str],
        shape: str | None = None,
        *,
        unmerged: bool = False,
        in_order: bool = False,
        is_compact: bool = False,
        with_reasons: bool = False,
        mapping: Map | None = None,
        watch: Callable[[str, int, int], None] | None = None,
    ) -> None:
        if shape is not None:
            shape_named(shape)
        self.paths = list(paths)
        self.shape = shape
        self.unmerged = unmerged
        self.in_order = in_order
        self.is_compact = is_compact
        self.with_reasons = with_reasons
        self.watch = watch
        self.mapping = mapping
        self.faults: list[Fault] = []
        self.skipped = dict.fromkeys(REASONS, 0)
        #: place and reason of every skipped row, where asked for
        self.reasons: list[tuple[str, str]] = []
        #: ids, or their hashes, that stand for records of different models or input counts
        self.reused: set[object] = set()
        #: ids that stand for two calls, in two sessions
        self.two_calls = 0
        self._good = 0
        #: what the readers of logs keep over files
        self._kept: dict[str, dict[Any, Any]] = {}

    def __iter__(self) -> Iterator[Usages]:
        """Give the usages of each record, several where it bills several lines.

        Raises:
            UsageError: a file is missing, empty, given twice, or holds nothing that can be read.
        """
        #: what waits for larger duplicates, in the order of the first ones
        waiting: dict[object, Usages | bytes] = {}
        compact = Compact()
        pack = compact.pack if self.is_compact else _as_is
        #: what came last is not packed yet: the next rows are often of the same call
        last: object = None
        for path in self._files():
            for usages in self._file(path):
                first = usages[0]
                if not first.id or self.unmerged:
                    if not self.in_order:
                        yield usages
                    else:
                        waiting[len(waiting)] = usages
                    continue
                key: object = (first.seller, first.id)
                if self.is_compact:
                    key = compact.key((first.seller, first.id))
                held = waiting.get(key)
                known = None if held is None else compact.unpack(held)
                if known is not None and are_two(usages, known):
                    words = (first.seller, first.id, first.labels["session"])
                    key = compact.key(words) if self.is_compact else words
                    held = waiting.get(key)
                    known = None if held is None else compact.unpack(held)
                    self.two_calls += known is None
                if last is not None and last != key:
                    waiting[last] = pack(waiting[last])
                last = key
                if known is None:
                    waiting[key] = usages
                else:
                    waiting[key] = self._merged(known, usages)
        for held in waiting.values():
            yield compact.unpack(held)

    def _files(self) -> list[str]:
        """Give the files, sessions in the order in which they began."""
        files = files_of(self.paths)
        if len(files) == 1:
            return files
        from pricing.usage.logs.begin import in_order

        return in_order(files, self._kept)

    def _merged(self, known: Usages, usages: Usages) -> Usages:
        """Give the larger one of two records with one id; of equals the first."""
        if differ(usages, known):
            self.reused.add(usages[0].id)
        stands, dropped = merged(known, usages)
        self.drop(stands, dropped, usages[0].id)
        return stands

    def drop(self, stands: Usages, dropped: Usages, id: object) -> None:
        """Count a record that another one with its id, or the hash of it, stands for."""
        self.skip(reason(stands, dropped), dropped[0].place, f" of {stands[0].place}")

    def drop_same(self, dropped: Callable[[], Usages]) -> None:
        """Count a record that says the same as the one that stands, without a look at it."""
        self.skip("duplicates", None)

    @property
    def reused_ids(self) -> int:
        return len(self.reused)

    def skip(self, reason: str, place: str | None, more: str = "") -> None:
        """Count a row that is not billed."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1
        if self.with_reasons:
            self.reasons.append((place or "", reason + more))

    def _file(self, path: str) -> Iterator[Usages]:
        if path == "-":
            if sys.stdin is None:
                raise UsageError("there is no stdin to read")
            yield from self._stream(sys.stdin.buffer, "stdin")
            return
        try:
            with open(path, "rb", buffering=_CHUNK) as stream:
                yield from self._stream(stream, path)
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror or error}", path=path) from None

    def _stream(self, stream: BinaryIO, path: str) -> Iterator[Usages]:
        """Give the records of one file: JSON Lines, or JSON documents over several lines."""
        good, faults, malformed = self._good, len(self.faults), self.skipped["malformed"]
        text, is_packed = unpacked(stream, path)
        lines: Lines
        log: Map | Log | Export | None = self.mapping
        if begins(text, MAGIC):
            table = parquet_in(stream, path, is_packed)
            if self.mapping is not None:
                self.mapping.check(table.columns, path)
                self._kept.setdefault(self.mapping.name, {})["checked"] = path
            named = () if self.mapping is None else self.mapping.named
            lines = table.lines(self._malformed, named, self.watch)
            log = log or table.export(self.shape)
        else:
            size = 0 if is_packed or self.watch is None else size_of(stream)
            lines = TextLines(text, path, self._malformed, self.watch, size)
        start = next(lines, None)
        if start is not None:
            refuse_binary(start[1], path)
            if log is None:
                log = log_of(start[1], path, self.shape)
            if log is not None:
                yield from self._logged(log, start, lines, path)
                if log is not self.mapping or self.skipped["malformed"] == malformed:
                    return
            else:
                yield from self._from(start, lines, path)
        if self._good > good:
            return
        if self.skipped["malformed"] == malformed:
            raise UsageError("empty file, nothing to price", path=path)
        error = UsageError("nothing in it can be read", path=path)
        error.faults = tuple(self.faults[faults:][:5]) or error.faults
        if path not in self.paths and path != "stdin":
            # a folder or pattern gave it, and may hold what is no log at all
            last = error.faults[-1]
            hint = "A pattern such as 'logs/**/*.jsonl' leaves other files out."
            last.remedy = f"{last.remedy} {hint}" if last.remedy else hint
        raise error

    def _logged(
        self, log: Log | Map | Export, start: tuple[int, bytes], lines: Lines, path: str
    ) -> Iterator[Usages]:
        """Give the usage in a log that has a reader of its own; one without any is no fault."""
        kept = self._kept.setdefault(log.name, {})
        if self.shape is not None:
            kept["shape"] = self.shape
        for item in self._items(log, start, lines, path, kept):
            if isinstance(item, Fault):
                self._malformed(item)
                continue
            number, usages = item
            if isinstance(usages, str):
                self.skip(usages, f"{path}:{number}")
                continue
            usages = self._billed(usages, f"{path}:{number}")
            if usages:
                yield usages

    def _items(
        self,
        log: Log | Map | Export,
        start: tuple[int, bytes],
        lines: Lines,
        path: str,
        kept: dict[Any, Any],
    ) -> Iterator[Item]:
        from itertools import chain

        return log.read(chain([start], lines), path, kept)

    def _from(self, start: tuple[int, bytes], lines: Lines, path: str) -> Iterator[Usages]:
        from itertools import chain

        if is_object(start[1]):
            yield from self._log(chain([start], lines), path)
            return
        second = next(lines, None)
        rows = [start] if second is None else [start, second]
        if second is not None and start[1].strip() != b"[" and is_object(second[1]):
            yield from self._log(chain(rows, lines), path)
        else:
            yield from self._documents(rows, lines, path)

    def _log(self, lines: Lines, path: str) -> Iterator[Usages]:
        """Read one record a line."""
        for number, line in lines:
            try:
                record = json_value(line)
            except ValueError as error:
                self._malformed(json_fault(error, line.decode("utf-8", "replace"), path, number))
                continue
            try:
                read = self._read(record)
            except UsageError as error:
                yield from self._held(record, error, path, number, line)
                continue
            usages = () if read is None else self._billed(read, f"{path}:{number}")
            if usages:
                yield usages

    def _documents(
        self, rows: list[tuple[int, bytes]], lines: Lines, path: str
    ) -> Iterator[Usages]:
        """Read values that go over lines, one after the other; a list gives its items.

        Where not even the first one can be read, each line is tried as a record of its own.
        """
        data = whole_of(rows, lines, path)
        text, fault = "", None
        found = 0
        try:
            text = data.decode()
            for record, line, column in json_values(text):
                found += 1
                yield from self._item(record, path, line, column, text)
        except ValueError as error:
            fault = json_fault(error, text, path, 1)
        if fault is None:
            return
        if found:
            self._malformed(fault)
            return
        malformed, faults, good = self.skipped["malformed"], len(self.faults), self._good
        yield from self._log(iter(rows), path)
        if self._good == good:
            self.skipped["malformed"] = malformed
            del self.faults[faults:]
            self._malformed(fault)

    def _item(
        self, record: object, path: str, line: int, column: int, text: str
    ) -> Iterator[Usages]:
        place = f"{path}:{line}" if column == 1 else f"{path}:{line}:{column}"
        try:
            read = self._read(record)
        except UsageError as error:
            row = text.split("\n", line)[line - 1].encode()
            yield from self._held(record, error, path, line, row)
            return
        usages = () if read is None else self._billed(read, place)
        if usages:
            yield usages

    def _held(
        self, record: object, error: UsageError, path: str, line: int, row: bytes
    ) -> Iterator[Usages]:
        """Give what the records inside one bill, such as a page's; else that one is unreadable."""
        from pricing.usage.logs.holders import held_in

        held = held_in(record, self.shape)
        if held is None:
            self._unreadable(error, path, line, row.decode("utf-8", "replace"))
            return
        self._good += 1
        for usages in held:
            if isinstance(usages, UsageError):
                self._unreadable(usages, path, line, row.decode("utf-8", "replace"))
                continue
            usages = self._billed(usages, f"{path}:{line}")
            if usages:
                yield usages

    def _read(self, record: object) -> Usages | None:
        """Read a record; None: it counts nothing, and is no error."""
        usages = read_record(record, self.shape)
        if not usages:
            from pricing.usage.logs.holders import counts_nothing

            if counts_nothing(record):
                self._good += 1
                return None
        return usages

    def _billed(self, usages: Usages, place: str) -> Usages:
        """Give what a record bills; one that bills nothing is counted as skipped."""
        self._good += 1
        billed = usages
        for usage in usages:
            usage.place = place
            usage.raw = None
            if usage.free is not None:
                billed = tuple(each for each in usages if each.free is None)
        if not billed:
            reason = usages[0].free if usages else None
            self.skip(reason or "errors_not_billed", place, "" if usages else ", no usage")
        return billed

    def _unreadable(self, error: UsageError, path: str, line: int, row: str) -> None:
        fault = error.faults[0]
        shown = excerpt(row)
        self._malformed(Fault(fault.what, path=path, line=line, excerpt=shown, remedy=fault.remedy))

    def _malformed(self, fault: Fault) -> None:
        self.skip("malformed", fault.place)
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
