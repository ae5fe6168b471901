"""One report object, one small writer per format.

>>> from pricing.render import Column, Report, Table, report_text
>>> table = Table([Column("meter", "Meter"), Column("amount_usd", "Amount USD", "money")],
...               [("input", 1), ("output", 2)], total=("Total", 3))
>>> print(report_text(Report("cost", "3.00 USD", [table])), end="")
3.00 USD
<BLANKLINE>
Meter   Amount USD
input         1.00
output        2.00
Total         3.00
"""

from __future__ import annotations

from .charts import Bars, Chart, Curves, Line, Panel, Stack, Steps, Waterfall
from .files import write_bytes, write_file
from .report import (
    Bridge,
    Column,
    Facts,
    Figure,
    Report,
    Row,
    Table,
    Text,
    Word,
)
from .writers import FORMATS, messages, report_bytes, report_text, wants_colour, write_report

__all__ = [
    "FORMATS",
    "Bars",
    "Bridge",
    "Chart",
    "Column",
    "Curves",
    "Facts",
    "Figure",
    "Line",
    "Panel",
    "Report",
    "Row",
    "Stack",
    "Steps",
    "Table",
    "Text",
    "Waterfall",
    "Word",
    "messages",
    "report_bytes",
    "report_text",
    "wants_colour",
    "write_bytes",
    "write_file",
    "write_report",
]
