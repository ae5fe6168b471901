"""A quote: the unit price of every meter in one context, with the reasons.

Worked out meter by meter as asked for, and kept: it is what makes rating fast.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from pricing.cards.calendars import CalendarEnds, is_inside
from pricing.cards.clauses import Rate
from pricing.cards.conditions import CONTEXT, WINDOW, Undetermined
from pricing.cards.tariff import listed
from pricing.errors import NoRevision, RatingError, did_you_mean
from pricing.rating.priced import Priced, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.cards.clauses import Modifier, Unprice
    from pricing.cards.tariff import Tariff

_MOST_QUOTES = 4096


class Flags:
    """What the caller allows: estimates, and prices whose first day is observed or inferred."""

    __slots__ = ("estimates", "key", "strict_dates")

    def __init__(self, estimates: bool = False, strict_dates: bool = False) -> None:
        self.estimates = estimates
        self.strict_dates = strict_dates
        self.key = 2 * strict_dates + estimates


PLAIN = Flags()


class Quote:
    """The prices of one tariff in one context; the context stands for all with the same key."""

    __slots__ = (
        "at",
        "attributes",
        "context",
        "flags",
        "from_context",
        "is_single",
        "lines",
        "notes",
        "tariff",
        "to_context",
        "values",
    )

    def __init__(
        self,
        tariff: Tariff,
        attributes: Mapping[str, Any],
        context: int | None,
        at: int,
        flags: Flags,
    ) -> None:
        self.tariff = tariff
        self.attributes = attributes
        self.context = context
        self.at = at
        self.flags = flags
        #: requests are rated one by one, whatever their meters
        self.is_single = bool(tariff.implied or tariff.per_request)
        #: the first context that it stands for (None: any), and the first after that it does not
        self.from_context, self.to_context = tariff.between(context)
        self.lines: dict[str, Priced | Refusal] = {}
        #: why an attribute has no value, where there is more to say
        self.notes: dict[str, str] = {}
        self.values = self._values()

    def _values(self) -> dict[str, Any]:
        vocabulary = self.tariff.card.provider.book.vocabulary
        values: dict[str, Any] = dict(self.tariff.defaults)
        for name, value in self.attributes.items():
            if name not in vocabulary.attributes:
                continue
            attribute = vocabulary.attributes[name]
            if value is None:
                continue
            if isinstance(value, str) and value in attribute.same_as_default:
                continue
            try:
                values[name] = vocabulary.read(name, value)
            except ValueError as error:
                what, _, remedy = str(error).partition("\n")
                raise RatingError(what, remedy=remedy or None) from None
        values[CONTEXT] = self.context
        for window in self.tariff.windows:
            try:
                calendars = self.tariff.card.provider.book.calendars
                inside = is_inside(window[len(WINDOW) :], self.at, calendars)
                values[window] = "yes" if inside else "no"
            except CalendarEnds as error:
                values[window] = None
                self.notes[window] = str(error)
        return values

    def price(self, meter: str) -> Priced | Refusal:
        """Give the price of a meter, or why there is none."""
        found = self.lines.get(meter)
        if found is None:
            try:
                found = self._price(meter)
            except Undetermined as missing:
                from pricing.rating.refusals import undetermined

                found = undetermined(self, meter, missing.attribute)
            self.lines[meter] = found
        return found

    def _price(self, meter: str) -> Priced | Refusal:
        tariff = self.tariff
        vocabulary = tariff.card.provider.book.vocabulary
        if meter not in vocabulary.meters:
            hint = did_you_mean(meter, vocabulary.meters)
            remedy = " ".join(filter(None, ["pricing cards show lists meters.", hint]))
            return Refusal("unknown_meter", meter, f"unknown meter '{meter}'", None, remedy)
        assumptions: list[str] = []
        asked = meter
        if meter in tariff.assume and not self._has_rate(meter):
            asked = tariff.assume[meter]
            assumptions.append(f"{meter} without a kind is {asked}")
        winner = self._winner(asked, tariff.negotiated)
        blocked = self._unpriced(meter, asked, winner)
        if blocked is not None:
            return blocked
        if winner is None:
            winner = self._winner(asked, tariff.rates)
        if winner is None:
            from pricing.rating.refusals import no_rate

            return no_rate(self, meter)
        if isinstance(winner, Refusal):
            return winner
        if winner.source.contract is not None:
            assumptions.append(f"contract {winner.source.contract}")
        applied = self._modifiers(asked, winner)
        unsure = self._unsure(meter, winner, applied)
        if unsure is not None:
            return unsure
        return self._answered(meter, winner, applied, assumptions)

    def _unsure(
        self, meter: str, winner: Rate, applied: list[tuple[Modifier, Decimal]]
    ) -> Refusal | None:
        """Refuse a price of low confidence or soft date where the caller did not ask for it."""
        confidence = _confidence(winner, applied)
        if confidence is not None and not self.flags.estimates:
            text = f"the price of {meter} is of {confidence} confidence"
            return Refusal("unsure", meter, text, winner.source, "Ask for it with --estimates.")
        soft = self._soft(winner, applied)
        if soft and self.flags.strict_dates:
            text = f"the price of {meter} has an {soft[0]}"
            remedy = "Leave out --strict-dates to use it."
            return Refusal("soft_date", meter, text, winner.source, remedy)
        return None

    def _soft(self, winner: Rate, applied: list[tuple[Modifier, Decimal]]) -> list[str]:
        """Give what is said of the first and the last day of a price, each once."""
        clauses: list[Rate | Modifier] = [winner, *(modifier for modifier, _ in applied)]
        # within the tariff's interval the same is said of a date
        at = self.tariff.since
        said = [text for c in clauses for text, since, until in c.soft if since <= at < until]
        return list(dict.fromkeys(said))

    def _has_rate(self, meter: str) -> bool:
        chain = self.tariff.card.provider.book.vocabulary.chains[meter]
        return any(path in self.tariff.rates or path in self.tariff.negotiated for path in chain)

    def _winner(self, meter: str, layer: Mapping[str, list[Rate]]) -> Rate | Refusal | None:
        """Give the fitting rate whose reach lies inside every other's."""
        chains = self.tariff.card.provider.book.vocabulary.chains
        fits = [
            rate
            for path in chains[meter]
            for rate in layer.get(path, ())
            if rate.when.holds(self.values)
        ]
        if len(fits) <= 1:
            return fits[0] if fits else None
        for rate in fits:
            if all(
                other is rate
                or (other.meter in chains[rate.meter] and rate.when.inside(other.when))
                for other in fits
            ):
                return rate
        listed = " and ".join(str(rate.source) for rate in fits)
        return Refusal("overlap", meter, f"rates overlap for {meter}: {listed}")

    def _unpriced(
        self, meter: str, asked: str, negotiated: Rate | Refusal | None
    ) -> Priced | Refusal | None:
        """Give the refusal of a clause that holds, unless a negotiated rate answers just that.

        A count without a kind is refused where the kind that it is taken for is.
        """
        for clause in self.tariff.unpriced:
            if isinstance(negotiated, Rate) and negotiated.when.inside(clause.when):
                continue
            if (clause.reaches(meter) or clause.reaches(asked)) and self._blocks(clause):
                if clause.estimate is not None and self.flags.estimates:
                    return self._estimate(meter, clause)
                from pricing.rating.refusals import unpriced

                return unpriced(self.tariff, meter, clause)
        return None

    def _blocks(self, clause: Unprice) -> bool:
        try:
            return clause.when.holds(self.values)
        except Undetermined as missing:
            # what was billed was served: a request too long to be sold is in no aggregate
            if clause.because == "not_offered" and missing.attribute == CONTEXT:
                return False
            raise

    def _estimate(self, meter: str, clause: Unprice) -> Priced | Refusal:
        assert clause.estimate is not None
        card = self.tariff.card.provider.book.card(clause.estimate["follows"])
        asked = meter
        for path, other in clause.estimate.get("as", {}).items():
            if meter == path:
                asked = other
        try:
            prices = listed(card, self.at)
            followed = quote(prices, self.attributes, self.context, self.at, self.flags)
        except NoRevision as error:
            return Refusal("no_revision", meter, str(error.what), clause.source, error.remedy)
        found = followed.price(asked)
        if isinstance(found, Refusal):
            return Refusal(found.code, meter, found.text, found.source, found.remedy)
        reason = f"estimate: {clause.because} by {self.tariff.card.provider.name}, as {card.name}"
        if asked != meter:
            reason += f" {asked}"
        rate = found.rate
        if clause.multiply is not None:
            rate = rate.passed_on(clause.multiply, {})
        return Priced(meter, rate, found.applied, self.tariff, found.assumptions, reason)

    def _modifiers(self, meter: str, winner: Rate) -> list[tuple[Modifier, Decimal]]:
        """Give the modifiers that hold, reach the meter and are not spent by the rate itself."""
        unit = self.tariff.card.provider.book.vocabulary.meters[meter].unit
        applied = []
        for modifier in self.tariff.modifiers:
            factor = modifier.factor_for(meter, unit)
            if factor is None or self._is_spent(modifier, winner):
                continue
            if modifier.when.holds(self.values):
                applied.append((modifier, factor))
        return applied

    def _is_spent(self, modifier: Modifier, winner: Rate) -> bool:
        """Tell whether the rate names what the modifier asks; a contract's is on top of others'."""
        if modifier.source.contract not in (None, winner.source.contract):
            return False
        return not modifier.when.names.isdisjoint(winner.when.names)

    def _answered(
        self,
        meter: str,
        winner: Rate,
        applied: list[tuple[Modifier, Decimal]],
        assumptions: list[str],
    ) -> Priced | Refusal:
        """Check that the clauses may meet, and that no condition of the request goes unanswered."""
        clash = self._clash(meter, winner, applied)
        if clash is not None:
            return clash
        answered = set(winner.when.names).union(*(m.when.names for m, _ in applied))
        vocabulary = self.tariff.card.provider.book.vocabulary
        is_token = vocabulary.meters[meter].unit == "token"
        for name, attribute in vocabulary.attributes.items():
            value = self.values[name]
            if value is None or attribute.silent or value == self.tariff.defaults[name]:
                continue
            if name in answered or (not is_token and self._named_anywhere(name)):
                continue
            text = f"{self.tariff.card.name} says nothing about {name}={value}"
            remedy = "A card or contract of yours may (--cards DIR)."
            return Refusal("silent", meter, f"{text} for {meter}", None, remedy)
        for modifier, _ in applied:
            if modifier.source.contract is not None:
                assumptions.append(f"contract {modifier.source.contract}")
        assumptions += self._soft(winner, applied)
        if winner.unverified or any(modifier.unverified for modifier, _ in applied):
            assumptions.append("unverified")
        estimate = None
        unsure = _confidence(winner, applied)
        if unsure is not None:
            estimate = f"estimate: a price of {unsure} confidence"
        return Priced(meter, winner, tuple(applied), self.tariff, tuple(assumptions), estimate)

    def _clash(
        self, meter: str, winner: Rate, applied: list[tuple[Modifier, Decimal]]
    ) -> Refusal | None:
        names = [m.name for m, factor in applied if factor != 1 and m.source.contract is None]
        if winner.source.contract is None and self._overrides(winner):
            names.append(winner.name or f"the rate at {winner.source}")
        if len(names) < 2 or any(set(names) <= stack for stack in self.tariff.stacks):
            return None
        text = f"nobody publishes a price for {' with '.join(names)} on {meter}"
        remedy = "A contract may give that price (--cards DIR)."
        return Refusal("not_stacked", meter, text, None, remedy)

    def _overrides(self, winner: Rate) -> bool:
        """Tell whether a conditional rate stands inside a wider one, so that it changes a price."""
        if not winner.when.names:
            return False
        chains = self.tariff.card.provider.book.vocabulary.chains
        return any(
            other is not winner and winner.when.inside(other.when)
            for path in chains[winner.meter]
            for other in self.tariff.rates.get(path, ())
        )

    def _named_anywhere(self, name: str) -> bool:
        """Tell whether some clause of the card that holds here names the attribute."""
        clauses: list[Any] = list(self.tariff.modifiers)
        for rates in self.tariff.rates.values():
            clauses += rates
        for clause in clauses:
            if name in clause.when.names:
                try:
                    if clause.when.holds(self.values):
                        return True
                except Undetermined:
                    continue
        return False


