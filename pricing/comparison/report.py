"""The comparison as a report: models or sellers in rows, ranked, with what else was asked."""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.tariff import tariff
from pricing.catalog import Catalog
from pricing.comparison.charts import charts_of
from pricing.comparison.document import checked_day, comparison_document, reasons_of
from pricing.errors import RatingError
from pricing.instants import iso
from pricing.money import Money, divide, multiply, text
from pricing.rating.priced import Refusal
from pricing.rating.quote import quote
from pricing.rating.rate import context_tokens
from pricing.render import Column, Report, Table, Text, Word
from pricing.render.figures import figure_text, table_texts
from pricing.render.plain import longest_piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.comparison.ranking import CacheBreakEven, Comparison, Offer
    from pricing.money import Exact
    from pricing.rating.priced import Priced

_MILLION = 1_000_000
_MOST_PRICES = 4
_MOST_PLACES = 10
_WIDTH = 80
#: so many offers with one reason are named together
_MANY = 3


def comparison_report(found: Comparison) -> Report:
    """Give the report of a comparison: by seller where all offers sell one model."""
    names = _Names(found)
    places = _places(found)
    meters = _meters(found) if names.by_seller else []
    table = _table(found, names, meters, places)
    left_out: list[str] = []
    while meters and _width(table) > _WIDTH:
        left_out.insert(0, meters.pop())
        table = _table(found, names, meters, places)
    return Report(
        "compare",
        _headline(found, names, places),
        [*charts_of(found, names.name, places), table, *_break_evens(found)],
        notes=_notes(found, names) + _left_out(left_out),
        document=comparison_document(found),
        problems=_problems(found) if not found.ranked else (),
    )


def _left_out(meters: list[str]) -> list[str]:
    return [f"no room for the price of {', '.join(meters)}"] if meters else []


class _Names:
    """What tells the offers apart: the seller of one model, the model of one seller, or both."""

    def __init__(self, found: Comparison) -> None:
        products = {Catalog(o.card.provider.book).canonical(o.card) for o in found.offers}
        self.by_seller = len(products) == 1 and len(found.offers) > 1
        sellers = [offer.card.provider.name for offer in found.offers]
        self.one_seller = len(set(sellers)) == 1
        #: sellers of several ids of the one model
        self.several = {name for name in sellers if sellers.count(name) > 1}

    def name(self, offer: Offer) -> str:
        told = ", ".join(offer.attributes.values())
        return self._name(offer) + (f" ({told})" if told else "")

    def _name(self, offer: Offer) -> str:
        seller = offer.card.provider.name
        if self.by_seller and seller not in self.several:
            return seller
        return offer.card.model if self.one_seller else offer.card.name


def _table(found: Comparison, names: _Names, meters: list[str], places: int) -> Table:
    currency = found.currency or "USD"
    code = currency.lower()
    columns = [
        Column("seller" if names.by_seller else "card", _label(names), "name"),
        Column(f"cost_{code}", f"Cost {currency}", "money", places),
        Column("ratio", "Ratio", "ratio"),
    ]
    for variant in found.variants:
        _, _, value = variant.rpartition("=")
        title = f"{value.replace('-', ' ').capitalize()} {currency}"
        columns.append(Column(f"{value.replace('-', '_')}_{code}", title, "money", places))
    columns += [Column(f"{m}_per_1m", m, "money") for m in meters]
    if names.by_seller:
        columns.append(Column("checked", "Checked", "number"))
    rows = []
    for offer in found.offers:
        row: list[Any] = [names.name(offer), _amount(offer), offer.ratio]
        row += [_amount(offer.variants[variant]) for variant in found.variants]
        row += [_price(found, offer, meter) for meter in meters]
        if names.by_seller:
            row.append(checked_day(offer.card.revisions) or "")
        rows.append(row)
    return Table(columns, rows)


def _label(names: _Names) -> str:
    return "Seller" if names.by_seller else "Model"


