"""The report as a workbook (XLSX): real figures, dates and formats, and totals that it recomputes.

A spreadsheet reckons with 15 digits. A figure that has more of them, or that never ends, stands
there as near as 15 digits come; its exact text is the cell's comment. Text is never a formula.
"""

from __future__ import annotations

import io
import re

from pricing.errors import PricingError

from .figures import figure_text
from .kinds import kind_of
from .plain import visible, visible_lines
from .records import exact
from .report import Facts, Figure, Table, Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .report import Cell, Column, Report

REMEDY = "Install it: pip install 'pricing-ratecards[xlsx]'"
#: digits that a spreadsheet keeps of a number
DIGITS = 15
#: the most characters of a cell, and of a sheet's name
_LONGEST, _LONGEST_NAME = 32_767, 31
_WIDEST = 60
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NO_NAME = re.compile(r"[\[\]:*?/\\]")


def xlsx_bytes(report: Report) -> bytes:
    """Give the workbook: a sheet of the headline and what is said, then a sheet for each table.

    Raises:
        PricingError: XlsxWriter is not installed.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]
    except ImportError:
        raise PricingError("XLSX needs XlsxWriter, which is not installed", remedy=REMEDY) from None

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(out, options)
    import datetime

    # no time of making: the same report is the same file
    book.set_properties({"created": datetime.datetime(2000, 1, 1)})
    writer = _Writer(book)
    writer.summary(report)
    for table in report.tables:
        writer.table(table, table.title or kind_of(report))
    book.close()
    return out.getvalue()


class _Writer:
    """Writes sheets, and keeps the formats that were made."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self._formats: dict[Any, Any] = {}
        self._names: set[str] = set()

    def format(self, **wanted: Any) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"valign": "top", **wanted})
        return self._formats[key]

    def sheet(self, title: str) -> Any:
        base = _NO_NAME.sub(" ", visible(title)).strip(" '")[:_LONGEST_NAME].strip(" '") or "Sheet"
        name, number = base, 1
        while name.lower() in self._names or name.lower() == "history":
            number += 1
            name = f"{base[: _LONGEST_NAME - len(str(number)) - 1]} {number}"
        self._names.add(name.lower())
        return self.book.add_worksheet(name)

    def summary(self, report: Report) -> None:
        sheet = self.sheet("Summary")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 90)
        _string(sheet, 0, 0, report.headline, self.format(bold=True, font_size=14))
        row = 2
        for block in report.blocks:
            if isinstance(block, Facts):
                for label, cell in block.pairs:
                    _string(sheet, row, 0, label, self.format(font_color="#59636e"))
                    self.cell(sheet, row, 1, cell, None, align="left")
                    row += 1
                row += 1
            elif isinstance(block, Text):
                _string(sheet, row, 0, block.text, self.format())
                row += 1 + block.text.count("\n")
        for said in (*map(str, report.problems), *report.notes):
            _string(sheet, row, 0, said, self.format(font_color="#59636e"))
            row += 1

    def table(self, table: Table, name: str) -> None:
        """Write a table: titles, rows, the exact total, and below it the sheet's own sum."""
        sheet = self.sheet(name)
        places = [_places(table, at) for at in range(len(table.columns))]
        for at, column in enumerate(table.columns):
            head = self.format(
                bold=True, bottom=1, text_wrap=True, align="left" if column.is_text else "right"
            )
            _string(sheet, 0, at, column.title or column.key, head)
            sheet.set_column(at, at, _width(table, at))
        sheet.freeze_panes(1, 1)
        for at, row in enumerate(table.rows, 1):
            for position, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
                more: dict[str, Any] = {"bold": True} if row.is_subtotal else {}
                if position == 0 and row.level:
                    more["indent"] = row.level
                self.cell(sheet, at, position, cell, column, places[position], **more)
        if table.total is not None:
            self.total(sheet, table, places)
        for at, note in enumerate(table.notes, len(table.rows) + 5):
            _string(sheet, at, 0, note, self.format(font_color="#59636e"))

    def total(self, sheet: Any, table: Table, places: list[int]) -> None:
        """Write the exact total; below it what the sheet adds up, where rows add up to it."""
        last = len(table.rows)
        assert table.total is not None
        for position, (cell, column) in enumerate(zip(table.total, table.columns, strict=True)):
            self.cell(sheet, last + 1, position, cell, column, places[position], bold=True, top=1)
        is_said = False
        for position, column in enumerate(table.columns):
            cells = summed_rows(table, position)
            if not cells:
                continue
            letter = _letters(position)
            formula = "=SUM(" + ",".join(f"{letter}{a}:{letter}{b}" for a, b in cells) + ")"
            if len(formula) > 8_000:
                continue
            whole = table.total[position]
            value = whole.value if isinstance(whole, Figure) else whole
            shown = _number_format(column, places[position], "")
            style = self.format(num_format=shown, italic=True)
            # the value that is shown until something recomputes it
            sheet.write_formula(last + 2, position, formula, style, _nearest(value))
            is_said = True
        if is_said:
            _string(sheet, last + 2, 0, "Sum of the rows, by this sheet", self.format(italic=True))

    def cell(
        self, sheet: Any, row: int, at: int, cell: Cell, column: Column | None, places: int = 2,
        **more: Any,
    ) -> None:  # fmt: skip
        """Write one cell by its kind: a figure, a day, or text."""
        if cell is None:
            if more:
                sheet.write_blank(row, at, None, self.format(**more))
            return
        if isinstance(cell, (str, Word)):
            said = exact(cell)
            day = _date(said)
            if day is not None:
                sheet.write_datetime(row, at, day, self.format(num_format="yyyy-mm-dd", **more))
                return
            if isinstance(cell, Word) and cell.tone:
                more["font_color"] = _TONES[cell.tone]
            if column is not None and not column.is_text:
                more["align"] = "right"
            _string(sheet, row, at, said, self.format(**more))
            return
        mark = cell.mark if isinstance(cell, Figure) else ""
        value = cell.value if isinstance(cell, Figure) else cell
        if column is not None and column.is_text:
            _string(sheet, row, at, exact(cell), self.format(**more))
            return
        shown = _number_format(column, places, mark)
        sheet.write_number(row, at, _nearest(value), self.format(num_format=shown, **more))
        if (column is None or column.kind in ("money", "number")) and _is_long(value):
            sheet.write_comment(row, at, f"exactly {_exactly(value)}")


