"""Usage shapes: one small reader each, chosen by decisive keys or by name, never by luck.

A shape module has ``read(record) -> tuple[Usage, ...]``, one Usage per billed line. ``record`` is
the whole response; its counts stand under the row's ``key``, or in the record itself where that is
None. A row's ``fits(record, usage)`` may look at the keys of both, and at the record's ``object``
and ``type``; ``usage`` is what stands under ``usage``, else the record itself.
"""

from __future__ import annotations

from importlib import import_module

from pricing.errors import UsageError, did_you_mean
from pricing.usage.shapes import kept, makers, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Record = Mapping[str, Any]
    Read = Callable[[Record], tuple[Usage, ...]]
    Fits = Callable[[Record, Record], bool]


class Shape:
    """How a usage object is recognised, and where its reader and its counts are.

    ``takes`` tells what the reader takes by name, where that is more than what it is known by.
    """

    __slots__ = ("_read", "fits", "key", "module", "name", "takes")

    def __init__(
        self,
        name: str,
        module: str,
        fits: Fits,
        key: str | None = "usage",
        takes: Fits | None = None,
    ) -> None:
        self.name = name
        self.module = module
        self.fits = fits
        self.key = key
        self.takes = takes or fits
        self._read: Read | None = None

    def read(self, record: Record) -> tuple[Usage, ...]:
        """Read a response, or its bare usage object; raises UsageError."""
        if self._is_bare(record):
            record = {str(self.key): record}
        return self._reader()(record)

    def reader_for(self, record: Record) -> Read:
        """Give the shortest way to read this record and others with its keys."""
        return self.read if self._is_bare(record) else self._reader()

    def _is_bare(self, record: Record) -> bool:
        return self.key is not None and record.get(self.key).__class__ is not dict

    def _reader(self) -> Read:
        if self._read is None:
            self._read = import_module(f"pricing.usage.shapes.{self.module}").read
        return self._read


def _input(r: Record, u: Record) -> bool:
    return "input_tokens" in u


def _prompt(r: Record, u: Record) -> bool:
    return "prompt_tokens" in u


def _never(r: Record, u: Record) -> bool:
    return False


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("anthropic.messages", "anthropic_messages", own.anthropic_messages),
        Shape("anthropic.batch", "anthropic_batch", own.anthropic_batch, None),
        Shape("anthropic.admin", "anthropic_admin", own.anthropic_admin, None),
        Shape("anthropic.managed", "anthropic_managed", own.anthropic_managed, None),
        Shape("openai.chat", "openai_chat", own.openai_chat),
        Shape("openai.responses", "openai_responses", own.openai_responses, None),
        Shape("openai.batch", "openai_batch", own.openai_batch),
        Shape("openai.images", "openai_images", own.openai_images, None),
        Shape("openai.realtime", "openai_realtime", own.openai_realtime, None),
        Shape("openai.transcription", "openai_transcription", own.openai_transcription),
        Shape("openai.admin", "openai_admin", own.openai_admin, None),
        Shape("google.gemini", "google_gemini", makers.google_gemini, None),
        Shape("google.embeddings", "google_embeddings", makers.google_embeddings, None),
        Shape("google.interactions", "google_interactions", makers.google_interactions),
        Shape("aws.converse", "aws_converse", makers.aws_converse, None),
        Shape("aws.invoke-model", "aws_invoke_model", makers.aws_invoke_model, None),
        Shape("aws.invocation-log", "aws_invocation_log", makers.aws_invocation_log, None),
        Shape("cohere", "cohere", makers.cohere, None),
        Shape("cohere.tokens", "cohere_tokens", _never, None, makers.cohere),
        Shape("qwen.native", "qwen_native", makers.qwen_native, "usage", _input),
        Shape("watsonx", "watsonx", makers.watsonx, None),
        Shape("xai.chat", "xai_chat", makers.xai_chat, "usage", _prompt),
        Shape("xai.native", "xai_native", makers.xai_native),
        Shape("xai.responses", "xai_responses", makers.xai_responses, None),
        Shape("perplexity", "perplexity_chat", makers.perplexity_chat, "usage", _prompt),
        Shape("perplexity.responses", "perplexity_responses", makers.perplexity_responses, None),
        Shape("total-only", "total_only", makers.total_only),
        Shape("langchain", "langchain", kept.langchain, "usage_metadata", kept.is_langchain),
        Shape("vercel.ai-sdk", "vercel_ai_sdk", kept.vercel_ai_sdk, None, kept.is_ai_sdk),
        Shape("litellm", "litellm", kept.litellm, "usage", _prompt),
        Shape("litellm.spend-log", "litellm_spend_log", kept.litellm_spend_log, None),
        Shape("pydantic-ai", "pydantic_ai", kept.pydantic_ai, "usage", _input),
        Shape("openinference", "openinference", kept.openinference, None, kept.has_counts),
        Shape("otel.gen-ai", "otel_genai", kept.otel_genai, None),
        Shape("langfuse", "langfuse", kept.langfuse, None),
        Shape("helicone", "helicone", kept.helicone, None),
        Shape("opencode", "opencode", kept.opencode, "tokens"),
        Shape("gemini-cli", "gemini_cli", kept.gemini_cli, "tokens"),
        Shape("codex", "codex", kept.codex, None, kept.is_codex),
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
        remedy="Name its shape (--shape), or give the counts under 'meters'.",
    )


def shape_named(name: str) -> Shape:
    """Give a shape by name; raises UsageError with the nearest name."""
    if name not in SHAPES:
        raise UsageError(
            f"unknown shape '{name}'",
            remedy=did_you_mean(name, SHAPES) or f"Shapes: {', '.join(SHAPES)}.",
        )
    return SHAPES[name]
