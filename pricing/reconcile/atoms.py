"""An atom of our log: requests that no cause tells apart, added up."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.model import RateCard
    from pricing.money import Exact
    from pricing.rating.quote import Quote
    from pricing.usage.usage import Quantity, Usage


class Atom:
    """Requests that no cause tells apart."""

    __slots__ = (
        "asked",
        "card",
        "contexts",
        "end",
        "fixed",
        "id",
        "keys",
        "place",
        "projects",
        "quote",
        "requests",
        "start",
        "sums",
        "usage",
        "version",
        "who",
    )

    def __init__(self, usage: Usage, card: RateCard, quote: Quote, who: str, end: int) -> None:
        assert usage.at is not None
        self.usage = usage
        self.card = card
        self.quote = quote
        #: empty, or error, superseded, duplicate
        self.who = who
        #: first or last, where an id was logged again with other counts
        self.version = ""
        self.start = usage.at
        self.end = end
        self.contexts: tuple[int | None, ...] = ()
        self.projects: tuple[str | None, ...] = ()
        self.keys: str | None = None
        self.id: str | None = None
        self.asked: str | None = None
        self.place = usage.place or ""
        self.requests = 0
        self.sums: dict[str, Quantity] = {}
        #: amounts that were worked out request by request, by meter
        self.fixed: dict[str, Exact] = {}
