"""Counts of Cohere, Qwen, watsonx, xAI, Perplexity and Voyage: what is billed, what only counts."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from makers_samples import (
    COHERE,
    COHERE_RERANK,
    PERPLEXITY,
    PERPLEXITY_RESPONSES,
    QWEN,
    VOYAGE,
    WATSONX,
    XAI,
    XAI_NATIVE,
    XAI_RESPONSES,
)

import pricing
from pricing.errors import UsageError
from pricing.instants import instant
from pricing.money import Money


def one(record: object, shape: str | None = None) -> pricing.Usage:
    (usage,) = pricing.read_usage(record, shape)
    return usage


def told(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Give a copy of a response whose usage says something else; None: says nothing of it."""
    body = copy.deepcopy(record)
    body["usage"] |= changes
    return body


# Cohere


def test_cohere_bills_its_units_and_counts_more_tokens() -> None:
    usage = one(COHERE)
    assert usage.meters == {"input": 431, "output": 661}
    assert usage.context_tokens == 2190
    assert usage.id == "c14c80c3"


def test_the_first_version_of_cohere_has_its_units_in_meta() -> None:
    usage = one(COHERE_RERANK)
    assert {m: n for m, n in usage.meters.items() if n} == {"search_unit": 2}
    assert not usage.unknown


def test_every_unit_of_cohere_is_counted() -> None:
    units = {"classifications": 3, "images": 2.0, "pages": 7, "search_units": 1, "sniffs": 4}
    usage = one({"meta": {"billed_units": units}})
    assert {m: n for m, n in usage.meters.items() if n} == {
        "classification": 3,
        "image": 2,
        "pages": 7,
        "search_unit": 1,
    }
    assert usage.unknown == {"billed_units.sniffs": 4}


@pytest.mark.parametrize(
    ("units", "text", "image"),
    [
        ({"input_tokens": 10, "image_tokens": 1571}, 10, 1571),
        ({"input_tokens": 10, "text_tokens": 10, "image_tokens": 1571}, 10, 1571),
        ({"input_tokens": 1581, "text_tokens": 10, "image_tokens": 1571}, 10, 1571),
        ({"text_tokens": 10, "image_tokens": 1571}, 10, 1571),
        ({"image_tokens": 1571}, 0, 1571),
    ],
)
def test_images_of_cohere_stand_beside_the_text_or_inside_it(
    units: dict[str, int], text: int, image: int
) -> None:
    usage = one({"meta": {"billed_units": units}})
    assert (usage.meters["input"], usage.meters["input.image"]) == (text, image)
    assert usage.context_tokens == text + image


def test_units_of_cohere_that_are_no_sum_are_refused() -> None:
    units = {"input_tokens": 1000, "text_tokens": 10, "image_tokens": 1571}
    with pytest.raises(UsageError, match="neither"):
        one({"meta": {"billed_units": units}})


def test_cohere_s_tokens_are_read_by_name_only() -> None:
    # 2,190 = 1,150 + 1,040 cached
    usage = one(COHERE, "cohere.tokens")
    assert usage.meters == {"input": 1150, "cache_read": 1040, "output": 1257}
    assert usage.context_tokens == 2190
    with pytest.raises(UsageError, match="cached_tokens"):
        one(told(COHERE, cached_tokens=2191), "cohere.tokens")
    usage = one(told(COHERE, tokens=None), "cohere.tokens")
    assert (usage.meters["cache_read"], usage.incomplete) == (1040, True)


# Qwen


def test_qwen_s_input_includes_cache_and_images() -> None:
    # 2,150 = 597 text + 256 cached + 1,247 image + 20 + 30 reasoning
    usage = one(QWEN)
    assert usage.meters == {
        "input": 597,
        "input.image": 1247,
        "cache_read": 256,
        "output": 20,
        "output.reasoning": 30,
    }
    assert usage.context_tokens == 2100
    assert usage.id == "902fee3b"


