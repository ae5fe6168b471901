"""``pricing cost FILE...``: what the usage in some files costs."""

from __future__ import annotations

import os

from pricing.cli import options
from pricing.cli.cost_answer import Answer
from pricing.cli.output import emit
from pricing.cli.times import TIMES, bounds, clock, period
from pricing.errors import (
    NoRevision,
    PricingError,
    RatingError,
    UnknownModel,
    UsageError,
    did_you_mean,
)
from pricing.rating.sums import Tally
from pricing.usage.files import files_of
from pricing.usage.logs.places import PLACES
from pricing.usage.records import Records
from pricing.usage.usage import is_only_money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.cli.times import Clock
    from pricing.cli.words import Command
    from pricing.usage.usage import Usage

#: logs of so much are read in bulk
BULK_BYTES = 4 << 20
FIELDS = (*TIMES, "model", "seller")
#: a field of --by -> what else a label of that meaning is called
ALSO = {
    "key": ("api_key", "api_key_id"),
    "project": ("project_id",),
    "session": ("session_id",),
    "tag": ("tags",),
}


def command() -> Command:
    """Give the command's options and arguments."""
    made = options.command(
        "cost",
        "Exact, itemised cost of API responses, and of logs of them.",
        "A record is a response body, or one under 'response' beside 'at', 'seller', 'id',"
        " 'status', 'labels' and 'attributes'.",
    )
    made.options["--format"].choices = (*made.options["--format"].choices, "focus")
    made.argument(
        "FILE", "a log, a folder or pattern of logs, or - for stdin", many=True, optional=True
    )
    for place in PLACES:
        made.option(f"--{place.name}", place.about)
    options.add_pricing(made)
    made.option("--model", "price everything as this model", "ID")
    made.option("--shape", "the usage shape, where keys do not decide", "NAME")
    options.add_map(made)
    options.add_attribute(made, "what a record does not tell, such as endpoint=global")
    made.option(
        "--by", "group by day, week, month, hour, model, seller, attributes or labels", "FIELDS"
    )
    made.option("--breakdown", "every group by model, too")
    made.option("--reported", "per request, and what was reported beside what was computed")
    made.option("--tz", "the time zone of days and what is written without one; UTC", "ZONE")
    made.option("--since", "only records from this instant on", "INSTANT")
    made.option("--until", "only records before this instant", "INSTANT")
    made.option("--lines", "every line item of every record")
    made.option("--account", "what the account has used of its allowances, JSON or YAML", "FILE")
    made.option("--account-out", "write what it has used after this", "PATH")
    made.option("--strict-dates", "refuse prices whose first day is observed or inferred")
    made.option("--explain-skipped", "list every row that was not counted")
    made.option("--engine", "let duckdb, pandas, polars, pyarrow or spark add up Parquet", "NAME")
    made.option("--workers", "read long logs with so many processes", "N")
    made.option("--no-cache", "read all of long logs again, and keep nothing of them")
    made.option("--allow-unpriced", "end with 0 though some usage has no price")
    made.option("--allow-malformed", "end with 0 though lines are damaged or streams cut")
    return made


def run(words: Sequence[str]) -> int:
    """Run the command; gives 3 where a part of the money is unknown."""
    args = options.parse(command(), words)
    for place in PLACES:
        if getattr(args, place.key):
            args.files += place.files()
    if not args.files:
        raise PricingError("FILE is missing", remedy="See pricing cost --help.")
    if args.account_out is not None and args.account is None:
        raise PricingError("--account-out without --account", remedy="Give the state before, too.")
    if args.account_out in {path for _, path in args.reports}:
        raise PricingError(f"two reports for {args.account_out}", remedy="Give each its own file.")
    by = _focus_fields(args) if args.format == "focus" else _fields(args)
    local = clock(args.tz)
    if args.engine is not None:
        from pricing.cli.cost_engine import check

        check(args)
    args.workers = options.whole(args.workers or "1", "--workers")
    args.since_at, args.until_at = bounds(args)
    given = [*args.files, *([args.map] if args.map is not None else [])]
    options.keep_inputs(given, args, args.account, args.account_out)
    at = options.when(args)
    catalog = options.open_catalog(args)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    if args.model is not None:
        catalog.resolve(args.model, args.seller)
    answer = read_costs(catalog, args, by, at, local)
    if args.format == "focus":
        from pricing.cli.cost_focus import focus_text
        from pricing.cli.output import print_out

        charges = focus_text(answer)
        if args.o is None or args.o == "-":
            print_out(charges.rstrip("\n"))
        else:
            from pricing.render import write_file

            write_file(args.o, charges)
        return _code(answer, args)
    from pricing.cli.cost_report import cost_report, is_silent

    report = cost_report(answer, args)
    if is_silent(answer, args):
        from pricing.cli.output import say_messages

        say_messages(report, args)
    else:
        emit(report, args)
    if args.account_out is not None:
        from pricing.cli.account_file import write_account

        assert answer.tally.account is not None
        write_account(answer.tally.account, args.account_out)
    return _code(answer, args)


