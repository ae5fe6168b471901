"""Bedrock's counts: Converse, its streams, InvokeModel and the invocation log."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from makers_samples import (
    CONVERSE,
    CONVERSE_STREAM,
    INVOKED,
    LLAMA,
    LOGGED,
    NOVA,
    STREAMED,
    TITAN,
)

import pricing
from pricing.errors import UsageError
from pricing.instants import instant


def one(record: object) -> pricing.Usage:
    (usage,) = pricing.read_usage(record)
    return usage


def converse(**said: Any) -> pricing.Usage:
    return one({"output": {}, "usage": said})


def test_the_four_counts_of_converse_add_up_to_the_total() -> None:
    # 7,365 = 3 + 288 + 3,000 + 4,074, and 4,074 = 2,000 for an hour + 2,074 for five minutes
    usage = one(CONVERSE)
    assert usage.meters == {
        "input": 3,
        "cache_read": 3000,
        "cache_write.5m": 2074,
        "cache_write.1h": 2000,
        "output": 288,
    }
    assert usage.context_tokens == 7077
    assert usage.attributes == {"service_tier": "priority", "latency": "optimized"}
    assert (usage.id, usage.model, usage.warnings) == ("b1", None, ())
    assert one({**CONVERSE, "modelId": "amazon.nova-lite-v1:0"}).model == "amazon.nova-lite-v1:0"


def test_a_stream_tells_it_in_its_metadata() -> None:
    usage = one(CONVERSE_STREAM)
    assert usage.meters == {"input": 406, "output": 53}
    assert usage.attributes == {"service_tier": "default"}


def test_nova_has_one_name_only_for_the_cache() -> None:
    assert one(NOVA).meters == {"input": 13, "output": 5}
    assert converse(inputTokens=13, cacheReadInputTokenCount=1504).meters == {
        "input": 13,
        "cache_read": 1504,
        "output": 0,
    }


def test_two_names_of_one_count_that_disagree_are_refused() -> None:
    with pytest.raises(UsageError, match="cacheReadInputTokens is 5"):
        converse(inputTokens=1, cacheReadInputTokens=5, cacheReadInputTokenCount=6)


def test_what_was_written_without_a_time_to_live_stays_so() -> None:
    usage = converse(inputTokens=9, outputTokens=5, cacheWriteInputTokens=11207, totalTokens=11221)
    assert usage.meters == {"input": 9, "cache_write": 11207, "output": 5}
    assert usage.warnings == ()


def test_a_breakdown_of_the_cache_that_falls_short_is_not_priced() -> None:
    # 3,000 - 2,000 = 1,000
    usage = converse(
        inputTokens=1200,
        outputTokens=800,
        totalTokens=5000,
        cacheWriteInputTokens=3000,
        cacheDetails=[{"ttl": "1h", "inputTokens": 2000}],
    )
    assert usage.meters["cache_write"] == 1000
    assert usage.warnings == ("cacheDetails breakdown (2000) != cacheWriteInputTokens (3000)",)
    assert usage.unknown == {"cacheWriteInputTokens beyond cacheDetails": 1000}


def test_a_breakdown_larger_than_what_was_written_is_refused() -> None:
    with pytest.raises(UsageError, match=r"cacheDetails \(6\)"):
        converse(
            inputTokens=1,
            cacheWriteInputTokens=5,
            cacheDetails=[{"ttl": "5m", "inputTokens": 6}],
        )


def test_a_time_to_live_that_nobody_knows_is_kept() -> None:
    usage = converse(
        inputTokens=1,
        cacheWriteInputTokens=5,
        cacheDetails=[{"ttl": "24h", "inputTokens": 5}],
    )
    assert usage.meters == {"input": 1, "output": 0}
    assert usage.unknown == {"cacheDetails.24h": 5}


@pytest.mark.parametrize(
    ("total", "warnings", "unknown"),
    [
        (110, (), {}),
        (None, (), {}),
        (60, ("totalTokens is 60, the counts add up to 110",), {}),
        (50, ("totalTokens is 50, the counts add up to 110",), {}),
        (
            115,
            ("totalTokens is 115, the counts add up to 110",),
            {"totalTokens beyond its parts": 5},
        ),
    ],
)
def test_a_total_that_is_no_sum_is_said(
    total: int | None, warnings: tuple[str, ...], unknown: dict[str, int]
) -> None:
    usage = converse(inputTokens=40, outputTokens=20, cacheReadInputTokens=50, totalTokens=total)
    assert usage.meters == {"input": 40, "cache_read": 50, "output": 20}
    assert (usage.warnings, usage.unknown) == (warnings, unknown)


def test_searches_of_the_server_s_tools_are_counted() -> None:
    usage = converse(inputTokens=1, serverToolUsage={"webSearchRequests": 2, "runes": 3})
    assert usage.meters["web_search"] == 2
    assert usage.unknown == {"serverToolUsage.runes": 3}


def test_invoke_model_tells_its_counts_in_the_headers() -> None:
    usage = one(INVOKED)
    assert usage.meters == {"input": 12, "cache_read": 500, "output": 34}
    assert usage.context_tokens == 512
    assert (usage.id, usage.attributes) == ("b2", {"service_tier": "flex"})
    headers = {"X-Amzn-Bedrock-Input-Token-Count": "7", "X-Amzn-Bedrock-Output-Token-Count": 3}
    assert one({"headers": headers, "body": "…"}).meters == {"input": 7, "output": 3}


def test_the_last_event_of_a_stream_tells_its_counts() -> None:
    assert one(STREAMED).meters == {"input": 12, "cache_write": 900, "output": 34}


def test_titan_and_llama_have_counts_of_their_own() -> None:
    assert one(TITAN).meters == {"input": 5, "output": 35}
    assert one({"embedding": [0.1], "inputTextTokenCount": 5}).meters == {"input": 5, "output": 0}
    assert one(LLAMA).meters == {"input": 24, "output": 61}


def test_a_record_of_the_invocation_log_is_a_call_at_bedrock() -> None:
    # what was written lives as the body says: 5,000 = 1,500 + 3,500
    usage = one(LOGGED)
    assert usage.meters == {
        "input": 21,
        "cache_read": 30000,
        "cache_write.5m": 1500,
        "cache_write.1h": 3500,
        "output": 700,
    }
    assert usage.context_tokens == 35021
    assert (usage.seller, usage.id) == ("aws-bedrock", "b3")
    assert usage.model == "us.anthropic.claude-sonnet-4-6-v1:0"
    assert usage.at == instant("2026-09-01T00:00:00Z")
    assert usage.free is None


@pytest.mark.parametrize(
    ("model", "region", "wanted"),
    [
        ("mistral.magistral-small-2509", "eu-west-2", {"region": "eu-west-2"}),
        ("zai.glm-4.7", "sa-east-1", {"region": "sa-east-1"}),
        ("us.anthropic.claude-sonnet-4-6", "us-east-1", {}),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.amazon.nova-lite-v1:0", "eu-west-1", {}),
        ("anthropic.claude-opus-4-8", "us-gov-west-1", {"endpoint": "govcloud"}),
        ("us-gov.anthropic.claude-opus-4-8", "us-gov-west-1", {"endpoint": "govcloud"}),
        ("meta.llama3-70b-instruct-v1:0", None, {}),
    ],
)
def test_the_region_of_a_logged_call_counts_unless_a_profile_ran_it(
    model: str, region: str | None, wanted: dict[str, str]
) -> None:
    assert one({**LOGGED, "modelId": model, "region": region}).attributes == wanted


def test_the_log_of_a_stream_keeps_its_events() -> None:
    record = copy.deepcopy(LOGGED)
    body = record["output"]["outputBodyJson"]
    record["output"]["outputBodyJson"] = [
        {"type": "message_start", "message": body},
        {"type": "message_stop"},
    ]
    assert one(record).meters == one(LOGGED).meters
    del record["output"]["outputBodyJson"]
    assert one(record).meters["cache_write"] == 5000


def test_a_call_that_failed_is_not_billed_unless_it_made_something() -> None:
    failed = copy.deepcopy(LOGGED)
    failed["errorCode"] = "ModelStreamErrorException"
    assert one(failed).free is None
    failed["output"] = None
    failed["input"] = {"inputTokenCount": 0}
    assert one(failed).free == "errors_not_billed"
