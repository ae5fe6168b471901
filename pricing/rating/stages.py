"""The stages of rating that are more than quantity × price.

Increment → minimum → pool or tier → × modifiers → sum → floor and rounding per request.
Meters are taken in the order of their names, so that who draws first on a shared pool or tier does
not depend on the order in which they were counted.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.calendars import period
from pricing.money import EXACT, ZERO, add, divide, multiply, rounded, text
from pricing.rating.cost import Extra, Line
from pricing.rating.priced import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cards.clauses import Rate
    from pricing.money import Exact
    from pricing.rating.account import Account
    from pricing.rating.priced import Priced
    from pricing.rating.quote import Quote
    from pricing.usage.usage import Quantity, Usage

    Pool = tuple[str, str, str]
    Share = tuple[Decimal, Decimal]


class Request:
    """One request (``requests`` equal ones) on its way to a cost."""

    def __init__(
        self,
        usage: Usage,
        quote: Quote,
        requests: int,
        account: Account | None,
        parts: list[Line],
        total: Exact,
    ) -> None:
        self.usage = usage
        self.quote = quote
        self.requests = requests
        self.account = account
        self.parts = parts
        self.total = total
        self.refused: list[Refusal] = []
        #: what the request draws on the account's pools
        self.drawn: dict[Pool, Decimal] = {}
        #: how far the tiers of a rate without a pool are filled
        self._filled: dict[int, Decimal] = {}
        self._counted: set[Pool] = set()

    def finish(self, others: Iterable[tuple[str, Quantity]]) -> None:
        """Rate what is left, the fees that every request implies, and the seller's rounding."""
        for name, quantity in self.usage.unknown.items():
            text = f"unknown counter '{name}' ({quantity})"
            remedy = "It may be billed: name it in a mapping, or report it."
            self.refused.append(Refusal("unknown_counter", name, text, None, remedy))
        left = list(others)
        for meter, count in self.quote.tariff.implied:
            if meter not in self.usage.meters:
                if self.usage.aggregate:
                    self._refuse_aggregate(meter, f"the number of {meter}s")
                else:
                    left.append((meter, count))
        for meter, quantity in sorted(left):
            priced = self.quote.price(meter)
            if isinstance(priced, Refusal):
                self.refused.append(priced)
            else:
                self._rate(priced, quantity)
        if self.quote.tariff.per_request is not None and not self.refused:
            if self.usage.aggregate:
                self._refuse_aggregate("request", "the floor or rounding of each request")
            else:
                self._per_request()

    def _refuse_aggregate(self, meter: str, what: str) -> None:
        text = f"an aggregate cannot tell {what}"
        self.refused.append(Refusal("aggregate", meter, text, None, "Price single requests."))

    def _rate(self, priced: Priced, quantity: Quantity) -> None:
        rule = priced.rate
        is_stepped = rule.increment is not None or rule.minimum is not None
        has_tiers = rule.pool is None and len(rule.tiers) > 1
        if self.usage.aggregate and (is_stepped or has_tiers):
            self._refuse_aggregate(priced.meter, f"the {priced.meter} of each request")
            return
        billed = _stepped(rule, Decimal(quantity))
        notes = (f"{quantity} counts as {billed:f}",) if billed != quantity else ()
        if rule.pool is None:
            self._by_tier(priced, billed, notes)
        elif self.account is None:
            self._without_account(priced, billed, notes)
        else:
            self._from_pool(priced, billed, notes, self.account)

    def _by_tier(self, priced: Priced, billed: Decimal, notes: tuple[str, ...]) -> None:
        """Fill the tiers of one request, together with the other meters of the same rate."""
        # the tiers, which the copies of a rate that is passed on have in common
        tiers = id(priced.rate.tiers)
        start = self._filled.get(tiers, ZERO)
        shares = self._shares(priced, start, billed)
        self._filled[tiers] = EXACT.add(start, billed)
        for share, price in shares:
            self._add(priced, multiply(share, self.requests), price, notes)

    def _without_account(self, priced: Priced, billed: Decimal, notes: tuple[str, ...]) -> None:
        tiers = priced.rate.tiers
        if len(tiers) > 1:
            notes += ("allowance not applied",)
        price = max(price for _, price in tiers)
        self._add(priced, multiply(billed, self.requests), price, notes)

    def _from_pool(
        self, priced: Priced, billed: Decimal, notes: tuple[str, ...], account: Account
    ) -> None:
        """Fill the tiers from where the account's period stands."""
        rule = priced.rate
        assert self.usage.at is not None
        assert rule.pool is not None
        book = priced.tariff.card.provider.book
        pool = book.provider(rule.seller).wire["pools"][rule.pool]
        key = (rule.seller, rule.pool, period(pool["resets"], pool["clock"], self.usage.at))
        counts = pool.get("counts", rule.meter)
        if counts == rule.meter:
            # what the pool is said to count is counted once, also beside other meters
            is_counted = "counts" in pool and priced.meter == counts
            is_drawn = is_counted and key in self._counted
            start = EXACT.add(account[key], ZERO if is_drawn else self.drawn.get(key, ZERO))
            width = EXACT.multiply(billed, Decimal(self.requests))
            if not is_drawn:
                self._draw(key, width)
            if is_counted:
                self._counted.add(key)
            for share, price in self._shares(priced, start, width):
                self._add(priced, share, price, notes)
            return
        each = self.usage.meters.get(counts, book.vocabulary.meters[counts].implied)
        if not each:
            text = f"pool {rule.pool} counts {counts}, which the usage does not tell"
            self.refused.append(Refusal("pool", priced.meter, text, rule.source))
            return
        width = EXACT.multiply(Decimal(each), Decimal(self.requests))
        whole = EXACT.multiply(billed, Decimal(self.requests))
        for share, price in self._shares(priced, account[key], width):
            self._add(priced, divide(multiply(whole, share), width), price, notes)
        if key not in self._counted:
            self._counted.add(key)
            self._draw(key, width)

    def _draw(self, key: Pool, width: Decimal) -> None:
        self.drawn[key] = EXACT.add(self.drawn.get(key, ZERO), width)

    def _shares(self, priced: Priced, start: Decimal, width: Decimal) -> list[Share]:
        """Split the stretch from start to start + width over the tiers: (share, price)."""
        end = EXACT.add(start, width)
        shares = []
        floor = start
        for top, price in priced.rate.tiers:
            upper = end if top is None or top > end else top
            if upper > floor:
                shares.append((EXACT.subtract(upper, floor), price))
                floor = upper
        if floor < end:
            text = f"no tier of {priced.meter} goes beyond {priced.rate.tiers[-1][0]}"
            self.refused.append(Refusal("no_tier", priced.meter, text, priced.rate.source))
            return []
        return shares

    def _add(self, priced: Priced, quantity: Exact, price: Decimal, notes: tuple[str, ...]) -> None:
        amount = divide(multiply(multiply(quantity, price), priced.factor), priced.rate.per)
        shown: Any = quantity
        if quantity == int(quantity):
            shown = int(quantity)
        self.parts.append(Line(priced, shown, amount, self.usage, price, notes))
        self.total = add(self.total, amount)

    def _per_request(self) -> None:
        """Apply a seller's floor and rounding per request, each as a line of its own."""
        prices = self.quote.tariff
        rule = prices.per_request
        assert rule is not None
        source = str(rule.source)
        passed_on = "" if rule.multiply == 1 else f", passed on x {text(rule.multiply)}"
        each = divide(self.total, self.requests)

        def step(name: str, because: str, target: Exact) -> Exact:
            change = multiply(add(target, multiply(each, -1)), self.requests)
            if change:
                extra = Extra(name, because, prices, source)
                self.parts.append(Line(extra, self.requests, change, self.usage))
                self.total = add(self.total, change)
            return target

        if rule.floor is not None and each < rule.floor:
            each = step("floor", f"at least {rule.floor:f} a request{passed_on}", rule.floor)
        if rule.to is not None:
            because = f"rounded {rule.mode} to {rule.to:f} a request{passed_on}"
            each = step("rounding", because, rounded(each, rule.to, rule.mode))


def _stepped(rule: Rate, quantity: Decimal) -> Decimal:
    """Round up to the increment, then to the minimum."""
    if rule.increment is not None:
        quantity = rounded(quantity, rule.increment, "up")
    if rule.minimum is not None and quantity < rule.minimum:
        quantity = rule.minimum
    return quantity
