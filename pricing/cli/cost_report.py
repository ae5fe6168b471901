"""The report of ``pricing cost``: one itemised request, a table of groups, or every line."""

from __future__ import annotations

from decimal import Decimal

from pricing.errors import Fault, NoExchangeRate
from pricing.instants import day
from pricing.money import Money, add, multiply, text
from pricing.rating.cost import Cost, Line
from pricing.render import Column, Figure, Report, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from pricing.cards.model import RateCard
    from pricing.catalog import Catalog
    from pricing.rating.sums import Tally
    from pricing.usage.records import Records
    from pricing.usage.usage import Usage

    Group = tuple[str, ...]

_SHORT = {1_000_000: "1M ", 1_000: "1K ", 1: ""}
#: meters that a table of groups shows as columns, summed by family
_FAMILIES = ("input", "cache_write", "cache_read", "output")


def per_text(line: Line) -> str:
    """Give "1M token" for per 1_000_000 token."""
    per = line.per
    short = _SHORT.get(int(per)) if per == int(per) else None
    return f"{text(per)} {line.unit}" if short is None else f"{short}{line.unit}"


class Answer:
    """What was read and added up, and what had to be assumed on the way."""

    def __init__(
        self,
        catalog: Catalog,
        records: Records,
        tally: Tally,
        by: tuple[str, ...],
        files: list[str],
    ) -> None:
        self.catalog = catalog
        self.records = records
        self.tally = tally
        self.by = by
        self.files = files
        self.sellers: dict[str, None] = {}
        self.priced_now: str | None = None
        self.free: list[str] = []
        self.each: list[tuple[Usage, Cost]] = []
        self.days: set[str] = set()
        self.cards: dict[str, RateCard] = {}
        self.warnings: dict[str, int] = {}
        self.last = 0
        self.costs: dict[Group, dict[str, Cost]] = {}
        self.totals: dict[str, Money] = {}
        self.converted: tuple[Money, Money, str] | None = None

    def saw(self, usage: Usage, card: RateCard) -> None:
        """Remember what the notes will tell."""
        assert usage.at is not None
        self.days.add(day(usage.at))
        self.last = max(self.last, usage.at)
        self.cards[card.name] = card
        for warning in usage.warnings:
            self.warnings[warning] = self.warnings.get(warning, 0) + 1

    @property
    def requests(self) -> int:
        return sum(self.tally.requests.values())

    @property
    def is_mixed(self) -> bool:
        return len(self.totals) > 1

    @property
    def is_lower_bound(self) -> bool:
        return bool(self.tally.incomplete or self.records.faults)

    @property
    def lines(self) -> list[Line]:
        return [line for costs in self.costs.values() for c in costs.values() for line in c.lines]

    def settle(self, currency: str | None, at: int | None) -> None:
        """Add the groups up, and convert the total where another currency is asked for."""
        self.costs = self.tally.costs()
        for costs in self.costs.values():
            for code, cost in costs.items():
                before = self.totals.get(code)
                self.totals[code] = cost.total if before is None else before + cost.total
        if currency is None or list(self.totals) == [currency]:
            return
        when = at if at is not None else self.last
        whole = Money(0, currency)
        sources = []
        for money in self.totals.values():
            converted, source = self.catalog.convert(money, currency, when)
            whole = whole + converted
            sources.append(source)
        before = next(iter(self.totals.values()))
        if len(self.totals) == 1:
            self.converted = (before, whole, sources[0])
        self.totals = {currency: whole}

    def in_shown_currency(self, cost: Cost) -> Money:
        """Give a group's total in the currency of the report's total."""
        currency = next(iter(self.totals))
        if cost.currency == currency:
            return cost.total
        return self.catalog.convert(cost.total, currency, self.last)[0]


def cost_report(answer: Answer, args: Namespace) -> Report:
    """Give the report that fits what was read."""
    blocks: list[Any]
    if args.lines:
        blocks = [_every_line(answer)]
    elif answer.requests == 1 and not answer.by and len(answer.lines) and not answer.is_mixed:
        blocks = [_items(answer)]
    elif answer.costs:
        blocks = [_groups(answer)]
    else:
        blocks = []
    following = None
    if answer.requests == 1 and not args.lines and len(answer.files) == 1 and answer.lines:
        extra = "".join(f" --{o} {v}" for o in ("seller", "at", "model")
                        if (v := getattr(args, o)) is not None)  # fmt: skip
        following = f"pricing explain {answer.files[0]}{extra}"
    return Report(
        "cost",
        _headline(answer),
        blocks + _skipped(answer, args.explain_skipped),
        notes=_notes(answer),
        next=following if answer.files[0] != "-" else None,
        document=_document(answer),
        problems=_problems(answer),
    )


