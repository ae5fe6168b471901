"""A diagnosis as the JSON document ``pricing.reconcile/1``: amounts are exact decimal strings."""

from __future__ import annotations

from pricing.money import text
from pricing.reconcile.ageing import age
from pricing.reconcile.mix import Parts, mix_of
from pricing.reconcile.state import NOTHING
from pricing.reconcile.words import cell_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.reconcile.case import Case
    from pricing.reconcile.diagnose import Diagnosis
    from pricing.reconcile.finding import Finding


def document_of(found: Diagnosis) -> dict[str, Any]:
    """Give the document of a diagnosis."""
    case = found.case
    return {
        "status": found.status,
        "currency": case.bill.currency,
        "expected": text(found.expected),
        "billed": text(found.billed),
        "variance": text(found.variance),
        "unexplained": text(found.left),
        "merged": text(found.merged),
        "exact": case.bill.is_exact,
        "unit": text(case.bill.unit),
        "statements": [
            {"file": s.path, "form": s.name, "seller": s.seller, "lines": len(s.lines),
             "total": text(s.total), "complete": s.is_complete}
            for s in case.bill.statements
        ],
        "requests": case.log.requests,
        "findings": [finding_of(case, f) for f in found.findings],
        "unexplained_cells": [finding_of(case, f) for f in found.unexplained],
        "price_volume_mix": mix_document(found),
        "cells": cells_of(found),
        "skipped": dict(case.log.skipped),
        "unpriced": [
            {"reason": u.reason, "requests": u.requests, "place": u.place}
            for u in case.log.unpriced.values()
        ],
        "notes": list(case.notes),
    }  # fmt: skip


def mix_document(found: Diagnosis) -> dict[str, Any]:
    """Give price, volume and mix, in all and by model."""
    by_model = mix_of(found)
    whole = Parts()
    for parts in by_model.values():
        whole = whole.plus(parts)
    return {
        **_parts(whole),
        "by_model": [{"model": model or None, **_parts(p)} for model, p in by_model.items()],
    }


def _parts(parts: Parts) -> dict[str, str]:
    names = ("price", "volume", "mix", "other", "total")
    return {name: text(getattr(parts, name)) for name in names}


def finding_of(case: Case, finding: Finding) -> dict[str, Any]:
    """Give one finding."""
    return {
        "id": finding.id,
        "code": finding.code,
        "amount": text(finding.amount),
        "direction": finding.direction,
        "ambiguous": finding.is_ambiguous,
        "scope": finding.scope,
        "about": finding.about,
        "evidence_bits": None if finding.bits is None else finding.bits // 4,
        "requests": finding.requests,
        "examples": finding.examples,
        "prices": finding.prices,
        "clause": finding.clause,
        "to_tell_apart": finding.apart,
        "finality": finding.finality,
        "days_open": finding.days_open,
        "age": age(finding),
        "accepted": finding.accepted,
        "accepted_before": None if finding.before is None else text(finding.before),
        "cells": [case.name(key) for key in finding.cells],
    }


def cells_of(found: Diagnosis) -> list[dict[str, Any]]:
    """Give every cell: expected by log and cards, under the causes, and billed."""
    case, state = found.case, found.state
    start = found.start.cells
    rows = []
    for key in sorted({*start, *state.cells, *case.bill.cells}):
        cell = case.bill.cells.get(key)
        expected, explained = start.get(key, NOTHING)[0], state.cells.get(key, NOTHING)[0]
        billed = cell.amount if cell is not None else None
        if not expected and not explained and billed is None:
            continue
        rows.append(
            {
                "cell": case.name(key),
                "key": cell_keys(key),
                "expected": text(expected),
                "explained": text(explained),
                "billed": None if billed is None else text(billed),
                "agrees": key not in state.dirty,
                "lines": [line.place for line in cell.lines] if cell is not None else [],
            }
        )
    return rows
