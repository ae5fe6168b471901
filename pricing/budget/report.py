"""The result of a budget file as a report, made from its document: table, CSV, HTML."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pricing.budget.document import ordered
from pricing.budget.judge import FAIL, UNKNOWN, WAIVED, WARN
from pricing.budget.words import least_places, percent_text, places_for
from pricing.errors import Fault
from pricing.money import add, divide, text
from pricing.render import Bridge, Column, Figure, Report, Table, Word
from pricing.render.figures import figure_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.money import Exact
    from pricing.render.report import Block, Cell, Tone

    Document = dict[str, Any]

TONES: dict[str, Tone] = {
    "fail": "bad",
    "cannot judge": "missing",
    "warn": "warn",
    "waived": "warn",
    "pass": "good",
}
_PERS = ("month", "day", "session", "test", "call")


def check_report(document: Document, next: str | None = None, in_full: bool = False) -> Report:
    """Give the verdicts; ``in_full`` adds the scenarios and the causes."""
    blocks: list[Block] = [*_money_tables(document), *_other_table(document)]
    if in_full:
        blocks.append(scenario_table(document))
        if document["causes"]:
            blocks.append(cause_bridge(document))
    return Report(
        "budget",
        headline(document),
        blocks,
        notes=document["notes"],
        next=next,
        document=document,
        problems=[Fault(**_without(problem)) for problem in document["problems"]],
        tone=TONES[document["verdict"]],
    )


def diff_report(document: Document, in_full: bool = False) -> Report:
    """Give the causes of the change."""
    blocks: list[Block] = []
    if document["causes"]:
        blocks.append(cause_bridge(document) if in_full else cause_table(document))
    if in_full:
        blocks.append(scenario_table(document))
    return Report(
        "budget",
        diff_headline(document),
        blocks,
        notes=document["notes"],
        document=document,
        problems=[Fault(**_without(problem)) for problem in document["problems"]],
        tone="missing" if document["exit"] else "",
    )


def _without(problem: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in problem.items() if key != "kind"}


def headline(document: Document) -> str:
    """Give "FAIL  2 of 3 budgets: 4,017.00 USD in a month of 30 days, base 1,362.00"."""
    total, currency = document["total"], document["currency"]
    bound = "at least " if total["lower_bound"] else ""
    spend = f"{bound}{amount(total['head'], total['lower_bound'])} {currency}"
    base = ""
    if total["base"] is not None and document["base"] not in (None, "none"):
        least = "at least " if total["base_lower_bound"] else ""
        base = f", base {least}{amount(total['base'], total['base_lower_bound'])}"
    month = f"in a month of {document['month_days']} days"
    return f"{verdict_text(document)}: {spend} {month}{base}"


def verdict_text(document: Document) -> str:
    """Give "FAIL  2 of 3 budgets", "PASS  2 budgets, 1 with a warning"."""
    rows = document["budgets"]
    verdict = document["verdict"]
    count = sum(row["verdict"] == verdict for row in rows)
    word = "budget" if len(rows) == 1 else "budgets"
    if verdict in (FAIL, UNKNOWN):
        of = f"{count} of {len(rows)} {word}" if count else "the spend"
        return f"{verdict.upper()}  {of}"
    told = []
    for which, words in ((WARN, "with a warning"), (WAIVED, "waived")):
        number = sum(row["verdict"] == which for row in rows)
        told += [f", {number} {words}"] if number else []
    return f"PASS  {len(rows)} {word}{''.join(told)}"


def diff_headline(document: Document) -> str:
    """Give "+2,655.00 USD a month (+194.9 %): 1,362.00 -> 4,017.00"."""
    total, currency = document["total"], document["currency"]
    if total["change"] is None:
        head = f"{'>= ' if total['lower_bound'] else ''}{amount(total['head'], True)}"
        base = f"{'>= ' if total['base_lower_bound'] else ''}{amount(total['base'], True)}"
        return f"CANNOT JUDGE  {currency} a month: {base} -> {head}"
    change = Decimal(total["change"])
    shown = figure_text(Figure(change, "+"), places=2)
    ends = f"{amount(total['base'])} -> {amount(total['head'])}"
    if not change:
        return f"No change in {currency} a month: {amount(total['head'])}"
    return f"{shown} {currency} a month{share_text(document)}: {ends}"


def share_text(document: Document) -> str:
    """Give the change in percent of the base, in brackets; nothing where the base is 0."""
    change, base = document["total"]["change"], Decimal(document["total"]["base"] or 0)
    if change is None or not base:
        return ""
    return f" ({percent_text(divide(Decimal(change), base), signed=True)})"


def amount(value: str, is_bound: bool = False) -> str:
    """Give an amount of a month; a lower bound is rounded down."""
    shown = figure_text(Figure(Decimal(value), ">=" if is_bound else ""), places=2)
    return shown.removeprefix(">= ")


def _money_tables(document: Document) -> list[Table]:
    """Give a table for each kind of amount: a month, a day, a call; months first."""
    rows = [row for row in ordered(document) if row["kind"] in ("limit", "increase")]
    kinds = {(row["per"] or "month", row["currency"] or document["currency"]) for row in rows}
    found = []
    for per, currency in sorted(kinds, key=lambda kind: (_PERS.index(kind[0]), kind[1])):
        own = [
            row
            for row in rows
            if (row["per"] or "month") == per
            and (row["currency"] or document["currency"]) == currency
        ]
        found.append(_money_table(own, per, currency))
    return found


def _money_table(rows: Sequence[dict[str, Any]], per: str, currency: str) -> Table:
    places = max(_places(row) for row in rows)
    has_over = any(row["over"] is not None for row in rows)
    has_warning = any(row["verdict"] == WARN and row["warn_at"] for row in rows)
    code = currency.lower()
    columns = [
        Column("verdict", "Verdict"),
        Column("budget", "Budget", "name"),
        Column(f"{code}_a_{per}", f"{currency} a {per}", "money", places),
        Column(f"limit_{code}", "Limit", "money", places),
        Column("used", "Used", "percent"),
    ]
    if has_over:
        columns.append(Column(f"over_{code}", "Over by", "money", places))
    elif has_warning:
        columns.append(Column("warns_at", "", "number"))
    found = []
    for row in rows:
        is_rise = row["kind"] == "increase"
        mark = ">=" if row["lower_bound"] else "+" if is_rise else ""
        cells: list[Cell] = [Word(row["verdict"], TONES[row["verdict"]]), row["id"]]
        cells.append(
            Word("not known", "missing")
            if row["value"] is None or (row["lower_bound"] and not Decimal(row["value"]))
            else Figure(Decimal(row["value"]), mark)  # type: ignore[arg-type]
        )
        limit = None if row["limit"] is None else Decimal(row["limit"])
        cells.append(Figure(limit, "+") if is_rise and limit is not None else limit)
        used = row["used"] if not row["lower_bound"] else None
        cells.append(None if used is None else Decimal(used))
        if has_over:
            cells.append(None if row["over"] is None else Decimal(row["over"]))
        elif has_warning:
            warns = row["verdict"] == WARN and row["warn_at"]
            cells.append(f"warns at {percent_text(Decimal(row['warn_at']))}" if warns else None)
        found.append(cells)
    return Table(columns, found)


def _places(row: dict[str, Any]) -> int:
    if row["value"] is None or row["limit"] is None:
        return 2
    return places_for(Decimal(row["value"]), Decimal(row["limit"]))


def _other_table(document: Document) -> list[Table]:
    rows = [row for row in ordered(document) if row["kind"] not in ("limit", "increase")]
    if not rows:
        return []
    columns = [Column("verdict", "Verdict"), Column("budget", "Budget", "name"), Column("why", "")]
    cells = [
        (Word(row["verdict"], TONES[row["verdict"]]), row["id"], row["message"]) for row in rows
    ]
    return [Table(columns, cells)]


def scenario_table(document: Document, title: str | None = None, most: int = 10**6) -> Table:
    """Give every scenario, the dearest first; ``most`` of them, the others as one."""
    currency = document["currency"]
    code = currency.lower()
    has_base = document["total"]["base"] is not None and document["base"] is not None
    calls = [Decimal(row["per_call"]) for row in document["scenarios"]]
    places = max((least_places(each) for each in calls), default=2)
    columns = [
        Column("scenario", "Scenario", "name"),
        Column("calls_per_day", "Calls/day", "number"),
        Column(f"{code}_per_call", f"{currency}/call", "money", places),
    ]
    if has_base:
        columns += [
            Column(f"base_{code}", "Base", "money", 2),
            Column(f"change_{code}", "Change", "money", 2),
        ]
    columns.append(Column(f"head_{code}", "Head" if has_base else f"{currency}/month", "money", 2))
    rows = [_scenario_cells(row, has_base) for row in document["scenarios"][:most]]
    rest = document["scenarios"][most:]
    if rest:
        rows.append(_others(rest, has_base))
    total = document["total"]
    end: list[Cell] = ["Total", None, None]
    if has_base:
        end.append(_bounded(total["base"], total["base_lower_bound"]))
        change = total["change"]
        end.append(Word("not known", "missing") if change is None else Figure(Decimal(change), "+"))
    end.append(_bounded(total["head"], total["lower_bound"]))
    return Table(columns, rows, total=end, title=title)


def _scenario_cells(row: dict[str, Any], has_base: bool) -> list[Cell]:
    calls = None if row["calls_per_day"] is None else _rounded(Decimal(row["calls_per_day"]))
    cells: list[Cell] = [row["name"], calls]
    is_gone = row["state"] == "removed"
    is_base_bound = row["base_lower_bound"]
    cells.append(_bounded(row["per_call"], is_base_bound if is_gone else row["lower_bound"]))
    if has_base:
        is_new = row["state"] == "new"
        cells.append(Word("new") if is_new else _bounded(row["base"], is_base_bound))
        change = row["change"]
        cells.append(
            Word("not known", "missing") if change is None else Figure(Decimal(change), "+")
        )
    cells.append(Word("removed") if is_gone else _bounded(row["head"], row["lower_bound"]))
    return cells


def _rounded(value: Decimal) -> Decimal:
    return value if value == int(value) else round(value, 1)


def _bounded(value: str, is_bound: bool) -> Cell:
    """Give an amount; a lower bound of 0 says nothing, and so it is not shown as one."""
    if is_bound and not Decimal(value):
        return Word("not known", "missing")
    return Figure(Decimal(value), ">=") if is_bound else Decimal(value)


def _others(rows: Sequence[dict[str, Any]], has_base: bool) -> list[Cell]:
    """Give the scenarios that are not listed as one row, so that the column adds up."""
    is_bound = any(row["lower_bound"] for row in rows)
    is_base_bound = any(row["base_lower_bound"] for row in rows)
    cells: list[Cell] = [f"{len(rows):,} others", None, None]

    def total(key: str) -> str:
        whole: Exact = Decimal(0)
        for row in rows:
            whole = add(whole, Decimal(row[key] or 0))
        return text(whole)

    if has_base:
        is_known = not (is_bound or is_base_bound)
        cells.append(_bounded(total("base"), is_base_bound))
        cells.append(
            Figure(Decimal(total("change")), "+") if is_known else Word("not known", "missing")
        )
    cells.append(_bounded(total("head"), is_bound))
    return cells


def cause_table(document: Document, title: str | None = None) -> Table:
    """Give the causes, the largest first, with their total."""
    currency = document["currency"]
    columns = [
        Column("scenario", "Cause", "name"),
        Column("cause", ""),
        Column(f"{currency.lower()}_a_month", f"{currency} a month", "money", 2),
    ]
    rows = [
        (row["scenario"], row["text"], Figure(Decimal(row["amount"]), "+"))
        for row in document["causes"]
    ]
    change = document["total"]["change"]
    total = None if change is None else ("Total", None, Figure(Decimal(change), "+"))
    return Table(columns, rows, total=total, title=title)


def cause_bridge(document: Document) -> Table:
    """Give the way from the base to the head, cause by cause; a table where an end is not known."""
    total = document["total"]
    if total["change"] is None or total["base"] is None or total["head"] is None:
        return cause_table(document, "Why")
    code = document["currency"]
    columns = [
        Column("part", "Cause"),
        Column(f"{code.lower()}_a_month", f"{code} a month", "money", 2),
    ]
    rows: list[tuple[str, Cell]] = [("Base", Decimal(total["base"]))]
    rows += [
        (f"{row['scenario']}: {row['text']}", Figure(Decimal(row["amount"]), "+"))
        for row in document["causes"]
    ]
    return Bridge(columns, rows, total=("Now", Decimal(total["head"])), title="Why")
