"""Long logs in bulk: records that share a price and a group are added up, and priced as one.

The first record of each kind is priced as any other, and tells for which instants and contexts the
same holds. What is not additive is priced record by record, in the order of the files.
"""

from __future__ import annotations

import sys
from array import array
from itertools import compress
from operator import add

from pricing.cli.cost import add_record, is_outside
from pricing.cli.times import TIMES, period
from pricing.errors import NoRevision, PricingError
from pricing.instants import FOREVER, NEVER, QUARTER
from pricing.rating.rate import quote_for
from pricing.usage.bulk import BUCKETS, HEAD, KEYED, ODD, PLACED, TAIL, other_places
from pricing.usage.usage import is_only_money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import Any

    from pricing.cli.cost import Fields
    from pricing.cli.cost_answer import Answer
    from pricing.usage.bulk import Bulk, Part
    from pricing.usage.usage import Usage

_LINE_BITS = 40
#: a group's number stands above that of a shape, and that of labels above both
_GROUP_BIT, _LABEL_BIT = 16, 48
#: words of a row's tail, and which is what
_WIDTH = TAIL.size // 4
_QUARTER, _ORIGIN, _REST, _CONTEXT, _LINE, _COUNTS = range(6)


class _Sum:
    """Records of one kind and group whose price is one, while their instants lie between two."""

    __slots__ = ("by_record", "context", "first", "high", "last", "low", "meters",
                 "records", "since", "sums", "until", "usage")  # fmt: skip

    def __init__(self, since: int, until: int, low: int | None, high: int) -> None:
        self.since = since
        self.until = until
        self.low = low
        self.high = high
        #: whether each record is priced by itself
        self.by_record = False
        #: the place of the first record, and it
        self.first = 1 << 80
        self.usage: Usage | None = None
        self.last = NEVER
        #: the largest one
        self.context = 0
        self.records = 0
        self.meters: tuple[str, ...] = ()
        self.sums: list[int] = []

    def holds(self, first: int, last: int, contexts: Sequence[int]) -> bool:
        """Tell whether all instants from one to another are priced alike, with these contexts."""
        return (
            self.since <= first
            and last < self.until
            and (self.low is None or (self.low <= min(contexts) and max(contexts) < self.high))
        )


class _Tables:
    """What the numbers in a part mean: kinds and whether they have a time, places, labels."""

    def __init__(self, part: Part, numbers: dict[Any, int], with_labels: bool) -> None:
        compact = part.compact

        def number(name: Any) -> int:
            return numbers.setdefault(name, len(numbers))

        self.kinds = [(number(kind.name), kind.has_time) for kind in compact.kinds]
        #: what the number of a line is added to, to order records by file and line
        self.files = [(number(path) << _LINE_BITS) + part.first_line for path, _ in compact.origins]
        self.is_one_file = len(set(self.files)) == 1
        self.labels: list[int] = []
        if with_labels:
            self.labels = [number(tuple((o[1] or {}).items())) for o in compact.origins]
        self._structs = [kind.struct for kind in compact.kinds]

    def unpack(self, kind: int, data: bytearray, start: int) -> tuple[int, ...]:
        """Give the counts of a record that is no row."""
        return self._structs[kind].unpack_from(data, start)[5:]


