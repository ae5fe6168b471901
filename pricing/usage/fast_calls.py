"""The short way through a gateway's log of calls; see ``pricing.usage.fast``."""

from __future__ import annotations

from pricing.usage.fast import BUCKETS, FIELDS, is_plain, key_of, prefix_of, when
from pricing.usage.fast_counts import ANTHROPIC, PARTS, anthropic, chat, gemini
from pricing.usage.json_text import json_value
from pricing.usage.logs.calls import OWN
from pricing.usage.sellers import seller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from pricing.usage.fast import Packer
    from pricing.usage.fast_counts import Found
    from pricing.usage.logs import Item, Lines

    #: name, provider, id, time, labels, context, counts
    Row = tuple[tuple[Any, ...], str, str, str, tuple[Any, ...], int, tuple[int, ...]]

#: by the first key of a usage object: what reads it, and where a row has its counts
_READERS: dict[str, tuple[Callable[[Any], Found], Mapping[str, int]]] = {
    "completion_tokens": (chat, PARTS),
    "input_tokens": (anthropic, ANTHROPIC),
    "promptTokenCount": (gemini, PARTS),
    "prompt_tokens": (chat, PARTS),
}


def read(lines: Lines, packer: Packer) -> Iterator[Item]:
    """Pack the rows of a log of calls; give those that go the long way."""
    known, origins, rows = packer.known, packer.origins, packer.part.rows
    pack = FIELDS.pack
    prefixes: dict[str, bytes] = {}
    reader = _typed() or Reader()
    row_of = reader.read
    for number, line in lines:
        row = row_of(line) if is_plain(line) else None
        if row is None:
            yield from packer.slow(number, line)
            continue
        name, provider, id, time, told, context, counts = row
        at = when(time)
        origin = origins.get(told)
        if origin is None:
            origin = packer.origin(told, reader.labels(told))
        if at is None or origin is None:
            yield from packer.slow(number, line)
            continue
        quarter, rest = at
        shape = known.get(name)
        prefix = prefixes.get(provider)
        if shape is not None and prefix is not None and id:
            key = key_of(prefix, id)
            bucket = rows[key[0] % BUCKETS]
            bucket += pack(key, shape, quarter, quarter, origin, rest, context, number, *counts)
            continue
        items = list(packer.slow(number, line))
        if name not in known:
            columns = ANTHROPIC if name[2] == "input_tokens" else PARTS
            packer.learn(name, items, (quarter, origin, rest, context, number, *counts), columns)
            prefixes[provider] = prefix_of(seller_of(provider))
        yield from items


class Reader:
    """Reads rows with the standard library."""

    def labels(self, told: Any) -> dict[str, str]:
        """Give the labels that a row told."""
        return dict(zip(told[::2], told[1::2], strict=True))

    def read(self, line: bytes) -> Row | None:
        """Read a row."""
        try:
            row: Any = json_value(line)
        except ValueError:
            return None
        if row.__class__ is not dict or "response" in row or "status" in row:
            return None
        get = row.get
        usage, provider, model = get("usage"), get("provider"), get("model")
        time, id = get("ts"), get("request_id")
        if not (
            usage.__class__ is dict
            and provider.__class__ is model.__class__ is time.__class__ is id.__class__ is str
        ):
            return None
        key = next(iter(usage), "")
        if key not in _READERS:
            return None
        reader, _ = _READERS[key]
        found = reader(usage)
        if found is None:
            return None
        bits, counts, context, attributes = found
        told: list[Any] = []
        for label, text in row.items():
            if text.__class__ is str and label not in OWN:
                told += (label, text)
        return (
            (provider, model, key, bits, attributes),
            provider,
            id,
            time,
            tuple(told),
            context,
            counts,
        )


def _typed() -> Any:
    """Give what reads rows with msgspec, None where it is not installed."""
    try:
        from pricing.usage import fast_call_types
    except ImportError:
        return None
    return fast_call_types.Reader()
