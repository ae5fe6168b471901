"""Reading loses nothing: what a body says in wholes and parts comes back as disjoint meters.

Each shape is written from meters, as its API would write it, and read again; the meters add up to
the total that the body carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing

Meters = Mapping[str, int]
Body = dict[str, Any]

IN = ("input", "cache_read", "cache_write", "output", "output.reasoning")
KINDS = ("input.audio", "input.image", "cache_read.audio", "cache_read.image", "output.audio")
TTLS = ("cache_write.5m", "cache_write.1h")
OPENAI_TTLS = ("cache_write.30m", "cache_write.12h")


def of(meters: Meters, *starts: str) -> int:
    """Give all that stands in a meter or in one below it."""
    return sum(
        n for m, n in meters.items() if m in starts or m.startswith(tuple(f"{s}." for s in starts))
    )


def by_kind(meters: Meters, *sides: str) -> Body:
    return {
        f"{kind}_tokens": sum(meters.get(f"{side}.{kind}", 0) for side in sides)
        for kind in ("audio", "image")
    }


def openai(meters: Meters, first: str, second: str, details: str = "tokens_details") -> Body:
    whole, made = of(meters, "input", "cache_read", "cache_write"), of(meters, "output")
    inside = {
        **by_kind(meters, "input", "cache_read"),
        "cached_tokens": of(meters, "cache_read"),
        "cached_tokens_details": {
            "text_tokens": meters.get("cache_read", 0),
            **by_kind(meters, "cache_read"),
        },
    }
    split = {f"ttl_{t}_tokens": meters.get(f"cache_write.{t}", 0) for t in ("30m", "12h")}
    if of(meters, "cache_write"):
        inside["cache_write_tokens"] = of(meters, "cache_write")
    if any(split.values()):
        inside["cache_write_tokens_details"] = split
    reasoning = {"reasoning_tokens": meters.get("output.reasoning", 0)}
    return {
        f"{first}_tokens": whole,
        f"{second}_tokens": made,
        "total_tokens": whole + made,
        f"{first}_{details}": inside,
        f"{second}_{details}": by_kind(meters, "output") | reasoning,
    }


def chat(meters: Meters) -> Body:
    return {"object": "chat.completion", "usage": openai(meters, "prompt", "completion")}


def responses(meters: Meters) -> Body:
    return {"object": "response", "model": "claude-x", "usage": openai(meters, "input", "output")}


def responses_of_gpt(meters: Meters) -> Body:
    return {"object": "response", "model": "gpt-9", "usage": openai(meters, "input", "output")}


def event(meters: Meters) -> Body:
    return {"type": "response.completed", "response": responses(meters)}


def batch(meters: Meters) -> Body:
    return responses_of_gpt(meters) | {"object": "batch"}


def realtime(meters: Meters) -> Body:
    usage = openai(meters, "input", "output", "token_details")
    return {"type": "response.done", "response": {"usage": usage}}


def transcription(meters: Meters) -> Body:
    whole = of(meters, "input")
    return {
        "text": "",
        "usage": {
            "type": "tokens",
            "input_tokens": whole,
            "input_token_details": {"audio_tokens": meters.get("input.audio", 0)},
            "output_tokens": meters["output"],
            "total_tokens": whole + meters["output"],
        },
    }


def images(meters: Meters) -> Body:
    whole, made = of(meters, "input"), of(meters, "output")
    return {
        "created": 1,
        "data": [],
        "usage": {
            "input_tokens": whole,
            "input_tokens_details": {
                "text_tokens": meters["input"],
                "image_tokens": meters["input.image"],
            },
            "output_tokens": made,
            "output_tokens_details": {
                "text_tokens": meters["output"],
                "image_tokens": meters["output.image"],
            },
            "total_tokens": whole + made,
        },
    }


def openai_report(meters: Meters) -> Body:
    cached, written = of(meters, "cache_read"), of(meters, "cache_write")
    uncached = of(meters, "input")
    found = {
        "object": "organization.usage.completions.result",
        "input_tokens": uncached + cached + written,
        "input_uncached_tokens": uncached,
        "input_cached_tokens": cached,
        "input_cache_write_tokens": written,
        "input_cache_write_12h_tokens": meters["cache_write.12h"],
        "output_tokens": of(meters, "output"),
    }
    for side, meter in (("input", "input"), ("input_cached", "cache_read"), ("output", "output")):
        found |= {f"{side}_{key}": count for key, count in by_kind(meters, meter).items()}
    return found


def counts(meters: Meters) -> Body:
    return {
        "input_tokens": meters["input"],
        "cache_read_input_tokens": meters["cache_read"],
        "cache_creation_input_tokens": of(meters, "cache_write"),
        "cache_creation": {
            "ephemeral_5m_input_tokens": meters["cache_write.5m"],
            "ephemeral_1h_input_tokens": meters["cache_write.1h"],
        },
        "output_tokens": of(meters, "output"),
        "output_tokens_details": {"thinking_tokens": meters.get("output.reasoning", 0)},
    }


def message(meters: Meters) -> Body:
    return {"type": "message", "usage": counts(meters)}


def iterations(meters: Meters) -> Body:
    half = {meter: count // 2 for meter, count in meters.items()}
    rest = {meter: count - half[meter] for meter, count in meters.items()}
    parts = [{"type": "compaction", **counts(half)}, {"type": "message", **counts(rest)}]
    return {"type": "message", "usage": {**counts(rest), "iterations": parts}}


def anthropic_batch(meters: Meters) -> Body:
    return {"custom_id": "a", "result": {"type": "succeeded", "message": message(meters)}}


def anthropic_report(meters: Meters) -> Body:
    usage = counts(meters)
    usage["uncached_input_tokens"] = usage.pop("input_tokens")
    del usage["cache_creation_input_tokens"]
    return {"group": {}, "usage": usage | {"total_tokens": sum(meters.values())}}


def session(meters: Meters) -> Body:
    usage = counts(meters)
    del usage["cache_creation_input_tokens"]
    return {"type": "session.usage", "usage": usage}


CLAUDE = ("input", "cache_read", *TTLS, "output", "output.reasoning")
ADMIN = ("input", "cache_read", *OPENAI_TTLS, "output", *KINDS, "output.image")
SHAPES: dict[Callable[[Meters], Body], tuple[str, ...]] = {
    chat: (*IN, *KINDS),
    responses: (*IN, *KINDS),
    responses_of_gpt: ("input", "cache_read", *OPENAI_TTLS, "output", "output.reasoning"),
    event: IN,
    batch: ("input", "cache_read", *OPENAI_TTLS, "output", "output.reasoning"),
    realtime: ("input", "cache_read", "output", *KINDS),
    transcription: ("input", "input.audio", "output"),
    images: ("input", "input.image", "output", "output.image"),
    openai_report: ADMIN,
    message: CLAUDE,
    iterations: CLAUDE,
    anthropic_batch: CLAUDE,
    anthropic_report: CLAUDE,
    session: CLAUDE,
}


def total_of(body: object) -> int | None:
    """Give the total that a body carries, wherever it stands."""
    if not isinstance(body, dict):
        return None
    if "total_tokens" in body:
        return int(body["total_tokens"])
    return next((found for v in body.values() if (found := total_of(v)) is not None), None)


@pytest.mark.parametrize("write", SHAPES, ids=lambda write: write.__name__)
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_what_was_counted_is_read(write: Callable[[Meters], Body], data: st.DataObject) -> None:
    few_or_many = st.one_of(st.just(0), st.integers(1, 9), st.integers(0, 10**7))
    meters = data.draw(st.fixed_dictionaries(dict.fromkeys(SHAPES[write], few_or_many)))
    body = write(meters)
    usages = pricing.read_usage(body)
    found: dict[str, Any] = {}
    for usage in usages:
        assert not usage.unknown
        assert not usage.warnings
        for meter, count in usage.meters.items():
            found[meter] = found.get(meter, 0) + count
    assert {m: n for m, n in found.items() if n} == {m: n for m, n in meters.items() if n}
    total = total_of(body)
    if total is not None:
        assert sum(found.values()) == total
    context = sum(n for m, n in meters.items() if not m.startswith("output"))
    told = [usage.context_tokens for usage in usages]
    assert all(usage.aggregate for usage in usages) if None in told else sum(told) == context
