"""The short way through a session of Claude Code; see ``pricing.usage.fast``."""

from __future__ import annotations

from pricing.usage.bulk import ROW, TAIL
from pricing.usage.fast import BUCKETS, FIELDS, NO_ID, is_plain, key_of, prefix_of, when
from pricing.usage.fast_counts import ANTHROPIC, anthropic, anthropic_bits, are_texts
from pricing.usage.json_text import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.fast import Packer
    from pricing.usage.logs import Item, Lines

    Counts = tuple[int, ...]
    #: what decides the kind; see the numbers below
    Name = tuple[Any, ...]
    #: name, id, time, session and folder, context, counts
    Row = tuple[Name, str | None, str, tuple[str | None, str | None], int, Counts]
    #: None: the long way; False: it counts nothing
    ReadRow = Callable[[bytes], Row | bool | None]

_LABELS = ("session", "project")
_MODEL, _SPEED, _REPLAY, _STOP = 0, 3, 5, 6
_INPUT, _READ, _OUTPUT = ANTHROPIC["input"], ANTHROPIC["cache_read"], ANTHROPIC["output"]


def read(lines: Lines, packer: Packer) -> Iterator[Item]:
    """Pack the rows of a session; give those that go the long way."""
    known, origins, rows = packer.known, packer.origins, packer.part.rows
    pack, prefix = FIELDS.pack, prefix_of(None)
    row_of = _typed() or _row
    # of the row before: its id, name and origin, and the bucket at whose end it stands
    last_id: str | None = None
    last_name: Name = ()
    last_origin, bucket = -1, rows[0]
    for number, line in lines:
        if b'"usage"' not in line and line.rstrip().endswith(b"}"):
            continue
        row: Any = row_of(line) if is_plain(line) else None
        if row is False:
            continue
        tail: tuple[int, ...] | None = None
        if row is not None:
            name, id, time, told, context, counts = row
            origin = origins.get(told)
            if origin is None and "" not in told:
                labels = {key: text for key, text in zip(_LABELS, told, strict=True) if text}
                origin = packer.origin(told, labels)
            at = when(time)
            if at is not None and origin is not None:
                quarter, rest = at
                shape = known.get(name)
                if shape is not None:
                    if not id:
                        last_id = None
                        bucket = rows[BUCKETS]
                        bucket += pack(
                            NO_ID, shape, quarter, quarter, origin, rest, context, number, *counts
                        )
                        packer.part.take_out()
                        continue
                    if id == last_id and origin == last_origin:
                        before = TAIL.unpack(bucket[-TAIL.size :])[-len(counts) :]
                        stands = _larger((last_name, before), (name, counts))
                        if stands is not None:
                            dropped = last_name if stands[0] is name else name
                            is_copy = dropped[_REPLAY] and not stands[0][_REPLAY]
                            packer.skip("sidechain_replays" if is_copy else "duplicates")
                            if stands[0] is not name:
                                continue
                            del bucket[-ROW.size :]
                    key = key_of(prefix, id)
                    bucket = rows[key[0] % BUCKETS]
                    bucket += pack(
                        key, shape, quarter, quarter, origin, rest, context, number, *counts
                    )
                    last_id, last_name, last_origin = id, name, origin
                    continue
                tail = (quarter, origin, rest, context, number, *counts)
        last_id = None
        items = list(packer.slow(number, line))
        if tail is not None and name not in known:
            packer.learn(name, items, tail, ANTHROPIC)
        yield from items


def _larger(known: tuple[Name, Counts], new: tuple[Name, Counts]) -> tuple[Name, Counts] | None:
    """Give the one of two rows of a message that stands; None where that is not plain."""
    (one, before), (other, after) = known, new
    if one[_MODEL] != other[_MODEL]:
        return None
    if before[_INPUT] != after[_INPUT] or before[_READ] != after[_READ]:
        return None
    old, young = _rank(one, before), _rank(other, after)
    if old == young:
        return known if one == other and before == after else None
    return new if young > old else known


def _rank(name: Name, counts: Counts) -> tuple[Any, ...]:
    is_whole, is_own = name[_STOP] is not None, not name[_REPLAY]
    return is_whole, sum(counts), is_own, name[_SPEED] is not None, counts[_OUTPUT]


def _typed() -> ReadRow | None:
    """Give what reads a row with msgspec, None where it is not installed."""
    try:
        from pricing.usage.fast_types import row_decoder
    except ImportError:
        return None
    decode, failures = row_decoder()

    def row_of(line: bytes) -> Row | bool | None:
        try:
            row = decode(line)
        except failures:
            return None
        message = row.message
        if message is None or message.usage is None:
            # null and absent are the same to the reader of rows
            return False
        usage = message.usage
        plain, output, time = usage.input_tokens, usage.output_tokens, row.timestamp
        if plain is None or output is None or time is None:
            return None
        read, five = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens
        split, tools = usage.cache_creation, usage.server_tool_use
        hour = search = fetch = 0
        if split is None:
            five = five or 0
            context, written = plain + read + five, five
        else:
            whole, written = five, 0
            five, hour = split.ephemeral_5m_input_tokens or 0, split.ephemeral_1h_input_tokens or 0
            if five + hour != whole and whole is not None:
                return None
            context = plain + read + five + hour
        if tools is not None:
            search, fetch = tools.web_search_requests or 0, tools.web_fetch_requests or 0
        bits = anthropic_bits(read, 0 if split is None else five, hour, written, search, fetch)
        name = (
            message.model,
            bits,
            usage.service_tier,
            usage.speed,
            usage.inference_geo,
            row.isSidechain is True,
            message.stop_reason,
            row.isApiErrorMessage,
            row.requestId is not None,
        )
        counts = (plain, read, five, hour, output, search, fetch)
        return name, message.id, time, (row.sessionId, row.cwd), context, counts

    return row_of


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
    bits, counts, context, told_of = found
    is_replay, is_asked = get("isSidechain") is True, request is not None
    name = (model, bits, *told_of, is_replay, stop, is_error, is_asked)
    return name, id, time, told, context, counts
