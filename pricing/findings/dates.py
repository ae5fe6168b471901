"""Days that do not fit: gaps, overlaps, and what nobody has looked at for too long."""

from __future__ import annotations

import re
from itertools import pairwise

from pricing.cards.model import is_announced
from pricing.findings.finding import KINDS
from pricing.instants import DAY, instant, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.findings.finding import Findings

    Wire = Mapping[str, Any]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Dates:
    """Looks at the days of cards at an instant; a check is good for ``stale_after`` days."""

    def __init__(self, at: int, stale_after: int, found: Findings) -> None:
        self.at = at
        self.stale_after = stale_after
        self.found = found

    def card(self, card: RateCard) -> None:
        billing = card.billing
        self._released(card, billing[0])
        for older, newer in pairwise(billing):
            if older.get("ended"):
                start, end = short(older["effective"]), short(newer["effective"])
                self._note("gap", card, newer, f"not sold from {start} to {end}")
            last = older.get("until_at_least")
            if last is not None and instant(last) > newer["effective"]:
                what = f"starts before {last}, to which the one before lasts at least"
                self._note("overlap", card, newer, what)
        current = [r for r in billing if r["effective"] <= self.at]
        if current and not current[-1].get("ended"):
            self._current(card, current[-1])

    def _note(self, kind: str, card: RateCard, revision: Wire, what: str) -> None:
        place = (card.file, revision["line"])
        self.found.add(KINDS[kind], card.name, *place, what, revision, card.file)

    def _released(self, card: RateCard, first: Wire) -> None:
        released = str(card.facts.get("released", ""))
        is_own = card.provider.name == card.publisher
        if is_own and _DAY.fullmatch(released) and instant(released) < first["effective"]:
            what = f"released on {released}, first priced from {short(first['effective'])}"
            self._note("gap", card, first, what)

    def _current(self, card: RateCard, revision: Wire) -> None:
        days = [s["checked"] for s in revision.get("sources", ()) if "checked" in s]
        last = revision.get("until_at_least")
        if last is not None and instant(last) <= self.at:
            what = f"lasts at least to {last}; nothing follows it"
            self._note("promotion_over", card, revision, what)
        if is_announced(revision):
            newest = max(days, default="an unknown day")
            what = f"announced for {short(revision['effective'])}, last checked on {newest}"
            self._note("overdue", card, revision, what)
        elif days:
            old = (self.at - instant(max(days))) // DAY
            if old > self.stale_after:
                self._note("stale", card, revision, f"checked on {max(days)}, {old:,} days ago")
