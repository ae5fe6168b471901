"""Gemini's counts: what includes which, what is left over, and what the total decides."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers_samples import (
    GEMINI,
    GEMINI_EMBEDDING,
    GEMINI_LIVE,
    GEMINI_SDK,
    INTERACTION,
    VERTEX_EMBEDDING,
)

import pricing
from pricing.errors import UsageError
from pricing.instants import instant


def one(record: object) -> pricing.Usage:
    (usage,) = pricing.read_usage(record)
    return usage


def counts(**said: Any) -> pricing.Usage:
    return one({"modelVersion": "gemini-2.5-flash", "usageMetadata": said})


def parts(**kinds: int) -> list[dict[str, Any]]:
    return [{"modality": kind, "tokenCount": tokens} for kind, tokens in kinds.items()]


def test_prompt_tools_candidates_and_thoughts_add_up_to_the_total() -> None:
    # 2,200 = (300 + 200 text) + (500 + 1,000 audio) + 40 tool prompt + 100 + 60 thoughts
    usage = one(GEMINI)
    assert usage.meters == {
        "input": 300,
        "input.audio": 500,
        "input.tool": 40,
        "cache_read": 200,
        "cache_read.audio": 1000,
        "output": 100,
        "output.reasoning": 60,
    }
    assert usage.context_tokens == 2040
    assert (usage.model, usage.id) == ("gemini-2.5-flash", "iXKsaLDRIPqsgLUPotqEyA0")
    assert usage.at == instant("2026-08-25T14:26:17.534704Z")
    assert usage.attributes == {"service_tier": "flex"}
    assert usage.warnings == ()


def test_the_sdk_s_names_mean_the_same() -> None:
    # 14,281 = (14,002 - 12,110) + (150 - 129) + 12,110 + 129 + 60 + 69
    usage = one(GEMINI_SDK)
    assert usage.meters == {
        "input": 1892,
        "input.audio": 21,
        "cache_read": 12110,
        "cache_read.audio": 129,
        "output": 60,
        "output.reasoning": 69,
    }
    assert (usage.id, usage.attributes) == ("r1", {})


def test_live_calls_the_candidates_a_response() -> None:
    # 1,140 = 100 text + 800 audio in + 240 audio out
    assert one(GEMINI_LIVE).meters == {
        "input": 100,
        "input.audio": 800,
        "output.audio": 240,
        "grounding_query": 1,
    }


def test_an_embedding_has_input_only() -> None:
    assert one(GEMINI_EMBEDDING).meters == {"input": 7}


def test_an_embedding_at_vertex_counts_each_text() -> None:
    assert one(VERTEX_EMBEDDING).meters == {"input": 6 + 5}
    made = [{"values": [0.1], "statistics": {"tokenCount": 4}}]
    assert one({"embeddings": made, "metadata": None}).context_tokens == 4


def test_bare_counts_are_read_as_well() -> None:
    assert one(GEMINI["usageMetadata"]).meters == one(GEMINI).meters
    assert one({"model": "gemini-3", "usage": GEMINI["usageMetadata"]}).model == "gemini-3"


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ({"trafficType": "ON_DEMAND"}, "ON_DEMAND"),
        ({"trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"trafficType": "ON_DEMAND_PRIORITY"}, "priority"),
        ({"trafficType": "ON_DEMAND_OFFPEAK"}, "off_peak"),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, "provisioned"),
        ({"trafficType": "TRAFFIC_TYPE_UNSPECIFIED"}, None),
        ({"serviceTier": "standard"}, "standard"),
        ({"serviceTier": "priority", "trafficType": "ON_DEMAND"}, "priority"),
        ({"serviceTier": "unspecified"}, None),
        ({}, None),
    ],
)
def test_the_tier_that_served_has_the_vocabulary_s_name(
    said: dict[str, str], tier: str | None
) -> None:
    usage = counts(promptTokenCount=1, **said)
    assert usage.attributes.get("service_tier") == tier


def test_capacity_that_was_paid_for_before_has_no_price_by_the_token() -> None:
    usage = counts(promptTokenCount=1, trafficType="PROVISIONED_THROUGHPUT")
    card = pricing.load_catalog().card("anthropic/claude-sonnet-4-6")
    with pytest.raises(pricing.RatingError, match="provisioned"):
        pricing.rate(usage.replace(at=instant("2026-11-20T12:00Z")), card)


def test_details_that_fall_short_leave_text() -> None:
    # 33 in; 1,780 = 1,120 image + 660 text; 529 thoughts; 33 + 1,780 + 529 = 2,342
    usage = counts(
        promptTokenCount=33,
        candidatesTokenCount=1780,
        thoughtsTokenCount=529,
        totalTokenCount=2342,
        candidatesTokensDetails=parts(IMAGE=1120),
    )
    assert usage.meters == {
        "input": 33,
        "output": 660,
        "output.image": 1120,
        "output.reasoning": 529,
    }


def test_a_document_is_an_image_and_a_modality_without_a_count_is_nothing() -> None:
    # 345 = 87 text + 258 document; of them 58 + 172 are cached
    usage = counts(
        promptTokenCount=345,
        cachedContentTokenCount=230,
        promptTokensDetails=[*parts(TEXT=87, DOCUMENT=258), {"modality": "AUDIO"}],
        cacheTokensDetails=parts(TEXT=58, DOCUMENT=172),
    )
    assert usage.meters == {
        "input": 29,
        "input.image": 86,
        "cache_read": 58,
        "cache_read.image": 172,
    }


def test_details_that_are_more_than_their_whole_take_from_text_and_are_said() -> None:
    # 1,000 - 300 image - 150 video = 550 text, though the details tell 600
    usage = counts(promptTokenCount=1000, promptTokensDetails=parts(TEXT=600, IMAGE=300, VIDEO=150))
    assert usage.meters == {"input": 550, "input.image": 300, "input.video": 150}
    assert usage.warnings == ("promptTokensDetails (1050) are more than promptTokenCount (1000)",)
    with pytest.raises(UsageError, match="parts of promptTokenCount"):
        counts(promptTokenCount=100, promptTokensDetails=parts(IMAGE=101))
    with pytest.raises(UsageError, match="candidatesTokensDetails"):
        counts(candidatesTokenCount=100, candidatesTokensDetails=parts(IMAGE=101))
    with pytest.raises(UsageError, match="cacheTokensDetails"):
        counts(promptTokenCount=100, cachedContentTokenCount=5, cacheTokensDetails=parts(AUDIO=6))


def test_a_cache_without_details_is_text_first() -> None:
    # 500 text, 1,500 audio, 1,200 cached: all the text and 700 of the audio, which is said
    said = {"promptTokenCount": 2000, "promptTokensDetails": parts(TEXT=500, AUDIO=1500)}
    assert counts(**said, cachedContentTokenCount=500).meters == {
        "input": 0,
        "input.audio": 1500,
        "cache_read": 500,
    }
    usage = counts(**said, cachedContentTokenCount=1200)
    assert usage.meters == {
        "input": 0,
        "input.audio": 800,
        "cache_read": 500,
        "cache_read.audio": 700,
    }
    assert usage.warnings == (
        "more tokens are cached than are text: 700 are taken as cached audio",
    )
    two = {"promptTokenCount": 2000, "promptTokensDetails": parts(IMAGE=900, AUDIO=900)}
    with pytest.raises(UsageError, match="parts of promptTokenCount"):
        counts(**two, cachedContentTokenCount=300)


def test_more_cached_audio_than_the_details_of_the_prompt_tell_is_said() -> None:
    usage = counts(
        promptTokenCount=432,
        cachedContentTokenCount=100,
        promptTokensDetails=parts(TEXT=301),
        cacheTokensDetails=parts(AUDIO=100),
    )
    assert usage.meters == {"input": 332, "cache_read.audio": 100}
    assert usage.warnings == ("more audio is cached (100) than promptTokensDetails tell",)


def test_tool_prompts_of_other_kinds_bill_as_their_kind() -> None:
    # 35 = 10 prompt + 25 tool prompt, of which 5 audio, 5 image, 2 document, 3 video, 10 text
    usage = counts(
        promptTokenCount=10,
        candidatesTokenCount=3,
        thoughtsTokenCount=4,
        toolUsePromptTokenCount=25,
        toolUsePromptTokensDetails=parts(TEXT=10, AUDIO=5, IMAGE=5, DOCUMENT=2, VIDEO=3),
    )
    assert usage.meters == {
        "input": 10,
        "input.tool": 10,
        "input.audio.tool": 5,
        "input.image.tool": 7,
        "input.video.tool": 3,
        "output": 3,
        "output.reasoning": 4,
    }
    assert usage.context_tokens == 35


def test_an_unknown_modality_is_neither_text_nor_lost() -> None:
    usage = counts(promptTokenCount=100, promptTokensDetails=parts(TEXT=60, SMELL=40))
    assert usage.meters == {"input": 60}
    assert usage.unknown == {"promptTokensDetails.SMELL": 40}


def test_thoughts_that_only_the_total_shows_are_billed_as_reasoning() -> None:
    # 237 - 75 - 18 = 144
    usage = counts(promptTokenCount=75, candidatesTokenCount=18, totalTokenCount=237)
    assert usage.meters == {"input": 75, "output": 18, "output.reasoning": 144}
    assert usage.warnings == (
        "144 tokens in totalTokenCount are in neither prompt nor candidates; billed as reasoning",
    )


def test_the_total_shows_thoughts_inside_the_candidates() -> None:
    # 120 = 20 + 100, so the 30 thoughts are part of the 100
    usage = counts(
        promptTokenCount=20, candidatesTokenCount=100, thoughtsTokenCount=30, totalTokenCount=120
    )
    assert usage.meters == {"input": 20, "output": 70, "output.reasoning": 30}
    assert usage.warnings == (
        "thoughtsTokenCount (30) is inside candidatesTokenCount (100), by totalTokenCount (120)",
    )


def test_a_total_that_is_no_sum_is_said() -> None:
    usage = counts(promptTokenCount=100, candidatesTokenCount=60, totalTokenCount=150)
    assert usage.meters == {"input": 100, "output": 60}
    assert usage.warnings == ("totalTokenCount is 150, the counts add up to 160",)


def test_the_size_of_a_cache_is_no_usage() -> None:
    with pytest.raises(UsageError, match="no other count"):
        counts(totalTokenCount=5000)


@pytest.mark.parametrize(
    ("lists", "billed"),
    [
        ([["a", "b"]], 2),
        ([["a", "", "a"]], 1),
        ([["a"], ["a", "b"]], 2),
        ([[""]], None),
        ([[]], None),
        ([None], None),
    ],
)
def test_queries_are_billed_once_and_empty_ones_are_not(
    lists: list[list[str] | None], billed: int | None
) -> None:
    candidates = [{"groundingMetadata": {"webSearchQueries": queries}} for queries in lists]
    usage = one({**GEMINI, "candidates": candidates})
    assert usage.meters.get("grounding_query") == billed


def test_an_answer_grounded_with_maps_says_that_its_fee_is_not_counted() -> None:
    chunks = [{"maps": {"uri": "https://maps.google.com/?cid=1"}}]
    record = {**GEMINI, "candidates": [{"groundingMetadata": {"groundingChunks": chunks}}]}
    assert one(record).warnings == ("grounded with maps: the fee is not in the usage",)


def test_an_interaction_has_the_same_counts_under_other_names() -> None:
    # 1,400 = 900 + 70 + 110 + 320; 900 = 400 text + 300 image + 200 cached
    usage = one(INTERACTION)
    assert usage.meters == {
        "input": 400,
        "input.image": 300,
        "input.tool": 70,
        "cache_read": 200,
        "output": 110,
        "output.reasoning": 320,
        "grounding_query": 3,
    }
    assert usage.context_tokens == 970
    assert (usage.model, usage.id) == ("gemini-3-pro-preview", "v1_1")
    assert usage.attributes == {"service_tier": "flex"}
    assert usage.at == instant("2026-10-01T08:00:00Z")


def test_a_tool_of_an_interaction_that_nobody_knows_is_kept() -> None:
    record = copy.deepcopy(INTERACTION)
    record["usage"]["grounding_tool_count"] = [
        {"type": "google_maps", "count": 2},
        {"type": "retrieval", "count": 0},
    ]
    assert one(record).unknown == {"grounding_tool_count.google_maps": 2}


def test_an_instant_of_the_sdk_is_a_datetime() -> None:
    record = {**GEMINI_SDK, "create_time": datetime(2026, 8, 25, 14, tzinfo=UTC)}
    assert one(record).at == instant("2026-08-25T14:00Z")
    with pytest.raises(UsageError, match="createTime"):
        one({**GEMINI, "createTime": "yesterday"})
    with pytest.raises(UsageError, match="createTime"):
        one({**GEMINI, "createTime": 12})


COUNT = st.integers(0, 10**6)
KINDS = ("TEXT", "AUDIO", "IMAGE", "VIDEO")


@given(
    st.lists(COUNT, min_size=4, max_size=4),
    st.lists(COUNT, min_size=4, max_size=4),
    *(COUNT,) * 4,
    st.booleans(),
)
def test_meters_add_up_to_the_total(
    plain: list[int],
    cached: list[int],
    tool: int,
    output: int,
    image: int,
    thoughts: int,
    is_hidden: bool,
) -> None:
    prompt = sum(plain) + sum(cached)
    total = prompt + tool + output + image + thoughts
    said: dict[str, Any] = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": sum(cached),
        "toolUsePromptTokenCount": tool,
        "candidatesTokenCount": output + image,
        "totalTokenCount": total,
        "promptTokensDetails": parts(
            **{kind: a + b for kind, a, b in zip(KINDS, plain, cached, strict=True)}
        ),
        "cacheTokensDetails": parts(**dict(zip(KINDS, cached, strict=True))),
        "candidatesTokensDetails": parts(IMAGE=image),
    }
    if not is_hidden:
        said["thoughtsTokenCount"] = thoughts
    if is_hidden and total == thoughts and total:
        return  # nothing else was counted: refused
    usage = counts(**said)
    assert sum(usage.meters.values()) == total
    assert usage.meters.get("output.reasoning", 0) == thoughts
    assert usage.context_tokens == prompt + tool
