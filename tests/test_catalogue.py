"""Odd rules as the shipped cards hold them, and how much the catalogue holds.

Each sum is worked out by hand from the provider's rule; the cards name the page.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

import pricing
from pricing.findings import findings
from pricing.instants import instant

CATALOG = pricing.load_catalog()
DAY = "2026-11-19T12:00Z"


def total(card: str, meters: dict[str, Any], at: str = DAY, **told: Any) -> Fraction:
    context = told.pop("context", None)
    account = told.pop("account", None)
    usage = pricing.Usage(meters, at=at, attributes=told, context_tokens=context)
    cost = pricing.rate(usage, CATALOG.card(card), account=account)
    return Fraction(cost.total.amount)


def refusal(card: str, meters: dict[str, Any], at: str = DAY, **told: Any) -> str:
    with pytest.raises(pricing.PricingError) as refused:
        total(card, meters, at, **told)
    return str(refused.value)


MILLION = 1_000_000


def test_a_long_prompt_reprices_the_whole_request_and_each_tier_has_its_own_price() -> None:
    sol = "openai/gpt-5.6-sol"
    assert total(sol, {"input": 272_000}) == Fraction("1.088")  # 0.272 x 4
    # 0.272001 x 8
    assert total(sol, {"input": 272_001}) == Fraction("2.176008")
    # 0.2 x 8 + 0.1 x 0.80 + 0.01 x 30: the cache counts to the prompt
    mixed = {"input": 200_000, "cache_read": 100_000, "output": 10_000}
    assert total(sol, mixed) == Fraction("1.98")
    assert total(sol, mixed, service_tier="batch") == Fraction("0.99")
    assert total(sol, mixed, service_tier="priority") == Fraction("3.96")


def test_regional_processing_is_a_tenth_more_on_every_price_of_the_newer_models() -> None:
    assert total("openai/gpt-6.1-sol", {"input": MILLION}, context=1, endpoint="regional") == (
        Fraction("2.2")
    )
    batch = {"service_tier": "batch", "endpoint": "regional"}
    assert total("openai/gpt-6.1-sol", {"output": MILLION}, context=1, **batch) == Fraction("5.5")
    told = refusal("openai/gpt-4.1", {"input": 1}, endpoint="regional")
    assert "says nothing about endpoint=regional" in told


def test_what_no_table_has_for_a_combination_is_refused() -> None:
    # gpt-5.6-terra-2026-07-09 has no priority price above 272,000
    card = "openai/gpt-5.6-terra-2026-07-09"
    assert total(card, {"input": MILLION}, context=1, service_tier="priority") == 4
    told = refusal(card, {"input": MILLION}, context=272_001, service_tier="priority")
    assert "unpublished" in told
    told = refusal("zai/glm-5.2", {"input": 1}, service_tier="batch")
    assert "says nothing about service_tier=batch" in told


def test_a_cache_write_without_a_kind_lives_as_long_as_the_seller_s_default() -> None:
    assert total("openai/gpt-6-sol", {"cache_write": MILLION}, context=1) == Fraction("2.5")
    assert total("moonshot/kimi-k3", {"cache_write": MILLION}) == 3
    assert total("moonshot/kimi-k3", {"cache_write.1h": MILLION}) == 6
    geo = {"context": 1, "endpoint": "geo"}
    assert total("aws-bedrock/gpt-6-sol", {"cache_write": MILLION}, **geo) == Fraction("2.75")


@pytest.mark.parametrize(
    ("at", "price"),
    [
        ("2026-08-16T15:59:59Z", "0.435"),  # before: one price
        ("2026-08-17T01:00Z", "1.32"),  # Monday, 09:00 in Beijing
        ("2026-08-22T02:00Z", "1.32"),  # a Saturday of the first week
        ("2026-08-29T02:00Z", "0.66"),  # a Saturday
        ("2026-09-25T02:00Z", "0.66"),  # Friday, Mid-Autumn
        ("2026-10-07T09:59:59Z", "0.66"),  # Wednesday, National Day week
        ("2026-10-08T00:59:59Z", "0.66"),  # Thursday, a second before nine
        ("2026-10-08T01:00Z", "1.32"),
        ("2026-10-08T04:00Z", "0.66"),  # noon
        ("2026-10-08T06:00Z", "1.32"),
        ("2026-10-08T10:00Z", "0.66"),
    ],
)
def test_deepseek_costs_double_in_the_working_hours_of_beijing(at: str, price: str) -> None:
    found = total("deepseek/deepseek-v4-pro", {"input": MILLION}, at)
    assert found == Fraction(price)


def test_nothing_is_priced_by_a_calendar_that_has_ended() -> None:
    told = refusal("deepseek/deepseek-v4-pro", {"input": 1}, "2027-01-04T02:00Z")
    assert "calendar cn_holidays ends 2027-01-01" in told


def test_xai_counts_the_threshold_itself_as_long() -> None:
    assert total("xai/grok-4.3", {"input": 199_999}) == Fraction("0.24999875")  # x 1.25
    assert total("xai/grok-4.3", {"input": 200_000}) == Fraction("0.5")  # x 2.50
    # 0.2 x 2 and a search at 5 a thousand
    assert total("xai/grok-4.3", {"input": 200_000, "web_search": 1}, service_tier="batch") == (
        Fraction("0.405")
    )
    assert total("xai/grok-4.3", {"document_search": 1_000}) == 10
    assert total("xai/grok-4.3", {"file_search": 1_000}) == Fraction("2.5")
    assert "medium confidence" in refusal("xai/grok-4", {"input": 128_000})


def test_groq_s_discounts_do_not_add_up() -> None:
    card = "groq/openai/gpt-oss-120b"
    assert total(card, {"input": MILLION}, service_tier="batch") == Fraction("0.075")
    cached = {"cache_read": MILLION}
    assert total(card, cached) == total(card, cached, service_tier="batch") == Fraction("0.075")


def test_mistral_sells_batches_and_regions() -> None:
    card = "mistral/mistral-large-4"
    assert total(card, {"cache_read": MILLION}, service_tier="batch") == Fraction("0.035")
    assert total(card, {"output": MILLION}, endpoint="regional") == Fraction("2.31")
    assert [
        total(card, {"input": MILLION}, f"{day}T12:00Z")
        for day in ("2026-10-19", "2026-10-20", "2026-10-28", "2026-10-29")
    ] == [Fraction("0.68"), Fraction("1.36"), Fraction("1.36"), Fraction("0.7")]


def test_minimax_doubles_above_512_000() -> None:
    assert total("minimax/MiniMax-M3", {"input": 512_000}) == Fraction("0.1536")  # x 0.30
    assert total("minimax/MiniMax-M3", {"input": 512_001}) == Fraction("0.3072006")  # x 0.60


def test_grounding_is_free_up_to_a_day_s_or_a_month_s_allowance() -> None:
    def used(pool: str, period: str, amount: str) -> pricing.Account:
        return pricing.Account({("google-aistudio", pool, period): amount})

    prompt = {"grounded_prompt": 1}
    card = "google-aistudio/gemini-2.5-pro"
    # 2026-11-19 04:00 in California
    assert total(card, prompt, account=used("grounding_daily", "2026-11-19", "1499")) == 0
    assert total(card, prompt, account=used("grounding_daily", "2026-11-19", "1500")) == (
        Fraction("0.035")
    )
    queries = {"grounding_query": 3}
    card = "google-aistudio/gemini-3.5-flash"
    assert total(card, queries, account=used("grounding_monthly", "2026-11", "4999")) == (
        Fraction("0.028")
    )
    # by the prompt: a count of queries has no price
    assert "grounding_query" in refusal("google-aistudio/gemini-2.5-pro", queries)


def test_what_is_announced_holds_from_its_day_on() -> None:
    card = "google-aistudio/gemini-3.6-flash"
    assert total(card, {"input": MILLION}, "2026-12-31T23:59:59Z") == Fraction("0.75")
    assert total(card, {"input": MILLION}, "2027-01-01") == Fraction("1.5")
    assert total(card, {"cache_storage": MILLION}, "2026-12-31T23:59:59Z") == Fraction("0.5")
    assert total(card, {"cache_storage": MILLION}, "2027-01-01") == 1
    assert total("google-vertex/gemini-4-argon", {"output": MILLION}, "2026-11-30") == 10
    assert total("google-vertex/gemini-4-argon", {"output": MILLION}, "2026-12-01") == 20


def test_bedrock_costs_by_endpoint() -> None:
    card, usage = "aws-bedrock/claude-opus-4-8", {"input": MILLION}
    assert total(card, usage, endpoint="global") == 5
    assert total(card, usage, endpoint="geo") == Fraction("5.5")
    assert total(card, usage, endpoint="regional") == Fraction("5.5")
    assert total(card, usage, endpoint="govcloud") == 6
    assert "depends on endpoint" in refusal(card, usage)
    nova = "aws-bedrock/amazon.nova-lite-v1:0"
    assert total(nova, usage, endpoint="geo", region="us") == Fraction("0.06")
    assert total(nova, usage, endpoint="geo", region="apac") == Fraction("0.063")


def test_vertex_costs_a_tenth_more_in_one_region_for_the_newer_claude() -> None:
    usage = {"output": MILLION}
    assert total("google-vertex/claude-opus-5", usage, endpoint="regional") == Fraction("27.5")
    told = refusal("google-vertex/claude-opus-4-20250514", usage, endpoint="regional")
    assert "says nothing about endpoint=regional" in told


def test_sonar_had_a_fee_by_the_request_and_ended() -> None:
    usage = {"input": 1_000, "output": 1_000}
    # 0.001 + 0.001 + 8 / 1,000
    assert total("perplexity/sonar", usage, "2026-09-26", search_context="medium") == (
        Fraction("0.010")
    )
    assert "no longer" in refusal("perplexity/sonar", usage, "2026-09-27")


def test_a_range_that_one_table_alone_has_is_for_those_who_ask_for_estimates() -> None:
    card = CATALOG.card("alibaba/qwen3-max")
    usage = pricing.Usage({"input": 50_000}, at=DAY)
    assert "medium confidence" in refusal("alibaba/qwen3-max", {"input": 50_000})
    cost = pricing.rate(usage, card, estimates=True)
    assert Fraction(cost.total.amount) == Fraction("0.12")  # 0.05 x 2.40


def test_the_catalogue_holds_what_the_readme_of_the_cards_promises() -> None:
    makers = Counter(card.provider.name for card in CATALOG.cards())
    assert sum(makers.values()) >= 820
    assert sum(count >= 6 for count in makers.values()) >= 15
    for card in CATALOG.cards():
        for revision in card.revisions:
            terms = [card.provider.term(name, revision["effective"])[0] or {}
                     for name in revision.get("terms", ())]  # fmt: skip
            sourced = revision.get("sources") or any(t.get("sources") for t in terms)
            assert sourced or card.provider.wire.get("sources"), card.name


def test_no_shipped_card_has_a_finding_that_is_an_error() -> None:
    found = findings(CATALOG, CATALOG.cards(), instant("2026-11-21"))
    errors = [f"{f.place}: {f.what}" for f in found if f.kind.is_error and f.accepted is None]
    assert not errors, "\n".join(errors)
    assert any(f.accepted for f in found)


def test_gemini_sees_images_and_films_at_the_price_of_text() -> None:
    seen = {"input": 1_000, "input.image": 2_000, "input.video": 3_000, "output": 100}
    # 6,000 x 0.30 + 100 x 2.50, by the million
    assert total("google-aistudio/gemini-2.5-flash", seen) == Fraction("0.00205")
    heard = {"input.image": 1_000, "input.audio": 1_000}
    assert total("google-aistudio/gemini-2.5-flash", heard) == Fraction("0.0013")  # 0.30, 1
    assert total("google-vertex/gemini-3.1-pro-preview", heard) == Fraction("0.004")  # both 2
    # a long prompt of pictures: 0.25 x 2.50
    assert total("google-aistudio/gemini-2.5-pro", {"input.image": 250_000}) == Fraction("0.625")


def test_a_bedrock_region_of_which_one_table_has_another_price_is_refused() -> None:
    card = "aws-bedrock/mistral.magistral-small-2509"
    assert total(card, {"input": MILLION}, endpoint="regional", region="us-east-1") == Fraction(
        "0.5"
    )
    told = refusal(card, {"input": MILLION}, endpoint="regional", region="eu-west-2")
    assert "unpublished" in told
    assert "depends on region" in refusal(card, {"input": MILLION}, endpoint="regional")


def test_the_preview_of_the_search_tool_has_a_price_of_its_own() -> None:
    for model, price in (("gpt-4o", 25), ("gpt-4.1", 25), ("gpt-5", 10), ("o3", 10)):
        searches = {"web_search": 1_000}
        assert total(f"openai/{model}", searches) == 10, model
        assert total(f"openai/{model}", searches, search_tool="preview") == price, model


@pytest.mark.parametrize("model", ["gpt-5.6-sol", "gpt-5.6"])
def test_a_promotion_is_marked_from_its_promised_end_on(model: str) -> None:
    card = CATALOG.card(f"openai/{model}")
    for at, said in (("2026-11-21T23:59:59Z", ()), ("2026-11-22", ("2026-11-22",))):
        cost = pricing.rate(pricing.Usage({"input": MILLION}, at=at, context_tokens=1), card)
        assert cost.total.amount == 4
        told = [text for text in cost.lines[0].assumptions if text.startswith("open end")]
        assert told == [f"open end: promised until {day}" for day in said]
    usage = pricing.Usage({"input": 1}, at="2026-11-22", context_tokens=1)
    with pytest.raises(pricing.PricingError, match=r"open end|observed date"):
        pricing.rate(usage, card, strict_dates=True)
