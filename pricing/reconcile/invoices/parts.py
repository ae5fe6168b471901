"""What readers of statements share: amounts, quantities, days, and the words of a label."""

from __future__ import annotations

import re
from decimal import Decimal

from pricing.errors import InvoiceError, UsageError
from pricing.instants import DAY, instant
from pricing.money import EXACT, ZERO, text
from pricing.reconcile.invoices.files import here
from pricing.reconcile.statement import Line, amount_of
from pricing.reconcile.words import many
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Row = Mapping[str, Any]

CENT = Decimal("0.01")
_UNIT = re.compile(r"(?P<number>[\d,.]+)?\s*(?P<scale>[KMB])?\s*(?P<what>.*)", re.IGNORECASE)
_SCALES = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}

#: words of a label -> meter, in the order in which they are tried
_METERS = (
    (r"cach\w* storage|storage", "cache_storage"),
    (r"(cache|cch)\w* ?(wr\w*|creat\w*)\b.*\b1 ?h", "cache_write.1h"),
    (r"(cache|cch)\w* ?(wr\w*|creat\w*)\b.*\b5 ?m", "cache_write.5m"),
    (r"(cache|cch)\w* ?(wr\w*|creat\w*)", "cache_write"),
    (r"cache\w*|cach\w*|cchd|\bcd\b", "cache_read"),
    (r"web ?search\w*", "web_search"),
    (r"file ?search\w*", "file_search"),
    (r"code ?(execution|interpreter)\w*", "code_execution"),
    (r"\bout\w*|\bopt\b|completion\w*|\bresponse\b", "output"),
    (r"\binp?\w*|\bprompt\w*", "input"),
)
_KINDS = ("audio", "image", "video")
_TIERS = {"batch": "batch", "flex": "flex", "priority": "priority", "pp": "priority"}
_NOISE = re.compile(
    r"\b(read|write|writes|hit|hits|creation|tokens?|token count|usage|predictions?|text|"
    r"cached|caching|cache|cchd|cd|input|inputs|inpt|inp|in|output|outputs|outpt|outp|out|opt|"
    r"prompt|completion|count|glbl|gl|global|rgnl|regional|dz|datazone|data zone|standard|long|"
    r"short|batch|flex|priority|pp|audio|image|video|uncached|5 ?m|1 ?h|1 ?m|1 ?k|per|storage|"
    r"cross region|cross|region|mantle|wr|web search|ephemeral|base)\b"
)


class Label:
    """What the words of a label say."""

    __slots__ = ("labels", "meter", "model")

    def __init__(self, model: str, meter: str, labels: dict[str, str]) -> None:
        self.model = model
        self.meter = meter
        self.labels = labels


def read_label(text: str) -> Label:
    """Give model, meter and labels that a label in words names; empty where it does not."""
    words = re.sub(r"[^a-z0-9.]+", " ", text.lower()).strip()
    meter = next((name for pattern, name in _METERS if re.search(pattern, words)), "")
    if meter in ("input", "output", "cache_read"):
        kind = next((kind for kind in _KINDS if re.search(rf"\b{kind}\b", words)), None)
        meter = meter if kind is None else f"{meter}.{kind}"
    labels = {}
    tier = next((tier for word, tier in _TIERS.items() if re.search(rf"\b{word}\b", words)), None)
    if tier is not None:
        labels["service_tier"] = tier
    if re.search(r"\blong\b", words):
        labels["context"] = "long"
    model = " ".join(_NOISE.sub(" ", words).split()).strip(". ")
    return Label(model, meter, labels)


def quantity_of(value: object, unit: str | None, what: str) -> tuple[Decimal, Decimal]:
    """Read a quantity in a unit such as "1K tokens" as single ones, and its last printed place.

    Raises:
        InvoiceError: it is no number, or the unit is not known.
    """
    number, places = amount_of(value, what)
    scale = unit_scale(unit)
    if scale is None:
        raise InvoiceError(f"the unit '{unit}' is not known", remedy="As '1K tokens', '1M'.")
    step = ZERO if number == number.to_integral_value() and scale == 1 else Decimal(1)
    if scale != 1:
        step = EXACT.multiply(Decimal(1).scaleb(-places), scale)
        step = step if step > 1 else ZERO
    return EXACT.multiply(number, scale), step if step > 1 else ZERO


