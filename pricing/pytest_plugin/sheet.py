"""What a test spent, as plain data: for reports that go from process to process, and for files."""

from __future__ import annotations

from pricing.money import ZERO, Money, add
from pricing.pytest_plugin.marks import exact_of, ratio_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.metering.ledger import Entry
    from pricing.money import Exact


class Group:
    """The calls at one card: quantity and amount of each meter."""

    __slots__ = ("calls", "meters")

    def __init__(self) -> None:
        self.calls = 0
        self.meters: dict[str, tuple[Exact, Exact]] = {}

    def add(self, meter: str, quantity: Exact, amount: Exact) -> None:
        had, cost = self.meters.get(meter, (ZERO, ZERO))
        self.meters[meter] = (add(had, quantity), add(cost, amount))

    @property
    def amount(self) -> Exact:
        total: Exact = ZERO
        for _, amount in self.meters.values():
            total = add(total, amount)
        return total

    def plus(self, other: Group) -> Group:
        found = Group()
        found.calls = self.calls + other.calls
        for group in (self, other):
            for meter, (quantity, amount) in group.meters.items():
                found.add(meter, quantity, amount)
        return found


class Sheet:
    """Calls, cost and groups by card; ``total`` is None where nothing has a price."""

    __slots__ = ("calls", "groups", "problems", "total")

    def __init__(
        self,
        calls: int = 0,
        total: Money | None = None,
        groups: dict[str, Group] | None = None,
        problems: Iterable[str] = (),
    ) -> None:
        self.calls = calls
        self.total = total
        self.groups = groups or {}
        self.problems = list(problems)

    def plus(self, other: Sheet) -> Sheet:
        """Add; raises ValueError on two currencies."""
        groups = dict(self.groups)
        for card, group in other.groups.items():
            groups[card] = groups[card].plus(group) if card in groups else group
        totals = [each.total for each in (self, other) if each.total is not None]
        total = sum(totals[1:], totals[0]) if totals else None
        return Sheet(
            self.calls + other.calls, total, groups, dict.fromkeys(self.problems + other.problems)
        )

    def to_data(self) -> dict[str, Any]:
        """Give plain data; all numbers but the calls as text."""
        found: dict[str, Any] = {"calls": self.calls}
        if self.total is not None:
            found |= {"cost": ratio_text(self.total.amount), "currency": self.total.currency}
        if self.problems:
            found["problems"] = self.problems
        found["cards"] = {
            card: {
                "calls": group.calls,
                "meters": {
                    meter: [ratio_text(quantity), ratio_text(amount)]
                    for meter, (quantity, amount) in sorted(group.meters.items())
                },
            }
            for card, group in sorted(self.groups.items())
        }
        return found

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> Sheet:
        """Read what ``to_data`` wrote.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is something else.
        """
        groups = {}
        for card, held in data["cards"].items():
            group = groups[card] = Group()
            group.calls = _count(held["calls"])
            for meter, (quantity, amount) in held["meters"].items():
                group.add(meter, exact_of(quantity), exact_of(amount))
        total = Money(exact_of(data["cost"]), data["currency"]) if "cost" in data else None
        found = cls(_count(data["calls"]), total, groups, data.get("problems", ()))
        amounts: Exact = ZERO
        for group in groups.values():
            amounts = add(amounts, group.amount)
        if amounts != (ZERO if total is None else total.amount):
            raise ValueError("its parts do not add up to its cost")
        return found


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def sheet_of(
    entries: Iterable[Entry], calls: int, total: Money | None, problems: Iterable[Exception]
) -> Sheet:
    """Give the sheet of what a meter counted."""
    groups: dict[str, Group] = {}
    for entry in entries:
        lines = entry.cost.lines
        for line in lines:
            group = groups.setdefault(line.card, Group())
            quantity = 0 if line.is_extra else line.quantity
            group.add(line.meter, add(ZERO, _exact(quantity)), line.exact)
        first = lines[0].card if lines else _free(entry)
        groups.setdefault(first, Group()).calls += 1
    return Sheet(calls, total, groups, dict.fromkeys(str(each) for each in problems))


def _exact(value: Any) -> Exact:
    from decimal import Decimal

    return Decimal(value) if isinstance(value, int) else value


def _free(entry: Entry) -> str:
    """Give a name for a call that has no line: nothing was billed."""
    return next((u.model for u in entry.cost.usages if u.model is not None), "?")