def shown_places(amount: Any) -> int:
    """Give the places of a sum in a table: four, and more where that would show too little."""
    places, size = 4, abs(amount)
    while size and size < 1 and places < 10:
        size = multiply(size, 10)
        places += 1
    return places


def _headline(answer: Answer) -> str:
    if answer.is_mixed:
        amounts = " and ".join(str(total) for total in answer.totals.values())
        return f"{amounts}, not added: no exchange rate"
    if not answer.totals:
        return f"No price: {_without_price(answer)}" if answer.tally.incomplete else "0: not billed"
    total = next(iter(answer.totals.values()))
    count = answer.requests
    if count > 1 and not answer.each:
        places = shown_places(total.amount)
        total = total.rounded(places, "down" if answer.is_lower_bound else "half_even")
        shown = f"{total.amount:,.{places}f} {total.currency}"
    else:
        shown = str(total)
    if answer.tally.incomplete:
        return f"At least {shown}: {_without_price(answer)}"
    if answer.records.faults:
        lines = len(answer.records.faults)
        return f"At least {shown}: {lines:,} damaged {'line' if lines == 1 else 'lines'}"
    requests = f"{count:,} request{'' if count == 1 else 's'}"
    if len(answer.cards) == 1 and count == 1:
        card = next(iter(answer.cards.values()))
        return f"{shown}  {card.model} at {card.provider.name}, {requests}"
    days = f", {len(answer.days)} days" if len(answer.days) > 1 else ""
    return f"{shown}  {requests}{days}{_hit(answer)}"


def _without_price(answer: Answer) -> str:
    unrated = list(answer.tally.unrated.values())
    if answer.requests == 1 and len({entry.seller for entry in unrated}) == 1:
        seller = unrated[0].seller or "the seller"
        if len(unrated) == 1:
            return unrated[0].reason
        return f"{seller} publishes no price for {len(unrated)} meters"
    return f"{answer.tally.incomplete:,} of {answer.requests:,} requests have no price"


def _hit(answer: Answer) -> str:
    share = _hit_share(_family_sums(answer, None))
    if share is None:
        return ""
    return f", cache hit {Decimal(share.numerator * 1000 // share.denominator) / 10} %"


def _family_sums(answer: Answer, group: Group | None) -> dict[str, Any]:
    sums: dict[str, Any] = dict.fromkeys(_FAMILIES, 0)
    for key, quantities in answer.tally.quantities.items():
        if group is None or key == group:
            for meter, quantity in quantities.items():
                family = meter.partition(".")[0]
                if family in sums:
                    sums[family] += quantity
    return sums


def _hit_share(sums: dict[str, Any]) -> Any:
    from fractions import Fraction

    whole = sums["input"] + sums["cache_read"] + sums["cache_write"]
    return Fraction(sums["cache_read"], 1) / Fraction(whole) if sums["cache_read"] else None


def _items(answer: Answer) -> Table:
    """The line items of one request."""
    rows: list[Any] = []
    total: Any = Decimal(0)
    for line in answer.lines:
        amount = line.amount.amount
        total = add(total, amount)
        price = None if line.is_extra else line.effective_price
        rows.append((line.meter, line.quantity, price, per_text(line), amount))
    for entry in answer.tally.unrated.values():
        for meter, quantity in entry.quantities.items():
            rows.append((meter, quantity, Word("none", "missing"), "", Word("unpriced", "missing")))
    native = answer.lines[0].currency
    columns = [
        Column("meter", "Meter"),
        Column("quantity", "Quantity", "number"),
        Column("price", "Price", "money"),
        Column("per", "per"),
        Column(f"amount_{native.lower()}", f"Amount {native}", "money"),
    ]
    mark = Figure(total, ">=") if answer.tally.incomplete else total
    return Table(columns, rows, total=("Total", None, None, None, mark))


def _groups(answer: Answer) -> Table:
    """One row a group, with the token families that occur, and the share of cached input."""
    from pricing.render import Row

    currency = next(iter(answer.totals), "USD")
    used = [f for f in _FAMILIES if _family_sums(answer, None)[f]]
    with_hit = "cache_read" in used
    fields = answer.by or ("model",)
    places = shown_places(answer.totals[currency].amount) if currency in answer.totals else 4
    columns = [Column(",".join(fields), ", ".join([fields[0].capitalize(), *fields[1:]]), "name")]
    columns.append(Column("requests", "Requests", "number"))
    columns += [Column(family, family, "number") for family in used]
    if with_hit:
        columns.append(Column("cache_hit", "Hit", "percent"))
    for code in answer.totals or [currency]:
        columns.append(Column(f"cost_{code.lower()}", f"Cost {code}", "money", places))
    rows = [
        Row(_group_cells(answer, group, used, with_hit), level=0) for group in sorted(answer.costs)
    ]
    sums = _family_sums(answer, None)
    total: list[Any] = ["Total", answer.requests, *(sums[f] for f in used)]
    if with_hit:
        total.append(_hit_share(sums))
    for money in answer.totals.values():
        total.append(Figure(money.amount, ">=") if answer.is_lower_bound else money.amount)
    if not answer.totals:
        total.append(Word("unpriced", "missing"))
    return Table(columns, rows, total=total)


