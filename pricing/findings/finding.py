"""What may be wrong on a card that loads: a finding, its kind, and how grave it is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Wire = Mapping[str, Any]


class Kind:
    """A kind of finding: why it may be wrong, what to do, and whether it is an error.

    What time alone brings about is a warning: a build must not fail by the calendar.
    """

    __slots__ = ("is_error", "is_timed", "name", "remedy", "why")

    def __init__(
        self, name: str, why: str, remedy: str, *, is_error: bool = False, is_timed: bool = False
    ) -> None:
        self.name = name
        self.why = why
        self.remedy = remedy
        self.is_error = is_error
        self.is_timed = is_timed

    @property
    def severity(self) -> str:
        return "error" if self.is_error else "warning"


class Finding:
    """One finding at one line; ``accepted`` is the reason that the card gives for it."""

    __slots__ = ("accepted", "card", "kind", "line", "path", "what")

    def __init__(
        self, kind: Kind, card: str, path: str, line: int, what: str, accepted: str | None
    ) -> None:
        self.kind = kind
        self.card = card
        self.path = path
        self.line = line
        self.what = what
        self.accepted = accepted

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


class Findings:
    """Collects findings, each once, and the acceptances that were used."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, int, str], Finding] = {}
        self.used: set[tuple[str, int, str]] = set()

    def add(
        self, kind: Kind, card: str, path: str, line: int, what: str, version: Wire, file: str
    ) -> None:
        """Note a finding; ``version``, of ``file``, is the revision or term that may accept it."""
        reason = version.get("accept", {}).get(kind.name)
        if reason is not None:
            self.used.add((file, version["line"], kind.name))
        self.found.setdefault(
            (kind.name, path, line, what), Finding(kind, card, path, line, what, reason)
        )

    def sorted(self) -> list[Finding]:
        """Give them by place; accepted ones too."""
        return sorted(self.found.values(), key=lambda f: (f.path, f.line, f.kind.name, f.what))


_PAGE = "Look at the seller's page again; mend the figure, or accept it with the reason."

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "factor_of_ten",
            "A price ten times its neighbour's is mostly a slip of the point or of the unit.",
            _PAGE,
            is_error=True,
        ),
        Kind(
            "output_below_input",
            "Output mostly costs at least as much as input: the two may be exchanged.",
            _PAGE,
        ),
        Kind(
            "cache_read_above_input",
            "Reading a cache is sold to be cheaper than sending the same again.",
            _PAGE,
            is_error=True,
        ),
        Kind(
            "cache_write_below_input",
            "Writing a cache mostly costs at least as much as plain input.",
            _PAGE,
        ),
        Kind(
            "batch_above_standard",
            "Batches are sold to be cheaper.",
            _PAGE,
            is_error=True,
        ),
        Kind(
            "unverified_zero",
            "A 0 that one public table states may mean that it does not know.",
            "Read the seller's page; write 0 where it says so, else unpriced.",
        ),
        Kind(
            "gap",
            "For some time the card has no price although the model was sold.",
            "Add the revision that held then, or accept the gap with the reason.",
        ),
        Kind(
            "overlap",
            "A price that is printed as lasting longer is cut off by the next revision.",
            "Mend the day of one of the two.",
        ),
        Kind(
            "stale",
            "Prices change, and nobody has looked for a while.",
            "Read the page again and write today's day as `checked`.",
            is_timed=True,
        ),
        Kind(
            "overdue",
            "It was announced, its day has come, and nobody has seen that it took effect.",
            "Read the page again and write today's day as `checked`.",
            is_timed=True,
        ),
        Kind(
            "promotion_over",
            "The promotion was printed as lasting to a day that has passed.",
            "Read the page again: add the revision that ended it, or a later day.",
            is_timed=True,
        ),
        Kind(
            "dead_alias",
            "Without --seller the id never reaches this card.",
            "Remove the alias, or mend the id forms.",
            is_error=True,
        ),
        Kind(
            "two_meanings",
            "The seller's own id form sends the id to another card than the alias does.",
            "Remove the alias, or mend the id forms.",
            is_error=True,
        ),
        Kind(
            "estimate_of_ended",
            "An estimate follows a card that has no price at this time.",
            "Follow the model that took its place, or leave out the estimate.",
        ),
        Kind(
            "term_misfit",
            "A newer version of a shared term says something that this card does not know.",
            "Give the card a price for it, or a term of its own.",
            is_error=True,
        ),
        Kind(
            "incomplete",
            "The maker prices the meter; this card neither prices it nor says that it is unpriced.",
            "Add its price, or an `unpriced` clause.",
        ),
        Kind(
            "idle_acceptance",
            "The card accepts a finding that there is not.",
            "Remove it from `accept`.",
        ),
    )
}
