"""litellm's model_prices_and_context_window.json: one flat object a model, prices per unit.

A field is a base and suffixes: ``cache_read_input_token_cost_above_200k_tokens_priority``. Fields:
https://github.com/BerriAI/litellm, model_prices_and_context_window.json, read 2026-11-21.
"""

from __future__ import annotations

import re
from decimal import Decimal

from pricing.imports.offer import Offer, Price, Table, each, grouped, number
from pricing.imports.sellers import publisher_of, seller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.imports.offer import Span

NAME = "litellm"
URL = "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json"

_TOKENS = {
    "input_cost_per_token": "input",
    "input_cost_per_audio_token": "input.audio",
    "input_cost_per_image_token": "input.image",
    "input_cost_per_video_token": "input.video",
    "cache_read_input_token_cost": "cache_read",
    "cache_read_input_audio_token_cost": "cache_read.audio",
    "cache_read_input_image_token_cost": "cache_read.image",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_audio_token_cost": "cache_write.audio",
    "output_cost_per_token": "output",
    "output_cost_per_audio_token": "output.audio",
    "output_cost_per_image_token": "output.image",
    "output_cost_per_reasoning_token": "output.reasoning",
    "citation_cost_per_token": "output.citation",
}
#: field -> meter, unit, how many units it is for, and the modes in which it means just that
_FEES: dict[str, tuple[str, str, int, frozenset[str] | None]] = {
    "input_cost_per_request": ("request", "request", 1, None),
    "input_cost_per_query": ("search_unit", "search", 1, frozenset({"rerank"})),
    "output_cost_per_image": ("image", "image", 1, None),
    "output_cost_per_second": ("video", "second", 1, frozenset({"video_generation"})),
    "output_cost_per_video_per_second": ("video", "second", 1, None),
    "input_cost_per_second": (
        "audio_seconds",
        "second",
        1,
        frozenset({"audio_transcription"}),
    ),
    "input_cost_per_audio_per_second": ("audio_seconds", "second", 1, None),
    "input_cost_per_character": ("characters", "character", 1, frozenset({"audio_speech"})),
    "ocr_cost_per_page": ("pages", "page", 1, None),
    "code_interpreter_cost_per_session": ("code_interpreter", "session", 1, None),
    "file_search_cost_per_1k_calls": ("file_search", "search", 1_000, None),
}
_TIERS = {"_batches": "batch", "_flex": "flex", "_priority": "priority"}
_SUFFIX = re.compile(r"(_above_(\d+)k_tokens|_above_1hr|_batches|_flex|_priority)$")
_SEARCH = "search_context_cost_per_query"
_SIZES = {f"search_context_size_{size}": size for size in ("low", "medium", "high")}
#: no price stands in them
_OTHER = re.compile(
    r"(litellm_provider|mode|source|metadata|comment|rpm|tpm|rpd|max_.*|supports_.*|supported_.*|"
    r"deprecation_date|output_vector_size|prompt_cache_min_tokens|tool_use_system_prompt_tokens|"
    r"web_search_billing_unit|web_search_billing_units|web_search_tool_type|use_.*|.*_alias.*)"
)


def looks_like(content: object) -> bool:
    """Tell whether parsed JSON is such a file."""
    return isinstance(content, dict) and any(
        isinstance(entry, dict) and "litellm_provider" in entry for entry in content.values()
    )


def read(content: Mapping[str, Any]) -> Table:
    """Give the offers of a file."""
    table = Table(NAME, URL)
    for key, entry in content.items():
        if key == "sample_spec" or not isinstance(entry, dict):
            continue
        provider = str(entry.get("litellm_provider", ""))
        if re.match(r"\d+-x-\d+/|[a-z-]+/\d+-x-\d+/|[a-z0-9-]+/max-x-max/", key):
            table.skip("(entry)", "the id holds a size or a number of steps", key)
            continue
        offer = _offer(key, provider, entry)
        _prices(offer, entry, table)
        table.offers.append(offer)
    return table


def _offer(key: str, provider: str, entry: Mapping[str, Any]) -> Offer:
    model = key
    for prefix in (provider, provider.partition("-")[0], "bedrock", "azure", "cohere"):
        if prefix and model.startswith(f"{prefix}/"):
            model = model[len(prefix) + 1 :]
            break
    seller = seller_of(provider)
    facts = {
        ours: grouped(entry[theirs])
        for ours, theirs in (
            ("window", "max_input_tokens"),
            ("max_output", "max_output_tokens"),
            ("deprecated", "deprecation_date"),
            ("named_source", "source"),
        )
        if theirs in entry
    }
    return Offer(seller, model, key, publisher=publisher_of(seller, model), facts=facts)


