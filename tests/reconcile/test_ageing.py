"""How long findings have been open, which days are final, and decisions that were taken before."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_bills import LOG, bill_of, held, only, terms_of

from pricing.instants import instant
from pricing.reconcile.ageing import age, tell_age
from pricing.reconcile.dispute import claims
from pricing.reconcile.document import document_of, finding_of
from pricing.reconcile.report import reconcile_report
from pricing.render import report_text

#: 13 October is wrong
WRONG = bill_of(LOG, d13="1.07")
FINALITY = "finality: {provisional_days: 2, final_days: 30}"


def aged(folder: Path, today: str, terms: str = FINALITY) -> Any:
    found = held(folder, LOG, WRONG, terms)
    tell_age(found, terms_of(terms, folder), instant(today))
    return found


@pytest.mark.parametrize(
    ("today", "days", "bucket", "finality"),
    [
        ("2026-10-13", 0, "0-30 days", "open"),
        ("2026-10-15", 1, "0-30 days", "open"),
        ("2026-10-16", 2, "0-30 days", "provisional"),
        ("2026-11-12", 29, "0-30 days", "provisional"),
        ("2026-11-13", 30, "0-30 days", "final"),
        ("2026-11-14", 31, "31-60 days", "final"),
        ("2026-12-13", 60, "31-60 days", "final"),
        ("2026-12-14", 61, "61-90 days", "final"),
        ("2027-01-12", 90, "61-90 days", "final"),
        ("2027-01-13", 91, "over 90 days", "final"),
    ],
)
def test_a_finding_is_open_since_the_end_of_its_day(
    tmp_path: Path, today: str, days: int, bucket: str, finality: str
) -> None:
    found = aged(tmp_path, today)
    finding = only(found)
    assert (finding.days_open, age(finding), finding.finality) == (days, bucket, finality)
    assert found.status == ("discrepancy" if finality == "final" else "explained")
    assert bool(claims(found)) == (finality == "final")
    assert finding_of(found.case, finding)["days_open"] == days


def test_without_a_day_nothing_is_said_of_age(tmp_path: Path) -> None:
    found = held(tmp_path, LOG, WRONG)
    assert only(found).days_open is None
    assert "Open findings by age" not in report_text(reconcile_report(found), "table")


def test_the_report_adds_open_findings_up_by_age(tmp_path: Path) -> None:
    shown = report_text(reconcile_report(aged(tmp_path, "2026-12-20")), "table")
    assert "Open findings by age" in shown
    assert "61-90 days" in shown
    assert "open for 67 days" in shown


def decision(amount: str, name: str) -> str:
    return f"accepted: [{{id: {name}, amount: {amount}, because: credited in December}}]"


def test_a_decision_stays_quiet_until_the_amount_changes(tmp_path: Path) -> None:
    first = only(held(tmp_path, LOG, WRONG))
    known = decision(format(Decimal(first.amount), "f"), first.id)
    quiet = held(tmp_path, LOG, WRONG, known)
    assert only(quiet).accepted == "credited in December"
    assert quiet.status == "explained"
    assert not claims(quiet)
    # the same cause in the same cells, and more of it: it speaks again
    worse = held(tmp_path, LOG, bill_of(LOG, d13="1.08"), known)
    finding = only(worse)
    assert finding.id == first.id
    assert (finding.accepted, finding.before) == (None, first.amount)
    assert worse.status == "discrepancy"
    shown = report_text(reconcile_report(worse), "table")
    assert "accepted before at" in shown
    assert document_of(worse)["findings"][0]["accepted_before"] is not None


def test_a_decision_on_what_is_no_longer_there_is_told(tmp_path: Path) -> None:
    found = held(tmp_path, LOG, bill_of(LOG), decision("1", "0123abcd"))
    assert found.status == "clean"
    (note,) = [note for note in found.case.notes if "0123abcd" in note]
    assert "reconcile.yaml:1: no finding 0123abcd any more (credited in December)" in note
