"""What all readers of frameworks, gateways, traces and agents' logs keep to."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_samples import SAMPLES

import pricing
from pricing.errors import UsageError
from pricing.usage.envelope import read_record
from pricing.usage.lines import Wholes
from pricing.usage.sellers import seller_of
from pricing.usage.shapes import SHAPES

RECORDS = [(name, record) for name, records in SAMPLES.items() for record in records]
ODD: tuple[Any, ...] = (
    *(None, True, "", "x", "12", b"x", [], [1], [None], {}, {"a": 1}),
    *(-1, 1.5, 10**30, 1e300, float("nan"), Decimal("0.5"), Decimal("NaN")),
)


def held(record: dict[str, Any]) -> dict[str, Any]:
    usage = record.get("usage")
    return usage if isinstance(usage, dict) else record


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_record_fits_one_shape(name: str, record: dict[str, Any]) -> None:
    fits = [shape.name for shape in SHAPES.values() if shape.fits(record, held(record))]
    assert fits == [name]


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_shape_that_is_named_reads_the_same(name: str, record: dict[str, Any]) -> None:
    found = [usage.meters for usage in pricing.read_usage(record, name)]
    assert found == [usage.meters for usage in pricing.read_usage(record)]


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_quantities_are_exact_and_the_context_is_all_input(
    name: str, record: dict[str, Any]
) -> None:
    for usage in pricing.read_usage(record):
        assert all(isinstance(number, int | Decimal) for number in usage.meters.values())
        given = sum(n for m, n in usage.meters.items() if m.startswith(("input", "cache_")))
        assert usage.context_tokens == (None if usage.aggregate else given)
        assert usage.raw is record or usage.raw == {"usage": record}


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_record_of_a_log_needs_no_envelope(name: str, record: dict[str, Any]) -> None:
    found = [(usage.meters, usage.at) for usage in read_record(record)]
    assert found == [(usage.meters, usage.at) for usage in pricing.read_usage(record)]


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_meters_and_attributes_stand_in_the_vocabulary(name: str, record: dict[str, Any]) -> None:
    vocabulary = pricing.load_catalog().book.vocabulary
    for usage in pricing.read_usage(record):
        for meter in usage.meters:
            vocabulary.meter(meter)
        for attribute, value in usage.attributes.items():
            vocabulary.read(attribute, value)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*at, key)
        if isinstance(each, dict | list):
            yield from places(each, (*at, key))


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_an_odd_value_anywhere_is_read_or_refused(name: str, record: dict[str, Any]) -> None:
    for place in places(record):
        for odd in ODD:
            body: Any = copy.deepcopy(record)
            changed = body
            for key in place[:-1]:
                changed = changed[key]
            changed[place[-1]] = odd
            with suppress(UsageError):
                for usage in pricing.read_usage(body):
                    assert all(number >= 0 for number in usage.meters.values()), (place, odd)


COUNT = st.integers(0, 10**6)


@given(COUNT, COUNT, COUNT, COUNT, COUNT, st.booleans(), st.booleans())
def test_meters_add_up_to_the_total_whatever_it_includes(
    plain: int, cached: int, output: int, reasoning: int, tools: int, cache_in: bool, inside: bool
) -> None:
    input = plain + cached * cache_in
    whole = output + reasoning * inside
    total = plain + cached + output + reasoning + tools
    for documented in (True, False):
        wholes = Wholes(
            input,
            whole,
            words=("input", "output", "total"),
            cache={"cache_read": cached},
            reasoning=reasoning,
            tools=tools,
            total=total,
        )
        meters, context = wholes.meters(cache_inside=documented, reasoning_inside=documented)
        # a total of 0, or of input and output alone, decides nothing
        if total and total != input + whole:
            assert sum(meters.values()) == total
        assert all(number >= 0 for number in meters.values())
        assert context == sum(n for m, n in meters.items() if m.startswith(("input", "cache")))


@pytest.mark.parametrize(
    ("told", "seller"),
    [
        (None, None),
        ("", None),
        ("_OTHER", None),
        ("anthropic", "anthropic"),
        ("openai.chat", "openai"),
        ("aws.bedrock", "aws-bedrock"),
        ("amazon-bedrock", "aws-bedrock"),
        ("gcp.vertex_ai", "google-vertex"),
        ("google.vertex.chat", "google-vertex"),
        ("google.generative-ai", "google-aistudio"),
        ("vertex_ai-anthropic_models", "google-vertex"),
        ("github-copilot", "github-copilot"),
    ],
)
def test_a_seller_has_the_name_of_its_cards_and_a_stranger_its_own(
    told: str | None, seller: str | None
) -> None:
    assert seller_of(told) == seller


@pytest.mark.parametrize(
    ("shape", "record"),
    [
        ("langchain", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}),
        ("vercel.ai-sdk", {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}),
        ("litellm", {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}),
        ("pydantic-ai", {"input_tokens": 10, "output_tokens": 5}),
        ("codex", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}),
        ("langfuse", {"input": 10, "output": 5, "total": 15}),
        (
            "openinference",
            {
                "gen_ai.usage.input_tokens": 1,
                "llm.token_count.prompt": 10,
                "llm.token_count.completion": 5,
            },
        ),
    ],
)
def test_a_body_that_could_be_another_s_is_read_as_the_shape_that_is_named(
    shape: str, record: dict[str, Any]
) -> None:
    for body in (record, {"usage": record}):
        if body is record or shape not in ("openinference", "langchain", "langfuse"):
            (usage,) = pricing.read_usage(body, shape)
            assert usage.meters == {"input": 10, "output": 5}


def test_a_shape_that_is_named_and_cannot_be_is_refused() -> None:
    for name, record in RECORDS:
        others = {"cursor", "claude-code"} - {name}
        for other in others:
            with pytest.raises(UsageError, match=f"not the shape {other}"):
                pricing.read_usage(record, other)
