"""``pricing explain FILE[:LINE]``: every line's price, with the reason for each factor."""

from __future__ import annotations

import os

from pricing.cards.model import RateCard
from pricing.cli import options
from pricing.cli.cost_report import line_document, per_text
from pricing.errors import PricingError, RatingError, UsageError
from pricing.instants import FOREVER, iso, short
from pricing.money import text
from pricing.rating.cost import Cost, Line
from pricing.rating.rate import rate
from pricing.render import Column, Facts, Report, Table, Text
from pricing.usage.records import Records
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.rating.cost import Assumed

_MILLION_TOKENS = "1M token"


def run(words: Sequence[str]) -> int:
    """Run the command; a usage without a price ends it with 3."""
    made = options.parser(
        "explain",
        "Explain what one request costs: card, revision, condition, modifier and source.",
        "WHAT is a file, a line of it as FILE:7, or a model with --input, --output and the like.",
    )
    made.add_argument("what", metavar="WHAT")
    options.add_pricing_options(made)
    options.add_counts(made)
    made.add_argument("--model", metavar="ID", help="price it as this model")
    made.add_argument("--shape", metavar="NAME", help="the usage shape, where keys do not decide")
    args = made.parse_args(words)
    catalog = options.open_catalog(args)
    usages = _usages(args, catalog)
    priced = [_priced(usage, args, catalog) for usage in usages]
    options.emit(_report(priced, catalog, args), args)
    return 0


def _usages(args: Namespace, catalog: Catalog) -> tuple[Usage, ...]:
    meters = options.counts(args)
    if meters:
        attributes = options.attributes(args, catalog)
        return (Usage(meters, model=args.model or args.what, attributes=attributes),)
    path, colon, number = args.what.rpartition(":")
    wanted = None
    if colon and number.isdigit() and not os.path.exists(args.what):
        wanted = int(number)
    else:
        path = args.what
    records = Records([path], args.shape)
    found = [usages for usages in records if wanted is None or _line(usages[0]) == wanted]
    if len(found) == 1:
        return found[0]
    if not found:
        for fault in records.faults:
            if fault.line == wanted:
                error = UsageError(fault.what)
                error.faults = (fault,)
                raise error
        raise UsageError(f"no record in line {wanted}", path=path)
    raise UsageError(f"{len(found):,} records", path=path, remedy=f"Name one: {found[0][0].place}")


def _line(usage: Usage) -> int | None:
    return int((usage.place or ":0").rpartition(":")[2])


def _priced(
    usage: Usage, args: Namespace, catalog: Catalog
) -> tuple[Usage, RateCard, Cost, Assumed]:
    model = None if usage.model == args.what else args.model
    card, assumed = catalog.locate(usage, model, args.seller, options.when(args))
    return usage, card, rate(usage, card, estimates=args.estimates), assumed


def _report(
    priced: list[tuple[Usage, RateCard, Cost, Assumed]], catalog: Catalog, args: Namespace
) -> Report:
    blocks: list[Any] = []
    notes: list[str] = []
    for usage, card, cost, assumed in priced:
        if len(priced) > 1:
            blocks.append(Text(_headline(usage, card, cost)))
        blocks += _blocks(usage, card, cost, args)
        seller, at = assumed
        if at is not None:
            notes.append(f"no time given: priced now, {iso(at)} (--at)")
        if seller is not None:
            notes.append(f"no seller given: the maker, {seller} (--seller)")
        for line in cost.lines:
            notes += [f"{line.meter}: {said}" for said in line.assumptions]
            if line.estimate:
                notes.append(f"{line.meter}: {line.estimate}")
    usage, card, cost, _ = priced[0]
    headline = _headline(usage, card, cost)
    if len(priced) > 1:
        whole = priced[0][2].total
        for _, _, other, _ in priced[1:]:
            whole = whole + other.total
        headline = f"{whole}  {len(priced)} billed lines of one request"
    document = {
        "total": text(cost.total.amount),
        "currency": cost.currency,
        "requests": [
            {
                "card": card.name,
                "at": iso(usage.at or 0),
                "total": text(cost.total.amount),
                "lines": [line_document(line) for line in cost.lines],
            }
            for usage, card, cost, _ in priced
        ],
    }
    if args.currency is not None and args.currency != cost.currency:
        assert usage.at is not None
        other_total, source = catalog.convert(cost.total, args.currency, usage.at)
        notes.append(f"{cost.total} = {other_total}, by {source}")
    return Report("explain", headline, blocks, notes=list(dict.fromkeys(notes)), document=document)


def _headline(usage: Usage, card: RateCard, cost: Cost) -> str:
    return f"{cost.total}  {card.model} at {card.provider.name}, {iso(usage.at or 0)}"