def test_output_tells_qwen_s_own_api_from_anthropic_s() -> None:
    counts = {"input_tokens": 300, "output_tokens": 40}
    assert one({"output": {}, "usage": counts}).raw == {"output": {}, "usage": counts}
    cached = {**counts, "cache_read_input_tokens": 1000}
    assert one({"output": {}, "usage": cached}).meters["cache_read"] == 1000
    # a log that keeps the text of the answer under the same name
    text = {"output": "Hi", "usage": {**counts, "cache_creation_input_tokens": 7}}
    assert one(text).meters["cache_write"] == 7
    assert one(counts, "qwen.native").meters == {"input": 300, "output": 40}


def test_qwen_s_explicit_cache_is_told_by_its_type() -> None:
    # 2,100 = 211 + 1,889
    details = {"cache_type": "ephemeral", "cache_creation_input_tokens": 1889}
    usage = one(
        {
            "output": {},
            "usage": {
                "input_tokens": 2100,
                "output_tokens": 50,
                "prompt_tokens_details": details,
            },
        }
    )
    assert usage.meters == {"input": 211, "cache_write": 1889, "output": 50}
    assert usage.attributes == {"cache_mode": "explicit"}


@pytest.mark.parametrize("total", [None, 10 + 85 + 33])
def test_qwen_s_first_audio_models_leave_audio_out_of_the_input(total: int | None) -> None:
    usage = one(
        {
            "output": {},
            "usage": {
                "input_tokens": 10,
                "audio_tokens": 85,
                "output_tokens": 33,
                "total_tokens": total,
            },
        }
    )
    assert usage.meters == {"input": 10, "input.audio": 85, "output": 33}
    assert usage.context_tokens == 95
    assert usage.warnings == ("input_tokens (10) leaves out 85 tokens of other kinds",)


def test_qwen_s_total_that_is_no_sum() -> None:
    with pytest.raises(UsageError, match="less than its parts"):
        one(told(QWEN, total_tokens=2149))
    assert one(told(QWEN, total_tokens=2151)).unknown == {"total_tokens beyond its parts": 1}
    with pytest.raises(UsageError, match="image_tokens is 7, in the details 1247"):
        one(told(QWEN, image_tokens=7))


@pytest.mark.parametrize(
    ("counts", "meters"),
    [
        ({"characters": 12}, {"characters": 12}),
        ({"seconds": 9}, {"audio_seconds": 9}),
        ({"duration": 9.5}, {"audio_seconds": Decimal("9.5")}),
        ({"image_count": 2}, {"image": 2}),
        ({"video_duration": 5, "video_count": 1}, {"video": 5}),
        ({"input_tokens": 3, "plugins": {"search": {"count": 2}}}, {"input": 3, "web_search": 2}),
    ],
)
def test_qwen_bills_speech_images_and_searches_as_they_are_counted(
    counts: dict[str, Any], meters: dict[str, Any]
) -> None:
    usage = one({"request_id": "q", "output": {}, "usage": counts})
    assert {meter: number for meter, number in usage.meters.items() if number} == meters
    assert not usage.unknown


# watsonx


def test_watsonx_adds_up_its_results() -> None:
    usage = one(WATSONX)
    assert usage.meters == {"input": 107, "output": 27}
    assert (usage.model, usage.at) == (
        "ibm/granite-3-8b-instruct",
        instant("2026-07-14T10:00:00Z"),
    )
    twice = {**WATSONX, "results": WATSONX["results"] * 2}
    assert one(twice).meters == {"input": 214, "output": 54}


def test_watsonx_s_root_counts_serve_as_well() -> None:
    counts = {"input_token_count": 107, "generated_token_count": 27}
    assert one(counts).meters == {"input": 107, "output": 27}
    assert one({"model_id": "m", "usage": counts}).context_tokens == 107
    with pytest.raises(UsageError, match="input_token_count is 5, in the results 107"):
        one({**WATSONX, "input_token_count": 5})


# xAI


