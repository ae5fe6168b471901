"""The ten rules of rating, each with tests that fail where the rule is dropped.

Prices are per token, not per million, so that a sum can be read off: 3 tokens at 2 cost 6.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from textwrap import indent
from typing import Any

import pytest
from cardbooks import book_of

import pricing
from pricing.cards.book import CardBook
from pricing.rating.sums import Tally

VOCABULARY = """
meters:
  input:            {unit: token, side: input}
  input.audio:      {unit: token, side: input}
  input.image:      {unit: token, side: input}
  input.tool:       {unit: token, side: input, bills_as: input}
  cache_read:       {unit: token, side: input}
  cache_write:      {unit: token, side: input}
  cache_write.5m:   {unit: token, side: input, bills_as: cache_write}
  cache_write.1h:   {unit: token, side: input, bills_as: cache_write}
  output:           {unit: token, side: output}
  output.audio:     {unit: token, side: output}
  output.reasoning: {unit: token, side: output, bills_as: output}
  request:          {unit: request, side: fee, implied: 1}
  search:           {unit: search, side: fee}
  seconds:          {unit: second, side: fee}
  image:            {unit: image, side: output}
attributes:
  service_tier:   {default: standard, same_as_default: [auto], values: [standard, batch, flex]}
  speed:          {default: standard, values: [standard, fast]}
  geo:            {default: global, same_as_default: [not_available], values: [global, us, eu]}
  endpoint:       {default: global, values: [global, regional]}
  search_context: {default: low, values: [low, high], silent: ignore}
  size:           {silent: ignore}
  purchase:       {kind: number, silent: ignore}
