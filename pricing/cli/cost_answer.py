"""What ``pricing cost`` read and added up, and what had to be assumed on the way."""

from __future__ import annotations

from pricing.errors import NoExchangeRate
from pricing.instants import QUARTER, iso
from pricing.money import Money
from pricing.rating.cost import Cost
from pricing.rating.rate import rate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.rating.account import Account
    from pricing.rating.cost import Assumed, Line
    from pricing.rating.sums import Tally, Unrated
    from pricing.usage.records import Records
    from pricing.usage.usage import Usage

    Group = tuple[str, ...]
    MissingKey = tuple[str, "str | None", str, "str | None"]

#: how the reason of a clause without a price ends
CLAUSES = (": unpublished", ": not_offered")


class Missing:
    """Requests of one model without a price for one reason, perhaps for several meters."""

    __slots__ = ("meters", "model", "place", "quantities", "reason", "remedy", "requests",
                 "seller", "source")  # fmt: skip

    def __init__(self, entry: Unrated, reason: str, requests: int) -> None:
        self.model = entry.model
        self.seller = entry.seller
        #: the meter's name stands as {}
        self.reason = reason
        self.remedy = entry.remedy
        self.source = entry.source
        self.place = entry.place
        self.requests = requests
        self.meters: list[str] = []
        self.quantities: dict[str, Any] = {}

    @property
    def is_partial(self) -> bool:
        """Whether single meters have no price, not the request as a whole."""
        return "{}" in self.reason

    def told(self, in_full: bool = True) -> str:
        """Say why: with the names of the meters, or how many there are."""
        listed = ", ".join(self.meters)
        if not in_full and len(self.meters) > 1:
            listed = f"{len(self.meters)} meters"
        return self.reason.replace("{}", listed, 1)


