"""Usage of OpenAI Responses: its tokens, the calls of its tools, and what its tools drew."""

from __future__ import annotations

from typing import Any

import pytest

import pricing
from pricing.errors import UsageError
from pricing.instants import SECOND, instant
from pricing.money import Money

COUNTS = {
    "input_tokens": 9000,
    "input_tokens_details": {"cached_tokens": 6000, "cache_write_tokens": 2500},
    "output_tokens": 1500,
    "output_tokens_details": {"reasoning_tokens": 1100},
    "total_tokens": 10500,
}


def response(usage: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"object": "response", "model": "gpt-5.6-sol", **more, "usage": usage or COUNTS}


def read(*args: Any, **more: Any) -> pricing.Usage:
    (found,) = pricing.read_usage(response(*args, **more))
    return found


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


def test_the_parts_add_up_to_the_total() -> None:
    # 500 + 6,000 + 2,500 + 400 + 1,100 = 10,500
    usage = read(id="resp_1", created_at=1_767_225_600.5)
    assert counted(usage) == {
        "input": 500,
        "cache_read": 6000,
        "cache_write.30m": 2500,
        "output": 400,
        "output.reasoning": 1100,
    }
    assert sum(usage.meters.values()) == COUNTS["total_tokens"]
    assert (usage.context_tokens, usage.id) == (9000, "resp_1")
    assert usage.at == instant("2026-01-01") + SECOND // 2


@pytest.mark.parametrize(
    ("more", "meter"),
    [
        ({}, "cache_write.30m"),
        ({"model": None}, "cache_write.30m"),
        ({"prompt_cache_options": {"mode": "implicit", "ttl": "12h"}}, "cache_write.12h"),
        ({"model": "anthropic/claude-4.6-sonnet"}, "cache_write"),
    ],
)
def test_a_cache_write_lasts_as_long_as_the_response_says(more: dict[str, Any], meter: str) -> None:
    assert read(**more).meters[meter] == 2500


def test_cache_writes_are_split_by_their_time_to_live() -> None:
    inside = {"cached_tokens": 0, "cache_write_tokens": 2500}
    split = {"cache_write_tokens_details": {"ttl_30m_tokens": 500, "ttl_12h_tokens": 2000}}
    usage = read({**COUNTS, "input_tokens_details": inside | split})
    assert usage.meters["cache_write.30m"] == 500
    assert usage.meters["cache_write.12h"] == 2000
    assert usage.meters["input"] == 6500


@pytest.mark.parametrize("kind", ["response.completed", "response.incomplete", "response.failed"])
def test_the_last_event_of_a_stream_is_read_as_its_response(kind: str) -> None:
    (event,) = pricing.read_usage({"type": kind, "response": response()})
    assert event.meters == read().meters
    assert event.model == "gpt-5.6-sol"


def test_a_bare_usage_object_is_read() -> None:
    (bare,) = pricing.read_usage(COUNTS)
    assert bare.meters == read().meters


def test_a_compaction_is_a_request_of_its_own() -> None:
    assert read(object="response.compaction", model=None).meters == read().meters


SEARCH = {"type": "web_search_call", "status": "completed", "action": {"type": "search"}}
FILES = {"type": "file_search_call", "status": "completed", "queries": ["a", "b"]}


def code(container: str | None) -> dict[str, Any]:
    return {"type": "code_interpreter_call", "status": "completed", "container_id": container}


@pytest.mark.parametrize(
    ("items", "calls"),
    [
        ([SEARCH, SEARCH], {"web_search": 2}),
        ([{**SEARCH, "action": {"type": "open_page"}}], {}),
        ([{**SEARCH, "action": {"type": "find_in_page"}}], {}),
        ([{**SEARCH, "status": "failed"}], {}),
        # the first web search tool told no action
        ([{"type": "web_search_call", "status": "completed"}], {"web_search": 1}),
        ([FILES, FILES], {"file_search": 2}),
        ([code("c1"), code("c1"), code("c2")], {"code_interpreter": 2}),
        ([code(None), code(None)], {"code_interpreter": 2}),
        ([{"type": "function_call"}, {"type": "message", "content": []}], {}),
        ([], {}),
        (None, {}),
    ],
)
def test_the_calls_of_tools_are_counted_from_the_output(
    items: list[Any] | None, calls: dict[str, int]
) -> None:
    found = counted(read(output=items))
    assert {k: v for k, v in found.items() if k not in counted(read())} == calls


def test_a_declared_tool_that_was_not_called_costs_nothing() -> None:
    usage = read(tools=[{"type": "web_search", "search_context_size": "high"}], output=[])
    assert "web_search" not in usage.meters
    assert usage.attributes == {}


def test_what_the_response_says_is_billed_goes_before_its_items() -> None:
    usage = read(output=[SEARCH, SEARCH], tool_usage={"web_search": {"num_requests": 1}})
    assert usage.meters["web_search"] == 1
    none = read(output=[SEARCH], tool_usage={"web_search": {"num_requests": 0}})
    assert "web_search" not in none.meters


def test_the_size_of_a_search_stands_with_the_search() -> None:
    tools = [{"type": "web_search_preview", "search_context_size": "medium"}]
    told = {"search_context": "medium", "search_tool": "preview"}
    assert read(tools=tools, output=[SEARCH]).attributes == told
    assert read(tools=tools).attributes == {}
    tools.append({"type": "web_search"})
    assert read(tools=tools, output=[SEARCH]).attributes == {"search_context": "medium"}


DRAWN = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 40, "image_tokens": 10},
    "output_tokens": 272,
    "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
    "total_tokens": 322,
}