def _code(answer: Answer, args: SimpleNamespace) -> int:
    if answer.without_price and not args.allow_unpriced:
        return 3
    if answer.damaged and not args.allow_malformed:
        return 3
    return 3 if answer.is_mixed and args.format != "focus" else 0


def _focus_fields(args: SimpleNamespace) -> tuple[str, ...]:
    """Give what charges are grouped by; raises PricingError for options that say otherwise."""
    from pricing.cli.cost_focus import BY

    for option in ("by", "lines", "breakdown", "reported", "currency", "tz", "report"):
        if getattr(args, option):
            raise PricingError(f"--format focus with --{option}", remedy="Its rows are fixed.")
    return BY


def _fields(args: SimpleNamespace) -> tuple[str, ...]:
    """Give the fields to group by; raises PricingError for options that go ill together."""
    by = options.names(args.by, "--by")
    if args.breakdown and not by:
        raise PricingError("--breakdown without --by", remedy="As --by day --breakdown.")
    for option in ("breakdown", "reported") if args.lines else ():
        if getattr(args, option):
            raise PricingError(f"--lines with --{option}", remedy="Lines are in no groups.")
    if args.breakdown and "model" not in by:
        by.append("model")
    return tuple(by)


def read_costs(
    catalog: Catalog,
    args: SimpleNamespace,
    by: tuple[str, ...],
    at: int | None,
    clock: Clock,
) -> Answer:
    """Read the files and add their usage up.

    Raises:
        UsageError: they cannot be read, or no record has a field that ``by`` names.
    """
    account = None
    if args.account is not None:
        from pricing.cli.account_file import read_account

        account = read_account(args.account, catalog)
    from pricing.cli.progress import watch

    mapping = options.mapping(args, catalog)
    with watch(args.quiet) as told:
        long = None
        if account is None and args.engine is None and is_long(args):
            from pricing.usage.long import LongRecords

            long = LongRecords(args.files, args.shape, mapping=mapping, watch=told)
        records = long or Records(
            args.files,
            args.shape,
            in_order=args.lines,
            is_compact=not args.lines and account is None,
            with_reasons=args.explain_skipped,
            mapping=mapping,
            watch=told,
        )
        tally = Tally(account=account, estimates=args.estimates, strict_dates=args.strict_dates)
        answer = Answer(catalog, records, tally, by, clock, args.tz or "UTC")
        answer.given = options.attributes(args, catalog)
        fields = Fields(answer)
        if args.engine is not None:
            from pricing.cli.cost_engine import add_sums

            add_sums(answer, args, at, fields, mapping)
        elif long is None:
            _add_each(answer, args, at, fields)
        else:
            from pricing.cli.cost_bulk import Adder

            adder = Adder(answer, args, at, fields)
            cache = None
            if not args.no_cache:
                from pricing.usage.cache import Cache

                cache = Cache()
            adder.add(long.in_bulk(adder.drain, args.workers, cache))
    fields.check()
    if args.lines:
        answer.itemise(account)
    answer.settle(args.currency, at)
    return answer


def is_long(args: SimpleNamespace) -> bool:
    """Tell whether the logs are worth the long start of reading in bulk."""
    if args.lines or args.explain_skipped or "-" in args.files:
        return False
    size = 0
    for path in files_of(args.files):
        size += os.path.getsize(path)
        if size >= BULK_BYTES:
            return True
    return False


def _add_each(answer: Answer, args: SimpleNamespace, at: int | None, fields: Fields) -> None:
    for usages in answer.records:
        if is_outside(usages[0], args):
            answer.outside += 1
            continue
        add_record(answer, usages, args, at, fields, keep=args.lines)


def is_outside(usage: Usage, args: SimpleNamespace) -> bool:
    """Tell whether a record lies outside --since and --until; raises UsageError."""
    if args.since_at is None and args.until_at is None:
        return False
    if usage.at is None:
        raise UsageError(
            "no time in this record: --since and --until cannot tell",
            path=usage.place, remedy="Add 'at' to it.",
        )  # fmt: skip
    return (args.since_at is not None and usage.at < args.since_at) or (
        args.until_at is not None and usage.at >= args.until_at
    )


