"""A small seller: two models, a log of plain rows, and a bill as a CSV through a mapping."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from invoice_cases import book

from pricing.catalog import Catalog
from pricing.reconcile.diagnose import Diagnosis
from pricing.reconcile.finding import Finding
from pricing.reconcile.invoices import read_statement
from pricing.reconcile.run import reconcile
from pricing.reconcile.terms import Terms, read_terms

#: per 1M: input 3, cache read 0.30, 5-minute writes 3.75, 1-hour writes 6, output 15
MID = {"input": "3", "cache_read": "0.30", "cache_write_5m": "3.75", "cache_write_1h": "6",
       "output": "15"}  # fmt: skip
SMALL = {"input": "1", "cache_read": "0.10", "cache_write_5m": "1.25", "cache_write_1h": "2",
         "output": "5"}  # fmt: skip
#: from 2026-10-20 on
SMALL_LATER = {**SMALL, "input": "1.3", "output": "6"}
#: requests of more than 200,000 tokens
LONG = {name: str(Decimal(price) * 2) for name, price in MID.items()}


def _model(*prices: dict[str, Any]) -> dict[str, Any]:
    return {
        "provider": "maker",
        "multipliers": {"batch": "0.5", "geo_us": "1.1"},
        "prices": [{"effective_from": "2026-01-01T00:00:00Z", **prices[0]}, *prices[1:]],
        "context": {"boundary": 200_000},
    }


RATES = {
    "currency": "USD",
    "models": {
        "mid": _model(MID),
        "small": _model(SMALL, {"effective_from": "2026-10-20T00:00:00Z", **SMALL_LATER}),
        "wide": _model({**MID, "long": LONG}),
    },
}
MAPPING = """
name: statement
seller: maker
amount: cost
day: day
model: model
meter: kind
quantity: tokens
meters: {input: input, output: output, read: cache_read, w5: cache_write.5m, w1: cache_write.1h,
         search: web_search}
kinds: {usage: usage, credit: credit, tax: tax, minimum: minimum, rounding: rounding,
        correction: correction, fee: fee}
