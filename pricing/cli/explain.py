"""``pricing explain FILE[:LINE]``: every line's price, with the reason for each factor."""

from __future__ import annotations

import os
from math import ceil

from pricing.cli import options
from pricing.cli.cost import Fields, add_record
from pricing.cli.cost_answer import Answer
from pricing.cli.cost_problems import problems_of
from pricing.cli.cost_report import is_silent
from pricing.cli.output import emit, say_messages
from pricing.errors import PricingError, UsageError
from pricing.rating.sums import Tally
from pricing.usage.records import Records
from pricing.usage.usage import Usage, is_only_money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

    from pricing.catalog import Catalog
    from pricing.cli.words import Command


def command() -> Command:
    """Give the command's options and arguments."""
    made = options.command(
        "explain", "Explain what one request costs: card, revision, condition, modifier and source."
    )
    made.argument(
        "WHAT", "a file of one record, a line of one as FILE:7, or a model with its counts"
    )
    options.add_pricing(made)
    options.add_counts(made)
    made.option("--model", "price it as this model", "ID")
    made.option("--shape", "the usage shape, where keys do not decide", "NAME")
    options.add_map(made)
    return made


def run(words: Sequence[str]) -> int:
    """Run the command; gives 3 where a part of the request has no price."""
    args = options.parse(command(), words)
    at = options.when(args)
    catalog = options.open_catalog(args)
    records, usages = _usages(args, catalog)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    if args.model is not None:
        catalog.resolve(args.model, args.seller)
    if is_only_money(usages[0]):
        raise UsageError(
            f"only an amount, {usages[0].reported}: nothing is computed of it",
            path=usages[0].place,
            remedy="pricing cost --reported shows it beside what is.",
        )
    answer = Answer(catalog, records, Tally(estimates=args.estimates))
    answer.given = options.attributes(args, catalog)
    add_record(answer, usages, args, at, Fields(answer), keep=True)
    answer.itemise(None)
    answer.settle(None, at)
    from pricing.cli.explain_report import explain_report

    report = explain_report(answer, problems_of(answer, args.cards, with_options=False), args)
    if is_silent(answer, args):
        say_messages(report, args)
    else:
        emit(report, args)
    return 3 if answer.tally.incomplete else 0


def _usages(args: SimpleNamespace, catalog: Catalog) -> tuple[Records, tuple[Usage, ...]]:
    """Give the one record that was named, or the request that the options count."""
    meters = options.counts(args, catalog)
    if meters:
        path, _ = _place(args.what)
        if os.path.exists(path):
            raise PricingError(
                f"counts and the file {path} are two requests", remedy="Give one of them."
            )
        if args.map is not None:
            raise PricingError("--map describes a file", remedy="Leave it out with counts.")
        model = args.model or args.what
        catalog.resolve(model, args.seller)
        attributes = options.attributes(args, catalog)
        usage = Usage(meters, model=model, attributes=attributes)
        known = catalog.book.vocabulary.meters
        inputs = [q for m, q in usage.meters.items() if known[m].side == "input"
                  and known[m].unit == "token"]  # fmt: skip
        usage.context_tokens = ceil(sum(inputs))
        return Records([]), (usage,)
    path, line = _place(args.what)
    if not os.path.exists(path) and path != "-":
        _refuse_model(path, args, catalog)
    options.keep_inputs([path, *([] if args.map is None else [args.map])], args)
    mapping = options.mapping(args, catalog)
    records = Records([path], args.shape, unmerged=True, mapping=mapping)
    start = "stdin" if path == "-" else path
    found = [usages for usages in records if line is None or _is_at(usages[0], start, line)]
    exact = [usages for usages in found if usages[0].place == f"{start}:{line}"]
    found = exact or found
    if len(found) == 1:
        return records, found[0]
    if found:
        shown = ", ".join(str(usages[0].place) for usages in found[:2])
        raise UsageError(f"{len(found):,} records", path=args.what, remedy=f"Name one: {shown}, …")
    for fault in records.faults:
        if line is None or f"{fault.path}:{fault.line}" == f"{path}:{line.partition(':')[0]}":
            error = UsageError(fault.what)
            error.faults = (fault,)
            raise error
    raise UsageError(f"no billed record in line {line}" if line else "no billed record", path=path)


def _refuse_model(word: str, args: SimpleNamespace, catalog: Catalog) -> None:
    """Tell somebody who named a model what is missing; raises UsageError."""
    try:
        catalog.resolve(word, args.seller)
    except PricingError:
        return
    raise UsageError(f"no counts for {word}", remedy="Give --input, --output and the like.")


def _place(what: str) -> tuple[str, str | None]:
    """Split FILE:LINE or FILE:LINE:COLUMN; a file of that very name goes first."""
    path, numbers = what, ""
    while not os.path.exists(path):
        rest, colon, number = path.rpartition(":")
        if not (colon and number.isdigit()) or numbers.count(":") > 1:
            return what, None
        path, numbers = rest, f"{number}:{numbers}"
    return path, numbers.rstrip(":") or None


def _is_at(usage: Usage, path: str, line: str) -> bool:
    """Tell whether a record stands there; a line alone also means the only record in it."""
    place = (usage.place or "").removeprefix(f"{path}:")
    return place == line or (":" not in line and place.partition(":")[0] == line)
