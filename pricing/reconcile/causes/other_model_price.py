"""A request was billed at the price of another model of the same seller."""

from __future__ import annotations

from pricing.errors import PricingError
from pricing.reconcile.causes import Cause, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pricing.cards.model import RateCard
    from pricing.reconcile.case import Case
    from pricing.reconcile.trial import View

_MOST = 12


def _at(case: Case, card: RateCard) -> Callable[[View], bool]:
    def change(view: View) -> bool:
        if view.card is card or view.card.provider.name != card.provider.name:
            return False
        view.card = card
        view.at = case.priced_at(view.charge.start + view.shift)
        return True

    return change


def _asked(case: Case) -> Callable[[View], bool]:
    def change(view: View) -> bool:
        asked = view.charge.asked
        if not asked or asked == view.card.model:
            return False
        try:
            card = case.catalog.resolve(asked, view.card.provider.name).card
        except PricingError:
            return False
        if card is view.card:
            return False
        view.card = card
        view.at = case.priced_at(view.charge.start + view.shift)
        return True

    return change


def options(case: Case) -> Iterable[Option]:
    cards = {atom.card.name: atom.card for atom in case.atoms}
    if any(atom.asked and atom.asked not in _names(atom.card) for atom in case.atoms):
        yield Option("requested_model_price", _asked(case))
    if 1 < len(cards) <= _MOST:
        for _, card in sorted(cards.items()):
            about = {"billed_as": card.model}
            bits = 4 * len(cards).bit_length()
            yield Option("other_model_price", _at(case, card), about=about, bits=bits)


def _names(card: RateCard) -> set[str]:
    return {card.model, *card.aliases}


CAUSE = Cause(
    "rate",
    "claim",
    options,
    clause="the model that answered prices a request",
    apart="the unit price on the bill",
)
