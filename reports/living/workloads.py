"""Realistic work over models: with and without caching and batches; when caching pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pricing
from living.desk import Desk, Spec, wanted, whole
from living.expressions import cell
from pricing import RateCard, Usage, Workload
from pricing.comparison import caching_pays
from pricing.errors import PricingError
from pricing.render import Column, Figure, Row, Table, Word

Amount = Fraction | None


def read_workload(spec: Sequence[Spec], at: int) -> list[Workload]:
    """Read a workload: kinds of requests, and how many of each there are."""
    return [
        Workload(
            Usage({meter: whole(n) for meter, n in wanted(part, "meters").items()}, at=at),
            whole(part.get("requests", "1")),
        )
        for part in spec
    ]


def make_up(spec: Spec, desk: Desk) -> Table:
    """What the workloads are made of."""
    meters: dict[str, None] = {}
    names = wanted(spec, "workloads")
    for name in names:
        for work in desk.figures.workloads[name]:
            meters |= dict.fromkeys(work.usage.meters)
    rows: list[Any] = []
    for name in names:
        works = desk.figures.workloads[name]
        requests = sum(work.requests for work in works)
        head = [name.replace("_", " "), requests, *[None] * len(meters)]
        rows.append(Row(head, is_subtotal=True))
        for part, work in zip(desk.spec["workloads"][name], works, strict=True):
            cells = [work.usage.meters.get(meter) for meter in meters]
            rows.append(Row([desk.text(part["what"]), work.requests, *cells], level=1))
    columns = [Column("workload,request", "A month of"), Column("requests", "Requests", "number")]
    columns += [Column(meter, meter, "number") for meter in meters]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def over_models(spec: Spec, desk: Desk) -> Table:
    """One workload over models, sent in several ways; the cheapest first."""
    name = wanted(spec, "workload")
    if name not in desk.figures.workloads:
        raise PricingError(f"no workload '{name}'")
    works = desk.figures.workloads[name]
    cards = desk.cards(wanted(spec, "cards"))
    batch: Mapping[str, str] = spec.get("batch", {"service_tier": "batch"})
    longer = desk.spec.get("tokenizers", {})
    rows = []
    for card in cards:
        factor = Fraction(longer.get(card.facts.get("tokenizer", ""), "1"))
        rows.append(
            (
                card,
                total(works, card),
                total(works, card, cached=False),
                total(works, card, attributes=batch),
                total(works, card, cached=False, attributes=batch),
                total(works, card, times=factor),
            )
        )
    rows.sort(key=lambda row: (row[1] is None, row[1] or 0))
    least = rows[0][1]
    columns = [
        Column("model", "Model", "name"),
        Column("cost_usd", "USD a month", "money", 2),
        Column("ratio", "Ratio", "ratio"),
        Column("no_cache_usd", "No cache", "money", 2),
        Column("cache_saves", "Cache saves", "percent"),
        Column("batch_usd", "In batches", "money", 2),
        Column("batch_no_cache_usd", "Batches, no cache", "money", 2),
        Column("same_text_usd", "Same text", "money", 2),
    ]
    shown = [
        [
            desk.label(card),
            amount(sent),
            amount(sent / least if sent is not None and least else None, empty=True),
            amount(plain),
            amount(1 - sent / plain if sent is not None and plain else None, empty=True),
            *map(amount, others),
        ]
        for card, sent, plain, *others in rows
    ]
    return Table(columns, shown, title=desk.titled(spec), notes=desk.notes(spec))


def caching(spec: Spec, desk: Desk) -> Table:
    """From which call each kind of cache write pays, and what ten calls save."""
    prefix, calls = whole(spec.get("prefix", "10_000")), whole(spec.get("calls", "10"))
    writes = wanted(spec, "writes")
    rows = []
    for card in desk.cards(wanted(spec, "cards")):
        found = caching_pays(card, prefix, desk.at)
        plain = desk.figures.price(card.name, "input")
        read = desk.figures.price(card.name, "cache_read")
        row: list[Any] = [desk.label(card), Fraction(read, plain)]
        for write in writes:
            first = desk.figures.price(card.name, write)
            row += [found.pays_from(write), 1 - (first + (calls - 1) * read) / (calls * plain)]
        minimum = card.facts.get("cache_minimum")
        rows.append([*row, whole(minimum) if minimum else None])
    columns = [Column("model", "Model", "name"), Column("read", "A read, of input", "percent")]
    for write in writes:
        kind = write.rpartition(".")[2]
        columns += [
            Column(f"{kind}_pays_from_call", f"{kind} write pays from call", "number"),
            Column(f"{kind}_saves", f"saves in {calls} calls", "percent"),
        ]
    columns.append(Column("minimum", "Least prefix, tokens", "number"))
    return Table(columns, [_cells(row) for row in rows], title=desk.titled(spec),
                 notes=desk.notes(spec))  # fmt: skip


def cliff(spec: Spec, desk: Desk) -> Table:
    """What one request costs at several lengths: where a model's price jumps."""
    cards = desk.cards(wanted(spec, "cards"))
    output = whole(spec.get("output", "0"))
    first = cards[0]
    rows: list[Any] = []
    before: Fraction | None = None
    for length in map(whole, wanted(spec, "lengths")):
        meters = {spec.get("meter", "input"): Fraction(length), "output": Fraction(output)}
        costs = [desk.figures.cost(card.name, meters) for card in cards]
        more = None if before is None else costs[0] - before
        before = costs[0]
        rows.append([length, *map(cell, costs), None if more is None else Figure(cell(more), "+"),
                     *(cost / costs[0] for cost in costs[1:])])  # fmt: skip
    columns = [Column("tokens", "Tokens in", "number")]
    columns += [Column(f"{card.model}_usd", f"{desk.label(card)}, USD", "money") for card in cards]
    columns.append(Column("more_usd", f"{desk.label(first)}, more than the row above", "money"))
    columns += [
        Column(f"{card.model}_ratio", f"{desk.label(card)}, ratio", "ratio") for card in cards[1:]
    ]
    return Table(columns, [_cells(row) for row in rows], title=desk.titled(spec),
                 notes=desk.notes(spec))  # fmt: skip


