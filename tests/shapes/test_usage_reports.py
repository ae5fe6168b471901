"""Usage that a provider has added up: its reports, sessions so far, and results of batches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import pricing
from pricing.errors import UsageError
from pricing.instants import instant
from pricing.money import Money


def read(record: dict[str, Any]) -> pricing.Usage:
    (found,) = pricing.read_usage(record)
    return found


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


# OpenAI: organization/usage/…


def row(family: str = "completions", **fields: Any) -> dict[str, Any]:
    return {"object": f"organization.usage.{family}.result", **fields}


COMPLETIONS = row(
    input_tokens=141201,
    input_cached_tokens=100000,
    input_cache_write_tokens=1200,
    output_tokens=9756,
    num_model_requests=470,
    model="gpt-5.6-sol",
)


def test_the_parts_of_a_row_add_up_to_its_wholes() -> None:
    # 141,201 = 100,000 cached + 1,200 written + 40,001
    usage = read(COMPLETIONS)
    assert counted(usage) == {
        "input": 40001,
        "cache_read": 100000,
        "cache_write.30m": 1200,
        "output": 9756,
        "request": 470,
    }
    assert usage.aggregate
    assert usage.context_tokens is None


def test_a_row_by_kind_counts_each_kind_s_tokens_that_are_not_cached() -> None:
    kinds = {
        "input_uncached_tokens": 40001,
        "input_text_tokens": 38901,
        "input_audio_tokens": 1000,
        "input_image_tokens": 100,
        "input_cached_text_tokens": 99000,
        "input_cached_audio_tokens": 600,
        "input_cached_image_tokens": 400,
        "output_text_tokens": 9000,
        "output_audio_tokens": 700,
        "output_image_tokens": 56,
    }
    usage = read(COMPLETIONS | kinds)
    assert counted(usage) == {
        "input": 38901,
        "input.audio": 1000,
        "input.image": 100,
        "cache_read": 99000,
        "cache_read.audio": 600,
        "cache_read.image": 400,
        "cache_write.30m": 1200,
        "output": 9000,
        "output.audio": 700,
        "output.image": 56,
        "request": 470,
    }
    assert usage.warnings == ()


@pytest.mark.parametrize(
    "written",
    [
        {"input_cache_write_tokens": 1200, "input_cache_write_12h_tokens": 200},
        {
            "input_cache_write_tokens": None,
            "input_cache_write_30m_tokens": 1000,
            "input_cache_write_12h_tokens": 200,
        },
    ],
)
def test_cache_writes_of_a_row_are_told_apart_by_their_time_to_live(
    written: dict[str, Any],
) -> None:
    usage = read(COMPLETIONS | written)
    assert usage.meters["cache_write.30m"] == 1000
    assert usage.meters["cache_write.12h"] == 200


@pytest.mark.parametrize(
    ("fields", "attributes"),
    [
        ({"batch": True, "service_tier": "default"}, {"service_tier": "batch"}),
        ({"batch": False, "service_tier": "flex"}, {"service_tier": "flex"}),
        ({"batch": None, "service_tier": None}, {}),
    ],
)
def test_a_row_of_batches_is_batch_priced(
    fields: dict[str, Any], attributes: dict[str, str]
) -> None:
    assert read(COMPLETIONS | fields).attributes == attributes


def test_what_a_row_is_grouped_by_becomes_labels() -> None:
    groups = {"project_id": "proj_1", "api_key_id": None, "user_id": "user_1"}
    assert read(COMPLETIONS | groups).labels == {"project_id": "proj_1", "user_id": "user_1"}


def test_a_text_count_that_is_not_the_rest_is_said() -> None:
    usage = read(COMPLETIONS | {"input_text_tokens": 39999})
    assert usage.warnings == ("input_text_tokens is 39999, the rest of input_tokens is 40001",)


@pytest.mark.parametrize(
    "fields",
    [
        {"input_uncached_tokens": 40000},
        {"input_audio_tokens": 40002},
        {"input_cached_tokens": 140002},
        {"input_cache_write_12h_tokens": 1201},
        {"output_image_tokens": 9757},
        {"num_model_requests": -1},
    ],
)
def test_a_row_whose_parts_are_more_than_the_whole_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        read(COMPLETIONS | fields)


def test_a_count_of_a_row_that_nobody_knows_is_kept() -> None:
    assert read(COMPLETIONS | {"input_hologram_tokens": 7}).unknown == {"input_hologram_tokens": 7}


@pytest.mark.parametrize(
    ("record", "meters", "attributes"),
    [
        (row("embeddings", input_tokens=5, num_model_requests=1), {"input": 5, "request": 1}, {}),
        (row("moderations", input_tokens=5, num_model_requests=1), {"input": 5, "request": 1}, {}),
        (
            row("images", images=3, num_model_requests=2, size="1024x1024"),
            {"image": 3, "request": 2},
            {"size": "1024x1024"},
        ),
        (
            row("audio_speeches", characters=120, num_model_requests=2),
            {"characters": 120, "request": 2},
            {},
        ),
        (
            row("audio_transcriptions", seconds=61, num_model_requests=2),
            {"audio_seconds": 61, "request": 2},
            {},
        ),
        (row("code_interpreter_sessions", num_sessions=4), {"code_interpreter": 4}, {}),
        (row("file_searches", num_requests=6), {"file_search": 6}, {}),
        (
            row("web_searches", num_requests=8, num_model_requests=5, context_level="medium"),
            {"web_search": 8},
            {"search_context": "medium"},
        ),
    ],
)
def test_other_reports_count_what_they_bill(
    record: dict[str, Any], meters: dict[str, int], attributes: dict[str, str]
) -> None:
    usage = read(record)
    assert counted(usage) == meters
    assert usage.attributes == attributes
    assert usage.unknown == {}
    assert usage.aggregate


def test_stored_bytes_have_no_price_and_are_not_dropped() -> None:
    assert read(row("vector_stores", usage_bytes=1024)).unknown == {"usage_bytes": 1024}


# Anthropic: usage_report/messages, and the analytics that follow it

MESSAGES = {
    "uncached_input_tokens": 1500,
    "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
    "cache_read_input_tokens": 200,
    "output_tokens": 500,
    "server_tool_use": {"web_search_requests": 10},
}
PARTS = {
    "input": 1500,
    "cache_read": 200,
    "cache_write.5m": 500,
    "cache_write.1h": 1000,
    "output": 500,
    "web_search": 10,
}


def test_a_row_that_is_not_grouped_names_nothing() -> None:
    groups = dict.fromkeys(("model", "service_tier", "context_window", "inference_geo", "speed"))
    usage = read(MESSAGES | groups)
    assert counted(usage) == PARTS
    assert (usage.model, usage.attributes, usage.labels) == (None, {}, {})
    assert usage.aggregate
    assert usage.context_tokens is None


def test_a_row_tells_tier_place_speed_and_length() -> None:
    told = {
        "service_tier": "batch",
        "context_window": "200k-1M",
        "inference_geo": "us",
        "speed": "fast",
    }
    usage = read(MESSAGES | told | {"model": "claude-sonnet-4-6", "workspace_id": "wrkspc_1"})
    assert usage.attributes == told
    assert usage.labels == {"workspace_id": "wrkspc_1"}


def test_analytics_hold_their_dimensions_apart_and_count_requests() -> None:
    # 1,500 + 1,000 + 500 + 200 + 500 = 3,700
    usage = read(
        {
            "starting_at": "2026-08-01T00:00:00Z",
            "ending_at": "2026-08-02T00:00:00Z",
            "group": {"model": "claude-opus-5-5", "speed": "fast", "product": "claude_code"},
            "usage": {**MESSAGES, "requests": 12, "total_tokens": 3700},
        }
    )
    assert counted(usage) == {**PARTS, "request": 12}
    assert (usage.model, usage.attributes) == ("claude-opus-5-5", {"speed": "fast"})
    assert usage.labels == {"product": "claude_code"}
    assert usage.at == instant("2026-08-01")
    assert usage.warnings == ()


def test_a_total_that_the_counts_do_not_add_up_to_is_said() -> None:
    record = {"group": {}, "usage": {**MESSAGES, "total_tokens": 3701}}
    assert read(record).warnings == ("total_tokens is 3701, the counts add up to 3700",)


def test_a_counter_that_nobody_knows_stays() -> None:
    odd = {"cache_creation": {"ephemeral_24h_input_tokens": 7}, "hologram_tokens": 2}
    assert read(MESSAGES | odd).unknown == {
        "cache_creation.ephemeral_24h_input_tokens": 7,
        "hologram_tokens": 2,
    }


# Anthropic: managed agents

SNAPSHOT = {
    "active_seconds": 412.5,
    "input_tokens": 5200,
    "output_tokens": 900,
    "cache_read_input_tokens": 41000,
    "cache_creation": {"ephemeral_5m_input_tokens": 2200},
    "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": None},
}


@pytest.mark.parametrize(
    "record",
    [
        {"type": "session.usage", "usage": SNAPSHOT},
        {"type": "session", "usage": SNAPSHOT},
        {"type": "session_thread", "usage": SNAPSHOT},
        {"usage": SNAPSHOT},
        SNAPSHOT,
    ],
)
def test_a_snapshot_counts_a_session_so_far(record: dict[str, Any]) -> None:
    usage = read(record)
    assert counted(usage) == {
        "input": 5200,
        "cache_read": 41000,
        "cache_write.5m": 2200,
        "output": 900,
        "web_search": 1,
        "active_seconds": Decimal("412.5"),
    }
    assert usage.cumulative
    assert usage.aggregate
    assert usage.context_tokens is None
    assert usage.unknown == {}


@pytest.mark.parametrize(
    ("amount", "money"),
    # minor units as whole numbers; the currency itself where there is a point
    [("2500", "25.00"), ("50", "0.50"), ("8", "0.08"), (8, "0.08"), ("0.0831", "0.0831")],
)
def test_a_list_cost_is_in_cents(amount: object, money: str) -> None:
    cost = {"amount": amount, "currency": "USD"}
    usage = read({"type": "session.usage", "usage": {**SNAPSHOT, "list_cost": cost}})
    assert usage.reported == Money(money, "USD")
    assert usage.reported_kind == "list_cumulative"


@pytest.mark.parametrize("cost", [{"amount": "8"}, {"currency": "USD"}, "8 USD", {"amount": "-8"}])
def test_a_list_cost_without_amount_or_currency_is_refused(cost: object) -> None:
    with pytest.raises(UsageError):
        read({"type": "session.usage", "usage": {**SNAPSHOT, "list_cost": cost}})


def test_a_session_names_its_agent_s_model() -> None:
    agent = {"model": {"id": "claude-opus-5-5", "speed": "fast", "inference_geo": None}}
    usage = read({"type": "session", "agent": agent, "usage": SNAPSHOT})
    assert (usage.model, usage.attributes) == ("claude-opus-5-5", {"speed": "fast"})


def test_one_model_request_of_a_session_is_a_request() -> None:
    usage = read(
        {
            "id": "evt_2",
            "type": "span.model_request_end",
            "processed_at": "2026-08-01T10:00:00Z",
            "model_usage": {
                "input_tokens": 10,
                "cache_creation_input_tokens": 20,
                "cache_read_input_tokens": 30,
                "output_tokens": 40,
                "speed": "fast",
            },
        }
    )
    assert counted(usage) == {"input": 10, "cache_write": 20, "cache_read": 30, "output": 40}
    assert (usage.context_tokens, usage.cumulative) == (60, False)
    assert usage.at == instant("2026-08-01T10:00Z")
    assert usage.attributes == {"speed": "fast"}


# Anthropic: results of a batch


def result(kind: str, **more: Any) -> dict[str, Any]:
    return {"custom_id": "a", "result": {"type": kind, **more}}


def test_a_result_that_succeeded_is_a_message_at_the_batch_price() -> None:
    message = {"id": "msg_1", "model": "claude-sonnet-4-6", "usage": {"input_tokens": 100}}
    usage = read(result("succeeded", message=message))
    assert counted(usage) == {"input": 100}
    assert (usage.id, usage.free) == ("msg_1", None)
    assert usage.attributes == {"service_tier": "batch"}


@pytest.mark.parametrize("kind", ["errored", "expired", "canceled"])
def test_a_result_that_failed_is_not_billed(kind: str) -> None:
    usage = read(result(kind))
    assert usage.meters == {}
    assert (usage.free, usage.labels) == ("errors_not_billed", {"result": kind})


@pytest.mark.parametrize(
    "record", [result("odd"), result("succeeded"), {"custom_id": "a", "result": []}]
)
def test_a_result_that_nobody_knows_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        read(record)