def _amount(offer: Offer) -> Any:
    if offer.total is not None:
        return offer.total.amount
    return Word("unpriced" if offer.cost is None else "no rate", "missing")


def _width(table: Table) -> int:
    """Give how wide the table is at least, however its words are broken."""
    texts = table_texts(table)
    widths = [
        max([longest_piece(column.title), *(len(row[position]) for row in texts)])
        for position, column in enumerate(table.columns)
    ]
    return sum(widths) + 2 * (len(widths) - 1)


def _places(found: Comparison) -> int:
    """Two places for sums of some size; small ones are shown exactly, or with four digits."""
    amounts: list[Exact] = [o.total.amount for o in found.ranked if o.total is not None]
    places = 2
    shown: Exact = min((amount for amount in amounts if amount), default=Decimal(1))
    if shown * 10 >= 1:
        return places
    while shown < 1000 and places < _MOST_PLACES:
        shown, places = multiply(shown, 10), places + 1
    digits = [len(text(amount).partition(".")[2]) for amount in amounts]
    return max(2, min(places, max(digits)))


def _headline(found: Comparison, names: _Names, places: int) -> str:
    best = found.cheapest
    if best is None or best.total is None:
        count = len(found.offers)
        if any(offer.cost is not None for offer in found.offers):
            return f"Not ranked: no exchange rate to {found.currency}"
        if count > 1:
            return f"No price: none of {count} offers prices all of it"
        return f"No price: {reasons_of(found.offers[0].error)[0][0]}"
    shown = f"{figure_text(best.total.amount, places=places)} {found.currency}"
    name = names.name(best)
    if len(found.offers) == 1:
        return f"{shown}  {best.card.model} at {best.card.provider.name}"
    tied = [names.name(offer) for offer in found.ranked if offer.total == best.total]
    if len(tied) == 2 and names.by_seller:
        name = " and ".join(tied)
    elif len(tied) > 1:
        name = f"{name} and {len(tied) - 1} more"
    of = f" of {len(found.offers)}" if found.unranked else ""
    rest = ""
    if found.unranked:
        count = len(found.unranked)
        rest = f"; {count} {'is' if count == 1 else 'are'} not ranked"
    elif len(tied) < len(found.ranked) and (ratio := found.ranked[len(tied)].ratio) is not None:
        rest = f"; the next costs {figure_text(ratio, 'ratio')} times as much"
    return f"Cheapest{of}: {name}, {shown}{rest}"


def _meters(found: Comparison) -> list[str]:
    """Give the token meters of the workload, in the order in which they were counted."""
    known = found.offers[0].card.provider.book.vocabulary.meters
    tokens = [m for m in found.quantities() if m in known and known[m].unit == "token"]
    return tokens[:_MOST_PRICES]


def _quoted(found: Comparison, offer: Offer, meter: str) -> Priced | Refusal | None:
    usage = found.workloads[0].usage
    assert usage.at is not None
    try:
        prices = tariff(offer.card, usage.at)
        context = context_tokens(usage, prices) if prices.cuts else None
        attributes = {**offer.attributes, **usage.attributes}
        return quote(prices, attributes, context, usage.at).price(meter)
    except RatingError:
        return None


def _price(found: Comparison, offer: Offer, meter: str) -> Any:
    priced = _quoted(found, offer, meter)
    if priced is None:
        return Word("none", "missing")
    if isinstance(priced, Refusal):
        words = {"unpublished": "not published", "not_offered": "not sold"}
        by = f"by {priced.attribute}" if priced.attribute else "none"
        return Word(words.get(priced.code, by), "missing")
    price = Money(multiply(priced.unit_price(priced.rate.tiers[0][1]), _MILLION),
                  priced.tariff.currency)  # fmt: skip
    if found.currency not in (None, price.currency):
        if offer.total is None:
            return Word("no rate", "missing")
        catalog = Catalog(offer.card.provider.book)
        price = catalog.convert(price, found.currency, found.at)[0]
    return price.amount