"""
SOURCES = "sources: [{url: 'https://example.com/prices', checked: 2026-01-01}]\n"
PLAIN = "rates: [{per: 1 token, price: {input: 2, cache_read: 1, output: 10}}]\n"
BATCH = "{name: batch, when: {service_tier: batch}, multiply: 0.5}"


@cache
def words() -> CardBook:
    return book_of({"vocabulary.yaml": VOCABULARY})


def card(name: str, clauses: str) -> str:
    """Give the text of a card whose one revision holds these clauses."""
    return f"model: {name}\nprovider: shop\nrevisions:\n{revision(clauses)}"


def revision(clauses: str) -> str:
    dated = f"effective: 2026-01-01\n{SOURCES}{clauses}"
    return "  - " + indent(dated, "    ").lstrip()


def book(clauses: str, provider: str = "", **more: str) -> CardBook:
    """Give a book with the card shop/one made of these clauses, and further cards of the shop."""
    cards = {f"shop/{name}.yaml": card(name, text) for name, text in more.items()}
    maker = {"shop/provider.yaml": f"provider: shop\ncurrency: USD\n{provider}"}
    return book_of(maker | {"shop/one.yaml": card("one", clauses)} | cards, words())


def cost(
    clauses: str,
    meters: dict[str, Any],
    attributes: dict[str, Any] | None = None,
    *,
    provider: str = "",
    account: pricing.Account | None = None,
    estimates: bool = False,
    requests: int = 1,
    **usage: Any,
) -> pricing.Cost:
    """Price a request of 2026-06-01 on the card shop/one made of these clauses."""
    card = book(clauses, provider).card("shop/one")
    asked = pricing.Usage(meters, at="2026-06-01", attributes=attributes, **usage)
    return pricing.rate(asked, card, account=account, estimates=estimates, requests=requests)


def total(*args: Any, **kwargs: Any) -> Decimal | Fraction:
    return cost(*args, **kwargs).total.amount


def refusals(*args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    """Give (code, meter) of each refusal."""
    with pytest.raises(pricing.Unpriced) as error:
        cost(*args, **kwargs)
    return [(refusal.code, refusal.meter) for refusal in error.value.refusals]


def card_fault(clauses: str, provider: str = "", **more: str) -> str:
    with pytest.raises(pricing.CardError) as error:
        book(clauses, provider, **more)
    return str(error.value)


# 1. What means the default becomes the default; labels are never priced; the unknown is an error.


@pytest.mark.parametrize("value", ["standard", "auto"])
def test_a_value_that_means_the_default_is_priced_as_the_default(value: str) -> None:
    # 3 × 2 = 6
    assert total(PLAIN, {"input": 3}, {"service_tier": value}) == 6


def test_a_key_that_the_vocabulary_does_not_declare_is_a_label() -> None:
    labels = {"team": "search", "project": "batch"}
    assert total(PLAIN + f"modifiers: [{BATCH}]\n", {"input": 3}, labels) == 6


def test_a_label_changes_no_price_whatever_it_holds() -> None:
    assert total(PLAIN, {"input": 3}, {"service_tiers": "batch"}) == 6


@pytest.mark.parametrize("attribute", ["service_tier", "search_context"])
def test_a_value_that_is_not_declared_is_an_error_even_where_silence_is_allowed(
    attribute: str,
) -> None:
    with pytest.raises(pricing.RatingError, match=f"unknown value 'turbo' of {attribute}"):
        cost(PLAIN, {"input": 3}, {attribute: "turbo"})


def test_a_counter_that_the_reader_does_not_know_is_an_error() -> None:
    usage = pricing.Usage({"input": 3}, at="2026-06-01")
    usage.unknown = {"holograms": 1}
    with pytest.raises(pricing.Unpriced, match="unknown counter 'holograms'"):
        pricing.rate(usage, book(PLAIN).card("shop/one"))


def test_a_meter_that_nobody_declared_is_an_error_unless_it_counts_nothing() -> None:
    assert refusals(PLAIN, {"input": 3, "hologram": 1}) == [("unknown_meter", "hologram")]
    assert total(PLAIN, {"input": 3, "hologram": 0}) == 6


# 2. A clause names an attribute without a default, and the usage lacks it: an error.

ASK = "defaults: {endpoint: ask}\n"
REGIONAL = PLAIN + (
    "modifiers:\n"
    "  - {name: regional, when: {endpoint: regional}, multiply: 1.5}\n"
    "  - {name: global, when: {endpoint: global}, multiply: 1}\n"
)


def test_a_condition_that_cannot_be_told_is_an_error_and_no_false_one() -> None:
    assert refusals(REGIONAL, {"input": 3}, provider=ASK) == [("depends_on", "input")]
    # 3 × 2 = 6, and 3 × 2 × 1.5 = 9
    assert total(REGIONAL, {"input": 3}, {"endpoint": "global"}, provider=ASK) == 6
    assert total(REGIONAL, {"input": 3}, {"endpoint": "regional"}, provider=ASK) == 9


def test_an_attribute_without_a_default_is_only_needed_where_a_clause_names_it() -> None:
    assert total(PLAIN, {"input": 3}, provider=ASK) == 6


def test_a_table_needs_the_attribute_that_it_is_by() -> None:
    table = "rates: [{per: 1 image, by: [size], price: {image: {small: 2, large: 5}}}]\n"
    assert refusals(table, {"image": 1}) == [("depends_on", "image")]
    assert total(table, {"image": 3}, {"size": "large"}) == 15
    assert refusals(table, {"image": 1}, {"size": "huge"}) == [("no_rate", "image")]


@pytest.mark.parametrize(
    "when", ["service_tier: batch, endpoint: regional", "endpoint: regional, service_tier: batch"]
)
def test_a_condition_that_is_false_anyway_decides_whatever_is_unknown(when: str) -> None:
    clauses = PLAIN + f"modifiers: [{{name: both, when: {{{when}}}, multiply: 2}}]\n"
    assert total(clauses, {"input": 3}, provider=ASK) == 6


# 3. A narrow meter uses a wider rate only where the vocabulary says so; `assume` is said aloud.


def test_reasoning_bills_as_output() -> None:
    # 3 × 10 = 30
    assert total(PLAIN, {"output.reasoning": 3}) == 30


@pytest.mark.parametrize("meter", ["input.audio", "input.image", "output.audio"])
def test_audio_and_images_never_bill_as_text(meter: str) -> None:
    assert refusals(PLAIN, {meter: 1}) == [("no_rate", meter)]


def test_a_wide_meter_never_uses_a_narrow_rate() -> None:
    clauses = "rates: [{per: 1 token, price: {cache_write.5m: 4}}]\n"
    assert refusals(clauses, {"cache_write": 1}) == [("no_rate", "cache_write")]
    assert refusals(clauses, {"cache_write.1h": 1}) == [("no_rate", "cache_write.1h")]


def test_a_count_without_a_kind_goes_where_the_provider_sends_it_and_the_line_says_so() -> None:
    clauses = "rates: [{per: 1 token, price: {cache_write.5m: 4, cache_write.1h: 7}}]\n"
    sent = cost(clauses, {"cache_write": 3}, provider="assume: {cache_write: cache_write.5m}\n")
    assert sent.total.amount == 12  # 3 × 4
    (line,) = sent.lines
    assert line.assumptions == ("cache_write without a kind is cache_write.5m",)
    assert refusals(clauses, {"cache_write": 3}) == [("no_rate", "cache_write")]


@pytest.mark.parametrize("when", ["", "when: {speed: fast}, "])
def test_a_count_without_a_kind_is_refused_where_its_kind_has_no_price(when: str) -> None:
    sent = {"provider": "assume: {cache_write: cache_write.5m}\n"}
    clauses = (
        "rates: [{per: 1 token, price: {cache_write.5m: 4, cache_write.1h: 7}}]\n"
        "modifiers: [{name: fast, when: {speed: fast}, multiply: 6}]\n"
        f"unpriced: [{{{when}meters: [cache_write.5m], because: unpublished}}]\n"
    )
    fast = {"speed": "fast"}
    assert refusals(clauses, {"cache_write": 3}, fast, **sent) == [("unpublished", "cache_write")]
    assert total(clauses, {"cache_write.1h": 3}, fast, **sent) == 126  # 3 × 7 × 6


def test_a_count_without_a_kind_stays_as_it_is_where_the_card_prices_it() -> None:
    clauses = "rates: [{per: 1 token, price: {cache_write: 5, cache_write.5m: 4}}]\n"
    sent = cost(clauses, {"cache_write": 3}, provider="assume: {cache_write: cache_write.5m}\n")
    assert sent.total.amount == 15  # 3 × 5
    assert sent.lines[0].assumptions == ()


# 4. Of the rates that fit, the one whose reach lies inside every other's wins.

WIDE = "{per: 1 token, price: {input: 2, output: 10}}"
TIER = (
    "{name: tier, per: 1 token, when: {service_tier: [batch, flex]}, price: {input: 1, output: 6}}"
)
FLEX = "{name: flex, per: 1 token, when: {service_tier: flex}, price: {input: 0.5, output: 4}}"
REASON = "{per: 1 token, price: {output.reasoning: 3}}"


@pytest.mark.parametrize(
    "order", [[WIDE, TIER, FLEX], [FLEX, TIER, WIDE], [TIER, WIDE, FLEX], [FLEX, WIDE, TIER]]
)
def test_the_rate_with_the_fewest_requests_wins_wherever_it_stands(order: list[str]) -> None:
    clauses = f"rates: [{', '.join(order)}]\n"
    assert total(clauses, {"input": 8}) == 16  # 8 × 2
    assert total(clauses, {"input": 8}, {"service_tier": "batch"}) == 8  # 8 × 1
    assert total(clauses, {"input": 8}, {"service_tier": "flex"}) == 4  # 8 × 0.5


@pytest.mark.parametrize("order", [[WIDE, REASON], [REASON, WIDE]])
def test_the_rate_with_the_fewest_meters_wins_wherever_it_stands(order: list[str]) -> None:
    clauses = f"rates: [{', '.join(order)}]\n"
    assert total(clauses, {"output": 1, "output.reasoning": 1}) == 13  # 1 × 10 + 1 × 3


def test_without_a_rate_that_fits_the_meter_is_refused() -> None:
    clauses = f"rates: [{TIER}]\n"
    assert refusals(clauses, {"input": 1}) == [("no_rate", "input")]
    assert refusals(PLAIN, {"cache_write": 1}) == [("no_rate", "cache_write")]


def test_rates_that_overlap_are_a_card_error_that_names_the_missing_rate() -> None:
    us = "{per: 1 token, when: {geo: us}, price: {input: 3, output: 12}}"
    fault = card_fault(f"rates: [{WIDE}, {TIER}, {us}]\n")
    assert "neither inside the other" in fault
    assert "A rate for input when service_tier: batch, flex, geo: us is missing." in fault


def test_the_missing_rate_settles_an_overlap() -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        "  - {name: us, per: 1 token, when: {geo: us}, price: {input: 3}}\n"
        "  - {name: tier, per: 1 token, when: {service_tier: flex}, price: {input: 1}}\n"
        "  - {name: both, per: 1 token, when: {geo: us, service_tier: flex}, price: {input: 7}}\n"
    )
    assert total(clauses, {"input": 1}, {"geo": "us", "service_tier": "flex"}) == 7


def test_a_narrow_rate_for_all_requests_and_a_wide_one_for_some_overlap() -> None:
    fault = card_fault(f"rates: [{WIDE}, {REASON}, {TIER}]\n")
    assert "A rate for output.reasoning when service_tier: batch, flex is missing." in fault


def test_two_prices_under_one_condition_are_a_card_error() -> None:
    assert "two prices under one condition" in card_fault(f"rates: [{WIDE}, {WIDE}]\n")


# 5. A modifier applies where it holds and reaches the meter; what the rate names is spent.


def test_the_longest_path_of_a_map_decides() -> None:
    clauses = (
        "rates: [{per: 1 token, price: {input: 1, input.audio: 1, output: 1}}]\n"
        "modifiers: [{name: peak, multiply: {input: 2, input.audio: 3, output: 1}}]\n"
    )
    # 10 × 1 × 2 + 100 × 1 × 3 + 1000 × 1 × 1 + 10,000 × 1 × 2
    meters = {"input": 10, "input.audio": 100, "output": 1000, "input.tool": 10_000}
    assert total(clauses, meters) == 20 + 300 + 1000 + 20_000


def test_a_bare_factor_covers_every_token_meter_and_no_fee() -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2, cache_read: 1, output: 10}}\n"
        "  - {per: 1 search, price: {search: 100}}\n"
        f"modifiers: [{BATCH}]\n"
    )
    meters = {"input": 1, "cache_read": 1, "output": 1, "output.reasoning": 1, "search": 1}
    # (2 + 1 + 10 + 10) × 0.5 + 100 = 111.5
    assert total(clauses, meters, {"service_tier": "batch"}) == Decimal("111.5")


def test_a_bare_factor_of_another_unit_leaves_the_tokens() -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2}}\n"
        "  - {per: 1 search, price: {search: 100}}\n"
        "modifiers: [{name: half_searches, unit: search, multiply: 0.5}]\n"
    )
    assert total(clauses, {"input": 1, "search": 1}) == 52  # 2 + 100 × 0.5


def test_a_map_must_answer_every_token_meter_that_is_priced() -> None:
    short = "{name: peak, multiply: {input: 2, output: 2}}"
    fault = card_fault(PLAIN + f"modifiers: [{short}]\n")
    assert "'peak' does not answer cache_read" in fault
    assert "1 where the page says so" in fault


def test_modifiers_on_one_attribute_must_exclude_each_other() -> None:
    half = "{name: half, when: {service_tier: [batch, flex]}, multiply: 0.5}"
    fault = card_fault(PLAIN + f"modifiers: [{BATCH}, {half}]\n")
    assert "modifiers 'batch' and 'half' can both hold" in fault


def test_an_attribute_that_the_winning_rate_names_is_spent() -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 token, price: {input: 2, cache_read: 1, output: 10}}\n"
        "  - {per: 1 token, when: {service_tier: batch}, price: {cache_read: 1}}\n"
        f"modifiers: [{BATCH}]\n"
    )
    # the page prints the cache read undiscounted: 3 × 2 × 0.5 + 5 × 1 = 8
    assert total(clauses, {"input": 3, "cache_read": 5}, {"service_tier": "batch"}) == 8


# 6. Two clauses that change a price meet on one line only where a stack set holds both.

FAST = "{name: fast, when: {speed: fast}, multiply: 6}"
US = "{name: us, when: {geo: us}, multiply: 1.1}"
MODIFIERS = f"modifiers: [{BATCH}, {FAST}, {US}]\n"


def test_without_a_stack_set_two_modifiers_on_one_line_are_refused() -> None:
    asked = {"service_tier": "batch", "speed": "fast"}
    assert refusals(PLAIN + MODIFIERS, {"input": 1}, asked) == [("not_stacked", "input")]
    with pytest.raises(pricing.Unpriced, match="nobody publishes a price for batch with fast"):
        cost(PLAIN + MODIFIERS, {"input": 1}, asked)


def test_a_stack_set_lets_its_clauses_meet_and_no_others() -> None:
    clauses = PLAIN + MODIFIERS + "stack: [[batch, us], [fast, us]]\n"
    # 10 × 2 × 0.5 × 1.1 = 11 and 10 × 2 × 6 × 1.1 = 132
    assert total(clauses, {"input": 10}, {"service_tier": "batch", "geo": "us"}) == 11
    assert total(clauses, {"input": 10}, {"speed": "fast", "geo": "us"}) == 132
    fast_batch = {"speed": "fast", "service_tier": "batch"}
    assert refusals(clauses, {"input": 1}, fast_batch) == [("not_stacked", "input")]


def test_three_clauses_need_a_set_that_holds_all_three() -> None:
    pairs = "stack: [[batch, us], [fast, us], [batch, fast]]\n"
    asked = {"service_tier": "batch", "speed": "fast", "geo": "us"}
    assert refusals(PLAIN + MODIFIERS + pairs, {"input": 1}, asked) == [("not_stacked", "input")]
    every = "stack: [[batch, fast, us]]\n"
    # 10 × 2 × 0.5 × 6 × 1.1 = 66
    assert total(PLAIN + MODIFIERS + every, {"input": 10}, asked) == 66


def test_a_factor_of_1_changes_no_price_and_needs_no_stack() -> None:
    flag = "{name: flag, when: {speed: fast}, multiply: 1}"
    clauses = PLAIN + f"modifiers: [{BATCH}, {flag}]\n"
    asked = {"service_tier": "batch", "speed": "fast"}
    assert total(clauses, {"input": 3}, asked) == 3  # 3 × 2 × 0.5


def test_a_factor_of_1_on_one_meter_leaves_the_others_refused() -> None:
    part = "{name: part, when: {speed: fast}, multiply: {input: 1, cache_read: 1, output: 2}}"
    clauses = PLAIN + f"modifiers: [{BATCH}, {part}]\n"
    asked = {"service_tier": "batch", "speed": "fast"}
    assert total(clauses, {"input": 3}, asked) == 3
    assert refusals(clauses, {"input": 3, "output": 1}, asked) == [("not_stacked", "output")]


def test_a_named_rate_inside_a_wider_one_changes_the_price_too() -> None:
    rates = f"rates: [{WIDE}, {FLEX}]\nmodifiers: [{US}]\n"
    asked = {"service_tier": "flex", "geo": "us"}
    assert refusals(rates, {"input": 1}, asked) == [("not_stacked", "input")]
    # 10 × 0.5 × 1.1 = 5.5
    assert total(rates + "stack: [[flex, us]]\n", {"input": 10}, asked) == Decimal("5.5")


def test_a_rate_that_overrides_nothing_needs_no_stack() -> None:
    table = (
        "rates: [{per: 1 token, by: [context_tokens], price: {input: {..100: 1, 100..: 2}}}]\n"
        f"modifiers: [{BATCH}]\n"
    )
    assert total(table, {"input": 200}, {"service_tier": "batch"}) == 200  # 200 × 2 × 0.5


def test_a_contract_stacks_with_all() -> None:
    terms = revision("modifiers: [{name: acme, multiply: 0.9}]\n")
    contract = f"contract: acme\ncards: [shop/*]\nrevisions:\n{terms}"
    signed = book_of({"contracts/acme.yaml": contract}, book(PLAIN + MODIFIERS))
    usage = pricing.Usage({"input": 10}, at="2026-06-01", attributes={"service_tier": "batch"})
    paid = pricing.rate(usage, signed.card("shop/one"))
    assert paid.total.amount == 9  # 10 × 2 × 0.5 × 0.9
    assert "contract acme" in paid.lines[0].assumptions


BATCH_RATE = (
    "rates:\n"
    "  - {per: 1 token, price: {input: 10}}\n"
    "  - {per: 1 token, name: batch, when: {service_tier: batch}, price: {input: 4}}\n"
)
BY_CONTRACT = "modifiers: [{name: acme, when: {service_tier: batch}, multiply: 0.9}]\n"
OWN_BATCH = "rates: [{per: 1 token, when: {service_tier: batch}, price: {input: 3}}]\n"


def under_contract(clauses: str, *contracts: str) -> pricing.Cost:
    """Price 10 tokens in a batch on shop/one, under contracts that hold these clauses."""
    files = {
        f"contracts/{number}.yaml": f"contract: acme-{number}\ncards: [shop/*]\nrevisions:\n"
        + revision(text)
        for number, text in enumerate(contracts)
    }
    usage = pricing.Usage({"input": 10}, at="2026-06-01", attributes={"service_tier": "batch"})
    return pricing.rate(usage, book_of(files, book(clauses)).card("shop/one"))


@pytest.mark.parametrize(
    ("clauses", "contracts", "paid_"),
    [
        (PLAIN + MODIFIERS, [BY_CONTRACT], 9),  # 10 × 2 × 0.5 × 0.9
        (BATCH_RATE, [BY_CONTRACT], 36),  # 10 × 4 × 0.9: a rate of the card's own
        (PLAIN + MODIFIERS, [OWN_BATCH + BY_CONTRACT], 30),  # 10 × 3: the contract's own price
        (PLAIN + MODIFIERS, [OWN_BATCH, BY_CONTRACT], 27),  # 10 × 3 × 0.9: on top of another's
        (PLAIN + MODIFIERS, [OWN_BATCH], 30),  # the card's factor is spent
    ],
)
def test_a_discount_by_contract_comes_on_top_of_what_the_card_names_itself(
    clauses: str, contracts: list[str], paid_: int
) -> None:
    assert under_contract(clauses, *contracts).total.amount == paid_


def test_a_negotiated_rate_overrides_without_a_stack_set() -> None:
    # 10 × 3 × 2: the contract's price in a batch, inside its own plain one, and the card's factor
    plain = "rates: [{per: 1 token, price: {input: 4}}, " + OWN_BATCH[len("rates: [") :]
    card_ = PLAIN + "modifiers: [{name: all, multiply: 2}]\n"
    assert under_contract(card_, plain).total.amount == 60


# 7. An unpriced clause that holds is refused, or estimated where the caller asked for estimates.

UNPRICED = PLAIN + (
    "unpriced:\n"
    "  - {meters: [output], because: unpublished, estimate: {follows: shop/two}}\n"
    "  - {when: {speed: fast}, because: not_offered}\n"
)
TWO = "rates: [{per: 1 token, price: {input: 7, output: 8}}]\n"


def priced_beside(meters: dict[str, Any], estimates: bool, **attributes: str) -> pricing.Cost:
    card = book(UNPRICED, two=TWO).card("shop/one")
    usage = pricing.Usage(meters, at="2026-06-01", attributes=attributes)
    return pricing.rate(usage, card, estimates=estimates)


def test_an_unpriced_clause_is_refused_though_a_rate_stands_beside_it() -> None:
    with pytest.raises(pricing.Unpriced, match="shop publishes no price for output: unpublished"):
        priced_beside({"output": 1}, estimates=False)
    assert priced_beside({"input": 3}, estimates=False).total.amount == 6


def test_an_estimate_is_used_where_it_is_asked_for_and_every_line_is_marked() -> None:
    guess = priced_beside({"input": 3, "output": 2, "output.reasoning": 1}, estimates=True)
    # 3 × 2 + 2 × 8 + 1 × 8: the input is printed, the outputs are the followed card's
    assert guess.total.amount == 30
    marks = {line.meter: line.estimate for line in guess.lines}
    assert marks["input"] is None
    reason = "estimate: unpublished by shop, as shop/two"
    assert marks["output"] == marks["output.reasoning"] == reason
    assert guess.is_estimate


@pytest.mark.parametrize("estimates", [False, True])
def test_what_is_not_offered_has_no_estimate(estimates: bool) -> None:
    with pytest.raises(pricing.Unpriced, match="not_offered"):
        priced_beside({"input": 1}, estimates, speed="fast")


def test_an_uncertain_price_is_used_only_where_estimates_are_asked_for() -> None:
    clauses = "rates: [{per: 1 token, confidence: medium, price: {input: 2}}]\n"
    assert refusals(clauses, {"input": 3}) == [("unsure", "input")]
    guess = cost(clauses, {"input": 3}, estimates=True)
    assert guess.total.amount == 6
    assert guess.lines[0].estimate == "estimate: a price of medium confidence"


# 8. Every attribute with another value than its default is answered, line by line.


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("service_tier", "batch"), ("speed", "fast"), ("geo", "eu"), ("endpoint", "regional")],
)
def test_silence_on_an_attribute_is_refused(attribute: str, value: str) -> None:
    assert refusals(PLAIN, {"input": 1}, {attribute: value}) == [("silent", "input")]


def test_each_token_line_is_answered_for_itself() -> None:
    clauses = PLAIN + "modifiers: [{name: us, when: {geo: us}, unit: search, multiply: 2}]\n"
    assert refusals(clauses, {"input": 1}, {"geo": "us"}) == [("silent", "input")]
    us = "{per: 1 token, when: {geo: us}, price: {input: 4}}"
    rate = f"rates: [{WIDE}, {us}]\n"
    assert total(rate, {"input": 1}, {"geo": "us"}) == 4
    assert refusals(rate, {"input": 1, "output": 1}, {"geo": "us"}) == [("silent", "output")]


def test_a_fee_is_answered_by_any_clause_of_the_card_that_holds() -> None:
    clauses = (
        "rates: [{per: 1 token, price: {input: 2}}, {per: 1 search, price: {search: 5}}]\n"
        f"modifiers: [{BATCH}]\n"
    )
    assert total(clauses, {"search": 3}, {"service_tier": "batch"}) == 15  # 3 × 5, no discount
    assert refusals(clauses, {"search": 3}, {"service_tier": "flex"}) == [("silent", "search")]
    assert refusals(clauses, {"search": 3}, {"geo": "us"}) == [("silent", "search")]


def test_an_attribute_that_matters_only_where_named_may_stay_unanswered() -> None:
    assert total(PLAIN, {"input": 3}, {"search_context": "high"}) == 6


def test_a_factor_of_1_is_an_answer() -> None:
    clauses = PLAIN + "modifiers: [{name: eu, when: {geo: eu}, multiply: 1}]\n"
    assert total(clauses, {"input": 3}, {"geo": "eu"}) == 6


# 9. Increment, minimum, pool or tier, modifiers, sum, floor and rounding: in this order.


@pytest.mark.parametrize(
    ("seconds", "billed"), [(0.1, 10), (3, 10), (7, 10), (8, 14), (14, 14), (15, 21)]
)
def test_the_increment_comes_before_the_minimum(seconds: Any, billed: int) -> None:
    # 3 is 7 by the increment, then 10 by the minimum; the other way round it would be 14
    clauses = "rates: [{per: 1 second, increment: 7, minimum: 10, price: {seconds: 2}}]\n"
    assert total(clauses, {"seconds": str(seconds)}) == billed * 2


POOL = "pools: {free: {resets: month}}\n"
POOLED = """
rates:
  - per: 1 second
    minimum: 10
    pool: free
    price: {seconds: [{up_to: 100, price: 0}, {price: 2}]}
