"""Rating keys: what decides a price, each with the exact price of one unit of every meter.

A key is a seller, a model's id, an interval of time, a bracket of the context and the values of
attributes. Inside one, cost is quantity × price: whoever holds the usage may add it up by key and
multiply the sums. Where that is not the whole rule there is no price but a reason.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from pricing.cards.conditions import Among
from pricing.cards.tariff import tariff
from pricing.errors import NoRevision, PricingError, RatingError, UsageError
from pricing.instants import FOREVER
from pricing.rating.priced import Priced
from pricing.rating.quote import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pricing.cards.ids import Resolved
    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.catalog import Catalog
    from pricing.rating.priced import Refusal
    from pricing.usage.logs.mapped import Map

    #: seller and model as the usage has them, and what they mean
    Id = tuple[str, str, Resolved]

#: what a usage does not tell, and what makes no difference to a key: no values of their own
NOT_TOLD, ANY = "-", "*"
#: digits of a price and of a sum: their product has 38, which every warehouse holds
PRICE_DIGITS, PRICE_PLACES, COUNT_DIGITS = 18, 15, 19
_MOST_KEYS = 2_000_000


class Key:
    """One rating key; ``prices`` are by meter, a ``Decimal`` or the reason why there is none."""

    __slots__ = ("attributes", "below", "card", "currency", "from_context", "model", "prices",
                 "seller", "since", "until")  # fmt: skip

    def __init__(
        self,
        id: tuple[str, str],
        card: str,
        currency: str,
        attributes: tuple[str, ...],
        interval: tuple[int, int],
        contexts: tuple[int, int | None],
        prices: tuple[Decimal | str, ...],
    ) -> None:
        self.seller, self.model = id
        self.card = card
        self.currency = currency
        #: a value for each mapped attribute, ``NOT_TOLD`` or ``ANY``
        self.attributes = attributes
        self.since, self.until = interval
        #: the first context, and the first after that it does not hold for; None: without end
        self.from_context, self.below = contexts
        self.prices = prices

    def follows(self, other: Key) -> bool:
        """Tell whether this is the other one in the interval after it, at the same prices."""
        return (
            self.since == other.until
            and self.prices == other.prices
            and self.currency == other.currency
        )


class Keys:
    """All rating keys of some ids, under the columns of a mapping."""

    def __init__(self, catalog: Catalog, mapping: Map) -> None:
        if mapping.reported is not None:
            raise UsageError("amounts that were reported are not rated by SQL",
                             remedy="Leave `reported` out.")  # fmt: skip
        if "at" not in mapping.columns:
            raise UsageError("the mapping names no column of the time",
                             remedy="As at: created_at.")  # fmt: skip
        self.catalog = catalog
        self.map = mapping
        self.meters = list(mapping.meters)
        if "requests" in mapping.columns:
            self.meters.append("request")
        vocabulary = catalog.book.vocabulary
        for name in mapping.attributes:
            if vocabulary.attributes[name].number:
                raise UsageError(f"{name} is a number, and keys are of words",
                                 remedy="Leave it out, or fix its value.")  # fmt: skip
        self._fixed = {k: v for k, v in mapping.fixed.items() if k not in ("seller", "model")}
        #: attributes whose default, written out, may differ from one that is left out
        self.ambiguous = set(mapping.attributes) & {
            name
            for provider in catalog.book
            for name in catalog.book.provider(provider).wire.get("defaults", {})
        }

    def all_ids(self, seller: str | None = None) -> Iterator[Id]:
        """Give every card's own id and aliases, by seller, and makers' ids without one."""
        fixed = self.map.fixed.get("seller")
        names = list(self.catalog.book) if (seller or fixed) is None else [seller or fixed or ""]
        for name in names:
            models = self.catalog.book.index[name]["models"]
            if "seller" in self.map.columns:
                yield from self.ids((name, model) for model in models)
            for found in self.ids((fixed or NOT_TOLD, model) for model in models):
                if seller is None or found[2].card.provider.name == seller:
                    yield found

    def ids(self, told: Iterable[tuple[str, str]], lost: list[str] | None = None) -> Iterator[Id]:
        """Give what ids mean; what means nothing goes to ``lost``."""
        from pricing.usage.sellers import seller_of

        fixed = self.map.fixed
        for seller, model in told:
            named = fixed.get("seller") or (None if seller == NOT_TOLD else seller)
            try:
                found = self.catalog.resolve(fixed.get("model", model), seller_of(named))
            except PricingError:
                if lost is not None:
                    lost.append(model if seller == NOT_TOLD else f"{seller}/{model}")
                continue
            yield (
                seller if "seller" in self.map.columns else NOT_TOLD,
                model if "model" in self.map.columns else NOT_TOLD,
                found,
            )

    def of(self, ids: Iterable[Id]) -> list[Key]:
        """Give the keys of some ids, in an order that never varies."""
        found: dict[tuple[Any, ...], list[Key]] = {}
        meant: dict[tuple[str, str], Resolved] = {}
        for seller, model, resolved in ids:
            known = meant.setdefault((seller, model), resolved)
            if known.card.name != resolved.card.name:
                raise RatingError(
                    f"'{model}' is {known.card.name} and {resolved.card.name}",
                    remedy="Map a column to `seller`, or fix it.",
                )
            self.ambiguous |= set(resolved.attributes) & set(self.map.attributes)
        count = 0
        for (seller, model), resolved in meant.items():
            for key in self._keys((seller, model), resolved):
                place = (seller, model, key.attributes, key.from_context, key.below or 1 << 63)
                row = found.setdefault(place, [])
                if row and key.follows(row[-1]):
                    row[-1].until = key.until
                    continue
                row.append(key)
                count += 1
                if count > _MOST_KEYS:
                    remedy = "Give --seller, --ids, or fewer attributes."
                    raise PricingError("too many rating keys", remedy=remedy)
        return [key for place in sorted(found) for key in found[place]]

    def _keys(self, id: tuple[str, str], resolved: Resolved) -> Iterator[Key]:
        card = resolved.card
        for now in _tariffs(card):
            values = [list(self._values(now, name)) for name in self.map.attributes]
            cuts = [] if self.map.aggregate else list(now.cuts)
            starts, ends = [0, *cuts], [*cuts, None]
            for told in product(*values):
                attributes = {**resolved.attributes, **self._fixed}
                named = zip(self.map.attributes, told, strict=True)
                attributes |= {k: v for k, v in named if v not in (NOT_TOLD, ANY)}
                is_plain = all(v in (NOT_TOLD, ANY) for v in told)
                for low, high in zip(starts, ends, strict=True):
                    context = None if self.map.aggregate else low
                    prices = self._prices(now, attributes, context)
                    if low == high or not (is_plain or any(not _is_silent(p) for p in prices)):
                        continue
                    yield Key(id, card.name, now.currency, told, (now.since, now.until),
                              (low, high), tuple(map(_told, prices)))  # fmt: skip

    def _values(self, now: Tariff, name: str) -> Iterator[str]:
        """Give the values of an attribute that a tariff tells apart, or may refuse."""
        attribute = self.catalog.book.vocabulary.attributes[name]
        constraints = [w.constraints[name] for w in now.conditions() if name in w.names]
        if not constraints and attribute.silent:
            yield ANY
            return
        yield NOT_TOLD
        is_ambiguous = name in self.ambiguous
        own = now.card.provider.wire.get("defaults", {})
        if not constraints:
            # every other value is refused
            if is_ambiguous and name not in own and attribute.default is not None:
                yield attribute.default
            return
        known = set(attribute.values or ())
        for each in constraints if attribute.values is None else ():
            assert isinstance(each, Among)
            known |= each.values
        if not is_ambiguous and attribute.default is not None:
            known.discard(attribute.default)
        yield from sorted(known)

    def _prices(
        self, now: Tariff, attributes: Mapping[str, Any], context: int | None
    ) -> list[Decimal | str | Refusal]:
        whole = _not_additive(now)
        quoted = quote(now, attributes, context, now.since)
        found: list[Decimal | str | Refusal] = []
        for meter in self.meters:
            priced = quoted.price(meter)
            if not isinstance(priced, Priced):
                found.append(priced)
            else:
                found.append(whole or _price(priced))
        return found


def _tariffs(card: RateCard) -> Iterator[Tariff]:
    """Give what a card charges by the buyer's contracts, oldest first; gaps are left out."""
    at = card.billing[0]["effective"]
    while at < FOREVER:
        try:
            found = tariff(card, at)
        except NoRevision as error:
            later = [r["effective"] for r in card.billing if r["effective"] > at]
            at = error.until if error.until is not None else min(later, default=FOREVER)
        else:
            yield found
            at = found.until


