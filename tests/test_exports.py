"""The catalogue as flat rows: exact, gapless, and enough to price with."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from cardbooks import book_of
from transcripts import ROOT, run_here

from pricing.catalog import Catalog, load_catalog
from pricing.errors import PricingError
from pricing.exports import formats
from pricing.exports.rows import COLUMNS, NUMBERS, rows

Row = dict[str, str | None]
Rows = list[Row]


@pytest.fixture(scope="module")
def shipped() -> Rows:
    return rows(load_catalog())


def from_csv(found: Rows) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(formats.as_csv(found).decode())))


def holds(row: dict[str, str], at: str) -> bool:
    return row["valid_from"] <= at and (not row["valid_to"] or at < row["valid_to"])


def test_a_request_is_priced_by_hand_from_the_csv(shipped: Rows) -> None:
    """Sonnet 4.6 on 2026-03-12, 211,200 tokens of context, in a US batch.

    41,200 x 3 x 2 x 0.5 x 1.1 / 1M = 0.13596; 150,000 x 0.30 x 1.1 / 1M = 0.0495;
    20,000 x 6 x 1.1 / 1M = 0.132; 3,100 x 15 x 1.5 x 0.5 x 1.1 / 1M = 0.0383625: 0.3558225.
    """
    at = "2026-03-12T09:14:00Z"
    conditions = {"context_tokens > 200,000", "service_tier: batch", "inference_geo: us"}
    usage = {"input": 41_200, "cache_read": 150_000, "cache_write.1h": 20_000, "output": 3_100}
    mine = [
        row
        for row in from_csv(shipped)
        if (row["seller"], row["model"]) == ("anthropic", "claude-sonnet-4-6") and holds(row, at)
    ]
    total = Decimal(0)
    for meter, quantity in usage.items():
        (price,) = [
            row
            for row in mine
            if (row["kind"], row["meter"], row["condition"]) == ("price", meter, "")
        ]
        amount = Decimal(quantity) * Decimal(price["price"]) / Decimal(price["per"])
        factors = [
            Decimal(row["factor"])
            for row in mine
            if row["kind"] == "factor" and row["meter"] == meter and row["condition"] in conditions
        ]
        assert len(factors) == 3
        for factor in factors:
            amount *= factor
        total += amount
    assert total == Decimal("0.3558225")
    assert not [row for row in mine if row["kind"] == "unpriced" and row["condition"] == ""]


def test_rows_have_an_order_that_never_varies(shipped: Rows) -> None:
    assert rows(load_catalog()) == shipped
    code = "from pricing.catalog import load_catalog as c; from pricing.exports.rows import rows; "
    code += "from pricing.exports.formats import as_csv; print(hash(as_csv(rows(c()))) != 0); "
    code += "import sys; sys.stdout.buffer.write(as_csv(rows(c())))"
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]
    assert made[0].count(b"\n") == len(shipped) + 2


def test_no_two_rows_give_one_price_for_one_instant(shipped: Rows) -> None:
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in shipped:
        key = [
            row[k] for k in ("seller", "model", "kind", "meter", "condition", "tier_from", "name")
        ]
        groups.setdefault((*key, row["reason"]), []).append(row)
    for key, held in groups.items():
        spans = sorted((row["valid_from"] or "", row["valid_to"] or "9") for row in held)
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start or key[2] == "unpriced", key


def test_a_price_that_never_changed_is_one_row() -> None:
    card = """
model: one
provider: maker
aliases: [uno, eins]
revisions:
  - effective: 2026-03-01
    sources: [{url: "https://example.org/b", checked: 2026-03-02}]
    rates: [{per: 1_000 search, pool: free, price: {search: [{up_to: 10, price: 0}, {price: 5}]}}]
    terms: [half]
    unpriced: [{meters: [input], because: unpublished}]
"""
    provider = """
provider: maker
currency: USD
pools: {free: {resets: month}}
terms:
  half:
    - {effective: 2026-05-01, modifiers: [{name: half, unit: search, multiply: 0.25}]}
    - {effective: 2026-01-01, modifiers: [{name: half, unit: search, multiply: 0.5}]}
