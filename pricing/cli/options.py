"""Options that commands share, and what they mean."""

from __future__ import annotations

import os

from pricing.cli.words import Command
from pricing.errors import PricingError, UsageError, did_you_mean
from pricing.instants import instant, now
from pricing.money import decimal, ungrouped
from pricing.render import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import SimpleNamespace
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.usage.logs.mapped import Map

_ENDINGS = {
    ".csv": "csv",
    ".html": "html",
    ".json": "json",
    ".md": "markdown",
    ".png": "png",
    ".svg": "svg",
    ".xlsx": "xlsx",
}
#: endings of files that other programs would fail to open
_NOT_WRITTEN = (".docx", ".jpg", ".ods", ".parquet", ".pdf", ".xls")
_COUNTS = ("input", "cache_read", "cache_write", "output")


def command(name: str, about: str, epilog: str = "", formats: Sequence[str] = FORMATS) -> Command:
    """Give a command with the options that all of them share, and the formats that it writes."""
    made = Command(name, about, epilog)
    made.option(
        "--cards",
        "lay a folder of your own cards or contracts over the shipped ones",
        "DIR",
        many=True,
    )
    made.option("--format", "what is written", "FORMAT", choices=formats)
    made.option("-o", "write to a file, whole or not at all", "PATH")
    made.option("--report", "write this format to a file too", "FORMAT=PATH", many=True)
    made.option("--quiet", "no notes on stderr")
    return made


def add_pricing(made: Command) -> None:
    """Add the options of commands that price usage."""
    made.option("--seller", "who sells and bills", "NAME")
    made.option("--at", "price as of 2026-11-20 or 2026-11-20T12:00Z", "INSTANT")
    made.option("--currency", "show totals in another currency, by a dated rate", "CODE")
    made.option("--estimates", "use marked estimates where a price is not published")


def add_counts(made: Command) -> None:
    """Add the options that give the counts of one request."""
    for name in _COUNTS:
        made.option(f"--{name.replace('_', '-')}", f"{name} tokens of one request", "N")
    made.option("--meter", "any meter, such as cache_write.5m=4000", "METER=N", many=True)
    add_attribute(made, "such as service_tier=batch")


def add_attribute(made: Command, about: str) -> None:
    """Add the option that says what describes a whole request."""
    made.option("--attribute", about, "NAME=VALUE", many=True)


def add_map(made: Command) -> None:
    """Add the option that says what the columns of a log are."""
    made.option("--map", "which column of a CSV, JSON or Parquet holds what, YAML", "FILE")


def mapping(args: SimpleNamespace, catalog: Catalog) -> Map | None:
    """Read the mapping of --map; raises UsageError, and PricingError beside --shape."""
    if args.map is None:
        return None
    if args.shape is not None:
        raise PricingError("--shape and --map", remedy="A mapping says what is where.")
    from pricing.usage.logs.map_file import read_map

    return read_map(args.map, catalog.book.vocabulary)


def counts(args: SimpleNamespace, catalog: Catalog) -> dict[str, str]:
    """Give the meters that the options count; raises UsageError."""
    known = catalog.book.vocabulary.meters
    found = {name: value for name in _COUNTS if (value := getattr(args, name)) is not None}
    for meter, value in pairs(args.meter, "--meter", "cache_write.5m=4000"):
        if meter in found:
            raise UsageError(f"{meter} is counted twice", remedy="Give one count.")
        if meter not in known:
            hint = did_you_mean(meter, known) or "Meters are listed in ratecards/vocabulary.yaml."
            raise UsageError(f"unknown meter '{meter}'", remedy=hint)
        found[meter] = value
    return {meter: _count(meter, value) for meter, value in found.items()}


def _count(meter: str, value: str) -> str:
    """Give a count without separators; raises UsageError."""
    digits = plain_digits(value)
    try:
        if decimal(digits) >= 0:
            return digits
    except (ValueError, ArithmeticError):
        pass
    raise UsageError(f"'{value}' is no count of {meter}", remedy="Give a number from 0 on.")


def plain_digits(value: str) -> str:
    """Give a number without the separators that people write: 12,000 or 12_000."""
    return ungrouped(value.replace("_", ","))


def whole(value: str, option: str) -> int:
    """Give a whole number from 1 on; raises PricingError."""
    digits = plain_digits(value)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18 and int(digits)):
        raise PricingError(f"{option} cannot be '{value}'", remedy="Give a whole number from 1 on.")
    return int(digits)


