"""``pricing cards crosscheck``: where a public price table and our cards disagree."""

from __future__ import annotations

from pricing.cli import options
from pricing.cli.cards_check import counted
from pricing.cli.output import emit
from pricing.imports import READERS, read_table
from pricing.imports.crosscheck import CLASSES, Crosscheck, crosscheck, weights_of
from pricing.instants import day, iso
from pricing.money import text
from pricing.render import Column, Facts, Figure, Report, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.cli.words import Command
    from pricing.imports.crosscheck import Point

_ONE_SIDED = ("not_in_force", "missing_in_ours", "missing_in_theirs")


def command() -> Command:
    """Give the command with its options."""
    made = options.command(
        "cards crosscheck",
        "Show where a public price table and our cards disagree, the largest difference first.",
        "FILE is recognised by its content. A disagreement is no proof: look at the seller's page.",
    )
    made.argument("FILE", f"the file as published: {', '.join(READERS)}")
    made.option("--from", "whose file it is", "TABLE", choices=tuple(READERS))
    made.option("--seller", "prices of this seller only", "NAME")
    made.option("--at", "our prices as of a day or instant", "INSTANT")
    made.option("--usage", "order by what it makes of the usage in a file", "FILE", many=True)
    made.option("--missing", "list what only one side has, too")
    return made


def run(words: list[str]) -> int:
    """Run the command."""
    args = options.parse(command(), words)
    at = options.when(args, default_now=True)
    assert at is not None
    options.keep_inputs([args.file, *args.usage], args)
    table = read_table(args.file, getattr(args, "from"))
    catalog = options.open_catalog(args)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    weights, left_out = weights_of(catalog, args.usage, at) if args.usage else ({}, 0)
    found = crosscheck(table, catalog, at, args.seller, weights)
    report = _report(found, table.name, at, args, left_out, catalog.digest)
    emit(report, args)
    return 0


def _report(found: Crosscheck, name: str, at: int, args: Any, left_out: int, digest: str) -> Report:
    both = [point for point in found.points if point.kind not in _ONE_SIDED]
    one_sided = len(found.points) - len(both)
    compared = len(both) + found.agreeing
    headline = f"{len(both):,} of {counted(compared, 'price')} disagree with {name} on {day(at)}"
    counts = found.counts()
    blocks: list[Any] = []
    if both:
        columns = [
            Column("card", "Card", "name"),
            Column("meter", "Meter"),
            Column("ours", "Ours", "money"),
            Column("theirs", "Theirs", "money"),
            Column("ratio", "Ratio", "ratio"),
            Column("class", "Looks like"),
        ]
        if args.usage:
            columns.insert(5, Column("money", "On usage", "money"))
        blocks.append(Table(columns, [_row(point, bool(args.usage)) for point in both]))
    if args.missing and one_sided:
        blocks.append(_one_sided(found))
    if counts:
        blocks.append(Facts([(kind, f"{n:,}  {CLASSES[kind]}") for kind, n in counts.items()]))
    notes = ["prices are of 1M tokens, or of one unit of what is no token"] if both else []
    if one_sided and not args.missing:
        notes.append(f"{counted(one_sided, 'price')} on one side only not listed (--missing)")
    if left_out:
        notes.append(f"{counted(left_out, 'request')} without a card left out")
    document = {
        "table": name,
        "at": iso(at),
        "catalog": digest,
        "agreeing": found.agreeing,
        "classes": counts,
        "points": [_entry(point) for point in found.points],
    }
    return Report("cards_crosscheck", headline, blocks, notes, document=document)


def _row(point: Point, with_usage: bool) -> list[Any]:
    meter = f"{point.meter} ({point.condition})" if point.condition else point.meter
    cells: list[Any] = [
        point.card,
        meter,
        point.ours if point.ours is not None else Word("none", "missing"),
        point.theirs if point.theirs is not None else Word("none", "missing"),
        point.ratio,
        point.kind,
    ]
    if with_usage:
        cells.insert(5, None if point.money is None else Figure(point.money, "+"))
    return cells


def _one_sided(found: Crosscheck) -> Table:
    """Give a row for each card of what only one side has."""
    meters: dict[tuple[str, str], dict[str, None]] = {}
    for point in found.points:
        if point.kind in _ONE_SIDED:
            meters.setdefault((point.card, point.kind), {})[point.meter] = None
    columns = [
        Column("card", "Card", "name"),
        Column("class", "Looks like"),
        Column("meters", "Meters"),
    ]
    return Table(columns, [(card, kind, ", ".join(held)) for (card, kind), held in meters.items()])


def _entry(point: Point) -> dict[str, Any]:
    def shown(value: Any) -> str | None:
        return None if value is None else text(value)

    return {
        "card": point.card,
        "meter": point.meter,
        "unit": point.unit,
        "condition": point.condition or None,
        "class": point.kind,
        "ours": shown(point.ours),
        "theirs": shown(point.theirs),
        "ratio": shown(point.ratio),
        "difference": shown(point.difference),
        "quantity": shown(point.quantity),
        "money": shown(point.money),
        "source": point.source,
    }
