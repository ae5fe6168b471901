"""Logs of any length: records read into few bytes, by one process or several."""

from __future__ import annotations

import os

from pricing.usage.bulk import Bulk, Part
from pricing.usage.cache import Kept
from pricing.usage.fast import Packer, fast_reader
from pricing.usage.logs import Log
from pricing.usage.records import MOST_FAULTS, Records
from pricing.usage.text_lines import TextLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from pricing.errors import Fault
    from pricing.usage.cache import Cache
    from pricing.usage.logs import Item, Lines
    from pricing.usage.logs.exports import Export
    from pricing.usage.logs.mapped import Map
    from pricing.usage.workers import Job


class LongRecords(Records):
    """The records of long logs: not to be iterated, but taken ``in_bulk``."""

    _part: Part | None = None
    #: bytes of all files, of those before the present one, and of that one
    _whole = 0
    _before = 0
    _size = 0
    #: whether the file that was read last tells nothing of others, and others nothing of it
    _is_alone = False

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        #: what is known of the kinds of rows, by log
        self.learned: dict[str, dict[Any, Any]] = {}

    def in_bulk(
        self, drain: Callable[[Bulk], None], workers: int = 1, cache: Cache | None = None
    ) -> Bulk:
        """Read all files into few bytes; what is skipped is known when all of it has been taken.

        ``drain`` is to take what has no id, which would grow with the log. What stands is what
        iterating gives, in another order, by however many processes it is read, and whatever the
        ``cache`` holds already.

        Raises:
            UsageError: as iterating.
            PricingError: a process ended before its work was done.
        """
        bulk = Bulk(self)
        files = self._files()
        self._count_bytes(files)
        if self.shape is not None or self.mapping is not None:
            workers, cache = 1, None
        if workers > 1:
            from pricing.usage.workers import parts

            for found in parts(self, files, workers, cache):
                bulk.parts += found
                drain(bulk)
            return bulk
        common = Part()
        common.drain = lambda: drain(bulk)
        bulk.parts.append(common)
        for path in files:
            self.begin(path, os.path.getsize(path))
            if cache is None:
                self.file_into(common, path)
                continue
            state = cache.state(path)
            kept = cache.load(path, state)
            if kept is None:
                kept = self._to_keep(path, bulk, drain)
                if kept is not None:
                    cache.store(state, kept)
                continue
            self.take_over(kept.skipped, kept.faults, 0)
            bulk.parts += kept.parts
            drain(bulk)
        return bulk

    def _count_bytes(self, files: list[str]) -> None:
        """Let whoever watches see all files as one."""
        watch = self.watch
        if watch is not None:
            self._whole = sum(map(os.path.getsize, files))
            self.watch = lambda path, read, size: watch(path, self._before + read, self._whole)

    def begin(self, path: str, size: int) -> None:
        """Tell who watches that the files before this one, of so many bytes, are done."""
        if self.watch is not None:
            self._before += self._size
            self._size = size
            self.watch(path, 0, 0)

    def _to_keep(self, path: str, bulk: Bulk, drain: Callable[[Bulk], None]) -> Kept | None:
        """Read a file into a part of its own; give what can be kept of it, None if nothing can."""
        part = Part()
        bulk.parts.append(part)
        self._is_alone = False
        is_drained = False

        def drained() -> None:
            nonlocal is_drained
            is_drained = True
            drain(bulk)

        part.drain = drained
        before, faults = dict(self.skipped), len(self.faults)
        self.file_into(part, path)
        if is_drained or not self._is_alone or len(self.faults) >= MOST_FAULTS:
            return None
        skipped = {name: number - before.get(name, 0) for name, number in self.skipped.items()}
        return Kept([part], skipped, self.faults[faults:])

    def file_into(self, part: Part, path: str) -> None:
        """Read a file into a part; raises UsageError."""
        self._part = part
        for usages in self._file(path):
            part.add(usages)

    def range_into(self, part: Part, job: Job) -> int:
        """Read whole lines of a log's file into a part; gives how many there are.

        Lines count from 1 at the start of a file, else from 2.
        """
        from pricing.usage.workers import between, log_named

        (path,) = job.paths
        self._part = part
        before = 1 if job.start else 0
        with open(path, "rb") as stream:
            text = between(stream, job.start, job.end)
            lines = TextLines(text, path, self._malformed, number=before)
            start = next(lines, None)
            if start is not None:
                for usages in self._logged(log_named(job.log), start, lines, path):
                    part.add(usages)
            return lines.number - before

    def take_over(self, skipped: Mapping[str, int], faults: list[Fault], lines: int) -> None:
        """Count what another process skipped, ``lines`` after where it began to count."""
        for reason, number in skipped.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + number
        for fault in faults:
            if fault.line is not None:
                fault.line += lines
            if len(self.faults) < MOST_FAULTS:
                self.faults.append(fault)

    def _items(
        self,
        log: Log | Map | Export,
        start: tuple[int, bytes],
        lines: Lines,
        path: str,
        kept: dict[Any, Any],
    ) -> Iterator[Item]:
        fast = fast_reader(log) if isinstance(log, Log) and self.shape is None else None
        if fast is None or self._part is None or not isinstance(lines, TextLines):
            return super()._items(log, start, lines, path, kept)
        assert isinstance(log, Log)
        self._is_alone = True
        kept["learned"] = self.learned.setdefault(log.name, {})
        return fast(lines.blocks(), Packer(self._part, log, path, kept, self._count))

    def _count(self, reason: str) -> None:
        self.skipped[reason] += 1
