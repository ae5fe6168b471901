"""``pricing compare MODEL...``: one workload over models and sellers."""

from __future__ import annotations

from pricing.cards.ids import Resolved
from pricing.cli import options
from pricing.cli.output import emit
from pricing.comparison import caching_pays, caching_report, compare
from pricing.errors import PricingError, UsageError
from pricing.money import decimal
from pricing.usage.records import Records
from pricing.usage.usage import Usage, Workload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.cli.words import Command

_PREFIX = 10_000


def command() -> Command:
    """Give the command's options and arguments."""
    made = options.command(
        "compare",
        "Price one workload on several models, or one model at several sellers.",
        "Counts are those of one request, times --requests. All offers are priced at one instant:"
        " now, or --at.",
    )
    made.argument("MODEL", "an id, or SELLER/MODEL", many=True)
    options.add_pricing(made)
    options.add_counts(made)
    made.option("--requests", "how many requests; 1 where not given", "N")
    made.option("--usage", "compare on the usage in a file instead", "FILE", many=True)
    made.option("--shape", "the usage shape of the file, where keys do not decide", "NAME")
    made.option("--sellers", "these sellers of the model, or all", "NAMES")
    made.option("--variants", "other ways to send it: no-cache, batch, endpoint=regional", "NAMES")
    made.option("--break-even", "from which call a cache write pays", "WHAT", choices=("caching",))
    made.option("--prefix", f"tokens of the common prefix; {_PREFIX:,} where not given", "N")
    return made


def run(words: Sequence[str]) -> int:
    """Run the command; gives 3 where no offer has a price."""
    args = options.parse(command(), words)
    at = options.when(args, default_now=True)
    variants = options.names(args.variants, "--variants")
    sellers = options.names(args.sellers, "--sellers")
    if args.seller is not None and sellers:
        raise PricingError("--seller beside --sellers", remedy="Give one of them.")
    catalog = options.open_catalog(args)
    if args.break_even is not None:
        return _break_even(args, catalog)
    if args.prefix is not None:
        raise PricingError("--prefix without --break-even", remedy="Give --break-even caching.")
    found = compare(
        _work(args, catalog),
        _offers(args, sellers, catalog),
        variants=variants,
        at=at,
        estimates=args.estimates,
        currency=args.currency,
    )
    emit(found.report(), args)
    return 0 if found.ranked else 3


def _break_even(args: SimpleNamespace, catalog: Catalog) -> int:
    ignored = ("input", "cache_read", "cache_write", "output", "meter", "attribute", "requests",
               "usage", "sellers", "variants", "currency")  # fmt: skip
    for name in ignored:
        if getattr(args, name):
            option = f"--{name.replace('_', '-')}"
            raise PricingError(f"--break-even takes no {option}", remedy="Give --prefix N.")
    if len(args.models) != 1:
        raise PricingError("--break-even looks at one model", remedy="Give one MODEL.")
    card = catalog.resolve(args.models[0], args.seller).card
    at = options.when(args, default_now=True)
    assert at is not None
    prefix = _PREFIX if args.prefix is None else options.whole(args.prefix, "--prefix")
    emit(caching_report(caching_pays(card, prefix, at, estimates=args.estimates)), args)
    return 0


def _work(args: SimpleNamespace, catalog: Catalog) -> list[Workload]:
    meters = options.counts(args, catalog)
    if args.usage and (meters or args.attribute or args.requests is not None):
        raise PricingError("counts and --usage are two workloads", remedy="Give one of them.")
    if not args.usage:
        if not any(map(decimal, meters.values())):
            raise PricingError(
                "nothing to compare", remedy="Give --input and --output, or --usage FILE."
            )
        requests = 1 if args.requests is None else options.whole(args.requests, "--requests")
        return [Workload(Usage(meters, attributes=options.attributes(args, catalog)), requests)]
    options.keep_inputs(args.usage, args)
    records = Records(args.usage, args.shape)
    work = [Workload(usage) for usages in records for usage in usages]
    if records.faults:
        error = UsageError(records.faults[0].what)
        error.faults = tuple(records.faults[:5])
        raise error
    if not work:
        raise UsageError("nothing to compare", path=args.usage[0], remedy="Every request failed.")
    return work


def _offers(args: SimpleNamespace, sellers: list[str], catalog: Catalog) -> list[Resolved]:
    """Give what to compare, each card once for what the ids tell of its requests."""
    found: dict[Any, Resolved] = {}
    for name in sellers:
        if name != "all":
            catalog.book.provider(name)
    for model in args.models:
        if not sellers:
            named = catalog.resolve(model, args.seller)
            found[named.card.name, *named.attributes.items()] = named
            continue
        offers = catalog.offers(model)
        for name in sellers:
            sold = [card for card in offers if name in ("all", card.provider.name)]
            if not sold:
                listed = ", ".join(dict.fromkeys(card.provider.name for card in offers))
                raise PricingError(f"{name} does not sell '{model}'", remedy=f"Sellers: {listed}.")
            found |= {(card.name,): Resolved(card, {}, is_assumed=False) for card in sold}
    return list(found.values())
