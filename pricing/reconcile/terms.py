"""Terms that a bill follows beside the cards: ``reconcile.yaml``, and what is in force when."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from pricing.cards.strict import parse_yaml
from pricing.errors import InvoiceError, did_you_mean
from pricing.instants import NEVER, SECOND, day, instant
from pricing.money import ROUNDING, decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pricing.cards.strict import Document

    Place = tuple[str | int, ...]

_KEYS = (
    "markup",
    "discount",
    "errors_billable",
    "superseded_attempts_billable",
    "failed_tool_calls_billable",
    "day_boundary",
    "bucket_by",
    "billing_currency",
    "fx",
    "rounding",
    "minimum",
    "commitment",
    "free_allowance",
    "credits",
    "tax",
)
_MOST_BYTES = 1 << 20
#: no zone is further from UTC
_MOST_HOURS = 14
_ZONES = "As UTC, -07:00 or America/New_York."
_FACTOR = ("above 0", "What list prices are multiplied with, as 1.10.")
_SHARE = ("a share", "A share from 0 to 1, as 0.05 for 5 %.")
_AMOUNT = ("from 0", "An amount of 0 or more, in the currency of the bill.")
#: what numbers of a term there may be, and how that is told
_RANGES = {
    "markup": _FACTOR,
    "discount": _SHARE,
    "tax": _SHARE,
    "minimum": _AMOUNT,
    "commitment": _AMOUNT,
    "free_allowance": _AMOUNT,
    "credits": _AMOUNT,
    "fx": ("above 0", "How much of the bill's currency one unit of the cards' is, as 0.92."),
}


class Steps:
    """A number that changes on some days: each value holds from its instant on."""

    def __init__(self, steps: list[tuple[int, Decimal]]) -> None:
        self.steps = sorted(steps)

    def at(self, instant: int) -> Decimal | None:
        """Give the value in force, None before the first."""
        place = bisect_right(self.steps, instant, key=lambda step: step[0])
        return self.steps[place - 1][1] if place else None


class Rounding:
    """What a seller rounds: per request, line or total; to which quantum, and how."""

    __slots__ = ("mode", "per", "quantum")

    def __init__(self, per: str, quantum: Decimal, mode: str) -> None:
        self.per = per
        self.quantum = quantum
        self.mode = mode


class Decision:
    """That a finding of this amount is known and accepted; another amount is news."""

    __slots__ = ("amount", "because", "place")

    def __init__(self, amount: Decimal, because: str, place: str) -> None:
        self.amount = amount
        self.because = because
        self.place = place


class Terms:
    """What was agreed; every default is: as the cards say, in UTC, by the start of a request."""

    def __init__(self) -> None:
        self.markup: Steps | None = None
        self.discount: Steps | None = None
        #: None: as the provider's card says
        self.errors_billable: bool | None = None
        self.superseded_attempts_billable: bool | None = None
        self.failed_tool_calls_billable: bool | None = None
        #: where the day of the bill begins: seconds east of UTC, or a zone of the tz database
        self.day_boundary: str = "UTC"
        self.bucket_by = "start"
        self.billing_currency: str | None = None
        #: day -> how much of the billing currency one unit of the card's is
        self.fx: dict[str, Decimal] = {}
        self.fx_rule: str | None = None
        self.rounding: Rounding | None = None
        #: amounts for the whole statement, in the currency of the bill
        self.minimum: Decimal | None = None
        self.commitment: Decimal | None = None
        self.free_allowance: Decimal | None = None
        self.credits: Decimal | None = None
        self.tax: Decimal | None = None
        #: finding id -> what was decided of it
        self.accepted: dict[str, Decision] = {}
        #: days after the end of a day until its figures may still change, and are final
        self.provisional_days = 0
        self.final_days = 0
        #: where each of the terms stands
        self.places: dict[str, str] = {}

    def factor(self, at: int) -> Decimal:
        """Give what list prices are multiplied with at an instant: markup and discount."""
        return self.markup_at(at) * self.discount_at(at)

    def markup_at(self, at: int) -> Decimal:
        """Give the markup in force, 1 where there is none."""
        found = self.markup.at(at) if self.markup is not None else None
        return Decimal(1) if found is None else found

    def discount_at(self, at: int) -> Decimal:
        found = self.discount.at(at) if self.discount is not None else None
        return Decimal(1) - (found or Decimal(0))

    def fx_at(self, first: int, last: int) -> tuple[str, Decimal] | None:
        """Give the day and the rate that the rule names for a bill of these instants.

        ``month_opening``: the last rate before the month of the bill; ``month_closing``: the last
        one in it; ``fixed``: the only one.

        Raises:
            InvoiceError: the rule finds no rate.
        """
        if not self.fx:
            return None
        days = sorted(self.fx)
        month = day(first)[:7]
        if self.fx_rule == "fixed":
            found = days if len(days) == 1 else []
        elif self.fx_rule == "month_closing":
            found = [d for d in days if d[:7] == day(last)[:7]]
        else:
            found = [d for d in days if d < month or d == f"{month}-01"]
        if not found:
            raise InvoiceError(
                f"no exchange rate by the rule '{self.fx_rule}' for {day(first)}",
                remedy=f"Known are {', '.join(days)}.",
            )
        return found[-1], self.fx[found[-1]]

    def offset(self) -> Callable[[int], int]:
        """Give a function from an instant to the seconds that its day is ahead of UTC's."""
        return zone(self.day_boundary)