def pairs(words: Iterable[str], option: str, example: str) -> list[tuple[str, str]]:
    """Split NAME=VALUE words; raises PricingError."""
    found = []
    for word in words:
        name, _, value = word.partition("=")
        if not (name and value):
            raise PricingError(f"{option} cannot be '{word}'", remedy=f"As {option} {example}.")
        found.append((name, value))
    return found


def names(value: str | None, option: str) -> list[str]:
    """Split a list with commas; raises PricingError for an empty or a repeated name."""
    if value is None:
        return []
    found = [name.strip() for name in value.split(",")]
    for name in found:
        if not name:
            raise PricingError(f"{option} names nothing in '{value}'", remedy="As a,b.")
        if found.count(name) > 1:
            raise PricingError(f"{option} names '{name}' twice", remedy="Name it once.")
    return found


def attributes(args: SimpleNamespace, catalog: Catalog) -> dict[str, Any]:
    """Give the attributes that the options set; raises UsageError for one that is unknown."""
    vocabulary = catalog.book.vocabulary
    found: dict[str, Any] = {}
    for name, value in pairs(args.attribute, "--attribute", "service_tier=batch"):
        try:
            vocabulary.attribute(name)
            found[name] = vocabulary.read(name, value)
        except ValueError as error:
            raise _told(error) from None
    return found


def when(args: SimpleNamespace, option: str = "at", default_now: bool = False) -> int | None:
    """Give the instant of --at or the like; raises UsageError."""
    value = getattr(args, option)
    if value is None:
        return now() if default_now else None
    try:
        return instant(value)
    except ValueError as error:
        raise _told(error, f"--{option}: ") from None


def _told(error: ValueError, start: str = "") -> UsageError:
    what, _, remedy = str(error).partition("\n")
    return UsageError(start + what, remedy=remedy or None)


def reports(args: SimpleNamespace, formats: Sequence[str] = FORMATS) -> list[tuple[str, str]]:
    """Give format and path of each file to write, ``-o`` last.

    Raises:
        PricingError: an unknown format, or two for one file.
    """
    found = pairs(args.report, "--report", "json=cost.json")
    for name, path in found:
        if path == "-":
            remedy = f"--format {name} writes to stdout; as --report {name}=PATH."
            raise PricingError(f"--report cannot be '{name}=-'", remedy=remedy)
        if name not in formats:
            hint = did_you_mean(name, formats) or f"One of: {', '.join(formats)}."
            raise PricingError(f"--report cannot write '{name}'", remedy=hint)
    if args.o is not None and args.o != "-":
        found.append((args.format, args.o))
    paths = [os.path.realpath(path) for _, path in found]
    for _, path in found:
        if paths.count(os.path.realpath(path)) > 1 and not path.startswith("/dev/"):
            raise PricingError(f"two reports for {path}", remedy="Give each its own file.")
    return found


def parse(made: Command, words: Sequence[str]) -> SimpleNamespace:
    """Read the words, and refuse reports that could not be written."""
    args = made.parse(words)
    if args.format is None:
        args.format = _format_of(args.o)
    args.reports = reports(args, made.options["--format"].choices)
    return args


def _format_of(path: str | None) -> str:
    """Give the format that a file's ending names, else a table.

    Raises:
        PricingError: the ending names what is not written, such as ``.pdf``.
    """
    ending = os.path.splitext(path or "")[1].lower()
    if ending in _NOT_WRITTEN:
        raise PricingError(
            f"-o cannot write {ending}", remedy=f"Give --format, or one of {', '.join(_ENDINGS)}."
        )
    return _ENDINGS.get(ending, "table")


def keep_inputs(
    read: Iterable[str], args: SimpleNamespace, account: str | None = None, out: str | None = None
) -> None:
    """Refuse to write over what is also read; the state of an account may be written back.

    Raises:
        PricingError: a report or the account's new state would be.
    """
    written = [path for path in (*(path for _, path in args.reports), out) if path is not None]
    if not any(map(os.path.isfile, written)):
        return
    from pricing.usage.files import files_of

    # one by one: scenarios of a budget may share a log
    files = [path for each in read for path in files_of([each]) if path != "-"]
    for path in filter(os.path.isfile, written):
        others = files if path == out or account is None else [*files, account]
        if any(os.path.isfile(other) and os.path.samefile(path, other) for other in others):
            raise PricingError(f"{path} is also read", remedy="Write to another file.")


def open_catalog(args: SimpleNamespace) -> Catalog:
    """Load the shipped cards with the overlays of --cards."""
    from pricing.catalog import load_catalog

    return load_catalog(*args.cards)
