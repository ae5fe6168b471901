"""The report as CSV (RFC 4180): exact figures, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

from .plain import visible_lines
from .records import exact, is_number, keys, records
from .report import Facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .report import Cell, Report

#: A spreadsheet reads a text that starts with one of these as a formula, full-width ones too.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def csv_text(report: Report) -> str:
    """Give the tables, an empty line between two of them; facts only where there is no table.

    The header holds the columns' keys. Totals and subtotals are left out: they are sums of rows.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    for position, table in enumerate(report.tables):
        if position:
            out.write("\r\n")
        writer.writerow(map(_field, keys(table)))
        writer.writerows(map(_field, record) for record in records(table))
    facts = [block for block in report.blocks if isinstance(block, Facts)]
    if facts and not report.tables:
        writer.writerow(("label", "value"))
        writer.writerows(
            (_field(label), _field(cell)) for one in facts for label, cell in one.pairs
        )
    return out.getvalue()


def _field(cell: Cell) -> str:
    if is_number(cell):
        return exact(cell)
    text = exact(cell)
    return visible_lines(f"'{text}" if text.startswith(FORMULA_STARTS) else text)
