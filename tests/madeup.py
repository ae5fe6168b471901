"""Made-up cards and usage for the laws: small, odd, and sound by construction.

A card is held as its file would hold it; JSON is YAML and keeps the order of its keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from cardbooks import book_of
from hypothesis import strategies as st

import pricing
from pricing.cards.book import CardBook
from pricing.cards.model import RateCard
from pricing.instants import DAY, instant

Spec = Mapping[str, Any]

VOCABULARY = """
meters:
  input:            {unit: token, side: input}
  cache_read:       {unit: token, side: input}
  cache_write:      {unit: token, side: input}
  cache_write.5m:   {unit: token, side: input, bills_as: cache_write}
  cache_write.1h:   {unit: token, side: input, bills_as: cache_write}
  input.audio:      {unit: token, side: input}
  output:           {unit: token, side: output}
  output.audio:     {unit: token, side: output}
  output.reasoning: {unit: token, side: output, bills_as: output}
  request:          {unit: request, side: fee, implied: 1}
  search:           {unit: search, side: fee}
  seconds:          {unit: second, side: fee}
  pages:            {unit: page, side: input}
attributes:
  service_tier:
    {default: standard, same_as_default: [auto], values: [standard, batch, flex, priority]}
  speed:          {default: standard, values: [standard, fast]}
  geo:            {default: global, values: [global, us, eu]}
  outcome:        {default: complete, values: [complete, refused]}
  search_context: {default: low, values: [low, high], silent: ignore}