def unit_scale(unit: str | None) -> Decimal | None:
    """Give how many one of a unit is: 1000 for "1K tokens"; None where the unit says no count."""
    match = _UNIT.fullmatch((unit or "").strip())
    if match is None:
        return None
    what = (match["what"] or "").lower()
    if what and not re.match(r"(tokens?|units?|count|requests?|search\w*|quantity|char\w*)", what):
        return None
    try:
        number = Decimal((match["number"] or "1").replace(",", ""))
    except ArithmeticError:
        return None
    return EXACT.multiply(number, _SCALES[(match["scale"] or "").upper()])


def at(row: Row, *keys: str, path: str, line: int) -> int | None:
    """Give the instant under one of some keys; what has no zone is UTC's."""
    try:
        return when(row, *keys, per_second=1, utc=True)
    except UsageError as error:
        raise here(InvoiceError(error.what), path, line) from None


def kind_of(kinds: Mapping[str, str], told: str, what: str, path: str, line: int) -> str:
    """Give the kind of a line by the form's own word for it; raises InvoiceError."""
    kind = kinds.get(told.lower())
    if kind is None:
        raise here(InvoiceError(f"{what} '{told.lower()}' is not known"), path, line)
    return kind


def described(label: Label, what: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Give the fields of a line of usage that words describe; ``labels`` win over the words'."""
    return {
        "model": label.model or None,
        "meter": label.meter,
        "labels": {**label.labels, **labels},
        "unread": None if label.meter else f"{what} names nothing that is known",
    }


def counted(pairs: Iterable[tuple[object, str, str]], path: str, line: int) -> dict[str, Any]:
    """Give quantity and step of the first of (value, unit, column) whose unit counts something."""
    for value, unit, what in pairs:
        if value is not None and unit_scale(unit) is not None:
            try:
                quantity, step = quantity_of(value, unit, what)
            except InvoiceError as error:
                raise here(error, path, line) from None
            return {"quantity": quantity, "quantity_step": step}
    return {}


def wider(
    period: tuple[int, int] | None, first: int | None, last: int | None
) -> tuple[int, int] | None:
    """Give a period that holds another one too."""
    if first is None or last is None:
        return period
    return (min(first, period[0]), max(last, period[1])) if period else (first, last)


class Passed:
    """Rows of an export that are of other products: no part of this bill, and told."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.rows = 0
        self.sums: dict[str, Decimal] = {}

    def add(self, amount: object, currency: str, line: int) -> None:
        """Count a row; raises InvoiceError for an amount that is none."""
        try:
            value, _ = amount_of(amount)
        except InvoiceError as error:
            raise here(error, self.path, line) from None
        self.rows += 1
        self.sums[currency] = EXACT.add(self.sums.get(currency, ZERO), value)

    def notes(self) -> list[str]:
        """Say what was passed over."""
        if not self.rows:
            return []
        money = ", ".join(f"{text(amount)} {code}" for code, amount in sorted(self.sums.items()))
        verb = "is" if self.rows == 1 else "are"
        return [
            f"{many(self.rows, 'row')} of other products in {self.path} {verb} passed over: {money}"
        ]


def day_after(start: int | None, end: int | None) -> int | None:
    """Give the end of a line: a day after its start where it does not say."""
    return end if end is not None or start is None else start + DAY


def american_day(text: str) -> int:
    """Read 10/31/2026 or 2026-10-31; raises InvoiceError."""
    match = re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", text.strip())
    shown = f"{match[3]}-{match[1]:0>2}-{match[2]:0>2}" if match else text.strip()
    try:
        found = instant(shown[:10])
    except ValueError:
        raise InvoiceError(f"'{text}' is no day", remedy="As 10/31/2026.") from None
    return found


def text_of(row: Row, *keys: str) -> str:
    """Give the first text under some keys, empty where there is none."""
    for key in keys:
        value = row.get(key)
        if value is not None and str(value).strip():
            return str(value).strip()
    return ""


def line_of(row: Row, number: int, path: str, amount: object, currency: str, **fields: Any) -> Line:
    """Make a line of an amount as delivered; ``cents`` says that it is in cents."""
    cents = fields.pop("cents", False)
    try:
        value, places = amount_of(amount)
    except InvoiceError as error:
        raise here(error, path, number) from None
    if cents:
        value, places = EXACT.multiply(value, CENT), places + 2
    if not currency:
        raise here(InvoiceError("an amount without a currency"), path, number)
    code = currency.upper() if len(currency) == 3 else currency
    return Line(value, code, place=f"{path}:{number}", places=places, **fields)


def required(row: Row, key: str, path: str, line: int) -> Any:
    """Give what must stand under a key; raises InvoiceError."""
    if row.get(key) is None:
        raise here(InvoiceError(f"'{key}' is missing"), path, line)
    return row[key]