"""


@pytest.mark.parametrize(
    ("used", "paid"), [(89, 0), (90, 0), (91, 2), (99, 18), (100, 20), (101, 20)]
)
def test_the_minimum_comes_before_the_pool(used: int, paid: int) -> None:
    # one second counts as 10: of 91 used, 9 are still free and 1 costs 2
    account = pricing.Account({("shop", "free", "2026-06"): used})
    spent = cost(POOLED, {"seconds": 1}, provider=POOL, account=account)
    assert spent.total.amount == paid
    assert spent.drawn == {("shop", "free", "2026-06"): 10}
    assert account.after(spent.drawn)["shop", "free", "2026-06"] == used + 10


def test_without_the_state_of_the_pool_the_dearest_tier_applies_and_the_line_says_so() -> None:
    spent = cost(POOLED, {"seconds": 50}, provider=POOL)
    assert spent.total.amount == 100  # 50 × 2
    assert spent.lines[0].assumptions == ("allowance not applied",)


@pytest.mark.parametrize(("tokens", "paid"), [(99, 99), (100, 100), (101, 103), (150, 250)])
def test_tiers_without_a_pool_are_filled_by_the_request(tokens: int, paid: int) -> None:
    # 101: 100 × 1 + 1 × 3
    clauses = (
        "rates: [{per: 1 token, price: {input: [{up_to: 100, price: 1}, {price: 3}]}}]\n"
        f"modifiers: [{BATCH}]\n"
    )
    assert total(clauses, {"input": tokens}) == paid
    # the factor comes after the tiers: half the price, not the price of half the tokens
    assert total(clauses, {"input": tokens}, {"service_tier": "batch"}) == Decimal(paid) / 2


FLOOR = "per_request: {floor: 5}\n"


@pytest.mark.parametrize(("tokens", "paid", "lines"), [(1, 5, 2), (2, 5, 2), (3, 6, 1), (4, 8, 1)])
def test_the_floor_is_of_the_sum_and_a_line_of_its_own(tokens: int, paid: int, lines: int) -> None:
    spent = cost(PLAIN, {"input": tokens}, provider=FLOOR)
    assert spent.total.amount == paid
    assert [line.meter for line in spent.lines] == ["input", "floor"][:lines]
    assert sum(line.amount.amount for line in spent.lines) == paid


def test_the_floor_is_of_the_request_not_of_each_line() -> None:
    # 2 × 2 + 2 × 1 = 6, though both lines are below 5
    assert total(PLAIN, {"input": 2, "cache_read": 2}, provider=FLOOR) == 6


def test_no_modifier_discounts_the_floor() -> None:
    clauses = PLAIN + f"modifiers: [{BATCH}]\n"
    assert total(clauses, {"input": 4}, {"service_tier": "batch"}, provider=FLOOR) == 5


def test_the_floor_comes_before_the_rounding_and_each_is_a_line() -> None:
    clauses = "rates: [{per: 1_000 token, price: {input: 1}}]\n"
    rule = "per_request: {floor: 0.0015, round: {to: 0.001, mode: up}}\n"
    spent = cost(clauses, {"input": "0.4"}, provider=rule)
    # 0.0004, at least 0.0015, up to 0.002; the other way round it would be 0.0015
    assert spent.total.amount == Decimal("0.002")
    assert [(line.meter, line.amount.amount) for line in spent.lines] == [
        ("input", Decimal("0.0004")),
        ("floor", Decimal("0.0011")),
        ("rounding", Decimal("0.0005")),
    ]


def test_rounding_is_of_the_sum_not_of_each_line() -> None:
    clauses = "rates: [{per: 1_000 token, price: {input: 1, output: 1}}]\n"
    rule = "per_request: {round: {to: 0.001, mode: up}}\n"
    spent = cost(clauses, {"input": "0.4", "output": "0.4"}, provider=rule)
    assert spent.total.amount == Decimal("0.001")  # 0.0008 up, not 0.001 + 0.001


def test_each_of_many_requests_has_its_own_floor() -> None:
    # 1 × 2 is 5 by the floor, 100 times over
    assert total(PLAIN, {"input": 1}, provider=FLOOR, requests=100) == 500


# 10. context_tokens is all input of the one request; an aggregate cannot tell it.

THRESHOLD = """
rates:
  - {per: 1 token, price: {input: 2, cache_read: 1, cache_write: 3, output: 10}}
  - {per: 1 search, price: {search: 100}}
