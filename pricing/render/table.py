"""The report for a terminal: a headline, then blocks of plain columns, at most 80 wide."""

from __future__ import annotations

from .charts import Chart
from .columns import GAP, NARROWEST, coloured, columns_lines
from .figures import fact_texts
from .plain import paragraph, visible, width_of
from .report import Facts, Table, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .report import Block, Report

WIDTH = 80


def table_text(report: Report, width: int = WIDTH, colour: bool = False) -> str:
    """Give headline and blocks, a blank line before each block that is not tight.

    Notes, problems and the next command are not in it: they go to stderr, see ``messages``.
    """
    verdict, gap, rest = visible(report.headline).partition("  ")
    lines = [coloured(verdict, report.tone if colour else "") + gap + rest]
    for block in report.blocks:
        rows = _block_lines(block, width, colour)
        if rows and not block.is_tight:
            lines.append("")
        lines.extend(rows)
    return "\n".join(lines) + "\n"


def _block_lines(block: Block, width: int, colour: bool) -> list[str]:
    if isinstance(block, Table):
        return _table_lines(block, width, colour)
    if isinstance(block, Facts):
        return _facts_lines(block, width)
    if isinstance(block, Chart):
        # A chart without a file of its own is a picture of the table beside it.
        return paragraph(block.description, width) if block.file else []
    return paragraph(block.text, width)


def _facts_lines(facts: Facts, width: int) -> list[str]:
    values = fact_texts(facts)
    is_figure = [not isinstance(cell, (str, Word)) for _, cell in facts.pairs]
    figures = max((width_of(v) for v, yes in zip(values, is_figure, strict=True) if yes), default=0)
    labels = [visible(label) for label, _ in facts.pairs]
    indent = " " * GAP if facts.title else ""
    hanging = max(map(width_of, labels), default=0) + GAP + len(indent)
    lines = [visible(facts.title)] if facts.title else []
    for label, value, yes in zip(labels, values, is_figure, strict=True):
        shown = [value.rjust(figures)] if yes else paragraph(value, max(width - hanging, NARROWEST))
        start = indent + label
        lines.append(start + " " * (hanging - width_of(start)) + shown[0])
        lines += [" " * hanging + line for line in shown[1:]]
    return [line.rstrip() for line in lines]


def _table_lines(table: Table, width: int, colour: bool) -> list[str]:
    lines = [visible(table.title)] if table.title else []
    lines += columns_lines(table, width, colour)
    return lines + [line for note in table.notes for line in paragraph(note, width)]
