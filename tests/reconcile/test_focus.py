"""Our own costs as FOCUS 1.2: its own rules hold, and they reconcile with the log they are of."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.cli import main
from pricing.cli.cost_focus import COLUMNS

Write = Callable[[str, str], str]
LOG = str(Path(__file__).parents[2] / "examples" / "usage.jsonl")
#: columns that FOCUS 1.2 lets no row leave empty
FILLED = (
    *("BilledCost", "BillingAccountId", "BillingAccountType", "BillingCurrency"),
    *("BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeDescription"),
    *("ChargePeriodEnd", "ChargePeriodStart", "ContractedCost", "EffectiveCost"),
    *("InvoiceIssuerName", "ListCost", "PricingCurrency", "ProviderName", "PublisherName"),
    *("ServiceCategory", "ServiceName"),
)
#: columns that a usage row must fill, where it corrects none
OF_USAGE = (
    *("ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice"),
    *("PricingCategory", "PricingQuantity", "PricingUnit", "SkuId", "SkuPriceId"),
)
#: the columns that 1.2 makes mandatory in every dataset
MANDATORY = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency"),
    *("BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass"),
    *("ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost"),
    *("EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit"),
    *("ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
)
NUMBERS = (
    *("BilledCost", "ConsumedQuantity", "ContractedCost", "ContractedUnitPrice"),
    *("EffectiveCost", "ListCost", "ListUnitPrice", "PricingQuantity"),
)
#: closed lists of values
ALLOWED = {
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"", "Correction"},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "PricingCategory": {"", "Standard", "Dynamic", "Committed", "Other"},
    "ServiceCategory": {"AI and Machine Learning"},
    "ServiceSubcategory": {
        *("AI Platforms", "Bots", "Generative AI", "Machine Learning"),
        *("Natural Language Processing", "Other (AI and Machine Learning)"),
    },
}
#: a number that never ends is cut here
CUT = Decimal("1e-20")


@pytest.fixture
def charges(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert main(["cost", LOG, "--format", "focus"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def judge(charges: list[dict[str, str]], within: Decimal = Decimal(0)) -> None:
    """Hold rows to what FOCUS 1.2 says of columns, nulls, values, formats and products.

    Source: specification/columns and specification/attributes of
    github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec, read 2026-11-21.
    """
    assert charges
    assert tuple(charges[0]) == COLUMNS
    assert set(MANDATORY) <= set(COLUMNS)
    prices: dict[tuple[str, str], str] = {}
    for row in charges:
        assert all(row[name] for name in FILLED), row
        for name, values in ALLOWED.items():
            assert row[name] in values, (name, row[name])
        for name in NUMBERS:
            assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?|", row[name]), (name, row[name])
        for name in COLUMNS:
            if name.endswith(("PeriodStart", "PeriodEnd")):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[name])
        assert re.fullmatch(r"[A-Z]{3}", row["BillingCurrency"])
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"]
        assert row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
        assert bool(row["SubAccountId"]) == bool(row["SubAccountType"])
        if row["ChargeCategory"] != "Usage":
            assert not row["ConsumedQuantity"]
            assert row["ListCost"] == row["BilledCost"]
            continue
        assert all(row[name] for name in OF_USAGE), row
        quantity = Decimal(row["PricingQuantity"])
        for price, cost in (("ContractedUnitPrice", "ContractedCost"),
                            ("ListUnitPrice", "ListCost")):  # fmt: skip
            assert Decimal(row[price]) >= 0
            assert abs(quantity * Decimal(row[price]) - Decimal(row[cost])) <= within, row
        assert row["PricingUnit"].endswith(row["ConsumedUnit"])
        assert re.fullmatch(r"([1-9]\d* )?[A-Z][A-Za-z]*(-[A-Z][a-z]+)?", row["PricingUnit"])
        details = json.loads(row["SkuPriceDetails"])
        assert all(key.startswith("x_") and isinstance(text, str) for key, text in details.items())
        assert row["SkuPriceId"].startswith(row["SkuId"])
        # one price has one id, whatever the day and the contract
        assert not re.search(r"/20\d\d-", row["SkuPriceId"])
        place = row["SkuPriceId"], row["ChargePeriodStart"]
        assert prices.setdefault(place, row["ListUnitPrice"]) == row["ListUnitPrice"]


def test_every_charge_keeps_the_rules_of_the_specification(
    charges: list[dict[str, str]],
) -> None:
    judge(charges)
    assert {row["ProviderName"] for row in charges} == {"API Models", "Anthropic", "ByteSpike"}


def row_of(id: str, model: str, **usage: object) -> str:
    return (
        json.dumps(
            {"at": "2026-11-20T12:00:00Z", "seller": "anthropic", "id": id, "model": model}
            | {"usage": {"input_tokens": 1000, "output_tokens": 10, **usage}}
        )
        + "\n"
    )


def test_a_price_that_never_ends_keeps_the_rules_up_to_where_it_is_cut(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # 300 s x 0.05 / 3600 s = 0.0041666...
    log = write("log.jsonl", row_of("a", "claude-sonnet-4-6") + json.dumps(
        {"at": "2026-11-20T12:00:00Z", "seller": "anthropic", "id": "b",
         "response": {"model": "claude-sonnet-4-6", "usage": {"meters": {"code_execution": 100}}}}
    ))  # fmt: skip
    assert main(["cost", log, "--format", "focus"]) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    judge(found, CUT)
    (seconds,) = (row for row in found if row["ConsumedUnit"] == "Seconds")
    assert seconds["BilledCost"] == "0.004166666666666666666667"
    assert (seconds["PricingUnit"], seconds["ListUnitPrice"]) == ("3600 Seconds", "0.05")


CONTRACT = """
contract: acme-2026
cards: [anthropic/*]
revisions:
  - effective: 2026-07-01
    sources: [{url: "file:contract.pdf", checked: 2026-07-01}]
    modifiers: [{name: acme, multiply: 0.8}]
"""


def test_list_prices_hold_public_conditions_and_no_contract(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    cards = write("cards/contracts/acme.yaml", CONTRACT)
    log = write("log.jsonl", row_of("a", "claude-sonnet-4-6", inference_geo="us"))
    assert main(["cost", log, "--format", "focus", "--cards", str(Path(cards).parents[1])]) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    judge(found)
    # 3.00 x 1.1 in the US; 20 % off by contract
    (row,) = (row for row in found if row["SkuMeter"] == "input")
    assert (row["ListUnitPrice"], row["ContractedUnitPrice"]) == ("3.3", "2.64")
    assert (row["ListCost"], row["BilledCost"]) == ("0.0033", "0.00264")
    assert row["SkuPriceId"] == "anthropic/claude-sonnet-4-6/input/us_inference"


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


def test_two_sellers_of_one_model_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    assert main(["cost", LOG, "--format", "focus", "-o", str(path)]) == 0
    # what ByteSpike bills for reading from the cache is billed at the price of input:
    # 43,768 x (3.00 - 0.30) per 1M = 0.1181736; the same model at Anthropic stays as it is
    rows = path.read_text("utf-8").splitlines(keepends=True)
    (wrong,) = (n for n, row in enumerate(rows) if "bytespike/claude-sonnet-4-6/cache_read" in row)
    assert rows[wrong].startswith("0.0131304,")
    rows[wrong] = "0.131304" + rows[wrong].removeprefix("0.0131304")
    path.write_text("".join(rows), "utf-8")
    assert main(["reconcile", str(path), "--usage", LOG, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    found = {f["code"]: f for f in document["findings"]}
    assert set(found) == {"cache_read_at_input_rate", "log_duplicates"}
    assert found["cache_read_at_input_rate"]["amount"] == "0.1181736"
    cells = found["cache_read_at_input_rate"]["cells"]
    assert all("bytespike/claude-sonnet-4-6" in cell for cell in cells)
    assert document["unexplained"] == "0"


def test_a_bill_of_one_seller_is_held_against_its_calls_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    assert main(["cost", LOG, "--format", "focus", "-o", str(path)]) == 0
    head, *rows = path.read_text("utf-8").splitlines(keepends=True)
    own = [row for row in rows if ",ByteSpike," in row]
    path.write_text(head + "".join(own), "utf-8")
    assert main(["reconcile", str(path), "--usage", LOG]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("AGREES")
    assert "requests at other sellers are not on this bill" in " ".join(shown.err.split())


def test_one_currency_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.csv"
    assert main(["cost", LOG, "--format", "focus", "-o", str(path)]) == 0
    rows = path.read_text("utf-8").splitlines(keepends=True)
    rows = [row.replace("USD", "CNY") if ",API Models," in row else row for row in rows]
    path.write_text("".join(rows), "utf-8")
    assert main(["reconcile", str(path), "--usage", LOG]) == 2
    assert "amounts in 2 currencies" in " ".join(capsys.readouterr().err.split())
    command = ["reconcile", str(path), "--usage", LOG, "--allow-unpriced", "--currency"]
    assert main([*command, "USD"]) == 1
    shown = capsys.readouterr()
    assert "not judged here: 2 lines of 0.068198541 CNY" in " ".join(shown.err.split())
    assert "unexplained" not in shown.out
    assert main([*command, "EUR"]) == 2
    assert "no amount in EUR" in " ".join(capsys.readouterr().err.split())


def test_rows_are_fixed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", LOG, "--format", "focus", "--by", "model"]) == 2
    assert "Its rows are fixed" in " ".join(capsys.readouterr().err.split())


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
