"""The tables of ``pricing cost``: the items of one request, groups on levels, every line."""

from __future__ import annotations

import re
from decimal import Decimal

from pricing.cli.cost_groups import FAMILIES, family_sums, hit_share, ordered_groups
from pricing.money import add, divide, multiply, text
from pricing.render import Column, Facts, Figure, Row, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import Any

    from pricing.cli.cost_answer import Answer
    from pricing.rating.cost import Cost, Line
    from pricing.usage.usage import Usage

    Group = tuple[str, ...]

#: a table of groups has room for so many columns beside its label
_MOST_FIGURES = 6
_SHORT = {1_000_000: "1M ", 1_000: "1K ", 1: ""}
_UNPRICED = Word("unpriced", "missing")


def blocks_of(answer: Answer, args: SimpleNamespace) -> list[Any]:
    """Give the table that fits what was read, and what was skipped."""
    blocks: list[Any] = []
    if args.lines:
        blocks = [_every_line(answer)]
    elif is_one(answer, args):
        blocks = [_items(answer)]
    elif answer.money_rows and not answer.requests:
        if answer.by or args.reported:
            from pricing.cli.cost_reported import money_table

            blocks = [money_table(answer)]
    elif answer.costs and args.reported:
        from pricing.cli.cost_reported import reported_table

        blocks = [reported_table(answer)]
    elif answer.costs and (answer.by or not answer.is_mixed):
        blocks = [_groups(answer, with_sums=args.breakdown)]
    return blocks + _skipped(answer, args.explain_skipped)


def is_one(answer: Answer, args: SimpleNamespace) -> bool:
    """Tell whether one request is all, whose items are shown."""
    wants_groups = answer.by or args.reported
    return bool(answer.requests == 1 and not wants_groups and answer.lines) and not answer.is_mixed


def per_text(line: Line) -> str:
    """Give "1M token" for per 1_000_000 token."""
    per = line.per
    short = _SHORT.get(int(per)) if per == int(per) else None
    return f"{text(per)} {line.unit}" if short is None else f"{short}{line.unit}"


def shown_places(amount: Any) -> int:
    """Give the places of a sum in a table: four, and more where that would show too little."""
    places, size = 4, abs(amount)
    while size and size < 1 and places < 10:
        size = multiply(size, 10)
        places += 1
    return places


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]


def _items(answer: Answer) -> Table:
    """The line items of one request."""
    with_model = len(answer.cards) > 1
    currency = answer.currency or ""
    native = answer.lines[0].currency
    columns = [Column("model", "Model", "name")] if with_model else []
    columns += [
        Column("meter", "Meter"),
        Column("quantity", "Quantity", "number"),
        Column("price", "Price" if native == currency else f"Price {native}", "money"),
        Column("per", "per"),
        Column(f"amount_{currency.lower()}", f"Amount {currency}", "money"),
    ]
    rows: list[Any] = []
    total: Any = Decimal(0)
    for line in answer.lines:
        amount = answer.shown(line.amount)
        total = add(total, amount)
        price = None if line.is_extra else line.effective_price
        per = line.priced.because if line.is_extra else per_text(line)  # type: ignore[union-attr]
        cells = (line.meter, line.quantity, price, per, amount)
        rows.append((line.card.partition("/")[2], *cells) if with_model else cells)
    for missing in answer.missing():
        for meter, quantity in missing.quantities.items():
            none = (meter, quantity, Word("none", "missing"), "", _UNPRICED)
            rows.append((missing.model, *none) if with_model else none)
    last = Figure(total, ">=") if answer.is_lower_bound else total
    return Table(columns, rows, total=("Total", *[None] * (len(columns) - 2), last))


