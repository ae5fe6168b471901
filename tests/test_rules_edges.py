"""Edges of the rules of rating: each fails for a slip in the engine that no other test saw."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from cardbooks import book_of
from test_rules import PLAIN, TWO, book, paid, refusals, revision, total

import pricing

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
