"""Whatever stands anywhere in a usage object, it is read or refused, and counts stay counts."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing

CASES = Path(__file__).parents[3] / "shared" / "cases" / "usage_shapes"
ODD: tuple[Any, ...] = (
    *(None, True, "", "x", "12", "-5", "2026-11-20T12:00Z", b"x"),
    *([], [1], [{}], {}, {"a": 1}, {"a": {"b": 2}}),
    *(-1, 1.5, 10**30, 1e300, float("nan"), float("inf"), Decimal("1.5"), Decimal("NaN")),
)
COUNTS = {
    "input_tokens": 90,
    "input_tokens_details": {
        "cached_tokens": 60,
        "cache_write_tokens": 25,
        "cache_write_tokens_details": {"ttl_30m_tokens": 5, "ttl_12h_tokens": 20},
    },
    "output_tokens": 15,
    "output_tokens_details": {"reasoning_tokens": 11},
    "total_tokens": 105,
    "cost": 0.5,
    "is_byok": True,
    "cost_details": {"upstream_inference_cost": 0.1},
}
OWN: dict[str, dict[str, Any]] = {
    "responses": {
        "object": "response",
        "id": "resp_1",
        "model": "gpt-5.6-sol",
        "created_at": 1_790_000_000,
        "service_tier": "default",
        "tools": [{"type": "web_search", "search_context_size": "low"}],
        "output": [
            {"type": "web_search_call", "status": "completed", "action": {"type": "search"}},
            {"type": "code_interpreter_call", "container_id": "c"},
            {"type": "image_generation_call", "svg_usage": {"model": "m", "input_tokens": 1}},
        ],
        "tool_usage": {
            "image_gen": {"total_tokens": 2, "output_tokens": 2},
            "web_search": {"num_requests": 1},
        },
        "prompt_cache_options": {"ttl": "30m"},
        "usage": COUNTS,
    },
    "responses event": {"type": "response.completed", "response": {"usage": COUNTS}},
    "anthropic batch": {
        "custom_id": "a",
        "result": {"type": "succeeded", "message": {"usage": {"input_tokens": 1}}},
    },
    "anthropic analytics": {
        "starting_at": "2026-08-01T00:00:00Z",
        "group": {"model": "m", "speed": "fast"},
        "usage": {"uncached_input_tokens": 3, "requests": 1, "total_tokens": 3},
    },
    "anthropic session": {
        "type": "session",
        "agent": {"model": {"id": "m"}},
        "usage": {"active_seconds": 1.5, "list_cost": {"amount": "8", "currency": "USD"}},
    },
    "openai live": {
        "type": "session.closed",
        "session": {"id": "s", "model": "m"},
        "usage": {"seconds": 3.5},
    },
}


def bodies() -> dict[str, dict[str, Any]]:
    found = dict(OWN)
    for path in sorted(CASES.glob("*.json")):
        found[path.stem] = json.loads(path.read_text(encoding="utf-8"))["raw"]
    return found


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (*at, key)
        yield from places(inner, (*at, key))


@pytest.mark.parametrize("name", bodies())
def test_an_odd_value_anywhere_is_read_or_refused(name: str) -> None:
    body = bodies()[name]
    for place in places(body):
        for odd in ODD:
            changed = holder = copy.deepcopy(body)
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = odd
            try:
                usages = pricing.read_usage(changed)
            except pricing.UsageError:
                continue
            for usage in usages:
                for meter, quantity in (*usage.meters.items(), *usage.unknown.items()):
                    is_count = type(quantity) is int or isinstance(quantity, Decimal)
                    assert is_count, (place, odd, meter, quantity)
                    assert quantity >= 0, (place, odd, meter, quantity)
                assert type(usage.context_tokens) in (int, type(None)), (place, odd)
