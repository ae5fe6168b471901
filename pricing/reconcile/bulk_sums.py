"""Sums of packed records that are priced alike, and what the numbers in their rows mean."""

from __future__ import annotations

from itertools import pairwise

from pricing.instants import FOREVER, NEVER
from pricing.reconcile.log import sides
from pricing.usage.bulk import ROW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pricing.reconcile.log import Contexts
    from pricing.usage.bulk import Part
    from pricing.usage.usage import Usage

#: bits of the number of a line, beside the number of its file
LINE_BITS = 40
_LINES = (1 << LINE_BITS) - 1


class Sum:
    """Requests of one kind, labels and half hour whose price is one."""

    __slots__ = ("at", "by_record", "columns", "context", "contexts", "cuts", "edges",
                 "first", "high", "last", "low", "meters", "output", "parts", "read", "requests",
                 "seen", "since", "sums", "superseded", "until", "usage")  # fmt: skip

    def __init__(self) -> None:
        #: the instants and lengths that are priced alike
        self.since, self.until = NEVER, FOREVER
        self.low: int | None = None
        self.high = 0
        #: whether each record is priced by itself
        self.by_record = False
        #: where lengths are told apart: a sum for each side of every threshold
        self.cuts: list[int] = []
        #: those of the card alone
        self.edges: list[int] = []
        self.parts: dict[Contexts, Sum] = {}
        self.contexts: Contexts | None = None
        #: the columns of the meters, of all output and of all that was read
        self.columns: tuple[int, ...] = ()
        self.output: tuple[int, ...] = ()
        self.read: tuple[int, ...] = ()
        #: what the first one holds that differs from the others: place, instant, length
        self.seen = 1 << 80
        self.at = self.context = 0
        #: all else of each of them
        self.usage: Usage | None = None
        self.superseded = False
        self.first, self.last = FOREVER, NEVER
        self.requests = 0
        self.meters: tuple[str, ...] = ()
        self.sums: list[int] = []

    def of(self, usage: Usage, is_superseded: bool, columns: tuple[int, ...]) -> Sum:
        """Make room for the counts of requests such as this one, which stand in these columns."""
        self.usage = usage
        self.superseded = is_superseded
        self.meters = tuple(usage.meters)
        self.columns = columns
        self.sums = [0] * len(self.meters)
        return self

    def like(self, usage: Usage, is_superseded: bool, columns: tuple[int, ...]) -> Sum:
        """Give an empty sum of other requests that are priced as these are."""
        found = Sum().of(usage, is_superseded, columns)
        found.since, found.until, found.low, found.high = (
            self.since,
            self.until,
            self.low,
            self.high,
        )
        found.cuts, found.edges = self.cuts, self.edges
        found.output, found.read = self.output, self.read
        return found

    def of_meter(self, prefix: str) -> tuple[int, ...]:
        """Give the columns of some meters."""
        both = zip(self.meters, self.columns, strict=True)
        return tuple(column for meter, column in both if meter.startswith(prefix))

    def holds(self, when: int, context: int) -> bool:
        """Tell whether a request of such an instant and length is priced alike."""
        return self.since <= when < self.until and (
            self.low is None or self.low <= context < self.high
        )

    def meet(
        self, seen: int, when: int, context: int, requests: int, first: int, last: int
    ) -> None:
        """Count requests, and keep what the first of them holds if it is the first of all."""
        self.requests += requests
        self.first = min(self.first, first)
        self.last = max(self.last, last)
        if seen < self.seen:
            self.seen, self.at, self.context = seen, when, context

    def first_usage(self, files: list[str]) -> Usage:
        """Give the first record, with the counts of all."""
        usage = self.usage
        assert usage is not None
        usage.meters = dict(zip(self.meters, self.sums, strict=True))
        usage.at = self.at
        usage.place = f"{files[self.seen >> LINE_BITS]}:{self.seen & _LINES}"
        if usage.context_tokens is not None:
            usage.context_tokens = self.context
        return usage

    def side(self, contexts: Contexts) -> Sum:
        """Give the sum of the requests on the same side of every threshold."""
        key = sides(contexts, self.cuts)
        found = self.parts.get(key)
        if found is None:
            assert self.usage is not None
            found = self.parts[key] = Sum().of(self.usage.replace(), self.superseded, self.columns)
            found.contexts = contexts
        return found


class Tables:
    """What the numbers in a part mean, as numbers of all parts."""

    def __init__(self, part: Part, number: Callable[[Any], int], sizes: tuple[int, ...]) -> None:
        compact = part.compact
        self.sizes = sizes
        self.kinds = [number(kind.name) for kind in compact.kinds]
        self.shapes = [number((compact.kinds[kind].name, columns)) for kind, columns in part.shapes]
        self.files = [number(path) for path, _ in compact.origins]
        self.labels = [
            number(tuple((n, t) for n, t in (own or {}).items() if n != "session"))
            for _, own in compact.origins
        ]


def standing(rows: bytearray, gone: set[int]) -> bytearray:
    """Give packed rows without those at some places; less than 0 are the places of no rows."""
    edges = [-1, *sorted(place for place in gone if place >= 0), len(rows) // ROW.size]
    return bytearray().join([rows[(a + 1) * ROW.size : b * ROW.size] for a, b in pairwise(edges)])