def test_drawn_images_bill_at_the_model_that_drew_them() -> None:
    own, drawn = pricing.read_usage(
        response(
            id="resp_1",
            service_tier="priority",
            tools=[{"type": "image_generation", "model": "gpt-image-2"}],
            tool_usage={"image_gen": DRAWN, "web_search": {"num_requests": 0}},
        )
    )
    assert counted(own) == counted(read())
    assert drawn.model == "gpt-image-2"
    # 40 + 10 + 272 = 322
    assert counted(drawn) == {"input": 40, "input.image": 10, "output.image": 272}
    assert drawn.attributes == {}
    assert drawn.context_tokens == 50


def test_drawn_images_whose_model_is_not_told_have_none() -> None:
    _, drawn = pricing.read_usage(response(tools=[], tool_usage={"image_gen": DRAWN}))
    assert drawn.model is None


def test_an_image_tool_that_drew_nothing_is_no_line() -> None:
    nothing = dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 0)
    assert len(pricing.read_usage(response(tool_usage={"image_gen": nothing}))) == 1


def test_cached_parts_of_a_drawing_s_prompt_are_told_by_kind() -> None:
    # 40 text, 25 of it cached; 10 of images, 4 of them cached
    cached = {"cached_text_tokens": 25, "cached_image_tokens": 4}
    usage = {**DRAWN, "cached_tokens": 29, "cached_tokens_details": cached}
    _, drawn = pricing.read_usage(response(tool_usage={"image_gen": usage}))
    assert counted(drawn) == {
        "input": 15,
        "cache_read": 25,
        "input.image": 6,
        "cache_read.image": 4,
        "output.image": 272,
    }


def test_an_image_without_its_tokens_is_said() -> None:
    usage = read(output=[{"type": "image_generation_call", "status": "completed"}])
    assert usage.warnings == ("image generation: its tokens are not in the response",)


def test_an_svg_bills_at_the_model_that_wrote_it() -> None:
    svg = {
        "model": "gpt-5.6-luna",
        "input_tokens": 90,
        "output_tokens": 60,
        "reasoning_tokens": 20,
        "total_tokens": 150,
    }
    item = {"type": "image_generation_call", "status": "completed", "svg_usage": svg}
    _, drawn = pricing.read_usage(response(output=[item]))
    assert drawn.model == "gpt-5.6-luna"
    assert counted(drawn) == {"input": 90, "output": 40, "output.reasoning": 20}


def test_a_gateway_s_charge_and_the_upstream_s() -> None:
    usage = {
        **COUNTS,
        "cost": 0.0012,
        "is_byok": True,
        "cost_details": {
            "upstream_inference_cost": 0.03,
            "upstream_inference_input_cost": 0.01,
            "upstream_inference_output_cost": 0.02,
        },
    }
    found = read(usage, model="openai/gpt-5.6-sol")
    assert (found.reported, found.reported_kind) == (Money("0.0012", "USD"), "charged")
    assert found.upstream == Money("0.03", "USD")
    assert found.attributes == {"byok": "yes"}
    assert found.unknown == {}


def test_reasoning_beside_the_output_is_told_by_the_total() -> None:
    # 9,000 + 1,500 + 1,100 = 11,600
    usage = read({**COUNTS, "total_tokens": 11600})
    assert (usage.meters["output"], usage.meters["output.reasoning"]) == (1500, 1100)


def test_hidden_tokens_are_billed_as_reasoning_and_said() -> None:
    usage = read({**COUNTS, "output_tokens_details": None, "total_tokens": 10562})
    assert usage.meters["output.reasoning"] == 62
    assert usage.warnings == (
        "62 tokens in total_tokens are in neither input nor output; billed as reasoning",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"total_tokens": 10499},
        {"output_tokens_details": {"reasoning_tokens": 1501}},
        {"input_tokens_details": {"cached_tokens": 9001}},
        {"input_tokens_details": {"cached_tokens": -1}},
        {"input_tokens": "many"},
        {"output_tokens": [1]},
    ],
)
def test_counts_that_contradict_each_other_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        read({**COUNTS, **change})


def test_a_counter_that_nobody_knows_is_kept() -> None:
    usage = read(
        {
            **COUNTS,
            "sausages": 3,
            "input_tokens_details": {"cached_tokens": 0, "hologram_tokens": 2},
        }
    )
    assert usage.unknown == {"sausages": 3, "input_tokens_details.hologram_tokens": 2}


def test_a_response_without_a_total_is_no_message() -> None:
    usage = read(
        {"input_tokens": 2006, "input_tokens_details": {"cached_tokens": 6}, "output_tokens": 300}
    )
    assert counted(usage) == {"input": 2000, "cache_read": 6, "output": 300}


def test_a_batch_is_the_sum_of_its_requests_at_the_batch_price() -> None:
    batch = response(object="batch", model="gpt-5.2", status="completed", service_tier="default")
    (usage,) = pricing.read_usage(batch)
    assert usage.attributes == {"service_tier": "batch"}
    assert usage.aggregate
    assert usage.context_tokens is None


def test_a_gateway_s_batch_counts_as_its_completions_do() -> None:
    counts = {
        "prompt_tokens": 1000,
        "completion_tokens": 20,
        "total_tokens": 1020,
        "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 100},
        "cost": 0.5,
    }
    (usage,) = pricing.read_usage({"object": "batch", "model": "anthropic/x", "usage": counts})
    assert counted(usage) == {
        "input": 600,
        "cache_write.5m": 300,
        "cache_write.1h": 100,
        "output": 20,
    }
    assert usage.aggregate
    assert usage.reported == Money("0.5", "USD")


def test_a_batch_that_has_not_ended_holds_no_usage() -> None:
    with pytest.raises(UsageError, match="no usage in it"):
        pricing.read_usage({"object": "batch", "status": "in_progress", "usage": None})
