"""What Gemini's counts have in common: wholes, and details by modality that may fall short of them.

What the details leave over is text; a document is an image. The prompt includes the cache, whose
details say how much of each modality it holds.
Source: google-genai 3.4.0 (types.py).
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.numbers import count, name, objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity

    Part = Mapping[str, Any]
    Meters = dict[str, Quantity]

#: what a modality adds to the name of a meter
_MODALITIES = {
    "AUDIO": ".audio",
    "DOCUMENT": ".image",
    "IMAGE": ".image",
    "MODALITY_UNSPECIFIED": "",
    "TEXT": "",
    "VIDEO": ".video",
}


def inputs(usage: Part, meters: Meters, unknown: Meters) -> tuple[Quantity, tuple[str, ...]]:
    """Take the prompt apart, cached tokens first; give its size, and warnings.

    Raises:
        UsageError: parts are more than their whole.
    """
    prompt = count(usage, "promptTokenCount")
    cached = count(usage, "cachedContentTokenCount")
    warnings: tuple[str, ...] = ()
    said = _kinds(usage, "promptTokensDetails") or _kinds(usage, "promptTokenDetails")
    held = _kinds(usage, "cacheTokensDetails")
    plain, read = prompt, cached
    for kind in sorted((said.keys() | held.keys()) - {""}):
        inside = held.get(kind, 0)
        whole = max(said.get(kind, 0), inside)
        if whole != said.get(kind, 0):
            what = kind.lstrip(".")
            warnings += (f"more {what} is cached ({inside}) than promptTokensDetails tell",)
        if kind.startswith("."):
            _put(meters, f"input{kind}", whole - inside)
            _put(meters, f"cache_read{kind}", inside)
        else:
            _put(unknown, f"promptTokensDetails.{kind}", whole - inside)
            _put(unknown, f"cacheTokensDetails.{kind}", inside)
        plain -= whole
        read -= inside
    if read < 0:
        raise UsageError(f"cacheTokensDetails are more than cachedContentTokenCount ({cached})")
    plain -= read
    if plain < 0:
        # cached tokens of no modality are text until there is none left of it
        kinds = [meter for meter in meters if meter.startswith("input.")]
        if len(kinds) != 1 or min(meters[kinds[0]], read) < -plain:
            raise UsageError(f"the parts of promptTokenCount are more than the whole ({prompt})")
        kind = kinds[0].removeprefix("input")
        warnings += (
            f"more tokens are cached than are text: {-plain} are taken as cached {kind[1:]}",
        )
        meters[kinds[0]] += plain
        meters[f"cache_read{kind}"] = meters.get(f"cache_read{kind}", 0) - plain
        read, plain = read + plain, 0
    meters["input"] = plain
    _put(meters, "cache_read", read)
    told = sum(said.values())
    if told > prompt:
        warnings += (f"promptTokensDetails ({told}) are more than promptTokenCount ({prompt})",)
    return prompt, warnings


def split(
    usage: Part, key: str, meter: str, whole: Quantity, meters: Meters, unknown: Meters
) -> None:
    """Split a whole by its details under ``key``; raises UsageError where they are more."""
    rest = whole
    for kind, tokens in sorted(_kinds(usage, key).items()):
        if not kind:
            continue
        if kind.startswith("."):
            _put(meters, meter.format(kind), tokens)
        else:
            _put(unknown, f"{key}.{kind}", tokens)
        rest -= tokens
    if rest < 0:
        raise UsageError(f"{key} are more than the whole ({whole})")
    _put(meters, meter.format(""), rest)


def _put(meters: Meters, meter: str, tokens: Quantity) -> None:
    if tokens:
        meters[meter] = meters.get(meter, 0) + tokens


def _kinds(usage: Part, key: str) -> dict[str, Quantity]:
    """Give the tokens of each kind; of a modality that nobody here knows under its own name."""
    found: dict[str, Quantity] = {}
    for item in objects(usage, key):
        modality = (name(item, "modality") or "TEXT").upper()
        tokens = count(item, "tokenCount") or count(item, "token_count")
        if tokens:
            kind = _MODALITIES.get(modality, modality)
            found[kind] = found.get(kind, 0) + tokens
    return found
