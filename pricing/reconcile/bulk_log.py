"""Long logs in bulk: packed records of one kind, half hour and set of labels are added up first.

The first of each is priced as any other request, and tells for which instants and lengths the same
holds. What is not additive goes record by record.
"""

from __future__ import annotations

import sys
from array import array
from struct import Struct

from pricing.errors import PricingError
from pricing.instants import FOREVER, NEVER
from pricing.rating.rate import quote_for
from pricing.reconcile.log import (
    PROJECTS,
    SLOT,
    add_record,
    add_usage,
    arrive,
    by_basis,
    card_of,
    cuts_of,
    end_of,
    is_plain,
    refuse,
    sides,
)
from pricing.reconcile.read_log import Watching, is_superseded
from pricing.usage.bulk import BUCKETS, HEAD, Bulk, key_of
from pricing.usage.compact import Compact
from pricing.usage.logs.calls import ZONELESS
from pricing.usage.long import LongRecords
from pricing.usage.spill import Spill
from pricing.usage.usage import is_only_money, usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pricing.reconcile.log import Contexts, Log
    from pricing.usage.bulk import Part
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]

#: labels that a bill may be told by; any other one would only keep like requests apart
_LABELS = (*PROJECTS, "api_key_id", "api_key", "key", "model_requested", "session", ZONELESS)
_END = "end_ts"
_LINE_BITS = 40
#: no more kinds, sets of labels, or half hours
_BITS = 32
_LINES = (1 << _LINE_BITS) - 1
_FLUSHED_BYTES = 1 << 16


