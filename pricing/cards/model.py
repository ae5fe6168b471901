"""Cards as data: providers, cards and their revisions.

They are made from the wire form: plain dicts, lists and text, which the strict loader writes from
YAML and the snapshot holds as JSON.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from pricing.cards.clauses import Clauses
from pricing.errors import NoRevision
from pricing.instants import FOREVER, NEVER, iso, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from pricing.cards.book import CardBook

    Wire = Mapping[str, Any]


class Provider:
    """A seller: currency, dated terms, id forms, pools, and the cards it sells."""

    __slots__ = ("_clauses", "book", "cards", "file", "name", "wire")

    def __init__(self, wire: Wire, book: CardBook) -> None:
        self.wire = wire
        self.book = book
        self._clauses: dict[int, Clauses] = {}
        self.name: str = wire["provider"]
        self.file: str = wire["file"]
        self.cards = Cards(self)

    @property
    def currency(self) -> str:
        return str(self.wire["currency"])

    @property
    def title(self) -> str:
        return str(self.wire.get("title", self.name))

    def term(self, name: str, at: int) -> tuple[Wire | None, int, int]:
        """Give the version of a term in force at an instant, and from when until when it holds."""
        low, found, high = -FOREVER, None, FOREVER
        for version in self.wire["terms"][name]:
            if version["effective"] <= at:
                return version, version["effective"], high
            high = version["effective"]
        return found, low, high

    def clauses(self, wire: Wire, file: str) -> Clauses:
        """Read the clauses of a revision or term version, once."""
        found = self._clauses.get(id(wire))
        if found is None:
            found = self._clauses[id(wire)] = Clauses(wire, file, self.name, self.book.vocabulary)
        return found

    def bills(self, status: int | None) -> bool:
        """Tell whether a response with this HTTP status is billed.

        One that is not known, None or a number of no status, is: nothing is free by ignorance.
        """
        patterns = self.wire.get("billed")
        return (
            patterns is None
            or status is None
            or len(str(status)) != 3
            or any(
                all(p in ("x", d) for p, d in zip(pattern, str(status), strict=False))
                for pattern in patterns
            )
        )


class Cards(Mapping[str, "RateCard"]):
    """A provider's cards by model, each made when it is asked for."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._made: dict[str, RateCard] = {}

    def __getitem__(self, model: str) -> RateCard:
        card = self._made.get(model)
        if card is None:
            card = self._made[model] = RateCard(self._provider.wire["cards"][model], self._provider)
        return card

    def __iter__(self) -> Iterator[str]:
        return iter(self._provider.wire["cards"])

    def __len__(self) -> int:
        return len(self._provider.wire["cards"])


class RateCard:
    """What one seller charges for one model, revision by revision."""

    __slots__ = (
        "_starts",
        "file",
        "intervals",
        "listed",
        "model",
        "name",
        "provider",
        "quoted",
        "wire",
    )

    def __init__(self, wire: Wire, provider: Provider) -> None:
        self.wire = wire
        self.provider = provider
        self.model: str = wire["model"]
        self.name = f"{provider.name}/{self.model}"
        self.file: str = wire["file"]
        #: compiled tariffs, (from, until, tariff): with the buyer's contracts, and without
        self.intervals: list[tuple[int, int, Any]] = []
        self.listed: list[tuple[int, int, Any]] = []
        #: quotes by rating key, filled by pricing.rating
        self.quoted: dict[Any, Any] = {}
        self._starts: list[int] | None = None

    @property
    def publisher(self) -> str:
        return str(self.wire.get("publisher", self.provider.name))

    @property
    def aliases(self) -> tuple[str, ...]:
        return tuple(self.wire.get("aliases", ()))

    @property
    def facts(self) -> Wire:
        return self.wire.get("facts", {})  # type: ignore[no-any-return]

    @property
    def revisions(self) -> Sequence[Wire]:
        """All revisions, newest first, withdrawn ones too."""
        return self.wire["revisions"]  # type: ignore[no-any-return]

    @property
    def billing(self) -> list[Wire]:
        """The revisions that bill at some instant, oldest first."""
        return [r for r in reversed(self.revisions) if "withdrawn" not in r]

    def revision_at(self, at: int) -> tuple[Wire, int]:
        """Give the revision in force at an instant and the instant at which the next one starts.

        Raises:
            NoRevision: the instant lies before the first one, or the model is no longer sold.
        """
        billing = self.billing
        if self._starts is None:
            self._starts = [revision["effective"] for revision in billing]
        index = bisect_right(self._starts, at) - 1
        where = f"{self.model} at {self.provider.name}"
        if index < 0:
            first = billing[0]
            raise NoRevision(
                f"no price for {where} on {iso(at)}",
                card=self.name,
                remedy=f"First revision: {short(first['effective'])}, {self.file}:{first['line']}",
                always=f"no price for {where} before {short(first['effective'])}",
                since=NEVER,
                until=first["effective"],
            )
        revision = billing[index]
        until = self._starts[index + 1] if index + 1 < len(self._starts) else FOREVER
        if revision.get("ended"):
            raise NoRevision(
                f"{where} is no longer sold on {iso(at)}",
                card=self.name,
                remedy=f"Ended {short(revision['effective'])}, {self.file}:{revision['line']}",
                always=f"{where} is no longer sold since {short(revision['effective'])}",
                since=revision["effective"],
                until=until,
            )
        return revision, until

    def __repr__(self) -> str:
        return f"<RateCard {self.name}, {len(self.revisions)} revisions>"


def is_announced(revision: Wire) -> bool:
    """Tell whether every source of a revision was read before the day it starts."""
    days = [source.get("checked") or source.get("seen") for source in revision.get("sources", ())]
    start = short(revision["effective"])[:10]
    return bool(days) and all(day is not None and day < start for day in days)
