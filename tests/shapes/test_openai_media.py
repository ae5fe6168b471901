"""Usage of OpenAI's images, realtime sessions and transcriptions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import pricing
from pricing.errors import UsageError


def read(record: dict[str, Any]) -> pricing.Usage:
    (found,) = pricing.read_usage(record)
    return found


def counted(usage: pricing.Usage) -> dict[str, Any]:
    return {meter: number for meter, number in usage.meters.items() if number}


PAINTED = {
    "input_tokens": 370,
    "input_tokens_details": {"text_tokens": 50, "image_tokens": 320},
    "output_tokens": 4160,
    "total_tokens": 4530,
}


@pytest.mark.parametrize(
    "record",
    [
        {"created": 1, "data": [{}], "usage": PAINTED},
        {"type": "image_generation.completed", "b64_json": "", "usage": PAINTED},
        {"type": "image_edit.completed", "b64_json": "", "usage": PAINTED},
        # the details alone tell an image's counts from a response's
        {"model": "gpt-image-2", "usage": PAINTED},
        PAINTED,
    ],
)
def test_without_a_split_all_output_is_an_image(record: dict[str, Any]) -> None:
    usage = read(record)
    assert counted(usage) == {"input": 50, "input.image": 320, "output.image": 4160}
    assert usage.context_tokens == 370


def test_a_split_tells_text_from_images() -> None:
    outside = {"output_tokens_details": {"image_tokens": 4000, "text_tokens": 160}}
    usage = read({"created": 1, "data": [{}], "usage": PAINTED | outside})
    assert counted(usage) == {
        "input": 50,
        "input.image": 320,
        "output": 160,
        "output.image": 4000,
    }


def test_size_and_quality_are_told() -> None:
    image = {"created": 1, "data": [{}], "size": "1024x1024", "quality": "high", "usage": PAINTED}
    assert read(image).attributes == {"size": "1024x1024", "quality": "high"}


def test_drawing_an_svg_is_a_line_of_its_own_model() -> None:
    svg = {"model": "gpt-5.6-luna", "input_tokens": 9, "output_tokens": 6, "total_tokens": 15}
    image = {"created": 1, "data": [{}], "usage": PAINTED, "svg_usage": svg}
    painted, drawn = pricing.read_usage(image)
    assert painted.meters["output.image"] == 4160
    assert (drawn.model, counted(drawn)) == ("gpt-5.6-luna", {"input": 9, "output": 6})


SPOKEN = {
    "total_tokens": 1253,
    "input_tokens": 1132,
    "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 119,
        "audio_tokens": 1013,
        "cached_tokens": 564,
        "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 500},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}


@pytest.mark.parametrize(
    "record",
    [
        {"type": "response.done", "response": {"id": "resp_2", "usage": SPOKEN}},
        {"id": "resp_2", "object": "realtime.response", "usage": SPOKEN},
    ],
)
def test_cached_audio_is_inside_the_audio(record: dict[str, Any]) -> None:
    # text 119 = 64 cached + 55, audio 1,013 = 500 cached + 513; 30 + 91 out
    usage = read(record)
    assert counted(usage) == {
        "input": 55,
        "input.audio": 513,
        "cache_read": 64,
        "cache_read.audio": 500,
        "output": 30,
        "output.audio": 91,
    }
    assert sum(usage.meters.values()) == 1253
    assert (usage.context_tokens, usage.id) == (1132, "resp_2")


def test_more_cached_audio_than_audio_is_refused() -> None:
    inside = SPOKEN["input_token_details"] | {"audio_tokens": 499}  # type: ignore[operator]
    with pytest.raises(UsageError, match="cached audio_tokens are more than audio_tokens"):
        read(
            {
                "type": "response.done",
                "response": {"usage": SPOKEN | {"input_token_details": inside}},
            }
        )


@pytest.mark.parametrize("kind", ["session.usage.updated", "session.closed"])
def test_a_live_session_counts_its_seconds_so_far(kind: str) -> None:
    session = {"id": "sess_1", "model": "gpt-live-2"}
    usage = read({"type": kind, "session": session, "usage": {"seconds": 61.25}})
    assert usage.meters == {"audio_seconds": Decimal("61.25")}
    assert usage.cumulative
    assert (usage.id, usage.model) == ("sess_1", "gpt-live-2")


HEARD = {
    "type": "tokens",
    "input_tokens": 140,
    "input_token_details": {"text_tokens": 10, "audio_tokens": 130},
    "output_tokens": 35,
    "total_tokens": 175,
}


@pytest.mark.parametrize(
    "record",
    [
        {"text": "hi", "usage": HEARD},
        {"type": "conversation.item.input_audio_transcription.completed", "usage": HEARD},
        {"type": "transcript.text.done", "text": "hi", "usage": HEARD},
    ],
)
def test_a_transcription_bills_its_tokens_by_kind(record: dict[str, Any]) -> None:
    usage = read(record)
    assert counted(usage) == {"input": 10, "input.audio": 130, "output": 35}
    assert usage.context_tokens == 140


def test_a_transcription_without_a_split_is_text() -> None:
    usage = {key: value for key, value in HEARD.items() if key != "input_token_details"}
    assert counted(read({"text": "hi", "usage": usage})) == {"input": 140, "output": 35}


@pytest.mark.parametrize(
    ("usage", "seconds"),
    [
        ({"type": "duration", "seconds": 12.5}, Decimal("12.5")),
        ({"type": "duration", "seconds": 9}, 9),
        ({"duration_seconds": 10}, 10),
    ],
)
def test_a_transcription_billed_by_the_second(usage: dict[str, Any], seconds: object) -> None:
    assert read({"text": "hi", "usage": usage}).meters == {"audio_seconds": seconds}


@pytest.mark.parametrize("seconds", [-1, "long", None, {}])
def test_seconds_that_are_no_count(seconds: object) -> None:
    record = {"text": "hi", "usage": {"type": "duration", "seconds": seconds}}
    if seconds is None:
        assert read(record).meters == {"audio_seconds": 0}
    else:
        with pytest.raises(UsageError):
            read(record)
