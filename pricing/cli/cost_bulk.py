"""Long logs in bulk: records that share a price and a group are added up, and priced as one.

The first record of each kind is priced as any other, and tells for which instants and contexts the
same holds. What is not additive is priced record by record, in the order of the files.
"""

from __future__ import annotations

import sys
from array import array

from pricing.cli.cost import add_record, is_outside
from pricing.cli.cost_answer import QUARTER
from pricing.cli.times import TIMES, period
from pricing.errors import NoRevision, PricingError
from pricing.instants import FOREVER, NEVER
from pricing.rating.rate import quote_for
from pricing.usage.bulk import BUCKETS, HEAD, ODD
from pricing.usage.usage import is_only_money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import SimpleNamespace
    from typing import Any

    from pricing.cli.cost import Fields
    from pricing.cli.cost_answer import Answer
    from pricing.usage.bulk import Bulk, Part
    from pricing.usage.usage import Usage

_LINE_BITS = 40
_FLUSHED_BYTES = 1 << 16


class _Sum:
    """Records of one kind and group whose price is one, while their instants lie between two."""

    __slots__ = ("by_record", "context", "counts", "first", "high", "last", "low", "meters",
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
        #: counts that are not added yet
        self.counts = bytearray()
        self.sums: list[int] = []

    def add_up(self) -> None:
        """Add the counts."""
        width = len(self.meters)
        if not width:
            return
        counts = array("I", bytes(self.counts))
        if sys.byteorder == "big":
            counts.byteswap()
        self.counts.clear()
        for number in range(width):
            self.sums[number] += sum(counts[number::width])


class Adder:
    """Adds packed records to an answer."""

    def __init__(
        self, answer: Answer, args: SimpleNamespace, at: int | None, fields: Fields
    ) -> None:
        self.answer = answer
        self.args = args
        self.at = at
        self.fields = fields
        known = {"model", "seller", *TIMES, *answer.catalog.book.vocabulary.attributes}
        self._times = tuple(field for field in fields.by if field in TIMES)
        self._with_labels = any(field not in known for field in fields.by) or any(
            field in answer.catalog.book.vocabulary.attributes for field in fields.by
        )
        self._sums: dict[Any, list[_Sum]] = {}
        #: what is priced record by record, at its place
        self._single: list[tuple[int, tuple[Usage, ...]]] = []
        self._numbers: dict[Any, int] = {}
        self._periods: dict[int, tuple[str, ...]] = {}
        self._known: dict[int, tuple[list[tuple[int, bool]], list[int], list[int]]] = {}

    def _number(self, name: Any) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def drain(self, bulk: Bulk) -> None:
        """Add what has no id, and forget it."""
        self._add_bucket(bulk, BUCKETS)

    def add(self, bulk: Bulk) -> None:
        """Add all records."""
        for part in bulk.parts:
            # files are numbered in their order
            self._tables(part)
        for bucket in (BUCKETS, *range(BUCKETS)):
            self._add_bucket(bulk, bucket)
        found: list[tuple[int, _Sum | tuple[Usage, ...]]] = [*self._single]
        found += [(s.first, s) for sums in self._sums.values() for s in sums if s.records]
        found.sort(key=lambda row: row[0])
        for _, each in found:
            if isinstance(each, _Sum):
                self._add_sum(each)
            else:
                add_record(self.answer, each, self.args, self.at, self.fields)

    def _add_sum(self, found: _Sum) -> None:
        found.add_up()
        assert found.usage is not None
        meters: dict[str, Any] = dict(zip(found.meters, found.sums, strict=True))
        usage = found.usage.replace(meters=meters)
        if usage.context_tokens is not None:
            usage.context_tokens = found.context
        add_record(self.answer, (usage,), self.args, self.at, self.fields, requests=found.records)
        if self.at is None and found.last > self.answer.last and self.answer.last:
            self.answer.last = found.last

    def _add_bucket(self, bulk: Bulk, bucket: int) -> None:
        """Add what stands in a bucket, once it is known what does."""
        args, at, sums = self.args, self.at, self._sums
        since, until, times = args.since_at, args.until_at, self._times
        quarters, periods = self.answer.quarters, self._periods
        unpack, size = HEAD.unpack_from, HEAD.size
        part: Part | None = None
        tables = self._known
        labels: tuple[str, ...] | int = 0
        told: tuple[str, ...] = ()
        for each, place in bulk.standing(bucket):
            if each is not part:
                part, data = each, bytes(each.buckets[bucket])
                kinds, files, own_labels = tables.get(id(part)) or self._tables(part)
            if int.from_bytes(data[place + 16 : place + 20], "little") == ODD:
                self._one(part, bucket, place)
                continue
            length, _, kind, origin, line, when, context = unpack(data, place)
            if kind >= len(kinds) or origin >= len(files):
                kinds, files, own_labels = self._tables(part)
            number, has_time = kinds[kind]
            if has_time:
                if (since is not None and when < since) or (until is not None and when >= until):
                    self.answer.outside += 1
                    continue
                quarter = when // QUARTER
                if times:
                    told = periods.get(quarter) or self._period(quarter)
            if own_labels:
                labels = own_labels[origin]
            key = (number, labels, told) if has_time else (number, labels)
            priced_at = when if at is None else at
            for found in sums.get(key, ()):
                if found.since <= priced_at < found.until and (
                    found.low is None or found.low <= context < found.high
                ):
                    break
            else:
                found = self._new(part.usages(bucket, place)[0])
                sums.setdefault(key, []).append(found)
            if found.by_record:
                self._one(part, bucket, place)
                continue
            quarters.add(quarter)
            found.records += 1
            if when > found.last:
                found.last = when
            if context > found.context:
                found.context = context
            seen = files[origin] << _LINE_BITS | line + part.first_line
            if seen < found.first:
                found.first = seen
                found.usage = part.usages(bucket, place)[0]
            counts = found.counts
            counts += data[place + size : place + length]
            if len(counts) > _FLUSHED_BYTES:
                found.add_up()

    def _tables(self, part: Part) -> tuple[list[tuple[int, bool]], list[int], list[int]]:
        """Give, by the part's own numbers: kinds, files, and labels where groups ask for them."""
        compact = part.compact
        kinds = [(self._number(kind.name), kind.has_time) for kind in compact.kinds]
        files = [self._number(path) for path, _ in compact.origins]
        labels = []
        if self._with_labels:
            labels = [self._number(tuple((o[1] or {}).items())) for o in compact.origins]
        self._known[id(part)] = kinds, files, labels
        return kinds, files, labels

    def _period(self, quarter: int) -> tuple[str, ...]:
        clock = self.fields.clock(quarter * QUARTER)
        found = self._periods[quarter] = tuple(period(field, clock) for field in self._times)
        return found

    def _one(self, part: Part, bucket: int, place: int) -> None:
        """Price a record by itself: one without an id now, others in their order."""
        usages = part.usages(bucket, place)
        if is_outside(usages[0], self.args):
            self.answer.outside += 1
        elif bucket == BUCKETS:
            add_record(self.answer, usages, self.args, self.at, self.fields)
        else:
            path, _, line = (usages[0].place or "").rpartition(":")
            number = int(line) if line.isdecimal() else 0
            self._single.append((self._number(path) << _LINE_BITS | number, usages))

    def _new(self, usage: Usage) -> _Sum:
        """Begin a sum with the instants and contexts that are priced as this usage is."""
        each = _Sum(NEVER, FOREVER, None, 0)
        each.by_record = True
        if usage.at is None or usage.status is not None or usage.reported is not None:
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