def _notes(found: Comparison, names: _Names) -> list[str]:
    notes = []
    cuts: dict[tuple[str, str], list[str]] = {}
    said: dict[str, list[str]] = {}
    for offer in found.ranked:
        for cut in _cut_notes(found, offer):
            cuts.setdefault(cut, []).append(names.name(offer))
        notes += _exchange_note(offer, names)
        for assumed, who in _assumptions(offer, names):
            said.setdefault(assumed, []).append(who)
    notes = [_cut_text(cut, sellers) for cut, sellers in cuts.items()] + notes
    notes += [_said_text(assumed, who) for assumed, who in said.items()]
    if found.ranked:
        missing = _Reasons()
        for offer in found.unranked:
            own = f"{names.name(offer)}, {offer.cost.total}: " if offer.cost is not None else ""
            missing.add(offer, names, _why_not(offer), own)
        notes += missing.notes()
    for variant in found.variants:
        missing = _Reasons()
        for offer in found.ranked:
            if offer.variants[variant].total is None:
                name = f"{variant}, {names.name(offer)}: "
                missing.add(offer, names, _why_not(offer.variants[variant])[:1], name)
        notes += missing.notes(f"{variant}: ")
    notes += _never_cheaper(found, names)
    if len(found.workloads) > 1:
        counts = ", ".join(f"{m} {_count(q)}" for m, q in found.quantities().items())
        notes.append(f"{found.requests:,} requests: {counts}")
    instants = {work.usage.at for work in found.workloads}
    if len(instants) == 1:
        notes.append(f"all prices of {iso(found.at)} (--at)")
    return notes


def _count(quantity: Any) -> str:
    return f"{quantity:,}" if isinstance(quantity, int) else text(quantity)


def _exchange_note(offer: Offer, names: _Names) -> list[str]:
    if not offer.exchange or offer.cost is None:
        return []
    return [f"{names.name(offer)}: {offer.cost.total} = {offer.total}, by {offer.exchange}"]


def _said_text(assumed: str, who: list[str]) -> str:
    """Say something once for all offers that it is true of."""
    return f"{who[0]}: {assumed}" if len(who) == 1 else f"{assumed}: {', '.join(who)}"


def _assumptions(offer: Offer, names: _Names) -> list[tuple[str, str]]:
    """Give what the price stands on, such as estimates, dates or allowances, and for whom."""
    told: dict[str, dict[str, None]] = {}
    lines = offer.cost.lines if offer.cost is not None else ()
    for line in lines:
        said = [line.estimate] if line.estimate else []
        for each in (*said, *line.assumptions):
            told.setdefault(each, {})[line.meter] = None
    every = {line.meter for line in lines}
    return [
        (said, names.name(offer) + ("" if len(some) == len(every) else " " + ", ".join(some)))
        for said, some in told.items()
    ]


def _why_not(offer: Offer) -> list[tuple[str, str | None]]:
    """Give the reasons of an offer that is not ranked, each once, and its place on the card."""
    known = offer.card.provider.book.vocabulary.attributes
    told = []
    for what, place, remedy in reasons_of(offer.error):
        name, colon, values = (remedy or "").removeprefix("Give ").rstrip(".").partition(": ")
        hint = f" (--attribute {name}=VALUE{colon}{values})" if name in known else ""
        told.append((what + hint, place))
    return told


class _Reasons:
    """Reasons, those that several sellers share said once for all of them."""

    def __init__(self) -> None:
        #: what is said of whom, without the name -> (the name, the whole note)
        self._said: dict[str, list[tuple[str, str]]] = {}

    def add(
        self, offer: Offer, names: _Names, whys: list[tuple[str, str | None]], own: str
    ) -> None:
        for what, place in whys:
            rest = what
            for name in (offer.card.name, offer.card.provider.name):
                rest = rest.removeprefix(f"{name} ")
            is_named = own or rest != what or offer.card.model in what
            named = own if is_named else f"{names.name(offer)}: "
            note = f"{named}{what}, {place}" if place else f"{named}{what}"
            self._said.setdefault(rest, []).append((names.name(offer), note))

    def notes(self, head: str = "") -> list[str]:
        told = []
        for rest, all_ in self._said.items():
            if len(all_) < _MANY:
                told += [note for _, note in all_]
            else:
                told.append(f"{head}{rest}: {', '.join(name for name, _ in all_)}")
        return told


