"""From the rates of a row to a rate card.

The project's own cases hold clauses as a card does. Those of others come with the rates of two
price tables: per token, with tier and threshold in the key
(``input_cost_per_token_above_200k_tokens_batches``), and per million tokens (``input_mtok``), where
a threshold is an object. In both a token of a kind without a rate of its own (an image, audio)
costs what text costs on its side; a tier or a combination without a rate has no price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

Wire = dict[str, Any]
#: (meter, service tier or None, threshold or None) -> price
Prices = dict[tuple[str, str | None, int | None], str]

EFFECTIVE = "2020-01-01"

_MILLION = {
    "input_mtok": "input",
    "input_audio_mtok": "input.audio",
    "input_image_mtok": "input.image",
    "input_video_mtok": "input.video",
    "cache_read_mtok": "cache_read",
    "cache_audio_read_mtok": "cache_read.audio",
    "cache_image_read_mtok": "cache_read.image",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write.1h",
    "output_mtok": "output",
    "output_reasoning_mtok": "output.reasoning",
    "output_audio_mtok": "output.audio",
    "output_image_mtok": "output.image",
    "output_video_mtok": "output.video",
    "output_citation_mtok": "output.citation",
}
_FEES = {
    "web_searches_kcount": ("1_000 search", "web_search"),
    "requests_kcount": ("1_000 request", "request"),
    "audio_hours": ("3600 second", "audio_seconds"),
    "input_cost_per_second": ("1 second", "audio_seconds"),
}
_EACH = {
    "input_cost_per_token": "input",
    "input_cost_per_audio_token": "input.audio",
    "input_cost_per_image_token": "input.image",
    "cache_read_input_token_cost": "cache_read",
    "cache_read_input_audio_token_cost": "cache_read.audio",
    "cache_read_input_image_token_cost": "cache_read.image",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write.1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write.12h",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "output.reasoning",
    "output_cost_per_audio_token": "output.audio",
    "output_cost_per_image_token": "output.image",
    "output_cost_per_video_token": "output.video",
    "input": "input",
    "cached": "cache_read",
    "output": "output",
}
TIERS = {"batches": "batch", "flex": "flex", "priority": "priority"}
_KEY = re.compile(r"(?P<base>.+?)(_above_(?P<threshold>\d+)k_tokens)?(_(?P<tier>[a-z]+))?")
#: tiers and units that no usage here has
_UNUSED = re.compile(
    r".*_(ultrafast|decisions)|sausage_mtok|hovercraft_mtok|google_maps_grounding_cost_per_query"
    r"|search_free_requests|web_search_billing_unit|output_cost_per_image|output_cost_per_second"
    r"|input_cost_per_token_cache_hit"
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def card(
    model: str, seller: str, rates: Mapping[str, Any], source: str, maker: str
) -> tuple[Wire, Wire]:
    """Give a card with these rates, as its YAML would hold it, and the windows that it names.

    ``maker`` is whose model it is: a reseller's card says how long the maker's cache lasts.

    Raises:
        ValueError: a rate that nobody here knows.
    """
    if "rates" in rates:
        return _card(model, seller, source, rates), {}
    prices: Prices = {}
    clauses: list[Wire] = []
    modifiers: list[Wire] = []
    calendars: Wire = {}
    million = any(key.endswith(("_mtok", "_kcount", "audio_hours")) for key in rates)
    per = "1_000_000 token" if million else "1 token"
    for key, value in rates.items():
        if key in _FEES:
            unit, meter = _FEES[key]
            clauses.append({"per": unit, "price": {meter: str(value)}})
        elif key in _MILLION:
            prices |= dict(_steps(_MILLION[key], value))
        elif key == "tiered_pricing":
            clauses.append(_ranges(value))
        elif key == "grounding_per_prompt":
            # however many queries: the first one costs, the others do not
            first = [{"up_to": "1", "price": str(value)}, {"price": "0"}]
            clauses.append({"per": "1 query", "price": {"grounding_query": first}})
        elif key == "grounding_per_query":
            clauses.append({"per": "1 query", "price": {"grounding_query": str(value)}})
        elif key == "search_context_cost_per_query":
            clauses.append(_searches(value))
        elif key == "off_peak_pricing":
            clauses += _off_peak(model, value, calendars)
        elif (found := _factor(key, value)) is not None:
            modifiers += found
        elif key == "margin_fixed":
            clauses.append({"per": "1 request", "price": {"request": str(value)}})
        elif not _UNUSED.fullmatch(key):
            prices[_each(key)] = str(value)
    prices = {
        (kept, tier, top): price
        for (m, tier, top), price in prices.items()
        for kept in {_kept(m, seller), _kept(m, maker)}
    }
    clauses += _rates(prices, per, seller)
    if maker in ANTHROPIC_TERMS and any(tier == "batch" for _, tier, _ in prices):
        # what the table leaves out of a batch costs half: the maker's page says so
        half = {"name": "batch_half", "when": {"service_tier": "batch"}, "multiply": "0.5"}
        modifiers.append(half)
    names = [c["name"] for c in (*clauses, *modifiers) if "name" in c]
    together = [n for n in names if n != "fast"], [n for n in names if not n.startswith("batch")]
    if seller == "anthropic":
        clauses.append({"per": "1 fetch", "price": {"web_fetch": "0"}})  # only its tokens cost
    written = {
        "rates": clauses,
        "unpriced": [] if clauses else [{"because": "unpublished"}],
        "modifiers": modifiers,
        "stack": [list(dict.fromkeys(names)) for names in together if len(names) > 1],
    }
    return _card(model, seller, source, written), calendars


def _card(model: str, seller: str, source: str, clauses: Mapping[str, Any]) -> Wire:
    address = source if source.startswith("https://") else f"file:{quote(source)}"
    sources = [{"url": address, "checked": "2026-11-20"}]
    revision = {"effective": EFFECTIVE, "sources": sources, **clauses}
    return {"model": model, "provider": seller, "revisions": [revision]}


#: sellers of Claude models under the maker's terms: batches at half price, two times to live
ANTHROPIC_TERMS = ("anthropic", "google-vertex")
#: sellers whose long-context price starts at the threshold, not above it
INCLUSIVE = ("xai",)
#: sellers whose cache writes last 30 minutes where nothing else is said
HALF_HOURS = ("openai", "azure")


def provider(seller: str) -> Wire:
    """Give a seller, as its YAML would hold it."""
    return {
        "provider": seller,
        "currency": "USD",
        "assume": {"cache_write": _kept("cache_write", seller)},
    }


def _kept(meter: str, seller: str) -> str:
    """Give the meter of an untyped cache write."""
    if meter != "cache_write":
        return meter
    return "cache_write.30m" if seller in HALF_HOURS else "cache_write.5m"


def _each(key: str) -> tuple[str, str | None, int | None]:
    """Read input_cost_per_token_above_200k_tokens_batches as (input, batch, 200000)."""
    match = _KEY.fullmatch(key)
    assert match is not None
    base, tier = match["base"], match["tier"]
    if tier is not None and tier not in TIERS:
        base, tier = f"{base}_{tier}", None
    if base not in _EACH:
        raise ValueError(f"unknown rate '{key}'")
    threshold = int(match["threshold"]) * 1000 if match["threshold"] else None
    return _EACH[base], TIERS[tier] if tier else None, threshold


def _steps(meter: str, value: Any) -> Iterator[tuple[tuple[str, None, int | None], str]]:
    """Read a price, or one that changes for the whole request above some thresholds."""
    if isinstance(value, str):
        yield (meter, None, None), value
        return
    if (value["mode"], value["selector"], value["op"]) != ("whole", "input_tokens", ">"):
        raise ValueError(f"unknown tiers {value}")
    yield (meter, None, None), value["base"]
    for tier in value["tiers"]:
        yield (meter, None, int(tier["start"])), tier["price"]


def _rates(prices: Prices, per: str, seller: str) -> Iterator[Wire]:
    """Give one rate for each tier and threshold.

    A tier that has a price for short requests and none for long ones ends where those begin.
    """
    # a kind that has the price of text is no kind apart
    priced = {
        meter
        for (meter, tier, above), price in prices.items()
        if meter.partition(".")[0] != "input" or price != prices.get(("input", tier, above))
    }
    groups: dict[tuple[str | None, int | None, int | None], Wire] = {}
    for (meter, tier, above), price in prices.items():
        names = (meter, *_also(meter, priced))
        thinking = "output.reasoning"
        if meter == "output" and thinking in priced and (thinking, tier, above) not in prices:
            # reasoning without a rate of its own in a tier costs what output does there
            names += (thinking,)
        ends = None
        if tier is not None and above is None:
            long = {top for m, t, top in prices if m == meter and t is None and top is not None}
            known = {top for m, t, top in prices if m == meter and t == tier}
            ends = min(long - known, default=None)
        for name in names:
            groups.setdefault((tier, above, ends), {})[name] = price
    for (tier, above, ends), table in groups.items():
        rate: Wire = {"per": per, "price": table}
        when: Wire = {}
        if tier is not None:
            when["service_tier"] = tier
        if above is not None:
            when["context_tokens"] = {"at_least" if seller in INCLUSIVE else "above": str(above)}
        elif ends is not None:
            when["context_tokens"] = {"below" if seller in INCLUSIVE else "up_to": str(ends)}
        if when:
            rate["when"] = when
            rate["name"] = "_".join(filter(None, [tier, f"long_{above}" if above else ""]))
        yield rate


def _also(meter: str, priced: set[str]) -> Iterator[str]:
    """Give the kinds of token that cost what text does, by what has a price of its own."""
    kinds = ("audio", "image", "video")
    if meter == "input":
        yield from (f"input.{k}" for k in kinds if f"input.{k}" not in priced)
    elif meter == "cache_read":
        for kind in kinds:
            if not {f"input.{kind}", f"cache_read.{kind}"} & priced:
                yield f"cache_read.{kind}"
    elif meter == "output":
        yield from (f"output.{k}" for k in (*kinds, "citation") if f"output.{k}" not in priced)


def _factor(key: str, value: Any) -> list[Wire] | None:
    """Read a rate that is a factor on the others, or give None."""

    def modifier(name: str, factor: object, **when: str) -> list[Wire]:
        return [{"name": name, "multiply": str(factor), **({"when": when} if when else {})}]

    if key == "provider_specific_entry":
        conditions = {"us": {"inference_geo": "us"}, "fast": {"speed": "fast"}}
        return [m for name, f in value.items() for m in modifier(name, f, **conditions[name])]
    if key == "regional_endpoint_uplift_multiplier":
        return modifier("regional", value, endpoint="regional")
    if key.startswith("regional_processing_uplift_multiplier_"):
        where = key.rpartition("_")[2]
        return modifier(f"residency_{where}", value, endpoint=RESIDENCES[where])
    if key == "discount":
        return modifier("discount", 1 - value)
    if key == "margin_percentage":
        return modifier("margin", 1 + value)
    return None


#: where a request is processed, in the words of the vocabulary
RESIDENCES = {"eu": "regional", "us": "geo"}


def _ranges(tiers: list[Wire]) -> Wire:
    table: Wire = {}
    for tier in tiers:
        low, high = (int(Decimal(end)) for end in tier["range"])
        for key, value in tier.items():
            if key != "range":
                table.setdefault(_EACH[key], {})[f"{low or ''}..{high}"] = str(value)
    return {"per": "1 token", "by": ["context_tokens"], "price": table}


def _searches(sizes: Wire) -> Wire:
    table = {size.removeprefix("search_context_size_"): str(v) for size, v in sizes.items()}
    return {"per": "1 search", "by": ["search_context"], "price": {"web_search": table}}


def _off_peak(model: str, rates: Wire, calendars: Wire) -> Iterator[Wire]:
    """Give the rates of each window; a later window ends where an earlier one holds."""
    table = {_EACH[k]: str(v) for k, v in rates.items() if k in _EACH}
    when: Wire = {}
    for number, window in enumerate(rates.get("windows", [rates])):
        name = f"{model}.{number}"
        hours = window["hours_utc"]
        spans = [hours] if isinstance(hours, str) else hours
        calendars[name] = {
            "clock": "UTC",
            "hours": ["00:00-24:00" if span == "00:00-00:00" else span for span in spans],
        }
        if "weekdays" in window:
            calendars[name]["days"] = [_DAYS[day - 1] for day in window["weekdays"]]
        inside = {**when, f"during.{name}": "yes"}
        yield {"per": "1 token", "when": inside, "name": f"off_peak_{number}", "price": table}
        when[f"during.{name}"] = "no"
