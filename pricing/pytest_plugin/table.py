"""What stands at the end of a run: the verdict, and what each test spent."""

from __future__ import annotations

from decimal import Decimal

from pricing.money import Money, divide, multiply, rounded, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.pytest_plugin.sheet import Sheet

#: rows, unless -v asks for all
MOST = 20
OUTSIDE = "(outside of tests)"
_NAME = 48


def first_line(total: Sheet, tests: int, limit: Money | None, verdict: str) -> str:
    """Give the answer in one line."""
    spent = "nothing" if total.total is None else str(total.total)
    bound = "at least " if total.problems else ""
    calls = f"{total.calls:,} call{'' if total.calls == 1 else 's'}"
    of = f"{tests:,} test{'' if tests == 1 else 's'}"
    against = "" if limit is None else f", limit {limit} for all"
    return f"{verdict}{bound}{spent} in {calls} of {of}{against}"


def rows(sheets: dict[str, Sheet], limits: dict[str, Money], everything: bool) -> list[str]:
    """Give a table, the dearest test first; exact, so that it adds up."""
    known = [(name, sheet) for name, sheet in sheets.items() if sheet.calls or name in limits]
    known.sort(key=lambda pair: (-_amount(pair[1]), pair[0]))
    shown = known if everything or len(known) <= MOST + 1 else known[:MOST]
    rest = known[len(shown) :]
    currency = next((s.total.currency for _, s in known if s.total is not None), "")
    cells: list[tuple[str, ...]] = [("Test", "Calls", f"Cost {currency}".strip(), "Budget", "Used")]
    for name, sheet in shown:
        limit = limits.get(name)
        cells.append(
            (
                _short(name, everything),
                f"{sheet.calls:,}",
                ("unpriced" if sheet.total is None and sheet.problems else _bound(sheet)),
                "" if limit is None else text(limit.amount),
                "" if limit is None else _share(sheet, limit),
            )
        )
    if rest:
        total = rest[0][1]
        for _, sheet in rest[1:]:
            total = total.plus(sheet)
        cells.append((f"{len(rest):,} more (-v)", f"{total.calls:,}", _bound(total), "", ""))
    _align(cells)
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    if not limits:
        widths = widths[:3]
    lines = []
    for row in cells:
        parts = [row[0].ljust(widths[0])]
        parts += [row[at].rjust(width) for at, width in enumerate(widths) if at]
        lines.append("  ".join(parts).rstrip())
    return lines


def _amount(sheet: Sheet) -> Decimal:
    if sheet.total is None:
        return Decimal(0)
    amount = sheet.total.amount
    return amount if isinstance(amount, Decimal) else rounded(amount, Decimal("1e-12"))


def _bound(sheet: Sheet) -> str:
    shown = "0" if sheet.total is None else text(sheet.total.amount)
    return f">= {shown}" if sheet.problems else shown


def _share(sheet: Sheet, limit: Money) -> str:
    if not limit:
        return "over" if _amount(sheet) else ""
    if sheet.total is None:
        return "0.0 %"
    # up: what is over by the least is never shown as 100.0 %
    share = rounded(divide(multiply(sheet.total.amount, 100), limit.amount), Decimal("0.1"), "up")
    return f"{format(share, '.1f')} %"


def _align(cells: list[tuple[str, ...]]) -> None:
    """Give the amounts of a column as many decimal places as the longest has."""
    for at in (2, 3):
        places = max((len(row[at].partition(".")[2]) for row in cells[1:]), default=0)
        for number, row in enumerate(cells[1:], 1):
            value = row[at]
            if not value or not value[-1].isdigit() or not places:
                continue
            whole, _, part = value.partition(".")
            cells[number] = (*row[:at], f"{whole}.{part.ljust(places, '0')}", *row[at + 1 :])


def _short(name: str, everything: bool) -> str:
    """Give a test's name, its end where it is long."""
    return name if everything or len(name) <= _NAME else f"...{name[3 - _NAME :]}"
