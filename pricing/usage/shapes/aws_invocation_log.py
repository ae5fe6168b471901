"""A record of Bedrock's model invocation log: who called which model, and its counts.

``inputTokenCount`` excludes the cache. How long written tokens live stands only in the body, where
the log keeps it. A call that failed and made nothing is not billed. The region counts where the id
names no inference profile, which may run the call elsewhere.
Source: docs.aws.amazon.com/bedrock, model invocation logging; Panther's schema of it (2026-11).
"""

from __future__ import annotations

import re
from math import ceil

from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.shapes.aws_converse import conditions, written_by_ttl
from pricing.usage.usage import usage_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Part = Mapping[str, Any]

_KNOWN_IN = frozenset(
    ("inputTokenCount", "cacheReadInputTokenCount", "cacheWriteInputTokenCount", "inputBodyJson")
)
_KNOWN_OUT = frozenset(("outputTokenCount", "outputBodyJson"))
#: an inference profile, which has a price of its own
_PROFILE = re.compile(r"(?:.*/)?(?:us|eu|apac|jp|au|ca|in|global)\.")
_TTLS = {"ephemeral_5m_input_tokens": "5m", "ephemeral_1h_input_tokens": "1h"}


def read(record: Part) -> tuple[Usage, ...]:
    """Read a record; raises UsageError."""
    given, made = details(record, "input"), details(record, "output")
    plain = count(given, "inputTokenCount")
    read = count(given, "cacheReadInputTokenCount")
    written = count(given, "cacheWriteInputTokenCount")
    output = count(made, "outputTokenCount")
    meters: dict[str, Quantity] = {"input": plain}
    unknown = unknown_counters(given, given.keys() - _KNOWN_IN, "input.")
    unknown |= unknown_counters(made, made.keys() - _KNOWN_OUT, "output.")
    if read:
        meters["cache_read"] = read
    usage = next(_usages(made.get("outputBodyJson")), {})
    warnings = written_by_ttl(usage, written, meters, unknown)
    meters["output"] = output
    context = ceil(plain + read + written)
    found = usage_of(meters, _conditions(record), name(record, "modelId"), context, record)
    found.seller = "aws-bedrock"
    found.id = name(record, "requestId")
    found.at = when(record, "timestamp")
    if name(record, "errorCode") is not None and not output:
        found.free = "errors_not_billed"
    found.unknown = unknown
    found.warnings = warnings
    return (found,)


def _conditions(record: Part) -> dict[str, Any]:
    """Give what a call's price may depend on: how it was served, and where."""
    found = conditions(record)
    region = name(record, "region")
    if region is not None and region.startswith("us-gov-"):
        found["endpoint"] = "govcloud"
    elif region is not None and not _PROFILE.match(name(record, "modelId") or ""):
        found["region"] = region
    return found


def _usages(body: object) -> Iterator[Part]:
    """Give the usage objects of a body, or of a stream's events, that split what was written."""
    for item in body if isinstance(body, list) else (body,):
        for holder in (item, *(item.values() if isinstance(item, dict) else ())):
            usage = holder.get("usage") if isinstance(holder, dict) else None
            if isinstance(usage, dict):
                if usage.get("cacheDetails"):
                    yield usage
                elif usage.get("cache_creation"):
                    split = details(usage, "cache_creation")
                    yield {
                        "cacheDetails": [
                            {"ttl": _TTLS.get(key, key), "inputTokens": split[key]} for key in split
                        ]
                    }
