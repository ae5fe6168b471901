"""Usage of OpenAI Chat Completions, and of the many sellers that speak it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import pricing
from pricing.errors import UsageError
from pricing.instants import instant
from pricing.money import Money


def read(usage: dict[str, Any], **record: Any) -> pricing.Usage:
    (found,) = pricing.read_usage({"object": "chat.completion", **record, "usage": usage})
    return found


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


def tokens(prompt: int, completion: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion if total is None else total,
        **more,
    }


def inside(**details: Any) -> dict[str, Any]:
    return {"prompt_tokens_details": details}


@pytest.mark.parametrize("created", [1_763_600_000_000, "1763600000000", 10**30, -1, True])
@pytest.mark.parametrize("shape", ["chat.completion", "response"])
def test_a_day_in_milliseconds_is_refused_and_never_priced_as_of_far_away(
    created: Any, shape: str
) -> None:
    usage = tokens(9, 5, **inside(cached_tokens=0), completion_tokens_details={})
    key = "created"
    if shape == "response":
        details = {"input_tokens_details": {}, "output_tokens_details": {}}
        usage, key = {"input_tokens": 9, "output_tokens": 5, **details}, "created_at"
    with pytest.raises(UsageError, match=key):
        pricing.read_usage({"object": shape, "model": "m", key: created, "usage": usage})


@pytest.mark.parametrize("details", [{}, {"reasoning_tokens": 0}])
def test_a_tier_that_is_empty_is_none(details: dict[str, int]) -> None:
    usage = tokens(9, 5, **inside(cached_tokens=0), completion_tokens_details=details)
    assert read(usage, model="m", service_tier="").attributes == {}


@pytest.mark.parametrize(
    ("model", "meter"),
    [
        ("gpt-5.6-sol", "cache_write.30m"),
        ("openai/gpt-5.6-luna", "cache_write.30m"),
        ("openai.gpt-5.6-luna", "cache_write.30m"),
        ("ft:gpt-5.6-luna:acme::1", "cache_write.30m"),
        ("anthropic/claude-4.6-sonnet-20260217", "cache_write"),
        ("not-a-gpt-model", "cache_write"),
        (None, "cache_write"),
    ],
)
def test_cache_writes_of_gpt_models_last_half_an_hour(model: str | None, meter: str) -> None:
    # 9,000 = 500 + 6,000 + 2,500
    usage = read(
        tokens(9000, 40, **inside(cached_tokens=6000, cache_write_tokens=2500)), model=model
    )
    assert counted(usage) == {"input": 500, "cache_read": 6000, meter: 2500, "output": 40}


@pytest.mark.parametrize(
    ("split", "meters"),
    [
        (
            {"cache_write_tokens_details": {"ttl_30m_tokens": 500, "ttl_12h_tokens": 2000}},
            "30m 12h",
        ),
        (
            {
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 500,
                    "ephemeral_1h_input_tokens": 2000,
                }
            },
            "5m 1h",
        ),
    ],
)
def test_cache_writes_are_split_by_their_time_to_live(split: dict[str, Any], meters: str) -> None:
    first, second = (f"cache_write.{ttl}" for ttl in meters.split())
    usage = read(tokens(3000, 40, **inside(cache_write_tokens=2500, **split)))
    assert counted(usage) == {"input": 500, first: 500, second: 2000, "output": 40}
    assert usage.warnings == ()


def test_what_a_split_of_cache_writes_leaves_over_has_no_time_to_live() -> None:
    split = {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 0}
    usage = read(
        tokens(3000, 40, **inside(cache_creation_input_tokens=2500, cache_creation=split)),
        model="qwen4-max",
    )
    assert counted(usage) == {
        "input": 500,
        "cache_write.5m": 1000,
        "cache_write": 1500,
        "output": 40,
    }
    assert usage.warnings == (
        "cache_creation breakdown (1000) != cache_creation_input_tokens (2500)",
    )


def test_a_time_to_live_that_nobody_knows_is_billed_without_one_and_said() -> None:
    split = {"cache_creation": {"ephemeral_24h_input_tokens": 700}}
    usage = read(tokens(1000, 40, **inside(cache_creation_tokens=700, **split)))
    assert counted(usage) == {"input": 300, "cache_write": 700, "output": 40}
    assert usage.warnings == (
        "cache_creation.ephemeral_24h_input_tokens (700) is taken as a cache write without TTL",
    )


def test_a_split_larger_than_what_was_written_is_refused() -> None:
    split = {"ttl_30m_tokens": 2501, "ttl_12h_tokens": 0}
    usage = tokens(3000, 1, **inside(cache_write_tokens=2500, cache_write_tokens_details=split))
    with pytest.raises(UsageError, match=r"\(2501\) is more than cache_write_tokens \(2500\)"):
        read(usage)


def test_an_explicit_cache_is_told_from_one_that_the_seller_keeps() -> None:
    explicit = read(tokens(2100, 50, **inside(cached_tokens=1889, cache_type="ephemeral")))
    assert explicit.attributes == {"cache_mode": "explicit"}
    assert read(tokens(2100, 50, **inside(cached_tokens=1889))).attributes == {}


def test_cached_tokens_outside_the_prompt_are_told_by_the_total() -> None:
    # 100 + 40 + 900 = 1,040
    usage = read(tokens(100, 40, 1040, **inside(cached_tokens=900)))
    assert counted(usage) == {"input": 100, "cache_read": 900, "output": 40}
    assert usage.context_tokens == 1000
    assert usage.warnings == (
        "prompt_tokens (100) < cache tokens (900): treated as exclusive of cache",
    )


def test_a_total_with_a_small_cache_on_top_leaves_the_cache_out_of_the_prompt() -> None:
    # 100 + 40 + 30 = 170
    usage = read(tokens(100, 40, 170, **inside(cached_tokens=30)))
    assert counted(usage) == {"input": 100, "cache_read": 30, "output": 40}
    assert usage.context_tokens == 130
    assert "exclusive of cache" in usage.warnings[0]


def test_without_a_total_a_cache_larger_than_the_prompt_is_outside_it() -> None:
    usage = read({"prompt_tokens": 21, "completion_tokens": 7, **inside(cached_tokens=30000)})
    assert counted(usage) == {"input": 21, "cache_read": 30000, "output": 7}
    assert usage.context_tokens == 30021
    assert usage.warnings == (
        "prompt_tokens (21) < cache tokens (30000): treated as exclusive of cache",
    )


def test_a_cache_larger_than_the_prompt_that_the_total_denies_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the parts of prompt_tokens are more than the whole"):
        read(tokens(100, 10, 110, **inside(cached_tokens=500)))


def test_cached_tokens_beyond_the_text_are_of_the_one_other_kind() -> None:
    # 81 = 12 text + 69 audio; of 50 cached ones 12 at most are text, so 38 are audio
    usage = read(tokens(81, 5, **inside(audio_tokens=69, text_tokens=12, cached_tokens=50)))
    assert counted(usage) == {
        "cache_read": 12,
        "cache_read.audio": 38,
        "input.audio": 31,
        "output": 5,
    }
    assert usage.warnings == ("more tokens are cached than are text: 38 are taken as cached audio",)
    assert usage.context_tokens == 81


@pytest.mark.parametrize("kinds", [{"audio_tokens": 40, "image_tokens": 29}, {"audio_tokens": 90}])
def test_cached_tokens_that_no_kind_explains_are_refused(kinds: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="more than the whole"):
        read(tokens(81, 5, **inside(**kinds, cached_tokens=50)))


def test_audio_that_is_billed_by_the_second_is_no_hidden_reasoning() -> None:
    # 4 text tokens in, 635 out; 3,264 - 4 - 635 = 2,625 are the audio's
    usage = read(tokens(4, 635, 3264, prompt_audio_seconds=203))
    assert counted(usage) == {"input": 4, "output": 635, "audio_seconds": 203}
    assert usage.context_tokens == 2629
    assert usage.warnings == ("2625 tokens of audio in total_tokens are billed by the second",)


@pytest.mark.parametrize("seconds", [{}, None, 0])
def test_no_audio_is_told_in_three_ways(seconds: object) -> None:
    assert counted(read(tokens(4, 6, prompt_audio_seconds=seconds))) == {"input": 4, "output": 6}


def test_reasoning_beside_the_completion_is_told_by_the_total() -> None:
    # 2,640 + 182 + 672 = 3,494
    usage = read(tokens(2640, 182, 3494, completion_tokens_details={"reasoning_tokens": 672}))
    assert counted(usage) == {"input": 2640, "output": 182, "output.reasoning": 672}
    assert usage.warnings == ()


def test_reasoning_that_explains_the_total_only_in_part_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves 672 over, reasoning_tokens is 600"):
        read(tokens(2640, 182, 3494, completion_tokens_details={"reasoning_tokens": 600}))


def test_a_total_below_its_parts_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"total_tokens \(149\) is less than prompt_tokens \(100\)"
    ):
        read(tokens(100, 50, 149))


@pytest.mark.parametrize(
    ("served", "tier"), [("fast", "priority"), ("priority", "priority"), ("default", "default")]
)
def test_the_tier_that_served_is_told_in_the_words_of_the_cards(served: str, tier: str) -> None:
    assert read(tokens(1, 1), service_tier=served).attributes == {"service_tier": tier}
    assert read(tokens(1, 1, service_tier=served)).attributes == {"service_tier": tier}


def test_what_a_gateway_charged_stands_beside_what_the_upstream_did() -> None:
    details = {"cost_details": {"upstream_inference_cost": 0.0003253}}
    own = read(tokens(326, 91, cost=0, is_byok=True, **details))
    assert (own.reported, own.reported_kind) == (Money("0", "USD"), "charged")
    assert own.upstream == Money("0.0003253", "USD")
    assert own.attributes == {"byok": "yes"}
    # with the gateway's key the upstream is the gateway's own business
    theirs = read(tokens(326, 91, cost=0.0004, is_byok=False, **details))
    assert (theirs.reported, theirs.upstream) == (Money("0.0004", "USD"), None)
    assert theirs.attributes == {"byok": "no"}


def test_searches_of_a_server_are_counted() -> None:
    usage = read(tokens(1, 1, server_tool_use={"web_search_requests": 2, "maps_requests": 3}))
    assert usage.meters["web_search"] == 2
    assert usage.unknown == {"server_tool_use.maps_requests": 3}


def test_how_long_the_serving_took_is_no_counter() -> None:
    measures = {
        "queue_time": 0.06,
        "time_to_first_token": 0.2,
        "completion_tokens_per_sec": 812.5,
        "acceptance_rate": 3.1,
        "latency_checkpoint": {"engine_ttft_ms": 84, "pre_inference_ms": 63},
    }
    assert read(tokens(1, 1, **measures)).unknown == {}


def test_a_counter_that_nobody_knows_is_kept() -> None:
    usage = read(
        tokens(10, 5, sausages=3, cheese=0, **inside(hologram_tokens=2)),
    )
    assert usage.unknown == {"sausages": 3, "prompt_tokens_details.hologram_tokens": 2}


@pytest.mark.parametrize("nothing", [None, 0])
def test_null_and_zero_and_absent_are_alike(nothing: object) -> None:
    usage = read(
        {
            "prompt_tokens": 10,
            "completion_tokens": nothing,
            "total_tokens": 10,
            **inside(cached_tokens=nothing, audio_tokens=nothing),
            "completion_tokens_details": None,
        }
    )
    assert counted(usage) == {"input": 10}


@pytest.mark.parametrize("odd", [-1, True, "ten", [10], {"a": 1}, float("nan")])
def test_what_is_no_count_is_refused(odd: object) -> None:
    for usage in (
        {"prompt_tokens": odd, "completion_tokens": 1},
        {"prompt_tokens": 10, "completion_tokens": odd},
        {"prompt_tokens": 10, "completion_tokens": 1, **inside(cached_tokens=odd)},
    ):
        with pytest.raises(UsageError):
            read(usage)


def test_counts_as_decimals_stay_exact() -> None:
    usage = read({"prompt_tokens": 431.0, "completion_tokens": "661", "total_tokens": 1092.0})
    assert counted(usage) == {"input": 431, "output": 661}
    assert read({"prompt_tokens": 0.1}).meters["input"] == Decimal("0.1")


def test_embeddings_have_no_output() -> None:
    usage = read({"prompt_tokens": 812, "total_tokens": 812}, object="list", data=[])
    assert counted(usage) == {"input": 812}


def test_the_record_tells_when_and_which() -> None:
    usage = read(tokens(1, 1), id="chatcmpl-1", model="gpt-5.2", created=1_767_225_600)
    assert (usage.id, usage.model) == ("chatcmpl-1", "gpt-5.2")
    assert usage.at == instant("2026-01-01")
