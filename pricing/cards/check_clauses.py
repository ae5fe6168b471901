"""What rates, modifiers and unpriced clauses say, held against the words that cards may use.

Each fault stands at the line of its own value. What has the wrong shape was refused by the schema.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from pricing.cards.conditions import CONTEXT, WINDOW, read_when
from pricing.cards.scalars import number, per, price
from pricing.cards.strict import kind
from pricing.cards.words import keys, texts
from pricing.errors import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from pricing.cards.strict import Document
    from pricing.cards.words import Words

    Place = tuple[str | int, ...]

_LOWER = ("above", "at_least")
_UPPER = ("below", "up_to")


class ClauseCheck:
    """Checks the clauses of one document."""

    def __init__(self, document: Document, words: Words) -> None:
        self.document = document
        self.words = words

    def check(self, place: Place, pools: Collection[str] | None, pool_remedy: str) -> None:
        """Note the faults of the clauses of a revision or term; ``pools`` None: not known."""
        for where, rate in self.entries((*place, "rates")):
            self._rate(where, rate)
            pool = rate.get("pool")
            if isinstance(pool, str) and pools is not None and pool not in pools:
                hint = did_you_mean(pool, pools) or pool_remedy
                self.document.refuse(f"no pool '{pool}'", (*where, "pool"), hint)
        for where, modifier in self.entries((*place, "modifiers")):
            self._modifier(where, modifier)
        for where, unprice in self.entries((*place, "unpriced")):
            self._unprice(where, unprice)

    def entries(self, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Give place and content of each map in a list."""
        value = self.document.at(place)
        for i, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, dict):
                yield (*place, i), item

    def attempt(self, place: Place, check: Callable[[Any], object], value: object) -> bool:
        """Tell whether a check passes; else its ValueError becomes a fault here."""
        try:
            check(value)
        except ValueError as error:
            self.document.refuse(str(error), place)
            return False
        return True

    def paths(self, place: Place) -> None:
        """Check a list of dotted paths of meters."""
        value = self.document.at(place)
        for i, path in enumerate(value if isinstance(value, list) else ()):
            if isinstance(path, str):
                self.attempt((*place, i), self.words.vocabulary.path, path)

    # rates

    def _rate(self, place: Place, rate: dict[str, Any]) -> None:
        self.when((*place, "when"))
        by = texts(rate.get("by"))
        for i, name in enumerate(by):
            where = (*place, "by", i)
            if self.attempt(where, self.words.attribute, name) and name in keys(rate.get("when")):
                what = f"'{name}' stands in `when` and in `by`"
                self.document.refuse(what, where, "Leave one of them out.")
        table = rate.get("price")
        if isinstance(table, dict):
            self._units(place, rate.get("per"), table)
            for key, raw in table.items():
                where = (*place, "price", key)
                for name in _meters(key):
                    self.attempt((*where, f"{name},"), self.words.vocabulary.meter, name)
                self._cells(raw, by, where)

    def _units(self, place: Place, raw: object, table: dict[str, Any]) -> None:
        """Check that the meters are counted in the unit of ``per``."""
        try:
            _, unit = per(raw)
        except ValueError:
            return
        meters = self.words.vocabulary.meters
        named = [(key, name) for key in table for name in _meters(key) if name in meters]
        wrong = [(key, name) for key, name in named if meters[name].unit != unit]
        amount = str(raw).partition(" ")[0]
        for key, name in wrong:
            right = meters[name].unit
            what = f"{name} is counted by the {right}, not by the {unit}"
            if len(wrong) == len(named):  # one `per`, wrong for all its meters, is one fault
                self.document.refuse(what, (*place, "per"), f"Write `per: {amount} {right}`.")
            else:
                where = (*place, "price", key, f"{name},")
                remedy = f"Give it a rate of its own, `per: {amount} {right}`."
                self.document.refuse(what, where, remedy)

    def _cells(self, raw: object, by: list[str], place: Place) -> None:
        """Check a price, or the part of a ``by`` table that is left."""
        if not by and isinstance(raw, dict):
            remedy = "Name its attributes in `by`."
            self.document.refuse("a table of prices without `by`", place, remedy)
        elif not by:
            self._tiers(raw, place)
        elif not isinstance(raw, dict):
            remedy = f"Write {{value of {by[0]}: price, …}}."
            self.document.refuse(f"no price for each {by[0]}", place, remedy)
        else:
            for key, inner in raw.items():
                where = (*place, key)
                self.attempt((*where, ".."), partial(self._label, by[0]), key)
                self._cells(inner, by[1:], where)

    def _label(self, name: str, label: str) -> None:
        """Check a key of a ``by`` table: a value, several with commas, or a range."""
        vocabulary = self.words.vocabulary
        if name.startswith(WINDOW):
            _yes_or_no(name, label)
        elif name != CONTEXT and name not in vocabulary.attributes:
            return
        elif vocabulary.is_number(name):
            low, dots, high = label.partition("..")
            ends = [number(end) for end in (low, high) if end]
            if not dots or not ends:
                remedy = "Write 32_000..128_000, ..32_000 or 128_000.. (the upper end included)."
                raise ValueError(f"'{label}' is no range of {name}\n{remedy}")
            if len(ends) == 2 and ends[0] >= ends[1]:
                raise ValueError(f"the range {label} holds no number\nWrite the lower end first.")
        else:
            for value in label.split(","):
                vocabulary.value(name, value.strip())

    def _tiers(self, raw: object, place: Place) -> None:
        if not isinstance(raw, list):
            self.attempt(place, price, raw)
            return
        last = Decimal(0)
        for i, tier in enumerate(raw):
            where = (*place, i)
            unknown = next((key for key in keys(tier) if key not in ("up_to", "price")), None)
            if not isinstance(tier, dict) or "price" not in tier or unknown:
                what = f"unknown key '{unknown}'" if unknown else "not a tier"
                self.document.refuse(what, where, "A tier is {up_to: quantity, price: …}.")
                continue
            self.attempt((*where, "price"), price, tier["price"])
            if "up_to" not in tier:
                if i < len(raw) - 1:
                    what = "a tier without up_to stands before others"
                    self.document.refuse(what, where, "Only the last tier may lack it.")
            elif self.attempt((*where, "up_to"), price, tier["up_to"]):
                top = number(tier["up_to"])
                if top <= last:
                    what = f"the tier up to {tier['up_to']} does not lie above the one before"
                    self.document.refuse(what, where, "Write tiers in ascending order.")
                last = max(top, last)
        if not raw:
            self.document.refuse("no tiers", place, "Write [{up_to: 1_000, price: 0}, {price: 1}].")

    # modifiers and unpriced clauses

    def _modifier(self, place: Place, modifier: dict[str, Any]) -> None:
        self.when((*place, "when"))
        multiply, where = modifier.get("multiply"), (*place, "multiply")
        if isinstance(multiply, dict):
            if not multiply:
                remedy = "Write 0.5, or {input: 2, output: 1.5}."
                self.document.refuse("'multiply' is empty", where, remedy)
            for path, factor in multiply.items():
                self.attempt((*where, path, ".."), self.words.vocabulary.path, path)
                self.attempt((*where, path), price, factor)
            if "unit" in modifier:
                remedy = "The paths say what it multiplies: leave `unit` out."
                self.document.refuse("`unit` beside a map of factors", (*place, "unit"), remedy)
        elif multiply is not None:
            self.attempt(where, price, multiply)
        if isinstance(modifier.get("unit"), str):
            self.attempt((*place, "unit"), self.words.unit, modifier["unit"])

    def _unprice(self, place: Place, unprice: dict[str, Any]) -> None:
        self.when((*place, "when"))
        self.paths((*place, "meters"))
        estimate = unprice.get("estimate")
        if isinstance(estimate, dict):
            where = (*place, "estimate")
            if isinstance(estimate.get("follows"), str):
                self.attempt((*where, "follows"), self.words.card, estimate["follows"])
            billed_as = estimate.get("as")
            for meter, other in billed_as.items() if isinstance(billed_as, dict) else ():
                self.attempt((*where, "as", meter, ".."), self.words.vocabulary.meter, meter)
                if isinstance(other, str):
                    self.attempt((*where, "as", meter), self.words.vocabulary.meter, other)

    # conditions

    def when(self, place: Place) -> None:
        """Check a conjunction, attribute by attribute."""
        value = self.document.at(place)
        for name, raw in value.items() if isinstance(value, dict) else ():
            where = (*place, name)
            if not self.attempt((*where, ".."), self.words.attribute, name):
                continue
            if name.startswith(WINDOW):
                self._values(where, raw, partial(_yes_or_no, name))
            elif self.words.vocabulary.is_number(name):
                self._bounds(where, name, raw)
            elif isinstance(raw, dict):
                odd = next((key for key in raw if key != "not"), None)
                if odd is not None or not raw:
                    what = f"unknown operator '{odd}' on {name}" if odd else f"'{name}' is empty"
                    remedy = f"Write {name}: value, [several] or {{not: [others]}}."
                    self.document.refuse(what, where, remedy)
                    continue
                self._known(where, name, raw["not"], "not")
                self._some_are_left(where, name, raw)
            else:
                self._known(where, name, raw)

    def _known(self, place: Place, name: str, raw: object, *inside: str) -> None:
        self._values((*place, *inside), raw, partial(self.words.vocabulary.value, name))

    def _values(self, place: Place, raw: object, check: Callable[[Any], object]) -> None:
        for i, value in enumerate(raw if isinstance(raw, list) else [raw]):
            where = (*place, i) if isinstance(raw, list) else place
            if isinstance(value, str):
                self.attempt(where, check, value)
            else:
                what = f"a value of {place[-1]} is text, not {kind(value)}"
                self.document.refuse(what, where, "Write a value, [several] or {not: [others]}.")
        if raw == []:
            self.document.refuse(f"'{place[-1]}' is empty", place, "Name a value.")

    def _some_are_left(self, place: Place, name: str, raw: dict[str, Any]) -> None:
        excluded = raw["not"] if isinstance(raw["not"], list) else [raw["not"]]
        vocabulary = self.words.vocabulary
        values = vocabulary.values_of(name)
        if values is None:
            return
        try:
            none_left = set(values) <= {vocabulary.value(name, value) for value in texts(excluded)}
        except ValueError:
            return
        if none_left:
            remedy = f"Known: {', '.join(values)}."
            self.document.refuse(f"no value of {name} is left", (*place, "not"), remedy)

    def _bounds(self, place: Place, name: str, raw: object) -> None:
        if not isinstance(raw, dict):
            self.attempt(place, number, raw)
            return
        fine = bool(raw)
        for operator, limit in raw.items():
            if operator not in (*_LOWER, *_UPPER):
                fine = False
                hint = did_you_mean(operator, (*_LOWER, *_UPPER))
                remedy = hint or "Operators are above, at_least, below and up_to."
                what = f"unknown operator '{operator}' on {name}"
                self.document.refuse(what, (*place, operator), remedy)
            else:
                check = _count if name == CONTEXT else number
                fine = self.attempt((*place, operator), check, limit) and fine
        for ends in (_LOWER, _UPPER):
            if keys(raw) >= set(ends):
                fine = False
                what = f"{ends[0]} and {ends[1]} on {name} are two bounds for one end"
                self.document.refuse(what, place, "Leave one of them out.")
        if not raw:
            self.document.refuse(f"'{name}' is empty", place, "Write {above: 200_000}.")
        if fine:
            try:
                read_when({name: raw}, self.words.vocabulary)
            except ValueError as error:
                self.document.refuse(str(error), place, "Let the lower end lie below the upper.")


def _meters(key: str) -> list[str]:
    return [part.strip() for part in key.split(",")]


def _count(value: object) -> None:
    if number(value).is_signed():
        raise ValueError(f"{CONTEXT} is never {value}\nIt is 0 or more.")


def _yes_or_no(name: str, value: str) -> None:
    if value not in ("yes", "no"):
        raise ValueError(f"unknown value '{value}' of {name}\nKnown: yes, no.")
