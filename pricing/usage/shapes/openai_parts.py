"""What OpenAI's counts have in common: wholes that include their parts, and a total.

The input includes cached and written tokens, audio and images (``text_tokens`` is what is left of
it); the output includes reasoning, audio and images. ``total_tokens`` decides: what it holds beyond
input and output is reasoning said beside the output or hidden, or the cache where a seller leaves
it out of the input. Sellers repeat the cached tokens, or say them only, beside the details.
Source: the types of the openai package 3.52.0 (2026-11).
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.numbers import count, details

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity

    Part = Mapping[str, Any]
    Meters = dict[str, Quantity]

KINDS = {"audio_tokens": "audio", "image_tokens": "image", "video_tokens": "video"}
#: cached tokens beside the details: Moonshot and others, Mistral, DeepSeek, LiteLLM
CACHED = (
    "cached_tokens",
    "num_cached_tokens",
    "prompt_cache_hit_tokens",
    "cache_read_input_tokens",
)
WRITES = ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")
#: breakdowns of the written tokens by time to live: OpenAI, Alibaba and OpenRouter, LiteLLM
TTLS = ("cache_write_tokens_details", "cache_creation", "cache_creation_token_details")
_TTL = {
    "ttl_30m_tokens": "cache_write.30m",
    "ttl_12h_tokens": "cache_write.12h",
    "ephemeral_5m_input_tokens": "cache_write.5m",
    "ephemeral_1h_input_tokens": "cache_write.1h",
}
#: the tier that served, under the vocabulary's name
SERVED = {"fast": "priority"}
_WRITTEN = frozenset((*WRITES, *TTLS))
KNOWN_IN = frozenset(("cached_tokens", "text_tokens", "cached_tokens_details", *KINDS, *_WRITTEN))
_CACHED_KINDS = frozenset(("text_tokens", *KINDS))
KNOWN_OUT = frozenset(
    (
        "reasoning_tokens",
        "text_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
        *KINDS,
    )
)


def _has_kinds(part_of: Part) -> bool:
    """Tell whether audio, images or video were counted at all; most bodies say 0."""
    get = part_of.get
    return bool(get("audio_tokens") or get("image_tokens") or get("video_tokens"))


def half_hour(model: str | None) -> bool:
    """Tell whether a cache write without a TTL lasts 30 minutes: where GPT models serve."""
    if model is None:
        return False
    start = model.find("gpt-")
    return start == 0 or (start > 0 and model[start - 1] in "/.:")


def inputs(
    usage: Part, inside: Part, meters: Meters, ttl: str = ""
) -> tuple[Quantity, tuple[str, ...]]:
    """Take what is not plain text out of the input, each token once; give how much, and warnings.

    ``ttl`` is how long a written token lasts where nothing says it, as in ``.30m``.
    """
    taken: Quantity = 0
    told: tuple[str, ...] = ()
    cached = count(inside, "cached_tokens")
    for key in CACHED:
        if key in usage:
            beside = count(usage, key)
            if beside and beside != cached:
                if cached:
                    raise UsageError(f"{key} is {beside} where {cached} are cached elsewhere")
                cached = beside
    if _has_kinds(inside) or inside.get("cached_tokens_details"):
        by_kind = details(inside, "cached_tokens_details")
        told = tuple(
            f"cached_tokens_details.{key} ({part}) is taken as cached text"
            for key in by_kind
            if key.removeprefix("cached_") not in _CACHED_KINDS and (part := count(by_kind, key))
        )
        for key, kind in KINDS.items():
            part = count(inside, key)
            cached_part = count(by_kind, key) or count(by_kind, f"cached_{key}") if by_kind else 0
            if cached_part:
                meters[f"cache_read.{kind}"] = cached_part
                cached -= cached_part
                taken += cached_part
                part -= cached_part
            if part < 0 or cached < 0:
                raise UsageError(f"cached {key} are more than {key} or all cached tokens")
            if part:
                meters[f"input.{kind}"] = part
                taken += part
    if cached:
        meters["cache_read"] = cached
        taken += cached
    if _WRITTEN.isdisjoint(inside) and _WRITTEN.isdisjoint(usage):
        return taken, told
    written, warnings = _written(usage, inside, meters, ttl)
    return taken + written, told + warnings


def _written(
    usage: Part, inside: Part, meters: Meters, ttl: str
) -> tuple[Quantity, tuple[str, ...]]:
    written: Quantity = 0
    for said in WRITES:
        if written := count(inside, said) or count(usage, said):
            break
    by_ttl: Part = {}
    for split_by in TTLS:
        if by_ttl := details(inside, split_by) or details(usage, split_by):
            break
    untyped = "cache_write" + ttl
    if not by_ttl:
        if written:
            meters[untyped] = written
        return written, ()
    split: Quantity = 0
    warnings: tuple[str, ...] = ()
    for key in by_ttl:
        if part := count(by_ttl, key):
            meter = _TTL.get(key, untyped)
            meters[meter] = meters.get(meter, 0) + part
            split += part
            if key not in _TTL:
                warnings += (f"{split_by}.{key} ({part}) is taken as a cache write without TTL",)
    if not written or split == written:
        return split, warnings
    if split > written:
        raise UsageError(f"{split_by} ({split}) is more than {said} ({written})")
    meters[untyped] = meters.get(untyped, 0) + written - split
    return written, (*warnings, f"{split_by} breakdown ({split}) != {said} ({written})")


def reconciled(
    plain: Quantity,
    beyond: Quantity | None,
    reasoning: Quantity,
    prompt: Quantity,
    completion: Quantity,
    meters: Meters,
    words: tuple[str, str],
) -> tuple[Quantity, Quantity, Quantity, tuple[str, ...]]:
    """Let the total decide where the parts do not fit, or the total has more than two wholes.

    ``beyond`` is what the total holds beyond them; None: there is no total. Gives the plain input,
    all input, the reasoning that is not inside the output, and warnings.

    Raises:
        UsageError: the parts are more than their whole, and the total does not say why.
    """
    first, second = words
    if beyond is not None and beyond < 0:
        raise UsageError(
            f"total_tokens ({prompt + completion + beyond}) is less than {first}_tokens ({prompt})"
            f" and {second}_tokens ({completion})"
        )
    cache = sum(part for meter, part in meters.items() if meter.startswith("cache_"))
    fits = beyond == cache if beyond else plain < 0 and beyond is None
    if cache and fits and (plain < 0 or beyond != reasoning) and plain + cache >= 0:
        told = "<" if prompt < cache else "leaves out, by total_tokens, the"
        why = f"{first}_tokens ({prompt}) {told} cache tokens ({cache})"
        return plain + cache, prompt + cache, 0, (f"{why}: treated as exclusive of cache",)
    warnings: tuple[str, ...] = ()
    if plain < 0:
        # cached tokens of no kind are text until there is none left of it
        kinds = [meter for meter in meters if meter.startswith("input.")]
        if len(kinds) != 1 or min(meters[kinds[0]], meters.get("cache_read", 0)) < -plain:
            raise UsageError(f"the parts of {first}_tokens are more than the whole ({prompt})")
        kind = kinds[0].removeprefix("input.")
        for meter in (kinds[0], "cache_read"):
            meters[meter] += plain
        meters[f"cache_read.{kind}"] = meters.get(f"cache_read.{kind}", 0) - plain
        warnings = (f"more tokens are cached than are text: {-plain} are taken as cached {kind}",)
        plain = 0
    if not beyond:
        return plain, prompt, 0, warnings
    if reasoning and reasoning != beyond:
        raise UsageError(f"total_tokens leaves {beyond} over, reasoning_tokens is {reasoning}")
    if not reasoning:
        warnings += (
            f"{beyond} tokens in total_tokens are in neither {first} nor {second};"
            " billed as reasoning",
        )
    return plain, prompt, beyond, warnings


def outputs(outside: Part, whole: Quantity, reasoning: Quantity, meters: Meters, word: str) -> None:
    """Split the output into reasoning, audio, images and the rest; raises UsageError."""
    rest = whole
    if _has_kinds(outside):
        for key, kind in KINDS.items():
            if part := count(outside, key):
                meters[f"output.{kind}"] = part
                rest -= part
    if reasoning:
        meters["output.reasoning"] = reasoning
        rest -= reasoning
    if rest < 0:
        raise UsageError(f"the parts of {word} are more than the whole ({whole})")
    meters["output"] = rest
