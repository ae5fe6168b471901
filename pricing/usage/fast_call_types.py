"""Rows of a gateway's log as types that msgspec decodes into; what fits none goes the long way.

A type tells every key of a usage object that its reader knows to be plain: another one is no fault,
it is for the reader to judge. What else a row holds is told by the rows that were seen before.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, Any

from msgspec import DecodeError, Meta, Struct, ValidationError, defstruct
from msgspec.json import Decoder

from pricing.usage.fast import MOST
from pricing.usage.fast_counts import anthropic_bits
from pricing.usage.fast_types import Count, MessageUsage
from pricing.usage.json_text import json_value
from pricing.usage.logs.calls import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pricing.usage.fast_calls import Row
    from pricing.usage.fast_counts import Found

    ReadRow = Callable[[bytes], Row | None]

Whole = Annotated[int, Meta(ge=0, le=MOST)]
#: fields beside the call's own, more than which no type is made for
_MOST_LABELS = 64
_OTHER = int | float | bool | list[Any] | dict[str, Any] | None


class _ChatIn(Struct, forbid_unknown_fields=True, gc=False):
    cached_tokens: Count = None


class _ChatOut(Struct, forbid_unknown_fields=True, gc=False):
    reasoning_tokens: Count = None


class _Chat(Struct, forbid_unknown_fields=True, gc=False):
    prompt_tokens: Whole
    completion_tokens: Whole
    total_tokens: Whole
    prompt_tokens_details: _ChatIn | None = None
    completion_tokens_details: _ChatOut | None = None


class _Gemini(Struct, forbid_unknown_fields=True, gc=False):
    promptTokenCount: Whole
    totalTokenCount: Whole
    cachedContentTokenCount: Count = None
    candidatesTokenCount: Count = None
    thoughtsTokenCount: Count = None


def _chat(usage: _Chat) -> Found:
    inside, outside = usage.prompt_tokens_details, usage.completion_tokens_details
    prompt, whole = usage.prompt_tokens, usage.completion_tokens
    cached = 0 if inside is None else inside.cached_tokens or 0
    reasoning = 0 if outside is None else outside.reasoning_tokens or 0
    if usage.total_tokens != prompt + whole or cached > prompt or reasoning > whole:
        return None
    bits = (1 if cached else 0) | (2 if reasoning else 0)
    return bits, (prompt - cached, cached, whole - reasoning, reasoning, 0, 0, 0), prompt, ()


def _gemini(usage: _Gemini) -> Found:
    prompt, cached = usage.promptTokenCount, usage.cachedContentTokenCount or 0
    output, thoughts = usage.candidatesTokenCount or 0, usage.thoughtsTokenCount or 0
    if usage.totalTokenCount != prompt + thoughts + output or cached > prompt or not prompt:
        return None
    bits = (1 if cached else 0) | (2 if thoughts else 0) | (4 if output else 0)
    return bits, (prompt - cached, cached, output, thoughts, 0, 0, 0), prompt, ()


def _message(usage: MessageUsage) -> Found:
    plain, output = usage.input_tokens, usage.output_tokens
    if plain is None or output is None:
        return None
    read, five = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens
    split, tools = usage.cache_creation, usage.server_tool_use
    hour = search = fetch = 0
    if split is None:
        five = five or 0
        context, written, bits_five = plain + read + five, five, 0
    else:
        whole, written = five, 0
        five, hour = split.ephemeral_5m_input_tokens or 0, split.ephemeral_1h_input_tokens or 0
        if five + hour != whole and whole is not None:
            return None
        context, bits_five = plain + read + five + hour, five
    if tools is not None:
        search, fetch = tools.web_search_requests or 0, tools.web_fetch_requests or 0
    bits = anthropic_bits(read, bits_five, hour, written, search, fetch)
    told = usage.service_tier, usage.speed, usage.inference_geo
    return bits, (plain, read, five, hour, output, search, fetch), context, told


class Reader:
    """Reads rows; the fields that are labels are learned from rows that have others."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._texts: tuple[str, ...] = ()
        self._left = _MOST_LABELS
        self._kinds: tuple[tuple[str, bytes, Any, Any], ...] = ()
        self.told: Callable[[Any], Any] = tuple
        self._make()

    def _make(self) -> None:
        names = [f"_{number}" for number in range(len(self._fields))]
        self._texts = tuple(f for f, kind in self._fields.items() if kind is not _OTHER)
        texts = [n for n, kind in zip(names, self._fields.values(), strict=True)
                 if kind is not _OTHER]  # fmt: skip
        self.told = attrgetter(*texts) if texts else lambda row: ()
        kinds = []
        for key, usage, read in (
            ("prompt_tokens", _Chat, _chat),
            ("promptTokenCount", _Gemini, _gemini),
            ("input_tokens", MessageUsage, _message),
        ):
            own = [(n, str) for n in ("ts", "request_id", "provider", "model")]
            more = [(n, k, None) for n, k in zip(names, self._fields.values(), strict=True)]
            row = defstruct("_Row", [*own, ("usage", usage), *more], forbid_unknown_fields=True,
                            gc=False, rename=dict(zip(names, self._fields, strict=True)))  # fmt: skip
            kinds.append((key, f'"{key}"'.encode(), Decoder(row).decode, read))
        self._kinds = tuple(kinds)

    def labels(self, told: Any) -> dict[str, str]:
        """Give the labels that a row told."""
        texts = (told,) if len(self._texts) == 1 else told
        found = zip(self._texts, texts, strict=True)
        return {label: text for label, text in found if text is not None}

    def read(self, line: bytes) -> Row | None:
        """Read a row."""
        key, _, decode, counts_of = next((k for k in self._kinds if k[1] in line), self._kinds[-1])
        try:
            row = decode(line)
        except ValidationError:
            if not self._learn(line):
                return None
            return self.read(line)
        except (DecodeError, RecursionError):
            return None
        found = counts_of(row.usage)
        if found is None:
            return None
        bits, counts, context, attributes = found
        provider = row.provider
        name = (provider, row.model, key, bits, attributes)
        return name, provider, row.request_id, row.ts, self.told(row), context, counts

    def _learn(self, line: bytes) -> bool:
        """Learn the fields of a row; tells whether there are new ones."""
        if not self._left:
            return False
        self._left -= 1
        try:
            row = json_value(line)
        except ValueError:
            return False
        if row.__class__ is not dict or "response" in row:
            return False
        new = {
            key: str | None if value is None or value.__class__ is str else _OTHER
            for key, value in row.items()
            if key not in OWN and key not in self._fields
        }
        self._fields |= new
        self._make()
        return bool(new)
