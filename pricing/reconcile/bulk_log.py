"""Long logs in bulk: packed records of one kind, half hour and set of labels are added up first.

The first of each is priced as any other request, and tells for which instants and lengths the same
holds. What is not additive goes record by record.
"""

from __future__ import annotations

from pricing.errors import PricingError
from pricing.instants import QUARTER
from pricing.rating.rate import quote_for
from pricing.reconcile.bulk_sums import LINE_BITS, Sum, Tables
from pricing.reconcile.cells import SLOT
from pricing.reconcile.labels import END, FAILED_TOOLS, end_at
from pricing.reconcile.log import (
    PROJECTS,
    add_record,
    add_usage,
    arrive,
    by_basis,
    card_of,
    cuts_of,
    is_plain,
    refuse,
)
from pricing.reconcile.read_log import Watching, add_dropped, is_superseded
from pricing.usage.bulk import (
    BUCKETS,
    COLUMNS,
    FIELDS,
    HEAD,
    KEYED,
    Bulk,
    key_of,
    other_places,
    prefix_of,
)
from pricing.usage.compact import Compact
from pricing.usage.logs.calls import ZONELESS
from pricing.usage.long import LongRecords
from pricing.usage.spill import Spill
from pricing.usage.usage import is_only_money, usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pricing.reconcile.log import Log
    from pricing.usage.bulk import Part
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]

#: labels that a bill may be told by; any other one would only keep like requests apart
_LABELS = (*PROJECTS, "api_key_id", "api_key", "key", "model_requested", "session",
           FAILED_TOOLS, ZONELESS)  # fmt: skip
