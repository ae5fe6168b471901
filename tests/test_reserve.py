"""Captured calls reserve their worst case before they are sent, where a meter is asked to.

At claude-sonnet-4-6 a call with 1,000 tokens of input and max_tokens 100 costs at most
1,000 x 6 / 1M (a write to the cache for an hour) + 100 x 15 / 1M = 0.0075 USD, and here 0.0045.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from stub_server import MODEL, Stub, serving

import pricing

FAKE = Path(__file__).parent / "fake_sdk"
ASK: dict[str, Any] = {"model": MODEL, "max_tokens": 100, "messages": []}
ONE, WORST = pricing.Money("0.0045", "USD"), pricing.Money("0.0075", "USD")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    names = ("anthropic", "fakehttp")
    before = {n: m for n, m in sys.modules.items() if n.partition(".")[0] in names}
    for name in before:
        del sys.modules[name]
    monkeypatch.syspath_prepend(FAKE)
    import anthropic
    import anthropic._base_client

    yield anthropic
    for name in [n for n in sys.modules if n.partition(".")[0] in names]:
        del sys.modules[name]
    sys.modules.update(before)


class Client:
    """The stand-in for the package, called as the package itself calls ``request``."""

    def __init__(self, sdk: Any, stub: Stub) -> None:
        self.sdk = sdk
        self.url = stub.url

    def asked(self, path: str = "/v1/messages", **more: Any) -> Any:
        return self.sdk._base_client.Options(path, {**ASK, **more})

    def call(self, path: str = "/v1/messages", **more: Any) -> Any:
        stream = bool(more.get("stream"))
        found = self.sdk.Anthropic(self.url).request(self.asked(path, **more), stream=stream)
        return list(found) if stream else found


@pytest.fixture
def client(sdk: Any, stub: Stub) -> Client:
    return Client(sdk, stub)


def metered(budget: str | None, reserve: Any = 1_000, **more: Any) -> pricing.Meter:
    return pricing.meter(budget, reserve=reserve, at="2026-11-20", **more)


@pytest.mark.parametrize("budget", ["0.0075", "0.0075001"])
def test_a_call_is_sent_if_its_worst_case_fits(client: Client, budget: str) -> None:
    with metered(f"{budget} USD") as m:
        client.call()
    assert (m.total, m.reserved) == (ONE, [])


def test_a_call_whose_worst_case_does_not_fit_is_not_sent(client: Client, stub: Stub) -> None:
    told = r"up to 0\.0075 USD for this call, 0\.0074999 USD left of 0\.0074999 USD"
    with metered("0.0074999 USD") as m, pytest.raises(pricing.OverBudget, match=told):
        client.call()
    assert (m.calls, stub.asked, m.reserved) == (0, [], [])


def test_what_a_call_cost_takes_the_place_of_what_was_reserved(client: Client) -> None:
    with metered("0.012 USD") as m:
        client.call()
        assert (m.total, m.left) == (ONE, pricing.Money("0.0075", "USD"))
        client.call(stream=True)
        assert (m.total, m.left) == (ONE * 2, pricing.Money("0.003", "USD"))
        with pytest.raises(pricing.OverBudget):
            client.call()


def test_side_by_side_calls_do_not_overrun_a_budget(client: Client, stub: Stub) -> None:
    stub.delay = 0.3

    def call() -> bool:
        try:
            client.call()
        except pricing.OverBudget:
            return False
        return True

    # 2 x 0.0075 fit in, a third does not while they are running
    with metered("0.016 USD") as m, ThreadPoolExecutor(6) as pool:
        done = [pool.submit(copy_context().run, call) for _ in range(6)]
        assert sorted(each.result() for each in done) == [False] * 4 + [True] * 2
    assert (m.total, len(stub.asked)) == (ONE * 2, 2)


def test_async_calls_reserve_too(client: Client, sdk: Any, stub: Stub) -> None:
    async def run() -> None:
        with metered("0.0074 USD"):
            await sdk.AsyncAnthropic(stub.url).request(client.asked())

    with pytest.raises(pricing.OverBudget, match=r"up to 0\.0075 USD"):
        asyncio.run(run())
    assert stub.asked == []


def test_the_input_may_be_counted_by_a_function(client: Client, stub: Stub) -> None:
    seen: list[dict[str, Any]] = []

    def count(body: dict[str, Any]) -> int:
        seen.append(body)
        # a call of the same package within is free and reserves nothing
        client.sdk.Anthropic(client.url)
        return 2_000

    # 2,000 x 6 / 1M + 100 x 15 / 1M = 0.0135
    with metered("0.0134 USD", count), pytest.raises(pricing.OverBudget, match=r"0\.0135"):
        client.call()
    assert seen == [ASK]
    with metered("1 USD", lambda body: 1.5), pytest.raises(pricing.UsageError, match="not a count"):
        client.call()
    assert stub.asked == []


def test_a_failed_call_gives_its_reservation_back(client: Client, stub: Stub) -> None:
    stub.failing = [500, 500, 500]
    with metered("0.0075 USD") as m:
        with pytest.raises(Exception, match="500"):
            client.call()
        assert m.left == WORST
        client.call()
    assert m.total == ONE


def test_outer_meters_hold_it_too_and_an_inner_one_decides(client: Client) -> None:
    with metered("0.007 USD", None, name="outer"), metered(None) as inner:
        with pytest.raises(pricing.OverBudget, match="over outer: up to"):
            client.call()
        assert inner.reserved == []
    with metered("0.0075 USD", name="outer") as outer, metered("1 USD", None):
        client.call()
    assert outer.total == ONE


def test_more_input_than_was_said_is_an_error(client: Client) -> None:
    # 100 x 6 / 1M + 100 x 15 / 1M = 0.0021 reserved, 0.0045 spent
    with metered("1 USD", 100) as m:
        with pytest.raises(pricing.PricingError, match=r"cost 0\.0045 USD, and 0\.0021 USD was"):
            client.call()
        assert (m.total, m.left) == (ONE, pricing.Money("0.9955", "USD"))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"max_tokens": None}, "sets no max_tokens"),
        ({"max_tokens": "100"}, "no whole number"),
        ({"n": 1.5}, "no whole number"),
        ({"model": None}, "names no model"),
        ({"model": "claude-opus-9"}, "claude-opus-9"),
        ({"tools": [{"type": "web_search_20250305"}]}, "fees and tokens without a bound"),
        ({"tools": ["?"]}, "fees and tokens without a bound"),
        ({"background": True}, "billed later"),
        ({"service_tier": "golden"}, "golden"),
    ],
)
def test_a_call_without_a_worst_case_is_not_sent(
    client: Client, stub: Stub, more: dict[str, Any], told: str
) -> None:
    with metered("1 USD") as m, pytest.raises(pricing.PricingError, match=told):
        client.call(**more)
    assert (stub.asked, m.calls, m.is_lower_bound) == ([], 0, False)


def test_a_request_that_cannot_be_read_is_not_sent(client: Client, stub: Stub) -> None:
    with metered("1 USD"), pytest.raises(pricing.UsageError, match="cannot be read"):
        client.sdk.Anthropic(client.url).request("/v1/messages", ASK)
    assert stub.asked == []


@pytest.mark.parametrize(
    ("more", "worst"),
    [
        ({"n": 3}, "0.0105"),  # 0.006 + 3 x 0.0015
        ({"max_completion_tokens": 200}, "0.009"),
        ({"tools": [{"type": "function"}, {"name": "mine"}]}, "0.0075"),
        ({"inference_geo": "us"}, "0.00825"),  # x 1.1
        ({"service_tier": "auto"}, "0.0075"),
    ],
)
def test_what_a_request_asks_for_is_a_part_of_its_worst_case(
    client: Client, more: dict[str, Any], worst: str
) -> None:
    with metered("0.000001 USD"), pytest.raises(pricing.OverBudget, match=f"up to {worst} USD"):
        client.call(**more)


def test_what_is_free_reserves_nothing(client: Client) -> None:
    with metered("0.000001 USD") as m:
        client.call("/v1/messages/count_tokens")
        client.call("/v1/moderations")
    assert m.calls == 0


@pytest.mark.parametrize("reserve", [True, -1, 1.5, "1000"])
def test_a_reserve_that_cannot_be_meant_is_refused(reserve: Any) -> None:
    with pytest.raises(pricing.PricingError, match="reserve is"):
        metered("1 USD", reserve)
    with pytest.raises(pricing.PricingError, match="reserve without capture"):
        metered("1 USD", capture=False)
