"""The short way through a gateway's log of calls; see ``pricing.usage.fast``."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from pricing.usage.bulk import BUCKETS, FIELDS, PRIME
from pricing.usage.fast import EPOCH, MOST_DIGITS, is_plain
from pricing.usage.fast_counts import ANTHROPIC, MESSAGE, PARTS, anthropic, chat, gemini
from pricing.usage.json_text import json_value
from pricing.usage.logs.calls import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.fast import Name, Packer
    from pricing.usage.fast_counts import Found
    from pricing.usage.logs import Item, Lines
    from pricing.usage.text_lines import Block

    #: name, id, time, labels, context, counts
    Row = tuple[Name, str | None, str, Any, int, int, int, int, int, int, int, int]

#: by the first key of a usage object
_READERS: dict[str, Callable[[Any], Found]] = {
    "completion_tokens": chat,
    "input_tokens": anthropic,
    "promptTokenCount": gemini,
    "prompt_tokens": chat,
}


def read(blocks: Iterator[Block], packer: Packer) -> Iterator[Item]:
    """Pack the rows of a log of calls; give those that go the long way."""
    try:
        from pricing.usage.fast_call_types import read as read_typed
    except ImportError:
        return _read(chain.from_iterable(blocks), packer)
    return read_typed(blocks, packer)


def _read(lines: Lines, packer: Packer) -> Iterator[Item]:
    """Read with the standard library."""
    known, origins, rows = packer.known, packer.origins, packer.part.rows
    pack, instant, from_bytes = FIELDS.pack, datetime.fromisoformat, int.from_bytes
    for number, line in lines:
        row = None
        if (len(line) <= MOST_DIGITS and line.isascii()) or is_plain(line):
            row = _row(line)
        if row is None:
            yield from packer.slow(number, line)
            continue
        name, id, time, told, context, a, b, c, d, e, f, g = row
        try:
            gap, text = instant(time) - EPOCH, (id or "").encode()
        except (TypeError, ValueError):
            yield from packer.slow(number, line)
            continue
        seconds = gap.seconds
        quarter = gap.days * 96 + seconds // 900
        rest = seconds % 900 * 1_000_000 + gap.microseconds
        origin = origins.get(told)
        if origin is None:
            origin = packer.origin(told, dict(zip(told[::2], told[1::2], strict=True)))
        found = known.get(name) or packer.adopt(name)
        if found is not None and origin is not None:
            shape, prefix = found
            key, place = 0, BUCKETS
            if id:
                key = from_bytes(prefix + text, "big") % PRIME
                place = key % BUCKETS
            else:
                packer.part.take_out()
            bucket = rows[place]
            bucket += pack(
                key.to_bytes(16, "little"),
                shape,
                quarter,
                quarter,
                origin,
                rest,
                context,
                number,
                a,
                b,
                c,
                d,
                e,
                f,
                g,
            )
            continue
        items = list(packer.slow(number, line))
        if origin is not None and name not in known:
            tail = (quarter, origin, rest, context, number, a, b, c, d, e, f, g)
            packer.learn(name, items, tail, ANTHROPIC if name[2] & MESSAGE else PARTS)
        yield from items


def _row(line: bytes) -> Row | None:
    """Read a row."""
    try:
        row: Any = json_value(line)
    except ValueError:
        return None
    if row.__class__ is not dict or "response" in row:
        return None
    get = row.get
    usage, provider, model = get("usage"), get("provider"), get("model")
    time, id, status = get("ts"), get("request_id"), get("status")
    if not (
        usage.__class__ is dict
        and (status is None or status.__class__ is int)
        and (id is None or id.__class__ is str)
        and provider.__class__ is model.__class__ is time.__class__ is str
    ):
        return None
    key = next(iter(usage), "")
    if key not in _READERS:
        return None
    found = _READERS[key](usage)
    if found is None:
        return None
    told: list[Any] = []
    for label, text in row.items():
        if text.__class__ is str and label not in OWN:
            told += (label, text)
    bits, context, attributes, a, b, c, d, e, f, g = found
    name = (provider, model, bits, status, *attributes)
    return name, id, time, tuple(told), context, a, b, c, d, e, f, g