def _group_cells(answer: Answer, group: Group, used: list[str], with_hit: bool) -> list[Any]:
    sums = _family_sums(answer, group)
    cells: list[Any] = [", ".join(field or "(none)" for field in group)]
    cells.append(answer.tally.requests[group])
    cells += [sums[family] for family in used]
    if with_hit:
        cells.append(_hit_share(sums))
    costs = answer.costs[group]
    unrated = group in answer.tally.unrated_groups
    if not answer.is_mixed and costs:
        amount: Any = sum(
            (answer.in_shown_currency(c) for c in costs.values()),
            Money(0, next(iter(answer.totals))),
        ).amount
        cells.append(Figure(amount, ">=") if unrated else amount)
    elif not answer.totals or not costs:
        cells += [Word("unpriced", "missing")] * max(len(answer.totals), 1)
    else:
        cells += [costs[code].total.amount if code in costs else None for code in answer.totals]
    return cells


def _every_line(answer: Answer) -> Table:
    """Every line item of every record."""
    codes = sorted({cost.currency for _, cost in answer.each})
    code = codes[0] if len(codes) == 1 else "units"
    columns = [
        Column("record", "Record"),
        Column("model", "Model", "name"),
        Column("meter", "Meter"),
        Column("quantity", "Quantity", "number"),
        Column("price_per_1m", f"{code}/1M", "money"),
        Column(f"amount_{code.lower()}", "Amount", "money"),
        Column("modifiers", "Modifiers"),
    ]
    rows: list[Any] = []
    total: Any = Decimal(0)
    for usage, cost in answer.each:
        for line in cost.lines:
            price = None
            if not line.is_extra:
                price = multiply(line.effective_price, Decimal(1_000_000) / line.per)
            names = ", ".join(m.name for m in line.modifiers)
            amount = line.amount.amount
            total = add(total, amount)
            model = line.card.partition("/")[2]
            rows.append((usage.place, model, line.meter, line.quantity, price, amount, names))
        for refusal in cost.unpriced:
            word = Word("unpriced", "missing")
            quantity = usage.meters.get(refusal.meter)
            rows.append((usage.place, usage.model, refusal.meter, quantity, None, word, ""))
    if len(codes) > 1:
        return Table(columns, rows)
    last: Any = Figure(total, ">=") if answer.tally.incomplete else total
    return Table(columns, rows, total=("Total", None, None, None, None, last, None))


def _skipped(answer: Answer, in_full: bool) -> list[Any]:
    """Say how many rows were skipped, and why."""
    counted = {reason: n for reason, n in answer.records.skipped.items() if n}
    if not counted:
        return []
    rows: list[Any] = [(f"  {reason}", count) for reason, count in counted.items()]
    whole = sum(counted.values())
    columns = [Column("reason", ""), Column("rows", "", "number")]
    hint = "" if in_full else " (--explain-skipped)"
    title = f"{whole:,} {'row' if whole == 1 else 'rows'} skipped, none billed{hint}"
    if "malformed" in counted:
        title = f"{whole:,} {'row' if whole == 1 else 'rows'} skipped{hint}"
    blocks: list[Any] = [Table(columns, rows, title=title)]
    if in_full and answer.free:
        places = [(f"  {place}", "errors_not_billed") for place in answer.free]
        blocks.append(Table([Column("place", ""), Column("reason", "")], places, is_tight=True))
    return blocks


def _notes(answer: Answer) -> list[str]:
    notes = []
    if answer.priced_now is not None:
        notes.append(f"no time given: priced now, {answer.priced_now} (--at)")
    if answer.sellers:
        notes.append(f"no seller given: the maker, {', '.join(answer.sellers)} (--seller)")
    if answer.converted is not None:
        before, after, source = answer.converted
        notes.append(f"{before} = {after}, by {source}")
    told: dict[str, None] = {}
    for line in answer.lines:
        if line.estimate:
            told[f"{line.meter}: {line.estimate}"] = None
        for assumption in line.assumptions:
            told[f"{line.card}: {assumption}"] = None
    notes += list(told)[:20]
    notes += [
        warning if count == 1 else f"{warning} ({count:,} times)"
        for warning, count in answer.warnings.items()
    ]
    reported = _reported(answer)
    for money in reported:
        total = answer.totals.get(money.currency)
        if total is not None:
            notes.append(f"reported {money}, computed {total}, residual {money - total}")
    return notes