modifiers:
  - name: long
    when: {context_tokens: {above: 100}}
    multiply: {input: 2, cache_read: 2, cache_write: 2, output: 1.5}
"""


@pytest.mark.parametrize(
    ("meters", "paid"),
    [
        ({"input": 99}, 198),  # 99 × 2
        ({"input": 100}, 200),  # 100 × 2
        ({"input": 101}, 404),  # 101 × 2 × 2: the whole request, not the last token
        ({"input": 1, "cache_read": 99}, 101),  # 1 × 2 + 99 × 1
        ({"input": 1, "cache_read": 100}, 204),  # 1 × 2 × 2 + 100 × 1 × 2
        ({"input": 1, "cache_write.1h": 100}, 604),  # 1 × 2 × 2 + 100 × 3 × 2
        ({"input": 50, "cache_read": 50, "input.tool": 1}, 304),  # (50 × 2 + 50 + 1 × 2) × 2
        ({"input": 100, "output": 1000}, 10_200),  # output does not count: 100 × 2 + 1000 × 10
        ({"input": 101, "output": 2}, 434),  # it is repriced all the same: 404 + 2 × 10 × 1.5
        ({"input": 100, "search": 50}, 5200),  # fees do not count: 100 × 2 + 50 × 100
    ],
)
def test_all_input_of_the_request_counts_cache_included(meters: dict[str, int], paid: int) -> None:
    assert total(THRESHOLD, meters) == paid


def test_what_the_reader_counted_goes_before_what_is_billed() -> None:
    # the provider counted 101, of which 40 are billed: 40 × 2 × 2
    assert total(THRESHOLD, {"input": 40}, context_tokens=101) == 160
    assert total(THRESHOLD, {"input": 400}, context_tokens=100) == 800


def test_a_thousand_small_requests_are_not_one_large_one() -> None:
    assert total(THRESHOLD, {"input": 100}, requests=1000) == 200_000


def test_an_aggregate_is_refused_where_a_threshold_decides() -> None:
    assert refusals(THRESHOLD, {"input": 10}, aggregate=True) == [("aggregate", "input")]
    assert total(PLAIN, {"input": 1000}, aggregate=True) == 2000
    # a line that no threshold touches is priced
    assert total(THRESHOLD, {"search": 3}, aggregate=True) == 300


def test_an_aggregate_is_refused_where_each_request_has_a_floor() -> None:
    assert refusals(PLAIN, {"input": 10}, provider=FLOOR, aggregate=True) == [
        ("aggregate", "request")
    ]


# Nothing is ever 0 by ignorance.


def test_free_is_an_explicit_0() -> None:
    free = cost("rates: [{per: 1 token, price: {input: 0}}]\n", {"input": 3})
    assert free.total.amount == 0
    assert [(line.meter, line.amount.amount) for line in free.lines] == [("input", 0)]


def test_a_fee_that_every_request_carries_is_charged_without_being_counted() -> None:
    fee = "{per: 1 request, price: {request: 5}}"
    clauses = f"rates: [{WIDE}, {fee}]\n"
    assert total(clauses, {"input": 3}) == 11  # 3 × 2 + 1 × 5
    assert total(clauses, {"input": 3, "request": 2}) == 16
    assert total(clauses, {"input": 3, "request": 0}) == 6


def test_all_that_is_missing_is_said_at_once() -> None:
    meters = {"input": 1, "input.audio": 1, "cache_write": 1}
    missing = [("no_rate", "cache_write"), ("no_rate", "input.audio")]
    assert sorted(refusals(PLAIN, meters)) == missing


# Faults that the engine had, each held by the rule that it broke.


def passed_on(follow: str, contract: str | None = None, maker: str = "", clauses: str = "") -> Any:
    """Give the card resale/one, which follows shop/one, perhaps with a contract in force."""
    files = {
        "shop/provider.yaml": f"provider: shop\ncurrency: USD\n{maker}",
        "shop/one.yaml": card("one", PLAIN + f"modifiers: [{BATCH}]\n"),
        "resale/provider.yaml": "provider: resale\ncurrency: USD\n",
        "resale/one.yaml": card(
            "one", f"follows: [{{card: shop/one, {follow}}}]\n{clauses}"
        ).replace("provider: shop", "provider: resale"),
    }
    if contract is not None:
        terms = revision("modifiers: [{name: acme, multiply: 0.5}]\n")
        files["contracts/acme.yaml"] = f"contract: acme\ncards: ['{contract}']\nrevisions:\n{terms}"
    return book_of(files, words()).card("resale/one")


def paid(card: Any, meters: dict[str, Any], **attributes: str) -> Any:
    usage = pricing.Usage(meters, at="2026-06-01", attributes=attributes)
    return pricing.rate(usage, card).total.amount


@pytest.mark.parametrize("follow", ["keep: []", "keep: [batch]", "keep: all"])
@pytest.mark.parametrize(
    ("contract", "factor"), [(None, 1), ("shop/*", 1), ("resale/*", 0.5), ("*", 0.5)]
)
def test_a_contract_holds_for_the_cards_it_names_and_not_for_their_followers(
    follow: str, contract: str | None, factor: float
) -> None:
    assert paid(passed_on(follow, contract), {"input": 3}) == 6 * factor


def test_a_follower_answers_with_a_rate_of_its_own_what_it_does_not_keep() -> None:
    mine = "{name: mine, per: 1 token, when: {service_tier: batch}, price: {input: 7}}"
    follower = passed_on("keep: []", clauses=f"rates: [{mine}]\n")
    assert paid(follower, {"input": 3}, service_tier="batch") == 21


@pytest.mark.parametrize(
    "clauses",
    [
        "follows: [{card: far/one}]\n",
        "unpriced: [{meters: [input], because: unpublished, estimate: {follows: far/one}}]\n",
    ],
)
def test_prices_of_another_currency_are_not_passed_on_as_they_stand(clauses: str) -> None:
    files = {
        "far/provider.yaml": "provider: far\ncurrency: CNY\n",
        "far/one.yaml": card("one", PLAIN).replace("provider: shop", "provider: far"),
        "shop/provider.yaml": "provider: shop\ncurrency: USD\n",
        "shop/one.yaml": card("one", clauses),
    }
    with pytest.raises(pricing.CardError, match="far/one is in CNY, this card in USD"):
        book_of(files, words())


def test_the_confidence_of_a_revision_holds_for_prices_that_it_passes_on() -> None:
    clauses = "confidence: medium\nfollows: [{card: shop/two}]\n"
    follower = book(clauses, two=PLAIN).card("shop/one")
    with pytest.raises(pricing.Unpriced, match="of medium confidence"):
        paid(follower, {"input": 3})
    usage = pricing.Usage({"input": 3}, at="2026-06-01")
    assert pricing.rate(usage, follower, estimates=True).total.amount == 6


def test_the_confidence_of_a_term_holds_for_its_modifiers() -> None:
    version = f"effective: 2026-01-01\nconfidence: medium\n{SOURCES}modifiers: [{BATCH}]\n"
    provider = "terms:\n  batch:\n    - " + indent(version, "      ").lstrip()
    clauses = "terms: [batch]\n" + PLAIN
    assert total(clauses, {"input": 3}, provider=provider) == 6
    batch = {"service_tier": "batch"}
    assert refusals(clauses, {"input": 3}, batch, provider=provider) == [("unsure", "input")]
    assert total(clauses, {"input": 3}, batch, provider=provider, estimates=True) == 3


def test_an_aggregate_cannot_tell_the_fees_that_requests_imply() -> None:
    fee = "{per: 1 request, price: {request: 5}}"
    clauses = f"rates: [{WIDE}, {fee}]\n"
    assert refusals(clauses, {"input": 3}, aggregate=True) == [("aggregate", "request")]
    assert total(clauses, {"input": 3, "request": 2}, aggregate=True) == 16  # 3 × 2 + 2 × 5


@pytest.mark.parametrize(
    "rate",
    [
        "{per: 1 second, minimum: 10, price: {seconds: 1}}",
        "{per: 1 second, increment: 10, price: {seconds: 1}}",
        "{per: 1 second, price: {seconds: [{up_to: 10, price: 1}, {price: 2}]}}",
    ],
)
def test_an_aggregate_cannot_tell_steps_and_tiers_of_each_request(rate: str) -> None:
    assert refusals(f"rates: [{rate}]\n", {"seconds": 20}, aggregate=True) == [
        ("aggregate", "seconds")
    ]


COUNTED = """
rates:
  - per: 1 token
    pool: free
    price: {input: [{up_to: 10, price: 0}, {price: 2}], output: [{up_to: 10, price: 0}, {price: 2}]}
