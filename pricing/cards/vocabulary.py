"""The meters and attributes that cards and usage share."""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.conditions import CONTEXT, WINDOW
from pricing.errors import did_you_mean
from pricing.money import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Meter:
    """A thing counted: its unit, its side (input, output, fee), and the wider meter it bills as."""

    __slots__ = ("bills_as", "implied", "name", "side", "unit")

    def __init__(
        self, name: str, unit: str, side: str, bills_as: str | None = None, implied: int = 0
    ) -> None:
        self.name = name
        self.unit = unit
        self.side = side
        self.bills_as = bills_as
        self.implied = implied


class Attribute:
    """What describes a whole request: declared values, default, and whether silence is allowed."""

    __slots__ = ("default", "name", "number", "same_as_default", "silent", "values")

    def __init__(self, name: str, wire: Mapping[str, Any]) -> None:
        self.name = name
        self.values: tuple[str, ...] | None = tuple(wire["values"]) if "values" in wire else None
        self.default: str | None = wire.get("default")
        self.same_as_default = frozenset(wire.get("same_as_default", ()))
        self.silent: bool = wire.get("silent") == "ignore"
        self.number: bool = wire.get("kind") == "number"


def covers(path: str, meter: str) -> bool:
    """Tell whether a dotted path is the meter or one of its ancestors."""
    return meter == path or meter.startswith(path + ".")


class Vocabulary:
    """All meters and attributes, by name."""

    __slots__ = ("attributes", "chains", "meters", "wire")

    def __init__(self, wire: Mapping[str, Any]) -> None:
        self.wire = wire
        self.meters = {
            name: Meter(
                name, raw["unit"], raw["side"], raw.get("bills_as"), int(raw.get("implied", 0))
            )
            for name, raw in wire["meters"].items()
        }
        self.attributes = {name: Attribute(name, raw) for name, raw in wire["attributes"].items()}
        #: meter -> the meters whose rate may serve it, the narrowest first
        self.chains = {name: self._chain(name) for name in self.meters}

    def _chain(self, name: str) -> tuple[str, ...]:
        chain = [name]
        while (wider := self.meters[chain[-1]].bills_as) is not None:
            chain.append(wider)
        return tuple(chain)

    def meter(self, name: str) -> Meter:
        """Give a meter; raises ValueError with the nearest name."""
        found = self.meters.get(name)
        if found is None:
            hint = did_you_mean(name, self.meters) or ""
            raise ValueError(
                f"unknown meter '{name}'\n"
                f"Meters are listed in ratecards/vocabulary.yaml. {hint}".rstrip()
            )
        return found

    def path(self, name: str) -> str:
        """Check that a dotted path reaches at least one meter, and give it."""
        if not any(covers(name, meter) for meter in self.meters):
            self.meter(name)
        return name

    def attribute(self, name: str) -> Attribute:
        """Give an attribute; raises ValueError with the nearest name."""
        found = self.attributes.get(name)
        if found is None:
            hint = did_you_mean(name, [*self.attributes, CONTEXT]) or ""
            raise ValueError(
                f"unknown attribute '{name}'\n"
                f"Attributes are listed in ratecards/vocabulary.yaml. {hint}".rstrip()
            )
        return found

    def is_number(self, name: str) -> bool:
        return name == CONTEXT or self.attribute(name).number

    def values_of(self, name: str) -> tuple[str, ...] | None:
        return self.attribute(name).values

    def value(self, name: str, value: str) -> str:
        """Give a value under its own name: what means the default becomes the default.

        Raises:
            ValueError: a value that the vocabulary does not declare.
        """
        attribute = self.attribute(name)
        if value in attribute.same_as_default and attribute.default is not None:
            return attribute.default
        if attribute.values is not None and value not in attribute.values:
            hint = did_you_mean(value, attribute.values) or ""
            raise ValueError(
                f"unknown value '{value}' of {name}\n"
                f"Known: {', '.join(attribute.values)}. {hint}".rstrip()
            )
        return value

    def read(self, name: str, value: object) -> str | Decimal:
        """Read the value that a usage gives an attribute; raises ValueError."""
        if isinstance(value, bool | float | list | dict):
            raise ValueError(f"{name} is {value!r}\nAttributes are text, numbers are exact.")
        if not self.is_number(name):
            # of an enum its value, not its name
            text = str.__str__(value) if isinstance(value, str) else str(value)
            return self.value(name, text)
        try:
            return decimal(value if isinstance(value, int | Decimal) else str(value))
        except (ValueError, ArithmeticError):
            raise ValueError(f"{name} is {value!r}, not a number") from None

    def is_declared(self, name: object) -> bool:
        """Tell whether a key of a usage is an attribute at all; others are labels."""
        if not isinstance(name, str):
            return False
        return name in self.attributes or name == CONTEXT or name.startswith(WINDOW)
