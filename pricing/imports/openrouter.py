"""OpenRouter's /api/v1/models: prices as text, in USD per token, request or image.

-1 is a price that depends on the route. A 0 of what is no token says that nothing is charged beside
the tokens; that of ``internal_reasoning`` that reasoning is output. Fields:
https://openrouter.ai/docs/api-reference/list-available-models, read 2026-11-21.
"""

from __future__ import annotations

from pricing.imports.offer import Offer, Price, Table, grouped, number
from pricing.imports.sellers import publisher_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.imports.offer import Span

NAME = "openrouter"
URL = "https://openrouter.ai/api/v1/models"

_TOKENS = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "audio": "input.audio",
    "input_audio_cache": "cache_read.audio",
}
#: counted beside the text: their 0 says that there is nothing of the kind
_FEES = {
    "internal_reasoning": ("output.reasoning", "token"),
    "request": ("request", "request"),
    "web_search": ("web_search", "search"),
}


def looks_like(content: object) -> bool:
    """Tell whether parsed JSON is such a file."""
    entries = content.get("data") if isinstance(content, dict) else None
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(isinstance(e, dict) and "pricing" in e for e in entries)
    )


def read(content: Mapping[str, Any]) -> Table:
    """Give the offers of a file."""
    table = Table(NAME, URL)
    for entry in content["data"]:
        key = str(entry["id"])
        pricing = entry["pricing"]
        if any(str(pricing.get(field)) == "-1" for field in ("prompt", "completion")):
            table.skip("(entry)", "the price depends on the route", key)
            continue
        facts = {"window": grouped(entry["context_length"])} if entry.get("context_length") else {}
        made = publisher_of(NAME, key)
        offer = Offer(NAME, key, key, publisher=made, facts=facts)
        offer.prices += _prices(pricing, (None, None), key, table)
        table.offers.append(offer)
    return table


def _prices(pricing: Mapping[str, Any], span: Span, key: str, table: Table) -> Iterator[Price]:
    for field, value in pricing.items():
        if field == "overrides" and isinstance(value, list):
            for override in value:
                yield from _override(override, key, table)
            continue
        if field == "min_prompt_tokens":
            continue
        found = number(value)
        if found is None:
            table.skip(field, "no number", key)
        elif field in _TOKENS:
            yield Price(_TOKENS[field], "token", found, field, span=span)
        elif field in _FEES and found:
            meter, unit = _FEES[field]
            yield Price(meter, unit, found, field, span=span)
        elif not found:
            table.skip(field, "0 of what is no token", key)
        else:
            table.skip(field, "no meter of ours", key)


def _override(override: object, key: str, table: Table) -> Iterator[Price]:
    """Give the prices from so many prompt tokens on."""
    start = override.get("min_prompt_tokens") if isinstance(override, dict) else None
    if not isinstance(override, dict) or not isinstance(start, int) or start < 1:
        table.skip("overrides", "threshold unknown", key)
        return
    yield from _prices(override, (start - 1, None), key, table)
