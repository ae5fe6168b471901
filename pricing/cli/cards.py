"""``pricing cards list|show|check|diff|schema``: the catalogue."""

from __future__ import annotations

from pricing.cli import options
from pricing.cli.output import emit, print_out
from pricing.cli.words import Command, HelpAsked
from pricing.errors import PricingError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


ACTIONS = {
    "list": "cards of all sellers, or of one",
    "show": "one card: price history, terms, sources",
    "check": "every fault of card folders, and what may be wrong on cards that load",
    "diff": "what changed between two days, folders or git revisions, also on usage",
    "import": "an overlay of unverified cards from a public price table",
    "crosscheck": "where a public price table and our cards disagree",
    "export": "the catalogue as flat rows: JSON, CSV, Parquet, SQL, a dbt seed",
    "schema": "the JSON Schema of card files, for editors",
}


def run(words: Sequence[str]) -> int:
    """Run an action; faults of cards end it with 2."""
    action = words[0] if words else "--help"
    if action in ("-h", "--help"):
        listed = "\n".join(f"  {name:<11} {text}" for name, text in ACTIONS.items())
        told = f"usage: pricing cards ACTION ...\n\n{listed}\n\nSee pricing cards ACTION --help."
        if words:
            raise HelpAsked(told)
        print_out(told)
        return 2
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or f"Actions: {', '.join(ACTIONS)}."
        raise PricingError(f"unknown action '{action}'", remedy=hint)
    return _RUN[action](list(words[1:]))


def commands() -> dict[str, Command]:
    """Give the command of each action, with its options and arguments."""
    from pricing.cli import (
        cards_check,
        cards_crosscheck,
        cards_diff,
        cards_export,
        cards_import,
        cards_show,
    )

    listing = options.command(
        "cards list", "List cards with what they charge for input and output."
    )
    listing.argument("SELLER", "cards of this seller only", optional=True)
    listing.option("--model", "cards whose model holds this text, or fits a pattern", "TEXT")
    listing.option("--at", "prices as of a day or instant", "INSTANT")
    schema = Command("cards schema", "Print the JSON Schema of card files, for editors.")
    return {
        "list": listing,
        "show": cards_show.command(),
        "check": cards_check.command(),
        "diff": cards_diff.command(),
        "import": cards_import.command(),
        "crosscheck": cards_crosscheck.command(),
        "export": cards_export.command(),
        "schema": schema,
    }


def _list(words: list[str]) -> int:
    args = options.parse(commands()["list"], words)
    at = options.when(args, default_now=True)
    assert at is not None
    catalog = options.open_catalog(args)
    from pricing.cli.cards_report import list_report

    emit(list_report(catalog, args.seller, at, args.model), args)
    return 0


def _show(words: list[str]) -> int:
    from pricing.cli.cards_show import show

    return show(words)


def _check(words: list[str]) -> int:
    from pricing.cli.cards_check import check

    return check(words)


def _diff(words: list[str]) -> int:
    from pricing.cli.cards_diff import diff

    return diff(words)


def _import(words: list[str]) -> int:
    from pricing.cli.cards_import import import_table

    return import_table(words)


def _crosscheck(words: list[str]) -> int:
    from pricing.cli.cards_crosscheck import run as crosscheck

    return crosscheck(words)


def _export(words: list[str]) -> int:
    from pricing.cli.cards_export import export

    return export(words)


def _schema(words: list[str]) -> int:
    commands()["schema"].parse(words)
    import json

    from pricing.cards.schema import json_schema

    print_out(json.dumps(json_schema(), indent=2))
    return 0


_RUN: dict[str, Callable[[list[str]], int]] = {
    "list": _list,
    "show": _show,
    "check": _check,
    "diff": _diff,
    "import": _import,
    "crosscheck": _crosscheck,
    "export": _export,
    "schema": _schema,
}
