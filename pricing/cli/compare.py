"""``pricing compare MODEL...``: one workload over models and sellers."""

from __future__ import annotations

from pricing.cli import options
from pricing.comparison import caching_pays, compare
from pricing.comparison.report import caching_report
from pricing.errors import PricingError, UsageError, did_you_mean
from pricing.usage.records import Records
from pricing.usage.usage import Usage, Workload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog


def run(words: Sequence[str]) -> int:
    """Run the command; gives 3 where no offer has a price."""
    made = options.parser(
        "compare",
        "Price one workload on several models, or one model at several sellers.",
        "Counts are those of one request, times --requests. Variants: no-cache, or a value of an"
        " attribute such as batch.",
    )
    made.add_argument("models", nargs="+", metavar="MODEL", help="an id, or SELLER/MODEL")
    options.add_pricing_options(made)
    options.add_counts(made)
    made.add_argument("--requests", type=_whole, default=1, metavar="N", help="how many requests")
    made.add_argument(
        "--usage",
        action="append",
        default=[],
        metavar="FILE",
        help="compare on the usage in a file instead (repeatable)",
    )
    made.add_argument("--sellers", metavar="NAMES", help="these sellers of the model, or 'all'")
    made.add_argument("--variants", default="", metavar="NAMES", help="such as batch,no-cache")
    made.add_argument("--break-even", choices=["caching"], help="when does a cache write pay?")
    made.add_argument(
        "--prefix",
        type=_whole,
        default=10_000,
        metavar="N",
        help="tokens of the common prefix (with --break-even)",
    )
    args = made.parse_args(words)  # fmt: skip
    catalog = options.open_catalog(args)
    at = options.when(args)
    if args.break_even:
        return _break_even(args, catalog)
    work = _work(args, catalog)
    cards = _cards(args, catalog)
    variants = [name for name in args.variants.split(",") if name]
    found = compare(work, cards, variants=variants, at=at, estimates=args.estimates)
    report = found.report()
    options.emit(report, args)
    return 0 if found.ranked else 3


def _whole(word: str) -> int:
    from argparse import ArgumentTypeError

    digits = word.replace(",", "").replace("_", "")
    if not digits.isdigit() or int(digits) < 1:
        raise ArgumentTypeError(f"'{word}' is no whole number from 1 on")
    return int(digits)


def _break_even(args: Namespace, catalog: Catalog) -> int:
    if len(args.models) != 1:
        raise PricingError("--break-even looks at one model", remedy="Give one MODEL.")
    card = catalog.resolve(args.models[0], args.seller).card
    at = options.when(args, default_now=True)
    assert at is not None
    options.emit(caching_report(caching_pays(card, args.prefix, at)), args)
    return 0


def _work(args: Namespace, catalog: Catalog) -> list[Workload]:
    meters = options.counts(args)
    if args.usage and meters:
        raise PricingError("counts and --usage are two workloads", remedy="Give one of them.")
    if meters:
        for meter in meters:
            if meter not in catalog.book.vocabulary.meters:
                hint = did_you_mean(meter, catalog.book.vocabulary.meters)
                raise UsageError(f"unknown meter '{meter}'", remedy=hint or "pricing cards schema")
        usage = Usage(meters, attributes=options.attributes(args, catalog))
        return [Workload(usage, args.requests)]
    if not args.usage:
        raise PricingError(
            "nothing to compare", remedy="Give --input and --output, or --usage FILE."
        )
    records = Records(args.usage)
    work = [Workload(usage, args.requests) for usages in records for usage in usages]
    if records.faults:
        error = UsageError(records.faults[0].what)
        error.faults = tuple(records.faults[:5])
        raise error
    return work


def _cards(args: Namespace, catalog: Catalog) -> list[RateCard]:
    if args.sellers is None:
        return [catalog.resolve(model, args.seller).card for model in args.models]
    cards: list[RateCard] = []
    for model in args.models:
        offers = catalog.offers(model)
        if args.sellers == "all":
            cards += offers
            continue
        for name in args.sellers.split(","):
            catalog.book.provider(name)
            sold = [card for card in offers if card.provider.name == name]
            if not sold:
                raise PricingError(
                    f"{name} does not sell '{model}'",
                    remedy=f"Sellers: {', '.join(c.provider.name for c in offers)}.",
                )
            cards += sold
    return cards
