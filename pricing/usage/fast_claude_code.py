"""The short way through a session of Claude Code; see ``pricing.usage.fast``."""

from __future__ import annotations

from pricing.usage.bulk import NO_ID, key_of
from pricing.usage.fast import at_of, is_plain
from pricing.usage.fast_counts import READ, anthropic, anthropic_meters, are_texts
from pricing.usage.json_text import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.fast import Packer
    from pricing.usage.logs import Item, Lines

    #: what decides the kind: model, meters, tier, speed, place, replay, incomplete, has a request
    Name = tuple[str | None, int, str | None, str | None, str | None, bool, bool, bool]
    #: name, id, time, session and folder, context, counts
    Row = tuple[Name, str | None, str, tuple[str | None, str | None], int, list[int]]
    #: None: the long way; False: it counts nothing
    ReadRow = Callable[[bytes], Row | bool | None]

_LABELS = ("session", "project")
_SPEED, _REPLAY, _INCOMPLETE = 3, 5, 6


def read(lines: Lines, packer: Packer) -> Iterator[Item]:
    """Pack the rows of a session; give those that go the long way."""
    kinds, put = packer.kinds, packer.put
    origins: dict[Any, int | None] = {}
    row_of = _typed() or _row
    last: Any = None
    for number, line in lines:
        if b'"usage"' not in line and line.rstrip().endswith(b"}"):
            continue
        row = row_of(line) if is_plain(line) else None
        if row is False:
            continue
        at, kind, origin = -1, None, None
        if row:
            name, id, time, told, context, counts = row  # type: ignore[misc]
            kind = kinds.get(name)
            origin = origins.get(told)
            if origin is None:
                labels = {key: text for key, text in zip(_LABELS, told, strict=True) if text}
                is_odd = "" in told
                origin = None if is_odd else packer.part.compact.origin(packer.path, labels)
                origins[told] = origin
            at = at_of(time) or -1
        if kind is not None and origin is not None and at > 0:
            new = (kind, id, origin, number, at, context, counts, name)
            if last is not None:
                if id and last[1] == id and last[2] == origin:
                    stands = _larger(last, new)
                    if stands is not None:
                        is_copy = (last if stands is new else new)[7][_REPLAY]
                        is_copy = is_copy and not stands[7][_REPLAY]
                        packer.skip("sidechain_replays" if is_copy else "duplicates")
                        last = stands
                        continue
                put(last[0], key_of(None, last[1]) if last[1] else NO_ID, *last[2:7])
            last = new
            continue
        if last is not None:
            put(last[0], key_of(None, last[1]) if last[1] else NO_ID, *last[2:7])
            last = None
        items = list(packer.slow(number, line))
        if row and origin is not None and at > 0 and name not in kinds:
            packer.learn(name, items, at, context, counts)
        yield from items
    if last is not None:
        put(last[0], key_of(None, last[1]) if last[1] else NO_ID, *last[2:7])


def _larger(known: Any, new: Any) -> Any:
    """Give the one of two rows of a message that stands; None where that is not plain."""
    one, other = known[7], new[7]
    if one[0] != other[0] or known[6][0] != new[6][0]:
        return None
    if (one[1] ^ other[1]) & READ or (one[1] & READ and known[6][1] != new[6][1]):
        return None
    before, after = _rank(known), _rank(new)
    if before == after:
        return known if one == other and known[6] == new[6] else None
    return new if after > before else known


def _rank(row: Any) -> tuple[Any, ...]:
    name, counts = row[7], row[6]
    # the output stands before the calls of tools
    output = counts[-1 - (name[1] >> 4 & 1) - (name[1] >> 5 & 1)]
    is_fast = name[_SPEED] is not None
    return (not name[_INCOMPLETE], sum(counts), not name[_REPLAY], is_fast, output)


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
        usage, stop = message.usage, message.stop_reason
        plain, output = usage.input_tokens, usage.output_tokens
        model, time = message.model, row.timestamp
        if (
            plain is None
            or output is None
            or time is None
            or stop == "refusal"
            or row.isApiErrorMessage
            or model == "<synthetic>"
        ):
            return None
        read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens
        split, tools = usage.cache_creation, usage.server_tool_use
        five = hour = search = fetch = 0
        rest = written or 0
        if split is not None:
            five, hour = split.ephemeral_5m_input_tokens or 0, split.ephemeral_1h_input_tokens or 0
            if five + hour != rest:
                if written is not None:
                    return None
                rest = five + hour
        context = plain + read + rest
        if split is not None:
            rest = 0
        if tools is not None:
            search, fetch = tools.web_search_requests or 0, tools.web_fetch_requests or 0
        bits, counts = anthropic_meters(plain, read, five, hour, rest, output, search, fetch)
        name = (
            model,
            bits,
            usage.service_tier,
            usage.speed,
            usage.inference_geo,
            row.isSidechain is True,
            stop is None,
            row.requestId is not None,
        )
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
    stop = message.get("stop_reason", "")
    model, id, request = message.get("model"), message.get("id"), get("requestId")
    told = get("sessionId"), get("cwd")
    if (
        time.__class__ is not str
        or get("costUSD") is not None
        or get("isApiErrorMessage")
        or stop == "refusal"
        or model == "<synthetic>"
        or not (are_texts(model, id) and are_texts(request, *told))
    ):
        return None
    found = anthropic(message["usage"])
    if found is None:
        return None
    bits, counts, context, told_of = found
    is_replay = get("isSidechain") is True
    name: Any = (model, bits, *told_of, is_replay, stop is None, request is not None)
    return name, id, time, told, context, counts
