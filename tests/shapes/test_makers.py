"""What all readers of APIs other than Anthropic's and OpenAI's keep to."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from makers_samples import SAMPLES

import pricing
from pricing.errors import UsageError
from pricing.usage.shapes import SHAPES

RECORDS = [(name, record) for name, records in SAMPLES.items() for record in records]
ODD: tuple[Any, ...] = (
    *(None, True, "", "x", "12", b"x", [], [1], [None], {}, {"a": 1}),
    *(-1, 1.5, 10**30, 1e300, float("nan"), Decimal("0.5"), Decimal("NaN")),
)
#: shapes whose context is not the sum of what is billed: Cohere bills less than it counts, and of
#: a request that xAI sampled several times the last sampling's counts
OTHER_CONTEXT = ("cohere", "xai.responses")


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_response_fits_one_shape(name: str, record: dict[str, Any]) -> None:
    usage = record.get("usage")
    usage = usage if isinstance(usage, dict) else record
    assert [shape.name for shape in SHAPES.values() if shape.fits(record, usage)] == [name]


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
        assert name in OTHER_CONTEXT or usage.context_tokens == given
        assert usage.raw in (record, {"usage": record}, record.get("metadata"))
        assert not usage.unknown


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


def changed(record: dict[str, Any], place: tuple[Any, ...], value: object) -> Any:
    body: Any = copy.deepcopy(record)
    inside = body
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return body


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_an_odd_value_anywhere_is_read_or_refused(name: str, record: dict[str, Any]) -> None:
    for place in places(record):
        for odd in ODD:
            with suppress(UsageError):
                for usage in pricing.read_usage(changed(record, place, odd)):
                    assert all(number >= 0 for number in usage.meters.values()), (place, odd)


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_negative_count_is_refused_where_it_counts(name: str, record: dict[str, Any]) -> None:
    meters = [usage.meters for usage in pricing.read_usage(record)]
    refused = 0
    for place in places(record):
        if not isinstance(at(record, place), int | float):
            continue
        try:
            found = pricing.read_usage(changed(record, place, -1), name)
        except UsageError:
            refused += 1
        else:
            assert [usage.meters for usage in found] == meters, place
    assert refused or name == "aws.invoke-model"  # whose headers are text


def at(record: Any, place: tuple[Any, ...]) -> object:
    for key in place:
        record = record[key]
    return record


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_a_counter_that_nobody_knows_is_kept_and_not_priced(
    name: str, record: dict[str, Any]
) -> None:
    holder = next((key for key in ("usage", "usageMetadata", "usage_metadata") if key in record), 0)
    if not holder or name == "total-only":
        return  # with another counter it is another shape
    for number in (7, 0, None):
        body = changed(record, (holder, "hologram_tokens"), number)
        usage = pricing.read_usage(body)[0]
        assert sum(usage.unknown.values()) == (number or 0)
        assert usage.meters == pricing.read_usage(record)[0].meters
