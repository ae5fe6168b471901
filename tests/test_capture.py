"""Calls of an SDK are counted, streams and failures too; against a stand-in for the packages.

``tests/sdk/test_capture.py`` holds the packages themselves to the same.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from stub_server import MODEL, Stub, serving

import pricing
from pricing.capture import Call, Heard, Listener, capture
from pricing.capture.calls import CaptureError
from pricing.capture.heard import heard, is_silent

pytest_plugins = ["pytester"]

FAKE = Path(__file__).parent / "fake_sdk"
#: 1,000 x 3 / 1M + 100 x 15 / 1M
ONE = pricing.Money("0.0045", "USD")
HELLO = [{"role": "user", "content": "Hi"}]
ASK: dict[str, Any] = {"model": MODEL, "max_tokens": 100, "messages": HELLO}
STREAM = {**ASK, "stream": True}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Give the stand-in as it is imported for the first time, or later."""
    names = ("anthropic", "fakehttp")
    before = {n: m for n, m in sys.modules.items() if n.partition(".")[0] in names}
    for name in before:
        del sys.modules[name]
    monkeypatch.syspath_prepend(FAKE)
    import anthropic

    yield anthropic
    for name in [n for n in sys.modules if n.partition(".")[0] in names]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def client(sdk: Any, stub: Stub) -> Any:
    return sdk.Anthropic(stub.url)


def metered(budget: str | None = None, **more: Any) -> pricing.Meter:
    return pricing.meter(budget, at="2026-11-20", **more)


def test_calls_and_streams_are_counted(client: Any, stub: Stub) -> None:
    with metered() as m:
        client.request("/v1/messages", ASK)
        list(client.request("/v1/messages", STREAM, stream=True))
        stub.is_zipped = True
        list(client.request("/v1/messages", STREAM, stream=True))
    assert (m.total, m.calls) == (ONE * 3, 3)
    client.request("/v1/messages", ASK)
    assert m.calls == 3


def test_async_calls_and_streams_are_counted(sdk: Any, stub: Stub) -> None:
    async def run() -> pricing.Meter:
        client = sdk.AsyncAnthropic(stub.url)
        with metered() as m:
            await client.request("/v1/messages", ASK)
            async for _ in await client.request("/v1/messages", STREAM, stream=True):
                pass
        return m

    assert asyncio.run(run()).total == ONE * 2


def test_a_failing_async_call_costs_nothing(sdk: Any, stub: Stub) -> None:
    async def run() -> pricing.Meter:
        stub.failing = [500]
        with metered() as m, pytest.raises(Exception, match="500"):
            await sdk.AsyncAnthropic(stub.url).request("/v1/messages", ASK)
        return m

    assert asyncio.run(run()).calls == 0


def test_attempts_that_failed_are_not_billed(client: Any, stub: Stub) -> None:
    stub.failing = [529, 500]
    with metered() as m:
        client.request("/v1/messages", ASK)
    assert (m.calls, len(stub.asked)) == (1, 3)


def test_over_budget_is_raised_by_the_call_and_then_before_it(client: Any, stub: Stub) -> None:
    m = metered("0.004 USD")
    m.__enter__()
    for _ in range(3):
        with pytest.raises(pricing.OverBudget):
            client.request("/v1/messages", ASK)
    assert len(stub.asked) == 1
    with pytest.raises(pricing.OverBudget):
        m.__exit__(None, None, None)


def test_a_captured_call_settles_its_reservation_and_counts_once(client: Any) -> None:
    with metered("0.0075 USD") as m:
        held = m.reserve(MODEL, input_tokens=1_000, max_tokens=100)
        held.add(client.request("/v1/messages", ASK))
    assert (m.total, m.left, m.calls) == (ONE, pricing.Money("0.003", "USD"), 1)


def test_a_stream_over_budget_raises_at_its_end(client: Any) -> None:
    m = metered("0.004 USD")
    with pytest.raises(pricing.OverBudget), m:
        list(client.request("/v1/messages", STREAM, stream=True))


def test_a_stream_that_is_not_read_to_its_end_is_an_error(client: Any, stub: Stub) -> None:
    with pytest.raises(pricing.Unmetered, match="not read to its end"), metered():
        client.request("/v1/messages", STREAM, stream=True)
    stub.cut = True
    with pytest.raises(pricing.PricingError, match="last counts"), metered():
        list(client.request("/v1/messages", STREAM, stream=True))


def test_a_call_out_of_time_may_be_billed(client: Any) -> None:
    m = metered()
    m.__enter__()
    with pytest.raises(sys.modules["anthropic._base_client"].APITimeoutError):
        client.request("/v1/messages", {"times_out": True})
    with pytest.raises(pricing.Unmetered, match="may be billed"):
        m.__exit__(None, None, None)


def test_a_package_that_is_imported_inside_is_listened_to(sdk: Any, stub: Stub) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == "anthropic"]:
        del sys.modules[name]
    with metered() as m:
        import anthropic

        anthropic.Anthropic(stub.url).request("/v1/messages", ASK)  # type: ignore[call-arg]
    assert m.total == ONE


