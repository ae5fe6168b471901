"""What the anthropic and openai packages are answered is counted, whichever way they are called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any

import pytest
from stub_server import MODEL, Stub, serving

import pricing
from pricing.capture import patch

WHY = "not installed here: `make test-sdk` makes an environment that has it"
anthropic = pytest.importorskip("anthropic", reason=f"anthropic is {WHY}")
openai = pytest.importorskip("openai", reason=f"openai is {WHY}")

#: 1,000 x 3 / 1M + 100 x 15 / 1M
ONE = pricing.Money("0.0045", "USD")
HELLO = [{"role": "user", "content": "Hi"}]
ASK: dict[str, Any] = {"model": MODEL, "max_tokens": 100, "messages": HELLO}
RESPOND: dict[str, Any] = {"model": MODEL, "max_output_tokens": 100, "input": "Hi"}
COUNTED = {"include_usage": True}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


@pytest.fixture
def claude(stub: Stub) -> Iterator[Any]:
    with anthropic.Anthropic(api_key="k", base_url=stub.url) as client:
        yield client


@pytest.fixture
def gpt(stub: Stub) -> Iterator[Any]:
    with openai.OpenAI(api_key="k", base_url=f"{stub.url}/v1") as client:
        yield client


def metered(**more: Any) -> pricing.Meter:
    return pricing.meter(at="2026-11-20", **more)


def claude_stream(client: Any) -> None:
    with client.messages.stream(**ASK) as stream:
        for _ in stream.text_stream:
            pass


def claude_raw_stream(client: Any) -> None:
    with client.messages.with_streaming_response.create(**ASK) as response:
        response.read()


def chat_stream(client: Any) -> None:
    with client.chat.completions.stream(**ASK, stream_options=COUNTED) as stream:
        for _ in stream:
            pass


def responses_stream(client: Any) -> None:
    with client.responses.stream(**RESPOND) as stream:
        for _ in stream:
            pass


CLAUDE: dict[str, Callable[[Any], Any]] = {
    "create": lambda c: c.messages.create(**ASK),
    "stream=True": lambda c: list(c.messages.create(**ASK, stream=True)),
    "messages.stream": claude_stream,
    "with_raw_response": lambda c: c.messages.with_raw_response.create(**ASK).parse(),
    "with_raw_response, not parsed": lambda c: c.messages.with_raw_response.create(**ASK),
    "with_streaming_response": claude_raw_stream,
    "with_options": lambda c: c.with_options(max_retries=0).messages.create(**ASK),
    "beta": lambda c: c.beta.messages.create(**ASK),
}
GPT: dict[str, Callable[[Any], Any]] = {
    "chat": lambda c: c.chat.completions.create(**ASK),
    "chat stream=True": lambda c: list(
        c.chat.completions.create(**ASK, stream=True, stream_options=COUNTED)
    ),
    "chat.completions.stream": chat_stream,
    "chat.completions.parse": lambda c: c.chat.completions.parse(**ASK),
    "chat with_raw_response": lambda c: c.chat.completions.with_raw_response.create(**ASK).parse(),
    "responses": lambda c: c.responses.create(**RESPOND),
    "responses stream=True": lambda c: list(c.responses.create(**RESPOND, stream=True)),
    "responses.stream": responses_stream,
}


@pytest.mark.parametrize("way", CLAUDE)
def test_a_call_of_anthropic_is_counted_once(claude: Any, way: str) -> None:
    with metered() as m:
        CLAUDE[way](claude)
    assert (m.total, m.calls) == (ONE, 1)


@pytest.mark.parametrize("way", GPT)
def test_a_call_of_openai_is_counted_once(gpt: Any, way: str) -> None:
    with metered() as m:
        GPT[way](gpt)
    assert (m.total, m.calls) == (ONE, 1)


def test_embeddings_are_counted(gpt: Any) -> None:
    with metered() as m:
        gpt.embeddings.create(model=MODEL, input="Hi")
    # 1,000 x 3 / 1M
    assert m.total == pricing.Money("0.003", "USD")


async def async_claude_stream(client: Any) -> None:
    async with client.messages.stream(**ASK) as stream:
        await stream.get_final_message()


async def drained(stream: Awaitable[Any]) -> None:
    async for _ in await stream:
        pass


ASYNC_CLAUDE: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "create": lambda c: c.messages.create(**ASK),
    "stream=True": lambda c: drained(c.messages.create(**ASK, stream=True)),
    "messages.stream": async_claude_stream,
    "with_raw_response": lambda c: c.messages.with_raw_response.create(**ASK),
}
ASYNC_GPT: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "chat": lambda c: c.chat.completions.create(**ASK),
    "chat stream=True": lambda c: drained(
        c.chat.completions.create(**ASK, stream=True, stream_options=COUNTED)
    ),
    "responses": lambda c: c.responses.create(**RESPOND),
    "responses stream=True": lambda c: drained(c.responses.create(**RESPOND, stream=True)),
}


@pytest.mark.parametrize("way", ASYNC_CLAUDE)
def test_an_async_call_of_anthropic_is_counted_once(stub: Stub, way: str) -> None:
    async def run() -> pricing.Meter:
        async with anthropic.AsyncAnthropic(api_key="k", base_url=stub.url) as client:
            with metered() as m:
                await ASYNC_CLAUDE[way](client)
        return m

    m = asyncio.run(run())
    assert (m.total, m.calls) == (ONE, 1)


@pytest.mark.parametrize("way", ASYNC_GPT)
def test_an_async_call_of_openai_is_counted_once(stub: Stub, way: str) -> None:
    async def run() -> pricing.Meter:
        async with openai.AsyncOpenAI(api_key="k", base_url=f"{stub.url}/v1") as client:
            with metered() as m:
                await ASYNC_GPT[way](client)
        return m

    m = asyncio.run(run())
    assert (m.total, m.calls) == (ONE, 1)


def test_tasks_count_on_their_own_meters_and_on_the_one_around(stub: Stub) -> None:
    async def task(client: Any, calls: int) -> pricing.Money | None:
        with metered() as m:
            for _ in range(calls):
                await client.messages.create(**ASK)
        return m.total

    async def run() -> tuple[list[Any], pricing.Meter]:
        async with anthropic.AsyncAnthropic(api_key="k", base_url=stub.url) as client:
            with metered() as outer:
                totals = await asyncio.gather(*(task(client, n) for n in (1, 2, 3)))
        return totals, outer

    totals, outer = asyncio.run(run())
    assert totals == [ONE, ONE * 2, ONE * 3]
    assert outer.total == ONE * 6


def test_calls_of_a_pool_of_threads_are_counted(claude: Any) -> None:
    with metered() as m, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: claude.messages.create(**ASK), range(8)))
    assert m.total == ONE * 8


def test_a_thread_without_its_context_belongs_to_nobody_where_several_are_open(
    claude: Any,
) -> None:
    def one(with_context: bool) -> None:
        with metered(), ThreadPoolExecutor(1) as pool:
            call = claude.messages.create
            context = copy_context()
            if with_context:
                pool.submit(context.run, call, **ASK).result()
            else:
                pool.submit(call, **ASK).result()

    def two(with_context: bool) -> None:
        with ThreadPoolExecutor(1) as other, metered() as m:
            assert m.is_open
            other.submit(one, with_context).result()

    two(True)
    with pytest.raises(pricing.Unmetered, match="outside of every meter"):
        two(False)


def test_a_retried_call_is_billed_once(stub: Stub, claude: Any, gpt: Any) -> None:
    stub.failing = [529, 500]
    with metered() as m:
        claude.messages.create(**ASK)
    assert (m.total, m.calls, len(stub.asked)) == (ONE, 1, 3)
    stub.failing = [503]
    with metered() as m:
        gpt.chat.completions.create(**ASK)
    assert (m.total, m.calls, len(stub.asked)) == (ONE, 1, 5)


def test_a_failed_call_costs_nothing(stub: Stub, claude: Any) -> None:
    stub.failing = [400]
    with metered() as m, pytest.raises(anthropic.BadRequestError):
        claude.messages.create(**ASK)
    assert (m.total, m.calls, m.is_lower_bound) == (None, 0, False)


def calls(client: Any, count: int, m: pricing.Meter) -> None:
    with m:
        for _ in range(count):
            client.messages.create(**ASK)


def test_over_budget_is_raised_by_the_call_and_not_tried_again(stub: Stub, claude: Any) -> None:
    m = metered(budget="0.008 USD")
    with pytest.raises(pricing.OverBudget) as caught:
        calls(claude, 5, m)
    assert (m.calls, len(stub.asked)) == (2, 2)
    assert caught.value.spent == ONE * 2
    assert caught.value.limit == pricing.Money("0.008", "USD")


def test_a_call_of_openai_over_budget_is_not_tried_again(stub: Stub, gpt: Any) -> None:
    with pytest.raises(pricing.OverBudget), metered(budget="0.004 USD"):
        gpt.responses.create(**RESPOND)
    assert len(stub.asked) == 1


def test_what_is_over_budget_sends_no_further_call(stub: Stub, claude: Any) -> None:
    m = metered(budget="0.004 USD")

    def stubborn() -> None:
        with m:
            for _ in range(3):
                with suppress(pricing.OverBudget):
                    claude.messages.create(**ASK)

    # swallowed where it was raised, it is raised again at the end of the block
    with pytest.raises(pricing.OverBudget):
        stubborn()
    assert len(stub.asked) == 1


def test_a_stream_over_budget_raises_at_its_end(claude: Any, gpt: Any) -> None:
    for stream in (
        lambda: claude.messages.create(**ASK, stream=True),
        lambda: gpt.chat.completions.create(**ASK, stream=True, stream_options=COUNTED),
    ):
        with metered(budget="0.004 USD") as m:
            events = iter(stream())
            with pytest.raises(pricing.OverBudget):
                list(events)
            # so that the end of the block has nothing to say
            m.budget = None


def test_a_chat_stream_without_usage_is_an_error_and_not_free(gpt: Any) -> None:
    with pytest.raises(pricing.UsageError, match="stream without usage") as caught, metered():
        list(gpt.chat.completions.create(**ASK, stream=True))
    assert "include_usage" in str(caught.value)


def test_a_chat_stream_without_usage_is_a_lower_bound_where_asked_for(gpt: Any) -> None:
    with metered(allow_unpriced=True) as m:
        list(gpt.chat.completions.create(**ASK, stream=True))
    assert m.is_lower_bound
    with pytest.raises(pricing.Unmetered), metered(budget="1 USD", allow_unpriced=True):
        list(gpt.chat.completions.create(**ASK, stream=True))


def test_a_stream_that_is_not_read_is_an_error(claude: Any) -> None:
    with pytest.raises(pricing.Unmetered, match="not read to its end"), metered():
        kept = claude.messages.create(**ASK, stream=True)
    kept.close()


def test_a_stream_that_is_left_early_is_a_lower_bound(stub: Stub, claude: Any) -> None:
    stub.is_slow = True
    with pytest.raises(pricing.Unmetered, match="last counts"), metered() as m:
        next(iter(claude.messages.create(**ASK, stream=True)))
    assert m.is_lower_bound


def test_a_stream_that_is_cut_is_a_lower_bound(stub: Stub, claude: Any) -> None:
    stub.cut = True
    with pytest.raises(pricing.PricingError, match="last counts"), metered() as m:
        list(claude.messages.create(**ASK, stream=True))
    assert m.is_lower_bound


def test_a_packed_stream_is_read(stub: Stub, claude: Any) -> None:
    stub.is_zipped = True
    with metered() as m:
        list(claude.messages.create(**ASK, stream=True))
        claude.messages.create(**ASK)
    assert m.total == ONE * 2


def test_counting_tokens_is_free(claude: Any) -> None:
    with metered() as m:
        claude.messages.count_tokens(model=MODEL, messages=HELLO)
    assert (m.total, m.calls) == (None, 0)


def test_what_is_unknown_is_an_error(gpt: Any) -> None:
    with pytest.raises(pricing.UsageError, match="POST /v1/audio/speech"), metered():
        gpt.audio.speech.create(model="m", voice="v", input="Hi")


def test_a_batch_is_an_error(claude: Any) -> None:
    with pytest.raises(pricing.UsageError, match="billed later"), metered():
        claude.messages.batches.create(requests=[])


def test_an_unknown_model_is_an_error(claude: Any) -> None:
    with pytest.raises(pricing.UnknownModel), metered():
        claude.messages.create(**{**ASK, "model": "claude-opus-9"})


def test_a_queued_response_counts_when_it_is_fetched(gpt: Any) -> None:
    with metered() as m:
        id = gpt.responses.create(**RESPOND, background=True).id
        assert m.calls == 0
        gpt.responses.retrieve(id)
        gpt.responses.retrieve(id)
    assert (m.total, m.calls) == (ONE, 1)


def test_a_queued_response_that_is_never_fetched_is_an_error(gpt: Any) -> None:
    with pytest.raises(pricing.Unmetered, match="queued"), metered():
        gpt.responses.create(**RESPOND, background=True)


def test_a_call_that_runs_out_of_time_may_be_billed(stub: Stub) -> None:
    stub.delay = 1.0
    client = anthropic.Anthropic(api_key="k", base_url=stub.url, timeout=0.1, max_retries=0)
    with (
        pytest.raises(pricing.Unmetered, match="may be billed"),
        metered(),
        suppress(anthropic.APITimeoutError),
    ):
        client.messages.create(**ASK)


def test_adding_by_hand_what_was_captured_counts_it_once(claude: Any) -> None:
    with metered() as m:
        response = claude.messages.create(**ASK)
        assert m.add(response) is not None
        assert m.total == ONE
        m.add(response)
    assert m.total == ONE * 2


def test_without_a_meter_the_packages_are_as_they_were(claude: Any) -> None:
    from anthropic._base_client import AsyncAPIClient, SyncAPIClient

    before = [vars(c)[n] for c in (SyncAPIClient, AsyncAPIClient) for n in patch._METHODS]
    with metered(), metered():
        assert vars(SyncAPIClient)["request"] is not before[0]
    after = [vars(c)[n] for c in (SyncAPIClient, AsyncAPIClient) for n in patch._METHODS]
    assert before == after
    claude.messages.create(**ASK)


def test_capture_false_leaves_calls_to_the_meter_around(claude: Any) -> None:
    with metered() as outer, metered(capture=False) as inner:
        claude.messages.create(**ASK)
    assert (outer.total, inner.total) == (ONE, None)


def test_a_package_that_is_imported_later_is_listened_to(stub: Stub) -> None:
    import subprocess
    import sys

    code = """
