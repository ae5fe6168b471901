"""A finding: one named part of the difference between bill and log."""

from __future__ import annotations

from hashlib import sha256

from pricing.money import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pricing.money import Exact
    from pricing.reconcile.cells import Key

#: of these directions nobody has to do anything about the bill
QUIET = ("timing", "informational")


class Finding:
    """A part of the difference with its cause.

    ``amount`` is exact, in the currency of the bill: what it adds to the expected cost. ``code`` of
    an ambiguous finding joins the codes by ``|``. ``scope`` maps dimensions to the values that its
    cells have. ``bits`` is the evidence beyond the price of the choice, None where there is none to
    weigh.
    """

    __slots__ = (
        "about",
        "accepted",
        "amount",
        "apart",
        "before",
        "bits",
        "cells",
        "clause",
        "code",
        "days_open",
        "direction",
        "examples",
        "finality",
        "id",
        "prices",
        "requests",
        "scope",
    )

    def __init__(
        self,
        code: str,
        amount: Exact,
        direction: str,
        *,
        scope: Mapping[str, Any] | None = None,
        about: Mapping[str, Any] | None = None,
        cells: Sequence[Key] = (),
        bits: int | None = None,
        requests: int | None = None,
        examples: Sequence[str] = (),
        prices: Sequence[str] = (),
        clause: str = "",
        apart: str = "",
    ) -> None:
        self.code = code
        self.amount = amount
        self.direction = direction
        self.scope = dict(scope or {})
        self.about = dict(about or {})
        self.cells = sorted(cells)
        #: evidence in quarters of a bit
        self.bits = bits
        self.requests = requests
        #: FILE:LINE of requests, or of lines of the bill
        self.examples = list(examples)
        #: the prices that it rests on, each with the line of its card
        self.prices = list(prices)
        self.clause = clause
        self.apart = apart
        #: why it was accepted before
        self.accepted: str | None = None
        #: the amount at which it was accepted before, where that was another
        self.before: Exact | None = None
        #: days since the end of its youngest day, None where it has none or nobody asked
        self.days_open: int | None = None
        #: open, provisional or final, by the youngest of its days
        self.finality = "final"
        self.id = self._id()

    def _id(self) -> str:
        """Give a name that stays the same while code, scope and cells do."""
        told = [self.code, repr(sorted((k, str(v)) for k, v in self.scope.items()))]
        told += ["/".join(cell) for cell in self.cells]
        return sha256("\n".join(told).encode()).hexdigest()[:8]

    @property
    def is_ambiguous(self) -> bool:
        return "|" in self.code

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is to be done about it."""
        return self.direction in QUIET or self.accepted is not None or self.finality != "final"

    def __repr__(self) -> str:
        return f"<Finding {self.code} {text(self.amount)} {self.direction}>"
