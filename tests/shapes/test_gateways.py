"""Usage as LiteLLM, Langfuse and Helicone keep it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kept_samples import HELICONE, LANGFUSE, LITELLM, SPEND_LOG

import pricing
from pricing.errors import UsageError
from pricing.instants import instant


def one(record: dict[str, Any]) -> pricing.Usage:
    (usage,) = pricing.read_usage(record)
    return usage


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


def test_the_larger_of_litellm_s_two_cache_counts_is_what_was_cached() -> None:
    # older versions: cached_tokens 0 beside cache_read_input_tokens 30,940
    # 31,161 = 21 + 30,940 + 200
    usage = one(LITELLM)
    assert counted(usage) == {
        "input": 21,
        "cache_read": 30940,
        "cache_write": 200,
        "output": 700,
    }
    assert usage.context_tokens == 31161
    assert usage.raw is LITELLM


def test_a_web_search_that_litellm_says_twice_is_billed_once() -> None:
    usage = dict(LITELLM["usage"])
    usage["server_tool_use"] = {"web_search_requests": 2, "tool_search_requests": 5}
    usage["prompt_tokens_details"] = {"cached_tokens": 30940, "web_search_requests": 2}
    found = one({**LITELLM, "usage": usage})
    assert found.meters["web_search"] == 2
    assert not found.unknown


def test_litellm_passes_on_what_served_a_request() -> None:
    usage = LITELLM["usage"] | {"speed": "fast", "inference_geo": "us"}
    assert one({**LITELLM, "usage": usage}).attributes == {"speed": "fast", "inference_geo": "us"}


def test_a_row_of_litellm_s_spend_log_tells_seller_time_and_estimate() -> None:
    usage = one(SPEND_LOG)
    assert counted(usage) == {"input": 21, "cache_read": 30000, "cache_write": 5000, "output": 700}
    assert (usage.id, usage.seller) == ("chatcmpl-9", "aws-bedrock")
    assert usage.at == instant("2026-08-01T10:00:00.25Z")  # the table's times are UTC's
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.0456", "USD"), "estimate")
    assert usage.labels == {"session": "s1", "key": "88dc"}
    assert (usage.free, usage.warnings) == (None, ())


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({"cache_hit": "True"}, "cache_hits"),
        ({"cache_hit": True}, "cache_hits"),
        ({"cache_hit": "None"}, None),
        ({"cache_hit": ""}, None),
        ({"status": "failure"}, "errors_not_billed"),
        ({"status": None, "metadata": {"status": "failure"}}, "errors_not_billed"),
    ],
)
def test_what_litellm_s_cache_answered_or_what_failed_is_free(
    changes: dict[str, Any], free: str | None
) -> None:
    assert one({**SPEND_LOG, **changes}).free == free


def test_a_csv_row_of_litellm_s_spend_log_reads_as_the_json_row() -> None:
    row = {key: str(value) for key, value in SPEND_LOG.items()}
    assert one(row).meters == one(SPEND_LOG).meters
    assert one(row).reported == one(SPEND_LOG).reported


@pytest.mark.parametrize("metadata", [{}, "{}", "", None])
def test_without_a_usage_object_the_row_s_own_counts_are_read(metadata: object) -> None:
    usage = one({**SPEND_LOG, "metadata": metadata})
    assert counted(usage) == {"input": 35021, "output": 700}


def test_the_details_of_older_spend_logs_are_read_beside_the_row_s_counts() -> None:
    more = {"cache_read_input_tokens": 30000, "prompt_tokens_details": None}
    usage = one({**SPEND_LOG, "metadata": {"additional_usage_values": more}})
    assert counted(usage) == {"input": 5021, "cache_read": 30000, "output": 700}


def test_a_spend_log_row_that_differs_from_its_metadata_is_said() -> None:
    usage = one({**SPEND_LOG, "completion_tokens": 701})
    assert usage.warnings == ("completion_tokens is 701, in its metadata 700",)


def test_a_batch_in_the_spend_log_is_a_sum_at_batch_prices() -> None:
    held = json.loads(SPEND_LOG["metadata"]) | {"batch_models": ["claude-sonnet-4-6"]}
    usage = one({**SPEND_LOG, "metadata": held})
    assert (usage.aggregate, usage.context_tokens) == (True, None)
    assert usage.attributes == {"service_tier": "batch"}
    with pytest.raises(UsageError, match="a batch of 2 models in one row"):
        pricing.read_usage({**SPEND_LOG, "metadata": {"batch_models": ["a", "b"]}})


def test_metadata_that_is_no_json_is_refused() -> None:
    with pytest.raises(UsageError, match="metadata is no JSON"):
        pricing.read_usage({**SPEND_LOG, "metadata": "{'usage_object': 1}"})


def observed(**usage: Any) -> dict[str, Any]:
    return {"id": "o", "type": "GENERATION", "model": "gpt-5.2", "usageDetails": usage}


def test_langfuse_s_keys_are_added_up() -> None:
    usage = one(LANGFUSE)
    # 904 + 4,096 + 260 + 640 = 5,900
    assert counted(usage) == {
        "input": 904,
        "cache_read": 4096,
        "output": 260,
        "output.reasoning": 640,
    }
    assert usage.context_tokens == 5000
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.011", "USD"), "estimate")


def test_the_tier_that_langfuse_s_application_asked_for_is_not_the_one_that_served() -> None:
    usage = one(LANGFUSE)
    assert usage.attributes == {}
    assert usage.labels == {"session": "s1", "requested_service_tier": "flex"}


@pytest.mark.parametrize(
    ("key", "meter"),
    [
        ("input_cache_read", "cache_read"),
        ("cache_read_input_tokens", "cache_read"),
        ("cache_creation_input_tokens", "cache_write"),
        ("input_cache_creation_5m", "cache_write.5m"),
        ("input_cache_creation_1h", "cache_write.1h"),
        ("input_audio_tokens", "input.audio"),
        ("output_reasoning", "output.reasoning"),
        ("thoughtsTokenCount", "output.reasoning"),
        ("output_image_tokens", "output.image"),
    ],
)
def test_langfuse_s_names_of_one_count(key: str, meter: str) -> None:
    assert counted(one(observed(input=10, output=5, **{key: 7}))) == {
        "input": 10,
        "output": 5,
        meter: 7,
    }


def test_a_key_of_langfuse_that_nobody_knows_is_said_and_not_priced() -> None:
    usage = one(observed(input=100, output=5, weird_key=7, total=105))
    assert counted(usage) == {"input": 100, "output": 5}
    assert usage.warnings == ("unknown usage key weird_key=7",)
    assert dict(usage.unknown) == {"weird_key": 7}


@pytest.mark.parametrize("total", [105, 112, None])
def test_langfuse_s_total_may_hold_the_unknown_key_or_not(total: int | None) -> None:
    usage = one(observed(input=100, output=5, weird_key=7, total=total))
    assert usage.warnings == ("unknown usage key weird_key=7",)


def test_a_total_of_input_and_output_shows_that_langfuse_holds_the_rest_inside() -> None:
    usage = one(observed(input=5000, output=900, input_cached_tokens=4096, total=5900))
    assert counted(usage) == {"input": 904, "cache_read": 4096, "output": 900}
    assert usage.context_tokens == 5000
    assert usage.warnings == (
        "total (5900) is input + output: what else is counted is taken as inside them",
    )


def test_a_total_of_langfuse_that_is_no_sum_is_said() -> None:
    usage = one(observed(input=10, output=5, total=99))
    assert usage.warnings == ("total is 99, the counts add up to 15",)


def test_a_count_that_langfuse_holds_under_two_names_counts_once() -> None:
    usage = one(observed(input=10, input_tokens=10, output=5, total=15))
    assert counted(usage) == {"input": 10, "output": 5}
    assert usage.warnings == ("input stands there twice (10): counted once",)
    both = one(observed(input=10, input_tokens=10, output=5, total=25))
    assert counted(both) == {"input": 20, "output": 5}


def test_an_observation_without_usage_is_no_line() -> None:
    assert pricing.read_usage({"id": "o2", "type": "SPAN", "usage_details": {}}) == ()


def test_the_older_usage_of_langfuse_is_read_in_tokens_only() -> None:
    old = {"id": "o", "model": "gpt-5.2", "usage": {"input": 10, "output": 5, "total": 15}}
    assert counted(one(old)) == {"input": 10, "output": 5}
    old["usage"] |= {"unit": "CHARACTERS"}
    with pytest.raises(UsageError, match="counts of CHARACTERS, not of tokens"):
        pricing.read_usage(old)
    beside = {"usageDetails": {}, "promptTokens": 10, "completionTokens": 5, "totalTokens": 15}
    assert counted(one(beside)) == {"input": 10, "output": 5}


def test_helicone_s_prompt_leaves_the_cache_out() -> None:
    usage = one(HELICONE)
    # 21 + 30,000 + 5,000 + 700 = 35,721
    assert counted(usage) == {"input": 21, "cache_read": 30000, "cache_write": 5000, "output": 700}
    assert usage.context_tokens == 35021
    assert (usage.id, usage.seller, usage.status) == ("h1", "anthropic", 200)
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.0456", "USD"), "estimate")
    assert (usage.free, usage.warnings) == (None, ())


def test_a_total_of_helicone_without_the_cache_decides_nothing() -> None:
    usage = one({**HELICONE, "prompt_tokens": 40000, "total_tokens": 40700})
    assert counted(usage)["input"] == 40000
    assert usage.warnings == ()


def test_helicone_counts_audio_beside_text() -> None:
    usage = one(
        {
            **HELICONE,
            "prompt_audio_tokens": 50,
            "completion_audio_tokens": 8,
            "total_tokens": 35721 + 58,
        }
    )
    assert counted(usage)["input"] == 21
    assert counted(usage)["input.audio"] == 50
    assert counted(usage)["output.audio"] == 8
    assert usage.context_tokens == 35071
    assert usage.warnings == ()


def test_what_helicone_s_cache_answered_is_free_and_an_error_tells_its_status() -> None:
    assert one({**HELICONE, "cache_reference_id": "6f1c"}).free == "cache_hits"
    assert one({**HELICONE, "cache_reference_id": None}).free is None
    assert one({**HELICONE, "response_status": 429}).status == 429
    assert one({**HELICONE, "response_status": -3}).status is None


@pytest.mark.parametrize(
    ("tags", "label"),
    [
        (["search", "batch"], "batch, search"),
        (["batch", "search", "batch"], "batch, search"),
        ('["search", "batch"]', "batch, search"),
        (["User-Agent: OpenAI", "User-Agent: OpenAI/1.2", "search"], "search"),
        (["User-Agent: OpenAI"], None),
        ("nightly", "nightly"),
        ([], None),
        ("[]", None),
        ({}, None),
    ],
)
def test_all_tags_of_a_spend_log_row_are_one_label(tags: object, label: str | None) -> None:
    usage = one({**SPEND_LOG, "request_tags": tags})
    assert usage.labels.get("tag") == label


def test_who_a_spend_log_row_was_for_is_a_label() -> None:
    told = {"end_user": "e", "organization_id": "o", "agent_id": "a", "model_group": "fast"}
    metadata = json.loads(SPEND_LOG["metadata"]) if isinstance(SPEND_LOG["metadata"], str) else {}
    usage = one({**SPEND_LOG, **told, "metadata": {**metadata, "project_id": "p"}})
    assert usage.labels == {
        "session": "s1", "key": "88dc", "end_user": "e", "organization": "o", "agent": "a",
        "model_group": "fast", "project": "p",
    }  # fmt: skip


def test_a_session_of_helicone_is_a_property() -> None:
    for key in ("properties", "request_properties"):
        usage = one({**HELICONE, key: {"Helicone-Session-Id": "s9"}})
        assert usage.labels["session"] == "s9"


def test_what_a_langfuse_export_tells_of_its_trace_are_labels() -> None:
    told = {"tags": ["b", "a"], "project_id": "p", "environment": "prod", "trace_name": "answer"}
    labels = one({**LANGFUSE, **told}).labels
    assert {key: labels[key] for key in ("tag", "project", "environment", "trace")} == {
        "tag": "a, b",
        "project": "p",
        "environment": "prod",
        "trace": "answer",
    }
    assert one({**LANGFUSE, "tags": '["x"]'}).labels["tag"] == "x"