def _not_additive(now: Tariff) -> str | None:
    """Tell what a tariff charges that depends on more than sums."""
    if now.per_request is not None:
        return "not by SQL: a floor or rounding of each request"
    if now.implied:
        return "not by SQL: a fee of each request"
    if now.windows:
        return "not by SQL: prices by the hour of the day"
    return None


def _price(priced: Priced) -> Decimal | str:
    rule, unit = priced.rate, priced.unit
    if unit is None:
        if rule.pool is not None:
            return f"not by SQL: the allowance {rule.pool}"
        if len(rule.tiers) > 1:
            return "not by SQL: tiers of each request"
        if rule.minimum is not None or rule.increment is not None:
            return "not by SQL: a minimum or increment of each request"
        return "not by SQL: a price without end in decimals"
    if unit != round(unit, PRICE_PLACES) or unit.adjusted() >= PRICE_DIGITS - PRICE_PLACES:
        return f"not by SQL: a price that DECIMAL({PRICE_DIGITS}, {PRICE_PLACES}) cannot hold"
    return unit


def _is_silent(found: Decimal | str | Refusal) -> bool:
    return not isinstance(found, Decimal | str)


def _told(found: Decimal | str | Refusal) -> Decimal | str:
    return found if isinstance(found, Decimal | str) else found.text
