"""The catalogue: price any response, find cards, and offer one model at all its sellers."""

from __future__ import annotations

import os

from pricing.cards.ids import resolve
from pricing.errors import CardError, NoExchangeRate, RatingError, UsageError, did_you_mean
from pricing.instants import day, instant, now, short
from pricing.money import ZERO, Money, decimal, divide, multiply
from pricing.rating.cost import Cost, together
from pricing.rating.quote import PLAIN, Flags
from pricing.rating.rate import rate_one
from pricing.usage.read import read_usage
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime
    from decimal import Decimal
    from typing import Any

    from pricing.cards.book import CardBook
    from pricing.cards.ids import Resolved
    from pricing.cards.model import RateCard
    from pricing.rating.account import Account
    from pricing.rating.cost import Assumed

_PACKAGE = os.path.dirname(__file__)


def load_catalog(*folders: str | os.PathLike[str], shipped: bool = True) -> Catalog:
    """Give the shipped cards with your own folders laid over them, in order.

    With ``shipped=False`` the folders stand alone and need a vocabulary.yaml.

    Raises:
        CardError: with every fault of every file.
    """
    book = shipped_book() if shipped else None
    if folders:
        from pathlib import Path

        from pricing.cards.build import build_book

        book = build_book(*((Path(f), os.fspath(f)) for f in folders), base=book)
    if book is None:
        raise CardError("no cards: give a folder, or take the shipped ones")
    return Catalog(book)


def shipped_book() -> CardBook:
    """Give the shipped cards from their snapshot; a checkout renews a stale one."""
    from pricing.cards.snapshot import read_snapshot

    snapshot = os.path.join(_PACKAGE, "_snapshot")
    ratecards = os.path.join(os.path.dirname(_PACKAGE), "ratecards")
    # an installed package carries its cards inside; a folder of that name beside it is a stranger's
    if os.path.isdir(os.path.join(_PACKAGE, "ratecards")) or not os.path.isdir(ratecards):
        return read_snapshot(snapshot)
    from pricing.cards.snapshot import is_fresh, write_snapshot

    if not is_fresh(snapshot, ratecards):
        from pathlib import Path

        try:
            write_snapshot(Path(ratecards), Path(snapshot))
        except OSError:
            from pricing.cards.build import build_book

            return build_book((Path(ratecards), "ratecards"))
    return read_snapshot(snapshot)


