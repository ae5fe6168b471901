"""Usage as LangChain, the Vercel AI SDK and Pydantic AI keep it."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from kept_samples import (
    LANGCHAIN,
    PYDANTIC_RESPONSE,
    PYDANTIC_RUN,
    VERCEL_4,
    VERCEL_5,
    VERCEL_6,
)

import pricing
from pricing.errors import UsageError
from pricing.instants import instant


def one(record: dict[str, Any], shape: str | None = None) -> pricing.Usage:
    (usage,) = pricing.read_usage(record, shape)
    return usage


def changed(record: dict[str, Any], *path: str, **values: Any) -> dict[str, Any]:
    copy = deepcopy(record)
    held = copy
    for key in path:
        held = held[key]
    held.update(values)
    return copy


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


def test_langchain_gives_writes_by_their_time_to_live() -> None:
    usage = one(LANGCHAIN)
    # 21 + 30,000 + 1,500 + 3,500 = 35,021 and 700: 35,721 in all
    assert counted(usage) == {
        "input": 21,
        "cache_read": 30000,
        "cache_write.5m": 1500,
        "cache_write.1h": 3500,
        "output": 700,
        "web_search": 2,
    }
    assert usage.context_tokens == 35021
    assert usage.attributes == {"service_tier": "batch", "inference_geo": "us"}
    assert (usage.model, usage.seller, usage.id) == ("claude-sonnet-4-6", "anthropic", "run-1")
    assert usage.raw is LANGCHAIN


@pytest.mark.parametrize(("flat", "rest"), [(0, 0), (None, 0), (5000, 0), (5600, 600)])
def test_langchain_s_flat_count_of_writes_adds_only_what_has_no_time_to_live(
    flat: int | None, rest: int
) -> None:
    record = changed(LANGCHAIN, "usage_metadata", "input_token_details", cache_creation=flat)
    record["usage_metadata"] |= {"input_tokens": 35021 + rest, "total_tokens": 35721 + rest}
    assert one(record).meters.get("cache_write", 0) == rest


def test_langchain_refuses_a_breakdown_larger_than_its_whole() -> None:
    record = changed(LANGCHAIN, "usage_metadata", "input_token_details", cache_creation=100)
    with pytest.raises(UsageError, match=r"the parts of cache_creation are more than the whole"):
        pricing.read_usage(record)


@pytest.mark.parametrize("tier", ["priority", "flex"])
def test_openai_s_tier_is_told_by_the_names_of_langchain_s_details(tier: str) -> None:
    usage = one(
        {
            "usage_metadata": {
                "input_tokens": 5000,
                "output_tokens": 900,
                "total_tokens": 5900,
                "input_token_details": {
                    f"{tier}_cache_read": 4096,
                    f"{tier}_cache_creation": 400,
                    tier: 904,
                },
                "output_token_details": {f"{tier}_reasoning": 640, tier: 260},
            }
        }
    )
    # the bare tier is what is not read from the cache: 904 = 504 + 400 written
    assert counted(usage) == {
        "input": 504,
        "cache_read": 4096,
        "cache_write": 400,
        "output": 260,
        "output.reasoning": 640,
    }
    assert usage.attributes == {"service_tier": tier}


def test_langchain_s_sum_of_two_tiers_is_refused() -> None:
    parts = {"priority_cache_read": 300, "flex_cache_read": 200}
    usage = {"input_tokens": 1000, "output_tokens": 1, "input_token_details": parts}
    with pytest.raises(UsageError, match="tokens of priority and flex in one usage"):
        pricing.read_usage({"usage_metadata": usage})


def test_the_sums_of_langchain_s_callback_are_a_line_for_each_model() -> None:
    by_model = {
        "gpt-5.2": {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12},
        "claude-sonnet-4-6": {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
    }
    usages = pricing.read_usage({"usage_metadata": by_model})
    assert [(u.model, u.meters["input"]) for u in usages] == [
        ("gpt-5.2", 10),
        ("claude-sonnet-4-6", 7),
    ]
    assert all(usage.aggregate and usage.context_tokens is None for usage in usages)


def test_a_bare_usage_of_langchain_is_told_by_its_details() -> None:
    usage = one(LANGCHAIN["usage_metadata"])
    assert usage.context_tokens == 35021


def test_what_langchain_counts_and_nobody_knows_is_kept() -> None:
    record = changed(LANGCHAIN, "usage_metadata", "input_token_details", hologram=7)
    assert dict(one(record).unknown) == {"input_token_details.hologram": 7}


@pytest.mark.parametrize("record", [VERCEL_6, VERCEL_5])
def test_versions_5_and_6_of_the_ai_sdk_say_the_same(record: dict[str, Any]) -> None:
    usage = one(record)
    # 904 + 4,096 = 5,000; 260 + 640 = 900
    assert counted(usage) == {
        "input": 904,
        "cache_read": 4096,
        "output": 260,
        "output.reasoning": 640,
    }
    assert (usage.context_tokens, usage.warnings) == (5000, ())


def test_a_result_of_the_ai_sdk_tells_model_id_and_time() -> None:
    usage = one(VERCEL_6)
    assert (usage.model, usage.id) == ("gpt-5.2", "resp_1")
    assert usage.at == instant("2026-08-01T10:00:00Z")


def test_version_4_of_the_ai_sdk_counts_prompt_and_completion() -> None:
    assert counted(one(VERCEL_4)) == {"input": 60, "output": 15}
    # what could not be measured is null there
    nothing = {"promptTokens": None, "completionTokens": None, "totalTokens": None}
    assert counted(one({"usage": nothing})) == {}


def test_cached_tokens_beside_the_input_of_the_ai_sdk_are_billed_beside_it() -> None:
    usage = one(changed(VERCEL_5, "usage", inputTokens=21, totalTokens=921))
    assert counted(usage)["input"] == 21
    assert usage.context_tokens == 4117
    assert usage.warnings == (
        "inputTokens (21) < cache tokens (4096): treated as exclusive of cache",
    )


def test_the_total_of_the_ai_sdk_shows_reasoning_beside_the_output() -> None:
    usage = one(changed(VERCEL_5, "usage", totalTokens=5000 + 900 + 640))
    assert counted(usage)["output"] == 900
    assert counted(usage)["output.reasoning"] == 640
    assert usage.warnings == ()


def test_a_total_of_the_ai_sdk_with_more_than_all_counts_is_billed_and_said() -> None:
    usage = one(changed(VERCEL_4, "usage", totalTokens=80))
    assert counted(usage) == {"input": 60, "output": 15, "output.reasoning": 5}
    assert usage.warnings == (
        "5 tokens in totalTokens are in neither promptTokens nor completionTokens;"
        " billed as reasoning",
    )


def test_a_total_of_the_ai_sdk_with_less_than_its_parts_is_said() -> None:
    usage = one(changed(VERCEL_4, "usage", totalTokens=70))
    assert counted(usage) == {"input": 60, "output": 15}
    assert usage.warnings == ("totalTokens is 70, the counts add up to 75",)


ANTHROPIC_RAW = {
    "input_tokens": 21,
    "output_tokens": 700,
    "cache_read_input_tokens": 30000,
    "cache_creation_input_tokens": 5000,
    "cache_creation": {"ephemeral_5m_input_tokens": 1500, "ephemeral_1h_input_tokens": 3500},
    "service_tier": "standard",
}


@pytest.mark.parametrize("is_metadata", [False, True])
def test_the_provider_s_own_usage_tells_more_than_the_ai_sdk(is_metadata: bool) -> None:
    record = {"usage": {"inputTokens": 35021, "outputTokens": 700, "totalTokens": 35721}}
    if is_metadata:
        record["providerMetadata"] = {"anthropic": {"usage": ANTHROPIC_RAW}}  # type: ignore[dict-item]
    else:
        record["usage"] |= {"inputTokenDetails": {}, "raw": ANTHROPIC_RAW}  # type: ignore[dict-item]
    record["response"] = {"modelId": "claude-sonnet-4-6", "id": "msg_1"}  # type: ignore[dict-item]
    usage = one(record)
    assert counted(usage)["cache_write.1h"] == 3500
    assert sum(usage.meters.values()) == 35721
    assert usage.attributes == {"service_tier": "standard"}
    assert (usage.model, usage.id, usage.raw) == ("claude-sonnet-4-6", "msg_1", record)


def test_responses_raw_without_a_total_is_not_taken_for_anthropic_s() -> None:
    raw = {
        "input_tokens": 5000,
        "input_tokens_details": {"cached_tokens": 4096},
        "output_tokens": 900,
        "output_tokens_details": {"reasoning_tokens": 640},
    }
    usage = one(changed(VERCEL_6, "usage", raw=raw))
    assert counted(usage)["input"] == 904
    assert not usage.unknown


def test_a_raw_usage_that_counts_less_is_not_what_was_billed() -> None:
    raw = {"input_tokens": 1, "output_tokens": 1}
    assert counted(one(changed(VERCEL_6, "usage", raw=raw)))["input"] == 904


def test_every_step_of_an_ai_sdk_result_is_a_line() -> None:
    step = VERCEL_4["usage"]
    more = {"promptTokens": 90, "completionTokens": 5, "totalTokens": 95}
    record = {"finishReason": "stop", "usage": more, "steps": [{"usage": step}, {"usage": more}]}
    assert [u.context_tokens for u in pricing.read_usage(record)] == [60, 90]


def test_the_sum_over_the_steps_of_an_ai_sdk_result_is_an_aggregate() -> None:
    whole = {"inputTokens": 150, "outputTokens": 20, "totalTokens": 170}
    last = {"inputTokens": 90, "outputTokens": 5, "totalTokens": 95}
    usage = one({"finishReason": "stop", "usage": last, "totalUsage": whole})
    assert counted(usage) == {"input": 150, "output": 20}
    assert usage.aggregate


def test_a_run_of_pydantic_ai_is_a_sum_with_its_number_of_requests() -> None:
    usage = one(PYDANTIC_RUN)
    # 450 + 50 audio + 3,900 + 100 read + 300 + 200 written = 5,000
    # 200 + 60 + 640 = 900
    assert counted(usage) == {
        "input": 450,
        "input.audio": 50,
        "cache_read": 3900,
        "cache_read.audio": 100,
        "cache_write": 300,
        "cache_write.1h": 200,
        "output": 200,
        "output.audio": 60,
        "output.reasoning": 640,
        "web_search": 1,
        "request": 3,
    }
    assert usage.aggregate
    assert usage.context_tokens is None


def test_a_response_of_pydantic_ai_is_one_line_with_its_context() -> None:
    usage = one(PYDANTIC_RESPONSE)
    assert counted(usage) == {
        "input": 904,
        "cache_read": 4096,
        "output": 260,
        "output.reasoning": 640,
    }
    assert (usage.model, usage.seller, usage.id) == ("gpt-5.2", "openai", "resp_2")
    assert (usage.context_tokens, usage.aggregate) == (5000, False)


def test_requests_that_pydantic_ai_could_not_measure_make_a_lower_bound() -> None:
    usage = one({**PYDANTIC_RUN, "unmeasured_requests": 2})
    assert usage.incomplete
    assert usage.warnings == ("2 requests without usage: the counts are a lower bound",)


def test_a_cost_that_pydantic_ai_worked_out_is_an_estimate() -> None:
    usage = one({**PYDANTIC_RUN, "cost": Decimal("0.01")})
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.01", "USD"), "estimate")


def test_what_pydantic_ai_s_details_count_beyond_the_wholes_is_kept() -> None:
    usage = one({**PYDANTIC_RUN, "details": {"holograms": 4, "text_prompt_tokens": 12}})
    assert dict(usage.unknown) == {"details.holograms": 4}


def test_cached_audio_of_pydantic_ai_beyond_all_audio_is_refused() -> None:
    with pytest.raises(UsageError, match="cached audio tokens are more than audio"):
        pricing.read_usage({**PYDANTIC_RUN, "cache_audio_read_tokens": 151})


def test_prompts_of_tools_that_the_ai_sdk_leaves_out_stand_in_the_raw_usage() -> None:
    raw = {
        "promptTokenCount": 1200,
        "candidatesTokenCount": 800,
        "thoughtsTokenCount": 300,
        "toolUsePromptTokenCount": 400,
        "totalTokenCount": 2700,
    }
    told = {"inputTokens": 1200, "outputTokens": 1100, "totalTokens": 2700, "raw": raw}
    usage = one({"usage": {**told, "inputTokenDetails": {}}})
    assert counted(usage) == {
        "input": 1200,
        "input.tool": 400,
        "output": 800,
        "output.reasoning": 300,
    }
    assert usage.context_tokens == 1600


def test_langchain_s_two_sides_are_of_one_tier_and_the_response_knows_it_best() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "input_token_details": {"priority": 10},
        "output_token_details": {"flex": 5},
    }
    with pytest.raises(UsageError, match="input and output are of different service tiers"):
        pricing.read_usage({"usage_metadata": usage})
    usage["output_token_details"] = {"priority": 5}
    served = {"response_metadata": {"service_tier": "default"}, "usage_metadata": usage}
    assert one(served).attributes == {"service_tier": "default"}
    served["response_metadata"] = {"service_tier": "fast"}
    assert one(served).attributes == {"service_tier": "priority"}


def test_a_raw_usage_whose_shape_nobody_knows_is_left_alone() -> None:
    usage = one(changed(VERCEL_6, "usage", raw={"holograms": 9_000}))
    assert counted(usage)["input"] == 904