def test_reasoning_of_xai_stands_beside_the_completion() -> None:
    # 3,494 = 209 + 2,431 cached + 182 + 672
    usage = one(XAI)
    assert usage.meters == {
        "input": 209,
        "cache_read": 2431,
        "output": 182,
        "output.reasoning": 672,
    }
    assert usage.context_tokens == 2640
    assert usage.reported == Money("0.0037756", "USD")
    assert usage.reported_kind == "charged"
    assert usage.raw is XAI
    assert usage.warnings == ()


def test_xai_s_total_may_show_reasoning_inside() -> None:
    # 2,822 = 2,640 + 182
    details = {"reasoning_tokens": 100}
    usage = one(told(XAI, total_tokens=2822, completion_tokens_details=details))
    assert (usage.meters["output"], usage.meters["output.reasoning"]) == (82, 100)


def test_xai_without_a_total_is_read_by_name() -> None:
    # 8 + 6 = 14
    body = {
        "model": "reasoning-model",
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 8,
            "completion_tokens_details": {"reasoning_tokens": 6},
        },
    }
    assert one(body, "xai.chat").meters == {"input": 10, "output": 8, "output.reasoning": 6}


def test_more_cached_than_prompted_is_a_cache_beside_the_prompt() -> None:
    # 3,494 = 209 + 2,431 + 182 + 672
    usage = one(told(XAI, prompt_tokens=209))
    assert usage.meters["input"] == 209
    assert usage.meters["cache_read"] == 2431
    assert usage.context_tokens == 2640
    assert "treated as exclusive of cache" in usage.warnings[0]


def test_ticks_are_exact_and_whole() -> None:
    ticks = 12345678901234567890123456789012345
    assert str(one(told(XAI, cost_in_usd_ticks=ticks)).reported) == (
        "1234567890123456789012345.6789012345 USD"
    )
    assert str(one(XAI).reported.amount) == "0.0037756"  # type: ignore[union-attr]
    assert one(told(XAI, cost_in_usd_ticks=0)).reported == Money(0, "USD")
    assert one(told(XAI, cost_in_usd_ticks=None)).reported is None
    with pytest.raises(UsageError, match="not a whole number"):
        one(told(XAI, cost_in_usd_ticks=1.5))


def test_sources_of_the_older_search_are_kept() -> None:
    assert one(told(XAI, num_sources_used=3)).unknown == {"num_sources_used": 3}


def test_xai_s_own_api_counts_text_and_images() -> None:
    # 327 = (181 - 162) + 162 + 100 + 27 + 19
    usage = one(XAI_NATIVE)
    assert usage.meters == {
        "input": 19,
        "input.image": 100,
        "cache_read": 162,
        "output": 27,
        "output.reasoning": 19,
        "web_search": 2,
    }
    assert usage.attributes == {"service_tier": "priority"}
    assert usage.at == instant("2026-08-01T10:00:00Z")
    assert str(usage.reported) == "0.0000000001 USD"
    assert usage.warnings == ()


def test_xai_s_own_total_decides() -> None:
    # 308 = 281 + 27: the 19 are inside; 337 leaves 37: 10 more than the 19 that are told
    assert one(told(XAI_NATIVE, total_tokens=308)).meters["output"] == 8
    usage = one(told(XAI_NATIVE, total_tokens=345))
    assert usage.meters["output.reasoning"] == 37
    assert usage.warnings == (
        "18 tokens in total_tokens are in neither prompt nor completion; billed as reasoning",
    )
    usage = one(told(XAI_NATIVE, total_tokens=300))
    assert usage.warnings == ("total_tokens is 300, the counts add up to 327",)
    with pytest.raises(UsageError, match="leaves out reasoning_tokens"):
        one(told(XAI_NATIVE, total_tokens=308, reasoning_tokens=28))


def test_tools_of_xai_are_counted_from_their_own_counts() -> None:
    usage = one(XAI_RESPONSES)
    # 25,744 = 10,952 + 9,920 + 1,831 + 3,041
    assert usage.meters == {
        "input": 10952,
        "cache_read": 9920,
        "output": 1831,
        "output.reasoning": 3041,
        "web_search": 1,
        "x_search": 7,
    }
    # the last sampling's; 20,872 is the sum of all
    assert usage.context_tokens == 12372
    assert str(usage.reported) == "0.062854 USD"
    assert (usage.id, usage.raw) == ("r3", XAI_RESPONSES)


