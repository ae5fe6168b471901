"""Rate usage against a card: exact, itemised, and refused where the card has no answer."""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.calendars import period
from pricing.cards.tariff import tariff
from pricing.errors import RatingError, Unpriced
from pricing.money import EXACT, add, decimal, divide, from_scaled, multiply, rounded, to_scaled
from pricing.rating.cost import Cost, Extra, combined
from pricing.rating.priced import Refusal
from pricing.rating.quote import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.model import RateCard
    from pricing.cards.tariff import Tariff
    from pricing.money import Exact
    from pricing.rating.account import Account
    from pricing.rating.cost import Part
    from pricing.rating.priced import Priced
    from pricing.rating.quote import Quote
    from pricing.usage.usage import Quantity, Usage

    Pool = tuple[str, str, str]


def rate(
    usage: Usage,
    card: RateCard,
    *,
    requests: int = 1,
    account: Account | None = None,
    estimates: bool = False,
    partial: bool = False,
) -> Cost:
    """Give what a usage costs on a card, ``requests`` times over.

    With ``partial`` the meters without a price are listed in ``Cost.unpriced`` and left out of
    the total; without it they are an error. Pools draw on ``account``; without one the dearest
    tier applies and the line says so.

    Raises:
        NoRevision: no revision is in force at the usage's instant.
        Unpriced: a meter or a condition has no price on this card.
        RatingError: the usage carries no instant, or an attribute value that is not declared.
    """
    if usage.at is None:
        raise RatingError("the usage carries no instant", remedy="Give `at`.")
    prices = tariff(card, usage.at)
    context = context_tokens(usage, prices) if prices.cuts else None
    quoted = quote(prices, usage.attributes, context, usage.at, estimates)
    lines = quoted.lines
    parts: list[Part] = []
    total = 0
    others: list[tuple[str, Quantity]] = []
    for meter, quantity in usage.meters.items():
        if not quantity:
            continue
        priced = lines.get(meter) or quoted.price(meter)
        scaled = priced.scaled
        if scaled is None or quantity.__class__ is not int:
            others.append((meter, quantity))
            continue
        amount = quantity * requests * scaled
        total += amount
        parts.append((priced, quantity * requests, amount, None, usage, ()))  # type: ignore[arg-type]
    if not (others or usage.unknown or prices.implied or prices.per_request):
        return Cost(prices.currency, parts, total, (usage,))
    return _rest(usage, quoted, parts, total, others, requests, account, partial)


def context_tokens(usage: Usage, prices: Tariff) -> int | None:
    """Give all input of the request in tokens, or None for an aggregate."""
    if usage.context_tokens is not None:
        return usage.context_tokens
    if usage.aggregate:
        return None
    meters = prices.card.provider.book.vocabulary.meters
    total = 0
    for name, quantity in usage.meters.items():
        meter = meters.get(name)
        if meter is not None and meter.side == "input" and meter.unit == "token":
            total += int(quantity)
    return total


def _rest(
    usage: Usage,
    quoted: Quote,
    parts: list[Part],
    total: int | Exact,
    others: list[tuple[str, Quantity]],
    requests: int,
    account: Account | None,
    partial: bool,
) -> Cost:
    """Finish what is more than quantity × price: pools, tiers, minimums, fees per request."""
    prices = quoted.tariff
    refused = [
        Refusal(
            "unknown_counter",
            name,
            f"unknown counter '{name}' ({quantity})",
            None,
            "Name it in a mapping, or report it: it may be billed.",
        )
        for name, quantity in usage.unknown.items()
    ]
    for meter, count in prices.implied:
        if meter not in usage.meters and not usage.aggregate:
            others.append((meter, count))
    drawn: dict[Pool, Decimal] = {}
    for meter, quantity in others:
        priced = quoted.price(meter)
        if isinstance(priced, Refusal):
            refused.append(priced)
            continue
        for part in _tiered(usage, priced, quantity, requests, account, drawn):
            parts.append(part)
            total = combined(total, part[2])
    if refused and not partial:
        raise Unpriced(prices.card.name, refused)
    if prices.per_request is not None and (parts or not refused):
        if usage.aggregate:
            refused.append(
                Refusal("aggregate", "request", "an aggregate cannot tell the floor per request")
            )
            if not partial:
                raise Unpriced(prices.card.name, refused)
        else:
            extras, total = _per_request(usage, prices, total, requests)
            parts += extras
    return Cost(prices.currency, parts, total, (usage,), refused, drawn)


