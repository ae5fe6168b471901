"""The report as one JSON document; nothing but the standard library's json is imported."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .report import Cell, Report, Table

#: Control characters, bidirectional overrides and half surrogates, which a terminal would obey or
#: an encoder refuse: written as escapes, they are the same JSON string.
ESCAPED = "[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"


def json_text(report: Report, indent: int | None = None, ensure_ascii: bool = False) -> str:
    """Give the report's document with its schema in front, on one line unless indented.

    A report without a document of its own gives its headline, tables, facts and notes.
    """
    document = report.document if report.document is not None else _from_blocks(report)
    text = json.dumps(
        {"schema": report.schema, **document},
        ensure_ascii=ensure_ascii,
        allow_nan=False,
        indent=indent,
        separators=None if indent else (",", ":"),
    )
    if not ensure_ascii and not text.isascii():
        import re

        text = re.sub(ESCAPED, lambda match: f"\\u{ord(match[0]):04x}", text)
    return text + "\n"


def _from_blocks(report: Report) -> Mapping[str, object]:
    from .report import Facts

    facts = [pair for block in report.blocks if isinstance(block, Facts) for pair in block.pairs]
    return {
        "headline": report.headline,
        "tables": [_from_table(table) for table in report.tables],
        "facts": {label: _value(cell) for label, cell in facts},
        "notes": list(report.notes),
    }


def _from_table(table: Table) -> Mapping[str, object]:
    from .records import keys, records

    names, total = keys(table), None
    if table.total is not None:
        total = {
            column.key: _value(cell)
            for column, cell in zip(table.columns, table.total, strict=True)
            if cell is not None
        }
    return {
        "title": table.title,
        "rows": [dict(zip(names, map(_value, record), strict=True)) for record in records(table)],
        "total": total,
    }


def _value(cell: Cell) -> str | None:
    from .records import exact

    return None if cell is None else exact(cell)