#: no more kinds, sets of labels, or half hours
_BITS = 32
_FLUSHED_BYTES = 1 << 16
#: fields of a row before its counts, and of what ``Compact`` packs
_AHEAD = 8
_PACKED_AHEAD = 5
_COUNTS = 4 * COLUMNS


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
        if labels.get(END):
            end = end_at(labels[END])
            if end is not None:
                found[END] = str(end // SLOT)
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


class _Adder:
    """Adds packed records to the cube of a log."""

    def __init__(self, log: Log, records: LongWatching, seller: str | None) -> None:
        self.log = log
        self.records = records
        self.seller = seller
        self.is_whole = True
        self._sums: dict[int, list[Sum]] = {}
        self._numbers: dict[Any, int] = {}
        #: the names behind the numbers
        self._names: list[Any] = []
        #: what is priced by itself, at its place
        self._single: list[tuple[int, Usages, bool, str]] = []
        self._known: dict[int, Tables] = {}

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
        found: list[tuple[int, Sum | Usages, bool, str]] = [*self._single]
        for whole in (s for sums in self._sums.values() for s in sums):
            found += [(s.seen, s, False, "") for s in (whole, *whole.parts.values()) if s.requests]
        found.sort(key=lambda row: row[0])
        for _, each, is_repeated, version in found:
            if isinstance(each, Sum):
                self._add_sum(each)
            else:
                add_record(self.log, each, self.seller, "", is_repeated, version)
        add_dropped(self.log, self.records, self.seller)

    def _superseded(self, bulk: Bulk) -> dict[bytes, bool]:
        """Give the keys of attempts that a later one stands for, and whether one was met."""
        sellers = {kind.fields.get("seller") for part in bulk.parts for kind in part.compact.kinds}
        sellers |= {usages[0].seller for part in bulk.parts for usages in part.odd}
        ids = self.records.repeated
        return {key_of(prefix_of(seller), id): False for id in ids for seller in sellers}

    def _add_sum(self, found: Sum) -> None:
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
        """Add what stands in a bucket, and forget it."""
        gone = bulk.dropped(bucket) if bucket != BUCKETS else {}
        for number, part in enumerate(bulk.parts):
            if part.rows[bucket] or part.others[bucket]:
                self._add_rows(part, bucket, gone.get(number, set()), superseded)
                self._add_others(part, bucket, gone.get(number, set()), superseded)
                part.rows[bucket], part.others[bucket] = bytearray(), bytearray()

    def _add_rows(
        self, part: Part, bucket: int, gone: set[int], superseded: dict[bytes, bool]
    ) -> None:
        tables, data, sums = self._tables(part), part.rows[bucket], self._sums
        shapes, files, labels = tables.shapes, tables.files, tables.labels
        restated = self.records.restated
        is_repeated = False
        for place, row in enumerate(FIELDS.iter_unpack(data)):
            key, shape, _, quarter, origin, rest, context, line = row[:_AHEAD]
            if place in gone:
                continue
            if superseded:
                is_repeated = key in superseded
                if is_repeated:
                    superseded[key] = True
            when = quarter * QUARTER + rest
            name = ((shapes[shape] << _BITS) + labels[origin] << _BITS) + when // SLOT
            if is_repeated:
                name = ~name
            for found in sums.get(name, ()):
                if found.holds(when, context):
                    break
            else:
                columns = part.shapes[shape][1]
                found = self._new(part.usages(bucket, place)[0], is_repeated, columns)
                sums.setdefault(name, []).append(found)
            if found.by_record or key in restated:
                self._one(part.usages(bucket, place), is_repeated, key)
                continue
            if found.cuts:
                output = sum([row[_AHEAD + n] for n in found.output])
                read = sum([row[_AHEAD + n] for n in found.read])
                found = found.side(by_basis(context, output, read, found.edges))
            found.meet(files[origin] << LINE_BITS | line + part.first_line, when, context)
            end = (place + 1) * FIELDS.size
            found.counts += data[end - _COUNTS : end]
            if len(found.counts) > _FLUSHED_BYTES:
                found.add_up()

    def _add_others(
        self, part: Part, bucket: int, gone: set[int], superseded: dict[bytes, bool]
    ) -> None:
        """Add what is no row, as rows are."""
        tables, data = self._tables(part), part.others[bucket]
        for place in other_places(part, bucket):
            if place in gone:
                continue
            start = -1 - place
            size, key = KEYED.unpack_from(data, start)
            is_repeated = key in superseded
            if is_repeated:
                superseded[key] = True
            if size < HEAD.size or key in self.records.restated:
                # what stands as it is takes less room than any head
                self._one(part.usages(bucket, place), is_repeated, key)
                continue
            _, _, kind, origin, line, when, context = HEAD.unpack_from(data, start)
            name = ((tables.kinds[kind] << _BITS) + tables.labels[origin] << _BITS) + when // SLOT
            if is_repeated:
                name = ~name
            sums = self._sums.setdefault(name, [])
            found = next((s for s in sums if s.holds(when, context)), None)
            struct = part.compact.kinds[kind].struct
            counts = struct.unpack_from(data, start + KEYED.size)[_PACKED_AHEAD:]
            if found is None:
                columns = tuple(range(len(counts)))
                found = self._new(part.usages(bucket, place)[0], is_repeated, columns)
                sums.append(found)
            if found.by_record:
                self._one(part.usages(bucket, place), is_repeated, key)
                continue
            if found.cuts:
                output = sum([counts[n] for n in found.output])
                read = sum([counts[n] for n in found.read])
                found = found.side(by_basis(context, output, read, found.edges))
            seen = tables.files[origin] << LINE_BITS | line + part.first_line
            found.meet(seen, when, context)
            for number, count in enumerate(counts):
                found.sums[number] += count

    def _tables(self, part: Part) -> Tables:
        known = self._known.get(id(part))
        compact = part.compact
        sizes = len(compact.kinds), len(compact.origins), len(part.shapes)
        if known is None or known.sizes != sizes:
            known = self._known[id(part)] = Tables(part, self._number, sizes)
        return known

    def _one(self, usages: Usages, is_repeated: bool, key: bytes) -> None:
        """Keep a record to be priced by itself, in its place."""
        path, _, line = (usages[0].place or "").rpartition(":")
        number = int(line) if line.isdecimal() else 0
        is_repeated = is_repeated or is_superseded(usages[0], self.records.repeated)
        version = "last" if key in self.records.restated else ""
        seen = self._number(path) << LINE_BITS | number
        self._single.append((seen, usages, is_repeated, version))

    def _new(self, usage: Usage, is_repeated: bool, columns: tuple[int, ...]) -> Sum:
        """Begin a sum with the instants and lengths that are priced as this usage is."""
        each, log = Sum(), self.log
        each.by_record = True
        if usage.at is None or is_only_money(usage) or not usage.meters:
            return each
        found = Sum().of(usage, is_repeated, columns)
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
            found.output = found.of_meter("output")
            found.read = found.of_meter("cache_read")
        return found
