"""Logs read by several processes: files, or ranges of long ones, each into a part of its own.

Parts stand in the order of the files whoever is done first, so what comes out of them is the same
as from one process. What depends on the files before it is read here.
"""

from __future__ import annotations

import io
import os

from pricing.errors import PricingError, UsageError
from pricing.usage.bulk import Part
from pricing.usage.cache import Kept
from pricing.usage.fast import fast_reader
from pricing.usage.logs import LOGS, log_of
from pricing.usage.packed import Damaged, begins, unpacked
from pricing.usage.parquet import MAGIC
from pricing.usage.records import MOST_FAULTS
from pricing.usage.text_lines import TextLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from pricing.errors import Fault
    from pricing.usage.cache import Cache
    from pricing.usage.long import LongRecords

#: what a process reads at a time, at least and at most
JOB_BYTES = 8 << 20
_MOST_JOB_BYTES = 64 << 20
#: jobs of a process: so many that all end at nearly one time
_JOBS = 6
#: what a process of its own has learned of the kinds of rows, for its next job
_LEARNED: dict[str, dict[Any, Any]] = {}


class Job:
    """What one process reads at once: some files, or a range of one in whole lines."""

    __slots__ = ("end", "is_own", "kept", "log", "paths", "size", "start", "state")

    def __init__(self, paths: list[str], size: int, log: str = "", start: int = 0, end: int = 0):
        self.paths = paths
        self.size = size
        #: of a range: the log that the file is
        self.log = log
        self.start = start
        self.end = end
        #: whether it is for the process that asks
        self.is_own = False
        #: what is known of a file already, and its state before it is read
        self.kept: Kept | None = None
        self.state: Any = None


class Done:
    """What a process has read."""

    __slots__ = ("faults", "is_refused", "lines", "part", "skipped")

    def __init__(self) -> None:
        self.part = Part()
        self.skipped: dict[str, int] = {}
        self.faults: list[Fault] = []
        #: lines of a range, blank ones too
        self.lines = 0
        #: a file cannot be read: whoever asked reads it again, and says so
        self.is_refused = False