def _groups(answer: Answer, with_sums: bool) -> Table:
    """Groups on levels, with the token families that occur and the share of cached input."""
    fields = answer.by or ("model",)
    sums = family_sums(answer, answer.costs)
    used = [family for family in FAMILIES if sums[family]]
    with_hit = "cache_read" in used
    codes = list(answer.totals)
    places = max((shown_places(money.amount) for money in answer.totals.values()), default=4)
    figures = [Column(family, family, "number") for family in used]
    if with_hit:
        figures.append(Column("cache_hit", "Hit", "percent"))
    figures += [
        Column(f"cost_{code.lower()}", f"Cost {code}", "money", places) for code in codes or ["USD"]
    ]
    with_requests = len(figures) < _MOST_FIGURES
    if with_requests:
        figures.insert(0, Column("requests", "Requests", "number"))
    shape = Shape(answer, used, with_hit, with_requests, codes, with_sums)
    rows = shape.rows([g for g in ordered_groups(answer) if not answer.is_only_money(g)], 0)
    total: list[Any] = [
        "Total",
        *shape.counts(list(answer.costs)),
        *shape.amounts(list(answer.costs)),
    ]
    if answer.is_lower_bound:
        last: list[Any] = [Figure(answer.totals[code].amount, ">=") for code in codes]
        total[-max(len(codes), 1) :] = last or [_UNPRICED]
    return Table([label_of(fields), *figures], rows, total=total)


def label_of(fields: Sequence[str]) -> Column:
    """Give the column that says which group a row is."""
    return Column(",".join(fields), ", ".join([_title(fields[0]), *fields[1:]]), "name")


class Shape:
    """Which cells a table of groups has; ``with_sums``: a row above others counts, too."""

    def __init__(
        self,
        answer: Answer,
        used: list[str],
        with_hit: bool,
        with_requests: bool,
        codes: list[str],
        with_sums: bool = False,
    ) -> None:
        self.answer = answer
        self.used = used
        self.with_hit = with_hit
        self.with_requests = with_requests
        self.codes = codes
        self.with_sums = with_sums

    def rows(self, groups: list[Group], level: int) -> list[Row]:
        """Give the rows of some groups, which have the same values above this level."""
        parts: dict[str, list[Group]] = {}
        for group in groups:
            parts.setdefault(group[level], []).append(group)
        found = []
        for value, inside in parts.items():
            label = value or "(none)"
            if level == len(inside[0]) - 1:
                found.append(Row([label, *self.counts(inside), *self.amounts(inside)], level))
                continue
            counts = self.counts(inside)
            if not self.with_sums:
                counts = [None] * len(counts)
            found.append(Row([label, *counts, *self.amounts(inside)], level, is_subtotal=True))
            found += self.rows(inside, level + 1)
        return found

    def counts(self, groups: list[Group]) -> list[Any]:
        sums = family_sums(self.answer, dict.fromkeys(groups))
        cells: list[Any] = []
        if self.with_requests:
            cells.append(sum(self.answer.tally.requests[group] for group in groups))
        cells += [sums[family] for family in self.used]
        if self.with_hit:
            cells.append(hit_share(sums))
        return cells

    def amounts(self, groups: list[Group]) -> list[Any]:
        answer = self.answer
        sums: dict[str, Any] = {}
        for group in groups:
            for code, cost in answer.costs[group].items():
                shown = code if answer.is_mixed else answer.currency or code
                sums[shown] = add(sums.get(shown, Decimal(0)), answer.shown(cost.total))
        if not sums:
            return [_UNPRICED] * max(len(self.codes), 1)
        is_bound = any(group in answer.tally.unrated_groups for group in groups)
        return [
            (Figure(sums[code], ">=") if is_bound else sums[code]) if code in sums else None
            for code in self.codes
        ]


