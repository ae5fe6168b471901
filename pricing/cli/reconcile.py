"""``pricing reconcile INVOICE... --usage FILE...``: a bill against our log, and why they differ."""

from __future__ import annotations

import os
import shlex

from pricing.cli import options
from pricing.cli.output import emit
from pricing.errors import Fault, InvoiceError, PricingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

    from pricing.cards.vocabulary import Vocabulary
    from pricing.cli.words import Command
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.log import Log
    from pricing.reconcile.statement import Statement
    from pricing.render import Report


def command() -> Command:
    """Give the command's options and arguments."""
    made = options.command(
        "reconcile",
        "Hold a bill against a log, to the last digit, and name the cause of every difference.",
        "Forms are told by what a file holds; docs/reconcile.md lists them. Ends with 0 where bill"
        " and log agree or every difference is explained, 1 where they do not agree, 3 where a"
        " part of the money is unknown.",
    )
    made.argument("INVOICE", "statements, cost reports or invoices", many=True)
    made.option("--usage", "our log, a folder or pattern of logs", "FILE", many=True)
    made.option("--terms", "contract terms and decisions; reconcile.yaml", "FILE")
    made.option("--usage-report", "the provider's own usage report", "FILE", many=True)
    made.option("--money", "the invoice that the cost reports add up to", "FILE", many=True)
    made.option("--map", "which column of the statement holds what, YAML", "FILE")
    made.option("--usage-map", "which column of the log holds what, YAML", "FILE")
    made.option("--shape", "the usage shape, where keys do not decide", "NAME")
    made.option("--seller", "who sells and bills, where log and bill do not say", "NAME")
    made.option("--currency", "judge the lines in this currency, where there are several", "CODE")
    made.option("--explain", "the arithmetic of one finding or cell", "ID|CELL")
    made.option("--dispute", "write a pack for each seller into this folder", "DIR")
    made.option("--today", "the day from which finality and age are told", "DAY")
    made.option("--estimates", "use marked estimates where a price is not published")
    made.option("--allow-unpriced", "judge although some usage has no price")
    made.option("--allow-malformed", "judge although lines of the log are damaged")
    made.option("--allow-unmatched", "judge although lines of the bill cannot be matched")
    return made


def run(words: Sequence[str]) -> int:
    """Run the command; gives 1 where bill and log do not agree."""
    args = options.parse(command(), words)
    if not (args.usage or args.usage_report or args.money):
        raise PricingError("--usage is missing", remedy="A bill is held against a log.")
    given = [*args.invoices, *args.usage, *args.usage_report, *args.money]
    packs = args.dispute
    if packs is not None and os.path.exists(packs) and not os.path.isdir(packs):
        raise PricingError(f"--dispute: {packs} is a file", remedy="Name a folder, or a new one.")
    options.keep_inputs([*given, *(p for p in (args.terms, args.map, args.usage_map) if p)], args)
    from pricing.reconcile.legs import check_files
    from pricing.reconcile.terms import Terms, read_terms

    check_files([*args.invoices, *args.money])
    catalog = options.open_catalog(args)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    vocabulary = catalog.book.vocabulary
    statements = [_statement(path, args, vocabulary) for path in args.invoices]
    terms = read_terms(args.terms) if args.terms is not None else Terms()
    mapping = None
    if args.usage_map is not None:
        from pricing.usage.logs.map_file import read_map

        mapping = read_map(args.usage_map, vocabulary)
    from pricing.cli.progress import watch
    from pricing.rating.quote import Flags
    from pricing.reconcile.legs import run_legs

    # without being asked nothing that the day of the run changes
    is_aged = args.today is not None or terms.final_days or terms.provisional_days
    with watch(args.quiet) as told:
        legs = run_legs(
            statements,
            [_statement(path, args, vocabulary) for path in args.money],
            args.usage,
            args.usage_report,
            catalog,
            terms,
            seller=args.seller,
            flags=Flags(args.estimates),
            mapping=mapping,
            shape=args.shape,
            watch=told,
            today=options.when(args, "today", default_now=True) if is_aged else None,
        )
    return _answer(legs, args)


def _statement(path: str, args: SimpleNamespace, vocabulary: Vocabulary) -> Statement:
    from pricing.reconcile.invoices import read_statement

    return read_statement(path, args.map, vocabulary, args.currency)


def _answer(legs: object, args: SimpleNamespace) -> int:
    from pricing.reconcile.legs import Legs
    from pricing.reconcile.legs_report import legs_report

    assert isinstance(legs, Legs)
    found = legs.rating
    if args.explain is not None:
        if found is None:
            raise PricingError("--explain without --usage", remedy="Give the log.")
        from pricing.reconcile.explain import explain_report

        report = explain_report(found, args.explain)
    else:
        report = legs_report(legs, _call(args))
    problems = _problems(legs.logs, found, args)
    _emit(report, problems, args)
    if args.dispute is not None and found is not None:
        from pricing.reconcile.dispute import write_packs

        write_packs(found, args.dispute)
    if legs.has_failed:
        return 1
    return 3 if problems else 0


def _emit(report: Report, problems: list[object], args: SimpleNamespace) -> None:
    from pricing.render import Report

    emit(
        Report(
            report.kind, report.headline, report.blocks, report.notes, report.next,
            report.document, [*report.problems, *problems], report.tone,
        ),
        args,
    )  # fmt: skip


def _call(args: SimpleNamespace) -> str:
    """Give the call of this command as it would be typed again."""
    parts = ["pricing", "reconcile", *args.invoices]
    for name in ("usage", "usage_report", "money", "cards"):
        for path in getattr(args, name):
            parts += [f"--{name.replace('_', '-')}", path]
    for name in ("terms", "map", "usage_map", "shape", "seller", "currency"):
        if getattr(args, name) is not None:
            parts += [f"--{name.replace('_', '-')}", getattr(args, name)]
    return shlex.join(parts)


def _problems(logs: list[Log], found: Diagnosis | None, args: SimpleNamespace) -> list[object]:
    """Give what keeps a verdict from being whole, each with what would leave it out."""
    problems: list[object] = []
    for log in logs:
        if not args.allow_unpriced:
            for each in log.unpriced.values():
                count = f" ({each.requests:,} requests)" if each.requests > 1 else ""
                remedy = (each.remedy or "Add a card (--cards DIR).").rstrip(".")
                remedy += ", or judge without it (--allow-unpriced)."
                path, _, line = each.place.rpartition(":")
                number = int(line) if line.isdigit() else None
                problems.append(
                    Fault(f"{each.reason}{count}", path=path or None, line=number, remedy=remedy)
                )
        if not args.allow_malformed:
            problems += log.faults[:20]
            if log.faults:
                problems.append("Leave damaged lines out with --allow-malformed.")
            if log.cut:
                problems.append(f"{log.cut:,} streams never finished (--allow-malformed)")
    if found is None:
        return problems
    if not args.allow_unmatched:
        from pricing.reconcile.words import many

        lines = [(ln, why) for ln, why in found.case.bill.unmatched if ln.amount]
        for each_line, why in lines[:5]:
            path, _, number_text = each_line.place.rpartition(":")
            problems.append(Fault(why, path=path, line=int(number_text)))
        if lines:
            count = f"{many(len(lines), 'line')} of the bill could not be matched"
            problems.append(f"{count} (--allow-unmatched)")
    for statement in found.case.bill.statements:
        if not statement.is_complete:
            fault = InvoiceError(
                "more pages follow: the bill is not whole",
                path=statement.path,
                remedy="Fetch the pages that has_more promises, and give all files.",
            )
            problems += fault.faults
    return problems
