"""Edges of the rules of rating: each fails for a slip in the engine that no other test saw."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from cardbooks import book_of
from test_rules import PLAIN, TWO, book, paid, refusals, revision, total

import pricing
from pricing.rating.sums import Tally

# What means the default means the seller's own, where the seller has another.


def test_what_means_the_default_is_the_sellers_own_default() -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        "  - {per: 1 token, when: {geo: us}, price: {input: 3}}\n"
    )
    us = {"provider": "defaults: {geo: us}\n"}
    assert total(clauses, {"input": 1}, **us) == 3
    assert total(clauses, {"input": 1}, {"geo": "not_available"}, **us) == 3
    assert total(clauses, {"input": 1}, {"geo": "not_available"}) == 2


def test_a_negotiated_rate_without_a_kind_prices_counts_without_one() -> None:
    rate = "rates: [{per: 1 token, price: {cache_write: 1}}]\n"
    contract = f"contract: acme\ncards: [shop/*]\nrevisions:\n{revision(rate)}"
    clauses = "rates: [{per: 1 token, price: {cache_write.5m: 4}}]\n"
    listed = book(clauses, "assume: {cache_write: cache_write.5m}\n")
    signed = book_of({"contracts/acme.yaml": contract}, listed)
    assert paid(listed.card("shop/one"), {"cache_write": 3}) == 12
    usage = pricing.Usage({"cache_write": 3}, at="2026-06-01")
    (line,) = pricing.rate(usage, signed.card("shop/one")).lines
    assert (line.exact, line.assumptions) == (3, ("contract acme",))


# Stages


@pytest.mark.parametrize("rule", ["{floor: 50}", "{round: {to: 50, mode: up}}"])
def test_a_part_of_a_request_is_neither_raised_to_the_floor_nor_rounded(rule: str) -> None:
    card = book(PLAIN, f"per_request: {rule}\n").card("shop/one")
    usage = pricing.Usage({"input": 3, "image": 1}, at="2026-06-01")
    part = pricing.rate(usage, card, partial=True)
    assert part.total.amount == 6  # of a sum that is not known nothing is at least 50
    assert [refusal.meter for refusal in part.unpriced] == ["image"]


@pytest.mark.parametrize("pool", ["", "pool: free, "])
def test_beyond_the_last_tier_there_is_no_price(pool: str) -> None:
    tiers = "{input: [{up_to: 10, price: 1}, {up_to: 20, price: 2}]}"
    clauses = f"rates: [{{per: 1 token, {pool}price: {tiers}}}]\n"
    shop: dict[str, Any] = {
        "provider": "pools: {free: {resets: never}}\n",
        "account": pricing.Account(),
    }
    assert total(clauses, {"input": 20}, **shop) == 30
    assert refusals(clauses, {"input": 21}, **shop) == [("no_tier", "input")]


@pytest.mark.parametrize(
    ("kept", "paid_"), [("[batch, us]", 11), ("[batch]", None), ("[us]", None), ("all", 11)]
)
def test_what_stacks_on_the_followed_card_stacks_where_both_are_kept(
    kept: str, paid_: int | None
) -> None:
    two = (
        "rates: [{per: 1 token, price: {input: 2}}]\n"
        "modifiers:\n"
        "  - {name: batch, when: {service_tier: batch}, multiply: 0.5}\n"
        "  - {name: us, when: {geo: us}, multiply: 1.1}\n"
        "stack: [[batch, us]]\n"
    )
    card = book(f"follows: [{{card: shop/two, keep: {kept}}}]\n", two=two).card("shop/one")
    if paid_ is None:
        with pytest.raises(pricing.Unpriced, match="publishes no price with"):
            paid(card, {"input": 10}, service_tier="batch", geo="us")
    else:
        assert paid(card, {"input": 10}, service_tier="batch", geo="us") == paid_


def test_what_is_not_kept_is_unpriced_of_the_followed_meters_alone() -> None:
    two = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        "  - {per: 1 token, name: batch, when: {service_tier: batch}, price: {input: 1}}\n"
    )
    clauses = (
        "follows: [{card: shop/two, meters: [input]}]\n"
        "rates:\n"
        "  - {per: 1 token, price: {output: 8}}\n"
        "  - {per: 1 token, when: {service_tier: batch}, price: {output: 3}}\n"
    )
    card = book(clauses, two=two).card("shop/one")
    assert paid(card, {"output": 5}, service_tier="batch") == 15
    with pytest.raises(pricing.Unpriced, match="publishes no price with batch"):
        paid(card, {"input": 5}, service_tier="batch")


# context_tokens


def test_the_context_is_of_tokens_and_not_of_pages() -> None:
    pages = "meters:\n  pages: {unit: page, side: input}\n"
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        "  - {per: 1 token, when: {context_tokens: {above: 100}}, price: {input: 5}}\n"
        "  - {per: 1 page, price: {pages: 1}}\n"
    )
    shop = book_of(
        {
            "vocabulary.yaml": pages,
            "shop/provider.yaml": "provider: shop\ncurrency: USD\n",
            "shop/one.yaml": "model: one\nprovider: shop\nrevisions:\n" + revision(clauses),
        },
        book(PLAIN),
    )
    assert paid(shop.card("shop/one"), {"input": 100, "pages": 7}) == 207


@pytest.mark.parametrize(
    ("bound", "last"), [("up_to: 100", 100), ("below: 100", 99), ("below: 99.5", 99)]
)
def test_an_upper_bound_alone_parts_the_requests(bound: str, last: int) -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        f"  - {{per: 1 token, when: {{context_tokens: {{{bound}}}}}, price: {{input: 1}}}}\n"
    )
    prices = {last - 1: 1, last: 1, last + 1: 2}
    for order in permutations(prices):
        card = book(clauses).card("shop/one")
        for tokens in order:
            assert paid(card, {"input": tokens}) == tokens * prices[tokens]


def test_an_estimate_tells_apart_the_hours_that_the_followed_card_tells_apart() -> None:
    clauses = (
        "rates: [{per: 1 token, price: {input: 2}}]\n"
        "unpriced: [{meters: [output], because: unpublished, estimate: {follows: shop/two}}]\n"
    )
    night = 'modifiers: [{name: night, when: {during.night: "yes"}, multiply: 0.5}]\n'
    hours = 'night: {clock: UTC, hours: ["22:00-06:00"]}\n'
    shop = book_of(
        {
            "calendars.yaml": hours,
            "shop/provider.yaml": "provider: shop\ncurrency: USD\n",
            "shop/one.yaml": "model: one\nprovider: shop\nrevisions:\n" + revision(clauses),
            "shop/two.yaml": "model: two\nprovider: shop\nrevisions:\n" + revision(TWO + night),
        },
        book(PLAIN),
    )
    card = shop.card("shop/one")
    for hour, guess in (("12:00", 8), ("22:00", 4), ("05:59", 4), ("06:00", 8)):
        usage = pricing.Usage({"output": 1}, at=f"2026-06-01T{hour}Z")
        assert pricing.rate(usage, card, estimates=True).total.amount == guess


def test_no_calendar_reaches_the_end_of_time() -> None:
    hours = 'day: {clock: Asia/Shanghai, hours: ["09:00-12:00"]}\n'
    when = 'modifiers: [{name: day, when: {during.day: "yes"}, multiply: 2}]\n'
    shop = book_of(
        {
            "calendars.yaml": hours,
            "shop/provider.yaml": "provider: shop\ncurrency: USD\n",
            "shop/one.yaml": "model: one\nprovider: shop\nrevisions:\n" + revision(PLAIN + when),
        },
        book(PLAIN),
    )
    usage = pricing.Usage({"input": 1}, at="9999-12-31T23:59:59Z")
    with pytest.raises(pricing.RatingError, match="no calendar reaches 9999-12-31"):
        pricing.rate(usage, shop.card("shop/one"))


# What Catalog.cost is told holds for a response of one part and of several.

ENTRY = {"type": "message", "input_tokens": 10, "output_tokens": 0}
SHOP = (
    "dated: observed\n"
    "rates:\n"
    "  - {per: 1 token, pool: free, price: {input: [{up_to: 10, price: 0}, {price: 2}]}}\n"
    "  - {per: 1 search, confidence: low, price: {search: 5}}\n"
)


@pytest.fixture(name="shops", scope="module")
def _shops() -> pricing.Catalog:
    pool = "pools: {free: {resets: never}}\n"
    mall = {
        "mall/provider.yaml": "provider: mall\ncurrency: USD\n",
        "mall/one.yaml": "model: one\nprovider: mall\npublisher: shop\nrevisions:\n"
        + revision("rates: [{per: 1 token, price: {input: 7}}]\n"),
        "mall/three.yaml": "model: three\nprovider: mall\npublisher: shop\nrevisions:\n"
        + revision("rates: [{per: 1 token, price: {input: 9}}]\n"),
    }
    two, three = (f"rates: [{{per: 1 token, price: {{input: {price}}}}}]\n" for price in (3, 4))
    return pricing.Catalog(book_of(mall, book(SHOP, pool, two=two, three=three)))


def response(*models: str) -> dict[str, Any]:
    parts = [{**ENTRY, "model": model} for model in models]
    return {"model": "one", "usage": {**ENTRY, "iterations": parts} if parts else ENTRY}


@pytest.mark.parametrize(
    ("models", "how", "paid_"),
    [
        ((), {}, 20),  # 10 × 2, the dearest tier
        ((), {"account": pricing.Account()}, 0),
        (("one", "two"), {}, 50),  # 10 × 2 + 10 × 3
        (("one", "two"), {"account": pricing.Account()}, 30),
        (("one", "one"), {"account": pricing.Account()}, 20),
        (("one", "two"), {"model": "three"}, 70),  # another's model stays: 10 × 4 + 10 × 3
        (("one", "three"), {"seller": "mall"}, 160),  # 10 × 7 + 10 × 9
    ],
)
def test_model_seller_and_account_hold_for_each_part_of_a_response(
    shops: pricing.Catalog, models: tuple[str, ...], how: dict[str, Any], paid_: int
) -> None:
    assert shops.cost(response(*models), at="2026-06-01", **how).total.amount == paid_


@pytest.mark.parametrize("models", [(), ("two", "one")])
def test_partial_and_strict_dates_hold_for_each_part_of_a_response(
    shops: pricing.Catalog, models: tuple[str, ...]
) -> None:
    with pytest.raises(pricing.Unpriced, match="has an observed date"):
        shops.cost(response(*models), at="2026-06-01", strict_dates=True)
    part = shops.cost(response(*models), at="2026-06-01", strict_dates=True, partial=True)
    assert part.total.amount == (30 if models else 0)
    assert [refusal.code for refusal in part.unpriced] == ["soft_date"]


def test_a_pool_counts_once_whichever_meter_comes_first() -> None:
    clauses = (
        "rates: [{per: 1 token, pool: free, "
        "price: {'input, output': [{up_to: 10, price: 0}, {price: 2}]}}]\n"
    )
    card = book(clauses, "pools: {free: {resets: never, counts: input}}\n").card("shop/one")
    usage = pricing.Usage({"input": 10, "output": 5}, at="2026-06-01")
    spent = pricing.rate(usage, card, account=pricing.Account())
    assert (spent.total.amount, spent.drawn) == (0, {("shop", "free", "all"): 10})


def test_what_a_record_says_goes_before_what_its_model_id_tells() -> None:
    form = "ids: ['^(?P<geo>us)\\.(?P<model>[a-z]+)$']\n"
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        "  - {per: 1 token, when: {geo: us}, price: {input: 3}}\n"
    )
    shop = pricing.Catalog(book(clauses, form))
    for said, paid_ in (({}, 3), ({"geo": "us"}, 3), ({"geo": "global"}, 2)):
        usage = pricing.Usage({"input": 1}, model="us.one", at="2026-06-01", attributes=said)
        assert shop.cost(usage).total.amount == paid_


def test_parts_that_count_more_searches_than_their_whole_are_refused() -> None:
    part = {**ENTRY, "server_tool_use": {"web_search_requests": 2}}
    whole = {**ENTRY, "iterations": [part], "server_tool_use": {"web_search_requests": 1}}
    with pytest.raises(pricing.UsageError, match="more web_search than the whole"):
        pricing.read_usage({"model": "one", "usage": whole})


@pytest.mark.parametrize(("cached", "reasoning"), [(101, 0), (-5, 0), (0, 51), (0, -5)])
def test_a_part_that_is_more_than_its_whole_is_refused_on_the_short_way_too(
    cached: int, reasoning: int
) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    with pytest.raises(pricing.UsageError, match=r"more than the whole|cannot be negative"):
        pricing.read_usage({"model": "one", "usage": usage})


def test_a_counter_that_nobody_knows_is_not_lost_in_a_sum() -> None:
    card = book(PLAIN).card("shop/one")
    usage = pricing.Usage({"input": 1}, at="2026-06-01", model="one")
    tally = Tally()
    for unknown in ({}, {"new_tokens": 7}):
        tally.add(usage.replace(unknown=unknown), card)
    (found,) = tally.unrated.values()
    assert (tally.incomplete, found.quantities) == (1, {"new_tokens": 7})
