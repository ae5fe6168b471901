"""SQL that rates usage where it lies: a table of rating keys, and views that add up and multiply.

A sum of at most 19 digits times a price of 18, 15 of them decimal places, has 38 digits: it never
overflows and nothing is rounded. What has no price has no cost either, and a reason.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import PricingError, UsageError, did_you_mean
from pricing.exports.keys import (
    ANY,
    COUNT_DIGITS,
    NOT_TOLD,
    PRICE_DIGITS,
    PRICE_PLACES,
    Key,
    Keys,
)
from pricing.instants import FOREVER, iso
from pricing.money import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pricing.usage.logs.mapped import Map

RATES, LINES, COSTS = "pricing_rates", "pricing_lines", "pricing_costs"
UNPRICED, REPEATED = "pricing_unpriced", "pricing_repeated_ids"
_ROWS_AT_ONCE = 500
_CONTEXT = ("input", "cache_read", "cache_write")
_OWN = ("seller", "model", "card", "currency", "meter", "requests", "quantity", "price", "cost",
        "reason", "key_id", "unpriced_lines", "fault", "at_us", "context")  # fmt: skip


class Dialect:
    """What databases write differently."""

    def __init__(
        self, quote: str, text: str, whole: str, number: str, micros: str, cast: str = "CAST"
    ) -> None:
        self.quote = quote
        #: casts what may not fit, to a null where there is such a cast
        self.cast = cast
        self.text = text
        self.whole = whole
        self.number = number
        #: microseconds since 1970 of a timestamp; one without a zone is UTC's
        self.micros = micros
        #: folds plain names to capitals, so that they must stand without quotes
        self.folds = False
        #: knows a backslash inside a text
        self.escapes = quote == "`"

    def name(self, name: str) -> str:
        """Write a name, perhaps one in a schema."""
        return ".".join(map(self.column, name.split(".")))

    def column(self, name: str) -> str:
        """Write the name of a column."""
        if self.folds and name.isidentifier() and name.isascii() and name.islower():
            return name
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def decimal(self, digits: int, places: int) -> str:
        return f"{self.number}({digits}, {places})"

    def literal(self, value: str) -> str:
        if self.escapes:
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return "'" + value.replace("'", "''") + "'"


_SPARK_MICROS = (
    "CASE WHEN typeof({0}) IN ('date', 'timestamp_ntz')"
    " THEN timestampdiff(MICROSECOND, TIMESTAMP_NTZ'1970-01-01 00:00:00',"
    " CAST({0} AS TIMESTAMP_NTZ)) ELSE unix_micros(CAST({0} AS TIMESTAMP)) END"
)
DIALECTS = {
    "bigquery": Dialect("`", "STRING", "INT64", "BIGNUMERIC", "UNIX_MICROS(TIMESTAMP({0}))",
                        "SAFE_CAST"),
    "duckdb": Dialect('"', "VARCHAR", "BIGINT", "DECIMAL", "epoch_us({0})", "TRY_CAST"),
    "postgres": Dialect('"', "TEXT", "BIGINT", "NUMERIC",
                        "CAST(EXTRACT(EPOCH FROM {0}) * 1000000 AS BIGINT)"),
    "snowflake": Dialect('"', "VARCHAR", "BIGINT", "NUMBER",
                         "DATE_PART(EPOCH_MICROSECOND, {0})"),
    "spark": Dialect("`", "STRING", "BIGINT", "DECIMAL", _SPARK_MICROS, "TRY_CAST"),
}  # fmt: skip
DIALECTS["snowflake"].folds = DIALECTS["snowflake"].escapes = True


def dialect_of(name: str) -> Dialect:
    """Give a dialect by its name; raises PricingError."""
    if name not in DIALECTS:
        hint = did_you_mean(name, DIALECTS) or f"One of: {', '.join(DIALECTS)}."
        raise PricingError(f"no SQL for '{name}'", remedy=hint)
    return DIALECTS[name]


class Export:
    """The table and the views for one mapping, in one dialect."""

    def __init__(self, dialect: str, keys: Keys, table: str = "usage") -> None:
        self.sql = dialect_of(dialect)
        self.map: Map = keys.map
        self.keys = keys
        #: how the queries name what they read
        self.table = self.sql.name(table)
        self.rates = self.sql.column(RATES)
        self.lines = self.sql.column(LINES)
        for label in self.map.labels:
            if label.lower() in (*_OWN, *keys.meters, *self.map.attributes):
                raise UsageError(f"the label '{label}' has the name of a column of the result",
                                 remedy="Name it otherwise in the mapping.")  # fmt: skip

    # the table of rates

    def columns(self) -> dict[str, str]:
        """Give the columns of the table of rates, each with its type."""
        sql = self.sql
        found = {"key_id": sql.whole, "seller": sql.text, "model": sql.text}
        found |= dict.fromkeys(self.map.attributes, sql.text)
        found |= dict.fromkeys(("context_from", "context_below"), sql.whole)
        found |= dict.fromkeys(("valid_from", "valid_until"), sql.text)
        found |= dict.fromkeys(("from_us", "until_us"), sql.whole)
        found |= dict.fromkeys(("card", "currency", "meter"), sql.text)
        return found | {"price": sql.decimal(PRICE_DIGITS, PRICE_PLACES), "reason": sql.text}

    def rows(self, keys: Iterable[Key]) -> Iterator[list[str | None]]:
        """Give the rows of the table of rates, numbers as text."""
        for number, key in enumerate(keys, 1):
            is_open = key.until >= FOREVER
            head = [str(number), key.seller, key.model, *key.attributes, str(key.from_context),
                    None if key.below is None else str(key.below),
                    iso(key.since), None if is_open else iso(key.until),
                    str(key.since), None if is_open else str(key.until),
                    key.card, key.currency]  # fmt: skip
            for meter, price in zip(self.keys.meters, key.prices, strict=True):
                if isinstance(price, Decimal):
                    yield [*head, meter, text(price), None]
                else:
                    yield [*head, meter, None, price]

    def statements(self, keys: Sequence[Key]) -> Iterator[str]:
        """Give the statements one by one."""
        sql, columns = self.sql, self.columns()
        for view in (REPEATED, UNPRICED, COSTS, LINES):
            yield f"DROP VIEW IF EXISTS {sql.column(view)}"
        yield f"DROP TABLE IF EXISTS {self.rates}"
        listed = ",\n".join(f"  {sql.column(name)} {kind}" for name, kind in columns.items())
        yield f"CREATE TABLE {self.rates} (\n{listed}\n)"
        is_text = [kind == sql.text for kind in columns.values()]
        held: list[str] = []
        for row in self.rows(keys):
            cells = (
                "NULL" if cell is None else sql.literal(cell) if quoted else cell
                for cell, quoted in zip(row, is_text, strict=True)
            )
            held.append(f"({', '.join(cells)})")
            if len(held) == _ROWS_AT_ONCE:
                yield f"INSERT INTO {self.rates} VALUES\n" + ",\n".join(held)
                held = []
        if held:
            yield f"INSERT INTO {self.rates} VALUES\n" + ",\n".join(held)
        for name, query in self.queries().items():
            yield f"CREATE VIEW {sql.column(name)} AS\n{query}"

    # the views

    def queries(self) -> dict[str, str]:
        """Give the query of each view by its name."""
        sql = self.sql
        labels = "".join(f"{sql.column(label)}, " for label in self.map.labels)
        found = {
            LINES: self._lines(),
            COSTS: (
                f"SELECT {labels}seller, model, currency, SUM(cost) AS cost,\n"
                "  SUM(CASE WHEN cost IS NULL THEN 1 ELSE 0 END) AS unpriced_lines\n"
                f"FROM {self.lines}\nGROUP BY {labels}seller, model, currency"
            ),
            UNPRICED: (
                f"SELECT {labels}seller, model, meter, quantity, requests, reason\n"
                f"FROM {self.lines}\nWHERE cost IS NULL"
            ),
        }
        id = self.map.columns.get("id")
        if id is not None:
            column = sql.column(id)
            found[REPEATED] = (
                f"SELECT {column}, COUNT(*) AS times\nFROM {self.table}\n"
                f"WHERE {column} IS NOT NULL\nGROUP BY {column}\nHAVING COUNT(*) > 1"
            )
        return found

    def _lines(self) -> str:
        """Give the query that adds usage up by rating key, and prices the sums."""
        sql, map, meters = self.sql, self.map, self.keys.meters
        count = sql.decimal(COUNT_DIGITS, 0)
        places = range(len(meters))
        labels = [sql.column(label) for label in map.labels]
        attributes = [sql.column(name) for name in map.attributes]
        said = ", ".join([*labels, "seller", "model", *attributes])
        taken = {meter: f"c{n}" for n, meter in enumerate(meters)}
        for part, whole in map.inside.items():
            taken[whole] += f" - c{meters.index(part)}"
        context = " + ".join(f"m{n}" for n, m in enumerate(meters) if m.startswith(_CONTEXT)) or "0"
        if "context_tokens" in map.columns:
            context = f"CASE WHEN own_context > 0 THEN own_context ELSE {context} END"
        of_key = ", ".join(["key_id", "seller", "model", *attributes, "context_from",
                            "context_below", "from_us", "until_us"])  # fmt: skip
        alike = "".join(f"\n   AND k.{a} IN ('{ANY}', d.{a})" for a in attributes)
        of_sum = ", ".join(f"s.{label}" for label in labels) + (", " if labels else "")
        names = "\n    UNION ALL SELECT ".join(
            f"{sql.literal(m)} AS meter, {n} AS place" for n, m in enumerate(meters)
        )
        return f"""\
