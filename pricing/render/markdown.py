"""The report as GitHub Markdown, where a model's name from a log stays a name."""

from __future__ import annotations

import re

from .charts import Chart
from .figures import fact_texts, table_texts
from .plain import visible
from .report import Facts, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .report import Block, Column, Report

#: An underscore inside a word is no emphasis and stays as it is: cache_read.
_SPECIAL = re.compile(r"[\\`*\[|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
#: What would begin a list, a quotation, a heading or a rule at the start of a line.
_LINE_START = re.compile(r"^(\s*)(?=(?:[-+*]|#{1,6}|=+|-+)(?:\s|$)|>)")
_NUMBERED = re.compile(r"^(\s*\d+)(?=[.)](?:\s|$))")
#: A zero-width space keeps a name from calling a person and a number from linking to an issue.
_REFERENCE = re.compile(r"([@#])(?=\w)")


def markdown_text(report: Report) -> str:
    """Give headline, blocks, problems and notes; the next command is for terminals only."""
    parts = [f"#### {escaped(report.headline)}"]
    parts += [text for block in report.blocks if (text := _block(block))]
    # Another bullet than that of facts: the same one would continue their list.
    listed = [f"* {escaped_lines(str(problem))}" for problem in report.problems]
    listed += [f"* note: {escaped(note)}" for note in report.notes]
    if listed:
        parts.append("\n".join(listed))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Give text that Markdown shows as it is, in one line, with a true arrow for ``->``."""
    text = visible(text).replace(" -> ", " → ").replace("&", "&amp;").replace("<", "&lt;")
    return _REFERENCE.sub(r"\1&#8203;", _SPECIAL.sub(r"\\\g<0>", text))


def escaped_lines(text: str) -> str:
    """Give text with its own line breaks, none of which begins a list or a heading."""
    lines = [
        _NUMBERED.sub(r"\1\\", _LINE_START.sub(r"\1\\", escaped(line))) for line in text.split("\n")
    ]
    return "<br>".join(lines)


def code(text: str) -> str:
    """Give text as a code span that fits in a table cell; nothing inside has a meaning."""
    text = visible(text).replace("|", "\\|")
    if not text.strip():
        return text
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    gap = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return table_markdown(block)
    if isinstance(block, Facts):
        title = [f"{escaped_lines(block.title)}\n"] if block.title else []
        pairs = zip(block.pairs, fact_texts(block), strict=True)
        return "\n".join(
            [*title, *(f"- {escaped(label)}: {escaped_lines(text)}" for (label, _), text in pairs)]
        )
    if isinstance(block, Chart):
        return f"![{escaped(block.title)}]({block.file})" if block.file else ""
    return escaped_lines(block.text)


def table_markdown(table: Table) -> str:
    """Give a table with its title above and its notes below."""
    texts = table_texts(table)
    total = [texts.pop()] if table.total is not None else []
    rows = [_row([escaped(column.title) for column in table.columns])]
    rows.append(
        "|" + "|".join("---" if column.is_text else "--:" for column in table.columns) + "|"
    )
    for row, cells in zip(table.rows, texts, strict=True):
        shown = [_cell(column, text) for column, text in zip(table.columns, cells, strict=True)]
        shown[0] = "&emsp;" * row.level + shown[0]
        rows.append(_row(shown))
    rows += [_row([f"**{escaped(text)}**" if text else "" for text in cells]) for cells in total]
    title = [escaped_lines(table.title)] if table.title else []
    notes = ["<br>".join(map(escaped_lines, table.notes))] if table.notes else []
    return "\n\n".join([*title, "\n".join(rows), *notes])


def _row(cells: list[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _cell(column: Column, text: str) -> str:
    return code(text) if column.kind == "name" else escaped(text)
