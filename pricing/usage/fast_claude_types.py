"""Rows of Claude Code as types that msgspec decodes into; what fits none goes the long way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, DecodeError, Struct, UnsetType
from msgspec.json import Decoder

from pricing.usage.bulk import BUCKETS, FIELDS, NO_ID, PRIME, prefix_of
from pricing.usage.fast import EPOCH, are_plain, is_plain, quarter_of
from pricing.usage.fast_claude_code import drops, labels_of
from pricing.usage.fast_counts import ANTHROPIC
from pricing.usage.fast_types import MessageUsage, message_counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pricing.usage.fast import Name, Packer
    from pricing.usage.logs import Item
    from pricing.usage.text_lines import Block


# fields stand in the order of rows: each is sought after the one before
class _Message(Struct, gc=False):
    model: str | None = None
    id: str | None = None
    stop_reason: str | UnsetType | None = UNSET
    usage: MessageUsage | None = None


class _Row(Struct, gc=False):
    isSidechain: bool | None = None
    cwd: str | None = None
    sessionId: str | None = None
    message: _Message | None = None
    requestId: str | None = None
    timestamp: str | None = None
    isApiErrorMessage: bool | None = None
    costUSD: None = None
    data: None = None


def read(blocks: Iterator[Block], packer: Packer) -> Iterator[Item]:
    """Pack the rows of a session; give those that go the long way."""
    known, origins, rows, prefix = packer.known, packer.origins, packer.part.rows, prefix_of(None)
    decode, instant, from_bytes = Decoder(_Row).decode, datetime.fromisoformat, int.from_bytes
    pack = FIELDS.pack
    start, quarter = EPOCH, 0
    session: Any = UNSET
    folder: Any = UNSET
    origin: int | None = None
    # of the row before: its id, name and origin, and the bucket at whose end it stands
    last_id: str | None = None
    last_name: Name = ()
    last_origin, bucket = -1, rows[0]
    # what each row has: all is here, for a call of a function costs as much as its work
    for block in blocks:
        is_all_plain = are_plain(block)
        for number, line in block.with_blanks():
            # it stands near the end
            if line.rfind(b'"usage"') < 0 and line.rstrip().endswith(b"}"):
                continue
            try:
                if not is_all_plain and not is_plain(line):
                    raise DecodeError
                row = decode(line)
                message = row.message
                # null and absent are the same to the reader of rows
                if message is None or message.usage is None:
                    continue
                usage = message.usage
                counts = message_counts(usage)
                if counts is None:
                    raise DecodeError
                if row.sessionId != session or row.cwd != folder:
                    session, folder = row.sessionId, row.cwd
                    told = session, folder
                    origin = origins.get(told)
                    if origin is None and "" not in told:
                        origin = packer.origin(told, labels_of(told))
                if origin is None:
                    raise DecodeError
                gap = instant(row.timestamp or "") - start
                seconds = gap.seconds
                if seconds >= 900 or gap.days:
                    start, quarter = quarter_of(gap + start)
                    seconds %= 900
                id = message.id
                text = id.encode() if id else b""
            except (ValueError, TypeError, OverflowError, RecursionError):
                last_id = None
                yield from packer.slow(number, line)
                continue
            rest = seconds * 1_000_000 + gap.microseconds
            bits, context, a, b, c, d, e, f, g = counts
            name = (
                message.model, bits, usage.service_tier, usage.speed, usage.inference_geo,
                row.isSidechain is True, message.stop_reason, row.isApiErrorMessage,
                row.requestId is not None,
            )  # fmt: skip
            found = known.get(name) or packer.adopt(name)
            if found is None:
                last_id = None
                items = list(packer.slow(number, line))
                if name not in known:
                    tail = (quarter, origin, rest, context, number, a, b, c, d, e, f, g)
                    packer.learn(name, items, tail, ANTHROPIC)
                yield from items
                continue
            if not text:
                key, place = NO_ID, BUCKETS
            else:
                if id == last_id and origin == last_origin:
                    new = (a, b, c, d, e, f, g)
                    if drops(packer, last_name, bucket, name, new):
                        continue
                key = (from_bytes(prefix + text) % PRIME).to_bytes(16, "little")
                place = key[0] % BUCKETS
            last_id, last_name, last_origin = id, name, origin
            bucket = rows[place]
            bucket += pack(
                key, found[0], quarter,
                quarter, origin, rest, context, number, a, b, c, d, e, f, g,
            )  # fmt: skip
        packer.part.take_out()
