"""A statement: what a seller says it charged, line by line, exactly as delivered."""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import InvoiceError
from pricing.money import ZERO, add, decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricing.money import Exact

#: what a line can be; money of other kinds than usage is kept apart from it
KINDS = ("usage", "credit", "tax", "fee", "purchase", "correction", "rounding", "minimum")
#: how many places a statement may print
MOST_PLACES = 60


class Line:
    """One line of a statement.

    ``amount`` is in units of ``currency``; None where the statement only counts. ``places`` are
    its printed decimal places. ``start`` and ``end`` are instants. ``meter`` is one of ours, empty
    where the line does not say; ``labels`` holds what else it says of its usage, by the names of
    ``cells.DIMENSIONS``. ``unread`` says why a line of usage could not be read as such.
    """

    __slots__ = (
        "amount",
        "currency",
        "end",
        "kind",
        "labels",
        "meter",
        "model",
        "place",
        "places",
        "quantity",
        "quantity_step",
        "requests",
        "start",
        "text",
        "unread",
    )

    def __init__(
        self,
        amount: Decimal | None,
        currency: str,
        *,
        place: str,
        places: int = 0,
        kind: str = "usage",
        start: int | None = None,
        end: int | None = None,
        model: str | None = None,
        meter: str = "",
        labels: Mapping[str, str] | None = None,
        quantity: Decimal | None = None,
        quantity_step: Decimal = ZERO,
        requests: int | None = None,
        text: str = "",
        unread: str | None = None,
    ) -> None:
        self.amount = amount
        self.currency = currency
        self.place = place
        self.places = places
        self.kind = kind
        self.start = start
        self.end = end
        self.model = model
        self.meter = meter
        self.labels = dict(labels or {})
        self.quantity = quantity
        self.quantity_step = quantity_step
        self.requests = requests
        self.text = text
        self.unread = unread

    @property
    def identity(self) -> tuple[object, ...]:
        """All that a line says; two lines that say the same may be one line twice."""
        return (
            self.kind,
            self.amount,
            self.currency,
            self.start,
            self.end,
            self.model,
            self.meter,
            tuple(sorted(self.labels.items())),
            self.quantity,
            self.text,
        )


class Statement:
    """All lines of one statement, who issued it, and in which form it came.

    ``seller`` is a provider of ours where the form says who it is. ``kind`` is cost (money for
    usage), usage (counts without money) or invoice (money at large). ``is_complete`` is false
    where the statement itself says that more pages follow.
    """

    __slots__ = (
        "currency",
        "is_complete",
        "kind",
        "left",
        "lines",
        "name",
        "notes",
        "path",
        "period",
        "seller",
    )

    def __init__(
        self,
        path: str,
        name: str,
        lines: Sequence[Line],
        *,
        kind: str = "cost",
        seller: str | None = None,
        period: tuple[int, int] | None = None,
        is_complete: bool = True,
    ) -> None:
        self.path = path
        self.name = name
        self.lines = list(lines)
        self.kind = kind
        self.seller = seller
        self.period = period
        self.is_complete = is_complete
        #: what a reader of the verdict should know of it
        self.notes: list[str] = []
        #: money in another currency than the one that is judged: lines and amount
        self.left: dict[str, tuple[int, Exact]] = {}
        codes = self._codes()
        self.currency = codes[0] if len(codes) == 1 else ""

    def _codes(self) -> list[str]:
        return sorted({line.currency for line in self.lines if line.amount is not None})

    def in_one_currency(self, wanted: str | None = None) -> None:
        """Keep the lines in a currency, or be sure that there is but one; keep what is left out.

        Raises:
            InvoiceError: there are several, or none in the one that is wanted.
        """
        codes = self._codes()
        if wanted is None:
            if len(codes) > 1:
                first = {line.currency: line for line in reversed(self.lines)}
                told = ", ".join(f"{code} at {first[code].place}" for code in codes)
                raise InvoiceError(
                    f"amounts in {len(codes)} currencies: {told}",
                    path=self.path,
                    remedy=f"Judge one at a time: --currency {codes[0]}.",
                )
            return
        if wanted not in codes:
            raise InvoiceError(
                f"no amount in {wanted}",
                path=self.path,
                remedy=f"Its amounts are in {' and '.join(codes)}.",
            )
        for line in self.lines:
            if line.amount is not None and line.currency != wanted:
                number, total = self.left.get(line.currency, (0, ZERO))
                self.left[line.currency] = number + 1, add(total, line.amount)
        self.lines = [ln for ln in self.lines if ln.amount is None or ln.currency == wanted]
        self.currency = wanted

    @property
    def total(self) -> Exact:
        total: Exact = ZERO
        for line in self.lines:
            if line.amount is not None:
                total = add(total, line.amount)
        return total


def amount_of(value: object, what: str = "amount") -> tuple[Decimal, int]:
    """Read an amount exactly as delivered, and the decimal places that were printed.

    Text or an exact number; zero may be written with any exponent (``0E-6176``).

    Raises:
        InvoiceError: no number, not finite, a float, or of an absurd size.
    """
    if isinstance(value, (float, bool)) or value is None:
        raise InvoiceError(f"{what} is {value!r}: no exact amount")
    if not isinstance(value, (str, int, Decimal)):
        raise InvoiceError(f"{what} is {str(value)[:40]!r}: no amount")
    try:
        text = value.strip() if isinstance(value, str) else value
        number = _zero(text)
        if number is None:
            number = decimal(text)
    except (ValueError, ArithmeticError):
        raise InvoiceError(f"{what} is {str(value)[:40]!r}: no exact amount") from None
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return number, min(max(0, -exponent), MOST_PLACES)


def _zero(value: str | int | Decimal) -> Decimal | None:
    """Give 0 for a zero however it is written, None for all else."""
    if isinstance(value, str):
        head, _, tail = value.upper().partition("E")
        digits = head.lstrip("+-").replace(".", "", 1)
        if not (digits and digits.isascii() and digits.isdigit() and not digits.strip("0")):
            return None
        if tail and not tail.lstrip("+-").isdigit():
            return None
        if not tail:
            places = len(head.partition(".")[2])
            return ZERO.scaleb(-min(places, MOST_PLACES))
        return ZERO
    if isinstance(value, Decimal) and value.is_zero():
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
        return ZERO.scaleb(max(-MOST_PLACES, min(0, exponent)))
    return None
