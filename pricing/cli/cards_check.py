"""``pricing cards check``: faults of card files, and findings on cards that load."""

from __future__ import annotations

from pricing.cli import options
from pricing.cli.output import emit
from pricing.errors import CardError
from pricing.findings import KINDS, STALE_AFTER, findings
from pricing.instants import day, iso
from pricing.render import Column, Report, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.cli.words import Command
    from pricing.errors import Fault
    from pricing.findings import Finding

_SHARED = ("provider.yaml", "vocabulary.yaml", "calendars.yaml", "currencies.yaml")
_COLUMNS = ("severity", "finding", "card", "place", "what", "accepted")


def command() -> Command:
    """Give the command with its options."""
    made = options.command(
        "cards check",
        "Check the shipped cards, or folders of your own laid over them.",
        "Faults keep a card from loading: 2. Findings are what may be wrong on cards that load: 1 "
        "where one is an error, 0 where all are warnings; with --strict these end with 1 too. A "
        "revision accepts one by `accept: {FINDING: the reason}`.",
    )
    made.argument("DIR", "a folder of cards", many=True, optional=True)
    made.option("--seller", "findings on cards of this seller only", "NAME")
    made.option("--at", "judge days as of a day or instant", "INSTANT")
    made.option("--stale-after", f"days for which a check is good, else {STALE_AFTER}", "DAYS")
    made.option("--strict", "end with 1 for warnings too")
    return made


def check(words: list[str]) -> int:
    """Run the command."""
    args = options.parse(command(), words)
    from pricing.catalog import load_catalog

    at = options.when(args, default_now=True)
    assert at is not None
    days = STALE_AFTER
    if args.stale_after is not None:
        days = options.whole(args.stale_after, "--stale-after")
    try:
        catalog = load_catalog(*args.cards, *args.dirs)
    except CardError as error:
        emit(_faulty(error.faults), args)
        return 2
    folders = tuple(f"{folder.rstrip('/')}/" for folder in args.dirs)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    cards = [
        card for card in catalog.cards(args.seller) if not folders or card.file.startswith(folders)
    ]
    found = findings(catalog, cards, at, days)
    emit(_report(catalog, found, at), args)
    shown = [finding for finding in found if finding.accepted is None]
    is_failed = any(finding.kind.is_error or args.strict for finding in shown)
    return 1 if is_failed else 0


def _faulty(faults: Sequence[Fault]) -> Report:
    keys = ("path", "line", "what", "excerpt", "remedy")
    document: dict[str, Any] = {"faults": [{k: getattr(f, k) for k in keys} for f in faults]}
    headline = f"{counted(len(faults), 'fault')} in {_files(faults)}"
    rows = Table(
        [Column(key, key.capitalize()) for key in _COLUMNS],
        [("fault", "fault", None, f.place or "", f.what, None) for f in faults],
    )
    blocks = [Text(str(fault)) for fault in faults]
    return Report("cards_check", headline, blocks, document=document, rows=rows)


def _report(catalog: Catalog, found: Sequence[Finding], at: int) -> Report:
    """Give what there is, and the findings by kind, errors first."""
    from pricing.cli.cards_report import contracts_over

    cards, sellers = len(list(catalog.cards())), len(list(catalog.book))
    contracts = len(catalog.book.contracts)
    shown = [finding for finding in found if finding.accepted is None]
    headline = f"no faults in {cards:,} cards of {sellers} sellers"
    if contracts:
        headline += f" and {counted(contracts, 'contract')}"
    blocks: list[Text] = []
    for kind in sorted(KINDS.values(), key=lambda kind: not kind.is_error):
        same = [finding for finding in shown if finding.kind is kind]
        if not same:
            continue
        lines = [
            f"{kind.name}  {counted(len(same), kind.severity)}",
            kind.why,
            kind.remedy,
            *(f"{finding.place}: {finding.what}" for finding in same),
        ]
        blocks.append(Text("\n".join(lines)))
    errors = sum(finding.kind.is_error for finding in shown)
    told = [counted(errors, "error")] if errors else []
    told += [counted(len(shown) - errors, "warning")] if len(shown) > errors else []
    if told:
        where = counted(len({finding.path for finding in shown}), "card")
        headline = f"{' and '.join(told)} in {where}"
    notes = []
    if len(found) > len(shown):
        notes = [f"{counted(len(found) - len(shown), 'finding')} accepted by the cards"]
    document = {
        "faults": [],
        "at": iso(at),
        "findings": [_entry(finding) for finding in found],
        "cards": cards,
        "sellers": sellers,
        "contracts": contracts,
        "catalog": catalog.digest,
    }
    rows = Table(
        [Column(key, key.capitalize()) for key in _COLUMNS],
        [(f.kind.severity, f.kind.name, f.card, f.place, f.what, f.accepted) for f in found],
    )
    notes += contracts_over(catalog.cards(), catalog)
    if any(finding.kind.is_timed for finding in shown):
        notes.append(f"days are judged as of {day(at)} (--at)")
    return Report("cards_check", headline, blocks, notes=notes, document=document, rows=rows)


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "finding": finding.kind.name,
        "severity": finding.kind.severity,
        "card": finding.card,
        "path": finding.path,
        "line": finding.line,
        "what": finding.what,
        "why": finding.kind.why,
        "remedy": finding.kind.remedy,
        "accepted": finding.accepted,
    }


def _files(faults: Sequence[Fault]) -> str:
    """Count the cards that have faults, or the files where some are no cards."""
    files = {fault.path or "" for fault in faults}
    are_cards = all(
        file.endswith(".yaml") and not file.endswith(_SHARED) and "contracts/" not in file
        for file in files
    )
    return counted(len(files), "card" if are_cards else "file")


def counted(count: int, what: str) -> str:
    """Say how many: "1 card", "2 cards"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
