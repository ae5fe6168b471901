"""``pricing cost FILE...``: what the usage in some files costs."""

from __future__ import annotations

from pricing.cli import options
from pricing.cli.cost_report import Answer, cost_report
from pricing.errors import PricingError, UsageError
from pricing.instants import iso
from pricing.rating.cost import Cost
from pricing.rating.rate import rate
from pricing.rating.sums import Tally
from pricing.usage.records import Records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.usage.usage import Usage

_FIELDS = ("day", "month", "hour", "model", "seller")


def run(words: Sequence[str]) -> int:
    """Run the command; gives 3 where a part of the money is unknown."""
    made = options.parser(
        "cost",
        "Exact, itemised cost of API responses, and of JSON Lines logs of them.",
        "A record is a response body, or one under 'response' beside 'at', 'seller', 'id',"
        " 'status' and 'labels'. '-' reads stdin.",
    )
    made.add_argument("files", nargs="+", metavar="FILE")
    options.add_pricing_options(made)
    made.add_argument("--model", metavar="ID", help="price everything as this model")
    made.add_argument("--shape", metavar="NAME", help="the usage shape, where keys do not decide")
    made.add_argument(
        "--by", metavar="FIELDS", help="group by day,month,hour,model,seller or labels"
    )
    made.add_argument("--lines", action="store_true", help="every line item of every record")
    made.add_argument("--explain-skipped", action="store_true", help="list what was not counted")
    made.add_argument(
        "--strict-dates",
        action="store_true",
        help="refuse prices whose first day is observed or inferred",
    )
    made.add_argument("--allow-unpriced", action="store_true", help="exit 0 with unpriced usage")
    made.add_argument("--allow-malformed", action="store_true", help="exit 0 with damaged lines")
    args = made.parse_args(words)  # fmt: skip
    by = tuple(field for field in (args.by or "").split(",") if field)
    at = options.when(args)
    catalog = options.open_catalog(args)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    if args.model is not None:
        catalog.resolve(args.model, args.seller)
    answer = read_costs(catalog, args, by, at)
    report = cost_report(answer, args)
    options.emit(report, args)
    if answer.tally.incomplete and not args.allow_unpriced:
        return 3
    if answer.records.faults and not args.allow_malformed:
        return 3
    return 3 if answer.is_mixed else 0


def read_costs(catalog: Catalog, args: Namespace, by: tuple[str, ...], at: int | None) -> Answer:
    """Read the files and add their usage up."""
    records = Records(args.files, args.shape)
    tally = Tally(estimates=args.estimates, strict_dates=args.strict_dates)
    answer = Answer(catalog, records, tally, by, args.files)
    for usages in records:
        for number, usage in enumerate(usages):
            requests = 0 if number else 1
            try:
                card = _located(catalog, usage, args, at, answer)
                group = _group(usage, card, by)
                if usage.status is not None and not card.provider.bills(usage.status):
                    records.skipped["errors_not_billed"] += requests
                    answer.free.append(usage.place or "")
                    continue
                tally.add(usage, card, group, requests)
            except PricingError as error:
                tally.refuse(usage, error, _group(usage, None, by), requests)
            else:
                answer.saw(usage, card)
                if args.lines:
                    answer.each.append((usage, _each(usage, card, args)))
    if not answer.requests and not records.skipped["errors_not_billed"]:
        raise UsageError("nothing to price", path=args.files[0])
    answer.settle(args.currency, at)
    return answer


def _each(usage: Usage, card: RateCard, args: Namespace) -> Cost:
    return rate(
        usage,
        card,
        estimates=args.estimates,
        strict_dates=args.strict_dates,
        partial=True,
    )


def _located(
    catalog: Catalog, usage: Usage, args: Namespace, at: int | None, answer: Answer
) -> RateCard:
    card, assumed = catalog.locate(usage, args.model, args.seller, at)
    seller, when = assumed
    if seller is not None:
        answer.sellers[seller] = None
    if when is not None:
        answer.priced_now = iso(when)
    return card


def _group(usage: Usage, card: RateCard | None, by: tuple[str, ...]) -> tuple[str, ...]:
    """Give the group of a usage: by model where nothing else is asked."""
    return tuple(_field(usage, card, field) for field in by or ("model",))


def _field(usage: Usage, card: RateCard | None, field: str) -> str:
    if field == "model":
        return card.model if card is not None else (usage.model or "")
    if field == "seller":
        return card.provider.name if card is not None else (usage.seller or "")
    if field in _FIELDS:
        if usage.at is None:
            return ""
        full = iso(usage.at)
        return {"day": full[:10], "month": full[:7], "hour": full[:13] + ":00Z"}[field]
    return usage.labels.get(field, "")