_TONES = {"good": "#116329", "warn": "#7d4e00", "missing": "#7d4e00", "bad": "#b3151f"}


def summed_rows(table: Table, position: int) -> list[tuple[int, int]]:
    """Give the sheet's rows whose sum is the total, as runs; none where they are no such sum.

    Only the innermost rows are added: subtotals are sums of them.
    """
    if table.total is None or table.columns[position].kind not in ("money", "number"):
        return []
    whole = table.total[position]
    value = whole.value if isinstance(whole, Figure) else whole
    if value is None or isinstance(value, (str, Word)):
        return []
    from fractions import Fraction

    rows, added = [], Fraction(0)
    for at, row in enumerate(table.rows, 2):
        cell = row.cells[position]
        figure = cell.value if isinstance(cell, Figure) else cell
        if not row.is_subtotal and figure is not None and not isinstance(figure, (str, Word)):
            rows.append(at)
            added += Fraction(figure)
    if not rows or added != Fraction(value):
        return []
    runs: list[tuple[int, int]] = []
    for at in rows:
        if runs and runs[-1][1] == at - 1:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def _string(sheet: Any, row: int, at: int, text: str, style: Any) -> None:
    """Write text as text: whatever it begins with, no spreadsheet computes it."""
    said = visible_lines(text)
    if len(said) > _LONGEST:
        said = said[: _LONGEST - 3] + "..."
    sheet.write_string(row, at, said, style)


def _nearest(value: Any) -> Any:
    """Give the float next to an exact figure: what a workbook's number is."""
    from fractions import Fraction

    if value is None or isinstance(value, (str, Word)):
        return 0
    found = Fraction(value)
    return found.numerator / found.denominator


def _is_long(value: Any) -> bool:
    """Say whether a figure has more digits than a spreadsheet keeps, or never ends."""
    from decimal import Decimal

    if isinstance(value, int):
        return len(str(abs(value)).rstrip("0")) > DIGITS
    if isinstance(value, Decimal):
        return len(value.normalize().as_tuple().digits) > DIGITS
    return True


def _exactly(value: Any) -> str:
    from fractions import Fraction

    return str(value) if isinstance(value, Fraction) else exact(value)


def _date(text: str) -> Any:
    """Give the date that a text is; None where it is none, or older than a spreadsheet's first."""
    from datetime import datetime

    found = _DAY.fullmatch(text)
    if found is None or int(found[1]) < 1900:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _places(table: Table, position: int) -> int:
    """Give the decimal places of a column: what it says, else what its finest figure needs."""
    column = table.columns[position]
    if column.places is not None:
        return column.places
    if column.is_text:
        return 0
    cells = [row[position] for row in table.all_cells]
    figures = [c for c in cells if c is not None and not isinstance(c, (str, Word))]
    texts = [figure_text(figure, column.kind) for figure in figures]
    return max((len(t.rstrip(" %").partition(".")[2]) for t in texts), default=0)


def _number_format(column: Column | None, places: int, mark: str) -> str:
    kind = column.kind if column is not None else "number"
    plain = "#,##0" + ("." + "0" * places if places else "")
    if kind == "percent":
        plain = ("0." + "0" * places if places else "0") + " %"
    if column is None:
        plain = "General"
    if mark == "+":
        return f"+{plain};-{plain};{plain}"
    return f'">= "{plain}' if mark == ">=" else plain


def _width(table: Table, position: int) -> int:
    from .figures import table_texts

    title = table.columns[position].title
    texts = [row[position] for row in table_texts(table)[:500]]
    longest = max((len(visible(text)) for text in texts), default=0)
    return max(9, min(_WIDEST, max(longest, len(title) // 2, 8) + 2))


def _letters(position: int) -> str:
    """Give a column's name: A, B, ... Z, AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
