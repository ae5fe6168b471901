"""Prices over time: the newest model of each family as step lines, and the figures below them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from living.desk import Desk, Spec, wanted
from living.expressions import cell
from living.figures import MILLION
from pricing import RateCard
from pricing.cards.flat import tariffs
from pricing.instants import FOREVER, day
from pricing.render import Column, Line, Panel, Row, Steps, Table


def history(spec: Spec, desk: Desk) -> list[Any]:
    """A chart and its figures; nothing where the seller has no cards yet."""
    seller = wanted(spec, "seller")
    if seller not in desk.figures.catalog.book:
        return []
    meters = wanted(spec, "meters")
    families = {
        line["name"]: found
        for line in wanted(spec, "lines")
        if (found := steps(_cards(line, desk.figures.catalog.cards(seller)), meters, desk))
    }
    if not families:
        return []
    title = desk.titled(spec) or ""
    panels = [
        Panel(f"{meter}, {wanted(spec, 'unit')}", [_line(n, f, i) for n, f in families.items()])
        for i, meter in enumerate(meters)
    ]
    notes = desk.notes(spec)
    chart = Steps(title, panels, desk.at, f"{wanted(spec, 'file')}.svg")
    return [chart, _table(families, meters, f"{title}: the figures", notes)]


Step = tuple[int, str, list[Any]]


def steps(cards: list[RateCard], meters: list[str], desk: Desk) -> list[Step]:
    """Give from when which model was the newest one that is sold, and its prices.

    The newest is the one that was released last, or else first priced last; of two the later name.
    """
    starts: set[int] = set()
    for card in cards:
        for found in tariffs(card):
            starts |= {found.since, found.until}
    found_steps: list[Step] = []
    for at in sorted(start for start in starts if start <= desk.at and start < FOREVER):
        priced = [(card, _prices(card, meters, at, desk)) for card in cards]
        sold = [(card, prices) for card, prices in priced if any(p is not None for p in prices)]
        if sold:
            card, prices = max(sold, key=lambda each: _age(each[0]))
            step: Step = (at, desk.label(card), prices)
        else:
            step = (at, "", [None] * len(meters))
        if not found_steps or found_steps[-1][1:] != step[1:]:
            found_steps.append(step)
    return found_steps


def _age(card: RateCard) -> tuple[str, str]:
    """Give what orders cards by age: a price that was observed may be younger than its model."""
    return str(card.facts.get("released") or day(card.billing[0]["effective"])), card.model


def _prices(card: RateCard, meters: list[str], at: int, desk: Desk) -> list[Any]:
    """Give the price of a million of each meter, None where there is none."""
    found = []
    for meter in meters:
        quoted = desk.figures.quoted(card, meter, at, estimates=True)
        found.append(None if isinstance(quoted, str) else quoted[0] * MILLION / quoted[1])
    return found


def _cards(line: Spec, cards: Any) -> list[RateCard]:
    """Give the cards that a line is of: ``match`` and not ``without`` any of these patterns."""
    return [
        card
        for card in cards
        if any(fnmatchcase(card.model, pattern) for pattern in wanted(line, "match"))
        and not any(fnmatchcase(card.model, pattern) for pattern in line.get("without", ()))
    ]


def _line(name: str, found: list[Step], number: int) -> Line:
    """Give one meter's line of a family, a point where its price changes."""
    points: list[tuple[int, Any]] = []
    says: list[str] = []
    for at, model, prices in found:
        price = prices[number]
        if points and points[-1][1] == price:
            continue
        points.append((at, price))
        says.append(f"{name}: {'none' if price is None else cell(price)} from {day(at)}, {model}")
    return Line(name, points, says)


def _table(families: Any, meters: list[str], title: str, notes: list[str]) -> Table:
    """Give every step as a row, the newest first below its family."""
    columns = [Column("family,from", "From"), Column("model", "Newest model", "name")]
    columns += [Column(f"{meter}_per_1m", meter, "money") for meter in meters]
    rows: list[Row] = []
    for name, found in families.items():
        rows.append(Row([name, None, *[None] * len(meters)]))
        for at, model, prices in reversed(found):
            cells = [None if price is None else cell(price) for price in prices]
            rows.append(Row([day(at), model or "none", *cells], level=1))
    return Table(columns, rows, title=title, notes=notes)