def _reported(answer: Answer) -> list[Money]:
    sums: dict[str, Money] = {}
    for (_, currency), money in answer.tally.reported.items():
        sums[currency] = sums[currency] + money if currency in sums else money
    return list(sums.values())


def _problems(answer: Answer) -> list[Fault]:
    found = []
    for entry in answer.tally.unrated.values():
        count = f" ({entry.requests:,} requests)" if entry.requests > 1 else ""
        remedy = (entry.remedy or "Add a card (--cards DIR).").rstrip(".")
        where = f"{entry.source}: " if entry.source else ""
        found.append(
            Fault(
                f"{where}{entry.reason}{count}",
                path=entry.place,
                remedy=f"{remedy}, or leave it out (--allow-unpriced).",
            )
        )
    if answer.is_mixed:
        try:
            first, second = list(answer.totals.values())[:2]
            answer.catalog.convert(second, first.currency, answer.last)
            remedy = f"Give --currency {first.currency}."
        except NoExchangeRate:
            remedy = "Add a dated rate (--cards DIR) and give --currency."
        found.append(Fault("amounts in several currencies are not added", remedy=remedy))
    return found + answer.records.faults[:20]


def _document(answer: Answer) -> dict[str, Any]:
    """The JSON document of the design: exact amounts as text."""
    mixed = answer.is_mixed
    total = None if mixed or not answer.totals else next(iter(answer.totals.values()))
    reported = _reported(answer)
    fields = answer.by or ("model",)
    document: dict[str, Any] = {
        "currency": None if total is None else total.currency,
        "total": None if total is None else text(total.amount),
        "requests": answer.requests,
        "lower_bound": answer.is_lower_bound,
        "assumed": {},
        "catalog": answer.catalog.digest,
        "groups": [
            {
                "key": dict(zip(fields, group, strict=True)),
                "requests": answer.tally.requests[group],
                "total": _group_total(answer, costs),
                "quantities": {
                    m: text(q) for m, q in answer.tally.quantities.get(group, {}).items()
                },
            }
            for group, costs in sorted(answer.costs.items())
        ],
        "lines": [line_document(line) for line in answer.lines],
        "unpriced": [
            {
                "model": entry.model,
                "seller": entry.seller,
                "reason": entry.reason,
                "place": entry.place,
                "requests": entry.requests,
                "quantities": {m: text(q) for m, q in entry.quantities.items()},
            }
            for entry in answer.tally.unrated.values()
        ],
        "skipped": dict(answer.records.skipped),
        "reported": [{"amount": text(m.amount), "currency": m.currency} for m in reported],
    }
    if mixed:
        document["totals"] = {code: text(money.amount) for code, money in answer.totals.items()}
    if answer.converted is not None:
        before, _, source = answer.converted
        document["converted_from"] = {
            "amount": text(before.amount), "currency": before.currency, "source": source,
        }  # fmt: skip
    if answer.sellers:
        document["assumed"]["seller"] = ", ".join(answer.sellers)
    if answer.priced_now is not None:
        document["assumed"]["at"] = answer.priced_now
    if reported and total is not None and reported[0].currency == total.currency:
        document["residual"] = text((reported[0] - total).amount)
    return document


def _group_total(answer: Answer, costs: dict[str, Cost]) -> str | None:
    if answer.is_mixed or not costs:
        return text(next(iter(costs.values())).total.amount) if len(costs) == 1 else None
    whole = Money(0, next(iter(answer.totals)))
    for cost in costs.values():
        whole = whole + answer.in_shown_currency(cost)
    return text(whole.amount)


def line_document(line: Line) -> dict[str, Any]:
    """Give one line item as JSON: the printed price, its modifiers, and where both stand."""
    document: dict[str, Any] = {
        "card": line.card,
        "effective": line.effective,
        "meter": line.meter,
        "quantity": text(line.quantity),
        "unit": line.unit,
        "price": str(line.price),
        "per": text(line.per),
        "amount": text(line.amount.amount),
        "currency": line.currency,
        "modifiers": [
            {"name": m.name, "factor": text(m.factor), "because": m.because, "source": m.source}
            for m in line.modifiers
        ],
        "source": line.source,
    }
    if line.estimate:
        document["estimate"] = line.estimate
    if line.assumptions:
        document["assumptions"] = list(line.assumptions)
    return document
