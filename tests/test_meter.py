"""A meter adds up exactly what is spent, and never says that a budget is kept if it cannot know."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

import pricing
from pricing import Money
from pricing.metering.context import current

MODEL = "claude-sonnet-4-6"
DAY = "2026-11-20"


def response(input: int = 1_000, output: int = 100, **more: Any) -> dict[str, Any]:
    """At 3 and 15 USD per 1M: 1,000 and 100 tokens cost 0.003 + 0.0015 = 0.0045."""
    usage = {"input_tokens": input, "output_tokens": output}
    return {"type": "message", "model": MODEL, "content": [], "usage": usage, **more}


def usd(amount: str) -> Money:
    return Money(amount, "USD")


def metered(budget: Any = None, **more: Any) -> pricing.Meter:
    return pricing.meter(budget, at=DAY, **more)


UNKNOWN = response(model="claude-opus-9")


def test_a_meter_adds_up_what_is_added() -> None:
    with metered() as m:
        assert m.total is None
        cost = m.add(response())
        m.add(response(output=0))
    assert cost is not None
    assert cost.total == usd("0.0045")
    assert (m.total, m.calls, m.is_lower_bound) == (usd("0.0075"), 2, False)
    assert [str(c.total) for c in m.costs] == ["0.0045 USD", "0.003 USD"]


@pytest.mark.parametrize(
    ("limit", "is_over"),
    [("0.0044999999999999999999", True), ("0.0045", False), ("0.0045000000000000000001", False)],
)
def test_spend_up_to_the_limit_exactly_is_allowed(limit: str, is_over: bool) -> None:
    m = metered(f"{limit} USD")
    if is_over:
        with pytest.raises(pricing.OverBudget) as caught, m:
            m.add(response())
        assert (caught.value.spent, caught.value.limit) == (usd("0.0045"), usd(limit))
    else:
        with m:
            m.add(response())


def test_over_budget_is_raised_by_the_response_that_is_too_much() -> None:
    m = metered("0.009 USD")
    m.add(response())
    m.add(response())
    with pytest.raises(pricing.OverBudget) as caught:
        m.add(response(output=0))
    assert str(caught.value) == (
        "over budget: 0.012 USD spent, limit 0.009 USD, 0.003 USD too much\n"
        "Spend less, or raise the limit."
    )


def swallowing(m: pricing.Meter, error: Exception | None = None) -> None:
    with m:
        with suppress(pricing.OverBudget):
            m.add(response())
        if error is not None:
            raise error


def test_over_budget_that_is_swallowed_is_raised_at_the_end() -> None:
    with pytest.raises(pricing.OverBudget):
        swallowing(metered("0.001 USD"))


def test_an_error_of_the_block_is_not_covered() -> None:
    with pytest.raises(KeyError):
        swallowing(metered("0.001 USD"), KeyError("mine"))


def test_a_response_without_a_price_is_an_error_and_makes_a_lower_bound() -> None:
    m = metered("1 USD")
    m.add(response())
    with pytest.raises(pricing.UnknownModel):
        m.add(UNKNOWN)
    assert m.is_lower_bound
    with pytest.raises(pricing.Unmetered, match=r"cannot be judged: at least 0\.0045 USD spent"):
        m.check()


def test_swallowed_too_it_is_an_error_at_the_end() -> None:
    with pytest.raises(pricing.Unmetered), metered() as m, suppress(pricing.UnknownModel):
        m.add(UNKNOWN)


@pytest.mark.parametrize("nothing", [{}, {"model": MODEL}, {"usage": {}}, {"usage": None}])
def test_a_response_without_usage_is_no_call_for_nothing(nothing: dict[str, Any]) -> None:
    with pytest.raises(pricing.PricingError):
        metered().add(nothing)


def test_where_asked_for_the_total_is_a_lower_bound() -> None:
    with metered(allow_unpriced=True) as m:
        m.add(response())
        assert m.add(UNKNOWN) is None
    assert (m.total, m.is_lower_bound, m.calls) == (usd("0.0045"), True, 2)
    assert "unknown model" in m.problems[0].what


def test_a_budget_cannot_pass_on_a_lower_bound() -> None:
    with (
        pytest.raises(pricing.Unmetered, match="cannot be judged"),
        metered("1 USD", allow_unpriced=True) as m,
    ):
        m.add(UNKNOWN)


def test_the_priced_part_of_a_response_counts() -> None:
    # API Models publishes a price for input, and none for what is read from the cache:
    # 1,000 x 1.059 / 1M = 0.001059
    cached = response(output=0)
    cached["usage"]["cache_read_input_tokens"] = 50
    m = metered(allow_unpriced=True)
    m.add(cached, seller="apimodels")
    assert (m.total, m.is_lower_bound) == (usd("0.001059"), True)


def test_currencies_are_not_added(tmp_path: Any) -> None:
    folder = tmp_path / "euro"
    folder.mkdir()
    folder.joinpath("provider.yaml").write_text("provider: euro\ncurrency: EUR\n")
    folder.joinpath("m.yaml").write_text(
        "model: m\nprovider: euro\nrevisions:\n- effective: 2026-01-01\n"
        "  sources: [{url: 'https://example.com/', checked: 2026-01-01}]\n"
        "  rates:\n  - per: 1_000_000 token\n    price:\n      input: 1\n      output: 1\n"
    )
    catalog = pricing.load_catalog(tmp_path)
    euros = response(model="m")
    with pytest.raises(pricing.NoExchangeRate):
        metered("1 USD", catalog=catalog).add(euros, seller="euro")
    with pytest.raises(pricing.NoExchangeRate, match="USD and EUR"):
        metered("1 USD", catalog=catalog).reserve("m", input_tokens=1, max_tokens=1, seller="euro")
    m = metered(catalog=catalog)
    m.add(response())
    with pytest.raises(pricing.NoExchangeRate, match="USD and EUR"):
        m.add(euros, seller="euro")
    assert (m.total, m.is_lower_bound) == (usd("0.0045"), True)
    # 1,100 x 1 / 1M
    with pricing.meter("1 EUR", catalog=catalog, at=DAY) as m:
        m.add(euros, seller="euro")
    assert m.total == Money("0.0011", "EUR")


def test_nested_meters_add_to_all_around_them() -> None:
    with metered() as outer:
        with metered() as middle, metered() as inner:
            inner.add(response())
        middle_total = middle.total
        outer.add(response(output=0))
    assert inner.total == middle_total == usd("0.0045")
    assert outer.total == usd("0.0075")


def test_an_outer_budget_stops_an_inner_block() -> None:
    with metered("0.008 USD", name="all") as outer:
        with metered("0.005 USD") as inner:
            inner.add(response())
        with metered("0.005 USD") as inner, pytest.raises(pricing.OverBudget, match="over all"):
            inner.add(response())
        # it was told; the end of the block shall not tell it again
        outer.budget = None


def test_threads_and_tasks_add_exactly() -> None:
    m = metered()

    def work() -> None:
        for _ in range(50):
            m.add(response())

    async def task() -> None:
        await asyncio.to_thread(work)

    async def tasks() -> None:
        await asyncio.gather(*(task() for _ in range(4)))

    with m:
        asyncio.run(tasks())
        with ThreadPoolExecutor(8) as pool:
            for _ in range(8):
                pool.submit(work)
    # 12 x 50 x 0.0045
    assert (m.total, m.calls) == (usd("2.7"), 600)


def test_concurrent_adds_overrun_a_limit_by_no_more_than_themselves() -> None:
    m = metered("0.0225 USD")  # five of them
    allowed = 0

    def work(_: int) -> bool:
        try:
            m.add(response())
        except pricing.OverBudget:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(work, range(20)))
    assert (allowed, m.total) == (5, usd("0.09"))


def test_an_addition_inside_of_an_addition_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the garbage collector closes a stream in the midst of one."""
    m = metered()
    plain = Money.__add__

    def interrupted(self: Money, other: Money) -> Money:
        total = plain(self, other)
        monkeypatch.undo()
        m.add(response())
        return total

    m.add(response())
    monkeypatch.setattr(Money, "__add__", interrupted)
    m.add(response())
    assert (m.total, m.calls) == (usd("0.0135"), 3)


