"""``pricing cards import``: an overlay of unverified cards from a public price table."""

from __future__ import annotations

import os
import shutil
import tempfile

from pricing.cli import options
from pricing.cli.cards_check import counted
from pricing.cli.output import emit
from pricing.cli.words import Command
from pricing.errors import PricingError
from pricing.imports import READERS, read_table
from pricing.imports.overlay import Overlay, files, overlay, write
from pricing.instants import day
from pricing.render import FORMATS, Column, Report, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.imports.offer import Table as Prices


def command() -> Command:
    """Give the command with its options."""
    made = Command(
        "cards import",
        "Make an overlay of unverified cards from a public price table.",
        "Every line priced from them says so. Models that a card has already stay out; what the "
        "table says in other units than our meters is listed, never guessed.",
    )
    made.argument("TABLE", f"whose file it is: {', '.join(READERS)}")
    made.argument("FILE", "the file as published")
    made.option("-o", "the folder to make; it must not exist, or be empty", "DIR")
    made.option("--as-of", "the day on which the file was published or fetched", "DAY")
    made.option("--seller", "cards of this seller only", "NAME")
    made.option("--cards", "cards that are known already, over the shipped ones", "DIR", many=True)
    made.option("--format", "what is written", "FORMAT", choices=FORMATS)
    made.option("--report", "write this format to a file too", "FORMAT=PATH", many=True)
    made.option("--quiet", "no notes on stderr")
    return made


def import_table(words: list[str]) -> int:
    """Run the command."""
    args = command().parse(words)
    folder, args.o = args.o, None
    args.format = args.format or "table"
    args.reports = options.reports(args)
    if args.table not in READERS:
        raise PricingError(f"no table '{args.table}'", remedy=f"One of: {', '.join(READERS)}.")
    if folder is None or args.as_of is None:
        missing = "-o DIR" if folder is None else "--as-of DAY"
        raise PricingError(f"{missing} is missing", remedy="See pricing cards import --help.")
    at = options.when(args, "as_of")
    assert at is not None
    args.as_of = day(at)
    if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        remedy = "Give a folder that does not exist."
        raise PricingError("not an empty folder", path=folder, remedy=remedy)
    table = read_table(args.file, args.table)
    catalog = options.open_catalog(args)
    made = overlay(table, catalog, args.as_of, args.seller)
    if made.cards:
        _write(folder, made, args.cards)
    emit(_report(table, made, folder, args.as_of), args)
    return 0


def _write(folder: str, made: Overlay, cards: list[str]) -> None:
    """Write the folder whole or not at all, after a look at whether it loads."""
    from pricing.catalog import load_catalog

    above = os.path.dirname(os.path.abspath(folder))
    try:
        os.makedirs(above, exist_ok=True)
        temporary = tempfile.mkdtemp(prefix=".pricing-", dir=above)
    except OSError as error:
        raise PricingError(f"cannot write: {error.strerror}", path=folder) from None
    try:
        write(temporary, files(made))
        load_catalog(*cards, temporary)
        os.chmod(temporary, 0o755)
        os.replace(temporary, folder)
    except OSError as error:
        raise PricingError(f"cannot write: {error.strerror}", path=folder) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _report(table: Prices, made: Overlay, folder: str, as_of: str) -> Report:
    skipped = table.skipped
    counts = made.counts()
    cards, sellers = len(made.cards), len(counts)
    headline = f"{counted(cards, 'unverified card')} of {counted(sellers, 'seller')} in {folder}"
    headline += f", {table.name} as of {as_of}"
    if not cards:
        headline = f"no card: {table.name} has nothing that is not known already"
    blocks = []
    if counts:
        columns = [Column("seller", "Seller", "name"), Column("cards", "Cards", "number")]
        blocks.append(Table(columns, list(counts.items())))
    if skipped:
        columns = [
            Column("field", "Not imported", "name"),
            Column("reason", "Because"),
            Column("count", "Count", "number"),
            Column("example", "First", "name"),
        ]
        rows = [(s.field, s.reason, s.count, s.example) for s in skipped]
        blocks.append(Table(columns, rows))
    notes = []
    if made.known:
        notes.append(
            f"{counted(made.known, 'model')} with a card already left out: "
            "pricing cards crosscheck FILE compares them"
        )
    if made.zeros:
        notes.append(
            f"{counted(made.zeros, 'price')} stated as 0: pricing cards check names what is free"
        )
    document = {
        "table": table.name,
        "url": table.url,
        "as_of": as_of,
        "folder": folder,
        "cards": cards,
        "sellers": counts,
        "known": made.known,
        "zeros": made.zeros,
        "skipped": [
            {"field": s.field, "reason": s.reason, "count": s.count, "example": s.example}
            for s in skipped
        ],
    }
    following = f"pricing cards check {folder}" if cards else None
    return Report("cards_import", headline, blocks, notes, following, document)
