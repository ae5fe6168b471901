"""The result of a Claude Agent SDK run, or of ``claude -p --output-format json``.

``modelUsage`` counts every model, subagents' too, without cache in ``inputTokens``; ``usage``
leaves subagents out and is read only where nothing else is there. Each line is the sum of many
requests.
``total_cost_usd`` is an estimate of the client, for all lines together; it stands on the first.
Source: anthropics/claude-agent-sdk-typescript (SDKResultMessage, ModelUsage), issue 80.
"""

from __future__ import annotations

from pricing.usage.lines import dollars, line
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.shapes import anthropic_messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_METERS = {
    "inputTokens": "input",
    "cacheReadInputTokens": "cache_read",
    "cacheCreationInputTokens": "cache_write",
    "outputTokens": "output",
    "webSearchRequests": "web_search",
}
#: sizes of the model, which count nothing
_SIZES = {"contextWindow", "maxOutputTokens"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a result, one line per model.

    Raises:
        UsageError: a count that is no count.
    """
    by_model = details(record, "modelUsage") or details(record, "model_usage")
    found = tuple(_line(details(by_model, model), model, record) for model in by_model)
    if not found:
        found = anthropic_messages.read(record)
        for usage in found:
            usage.aggregate, usage.context_tokens = True, None
            usage.warnings += ("usage excludes subagents, and modelUsage is not there",)
    session = name(record, "session_id")
    for usage in found:
        usage.id = name(record, "uuid")
        if session is not None:
            usage.labels = {"session": session}
    reported = dollars("total_cost_usd", record.get("total_cost_usd"))
    if reported is not None:
        found[0].reported = reported
        found[0].reported_kind = "estimate"
    return found


def _line(usage: Mapping[str, Any], model: str, record: Mapping[str, Any]) -> Usage:
    counts = {meter: count(usage, key) for key, meter in _METERS.items()}
    return line(
        {meter: number for meter, number in counts.items() if number or meter[-3:] == "put"},
        None,
        record,
        model,
        unknown=unknown_counters(usage, usage.keys() - _METERS.keys() - _SIZES - {"costUSD"}),
    )
