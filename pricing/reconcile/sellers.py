"""Whose calls a bill is for: of one seller those alone, of several each seller's by themselves."""

from __future__ import annotations

from pricing.reconcile.words import many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pricing.cards.book import CardBook
    from pricing.cards.model import RateCard
    from pricing.reconcile.atoms import Atom
    from pricing.reconcile.statement import Line

#: the label of a line that says who sells it, in the form's own words
SELLER = "seller"


def sellers_of(lines: Iterable[Line], book: CardBook) -> dict[str, str]:
    """Give the providers of ours that lines of usage name, by the lines' own words for them.

    Empty where a line names none, or one that we do not know: then nobody is told apart.
    """
    told = {line.labels.get(SELLER, "") for line in lines}
    if not told or "" in told:
        return {}
    known = {_plain(text): name for name in book for text in (name, book.provider(name).title)}
    if any(_plain(text) not in known for text in told):
        return {}
    return {text: known[_plain(text)] for text in told}


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def sold_by(atoms: list[Atom], sellers: Sequence[str], notes: list[str]) -> list[Atom]:
    """Give the atoms of a bill's sellers, or all where the log names them nowhere."""
    own = [atom for atom in atoms if atom.card.provider.name in sellers]
    if not sellers or not own or len(own) == len(atoms):
        others = sorted({atom.card.provider.name for atom in atoms})
        if sellers and not own and others:
            told, whose = ", ".join(others), " and ".join(sorted(sellers))
            notes.append(f"the log has no calls at {whose}: priced as those of {told}")
        return atoms
    left = sum(a.requests for a in atoms if a.card.provider.name not in sellers and not a.who)
    if left:
        verb = "is" if left == 1 else "are"
        notes.append(f"{many(left, 'request')} at other sellers {verb} not on this bill")
    return own


class Names:
    """What models are called in cells: with the seller before them where a bill has several."""

    def __init__(self, sellers: dict[str, str]) -> None:
        self.sellers = sellers if len(set(sellers.values())) > 1 else {}

    def of_line(self, line: Line, model: str) -> str:
        """Give the name of a model in a line of the bill."""
        if not self.sellers or not model:
            return model
        return f"{self.sellers[line.labels[SELLER]]}/{model}"

    def of_card(self, card: RateCard, model: str) -> str:
        """Give the name of what a card sells."""
        return f"{card.provider.name}/{model}" if self.sellers else model
