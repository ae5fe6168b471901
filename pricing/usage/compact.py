"""Usage that waits for larger duplicates, in some 80 bytes instead of some 800.

Calls of one log differ in time and counts; what else they are stands in few kinds and origins, once
each. What does not fit stays as it is: several lines, warnings, counts that are no whole numbers.
"""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from struct import Struct
from struct import error as StructError

from pricing.money import Money
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]

#: kind, origin, line, instant; then the context and each count in 4 bytes
_HEAD = "<IIIq"
_START = Struct(_HEAD)
_MOST = 1 << 32
#: more kinds and origins than this, and not few of the records, are kept as they are
_MOST_KINDS = 4_096
_FEW = 8
#: fields that differ from call to call, or that only few have
_OWN = frozenset(("labels", "place", "reported", "request"))
_RARE = frozenset(("unknown", "upstream", "warnings"))


class Kind:
    """What many calls have in common: model, seller, attributes, and which counts they have."""

    __slots__ = ("attributes", "currency", "fields", "has_context", "has_request", "has_time",
                 "meters", "model", "name", "struct")  # fmt: skip

    def __init__(self, usage: Usage, name: tuple[Any, ...]) -> None:
        #: equal for kinds that are the same in another ``Compact``
        self.name = name
        self.model = usage.model
        self.meters = tuple(usage.meters)
        self.attributes = dict(usage.attributes)
        self.fields = {k: v for k, v in usage.__dict__.items() if k not in _OWN}
        self.currency = None if usage.reported is None else usage.reported.currency
        self.has_context = usage.context_tokens is not None
        self.has_request = usage.request is not None
        self.has_time = usage.at is not None
        self.struct = Struct(f"{_HEAD}{1 + len(self.meters)}I")

    def __getstate__(self) -> tuple[Any, ...]:
        return tuple(getattr(self, slot) for slot in self.__slots__ if slot != "struct")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        slots = [slot for slot in self.__slots__ if slot != "struct"]
        for slot, value in zip(slots, state, strict=True):
            setattr(self, slot, value)
        self.struct = Struct(f"{_HEAD}{1 + len(self.meters)}I")


class Compact:
    """Packs usages of one line, without their ids; of request ids only that there was one."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.origins: list[tuple[str, Mapping[str, str] | None]] = []
        self._known: dict[Any, int] = {}
        self._packed = 0
        #: which fields usages have -> what gives those that make their kind
        self._of_kind: dict[tuple[str, ...], Callable[[Any], Any]] = {}
        self._hash: Any = None

    def key(self, words: tuple[str | None, ...]) -> bytes:
        """Give 15 bytes for an id and what it belongs to: no two of a billion calls share them."""
        if self._hash is None:
            from hashlib import blake2b

            self._hash = blake2b
        found: bytes = self._hash(repr(words).encode(), digest_size=15).digest()
        return found

    def pack(self, usages: Usages | bytes) -> Usages | bytes:
        """Give a record's usages in few bytes where they fit, else as they are."""
        if isinstance(usages, bytes):
            return usages
        usage = usages[0]
        fields = usage.__dict__
        if len(usages) > 1 or not _RARE.isdisjoint(fields):
            return usages
        names = tuple(fields)
        if names not in self._of_kind:
            shared = [name for name in names if name not in _OWN]
            self._of_kind[names] = itemgetter(*shared) if shared else len
        path, _, line = (usage.place or "").rpartition(":")
        reported = usage.reported
        labels = fields.get("labels")
        try:
            origin = self.origin(path, labels)
            kind = self._kind(
                (
                    usage.model,
                    usage.at is None,
                    usage.context_tokens is None,
                    None if reported is None else reported.currency,
                    fields.get("request") is None,
                    tuple(usage.meters),
                    _told(usage.attributes) if usage.attributes else None,
                    names,
                    self._of_kind[names](fields),
                ),
                usage,
            )
            if origin is None or kind is None:
                return usages
            data = self.kinds[kind].struct.pack(
                kind, origin, int(line), usage.at or 0, usage.context_tokens or 0,
                *usage.meters.values(),
            )  # fmt: skip
        except (TypeError, ValueError, StructError):
            return usages
        self._packed += 1
        if reported is None:
            return data
        if not isinstance(reported.amount, Decimal):
            return usages
        return data + str(reported.amount).encode()

    def unpack(self, held: Usages | bytes) -> Usages:
        """Give the usages that were packed."""
        if not isinstance(held, bytes):
            return held
        kind, origin, line, at = _START.unpack_from(held)
        fields = self.kinds[kind]
        _, _, _, _, context, *counts = fields.struct.unpack_from(held)
        usage = self.usage(kind, origin, at, context, counts)
        path, _ = self.origins[origin]
        usage.place = f"{path}:{line}"
        if fields.currency is not None:
            amount = Decimal(held[fields.struct.size :].decode())
            usage.reported = Money(amount, fields.currency)
        return (usage,)

    def usage(self, number: int, origin: int, at: int, context: int, counts: list[int]) -> Usage:
        """Give a usage of a kind, all but its place."""
        kind = self.kinds[number]
        usage = usage_of(
            dict(zip(kind.meters, counts, strict=True)),
            dict(kind.attributes),
            kind.model,
            context if kind.has_context else None,
            None,
        )
        usage.at = at if kind.has_time else None
        usage.__dict__.update(kind.fields)
        _, labels = self.origins[origin]
        if labels is not None:
            usage.labels = labels
        if kind.has_request:
            usage.request = ""
        return usage

    def origin(self, path: str, labels: Mapping[str, str] | None) -> int | None:
        """Give the number of a file with some labels; None where there are too many already."""
        key = (path, tuple(labels.items()) if labels else None)
        found = self._known.get(key)
        if found is None and not self._is_full:
            found = self._known[key] = len(self.origins)
            self.origins.append((path, labels))
        return found

    def _kind(self, key: tuple[Any, ...], usage: Usage) -> int | None:
        """Give the number of a kind; None where there are too many already."""
        found = self._known.get(key)
        if found is None and not self._is_full:
            found = self._known[key] = len(self.kinds)
            self.kinds.append(Kind(usage, key))
        return found

    def adopt(self, kind: Kind) -> int | None:
        """Give the number here of a kind of another one; None where there are too many already."""
        found = self._known.get(kind.name)
        if found is None and not self._is_full:
            found = self._known[kind.name] = len(self.kinds)
            self.kinds.append(kind)
        return found

    @property
    def _is_full(self) -> bool:
        return len(self._known) > _MOST_KINDS + self._packed // _FEW


def _told(attributes: Mapping[str, Any]) -> tuple[Any, ...]:
    # True is 1, but no attribute that is 1
    return tuple((name, value, type(value)) for name, value in attributes.items())
