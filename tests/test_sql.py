"""SQL from ``cards export --sql`` rates usage in a warehouse to the engine's last digit."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

import pricing
from pricing.catalog import Catalog
from pricing.cli import main
from pricing.errors import PricingError, RatingError, UsageError
from pricing.exports.dbt import project
from pricing.exports.keys import PRICE_PLACES, Keys
from pricing.exports.sql import COSTS, DIALECTS, LINES, REPEATED, UNPRICED, Export
from pricing.usage.logs.mapped import Map

duckdb = pytest.importorskip("duckdb")
arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
METERS = ("input", "cache_read", "cache_write.5m", "cache_write.1h", "output", "web_search")
#: seller and model as a log has them
SOLD = (
    (None, "claude-sonnet-4-6"), (None, "claude-opus-4-6"), (None, "claude-haiku-4-5-20251001"),
    (None, "claude-sonnet-4-5-20250929"), ("openai", "gpt-5-2025-08-07"),
    ("google", "gemini-2.5-pro"),
    ("aws-bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"), ("moonshot", "kimi-k2.5"),
    ("apimodels", "claude-sonnet-4-6"), ("google-vertex", "claude-sonnet-4-5@20250929"),
    (None, "model-of-tomorrow"), ("nobody", "claude-sonnet-4-6"), (None, ""),
    ("openrouter", "anthropic/claude-sonnet-4.6:batch"),
    ("openrouter", "anthropic/claude-sonnet-4.6"),
)  # fmt: skip
MAP = Map(
    {"model": "model", "seller": "seller", "at": "at", "id": "id"},
    {meter: meter for meter in METERS}, {},
    {name: name for name in ("service_tier", "inference_geo", "endpoint")},
    {"team": "team"}, {}, None, False,
)  # fmt: skip

Row = dict[str, Any]
#: team, seller, model, meter
Place = tuple[Any, ...]
Lines = dict[Place, Decimal | None]


def usage(count: int, seed: int = 3) -> list[Row]:
    """Give requests around every threshold and day of change of what is sold here."""
    r = random.Random(seed)
    days = [datetime(2026, 3, 13, tzinfo=UTC), datetime(2026, 2, 17, tzinfo=UTC),
            datetime(2026, 10, 7, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)]  # fmt: skip
    found: list[Row] = []
    for number in range(count):
        seller, model = r.choice(SOLD)
        gap = r.choice((-1, 0, 1, r.randrange(-(10**13), 10**13), r.randrange(10**13)))
        row: Row = {
            "id": f"r{number}",
            "team": r.choice(("a", "b", None)),
            "seller": seller,
            "model": model,
            "at": r.choice(days[:3] if r.random() < 0.98 else days) + timedelta(microseconds=gap),
            "service_tier": r.choice((None, "", "auto", "standard", "batch", "flex", "priority")),
            "inference_geo": r.choice((None, None, "global", "us", "not_available")),
            "endpoint": r.choice((None, None, None, "global", "regional", "nowhere")),
            "input": r.choice((0, 10, r.randrange(9_000), r.randrange(400_000))),
            "cache_read": r.choice((0, 190_000, 200_000, 272_000, r.randrange(260_000))),
            "cache_write.5m": r.choice((0, None, r.randrange(5_000))),
            "cache_write.1h": r.choice((0, None, r.randrange(5_000))),
            "output": r.randrange(3_000),
            "web_search": r.choice((0, None, 1, 3)),
        }
        if r.random() < 0.4:
            # all input together just below, at and above a threshold
            rest = sum(row[m] or 0 for m in METERS[1:4])
            row["input"] = max(0, r.choice((199_999, 200_000, 200_001, 272_000, 272_001)) - rest)
        found.append(row)
    return found


def table_of(rows: list[Row], kinds: Row | None = None) -> Any:
    types: Row = {name: arrow.string() for name in rows[0]}
    types |= {meter: arrow.int64() for meter in METERS}
    types |= {"at": arrow.timestamp("us", tz="UTC"), **(kinds or {})}
    return arrow.Table.from_pylist(rows, arrow.schema(types))


def expected(catalog: Catalog, rows: list[Row], map: Map = MAP) -> Lines:
    """Give what the pricing engine says of each row, added up; None: some of it has no price."""
    found: Lines = {}
    for row in rows:
        counts = {meter: row[meter] or 0 for meter in METERS}
        told = {name: row[name] for name in map.attributes if row[name]}
        place = row["team"], row["seller"] or "-", row["model"] or "-"
        try:
            given = pricing.Usage(counts, at=row["at"], attributes=told, model=row["model"] or None,
                                  seller="google-aistudio" if row["seller"] == "google"
                                  else row["seller"])  # fmt: skip
            cost = catalog.cost(given, partial=True)
        except PricingError:
            lines: dict[str, Decimal | None] = {m: None for m, n in counts.items() if n}
            lines = lines or {"input": None}
        else:
            lines = {line.meter: line.amount.amount for line in cost.lines}
            lines |= {refusal.meter: None for refusal in cost.unpriced}
        for meter, amount in lines.items():
            key = (*place, meter)
            before = found.get((*key, amount is None), Decimal(0))
            found[*key, amount is None] = None if amount is None else (before or 0) + amount
    return found


def keys_of(catalog: Catalog, rows: list[Row], map: Map = MAP) -> Any:
    keys = Keys(catalog, map)
    told = {(row["seller"] or "-", row["model"] or "-") for row in rows}
    return keys, keys.of(keys.ids(sorted(told)))


def by_duckdb(statements: Iterator[str], table: Any, name: str = "usage") -> Any:
    db = duckdb.connect()
    db.execute("SET TimeZone = 'Asia/Kolkata'")
    db.register(name, table)
    for statement in statements:
        db.execute(statement)

    def rows(query: str) -> list[Row]:
        found = db.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return rows


def by_spark(session: Any, statements: Iterator[str], table: Any, folder: Path) -> Any:
    path = folder / "usage.parquet"
    parquet.write_table(table, path)
    session.sql("DROP TABLE IF EXISTS usage")
    session.read.parquet(str(path)).repartition(5).write.saveAsTable("usage")
    for statement in statements:
        session.sql(statement)

    def rows(query: str) -> list[Row]:
        return [row.asDict() for row in session.sql(query).collect()]

    return rows


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return pricing.load_catalog()


@pytest.fixture(params=["duckdb", "spark"])
def rate(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    """Give what runs an export on a warehouse: keys, their map's export, the usage → queries."""

    def run(keys: Keys, found: Any, table: Any) -> Any:
        statements = Export(request.param, keys).statements(found)
        if request.param == "duckdb":
            return by_duckdb(statements, table)
        session = request.getfixturevalue("spark")
        return by_spark(session, statements, table, tmp_path)

    return run