class _Needed(Compact):
    """Packs usages with those labels only that a reconciliation asks for; ends by the half hour."""

    def __init__(self, records: LongWatching) -> None:
        super().__init__()
        self.records = records

    def origin(self, path: str, labels: Mapping[str, str] | None) -> int | None:
        if not labels:
            return super().origin(path, labels)
        found = {name: text for name in _LABELS if (text := labels.get(name))}
        again = labels.get("retry_of")
        if again:
            self.records.repeated.add(again)
        if "id" in labels:
            self.records.has_own_ids = True
        if labels.get(_END):
            end = end_of(labels[_END])
            if end is not None:
                found[_END] = str(end // SLOT)
        return super().origin(path, found)


class LongWatching(Watching, LongRecords):
    """Records of long logs, that also tell what ``Watching`` does."""

    def __init__(
        self,
        paths: Iterable[str],
        *,
        watch: Callable[[str, int, int], None] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(paths, watch=self._relieved, **options)
        self._told = watch
        self.spills: dict[int, Spill] = {}
        #: whether a label of its own may name an attempt, beside the id of the request
        self.has_own_ids = False

    def file_into(self, part: Part, path: str) -> None:
        if not isinstance(part.compact, _Needed):
            part.compact = _Needed(self)
            self.spills[id(part)] = Spill(part)
        super().file_into(part, path)

    def _relieved(self, path: str, read: int, size: int) -> None:
        """Keep memory flat now and then while a file is read, and pass on how far it is."""
        if self._part is not None:
            self.spills[id(self._part)].relieve()
        if self._told is not None:
            self._told(path, read, size)


def add_bulk(log: Log, records: LongWatching, seller: str | None) -> bool:
    """Read records and add them to a log's cube; false where only the short way knows all of it.

    Raises:
        UsageError: a file cannot be read.
    """
    log.is_single = False
    adder = _Adder(log, records, seller)
    try:
        adder.add(records.in_bulk(adder.drain))
    finally:
        for spilled in records.spills.values():
            spilled.close()
    return adder.is_whole


class _Sum:
    """Requests of one kind, labels and half hour whose price is one."""

    __slots__ = ("at", "by_record", "context", "contexts", "counts", "cuts", "edges", "first",
                 "high", "last", "low", "meters", "output", "parts", "read", "requests", "seen",
                 "since", "sums", "superseded", "unpack", "until", "usage")  # fmt: skip

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
        self.parts: dict[Contexts, _Sum] = {}
        self.contexts: Contexts | None = None
        self.output: tuple[int, ...] = ()
        self.read: tuple[int, ...] = ()
        self.unpack: Callable[..., tuple[int, ...]] = Struct("").unpack_from
        #: what the first one holds that differs from the others: place, instant, length
        self.seen = 1 << 80
        self.at = self.context = 0
        #: all else of each of them
        self.usage: Usage | None = None
        self.superseded = False
        self.first, self.last = FOREVER, NEVER
        self.requests = 0
        self.meters: tuple[str, ...] = ()
        #: counts that are not added yet
        self.counts = bytearray()
        self.sums: list[int] = []

    def of(self, usage: Usage, is_superseded: bool) -> _Sum:
        """Make room for the counts of requests such as this one."""
        self.usage = usage
        self.superseded = is_superseded
        self.meters = tuple(usage.meters)
        self.sums = [0] * len(self.meters)
        return self

    def add_up(self) -> None:
        """Add the counts."""
        width = len(self.meters)
        counts = array("I", bytes(self.counts))
        if sys.byteorder == "big":
            counts.byteswap()
        self.counts.clear()
        for number in range(width):
            self.sums[number] += sum(counts[number::width])

    def first_usage(self, files: list[str]) -> Usage:
        """Give the first record, with the counts of all."""
        self.add_up()
        usage = self.usage
        assert usage is not None
        usage.meters = dict(zip(self.meters, self.sums, strict=True))
        usage.at = self.at
        usage.place = f"{files[self.seen >> _LINE_BITS]}:{self.seen & _LINES}"
        if usage.context_tokens is not None:
            usage.context_tokens = self.context
        return usage

    def side(self, contexts: Contexts) -> _Sum:
        """Give the sum of the requests on the same side of every threshold."""
        key = sides(contexts, self.cuts)
        found = self.parts.get(key)
        if found is None:
            assert self.usage is not None
            found = self.parts[key] = _Sum().of(self.usage.replace(), self.superseded)
            found.contexts = contexts
        return found


class _Adder:
    """Adds packed records to the cube of a log."""

    def __init__(self, log: Log, records: LongWatching, seller: str | None) -> None:
        self.log = log
        self.records = records
        self.seller = seller
        self.is_whole = True
        self._sums: dict[int, list[_Sum]] = {}
        self._numbers: dict[Any, int] = {}
        #: the names behind the numbers
        self._names: list[Any] = []
        #: what is priced by itself, at its place
        self._single: list[tuple[int, Usages, bool]] = []
        self._known: dict[int, tuple[list[int], list[int], list[int]]] = {}

    def _number(self, name: Any) -> int:
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self._names)
            self._names.append(name)
        return found

    def drain(self, bulk: Bulk) -> None:
        """Add what has no id, and forget it."""
        self._add_bucket(bulk, BUCKETS, {})

    def add(self, bulk: Bulk) -> None:
        """Add all records."""
        for part in bulk.parts:
            # files are numbered in their order
            self._tables(part)
        superseded = self._superseded(bulk)
        for bucket in (BUCKETS, *range(BUCKETS)):
            for part in bulk.parts:
                self.records.spills[id(part)].restore(bucket)
            self._add_bucket(bulk, bucket, superseded)
        if self.records.has_own_ids and not all(superseded.values()):
            self.is_whole = False
            return
        found: list[tuple[int, _Sum | Usages, bool]] = [*self._single]
        for whole in (s for sums in self._sums.values() for s in sums):
            found += [(s.seen, s, False) for s in (whole, *whole.parts.values()) if s.requests]
        found.sort(key=lambda row: row[0])
        for _, each, is_repeated in found:
            if isinstance(each, _Sum):
                self._add_sum(each)
            else:
                add_record(self.log, each, self.seller, "", is_repeated)
        for dropped in self.records.dropped:
            add_record(self.log, dropped, self.seller, "duplicate", False)

    def _superseded(self, bulk: Bulk) -> dict[bytes, bool]:
        """Give the keys of attempts that a later one stands for, and whether one was met."""
        sellers = {kind.fields.get("seller") for part in bulk.parts for kind in part.compact.kinds}
        sellers |= {usages[0].seller for part in bulk.parts for usages in part.odd}
        ids = self.records.repeated
        return {key_of(seller, id): False for id in ids for seller in sellers}

    def _add_sum(self, found: _Sum) -> None:
        log = self.log
        usage = found.first_usage(self._names)
        log.requests += found.requests
        log.cut += found.requests if usage.incomplete else 0
        log.is_zoneless = log.is_zoneless or ZONELESS in usage.labels
        arrive(log, found.first, found.last, found.requests)
        try:
            add_usage(log, usage, self.seller, "", found.superseded, found.requests,
                      found.contexts)  # fmt: skip
        except PricingError as error:
            refuse(log, error, usage, found.requests)

    def _add_bucket(self, bulk: Bulk, bucket: int, superseded: dict[bytes, bool]) -> None:
        """Add what stands in a bucket, once it is known what does."""
        sums, unpack, size = self._sums, HEAD.unpack_from, HEAD.size
        part: Part | None = None
        tables = self._known
        is_repeated = False
        for each, place in bulk.standing(bucket):
            if each is not part:
                part, data = each, bytes(each.buckets[bucket])
                kinds, files, labels = tables.get(id(part)) or self._tables(part)
            if superseded:
                key = data[place + 1 : place + 16]
                is_repeated = key in superseded
                if is_repeated:
                    superseded[key] = True
            if data[place] < size:
                # what stands as it is takes less room than any head
                self._one(part.usages(bucket, place), is_repeated)
                continue
            _, _, kind, origin, line, when, context = unpack(data, place)
            if kind >= len(kinds) or origin >= len(files):
                kinds, files, labels = self._tables(part)
            name = ((kinds[kind] << _BITS) + labels[origin] << _BITS) + when // SLOT
            if is_repeated:
                name = ~name
            for found in sums.get(name, ()):
                if found.since <= when < found.until and (
                    found.low is None or found.low <= context < found.high
                ):
                    break
            else:
                found = self._new(part.usages(bucket, place)[0], is_repeated)
                sums.setdefault(name, []).append(found)
            if found.by_record:
                self._one(part.usages(bucket, place), is_repeated)
                continue
            start = place + size
            if found.cuts:
                told = found.unpack(data, start)
                output = sum([told[n] for n in found.output])
                read = sum([told[n] for n in found.read])
                found = found.side(by_basis(context, output, read, found.edges))
            found.requests += 1
            if when < found.first:
                found.first = when
            if when > found.last:
                found.last = when
            seen = files[origin] << _LINE_BITS | line + part.first_line
            if seen < found.seen:
                found.seen, found.at, found.context = seen, when, context
            counts = found.counts
            counts += data[start : start + 4 * len(found.meters)]
            if len(counts) > _FLUSHED_BYTES:
                found.add_up()

    def _tables(self, part: Part) -> tuple[list[int], list[int], list[int]]:
        """Give, by the part's own numbers: kinds, files, labels."""
        compact = part.compact
        kinds = [self._number(kind.name) for kind in compact.kinds]
        files = [self._number(path) for path, _ in compact.origins]
        labels = [
            self._number(tuple((n, t) for n, t in (own or {}).items() if n != "session"))
            for _, own in compact.origins
        ]
        self._known[id(part)] = kinds, files, labels
        return kinds, files, labels

    def _one(self, usages: Usages, is_repeated: bool) -> None:
        """Keep a record to be priced by itself, in its place."""
        path, _, line = (usages[0].place or "").rpartition(":")
        number = int(line) if line.isdecimal() else 0
        is_repeated = is_repeated or is_superseded(usages[0], self.records.repeated)
        self._single.append((self._number(path) << _LINE_BITS | number, usages, is_repeated))

    def _new(self, usage: Usage, is_repeated: bool) -> _Sum:
        """Begin a sum with the instants and lengths that are priced as this usage is."""
        each, log = _Sum(), self.log
        each.by_record = True
        if usage.at is None or is_only_money(usage) or not usage.meters:
            return each
        found = _Sum().of(usage, is_repeated)
        try:
            card = card_of(log, usage, self.seller)
        except PricingError:
            return found
        try:
            quote = quote_for(usage, card, log.flags)
        except PricingError:
            return each
        tariff = quote.tariff
        cuts = cuts_of(log, quote)
        if quote.is_single or tariff.windows or (cuts and usage.context_tokens is None):
            return each
        # a count of nothing may be of a meter that is not sold
        whole = usage_of(dict.fromkeys(usage.meters, 1), {}, usage.model, None, None)
        if not is_plain(quote, whole):
            return each
        found.since, found.until = tariff.since, tariff.until
        found.low, found.high = quote.from_context, quote.to_context
        if cuts:
            found.cuts, found.edges = cuts, tariff.cuts
            found.unpack = Struct(f"<{len(found.meters)}I").unpack_from
            found.output = _of(found.meters, "output")
            found.read = _of(found.meters, "cache_read")
        return found


def _of(meters: tuple[str, ...], prefix: str) -> tuple[int, ...]:
    return tuple(n for n, meter in enumerate(meters) if meter.startswith(prefix))
