"""Logs read by several processes: files, or ranges of long ones, each into a part of its own.

Parts stand in the order of the files whoever is done first, so what comes out of them is the same
as from one process. What depends on the files before it is read here.
"""

from __future__ import annotations

import io
import os

from pricing.errors import PricingError, UsageError
from pricing.usage.bulk import Part
from pricing.usage.fast import fast_reader
from pricing.usage.logs import LOGS, log_of
from pricing.usage.packed import Damaged, begins, unpacked
from pricing.usage.parquet import MAGIC
from pricing.usage.text_lines import lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from pricing.errors import Fault
    from pricing.usage.long import LongRecords

#: what a process reads at a time
JOB_BYTES = 8 << 20


class Job:
    """What one process reads at once: some files, or a range of one in whole lines."""

    __slots__ = ("end", "is_own", "log", "paths", "size", "start")

    def __init__(self, paths: list[str], size: int, log: str = "", start: int = 0, end: int = 0):
        self.paths = paths
        self.size = size
        #: of a range: the log that the file is
        self.log = log
        self.start = start
        self.end = end
        #: whether it is for the process that asks
        self.is_own = False


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


def jobs_of(paths: list[str]) -> Iterator[Job]:
    """Give what is to be read, in the order of the files."""
    several: list[str] = []
    size = 0
    for path in paths:
        log = _log(path)
        much = 0 if path == "-" else os.path.getsize(path)
        if log is not None and size + much <= JOB_BYTES:
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
        elif much <= 2 * JOB_BYTES or log == "":
            yield Job([path], much)
        else:
            yield from _ranges(path, much, log)
    if several:
        yield Job(several, size)


def _log(path: str) -> str | None:
    """Tell whether each line of a file can be read alone: its log's name, "" if it is packed."""
    if path == "-":
        return None
    try:
        with open(path, "rb") as stream:
            text, is_packed = unpacked(stream, path)
            if begins(text, MAGIC):
                return None
            first = next(lines_of(text, path, lambda fault: None), None)
    except (OSError, UsageError, Damaged):
        return None
    log = None if first is None else log_of(first[1], path)
    if log is None or fast_reader(log) is None:
        return None
    return "" if is_packed else log.name


def _ranges(path: str, size: int, log: str) -> Iterator[Job]:
    with open(path, "rb") as stream:
        start = 0
        while start < size:
            stream.seek(min(start + JOB_BYTES, size))
            stream.readline()
            end = stream.tell()
            yield Job([path], end - start, log, start, end)
            start = end


def read_job(job: Job) -> Done:
    """Read some files, or a range of one; for a process of its own."""
    from pricing.usage.long import LongRecords

    done = Done()
    records = LongRecords(job.paths)
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


def parts(records: LongRecords, paths: list[str], workers: int) -> Iterator[Part]:
    """Give the parts of some files, read by so many processes; tell the records what was skipped.

    Raises:
        PricingError: a process ended before its work was done.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    jobs = list(jobs_of(paths))
    whole = sum(job.size for job in jobs)
    read, lines = 0, 0
    # a fresh interpreter: a fork of one with threads may hang
    with ProcessPoolExecutor(max(1, min(workers, len(jobs))), get_context("spawn")) as pool:
        waiting = [None if job.is_own else pool.submit(read_job, job) for job in jobs]
        try:
            for number, job in enumerate(jobs):
                future = waiting[number]
                waiting[number] = None
                done = None if future is None else future.result()
                if done is None or done.is_refused:
                    part = Part()
                    for path in job.paths:
                        records.file_into(part, path)
                else:
                    part = done.part
                    lines = lines if job.start else 0
                    if job.log and job.start:
                        part.first_line = lines - 1
                    records.take_over(done.skipped, done.faults, part.first_line)
                    lines += done.lines
                yield part
                read += job.size
                if records.watch is not None:
                    records.watch(job.paths[-1], read, whole)
        except BrokenProcessPool:
            raise PricingError(
                "a worker process ended before its work was done", remedy="Give fewer --workers."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