def test_calls_of_xai_s_tools_that_are_not_told_apart_are_kept() -> None:
    record = told(XAI_RESPONSES, server_side_tool_usage_details=None)
    usage = one({**record, "output": []})
    assert usage.unknown == {"num_server_side_tools_used": 8}
    details = {"x_posts_fetched": 40, "mcp_calls": 2}
    usage = one(told(XAI_RESPONSES, server_side_tool_usage_details=details))
    assert usage.unknown == {"x_posts_fetched": 40}


def test_without_tools_the_context_is_all_input() -> None:
    details = {"input_tokens": 20872, "output_tokens": 4872}
    record = told(
        XAI_RESPONSES,
        num_server_side_tools_used=0,
        server_side_tool_usage_details=None,
        context_details=details,
    )
    assert one({**record, "output": []}).context_tokens == 20872


def test_the_last_event_of_xai_s_stream_holds_the_response() -> None:
    event = {"type": "response.completed", "response": XAI_RESPONSES}
    assert one(event).meters == one(XAI_RESPONSES).meters


# Perplexity


def test_perplexity_s_reasoning_and_citations_stand_beside_the_completion() -> None:
    # the total holds 33 + 11,395 only
    usage = one(PERPLEXITY)
    assert usage.meters == {
        "input": 33,
        "output": 11395,
        "output.reasoning": 193947,
        "output.citation": 19028,
        "web_search": 21,
    }
    assert usage.attributes == {"search_context": "high"}
    assert (usage.reported, usage.reported_kind) == (Money("0.816", "USD"), "charged")
    assert usage.context_tokens == 33
    assert usage.warnings == ()


@pytest.mark.parametrize("beyond", [0, 193947, 19028, 193947 + 19028])
def test_perplexity_s_total_may_count_them(beyond: int) -> None:
    assert one(told(PERPLEXITY, total_tokens=11428 + beyond)).warnings == ()


def test_perplexity_s_total_that_is_no_sum() -> None:
    usage = one(told(PERPLEXITY, total_tokens=11430))
    assert usage.warnings == ("total_tokens is 11430, the counts add up to 224403",)
    with pytest.raises(UsageError, match="less than"):
        one(told(PERPLEXITY, total_tokens=11427))


def test_a_cost_in_parts_is_perplexity_s_by_itself() -> None:
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
    cost = {"input_tokens_cost": 0.001, "total_cost": 0.006}
    found = one({"model": "sonar", "usage": {**usage, "cost": cost}})
    assert found.meters == {"input": 8, "output": 2}
    assert found.reported == Money("0.006", "USD")
    assert one({"model": "sonar", "usage": usage}).meters == {"input": 8, "output": 2}


def test_perplexity_s_responses_count_their_tools() -> None:
    # 5,300 = 3,500 + 1,000 + 500 + 300
    usage = one(PERPLEXITY_RESPONSES)
    assert {m: n for m, n in usage.meters.items() if not m.startswith("cache_write")} == {
        "input": 3500,
        "cache_read": 1000,
        "output": 300,
        "web_search": 2,
        "web_fetch": 1,
    }
    assert sum(n for m, n in usage.meters.items() if m.startswith("cache_write")) == 500
    assert usage.reported == Money("0.0217", "USD")
    tools = {"divination": {"invocation": 3}, "web_search": {"invocation": None}}
    usage = one(told(PERPLEXITY_RESPONSES, tool_calls_details=tools))
    assert usage.unknown == {"tool_calls_details.divination": 3}


# Voyage, Jina


def test_a_total_alone_is_input() -> None:
    assert one(VOYAGE).meters == {"input": 3581}
    assert one({"model": "rerank-2.5", "usage": {"total_tokens": 26}}).context_tokens == 26
