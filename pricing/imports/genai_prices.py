"""genai-prices' prices/data.json: providers with models, prices in USD per million tokens.

A tier holds for all tokens of a request with more input than its ``start``. Of a list of prices the
one without a constraint came first. Fields: https://github.com/pydantic/genai-prices,
prices/data.json and prices_types.py, read 2026-11-21.
"""

from __future__ import annotations

from pricing.imports.offer import Offer, Price, Table, each, grouped, number
from pricing.imports.sellers import publisher_of, seller_of
from pricing.instants import day, instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

NAME = "genai-prices"
URL = "https://github.com/pydantic/genai-prices/blob/main/prices/data.json"

_MILLION = 1_000_000
_TOKENS = {
    "input_mtok": "input",
    "input_text_mtok": "input",
    "input_audio_mtok": "input.audio",
    "input_image_mtok": "input.image",
    "input_video_mtok": "input.video",
    "cache_read_mtok": "cache_read",
    "cache_audio_read_mtok": "cache_read.audio",
    "cache_image_read_mtok": "cache_read.image",
    "cache_write_mtok": "cache_write",
    "output_mtok": "output",
    "output_text_mtok": "output",
    "output_audio_mtok": "output.audio",
    "output_image_mtok": "output.image",
}
_OTHER = {"id", "name", "description", "match", "prices", "price_comments", "context_window",
          "deprecated", "prices_checked", "collapse", "removed"}  # fmt: skip


def looks_like(content: object) -> bool:
    """Tell whether parsed JSON is such a file."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(p, dict) and "models" in p and "id" in p for p in content)
    )


def read(content: list[Mapping[str, Any]]) -> Table:
    """Give the offers of a file."""
    table = Table(NAME, URL)
    for provider in content:
        seller = seller_of(str(provider["id"]))
        tools = provider.get("tool_use_kcount")
        for model in provider["models"]:
            key = f"{provider['id']}/{model['id']}"
            for field in model:
                if field not in _OTHER:
                    table.skip(field, "no meter of ours", key)
            for effective, prices in _dated(model.get("prices"), key, table):
                window = model.get("context_window")
                facts = {"window": grouped(window)} if window else {}
                made = publisher_of(seller, model["id"])
                ids = tuple(i for i in _equals(model.get("match"), key, table) if i != model["id"])
                offer = Offer(seller, model["id"], key, publisher=made, effective=effective,
                              facts=facts, aliases=ids)  # fmt: skip
                stated = {**({"tool_use_kcount": tools} if tools else {}), **prices}
                for field, value in stated.items():
                    offer.prices += _prices(field, value, key, table)
                table.offers.append(offer)
    return table


def _dated(
    prices: object, key: str, table: Table
) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Give each price list with its first day, None where that is not told."""
    if isinstance(prices, dict):
        yield None, prices
        return
    listed: list[Any] = prices if isinstance(prices, list) else []
    days = [_start(p) for p in listed]
    if len(listed) > 1 and all(isinstance(day, str) for day in days[1:]):
        for day, entry in zip(days, listed, strict=True):
            yield day, entry["prices"]
        return
    # hours of a day, on a clock that the file does not explain further
    for _ in listed:
        table.skip("constraint", "hours of a day", key)


def _start(entry: Any) -> str | None:
    """Give the first day of an entry of a price list, None where it has no sound one."""
    constraint = entry.get("constraint") if isinstance(entry, dict) else None
    start = constraint.get("start_date") if isinstance(constraint, dict) else None
    try:
        return day(instant(start)) if isinstance(start, str) else None
    except ValueError:
        return None


def _prices(field: str, value: object, key: str, table: Table) -> Iterator[Price]:
    if field == "requests_kcount":
        found = number(value)
        if found is not None:
            yield Price("request", "request", each(found, 1_000), field)
        return
    if field == "tool_use_kcount" and isinstance(value, dict):
        for tool, price in value.items():
            found = number(price)
            if tool == "web_search" and found is not None:
                yield Price("web_search", "search", each(found, 1_000), f"{field}.{tool}")
            else:
                table.skip(f"{field}.{tool}", "no meter of ours", key)
        return
    meter = _TOKENS.get(field)
    if meter is None:
        table.skip(field, "no meter of ours", key)
        return
    if isinstance(value, dict) and isinstance(value.get("tiers"), list):
        steps = [(None, value.get("base")), *((t.get("start"), t.get("price"))
                                             for t in value["tiers"])]  # fmt: skip
    else:
        steps = [(None, value)]
    for start, price in steps:
        found = number(price)
        if found is None or not (start is None or isinstance(start, int)):
            table.skip(field, "no number", key)
            continue
        yield Price(meter, "token", each(found, _MILLION), field, span=(start, None))


def _equals(match: object, key: str, table: Table) -> Iterator[str]:
    """Give the exact ids that a model is matched by; anything wider is not imported."""
    if not isinstance(match, dict):
        return
    for kind, value in match.items():
        if kind == "equals" and isinstance(value, str):
            yield value
        elif kind == "or" and isinstance(value, list):
            for inner in value:
                yield from _equals(inner, key, table)
        else:
            table.skip(f"match.{kind}", "not an exact id", key)
