"""Records of long logs for a reconciliation: with few labels, and on disk while they wait."""

from __future__ import annotations

from pricing.reconcile.cells import SLOT
from pricing.reconcile.labels import END, FAILED_TOOLS, end_at
from pricing.reconcile.log import PROJECTS
from pricing.reconcile.read_log import Watching
from pricing.usage.compact import Compact
from pricing.usage.logs.calls import ZONELESS
from pricing.usage.long import LongRecords
from pricing.usage.spill import Spill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pricing.usage.bulk import Part

#: labels that a bill may be told by; any other one would only keep like requests apart
_LABELS = (*PROJECTS, "api_key_id", "api_key", "key", "model_requested", "session",
           FAILED_TOOLS, ZONELESS)  # fmt: skip


class _Needed(Compact):
    """Packs usages with those labels only that a reconciliation asks for; ends by the half hour."""

    def __init__(self, records: LongWatching) -> None:
        super().__init__()
        self.records = records

    def origin(self, path: str, labels: Mapping[str, str] | None) -> int | None:
        if not labels:
            return super().origin(path, labels)
        found = {name: text for name in _LABELS if (text := labels.get(name))}
        again = labels.get("retry_of")
        if again:
            self.records.repeated.add(again)
        if "id" in labels:
            self.records.has_own_ids = True
        if labels.get(END):
            end = end_at(labels[END])
            if end is not None:
                found[END] = str(end // SLOT)
        return super().origin(path, found)


class LongWatching(Watching, LongRecords):
    """Records of long logs, that also tell what ``Watching`` does."""

    def __init__(
        self,
        paths: Iterable[str],
        *,
        watch: Callable[[str, int, int], None] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(paths, watch=self._relieved, **options)
        self._told = watch
        self.spills: dict[int, Spill] = {}
        #: whether a label of its own may name an attempt, beside the id of the request
        self.has_own_ids = False

    def file_into(self, part: Part, path: str) -> None:
        if not isinstance(part.compact, _Needed):
            part.compact = _Needed(self)
            self.spills[id(part)] = Spill(part)
        super().file_into(part, path)

    def _relieved(self, path: str, read: int, size: int) -> None:
        """Keep memory flat now and then while a file is read, and pass on how far it is."""
        if self._part is not None:
            self.spills[id(self._part)].relieve()
        if self._told is not None:
            self._told(path, read, size)
