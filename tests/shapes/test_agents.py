"""Usage in the logs of coding agents: Claude Code, Codex, Gemini CLI, OpenCode, Cursor."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from kept_samples import AGENT_RESULT, CLAUDE_CODE, CODEX, CURSOR, GEMINI_CLI, OPENCODE

import pricing
from pricing.errors import UsageError
from pricing.instants import instant


def one(record: dict[str, Any]) -> pricing.Usage:
    (usage,) = pricing.read_usage(record)
    return usage


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


def test_a_row_of_claude_code_is_a_message_with_its_session() -> None:
    usage = one(CLAUDE_CODE)
    assert counted(usage) == {
        "input": 10,
        "cache_write.5m": 400,
        "cache_write.1h": 600,
        "output": 300,
    }
    assert (usage.id, usage.model) == ("msg_A", "claude-sonnet-4-6")
    assert usage.at == instant("2026-08-01T10:00:01Z")
    assert usage.labels == {"session": "3f0c", "project": "/home/dev/app"}
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.0123", "USD"), "estimate")
    assert (usage.free, usage.incomplete) == (None, False)
    assert usage.raw is CLAUDE_CODE


def test_an_agent_s_progress_row_holds_a_row() -> None:
    inner = {key: CLAUDE_CODE[key] for key in ("type", "message", "requestId", "timestamp")}
    outer = {
        "type": "progress",
        "sessionId": "3f0c",
        "timestamp": "2026-08-01T10:00:09.000Z",
        "data": {"type": "agent_progress", "message": inner},
    }
    usage = one(outer)
    assert (usage.id, usage.labels) == ("msg_A", {"session": "3f0c"})
    assert usage.at == instant("2026-08-01T10:00:01Z")


def test_what_claude_code_made_up_itself_is_billed_by_nobody() -> None:
    made_up = deepcopy(CLAUDE_CODE)
    made_up["message"]["model"] = "<synthetic>"
    assert one(made_up).free == "errors_not_billed"
    assert one({**CLAUDE_CODE, "isApiErrorMessage": True}).free == "errors_not_billed"


def test_a_row_that_knows_no_reason_to_stop_is_a_lower_bound() -> None:
    row = deepcopy(CLAUDE_CODE)
    row["message"]["stop_reason"] = None
    assert one(row).incomplete
    del row["message"]["stop_reason"]
    assert not one(row).incomplete


def test_codex_s_event_alone_is_its_last_call() -> None:
    usage = one(CODEX)
    # 400 + 3,000 + 600 = 4,000; 200 + 300 = 500
    assert counted(usage) == {
        "input": 400,
        "cache_read": 3000,
        "cache_write.30m": 600,
        "output": 200,
        "output.reasoning": 300,
    }
    assert (usage.context_tokens, usage.cumulative) == (4000, False)
    assert usage.at == instant("2026-05-01T10:00:00Z")


def test_codex_s_event_with_a_total_alone_is_the_session_so_far() -> None:
    record = deepcopy(CODEX)
    del record["payload"]["info"]["last_token_usage"]
    usage = one(record)
    assert (usage.cumulative, usage.aggregate, usage.context_tokens) == (True, True, None)
    assert usage.meters["cache_read"] == 6000


def test_codex_s_event_of_rate_limits_is_no_line() -> None:
    payload = {"type": "token_count", "info": None, "rate_limits": {}}
    assert pricing.read_usage({**CODEX, "payload": payload}) == ()


def test_a_turn_of_codex_exec_is_not_taken_for_anthropic_s() -> None:
    turn = {
        "type": "turn.completed",
        "usage": {"input_tokens": 4000, "cached_input_tokens": 3000, "output_tokens": 500},
    }
    assert counted(one(turn)) == {"input": 1000, "cache_read": 3000, "output": 500}
    bare = CODEX["payload"]["info"]["last_token_usage"]
    assert counted(one(bare)) == counted(one(CODEX))


def test_codex_s_total_that_is_no_sum_is_said() -> None:
    record = deepcopy(CODEX)
    record["payload"]["info"]["last_token_usage"]["total_tokens"] = 4400
    assert one(record).warnings == ("total_tokens is 4400, the counts add up to 4500",)


@pytest.mark.parametrize(
    ("total", "input", "context"),
    [
        (1234 + 567 + 123 + 10, 344, 1244),  # what is cached is inside the input
        (1234 + 567 + 123 + 10 + 890, 1234, 2134),  # or beside it
        (None, 344, 1244),
    ],
)
def test_gemini_cli_s_total_decides_where_the_cache_is(
    total: int | None, input: int, context: int
) -> None:
    usage = one({**GEMINI_CLI, "tokens": {**GEMINI_CLI["tokens"], "total": total}})
    assert counted(usage) == {
        "input": input,
        "input.tool": 10,
        "cache_read": 890,
        "output": 567,
        "output.reasoning": 123,
    }
    # prompts of tools are input of the request too
    assert usage.context_tokens == context
    assert usage.warnings == ()


def test_opencode_counts_everything_side_by_side_and_knows_no_cost_of_0() -> None:
    usage = one(OPENCODE)
    assert counted(usage) == {
        "input": 21,
        "cache_read": 30000,
        "cache_write": 5000,
        "output": 500,
        "output.reasoning": 200,
    }
    assert (usage.context_tokens, usage.reported) == (35021, None)
    assert (usage.model, usage.seller) == ("claude-sonnet-4-6", "aws-bedrock")
    assert usage.at == instant("2026-08-01T10:00:00.25Z")
    assert not usage.incomplete
    assert one({**OPENCODE, "cost": 0.0456}).reported == pricing.Money("0.0456", "USD")


@pytest.mark.parametrize(
    ("total", "output"), [(21 + 500 + 200 + 35000, 500), (21 + 500 + 35000, 300)]
)
def test_opencode_s_total_shows_where_reasoning_is(total: int, output: int) -> None:
    usage = one({**OPENCODE, "tokens": {**OPENCODE["tokens"], "total": total}})
    assert usage.meters["output"] == output
    assert sum(usage.meters.values()) == total


def test_a_message_of_opencode_that_never_ended_is_a_lower_bound() -> None:
    assert one({**OPENCODE, "time": {"created": 1785578400000}}).incomplete


def test_a_result_of_the_agent_sdk_is_a_sum_for_each_model() -> None:
    main, sub = pricing.read_usage(AGENT_RESULT)
    assert counted(main) == {
        "input": 9,
        "cache_read": 38912,
        "cache_write": 856,
        "output": 534,
        "web_search": 2,
    }
    assert counted(sub) == {"input": 120, "output": 20}
    assert [u.model for u in (main, sub)] == ["claude-sonnet-4-6", "claude-haiku-4-5"]
    assert all(u.aggregate and u.context_tokens is None for u in (main, sub))
    # one estimate for both
    assert (main.reported, sub.reported) == (pricing.Money("0.0123", "USD"), None)
    assert (main.reported_kind, main.id) == ("estimate", "u1")


def test_without_counts_by_model_the_agent_sdk_leaves_subagents_out() -> None:
    usage = one({key: value for key, value in AGENT_RESULT.items() if key != "modelUsage"})
    assert counted(usage)["cache_read"] == 38912
    assert usage.aggregate
    assert usage.warnings == ("usage excludes subagents, and modelUsage is not there",)


def test_a_counter_of_the_agent_sdk_that_nobody_knows_is_kept() -> None:
    record = deepcopy(AGENT_RESULT)
    record["modelUsage"]["claude-haiku-4-5"]["hologramTokens"] = 3
    assert dict(pricing.read_usage(record)[1].unknown) == {"hologramTokens": 3}


def test_cursor_s_input_with_cache_write_holds_the_one_without() -> None:
    usage = one(CURSOR)
    # 1,200 + 5,000 + 300 = 6,500
    assert counted(usage) == {"input": 1000, "cache_write": 200, "cache_read": 5000, "output": 300}
    assert (usage.seller, usage.aggregate) == ("cursor", True)
    assert (usage.reported, usage.reported_kind) == (pricing.Money("0.12", "USD"), "charged")


@pytest.mark.parametrize(
    ("more", "plain", "total", "written", "warnings"),
    [
        ("1200", "1000", "7500", 1200, 0),  # side by side: 1,200 + 1,000 + 5,000 + 300
        ("0", "1000", "6300", 0, 0),
        ("0", "1000", "", 0, 1),
        ("1000", "1000", "6300", 0, 0),
        ("1200", "1000", "9999", 200, 1),
    ],
)
def test_cursor_s_total_shows_where_its_cache_writes_are(
    more: str, plain: str, total: str, written: int, warnings: int
) -> None:
    usage = one(
        {
            **CURSOR,
            "Input (w/ Cache Write)": more,
            "Input (w/o Cache Write)": plain,
            "Total Tokens": total,
        }
    )
    assert usage.meters.get("cache_write", 0) == written
    assert usage.meters["input"] == 1000
    assert len(usage.warnings) == warnings


@pytest.mark.parametrize("cost", ["Included", "Free", "-", "NaN", ""])
def test_a_word_where_cursor_s_cost_stands_is_no_amount(cost: str) -> None:
    assert one({**CURSOR, "Cost": cost, "Kind": "Included"}).reported is None


def test_an_error_in_cursor_s_export_is_not_charged() -> None:
    assert one({**CURSOR, "Kind": "Errored, No Charge"}).free == "errors_not_billed"
    assert one({**CURSOR, "Kind": "Aborted, Not Charged"}).free == "errors_not_billed"


def test_a_time_that_is_none_is_refused() -> None:
    for record in ({**CLAUDE_CODE, "timestamp": "yesterday"}, {**CURSOR, "Date": "1"}):
        with pytest.raises(UsageError, match=r"timestamp|Date"):
            pricing.read_usage(record)


def test_a_row_of_claude_code_costs_what_its_message_does() -> None:
    # 10 x 3 + 400 x 3.75 + 600 x 6 + 300 x 15 = 9,630 per million
    cost = pricing.load_catalog().cost(CLAUDE_CODE)
    assert str(cost.total) == "0.00963 USD"
    assert cost.reported == pricing.Money("0.0123", "USD")


def test_a_snapshot_of_codex_s_turn_is_the_turn_so_far() -> None:
    turn = {"input_tokens": 1000, "cached_input_tokens": 800, "output_tokens": 50}
    usage = one({"type": "event_msg", "payload": {"turn_token_usage": turn}})
    assert counted(usage) == {"input": 200, "cache_read": 800, "output": 50}
    assert usage.cumulative