def lines_of(rows: Any) -> Lines:
    found: Lines = {}
    for row in rows(f"SELECT * FROM {LINES}"):
        key = row["team"], row["seller"], row["model"], row["meter"], row["cost"] is None
        assert (row["reason"] is None) == (row["cost"] is not None)
        if row["cost"] is None:
            found[key] = None
        else:
            assert row["quantity"] * row["price"] == row["cost"]
            found[key] = (found.get(key) or 0) + row["cost"]
    return found


def test_a_warehouse_gives_the_last_digit_of_the_engine(
    rate: Callable[..., Any], catalog: Catalog
) -> None:
    rows = usage(6_000)
    want = expected(catalog, rows)
    assert sum(amount is None for amount in want.values()) > 50
    assert sum(amount is not None for amount in want.values()) > 50
    keys, found = keys_of(catalog, rows)
    query = rate(keys, found, table_of(rows))
    got = lines_of(query)
    assert {k: v for k, v in want.items() if v != 0} == {k: v for k, v in got.items() if v != 0}
    # nothing without a price is 0 anywhere
    for row in query(f"SELECT * FROM {COSTS}"):
        key = row["team"], row["seller"], row["model"]
        amounts = [v for k, v in want.items() if k[:3] == key and v is not None]
        assert row["cost"] == (sum(amounts) if amounts else None) or row["currency"] is None
        assert row["cost"] is not None or row["unpriced_lines"]
    unknown = query(f"SELECT * FROM {UNPRICED} WHERE model = 'model-of-tomorrow'")
    assert {row["reason"] for row in unknown} == {"no card for this model"}
    counted = sum(
        sum(row[m] or 0 for m in METERS) for row in rows if row["model"] == "model-of-tomorrow"
    )
    assert sum(row["quantity"] for row in unknown) == counted