def _every_line(answer: Answer) -> Table:
    """Every line item of every record."""
    each = [(usage, cost, answer.ordered(cost) if cost else []) for usage, cost in answer.each]
    lines = [line for _, _, lines in each for line in lines]
    natives = list(dict.fromkeys(line.currency for line in lines))
    native = natives[0] if len(natives) == 1 else None
    currency = answer.currency
    all_tokens = all(line.unit == "token" or line.is_extra for line in lines)
    with_modifiers = any(line.modifiers for line in lines)
    columns = [
        Column("record", "Record"),
        Column("model", "Model", "name"),
        Column("meter", "Meter"),
        Column("quantity", "Quantity", "number"),
    ]
    if all_tokens:
        columns.append(Column("price_per_1m", f"{native or 'Price'}/1M", "money"))
    else:
        price = f"Price {native}" if native not in (None, currency) else "Price"
        columns += [Column("price", price, "money"), Column("per", "per")]
    if currency is None:
        columns += [Column("amount", "Amount", "money"), Column("currency", "")]
    else:
        title = "Amount" if native == currency else f"Amount {currency}"
        columns.append(Column(f"amount_{currency.lower()}", title, "money"))
    if with_modifiers:
        columns.append(Column("modifiers", "Modifiers"))
    rows: list[Any] = []
    total: Any = Decimal(0)
    places = _short_places([usage.place or "" for usage, _, _ in each])
    for (usage, cost, own), place in zip(each, places, strict=True):
        for line in own:
            amount = answer.shown(line.amount)
            total = add(total, amount)
            cells: list[Any] = [place, line.card.partition("/")[2], line.meter]
            cells += [line.quantity, *_price_cells(line, all_tokens), amount]
            cells += [] if currency else [line.currency]
            cells += [", ".join(m.name for m in line.modifiers)] if with_modifiers else []
            rows.append(cells)
        for meter, quantity in _without_price(usage, cost):
            cells = [place, usage.model or "", meter, quantity, Word("none", "missing")]
            cells += [_UNPRICED] if all_tokens else ["", _UNPRICED]
            rows.append([*cells, *[""] * (len(columns) - len(cells))])
    if currency is None:
        return Table(columns, rows)
    last: Any = Figure(total, ">=") if answer.is_lower_bound else total
    gap = len(columns) - (3 if with_modifiers else 2)
    return Table(columns, rows, total=["Total", *[None] * gap, last, None][: len(columns)])


def _short_places(places: list[str]) -> list[str]:
    """Give the line alone of places that are all in one file."""
    split = [re.fullmatch(r"(.*?)((?::[0-9]+)+)", place) for place in places]
    if None in split or len({found[1] for found in split if found}) != 1:
        return places
    return [found[2][1:] for found in split if found]


def _without_price(usage: Usage, cost: Cost | None) -> list[tuple[str, Any]]:
    """Give the meters of a record that have no price; all of them where it has no card."""
    if cost is None:
        return [(meter, quantity) for meter, quantity in usage.meters.items() if quantity]
    return [
        (refusal.meter, usage.meters.get(refusal.meter, usage.unknown.get(refusal.meter)))
        for refusal in cost.unpriced
    ]


def _price_cells(line: Line, all_tokens: bool) -> list[Any]:
    if not all_tokens:
        return [None, ""] if line.is_extra else [line.effective_price, per_text(line)]
    if line.is_extra:
        return [None]
    return [divide(multiply(line.effective_price, 1_000_000), line.per)]


def _skipped(answer: Answer, in_full: bool) -> list[Any]:
    """Say how many rows were skipped, and why."""
    skipped = answer.records.skipped
    counted = {reason: count for reason, count in skipped.items() if count}
    if not counted:
        return []
    whole = sum(counted.values())
    every = whole + answer.requests
    hint = "" if in_full else " (--explain-skipped)"
    billed = "" if "malformed" in counted else ", none billed"
    title = f"{whole:,} of {every:,} {'row' if every == 1 else 'rows'} skipped{billed}{hint}"
    blocks: list[Any] = [Facts(counted.items(), title=title)]
    if in_full:
        columns = [Column("row", "Row"), Column("reason", "Reason")]
        blocks.append(Table(columns, answer.records.reasons))
    return blocks