def zone(name: str) -> Callable[[int], int]:
    """Give the offset in microseconds at an instant: ``UTC``, ``-7``, ``+05:30`` or a zone's name.

    Raises:
        InvoiceError: there is no such zone.
    """
    text = name.strip()
    if text.upper() in ("UTC", "Z", ""):
        return lambda _: 0
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text.lstrip("+-").partition(":")
    if hours.isdecimal() and (minutes or "0").isdecimal():
        if len(hours) > 2 or int(hours) > _MOST_HOURS or int(minutes or 0) > 59:
            raise InvoiceError(f"no time zone '{name}'", remedy=_ZONES)
        fixed = sign * (int(hours) * 3600 + int(minutes or 0) * 60) * SECOND
        return lambda _: fixed
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    try:
        found = ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise InvoiceError(f"no time zone '{name}'", remedy=_ZONES) from None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def offset(at: int) -> int:
        local = (epoch + timedelta(microseconds=at)).astimezone(found).utcoffset()
        assert local is not None
        return (local.days * 86_400 + local.seconds) * SECOND

    return offset


def read_terms(path: str) -> Terms:
    """Read a file of terms and of decisions taken before.

    Raises:
        InvoiceError: with every fault of the file, each with its line.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES)
    except OSError as error:
        raise InvoiceError(f"cannot be read: {error.strerror}", path=path) from None
    faults: list[Any] = []
    document = parse_yaml(data, path, faults)
    found = Terms()
    if document is not None:
        _Reader(document, found, path).read()
    if faults or document is None:
        refusal = InvoiceError(faults[0].what if faults else "an empty file", path=path)
        refusal.faults = tuple(sorted(faults, key=lambda f: f.line or 0)) or refusal.faults
        raise refusal
    return found


class _Reader:
    """Reads the tree into terms; what is wrong is noted in the document."""

    def __init__(self, document: Document, terms: Terms, path: str) -> None:
        self.document = document
        self.terms = terms
        self.path = path

    def read(self) -> None:
        tree = self.document.tree
        if not isinstance(tree, dict):
            self.document.refuse("no terms", (), "As terms: {markup: 1.10}.")
            return
        self._known(tree, ("terms", "accepted", "finality"), ())
        terms = self._map(tree, "terms")
        if terms:
            self._known(terms, _KEYS, ("terms",))
            for key, value in terms.items():
                if key in _KEYS:
                    self.terms.places[key] = f"{self.path}:{self.document.line(('terms', key))}"
                    self._term(key, value, ("terms", key))
        self._accepted(tree.get("accepted", []))
        finality = self._map(tree, "finality")
        self._known(finality, ("provisional_days", "final_days"), ("finality",))
        for key, value in finality.items():
            number = self._number(value, ("finality", key))
            if number is None or not hasattr(self.terms, key):
                continue
            if number < 0 or number != int(number):
                self.document.refuse(f"{key} is {value}", ("finality", key), "A number of days.")
                continue
            setattr(self.terms, key, int(number))
        if self.terms.final_days < self.terms.provisional_days:
            remedy = "A day is open, then provisional, then final."
            self.document.refuse("final before provisional", ("finality",), remedy)

    def _map(self, tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = tree.get(key, {})
        if isinstance(found, dict):
            return found
        self.document.refuse(f"{key} is no map", (key,), "As {markup: 1.10}, a name and a value.")
        return {}

    def _known(self, tree: Mapping[str, Any], known: tuple[str, ...], place: Place) -> None:
        for key in tree:
            if key not in known:
                hint = did_you_mean(key, known) or f"Known: {', '.join(known)}."
                self.document.refuse(f"unknown key '{key}'", (*place, key), hint)

    def _term(self, key: str, value: Any, place: Place) -> None:
        terms = self.terms
        if key in ("markup", "discount"):
            setattr(terms, key, self._steps(value, place))
        elif key.endswith("_billable"):
            setattr(terms, key, self._flag(value, place))
        elif key == "day_boundary":
            try:
                zone(str(value))
                terms.day_boundary = str(value)
            except InvoiceError as error:
                self.document.refuse(error.what, place, error.remedy)
        elif key == "bucket_by":
            if value in ("start", "end"):
                terms.bucket_by = value
            else:
                self.document.refuse(f"bucket_by is '{value}'", place, "One of: start, end.")
        elif key == "billing_currency":
            if isinstance(value, str) and value.strip():
                terms.billing_currency = value.strip()
            else:
                self.document.refuse(f"no currency '{value}'", place, "As EUR, or credits.")
        elif key == "fx":
            self._fx(value, place)
        elif key == "rounding":
            self._rounding(value, place)
        else:
            setattr(terms, key, self._number(value, place, *_RANGES[key]))

    def _steps(self, value: Any, place: Place) -> Steps | None:
        if not isinstance(value, dict):
            number = self._number(value, place, *_RANGES[str(place[-1])])
            return None if number is None else Steps([(NEVER, number)])
        found = []
        for since, raw in value.items():
            number = self._number(raw, (*place, since), *_RANGES[str(place[-1])])
            start = self._day(since, (*place, since))
            if number is not None and start is not None:
                found.append((start, number))
        return Steps(found)

    def _fx(self, value: Any, place: Place) -> None:
        if not isinstance(value, dict):
            self.document.refuse("fx is no map", place, "As {rule: fixed, rates: {…}}.")
            return
        self._known(value, ("rule", "rates"), place)
        rule = value.get("rule", "month_opening")
        if rule not in ("month_opening", "month_closing", "fixed"):
            remedy = "One of: month_opening, month_closing, fixed."
            self.document.refuse(f"no rule '{rule}'", (*place, "rule"), remedy)
        self.terms.fx_rule = rule
        rates = value.get("rates", {})
        if not isinstance(rates, dict) or not rates:
            self.document.refuse("fx has no rates", place, "As rates: {2026-09-30: 0.90}.")
            return
        for name, raw in rates.items():
            number = self._number(raw, (*place, "rates", name), *_RANGES["fx"])
            if number is not None and self._day(name, (*place, "rates", name)) is not None:
                self.terms.fx[name] = number

    def _rounding(self, value: Any, place: Place) -> None:
        if not isinstance(value, dict):
            self.document.refuse("rounding is no map", place, "As {per: line, quantum: 0.01}.")
            return
        self._known(value, ("per", "quantum", "mode"), place)
        per, mode = value.get("per", "line"), value.get("mode", "half_up")
        quantum = self._number(value.get("quantum", "0.01"), (*place, "quantum"))
        if per not in ("request", "line", "total") or mode not in ROUNDING:
            remedy = f"per: request, line or total; mode: {', '.join(ROUNDING)}."
            self.document.refuse(f"no rounding per '{per}', '{mode}'", place, remedy)
        elif quantum is not None and quantum <= 0:
            self.document.refuse(f"quantum is {quantum}", place, "What is rounded to, as 0.01.")
        elif quantum is not None:
            self.terms.rounding = Rounding(per, quantum, mode)

    def _accepted(self, rows: Any) -> None:
        if not isinstance(rows, list):
            self.document.refuse("accepted is no list", ("accepted",), "A list of decisions.")
            return
        for number, row in enumerate(rows):
            place: Place = ("accepted", number)
            if not isinstance(row, dict) or not {"id", "amount", "because"} <= row.keys():
                remedy = "Without the amount it would stay quiet whatever the finding grows to."
                self.document.refuse("a decision has id, amount and because", place, remedy)
                continue
            self._known(row, ("id", "amount", "because", "by", "on"), place)
            amount = self._number(row["amount"], (*place, "amount"))
            if amount is not None:
                told = f"{self.path}:{self.document.line(place)}"
                decision = Decision(amount, str(row["because"]), told)
                self.terms.accepted[str(row["id"])] = decision

    def _flag(self, value: Any, place: Place) -> bool | None:
        if value in ("true", "false"):
            return bool(value == "true")
        self.document.refuse(f"'{value}' is neither true nor false", place)
        return None

    def _number(
        self, value: Any, place: Place, least: str | None = None, what: str = ""
    ) -> Decimal | None:
        """Give a number; ``least`` is from 0, above 0, or a share, which is less than 1."""
        try:
            found = decimal(str(value))
        except ValueError as error:
            self.document.refuse(str(error), place)
            return None
        is_fit = least is None or found > 0 or (found == 0 and least != "above 0")
        if not is_fit or (least == "a share" and found >= 1):
            self.document.refuse(f"{place[-1]} is {value}", place, what)
            return None
        return found

    def _day(self, value: Any, place: Place) -> int | None:
        try:
            return instant(str(value))
        except ValueError as error:
            self.document.refuse(str(error).partition("\n")[0], place)
            return None
