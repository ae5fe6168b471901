"""Usage shapes: one small reader each, chosen by decisive keys or by name, never by luck.

A shape module has ``read(record) -> tuple[Usage, ...]``, one Usage per billed line. ``record`` is
the whole response; its counts stand under the row's ``key``, or in the record itself where that is
None. A row's ``fits(record, usage)`` may look at the keys of both, and at the record's ``object``
and ``type``; ``usage`` is what stands under ``usage``, else the record itself.
"""

from __future__ import annotations

from importlib import import_module

from pricing.errors import UsageError, did_you_mean
from pricing.usage.shapes import kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Record = Mapping[str, Any]
    Read = Callable[[Record], tuple[Usage, ...]]
    Fits = Callable[[Record, Record], bool]


class Shape:
    """How a usage object is recognised, and where its reader and its counts are."""

    __slots__ = ("_read", "fits", "key", "module", "name")

    def __init__(self, name: str, module: str, fits: Fits, key: str | None = "usage") -> None:
        self.name = name
        self.module = module
        self.fits = fits
        self.key = key
        self._read: Read | None = None

    def read(self, record: Record) -> tuple[Usage, ...]:
        """Read a response, or its bare usage object; raises UsageError."""
        if self._read is None:
            self._read = import_module(f"pricing.usage.shapes.{self.module}").read
        if self.key is not None and record.get(self.key).__class__ is not dict:
            record = {self.key: record}
        return self._read(record)


#: the last event of a stream of Responses
_ENDS = ("response.completed", "response.incomplete", "response.failed")
#: objects and events of managed agents that hold usage
_MANAGED = ("session.usage", "session", "session_thread", "span.model_request_end")
_LIVE = ("session.usage.updated", "session.closed")


def _anthropic_messages(r: Record, u: Record) -> bool:
    return (
        "input_tokens" in u
        and u.keys().isdisjoint(("total_tokens", "input_tokens_details", "input_token_details"))
        and "uncached_input_tokens" not in u
        and not _openai_admin(r, u)
        and not _anthropic_managed(r, u)
        and not kept.is_kept(r, u)
    )


def _anthropic_managed(r: Record, u: Record) -> bool:
    return r.get("type") in _MANAGED or not u.keys().isdisjoint(("active_seconds", "list_cost"))


def _anthropic_batch(r: Record, u: Record) -> bool:
    return {"custom_id", "result"} <= r.keys()


def _anthropic_admin(r: Record, u: Record) -> bool:
    return "uncached_input_tokens" in u


def _openai_chat(r: Record, u: Record) -> bool:
    return "prompt_tokens" in u and r.get("object") != "batch" and not kept.is_kept(r, u)


def _openai_responses(r: Record, u: Record) -> bool:
    if r.get("type") in _ENDS:
        return "response" in r
    return (
        "input_tokens" in u
        and not u.keys().isdisjoint(("total_tokens", "input_tokens_details"))
        and u.keys().isdisjoint(("type", "input_token_details"))
        and r.get("object") != "batch"
        and not _openai_admin(r, u)
        and not _openai_images(r, u)
        and not kept.is_kept(r, u)
    )


def _openai_batch(r: Record, u: Record) -> bool:
    return r.get("object") == "batch" and not u.keys().isdisjoint(("input_tokens", "prompt_tokens"))


def _openai_images(r: Record, u: Record) -> bool:
    is_event = str(r.get("type")).startswith(("image_generation.", "image_edit."))
    return "input_tokens" in u and (is_event or {"created", "data"} <= r.keys())


def _openai_realtime(r: Record, u: Record) -> bool:
    if r.get("type") == "response.done" or r.get("type") in _LIVE:
        return True
    return "input_token_details" in u and "type" not in u and not kept.is_kept(r, u)


def _openai_admin(r: Record, u: Record) -> bool:
    return str(r.get("object")).startswith("organization.usage.")


def _openai_transcription(r: Record, u: Record) -> bool:
    is_typed = "type" in u and not u.keys().isdisjoint(("seconds", "total_tokens"))
    return is_typed or "duration_seconds" in u


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("anthropic.messages", "anthropic_messages", _anthropic_messages),
        Shape("anthropic.batch", "anthropic_batch", _anthropic_batch, None),
        Shape("anthropic.admin", "anthropic_admin", _anthropic_admin, None),
        Shape("anthropic.managed", "anthropic_managed", _anthropic_managed, None),
        Shape("openai.chat", "openai_chat", _openai_chat),
        Shape("openai.responses", "openai_responses", _openai_responses, None),
        Shape("openai.batch", "openai_batch", _openai_batch),
        Shape("openai.images", "openai_images", _openai_images, None),
        Shape("openai.realtime", "openai_realtime", _openai_realtime, None),
        Shape("openai.transcription", "openai_transcription", _openai_transcription),
        Shape("openai.admin", "openai_admin", _openai_admin, None),
        Shape("langchain", "langchain", kept.langchain, "usage_metadata"),
        Shape("vercel.ai-sdk", "vercel_ai_sdk", kept.vercel_ai_sdk),
        Shape("litellm", "litellm", kept.litellm),
        Shape("litellm.spend-log", "litellm_spend_log", kept.litellm_spend_log, None),
        Shape("pydantic-ai", "pydantic_ai", kept.pydantic_ai),
        Shape("openinference", "openinference", kept.openinference, None),
        Shape("otel.gen-ai", "otel_genai", kept.otel_genai, None),
        Shape("langfuse", "langfuse", kept.langfuse, None),
        Shape("helicone", "helicone", kept.helicone, None),
        Shape("opencode", "opencode", kept.opencode, None),
        Shape("gemini-cli", "gemini_cli", kept.gemini_cli, None),
        Shape("codex", "codex", kept.codex, None),
        Shape("claude-code", "claude_code", kept.claude_code, None),
        Shape("claude-code.otel", "claude_code_otel", kept.claude_code_otel, None),
        Shape("claude-agent-sdk", "claude_agent_sdk", kept.claude_agent_sdk, None),
        Shape("cursor", "cursor_csv", kept.cursor_csv, None),
        Shape("meters", "meters", lambda r, u: "meters" in u),
    )
}


def shape_of(record: Record) -> Shape:
    """Give the one shape that a response fits.

    Raises:
        UsageError: none fits, or several do; the message lists them.
    """
    usage = record.get("usage")
    if usage.__class__ is not dict:
        usage = record
    fits = [shape for shape in SHAPES.values() if shape.fits(record, usage)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = ", ".join(shape.name for shape in fits)
        raise UsageError(f"the usage object fits {names}", remedy="Name one with --shape.")
    if usage is record:
        raise UsageError(
            "no usage in it",
            remedy="A response holds its counts under 'usage'; streams need their last event.",
        )
    keys = ", ".join(list(usage)[:8]) or "none"
    raise UsageError(
        f"no known usage shape: keys {keys}",
        remedy=f"Shapes: {', '.join(SHAPES)} (--shape names one).",
    )


def shape_named(name: str) -> Shape:
    """Give a shape by name; raises UsageError with the nearest name."""
    if name not in SHAPES:
        raise UsageError(
            f"unknown shape '{name}'",
            remedy=did_you_mean(name, SHAPES) or f"Shapes: {', '.join(SHAPES)}.",
        )
    return SHAPES[name]
