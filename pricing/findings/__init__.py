"""What may be wrong on cards that load: days, ratios, names, and what a reseller leaves out."""

from __future__ import annotations

from pricing.cards.flat import Origins, tariff_at
from pricing.findings.dates import Dates
from pricing.findings.finding import KINDS, Finding, Findings, Kind
from pricing.findings.names import Completeness, Names
from pricing.findings.ratios import Ratios, free_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog

__all__ = ["KINDS", "STALE_AFTER", "Finding", "Kind", "findings"]

#: days after which a price that nobody has looked at is stale
STALE_AFTER = 90


def findings(
    catalog: Catalog, cards: Iterable[RateCard], at: int, stale_after: int = STALE_AFTER
) -> list[Finding]:
    """Give every finding on some cards, as seen at an instant, by place; accepted ones too."""
    found = Findings()
    looks = (
        Ratios(catalog, Origins(catalog.book), found),
        Dates(at, stale_after, found),
        Names(catalog, found),
        Completeness(catalog, at, found),
    )
    listed = list(cards)
    for card in listed:
        for look in looks:
            look.card(card)
        _zeros(card, at, found)
    for card in listed:
        _idle(card, found)
    return found.sorted()


def _zeros(card: RateCard, at: int, found: Findings) -> None:
    now = tariff_at(card, at)
    if now is None or not now.revision.get("unverified"):
        return
    for rate in free_of(now):
        kind, place = KINDS["unverified_zero"], (rate.source.file, rate.source.line)
        found.add(kind, card.name, *place, f"{rate.meter} costs 0", now.revision, card.file)


def _idle(card: RateCard, found: Findings) -> None:
    """Note what a revision accepts without need; what time brings about may still come."""
    for revision in card.revisions:
        for name in revision.get("accept", {}):
            kind = KINDS.get(name)
            used = (card.file, revision["line"], name) in found.used
            if kind is None or not (used or kind.is_timed):
                what = f"accepts '{name}', which " + ("is not found" if kind else "is no finding")
                place = (card.file, revision["line"])
                found.add(KINDS["idle_acceptance"], card.name, *place, what, revision, card.file)
