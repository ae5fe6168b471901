"""Usage shapes: what each count means, where an engine case does not say it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing.usage.shapes import openai_chat

CATALOG = pricing.load_catalog()


def declined(*, output: int, content: list[dict[str, object]] | None = None) -> dict[str, object]:
    """Give a turn that Fable 5 declined and Opus 4.8 served, as the API reports it."""
    return {
        "model": "claude-opus-4-8",
        "content": content if content is not None else [{"type": "text", "text": "Hi"}],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 412,
            "output_tokens": 264,
            "iterations": [
                {
                    "type": "message",
                    "model": "claude-fable-5",
                    "input_tokens": 535,
                    "output_tokens": output,
                },
                {
                    "type": "fallback_message",
                    "model": "claude-opus-4-8",
                    "input_tokens": 412,
                    "output_tokens": 264,
                },
            ],
        },
    }


def test_an_attempt_declined_before_output_is_reported_and_not_billed() -> None:
    # 412 x 5 + 264 x 25 = 8,660 per million; 535 tokens of Fable 5 are free
    cost = CATALOG.cost(declined(output=0), at="2026-07-01")
    assert str(cost.total) == "0.00866 USD"
    assert [str(line.amount) for line in cost.lines] == ["0 USD", "0.00206 USD", "0.0066 USD"]


def test_an_attempt_declined_in_mid_stream_bills_at_its_own_model() -> None:
    # 535 x 10 + 3 x 50 + 412 x 5 + 264 x 25 = 14,160 per million
    cost = CATALOG.cost(declined(output=3), at="2026-07-01")
    assert str(cost.total) == "0.01416 USD"


@pytest.mark.parametrize(("category", "total"), [("cyber", "0.00866 USD"), ("bio", "0.01401 USD")])
def test_since_2026_09_24_the_category_decides_whether_a_declined_attempt_bills(
    category: str, total: str
) -> None:
    # bio: 535 x 10 + 412 x 5 + 264 x 25 = 14,010 per million
    block = {
        "type": "fallback",
        "from": {"model": "claude-fable-5"},
        "to": {"model": "claude-opus-4-8"},
        "trigger": {"type": "refusal", "category": category},
    }
    answer = {"type": "text", "text": "Hi"}
    cost = CATALOG.cost(declined(output=0, content=[block, answer]), at="2026-09-24")
    assert str(cost.total) == total


def test_a_compaction_before_a_refused_answer_is_billed() -> None:
    # the compaction: 100 x 3 + 10 x 15 = 450 per million; the refused answer is free
    refused = {
        "model": "claude-sonnet-4-6",
        "content": [],
        "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "category": "cyber"},
        "usage": {
            "input_tokens": 50,
            "output_tokens": 0,
            "iterations": [
                {"type": "compaction", "input_tokens": 100, "output_tokens": 10},
                {"type": "message", "input_tokens": 50, "output_tokens": 0},
            ],
        },
    }
    assert str(CATALOG.cost(refused, at="2026-07-01").total) == "0.00045 USD"


def test_a_caller_s_usage_is_not_changed_by_pricing_it() -> None:
    usage = pricing.Usage({"input": 1}, model="claude-sonnet-4-6")
    CATALOG.cost(usage)
    assert usage.at is None


def message(**usage: object) -> dict[str, object]:
    return {"model": "claude-sonnet-4-6", "usage": usage}


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": None, "output_tokens": None},
        {"input_tokens": 1000, "output_tokens": 500, "iterations": [{}]},
        {"input_tokens": 1000, "output_tokens": 500, "iterations": [{"type": "message"}]},
    ],
)
def test_counts_that_are_not_told_are_no_zeros(usage: dict[str, object]) -> None:
    with pytest.raises(pricing.UsageError, match="neither input_tokens nor output_tokens"):
        CATALOG.cost(message(**usage), at="2026-11-20")


@pytest.mark.parametrize(("whole", "first", "second"), [(3, 1, 0), (3, 0, 2), (3, 1, 2), (3, 0, 0)])
def test_searches_of_all_iterations_are_billed_once(whole: int, first: int, second: int) -> None:
    def entry(searches: int) -> dict[str, object]:
        tools = {"server_tool_use": {"web_search_requests": searches}} if searches else {}
        return {"type": "message", "input_tokens": 1, "output_tokens": 1, **tools}

    cost = CATALOG.cost(
        message(
            input_tokens=1,
            output_tokens=1,
            server_tool_use={"web_search_requests": whole},
            iterations=[entry(first), entry(second)],
        ),
        at="2026-11-20",
    )
    assert sum(line.quantity for line in cost.lines if line.meter == "web_search") == whole


_COUNTS = st.one_of(st.integers(-2, 40), st.sampled_from([None, True, "7", 3.0]), st.builds(dict))


@st.composite
def _completions(draw: st.DrawFn) -> dict[str, object]:
    """A completion, most often one that adds up, with anything in the place of a count."""
    prompt, whole = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    usage: dict[str, object] = {
        "prompt_tokens": prompt,
        "completion_tokens": whole,
        "total_tokens": prompt + whole,
        "prompt_tokens_details": {"cached_tokens": draw(st.integers(0, prompt)), "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": draw(st.integers(0, whole))},
    }
    created = draw(st.sampled_from([1_763_600_000, 0, -1, 1_763_600_000_000]))
    record = {"id": "c", "model": "m", "created": created, "usage": usage}
    tier = draw(st.sampled_from([None, "", "default", "flex", "fast", 3, []]))
    if tier is not None:
        record["service_tier"] = tier
    for _ in range(draw(st.integers(0, 2))):
        holder = draw(st.sampled_from([usage, *(v for v in usage.values() if type(v) is dict)]))
        key = draw(st.sampled_from([*holder, "image_tokens", "odd"]))
        holder[key] = draw(_COUNTS)
    return record


@given(_completions())
@settings(max_examples=400)
def test_the_short_way_reads_a_completion_as_the_long_way_does(record: dict[str, Any]) -> None:
    usual = openai_chat._usual(record, record["usage"])
    if usual is not None:
        long = openai_chat.read_any(record, record["usage"])
        for name in ("meters", "attributes", "model", "context_tokens", "id", "at", "unknown"):
            assert getattr(usual, name) == getattr(long, name)
        assert list(usual.meters) == list(long.meters)
        assert not long.warnings


def test_thinking_counted_inside_the_output_and_beside_it_is_no_count_that_is_dropped() -> None:
    def usage(beside: int) -> dict[str, Any]:
        inside = {"output_tokens_details": {"thinking_tokens": 40}}
        counts = {"input_tokens": 1, "output_tokens": 50, "thinking_tokens": beside}
        return {"model": "m", "usage": {**counts, **inside}}

    (said_twice,) = pricing.read_usage(usage(40))
    assert said_twice.meters == {"input": 1, "output.reasoning": 40, "output": 10}
    with pytest.raises(pricing.UsageError, match="thinking_tokens is 5 where 40 are inside"):
        pricing.read_usage(usage(5))


def test_a_plain_completion_takes_the_short_way() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 5,
        "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    usual = openai_chat._usual({"model": "m"}, usage)
    assert usual is not None
    assert usual.meters == {"cache_read": 4, "input": 5, "output.reasoning": 2, "output": 3}


def test_a_price_cliff_is_seen_from_both_sides_again_and_again() -> None:
    catalog = pricing.load_catalog()
    totals = [
        catalog.cost(
            {"model": "claude-haiku-5-5", "usage": {"input_tokens": tokens, "output_tokens": 0}},
            at="2026-11-20",
        ).total.amount
        for tokens in (100_000, 100_001, 100_000, 100_001)
    ]
    assert totals == [Decimal("0.01"), Decimal("0.0500005")] * 2