def jobs_of(paths: list[str], cache: Cache | None = None, workers: int = 1) -> Iterator[Job]:
    """Give what is to be read, in the order of the files; with a cache a file by itself."""
    whole = sum(map(os.path.getsize, paths))
    yield from _jobs(paths, cache, min(max(JOB_BYTES, whole // workers // _JOBS), _MOST_JOB_BYTES))


def _jobs(paths: list[str], cache: Cache | None, most: int) -> Iterator[Job]:
    several: list[str] = []
    size = 0
    for path in paths:
        much = os.path.getsize(path)
        if cache is not None:
            yield from _kept_or_not(path, much, cache, most)
            continue
        log = _log(path)
        if log is not None and size + much <= most:
            several.append(path)
            size += much
            continue
        if several:
            yield Job(several, size)
            several, size = [], 0
        if log is None:
            job = Job([path], much)
            job.is_own = True
            yield job
        elif much <= 2 * most or log == "":
            yield Job([path], much)
        else:
            yield from _ranges(path, much, log, most)
    if several:
        yield Job(several, size)


def _kept_or_not(path: str, size: int, cache: Cache, most: int) -> Iterator[Job]:
    state = cache.state(path)
    kept = cache.load(path, state)
    if kept is not None:
        job = Job([path], size)
        job.kept = kept
        yield job
        return
    for job in _jobs([path], None, most):
        job.state = None if job.is_own else state
        yield job


def _log(path: str) -> str | None:
    """Tell whether each line of a file can be read alone: its log's name, "" if it is packed."""
    if path == "-":
        return None
    try:
        with open(path, "rb") as stream:
            text, is_packed = unpacked(stream, path)
            if begins(text, MAGIC):
                return None
            first = next(TextLines(text, path, lambda fault: None), None)
    except (OSError, UsageError, Damaged):
        return None
    log = None if first is None else log_of(first[1], path)
    if log is None or fast_reader(log) is None:
        return None
    return "" if is_packed else log.name


def _ranges(path: str, size: int, log: str, most: int) -> Iterator[Job]:
    with open(path, "rb") as stream:
        start = 0
        while start < size:
            stream.seek(min(start + most, size))
            stream.readline()
            end = stream.tell()
            yield Job([path], end - start, log, start, end)
            start = end


def read_job(job: Job, learned: dict[str, dict[Any, Any]] | None = None) -> Done:
    """Read some files, or a range of one; ``learned``: if not in a process of its own."""
    from pricing.usage.long import LongRecords

    done = Done()
    records = LongRecords(job.paths)
    records.learned = _LEARNED if learned is None else learned
    try:
        if job.log:
            done.lines = records.range_into(done.part, job)
        else:
            for path in job.paths:
                records.file_into(done.part, path)
    except (UsageError, OSError):
        done.is_refused = True
    done.skipped = records.skipped
    done.faults = records.faults
    return done


def between(stream: BinaryIO, start: int, end: int) -> io.BufferedReader:
    """Give the bytes of a file from one place to another as a stream of their own."""
    stream.seek(start)
    return io.BufferedReader(_Range(stream, end - start), 1 << 16)


class _Range(io.RawIOBase):
    def __init__(self, stream: BinaryIO, left: int) -> None:
        self.stream = stream
        self.left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read(min(len(buffer), self.left))
        self.left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def log_named(name: str) -> Any:
    """Give a log by its name."""
    return next(log for log in LOGS if log.name == name)


def _ends_with_its_parent() -> None:
    """Let a worker end where the process that asked was killed: nobody tells it otherwise."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait
    from threading import Thread

    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def parts(
    records: LongRecords, paths: list[str], workers: int, cache: Cache | None
) -> Iterator[list[Part]]:
    """Give the parts of some files, read by so many processes; tell the records what was skipped.

    Raises:
        PricingError: a process ended before its work was done.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    jobs = list(jobs_of(paths, cache, workers))
    to_read = [n for n, job in enumerate(jobs) if not job.is_own and job.kept is None]
    # this one is a worker, too; each other is a fresh interpreter: a fork of threads may hang
    others = max(1, min(workers, len(to_read)) - 1)
    with ProcessPoolExecutor(others, get_context("spawn"), _ends_with_its_parent) as pool:
        waiting = {number: pool.submit(read_job, jobs[number]) for number in to_read}
        own: dict[int, Done] = {}
        try:
            file = _File(records, cache)
            for number, job in enumerate(jobs):
                future = waiting.pop(number, None)
                records.begin(job.paths[-1], job.size)
                while future is not None and not future.done():
                    mine = next((n for n in reversed(waiting) if waiting[n].cancel()), None)
                    if mine is None:
                        break
                    del waiting[mine]
                    own[mine] = read_job(jobs[mine], records.learned)
                done = own.pop(number, None)
                yield file.taken(job, future.result() if future is not None else done)
        except BrokenProcessPool:
            raise PricingError(
                "a worker process ended before its work was done", remedy="Give fewer --workers."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _File:
    """Puts together what is read of one file after the other."""

    def __init__(self, records: LongRecords, cache: Cache | None) -> None:
        self.records = records
        self.cache = cache
        self.lines = 0
        self.kept = Kept([], {}, [])

    def taken(self, job: Job, done: Done | None) -> list[Part]:
        """Give the parts of a job."""
        records = self.records
        if job.kept is not None:
            records.take_over(job.kept.skipped, job.kept.faults, 0)
            return job.kept.parts
        if done is None or done.is_refused:
            part = Part()
            for path in job.paths:
                records.file_into(part, path)
            return [part]
        if not job.start:
            self.lines = 0
            self.kept = Kept([], {}, [])
        elif job.log:
            done.part.first_line = self.lines - 1
        records.take_over(done.skipped, done.faults, done.part.first_line)
        self.lines += done.lines
        if self.cache is None or job.state is None:
            return [done.part]
        return self._to_keep(job, done, self.cache)

    def _to_keep(self, job: Job, done: Done, cache: Cache) -> list[Part]:
        """Give the parts of a file when it is read whole: taking what has no id empties them."""
        kept = self.kept
        kept.parts.append(done.part)
        kept.faults += done.faults
        for name, number in done.skipped.items():
            kept.skipped[name] = kept.skipped.get(name, 0) + number
        is_last = not job.log or job.end == job.state[2]
        if is_last and len(kept.faults) < MOST_FAULTS:
            cache.store(job.state, kept)
        return kept.parts if is_last else []