class Catalog:
    """Cards, and everything that is asked of them."""

    def __init__(self, book: CardBook) -> None:
        self.book = book
        self._resolved: dict[tuple[str, str | None], Resolved] = {}

    @property
    def digest(self) -> str:
        """The fingerprint of every card, as each cost carries it."""
        return self.book.digest

    def card(self, name: str) -> RateCard:
        """Give a card by SELLER/MODEL, or by the maker's bare id.

        Raises:
            UnknownModel, UnknownSeller: there is none; with the nearest name.
        """
        return self.resolve(name).card

    def cards(self, seller: str | None = None) -> Iterator[RateCard]:
        """Give all cards, or those of one seller."""
        return self.book.cards(seller)

    def resolve(self, model: str, seller: str | None = None) -> Resolved:
        """Give what a model id means: card, attributes, and whether the seller was assumed."""
        found = self._resolved.get((model, seller))
        if found is None:
            found = resolve(self.book, model, seller)
            if len(self._resolved) < 10_000:
                self._resolved[model, seller] = found
        return found

    def cost(
        self,
        response: object,
        *,
        model: str | None = None,
        seller: str | None = None,
        at: str | date | datetime | int | None = None,
        shape: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        account: Account | None = None,
        estimates: bool = False,
        strict_dates: bool = False,
        partial: bool = False,
    ) -> Cost:
        """Give the exact, itemised cost of a response or usage object, dict or SDK object.

        ``model``, ``seller`` and ``at`` replace what the record says. Without any instant the
        call is priced now, and ``Cost.assumed`` says so. A number is microseconds since 1970,
        UTC. ``attributes`` are what neither the record nor its id tells, such as
        ``{"endpoint": "regional"}``. The others are those of ``rate``.

        Raises:
            UsageError: it cannot be read.
            RatingError: it has no price; see its subclasses.
        """
        if response.__class__ is not dict and isinstance(response, Usage):
            usages: tuple[Usage, ...] = (response.replace(),)
        else:
            usages = read_usage(response, shape)
        when = None if at is None else _when(at)
        flags = Flags(estimates, strict_dates) if estimates or strict_dates else PLAIN
        first = usages[0]
        if first.free is not None and first.model is None and model is None:
            raise UsageError(f"nothing is billed here: {first.free}")
        for name in attributes or ():
            try:
                self.book.vocabulary.attribute(name)
            except ValueError as error:
                what, _, remedy = str(error).partition("\n")
                raise UsageError(what, remedy=remedy) from None
        if len(usages) == 1:
            return self._cost(first, model, seller, when, attributes, flags, account, partial)
        costs = []
        for usage in usages:
            named = model if usage.model == first.model else None
            costs.append(
                self._cost(usage, named, seller, when, attributes, flags, account, partial)
            )
            if account is not None:
                account = account.after(costs[-1].drawn)
        try:
            return together(costs)
        except ValueError as error:
            raise NoExchangeRate(str(error)) from None

    def _cost(
        self,
        usage: Usage,
        model: str | None,
        seller: str | None,
        at: int | None,
        attributes: Mapping[str, Any] | None,
        flags: Flags,
        account: Account | None,
        partial: bool,
    ) -> Cost:
        card, assumed = self.locate(usage, model, seller, at)
        if attributes:
            usage.attributes = {**attributes, **usage.attributes}
        status = usage.status
        if usage.free is not None or (status is not None and not card.provider.bills(status)):
            return Cost(card.provider.currency, [], ZERO, (usage,), assumed=assumed)
        return rate_one(usage, card, flags, account, partial, assumed=assumed)

    def locate(
        self,
        usage: Usage,
        model: str | None = None,
        seller: str | None = None,
        at: int | None = None,
    ) -> tuple[RateCard, Assumed]:
        """Give the card of a usage, and the seller and instant that had to be assumed.

        The usage gets its instant, and the attributes that its model id tells.

        Raises:
            UsageError: it names no model.
            UnknownModel, UnknownSeller: no card has the id.
        """
        named = model or usage.model
        if named is None:
            raise UsageError("the usage names no model", remedy="Give the model (--model).")
        seller = seller or usage.seller
        resolved = self._resolved.get((named, seller)) or self.resolve(named, seller)
        assumed_seller = resolved.card.provider.name if resolved.is_assumed else None
        assumed_at = None
        if at is not None:
            usage.at = at
        elif usage.at is None:
            usage.at = assumed_at = now()
        if resolved.attributes:
            usage.attributes = {**resolved.attributes, **usage.attributes}
        return resolved.card, (assumed_seller, assumed_at)

    def offers(self, model: str) -> tuple[RateCard, ...]:
        """Give the cards of one model at every seller, the maker's first.

        Raises:
            UnknownModel: no card has this id.
        """
        wanted = self.canonical(self.resolve(model).card)
        same = [card for card in self.cards() if self.canonical(card) == wanted]
        return tuple(sorted(same, key=lambda c: (c.provider.name != c.publisher, c.name)))

    def canonical(self, card: RateCard) -> str:
        """Give MAKER/MODEL of what a card sells, under the maker's own id."""
        maker = self.book.index.get(card.publisher)
        named = card.wire.get("canonical", card.model)
        model = maker["models"].get(named, named) if maker else named
        return f"{card.publisher}/{model}"

    def convert(self, money: Money, currency: str, at: int) -> tuple[Money, str]:
        """Give a total in another currency, by the dated rate in force, and where that stands.

        Raises:
            NoExchangeRate: there is none between the two on that day.
        """
        if money.currency == currency:
            return money, ""
        known = {money.currency}
        for unit, target, per, price, source in self._exchange(at):
            known |= {unit, target}
            if (unit, target) == (money.currency, currency):
                return Money(divide(multiply(money.amount, price), per), currency), source
            if (target, unit) == (money.currency, currency):
                return Money(divide(multiply(money.amount, per), price), currency), source
        raise NoExchangeRate(
            f"no exchange rate from {money.currency} to {currency} on {day(at)}",
            remedy=did_you_mean(currency, known)
            or "Add a dated rate in currencies.yaml (--cards DIR).",
        )

    def _exchange(self, at: int) -> Iterator[tuple[str, str, Decimal, Decimal, str]]:
        """Give the rates in force: one unit currency costs price / per of the target."""
        for unit, rates in self.book.currencies.items():
            known = sorted((r for r in rates if r["effective"] <= at), key=lambda r: r["effective"])
            for last in {r["currency"]: r for r in known}.values():
                source = f"{last['source']}, {short(last['effective'])}"
                yield unit, last["currency"], decimal(last["per"]), decimal(last["price"]), source
        for name in self.book:
            wire: Mapping[str, Any] = self.book.index[name].get("units", {})
            for unit, rule in wire.items():
                if rule.get("effective", at) <= at:
                    per, price = decimal(rule["per"]), decimal(rule["price"])
                    since = f", {short(rule['effective'])}" if "effective" in rule else ""
                    yield unit, rule["currency"], per, price, f"{rule.get('source', name)}{since}"


def _when(at: str | date | datetime | int) -> int:
    try:
        return instant(at)
    except ValueError as error:
        what, _, remedy = str(error).partition("\n")
        raise RatingError(what, remedy=remedy or None) from None