class Answer:
    """What was read and added up."""

    def __init__(
        self,
        catalog: Catalog,
        records: Records,
        tally: Tally,
        by: tuple[str, ...] = (),
        clock: Callable[[int], str] = iso,
        zone: str = "UTC",
    ) -> None:
        self.catalog = catalog
        self.records = records
        self.tally = tally
        self.by = by
        #: writes an instant in the zone of days, months and hours
        self.clock = clock
        self.zone = zone
        #: attributes for the requests that do not tell them
        self.given: dict[str, Any] = {}
        #: attributes -> how many requests tell another value
        self.kept_own: dict[str, int] = {}
        self.sellers: dict[str, None] = {}
        self.priced_now: str | None = None
        #: quarters of an hour in which there was a request: no zone's day begins inside one
        self.quarters: set[int] = set()
        #: gives more of them, where finding them takes long
        self.more_quarters: Callable[[], Iterable[int]] = tuple
        self.cards: dict[str, RateCard] = {}
        self.warnings: dict[str, int] = {}
        #: requests that say what they were charged, and of which kinds that is
        self.reporting = 0
        #: rows of cost reports: amounts without usage
        self.money_rows = 0
        self.reporting_by: dict[Group, int] = {}
        self.reported_kinds: dict[str, None] = {}
        #: streams that never finished, and where the first one stands
        self.cut = 0
        self.first_cut: str | None = None
        self.first_place: str | None = None
        #: records outside --since and --until
        self.outside = 0
        #: what --lines itemises, in the order in which it was read
        self.kept: list[tuple[Usage, RateCard | None]] = []
        #: and what each costs; None where it has no price at all
        self.each: list[tuple[Usage, Cost | None]] = []
        self.last = 0
        self.costs: dict[Group, dict[str, Cost]] = {}
        self.totals: dict[str, Money] = {}
        #: (amount before, amount after, where the rate stands) of a converted total
        self.converted: list[tuple[Money, Money, str]] = []
        #: the currency that was asked for
        self.asked: str | None = None
        self.without_price = 0
        self._order = {m: n for n, m in enumerate(catalog.book.vocabulary.meters)}
        self._free_currencies: dict[str, None] = {}
        self._incomplete = 0
        self._told: dict[Any, int] = {}
        self._missing: dict[MissingKey, int] = {}

    def saw_record(self, usage: Usage) -> None:
        """Remember a record, before its instant is completed."""
        if self.first_place is None:
            self.first_place = usage.place
        if usage.at is not None:
            self.quarters.add(usage.at // QUARTER)

    def fill(self, usage: Usage, requests: int = 1) -> None:
        """Give a usage, or a sum of some, the attributes that neither it nor its model id tells."""
        own = usage.attributes
        usage.attributes = {**self.given, **own}
        for name, value in self.given.items():
            if own.get(name, value) != value:
                self.kept_own[name] = self.kept_own.get(name, 0) + requests

    def saw(
        self,
        usage: Usage,
        card: RateCard,
        assumed: Assumed,
        group: Group = (),
        requests: int = 1,
    ) -> None:
        """Remember what the notes will tell of a usage that was added, or of a sum of some."""
        seller, at = assumed
        if seller is not None:
            self.sellers[seller] = None
        if at is not None:
            self.priced_now = iso(at)
        assert usage.at is not None
        if usage.at > self.last:
            self.last = usage.at
        self.cards[card.name] = card
        if usage.reported is not None:
            self.reporting += 1
            self.reporting_by[group] = self.reporting_by.get(group, 0) + 1
            if usage.reported_kind is not None:
                self.reported_kinds[usage.reported_kind] = None
        if usage.incomplete:
            self.cut += requests
            self.first_cut = self.first_cut or usage.place
        for warning in usage.warnings:
            self.warnings[warning] = self.warnings.get(warning, 0) + 1

    def saw_money(self, usage: Usage, group: Group) -> None:
        """Remember a row of a cost report: what was charged, and nothing to compute."""
        self.money_rows += 1
        self.tally.report(usage, group)

    def saw_free(self, usage: Usage, card: RateCard) -> None:
        """Remember a response that its seller does not bill."""
        self.records.skip("errors_not_billed", usage.place, f", status {usage.status}")
        self._free_currencies[card.provider.currency] = None

    def tell_missing(self, requests: int = 1) -> None:
        """Count the record that was just added among those without a price, once for a reason."""
        if self.tally.incomplete == self._incomplete:
            return
        self._incomplete = self.tally.incomplete
        self.without_price += requests
        keys = set()
        for name, entry in self.tally.unrated.items():
            if self._told.get(name) != entry.requests:
                self._told[name] = entry.requests
                keys.add(missing_key(entry))
        for key in keys:
            self._missing[key] = self._missing.get(key, 0) + requests

    def itemise(self, account: Account | None) -> None:
        """Rate every usage on its own, those that draw on pools in the order of their instants."""
        order = range(len(self.kept))
        if account is not None:
            order = sorted(order, key=self._turn)  # type: ignore[assignment]
        found: list[tuple[int, Cost | None]] = []
        for number in order:
            usage, card = self.kept[number]
            if card is None:
                found.append((number, None))
                continue
            flags = self.tally.flags
            cost = rate(
                usage, card, account=account, estimates=flags.estimates,
                strict_dates=flags.strict_dates, partial=True,
            )  # fmt: skip
            if account is not None:
                account = account.after(cost.drawn)
            found.append((number, cost))
        self.each = [(self.kept[n][0], cost) for n, cost in sorted(found, key=lambda row: row[0])]

    def _turn(self, number: int) -> tuple[int, str, int]:
        usage = self.kept[number][0]
        return (usage.at or 0, usage.id or "", number)

    def settle(self, currency: str | None, at: int | None) -> None:
        """Add the groups up, and convert the totals where another currency is asked for.

        Raises:
            NoExchangeRate: there is no rate for one of them on that day.
        """
        unrated = self.tally.unrated_groups
        self.costs = {
            # a cost without lines is no price where something has none
            group: {code: c for code, c in costs.items() if c.parts or group not in unrated}
            for group, costs in self.tally.costs().items()
        }
        # what was settled last drew on pools
        self.without_price += self.tally.incomplete - self._incomplete
        for costs in self.costs.values():
            for code, cost in costs.items():
                before = self.totals.get(code)
                self.totals[code] = cost.total if before is None else before + cost.total
        if not self.totals and not self.tally.incomplete:
            self.totals = {code: Money(0, code) for code in self._free_currencies}
        self.when = at if at is not None else self.last
        self.asked = currency
        if currency is None or not self.totals or list(self.totals) == [currency]:
            return
        whole = Money(0, currency)
        for money in self.totals.values():
            converted, source = self.catalog.convert(money, currency, self.when)
            whole = whole + converted
            if source:
                self.converted.append((money, converted, source))
        self.totals = {currency: whole}

    @property
    def days(self) -> int:
        """The number of days with requests, in the zone of the report."""
        quarters = self.quarters.union(self.more_quarters())
        return len({self.clock(quarter * QUARTER)[:10] for quarter in quarters})

    @property
    def requests(self) -> int:
        return sum(self.tally.requests.values())

    @property
    def is_mixed(self) -> bool:
        return len(self.totals) > 1

    @property
    def is_lower_bound(self) -> bool:
        return bool(self.tally.incomplete or self.damaged)

    @property
    def damaged(self) -> int:
        """The records of which not everything could be read."""
        return self.records.skipped["malformed"] + self.cut

    @property
    def currency(self) -> str | None:
        """The one currency of the report, or None where amounts are not added."""
        return next(iter(self.totals)) if len(self.totals) == 1 else None

    @property
    def lines(self) -> list[Line]:
        return [line for costs in self.costs.values() for c in costs.values()
                for line in self.ordered(c)]  # fmt: skip

    def ordered(self, cost: Cost) -> list[Line]:
        """Give the lines of a cost card by card, their meters in the vocabulary's order."""
        cards: dict[str, int] = {}
        return sorted(
            cost.lines,
            key=lambda line: (
                cards.setdefault(line.card, len(cards)),
                self._order.get(line.meter, len(self._order)),
                # the same whatever the order of the records
                line.effective,
                line.source,
                [modifier.name for modifier in line.modifiers],
                line.assumptions,
                line.price,
                line.quantity,
            ),
        )

    @property
    def reported(self) -> list[Money]:
        """What providers say they charged, one amount for each currency."""
        sums: dict[str, Money] = {}
        for (_, currency), money in self.tally.reported.items():
            sums[currency] = sums[currency] + money if currency in sums else money
        return list(sums.values())

    def is_only_money(self, group: Group) -> bool:
        """Tell whether a group holds nothing but amounts that somebody reported."""
        return not self.costs[group] and group not in self.tally.unrated_groups

    def told(self, amounts: Iterable[Money]) -> Money | None:
        """Give reported amounts as one, in the currency of the report.

        None where one is in another, and no currency was asked for or no rate leads to it.
        """
        currency = self.currency
        whole = None
        for money in amounts:
            if money.currency != currency and (currency is None or currency != self.asked):
                return None
            try:
                one = self.catalog.convert(money, currency, self.when)[0]
            except NoExchangeRate:
                return None
            whole = one if whole is None else whole + one
        return whole

    def shown(self, money: Money) -> Any:
        """Give an amount in the currency of the report."""
        currency = self.currency
        if currency is None or money.currency == currency:
            return money.amount
        return self.catalog.convert(money, currency, self.when)[0].amount

    def missing(self) -> list[Missing]:
        """Give what has no price, one entry for each reason, in the order of the first records."""
        found: dict[MissingKey, Missing] = {}
        for entry in self.tally.unrated.values():
            key = missing_key(entry)
            known = found.get(key)
            if known is None:
                requests = self._missing.get(key, entry.requests)
                known = found[key] = Missing(entry, key[2], requests)
            known.requests = max(known.requests, entry.requests)
            for meter, quantity in entry.quantities.items():
                known.meters.append(meter)
                known.quantities[meter] = known.quantities.get(meter, 0) + quantity
        for missing in found.values():
            missing.meters.sort(key=lambda meter: self._order.get(meter, len(self._order)))
        return list(found.values())


def missing_key(entry: Unrated) -> MissingKey:
    """Give what entries have in common that differ only in their meter."""
    reason = entry.reason
    if len(entry.quantities) == 1:
        (meter,) = entry.quantities
        words = reason.split(" ")
        for position, word in enumerate(words):
            if word.rstrip(":,") == meter:
                words[position] = "{}" + word[len(meter) :]
                reason = " ".join(words)
                break
    is_clause = reason.endswith(CLAUSES)
    return (entry.model, entry.seller, reason, entry.source if is_clause else None)
