"""The rows as the bytes of a file: JSON, CSV, Parquet, SQL, and the files of a dbt seed."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

from pricing.errors import PricingError
from pricing.exports.rows import COLUMNS, NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pricing.exports.rows import Row

TABLE = "rate_cards"
#: digits and decimal places of a number in Parquet and SQL: more than any card has
PRECISION, SCALE = 38, 18
FORMATS = ("json", "csv", "parquet", "sql", "dbt")


def as_json(rows: Sequence[Row], digest: str) -> bytes:
    """Give one JSON document; numbers are exact decimals as text."""
    document = {"schema": "pricing.cards_export/1", "catalog": digest, "rows": rows}
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def as_csv(rows: Sequence[Row]) -> bytes:
    """Give RFC 4180; an empty field is what there is not."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell or "" for name, cell in row.items()} for row in rows)
    return out.getvalue().encode()


def as_parquet(rows: Sequence[Row]) -> bytes:
    """Give a Parquet file: numbers as decimal128, days and instants as such.

    Raises:
        PricingError: pyarrow is not installed, or a number does not fit.
    """
    from importlib import import_module

    arrow: Any
    parquet: Any
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        remedy = "pip install 'pricing-ratecards[engines]'"
        raise PricingError("Parquet needs pyarrow", remedy=remedy) from None
    types: dict[str, Any] = {name: arrow.string() for name in COLUMNS}
    types |= {name: arrow.decimal128(PRECISION, SCALE) for name in NUMBERS}
    types |= {name: arrow.timestamp("us", tz="UTC") for name in ("valid_from", "valid_to")}
    types["checked"] = arrow.date32()
    columns = {name: [_cell(name, row[name]) for row in rows] for name in COLUMNS}
    table = arrow.table(
        {name: arrow.array(cells, type=types[name]) for name, cells in columns.items()}
    )
    out = io.BytesIO()
    parquet.write_table(table, out, compression="snappy")
    return out.getvalue()


def _cell(name: str, value: str | None) -> Any:
    from datetime import date, datetime

    if value is None:
        return None
    if name in NUMBERS:
        return _number(value)
    if name in ("valid_from", "valid_to"):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name == "checked" else value


def _number(value: str) -> Decimal:
    found = Decimal(value)
    if found != round(found, SCALE) or found.adjusted() >= PRECISION - SCALE:
        raise PricingError(
            f"{value} does not fit into {PRECISION} digits with {SCALE} decimal places",
            remedy="Export JSON or CSV, which keep every digit.",
        )
    return found


def as_sql(rows: Sequence[Row]) -> bytes:
    """Give a table and its rows in plain SQL, which every database reads."""
    out = [f"CREATE TABLE {TABLE} ("]
    out.append(",\n".join(f"  {name} {_type(name)}" for name in COLUMNS))
    out.append(");")
    for row in rows:
        cells = ", ".join(_literal(name, cell) for name, cell in row.items())
        out.append(f"INSERT INTO {TABLE} VALUES ({cells});")
    return ("\n".join(out) + "\n").encode()


def _type(name: str) -> str:
    if name in NUMBERS:
        return f"DECIMAL({PRECISION}, {SCALE})"
    if name in ("valid_from", "valid_to"):
        return "TIMESTAMP"
    return "DATE" if name == "checked" else "VARCHAR"


def _literal(name: str, cell: str | None) -> str:
    if cell is None:
        return "NULL"
    if name in NUMBERS:
        _number(cell)
        return cell
    if name in ("valid_from", "valid_to"):
        cell = cell.replace("T", " ").removesuffix("Z")
    quoted = cell.replace("'", "''")
    return f"'{quoted}'"


def dbt_schema() -> bytes:
    """Give the YAML that describes a dbt seed: its columns, types and tests."""
    out = ["version: 2", "", "seeds:", f"  - name: {TABLE}"]
    out.append("    description: Prices of model usage, one row a price, factor or refusal.")
    out += ["    config:", "      column_types:"]
    types = {name: _type(name).lower() for name in COLUMNS}
    out += [f"        {name}: {kind}" for name, kind in types.items()]
    out.append("    columns:")
    for name, meaning in COLUMNS.items():
        out += [f"      - name: {name}", f"        description: {json.dumps(meaning)}"]
        if name == "kind":
            out.append("        tests: [{accepted_values: {values: [price, factor, unpriced]}}]")
        elif name in ("seller", "model", "meter", "valid_from", "source"):
            out.append("        tests: [not_null]")
    return ("\n".join(out) + "\n").encode()