def test_a_price_by_hand(rate: Callable[..., Any], catalog: Catalog) -> None:
    """Sonnet 4.6 on 2026-03-12, 211,200 tokens of context, in a US batch.

    41,200 x 3 x 2 x 0.5 x 1.1 / 1M = 0.13596; 150,000 x 0.30 x 1.1 / 1M = 0.0495;
    20,000 x 6 x 1.1 / 1M = 0.132; 3,100 x 15 x 1.5 x 0.5 x 1.1 / 1M = 0.0383625: 0.3558225.
    """
    row = dict.fromkeys(("id", "team", "seller", "endpoint", *METERS)) | {
        "model": "claude-sonnet-4-6", "at": datetime(2026, 3, 12, 9, 14, tzinfo=UTC),
        "service_tier": "batch", "inference_geo": "us", "input": 41_200, "cache_read": 150_000,
        "cache_write.1h": 20_000, "output": 3_100,
    }  # fmt: skip
    keys, found = keys_of(catalog, [row])
    (cost,) = rate(keys, found, table_of([row]))(f"SELECT * FROM {COSTS}")
    assert (cost["cost"], cost["unpriced_lines"]) == (Decimal("0.3558225"), 0)


def one(**values: Any) -> Row:
    row = dict.fromkeys(("team", "seller", "service_tier", "inference_geo", "endpoint", *METERS))
    row |= {"id": "r", "model": "claude-sonnet-4-6", "at": datetime(2026, 6, 1, tzinfo=UTC)}
    return row | {"input": 10, **{k.replace("__", "."): v for k, v in values.items()}}


WITHOUT: dict[str, tuple[Row, str]] = {
    "untimed": ({"at": None}, "a row without a time"),
    "negative": ({"input": -1}, "a negative count"),
    "early": (
        {"at": datetime(2020, 1, 1, tzinfo=UTC)}, "no price at that time, or with these attributes"
    ),
    "tier": ({"service_tier": "batch2"}, "no price at that time, or with these attributes"),
    "unknown": ({"model": "model-of-tomorrow", "input": 0}, "no card for this model"),
}  # fmt: skip


def test_what_has_no_price_has_a_reason_and_never_a_cost(
    rate: Callable[..., Any], catalog: Catalog
) -> None:
    rows = [one(team=team, **values) for team, (values, _) in WITHOUT.items()]
    rows += [one(team=team) for team in WITHOUT]
    keys, found = keys_of(catalog, rows)
    query = rate(keys, found, table_of(rows))
    reasons = {row["team"]: row["reason"] for row in query(f"SELECT * FROM {UNPRICED}")}
    assert reasons == {team: reason for team, (_, reason) in WITHOUT.items()}
    # 10 x 3 / 1M of each other row
    costs = [row["cost"] for row in query(f"SELECT * FROM {COSTS}") if row["currency"]]
    assert costs == [Decimal("0.00003")] * len(WITHOUT)


def test_what_is_no_count_is_never_rounded(rate: Callable[..., Any], catalog: Catalog) -> None:
    wrong = (2.5, float("nan"), float("inf"), 1e30)
    rows = [one(input=10.0, team="right"), *(one(input=value, team="wrong") for value in wrong)]
    keys, found = keys_of(catalog, rows)
    query = rate(keys, found, table_of(rows, {"input": arrow.float64()}))
    (row,) = query(f"SELECT * FROM {UNPRICED}")
    assert (row["team"], row["requests"], row["reason"]) == ("wrong", 4, "a part of a count")
    (cost,) = [row for row in query(f"SELECT * FROM {COSTS}") if row["currency"]]
    assert (cost["team"], cost["cost"]) == ("right", Decimal("0.00003"))


def test_sums_at_the_edge_of_their_digits_neither_wrap_nor_round(
    rate: Callable[..., Any], catalog: Catalog
) -> None:
    """Sums of 9,999,999,999,999,999,999 and one more; 3 dollars a million."""
    edge = 10**19 - 1
    half = (1 << 63) - 1
    for whole, is_priced in ((edge, True), (edge + 1, False)):
        rows = [one(cache_read=half, input=0), one(cache_read=whole - half, input=0)]
        keys, found = keys_of(catalog, rows)
        query = rate(keys, found, table_of(rows))
        (row,) = query(f"SELECT * FROM {LINES}")
        assert row["quantity"] == whole
        if is_priced:
            # 0.30 dollars a million
            assert row["cost"] == Decimal(whole) * Decimal("0.0000003")
        else:
            assert (row["cost"], row["reason"]) == (None, "a sum of more than 19 digits")