WITH counted AS (
  SELECT {self._told()}
  FROM {self.table} u
),
disjoint AS (
  SELECT {said}, at_us, requests, fault{", own_context" * ("context_tokens" in map.columns)},
    {", ".join(f"{e} AS m{n}" for n, e in enumerate(taken.values()))}
  FROM counted
),
placed AS (
  SELECT {said}, at_us, requests, {", ".join(f"m{n}" for n in places)}, {context} AS context,
    CASE WHEN fault IS NOT NULL THEN fault
      WHEN {" OR ".join(f"m{n} < 0" for n in places)} THEN 'parts that are more than the whole'
    END AS fault
  FROM disjoint
),
keyed AS (
  SELECT d.*, k.key_id
  FROM placed d LEFT JOIN (SELECT DISTINCT {of_key} FROM {self.rates}) k
    ON k.seller = d.seller AND k.model = d.model AND d.fault IS NULL
   AND d.at_us >= k.from_us AND (k.until_us IS NULL OR d.at_us < k.until_us)
   AND d.context >= k.context_from
   AND (k.context_below IS NULL OR d.context < k.context_below){alike}
),
summed AS (
  SELECT {", ".join([*labels, "seller", "model"])}, key_id, fault, SUM(requests) AS requests,
    {", ".join(f"SUM(m{n}) AS s{n}" for n in places)}
  FROM keyed
  GROUP BY {", ".join([*labels, "seller", "model"])}, key_id, fault
),
metered AS (
  SELECT {of_sum}s.seller, s.model, s.key_id, s.fault, s.requests, m.meter, m.place,
    CASE m.place {" ".join(f"WHEN {n} THEN s.s{n}" for n in places)} END AS quantity
  FROM summed s CROSS JOIN (
    SELECT {names}
  ) m
)
SELECT {of_sum}s.seller, s.model, r.card, r.currency, s.meter, s.requests, s.quantity, r.price,
  CASE WHEN s.fault IS NULL AND s.quantity < {10**COUNT_DIGITS}
    THEN CAST(s.quantity AS {count}) * r.price END AS cost,
  CASE WHEN s.fault IS NOT NULL THEN s.fault
    WHEN k.model IS NULL THEN 'no card for this model'
    WHEN s.key_id IS NULL THEN 'no price at that time, or with these attributes'
    WHEN r.price IS NULL THEN r.reason
    WHEN s.quantity >= {10**COUNT_DIGITS} THEN 'a sum of more than {COUNT_DIGITS} digits'
  END AS reason
