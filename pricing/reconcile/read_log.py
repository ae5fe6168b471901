"""Read a log into a cube: short ones record by record, long ones in bulk, to the same cube.

A long log is packed as it is read, the larger part of it on disk (``pricing.usage.spill``), and is
added up by kind, labels and half hour: neither time a request nor memory grow with it.
"""

from __future__ import annotations

import os

from pricing.rating.quote import Flags
from pricing.reconcile.log import SINGLE, Log, add_record
from pricing.usage.files import files_of
from pricing.usage.logs.calls import ZONELESS, has_zone
from pricing.usage.records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.reconcile.terms import Terms
    from pricing.usage.usage import Usage

    Usages = tuple[Usage, ...]

#: logs of so much are read in bulk
LONG_BYTES = 4 << 20


class Watching(Records):
    """Records that also tell what was merged away, and which attempts were repeated."""

    def __init__(self, paths: Iterable[str], **options: Any) -> None:
        super().__init__(paths, **options)
        self._kept.setdefault("calls", {})["zoneless"] = True
        #: what was merged away, and whether what stands in its place counts otherwise
        self.dropped: list[tuple[Usages, bool]] = []
        #: ids, or their hashes, of what was logged again with other counts
        self.restated: set[object] = set()
        #: ids of attempts that a later one stands for
        self.repeated: set[str] = set()

    def drop(self, stands: Usages, dropped: Usages, id: object) -> None:
        super().drop(stands, dropped, id)
        if _is_told(dropped[0]):
            is_other = stands[0].meters != dropped[0].meters
            self.dropped.append((dropped, is_other))
            if is_other:
                self.restated.add(id)

    def drop_same(self, dropped: Callable[[], Usages]) -> None:
        super().drop_same(dropped)
        usages = dropped()
        if _is_told(usages[0]):
            self.dropped.append((usages, False))

    def _billed(self, usages: Usages, place: str) -> Usages:
        if usages:
            again = usages[0].labels.get("retry_of")
            if again:
                self.repeated.add(again)
        return super()._billed(usages, place)

    def _read(self, record: object) -> Usages | None:
        if isinstance(record, dict):
            for key in ("at", "timestamp"):
                at = record.get(key)
                if isinstance(at, str) and not has_zone(at):
                    read = super()._read({**record, key: at + "Z"})
                    for usage in read or ():
                        usage.labels = {**usage.labels, ZONELESS: "yes"}
                    return read
        return super()._read(record)


def read_log(
    catalog: Catalog,
    paths: Sequence[str],
    terms: Terms,
    *,
    seller: str | None = None,
    bands: Sequence[int] = (),
    by_id: bool = False,
    flags: Flags | None = None,
    mapping: Any = None,
    shape: str | None = None,
    watch: Callable[[str, int, int], None] | None = None,
) -> Log:
    """Read a log into a cube.

    ``bands`` are numbers of tokens at which the statement tells requests apart; ``by_id``: it
    names single requests. ``seller`` prices records that name none.

    Raises:
        UsageError: a file cannot be read.
    """

    def empty() -> Log:
        log = Log(catalog, terms, flags or Flags())
        log.bands = tuple(bands)
        log.by_id = by_id
        return log

    options = {"mapping": mapping, "shape": shape, "watch": watch}
    log = empty()
    rounded = terms.rounding is not None and terms.rounding.per == "request"
    if not by_id and not rounded and is_long(paths):
        from pricing.reconcile.bulk_log import add_bulk
        from pricing.reconcile.long_records import LongWatching

        long = LongWatching(paths, **options)
        is_whole = add_bulk(log, long, seller)
        # few requests are kept one by one, and some ids only the short way knows
        if is_whole and log.requests > SINGLE:
            return _settled(log, long)
        log = empty()
    records = Watching(paths, in_order=True, **options)
    for usages in records:
        first = usages[0]
        version = "last" if first.id in records.restated else ""
        is_repeated = is_superseded(first, records.repeated)
        add_record(log, usages, seller, "", is_repeated, version)
    add_dropped(log, records, seller)
    return _settled(log, records)


def add_dropped(log: Log, records: Watching, seller: str | None) -> None:
    """Add what was merged away."""
    for usages, is_other in records.dropped:
        add_record(log, usages, seller, "duplicate", False, "first" if is_other else "")


def is_long(paths: Sequence[str]) -> bool:
    """Tell whether logs are worth reading in bulk; raises UsageError."""
    if "-" in paths:
        return False
    size = 0
    for path in files_of(paths):
        size += os.path.getsize(path)
        if size >= LONG_BYTES:
            return True
    return False


def _is_told(dropped: Usage) -> bool:
    # a session's log repeats its messages by design
    return "session" not in dropped.labels and not dropped.incomplete


def is_superseded(usage: Usage, repeated: set[str]) -> bool:
    """Tell whether a later attempt says that it stands for this one."""
    return bool(repeated) and (usage.id in repeated or usage.labels.get("id") in repeated)


def _settled(log: Log, records: Records) -> Log:
    log.faults = records.faults
    log.skipped = records.skipped
    log.take()
    return log