def add_record(
    answer: Answer,
    usages: tuple[Usage, ...],
    args: SimpleNamespace,
    at: int | None,
    fields: Fields,
    keep: bool = False,
    requests: int = 1,
) -> None:
    """Add one record: all that it bills, under one request; ``keep`` it to be itemised.

    A record of more ``requests`` is the sum of so many that are priced alike.
    """
    catalog, tally = answer.catalog, answer.tally
    own = usages[0].at
    if is_only_money(usages[0]):
        answer.saw_money(usages[0], fields.group(usages[0], None, own))
        return
    answer.saw_record(usages[0])
    for number, usage in enumerate(usages):
        counted = 0 if number else requests
        card = None
        try:
            named = args.model if usage.model == usages[0].model else None
            card, assumed = catalog.locate(usage, named, args.seller, at)
            if answer.given:
                answer.fill(usage, requests)
            if usage.status is not None and not card.provider.bills(usage.status):
                if not number:
                    answer.saw_free(usage, card)
                continue
            group = fields.group(usage, card, own)
            tally.add(usage, card, group, counted)
        except PricingError as error:
            group = fields.group(usage, card, own)
            tally.refuse(usage, _reworded(error, usage), group, counted, requests)
            if keep:
                answer.kept.append((usage, None))
        else:
            answer.saw(usage, card, assumed, group, requests)
            if keep:
                answer.kept.append((usage, card))
    answer.tell_missing(requests)


def _reworded(error: PricingError, usage: Usage) -> PricingError:
    """Say of a record's model that there is no card, and of its instant when there is a price.

    Nobody mistyped it here, and what differs from record to record would be told for each.
    """
    if isinstance(error, NoRevision) and error.always is not None:
        return RatingError(error.always, remedy=error.remedy)
    if not isinstance(error, UnknownModel):
        return error
    at = f" at {error.seller}" if error.seller else ""
    hint = error.remedy or ""
    if hint.startswith("There it is"):
        remedy = f"{hint} Give that as --model."
    elif hint.startswith("Did you mean"):
        remedy = f"{hint} Add a card (--cards DIR)."
    else:
        add = "Choose another seller, or add a card" if error.seller else "Add a card"
        remedy = f"{add} (--cards DIR)."
    return RatingError(f"no card has model '{error.model}'{at}", remedy=remedy)


class Fields:
    """The fields of --by: their value for each usage, and whether any record has them."""

    def __init__(self, answer: Answer) -> None:
        self.by = answer.by or ("model",)
        self.clock = answer.clock
        self.known = {*FIELDS, *answer.catalog.book.vocabulary.attributes}
        #: fields that must be labels, until a record has them
        self.unseen = {field for field in self.by if field not in self.known}
        self.labels: dict[str, None] = {}

    def group(self, usage: Usage, card: RateCard | None, own: int | None) -> tuple[str, ...]:
        return tuple(self._value(field, usage, card, own) for field in self.by)

    def _value(self, field: str, usage: Usage, card: RateCard | None, own: int | None) -> str:
        if field == "model":
            return card.model if card is not None else (usage.model or "")
        if field == "seller":
            return card.provider.name if card is not None else (usage.seller or "")
        if field in TIMES:
            return "" if own is None else period(field, self.clock(own))
        if self.unseen and usage.labels:
            self.unseen -= usage.labels.keys()
            if self.unseen and len(self.labels) < 100:
                self.labels |= dict.fromkeys(usage.labels)
        value = usage.labels.get(field)
        for other in ALSO.get(field, ()) if value is None else ():
            value = usage.labels.get(other)
            if value is not None:
                self.unseen.discard(field)
                break
        if value is None and field in self.known:
            value = usage.attributes.get(field)
            if value is None and card is not None:
                value = card.provider.wire.get("defaults", {}).get(field)
                value = value or card.provider.book.vocabulary.attributes[field].default
        return "" if value is None else str(value)

    def check(self) -> None:
        """Refuse a field that no record has; raises UsageError."""
        for field in sorted(self.unseen):
            hint = did_you_mean(field, [*self.known, *self.labels])
            names = ", ".join([*FIELDS, *sorted(self.labels)])
            raise UsageError(f"no record has the label '{field}'", remedy=hint or f"By {names}.")
