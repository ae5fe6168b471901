"""Law 6, over every shape: meters add up to the provider's total, and what is unknown surfaces.

A record of each shape, as its API writes it, is changed at random. Whatever comes of it, either it
is refused, or something is said, or the tokens that are read are the total that stands in it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import kept_samples
import makers_samples
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing.usage.shapes import SHAPES

Record = dict[str, Any]
Place = tuple[Any, ...]

MESSAGE: Record = {
    "id": "msg_1",
    "type": "message",
    "model": "claude-sonnet-4-6",
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 12,
        "cache_read_input_tokens": 3400,
        "cache_creation_input_tokens": 500,
        "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 300},
        "output_tokens": 90,
        "output_tokens_details": {"thinking_tokens": 40},
        "server_tool_use": {"web_search_requests": 2},
    },
}
REPORT: Record = {
    "uncached_input_tokens": 1500,
    "cache_read_input_tokens": 200,
    "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 1000},
    "output_tokens": 500,
    "server_tool_use": {"web_search_requests": 10},
    "model": "claude-sonnet-4-6",
}
CHAT: Record = {
    "object": "chat.completion",
    "model": "gpt-5.6-sol",
    "usage": {
        "prompt_tokens": 1200,
        "completion_tokens": 300,
        "total_tokens": 1500,
        "prompt_tokens_details": {"cached_tokens": 800, "audio_tokens": 10},
        "completion_tokens_details": {"reasoning_tokens": 120, "audio_tokens": 5},
    },
}
RESPONSES: Record = {
    "object": "response",
    "model": "gpt-5.6-sol",
    "output": [],
    "usage": {
        "input_tokens": 1200,
        "input_tokens_details": {"cached_tokens": 800},
        "output_tokens": 300,
        "output_tokens_details": {"reasoning_tokens": 120},
        "total_tokens": 1500,
    },
}
OWN: dict[str, list[Record]] = {
    "anthropic.messages": [MESSAGE],
    "anthropic.batch": [{"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}}],
    "anthropic.admin": [REPORT],
    "anthropic.managed": [
        {"type": "session", "agent": {"model": {"id": "m"}}, "usage": MESSAGE["usage"]}
    ],
    "openai.chat": [CHAT],
    "openai.responses": [RESPONSES],
    "openai.batch": [RESPONSES | {"object": "batch"}],
    "openai.images": [
        {
            "created": 1,
            "data": [{}],
            "usage": {
                "input_tokens": 60,
                "input_tokens_details": {"text_tokens": 20, "image_tokens": 40},
                "output_tokens": 500,
                "total_tokens": 560,
            },
        }
    ],
    "openai.realtime": [
        {
            "type": "response.done",
            "response": {
                "usage": {
                    "input_tokens": 100,
                    "input_token_details": {
                        "cached_tokens": 30,
                        "text_tokens": 60,
                        "audio_tokens": 40,
                        "cached_tokens_details": {"text_tokens": 20, "audio_tokens": 10},
                    },
                    "output_tokens": 50,
                    "output_token_details": {"text_tokens": 20, "audio_tokens": 30},
                    "total_tokens": 150,
                }
            },
        }
    ],
    "openai.transcription": [
        {
            "text": "",
            "usage": {
                "type": "tokens",
                "input_tokens": 14,
                "input_token_details": {"text_tokens": 4, "audio_tokens": 10},
                "output_tokens": 45,
                "total_tokens": 59,
            },
        }
    ],
    "openai.admin": [
        {
            "object": "organization.usage.completions.result",
            "input_tokens": 1000,
            "input_uncached_tokens": 600,
            "input_cached_tokens": 400,
            "output_tokens": 50,
            "num_model_requests": 5,
            "model": "gpt-5.6-sol",
        }
    ],
    "cohere.tokens": makers_samples.SAMPLES["cohere"][:1],
    "meters": [{"model": "m", "usage": {"meters": {"input": 9, "output": 4}}}],
}
SAMPLES: dict[str, list[Record]] = {**kept_samples.SAMPLES, **makers_samples.SAMPLES, **OWN}
CASES = [
    pytest.param(name, record, id=f"{name}-{number}")
    for name, records in SAMPLES.items()
    for number, record in enumerate(records)
]
TOTALS = ("total_tokens", "totalTokenCount", "totalTokens", "total", "Total Tokens")
TOKENS = ("input", "cache_read", "cache_write", "output")
#: their total leaves out what is billed beside it
PARTIAL = {"perplexity"}
#: where other columns stand beside counts
NO_COUNTERS = {("litellm.spend-log",)}
#: what the names of counters begin with
PREFIXES = {"openinference": "llm.token_count."}
STRANGER = "frobnicated_tokens"


def read(name: str, record: Record) -> tuple[pricing.Usage, ...]:
    return pricing.read_usage(record, name if name == "cohere.tokens" else None)


def tokens(usages: tuple[pricing.Usage, ...]) -> Decimal:
    counted = (
        quantity
        for usage in usages
        for meter, quantity in usage.meters.items()
        if meter.partition(".")[0] in TOKENS
    )
    return Decimal(sum(counted))


def said(usages: tuple[pricing.Usage, ...]) -> bool:
    """Tell whether a reader says that something is odd."""
    return any(usage.warnings or usage.unknown or usage.incomplete for usage in usages)


def leaves(value: object, at: Place = ()) -> Iterator[tuple[Place, object]]:
    pairs: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*at, key))
        else:
            yield (*at, key), inner


def changed(record: Record, place: Place, value: object) -> Record:
    copied = holder = copy.deepcopy(record)
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return copied


def outcome(name: str, record: Record) -> object:
    try:
        return [(usage.meters, usage.warnings) for usage in read(name, record)]
    except pricing.UsageError:
        return "refused"


def counts(name: str, record: Record) -> list[Place]:
    """Give the places whose numbers decide what is read."""
    usual = outcome(name, record)
    return [
        place
        for place, value in leaves(record)
        if type(value) is int and outcome(name, changed(record, place, value + 1)) != usual
    ]


def total_of(name: str, record: Record) -> Decimal | None:
    """Give the one total that decides what is read."""
    if name in PARTIAL:
        return None
    found = [
        value
        for place, value in leaves(record)
        if place[-1] in TOTALS and type(value) is int and place in counts(name, record)
    ]
    return Decimal(str(found[0])) if len(found) == 1 else None


def test_every_shape_has_a_record() -> None:
    assert set(SAMPLES) == set(SHAPES)


@pytest.mark.parametrize(("name", "record"), CASES)
def test_a_record_adds_up_to_its_total_and_says_nothing(name: str, record: Record) -> None:
    usages = read(name, record)
    total = total_of(name, record)
    assert not any(usage.unknown for usage in usages)
    if total is not None:
        assert tokens(usages) == total


@pytest.mark.parametrize(("name", "record"), CASES)
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_changed_record_is_refused_or_marked_or_adds_up(
    name: str, record: Record, data: st.DataObject
) -> None:
    places = counts(name, record)
    made = record
    few = st.lists(st.sampled_from(places), max_size=4) if places else st.just([])
    for place in data.draw(few):
        made = changed(made, place, data.draw(st.integers(0, 5000)))
    try:
        usages = read(name, made)
    except pricing.UsageError:
        return
    for usage in usages:
        assert all(quantity >= 0 for quantity in usage.meters.values())
    total = total_of(name, record)
    if total is None or said(usages):
        return
    (place,) = [p for p in places if p[-1] in TOTALS]
    held: Any = made
    for key in place:
        held = held[key]
    # 0 is as good as none
    assert held in (0, tokens(usages))


@pytest.mark.parametrize(("name", "record"), CASES)
def test_an_unknown_counter_beside_counts_surfaces(name: str, record: Record) -> None:
    holders = {
        place[:-1] for place in counts(name, record) if len(place) < 2 or isinstance(place[-2], str)
    }
    silent = []
    for holder in sorted(holders, key=str):
        if (name, *holder) in NO_COUNTERS:
            continue
        made = changed(record, (*holder, PREFIXES.get(name, "") + STRANGER), 7)
        try:
            usages = read(name, made)
        except pricing.UsageError:
            continue
        told = [str(key) for usage in usages for key in (*usage.unknown, *usage.meters)]
        told += [warning for usage in usages for warning in usage.warnings]
        if not any("frobnicated" in each.lower() for each in told):
            silent.append(holder)
    assert not silent
