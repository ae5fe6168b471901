"""Tests that call the anthropic and openai packages are metered without a word in them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from stub_server import serving

pytest_plugins = ["pytester"]

WHY = "not installed here: `make test-sdk` makes an environment that has it"
pytest.importorskip("anthropic", reason=f"anthropic is {WHY}")
pytest.importorskip("openai", reason=f"openai is {WHY}")

PROJECT = """
import asyncio
import anthropic, openai, pytest

HELLO = [{{"role": "user", "content": "Hi"}}]
ASK = {{"model": "claude-sonnet-4-6", "max_tokens": 100, "messages": HELLO}}
claude = anthropic.Anthropic(api_key="k", base_url="{url}")
gpt = openai.OpenAI(api_key="k", base_url="{url}/v1")

@pytest.mark.llm_budget("0.0135 USD")
def test_three_ways():
    claude.messages.create(**ASK)
    with claude.messages.stream(**ASK) as stream:
        stream.get_final_message()
    gpt.responses.create(model=ASK["model"], max_output_tokens=100, input="Hi")

@pytest.mark.llm_budget("0.0089 USD")
def test_async():
    async def run():
        async with anthropic.AsyncAnthropic(api_key="k", base_url="{url}") as client:
            await asyncio.gather(*(client.messages.create(**ASK) for _ in range(2)))
    try:
        asyncio.run(run())
    except Exception:
        pass

@pytest.mark.llm_budget("1 USD")
def test_a_stream_without_usage():
    list(gpt.chat.completions.create(**ASK, stream=True))
"""


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_calls_are_captured(pytester: pytest.Pytester, more: tuple[str, ...]) -> None:
    with serving() as stub:
        pytester.makepyfile(test_it=PROJECT.format(url=stub.url))
        result = pytester.runpytest_subprocess("--llm-at=2026-11-20", "--junit-xml=j.xml", *more)
        result.assert_outcomes(passed=1, failed=2)
        assert "over llm_budget: 0.009 USD spent, limit 0.0089 USD" in result.stdout.str()
        assert "stream without usage" in result.stdout.str()
        tree = ET.parse(pytester.path / "j.xml")
        costs = [p.get("value") for p in tree.iter("property") if p.get("name") == "llm_cost"]
        assert sorted(filter(None, costs)) == ["0", "0.009", "0.0135"]
        options = ("--llm-record=r.jsonl", "-k", "three")
        assert pytester.runpytest_subprocess(*options, *more).ret == 0
    lines = [json.loads(row) for row in (pytester.path / "r.jsonl").read_text().splitlines()]
    assert [row["labels"] for row in lines] == [{"test": "test_it.py::test_three_ways"}] * 3
    assert "Hi" not in (pytester.path / "r.jsonl").read_text()


ASYNC = """
import asyncio
import anthropic, openai, pytest
{mark}
HELLO = [{{"role": "user", "content": "Hi"}}]
ASK = {{"model": "claude-sonnet-4-6", "max_tokens": 100, "messages": HELLO}}

def claude():
    return anthropic.AsyncAnthropic(api_key="k", base_url="{url}")

@pytest.mark.llm_budget("0.018 USD")
async def test_four_ways():
    async with claude() as c, openai.AsyncOpenAI(api_key="k", base_url="{url}/v1") as gpt:
        await c.messages.create(**ASK)
        async with c.messages.stream(**ASK) as stream:
            await stream.get_final_message()
        await gpt.responses.create(model=ASK["model"], max_output_tokens=100, input="Hi")
        more = {{"stream": True, "stream_options": {{"include_usage": True}}}}
        async for _ in await gpt.chat.completions.create(**ASK, **more):
            pass

@pytest.mark.llm_budget("0.0089 USD")
async def test_two_at_once_are_over():
    async with claude() as c:
        calls = (c.messages.create(**ASK) for _ in range(2))
        await asyncio.gather(*calls, return_exceptions=True)

@pytest.mark.llm_budget("1 USD")
async def test_a_call_that_is_left_alone():
    async with claude() as c:
        asyncio.ensure_future(c.messages.create(**ASK))
        await asyncio.sleep(0)

@pytest.mark.llm_budget("1 USD")
async def test_out_of_time():
    async with claude() as c:
        try:
            async with asyncio.timeout(0.05):
                await c.messages.create(**ASK)
        except TimeoutError:
            pass
"""


@pytest.mark.parametrize("kind", ["asyncio", "anyio"])
@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_async_tests_are_captured(
    pytester: pytest.Pytester, kind: str, more: tuple[str, ...]
) -> None:
    mark, options = f"pytestmark = pytest.mark.{kind}\n", ["-p", "no:asyncio", *more]
    if kind == "asyncio":
        pytest.importorskip("pytest_asyncio")
        options = ["-o", "asyncio_default_fixture_loop_scope=function", *more]
    else:
        mark += "@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
    with serving() as stub:
        pytester.makepyfile(test_it=ASYNC.format(url=stub.url, mark=mark))
        options = ["--llm-at=2026-11-20", *options]
        result = pytester.runpytest_subprocess(*options, "-k", "not time")
        result.assert_outcomes(passed=1, failed=2, deselected=0 if more else 1)
        assert "over llm_budget: 0.009 USD spent, limit 0.0089 USD" in result.stdout.str()
        # anyio cancels what is left at the end of a test, pytest-asyncio at the end of its loop
        told = {"asyncio": "a call that is not over", "anyio": "CancelledError): it may be billed"}
        assert told[kind] in result.stdout.str()
        stub.delay = 0.5
        result = pytester.runpytest_subprocess(*options, "-k", "time")
        result.assert_outcomes(failed=1, deselected=0 if more else 3)
        assert "may be billed" in result.stdout.str()