def test_a_meter_is_used_once() -> None:
    m = metered()
    with m:
        pass
    with pytest.raises(pricing.PricingError, match="used once"), m:
        pass


def test_what_is_added_after_the_block_is_an_error() -> None:
    with metered() as m:
        pass
    with pytest.raises(pricing.Unmetered, match="after the end"):
        m.add(response())


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        (0.05, "a float is not exact"),
        (1, "no amount"),
        (True, "no amount"),
        ("0.05", "no amount"),
        ("USD 0.05", "no amount"),
        ("$0.05", "no amount"),
        ("0,05 USD", "no amount"),
        ("1e-2 USD", "no amount"),
        ("NaN USD", "no amount"),
        ("1_ USD", "no amount"),
        ("1__0 USD", "no amount"),
        ("10_00 USD", "no amount"),
        ("007 USD", "no amount"),
        ("", "no amount"),
        (Decimal("0.05"), "no amount"),
        ("-0.05 USD", "negative"),
        ("0 USD", "allows nothing"),
        ("0.000 USD", "allows nothing"),
        (Money("-1", "USD"), "negative"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_refused(limit: Any, fault: str) -> None:
    with pytest.raises(pricing.PricingError, match=fault):
        pricing.Budget(limit)


def test_zero_is_said_to_be_meant() -> None:
    assert pricing.Budget("0 USD", zero=True).limit == usd("0")
    with pytest.raises(pricing.PricingError, match="not zero"):
        pricing.Budget("1 USD", zero=True)
    with (
        pytest.raises(pricing.OverBudget),
        metered(pricing.Budget("0 USD", zero=True)) as m,
    ):
        m.add(response())


@pytest.mark.parametrize("currency", ["usd", "USDD", "XXX"])
def test_a_currency_in_which_nobody_charges_is_refused(currency: str) -> None:
    with pytest.raises(pricing.PricingError, match="no card charges"):
        metered(f"1 {currency}")


def test_a_reservation_takes_the_dearest_input_and_all_output() -> None:
    m = metered("1 USD")
    # writes to the cache for an hour are the dearest input: 1,000 x 6 / 1M + 100 x 15 / 1M
    with m.reserve(MODEL, input_tokens=1_000, max_tokens=100) as held:
        assert held.amount == usd("0.0075")
        assert m.left == usd("0.9925")
    assert m.left == usd("1")


def test_a_reservation_sees_conditions_and_fees() -> None:
    m = metered()
    held = m.reserve(MODEL, input_tokens=300_000, max_tokens=100, meters={"web_search": 5}, at=DAY)
    # 300,000 x 6 / 1M + 100 x 15 / 1M; 5 searches at 10 / 1,000
    assert held.amount == usd("1.8515")


@pytest.mark.parametrize(
    ("input_tokens", "worst"),
    # 6 and 15 USD a million; before 2026-03-13 twice and 1.5 times that above 200,000 tokens
    [(199_999, "1.201494"), (200_000, "1.2015"), (200_001, "2.402262")],
)
def test_a_reservation_is_as_long_as_its_input(input_tokens: int, worst: str) -> None:
    held = metered().reserve(MODEL, input_tokens=input_tokens, max_tokens=100, at="2026-03-01")
    assert held.amount == usd(worst)


@pytest.mark.parametrize(("limit", "fits"), [("0.0149", False), ("0.015", True), ("0.0151", True)])
def test_reservations_never_exceed_the_limit_together(limit: str, fits: bool) -> None:
    m = metered(f"{limit} USD")
    m.reserve(MODEL, input_tokens=1_000, max_tokens=100)
    if fits:
        m.reserve(MODEL, input_tokens=1_000, max_tokens=100)
    else:
        with pytest.raises(pricing.OverBudget, match=r"up to 0\.0075 USD for this call"):
            m.reserve(MODEL, input_tokens=1_000, max_tokens=100)


def test_a_reservation_gives_way_to_what_was_really_spent() -> None:
    m = metered("0.0075 USD")
    held = m.reserve(MODEL, input_tokens=1_000, max_tokens=100)
    held.add(response())
    assert (m.total, m.left) == (usd("0.0045"), usd("0.003"))
    held.release()
    assert m.left == usd("0.003")


def test_a_reservation_counts_in_every_meter_around_or_in_none() -> None:
    with metered("0.01 USD") as outer, metered("1 USD") as inner:
        inner.reserve(MODEL, input_tokens=1_000, max_tokens=100)
        assert (outer.left, inner.left) == (usd("0.0025"), usd("0.9925"))
        with pytest.raises(pricing.OverBudget):
            inner.reserve(MODEL, input_tokens=1_000, max_tokens=100)
        assert (outer.left, inner.left) == (usd("0.0025"), usd("0.9925"))


def test_a_lower_bound_within_a_budget_is_no_pass() -> None:
    budget = pricing.Budget("1 USD")
    budget.check(usd("1"))
    with pytest.raises(pricing.Unmetered, match="at least 1 USD spent"):
        budget.check(usd("1"), is_lower_bound=True)
    with pytest.raises(pricing.OverBudget):
        budget.check(usd("1.000000000000000000000000000001"), is_lower_bound=True)


def test_an_exception_leaves_no_meter_behind() -> None:
    with pytest.raises(KeyError), metered("1 USD") as outer, metered("1 USD"):
        raise KeyError
    with metered("1 USD") as m:
        m.add(response())
    assert (outer.calls, m.calls, m.outer) == (0, 1, None)


def test_nothing_is_reserved_after_the_block() -> None:
    with metered("1 USD") as m:
        m.reserve(MODEL, input_tokens=1, max_tokens=1).release()
    with pytest.raises(pricing.PricingError, match="nothing is reserved after the end"):
        m.reserve(MODEL, input_tokens=1, max_tokens=1)
    assert m.reserved == []


def test_threads_reserve_one_after_the_other() -> None:
    m = metered("0.075 USD")  # ten of them

    def work(_: int) -> bool:
        try:
            m.reserve(MODEL, input_tokens=1_000, max_tokens=100)
        except pricing.OverBudget:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(40))) == 10


