"""The report of ``pricing explain``: items, modifiers, card, sources, and what comes later."""

from __future__ import annotations

from pricing.cli.cost_document import cost_document, line_document
from pricing.cli.cost_report import assumed_sellers, given_notes, line_notes, said
from pricing.cli.cost_tables import per_text
from pricing.errors import PricingError, RatingError
from pricing.instants import FOREVER, iso, short
from pricing.money import text
from pricing.rating.rate import rate
from pricing.render import Column, Facts, Figure, Report, Table, Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.cli.cost_answer import Answer
    from pricing.rating.cost import Cost, Line
    from pricing.usage.usage import Usage

    Priced = tuple[Usage, RateCard, Cost]

_MILLION_TOKENS = "1M token"


def explain_report(answer: Answer, problems: Sequence[object], args: SimpleNamespace) -> Report:
    """Give the report on one record, which may bill several lines of usage."""
    each: list[Priced] = [
        (usage, card, cost)
        for (usage, cost), (_, card) in zip(answer.each, answer.kept, strict=True)
        if cost is not None and card is not None
    ]
    blocks: list[Any] = []
    for usage, card, cost in each if answer.lines or not answer.tally.incomplete else ():
        if len(each) > 1:
            blocks.append(Text(_headline(usage, card, cost)))
        blocks += _blocks(answer, usage, card, cost, args)
    return Report(
        "explain",
        _answer(answer, each),
        blocks,
        notes=_notes(answer, each, args),
        document=_document(answer, each),
        problems=problems,
    )


def _answer(answer: Answer, each: list[Priced]) -> str:
    free = answer.records.skipped["errors_not_billed"]
    if not each and free:
        return f"{next(iter(answer.totals.values()))}  not billed: the request failed"
    if len(each) == 1 and not answer.tally.incomplete:
        return _headline(*each[0])
    totals = " and ".join(str(total) for total in answer.totals.values())
    if answer.tally.incomplete and not answer.totals:
        return f"No price: {said(answer.missing()[0])}"
    if answer.tally.incomplete:
        return f"At least {totals}: {said(answer.missing()[0])}"
    return f"{totals}  {len(each)} billed lines of one request"


def _headline(usage: Usage, card: RateCard, cost: Cost) -> str:
    bound = "At least " if cost.unpriced else ""
    return f"{bound}{cost.total}  {card.model} at {card.provider.name}, {iso(usage.at or 0)}"


def _notes(answer: Answer, each: list[Priced], args: SimpleNamespace) -> list[str]:
    notes: list[str] = []
    if answer.priced_now is not None:
        notes.append(f"no time given: priced now, {answer.priced_now} (--at)")
    if answer.sellers:
        notes.append(assumed_sellers(answer))
    notes += given_notes(answer)
    notes += line_notes([line for _, _, cost in each for line in cost.lines])
    notes += answer.warnings
    if args.currency is not None:
        for total in answer.totals.values():
            other, source = answer.catalog.convert(total, args.currency, answer.when)
            if source:
                notes.append(f"{total} = {other}, by {source}")
    return list(dict.fromkeys(notes))


def _blocks(
    answer: Answer, usage: Usage, card: RateCard, cost: Cost, args: SimpleNamespace
) -> list[Any]:
    blocks: list[Any] = [_items(usage, cost, answer.ordered(cost))]
    modifiers = _modifiers(cost, card)
    if modifiers is not None:
        blocks.append(modifiers)
    blocks.append(Facts(_card_facts(usage, card, cost, args)))
    return blocks


def _items(usage: Usage, cost: Cost, lines: Sequence[Line]) -> Table:
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
    factors = _factors(lines)
    rows: list[list[Any]] = []
    for line, told in zip(lines, factors, strict=True):
        row: list[Any] = [line.meter, line.quantity]
        if line.is_extra:
            row += [None, line.priced.because, None]  # type: ignore[union-attr]
        else:
            row += [line.price, told, line.effective_price]
        if not all_tokens:
            row.append("" if line.is_extra else per_text(line))
        rows.append([*row, line.amount.amount, line.source.rpartition(":")[2]])
    for refusal in cost.unpriced:
        quantity = usage.meters.get(refusal.meter, usage.unknown.get(refusal.meter))
        row = [refusal.meter, quantity, Word("none", "missing"), "", None]
        row += [] if all_tokens else [""]
        place = str(refusal.source).rpartition(":")[2] if refusal.source else None
        rows.append([*row, Word("unpriced", "missing"), place])
    whole: Any = Figure(cost.total.amount, ">=") if cost.unpriced else cost.total.amount
    return Table(columns, rows, total=["Total", *[None] * (len(columns) - 3), whole, None])


