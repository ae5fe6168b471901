"""A price was billed that had ended, or one that had not yet begun."""

from __future__ import annotations

from pricing.errors import PricingError
from pricing.instants import short
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.cards.model import RateCard
    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View


def _at(case: Case, earlier: bool) -> Callable[[View], bool]:
    cards: dict[str, list[int]] = {}

    def change(view: View) -> bool:
        card = view.card
        starts = cards.get(card.name)
        if starts is None:
            starts = cards[card.name] = sorted({r["effective"] for r in card.billing})
        at = view.at
        if earlier:
            since = _since(card, at, starts)
            if since is None or since <= starts[0]:
                return False
            view.at = since - 1
        else:
            later = [start for start in starts if start > at]
            if not later:
                return False
            view.at = later[0]
        return True

    return change


def _since(card: RateCard, at: int, starts: list[int]) -> int | None:
    try:
        revision, _ = card.revision_at(at)
    except PricingError:
        return None
    found: int = revision["effective"]
    return found


def options(case: Case) -> Iterable[Option]:
    cards = {atom.card.name: atom.card for atom in case.atoms}
    changed = {name: card for name, card in cards.items() if len(card.billing) > 1}
    if changed:
        dates = {
            card.model: [short(r["effective"]) for r in card.billing] for card in changed.values()
        }
        yield Option("stale_price", _at(case, True), about={"price_dates": dates})
        yield Option("early_price", _at(case, False), about={"price_dates": dates}, bits=8)


CAUSE = Cause(
    "rate",
    "claim",
    options,
    clause="a usage is priced by the revision in force at its instant",
    apart="the unit price on the bill, or a day before the change",
)
