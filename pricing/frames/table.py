"""A frame whose columns are known: its rows summed by what decides their price."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pricing.cards.tariff import tariff
from pricing.errors import NoRevision, PricingError, UsageError, did_you_mean
from pricing.frames.counts import (
    MOST,
    fits,
    from_number,
    not_negative,
    some_context,
    whole,
    with_micros,
)
from pricing.instants import FOREVER, SECOND
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

#: no zone's day begins inside one
QUARTER = 900 * SECOND
_MINUTE = 60 * SECOND
_NAMES = {
    "model": ("model", "model_name", "model_id"),
    "seller": ("seller", "provider"),
    "at": ("at", "ts", "timestamp", "created_at"),
    "id": ("id", "request_id"),
    "context_tokens": ("context_tokens",),
}
_CONTEXT = ("input", "cache_read", "cache_write")
#: in the names of counts
_ALIKE = ("token", "prompt", "completion", "cache", "input", "output")
#: numbers that are named like counts, and are billed nowhere
_NO_COUNTS = ("total_tokens", "max_tokens")


class Sum:
    """Requests that are priced alike: ``usage`` holds their sum, ``last`` is the latest instant."""

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
    ) -> None:
        self.catalog = catalog
        self.at = at
        try:
            self.given: Any = nw.from_native(frame)
        except TypeError:
            raise UsageError(f"{type(frame).__name__} is no frame that narwhals knows") from None
        schema = self.given.collect_schema()
        self.columns = list(schema)
        names = {name: name for name in schema}
        if self.given.implementation.is_spark_like():
            # Spark takes a point for the way into a struct
            names = {name: f"_column{number}" for number, name in enumerate(schema)}
            frame = frame.toDF(*names.values())
            self.given = nw.from_native(frame)
        vocabulary = catalog.book.vocabulary
        self.map = mapping or _by_names(list(schema), vocabulary, labels)
        if self.map.reported is not None:
            raise UsageError("amounts that were reported are not summed by an engine",
                             remedy="Leave `reported` out, or read without --engine.")  # fmt: skip
        self.map.check(list(schema), "")
        if mapping is None:
            _check_unused(schema, self.map, vocabulary)
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
                raise UsageError(f"{column} holds {schema[column]}, no counts of {meter}",
                                 remedy="Cast it to whole numbers of 64 bits.")  # fmt: skip
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
            frame = frame.with_columns(
                from_number(nw.col(names[column]), schema[column]).alias("_at")
            )
        elif schema[column] in (nw.Datetime, nw.Date):
            frame = with_micros(native, frame, names[column], schema[column])
        else:
            raise UsageError(f"{column} holds {schema[column]}, no instants",
                             remedy="Cast it to a timestamp.")  # fmt: skip
        counts = [
            nw.col(names[c]).fill_null(0).alias(f"_f{n}")
            for n, c in enumerate(self.meters.values())
        ]
        texts = [
            nw.col(names[c]).cast(nw.String).fill_null("").alias(f"_k{n}")
            for n, (_, c) in enumerate(self.keys)
        ]
        frame = frame.with_columns(*counts, *texts)
        counted = [(nw.col(f"_f{n}"), schema[c]) for n, c in enumerate(self.meters.values())]
        frame = frame.with_columns(
            *(whole(count, kind).alias(f"_w{n}") for n, (count, kind) in enumerate(counted))
        )
        #: the counts that may be more than 64 bits hold, or no numbers
        self._unfit = {
            n: ~fit
            for n, (count, kind) in enumerate(counted)
            if (fit := fits(count, kind)) is not None
        }
        self._floats = [n for n, (_, kind) in enumerate(counted) if kind.is_float()]
        places = {meter: n for n, meter in enumerate(self.meters)}
        taken = {meter: nw.col(f"_w{n}") for meter, n in places.items()}
        for meter in {*self.map.inside, *self.map.inside.values()}:
            # the least count has no opposite; that it is negative is found by itself
            taken[meter] = not_negative(taken[meter])
        for part, of in self.map.inside.items():
            taken[of] = taken[of] - not_negative(nw.col(f"_w{places[part]}"))
        frame = frame.with_columns(*(e.alias(f"_m{n}") for n, e in enumerate(taken.values())))
        context: Any = nw.lit(0, nw.Int64)
        for meter, n in places.items():
            if meter.startswith(_CONTEXT):
                context = context + some_context(nw.col(f"_m{n}"))
        told = self.map.columns.get("context_tokens")
        if told is not None:
            own = whole(nw.col(names[told]).fill_null(0), schema[told])
            context = nw.when(own > 0).then(own).otherwise(context)
        return frame.with_columns(context.alias("_context"))

    def sums(self, *, by_quarter: bool = False) -> Iterator[Sum]:
        """Give what is priced alike as one usage each, in the order of its keys.

        ``by_quarter``: a quarter of an hour each, for groups by time.
        """
        cuts, contexts, has_windows = self._boundaries()
        step = _MINUTE if has_windows else QUARTER if by_quarter else 0
        keys = [f"_k{number}" for number in range(len(self.keys))]
        buckets = [_bucket("_at", cuts).alias("_b"), _bucket("_context", contexts).alias("_c")]
        if step:
            buckets.append((nw.col("_at") // step).cast(nw.Int64).alias("_q"))
        grouped = (
            self.frame.with_columns(*buckets)
            .group_by(*keys, "_b", "_c", *(["_q"] if step else []))
            .agg(
                nw.len().alias("_n"),
                nw.col("_at").min().alias("_first"),
                nw.col("_at").max().alias("_last"),
                nw.col("_context").max().alias("_most"),
                *(nw.col(f"_m{n}").sum().alias(f"_s{n}") for n in range(len(self.meters))),
            )
        )
        for row in sorted(_dicts(grouped), key=lambda row: tuple(map(str, row.values()))):
            meters = {m: int(row[f"_s{n}"]) for n, m in enumerate(self.meters)}
            usage = self._usage([row[key] for key in keys], meters, row["_first"], row["_most"])
            if row["_n"] > 1:
                _refuse_single(
                    usage.replace(attributes=dict(usage.attributes)), self.catalog, self.at
                )
            yield Sum(usage, int(row["_n"]), int(row["_last"]))

    def quarters(self) -> list[int]:
        """Give the quarters of an hour in which there is a row."""
        found = self.frame.select((nw.col("_at") // QUARTER).cast(nw.Int64).alias("_q")).unique()
        return sorted(int(row["_q"]) for row in _dicts(found))

    def rows(self) -> Iterator[Usage]:
        """Give the usage of each row, in order."""
        self._boundaries()
        keys = [f"_k{number}" for number in range(len(self.keys))]
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

    def _boundaries(self) -> tuple[list[int], list[int], bool]:
        """Check every count, and give the instants and contexts at which some price may change."""
        keys = [f"_k{number}" for number in range(len(self.keys))]
        counts = range(len(self.meters))
        parts = [
            (nw.col(f"_f{n}") != nw.col(f"_w{n}")).cast(nw.Int64).alias(f"_p{n}")
            for n in self._floats
        ]
        parts += [unfit.cast(nw.Int64).alias(f"_u{n}") for n, unfit in self._unfit.items()]
        is_untimed = nw.col("_at").is_null() | (nw.col("_at") >= FOREVER)
        untimed = is_untimed.cast(nw.Int64).alias("_untimed")
        found = _dicts(
            self.frame.with_columns(untimed, *parts)
            .group_by(*keys)
            .agg(
                nw.len().alias("_n"),
                nw.col("_at").min().alias("_first"),
                nw.col("_at").max().alias("_last"),
                nw.col("_untimed").sum().alias("_untimed_rows"),
                *(nw.col(f"_w{n}").max().alias(f"_x{n}") for n in counts),
                *(nw.col(f"_w{n}").min().alias(f"_v{n}") for n in counts),
                *(nw.col(f"_m{n}").min().alias(f"_l{n}") for n in counts),
                *(nw.col(f"_u{n}").sum().alias(f"_unfit{n}") for n in self._unfit),
                *(nw.col(f"_p{n}").sum().alias(f"_parts{n}") for n in self._floats),
            )
        )
        self._check(found)
        cuts: set[int] = set()
        contexts: set[int] = set()
        has_windows = False
        for row in found:
            usage = self._usage([row[key] for key in keys], {}, row["_first"], 0)
            try:
                card, _ = self.catalog.locate(usage, at=self.at)
            except PricingError:
                continue
            now, last = int(row["_first"]), int(row["_last"])
            while now <= last:
                try:
                    prices = tariff(card, now)
                except NoRevision as error:
                    if error.until is None or error.until > last:
                        break
                    now = error.until
                    cuts.add(now)
                    continue
                contexts.update(prices.cuts)
                has_windows = has_windows or bool(prices.windows)
                now = prices.until
                if now <= last:
                    cuts.add(now)
        if self.at is not None:
            cuts.clear()
        return sorted(cuts), sorted(contexts), has_windows

    def _check(self, groups: list[dict[str, Any]]) -> None:
        """Refuse what is no count or no instant, and sums that might not fit 64 bits."""
        rows = sum(int(group["_n"]) for group in groups)
        if any(group["_untimed_rows"] for group in groups):
            remedy = "Fill it in, or leave them out. Numbers are seconds or milliseconds."
            raise UsageError("some rows have no time", remedy=remedy)
        most = 0
        for number, (meter, column) in enumerate(self.meters.items()):
            if any(group.get(f"_unfit{number}") for group in groups):
                raise UsageError(
                    f"{column} holds what is no count of {meter}",
                    remedy="NaN, infinite, beyond 64 bits, or a float beyond 2^53.",
                )
            if any(group.get(f"_parts{number}") for group in groups):
                raise UsageError(f"{column} holds parts of a count of {meter}")
            least = min((group[f"_v{number}"] for group in groups), default=0)
            if least < 0:
                raise UsageError(f"{column} gives {least} of {meter}: a count cannot be negative")
            if min((group[f"_l{number}"] for group in groups), default=0) < 0:
                raise UsageError(f"the parts of {column} are more than the whole")
            most += max((int(group[f"_x{number}"]) for group in groups), default=0)
        if most * rows > MOST:
            raise UsageError(
                f"sums of {rows:,} rows may not fit 64 bits", remedy="Price them in parts."
            )
        if self._id is not None:
            id = self.map.columns["id"]
            ids = self.frame.select(nw.col(self._id)).drop_nulls()
            given = int(_dicts(ids.select(nw.len().alias("_n")))[0]["_n"])
            each = int(_dicts(ids.unique().select(nw.len().alias("_n")))[0]["_n"])
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


def _by_names(columns: list[str], vocabulary: Any, labels: Iterable[str]) -> Map:
    """Give which column is what, by the names of columns.

    Raises:
        UsageError: there is none with the model, or with counts.
    """
    found = {
        what: next(name for name in names if name in columns)
        for what, names in _NAMES.items()
        if any(name in columns for name in names)
    }
    meters = {name: name for name in columns if name in vocabulary.meters}
    attributes = {name: name for name in columns if name in vocabulary.attributes}
    if "model" not in found:
        raise UsageError("no column tells the model", remedy="Name it `model`, or give --map.")
    if not meters:
        hint = did_you_mean("input", columns)
        raise UsageError("no column is a meter", remedy=hint or "As `input`, or give --map.")
    own = {name: name for name in labels if name in columns}
    return Map(found, meters, {}, attributes, own, {}, None, False)


def _check_unused(schema: Any, found: Map, vocabulary: Any) -> None:
    """Refuse a column of numbers that looks like a count, and would be free for its name."""
    used = {*found.named, *_NO_COUNTS}
    for name, kind in schema.items():
        word = name.lower()
        is_like = any(each in word for each in _ALIKE) and not word.endswith("_id")
        if name in used or not kind.is_numeric() or not is_like:
            continue
        hint = did_you_mean(name, vocabulary.meters) or "Name it as its meter, or give a mapping."
        raise UsageError(f"the column '{name}' looks like a count, and is none", remedy=hint)


def _bucket(column: str, cuts: Sequence[int]) -> Any:
    """Give how many of the boundaries a value has reached."""
    found: Any = nw.lit(0, nw.Int64)
    for cut in cuts:
        found = found + (nw.col(column) >= cut).cast(nw.Int64)
    return found


def _dicts(frame: Any) -> list[dict[str, Any]]:
    """Give the rows of a result, which are few."""
    found = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return list(found.iter_rows(named=True))