def total(
    works: Sequence[Workload],
    card: RateCard,
    *,
    cached: bool = True,
    attributes: Mapping[str, str] | None = None,
    times: Fraction = Fraction(1),
) -> Amount:
    """Give what a workload costs on a card, or None where it has no price for a part of it.

    A prefix shorter than the least that the model caches is sent like any other input.
    """
    whole_cost = Fraction(0)
    minimum = whole(card.facts.get("cache_minimum", "0"))
    for work in works:
        meters = {meter: round(Fraction(n) * times) for meter, n in work.usage.meters.items()}
        if not cached or _prefix(meters) < minimum:
            meters = _uncached(meters)
        usage = Usage(meters, at=work.usage.at, attributes=attributes)
        try:
            whole_cost += Fraction(pricing.rate(usage, card, requests=work.requests).total.amount)
        except pricing.RatingError:
            return None
    return whole_cost


def _prefix(meters: Mapping[str, int]) -> int:
    """Give the length of the prefix that a request reads from the cache, else of that it writes."""
    written = sum(n for meter, n in meters.items() if meter.startswith("cache_write"))
    return meters.get("cache_read", 0) or written


def _uncached(meters: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same tokens sent without caching."""
    plain: dict[str, Any] = {}
    for meter, quantity in meters.items():
        to = "input" if meter.startswith("cache_") else meter
        plain[to] = plain.get(to, 0) + quantity
    return plain


def amount(value: Amount, empty: bool = False) -> Any:
    """Give an amount as a cell: a word, or nothing, where there is none."""
    if value is None:
        return None if empty else Word("unpriced", "missing")
    return cell(value)


def _cells(row: Sequence[Any]) -> list[Any]:
    return [cell(each) if isinstance(each, Fraction) else each for each in row]
