"""Captures of streams: what replaces what, what was cut, and what was not measured."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing.usage.records import Records

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "model": "claude-sonnet-5",
        "content": [],
        "stop_reason": None,
        "usage": {
            "input_tokens": 50,
            "cache_read_input_tokens": 2400,
            "cache_creation_input_tokens": 120,
            "cache_creation": {"ephemeral_5m_input_tokens": 120, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 1,
            "service_tier": "standard",
        },
    },
}
STOP = {"type": "message_stop"}


def delta(**usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


def capture(path: Path, *events: Any, ending: str = "\n") -> Records:
    rows = [event if isinstance(event, str) else json.dumps(event) for event in events]
    text = "".join(f"data: {row}{ending}{ending}" for row in rows)
    file = path / "capture.sse"
    file.write_bytes(text.encode())
    return Records([str(file)])


def one(records: Records) -> Any:
    ((usage,),) = list(records)
    return usage


def test_a_delta_replaces_what_it_tells_and_keeps_what_it_leaves_out(tmp_path: Path) -> None:
    usage = one(capture(tmp_path, START, delta(output_tokens=300), STOP))
    assert usage.meters == {
        "input": 50, "cache_read": 2400, "cache_write.5m": 120, "output": 300
    }  # fmt: skip
    assert usage.attributes["service_tier"] == "standard"
    assert not usage.incomplete
    assert usage.place == f"{tmp_path / 'capture.sse'}:1"


def test_a_delta_is_cumulative_and_null_is_absent(tmp_path: Path) -> None:
    told = delta(input_tokens=80, cache_read_input_tokens=5000, output_tokens=300)
    last = delta(input_tokens=None, output_tokens=310)
    usage = one(capture(tmp_path, START, told, last, STOP))
    assert usage.meters == {
        "input": 80, "cache_read": 5000, "cache_write.5m": 120, "output": 310
    }  # fmt: skip


def test_a_count_of_0_in_a_delta_is_a_count(tmp_path: Path) -> None:
    usage = one(
        capture(tmp_path, START, delta(cache_creation_input_tokens=0, output_tokens=3), STOP)
    )
    assert usage.meters == {"input": 50, "cache_read": 2400, "output": 3}


@pytest.mark.parametrize("more", [[], [{"type": "ping"}], [{"type": "error", "error": {}}]])
def test_a_message_cut_before_its_last_counts_bills_no_cursor(
    tmp_path: Path, more: list[Any]
) -> None:
    usage = one(capture(tmp_path, START, *more))
    assert usage.incomplete
    assert usage.meters["output"] == 0
    assert usage.meters["input"] == 50


def test_two_messages_in_one_capture_are_two(tmp_path: Path) -> None:
    second = {"type": "message_start", "message": {**START["message"], "id": "msg_2"}}  # type: ignore[dict-item]
    records = capture(tmp_path, START, delta(output_tokens=3), second, delta(output_tokens=4), STOP)
    assert [usages[0].meters["output"] for usages in records] == [3, 4]


def test_a_refusal_after_words_is_one_after_words(tmp_path: Path) -> None:
    block = {"type": "content_block_start", "content_block": {"type": "text", "text": ""}}
    refused = {
        "type": "message_delta",
        "delta": {"stop_reason": "refusal"},
        "usage": {"output_tokens": 9},
    }
    assert one(capture(tmp_path, START, refused)).attributes["outcome"] == "refused"
    assert "outcome" not in one(capture(tmp_path, START, block, refused)).attributes


def chunk(usage: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choices = more.pop("choices", [{"delta": {}, "finish_reason": finish}])
    made = {"id": "c1", "model": "gpt-5.2", "choices": choices, "usage": usage}
    return {**made, "object": "chat.completion.chunk", **more}


COUNTS = {"prompt_tokens": 50, "completion_tokens": 9, "total_tokens": 59}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_last_chunk_has_the_usage(tmp_path: Path, ending: str) -> None:
    events = [chunk(), chunk(finish="stop"), chunk(COUNTS, choices=[]), "[DONE]"]
    usage = one(capture(tmp_path, *events, ending=ending))
    assert usage.meters == {"input": 50, "output": 9}
    assert not usage.incomplete


def test_a_stream_without_usage_is_damaged_not_free(tmp_path: Path) -> None:
    records = capture(tmp_path, chunk(), chunk(finish="stop"), "[DONE]")
    assert list(records) == []
    assert records.skipped["malformed"] == 1
    assert "without usage" in records.faults[0].what


def test_counts_so_far_are_a_lower_bound_where_no_end_is_told(tmp_path: Path) -> None:
    so_far = {"prompt_tokens": 50, "completion_tokens": 2, "total_tokens": 52}
    assert one(capture(tmp_path, chunk(so_far), chunk(so_far))).incomplete
    whole = one(capture(tmp_path, chunk(so_far), chunk(COUNTS, finish="stop"), "[DONE]"))
    assert whole.meters["output"] == 9
    assert not whole.incomplete


def test_groq_tells_usage_under_its_own_name(tmp_path: Path) -> None:
    usage = one(capture(tmp_path, chunk(), chunk(finish="stop", x_groq={"usage": COUNTS})))
    assert usage.meters == {"input": 50, "output": 9}


def test_an_error_instead_of_a_response_is_not_billed(tmp_path: Path) -> None:
    records = capture(tmp_path, {"error": {"message": "overloaded"}}, chunk(COUNTS, choices=[]))
    assert len(list(records)) == 1
    assert records.skipped["errors_not_billed"] == 1


def test_responses_end_with_their_usage(tmp_path: Path) -> None:
    usage = {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}
    body = {"id": "r", "object": "response", "model": "gpt-5.2", "usage": usage}
    events = [
        {"type": "response.created", "response": {**body, "usage": None}},
        {"type": "response.output_text.delta", "delta": "a"},
        {"type": "response.completed", "response": body},
    ]
    assert one(capture(tmp_path, *events)).meters == {"input": 10, "output": 2}
    cut = capture(tmp_path, *events[:2])
    assert list(cut) == []
    assert cut.skipped["malformed"] == 1


def test_gemini_tells_the_counts_so_far_in_every_chunk(tmp_path: Path) -> None:
    def part(finish: str | None = None, **usage: int) -> dict[str, Any]:
        candidate = {"finishReason": finish} if finish else {}
        return {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": "gemini-2.5-pro",
            "responseId": "g",
        }

    first = part(promptTokenCount=8, totalTokenCount=8)
    last = part("STOP", promptTokenCount=8, candidatesTokenCount=4, totalTokenCount=12)
    usage = one(capture(tmp_path, first, last))
    assert usage.meters == {"input": 8, "output": 4}
    assert not usage.incomplete
    assert one(capture(tmp_path, first)).incomplete


def test_an_event_that_is_no_json_is_named_with_its_line(tmp_path: Path) -> None:
    records = capture(tmp_path, START, '{"type": "message_de', delta(output_tokens=5), STOP)
    assert one(records).meters["output"] == 5
    assert [(fault.line, fault.what) for fault in records.faults] == [
        (3, "an event that is no JSON")
    ]


BUGS = Path(__file__).parents[3] / "shared" / "cases" / "engine" / "reported_bugs.jsonl"
RATES = {
    "input": "input_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "output": "output_cost_per_token",
}


def reported_streams() -> list[dict[str, Any]]:
    if not BUGS.exists():
        return []
    rows = [json.loads(line) for line in BUGS.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["dialect"] == "anthropic_sse"]


@pytest.mark.parametrize("row", reported_streams() or [{}], ids=lambda row: row.get("id", "none"))
def test_a_stream_that_others_read_wrong(tmp_path: Path, row: dict[str, Any]) -> None:
    if not row:
        pytest.skip("no shared cases beside the project: reported_bugs")
    usage = one(capture(tmp_path, *row["usage"]))
    if row["verdict"] == "exact":
        rates = {meter: Decimal(repr(row["rates"][key])) for meter, key in RATES.items()}
        total = sum(quantity * rates[meter] for meter, quantity in usage.meters.items())
        assert total == Decimal(row["expected_cost"])
    elif row["expect"] == "warning:incomplete_stream":
        assert usage.incomplete
        assert usage.meters == {"input": 1000, "output": 0}
    else:
        assert row["expect"] == "warning:inconsistent_usage"
        assert usage.warnings
        assert {m: n for m, n in usage.meters.items() if n} == {"cache_read": 3604, "output": 878}
