"""The price table of one seller: models, conditions, fees, what has ended and what will change."""

from __future__ import annotations

from typing import Any

from living.desk import METERS, Desk, Spec, wanted, whole
from living.expressions import cell
from pricing import RateCard
from pricing.cards.tariff import tariff
from pricing.instants import day, instant, short
from pricing.render import Column, Row, Table, Word


def prices(spec: Spec, desk: Desk) -> Table:
    """Every model that is sold: base prices, since when they hold, and when they were read last."""
    columns = [
        Column("model", "Per 1M tokens", "name"),
        *(Column(f"{_key(m)}_per_1m", m, "money") for m in METERS),
        Column("since", "Since", "number"),
        Column("checked", "Checked", "number"),
        Column("status", "Status"),
    ]
    rows = []
    for card in _sold(spec, desk):
        revision, _ = card.revision_at(desk.at)
        rows.append(
            [
                desk.label(card),
                *(desk.per_million(card, meter) for meter in METERS),
                _held_since(card, desk),
                checked(revision),
                _status(card, desk),
            ]
        )
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def conditions(spec: Spec, desk: Desk) -> Table:
    """What a condition makes of two prices, such as input and output in a batch."""
    ways = wanted(spec, "ways")
    meters = wanted(spec, "meters")
    columns = [Column("model", "Per 1M tokens", "name")]
    for way in ways:
        for meter in meters:
            columns.append(
                Column(f"{_key(way['title'])}_{_key(meter)}", f"{way['title']}, {meter}", "money")
            )
    rows = [
        [
            desk.label(card),
            *(
                desk.per_million(card, meter, attributes=way.get("attributes"))
                for way in ways
                for meter in meters
            ),
        ]
        for card in _sold(spec, desk)
    ]
    rows = [row for row in rows if any(not isinstance(each, Word) for each in row[1:])]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def thresholds(spec: Spec, desk: Desk) -> Table:
    """Models whose price depends on the length of the request, at the threshold and above."""
    rows = []
    for card in _sold(spec, desk):
        for cut in tariff(card, desk.at).cuts:
            for above, context in ((False, cut - 1), (True, cut)):
                label = f"above {cut - 1:,} tokens" if above else f"up to {cut - 1:,} tokens"
                rows.append(
                    [
                        desk.label(card),
                        label,
                        *(desk.per_million(card, m, context=context) for m in METERS),
                    ]
                )
    columns = [Column("model", "Per 1M tokens", "name"), Column("context", "A request of")]
    columns += [Column(f"{_key(m)}_per_1m", m, "money") for m in METERS]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def fees(spec: Spec, desk: Desk) -> Table:
    """What is charged beside tokens, as one model of the seller prices it."""
    rows: list[Any] = []
    for fee in wanted(spec, "fees"):
        card = desk.figures.card(wanted(fee, "card"))
        found = desk.figures.quoted(card, wanted(fee, "meter"))
        if isinstance(found, str):
            price: Any = Word(found, "missing")
            unit = ""
        else:
            price, unit = cell(found[0]), f"{int(found[1]):,} {found[2]}"
        rows.append([fee["meter"], price, unit, desk.text(fee.get("note", ""))])
    columns = [
        Column("meter", "Fee"),
        Column("price", "USD", "money"),
        Column("per", "per"),
        Column("note", "But"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def ended(spec: Spec, desk: Desk) -> Table:
    """Models that are no longer sold: the last price, and its days."""
    rows = []
    for card in desk.figures.catalog.cards(wanted(spec, "seller")):
        if desk.figures.status(card) != "ended":
            continue
        end = _end(card, desk.at)
        cells = [desk.per_million(card, meter, at=end - 1) for meter in ("input", "output")]
        rows.append([desk.label(card), *cells, short(card.billing[0]["effective"]), short(end)])
    rows.sort(key=lambda row: (row[-1], row[0]), reverse=True)
    columns = [
        Column("model", "Per 1M tokens", "name"),
        Column("input_per_1m", "Last input", "money"),
        Column("output_per_1m", "Last output", "money"),
        Column("from", "Priced from", "number"),
        Column("until", "until", "number"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def events(spec: Spec, desk: Desk) -> Table:
    """Revisions around the report's day: those to come, and those of the days before."""
    days = whole(spec.get("days", "0"))
    first = desk.at - days * 86_400_000_000
    found = []
    for card in desk.figures.catalog.cards(wanted(spec, "seller")):
        for revision in card.revisions:
            if revision["effective"] >= first:
                told = desk.text(revision.get("note", ""))
                if "withdrawn" in revision:
                    told = f"{told} Withdrawn on {revision['withdrawn']}."
                found.append((short(revision["effective"]), desk.label(card), told))
    columns = [
        Column("day", "Day", "number"),
        Column("model", "Model", "name"),
        Column("what", "What"),
    ]
    found.sort(key=lambda row: (row[0], row[1]), reverse=True)
    rows = [
        Row([when, name, Word(told, "warn") if when > day(desk.at) else told])
        for when, name, told in found
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def sources(spec: Spec, desk: Desk) -> Table:
    """The pages behind the prices in force: read when, and for which models.

    ``by: seller``: for which sellers, and ``sellers: all``.
    """
    catalog = desk.figures.catalog
    by_seller = spec.get("by") == "seller"
    sellers = spec.get("sellers") or [wanted(spec, "seller")]
    if sellers == "all":
        sellers = [
            name
            for name in catalog.book
            if catalog.book.provider(name).wire.get("sells") == "resale"
        ]
    behind: dict[tuple[str, str], list[str]] = {}
    for seller in sellers:
        for card in catalog.cards(seller):
            if desk.figures.status(card) != "sold":
                continue
            revision, _ = card.revision_at(desk.at)
            for source in revision.get("sources", ()):
                read = source.get("checked") or source.get("seen") or ""
                models = behind.setdefault((source["url"], read), [])
                name = card.provider.title if by_seller else desk.label(card)
                if name not in models:
                    models.append(name)
    rows = [(url, read, ", ".join(models)) for (url, read), models in sorted(behind.items())]
    columns = [Column("page", "Page"), Column("read", "Read", "number"), Column("models", "For")]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def _sold(spec: Spec, desk: Desk) -> list[RateCard]:
    """Give the cards in the order of the spec's families, each newest first."""
    cards = [
        card
        for card in desk.figures.catalog.cards(wanted(spec, "seller"))
        if desk.figures.status(card) == "sold"
    ]
    families = spec.get("families", [])

    def place(card: RateCard) -> tuple[int, str]:
        for number, family in enumerate(families):
            if family in card.model:
                return number, card.model
        return len(families), card.model

    cards.sort(key=lambda card: card.facts.get("released", ""), reverse=True)
    return sorted(cards, key=lambda card: place(card)[0])


def _key(text: str) -> str:
    return text.lower().replace(" ", "_").replace(",", "").replace(".", "_")


def _held_since(card: RateCard, desk: Desk) -> str:
    """Give the day since when the base prices have been what they are."""

    def base(at: int) -> list[Any]:
        return [desk.figures.quoted(card, meter, at) for meter in METERS]

    now = base(desk.at)
    since = card.revision_at(desk.at)[0]["effective"]
    for revision in reversed(card.billing):
        if revision["effective"] < since and base(revision["effective"]) == now:
            since = revision["effective"]
        elif revision["effective"] < since:
            break
    return short(since)


def checked(revision: Any) -> str:
    """Give the last day on which a page behind a revision was read."""
    days = [source["checked"] for source in revision.get("sources", ()) if "checked" in source]
    return max(days, default="")


def _end(card: RateCard, at: int) -> int:
    """Give the instant from which a card that is no longer sold has not been sold."""
    return max(int(r["effective"]) for r in card.billing if r.get("ended") and r["effective"] <= at)


def _status(card: RateCard, desk: Desk) -> Any:
    ends = [r["effective"] for r in card.billing if r.get("ended")]
    if ends:
        return Word(f"retires {short(min(ends))}", "warn")
    retires = card.facts.get("retires", "")
    if retires[:4].isdigit() and instant(retires[:10]) > desk.at:
        return Word(f"retires {retires}", "warn")
    if "deprecated" in card.facts and card.facts["deprecated"] <= day(desk.at):
        return Word(f"deprecated {card.facts['deprecated']}", "warn")
    return ""
