"""Every format of a budget's result, made from its one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pricing.budget.ci import github_text, gitlab_text, junit_text, sarif_text
from pricing.budget.comment import comment_text, summary_text
from pricing.budget.report import check_report, diff_report
from pricing.render import FORMATS as REPORTS
from pricing.render import report_bytes, report_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pricing.render import Report

    Document = dict[str, Any]

_WRITERS: dict[str, Callable[[Document], str]] = {
    "markdown": comment_text,
    "junit": junit_text,
    "sarif": sarif_text,
    "gitlab": gitlab_text,
    "github": github_text,
    "summary": summary_text,
}
#: formats that hold the scenarios and the causes
FULL = ("html", "xlsx", "svg", "png")
FORMATS = (*REPORTS, *(name for name in _WRITERS if name not in REPORTS))


def report_of(document: Document, next: str | None = None, in_full: bool = False) -> Report:
    """Give the report of a document, for a check or for a diff."""
    if document["command"] == "diff":
        return diff_report(document, in_full)
    return check_report(document, next, in_full)


def text_of(document: Document, format: str) -> str:
    """Give a document in one of FORMATS."""
    if format in _WRITERS:
        return _WRITERS[format](document)
    return report_text(report_of(document, in_full=format in FULL), format)


def bytes_of(document: Document, format: str) -> bytes:
    """Give a document in one of FORMATS as the bytes of a file."""
    if format in _WRITERS:
        return _WRITERS[format](document).encode("utf-8", "backslashreplace")
    return report_bytes(report_of(document, in_full=format in FULL), format)
