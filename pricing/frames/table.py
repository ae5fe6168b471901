"""A frame whose columns are known: its rows summed by what decides their price."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pricing.errors import UsageError
from pricing.frames.bounds import CONTEXT, spans_of
from pricing.frames.columns import by_names, check_unused, refuse_single
from pricing.frames.counts import (
    MOST,
    fits,
    from_number,
    not_negative,
    some_context,
    whole,
    with_micros,
)
from pricing.frames.native import bucket, dicts, placed, with_places
from pricing.frames.plan import plan_of
from pricing.instants import FOREVER, QUARTER, SECOND
from pricing.usage.logs.mapped import Map
from pricing.usage.sellers import seller_of
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pricing.catalog import Catalog
    from pricing.frames.bounds import Bounds
    from pricing.frames.plan import Plan

_MINUTE = 60 * SECOND
#: that many tell the keys of most tables
_FIRST_ROWS = 10_000


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
        self.columns = list(schema)
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
        if mapping is None:
            check_unused(schema, self.map, vocabulary)
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
            if meter.startswith(CONTEXT):
                context = context + some_context(nw.col(f"_m{n}"))
        told = self.map.columns.get("context_tokens")
        if told is not None:
            own = whole(nw.col(names[told]).fill_null(0), schema[told])
            context = nw.when(own > 0).then(own).otherwise(context)
        return frame.with_columns(context.alias("_context"))

    def _may_be_null(self, column: str) -> bool:
        return column not in self._known or self._known[column].has_nulls

    def sums(self, *, by_quarter: bool = False) -> Iterator[Sum]:
        """Give what is priced alike as one usage each, in the order of its keys.

        ``by_quarter``: a quarter of an hour each, for groups by time. Rows are read once where no
        price changes among them, else a second time.
        """
        self._refuse_copies()
        spans = self._known_spans()
        if spans is not None:
            groups = self._at_once(spans, by_quarter)
            last = spans["_last"] if groups else 0
        else:
            groups, last = self._in_turn(by_quarter)
        for row in sorted(groups, key=lambda row: tuple(map(str, row.values()))):
            meters = {m: int(row[f"_s{n}"] or 0) for n, m in enumerate(self.meters)}
            key = [row[name] for name in self._key_names]
            usage = self._usage(key, meters, row["_first"], row["_most"])
            if row["_n"] > 1:
                refuse_single(
                    usage.replace(attributes=dict(usage.attributes)), self.catalog, self.at
                )
            yield Sum(usage, int(row["_n"]), last)

    def _at_once(self, spans: Mapping[str, int], by_quarter: bool) -> list[dict[str, Any]]:
        """Give the sums by key of rows that all lie between ``spans``, and read them once.

        The first rows tell the keys. Of others that follow, those whose prices change elsewhere are
        read a second time.
        """
        keys, first = self._key_names, spans["_first"]
        some = dicts(self.frame.select(*keys).head(_FIRST_ROWS).unique()) if keys else [{}]
        plan = self._plan({**row, **spans} for row in some)
        seen, frame = {self._key(row) for row in some}, self.frame
        few = [] if by_quarter else placed(frame, seen)
        groups = self._parted(frame, plan, first, by_quarter, few)
        others = {self._key(row): row for row in groups if self._key(row) not in seen}
        late = {
            key[0]
            for key, row in others.items()
            if few or not plan.covers(self._plan([{**row, **spans}]))
        }
        done = [row for row in groups if not keys or row[keys[0]] not in late]
        if late:
            if done:
                told = dict.fromkeys(row[keys[0]] for row in done)
                frame = frame.filter(~nw.col(keys[0]).is_in(list(told)))
            rest = self._plan({**row, **spans} for row in dicts(frame.select(*keys).unique()))
            done += self._parted(frame, rest, first, by_quarter)
        return done

    def _in_turn(self, by_quarter: bool) -> tuple[list[dict[str, Any]], int]:
        """Check all rows, then give the sums by key, and the latest instant."""
        spans = self._spans()
        last = max((int(row["_last"]) for row in spans), default=0)
        plan = self._plan(spans)
        if not (plan.cuts or plan.contexts or plan.has_windows or by_quarter) and all(
            "_s0" in row for row in spans
        ):
            return spans, last
        first = {self._key(row): row["_first"] for row in spans}
        groups = self._parted(self.frame, plan, -FOREVER, by_quarter)
        return [
            {**row, "_first": max(row["_first"], first[self._key(row)])} for row in groups
        ], last

    def _plan(self, spans: Iterable[Mapping[str, Any]]) -> Plan:
        return plan_of(
            ((self._usage(self._key(row), {}, row["_first"], 0), row) for row in spans),
            self.catalog,
            self.at,
        )

    def _parted(
        self, frame: Any, plan: Plan, first: int, by_quarter: bool, few: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Give the sums by key, of rows between two cuts and in one quarter of an hour.

        ``first`` is an instant that none is before. Where ``few`` keys of DuckDB are given, of one
        column, any other is None.
        """
        keys = self._key_names
        if few:
            frame, keys = with_places(frame, keys[0], few), ["_place"]
        cuts, step = plan.cuts, _MINUTE if plan.has_windows else QUARTER if by_quarter else 0
        buckets = {"_b": bucket("_at", cuts)} if cuts else {}
        if plan.contexts:
            buckets["_c"] = bucket("_context", plan.contexts)
        if step:
            buckets["_q"] = (nw.col("_at") // step).cast(nw.Int64)
        if buckets:
            frame = frame.with_columns(*(found.alias(name) for name, found in buckets.items()))
        counts = [nw.len().alias("_n")]
        if plan.is_told:
            counts.append(nw.col("_context").max().alias("_most"))
        groups = []
        for row in dicts(frame.group_by(*keys, *buckets).agg(*counts, *self._sums)):
            if "_place" in row:
                row["_k0"] = few[row["_place"] - 1] if row["_place"] else None
            since = [first, int(row.get("_q", 0)) * step if step else first]
            since += [cuts[int(row["_b"]) - 1]] if row.get("_b") else []
            # any instant between two cuts is priced as all of them
            groups.append({"_most": 0, **row, "_first": max(since)})
        return groups

    def _key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._key_names)

    @property
    def _key_names(self) -> list[str]:
        return [f"_k{number}" for number in range(len(self.keys))]

    @property
    def _sums(self) -> list[Any]:
        return [nw.col(f"_m{n}").sum().alias(f"_s{n}") for n in range(len(self.meters))]

    def _known_spans(self) -> Mapping[str, int] | None:
        """Give between what all rows lie, where that is known, and no sum can overflow."""
        if self.map.inside or "context_tokens" in self.map.columns or self._unfit:
            return None
        column = self.map.columns.get("at")
        return spans_of(self._known, self.given_schema, self.meters, column, self.at)

    def _spans(self) -> list[dict[str, Any]]:
        """Check every count, and tell by key between what its rows lie; its sums if they are read.

        Instants and contexts between the first and the last, the least and the most.
        """
        counts = range(len(self.meters))
        parts = [
            (nw.col(f"_f{n}") != nw.col(f"_w{n}")).cast(nw.Int64).alias(f"_p{n}")
            for n in self._floats
        ]
        parts += [unfit.cast(nw.Int64).alias(f"_u{n}") for n, unfit in self._unfit.items()]
        is_untimed = nw.col("_at").is_null() | (nw.col("_at") >= FOREVER)
        # others may fail on a sum that is found too large only afterwards
        is_sure = self.given.implementation.is_duckdb() or self.given.implementation.is_polars()
        groups = dicts(
            self.frame.with_columns(is_untimed.cast(nw.Int64).alias("_untimed"), *parts)
            .group_by(*self._key_names)
            .agg(
                nw.len().alias("_n"),
                nw.col("_at").min().alias("_first"),
                nw.col("_at").max().alias("_last"),
                nw.col("_context").min().alias("_least"),
                nw.col("_context").max().alias("_most"),
                nw.col("_untimed").sum().alias("_untimed_rows"),
                *(nw.col(f"_w{n}").max().alias(f"_x{n}") for n in counts),
                *(nw.col(f"_w{n}").min().alias(f"_v{n}") for n in counts),
                *(nw.col(f"_m{n}").min().alias(f"_l{n}") for n in counts),
                *(nw.col(f"_u{n}").sum().alias(f"_unfit{n}") for n in self._unfit),
                *(nw.col(f"_p{n}").sum().alias(f"_parts{n}") for n in self._floats),
                *(self._sums if is_sure else ()),
            )
        )
        self._check(groups)
        return groups

    def quarters(self) -> list[int]:
        """Give the quarters of an hour in which there is a row."""
        found = self.frame.select((nw.col("_at") // QUARTER).cast(nw.Int64).alias("_q")).unique()
        return sorted(int(row["_q"]) for row in dicts(found))

    def rows(self) -> Iterator[Usage]:
        """Give the usage of each row, in order."""
        self._refuse_copies()
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
