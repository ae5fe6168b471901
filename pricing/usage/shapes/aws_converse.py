"""Bedrock Converse and ConverseStream, and the bodies of Nova, which speak it.

``inputTokens`` excludes the cache; ``totalTokens`` is the sum of input, output, cache read and
written, or leaves the cache out. ``cacheDetails`` splits what was written by time to live; what it
leaves over is refused, as AWS documents no such thing. The ``*TokenCount`` names repeat the same
numbers. The model is in the request.
Source: botocore 1.44.5 (bedrock-runtime, TokenUsage), docs.aws.amazon.com/bedrock (2026-11).
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.usage.numbers import count, details, name, objects, unknown_counters
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_TTLS = {"5m": "cache_write.5m", "1h": "cache_write.1h"}
_TOOLS = {
    "webSearchRequests": "web_search",
    "web_search_requests": "web_search",
    "webFetchRequests": "web_fetch",
}
_KNOWN = frozenset(
    (
        "inputTokens",
        "inputTokenCount",
        "outputTokens",
        "outputTokenCount",
        "totalTokens",
        "totalTokenCount",
        "cacheReadInputTokens",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokens",
        "cacheWriteInputTokenCount",
        "cacheDetails",
        "serverToolUsage",
    )
)


def read(record: Part) -> tuple[Usage, ...]:
    """Read a response, or the metadata event of a stream.

    Raises:
        UsageError: a count that is no count, two names that disagree, or parts above their whole.
    """
    record = _body(record)
    usage = record["usage"]
    plain, output = _count(usage, "inputToken"), _count(usage, "outputToken")
    read = _count(usage, "cacheReadInputToken")
    written = _count(usage, "cacheWriteInputToken")
    meters: dict[str, Quantity] = {"input": plain}
    unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    if read:
        meters["cache_read"] = read
    warnings = written_by_ttl(usage, written, meters, unknown)
    meters["output"] = output
    total = _count(usage, "totalToken")
    cache, both = read + written, plain + output
    if total and total != both + cache:
        if total > both + cache:
            unknown["totalTokens beyond its parts"] = total - both - cache
        warnings += (f"totalTokens is {total}, the counts add up to {both + cache}",)
    tools = details(usage, "serverToolUsage")
    for key, meter in _TOOLS.items():
        if calls := count(tools, key):
            meters[meter] = calls
    unknown |= unknown_counters(tools, tools.keys() - _TOOLS.keys(), "serverToolUsage.")
    model = name(record, "model") or name(record, "modelId")
    found = usage_of(meters, conditions(record), model, ceil(plain + cache), record)
    found.id = name(details(record, "ResponseMetadata"), "RequestId")
    found.unknown = unknown
    found.warnings = warnings
    return (found,)


def _body(record: Part) -> Part:
    """Give what holds the usage: a response, a stream's ``metadata``, or the bare counts' place."""
    for holder in (record, record.get("metadata")):
        if isinstance(holder, dict) and isinstance(holder.get("usage"), dict):
            return holder
    return {"usage": record}


def written_by_ttl(
    usage: Part, written: Quantity, meters: dict[str, Quantity], unknown: dict[str, Quantity]
) -> tuple[str, ...]:
    """Split what was written to the cache by ``cacheDetails``, if it tells; give warnings."""
    split: Quantity = 0
    entries = objects(usage, "cacheDetails")
    for entry in entries:
        ttl, tokens = name(entry, "ttl"), count(entry, "inputTokens")
        if not tokens:
            continue
        split += tokens
        meter = _TTLS.get(ttl or "")
        into = unknown if meter is None else meters
        key = meter or f"cacheDetails.{ttl}"
        into[key] = into.get(key, 0) + tokens
    if split > written:
        raise UsageError(f"cacheDetails ({split}) is more than cacheWriteInputTokens ({written})")
    if split == written:
        return ()
    meters["cache_write"] = written - split
    if not entries:
        return ()
    unknown["cacheWriteInputTokens beyond cacheDetails"] = written - split
    return (f"cacheDetails breakdown ({split}) != cacheWriteInputTokens ({written})",)


def conditions(record: Part) -> dict[str, Any]:
    """Give the tier that served, and whether latency was optimized at its own price."""
    found: dict[str, Any] = {}
    tier = record.get("serviceTier")
    tier = name(tier, "type") if isinstance(tier, dict) else name(record, "serviceTier")
    if tier is not None:
        found["service_tier"] = tier
    latency = name(details(record, "performanceConfig"), "latency")
    latency = latency or name(record, "performanceConfigLatency")
    if latency is not None:
        found["latency"] = latency
    return found


def _count(usage: Part, start: str) -> Quantity:
    """Give a counter that has two names; raises UsageError where they disagree."""
    first, second = count(usage, f"{start}s"), count(usage, f"{start}Count")
    if first and second and first != second:
        raise UsageError(f"{start}s is {first} and {start}Count {second}")
    return first or second
