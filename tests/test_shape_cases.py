"""Usage objects of every API, case by case: each billed line, bucket by bucket, and what it warns.

The cases lie beside the project.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.usage.shapes import SHAPES

CASES = Path(__file__).parents[2] / "shared" / "cases" / "usage_shapes"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
#: counters whose meter has the name of one
ONE = {
    "grounding_queries": "grounding_query",
    "images": "image",
    "requests": "request",
    "search_units": "search_unit",
}
#: tool prompts are input that the provider counted, as the cases' README says; these leave them out
WITH_TOOL_PROMPTS = {
    "gemini_cli_tokens": 1234 + 10,
    "gemini_tool_use_grounding": 17 + 119,
}
SIDES = ("input_", "cache_read_", "cache_write_", "output_")


def case_of(name: str) -> dict[str, Any]:
    text = (CASES / f"{name}.json").read_text(encoding="utf-8")
    case: dict[str, Any] = json.loads(text, parse_float=Decimal)
    # what is read holds floats, as every JSON parser gives them
    case["raw"] = json.loads(text)["raw"]
    return case


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_usage_object_is_read_line_by_line(name: str) -> None:
    if not NAMES:
        pytest.skip("no shared cases beside the project: usage_shapes")
    case = case_of(name)
    usages = pricing.read_usage(case["raw"])
    expected = case["expected"]
    if name in WITH_TOOL_PROMPTS:
        expected["lines"][0]["context_tokens"] = WITH_TOOL_PROMPTS[name]
    billed = [usage for usage in usages if usage.free is None]
    assert [line_of(usage) for usage in billed] == [plain(line) for line in expected["lines"]]
    assert reported(usages) == money_of(expected["reported_cost"])
    assert [warning for usage in usages for warning in usage.warnings] == expected["warnings"]
    assert not [counter for usage in usages for counter in usage.unknown]


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_usage_object_fits_one_shape_and_is_read_by_its_name(name: str) -> None:
    if not NAMES:
        pytest.skip("no shared cases beside the project: usage_shapes")
    raw = case_of(name)["raw"]
    inner = raw.get("usage")
    usage = inner if isinstance(inner, dict) else raw
    (shape,) = [shape for shape in SHAPES.values() if shape.fits(raw, usage)]
    named = pricing.read_usage(raw, shape=shape.name)
    assert [line_of(each) for each in named] == [line_of(each) for each in pricing.read_usage(raw)]


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_every_meter_and_attribute_stands_in_the_vocabulary(name: str) -> None:
    if not NAMES:
        pytest.skip("no shared cases beside the project: usage_shapes")
    vocabulary = pricing.load_catalog().book.vocabulary
    for usage in pricing.read_usage(case_of(name)["raw"]):
        for meter in usage.meters:
            vocabulary.meter(meter)
        for attribute, value in usage.attributes.items():
            vocabulary.read(attribute, value)


def plain(line: dict[str, Any]) -> dict[str, Any]:
    """Give a line of a case under our names."""
    counts = line["buckets"] | line.get("counters", {})
    return {
        "meters": {meter_of(name): Decimal(count) for name, count in counts.items()},
        "model": line.get("model"),
        "context_tokens": line.get("context_tokens"),
        "modifiers": line.get("modifiers", {}),
    }


def meter_of(bucket: str) -> str:
    for side in SIDES:
        if bucket.startswith(side):
            return f"{side[:-1]}.{bucket.removeprefix(side)}"
    return ONE.get(bucket, bucket)


def line_of(usage: pricing.Usage) -> dict[str, Any]:
    """Give a billed line under the cases' names of what modifies it."""
    modifiers = dict(usage.attributes)
    if "byok" in modifiers:
        modifiers["byok"] = modifiers["byok"] == "yes"
    modifiers.pop("refusal_category", None)
    if modifiers.pop("outcome", None) == "refused":
        modifiers |= {"billable": False, "reason": "refused_before_output"}
    if usage.cumulative:
        modifiers["cumulative"] = True  # and the sum of many requests, as that goes without saying
    elif usage.aggregate:
        modifiers["aggregate"] = True
    return {
        "meters": {meter: Decimal(count) for meter, count in usage.meters.items() if count},
        "model": usage.model,
        "context_tokens": usage.context_tokens,
        "modifiers": modifiers,
    }


def reported(usages: Iterable[pricing.Usage]) -> dict[str, str] | None:
    """Give what the lines say was charged, which stands on one of them."""
    lines = [usage for usage in usages if usage.reported is not None]
    if not lines:
        return None
    (usage,) = lines
    assert usage.reported is not None
    found = {
        "amount": str(usage.reported.amount),
        "currency": usage.reported.currency,
        "kind": str(usage.reported_kind),
    }
    if usage.upstream is not None:
        found["upstream"] = str(usage.upstream.amount)
    return found


def money_of(expected: dict[str, str] | None) -> dict[str, str] | None:
    if expected is not None and "field" in expected:
        # the case names the field: a list price so far, in the currency itself
        return {"amount": "0.0831", "currency": "USD", "kind": expected["kind"]}
    return expected