FROM metered s
LEFT JOIN {self.rates} r ON r.key_id = s.key_id AND r.meter = s.meter
LEFT JOIN (SELECT DISTINCT seller, model FROM {self.rates}) k
  ON k.seller = s.seller AND k.model = s.model
WHERE s.quantity <> 0 OR (s.key_id IS NULL AND s.place = 0)"""

    def _told(self) -> str:
        """Give what each row tells: labels, attributes, time, whole counts, and what is wrong."""
        sql, map, meters = self.sql, self.map, self.keys.meters
        count = sql.decimal(COUNT_DIGITS, 0)
        given = {**map.meters}
        if "requests" in map.columns:
            given["request"] = map.columns["requests"]
        raw = [f"COALESCE(u.{sql.column(given[meter])}, 0)" for meter in meters]
        whole = [f"{sql.cast}({each} AS {count})" for each in raw]
        at = f"u.{sql.column(map.columns['at'])}"
        found = [f"u.{sql.column(c)} AS {sql.column(label)}" for label, c in map.labels.items()]
        found += [f"{self._word(map.columns.get(name))} AS {name}" for name in ("seller", "model")]
        found += [f"{self._value(n, c)} AS {sql.column(n)}" for n, c in map.attributes.items()]
        found.append(f"{sql.micros.format(at)} AS at_us")
        number = whole[-1] if "requests" in map.columns else "1"
        found.append(f"{number} AS requests")
        if "context_tokens" in map.columns:
            own = sql.column(map.columns["context_tokens"])
            found.append(f"{sql.cast}(COALESCE(u.{own}, 0) AS {count}) AS own_context")
        found += [f"{each} AS c{n}" for n, each in enumerate(whole)]
        parts = " OR ".join(f"{w} IS NULL OR {w} <> {r}" for w, r in zip(whole, raw, strict=True))
        found.append(
            f"CASE WHEN {at} IS NULL THEN 'a row without a time'\n"
            f"      WHEN {' OR '.join(f'{each} < 0' for each in raw)} THEN 'a negative count'\n"
            f"      WHEN {parts} THEN 'a part of a count'\n    END AS fault"
        )
        return ",\n    ".join(found)

    def _word(self, column: str | None) -> str:
        if column is None:
            return f"'{NOT_TOLD}'"
        sql = self.sql
        told = f"CAST(u.{sql.column(column)} AS {sql.text})"
        return f"COALESCE(NULLIF({told}, ''), '{NOT_TOLD}')"

    def _value(self, name: str, column: str) -> str:
        """Give an attribute's value; what means the default is as if it were not told."""
        attribute = self.keys.catalog.book.vocabulary.attributes[name]
        sql, default = self.sql, attribute.default
        told = f"CAST(u.{sql.column(column)} AS {sql.text})"
        same = [*attribute.same_as_default, *([] if default is None else [default])]
        listed = ", ".join(map(sql.literal, sorted(same)))
        # an id may tell it too: then only what is left out is the id's to tell
        is_known = default is not None and name in self.keys.ambiguous
        meaning = sql.literal(default) if is_known and default is not None else f"'{NOT_TOLD}'"
        by_default = f"WHEN {told} IN ({listed}) THEN {meaning} " if same else ""
        missing = f"{told} IS NULL OR {told} = ''"
        return f"CASE WHEN {missing} THEN '{NOT_TOLD}' {by_default}ELSE {told} END"