@pytest.mark.parametrize(
    "given",
    [
        {"model": "claude-opus-9", "input_tokens": 1, "max_tokens": 1},
        {"model": MODEL, "input_tokens": -1, "max_tokens": 1},
        {"model": MODEL, "input_tokens": 1.5, "max_tokens": 1},
        {"model": MODEL, "input_tokens": 1, "max_tokens": None},
        {"model": MODEL, "input_tokens": 1, "max_tokens": 1, "meters": {"nonsense": 1}},
        {"model": MODEL, "input_tokens": 1, "max_tokens": 1, "meters": {"output": 0}},
        {"model": MODEL, "input_tokens": 1, "max_tokens": 1, "meters": {"web_search": -1}},
        {"model": MODEL, "input_tokens": 1, "max_tokens": 1, "at": "2020-01-01"},
    ],
)
def test_what_cannot_be_estimated_is_not_reserved(given: dict[str, Any]) -> None:
    m = metered("1 USD")
    with pytest.raises(pricing.PricingError):
        m.reserve(given.pop("model"), **given)
    assert m.left == usd("1")


def test_a_call_is_refused_as_soon_as_nothing_is_left() -> None:
    m = metered("0.0045 USD")
    m.refuse_call()
    m.add(response())
    with pytest.raises(pricing.OverBudget, match="the call was not sent"):
        m.refuse_call()


def test_a_captured_response_stands_for_one_that_is_added_and_not_for_more() -> None:
    m = metered()
    answer = response() | {"id": "msg_1"}
    cost, problem = m.price(answer)
    m.take(cost, problem, answer)
    m.add(answer)
    assert (m.total, m.calls) == (usd("0.0045"), 1)
    m.add(answer)
    assert (m.total, m.calls) == (usd("0.009"), 2)


def test_what_was_queued_and_never_fetched_is_told_at_the_end() -> None:
    with pytest.raises(pricing.Unmetered, match="a batch was queued"), metered("1 USD") as m:
        m.queued["batch_1"] = "a batch"


def test_of_several_meters_side_by_side_none_takes_the_call_of_another_context() -> None:
    meters = [metered(), metered()]
    contexts = [contextvars.copy_context() for _ in meters]
    for each, m in zip(contexts, meters, strict=True):
        each.run(m.__enter__)
    try:
        assert current() == (None, meters)
        assert contexts[1].run(current) == (meters[1], [])
    finally:
        for each, m in zip(contexts, meters, strict=True):
            each.run(m.close)
