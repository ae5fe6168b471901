"""When: a conjunction of constraints on the attributes of a request.

Compared as numbers: ``context_tokens`` and attributes of ``kind: number``; all others as text.
The set questions (is one inside the other, can both hold) decide at load which rate applies.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.money import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    from pricing.cards.vocabulary import Vocabulary

    Wire: TypeAlias = Mapping[str, Any]
    Constraint: TypeAlias = "Among | Bounds"

CONTEXT = "context_tokens"
WINDOW = "during."


class Among:
    """One of some values, or (``negated``) none of them."""

    __slots__ = ("negated", "values")

    def __init__(self, values: Iterable[str], negated: bool = False) -> None:
        self.values = frozenset(values)
        self.negated = negated

    def holds(self, value: Any) -> bool:
        return (value in self.values) != self.negated

    def inside(self, other: Constraint) -> bool:
        if not isinstance(other, Among):
            return False
        if self.negated:
            return other.negated and other.values <= self.values
        if other.negated:
            return not self.values & other.values
        return self.values <= other.values

    def both(self, other: Constraint) -> Among | None:
        """Give what satisfies both, or None where nothing does."""
        if not isinstance(other, Among):
            return None
        if self.negated and other.negated:
            return Among(self.values | other.values, negated=True)
        if other.negated:
            self, other = other, self
        kept = other.values - self.values if self.negated else self.values & other.values
        return Among(kept) if kept else None

    def __str__(self) -> str:
        listed = ", ".join(sorted(self.values))
        return f"not {listed}" if self.negated else listed


class Bounds:
    """Numbers between two ends; an end is (number, included) or None."""

    __slots__ = ("high", "low")

    def __init__(
        self, low: tuple[Decimal, bool] | None = None, high: tuple[Decimal, bool] | None = None
    ) -> None:
        self.low = low
        self.high = high

    def holds(self, value: Any) -> bool:
        if self.low is not None:
            low, included = self.low
            if value < low or (value == low and not included):
                return False
        if self.high is not None:
            high, included = self.high
            if value > high or (value == high and not included):
                return False
        return True

    def both(self, other: Constraint) -> Bounds | None:
        if not isinstance(other, Bounds):
            return None
        lows = [end for end in (self.low, other.low) if end is not None]
        highs = [end for end in (self.high, other.high) if end is not None]
        low = max(lows, key=lambda end: (end[0], not end[1])) if lows else None
        high = min(highs, key=lambda end: (end[0], end[1])) if highs else None
        if low is None or high is None or low[0] < high[0]:
            return Bounds(low, high)
        touches = low[0] == high[0] and low[1] and high[1]
        return Bounds(low, high) if touches else None

    def inside(self, other: Constraint) -> bool:
        overlap = self.both(other) if isinstance(other, Bounds) else None
        return overlap is not None and (overlap.low, overlap.high) == (self.low, self.high)

    def __str__(self) -> str:
        ends = []
        if self.low is not None:
            ends.append(f"{'>=' if self.low[1] else '>'} {self.low[0]:,f}")
        if self.high is not None:
            ends.append(f"{'<=' if self.high[1] else '<'} {self.high[0]:,f}")
        return " and ".join(ends)


class Undetermined(Exception):
    """A clause names an attribute that this usage does not tell."""

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.attribute = attribute


class When:
    """A conjunction; the empty one always holds."""

    __slots__ = ("constraints", "names")

    def __init__(self, constraints: Mapping[str, Constraint]) -> None:
        self.constraints = dict(constraints)
        self.names = frozenset(self.constraints)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether every constraint holds; one that is false decides, whatever is unknown.

        Raises:
            Undetermined: no constraint is false and one of the attributes is not known.
        """
        unknown = None
        for name, constraint in self.constraints.items():
            value = values.get(name)
            if value is None:
                unknown = name
            elif not constraint.holds(value):
                return False
        if unknown is not None:
            raise Undetermined(unknown)
        return True

    def inside(self, other: When) -> bool:
        """Tell whether every request of this one is one of the other's."""
        return all(
            name in self.constraints and self.constraints[name].inside(constraint)
            for name, constraint in other.constraints.items()
        )

    def both(self, other: When) -> When | None:
        """Give the requests that satisfy both, or None where none can."""
        joined = dict(self.constraints)
        for name, constraint in other.constraints.items():
            mine = joined.get(name)
            if mine is None:
                joined[name] = constraint
            else:
                overlap = mine.both(constraint)
                if overlap is None:
                    return None
                joined[name] = overlap
        return When(joined)

    def __str__(self) -> str:
        return ", ".join(
            f"{name} {c}" if isinstance(c, Bounds) else f"{name}: {c}"
            for name, c in self.constraints.items()
        )


ALWAYS = When({})
_LOWS = {"above": False, "at_least": True}
_HIGHS = {"below": False, "up_to": True}


def read_when(wire: Wire | None, vocabulary: Vocabulary) -> When:
    """Read the ``when`` of a clause, whose every part was checked.

    Raises:
        ValueError: bounds between which no number lies.
    """
    if not wire:
        return ALWAYS
    return When({name: _constraint(name, raw, vocabulary) for name, raw in wire.items()})


def _constraint(name: str, raw: Any, vocabulary: Vocabulary) -> Constraint:
    if name.startswith(WINDOW):
        return Among(_texts(raw))
    if vocabulary.is_number(name):
        return _bounds(raw)
    if not isinstance(raw, dict):
        return Among(vocabulary.value(name, value) for value in _texts(raw))
    known = vocabulary.values_of(name)
    excluded = {vocabulary.value(name, value) for value in _texts(raw["not"])}
    return Among(excluded, negated=True) if known is None else Among(set(known) - excluded)


def _texts(raw: str | list[str]) -> list[str]:
    return raw if isinstance(raw, list) else [raw]


def _bounds(raw: str | dict[str, str]) -> Bounds:
    if not isinstance(raw, dict):
        number = _number(raw)
        return Bounds((number, True), (number, True))
    low = high = None
    for operator, limit in raw.items():
        if operator in _LOWS:
            low = (_number(limit), _LOWS[operator])
        else:
            high = (_number(limit), _HIGHS[operator])
    bounds = Bounds(low, high)
    if bounds.both(Bounds()) is None:
        raise ValueError(f"no number is {bounds}")
    return bounds


def _number(raw: str) -> Decimal:
    return decimal(raw.replace("_", ""))