def _factors(lines: Sequence[Line]) -> list[str]:
    """Give the factors of each line, those of one modifier below each other."""
    grid: list[dict[str, str]] = []
    for line in lines:
        told = {m.name: f"x {text(m.factor)}" for m in line.modifiers}
        if line.multiplied is not None:
            told = {"": f"x {text(line.multiplied)}", **told}
        grid.append(told)
    names = dict.fromkeys(name for told in grid for name in told)
    widths = {name: max(len(told.get(name, "")) for told in grid) for name in names}
    return [
        " ".join(told.get(name, "").ljust(widths[name]) for name in names).strip() for told in grid
    ]


def _modifiers(cost: Cost, card: RateCard) -> Table | None:
    """Each modifier once, with its factors by family where they differ."""
    seen: dict[str, dict[str, str]] = {}
    told: dict[str, tuple[str, str]] = {}
    for line in cost.lines:
        for modifier in line.modifiers:
            family = line.meter.partition(".")[0]
            seen.setdefault(modifier.name, {})[family] = text(modifier.factor)
            told[modifier.name] = (modifier.because, _short_place(modifier.source, card))
    if not seen:
        return None
    rows = []
    for name, factors in seen.items():
        common = next(iter(factors.values()))
        odd = [f"{family} {value}" for family, value in factors.items() if value != common]
        rows.append((name, ", ".join([common, *odd]), *told[name]))
    titles = ("Modifier", "Factor", "Because", "Line")
    return Table([Column(title.lower(), title) for title in titles], rows)


def _short_place(source: str, card: RateCard) -> str:
    """Shorten a source: ``card:35``, ``provider.yaml:11``; another folder's stays whole."""
    file, _, line = source.rpartition(":")
    if file == card.file:
        return f"card:{line}"
    if file == card.provider.file:
        return f"provider.yaml:{line}"
    return source


def _card_facts(
    usage: Usage, card: RateCard, cost: Cost, args: SimpleNamespace
) -> list[tuple[str, str]]:
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
    own = (f"{card.file}:", f"{card.provider.file}:")
    others = [line.source for line in cost.lines if not line.source.startswith(own)]
    pairs += [("Also", place) for place in dict.fromkeys(others)]
    fees = [line for line in cost.lines if line.source.startswith(own[1])]
    pairs += [("Fee", f"{line.meter}, {line.source}") for line in fees]
    later = _later(usage, card, until, cost, args)
    if later:
        pairs.append(("Later", later))
    return list(dict.fromkeys(pairs))


def _later(
    usage: Usage, card: RateCard, until: int, cost: Cost, args: SimpleNamespace
) -> str | None:
    """Say what the same request costs from the next revision on, where that is another sum."""
    if until == FOREVER:
        return None
    following = next(r for r in card.billing if r["effective"] == until)
    where = f"card:{following['line']}"
    try:
        then = rate(usage.replace(at=until), card, estimates=args.estimates, partial=True)
    except RatingError as error:
        return f"no price from {short(until)}: {error.what}, {where}"
    except PricingError:
        return None
    if then.unpriced:
        return f"no price from {short(until)}: {then.unpriced[0].text}, {where}"
    if then.total == cost.total:
        return None
    return f"{then.total} from {short(until)}: {_what_changes(cost, then)}, {where}"


def _what_changes(cost: Cost, then: Cost) -> str:
    """Name the modifiers that come and go, or else the printed prices that change."""
    before = dict.fromkeys(m.name for line in cost.lines for m in line.modifiers)
    after = dict.fromkeys(m.name for line in then.lines for m in line.modifiers)
    told = [f"no {name}" for name in before if name not in after]
    told += [f"with {name}" for name in after if name not in before]
    if told:
        return ", ".join(told)
    prices = {line.meter: line.price for line in cost.lines}
    changed = [
        f"{line.meter} {text(prices[line.meter])} -> {text(line.price)}"
        for line in then.lines
        if line.meter in prices and prices[line.meter] != line.price
    ]
    return ", ".join(changed) or "other terms"


def _document(answer: Answer, each: list[Priced]) -> dict[str, Any]:
    """The JSON document: what ``pricing cost`` says, and of each billed line its card's sources."""
    whole = cost_document(answer)
    kept = ("currency", "total", "lower_bound", "assumed", "catalog", "unpriced")
    usages = []
    for usage, card, cost in each:
        assert usage.at is not None
        revision, until = card.revision_at(usage.at)
        usages.append(
            {
                "place": usage.place,
                "model": card.model,
                "seller": card.provider.name,
                "card": card.name,
                "at": iso(usage.at),
                "effective": short(revision["effective"]),
                "until": None if until == FOREVER else short(until),
                "source": f"{card.file}:{revision['line']}",
                "sources": [dict(source) for source in revision.get("sources", ())],
                "attributes": {k: str(v) for k, v in usage.attributes.items()},
                "context_tokens": usage.context_tokens,
                "total": text(cost.total.amount) if cost.lines or not cost.unpriced else None,
                "lower_bound": bool(cost.unpriced),
                "lines": [line_document(line) for line in answer.ordered(cost)],
            }
        )
    return {**{key: whole[key] for key in kept}, "usages": usages}
