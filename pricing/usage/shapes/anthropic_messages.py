"""Anthropic Messages, and gateways that speak it.

``input_tokens`` excludes cache; ``cache_creation`` is a breakdown of
``cache_creation_input_tokens``, whose rest has no TTL; ``output_tokens`` includes thinking. With
``iterations`` every entry is billed at its own model and the top level is ignored but for its
server tools.
Source: platform.claude.com, build-with-claude/{prompt-caching,compaction,refusals-and-fallback}.
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_TTLS = frozenset(("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"))
_TOOLS = {"web_search_requests": "web_search", "web_fetch_requests": "web_fetch"}
KNOWN = frozenset(
    [
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "output_tokens_details",
        "server_tool_use",
        "service_tier",
        "speed",
        "inference_geo",
        "iterations",
        "thinking_tokens",
    ]
)
_KNOWN_DETAILS = frozenset({"thinking_tokens", "reasoning_tokens"})
_ATTEMPT_KEYS = frozenset({"type", "model"})
#: entries of ``iterations`` in which a model answered or declined
_ATTEMPTS = ("message", "fallback_message")


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a message, one Usage per sampling iteration.

    Raises:
        UsageError: a count that is no count, or a breakdown larger than its whole.
    """
    usage = record["usage"]
    model = name(record, "model")
    attributes = attributes_of(usage)
    refused = _refusal(record, usage) if record.get("stop_reason") == "refusal" else None
    iterations = usage.get("iterations")
    if not iterations:
        if refused:
            attributes |= refused
        odd = () if KNOWN.issuperset(usage) else usage.keys() - KNOWN
        return (line_of(usage, model, attributes, record, odd),)
    if not isinstance(iterations, list) or not all(isinstance(e, dict) for e in iterations):
        raise UsageError("iterations is not a list of objects")
    found = [
        line_of(
            entry,
            _model_of(entry, model),
            {
                **_shared(entry, attributes),
                **attributes_of(entry),
                **_declined(record, iterations, number, refused),
            },
            record,
            entry.keys() - KNOWN - _ATTEMPT_KEYS,
        )
        for number, entry in enumerate(iterations)
    ]
    tools: dict[str, Quantity] = {}
    unknown = _tools(usage, tools) | unknown_counters(usage, usage.keys() - KNOWN)
    first = found[0]
    for meter, calls in tools.items():
        # the top level counts all of them; what no entry counts stands with the first
        rest = calls - sum(entry.meters.get(meter, 0) for entry in found)
        if rest < 0:
            raise UsageError(f"iterations count more {meter} than the whole ({calls})")
        if rest:
            first.meters[meter] = first.meters.get(meter, 0) + rest
    first.unknown = {**first.unknown, **unknown}
    return tuple(found)


def _model_of(entry: Mapping[str, Any], model: str | None) -> str | None:
    """Give an entry's own model, else the message's; an advisor's is never the message's."""
    own = name(entry, "model")
    if own is None and entry.get("type") == "advisor_message":
        raise UsageError("an advisor_message names no model", remedy="It bills at its own model.")
    return own or model


