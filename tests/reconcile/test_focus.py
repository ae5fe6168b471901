"""Our own costs as FOCUS 1.2: its own rules hold, and they reconcile with the log they are of."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.cli import main
from pricing.cli.cost_focus import COLUMNS

LOG = str(Path(__file__).parents[2] / "examples" / "usage.jsonl")
#: columns that FOCUS 1.2 lets no row leave empty
FILLED = (
    *("BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargePeriodEnd", "ChargePeriodStart"),
    *("ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ProviderName"),
    *("PublisherName", "ServiceCategory", "ServiceName"),
)


@pytest.fixture
def charges(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert main(["cost", LOG, "--format", "focus"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_every_charge_keeps_the_rules_of_the_specification(
    charges: list[dict[str, str]],
) -> None:
    assert charges
    assert tuple(charges[0]) == COLUMNS
    for row in charges:
        assert all(row[name] for name in FILLED), row
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"]
        assert row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
        assert row["ChargeCategory"] == "Usage"
        quantity = Decimal(row["PricingQuantity"])
        assert quantity * Decimal(row["ContractedUnitPrice"]) == Decimal(row["ContractedCost"])
        assert quantity * Decimal(row["ListUnitPrice"]) == Decimal(row["ListCost"])
        assert row["ConsumedQuantity"]
        assert row["PricingUnit"].endswith(row["ConsumedUnit"])


def test_the_charges_add_up_to_the_cost(charges: list[dict[str, str]]) -> None:
    # the total of `pricing cost`, which test_demo adds up by hand
    assert sum(Decimal(row["BilledCost"]) for row in charges) == Decimal("1.468657991")


def test_our_own_charges_agree_with_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "own.csv")
    assert main(["cost", LOG, "--format", "focus", "-o", path]) == 0
    # one row of the log stands in it twice, and that is all that is to be said
    assert main(["reconcile", path, "--usage", LOG]) == 1
    shown = capsys.readouterr().out
    assert "log_duplicates  -0.003229400  fix our log" in shown
    assert "unexplained" not in shown


def test_rows_are_fixed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", LOG, "--format", "focus", "--by", "model"]) == 2
    assert "Its rows are fixed" in capsys.readouterr().err


Write = Callable[[str, str], str]


def test_other_money_is_no_usage(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    head = (
        "BilledCost,BillingCurrency,ChargeCategory,ChargeClass,ChargeDescription,"
        "ChargePeriodStart,ChargePeriodEnd\n"
    )
    day = "2026-11-20T00:00:00Z,2026-11-21T00:00:00Z\n"
    rows = "".join(
        f"{amount},USD,{category},{kind},text,{day}"
        for amount, category, kind in (
            ("-5", "Credit", ""),
            ("0.95", "Tax", ""),
            ("-0.10", "Usage", "Correction"),
            ("3", "Purchase", ""),
        )
    )
    main(["cost", LOG, "--format", "focus"])
    own = capsys.readouterr().out
    names = next(csv.reader([own.partition("\n")[0]]))
    short = io.StringIO()
    writer = csv.DictWriter(short, names, restval="")
    for row in csv.DictReader(io.StringIO(head + rows)):
        writer.writerow(row)
    bill = write("bill.csv", own + short.getvalue().replace("\r\n", "\n"))
    main(["reconcile", bill, "--usage", LOG])
    shown = capsys.readouterr().out
    for code, amount in (("credit", "-5.0"), ("tax", "+0.95"), ("correction", "-0.1"),
                         ("purchase", "+3.0")):  # fmt: skip
        assert any(line.split()[:1] == [code] and amount in line for line in shown.splitlines()), (
            code
        )