def test_a_spark_that_gives_nulls_for_errors_gives_no_lower_sum(
    spark: Any, catalog: Catalog, tmp_path: Path
) -> None:
    """Without ANSI what overflows or cannot be cast is a null, and sums leave nulls out."""
    rows = [one(input=10.0), *(one(input=value) for value in (2.5, float("nan"), 1e30))]
    rows += [one(team="edge", input=0.0, output=(1 << 63) - 1) for _ in range(2)]
    keys, found = keys_of(catalog, rows)
    table = table_of(rows, {"input": arrow.float64()})
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        query = by_spark(spark, Export("spark", keys).statements(found), table, tmp_path)
        unpriced = {(row["team"], row["reason"]): row for row in query(f"SELECT * FROM {UNPRICED}")}
        costs = [row for row in query(f"SELECT * FROM {COSTS}") if row["cost"] is not None]
    finally:
        spark.conf.unset("spark.sql.ansi.enabled")
    assert set(unpriced) == {
        (None, "a part of a count"),
        ("edge", "a sum of more than 19 digits"),
    }
    assert unpriced[None, "a part of a count"]["requests"] == 3
    # 10 x 3 / 1M, of the one row that holds a count
    assert [(row["team"], row["cost"]) for row in costs] == [(None, Decimal("0.00003"))]


@pytest.mark.parametrize(
    "kind",
    ["timestamp[us]", "timestamp[ns]", "timestamp[ms]", "date32", "timestamp[us, tz=+05:30]"],
)
def test_times_of_every_type_are_utcs(
    rate: Callable[..., Any], kind: str, catalog: Catalog, request: pytest.FixtureRequest
) -> None:
    types = {
        "timestamp[us]": arrow.timestamp("us"), "timestamp[ns]": arrow.timestamp("ns"),
        "timestamp[ms]": arrow.timestamp("ms"), "date32": arrow.date32(),
        "timestamp[us, tz=+05:30]": arrow.timestamp("us", tz="+05:30"),
    }  # fmt: skip
    # on the day of the change, and the day before it
    if "ns" in kind and request.node.callspec.params["rate"] == "spark":
        pytest.skip("Spark has no nanoseconds, and does not read them")
    rows = [one(at=datetime(2026, 3, day, tzinfo=UTC), input=300_000) for day in (12, 13)]
    table = table_of(rows)
    place = table.schema.get_field_index("at")
    instants = table["at"].cast(arrow.timestamp("us"))
    if "tz" in kind:
        instants = table["at"]
    table = table.set_column(place, "at", instants.cast(types[kind]))
    keys, found = keys_of(catalog, rows)
    (row,) = rate(keys, found, table)(f"SELECT * FROM {COSTS}")
    # 300,000 x 3 x 2 / 1M and 300,000 x 3 / 1M
    assert row["cost"] == Decimal("2.7")


def test_sums_of_many_requests_have_no_tier_by_length(
    rate: Callable[..., Any], catalog: Catalog
) -> None:
    """With ``aggregate`` a price that depends on each request's context has no cost."""
    plain = {k: v for k, v in MAP.columns.items() if k != "id"}
    map = Map(
        plain, {"input": "input", "output": "output"}, {}, {}, {"team": "team"}, {}, None, True
    )
    rows = [one(at=datetime(2026, 3, 1, tzinfo=UTC), input=9), one(input=9)]
    keys, found = keys_of(catalog, rows, map)
    query = rate(keys, found, table_of(rows))
    (row,) = query(f"SELECT * FROM {UNPRICED}")
    assert "context_tokens" in row["reason"]
    (line,) = query(f"SELECT * FROM {LINES} WHERE cost IS NOT NULL")
    assert line["cost"] == Decimal("0.000027")