def _prices(offer: Offer, entry: Mapping[str, Any], table: Table) -> None:
    hourly = "cache_creation_input_token_cost_above_1hr" in entry
    for field, value in entry.items():
        if _OTHER.fullmatch(field):
            continue
        if field == "tiered_pricing" and isinstance(value, list):
            for tier in value:
                _tier(offer, tier, table)
        elif field == _SEARCH and isinstance(value, dict):
            offer.prices += _searches(offer, entry, value, table)
        else:
            price = _price(offer, field, value, entry, table, hourly)
            if price is not None:
                offer.prices.append(price)


def _price(
    offer: Offer,
    field: str,
    value: object,
    entry: Mapping[str, Any],
    table: Table,
    hourly: bool = False,
    span: Span | None = None,
) -> Price | None:
    """Give the price that a field states; None where it is listed as not imported."""
    base, tier, above, hour = _parted(field)
    found = number(value)
    fee = _FEES.get(field)
    if base in _TOKENS and found is not None:
        meter = _TOKENS[base]
        if meter == "cache_write" and hourly:
            meter = "cache_write.1h" if hour else "cache_write.5m"
        elif hour:
            meter = f"{meter}.1h"
        if meter != "cache_write.1h" and hour:
            table.skip(field, "no meter of ours", offer.key)
            return None
        return Price(meter, "token", found, field, tier=tier, span=span or (above, None))
    if fee is None or found is None:
        reason = "no meter of ours" if found is not None else "no number"
        table.skip(field, reason, offer.key)
        return None
    meter, unit, per, modes = fee
    if modes is not None and entry.get("mode") not in modes:
        table.skip(field, f"unit unknown in mode {entry.get('mode')}", offer.key)
        return None
    return Price(meter, unit, each(found, per), field)


def _parted(field: str) -> tuple[str, str, int | None, bool]:
    """Give base, tier of service, threshold, and whether it is for an hour's time to live."""
    tier, above, hour = "standard", None, False
    while (match := _SUFFIX.search(field)) is not None:
        field = field[: match.start()]
        if match[2]:
            above = int(match[2]) * 1_000
        elif match[1] == "_above_1hr":
            hour = True
        else:
            tier = _TIERS[match[1]]
    return field, tier, above, hour


def _tier(offer: Offer, tier: object, table: Table) -> None:
    """Read one entry of ``tiered_pricing``: its prices hold in a range of input tokens."""
    ends = tier.get("range") if isinstance(tier, dict) else None
    if not (isinstance(tier, dict) and isinstance(ends, list) and len(ends) == 2):
        table.skip("tiered_pricing", "no range of tokens", offer.key)
        return
    low, high = (number(end) for end in ends)
    if low is None or high is None or low != int(low) or high != int(high):
        table.skip("tiered_pricing", "no range of tokens", offer.key)
        return
    for field, value in tier.items():
        if field != "range":
            span = (int(low) or None, int(high))
            price = _price(offer, field, value, {}, table, span=span)
            if price is not None:
                offer.prices.append(price)


def _searches(
    offer: Offer, entry: Mapping[str, Any], value: Mapping[str, Any], table: Table
) -> Iterator[Price]:
    """Give the prices of a web search by the size of its context, or one where they are equal."""
    meter, unit = "web_search", "search"
    if offer.seller.startswith("google"):
        if entry.get("web_search_billing_unit") != "per_query":
            table.skip(_SEARCH, "unit unknown: a prompt or a query", offer.key)
            return
        meter, unit = "grounding_query", "query"
    prices: dict[str, Decimal] = {}
    for key, each_price in value.items():
        found = number(each_price)
        if key not in _SIZES or found is None:
            table.skip(f"{_SEARCH}.{key}", "no number" if key in _SIZES else "no meter of ours",
                       offer.key)  # fmt: skip
        else:
            prices[_SIZES[key]] = found
    if len(prices) == len(_SIZES) and len(set(prices.values())) == 1:
        yield Price(meter, unit, prices["low"], _SEARCH)
        return
    for size, found in prices.items():
        yield Price(meter, unit, found, _SEARCH, attributes={"search_context": size})