kind: what
labels: {project: team}
fixed: {currency: CURRENCY}
"""
_COLUMNS = ("day", "what", "team", "model", "kind", "tokens", "cost")
_CATALOG: list[Catalog] = []


def catalog() -> Catalog:
    if not _CATALOG:
        _CATALOG.append(Catalog(book(RATES)))
    return _CATALOG[0]


def call(at: str, model: str = "mid", **more: Any) -> dict[str, Any]:
    """Give a row of the log; ``input``, ``output``, ``read``, ``w5``, ``w1`` are tokens."""
    counts = {name: more.pop(name, 0) for name in ("input", "output", "read", "w5", "w1")}
    tier = more.pop("tier", None)
    usage: dict[str, Any] = {
        "input_tokens": counts["input"],
        "cache_read_input_tokens": counts["read"],
        "cache_creation_input_tokens": counts["w5"] + counts["w1"],
        "cache_creation": {
            "ephemeral_5m_input_tokens": counts["w5"],
            "ephemeral_1h_input_tokens": counts["w1"],
        },
        "output_tokens": counts["output"],
    }
    if tier:
        usage["service_tier"] = tier
    row = {"ts": at, "request_id": more.pop("id", f"{at}{model}{counts}"), "provider": "maker",
           "model": model, "status": more.pop("status", 200), "usage": usage}  # fmt: skip
    return {**row, "workspace_id": "one", **more}


def line(day: str, model: str, kind: str, cost: str, tokens: int | str = "", **more: str) -> Any:
    row = {"day": day, "what": "usage", "team": "one", "model": model, "kind": kind,
           "tokens": tokens, "cost": cost}  # fmt: skip
    return {**row, **more}


def other(what: str, cost: str, day: str = "2026-10-12") -> Any:
    return {"day": day, "what": what, "team": "", "model": "", "kind": "", "tokens": "",
            "cost": cost}  # fmt: skip


def terms_of(text: str, folder: Path) -> Terms:
    path = folder / "reconcile.yaml"
    path.write_text(text, encoding="utf-8")
    return read_terms(str(path))


def held(
    folder: Path,
    log: list[dict[str, Any]],
    bill: list[Any],
    terms: str = "terms: {}",
    currency: str = "USD",
) -> Diagnosis:
    """Hold a bill against a log; the identity is asserted by ``diagnose`` itself."""
    out = StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    writer.writerows(bill)
    (folder / "bill.csv").write_text(out.getvalue(), encoding="utf-8")
    (folder / "map.yaml").write_text(MAPPING.replace("CURRENCY", currency), encoding="utf-8")
    rows = "".join(json.dumps(row) + "\n" for row in log)
    (folder / "usage.jsonl").write_text(rows, encoding="utf-8")
    vocabulary = catalog().book.vocabulary
    statement = read_statement(str(folder / "bill.csv"), str(folder / "map.yaml"), vocabulary)
    usage = [str(folder / "usage.jsonl")]
    found = reconcile([statement], usage, catalog(), terms_of(terms, folder))
    total = sum((f.amount for f in (*found.findings, *found.unexplained)), Decimal(0))
    assert total == found.billed - found.expected
    return found


def told(found: Diagnosis) -> list[tuple[str, str]]:
    """Give code and amount of every finding."""
    return [(f.code, format(Decimal(f.amount).normalize(), "f")) for f in found.findings]


def only(found: Diagnosis) -> Finding:
    (finding,) = found.findings
    assert not found.unexplained
    return finding


#: six requests on three days; their numbers have no factor in common
LOG = [
    call("2026-10-12T10:00:00Z", input=1_237, output=211, read=8_009),
    call("2026-10-12T11:00:00Z", "small", input=2_003, output=307),
    call("2026-10-13T10:00:00Z", input=3_011, output=401, read=9_001),
    call("2026-10-13T11:00:00Z", "small", input=4_013, output=503, read=7_013),
    call("2026-10-14T10:00:00Z", input=5_003, output=601),
    call("2026-10-14T11:00:00Z", "small", input=6_011, output=701, read=5_009),
]
_NAMES = {"input": "input", "read": "cache_read", "w5": "cache_write_5m", "w1": "cache_write_1h",
          "output": "output"}  # fmt: skip
_PRICE = {
    name: {kind: prices[own] for kind, own in _NAMES.items()}
    for name, prices in (("mid", MID), ("small", SMALL), ("wide", MID))
}


def counts_of(row: dict[str, Any]) -> dict[str, int]:
    """Give the tokens of a row of the log by kind."""
    usage = row["usage"]
    writes = usage["cache_creation"]
    return {
        "input": usage["input_tokens"],
        "read": usage["cache_read_input_tokens"],
        "w5": writes["ephemeral_5m_input_tokens"],
        "w1": writes["ephemeral_1h_input_tokens"],
        "output": usage["output_tokens"],
    }


def bill_of(
    log: list[dict[str, Any]],
    factor: Any = 1,
    places: int | None = None,
    wrong: Any = None,
    **days: Any,
) -> list[Any]:
    """Give the bill of a log by plain arithmetic; ``days``: a factor of one day, as d13="1.2".

    ``wrong`` takes a row, a kind of token, its number and price, and gives number and price as
    they are billed.
    """
    sums: dict[tuple[str, str, str], list[Decimal]] = {}
    for row in log:
        day = row["ts"][:10]
        own = Decimal(days.get(f"d{day[-2:]}", factor))
        for kind, count in counts_of(row).items():
            price = Decimal(_PRICE[row["model"]][kind])
            if row["usage"].get("service_tier") == "batch":
                price /= 2
            told: Any = count
            if wrong is not None:
                told, price = wrong(row, kind, count, price)
            if told:
                known = sums.setdefault((day, row["model"], kind), [Decimal(0), Decimal(0)])
                known[0] += told * price * own / 1_000_000
                known[1] += told
    rows = []
    for (day, model, kind), (cost, tokens) in sorted(sums.items()):
        if places is not None:
            cost = cost.quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")
        rows.append(line(day, model, kind, format(cost, "f"), format(tokens, "f")))
    return rows


def total_of(rows: list[Any]) -> Decimal:
    return sum((Decimal(row["cost"]) for row in rows), Decimal(0))