def _cut_text(cut: tuple[str, str], sellers: list[str]) -> str:
    above, more = cut
    verb = "costs" if len(sellers) == 1 else "cost"
    return f"{above} {', '.join(sellers)} {verb} {more}"


def _cut_notes(found: Comparison, offer: Offer) -> list[tuple[str, str]]:
    """Say where a larger request would cost more per token, and how much."""
    work = found.workloads[0]
    assert work.usage.at is not None
    prices = tariff(offer.card, work.usage.at)
    here = context_tokens(work.usage, prices)
    if here is None or len(found.workloads) > 1:
        return []
    cuts = [cut for cut in prices.cuts if cut > here]
    if not cuts:
        return []
    factors = []
    for meter, quantity in work.usage.meters.items():
        if not quantity:
            continue
        now = quote(prices, work.usage.attributes, here, work.usage.at).price(meter)
        then = quote(prices, work.usage.attributes, cuts[0], work.usage.at).price(meter)
        if isinstance(now, Refusal) or isinstance(then, Refusal):
            return []
        before = now.unit_price(now.rate.tiers[0][1])
        if before and now.rate.unit == "token":
            after = then.unit_price(then.rate.tiers[0][1])
            factors.append((meter, divide(after, before)))
    distinct = {factor for _, factor in factors}
    if distinct in (set(), {1}):
        return []
    if len(distinct) == 1:
        told = f"{text(distinct.pop())} times as much"
    else:
        told = ", ".join(f"{m} x {text(f)}" for m, f in factors)
    return [(f"above {cuts[0] - 1:,} context_tokens", told)]


def _break_evens(found: Comparison) -> list[Text]:
    points = _told_points(found)
    return [Text(_break_even(point), is_tight=point is not points[0]) for point in points]


def _told_points(found: Comparison) -> list[CacheBreakEven]:
    """Give the break-evens to be told one by one: many that are never reached are one note."""
    points = found.cache_break_evens()
    never = [point for point in points if point.share <= 0]
    return points if len(never) < _MANY else [point for point in points if point.share > 0]


def _never_cheaper(found: Comparison, names: _Names) -> list[str]:
    told = _told_points(found)
    rest = [point for point in found.cache_break_evens() if point.share <= 0]
    if not rest or any(point.share <= 0 for point in told):
        return []
    sellers = ", ".join(names.name(point.offer) for point in rest)
    return [f"without caching never cheaper than {rest[0].other.card.provider.name}: {sellers}"]


def _break_even(point: CacheBreakEven) -> str:
    name, other = point.offer.card.provider.name, point.other.card.provider.name
    plain = f"{name} without caching: {point.plain}"
    share = figure_text(multiply(point.share, 100), "number", 3)
    here = figure_text(multiply(point.here, 100), "number", 3)
    if point.share <= 0:
        return f"{plain}, never cheaper than {other}"
    if point.share >= 1:
        return f"{plain}, cheaper than {other} at any cache hit"
    return f"{plain}, cheaper than {other} below\n{share} % cache hit (here {here} %)"


def _problems(found: Comparison) -> list[str]:
    """Say of every offer why it has no price, with its place and the remedy."""
    told = []
    for offer in found.unranked:
        for what, place, remedy in reasons_of(offer.error):
            head = f"{place}: {what}" if place else what
            told.append("\n".join(filter(None, (head, remedy))))
    return list(dict.fromkeys(told))
