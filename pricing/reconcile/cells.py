"""Cells: what bill and log are compared by, the dimensions that the bill really shows."""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from itertools import pairwise

from pricing.errors import InvoiceError
from pricing.instants import DAY, SECOND, iso, short
from pricing.money import EXACT, ZERO, add, multiply
from pricing.reconcile.statement import Line, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pricing.money import Exact

    Key = tuple[str, ...]

#: what a cell may be told by, in the order in which it is shown
DIMENSIONS = (
    "day",
    "project",
    "key",
    "model",
    "meter",
    "service_tier",
    "context",
    "inference_geo",
    "speed",
    "id",
)
DAY_AT, PROJECT, KEY, MODEL, METER, TIER, CONTEXT, GEO, SPEED, ID = range(len(DIMENSIONS))
#: attributes of a request, and what a label that is absent means where others have it
ATTRIBUTES = {"service_tier": "standard", "inference_geo": "", "speed": "standard"}
_BAND = re.compile(r"(?P<low>[\d.]+)\s*(?P<k>[kKmM]?)\s*[-–]\s*(?P<high>[\d.]+)\s*(?P<m>[kKmM]?)")
_UP_TO = re.compile(r"(≤|<=|<|up to)\s*(?P<high>[\d.]+)\s*(?P<m>[kKmM]?)")
_OVER = re.compile(r"(≥|>=|>|over|above)\s*(?P<low>[\d.]+)\s*(?P<k>[kKmM]?)")
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}
#: bands of a bill that names no number: above the threshold of the card, and up to it
LONG, SHORT = "long", "short"
#: half an hour: the days of all but three zones begin on one
SLOT = 1800 * SECOND
#: single requests that a bill is compared by
MOST_SINGLE = 20_000
#: printed places from which on an export counts as exact
EXACT_PLACES = 7


class Cell:
    """Money and counts of the bill under one key, with the lines it stands in."""

    __slots__ = ("amount", "key", "lines", "quantity", "requests", "step")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.amount: Exact = ZERO
        self.quantity: Decimal | None = None
        self.step: Decimal = ZERO
        self.requests: int | None = None
        self.lines: list[Line] = []

    def add(self, line: Line) -> None:
        """Add a line of the bill."""
        assert line.amount is not None
        self.amount = add(self.amount, line.amount)
        self.lines.append(line)
        if line.quantity is not None:
            self.quantity = EXACT.add(self.quantity or ZERO, line.quantity)
            self.step = max(self.step, line.quantity_step)
        if line.requests is not None:
            self.requests = (self.requests or 0) + line.requests