"""
    words = "meters: {input: {unit: token, side: input}, search: {unit: search, side: fee}}"
    files = {"vocabulary.yaml": words, "maker/provider.yaml": provider, "maker/one.yaml": card}
    found = rows(Catalog(book_of(files)))
    kept = [
        (r["kind"], r["meter"], r["tier_from"], r["tier_up_to"], r["price"], r["factor"],
         (r["valid_from"] or "")[:10], (r["valid_to"] or "")[:10], r["reason"])
        for r in found
    ]  # fmt: skip
    assert kept == [
        ("factor", "search", None, None, None, "0.5", "2026-03-01", "2026-05-01", None),
        ("factor", "search", None, None, None, "0.25", "2026-05-01", "", None),
        ("price", "search", "0", "10", "0", None, "2026-03-01", "", None),
        ("price", "search", "10", None, "5", None, "2026-03-01", "", None),
        ("unpriced", "input", None, None, None, None, "2026-03-01", "", "unpublished"),
    ]
    price = next(r for r in found if r["kind"] == "price")
    assert (price["aliases"], price["pool"], price["checked"]) == ("uno eins", "free", "2026-03-02")
    assert (price["source_url"], price["source"]) == (
        "https://example.org/b",
        "cards/maker/one.yaml:8",
    )


def test_every_row_has_its_line_and_every_price_its_page(shipped: Rows) -> None:
    for row in shipped:
        assert list(row) == list(COLUMNS)
        assert ":" in (row["source"] or "")
        if row["kind"] == "price":
            assert row["source_url"], row
            assert row["checked"], row


def test_numbers_are_text_without_an_exponent(shipped: Rows) -> None:
    document = json.loads(formats.as_json(shipped, "0" * 16))
    for row in document["rows"]:
        for name in NUMBERS:
            assert row[name] is None or set(row[name]) <= set("0123456789."), row


def test_parquet_holds_the_same_numbers_as_decimals(shipped: Rows, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    path.write_bytes(formats.as_parquet(shipped))
    table = parquet.read_table(path)
    assert table.num_rows == len(shipped)
    assert str(table.schema.field("price").type) == "decimal128(38, 18)"
    for name in ("price", "factor", "meter", "condition"):
        for cell, row in zip(table.column(name).to_pylist(), shipped, strict=True):
            text = row[name]
            assert cell == (Decimal(text) if text is not None and name in NUMBERS else text)
    assert [str(d) for d in table.column("checked").to_pylist()] == [
        str(row["checked"]) for row in shipped
    ]


def test_a_number_that_does_not_fit_is_refused_and_not_rounded() -> None:
    row: Row = {**dict.fromkeys(COLUMNS), "kind": "price", "price": "0.0000000000000000001"}
    for write in (formats.as_sql, formats.as_parquet):
        with pytest.raises(PricingError, match="does not fit"):
            write([row])


def test_the_sql_is_read_by_a_database(shipped: Rows) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(formats.as_sql(shipped).decode())
        (count,) = database.execute("SELECT count(*) FROM rate_cards").fetchone()
        assert count == len(shipped)
        found = database.execute(
            "SELECT price FROM rate_cards WHERE model = 'claude-sonnet-4-6' "
            "AND seller = 'anthropic' AND kind = 'price' AND meter = 'input' AND condition IS NULL "
            "AND valid_from <= '2026-11-20' AND (valid_to IS NULL OR valid_to > '2026-11-20')"
        ).fetchall()
    assert found == [(3,)]


def test_the_dbt_seed_describes_every_column_of_its_csv(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    words = ["cards", "export", "--format", "dbt", "-o", str(folder)]
    assert run_here(words, tmp_path)[2] == 0
    (seed,) = yaml.safe_load((folder / "rate_cards.yml").read_text("utf-8"))["seeds"]
    with (folder / "rate_cards.csv").open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert header == [column["name"] for column in seed["columns"]]
    assert list(seed["config"]["column_types"]) == header
    assert seed["config"]["column_types"]["price"] == "decimal(38, 18)"


@pytest.mark.parametrize("ending", ["json", "csv", "sql"])
def test_the_ending_names_the_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{ending}"
    assert run_here(["cards", "export", "-o", str(path)], tmp_path)[2] == 0
    printed, _, _ = run_here(["cards", "export", "--format", ending], tmp_path)
    assert path.read_text("utf-8") == printed


def test_a_seed_needs_a_folder(tmp_path: Path) -> None:
    assert run_here(["cards", "export", "--format", "dbt"], tmp_path)[2] == 2