def _tiered(
    usage: Usage,
    priced: Priced,
    quantity: Quantity,
    requests: int,
    account: Account | None,
    drawn: dict[Pool, Decimal],
) -> list[Part]:
    """Give the lines of one meter: increment, then minimum, then pool or tier, then modifiers."""
    rule = priced.rate
    billed = Decimal(quantity)
    if rule.increment is not None:
        billed = rounded(billed, rule.increment, "up")
    if rule.minimum is not None and billed < rule.minimum:
        billed = rule.minimum
    notes: tuple[str, ...] = ()
    if billed != quantity:
        notes = (f"{quantity} counts as {billed:f}",)
    if rule.pool is None:
        if len(rule.tiers) == 1:
            return [_part(priced, multiply(billed, requests), rule.tiers[0][1], usage, notes)]
        return [
            _part(priced, multiply(share, requests), price, usage, notes)
            for share, price in _shares(rule.tiers, Decimal(0), billed)
        ]
    counted, width = _pool_width(priced, billed, usage)
    if account is None:
        price = max(price for _, price in rule.tiers)
        notes += ("allowance not applied",) if len(rule.tiers) > 1 else ()
        return [_part(priced, multiply(billed, requests), price, usage, notes)]
    assert usage.at is not None
    pool = priced.tariff.card.provider.book.provider(rule.seller).wire["pools"][rule.pool]
    key = (rule.seller, rule.pool, period(pool["resets"], pool.get("clock", "UTC"), usage.at))
    start = add(account[key], drawn.get(key, Decimal(0)))
    assert isinstance(start, Decimal)
    width = EXACT.multiply(width, Decimal(requests))
    drawn[key] = EXACT.add(drawn.get(key, Decimal(0)), width)
    all_of_it = EXACT.multiply(billed, Decimal(requests))
    parts = []
    for share, price in _shares(rule.tiers, start, width):
        part_of = all_of_it if not counted else divide(multiply(all_of_it, share), width)
        parts.append(_part(priced, part_of if counted else share, price, usage, notes))
    return parts


def _pool_width(priced: Priced, billed: Decimal, usage: Usage) -> tuple[bool, Decimal]:
    """Tell whether a pool is filled by another meter than the priced one, and by how much."""
    rule = priced.rate
    pool = priced.tariff.card.provider.book.provider(rule.seller).wire["pools"][rule.pool]
    counts = pool.get("counts")
    if counts is None or counts == rule.meter:
        return False, billed
    implied = priced.tariff.card.provider.book.vocabulary.meters[counts].implied
    return True, Decimal(usage.meters.get(counts, implied))


def _shares(
    tiers: tuple[tuple[Decimal | None, Decimal], ...], start: Decimal, width: Decimal
) -> list[tuple[Decimal, Decimal]]:
    """Split the stretch from start to start + width over the tiers: (share, price)."""
    end = EXACT.add(start, width)
    shares = []
    floor = start
    for top, price in tiers:
        upper = end if top is None or top > end else top
        if upper > floor:
            shares.append((EXACT.subtract(upper, floor), price))
            floor = upper
    if floor < end:
        raise RatingError(f"no tier for more than {tiers[-1][0]}")
    return shares


def _part(
    priced: Priced, quantity: Exact, price: Decimal, usage: Usage, notes: tuple[str, ...]
) -> Part:
    amount = multiply(multiply(quantity, price), priced.factor)
    amount = divide(amount, priced.rate.per)
    scaled = to_scaled(amount)
    shown: Quantity = quantity  # type: ignore[assignment]
    if (
        quantity.denominator == 1
        if not isinstance(quantity, Decimal)
        else quantity == int(quantity)
    ):
        shown = int(quantity)
    return (priced, shown, amount if scaled is None else scaled, price, usage, notes)


def _per_request(
    usage: Usage, prices: Tariff, total: int | Exact, requests: int
) -> tuple[list[Part], int | Exact]:
    """Apply a seller's floor and rounding per request, each as a line of its own."""
    rule = prices.per_request
    assert rule is not None
    line = rule.get("line")
    file = prices.card.file if "per_request" in prices.revision else prices.card.provider.file
    source = f"{file}:{line}" if line else file
    amount = from_scaled(total) if isinstance(total, int) else total
    each = divide(amount, requests)
    extras: list[Part] = []

    def extra(name: str, because: str, target: Exact, so_far: Exact) -> Exact:
        change = multiply(add(target, multiply(so_far, -1)), requests)
        if change:
            scaled = to_scaled(change)
            item = Extra(name, because, prices, source)
            extras.append((item, requests, change if scaled is None else scaled, None, usage, ()))
        return target

    if "floor" in rule:
        least = decimal(rule["floor"])
        if each < least:
            each = extra("floor", f"at least {least:f} a request", least, each)
    if "round" in rule:
        quantum, mode = decimal(rule["round"]["to"]), rule["round"]["mode"]
        because = f"rounded {mode} to {quantum:f} a request"
        each = extra("rounding", because, rounded(each, quantum, mode), each)
    amount = multiply(each, requests)
    scaled = to_scaled(amount)
    return extras, amount if scaled is None else scaled
