"""Pydantic AI: the usage of a response, or of a run of several requests.

``input_tokens`` and ``output_tokens`` are wholes: cache, audio and reasoning are inside, and a
write for an hour inside the written. ``details`` repeats what the provider said. Requests without
a usage are counted as ``unmeasured_requests``: the tokens are a lower bound then.
Source: pydantic_ai usage.py (RequestUsage, RunUsage), genai_prices types.py.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.lines import Wholes, dollars, line, written
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.sellers import seller_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_WORDS = ("input_tokens", "output_tokens", "total_tokens")
_KINDS = ("audio", "image", "video")
_REASONING = ("reasoning_tokens", "thoughts_tokens", "thinking_tokens")
_REQUESTS = ("requests", "unmeasured_requests", "tool_calls")
_TTLS = ("5m", "1h")
_KNOWN = frozenset(
    [
        *(*_WORDS, *_REQUESTS, "details", "cost", "web_searches"),
        *("cache_read_tokens", "cache_write_tokens", "output_reasoning_tokens"),
        *(f"cache_write_{ttl}_tokens" for ttl in _TTLS),
        *(f"{side}_{kind}_tokens" for side in ("input", "output") for kind in (*_KINDS, "text")),
        *(f"cache_{kind}_read_tokens" for kind in (*_KINDS, "text")),
    ]
)
#: what ``details`` repeats of the wholes, and what only describes them
_REPEATS = frozenset(
    [
        *(*_WORDS, *_REASONING, "tool_calls", "text_tokens", "audio_tokens", "image_tokens"),
        *("cached_tokens", "cached_content_tokens", "tool_use_prompt_tokens"),
        *("cache_read_input_tokens", "cache_creation_input_tokens", "cache_write_tokens"),
        *("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "web_search_requests"),
        *("accepted_prediction_tokens", "rejected_prediction_tokens"),
    ]
)
_MODALITY = ("_prompt_tokens", "_candidates_tokens", "_cache_tokens", "_tool_use_prompt_tokens")


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read the usage of a response or a run.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = details(record, "usage")
    extra = details(usage, "details")
    cache: dict[str, Quantity] = {"cache_read": count(usage, "cache_read_tokens")}
    kinds: dict[str, Quantity] = {}
    for kind in _KINDS:
        cached = cache[f"cache_read.{kind}"] = count(usage, f"cache_{kind}_read_tokens")
        cache["cache_read"] -= cached
        kinds[f"input.{kind}"] = count(usage, f"input_{kind}_tokens") - cached
        if kinds[f"input.{kind}"] < 0 or cache["cache_read"] < 0:
            raise UsageError(f"cached {kind} tokens are more than {kind} or all cached tokens")
    by_ttl = {f"cache_write.{ttl}": count(usage, f"cache_write_{ttl}_tokens") for ttl in _TTLS}
    cache |= written(count(usage, "cache_write_tokens"), by_ttl, "cache_write_tokens")
    said: Iterator[Quantity] = (count(extra, key) for key in _REASONING)
    wholes = Wholes(
        count(usage, "input_tokens"),
        count(usage, "output_tokens"),
        words=_WORDS,
        cache=cache,
        kinds=kinds,
        reasoning=count(usage, "output_reasoning_tokens") or next((n for n in said if n), 0),
        made={f"output.{kind}": count(usage, f"output_{kind}_tokens") for kind in _KINDS},
        total=count(usage, "total_tokens"),
    )
    meters, context = wholes.meters()
    searches = count(usage, "web_searches") or count(extra, "web_search_requests")
    requests = count(usage, "requests")
    unmeasured = count(usage, "unmeasured_requests")
    meters |= {k: n for k, n in (("web_search", searches), ("request", requests)) if n}
    odd = {key for key in extra.keys() - _REPEATS if not key.endswith(_MODALITY)}
    reported = dollars("cost", usage.get("cost"))
    lower = f"{unmeasured} requests without usage: the counts are a lower bound"
    found = line(
        meters,
        context if requests <= 1 else None,
        record,
        name(record, "model_name") or name(record, "model"),
        id=name(record, "provider_response_id"),
        at=when(record, "timestamp"),
        seller=seller_of(name(record, "provider_name")),
        unknown=unknown_counters(usage, usage.keys() - _KNOWN)
        | unknown_counters(extra, odd, "details."),
        warnings=wholes.warnings + ((lower,) if unmeasured else ()),
        incomplete=True if unmeasured else None,
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
    )
    return (found,)
