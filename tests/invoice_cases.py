"""Invoice cases: their sample rates as cards and terms, and a case read from its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from cardbooks import book_of

from pricing.cards.book import CardBook
from pricing.catalog import Catalog

ROOT = Path(__file__).parents[1]
SOURCES = [{"url": "https://example.com/prices", "checked": "2025-12-01"}]
_METERS = {
    "input": "input",
    "cache_read": "cache_read",
    "cache_write_5m": "cache_write.5m",
    "cache_write_1h": "cache_write.1h",
    "output": "output",
}
_GEO = ("inference_geo", "us")


def card(model: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Give a card of sample rates, as its file would hold it."""
    modifiers = []
    for name, factor in spec.get("multipliers", {}).items():
        when = {"service_tier": "batch"} if name == "batch" else {_GEO[0]: _GEO[1]}
        modifiers.append({"name": name, "when": when, "multiply": factor})
    names = [m["name"] for m in modifiers]
    revisions = []
    for prices in spec["prices"]:
        own = {_METERS[k]: v for k, v in prices.items() if k in _METERS}
        rates: list[dict[str, Any]] = [{"per": "1_000_000 token", "price": own}]
        stack = [list(names)]
        if "long" in prices:
            boundary = spec["context"]["boundary"]
            long = {_METERS[k]: v for k, v in prices["long"].items()}
            rates.append(
                {
                    "name": "long_context",
                    "per": "1_000_000 token",
                    "when": {"context_tokens": {"above": boundary}},
                    "price": long,
                }
            )
            stack = [[*names, "long_context"]]
        revision: dict[str, Any] = {
            "effective": prices["effective_from"],
            "sources": SOURCES,
            "rates": rates,
            "terms": ["tools"],
        }
        if modifiers:
            revision["modifiers"] = modifiers
        if len(stack[0]) > 1:
            revision["stack"] = stack
        revisions.insert(0, revision)
    found: dict[str, Any] = {"model": model, "provider": spec["provider"], "revisions": revisions}
    if spec.get("aliases"):
        found["aliases"] = spec["aliases"]
    return found


def files_of(rates: dict[str, Any]) -> dict[str, str]:
    """Give the card files of sample rates; JSON is YAML."""
    files = {}
    for model, spec in rates["models"].items():
        files[f"{spec['provider']}/{model}.yaml"] = json.dumps(card(model, spec))
    searches = rates.get("web_search", {})
    for seller in {spec["provider"] for spec in rates["models"].values()}:
        per = searches.get(seller, {}).get("per_1000", "10.00")
        tools = {"per": "1_000 search", "price": {"web_search": per}}
        provider = {
            "provider": seller,
            "currency": rates["currency"],
            "assume": {"cache_write": "cache_write.5m"},
            "billed": {"status": ["200"]},
            "terms": {"tools": [{"effective": "2020-01-01", "sources": SOURCES, "rates": [tools]}]},
        }
        files[f"{seller}/provider.yaml"] = json.dumps(provider)
    return files


def book(rates: dict[str, Any]) -> CardBook:
    vocabulary = (ROOT / "ratecards" / "vocabulary.yaml").read_text(encoding="utf-8")
    return book_of({"vocabulary.yaml": vocabulary, **files_of(rates)})


def terms_text(contract: dict[str, Any]) -> str:
    """Give the contract of sample rates as ``reconcile.yaml`` holds it."""
    known = {k: v for k, v in contract.items() if k != "invoice_issuer"}
    return json.dumps({"terms": known}, indent=1)


def read_case(folder: Path) -> tuple[Catalog, str, Path, Path, dict[str, Any]]:
    """Give catalogue, terms, statement, log and what is expected."""
    rates = yaml.load((folder / "rates.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    invoice = next(folder.glob("invoice.*"))
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    terms = terms_text(rates.get("contract", {}))
    return Catalog(book(rates)), terms, invoice, folder / "usage.jsonl", expected
