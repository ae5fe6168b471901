"""Rows of OpenAI's usage reports (organization/usage/…): each the sum of many requests.

``input_tokens`` includes cached and written tokens; the tokens by modality are those that are
neither. Rows of ``batch`` are batch-priced, whatever their tier says.
Source: the types of the openai package 3.52.0 (UsageCompletionsResponse), as of 2026-11.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.shapes.openai_parts import SERVED
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Row = Mapping[str, Any]
    Meters = dict[str, Quantity]

#: what a row without tokens counts, by the end of its ``object``
_COUNTS = {
    "images": {"images": "image", "num_model_requests": "request"},
    "audio_speeches": {"characters": "characters", "num_model_requests": "request"},
    "audio_transcriptions": {"seconds": "audio_seconds", "num_model_requests": "request"},
    "code_interpreter_sessions": {"num_sessions": "code_interpreter"},
    "file_searches": {"num_requests": "file_search"},
    # its model requests stand in the rows of completions too
    "web_searches": {"num_requests": "web_search"},
}
_LABELS = ("project_id", "user_id", "api_key_id", "vector_store_id", "source", "api_source")
_REPEATED = {"web_searches": ("num_model_requests",)}
_TOKENS = frozenset(
    f"{side}{kind}_tokens"
    for side in ("input", "input_cached", "output")
    for kind in ("", "_text", "_audio", "_image")
) | {
    "input_uncached_tokens",
    "input_cache_write_tokens",
    "input_cache_write_30m_tokens",
    "input_cache_write_12h_tokens",
    "num_model_requests",
}


def read(row: Row) -> tuple[Usage, ...]:
    """Read a row.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    family = str(row.get("object")).split(".")[2]
    warnings: list[str] = []
    if family in _COUNTS:
        meters = {meter: count(row, key) for key, meter in _COUNTS[family].items()}
        known = {*_COUNTS[family], *_REPEATED.get(family, ())}
    else:
        meters, known = _tokens(row, warnings), set(_TOKENS)
    attributes: dict[str, Any] = {}
    tier = "batch" if row.get("batch") is True else name(row, "service_tier")
    if tier is not None:
        attributes["service_tier"] = SERVED.get(tier, tier)
    for key, attribute in (("size", "size"), ("context_level", "search_context")):
        value = name(row, key)
        if value is not None:
            attributes[attribute] = value
    found = usage_of(meters, attributes, name(row, "model"), None, row)
    found.aggregate = True
    labels = {key: value for key in _LABELS if (value := name(row, key)) is not None}
    if labels:
        found.labels = labels
    unknown = unknown_counters(row, row.keys() - known)
    if unknown:
        found.unknown = unknown
    if warnings:
        found.warnings = tuple(warnings)
    return (found,)


def _tokens(row: Row, warnings: list[str]) -> Meters:
    meters: Meters = {"request": count(row, "num_model_requests")}
    whole = count(row, "input_tokens")
    longer = count(row, "input_cache_write_12h_tokens")
    written = count(row, "input_cache_write_tokens")
    written = written or longer + count(row, "input_cache_write_30m_tokens")
    cached = count(row, "input_cached_tokens")
    uncached = whole - cached - written
    if row.get("input_uncached_tokens") is not None:
        said = count(row, "input_uncached_tokens")
        if said != uncached:
            raise UsageError(
                f"input_uncached_tokens is {said}, input_tokens ({whole}) without cached and"
                f" written tokens {uncached}"
            )
    meters["cache_write.12h"] = longer
    meters["cache_write.30m"] = _rest(written - longer, "input_cache_write_tokens")
    for meter, key, rest in (
        ("input", "input", uncached),
        ("cache_read", "input_cached", cached),
        ("output", "output", count(row, "output_tokens")),
    ):
        for kind in ("audio", "image"):
            part = meters[f"{meter}.{kind}"] = count(row, f"{key}_{kind}_tokens")
            rest -= part
        meters[meter] = _rest(rest, f"{key}_tokens")
        text = count(row, f"{key}_text_tokens")
        if row.get(f"{key}_text_tokens") is not None and text != rest:
            warnings.append(f"{key}_text_tokens is {text}, the rest of {key}_tokens is {rest}")
    return {meter: quantity for meter, quantity in meters.items() if quantity}


def _rest(rest: Quantity, key: str) -> Quantity:
    if rest < 0:
        raise UsageError(f"the parts of {key} are more than the whole")
    return rest