def _confidence(winner: Rate, applied: list[tuple[Modifier, Decimal]]) -> str | None:
    return winner.confidence or next((m.confidence for m, _ in applied if m.confidence), None)


def quote(
    tariff: Tariff,
    attributes: Mapping[str, Any],
    context: int | None,
    at: int,
    flags: Flags = PLAIN,
) -> Quote:
    """Give the quote for a context; those with the same rating key share one.

    ``context`` is all input of the one billed request in tokens, None for an aggregate.

    Raises:
        RatingError: an attribute has a value that the vocabulary does not declare.
    """
    key: tuple[Any, ...] = (tuple(attributes.items()), flags.key)
    if tariff.cuts:
        key += (-1 if context is None else bisect_right(tariff.cuts, context),)
    if tariff.windows:
        key += _windows(tariff, at)
    try:
        found = tariff.quotes.get(key)
    except TypeError:
        # a list or object under a key: a label unless the vocabulary declares it
        vocabulary = tariff.card.provider.book.vocabulary
        declared = {k: v for k, v in attributes.items() if vocabulary.is_declared(k)}
        if len(declared) < len(attributes):
            return quote(tariff, declared, context, at, flags)
        return Quote(tariff, attributes, context, at, flags)
    if found is None:
        if len(tariff.quotes) >= _MOST_QUOTES:
            tariff.quotes.clear()
        found = tariff.quotes[key] = Quote(tariff, attributes, context, at, flags)
    return found


def _windows(tariff: Tariff, at: int) -> tuple[bool | None, ...]:
    calendars = tariff.card.provider.book.calendars
    told: list[bool | None] = []
    for window in tariff.windows:
        try:
            told.append(is_inside(window[len(WINDOW) :], at, calendars))
        except CalendarEnds:
            told.append(None)
    return tuple(told)
