"""Usage in spans and events: OpenTelemetry's conventions, OpenInference, Claude Code's events."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from kept_samples import CLAUDE_CODE_OTEL, OPENINFERENCE, OTEL

import pricing
from pricing.errors import UsageError
from pricing.instants import instant


def one(record: dict[str, Any]) -> pricing.Usage:
    (usage,) = pricing.read_usage(record)
    return usage


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


def span(**attributes: Any) -> dict[str, Any]:
    """Give a span with these attributes of ``gen_ai.usage``, written with ``__`` for a dot."""
    told = {f"gen_ai.usage.{k.replace('__', '.')}": v for k, v in attributes.items()}
    return {"attributes": {"gen_ai.operation.name": "chat", **told}}


def test_a_span_of_otlp_tells_everything_that_prices_it() -> None:
    usage = one(OTEL)
    # 904 + 4,096 = 5,000; 260 + 640 = 900
    assert counted(usage) == {
        "input": 904,
        "cache_read": 4096,
        "output": 260,
        "output.reasoning": 640,
    }
    assert (usage.model, usage.seller, usage.id) == ("gpt-5.2", "azure", "chatcmpl-1")
    assert usage.attributes == {"service_tier": "flex"}
    assert usage.at == instant("2026-08-01T10:00:00Z")
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.011", "USD"), "estimate")
    assert usage.context_tokens == 5000


@pytest.mark.parametrize(
    ("key", "meter"),
    [
        ("cache_read__input_tokens", "cache_read"),
        ("cache_read_input_tokens", "cache_read"),
        ("input_tokens__cached", "cache_read"),
        ("details__cache_read_tokens", "cache_read"),
        ("details__cached_tokens", "cache_read"),
        ("cache_creation__input_tokens", "cache_write"),
        ("cache_creation_input_tokens", "cache_write"),
        ("cache_write__input_tokens", "cache_write"),
        ("input_tokens__cache_write", "cache_write"),
        ("details__cache_write_tokens", "cache_write"),
        ("reasoning__output_tokens", "output.reasoning"),
        ("output_tokens__reasoning", "output.reasoning"),
        ("details__reasoning_tokens", "output.reasoning"),
        ("details__thinking_tokens", "output.reasoning"),
        ("details__input_audio_tokens", "input.audio"),
    ],
)
def test_every_name_of_a_part_is_inside_its_whole(key: str, meter: str) -> None:
    usage = one(span(input_tokens=100, output_tokens=50, **{key: 7}))
    assert usage.meters[meter] == 7
    assert sum(usage.meters.values()) == 150
    assert usage.context_tokens == 100
    assert not usage.unknown


@pytest.mark.parametrize(
    "told",
    [
        {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 50},
        {"llm.usage.prompt_tokens": 100, "llm.usage.completion_tokens": 50},
        {"gen_ai": {"usage": {"input_tokens": 100, "output_tokens": 50}}},
    ],
)
def test_input_and_output_under_older_names_and_nested(told: dict[str, Any]) -> None:
    assert counted(one({"attributes": told})) == {"input": 100, "output": 50}
    assert counted(one(told)) == {"input": 100, "output": 50}


def test_an_input_smaller_than_its_cache_leaves_it_out() -> None:
    usage = one(span(input_tokens=21, output_tokens=7, cache_read__input_tokens=30000))
    assert counted(usage) == {"input": 21, "cache_read": 30000, "output": 7}
    assert usage.context_tokens == 30021
    assert usage.warnings == (
        "input_tokens (21) < cache tokens (30000): treated as exclusive of cache",
    )


def test_the_total_shows_that_an_input_larger_than_its_cache_leaves_it_out() -> None:
    usage = one(
        span(input_tokens=500, output_tokens=7, cache_read__input_tokens=300, total_tokens=807)
    )
    assert counted(usage) == {"input": 500, "cache_read": 300, "output": 7}
    assert usage.warnings == (
        "input_tokens (500) excludes by total_tokens the cache tokens (300):"
        " treated as exclusive of cache",
    )


def test_two_names_of_one_count_count_once() -> None:
    both = {"cache_read__input_tokens": 40, "cache_read_input_tokens": 40}
    usage = one(span(input_tokens=100, output_tokens=1, **both))
    assert counted(usage) == {"input": 60, "cache_read": 40, "output": 1}
    assert usage.warnings == ()
    both["cache_read_input_tokens"] = 30
    usage = one(span(input_tokens=100, output_tokens=1, **both))
    assert counted(usage)["cache_read"] == 40
    assert usage.warnings == (
        "gen_ai.usage.cache_read_input_tokens is 30, gen_ai.usage.cache_read.input_tokens 40",
    )


@pytest.mark.parametrize("operation", ["invoke_agent", "create_agent", "agent_step"])
def test_an_agent_s_span_repeats_others_and_bills_nothing(operation: str) -> None:
    record = span(input_tokens=900, output_tokens=90)
    record["attributes"]["gen_ai.operation.name"] = operation
    usage = one(record)
    assert usage.meters == {}
    assert usage.free == "agent_rollups"
    assert usage.warnings == ("agent roll-up span skipped",)


@pytest.mark.parametrize(
    ("operation", "lines"), [("ai.generateText", {}), ("ai.generateText.doGenerate", {"input": 60})]
)
def test_of_the_ai_sdk_s_spans_only_the_calls_are_billed(
    operation: str, lines: dict[str, int]
) -> None:
    told = {"ai.operationId": operation, "ai.usage.inputTokens": 60, "ai.usage.outputTokens": 0}
    assert counted(one({"attributes": told})) == lines


def test_an_attribute_of_usage_that_nobody_knows_is_kept() -> None:
    usage = one(span(input_tokens=1, output_tokens=1, holograms=7))
    assert dict(usage.unknown) == {"gen_ai.usage.holograms": 7}
    listed = deepcopy(OTEL)
    listed["attributes"].append({"key": "gen_ai.usage.holograms", "value": {"intValue": "7"}})
    assert dict(one(listed).unknown) == {"gen_ai.usage.holograms": 7}


@pytest.mark.parametrize("bad", [-1, "x", True, [1]])
def test_a_count_that_is_no_count_is_refused(bad: object) -> None:
    with pytest.raises(UsageError, match=r"gen_ai\.usage\.input_tokens"):
        pricing.read_usage(span(input_tokens=bad, output_tokens=1))


def test_openinference_counts_cache_and_reasoning_inside() -> None:
    usage = one(OPENINFERENCE)
    # 804 + 100 audio + 4,096 = 5,000
    assert counted(usage) == {
        "input": 804,
        "input.audio": 100,
        "cache_read": 4096,
        "output": 260,
        "output.reasoning": 640,
    }
    assert (usage.model, usage.seller) == ("gpt-5.2", "openai")
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.011", "USD"), "estimate")


def test_openinference_s_cache_input_is_what_was_read() -> None:
    told = {
        "llm.token_count.prompt": 10,
        "llm.token_count.completion": 1,
        "llm.token_count.prompt_details.cache_input": 4,
        "llm.token_count.prompt_details.cache_read": 0,
        "llm.token_count.prompt_details.cache_write": 3,
    }
    assert counted(one({"attributes": told})) == {
        "input": 3,
        "cache_read": 4,
        "cache_write": 3,
        "output": 1,
    }


@pytest.mark.parametrize("kind", ["AGENT", "CHAIN"])
def test_the_sums_on_openinference_s_outer_spans_bill_nothing(kind: str) -> None:
    record = deepcopy(OPENINFERENCE)
    record["attributes"]["openinference.span.kind"] = kind
    assert one(record).free == "agent_rollups"


def test_a_span_with_both_conventions_is_read_once() -> None:
    record = deepcopy(OPENINFERENCE)
    record["attributes"] |= {"gen_ai.usage.input_tokens": 5000, "gen_ai.usage.output_tokens": 900}
    assert counted(one(record)) == {"input": 5000, "output": 900}


def test_claude_code_s_event_counts_side_by_side_and_its_cost_is_exact() -> None:
    usage = one(CLAUDE_CODE_OTEL)
    assert counted(usage) == {"input": 21, "cache_read": 30000, "cache_write": 5000, "output": 700}
    assert usage.context_tokens == 35021
    assert usage.attributes == {"speed": "fast"}
    # 45,612 millionths, which cost_usd rounds
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.045612", "USD"), "estimate")
    assert (usage.id, usage.model) == ("req_011", "claude-sonnet-4-6")
    assert usage.at == instant("2026-08-01T10:00:00Z")


def test_an_agent_s_span_is_told_by_openinference_s_kind_too() -> None:
    record = span(input_tokens=900, output_tokens=90)
    record["attributes"]["openinference.span.kind"] = "AGENT"
    assert one(record).free == "agent_rollups"