def test_what_a_column_includes_of_another_is_taken_out(
    rate: Callable[..., Any], catalog: Catalog
) -> None:
    counts = {meter: meter for meter in ("input", "cache_read", "output")}
    map = Map(MAP.columns, counts, {"cache_read": "input"}, {}, {"team": "team"},
              {"service_tier": "batch"}, None, False)  # fmt: skip
    rows = [one(input=1_000, cache_read=400, output=10), one(input=5, cache_read=6)]
    keys, found = keys_of(catalog, rows, map)
    query = rate(keys, found, table_of(rows))
    # (600 x 3 + 400 x 0.3 + 10 x 15) / 2 / 1M
    (row,) = query(f"SELECT * FROM {COSTS} WHERE currency = 'USD'")
    assert row["cost"] == Decimal("0.001035")
    assert {row["reason"] for row in query(f"SELECT * FROM {UNPRICED}")} == {
        "parts that are more than the whole"
    }


ODD = {
    "tiers": "rates: [{per: 1 token, price: {input: [{up_to: 10, price: 1}, {price: 2}]}}]",
    "floor": "rates: [{per: 1 token, price: {input: 1}}]\n    per_request: {floor: 5}",
    "minimum": "rates: [{per: 1 token, minimum: 5, price: {input: 1}}]",
    "endless": "rates: [{per: 3 token, price: {input: 1}}]",
    "fine": "rates: [{per: 1 token, price: {input: 0.0000000000000001}}]",
    "dear": "rates: [{per: 1 token, price: {input: 1000}}]",
    "plain": "rates: [{per: 1 token, price: {input: 0.000000000000001}}]",
}
REASONS = {
    "tiers": "not by SQL: tiers of each request",
    "floor": "not by SQL: a floor or rounding of each request",
    "minimum": "not by SQL: a minimum or increment of each request",
    "endless": "not by SQL: a price without end in decimals",
    "fine": "not by SQL: a price that DECIMAL(18, 15) cannot hold",
    "dear": "not by SQL: a price that DECIMAL(18, 15) cannot hold",
}


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    folder = tmp_path / "cards"
    (folder / "odd").mkdir(parents=True)
    (folder / "odd/provider.yaml").write_text("provider: odd\ncurrency: USD\n", encoding="utf-8")
    for name, rule in ODD.items():
        text = (
            f"model: {name}\nprovider: odd\npublisher: odd\nrevisions:\n  - effective: 2026-01-01\n"
            f'    sources: [{{url: "https://odd.example", checked: 2026-01-01}}]\n    {rule}\n'
        )
        (folder / f"odd/{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_rules_that_sums_cannot_tell_are_marked_and_named(
    rate: Callable[..., Any], odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = pricing.load_catalog(odd)
    rows = [one(model=name, input=3) for name in ODD]
    keys, found = keys_of(catalog, rows)
    query = rate(keys, found, table_of(rows))
    assert {r["model"]: r["reason"] for r in query(f"SELECT * FROM {UNPRICED}")} == REASONS
    costs = {r["model"]: r["cost"] for r in query(f"SELECT * FROM {COSTS}")}
    assert costs == {**dict.fromkeys(REASONS), "plain": Decimal("0.000000000000003")}
    path = tmp_path / "map.yaml"
    path.write_text("model: model\nat: at\nmeters: {input: input}\n", encoding="utf-8")
    words = ["cards", "export", "--cards", str(odd), "--seller", "odd", "--sql", "duckdb"]
    assert main([*words, "--map", str(path), "-o", str(tmp_path / "out.sql")]) == 0
    told = capsys.readouterr().err
    for name, reason in REASONS.items():
        assert re.search(f"{re.escape(reason)}: .*odd/{name}", told)


def test_a_contract_is_in_the_rates(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    (folder / "contracts").mkdir(parents=True)
    (folder / "contracts/acme.yaml").write_text(
        "contract: acme\ncards: [anthropic/*]\nrevisions:\n  - effective: 2026-07-01\n"
        "    modifiers: [{name: acme, multiply: 0.88}]\n", encoding="utf-8")  # fmt: skip
    mine = pricing.load_catalog(folder)
    rows = [one(at=datetime(2026, 6, 30, 23, tzinfo=UTC)), one(at=datetime(2026, 7, 1, tzinfo=UTC))]
    keys, found = keys_of(mine, rows)
    query = by_duckdb(Export("duckdb", keys).statements(found), table_of(rows))
    (row,) = query(f"SELECT * FROM {COSTS}")
    # 10 x 3 / 1M, once and 0.88 times
    assert row["cost"] == Decimal("0.0000564")


def test_ids_that_repeat_are_listed(catalog: Catalog) -> None:
    rows = [one(), one(), one(id="other"), one(id=None), one(id=None)]
    keys, found = keys_of(catalog, rows)
    query = by_duckdb(Export("duckdb", keys).statements(found), table_of(rows))
    assert query(f"SELECT * FROM {REPEATED}") == [{"id": "r", "times": 2}]


def test_all_cards_are_exported_without_ids(catalog: Catalog) -> None:
    rows = [row for row in usage(1_500, seed=8) if (row["seller"], row["model"]) in SOLD[:6]]
    keys = Keys(catalog, MAP)
    found = keys.of(keys.all_ids())
    assert {key.seller for key in found} > {"-", "anthropic", "aws-bedrock"}
    query = by_duckdb(Export("duckdb", keys).statements(found), table_of(rows))
    plain = [row for row in rows if row["model"] in catalog.book.index["anthropic"]["models"]]
    want = {k: v for k, v in expected(catalog, plain).items() if v}
    got = {k: v for k, v in lines_of(query).items() if v and k[2] in {r["model"] for r in plain}}
    assert got == want


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_read_by_a_parser_of_its_own(dialect: str, catalog: Catalog) -> None:
    sqlglot = pytest.importorskip("sqlglot")
    keys, found = keys_of(catalog, [one(), one(model="it's \\ odd")])
    for statement in Export(dialect, keys, "db.usage").statements(found):
        (parsed,) = sqlglot.parse(statement, read=dialect)
        # what a parser does not know it takes as one opaque command
        assert parsed.key in ("create", "drop", "insert")
    assert set(DIALECTS) == {"bigquery", "duckdb", "postgres", "snowflake", "spark"}


def test_a_dbt_project_gives_the_same(catalog: Catalog, tmp_path: Path) -> None:
    """Its files are run as dbt runs them: the seed with its types, then the models."""
    rows = usage(800)
    keys, found = keys_of(catalog, rows)
    files = project("duckdb", keys, found, "stg_usage")
    seed = yaml.safe_load(files["seeds/pricing_rates.yml"])["seeds"][0]
    types = seed["config"]["column_types"]
    path = tmp_path / "rates.csv"
    path.write_bytes(files["seeds/pricing_rates.csv"])
    assert next(csv.reader(path.open(encoding="utf-8"))) == list(types)
    columns = ", ".join(f"{name!r}: {kind!r}" for name, kind in types.items())
    statements = [
        f"CREATE TABLE pricing_rates AS FROM read_csv('{path}', header=true, columns={{{columns}}})"
    ]
    for name in (LINES, COSTS, UNPRICED, REPEATED):
        query = files[f"models/pricing/{name}.sql"].decode()
        query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", query)
        assert "{" not in query
        statements.append(f"CREATE VIEW {name} AS {query}")
    query = by_duckdb(iter(statements), table_of(rows), "stg_usage")
    want, got = expected(catalog, rows), lines_of(query)
    assert {k: v for k, v in want.items() if v != 0} == {k: v for k, v in got.items() if v != 0}
    tests = [text.decode() for name, text in files.items() if name.startswith("tests/")]
    assert tests == [f"SELECT * FROM {{{{ ref('{name}') }}}}\n" for name in (UNPRICED, REPEATED)]


MAP_TEXT = "model: model\nseller: seller\nat: at\nmeters: {input: input, output: output}\n"


def test_the_command_writes_what_a_warehouse_reads(
    catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    map, ids, out = tmp_path / "map.yaml", tmp_path / "ids.csv", tmp_path / "rates.sql"
    map.write_text(MAP_TEXT, encoding="utf-8")
    ids.write_text("seller,model\n,claude-sonnet-4-6\n,no-such-model\n", encoding="utf-8")
    words = ["cards", "export", "--sql", "duckdb", "--map", str(map), "--ids", str(ids)]
    assert main([*words, "--table", "main.requests", "-o", str(out)]) == 0
    told = capsys.readouterr().err
    assert "without a card, and so without a cost: no-such-model" in told
    db = duckdb.connect()
    db.register("requests_", table_of([one(output=2)]))
    db.execute("CREATE TABLE requests AS FROM requests_")
    db.execute(out.read_text(encoding="utf-8"))
    db.execute(out.read_text(encoding="utf-8"))
    # 10 x 3 / 1M + 2 x 15 / 1M
    assert db.execute(f"SELECT cost FROM {COSTS}").fetchone() == (Decimal("0.00006"),)
    assert main([*words, "--format", "dbt", "-o", str(tmp_path / "dbt")]) == 0
    assert (tmp_path / "dbt/models/pricing/pricing_lines.sql").is_file()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--sql", "duckdb"], "--sql needs --map"),
        (["--sql", "duckd", "--map", "MAP"], "no SQL for 'duckd'. Did you mean 'duckdb'"),
        (["--map", "MAP"], "--map without --sql"),
        (["--sql", "duckdb", "--map", "MAP", "--format", "csv"], "--sql with --format csv"),
        (["--sql", "duckdb", "--map", "MAP", "--format", "dbt"], "dbt needs -o"),
        (["--sql", "duckdb", "--map", "MAP", "--ids", "MAP"], "no column `model`"),
        (["--sql", "duckdb", "--map", "MAP", "--ids", "none.csv"], "cannot be read"),
        (["--sql", "duckdb", "--map", "UNTIMED"], "names no column of the time"),
        (["--sql", "duckdb", "--map", "NUMBER"], "web_tools is a number"),
        (["--sql", "duckdb", "--map", "LABEL"], "the label 'cost' has the name of a column"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_exported_is_refused(
    words: list[str], fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "MAP": MAP_TEXT,
        "UNTIMED": "model: model\nmeters: {input: input}\n",
        "NUMBER": MAP_TEXT + "attributes: {web_tools: web_tools}\n",
        "LABEL": MAP_TEXT + "labels: {cost: cost_center}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = [str(tmp_path / word) if word in texts else word for word in words]
    assert main(["cards", "export", *given]) == 2
    assert fault in " ".join(capsys.readouterr().err.split())


def test_the_example_of_the_guide_gives_what_it_says(tmp_path: Path) -> None:
    """200,000 x 3 + 100 x 15 below the threshold, 200,001 x 6 + 100 x 22.5 above it: 1.803756.

    The batch is (1,000 x 1 + 9,000 x 0.10 + 500 x 1.25 + 200 x 5) / 2: 0.0017625.
    """
    example, out = Path(__file__).parents[1] / "examples/warehouse", tmp_path / "rates.sql"
    words = ["--map", str(example / "columns.yaml"), "--ids", str(example / "ids.csv")]
    words += ["--sql", "duckdb", "--quiet", "-o", str(out)]
    assert main(["cards", "export", *words]) == 0
    db = duckdb.connect()
    for path in (example / "usage.sql", out):
        db.execute(path.read_text(encoding="utf-8"))
    costs = db.execute(f"SELECT team, cost, unpriced_lines FROM {COSTS} ORDER BY ALL").fetchall()
    assert costs == [
        ("nightly", Decimal("0.0017625"), 0),
        ("nightly", None, 2),
        ("search", Decimal("1.803756"), 0),
    ]
    unpriced = db.execute(f"SELECT DISTINCT model, reason FROM {UNPRICED}").fetchall()
    assert unpriced == [("our-own-model", "no card for this model")]


def test_prices_keep_their_places_in_every_dialect() -> None:
    assert PRICE_PLACES == 15
    for dialect in DIALECTS.values():
        assert dialect.decimal(18, PRICE_PLACES).endswith("(18, 15)")


def test_one_id_of_two_cards_is_refused(catalog: Catalog) -> None:
    columns = {k: v for k, v in MAP.columns.items() if k != "seller"}
    map = Map(columns, {"input": "input"}, {}, {}, {}, {}, None, False)
    keys = Keys(catalog, map)
    with pytest.raises(RatingError, match=r"'claude-sonnet-4-6' is .* and"):
        keys.of(keys.ids([("anthropic", "claude-sonnet-4-6"), ("apimodels", "claude-sonnet-4-6")]))
    with pytest.raises(UsageError, match="reported"):
        Keys(catalog, Map(columns, {}, {}, {}, {}, {}, ("cost", "USD", "charged"), False))
