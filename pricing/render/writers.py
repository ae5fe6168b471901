"""Choosing the writer of a format, and what goes to stderr beside it."""

from __future__ import annotations

import os

from pricing.errors import PricingError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from .report import Report

FORMATS = ("table", "markdown", "json", "csv", "html")
_WIDTH = 80


def report_text(
    report: Report, format: str = "table", *, colour: bool = False, indent: int | None = None
) -> str:
    """Give the report in one of FORMATS; ``colour`` is for the table, ``indent`` for JSON.

    Raises:
        PricingError: there is no such format, or HTML without Jinja2.
    """
    if format == "json":
        from .json_document import json_text

        return json_text(report, indent)
    if format == "table":
        from .table import table_text

        return table_text(report, colour=colour)
    if format == "markdown":
        from .markdown import markdown_text

        return markdown_text(report)
    if format == "csv":
        from .csv_rows import csv_text

        return csv_text(report)
    if format == "html":
        from .html_page import html_text

        return html_text(report)
    raise PricingError(
        f"unknown format '{format}'",
        remedy=did_you_mean(format, FORMATS) or f"Formats: {', '.join(FORMATS)}",
    )


def write_report(report: Report, format: str, stream: TextIO, *, indent: int | None = None) -> None:
    """Write the report, in colour where the stream is a terminal and NO_COLOR is not set.

    What the stream's encoding lacks is written as an escape of the format.
    """
    text = report_text(report, format, colour=wants_colour(stream), indent=indent)
    stream.write(_encodable(text, report, format, stream, indent))


def wants_colour(stream: TextIO) -> bool:
    """Say whether colour may be used on the stream (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def messages(report: Report) -> str:
    """Give what belongs on stderr: problems, notes, and at most one next command."""
    from .plain import paragraph, visible

    lines = [row for said in report.problems for row in paragraph(str(said), _WIDTH, "  ")]
    notes = [f"note: {visible(note)}" for note in report.notes]
    lines += [row for note in notes for row in paragraph(note, _WIDTH, "  ")]
    if report.next:
        lines.append(f"next: {visible(report.next)}")
    return "".join(f"{line}\n" for line in lines)


def _encodable(text: str, report: Report, format: str, stream: TextIO, indent: int | None) -> str:
    encoding = getattr(stream, "encoding", None)
    if text.isascii() or not encoding:
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        if format == "json":
            from .json_document import json_text

            return json_text(report, indent, ensure_ascii=True)
        escape = "xmlcharrefreplace" if format in ("html", "markdown") else "backslashreplace"
        return text.encode(encoding, escape).decode(encoding)
    return text
