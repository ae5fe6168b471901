"""Rate the sums: inside a rating key cost is additive, so usage is added up and priced once.

What is not additive is rated one by one: minimum and increment, tiers, pools, what a seller charges
or rounds per request, and counters that nobody knows. Pools are settled in the order of instant,
then id.
"""

from __future__ import annotations

from pricing.money import EXACT, ZERO, Money, add
from pricing.rating.cost import Cost, Line
from pricing.rating.quote import Flags
from pricing.rating.rate import quote_for, rate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.errors import PricingError
    from pricing.money import Exact
    from pricing.rating.account import Account
    from pricing.rating.priced import Priced
    from pricing.rating.quote import Quote
    from pricing.usage.usage import Quantity, Usage

    Group = tuple[Any, ...]


def plus(a: Quantity, b: Quantity) -> Quantity:
    """Add quantities exactly."""
    return a + b if isinstance(a, int) and isinstance(b, int) else EXACT.add(a, b)


class Entry:
    """The sums of one group under one quote."""

    __slots__ = ("quote", "sums", "usage")

    def __init__(self, quote: Quote, usage: Usage) -> None:
        self.quote = quote
        self.usage = usage
        self.sums: dict[str, Quantity] = {}


class Unrated:
    """Requests without a price, by model and reason, with the place of the first."""

    __slots__ = ("model", "place", "quantities", "reason", "remedy", "requests", "seller", "source")

    def __init__(self, model: str, seller: str | None, reason: str, usage: Usage) -> None:
        self.model = model
        self.seller = seller
        self.reason = reason
        self.remedy: str | None = None
        self.source: str | None = None
        self.place = usage.place
        self.requests = 0
        self.quantities: dict[str, Quantity] = {}


