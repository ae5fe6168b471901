"""Exact numbers and money.

A number is a Decimal, or a Fraction where a division never ends (a price per 3600 seconds).
Nothing here rounds, but for ``rounded`` and the text of a Fraction; floats are refused.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

    Exact = Decimal | Fraction

#: Never rounds: sums and products of numbers that we accept need fewer digits.
EXACT = Context(
    prec=20_000,
    Emax=99_999,
    Emin=-99_999,
    traps=[InvalidOperation, DivisionByZero, Overflow, Inexact],
)
#: Decimal places at which the text of a number that never ends is cut, half-even.
ENDLESS_PLACES = 24
ZERO = Decimal(0)
ROUNDING = {
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
}
_MAX_DIGITS = 60


def decimal(value: str | int | Decimal) -> Decimal:
    """Read a finite decimal number exactly.

    Raises:
        ValueError: not a plain number, or one with an absurd size.
        TypeError: a float, which is not exact.
    """
    if isinstance(value, float):
        raise TypeError(f"a float is not exact: give {value!r} as text")
    if isinstance(value, str) and not _is_plain(value):
        raise ValueError(f"'{value[:40]}' is not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"'{str(value)[:40]}' is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value} is not a finite number")
    if abs(number.adjusted()) > _MAX_DIGITS or len(number.as_tuple().digits) > _MAX_DIGITS:
        raise ValueError(f"{str(value)[:40]} has more digits than any price")
    return number


def _is_plain(text: str) -> bool:
    """Tell whether a text has no sign of a number that is written otherwise elsewhere."""
    return text.isascii() and "_" not in text and text == text.strip()


def ungrouped(text: str) -> str:
    """Take the commas between thousands out of a number; one that stands elsewhere stays there.

    12,000.5 is 12000.5; 1,5 is no number of ours, and nobody guesses at fifteen.
    """
    first, *groups = text.partition(".")[0].lstrip("+-").split(",")
    if groups and 0 < len(first) <= 3 and all(len(group) == 3 for group in groups):
        head, point, tail = text.partition(".")
        return head.replace(",", "") + point + tail
    return text


def ratio(value: Exact | int) -> tuple[int, int]:
    """Give numerator and denominator in lowest terms."""
    return value.as_integer_ratio()


def exact(numerator: int, denominator: int) -> Exact:
    """Give numerator / denominator as a Decimal where it ends, else as a Fraction."""
    from math import gcd

    if denominator == 0:
        raise ZeroDivisionError(f"{numerator} by 0")
    common = gcd(numerator, denominator)
    numerator, denominator = numerator // common, denominator // common
    rest, twos, fives = denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        from fractions import Fraction

        return Fraction(numerator, denominator)
    places = max(twos, fives)
    return Decimal(numerator * 10**places // denominator).scaleb(-places, EXACT)


def add(a: Exact, b: Exact) -> Exact:
    """Add exactly."""
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return EXACT.add(a, b)
    (n1, d1), (n2, d2) = a.as_integer_ratio(), b.as_integer_ratio()
    return exact(n1 * d2 + n2 * d1, d1 * d2)


def multiply(a: Exact, b: Exact | int) -> Exact:
    """Multiply exactly."""
    if isinstance(b, int):
        b = Decimal(b)
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return EXACT.multiply(a, b)
    (n1, d1), (n2, d2) = a.as_integer_ratio(), b.as_integer_ratio()
    return exact(n1 * n2, d1 * d2)


def divide(a: Exact, b: Exact | int) -> Exact:
    """Divide exactly; raises ZeroDivisionError."""
    (n1, d1), (n2, d2) = a.as_integer_ratio(), b.as_integer_ratio()
    if n2 < 0:
        n2, d2 = -n2, -d2
    return exact(n1 * d2, d1 * n2)


def rounded(value: Exact, quantum: Decimal, mode: str = "half_even") -> Decimal:
    """Round to a multiple of ``quantum``: up (dearer), down, half_up or half_even."""
    numerator, denominator = divide(value, quantum).as_integer_ratio()
    floor, rest = divmod(numerator, denominator)
    if rest and (
        mode == "up"
        or (mode == "half_up" and 2 * rest >= denominator)
        or (
            mode == "half_even"
            and (2 * rest > denominator or (2 * rest == denominator and floor % 2 == 1))
        )
    ):
        floor += 1
    return EXACT.multiply(Decimal(floor), quantum)


def text(value: Exact | int) -> str:
    """Give plain digits without exponent: exact, or cut at ENDLESS_PLACES where it never ends."""
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, Decimal):
        value = rounded(value, Decimal(1).scaleb(-ENDLESS_PLACES))
    digits = format(value, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


class Money:
    """An exact amount in one currency; two currencies are never added."""

    __slots__ = ("amount", "currency")

    amount: Exact
    currency: str

    def __init__(self, amount: str | int | Exact, currency: str) -> None:
        if amount.__class__ is not Decimal and isinstance(amount, (str, int, float)):
            amount = decimal(amount)
        self.amount = amount
        self.currency = currency

    def _same(self, other: Money) -> Exact:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added or compared")
        return other.amount

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return self + -other

    def __neg__(self) -> Money:
        return Money(multiply(self.amount, -1), self.currency)

    def __mul__(self, factor: int | Exact) -> Money:
        if isinstance(factor, (float, Money)):
            return NotImplemented
        return Money(multiply(self.amount, factor), self.currency)

    __rmul__ = __mul__

    def __truediv__(self, divisor: int | Exact) -> Money:
        if isinstance(divisor, (float, Money)):
            return NotImplemented
        return Money(divide(self.amount, divisor), self.currency)

    def rounded(self, places: int, mode: str = "half_even") -> Money:
        """Round to decimal places; the only step that may lose digits."""
        return Money(rounded(self.amount, Decimal(1).scaleb(-places), mode), self.currency)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.currency == other.currency and self.amount == other.amount

    def __hash__(self) -> int:
        return hash((self.amount, self.currency))

    def __lt__(self, other: Money) -> bool:
        return bool(self.amount < self._same(other))

    def __le__(self, other: Money) -> bool:
        return bool(self.amount <= self._same(other))

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{text(self.amount)} {self.currency}"

    def __repr__(self) -> str:
        shown = text(self.amount) if isinstance(self.amount, Decimal) else str(self.amount)
        return f"Money('{shown}', '{self.currency}')"