def _shared(entry: Mapping[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    """Give what holds of all entries: an advisor does not run at the message's speed."""
    if entry.get("type") == "advisor_message":
        return {key: value for key, value in attributes.items() if key != "speed"}
    return attributes


def attributes_of(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Give tier, speed and place as a usage object tells them."""
    found: dict[str, Any] = {}
    for key in ("service_tier", "speed", "inference_geo"):
        value = usage.get(key)
        if value is not None:
            found[key] = value if value.__class__ is str else name(usage, key)
    return found


def line_of(
    usage: Mapping[str, Any],
    model: str | None,
    attributes: dict[str, Any],
    record: Mapping[str, Any],
    odd: Collection[str],
) -> Usage:
    """Read the counts of one sampling iteration; ``odd`` are the keys that are not known.

    Raises:
        UsageError: a count that is no count, or a breakdown larger than its whole.
    """
    get = usage.get
    plain, output = get("input_tokens"), get("output_tokens")
    read, written = get("cache_read_input_tokens"), get("cache_creation_input_tokens")
    if plain is None and output is None:
        raise UsageError("neither input_tokens nor output_tokens is counted")
    if not (
        plain.__class__ is output.__class__ is read.__class__ is written.__class__ is int
        and plain >= 0 <= output
        and read >= 0 <= written
    ):
        plain, output = count(usage, "input_tokens"), count(usage, "output_tokens")
        read = count(usage, "cache_read_input_tokens")
        written = count(usage, "cache_creation_input_tokens")
    meters: dict[str, Quantity] = {"input": plain}
    if read:
        meters["cache_read"] = read
    warnings: tuple[str, ...] = ()
    unknown: dict[str, Quantity] = {}
    creation = get("cache_creation") and details(usage, "cache_creation")
    if creation:
        five_minutes = count(creation, "ephemeral_5m_input_tokens")
        hour = count(creation, "ephemeral_1h_input_tokens")
        split = five_minutes + hour
        if five_minutes:
            meters["cache_write.5m"] = five_minutes
        if hour:
            meters["cache_write.1h"] = hour
        if not _TTLS.issuperset(creation):
            unknown = unknown_counters(creation, creation.keys() - _TTLS, "cache_creation.")
        if split != written:
            if get("cache_creation_input_tokens") is None:
                written = split
            elif split > written:
                raise UsageError(
                    f"cache_creation ({split}) is more than cache_creation_input_tokens ({written})"
                )
            else:
                meters["cache_write"] = written - split
                warnings = (
                    f"cache_creation breakdown ({split}) != "
                    f"cache_creation_input_tokens ({written})",
                )
    elif written:
        meters["cache_write"] = written
    thinking = get("output_tokens_details") and details(usage, "output_tokens_details")
    if thinking:
        # under OpenAI's name where a gateway speaks both
        inside = count(thinking, "thinking_tokens") or count(thinking, "reasoning_tokens")
        if inside > output:
            raise UsageError(f"thinking_tokens ({inside}) is more than output_tokens ({output})")
        if inside:
            meters["output.reasoning"] = inside
            output -= inside
        if not _KNOWN_DETAILS.issuperset(thinking):
            odd_details = thinking.keys() - _KNOWN_DETAILS
            unknown |= unknown_counters(thinking, odd_details, "output_tokens_details.")
    if get("thinking_tokens"):
        # a gateway's count beside output_tokens, not inside it
        beside = count(usage, "thinking_tokens")
        inside = meters.setdefault("output.reasoning", beside)
        if inside != beside:
            raise UsageError(f"thinking_tokens is {beside} where {inside} are inside the output")
    meters["output"] = output
    if get("server_tool_use"):
        unknown |= _tools(usage, meters)
    if odd:
        unknown |= unknown_counters(usage, odd)
    context = plain + read + written
    if context.__class__ is not int:
        context = ceil(context)
    found = usage_of(meters, attributes, model, context, record)
    found.id = name(record, "id")
    if unknown:
        found.unknown = unknown
    if warnings:
        found.warnings = warnings
    return found


def _tools(usage: Mapping[str, Any], meters: dict[str, Quantity]) -> dict[str, Quantity]:
    """Count the calls of server tools; give the counters that are not known."""
    tools = details(usage, "server_tool_use")
    for key, meter in _TOOLS.items():
        calls = count(tools, key)
        if calls:
            meters[meter] = calls
    return unknown_counters(tools, tools.keys() - _TOOLS.keys(), "server_tool_use.")


def _refusal(record: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal before any output has its own price; one in mid-stream bills as usual."""
    content = _content(record)
    if content is None:
        spoke = bool(count(usage, "output_tokens"))
    else:
        spoke = any(not isinstance(b, dict) or b.get("type") != "fallback" for b in content)
    return {} if spoke else _refused(details(record, "stop_details"))


def _content(record: Mapping[str, Any]) -> list[Any] | str | None:
    """Give the blocks of a message, or its text as logs may hold it; raises UsageError."""
    content = record.get("content")
    if content is None or isinstance(content, list | str):
        return content
    raise UsageError(f"content is {content!r}: not a list of blocks")


def _refused(why: Mapping[str, Any]) -> dict[str, Any]:
    category = name(why, "category")
    told = {"outcome": "refused"}
    return told if category is None else {**told, "refusal_category": category}


def _declined(
    record: Mapping[str, Any],
    iterations: list[Mapping[str, Any]],
    number: int,
    refused: dict[str, Any] | None,
) -> dict[str, Any]:
    """Tell whether an attempt was declined: a hop before the one that served, or the last one.

    An attempt that declined is a ``message`` entry, the one that served a ``fallback_message``;
    declined before any output it is reported and not billed.
    """
    entry = iterations[number]
    if entry.get("type") not in _ATTEMPTS:
        return {}
    later = [e for e in iterations[number + 1 :] if e.get("type") in _ATTEMPTS]
    if not later:
        return refused or {}
    if count(entry, "output_tokens") or later[0].get("type") != "fallback_message":
        return {}
    blocks = [b for b in _content(record) or () if isinstance(b, dict)]
    for block in blocks:
        hop = block.get("type") == "fallback" and details(block, "from")
        if hop and name(hop, "model") == entry.get("model"):
            return _refused(details(block, "trigger"))
    return _refused({})
