"""Long logs in bulk: packed records of one kind, half hour and set of labels are added up first.

The first of each is priced as any other request, and tells for which instants and lengths the same
holds. What is not additive goes record by record.
"""

from __future__ import annotations

import sys
from array import array
from collections import defaultdict
from struct import Struct

from pricing.errors import PricingError
from pricing.instants import QUARTER
from pricing.rating.rate import quote_for
from pricing.reconcile.bulk_sums import LINE_BITS, Sum, Tables, standing
from pricing.reconcile.cells import SLOT
from pricing.reconcile.log import (
    BASES,
    add_record,
    add_usage,
    arrive,
    by_basis,
    card_of,
    cuts_of,
    is_plain,
    refuse,
)
from pricing.reconcile.long_records import LongWatching
from pricing.reconcile.read_log import add_dropped, is_superseded
from pricing.usage.bulk import (
    BUCKETS,
    COLUMNS,
    HEAD,
    KEYED,
    NO_ID,
    ROW,
    Bulk,
    key_of,
    other_places,
    prefix_of,
)
from pricing.usage.logs.calls import ZONELESS
from pricing.usage.usage import is_only_money, usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pricing.reconcile.log import Log
    from pricing.usage.bulk import Part
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]
    #: quarter of an hour, origin, and the rests of rows
    _Near = tuple[int, int, bytearray]