def _blocks(usage: Usage, card: RateCard, cost: Cost, args: Namespace) -> list[Any]:
    blocks: list[Any] = [_items(cost)]
    modifiers = _modifiers(cost, card)
    if modifiers is not None:
        blocks.append(modifiers)
    blocks.append(_card_facts(usage, card, cost, args))
    return blocks


def _items(cost: Cost) -> Table:
    lines = cost.lines
    all_tokens = all(per_text(line) == _MILLION_TOKENS for line in lines)
    columns = [
        Column("meter", "Meter"),
        Column("quantity", "Quantity", "number"),
        Column("rate", "Rate", "money"),
        Column("modifiers", "Modifiers"),
        Column("price", "Price/1M" if all_tokens else "Price", "money"),
    ]
    if not all_tokens:
        columns.append(Column("per", "per"))
    columns += [
        Column(f"amount_{cost.currency.lower()}", f"Amount {cost.currency}", "money"),
        Column("line", "Line", "number"),
    ]
    rows = []
    for line in lines:
        row: list[Any] = [line.meter, line.quantity]
        if line.is_extra:
            row += [None, line.because, None]
        else:
            factors = [f"x {text(m.factor)}" for m in line.modifiers]
            if line.multiplied is not None:
                factors.insert(0, f"x {text(line.multiplied)}")
            row += [line.price, " ".join(factors), line.effective_price]
        if not all_tokens:
            row.append(per_text(line))
        rows.append([*row, line.amount.amount, line.source.rpartition(":")[2]])
    total: list[Any] = ["Total", *[None] * (len(columns) - 3), cost.total.amount, None]
    return Table(columns, rows, total=total)


def _modifiers(cost: Cost, card: RateCard) -> Table | None:
    """Each modifier once, with its factors by family where they differ."""
    seen: dict[str, dict[str, str]] = {}
    told: dict[str, tuple[str, str]] = {}
    for line in cost.lines:
        for modifier in line.modifiers:
            family = line.meter.partition(".")[0]
            seen.setdefault(modifier.name, {})[family] = text(modifier.factor)
            told[modifier.name] = (modifier.because, _place(modifier.source, card))
    if not seen:
        return None
    rows = []
    for name, factors in seen.items():
        values = list(dict.fromkeys(factors.values()))
        common = values[0]
        odd = [f"{family} {value}" for family, value in factors.items() if value != common]
        rows.append((name, ", ".join([common, *odd]), *told[name]))
    return Table(
        [
            Column("modifier", "Modifier"),
            Column("factor", "Factor"),
            Column("because", "Because"),
            Column("line", "Line"),
        ],
        rows,
    )


def _place(source: str, card: RateCard) -> str:
    """Shorten a source: ``card:35``, ``provider.yaml:11``; another folder's stays whole."""
    file, _, line = source.rpartition(":")
    if file == card.file:
        return f"card:{line}"
    if file == card.provider.file:
        return f"provider.yaml:{line}"
    return source


def _card_facts(usage: Usage, card: RateCard, cost: Cost, args: Namespace) -> Facts:
    assert usage.at is not None
    revision, until = card.revision_at(usage.at)
    end = f" to {short(until)}" if until != FOREVER else ""
    pairs = [("Card", f"{card.file}:{revision['line']}, {short(revision['effective'])}{end}")]
    if revision.get("note"):
        pairs.append(("Note", revision["note"]))
    for source in revision.get("sources", ()):
        read = source.get("checked") or source.get("seen")
        pairs.append(("Source", f"{source['url']} ({read})" if read else source["url"]))
        if source.get("says"):
            said = ", ".join(f"{key} {value}" for key, value in source["says"].items())
            pairs.append(("Conflict", f"that page says {said}"))
    other = [line for line in cost.lines if _foreign(line, card)]
    for place in dict.fromkeys(line.source for line in other):
        pairs.append(("Also", place))
    later = _later(usage, card, until, args)
    if later:
        pairs.append(("Later", later))
    return Facts(pairs)


def _foreign(line: Line, card: RateCard) -> bool:
    return not line.source.startswith((card.file + ":", card.provider.file + ":"))


def _later(usage: Usage, card: RateCard, until: int, args: Namespace) -> str | None:
    """Say what the same request costs from the next revision on."""
    if until == FOREVER:
        return None
    following = next(r for r in card.billing if r["effective"] == until)
    usage_then = Usage(
        usage.meters,
        at=until,
        attributes=usage.attributes,
        context_tokens=usage.context_tokens,
        aggregate=usage.aggregate,
    )
    where = f"card:{following['line']}"
    note = f": {following['note'].rstrip('.')}" if following.get("note") else ""
    try:
        then = rate(usage_then, card, estimates=args.estimates)
    except RatingError as error:
        return f"no price from {short(until)}: {error.what}, {where}"
    except PricingError:
        return None
    return f"{then.total} from {short(until)}{note}, {where}"
