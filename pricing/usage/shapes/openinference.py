"""OpenInference span attributes, as Phoenix and Arize keep them.

``prompt`` includes what was read from and written to the cache, and audio; ``completion`` includes
reasoning and audio. ``cache_input`` is an older name of what was read. Only LLM spans count; the
sums on agent and chain spans repeat those below them. ``llm.cost`` is an estimate.
Source: Arize-ai/openinference spec/semantic_conventions.md, spec/llm_spans.md.
"""

from __future__ import annotations

from pricing.usage.attributes import attributes_of
from pricing.usage.lines import Wholes, dollars, line
from pricing.usage.numbers import count, name, unknown_counters
from pricing.usage.sellers import seller_of
from pricing.usage.shapes.otel_genai import HOLDERS, at_of, rolled_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Usage

_COUNT = "llm.token_count."
_IN, _OUT = f"{_COUNT}prompt_details.", f"{_COUNT}completion_details."
_WORDS = ("llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total")
_KNOWN = {
    *_WORDS,
    *(_IN + part for part in ("cache_read", "cache_input", "cache_write", "audio", "image")),
    *(_OUT + part for part in ("reasoning", "audio", "image")),
}


def read(record: Mapping[str, Any]) -> tuple[Usage, ...]:
    """Read a span.

    Raises:
        UsageError: a count that is no count, or parts that are more than their whole.
    """
    told = attributes_of(record)
    if (name(told, "openinference.span.kind") or "").upper() in HOLDERS:
        return (rolled_up(record),)
    wholes = Wholes(
        count(told, _WORDS[0]),
        count(told, _WORDS[1]),
        words=_WORDS,
        cache={
            "cache_read": count(told, f"{_IN}cache_read") or count(told, f"{_IN}cache_input"),
            "cache_write": count(told, f"{_IN}cache_write"),
        },
        kinds={f"input.{kind}": count(told, _IN + kind) for kind in ("audio", "image")},
        reasoning=count(told, f"{_OUT}reasoning"),
        made={f"output.{kind}": count(told, _OUT + kind) for kind in ("audio", "image")},
        total=count(told, _WORDS[2]),
    )
    meters, context = wholes.meters()
    odd = {key for key in told if key.startswith(_COUNT)} - _KNOWN
    reported = dollars("llm.cost.total", told.get("llm.cost.total"))
    found = line(
        meters,
        context,
        record,
        name(told, "llm.model_name") or name(told, "embedding.model_name"),
        at=at_of(record),
        seller=seller_of(name(told, "llm.provider") or name(told, "llm.system")),
        labels={"session": name(told, "session.id")} if told.get("session.id") else None,
        unknown=unknown_counters(told, odd),
        warnings=wholes.warnings,
        reported=reported,
        reported_kind="estimate" if reported is not None else None,
    )
    return (found,)
