"""The short way through a session of Claude Code; see ``pricing.usage.fast``."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from pricing.usage.bulk import BUCKETS, FIELDS, PRIME, ROW, TAIL, prefix_of
from pricing.usage.fast import EPOCH, MOST_DIGITS, is_plain
from pricing.usage.fast_counts import ANTHROPIC, anthropic, are_texts
from pricing.usage.json_text import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pricing.usage.fast import Name, Packer
    from pricing.usage.logs import Item, Lines
    from pricing.usage.text_lines import Block

    Counts = tuple[int, ...]
    Told = tuple[str | None, str | None]
    #: name, id, time, session and folder, context, counts
    Row = tuple[Name, str | None, str, Told, int, int, int, int, int, int, int, int]

_LABELS = ("session", "project")
_MODEL, _SPEED, _REPLAY, _STOP = 0, 3, 5, 6
_INPUT, _READ, _OUTPUT = ANTHROPIC["input"], ANTHROPIC["cache_read"], ANTHROPIC["output"]


def read(blocks: Iterator[Block], packer: Packer) -> Iterator[Item]:
    """Pack the rows of a session; give those that go the long way."""
    try:
        from pricing.usage.fast_claude_types import read as read_typed
    except ImportError:
        return _read(chain.from_iterable(blocks), packer)
    return read_typed(blocks, packer)


def _read(lines: Lines, packer: Packer) -> Iterator[Item]:
    """Read with the standard library."""
    known, origins, rows = packer.known, packer.origins, packer.part.rows
    pack, instant, prefix = FIELDS.pack, datetime.fromisoformat, prefix_of(None)
    from_bytes = int.from_bytes
    # of the row before: its id, name and origin, and the bucket at whose end it stands
    last_id: str | None = None
    last_name: Name = ()
    last_origin, bucket = -1, rows[0]
    for number, line in lines:
        # it stands near the end
        if line.rfind(b'"usage"') < 0 and line.rstrip().endswith(b"}"):
            continue
        row: Any = None
        if (len(line) <= MOST_DIGITS and line.isascii()) or is_plain(line):
            row = _row(line)
        if row is False:
            continue
        tail: tuple[int, ...] | None = None
        if row is not None:
            name, id, time, told, context, a, b, c, d, e, f, g = row
            origin = origins.get(told)
            if origin is None and "" not in told:
                origin = packer.origin(told, labels_of(told))
            try:
                gap, text = instant(time) - EPOCH, (id or "").encode()
            except (TypeError, ValueError):
                gap = None
            if gap is not None and origin is not None:
                seconds = gap.seconds
                quarter = gap.days * 96 + seconds // 900
                rest = seconds % 900 * 1_000_000 + gap.microseconds
                found = known.get(name) or packer.adopt(name)
                if found is not None:
                    shape = found[0]
                    if not id:
                        key, place = 0, BUCKETS
                        packer.part.take_out()
                    else:
                        is_next = id == last_id and origin == last_origin
                        counts = (a, b, c, d, e, f, g)
                        if is_next and drops(packer, last_name, bucket, name, counts):
                            continue
                        key = from_bytes(prefix + text, "big") % PRIME
                        place = key % BUCKETS
                    last_id, last_name, last_origin = id, name, origin
                    bucket = rows[place]
                    bucket += pack(
                        key.to_bytes(16, "little"), shape, quarter,
                        quarter, origin, rest, context, number, a, b, c, d, e, f, g,
                    )  # fmt: skip
                    continue
                tail = (quarter, origin, rest, context, number, a, b, c, d, e, f, g)
        last_id = None
        items = list(packer.slow(number, line))
        if tail is not None and name not in known:
            packer.learn(name, items, tail, ANTHROPIC)
        yield from items


def labels_of(told: Told) -> dict[str, str]:
    """Give the labels of a row's session and folder."""
    return {key: text for key, text in zip(_LABELS, told, strict=True) if text}


def drops(packer: Packer, last: Name, bucket: bytearray, name: Name, counts: Counts) -> bool:
    """Tell whether a row is dropped for the one before, of its message; or take that one away."""
    stands = _larger(last, TAIL.unpack(bucket[-TAIL.size :])[5:], name, counts)
    if stands is None:
        return False
    other = name if stands is last else last
    is_copy = other[_REPLAY] and not stands[_REPLAY]
    packer.skip("sidechain_replays" if is_copy else "duplicates")
    if stands is last:
        return True
    del bucket[-ROW.size :]
    return False


def _larger(one: Name, before: Counts, other: Name, after: Counts) -> Name | None:
    """Give the name of the one of two rows that stands; None where that is not plain."""
    if one[_MODEL] != other[_MODEL]:
        return None
    if before[_INPUT] != after[_INPUT] or before[_READ] != after[_READ]:
        return None
    old, young = _rank(one, before), _rank(other, after)
    if old == young:
        return one if one == other and before == after else None
    return other if young > old else one


def _rank(name: Name, counts: Counts) -> tuple[Any, ...]:
    is_whole, is_own = name[_STOP] is not None, not name[_REPLAY]
    return is_whole, sum(counts), is_own, name[_SPEED] is not None, counts[_OUTPUT]


def _row(line: bytes) -> Row | bool | None:
    """Read a row with the standard library."""
    try:
        row = json_value(line)
    except ValueError:
        return None
    if row.__class__ is not dict:
        return None
    get = row.get
    message, time = get("message"), get("timestamp")
    if get("data") is not None:
        return None
    if message.__class__ is not dict or message.get("usage").__class__ is not dict:
        # the reader of rows passes them over, too
        return False
    # a row may be without one, and then it is no part of a stream
    stop = message.get("stop_reason", "")
    is_error = get("isApiErrorMessage")
    model, id, request = message.get("model"), message.get("id"), get("requestId")
    told = get("sessionId"), get("cwd")
    if (
        time.__class__ is not str
        or get("costUSD") is not None
        or is_error.__class__ not in (bool, None.__class__)
        or not (are_texts(model, id, stop) and are_texts(request, *told))
    ):
        return None
    found = anthropic(message["usage"])
    if found is None:
        return None
    bits, context, told_of, a, b, c, d, e, f, g = found
    is_replay, is_asked = get("isSidechain") is True, request is not None
    name = (model, bits, *told_of, is_replay, stop, is_error, is_asked)
    return name, id, time, told, context, a, b, c, d, e, f, g