import sys, pricing
with pricing.meter(at="2026-11-20") as m:
    assert "anthropic" not in sys.modules
    import anthropic
    client = anthropic.Anthropic(api_key="k", base_url=sys.argv[1])
    hello = [{"role": "user", "content": "Hi"}]
    client.messages.create(model="claude-sonnet-4-6", max_tokens=100, messages=hello)
print(m.total)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, stub.url], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0.0045 USD\n"


def test_calls_reserve_their_worst_case(stub: Stub, claude: Any, gpt: Any) -> None:
    ways: list[Callable[[], Any]] = [
        lambda: claude.messages.create(**ASK),
        lambda: claude_stream(claude),
        lambda: claude.messages.create(**ASK, extra_body={"max_tokens": 100}),
        lambda: gpt.chat.completions.create(**ASK),
        lambda: gpt.chat.completions.create(model=MODEL, max_completion_tokens=100, messages=HELLO),
        lambda: gpt.responses.create(**RESPOND),
        lambda: gpt.embeddings.create(model=MODEL, input="Hi"),
    ]
    for call in ways:
        # 1,000 x 6 / 1M + 100 x 15 / 1M, of embeddings without output
        with metered(budget="0.0075 USD", reserve=1_000) as m:
            call()
        assert m.calls == 1
        with metered(budget="0.0059 USD", reserve=1_000), pytest.raises(pricing.OverBudget):
            call()
    assert len(stub.asked) == len(ways)


def test_the_api_itself_may_count_the_input(stub: Stub, claude: Any) -> None:
    counted = ("model", "messages", "system", "tools", "tool_choice", "thinking")

    def count(body: dict[str, Any]) -> int:
        told = claude.messages.count_tokens(**{key: body[key] for key in counted if key in body})
        return int(told.input_tokens)

    with metered(budget="0.0075 USD", reserve=count) as m:
        claude.messages.create(**ASK)
    assert (m.total, m.calls, len(stub.asked)) == (ONE, 1, 2)
    with metered(budget="0.0074 USD", reserve=count), pytest.raises(pricing.OverBudget):
        claude.messages.create(**ASK)
    assert stub.asked[-1].endswith("/count_tokens")
