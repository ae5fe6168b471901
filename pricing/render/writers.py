"""Choosing the writer of a format, and what goes to stderr beside it."""

from __future__ import annotations

import os

from pricing.errors import PricingError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from .charts import Chart
    from .report import Report

FORMATS = ("table", "markdown", "json", "csv", "html", "xlsx", "svg", "png")
#: formats that are bytes: no terminal shows them
BINARY = ("xlsx", "png")
_WIDTH = 80


def report_text(
    report: Report, format: str = "table", *, colour: bool = False, indent: int | None = None
) -> str:
    """Give the report in one of FORMATS that are text.

    ``colour`` is for the table, ``indent`` for JSON.

    Raises:
        PricingError: there is no such format, what it needs is not installed, or no chart to draw.
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
    if format == "svg":
        from .drawing import svg_text

        return svg_text(_drawable(report))
    if format in BINARY:
        raise PricingError(f"{format} is no text", remedy="Write it to a file: -o PATH.")
    raise PricingError(
        f"unknown format '{format}'",
        remedy=did_you_mean(format, FORMATS) or f"Formats: {', '.join(FORMATS)}",
    )


def report_bytes(report: Report, format: str) -> bytes:
    """Give the report in one of FORMATS as the bytes of a file; raises PricingError."""
    if format == "xlsx":
        from .workbook import xlsx_bytes

        return xlsx_bytes(report)
    if format == "png":
        from .drawing import png_bytes

        return png_bytes(_drawable(report))
    return report_text(report, format).encode("utf-8", "backslashreplace")


def _drawable(report: Report) -> Sequence[Chart]:
    if not report.charts:
        raise PricingError(
            "this report has nothing to draw",
            remedy="Charts have: cost --by day,model; compare; reconcile; cards show.",
        )
    return report.charts


def write_report(report: Report, format: str, stream: TextIO, *, indent: int | None = None) -> None:
    """Write the report, in colour where the stream is a terminal and NO_COLOR is not set.

    What the stream's encoding lacks is written as an escape of the format. Bytes go to a pipe or
    a file, not to a terminal.
    """
    if format in BINARY and not stream.isatty() and hasattr(stream, "buffer"):
        stream.flush()
        stream.buffer.write(report_bytes(report, format))
        return
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
        is_markup = format in ("html", "markdown", "svg")
        escape = "xmlcharrefreplace" if is_markup else "backslashreplace"
        return text.encode(encoding, escape).decode(encoding)
    return text
