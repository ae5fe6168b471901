"""Options that commands share, and writing a report where they say."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from pricing.errors import PricingError, UsageError, did_you_mean
from pricing.instants import instant, now
from pricing.render import FORMATS, messages, write_file, write_report
from pricing.render import report_text as text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

    from pricing.catalog import Catalog
    from pricing.render import Report


class Parser(ArgumentParser):
    """Bad arguments end like every other bad input: a fault, a remedy, exit code 2."""

    def error(self, message: str) -> NoReturn:
        known = [name for name in self._option_string_actions if name.startswith("--")]
        hint = None
        if message.startswith("unrecognized arguments: "):
            word = message.split()[2]
            hint = did_you_mean(word, known)
        raise PricingError(message, remedy=hint or f"{self.prog} --help")


def parser(command: str, about: str, epilog: str | None = None) -> Parser:
    """Give a command's parser with the options that all commands share."""
    made = Parser(f"pricing {command}", description=about, epilog=epilog, allow_abbrev=False)
    made.add_argument(
        "--cards",
        action="append",
        default=[],
        metavar="DIR",
        help="lay a folder of cards or contracts over the shipped ones (repeatable)",
    )
    made.add_argument("--format", choices=FORMATS, default="table", help="what is written")
    made.add_argument("-o", dest="out", metavar="PATH", help="write to a file, whole or not at all")
    made.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=PATH",
        help="write this format to a file too (repeatable)",
    )
    made.add_argument("--quiet", action="store_true", help="no notes on stderr")
    return made  # fmt: skip


def add_pricing_options(made: ArgumentParser) -> None:
    """Add the options of commands that price usage."""
    made.add_argument("--seller", metavar="NAME", help="who sells and bills")
    made.add_argument("--at", metavar="INSTANT", help="price as of 2026-11-20 or 2026-11-20T12:00Z")
    made.add_argument("--currency", metavar="CODE", help="show totals in another currency")
    made.add_argument("--estimates", action="store_true",
                      help="use marked estimates where a price is not published")  # fmt: skip


def add_counts(made: ArgumentParser) -> None:
    """Add the options that give the counts of one request."""
    for name in ("input", "cache-read", "cache-write", "output"):
        made.add_argument(f"--{name}", metavar="N", help=f"{name} tokens of one request")
    made.add_argument(
        "--meter",
        action="append",
        default=[],
        metavar="METER=N",
        help="any meter, such as cache_write.5m=4000 (repeatable)",
    )
    made.add_argument("--attribute", action="append", default=[], metavar="NAME=VALUE",
                      help="such as service_tier=batch (repeatable)")  # fmt: skip


def counts(args: Namespace) -> dict[str, str]:
    """Give the meters that the options count; raises UsageError."""
    found = {
        name: value.replace(",", "").replace("_", "")
        for name in ("input", "cache_read", "cache_write", "output")
        if (value := getattr(args, name)) is not None
    }
    for meter, value in pairs(args.meter, "--meter", "cache_write.5m=4000"):
        if meter in found:
            raise UsageError(f"{meter} is counted twice")
        found[meter] = value.replace(",", "").replace("_", "")
    return found


def pairs(words: Iterable[str], option: str, example: str) -> list[tuple[str, str]]:
    """Split NAME=VALUE words; raises PricingError."""
    found = []
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise PricingError(f"{option} takes NAME=VALUE, not '{word}'", remedy=f"As {example}.")
        found.append((name, value))
    return found


def attributes(args: Namespace, catalog: Catalog) -> dict[str, Any]:
    """Give the attributes that the options set; raises RatingError for one that is unknown."""
    vocabulary = catalog.book.vocabulary
    found: dict[str, Any] = {}
    for name, value in pairs(args.attribute, "--attribute", "service_tier=batch"):
        try:
            found[name] = value if vocabulary.is_number(name) else vocabulary.value(name, value)
        except ValueError as error:
            what, _, remedy = str(error).partition("\n")
            raise UsageError(what, remedy=remedy or None) from None
    return found


def when(args: Namespace, default_now: bool = False) -> int | None:
    """Give the instant of --at; raises RatingError."""
    if args.at is None:
        return now() if default_now else None
    try:
        return instant(args.at)
    except ValueError as error:
        what, _, remedy = str(error).partition("\n")
        raise UsageError(f"--at: {what}", remedy=remedy or None) from None


def open_catalog(args: Namespace) -> Catalog:
    """Load the shipped cards with the overlays of --cards."""
    from pricing.catalog import load_catalog

    return load_catalog(*args.cards)


def emit(report: Report, args: Namespace) -> None:
    """Write a report to where the options say, and its messages to stderr."""
    for format_name, path in pairs(args.report, "--report", "json=cost.json"):
        if format_name not in FORMATS:
            raise PricingError(
                f"unknown format '{format_name}'",
                remedy=did_you_mean(format_name, FORMATS) or f"Formats: {', '.join(FORMATS)}.",
            )
        write_file(path, text_of(report, format_name))
    if args.out is not None:
        write_file(args.out, text_of(report, args.format))
    else:
        write_report(report, args.format, sys.stdout)
        sys.stdout.flush()
    text = messages(report)
    if args.quiet and report.problems:
        text = "\n".join(str(problem) for problem in report.problems) + "\n"
    elif args.quiet:
        text = ""
    if text:
        sys.stderr.write(text)
