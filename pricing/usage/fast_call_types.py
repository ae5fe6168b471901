"""Rows of a gateway's log as types that msgspec decodes into; what fits none goes the long way.

A type tells every key of a usage object that its reader knows to be plain: another one is no fault,
it is for the reader to judge. What else a row holds is told by the rows that were seen before.
"""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

from msgspec import DecodeError, Meta, Struct, ValidationError, defstruct
from msgspec.json import Decoder

from pricing.usage.bulk import BUCKETS, FEWER, FIELDS, NO_ID, PRIME
from pricing.usage.fast import EPOCH, MOST, are_plain, is_plain, quarter_of
from pricing.usage.fast_counts import (
    ANTHROPIC,
    CHAT,
    CONTENT,
    MESSAGE,
    OUTPUT,
    PARTS,
    READ,
    REASONING,
)
from pricing.usage.fast_types import Count, MessageUsage, message_counts
from pricing.usage.json_text import json_value
from pricing.usage.logs.calls import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pricing.usage.fast import Name, Packer
    from pricing.usage.logs import Item
    from pricing.usage.text_lines import Block

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


class _Content(Struct, forbid_unknown_fields=True, gc=False):
    promptTokenCount: Whole
    totalTokenCount: Whole
    cachedContentTokenCount: Count = None
    candidatesTokenCount: Count = None
    thoughtsTokenCount: Count = None


def read(blocks: Iterator[Block], packer: Packer) -> Iterator[Item]:
    """Pack the rows of a log of calls; give those that go the long way."""
    known, origins, rows = packer.known, packer.origins, packer.part.rows
    instant, from_bytes = datetime.fromisoformat, int.from_bytes
    pack, pack_fewer = FIELDS.pack, FEWER.pack
    types = Types()
    chat, content, message, told_of = types.decoders
    start, quarter = EPOCH, 0
    # what each row has: all is here, for a call of a function costs as much as its work
    for block in blocks:
        is_all_plain = are_plain(block)
        for number, line in block.with_blanks():
            try:
                if not is_all_plain and not is_plain(line):
                    raise DecodeError
                # most often the first key of the last object; a wrong guess does not fit the type
                place = line.rfind(b'"usage":{"') + 10
                word = line[place : place + 7]
                if word == b"prompt_" or (place == 9 and b'"prompt_tokens"' in line):
                    row = chat(line)
                    usage = row.usage
                    inside, outside = usage.prompt_tokens_details, usage.completion_tokens_details
                    context, c = usage.prompt_tokens, usage.completion_tokens
                    b = 0 if inside is None else inside.cached_tokens or 0
                    d = 0 if outside is None else outside.reasoning_tokens or 0
                    if usage.total_tokens != context + c or b > context or d > c:
                        raise DecodeError
                    a, c = context - b, c - d
                    bits = CHAT
                    if b:
                        bits |= READ
                    if d:
                        bits |= REASONING
                    name: Name = (row.provider, row.model, bits, row.status)
                    time, id, told = row.ts, row.request_id, told_of(row)
                elif word == b"promptT" or (place == 9 and b'"promptTokenCount"' in line):
                    row = content(line)
                    usage = row.usage
                    context, b = usage.promptTokenCount, usage.cachedContentTokenCount or 0
                    c, d = usage.candidatesTokenCount or 0, usage.thoughtsTokenCount or 0
                    if usage.totalTokenCount != context + c + d or b > context or not context:
                        raise DecodeError
                    a = context - b
                    bits = CONTENT
                    if b:
                        bits |= READ
                    if d:
                        bits |= REASONING
                    if c:
                        bits |= OUTPUT
                    name = (row.provider, row.model, bits, row.status)
                    time, id, told = row.ts, row.request_id, told_of(row)
                else:
                    row = message(line)
                    usage = row.usage
                    counts = message_counts(usage)
                    if counts is None:
                        raise DecodeError
                    bits, context, a, b, c, d, e, f, g = counts
                    name = (
                        row.provider, row.model, bits, row.status,
                        usage.service_tier, usage.speed, usage.inference_geo,
                    )  # fmt: skip
                    time, id, told = row.ts, row.request_id, told_of(row)
                at = instant(time)
                gap = at - start
                seconds = gap.seconds
                if seconds >= 900 or gap.days:
                    start, quarter = quarter_of(at)
                    gap = at - start
                    seconds = gap.seconds
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                if isinstance(error, ValidationError) and types.learn(line):
                    chat, content, message, told_of = types.decoders
                yield from packer.slow(number, line)
                continue
            rest = seconds * 1_000_000 + gap.microseconds
            origin = origins.get(told)
            if origin is None:
                origin = packer.origin(told, types.labels(told))
            found = known.get(name) or packer.adopt(name)
            if found is not None and origin is not None:
                shape, prefix = found
                if id:
                    key = (from_bytes(prefix + id.encode()) % PRIME).to_bytes(16, "little")
                    bucket = rows[key[0] % BUCKETS]
                else:
                    key, bucket = NO_ID, rows[BUCKETS]
                if bits & MESSAGE:
                    bucket += pack(
                        key, shape, quarter,
                        quarter, origin, rest, context, number, a, b, c, d, e, f, g,
                    )  # fmt: skip
                else:
                    bucket += pack_fewer(
                        key, shape, quarter, quarter, origin, rest, context, number, a, b, c, d
                    )
                continue
            items = list(packer.slow(number, line))
            if origin is not None and name not in known:
                if not bits & MESSAGE:
                    e = f = g = 0
                tail = (quarter, origin, rest, context, number, a, b, c, d, e, f, g)
                packer.learn(name, items, tail, ANTHROPIC if bits & MESSAGE else PARTS)
            yield from items
        packer.part.take_out()


class Types:
    """Types of rows; the fields that are labels are learned from rows that have others."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._texts: tuple[str, ...] = ()
        self._left = _MOST_LABELS
        self._make()

    def _make(self) -> None:
        names = [f"_{number}" for number in range(len(self._fields))]
        kinds = list(zip(names, self._fields.values(), strict=True))
        self._texts = tuple(field for field, kind in self._fields.items() if kind is not _OTHER)
        texts = [name for name, kind in kinds if kind is not _OTHER]
        own: list[Any] = [(name, str) for name in ("ts", "provider", "model")]
        # in the order of most logs: each is sought after the one before
        own.insert(1, ("request_id", str | None, None))
        called = dict(zip(names, self._fields, strict=True))

        def decoder(usage: type[Struct]) -> Callable[[bytes], Any]:
            fields: list[Any] = [
                *own,
                *((name, kind, None) for name, kind in kinds),
                ("usage", usage),
                ("status", int | None, None),
            ]
            row = defstruct(
                "_Row", fields, forbid_unknown_fields=True, gc=False, kw_only=True, rename=called
            )
            return Decoder(row).decode

        told_of = attrgetter(*texts) if texts else lambda row: ()
        self.decoders = decoder(_Chat), decoder(_Content), decoder(MessageUsage), told_of

    def labels(self, told: Any) -> dict[str, str]:
        """Give the labels that a row told."""
        texts = (told,) if len(self._texts) == 1 else told
        found = zip(self._texts, texts, strict=True)
        return {label: text for label, text in found if text is not None}

    def learn(self, line: bytes) -> bool:
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
            if key not in OWN and key not in self._fields and _is_name(key)
        }
        if new:
            self._fields |= new
            self._make()
        return bool(new)


def _is_name(key: str) -> bool:
    """Tell whether a field of a type may be called so."""
    return key.isprintable() and '"' not in key and "\\" not in key
