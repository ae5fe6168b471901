"""Rate usage against a card: exact, itemised, and refused where the card has no answer."""

from __future__ import annotations

from math import ceil

from pricing.cards.tariff import tariff
from pricing.errors import RatingError, Unpriced
from pricing.money import EXACT, ZERO
from pricing.rating.cost import NOTHING, UNDRAWN, Cost, Line
from pricing.rating.quote import PLAIN, Flags, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.rating.account import Account
    from pricing.rating.cost import Assumed
    from pricing.rating.quote import Quote
    from pricing.usage.usage import Quantity, Usage


_plus, _times = EXACT.add, EXACT.multiply
#: quotes that a card keeps beside its tariffs': those that neither size nor hour can change
_MOST_QUOTED = 256


def rate(
    usage: Usage,
    card: RateCard,
    *,
    requests: int = 1,
    account: Account | None = None,
    estimates: bool = False,
    strict_dates: bool = False,
    partial: bool = False,
) -> Cost:
    """Give what a usage costs on a card, ``requests`` times over.

    With ``partial`` the meters without a price are listed in ``Cost.unpriced`` and left out of
    the total; without it they are an error. Pools draw on ``account``; without one the dearest
    tier applies and the line says so. ``strict_dates`` refuses prices whose first day is only
    observed or inferred.

    Raises:
        NoRevision: no revision is in force at the usage's instant.
        Unpriced: a meter or a condition has no price on this card.
        RatingError: the usage carries no instant, an attribute has a value that is not declared,
            or there are fewer than 1 requests.
    """
    if usage.at is None:
        raise RatingError("the usage carries no instant", remedy="Give `at`.")
    if requests.__class__ is not int or requests < 1:
        raise RatingError(f"{requests!r} requests", remedy="A workload is 1 request or more.")
    flags = Flags(estimates, strict_dates) if estimates or strict_dates else PLAIN
    return rate_one(usage, card, flags, account, partial, requests)


def rate_one(
    usage: Usage,
    card: RateCard,
    flags: Flags,
    account: Account | None = None,
    partial: bool = False,
    requests: int = 1,
    assumed: Assumed = NOTHING,
) -> Cost:
    """Give what a usage, which carries its instant, costs: ``rate`` without its checks."""
    quoted = quote_for(usage, card, flags)
    tariff = quoted.tariff
    lines = quoted.lines
    plus, times = _plus, _times
    parts: list[Line] = []
    total = ZERO
    others: list[tuple[str, Quantity]] = []
    for meter, quantity in usage.meters.items():
        if not quantity:
            continue
        priced = lines.get(meter) or quoted.price(meter)
        unit = priced.unit
        if unit is None:
            others.append((meter, quantity))
            continue
        if requests != 1:
            quantity = (
                quantity * requests if isinstance(quantity, int) else times(quantity, requests)
            )
        amount = times(quantity, unit)
        total = plus(total, amount)
        parts.append(Line(priced, quantity, amount, usage))  # type: ignore[arg-type]
    if not (others or usage.unknown or quoted.is_single):
        return Cost(tariff.currency, parts, total, (usage,), (), UNDRAWN, assumed)
    from pricing.rating.stages import Request

    request = Request(usage, quoted, requests, account, parts, total)
    request.finish(others)
    if request.refused and not partial:
        raise Unpriced(card.name, request.refused)
    return Cost(
        tariff.currency,
        parts,
        request.total,
        (usage,),
        tuple(request.refused),
        request.drawn,
        assumed,
    )


def quote_for(usage: Usage, card: RateCard, flags: Flags = PLAIN) -> Quote:
    """Give the quote of the rating key that a usage, which carries its instant, falls in.

    Raises:
        NoRevision: no revision is in force at the usage's instant.
        RatingError: an attribute has a value that is not declared.
    """
    at = usage.at
    assert at is not None
    key = (flags.key, *usage.attributes.items())
    try:
        known = card.quoted.get(key)
    except TypeError:
        known, key = None, ()
    if known is not None and known.tariff.since <= at < known.tariff.until:
        first, context = known.from_context, usage.context_tokens
        if first is None or (context is not None and first <= context < known.to_context):
            return known  # type: ignore[no-any-return]
    prices = tariff(card, at)
    context = context_tokens(usage, prices) if prices.cuts else None
    found = quote(prices, usage.attributes, context, at, flags)
    if key and not prices.windows and len(card.quoted) < _MOST_QUOTED:
        card.quoted[key] = found
    return found


def context_tokens(usage: Usage, prices: Tariff) -> int | None:
    """Give all input of the request in tokens, or None for an aggregate."""
    if usage.context_tokens is not None:
        return usage.context_tokens
    if usage.aggregate:
        return None
    meters = prices.card.provider.book.vocabulary.meters
    total: Quantity = 0
    for name, quantity in usage.meters.items():
        meter = meters.get(name)
        if meter is not None and meter.side == "input" and meter.unit == "token":
            total = total + quantity if isinstance(quantity, int) else _plus(total, quantity)
    return ceil(total)