def test_the_package_is_as_before_and_others_may_stand_over_ours(client: Any) -> None:
    owner = type(client)
    plain = owner.request
    with metered(), metered():
        assert owner.request is not plain
    assert owner.request is plain

    def other(self: Any, *args: Any, **more: Any) -> Any:
        return below(self, *args, **more)

    with metered() as m:
        below, owner.request = owner.request, other
        client.request("/v1/messages", ASK)
    # ours stays below the other's, and is silent; once more over it, a call is counted once
    client.request("/v1/messages", ASK)
    assert m.calls == 1
    with metered() as m:
        client.request("/v1/messages", ASK)
    assert (owner.request, m.calls) == (other, 1)


def test_an_unknown_version_is_an_error_and_not_silence(sdk: Any) -> None:
    owner = sys.modules["anthropic._base_client"].SyncAPIClient  # type: ignore[attr-defined]
    del owner._process_response
    with pytest.raises(CaptureError, match="this version of anthropic cannot be listened to"):
        metered().__enter__()
    # nothing is left behind
    with metered(capture=False) as m:
        assert m.outer is None


def test_a_listener_hears_every_call(client: Any) -> None:
    class Ear(Listener):
        def __init__(self) -> None:
            self.told: list[str] = []

        def begin(self, call: Call) -> None:
            self.told.append("begin")

        def heard(self, call: Call, answer: Heard) -> None:
            assert answer.body is not None
            self.told.append(f"{answer.what} {answer.body['usage']['output_tokens']}")

        def end(self, call: Call) -> None:
            self.told.append("end")

    ear = Ear()
    with capture(ear), capture(ear), capture(Listener()):
        client.request("/v1/messages", ASK)
    assert ear.told == ["begin", "POST /v1/messages 100", "end"]


@pytest.mark.parametrize(
    ("method", "path", "status", "silent"),
    [
        ("POST", "/v1/messages", 200, False),
        ("POST", "/v1/messages", 529, True),
        ("POST", "/v1/messages/count_tokens", 200, True),
        ("POST", "/v1/responses/input_tokens", 200, True),
        ("POST", "/v1/files", 200, True),
        ("POST", "/v1/moderations", 200, True),
        ("POST", "/v1/images/generations", 200, False),
        ("POST", "/v1/anything/new", 200, False),
        ("POST", "/v1/messages/batches", 200, False),
        ("GET", "/v1/models", 200, True),
        ("GET", "/v1/responses/resp_1", 200, False),
        ("DELETE", "/v1/files/x", 200, True),
    ],
)
def test_only_what_is_known_to_be_free_is_silent(
    method: str, path: str, status: int, silent: bool
) -> None:
    assert is_silent(method, path, status) is silent


JSON, SSE = "application/json", "text/event-stream; charset=utf-8"
CHUNK = b'data: {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}}]}\n\n'


@pytest.mark.parametrize(
    ("path", "kind", "content", "fault"),
    [
        ("/v1/x", JSON, b"", "tells no usage"),
        ("/v1/x", JSON, b"[]", "tells no usage"),
        ("/v1/x", JSON, b"{cut", "tells no usage"),
        ("/v1/x", JSON, b'{"usage": null}', "tells no usage"),
        ("/v1/audio/speech", "audio/mpeg", b"\xff\xfb", "tells no usage"),
        ("/v1/messages/batches", JSON, b'{"id": "b"}', "billed later"),
        ("/v1/chat/completions", SSE, b"", "stream without usage"),
        ("/v1/chat/completions", SSE, CHUNK + b"data: [DONE]\n\n", "stream without usage"),
        ("/v1/chat/completions", SSE, CHUNK + b'data: {"error": {}}\n\n', "broke off"),
        ("/v1/chat/completions", SSE, b"data: {cut\n\n", "no JSON"),
    ],
)
def test_an_answer_without_usage_is_a_fault(
    path: str, kind: str, content: bytes, fault: str
) -> None:
    (answer,) = heard("POST", path, kind, content)
    assert answer.fault is not None
    assert fault in answer.fault.what


def test_a_stream_that_is_an_error_from_its_beginning_is_not_billed() -> None:
    content = b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"}}\n\n'
    assert heard("POST", "/v1/messages", SSE, content) == []


PROJECT = """
import pytest, sys
sys.path.insert(0, {fake!r})
import anthropic

ASK = {{"model": "claude-sonnet-4-6", "max_tokens": 100, "messages": []}}

def call(**more):
    anthropic.Anthropic({url!r}).request("/v1/messages", {{**ASK, **more}})

@pytest.mark.llm_budget("0.0089 USD")
@pytest.mark.parametrize("calls", [1, 2])
def test_calls(calls):
    for _ in range(calls):
        try:
            call()
        except Exception:
            pass

@pytest.mark.llm_budget("1 USD")
def test_threads():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: call(), range(4)))

@pytest.mark.llm_budget("1 USD")
def test_nothing():
    pass

@pytest.mark.llm_budget("1 USD")
def test_unknown():
    call(model="claude-opus-9")

def test_without():
    call()
"""


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_tests_are_metered_without_a_word_in_them(
    pytester: pytest.Pytester, stub: Stub, more: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_it=PROJECT.format(fake=str(FAKE), url=stub.url))
    options = ("--llm-at=2026-11-20", "--llm-budget=1 USD", "-v", *more)
    result = pytester.runpytest_subprocess(*options)
    # two calls are over, no call and an unknown model cannot be judged
    result.assert_outcomes(passed=3, failed=3)
    assert len(stub.asked) == 9
    # 1 + 2 + 4 + 1 of 0.0045, and one without a price
    assert "at least 0.036 USD in 9 calls of 6 tests" in result.stdout.str()