#: no more kinds, sets of labels, or half hours
_BITS = 32
#: rows wait for others like them in so many bytes
_MOST_WAITING = 48 << 20
#: key; shape, quarter of an hour (twice) and origin; and the rest of a row
_ROW = Struct("<16s16s40s")
_KEYLESS = Struct("<16x16s40s")
_PLACE = Struct("<iiii")
#: microseconds in the quarter, context, line; counts
_REST = Struct(f"<{3 + COLUMNS}i")
_QUARTERS = SLOT // QUARTER
#: fields before the counts, of a row's tail, of the rest of it, and of what ``Compact`` packs
_AHEAD = _PACKED_AHEAD = 5
_REST_AHEAD = 3
_WIDTH = _REST_AHEAD + COLUMNS
#: ways of counting a request's length
_BASES = 1 + len(BASES)


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
        #: sums of each kind and set of labels, to begin others like them
        self._alike: dict[tuple[int, int], list[Sum]] = {}
        #: rows of one part that are not added up yet, by shape, quarter of an hour and origin
        self._waiting: defaultdict[bytes, bytearray] = defaultdict(bytearray)
        self._waits = 0

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
        for part in bulk.parts:
            self._add_up(part)
        if self.records.has_own_ids and not all(superseded.values()):
            self.is_whole = False
            return
        found: list[tuple[int, Sum | Usages, bool, str]] = [*self._single]
        for whole in (s for sums in self._sums.values() for s in sums):
            found += [(s.seen, s, False, "") for s in (whole, *whole.parts.values()) if s.requests]
        found.sort(key=lambda row: row[0])
        found.reverse()
        for kept in (self._sums, self._alike, self._single):
            kept.clear()
        while found:
            # a sum goes as its atom comes
            _, each, is_repeated, version = found.pop()
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
            if self._waits > _MOST_WAITING or len(bulk.parts) > 1:
                self._add_up(part)

    def _add_rows(
        self, part: Part, bucket: int, gone: set[int], superseded: dict[bytes, bool]
    ) -> None:
        """Put rows to others of their shape, quarter of an hour and origin, to be added up."""
        waiting, restated, data = self._waiting, self.records.restated, part.rows[bucket]
        if gone:
            data = standing(data, gone)
        if superseded or restated:
            data = self._told_apart(part, data, superseded)
        for place, rest in _KEYLESS.iter_unpack(data):
            held = waiting[place]
            held += rest
        self._waits += len(data) // ROW.size * _REST.size

    def _told_apart(self, part: Part, data: bytearray, superseded: dict[bytes, bool]) -> bytearray:
        """Add rows of ids that were logged again by themselves, and give the others."""
        restated, others = self.records.restated, bytearray()
        for key, place, rest in _ROW.iter_unpack(data):
            is_repeated = key in superseded
            if not is_repeated and key not in restated:
                others += key + place + rest
                continue
            if is_repeated:
                superseded[key] = True
            shape, quarter, _, origin = _PLACE.unpack(place)
            tail = (quarter, origin, *_REST.unpack(rest))
            self._add_row(part, shape, tail, is_repeated, key)
        return others

    def _add_up(self, part: Part) -> None:
        """Add up the rows that wait, all of one part, those of a half hour together."""
        labels = self._tables(part).labels
        halves: dict[tuple[int, int, int], list[_Near]] = {}
        for place, rows in self._waiting.items():
            shape, quarter, _, origin = _PLACE.unpack(place)
            name = shape, labels[origin], quarter // _QUARTERS
            halves.setdefault(name, []).append((quarter, origin, rows))
        self._waiting.clear()
        self._waits = 0
        for (shape, _, _), near in halves.items():
            if not self._add_together(part, shape, near):
                for quarter, origin, rows in near:
                    for rest in _REST.iter_unpack(rows):
                        self._add_row(part, shape, (quarter, origin, *rest), False, NO_ID)

    def _add_together(self, part: Part, shape: int, near: list[_Near]) -> bool:
        """Add rows of one half hour that are priced alike; False where they are not."""
        words = array("i", b"".join([rows for _, _, rows in near]))
        if sys.byteorder == "big":
            words.byteswap()
        rests, contexts, lines = (words[n::_WIDTH] for n in range(_REST_AHEAD))
        files = self._tables(part).files
        firsts, lasts, seen = [], [], []
        start = 0
        for quarter, origin, rows in near:
            end = start + len(rows) // _REST.size
            since = quarter * QUARTER
            own, line = rests[start:end], min(lines[start:end])
            firsts.append(since + min(own))
            lasts.append(since + max(own))
            place = lines.index(line, start, end)
            at = since + rests[place]
            seen.append((files[origin] << LINE_BITS | line + part.first_line, at, contexts[place]))
            start = end
        first, last = min(firsts), max(lasts)
        quarter, origin, _ = near[0]
        found = self._sum_of(part, shape, (quarter, origin, *words[:_WIDTH]), False)
        if found.by_record or first < found.since or last >= found.until:
            return False
        if found.low is not None and not (
            found.low <= min(contexts) and max(contexts) < found.high
        ):
            return False
        if found.cuts:
            output = sum([max(words[_REST_AHEAD + n :: _WIDTH]) for n in found.output])
            if max(contexts) + output + 1 >= found.cuts[0]:
                return False
            found = found.side((contexts[0],) * _BASES)
        found.meet(*min(seen), end, first, last)
        for number, column in enumerate(found.columns):
            found.sums[number] += sum(words[_REST_AHEAD + column :: _WIDTH])
        return True

    def _sum_of(self, part: Part, shape: int, tail: tuple[int, ...], is_repeated: bool) -> Sum:
        """Give the sum to which a row belongs."""
        tables = self._tables(part)
        quarter, origin, rest, context = tail[: _AHEAD - 1]
        when = quarter * QUARTER + rest
        name = ((tables.shapes[shape] << _BITS) + tables.labels[origin] << _BITS) + when // SLOT
        sums = self._sums.setdefault(~name if is_repeated else name, [])
        for found in sums:
            if found.holds(when, context):
                return found
        usage, columns = part.usage(shape, tail), part.shapes[shape][1]
        alike = self._alike.setdefault((tables.shapes[shape], tables.labels[origin]), [])
        for known in alike:
            if known.holds(when, context):
                found = known.like(usage, is_repeated, columns)
                break
        else:
            found = self._new(usage, is_repeated, columns)
            if not found.by_record:
                alike.append(found)
        sums.append(found)
        return found

    def _add_row(
        self, part: Part, shape: int, tail: tuple[int, ...], is_repeated: bool, key: bytes
    ) -> None:
        """Add a row by itself."""
        found = self._sum_of(part, shape, tail, is_repeated)
        if found.by_record or key in self.records.restated:
            self._one((part.usage(shape, tail),), is_repeated, key)
            return
        quarter, origin, rest, context, line, *counts = tail
        seen = self._tables(part).files[origin] << LINE_BITS | line + part.first_line
        self._add_one(found, seen, quarter * QUARTER + rest, context, counts)

    def _add_one(
        self, found: Sum, seen: int, when: int, context: int, counts: Sequence[int]
    ) -> None:
        """Add a record to its sum."""
        if found.cuts:
            output = sum([counts[n] for n in found.output])
            read = sum([counts[n] for n in found.read])
            found = found.side(by_basis(context, output, read, found.edges))
        found.meet(seen, when, context, 1, when, when)
        for number, column in enumerate(found.columns):
            found.sums[number] += counts[column]

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
            seen = tables.files[origin] << LINE_BITS | line + part.first_line
            self._add_one(found, seen, when, context, counts)

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