class Tally:
    """Adds usage up by group and rating key; gives a cost for every group and currency.

    The result does not depend on the order in which usage is added.
    """

    def __init__(
        self,
        *,
        account: Account | None = None,
        estimates: bool = False,
        strict_dates: bool = False,
    ) -> None:
        self.account = account
        self.flags = Flags(estimates, strict_dates)
        self.requests: dict[Group, int] = {}
        self.quantities: dict[Group, dict[str, Quantity]] = {}
        self.reported: dict[tuple[Group, str], Money] = {}
        self.unrated: dict[tuple[str, str | None, str], Unrated] = {}
        self.unrated_groups: set[Group] = set()
        self.incomplete = 0
        self._entries: dict[tuple[Group, int], Entry] = {}
        self._extra: dict[tuple[Group, str], dict[Any, Line]] = {}
        self._waiting: list[tuple[int, str, int, Usage, RateCard, Group]] = []

    def add(self, usage: Usage, card: RateCard, group: Group = (), requests: int = 1) -> None:
        """Add one usage, which must carry its instant.

        ``requests`` is 0 for a further billed line of a request that was added already.

        Raises:
            RatingError: no revision at the instant, or an attribute value that is not declared;
                nothing is added then.
        """
        assert usage.at is not None
        quoted = quote_for(usage, card, self.flags)
        key = (group, id(quoted))
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = Entry(quoted, usage)
        elif (usage.context_tokens or 0) > (entry.usage.context_tokens or 0):
            # the largest stands for all, in whatever order they come
            entry.usage = usage
        self._count(usage, group, requests)
        if quoted.is_single or usage.unknown or not self._add_up(entry, usage):
            if self.account is not None:
                order = len(self._waiting)
                self._waiting.append((usage.at, usage.id or "", order, usage, card, group))
            else:
                self._rate(usage, card, group)

    def _add_up(self, entry: Entry, usage: Usage) -> bool:
        """Add to the sums where every meter is additive here; tell whether it was done."""
        sums = entry.sums
        for meter, quantity in usage.meters.items():
            if quantity and meter not in sums:
                if entry.quote.price(meter).unit is None:
                    return False
                sums[meter] = 0
        for meter, quantity in usage.meters.items():
            if quantity:
                sums[meter] = plus(sums[meter], quantity)
        return True

    def _count(self, usage: Usage, group: Group, requests: int) -> None:
        self.requests[group] = self.requests.get(group, 0) + requests
        quantities = self.quantities.setdefault(group, {})
        for meter, quantity in usage.meters.items():
            if quantity:
                quantities[meter] = plus(quantities.get(meter, 0), quantity)
        self.report(usage, group)

    def report(self, usage: Usage, group: Group = ()) -> None:
        """Add what a record says was charged; nothing is computed of it."""
        if usage.reported is not None:
            key = (group, usage.reported.currency)
            before = self.reported.get(key)
            self.reported[key] = usage.reported if before is None else before + usage.reported
            self.requests.setdefault(group, 0)

    def _rate(self, usage: Usage, card: RateCard, group: Group) -> None:
        cost = rate(
            usage,
            card,
            account=self.account,
            estimates=self.flags.estimates,
            strict_dates=self.flags.strict_dates,
            partial=True,
        )
        if self.account is not None:
            self.account = self.account.after(cost.drawn)
        parts = self._extra.setdefault((group, cost.currency), {})
        for part in cost.parts:
            known = parts.get(part.key)
            parts[part.key] = part if known is None else known.plus(part)
        if cost.unpriced:
            self.incomplete += 1
            self.unrated_groups.add(group)
            for refusal in cost.unpriced:
                found = self._unrated(usage, card.model, card.provider.name, str(refusal.text))
                found.remedy = refusal.remedy
                found.source = None if refusal.source is None else str(refusal.source)
                quantity = usage.meters.get(refusal.meter, usage.unknown.get(refusal.meter, 0))
                before = found.quantities.get(refusal.meter, 0)
                found.quantities[refusal.meter] = plus(before, quantity)

    def refuse(
        self,
        usage: Usage,
        error: PricingError,
        group: Group = (),
        requests: int = 1,
        records: int = 1,
    ) -> None:
        """Count a usage that has no price at all, perhaps the sum of more records."""
        self._count(usage, group, requests)
        self.incomplete += records
        self.unrated_groups.add(group)
        found = self._unrated(usage, usage.model or "", usage.seller, error.what, records)
        found.remedy = error.remedy
        for meter, quantity in usage.meters.items():
            if quantity:
                found.quantities[meter] = plus(found.quantities.get(meter, 0), quantity)

    def _unrated(
        self, usage: Usage, model: str, seller: str | None, reason: str, records: int = 1
    ) -> Unrated:
        key = (model, seller, reason)
        found = self.unrated.get(key)
        if found is None:
            found = self.unrated[key] = Unrated(model, seller, reason, usage)
        found.requests += records
        return found

    def settle(self) -> None:
        """Rate what waited for its place in the order of instants."""
        waiting, self._waiting = sorted(self._waiting, key=lambda row: row[:3]), []
        for _, _, _, usage, card, group in waiting:
            self._rate(usage, card, group)

    def costs(self) -> dict[Group, dict[str, Cost]]:
        """Give the cost of every group, by currency."""
        self.settle()
        parts: dict[tuple[Group, str], list[Line]] = {}
        for (group, _), entry in self._entries.items():
            found = parts.setdefault((group, entry.quote.tariff.currency), [])
            found += _summed(entry)
        for key, extra in self._extra.items():
            parts.setdefault(key, []).extend(extra.values())
        costs: dict[Group, dict[str, Cost]] = {group: {} for group in self.requests}
        for (group, currency), lines in parts.items():
            total: Exact = ZERO
            for part in lines:
                total = add(total, part.exact)
            costs[group][currency] = Cost(currency, lines, total, ())
        return costs


def _summed(entry: Entry) -> list[Line]:
    lines: list[Line] = []
    for meter, quantity in entry.sums.items():
        if quantity:
            priced: Any = entry.quote.lines[meter]
            lines.append(_part(priced, quantity, entry.usage))
    return lines


def _part(priced: Priced, quantity: Quantity, usage: Usage) -> Line:
    assert priced.unit is not None
    amount = EXACT.multiply(quantity, priced.unit)
    return Line(priced, quantity, amount, usage)
