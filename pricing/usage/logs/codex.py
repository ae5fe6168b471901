"""Codex: the rows of a session, of which the growth of its total is billed.

``token_count`` events repeat: a total that did not grow is no call. A fork (``forked_from_id``, or
a spawned thread) first replays the totals of its parent at its own times. Where the parent was read
before, a replay is known by its counts; else by its times: events written within a second.
Source: openai/codex codex-rs/protocol; ccusage#897, #950, #1288, tokscale#681 for forks.
"""

from __future__ import annotations

from pricing.errors import Fault, UsageError
from pricing.instants import SECOND
from pricing.usage.logs.begin import Begin
from pricing.usage.logs.rows import rows, unreadable
from pricing.usage.numbers import count, details, name
from pricing.usage.sellers import seller_of
from pricing.usage.shapes import codex
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pricing.usage.logs import Item, Lines
    from pricing.usage.usage import Quantity, Usage

    Record = Mapping[str, Any]
    Counts = tuple[Quantity, ...]

_COUNTS = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
           "reasoning_output_tokens")  # fmt: skip
_DECISIVE = (b'"token_count"', b'"turn_context"', b'"session_meta"', b'"turn_token_usage"')
_NONE: Counts = (0,) * len(_COUNTS)
_LOST = "a fork without its parent: what was counted within its first second is taken as replayed"
_FELL = "the total of a session fell: its last call is billed"


def begin(lines: Lines) -> Begin | None:
    """Tell how a session begins, and which one it was forked from."""
    for row in rows(lines, ""):
        if isinstance(row, Fault):
            continue
        payload = row[1].get("payload")
        if row[1].get("type") == "session_meta" and isinstance(payload, dict):
            try:
                at = name(payload, "timestamp") or name(row[1], "timestamp")
                return Begin(at or "", name(payload, "id") or "", _parent(payload))
            except UsageError:
                return None
    return None


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Read a session; rows without counts are passed over."""
    session = _Session(kept)
    held: tuple[int, tuple[Usage, ...] | str] | None = None
    for row in rows(lines, path, *_DECISIVE):
        if isinstance(row, Fault):
            yield row
            continue
        number, record = row
        try:
            found = session.read(number, record)
        except UsageError as error:
            yield unreadable(error, path, number, record)
            continue
        if found is None:
            continue
        if session.waits and held is None:
            # the first event of a fork without its parent: the next one tells what it was
            held = number, found
            continue
        if held is not None and not session.waits:
            yield (held[0], "duplicates") if session.is_burst else held
            held = None
        yield number, found
    if held is not None:
        yield held
    for number, usage in session.turns.values():
        if not session.counts:
            yield number, (usage,)


class _Session:
    """What the rows of one file have told so far."""

    def __init__(self, kept: dict[Any, Any]) -> None:
        self.kept = kept
        self.id: str | None = None
        self.seller: str | None = None
        self.model: str | None = None
        self.labels: dict[str, str] = {}
        self.total = _NONE
        #: whether there is a total at all
        self.counts = False
        #: all totals of the sessions that this one goes on from, while it replays them
        self.replayed: set[Counts] = set()
        #: a fork without its parent, while it may replay; the end of its first second
        self.is_lost = False
        self.lost: int | None = None
        #: whether only the next event tells what the last one was
        self.waits = False
        self.is_burst = False
        self.seen: set[Counts] = set()
        #: line and usage of each turn, where only turns are counted
        self.turns: dict[object, tuple[int, Usage]] = {}

    def read(self, number: int, row: Record) -> tuple[Usage, ...] | str | None:
        """Give what a row bills, or why it bills nothing; None where it counts nothing."""
        payload = row.get("payload")
        if not isinstance(payload, dict):
            return None
        kind = row.get("type")
        if kind == "session_meta" and self.id is None:
            self._begin(payload)
        elif kind == "turn_context":
            self.model = name(payload, "model") or self.model
        elif isinstance(payload.get("turn_token_usage"), dict):
            usage = self._told(codex.tokens(payload["turn_token_usage"], row))
            usage.aggregate, usage.context_tokens = True, None
            self.turns[payload.get("turn_id")] = number, usage
        elif kind == "event_msg" and payload.get("type") == "token_count":
            return self._counted(details(payload, "info"), row)
        return None

    def _begin(self, meta: Record) -> None:
        self.id = name(meta, "id")
        self.seller = seller_of(name(meta, "model_provider"))
        labels = {"session": self.id, "project": name(meta, "cwd")}
        self.labels = {label: text for label, text in labels.items() if text is not None}
        sessions = self.kept.setdefault("totals", {})
        parent = _parent(meta)
        if parent in sessions:
            self.replayed = sessions[parent]
        else:
            self.is_lost = parent is not None
        if self.id in self.kept.get("parents", ()):
            self.seen = sessions.setdefault(self.id, set())

    def _counted(self, info: Record, row: Record) -> tuple[Usage, ...] | str | None:
        last, whole = details(info, "last_token_usage"), details(info, "total_token_usage")
        if not whole:
            return (self._told(codex.tokens(last, row)),) if last else None
        self.counts = True
        total = _counts(whole)
        before, self.total = self.total, total
        if self.id in self.kept.get("parents", ()):
            self.seen.add(total)
        if total == before or total in self.replayed:
            return "duplicates"
        self.replayed = set()
        warnings: tuple[str, ...] = ()
        if self.is_lost:
            at = when(row, "timestamp") or 0
            self.waits = self.lost is None
            if self.lost is None:
                self.lost = at + SECOND
                # what went before is the parent's
                before = _NONE if not last else _less(total, _counts(last))
            elif at < self.lost:
                self.is_burst = True
                return "duplicates"
            else:
                self.is_lost = False
                warnings = (_LOST,) if self.is_burst else ()
        if any(now < then for now, then in zip(total, before, strict=True)):
            # a context that overflowed is counted anew
            if not any(_counts(last)):
                return None
            grown, warnings = dict(last), (*warnings, _FELL)
        else:
            grown = dict(zip(_COUNTS, _less(total, before), strict=True))
        usage = self._told(codex.tokens(grown, row))
        if last and _counts(last) != _counts(grown):
            # more than the last call: an event between them is missing
            usage.aggregate, usage.context_tokens = True, None
        usage.id = ":".join(map(str, (self.id, *total)))
        usage.warnings += warnings
        return (usage,)

    def _told(self, usage: Usage) -> Usage:
        usage.model = self.model
        usage.labels = self.labels
        usage.seller = self.seller
        return usage


def _less(now: Counts, then: Counts) -> Counts:
    return tuple(a - b for a, b in zip(now, then, strict=True))


def _counts(usage: Record) -> Counts:
    return tuple(count(usage, key) for key in _COUNTS)


def _parent(meta: Record) -> str | None:
    """Give the session that one was forked from, or whose agent it is."""
    parent = name(meta, "forked_from_id")
    source = meta.get("source")
    for key in ("subagent", "thread_spawn"):
        source = source.get(key) if isinstance(source, dict) else None
    if parent is None and isinstance(source, dict):
        parent = name(source, "parent_thread_id")
    return parent
