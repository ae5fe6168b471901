"""What people call each kind of report."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .report import Report

#: what a report is called above its headline, where its kind is no word
KINDS = {
    "break_even": "Break-even",
    "card": "Rate card",
    "cards": "Rate cards",
    "cards_check": "Rate cards, checked",
    "cards_crosscheck": "Rate cards beside others",
    "cards_diff": "Changes of rate cards",
    "cards_import": "Rate cards, imported",
    "compare": "Comparison",
    "explain": "Explanation",
    "living": "Rate cards",
    "reconcile": "Reconciliation",
    "reconcile_cell": "Reconciliation, one cell",
    "reconcile_finding": "Reconciliation, one finding",
}


def kind_of(report: Report) -> str:
    """Give what the report is, in a word or some."""
    return KINDS.get(report.kind) or report.kind.partition(".")[0].capitalize()
