"""``pricing budget init LOG...``: a first budget file from what was seen."""

from __future__ import annotations

import os
import posixpath
import shlex

from pricing.cli import options
from pricing.cli.output import complain, print_out, say
from pricing.cli.words import Command
from pricing.errors import BudgetError, Fault, PricingError
from pricing.render import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "budget.yaml"


def command() -> Command:
    """Give the command's options and arguments."""
    made = Command(
        "budget init",
        "Write a commented first budget file from usage logs, one scenario for each.",
        f"Writes {DEFAULT}, and never over a file that is there.",
    )
    made.argument("LOG", "recorded responses, as `pricing cost` reads them", many=True)
    made.option("-o", f"where to; {DEFAULT}, - is stdout", "PATH")
    made.option("--cards", "your own cards over the shipped ones", "DIR", many=True)
    made.option("--currency", "what totals are added in; USD", "CODE")
    made.option("--at", "prices of this day; today", "INSTANT")
    return made


def run(words: Sequence[str]) -> int:
    """Run the command."""
    from decimal import Decimal

    from pricing.budget.file import DEFAULT_MONTH, read_budget
    from pricing.budget.first import first_file
    from pricing.budget.parts import Prices

    args = command().parse(words)
    path = args.o or DEFAULT
    folder = "" if path == "-" else os.path.dirname(path)
    if path != "-" and os.path.exists(path):
        raise PricingError(f"{path} is there already", remedy="Give another -o PATH.")
    at = options.when(args, default_now=True)
    assert at is not None
    catalog = options.open_catalog(args)
    shown = [_from(log, folder) for log in args.logs]
    for log in args.logs:
        if not os.path.exists(log):
            raise PricingError(f"no such file: {log}", remedy="Give a log of responses.")
    prices = Prices(catalog, at, at, 10**6, args.currency or "USD", Decimal(DEFAULT_MONTH))
    name = DEFAULT if path == "-" else path
    text, faults = first_file(args.logs, shown, name, folder, prices)
    read_budget(text.encode(), path, folder)
    status = 3 if faults else 0
    if faults:
        complain((*faults, Fault("the limits leave out what cannot be judged")))
    if path == "-":
        print_out(text.rstrip("\n"))
        return status
    write_file(path, text)
    print_out(f"{path}: written, {len(args.logs)} scenario{'s' * (len(args.logs) != 1)}")
    say(f"next: pricing budget check {shlex.quote(path)}\n")
    return status


def _from(log: str, folder: str) -> str:
    """Give a log's path as the budget file names it."""
    if os.path.isabs(log):
        raise BudgetError(f"{log} is no path from here", remedy="Give it from this folder.")
    found = os.path.relpath(log, folder or ".").replace(os.sep, "/")
    return posixpath.normpath(found)