"""


@pytest.mark.parametrize(
    ("counts", "meters"),
    [
        ("search", {"input": 5}),
        ("search", {"input": 5, "search": 0}),
        ("request", {"input": 5, "request": 0}),
    ],
)
def test_a_pool_that_counts_what_the_usage_does_not_tell_is_refused(
    counts: str, meters: dict[str, int]
) -> None:
    pool = f"pools: {{free: {{resets: month, counts: {counts}}}}}\n"
    refused = refusals(COUNTED, meters, provider=pool, account=pricing.Account())
    assert refused == [("pool", "input")]


def test_a_request_draws_once_on_a_pool_that_counts_requests() -> None:
    pool = "pools: {free: {resets: month, counts: request}}\n"
    spent = cost(COUNTED, {"input": 5, "output": 5}, provider=pool, account=pricing.Account())
    assert spent.drawn == {("shop", "free", "2026-06"): 1}


def test_a_pool_counts_what_it_is_said_to_count_once_also_where_that_has_a_price() -> None:
    clauses = (
        "rates:\n"
        "  - {per: 1 request, pool: free, price: {request: [{up_to: 10, price: 0}, {price: 2}]}}\n"
        "  - {per: 1 search, pool: free, price: {search: [{up_to: 10, price: 0}, {price: 1}]}}\n"
    )
    pool = "pools: {free: {resets: never, counts: search}}\n"
    free = cost(clauses, {"search": 6}, provider=pool, account=pricing.Account())
    assert (free.total.amount, free.drawn) == (0, {("shop", "free", "all"): 6})
    used = pricing.Account({("shop", "free", "all"): 6})
    # of 6 more searches 4 are free: of the request 4/6 are, 2 × 1 + 2 × 2/6 = 8/3
    paid = cost(clauses, {"search": 6}, provider=pool, account=used)
    assert (paid.total.amount, paid.drawn) == (Fraction(8, 3), {("shop", "free", "all"): 6})


def test_two_meters_of_a_request_draw_on_one_pool_after_each_other() -> None:
    clauses = (
        "rates: [{per: 1 token, pool: free, "
        "price: {'input, output': [{up_to: 10, price: 0}, {price: 2}]}}]\n"
    )
    pool = "pools: {free: {resets: never}}\n"
    spent = cost(
        clauses, {"input": 3, "output": 4}, provider=pool, account=pricing.Account(), requests=2
    )
    # 6 and 8 of 10 free ones: 4 × 2
    assert (spent.total.amount, spent.drawn) == (8, {("shop", "free", "all"): 14})


def test_without_the_state_of_the_pool_the_dearest_tier_is_not_always_the_last() -> None:
    clauses = (
        "rates: [{per: 1 token, pool: free, price: {input: [{up_to: 9, price: 5}, {price: 1}]}}]\n"
    )
    assert total(clauses, {"input": 3}, provider="pools: {free: {resets: never}}\n") == 15


def test_what_a_response_holds_draws_on_a_pool_after_each_other() -> None:
    clauses = (
        "rates: [{per: 1 token, pool: free, price: {input: [{up_to: 1000, price: 0}, {price: 2}]}},"
        " {per: 1 token, price: {output: 1}}]\n"
    )
    shop = pricing.Catalog(book(clauses, "pools: {free: {resets: month}}\n"))
    entry = {"type": "message", "input_tokens": 800, "output_tokens": 0}
    response = {"model": "one", "usage": {**entry, "iterations": [entry, entry]}}
    spent = shop.cost(response, at="2026-06-01", account=pricing.Account())
    # 1,600 of which 1,000 are free: 600 × 2
    assert (spent.total.amount, spent.drawn) == (1200, {("shop", "free", "2026-06"): 1600})


def test_meters_that_bill_as_one_fill_its_tiers_together() -> None:
    clauses = "rates: [{per: 1 token, price: {output: [{up_to: 100, price: 0}, {price: 1}]}}]\n"
    assert total(clauses, {"output": 160}) == 60
    assert total(clauses, {"output": 80, "output.reasoning": 80}) == 60


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("purchase", "a lot"),
        ("purchase", "NaN"),
        ("purchase", 7.1),
        ("service_tier", 5),
        ("service_tier", ["batch"]),
        ("geo", True),
    ],
)
def test_an_odd_attribute_is_refused_with_a_message(attribute: str, value: Any) -> None:
    clauses = "rates: [{per: 1 token, when: {purchase: {at_least: 1}}, price: {input: 2}}]\n"
    with pytest.raises(pricing.RatingError, match=attribute):
        cost(clauses, {"input": 1}, {attribute: value})


def test_an_account_names_seller_pool_and_period() -> None:
    with pytest.raises(pricing.PricingError, match="an account has no pool"):
        pricing.Account({("free", "2026-06"): 5})  # type: ignore[dict-item]


@pytest.mark.parametrize(("tokens", "paid"), [("100", 200), ("100.5", 402), ("101", 404)])
def test_a_part_of_a_token_above_the_threshold_is_above_it(tokens: str, paid: int) -> None:
    assert total(THRESHOLD, {"input": tokens}) == paid


@pytest.mark.parametrize("requests", [0, -1])
def test_fewer_than_one_request_cost_nothing_because_there_are_none(requests: int) -> None:
    with pytest.raises(pricing.RatingError, match=f"{requests} requests"):
        cost(PLAIN, {"input": 1}, requests=requests)


def test_pools_are_settled_in_the_order_of_instants_then_ids_not_of_the_file() -> None:
    clauses = (
        "rates: [{per: 1 second, pool: free,"
        " price: {seconds: [{up_to: 100, price: 0}, {price: 2}]}}]\n"
    )
    card = book(clauses, POOL).card("shop/one")
    tally = Tally(account=pricing.Account())
    for at, name in (("2026-06-03", "c"), ("2026-06-02", "b"), ("2026-06-02", "a")):
        tally.add(pricing.Usage({"seconds": 60}, at=at, id=name), card, (name,))
    spent = {group[0]: costs["USD"].total.amount for group, costs in tally.costs().items()}
    # a is free, of b 20 are left over, and all of c
    assert spent == {"a": 0, "b": 40, "c": 120}


def negotiated(when: str) -> Any:
    """Give the card shop/one, which prices nothing with a high context, under a contract."""
    unpriced = "unpriced: [{when: {search_context: high}, because: unpublished}]\n"
    rate = f"rates: [{{per: 1 token, {when}price: {{input: 1}}}}]\n"
    contract = f"contract: acme\ncards: [shop/*]\nrevisions:\n{revision(rate)}"
    files = {"contracts/acme.yaml": contract}
    return book_of(files, book(PLAIN + unpriced)).card("shop/one")


def test_a_negotiated_rate_answers_only_the_unpriced_clause_that_it_names() -> None:
    plain, named = negotiated(""), negotiated("when: {search_context: high}, ")
    assert paid(plain, {"input": 3}) == 3
    with pytest.raises(pricing.Unpriced, match="unpublished"):
        paid(plain, {"input": 3}, search_context="high")
    assert paid(named, {"input": 3}, search_context="high") == 3


def test_an_estimate_tells_apart_the_lengths_that_the_followed_card_tells_apart() -> None:
    card = book(UNPRICED, two=THRESHOLD).card("shop/one")
    for tokens, guess in ((100, 210), (101, 217), (100, 210)):  # 100 × 2 + 10, 101 × 2 + 10 × 1.5
        usage = pricing.Usage({"input": tokens, "output": 1}, at="2026-06-01")
        assert pricing.rate(usage, card, estimates=True).total.amount == guess


def test_an_aggregate_cannot_tell_whether_it_holds_what_has_no_published_price() -> None:
    bound = "unpriced: [{when: {context_tokens: {above: 100}}, because: %s}]\n"
    assert refusals(PLAIN + bound % "unpublished", {"input": 3}, aggregate=True) == [
        ("aggregate", "input")
    ]
    # what is not sold was not served, so that no aggregate holds it
    assert total(PLAIN + bound % "not_offered", {"input": 3}, aggregate=True) == 6


# A moving alias takes over all that it points at.


def elsewhere(clauses: str, followed: str, provider: str = "", maker: str = "") -> Any:
    """Give the card far/one made of these clauses; shop/two, which it may follow, is beside it."""
    files = {
        "shop/provider.yaml": f"provider: shop\ncurrency: USD\n{maker}",
        "shop/two.yaml": card("two", followed),
        "shop/three.yaml": card("three", TWO),
        "far/provider.yaml": f"provider: far\ncurrency: CNY\n{provider}",
        "far/one.yaml": card("one", clauses).replace("provider: shop", "provider: far"),
    }
    return book_of(files, words()).card("far/one")


ALL = "follows: [{card: shop/two, keep: all}]\n"
PART = "follows: [{card: shop/two, keep: []}]\n"
DEAR = "follows: [{card: shop/two, keep: all, multiply: 100}]\n"
ROUND = "per_request: {floor: 0.5, round: {to: 0.2, mode: up}}\n"


def test_a_moving_alias_takes_over_the_floor_of_what_it_points_at() -> None:
    alias = book(ALL, two=PLAIN + FLOOR).card("shop/one")
    assert paid(alias, {"input": 1}) == 5
    assert paid(alias, {"input": 3}) == 6  # 3 × 2


def test_a_moving_alias_takes_over_the_rounding_and_says_where_it_stands() -> None:
    alias = book(ALL, two="rates: [{per: 1 token, price: {input: 0.3}}]\n" + ROUND)
    usage = pricing.Usage({"input": 3}, at="2026-06-01")
    spent = pricing.rate(usage, alias.card("shop/one"))
    assert spent.total.amount == 1  # 3 × 0.3 = 0.9, up to a multiple of 0.2
    assert spent.lines[-1].source == "cards/shop/two.yaml:7"
    assert spent.lines[-1].because == "rounded up to 0.2 a request"


def test_an_alias_of_an_alias_takes_over_the_floor_too() -> None:
    third = ALL.replace("shop/two", "shop/three")
    assert paid(book(ALL, two=third, three=PLAIN + FLOOR).card("shop/one"), {"input": 1}) == 5


def test_a_partial_follower_takes_over_neither_floor_nor_estimate() -> None:
    unpriced = UNPRICED.replace("shop/two", "shop/three") + FLOOR
    part = book(PART, two=unpriced, three=TWO).card("shop/one")
    assert paid(part, {"input": 1}) == 2
    usage = pricing.Usage({"output": 1}, at="2026-06-01")
    with pytest.raises(pricing.Unpriced, match="shop publishes no price for output: unpublished"):
        pricing.rate(usage, part, estimates=True)


def test_a_follower_with_a_rule_of_its_own_takes_over_none() -> None:
    assert (
        paid(
            book(ALL + "per_request: {floor: 3}\n", two=PLAIN + FLOOR).card("shop/one"),
            {"input": 1},
        )
        == 3
    )
    assert (
        paid(book(ALL + "per_request: {}\n", two=PLAIN + FLOOR).card("shop/one"), {"input": 1}) == 2
    )


def test_a_revision_without_the_rule_of_its_provider_hands_that_on_to_its_alias() -> None:
    seven = "per_request: {floor: 7}\n"
    books = {
        text: book(ALL, seven, two=PLAIN + text)
        for text in ("", "per_request: {}\n", "per_request: {floor: 5}\n")
    }
    for text, floor in (("", 7), ("per_request: {}\n", 2), ("per_request: {floor: 5}\n", 5)):
        assert paid(books[text].card("shop/two"), {"input": 1}) == floor
        assert paid(books[text].card("shop/one"), {"input": 1}) == floor


def test_what_a_maker_charges_for_each_request_stays_with_the_maker() -> None:
    # a revision's own is part of the price, a provider's is how it bills
    dollars = ALL + "currency: USD\n"
    assert paid(elsewhere(dollars, PLAIN, maker=FLOOR), {"input": 1}) == 2
    assert paid(elsewhere(dollars, PLAIN + FLOOR), {"input": 1}) == 5
    own = "per_request: {floor: 4}\n"
    assert paid(elsewhere(DEAR, PLAIN, own, maker=FLOOR), {"input": 0}) == 4
    assert paid(elsewhere(DEAR, PLAIN + "per_request: {}\n", own, maker=FLOOR), {"input": 0}) == 4


def test_a_floor_and_rounding_are_passed_on_in_the_followers_money() -> None:
    plain = "rates: [{per: 1 token, price: {input: 0.3}}]\n"
    alias = elsewhere(DEAR, plain + ROUND)
    for tokens, sum_ in ((1, 60), (2, 60), (3, 100)):  # 0.3 → 0.5 → 0.6; 0.6; 0.9 → 1
        spent = pricing.rate(pricing.Usage({"input": tokens}, at="2026-06-01"), alias)
        assert (spent.total.amount, spent.currency) == (sum_, "CNY")
    assert spent.lines[-1].because == "rounded up to 20 a request, passed on x 100"


def test_a_moving_alias_with_a_factor_bills_that_many_times_what_it_points_at() -> None:
    dear = "follows: [{card: shop/two, keep: all, multiply: 1.5}]\n"
    pair = book(dear, two="rates: [{per: 1 token, price: {input: 0.3}}]\n" + ROUND)
    for tokens, sum_ in ((1, "0.6"), (2, "0.6"), (3, "1"), (4, "1.2")):
        assert paid(pair.card("shop/two"), {"input": tokens}) == Decimal(sum_)
        assert paid(pair.card("shop/one"), {"input": tokens}) == Decimal(sum_) * Decimal("1.5")


@pytest.mark.parametrize(
    ("clauses", "amount", "currency"),
    [(ALL + "currency: USD\n", 14, "USD"), (DEAR, 1400, "CNY")],
)
def test_a_moving_alias_estimates_what_it_points_at_estimates(
    clauses: str, amount: int, currency: str
) -> None:
    estimate = (
        "unpriced: [{meters: [input], because: unpublished, estimate: {follows: shop/three}}]\n"
    )
    alias = elsewhere(clauses, "rates: [{per: 1 token, price: {output: 1}}]\n" + estimate)
    usage = pricing.Usage({"input": 2}, at="2026-06-01")
    with pytest.raises(pricing.Unpriced, match="or ask for an estimate"):
        pricing.rate(usage, alias)
    guess = pricing.rate(usage, alias, estimates=True)
    assert (guess.total.amount, guess.currency) == (amount, currency)  # 2 × 7
    assert guess.lines[0].estimate == "estimate: unpublished by far, as shop/three"


def test_an_estimate_is_passed_on_from_alias_to_alias() -> None:
    estimate = (
        "unpriced: [{meters: [input], because: unpublished, estimate: {follows: shop/four}}]\n"
    )
    twice = "follows: [{card: shop/three, keep: all, multiply: 2}]\n"
    third = "follows: [{card: shop/two, keep: all, multiply: 3}]\n"
    tiers = "rates: [{per: 1 token, price: {input: [{up_to: 10, price: 0}, {price: 1}]}}]\n"
    alias = book(third, two=twice, three=estimate, four=tiers).card("shop/one")
    usage = pricing.Usage({"input": 10, "input.tool": 5}, at="2026-06-01")
    # both meters fill the same tiers: 5 × 1 × 2 × 3
    assert pricing.rate(usage, alias, estimates=True).total.amount == 30


@pytest.mark.parametrize("order", ["abcdefghijkl", "lkjihgfedcba"])
def test_a_chain_of_followers_may_be_long(order: str) -> None:
    chain = {
        name: f"follows: [{{card: shop/{after}, keep: all}}]\n" for name, after in pairwise(order)
    }
    last = book(f"follows: [{{card: shop/{order[0]}}}]\n", **chain, **{order[-1]: PLAIN})
    again = CardBook({**index_of(last)}, last.provider_wire)
    assert paid(last.card("shop/one"), {"input": 3}) == 6
    assert paid(again.card("shop/one"), {"input": 3}) == 6


def test_a_card_may_be_followed_twice_at_two_factors() -> None:
    followed = (
        "follows:\n"
        "  - {card: shop/two, meters: [input], keep: [batch]}\n"
        "  - {card: shop/two, meters: [output], keep: [batch], multiply: 2}\n"
    )
    alias = book(followed, two=f"{TWO}modifiers: [{BATCH}]\n").card("shop/one")
    # (10 × 7 + 10 × 8 × 2) × 0.5
    assert paid(alias, {"input": 10, "output": 10}, service_tier="batch") == 115


@pytest.mark.parametrize("flag", [True, False])
def test_what_an_estimate_lacks_is_said_of_the_meter_that_was_counted(flag: bool) -> None:
    clauses = (
        "rates: [{per: 1 token, price: {input: 2}}]\n"
        "unpriced: [{meters: [output], because: unpublished,"
        " estimate: {follows: shop/two, as: {output: cache_read}}}]\n"
    )
    card_ = book(clauses, two=TWO).card("shop/one")
    usage = pricing.Usage({"output": 5}, at="2026-06-01")
    part = pricing.rate(usage, card_, estimates=flag, partial=True)
    assert [refusal.meter for refusal in part.unpriced] == ["output"]


def index_of(book: CardBook) -> dict[str, Any]:
    shared = {name: getattr(book, name) for name in ("calendars", "currencies", "contracts")}
    words = {"vocabulary": book.vocabulary.wire, "digest": book.digest}
    return {**shared, **words, "providers": book.index}


def test_a_follower_of_one_meter_leaves_what_is_unpriced_of_others_alone() -> None:
    unpriced = "unpriced: [{meters: [input, output], because: unpublished}]\n"
    followed = "rates: [{per: 1 token, price: {cache_read: 1}}]\n" + unpriced
    audio = "follows: [{card: shop/two, meters: [input.audio, cache_read]}]\n"
    mine = "rates: [{per: 1 token, price: {input: 2}}]\n"
    follower = book(audio + mine, two=followed).card("shop/one")
    assert paid(follower, {"input": 3, "cache_read": 1}) == 7
    with pytest.raises(pricing.Unpriced, match=r"no price for input\.audio: unpublished"):
        paid(follower, {"input.audio": 1})


def test_a_pool_may_never_be_filled_anew() -> None:
    clauses = (
        "rates: [{per: 1 second, pool: free,"
        " price: {seconds: [{up_to: 100, price: 0}, {price: 2}]}}]\n"
    )
    pool = "pools: {free: {resets: never}}\n"
    spent = cost(
        clauses,
        {"seconds": 60},
        provider=pool,
        account=pricing.Account({("shop", "free", "all"): 90}),
    )
    assert (spent.total.amount, spent.drawn) == (100, {("shop", "free", "all"): 60})


@pytest.mark.parametrize(("amount", "paid_"), [(6, 2), (7, 5), (8, 2)])
def test_a_bound_may_be_one_number(amount: int, paid_: int) -> None:
    seven = "{per: 1 token, when: {purchase: 7}, price: {input: 5}}"
    clauses = f"rates: [{{per: 1 token, price: {{input: 2}}}}, {seven}]\n"
    assert total(clauses, {"input": 1}, {"purchase": amount}) == paid_


# An inferred first day is said of the days before a source was read, where the price was seen.

SEEN = """sources:
  - {url: 'https://example.com/prices', checked: 2026-03-01}
  - {url: 'https://example.com/copy', seen: 2026-02-01}
