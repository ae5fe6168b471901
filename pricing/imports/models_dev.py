"""models.dev's api.json: providers with models, ``cost`` in USD per million tokens.

``tiers`` state their threshold; ``context_over_200k`` does not, whatever its name says: for every
second model it lies elsewhere. Fields: https://models.dev/api.json, read 2026-11-21.
"""

from __future__ import annotations

from pricing.imports.offer import Offer, Price, Table, each, grouped, number
from pricing.imports.sellers import publisher_of, seller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.imports.offer import Span

NAME = "models.dev"
URL = "https://models.dev/api.json"

_MILLION = 1_000_000
_OVER = "context_over_200k"
_TOKENS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "reasoning": "output.reasoning",
    "input_audio": "input.audio",
    "output_audio": "output.audio",
}


def looks_like(content: object) -> bool:
    """Tell whether parsed JSON is such a file."""
    return (
        isinstance(content, dict)
        and bool(content)
        and all(isinstance(p, dict) and isinstance(p.get("models"), dict) for p in content.values())
    )


def read(content: Mapping[str, Any]) -> Table:
    """Give the offers of a file."""
    table = Table(NAME, URL)
    for name, provider in content.items():
        seller = seller_of(name)
        for model, entry in provider["models"].items():
            key = f"{name}/{model}"
            cost = entry.get("cost") if isinstance(entry, dict) else None
            if not isinstance(cost, dict):
                table.skip("(entry)", "no cost", key)
                continue
            limits = entry.get("limit") or {}
            names = {"window": "context", "max_output": "output"}
            facts = {o: grouped(limits[t]) for o, t in names.items() if t in limits}
            if "release_date" in entry:
                facts["released_there"] = str(entry["release_date"])
            made = publisher_of(seller, model)
            offer = Offer(seller, model, key, publisher=made, facts=facts)
            offer.prices += _cost(cost, key, table)
            table.offers.append(offer)
    return table


def _cost(cost: Mapping[str, Any], key: str, table: Table) -> Iterator[Price]:
    tiers = cost.get("tiers")
    listed: list[Any] = tiers if isinstance(tiers, list) else []
    base: Span = (None, None)
    if _OVER in cost:
        if not listed:
            base = (None, 200_000)
        table.skip(_OVER, "the same as tiers" if listed else "threshold unknown", key)
    yield from _prices(cost, base, key, table)
    for tier in listed:
        rule = tier.get("tier") if isinstance(tier, dict) else None
        size = rule.get("size") if isinstance(rule, dict) else None
        if rule is None or rule.get("type") != "context" or not isinstance(size, int):
            table.skip("tiers", "threshold unknown", key)
            continue
        yield from _prices(tier, (size, None), key, table)


def _prices(cost: Mapping[str, Any], span: Span, key: str, table: Table) -> Iterator[Price]:
    for field, value in cost.items():
        if field in ("tiers", "tier", _OVER):
            continue
        found = number(value)
        if field not in _TOKENS or found is None:
            table.skip(field, "no number" if field in _TOKENS else "no meter of ours", key)
            continue
        yield Price(_TOKENS[field], "token", each(found, _MILLION), field, span=span)
