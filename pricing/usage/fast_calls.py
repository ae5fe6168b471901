"""The short way through a gateway's log of calls; see ``pricing.usage.fast``."""

from __future__ import annotations

from pricing.usage.bulk import key_of
from pricing.usage.fast import at_of, is_plain
from pricing.usage.fast_counts import anthropic, chat, gemini
from pricing.usage.json_text import json_value
from pricing.usage.logs.calls import OWN
from pricing.usage.sellers import seller_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pricing.usage.fast import Packer
    from pricing.usage.fast_counts import Found
    from pricing.usage.logs import Item, Lines

_MOST_ORIGINS = 10_000
#: by the first key of a usage object
_READERS: dict[str, Callable[[Any], Found]] = {
    "completion_tokens": chat,
    "input_tokens": anthropic,
    "promptTokenCount": gemini,
    "prompt_tokens": chat,
}


def read(lines: Lines, packer: Packer) -> Iterator[Item]:
    """Pack the rows of a log of calls; give those that go the long way."""
    kinds, put = packer.kinds, packer.put
    origins: dict[Any, int | None] = {}
    sellers: dict[str, str | None] = {}
    decode, failures = _decoder()
    for number, line in lines:
        row: Any = None
        if is_plain(line):
            try:
                row = decode(line)
            except failures:
                row = None
        found = None
        if row.__class__ is dict and "response" not in row:
            get: Any = row.get
            usage, provider, model = get("usage"), get("provider"), get("model")
            time, id = get("ts"), get("request_id")
            if (
                usage.__class__ is dict
                and provider.__class__ is model.__class__ is time.__class__ is id.__class__ is str
                and "status" not in row
            ):
                key = next(iter(usage), "")
                reader = _READERS.get(key)
                found = None if reader is None else reader(usage)
        if found is None:
            yield from packer.slow(number, line)
            continue
        bits, counts, context, told = found
        labels = [(key, text) for key, text in row.items() if key not in OWN]
        name = (provider, model, key, bits, told)
        at = at_of(time)
        try:
            origin = origins.get(tuple(labels), -1)
        except TypeError:
            at = None
        if at is None:
            yield from packer.slow(number, line)
            continue
        if origin == -1:
            texts = {key: text for key, text in labels if text.__class__ is str}
            origin = packer.part.compact.origin(packer.path, texts)
            if len(origins) < _MOST_ORIGINS:
                origins[tuple(labels)] = origin
        kind = kinds.get(name)
        if kind is not None and origin is not None and id:
            seller = sellers.get(provider, provider)
            put(kind, key_of(seller, id), origin, number, at, context, counts)
            continue
        items = list(packer.slow(number, line))
        if origin is not None and name not in kinds:
            packer.learn(name, items, at, context, counts)
            sellers[provider] = seller_of(provider)
        yield from items


def _decoder() -> tuple[Callable[[bytes], Any], tuple[type[Exception], ...]]:
    """Give what reads a line, with msgspec where it is installed, and what it raises."""
    try:
        from msgspec import DecodeError
        from msgspec.json import Decoder
    except ImportError:
        return json_value, (ValueError,)
    return Decoder().decode, (DecodeError, RecursionError)
