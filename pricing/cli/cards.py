"""``pricing cards list|show|check|diff|schema``: the catalogue."""

from __future__ import annotations

import sys

from pricing.cli import options
from pricing.cli.cards_report import diff_report, list_report, show_report
from pricing.errors import CardError, PricingError, did_you_mean
from pricing.instants import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.catalog import Catalog

ACTIONS = {
    "list": "cards of all sellers, or of one",
    "show": "one card: price history, terms, sources",
    "check": "every fault of card folders, all at once",
    "diff": "what changed between two days or two card folders, and what it does to usage",
    "schema": "the JSON Schema of card files, for editors",
}


def run(words: Sequence[str]) -> int:
    """Run an action; faults of cards end it with 2."""
    action = words[0] if words else "--help"
    if action in ("-h", "--help"):
        listed = "\n".join(f"  {name:<7} {text}" for name, text in ACTIONS.items())
        print(f"usage: pricing cards ACTION ...\n\n{listed}\n\npricing cards ACTION --help")
        return 0 if words else 2
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or f"Actions: {', '.join(ACTIONS)}."
        raise PricingError(f"unknown action '{action}'", remedy=hint)
    code: int = {"list": _list, "show": _show, "check": _check, "diff": _diff, "schema": _schema}[
        action
    ](list(words[1:]))
    return code


def _list(words: list[str]) -> int:
    made = options.parser("cards list", ACTIONS["list"])
    made.add_argument("seller", nargs="?", metavar="SELLER")
    made.add_argument("--at", metavar="INSTANT", help="prices as of a day")
    args = made.parse_args(words)
    catalog = options.open_catalog(args)
    at = options.when(args, default_now=True)
    assert at is not None
    options.emit(list_report(catalog, args.seller, at), args)
    return 0


def _show(words: list[str]) -> int:
    made = options.parser("cards show", ACTIONS["show"])
    made.add_argument("model", metavar="MODEL", help="an id, or SELLER/MODEL")
    made.add_argument("--seller", metavar="NAME", help="who sells it")
    args = made.parse_args(words)
    catalog = options.open_catalog(args)
    card = catalog.resolve(args.model, args.seller).card
    options.emit(show_report(card), args)
    return 0


def _check(words: list[str]) -> int:
    made = options.parser(
        "cards check",
        "Check the shipped cards, or folders of your own laid over them.",
        "Prints every fault with its place, and ends with 2 where there is one.",
    )
    made.add_argument("folders", nargs="*", metavar="DIR")
    args = made.parse_args(words)
    try:
        from pricing.catalog import load_catalog

        catalog = load_catalog(*args.cards, *args.folders)
    except CardError as error:
        files = {fault.path for fault in error.faults}
        count = len(error.faults)
        print(
            f"{count} fault{'' if count == 1 else 's'} in"
            f" {len(files)} {'card' if len(files) == 1 else 'files'}\n"
        )
        print(error)
        return 2
    count = sum(1 for _ in catalog.cards())
    print(f"no faults in {count:,} cards of {len(list(catalog.book))} sellers")
    return 0


def _diff(words: list[str]) -> int:
    made = options.parser(
        "cards diff",
        "Show what changed between two days, or between two card folders.",
        "OLD and NEW are both days or instants, or both card folders.",
    )
    made.add_argument("old", metavar="OLD")
    made.add_argument("new", metavar="NEW")
    made.add_argument("--seller", metavar="NAME", help="cards of this seller only")
    made.add_argument(
        "--usage",
        action="append",
        default=[],
        metavar="FILE",
        help="what the change does to the usage in a file (repeatable)",
    )
    made.add_argument("--at", metavar="INSTANT", help="the day to compare two folders on")
    args = made.parse_args(words)  # fmt: skip
    old, new = _side(args.old), _side(args.new)
    if (old is None) != (new is None):
        raise PricingError(
            f"'{args.old}' and '{args.new}' are not of one kind",
            remedy="Give two days, or two card folders.",
        )
    if old is not None and new is not None:
        catalog = options.open_catalog(args)
        before = after = catalog
    else:
        before, after = _standing(args.old), _standing(args.new)
        old = new = options.when(args, default_now=True)
    assert old is not None
    assert new is not None
    options.emit(diff_report(before, old, after, new, args.seller, args.usage), args)
    return 0


def _side(word: str) -> int | None:
    import os

    if os.path.isdir(word):
        return None
    try:
        return instant(word)
    except ValueError as error:
        what, _, remedy = str(error).partition("\n")
        raise PricingError(what, remedy=remedy or "Give a day or a card folder.") from None


def _standing(folder: str) -> Catalog:
    """Load a folder alone where it has its own vocabulary, else over the shipped cards."""
    import os

    from pricing.catalog import load_catalog

    alone = os.path.isfile(os.path.join(folder, "vocabulary.yaml"))
    return load_catalog(folder, shipped=not alone)


def _schema(words: list[str]) -> int:
    made = options.parser("cards schema", ACTIONS["schema"])
    made.parse_args(words)
    import json

    from pricing.cards.schema import json_schema

    json.dump(json_schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0