class Adder:
    """Adds packed records to an answer."""

    def __init__(
        self, answer: Answer, args: SimpleNamespace, at: int | None, fields: Fields
    ) -> None:
        self.answer = answer
        self.args = args
        self.at = at
        self.fields = fields
        self._with_labels = any(field not in {"model", "seller", *TIMES} for field in fields.by)
        self._sums: dict[Any, list[_Sum]] = {}
        #: what is priced record by record, at its place
        self._single: list[tuple[int, tuple[Usage, ...]]] = []
        self._numbers: dict[Any, int] = {}
        self._times = tuple(field for field in fields.by if field in TIMES)
        #: what the fields of time say: numbers of groups, and by quarter of an hour in their place
        self._groups: dict[tuple[str, ...], int] = {}
        self._told: dict[int, int] = {}
        self._known: dict[int, _Tables] = {}
        #: tails of rows that are not added up yet, all of one part, by shape, group and labels
        self._tails: dict[int, bytearray] = {}
        #: whether what has no id is taken out, to be forgotten
        self._is_draining = False

    def drain(self, bulk: Bulk) -> None:
        """Add what has no id, and forget it."""
        self._is_draining = True
        for part in bulk.parts:
            if part.rows[BUCKETS] or part.others[BUCKETS]:
                self._add_bucket(part, BUCKETS, set())
                self._add_up(part)
        self._is_draining = False

    def add(self, bulk: Bulk) -> None:
        """Add all records."""
        for part in bulk.parts:
            # files are numbered in their order
            self._tables(part)
        self.drain(bulk)
        gone = [bulk.dropped(bucket) for bucket in range(BUCKETS)]
        for number, part in enumerate(bulk.parts):
            for bucket in range(BUCKETS):
                if part.rows[bucket] or part.others[bucket]:
                    self._add_bucket(part, bucket, gone[bucket].get(number, set()))
            self._add_up(part)
        found: list[tuple[int, _Sum | tuple[Usage, ...]]] = [*self._single]
        found += [(s.first, s) for sums in self._sums.values() for s in sums if s.records]
        found.sort(key=lambda row: row[0])
        for _, each in found:
            if isinstance(each, _Sum):
                self._add_sum(each)
            else:
                add_record(self.answer, each, self.args, self.at, self.fields)

    def _tables(self, part: Part) -> _Tables:
        known, compact = self._known.get(id(part)), part.compact
        if known is None or (len(known.kinds), len(known.files)) != (
            len(compact.kinds),
            len(compact.origins),
        ):
            known = self._known[id(part)] = _Tables(part, self._numbers, self._with_labels)
        return known

    def _group(self, quarter: int) -> int:
        """Give what the fields of time say of a quarter of an hour, as the number of a group."""
        if quarter not in self._told:
            clock = self.fields.clock(quarter * QUARTER) if self._times else ""
            told = tuple(period(field, clock) for field in self._times)
            number = self._groups.setdefault(told, len(self._groups))
            self._told[quarter] = number << _GROUP_BIT
        return self._told[quarter]

    def _add_sum(self, found: _Sum) -> None:
        assert found.usage is not None
        meters: dict[str, Any] = dict(zip(found.meters, found.sums, strict=True))
        usage = found.usage.replace(meters=meters)
        if usage.context_tokens is not None:
            usage.context_tokens = found.context
        add_record(self.answer, (usage,), self.args, self.at, self.fields, requests=found.records)
        if self.at is None and found.last > self.answer.last and self.answer.last:
            self.answer.last = found.last

    def _add_bucket(self, part: Part, bucket: int, gone: set[int]) -> None:
        """Add what stands in a bucket, and empty it: rows wait in their groups."""
        for place in other_places(part, bucket):
            if place not in gone:
                self._add_other(part, bucket, place)
        rows: Any = PLACED.iter_unpack(part.rows[bucket])
        if gone:
            rows = (row for place, row in enumerate(rows) if place not in gone)
        tails, told, labels = self._tails, self._told, self._tables(part).labels
        for shape, quarter, tail in rows:
            try:
                kind = told[quarter] + shape
            except KeyError:
                kind = self._group(quarter) + shape
            if labels:
                kind += labels[int.from_bytes(tail[4:8], "little")] << _LABEL_BIT
            try:
                waiting = tails[kind]
            except KeyError:
                waiting = tails[kind] = bytearray()
            waiting += tail
        part.rows[bucket], part.others[bucket] = bytearray(), bytearray()

    def _add_up(self, part: Part) -> None:
        """Add up the rows of a part that wait."""
        kinds = self._tables(part).kinds
        has_bounds = self.args.since_at is not None or self.args.until_at is not None
        for kind, waiting in self._tails.items():
            shape = kind & (1 << _GROUP_BIT) - 1
            words = array("i", bytes(waiting))
            if sys.byteorder == "big":
                words.byteswap()
            if has_bounds:
                words = self._inside(words)
            if words:
                self._add_rows(part, shape, (kinds[part.shapes[shape][0]][0], kind - shape), words)
        self._tails.clear()

    def _is_outside(self, at: int) -> bool:
        since, until = self.args.since_at, self.args.until_at
        is_outside = (since is not None and at < since) or (until is not None and at >= until)
        self.answer.outside += is_outside
        return is_outside

    def _inside(self, words: array[int]) -> array[int]:
        """Leave out what lies outside --since and --until."""
        found = array("i")
        for start in range(0, len(words), _WIDTH):
            if not self._is_outside(_instant(words, start)):
                found += words[start : start + _WIDTH]
        return found

    def _add_rows(self, part: Part, shape: int, key: Any, words: array[int]) -> None:
        """Add rows of one kind and group, those together that are priced alike."""
        quarters, contexts = set(words[_QUARTER::_WIDTH]), words[_CONTEXT::_WIDTH]
        self.answer.quarters |= quarters
        first, last = min(quarters) * QUARTER, (max(quarters) + 1) * QUARTER - 1
        if self.at is not None:
            first = last = self.at
        while words:
            at = _instant(words, 0) if self.at is None else self.at
            found = self._sum(key, at, words[_CONTEXT])
            if found is None:
                found = self._new(key, part.usage(shape, tuple(words[:_WIDTH])))
            taken = words
            if found.holds(first, last, contexts):
                words = array("i")
            else:
                taken, words = self._split(found, words)
            if found.by_record:
                self._one_by_one(part, shape, taken)
            else:
                self._add_columns(part, shape, found, taken)

    def _sum(self, key: Any, at: int, context: int) -> _Sum | None:
        """Give the sum to which a record belongs, where there is one already."""
        for found in self._sums.get(key, ()):
            if found.holds(at, at, (context,)):
                return found
        return None

    def _split(self, found: _Sum, words: array[int]) -> tuple[array[int], array[int]]:
        """Part the rows that belong to a sum from the others."""
        taken, left = array("i"), array("i")
        for start in range(0, len(words), _WIDTH):
            at = _instant(words, start) if self.at is None else self.at
            context = words[start + _CONTEXT]
            row = words[start : start + _WIDTH]
            if found.holds(at, at, (context,)):
                taken += row
            else:
                left += row
        return taken, left

    def _add_columns(self, part: Part, shape: int, found: _Sum, words: array[int]) -> None:
        """Add rows that all belong to one sum."""
        found.records += len(words) // _WIDTH
        found.context = max(found.context, max(words[_CONTEXT::_WIDTH]))
        _, columns = part.shapes[shape]
        for number, column in enumerate(columns):
            found.sums[number] += sum(words[_COUNTS + column :: _WIDTH])
        quarters = words[_QUARTER::_WIDTH]
        latest = max(quarters)
        if (latest + 1) * QUARTER > found.last:
            rests = compress(words[_REST::_WIDTH], map(latest.__eq__, quarters))
            found.last = max(found.last, latest * QUARTER + max(rests))
        tables, base = self._tables(part), 0
        places: Sequence[int] = words[_LINE::_WIDTH]
        if tables.is_one_file:
            base = tables.files[0]
        else:
            places = list(map(add, map(tables.files.__getitem__, words[_ORIGIN::_WIDTH]), places))
        first = min(places)
        if base + first < found.first:
            found.first = base + first
            start = places.index(first) * _WIDTH
            found.usage = part.usage(shape, tuple(words[start : start + _WIDTH]))

    def _one_by_one(self, part: Part, shape: int, words: array[int]) -> None:
        """Price rows by themselves."""
        files = self._tables(part).files
        for start in range(0, len(words), _WIDTH):
            usage = part.usage(shape, tuple(words[start : start + _WIDTH]))
            self._one((usage,), files[words[start + _ORIGIN]] + words[start + _LINE])

    def _one(self, usages: tuple[Usage, ...], place: int) -> None:
        """Price a record by itself: one without an id now, others in their order."""
        if self._is_draining:
            add_record(self.answer, usages, self.args, self.at, self.fields)
        else:
            self._single.append((place, usages))

    def _add_other(self, part: Part, bucket: int, place: int) -> None:
        """Add a record that is no row."""
        tables, data, start = self._tables(part), part.others[bucket], -1 - place
        kind = int.from_bytes(data[start + KEYED.size : start + KEYED.size + 4], "little")
        usages = part.usages(bucket, place)
        if kind == ODD:
            path, _, line = (usages[0].place or "").rpartition(":")
            number = self._numbers.setdefault(path, len(self._numbers))
            where = number << _LINE_BITS | (int(line) if line.isdecimal() else 0)
            if is_outside(usages[0], self.args):
                self.answer.outside += 1
            else:
                self._one(usages, where)
            return
        _, _, _, origin, line, when, context = HEAD.unpack_from(data, start)
        number, has_time = tables.kinds[kind]
        where = tables.files[origin] + line
        if not has_time:
            if is_outside(usages[0], self.args):
                self.answer.outside += 1
            else:
                self._one(usages, where)
            return
        if self._is_outside(when):
            return
        quarter = when // QUARTER
        group = self._group(quarter)
        if tables.labels:
            group |= tables.labels[origin] << _LABEL_BIT
        key = number, group
        found = self._sum(key, when if self.at is None else self.at, context)
        if found is None:
            found = self._new(key, usages[0])
        if found.by_record:
            self._one(usages, where)
            return
        self.answer.quarters.add(quarter)
        found.records += 1
        found.last, found.context = max(found.last, when), max(found.context, context)
        if where < found.first:
            found.first, found.usage = where, usages[0]
        counts = tables.unpack(kind, data, start + KEYED.size)
        for number, count in enumerate(counts):
            found.sums[number] += count

    def _new(self, key: Any, usage: Usage) -> _Sum:
        """Begin a sum with the instants and contexts that are priced as this usage is."""
        found = self._bounds(usage)
        self._sums.setdefault(key, []).append(found)
        return found

    def _bounds(self, usage: Usage) -> _Sum:
        each = _Sum(NEVER, FOREVER, None, 0)
        each.by_record = True
        if usage.at is None or usage.reported is not None:
            return each
        if is_only_money(usage) or not usage.meters:
            return each
        found = _Sum(NEVER, FOREVER, None, 0)
        found.meters = tuple(usage.meters)
        found.sums = [0] * len(found.meters)
        catalog, tally = self.answer.catalog, self.answer.tally
        try:
            card, _ = catalog.locate(usage, self.args.model, self.args.seller, self.at)
        except PricingError:
            return found
        if usage.status is not None and not card.provider.bills(usage.status):
            return each
        try:
            quote = quote_for(usage, card, tally.flags)
        except NoRevision as error:
            if error.since is None or error.until is None:
                return each
            found.since, found.until = error.since, error.until
            return found
        except PricingError:
            return each
        tariff = quote.tariff
        if quote.is_single or tariff.windows or (tariff.cuts and usage.context_tokens is None):
            return each
        if any(quote.price(meter).unit is None for meter in usage.meters):
            return each
        found.since, found.until = tariff.since, tariff.until
        found.low, found.high = quote.from_context, quote.to_context
        return found


def _instant(words: array[int], start: int) -> int:
    """Give the instant of a row."""
    return words[start + _QUARTER] * QUARTER + words[start + _REST]
