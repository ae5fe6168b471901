"""The invoice cases: status, causes, exact amounts, and parts that add up to the difference."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from invoice_cases import ROOT, read_case

from pricing.money import add
from pricing.reconcile.invoices import read_statement
from pricing.reconcile.run import reconcile
from pricing.reconcile.terms import read_terms

OWN = ROOT / "tests" / "cases" / "invoices"
SHARED = ROOT.parent / "shared" / "cases" / "invoices"


def folders() -> list[Path]:
    """Give our cases, and the shared ones where they lie beside the project."""
    return [f for home in (OWN, SHARED) if home.is_dir() for f in sorted(home.iterdir())]


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f"{f.parents[1].name}-{f.name}")
def test_a_case_is_diagnosed_to_the_last_digit(folder: Path, tmp_path: Path) -> None:
    catalog, terms, invoice, usage, expected = read_case(folder)
    (tmp_path / "reconcile.yaml").write_text(terms, encoding="utf-8")
    found = reconcile(
        [read_statement(str(invoice))],
        [str(usage)],
        catalog,
        read_terms(str(tmp_path / "reconcile.yaml")),
    )
    assert found.status == expected["status"]
    assert sorted((f.code, f.amount) for f in found.findings) == sorted(
        (f["code"], Decimal(f["amount"])) for f in expected["findings"]
    )
    assert found.expected == Decimal(expected["expected_total"])
    assert found.billed == Decimal(expected["billed_total"])
    assert found.left == Decimal(expected["unexplained_after"])
    total = found.left
    for each in found.findings:
        total = add(total, each.amount)
    assert total == found.variance


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f"{f.parents[1].name}-{f.name}")
def test_the_order_of_lines_changes_nothing(folder: Path, tmp_path: Path) -> None:
    catalog, terms, invoice, usage, _ = read_case(folder)
    (tmp_path / "reconcile.yaml").write_text(terms, encoding="utf-8")
    own = read_terms(str(tmp_path / "reconcile.yaml"))
    turned = tmp_path / "usage.jsonl"
    rows = usage.read_text(encoding="utf-8").splitlines()
    turned.write_text("\n".join(reversed(rows)) + "\n", encoding="utf-8")
    statement = read_statement(str(invoice))
    statement.lines.reverse()
    first = reconcile([read_statement(str(invoice))], [str(usage)], catalog, own)
    second = reconcile([statement], [str(turned)], catalog, own)
    assert [(f.id, f.code, f.amount) for f in first.findings] == [
        (f.id, f.code, f.amount) for f in second.findings
    ]