class Bill:
    """The usage of a statement as cells, and its other money apart."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.statements = list(statements)
        self.lines = [line for s in statements for line in s.lines if line.amount is not None]
        self.usage = [line for line in self.lines if line.kind == "usage"]
        self.others = [line for line in self.lines if line.kind != "usage"]
        currencies = {s.currency for s in statements if s.currency}
        if len(currencies) > 1:
            raise InvoiceError(
                f"statements in {' and '.join(sorted(currencies))}",
                remedy="Reconcile each currency by itself.",
            )
        self.currency = currencies.pop() if currencies else ""
        places = _places(self.usage)
        #: the last printed place of the usage lines
        self.unit = Decimal(1).scaleb(-places)
        self.is_exact = places >= EXACT_PLACES
        self.periods = Periods(self.usage, statements)
        self.bands = _bands(self.usage)
        self._join_single()
        self.exposed = {name for line in self.usage for name, text in line.labels.items() if text}
        self.has_projects = any("project" in line.labels for line in self.usage)
        self.has_meters = any(line.meter for line in self.usage)
        self.has_models = any(line.model for line in self.usage)
        #: filled by ``settle``
        self.cells: dict[Key, Cell] = {}
        self.unmatched: list[tuple[Line, str]] = []

    def _join_single(self) -> None:
        """Compare by day what names more single requests than can be held one by one."""
        single = [line for line in self.usage if line.labels.get("id")]
        if len(single) > MOST_SINGLE:
            for line in single:
                del line.labels["id"]
            self.statements[0].notes.append(
                f"{len(single):,} single requests on the bill: compared by day and model,"
                f" more than {MOST_SINGLE:,} are not held one by one"
            )

    @property
    def total(self) -> Exact:
        total: Exact = ZERO
        for line in self.lines:
            assert line.amount is not None
            total = add(total, line.amount)
        return total

    @property
    def seller(self) -> str | None:
        """The one seller that all statements are of, where they say so."""
        sellers = {s.seller for s in self.statements}
        return sellers.pop() if len(sellers) == 1 else None


def _places(lines: Iterable[Line]) -> int:
    """Give the decimal places to which amounts are told: padded zeros tell nothing, cents do."""
    found = 0
    for line in lines:
        if line.amount:
            exponent = line.amount.normalize(EXACT).as_tuple().exponent
            assert isinstance(exponent, int)
            found = max(found, min(line.places, max(2, -exponent)))
    return found


class Periods:
    """The days, hours or longer spans that the lines of a bill are for.

    Raises:
        InvoiceError: lines of unequal spans overlap, such as a day's and its month's.
    """

    def __init__(self, lines: Iterable[Line], statements: Sequence[Statement]) -> None:
        spans: dict[tuple[int, int], Line] = {}
        dateless = []
        for line in lines:
            if line.start is None:
                dateless.append(line)
                continue
            end = line.end if line.end is not None else line.start + DAY
            if end <= line.start:
                raise InvoiceError(f"{line.place}: a line that ends before it starts")
            spans.setdefault((line.start, end), line)
        if dateless and spans:
            raise InvoiceError(
                f"{dateless[0].place} has no day, others have one",
                remedy="Reconcile lines with and without a day by themselves.",
            )
        ordered = sorted(spans)
        for before, after in pairwise(ordered):
            if after[0] < before[1]:
                raise InvoiceError(
                    f"{spans[before].place} and {spans[after].place} are of periods that overlap:"
                    f" {_span(before)} and {_span(after)}",
                    remedy="Reconcile each kind of period by itself.",
                )
        self.spans = ordered
        self._starts = [start for start, _ in ordered]
        self.length = ordered[0][1] - ordered[0][0] if ordered else None
        stated = [s.period for s in statements if s.period is not None]
        self.stated = (min(p[0] for p in stated), max(p[1] for p in stated)) if stated else None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """The first instant that a line is for, and the first after all."""
        return (self.spans[0][0], self.spans[-1][1]) if self.spans else None

    def label(self, at: int) -> str:
        """Give the name of the span that an instant lies in, also where no line is for it."""
        if not self.spans:
            return ""
        place = bisect_right(self._starts, at) - 1
        if place >= 0 and at < self.spans[place][1]:
            return name_of(self.spans[place])
        if self.length is None or self.length > DAY:
            return name_of((at // DAY * DAY, at // DAY * DAY + DAY))
        origin = self.spans[0][0]
        start = origin + (at - origin) // self.length * self.length
        return name_of((start, start + self.length))


def bounds(periods: Periods, arrivals: Iterable[int]) -> tuple[tuple[int, int] | None, bool, bool]:
    """Give what a bill covers, and whether what lies just beside it may be its own too.

    Beside a bill that states no period of its own, a day of a log that ends there belongs to
    it; a log that goes on is simply longer than the bill. ``arrivals`` are half hours.
    """
    if periods.stated is not None:
        first, last = periods.stated
        if periods.bounds is not None:
            first, last = min(first, periods.bounds[0]), max(last, periods.bounds[1])
        return (first, last), False, False
    if periods.bounds is None:
        return None, True, True
    first, last = periods.bounds
    slots = list(arrivals)
    before = all(slot * SLOT + SLOT > first - DAY for slot in slots)
    after = all(slot * SLOT < last + DAY for slot in slots)
    return (first, last), before, after


def name_of(span: tuple[int, int]) -> str:
    """Give 2026-10-12 for a UTC day, else its start, and its end where it is longer."""
    start, end = span
    if end - start == DAY:
        return short(start)
    if end - start < DAY:
        return iso(start)
    return f"{short(start)}/{short(end)}"


def _span(span: tuple[int, int]) -> str:
    return f"{short(span[0])} to {short(span[1])}"


def _bands(lines: Iterable[Line]) -> tuple[int, ...]:
    """Give the thresholds that labels of the context name."""
    found = set()
    for text in {line.labels.get("context", "") for line in lines}:
        low, high = band(text)
        found |= {edge for edge in (low, high) if edge}
    return tuple(sorted(found))


def band(text: str) -> tuple[int | None, int | None]:
    """Give the ends of "0-200k", "≤ 200k" or "> 200k": above the first, up to the second."""
    match = _BAND.search(text)
    if match is not None:
        high = _tokens(match["high"], match["m"])
        return _tokens(match["low"], match["k"]), high
    match = _UP_TO.search(text)
    if match is not None:
        return 0, _tokens(match["high"], match["m"])
    match = _OVER.search(text)
    if match is not None:
        return _tokens(match["low"], match["k"]), None
    return None, None


def _tokens(number: str, scale: str) -> int:
    return int(multiply(Decimal(number), _SCALE[scale.lower()]))


def band_label(
    labels: Mapping[str, tuple[int | None, int | None]], context: int | None, cuts: Sequence[int]
) -> str:
    """Give the label of the band that a request's length lies in; ``cuts`` are its card's.

    Empty where the bill has no bands; a length that none of them holds has a name of its own.
    """
    if context is None:
        return ""
    if labels.keys() == {LONG}:
        return LONG if cuts and context >= cuts[0] else SHORT
    ends = [high for low, high in labels.values() if low is not None or high is not None]
    for text, (low, high) in labels.items():
        if low is None and high is None:
            continue
        if (low is None or context > low or low == 0) and (high is None or context <= high):
            return text
    return "other length" if ends else ""


def words(text: str) -> tuple[str, ...]:
    """Give the words and numbers of a model's name, in any order."""
    return tuple(sorted(re.findall(r"[a-z]+|\d+", text.lower())))


def undated(text: str) -> str:
    """Give a model's name without the day of its snapshot."""
    return re.sub(r"[-@ ](\d{8}|\d{4}-\d{2}-\d{2})(?=$|[-:])", "", text)


def namer(
    names: Mapping[str, str], resolve: Callable[[str], str | None]
) -> Callable[[str], str | None]:
    """Give a function from a bill's name of a model to that of our cells, None where it has none.

    ``names`` holds every name that the log's models go by. A name means a model by being one of
    them, by the cards (``resolve``), or by having the same words and numbers as just one.
    """
    by_words: dict[tuple[str, ...], set[str]] = {}
    for name, cell in names.items():
        # a seller of many makers' models puts the maker before them
        for variant in (name, undated(name), undated(name.rpartition("/")[2])):
            by_words.setdefault(words(variant), set()).add(cell)
    known: dict[str, str | None] = {}

    def named(text: str) -> str | None:
        if text not in known:
            found = names.get(text) or resolve(text)
            if found is None:
                alike = by_words.get(words(text)) or by_words.get(words(undated(text))) or set()
                found = next(iter(alike)) if len(alike) == 1 else None
            known[text] = found
        return known[text]

    return named
