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
