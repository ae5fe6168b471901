"""LangChain: ``usage_metadata`` of a message, or of the callback that adds up by model.

``input_tokens`` and ``output_tokens`` are wholes: cache, audio and reasoning are inside. The
details of Anthropic give writes by their time to live, with ``cache_creation`` 0 or their sum.
OpenAI's tier is told by the names of the details (``priority_cache_read``); the count under the
bare tier (``priority``) is the rest of it, cache writes and audio included.
Source: langchain_core messages/ai.py, langchain_openai chat_models/base.py, langchain_anthropic.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.lines import Wholes, line, written
from pricing.usage.numbers import count, details, name, unknown_counters
from pricing.usage.sellers import seller_of
from pricing.usage.shapes.openai_parts import SERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

_WORDS = ("input_tokens", "output_tokens", "total_tokens")
_KNOWN = {*_WORDS, "input_token_details", "output_token_details"}
_TIERS = ("priority", "flex")
_TTLS = {
    "ephemeral_5m_input_tokens": "cache_write.5m",
    "ephemeral_1h_input_tokens": "cache_write.1h",
}
_TOOLS = {"web_search_requests": "web_search", "web_fetch_requests": "web_fetch"}
_ATTRIBUTES = ("service_tier", "speed", "inference_geo")
_IN = {"audio": "input.audio", "image": "input.image", "video": "input.video"}
_OUT = {"audio": "output.audio", "image": "output.image"}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a message's usage; or one line for each model that a callback counted.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    usage = details(record, "usage_metadata")
    if "input_tokens" in usage:
        return (_line(usage, record, _model(record)),)
    return tuple(_line(details(usage, model), record, model, aggregate=True) for model in usage)


def _model(record: Mapping[str, Any]) -> str | None:
    told = details(record, "response_metadata")
    return name(told, "model_name") or name(told, "model") or name(record, "model")


def _line(
    usage: Mapping[str, Any], record: Mapping[str, Any], model: str | None, aggregate: bool = False
) -> Usage:
    inside, attributes = _untiered(details(usage, "input_token_details"))
    made, tiered = _untiered(details(usage, "output_token_details"))
    if attributes and tiered and attributes != tiered:
        raise UsageError("input and output are of different service tiers")
    attributes = attributes or tiered
    response = details(record, "response_metadata")
    raw = details(response, "usage")
    served = name(response, "service_tier")
    if served is not None:
        attributes = {"service_tier": SERVED.get(served, served)}
    # the provider's own usage, where the message keeps it, says what the sums leave out
    said = {key: name(raw, key) for key in _ATTRIBUTES}
    attributes |= {key: value for key, value in said.items() if value is not None}

    by_ttl = {meter: count(inside, key) for key, meter in _TTLS.items()}
    writes = written(count(inside, "cache_creation"), by_ttl, "cache_creation")
    wholes = Wholes(
        count(usage, "input_tokens"),
        count(usage, "output_tokens"),
        words=_WORDS,
        cache={"cache_read": count(inside, "cache_read"), **writes},
        kinds={meter: count(inside, key) for key, meter in _IN.items()},
        reasoning=count(made, "reasoning"),
        made={meter: count(made, key) for key, meter in _OUT.items()},
        total=count(usage, "total_tokens"),
    )
    meters, context = wholes.meters()
    tools = details(raw, "server_tool_use")
    meters |= {meter: calls for key, meter in _TOOLS.items() if (calls := count(tools, key))}
    known_in = {*_TTLS, *_IN, "cache_read", "cache_creation", "text"}
    unknown = unknown_counters(usage, usage.keys() - _KNOWN)
    unknown |= unknown_counters(inside, inside.keys() - known_in, "input_token_details.")
    unknown |= unknown_counters(tools, tools.keys() - _TOOLS.keys(), "server_tool_use.")
    unknown |= unknown_counters(
        made, made.keys() - {*_OUT, "reasoning", "text"}, "output_token_details."
    )
    return line(
        meters,
        None if aggregate else context,
        record,
        model,
        attributes=attributes,
        id=name(record, "id"),
        seller=seller_of(name(response, "model_provider")),
        unknown=unknown,
        warnings=wholes.warnings,
    )


def _untiered(parts: Mapping[str, Any]) -> tuple[dict[str, Quantity], dict[str, str]]:
    """Give the parts under plain names, and the tier that their names told.

    Raises:
        UsageError: two tiers in one usage, whose tokens have two prices.
    """
    plain: dict[str, Quantity] = {}
    tiers: list[str] = []
    for key in parts:
        tier = next((t for t in _TIERS if key == t or key.startswith(f"{t}_")), None)
        if tier is not None and count(parts, key) and tier not in tiers:
            tiers.append(tier)
        if key in _TIERS:
            continue
        part = key if tier is None else key.removeprefix(f"{tier}_")
        plain[part] = plain.get(part, 0) + count(parts, key)
    if len(tiers) > 1:
        raise UsageError(
            f"tokens of {' and '.join(tiers)} in one usage", remedy="Price single messages."
        )
    return plain, {"service_tier": tiers[0]} if tiers else {}
