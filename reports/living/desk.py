"""What every block of a report is made from: the figures, and the words of reports.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from living.expressions import Scope, cell
from living.figures import MILLION, Figures
from pricing import RateCard
from pricing.errors import PricingError
from pricing.instants import day
from pricing.render import Word

Spec = Mapping[str, Any]

#: base token meters, in the order in which cards give them
METERS = ("input", "cache_read", "cache_write.5m", "cache_write.1h", "output")


class Desk:
    """Figures and expressions of one build."""

    def __init__(self, figures: Figures, spec: Spec) -> None:
        self.figures = figures
        self.spec = spec
        self.scope = Scope(figures.functions, words={"at": day(figures.at)})
        for name, expression in spec.get("let", {}).items():
            self.scope.names[name] = self.scope.value(expression)

    @property
    def at(self) -> int:
        return self.figures.at

    def text(self, template: str) -> str:
        return self.scope.text(template)

    def value(self, expression: str) -> Fraction:
        return self.scope.value(expression)

    def titled(self, spec: Spec) -> str | None:
        return self.text(spec["title"]) if "title" in spec else None

    def notes(self, spec: Spec) -> list[str]:
        return [self.text(note) for note in spec.get("notes", ())]

    def cards(self, names: Iterable[str]) -> list[RateCard]:
        return [self.figures.card(name) for name in names]

    def per_million(self, card: RateCard, meter: str, **more: Any) -> Any:
        """Give the price of a million tokens as a cell, or a word where there is none."""
        found = self.figures.quoted(card, meter, **more)
        if isinstance(found, str):
            return Word(found, "missing")
        amount, per, _ = found
        return cell(amount * MILLION / per)

    def label(self, card: RateCard) -> str:
        """Give how a report calls a card: by its id, without the day that an alias leaves out."""
        undated = [alias for alias in card.aliases if card.model.startswith(f"{alias}-")]
        return min((card.model, *undated), key=len)


def wanted(spec: Spec, key: str) -> Any:
    """Give a key that a block must have.

    Raises:
        PricingError: it has not.
    """
    if key not in spec:
        raise PricingError(f"'{key}' is missing")
    return spec[key]


def whole(text: str) -> int:
    """Read a whole number: 20_000."""
    try:
        return int(text)
    except ValueError:
        raise PricingError(f"'{text}' is no whole number") from None
