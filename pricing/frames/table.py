"""A frame whose columns are known: its rows summed by what decides their price."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pricing.cards.tariff import tariff
from pricing.errors import NoRevision, PricingError, UsageError
from pricing.frames.columns import by_names
from pricing.frames.native import bucket, dicts, with_micros
from pricing.instants import QUARTER, SECOND
from pricing.rating.priced import Priced
from pricing.rating.quote import PLAIN
from pricing.rating.rate import quote_for
from pricing.usage.logs.mapped import Map
from pricing.usage.sellers import seller_of
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pricing.catalog import Catalog
    from pricing.frames.bounds import Bounds

_MOST = (1 << 63) - 1
_MINUTE = 60 * SECOND
_CONTEXT = ("input", "cache_read", "cache_write")


class Sum:
    """Requests that are priced alike: ``usage`` is their sum, at an instant that prices them so.

    ``last`` is the latest instant of all rows.
    """

    __slots__ = ("last", "requests", "usage")

    def __init__(self, usage: Usage, requests: int, last: int) -> None:
        self.usage = usage
        self.requests = requests
        self.last = last


class Table:
    """A frame whose columns are known."""

    def __init__(
        self,
        frame: Any,
        catalog: Catalog,
        mapping: Map | None = None,
        labels: Iterable[str] = (),
        at: int | None = None,
        bounds: Mapping[str, Bounds] | None = None,
    ) -> None:
        self.catalog = catalog
        self.at = at
        #: what is known of columns before anything is read
        self._known = bounds or {}
        try:
            self.given: Any = nw.from_native(frame)
        except TypeError:
            raise UsageError(f"{type(frame).__name__} is no frame that narwhals knows") from None
        schema = self.given_schema = self.given.collect_schema()
        names = {name: name for name in schema}
        if self.given.implementation.is_spark_like():
            # Spark takes a point for the way into a struct
            names = {name: f"_column{number}" for number, name in enumerate(schema)}
            frame = frame.toDF(*names.values())
            self.given = nw.from_native(frame)
        vocabulary = catalog.book.vocabulary
        self.map = mapping or by_names(list(schema), vocabulary, labels)
        if self.map.reported is not None:
            raise UsageError("amounts that were reported are not summed by an engine",
                             remedy="Leave `reported` out, or read without --engine.")  # fmt: skip
        self.map.check(list(schema), "")
        self.labels = [name for name in labels if name in self.map.labels]
        self.meters = dict(self.map.meters)
        if "requests" in self.map.columns:
            self.meters["request"] = self.map.columns["requests"]
        #: the columns of a row that tell what it is, in the order of its key
        self.keys = [
            (name, column)
            for name, column in [
                *((what, self.map.columns[what]) for what in ("model", "seller")
                  if what in self.map.columns),
                *self.map.attributes.items(),
                *((f"label {name}", self.map.labels[name]) for name in self.labels),
            ]
        ]  # fmt: skip
        for meter, column in self.meters.items():
            if not (schema[column].is_integer() or schema[column].is_float()):
                raise UsageError(f"{column} holds {schema[column]}, no counts of {meter}")
        self.frame = self._prepared(frame, schema, names)
        self._id = names.get(self.map.columns.get("id", ""))

    def _prepared(self, native: Any, schema: Any, names: Mapping[str, str]) -> Any:
        """Give the frame with short names: keys k0…, counts m0…, instant and context."""
        column = self.map.columns.get("at")
        frame = self.given
        if column is None:
            if self.at is None:
                raise UsageError("no column tells the time", remedy="Map one to `at`, or --at.")
            frame = frame.with_columns(nw.lit(self.at, nw.Int64).alias("_at"))
        elif schema[column].is_integer():
            frame = frame.with_columns((nw.col(names[column]).cast(nw.Int64) * SECOND).alias("_at"))
        elif schema[column] in (nw.Datetime, nw.Date):
            frame = with_micros(native, frame, names[column], schema[column])
        else:
            raise UsageError(f"{column} holds {schema[column]}, no instants",
                             remedy="Cast it to a timestamp.")  # fmt: skip
        counts, texts = [], []
        for number, count in enumerate(self.meters.values()):
            filled = nw.col(names[count])
            filled = filled.fill_null(0) if self._may_be_null(count) else filled
            counts.append(filled.alias(f"_f{number}"))
        for number, (_, key) in enumerate(self.keys):
            text = nw.col(names[key])
            text = text if schema[key] == nw.String else text.cast(nw.String)
            text = text.fill_null("") if self._may_be_null(key) else text
            texts.append(text.alias(f"_k{number}"))
        frame = frame.with_columns(*counts, *texts)
        whole = []
        for number, name in enumerate(self.meters.values()):
            found = nw.col(f"_f{number}")
            # a part of a count is found by what rounding changes
            found = found.round(0) if schema[name].is_float() else found
            found = found if schema[name] == nw.Int64 else found.cast(nw.Int64)
            whole.append(found.alias(f"_w{number}"))
        frame = frame.with_columns(*whole)
        taken = {meter: nw.col(f"_w{n}") for n, meter in enumerate(self.meters)}
        for part, of in self.map.inside.items():
            taken[of] = taken[of] - taken[part]
        frame = frame.with_columns(*(e.alias(f"_m{n}") for n, e in enumerate(taken.values())))
        context: Any = nw.lit(0, nw.Int64)
        for number, meter in enumerate(self.meters):
            if meter.startswith(_CONTEXT):
                context = context + nw.col(f"_m{number}")
        told = self.map.columns.get("context_tokens")
        if told is not None:
            own = nw.col(names[told]).fill_null(0).cast(nw.Int64)
            context = nw.when(own > 0).then(own).otherwise(context)
        return frame.with_columns(context.alias("_context"))

    def _may_be_null(self, column: str) -> bool:
        return column not in self._known or self._known[column].has_nulls

    def sums(self, *, by_quarter: bool = False) -> Iterator[Sum]:
        """Give what is priced alike as one usage each, in the order of its keys.

        ``by_quarter``: a quarter of an hour each, for groups by time. Rows are read once where no
        price changes among them, else a second time.
        """
        spans = self._spans()
        cuts, contexts, has_windows, is_told = self._boundaries(spans)
        step = _MINUTE if has_windows else QUARTER if by_quarter else 0
        last = max((int(row["_last"]) for row in spans), default=0)
        groups: Iterable[dict[str, Any]] = spans
        is_known = not self._known or not is_told
        if cuts or contexts or step or not is_known or any("_s0" not in row for row in spans):
            groups = self._parted(spans, cuts, contexts, step, is_told)
        for row in sorted(groups, key=lambda row: tuple(map(str, row.values()))):
            meters = {m: int(row[f"_s{n}"] or 0) for n, m in enumerate(self.meters)}
            key = [row[name] for name in self._key_names]
            usage = self._usage(key, meters, row["_first"], row["_most"])
            if row["_n"] > 1:
                _refuse_single(
                    usage.replace(attributes=dict(usage.attributes)), self.catalog, self.at
                )
            yield Sum(usage, int(row["_n"]), last)

    def _parted(
        self,
        spans: list[dict[str, Any]],
        cuts: list[int],
        contexts: list[int],
        step: int,
        is_told: bool,
    ) -> Iterator[dict[str, Any]]:
        """Give the sums by key, of rows between two cuts and in one quarter of an hour."""
        buckets = {"_b": bucket("_at", cuts)} if cuts else {}
        if contexts:
            buckets["_c"] = bucket("_context", contexts)
        if step:
            buckets["_q"] = (nw.col("_at") // step).cast(nw.Int64)
        frame = self.frame
        if buckets:
            frame = frame.with_columns(*(found.alias(name) for name, found in buckets.items()))
        counts = [nw.len().alias("_n")]
        if is_told:
            counts.append(nw.col("_context").max().alias("_most"))
        whole = {tuple(row[name] for name in self._key_names): row for row in spans}
        for row in dicts(frame.group_by(*self._key_names, *buckets).agg(*counts, *self._sums)):
            span = whole[tuple(row[name] for name in self._key_names)]
            since = [span["_first"], int(row.get("_q", 0)) * step if step else span["_first"]]
            since += [cuts[int(row["_b"]) - 1]] if row.get("_b") else []
            # any instant between two cuts is priced as all of them
            yield {"_most": 0, **row, "_first": max(since)}

    @property
    def _key_names(self) -> list[str]:
        return [f"_k{number}" for number in range(len(self.keys))]

    @property
    def _sums(self) -> list[Any]:
        return [nw.col(f"_m{n}").sum().alias(f"_s{n}") for n in range(len(self.meters))]

    def _spans(self) -> list[dict[str, Any]]:
        """Check every count, and tell by key between what its rows lie; its sums if they are read.

        Instants and contexts between the first and the last, the least and the most.
        """
        self._refuse_copies()
        known = self._known_spans()
        if known is not None:
            spans, whole = known
            counted = self.frame.group_by(*self._key_names).agg(nw.len().alias("_n"))
            groups = [{**row, **spans} for row in dicts(counted)]
            if whole * sum(int(row["_n"]) for row in groups) <= _MOST:
                return groups
        counts = range(len(self.meters))
        floats = [n for n, c in enumerate(self.meters.values()) if self.given_schema[c].is_float()]
        parts = [
            (nw.col(f"_f{n}") != nw.col(f"_w{n}")).cast(nw.Int64).alias(f"_p{n}") for n in floats
        ]
        groups = dicts(
            (self.frame.with_columns(*parts) if parts else self.frame)
            .group_by(*self._key_names)
            .agg(
                nw.len().alias("_n"),
                nw.col("_at").min().alias("_first"),
                nw.col("_at").max().alias("_last"),
                nw.col("_context").min().alias("_least"),
                nw.col("_context").max().alias("_most"),
                nw.col("_at").count().alias("_timed"),
                *(nw.col(f"_w{n}").max().alias(f"_x{n}") for n in counts),
                *(nw.col(f"_m{n}").min().alias(f"_l{n}") for n in counts),
                *(nw.col(f"_p{n}").sum().alias(f"_parts{n}") for n in floats),
                *self._sums,
            )
        )
        self._check(groups)
        return groups

    def _known_spans(self) -> tuple[dict[str, int], int] | None:
        """Give between what all rows lie, and the largest counts, where bounds tell it."""
        column = self.map.columns.get("at")
        names = [*self.meters.values(), *([column] if column is not None else [])]
        if self.map.inside or "context_tokens" in self.map.columns:
            return None
        if any(
            name not in self._known
            or self._known[name].least is None
            or (name != column and not self.given_schema[name].is_integer())
            for name in names
        ):
            return None
        most = least = largest = 0
        for meter, name in self.meters.items():
            known = self._known[name]
            assert known.least is not None
            assert known.most is not None
            low = min(known.least, 0) if known.has_nulls else known.least
            high = max(known.most, 0) if known.has_nulls else known.most
            if low < 0:
                return None
            largest += high
            if meter.startswith(_CONTEXT):
                least, most = least + low, most + high
        first = last = self.at
        if column is not None:
            first, last = self._known[column].least, self._known[column].most
            if self._known[column].has_nulls or self.given_schema[column].is_integer():
                return None
        if first is None or last is None:
            return None
        return {"_first": first, "_last": last, "_least": least, "_most": most}, largest

    def quarters(self) -> list[int]:
        """Give the quarters of an hour in which there is a row."""
        found = self.frame.select((nw.col("_at") // QUARTER).cast(nw.Int64).alias("_q")).unique()
        return sorted(int(row["_q"]) for row in dicts(found))

    def rows(self) -> Iterator[Usage]:
        """Give the usage of each row, in order."""
        self._spans()
        keys = self._key_names
        counts = [f"_m{number}" for number in range(len(self.meters))]
        for row in self.frame.select(*keys, *counts, "_at", "_context").iter_rows(named=True):
            meters = {m: int(row[f"_m{n}"]) for n, m in enumerate(self.meters)}
            yield self._usage([row[key] for key in keys], meters, row["_at"], row["_context"])

    def _usage(self, key: Sequence[str], meters: Mapping[str, int], at: Any, context: Any) -> Usage:
        told = {name: text for (name, _), text in zip(self.keys, key, strict=True) if text}
        fixed = dict(self.map.fixed)
        model = told.pop("model", None) or fixed.pop("model", None)
        seller = seller_of(told.pop("seller", None) or fixed.pop("seller", None))
        labels = {n[6:]: told.pop(n) for n in list(told) if n.startswith("label ")}
        kept = {m: n for m, n in meters.items() if n or m in ("input", "output")}
        return Usage(
            kept,
            at=int(at),
            attributes={**fixed, **told},
            model=model,
            seller=seller,
            context_tokens=None if self.map.aggregate else int(context),
            aggregate=self.map.aggregate,
            labels=labels,
        )

    def _boundaries(self, groups: list[dict[str, Any]]) -> tuple[list[int], list[int], bool, bool]:
        """Give the instants and contexts at which some price changes among the rows.

        And whether some price changes within hours, and whether any is told by the context.
        """
        cuts: set[int] = set()
        contexts: set[int] = set()
        has_windows = is_told = False
        for row in groups:
            key = [row[name] for name in self._key_names]
            usage = self._usage(key, {}, row["_first"], 0)
            try:
                card, _ = self.catalog.locate(usage, at=self.at)
            except PricingError:
                continue
            now, last = int(row["_first"]), int(row["_last"])
            if self.at is not None:
                now = last = self.at
            while now <= last:
                try:
                    prices = tariff(card, now)
                except NoRevision as error:
                    if error.until is None or error.until > last:
                        break
                    now = error.until
                    cuts.add(now)
                    continue
                contexts.update(c for c in prices.cuts if row["_least"] < c <= row["_most"])
                is_told = is_told or any(c <= row["_most"] for c in prices.cuts)
                has_windows = has_windows or bool(prices.windows)
                now = prices.until
                if now <= last:
                    cuts.add(now)
        return sorted(cuts), sorted(contexts), has_windows, is_told

    def _check(self, groups: list[dict[str, Any]]) -> None:
        """Refuse what is no count or no instant, and sums that might not fit 64 bits."""
        rows = sum(int(group["_n"]) for group in groups)
        if any(group["_timed"] != group["_n"] for group in groups):
            raise UsageError("some rows have no time", remedy="Fill it in, or leave them out.")
        whole = 0
        for number, (meter, column) in enumerate(self.meters.items()):
            if any(group.get(f"_parts{number}") for group in groups):
                raise UsageError(f"{column} holds parts of a count of {meter}")
            least = min((group[f"_l{number}"] for group in groups), default=0)
            if least < 0:
                raise UsageError(f"{column} gives {least} of {meter}: a count cannot be negative")
            whole += max((int(group[f"_x{number}"]) for group in groups), default=0)
        if whole * rows > _MOST:
            raise UsageError(
                f"sums of {rows:,} rows may not fit 64 bits", remedy="Price them in parts."
            )

    def _refuse_copies(self) -> None:
        """Refuse ids that stand in several rows."""
        if self._id is None:
            return
        id = self.map.columns["id"]
        ids = self.frame.select(nw.col(self._id)).drop_nulls()
        given = int(dicts(ids.select(nw.len().alias("_n")))[0]["_n"])
        each = int(dicts(ids.unique().select(nw.len().alias("_n")))[0]["_n"])
        if given != each:
            raise UsageError(
                f"{given - each:,} ids in '{id}' stand in more than one row",
                remedy="Keep one row of each, or read without --engine, which merges them.",
            )


def _refuse_single(usage: Usage, catalog: Catalog, at: int | None) -> None:
    """Refuse requests that have to be priced one by one; those without a price are told later."""
    try:
        card, _ = catalog.locate(usage, at=at)
        quote = quote_for(usage, card, PLAIN)
    except PricingError:
        return
    prices = [quote.price(meter) for meter, count in usage.meters.items() if count]
    if quote.is_single or any(isinstance(p, Priced) and p.unit is None for p in prices):
        raise UsageError(
            f"{card.name} charges request by request: tiers, minimums or fees of each",
            remedy="Read it without --engine.",
        )