"""
VALUES = {
    "service_tier": ("standard", "auto", "batch", "flex", "priority"),
    "speed": ("standard", "fast"),
    "geo": ("global", "us", "eu"),
    "outcome": ("complete", "refused"),
    "search_context": ("low", "high"),
}
PROVIDER = {
    "provider": "shop",
    "currency": "USD",
    "assume": {"cache_write": "cache_write.1h"},
    "pools": {"shared": {"resets": "month"}},
}
SOURCES = [{"url": "https://example.com/prices", "checked": "2026-01-01"}]
DAYS = ("2026-01-01", "2026-03-01", "2026-05-01")
#: thresholds lie at 100 and 1,000, so inside one of these ranges no clause changes its mind
RANGES = ((0, 99), (100, 100), (101, 999), (1000, 1000), (1001, 3000))


@cache
def words() -> CardBook:
    return book_of({"vocabulary.yaml": VOCABULARY})


def book(*cards: Spec, provider: Spec = PROVIDER) -> CardBook:
    files = {f"shop/{card['model']}.yaml": json.dumps(card) for card in cards}
    return book_of(files | {"shop/provider.yaml": json.dumps(provider)}, words())


def card_of(spec: Spec, provider: Spec = PROVIDER) -> RateCard:
    return book(spec, provider=provider).card(f"shop/{spec['model']}")


# Cards

FACTORS = st.sampled_from(["0.5", "0.8", "1", "1.1", "1.25", "2", "6", "0"])
DEARER = st.sampled_from(["1", "1.1", "2", "5"])
#: a price per 7 or 3600 never ends
PERS = st.sampled_from(["1", "7", "1_000", "3600", "1_000_000"])


def price(places: int) -> st.SearchStrategy[str]:
    cents = st.integers(1, 9_999).map(lambda n: f"{Decimal(n).scaleb(-places):f}")
    return cents | cents | st.just("0")


@st.composite
def modifiers(draw: st.DrawFn, tokens: list[str], dearer: bool) -> list[Spec]:
    """Give modifiers whose conditions exclude each other wherever they name one attribute."""
    paths = sorted({meter.partition(".")[0] for meter in tokens})
    conditions: list[tuple[str, Spec]] = [
        ("batch", {"service_tier": draw(st.sampled_from(["batch", ["batch", "flex"]]))}),
        ("fast", {"speed": "fast"}),
        ("us", {"geo": "us"}),
        ("long", {"context_tokens": draw(st.sampled_from(BOUNDS))}),
        ("free", {"outcome": "refused"}),
    ]
    found: list[Spec] = []
    for name, when in draw(st.lists(st.sampled_from(conditions), unique_by=lambda c: c[0])):
        factors = DEARER if dearer and name == "long" else FACTORS
        by_path = st.fixed_dictionaries(dict.fromkeys(paths, factors))
        found.append({"name": name, "when": when, "multiply": draw(factors | by_path)})
    return found


BOUNDS: list[Spec] = [{"above": "100"}, {"at_least": "100"}, {"above": "1_000"}]


@st.composite
def revisions(draw: st.DrawFn, effective: str, rich: bool, dearer: bool) -> Spec:
    """Give a revision; a rich one also has what is more than quantity × price."""
    optional = ["cache_read", "cache_write", "cache_write.1h", "output.reasoning"]
    tokens = ["input", "output", *draw(st.lists(st.sampled_from(optional), unique=True))]
    plain = {meter: draw(price(3)) for meter in tokens}
    rates: list[Spec] = [{"per": f"{draw(PERS)} token", "price": plain}]
    if draw(st.booleans()):
        some = set(draw(st.lists(st.sampled_from(tokens), min_size=1)))
        # a wider meter's tier and a narrower one's plain price would overlap
        some |= {meter for meter in tokens if meter.rpartition(".")[0] in some}
        tier = {meter: draw(price(2)) for meter in sorted(some)}
        when = {"service_tier": "priority"}
        rates.append({"name": "priority", "per": "1_000 token", "when": when, "price": tier})
    if draw(st.booleans()):
        rates.append({"per": "1_000 search", "price": {"search": draw(price(1))}})
    clauses = draw(modifiers(tokens, dearer))
    revision: dict[str, Any] = {"effective": effective, "sources": SOURCES, "modifiers": clauses}
    if draw(st.booleans()):
        revision["unpriced"] = [{"when": {"geo": "eu"}, "because": "not_offered"}]
    if rich:
        rates += draw(rich_rates())
        rule = draw(st.sampled_from([None, *PER_REQUEST]))
        if rule is not None:
            revision["per_request"] = rule
    revision["rates"] = rates
    named = [clause["name"] for clause in (*clauses, *rates) if "name" in clause]
    if len(named) > 1:
        sets = st.lists(st.sampled_from(named), unique=True, min_size=2)
        revision["stack"] = draw(st.lists(sets | st.just(named), max_size=3))
    return revision


PER_REQUEST: list[Spec] = [
    {"floor": "0.5"},
    {"round": {"to": "0.01", "mode": "up"}},
    {"floor": "0.007", "round": {"to": "0.01", "mode": "half_even"}},
]


@st.composite
def rich_rates(draw: st.DrawFn) -> list[Spec]:
    found: list[Spec] = []
    low, high = sorted((draw(price(2)), draw(price(2))), key=Decimal)
    if draw(st.booleans()):
        tiers = [{"up_to": "100", "price": low}, {"price": high}]
        steps = draw(st.sampled_from([{}, {"minimum": "60"}, {"increment": "7"}]))
        pooled = {"per": "3600 second", "pool": "shared", "price": {"seconds": tiers}}
        found.append({**pooled, **steps})
    if draw(st.booleans()):
        tiers = [{"up_to": "10", "price": high}, {"up_to": "50", "price": low}, {"price": "0"}]
        found.append({"per": "1 page", "price": {"pages": tiers}})
        if draw(st.booleans()):
            found[-1] = {**found[-1], "pool": "shared"}
    if draw(st.booleans()):
        found.append({"per": "1 request", "price": {"request": draw(price(4))}})
    return found


@st.composite
def specs(draw: st.DrawFn, rich: bool = False, dearer: bool = False) -> Spec:
    """Give a card of one to three revisions, newest first; with ``dearer`` no threshold lowers."""
    days = DAYS[: draw(st.integers(1, len(DAYS)))]
    dated = [draw(revisions(day, rich, dearer)) for day in reversed(days)]
    return {"model": "one", "provider": "shop", "revisions": dated}


@st.composite
def followers(draw: st.DrawFn, followed: Spec) -> Spec:
    """Give a card that passes the prices of another one on."""
    named = {m["name"] for r in followed["revisions"] for m in r["modifiers"]}
    some = st.lists(st.sampled_from(sorted(named)), unique=True) if named else st.just([])
    follow = {"card": "shop/one", "keep": draw(st.just("all") | some)}
    if draw(st.booleans()):
        follow["multiply"] = draw(st.sampled_from(["0.9", "1.055", "100"]))
    revision = {"effective": DAYS[0], "sources": SOURCES, "follows": [follow]}
    return {"model": "two", "provider": "shop", "revisions": [revision]}


# Usage


def in_force(spec: Spec, at: int) -> Spec:
    """Give the revision in force, or the oldest one before that."""
    for revision in spec["revisions"]:
        if instant(revision["effective"]) <= at:
            return revision  # type: ignore[no-any-return]
    return spec["revisions"][-1]  # type: ignore[no-any-return]


@st.composite
def instants(draw: st.DrawFn) -> int:
    """Give an instant of 2026, often the first or the last of a revision."""
    start = instant(draw(st.sampled_from(DAYS)))
    after = st.integers(0, 250 * 24).map(lambda hours: start + hours * DAY // 24)
    return draw(after | st.sampled_from([start, start - 1]))


def attributes(spec: Spec, at: int) -> st.SearchStrategy[dict[str, str]]:
    """Give attributes that the card mostly has an answer to."""
    revision = in_force(spec, at)
    answered = [
        (name, value)
        for clause in (*revision["modifiers"], *revision["rates"])
        for name, values in clause.get("when", {}).items()
        if name in VALUES
        for value in (values if isinstance(values, list) else [values])
    ]
    every = [(name, value) for name, values in VALUES.items() for value in values]
    any_ = st.lists(st.sampled_from(every), max_size=2)
    some = st.lists(st.sampled_from(answered), min_size=1, max_size=2) if answered else any_
    return (some | some | any_).map(dict)


def quantities(spec: Spec, at: int) -> st.SearchStrategy[dict[str, int]]:
    """Give counts of meters that the card mostly prices."""
    names = [meter for rate in in_force(spec, at)["rates"] for meter in rate["price"]]
    counts = st.integers(1, 120) | st.integers(1, 1_200)
    priced = st.dictionaries(st.sampled_from(names), counts, min_size=1, max_size=5)
    every = ["input", "cache_write", "cache_write.5m", "output.reasoning", "seconds", "search"]
    others = st.dictionaries(st.sampled_from(every), st.integers(0, 500), max_size=3)
    return priced | priced | st.tuples(priced, others).map(lambda two: {**two[0], **two[1]})


ACCOUNTS = st.none() | st.integers(0, 150).map(
    lambda used: pricing.Account(
        {("shop", "shared", f"2026-{month:02}"): used for month in range(1, 13)}
    )
)