"""
BEFORE, ON, AFTER = "2026-02-28T23:59:59.999999Z", "2026-03-01", "2026-03-02"
SAYS = "inferred date: 2026-01-01"


def said(card: Any, at: str, **attributes: str) -> tuple[str, ...]:
    """Give what the one line of a cost says; the price is refused under strict dates, or not."""
    usage = pricing.Usage({"input": 1}, at=at, attributes=attributes)
    (line,) = pricing.rate(usage, card, estimates=True).lines
    if line.assumptions:
        with pytest.raises(pricing.Unpriced, match=r"has an (inferred|observed) date"):
            pricing.rate(usage, card, estimates=True, strict_dates=True)
    else:
        assert pricing.rate(usage, card, estimates=True, strict_dates=True).lines
    return line.assumptions


def dated(text: str, dated: str = "inferred", sources: str = SEEN) -> str:
    return text.replace(SOURCES, f"dated: {dated}\n{sources}")


def cards_of(*cards: tuple[str, str], provider: str = "", dates: tuple[str, ...] = ()) -> CardBook:
    """Give a shop of cards made of clauses; the date of those named is inferred."""
    files = {"shop/provider.yaml": f"provider: shop\ncurrency: USD\n{provider}"}
    for name, clauses in cards:
        body = f"effective: 2026-01-01\n{SOURCES}{clauses}"
        body = dated(body) if name in dates else body
        one = "  - " + indent(body, "    ").lstrip()
        files[f"shop/{name}.yaml"] = f"model: {name}\nprovider: shop\nrevisions:\n{one}"
    return book_of(files, words())


@pytest.mark.parametrize(("at", "says"), [(BEFORE, (SAYS,)), (ON, ()), (AFTER, ())])
def test_an_inferred_date_is_said_until_the_day_on_which_the_price_was_seen(
    at: str, says: tuple[str, ...]
) -> None:
    one = cards_of(("one", PLAIN), dates=("one",)).card("shop/one")
    assert said(one, at) == says
    # whatever was asked first
    assert said(one, AFTER) == ()
    assert said(one, BEFORE) == (SAYS,)
    assert said(one, at) == says


@pytest.mark.parametrize(("at", "says"), [(BEFORE, (SAYS,)), (ON, ()), (AFTER, ())])
@pytest.mark.parametrize("dates", [("one",), ("two",), ("one", "two")])
def test_the_inferred_date_of_a_card_or_of_the_one_it_follows_is_said_as_long(
    dates: tuple[str, ...], at: str, says: tuple[str, ...]
) -> None:
    one = cards_of(("one", ALL), ("two", PLAIN), dates=dates).card("shop/one")
    assert said(one, at) == says


@pytest.mark.parametrize(("at", "says"), [(BEFORE, (SAYS,)), (ON, ()), (AFTER, ())])
def test_the_inferred_date_of_a_term_is_said_as_long(at: str, says: tuple[str, ...]) -> None:
    version = dated(f"effective: 2026-01-01\n{SOURCES}modifiers: [{BATCH}]\n")
    terms = "terms:\n  batch:\n    - " + indent(version, "      ").lstrip()
    one = cards_of(("one", "terms: [batch]\n" + PLAIN), provider=terms).card("shop/one")
    assert said(one, at, service_tier="batch") == says
    assert said(one, at) == ()


@pytest.mark.parametrize(("at", "says"), [(BEFORE, (SAYS,)), (ON, ()), (AFTER, ())])
def test_the_inferred_date_of_an_estimate_is_said_as_long(at: str, says: tuple[str, ...]) -> None:
    unpriced = (
        "unpriced: [{meters: [input], because: unpublished, estimate: {follows: shop/two}}]\n"
    )
    one = cards_of(("one", unpriced), ("two", PLAIN), dates=("two",)).card("shop/one")
    assert said(one, at) == says


@pytest.mark.parametrize(("at", "is_said"), [(BEFORE, True), (ON, False), (AFTER, False)])
def test_the_inferred_date_of_a_contract_is_said_as_long(at: str, is_said: bool) -> None:
    clauses = dated(
        f"effective: 2026-01-01\n{SOURCES}rates: [{{per: 1 token, price: {{input: 1}}}}]\n"
    )
    text = "contract: acme\ncards: [shop/*]\nrevisions:\n  - " + indent(clauses, "    ").lstrip()
    signed = book_of({"contracts/acme.yaml": text}, cards_of(("one", PLAIN)))
    usage = pricing.Usage({"input": 1}, at=at)
    (line,) = pricing.rate(usage, signed.card("shop/one")).lines
    assert line.assumptions == ("contract acme", *([SAYS] if is_said else []))


@pytest.mark.parametrize("at", [BEFORE, ON, AFTER])
def test_an_observed_date_is_said_always_and_an_inferred_one_that_nobody_checked(at: str) -> None:
    for how, sources in (("observed", SEEN), ("inferred", "")):
        body = dated(f"effective: 2026-01-01\n{SOURCES}{PLAIN}", how, sources)
        one = "  - " + indent(body, "    ").lstrip()
        files = {
            "shop/provider.yaml": "provider: shop\ncurrency: USD\n",
            "shop/one.yaml": f"model: one\nprovider: shop\nrevisions:\n{one}",
        }
        found = book_of(files, words()).card("shop/one")
        assert said(found, at) == (f"{how} date: 2026-01-01",)


def test_sums_keep_what_is_said_apart_from_what_is_not() -> None:
    one = cards_of(("one", PLAIN), dates=("one",)).card("shop/one")
    tally = Tally()
    for at in (BEFORE, ON, AFTER):
        tally.add(pricing.Usage({"input": 1}, at=at), one)
    spent = tally.costs()[()]["USD"]
    assert [(line.quantity, line.assumptions) for line in spent.lines] == [(1, (SAYS,)), (2, ())]


UNVERIFIED = "unverified: true\n"


def assumed(clauses: str, attributes: dict[str, str] | None = None, **options: Any) -> list[Any]:
    card = book(clauses, **options).card("shop/one")
    usage = pricing.Usage({"input": 3}, at="2026-06-01", attributes=attributes)
    return [line.assumptions for line in pricing.rate(usage, card, strict_dates=True).lines]


def test_an_unverified_price_is_charged_and_says_so_on_its_line() -> None:
    assert total(UNVERIFIED + PLAIN, {"input": 3}) == 6
    assert assumed(UNVERIFIED + PLAIN) == [("unverified",)]
    assert assumed("unverified: false\n" + PLAIN) == [()]


def test_an_unverified_price_stays_so_where_it_is_passed_on_and_estimated() -> None:
    follows = "follows: [{card: shop/two}]\n"
    assert assumed(follows, two=UNVERIFIED + PLAIN) == [("unverified",)]
    assert assumed(UNVERIFIED + follows, two=PLAIN) == [("unverified",)]
    assert assumed(UNVERIFIED + follows, two=UNVERIFIED + PLAIN) == [("unverified",)]
    estimate = "{meters: [input], because: unpublished, estimate: {follows: shop/two}}"
    card = book(f"unpriced: [{estimate}]\n", two=UNVERIFIED + PLAIN).card("shop/one")
    usage = pricing.Usage({"input": 3}, at="2026-06-01")
    assert pricing.rate(usage, card, estimates=True).lines[0].assumptions == ("unverified",)


def test_an_unverified_term_marks_the_lines_that_its_modifiers_change() -> None:
    version = f"effective: 2026-01-01\n{UNVERIFIED}{SOURCES}modifiers: [{BATCH}]\n"
    provider = "terms:\n  batch:\n    - " + indent(version, "      ").lstrip()
    clauses = "terms: [batch]\n" + PLAIN
    assert assumed(clauses, provider=provider) == [()]
    assert assumed(clauses, {"service_tier": "batch"}, provider=provider) == [("unverified",)]


def test_a_single_rate_may_be_unverified() -> None:
    clauses = "rates: [{per: 1 token, unverified: true, price: {input: 2}}]\n"
    assert assumed(clauses) == [("unverified",)]
    plain = "{per: 1 token, unverified: false, price: {input: 2}}"
    assert assumed(f"{UNVERIFIED}rates: [{plain}]\n") == [()]
