"""Cohere chat, embed, rerank, classify: what is billed is ``billed_units``.

``tokens`` and ``cached_tokens`` are informational: more is counted than is billed, and
``context_tokens`` is what was counted. Image tokens stand beside the input or inside it, as the
sum shows. Version 1 has it under ``meta``, version 2 under ``usage``.
Source: cohere 7.3.1 (types/usage.py, api_meta_billed_units.py).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_TOKENS = frozenset(("input_tokens", "output_tokens", "text_tokens", "image_tokens"))
_UNITS = {
    "search_units": "search_unit",
    "classifications": "classification",
    "images": "image",
    "pages": "pages",
}
#: beside the billed units; the version of the API is no count
KNOWN = frozenset(("billed_units", "tokens", "cached_tokens", "api_version", "warnings"))


def usage_at(record: Part) -> Part:
    """Give what holds the billed units."""
    for key in ("usage", "meta"):
        if isinstance(record.get(key), dict):
            return details(record, key)
    return record


def read(record: Part) -> tuple[Usage, ...]:
    """Read a response; raises UsageError."""
    usage = usage_at(record)
    billed = details(usage, "billed_units")
    text, image = _inputs(billed)
    meters: dict[str, Quantity] = {"input": text}
    if image:
        meters["input.image"] = image
    meters["output"] = count(billed, "output_tokens")
    for key, meter in _UNITS.items():
        if units := count(billed, key):
            meters[meter] = units
    unknown = unknown_counters(billed, billed.keys() - _TOKENS - _UNITS.keys(), "billed_units.")
    if usage is not record:
        unknown |= unknown_counters(usage, usage.keys() - KNOWN)
    counted = count(details(usage, "tokens"), "input_tokens")
    context = ceil(counted or text + image)
    found = usage_of(meters, {}, name(record, "model"), context, record)
    found.id = next(
        (told for key in ("id", "response_id", "generation_id") if (told := name(record, key))),
        None,
    )
    found.unknown = unknown
    return (found,)


def _inputs(billed: Part) -> tuple[Quantity, Quantity]:
    whole, image = count(billed, "input_tokens"), count(billed, "image_tokens")
    text = count(billed, "text_tokens")
    if not whole or not text or whole == text:
        return whole or text, image
    if whole != text + image:
        raise UsageError(f"input_tokens ({whole}) is neither text ({text}) nor text and images")
    return text, image
