"""Statements in every form: exact as delivered, and refused where they cannot be read whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.catalog import shipped_book
from pricing.errors import InvoiceError
from pricing.reconcile.invoices import read_statement
from pricing.reconcile.statement import Statement, amount_of

Write = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("value", "amount", "places"),
    [
        ("123.78912", "123.78912", 5),
        ("0.010250325000000000000000000000000000000", "0.010250325", 39),
        ("0E-6176", "0", 0),
        ("0.000", "0", 3),
        ("-4.20", "-4.20", 2),
        (7, "7", 0),
        (Decimal("59200.0"), "59200", 1),
    ],
)
def test_an_amount_is_exact_as_delivered(value: object, amount: str, places: int) -> None:
    number, printed = amount_of(value)
    assert (number, printed) == (Decimal(amount), places)


@pytest.mark.parametrize(
    "value",
    [
        *("NaN", "Infinity", "-Infinity", "1e99999", "1E-6176", "", " ", "1,204.50", "12 USD"),
        *("0x10", "1_000", "\uff11\uff12", 0.1, True, None, [], "9" * 90, Decimal("NaN")),
    ],
    ids=repr,
)
def test_what_is_no_exact_amount_is_refused(value: object) -> None:
    with pytest.raises(InvoiceError, match="amount"):
        amount_of(value)


def report(*results: dict[str, object], more: bool = False) -> str:
    bucket = {
        "starting_at": "2026-10-12T00:00:00Z",
        "ending_at": "2026-10-13T00:00:00Z",
        "results": list(results),
    }
    return json.dumps({"data": [bucket], "has_more": more, "next_page": None}, indent=1)


def result(**fields: object) -> dict[str, object]:
    return {
        "currency": "USD",
        "amount": "123.78912",
        "workspace_id": None,
        "description": "Claude Sonnet 4.6 Usage - Input Tokens",
        "cost_type": "tokens",
        "context_window": "0-200k",
        "model": "claude-sonnet-4-6",
        "service_tier": "standard",
        "token_type": "uncached_input_tokens",
        "inference_geo": None,
        **fields,
    }


def test_an_anthropic_amount_is_in_cents(write: Write) -> None:
    found = read_statement(write("a.json", report(result(), result(cost_type="web_search"))))
    assert found.lines[0].amount == Decimal("1.2378912")
    assert [line.meter for line in found.lines] == ["input", "web_search"]
    assert [int(line.place.rpartition(":")[2]) for line in found.lines] == [7, 19]
    assert found.seller == "anthropic"


def test_a_cost_of_an_unknown_kind_stays_visible(write: Write) -> None:
    found = read_statement(write("a.json", report(result(cost_type="moon_time", token_type=None))))
    assert found.lines[0].unread == "what 'moon_time' counts is not known"


@pytest.mark.parametrize(
    ("label", "model", "meter", "tier"),
    [
        ("gpt-4o-mini-2024-07-18, input", "gpt-4o-mini-2024-07-18", "input", None),
        ("gpt-4o-mini-2024-07-18, cached input", "gpt-4o-mini-2024-07-18", "cache_read", None),
        ("gpt-5.6-luna, cache writes", "gpt-5.6-luna", "cache_write", None),
        ("gpt-halved batch, output", "gpt-halved", "output", "batch"),
        ("gpt-image-2-2026-04-21 image, output", "gpt-image-2-2026-04-21", "output.image", None),
        ("gpt-audio-mini-2025-12-15 text, output", "gpt-audio-mini-2025-12-15", "output", None),
        ("ft-gpt-4o-2024-08-06, input", "ft-gpt-4o-2024-08-06", "input", None),
        ("evals | gpt-4o-mini-2024-07-18, input", "gpt-4o-mini-2024-07-18", "input", None),
        ("gpt-6-astra, input_tokens", "gpt-6-astra", "input", None),
        ("web search tool calls", "", "web_search", None),
        ("assistants api | file search", "", "file_search", None),
        ("gpt-live-1, voice session", "gpt-live-1", "", None),
    ],
)
def test_a_line_item_is_split_and_what_is_not_known_is_left(
    label: str, model: str, meter: str, tier: str | None
) -> None:
    from pricing.reconcile.invoices.openai_costs import item

    found = item(label)
    assert (found[0], found[1], found[2].get("service_tier")) == (model, meter, tier)


def test_the_api_and_the_csv_of_openai_say_the_same(write: Write) -> None:
    row = {
        "object": "organization.costs.result",
        "amount": {"value": "0.0102503250000000", "currency": "usd"},
        "line_item": "gpt-5-mini-2025-08-07, cached input",
        "project_id": "proj_a",
        "quantity": 410013.0,
    }
    page = {"data": [{"start_time": 1791763200, "end_time": 1791849600, "results": [row]}]}
    api = read_statement(write("a.json", json.dumps(page)))
    rows = (
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,"
        "project_id,organization_id,organization_name\n"
        "1791763200,1791849600,2026-10-12T00:00:00Z,2026-10-13T00:00:00Z,0.0102503250000000,usd,"
        '"gpt-5-mini-2025-08-07, cached input",proj_a,org,Sample\n'
    )
    csv = read_statement(write("a.csv", rows))
    for name in ("amount", "currency", "start", "end", "model", "meter", "labels"):
        assert getattr(api.lines[0], name) == getattr(csv.lines[0], name)
    assert api.lines[0].quantity == 410013


#: both amounts in one line; the object ends in line 18
TWICE = report(result()).replace('"amount": "123.78912"', '"amount": "1", "amount": "2"')
CUR = (
    "line_item_usage_type,line_item_unblended_cost,line_item_currency_code,line_item_usage_amount,"
    "pricing_unit,line_item_product_code,line_item_line_item_type,line_item_usage_start_date,"
    "line_item_usage_end_date,line_item_usage_account_id\n"
)


@pytest.mark.parametrize(
    ("usage_type", "model", "meter", "tier"),
    [
        ("USE1-Claude4.6Sonnet-input-tokens", "Claude4.6Sonnet", "input", None),
        ("USE1-Claude4.6Sonnet-cache-read-input-token-count", "Claude4.6Sonnet", "cache_read",
         None),
        ("USE1-Claude4.5Haiku-cache-write-input-token-count-cross-region-global", "Claude4.5Haiku",
         "cache_write", None),
        ("USE1-Nova2.0Lite-input-tokens-flex", "Nova2.0Lite", "input", "flex"),
        ("USE1-gpt-oss-120b-output-tokens-priority", "gpt-oss-120b", "output", "priority"),
        ("USE1-anthropic.claude-opus-4-8-mantle-input-tokens-standard", "claude-opus-4-8", "input",
         None),
    ],
)  # fmt: skip
def test_usage_types_of_bedrock_nest(
    write: Write, usage_type: str, model: str, meter: str, tier: str | None
) -> None:
    row = f"{usage_type},0.5,USD,173.85,1K tokens,AmazonBedrock,Usage,2026-10-12T00:00:00Z,,77\n"
    line = read_statement(write("cur.csv", CUR + row)).lines[0]
    assert (line.model, line.meter, line.labels.get("service_tier")) == (model, meter, tier)
    assert line.quantity == 173_850


def test_money_that_is_no_usage_is_told_apart(write: Write) -> None:
    rows = "".join(
        f"x,{cost},USD,0,,AmazonBedrock,{kind},2026-10-12T00:00:00Z,,77\n"
        for kind, cost in (("Tax", "1.90"), ("Credit", "-5"), ("Refund", "-0.10"), ("Fee", "3"))
    )
    found = read_statement(write("cur.csv", CUR + rows))
    assert [line.kind for line in found.lines] == ["tax", "credit", "correction", "fee"]


def test_gcp_rows_carry_their_credits(write: Write) -> None:
    row = {
        "service": {"description": "Vertex AI"},
        "sku": {"id": "7EBE", "description": "Gemini 3 Flash Text Input - Predictions"},
        "usage_start_time": "2026-10-12T07:00:00Z",
        "usage_end_time": "2026-10-12T08:00:00Z",
        "usage": {"amount": "1204", "unit": "count"},
        "project": {"id": "search"},
        "cost": 0.0006,
        "currency": "USD",
        "cost_type": "regular",
        "credits": [{"name": "Trial", "amount": -0.0001}],
    }
    rounding = {**row, "cost_type": "rounding_error", "cost": 0.000001, "credits": []}
    found = read_statement(write("gcp.json", json.dumps([row, rounding])))
    assert [(line.kind, line.amount) for line in found.lines] == [
        ("usage", Decimal("0.0006")),
        ("credit", Decimal("-0.0001")),
        ("rounding", Decimal("0.000001")),
    ]
    first = found.lines[0]
    assert (first.model, first.meter, first.quantity) == ("gemini 3 flash", "input", 1204)
    assert first.labels["project"] == "search"


def test_an_invoice_adds_up_to_its_total(write: Write) -> None:
    line = {
        "amount": 1050,
        "currency": "eur",
        "description": "Claude Sonnet 4.6 Output Tokens",
        "period": {"start": 1790812800, "end": 1793491200},
        "quantity": 1000,
    }
    invoice = {"currency": "eur", "total": 1250, "tax": 200, "lines": {"data": [line]}}
    found = read_statement(write("in.json", json.dumps(invoice)))
    assert [(ln.kind, ln.amount) for ln in found.lines] == [
        ("usage", Decimal("10.50")),
        ("tax", Decimal("2.00")),
    ]
    assert found.currency == "EUR"
    invoice["total"] = 1251
    with pytest.raises(InvoiceError, match=r"add up to 12\.50, the total says 12\.51"):
        read_statement(write("in.json", json.dumps(invoice)))


def test_openrouter_rows_are_single_generations_or_days(write: Write) -> None:
    rows = (
        "generation_id,created_at,cost_total,model_permaslug,tokens_prompt,tokens_completion\n"
        "gen-1,2026-10-12T07:00:00Z,0.00123,anthropic/claude-4.6-sonnet,100,20\n"
    )
    found = read_statement(write("or.csv", rows))
    assert (found.lines[0].labels["id"], found.lines[0].amount) == ("gen-1", Decimal("0.00123"))
    day = {"date": "2026-10-12", "model": "x/y", "model_permaslug": "x/y-1", "usage": 0.5,
           "requests": 3}  # fmt: skip
    found = read_statement(write("or.json", json.dumps({"data": [day]})))
    assert (found.lines[0].requests, found.lines[0].amount) == (3, Decimal("0.5"))


MAPPING = """
name: Our reseller
amount: net
day: date
model: model
meter: kind
quantity: tokens
per: 1_000
labels: {project: team}
meters: {Prompt: input, Answer: output}
kind: type
kinds: {VAT: tax}
fixed: {currency: EUR}
"""


def test_any_csv_is_read_by_a_mapping(write: Write) -> None:
    rows = (
        "date;model;kind;tokens;net;team;type\n"
        "2026-10-12;m-1;Prompt;12.5;0.30;search;Usage\n"
        "2026-10-12;m-1;Thought;1;0.10;search;Usage\n"
        "2026-10-12;;;;0.07;;VAT\n"
    )
    vocabulary = shipped_book().vocabulary
    found: Statement = read_statement(
        write("own.csv", rows), write("map.yaml", MAPPING), vocabulary
    )
    first, thought, tax = found.lines
    assert (first.meter, first.quantity, first.labels) == ("input", 12_500, {"project": "search"})
    assert thought.unread == "'Thought' is in no row of meters"
    assert (tax.kind, tax.amount, tax.currency) == ("tax", Decimal("0.07"), "EUR")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("amount: nett\nfixed: {currency: EUR}\n", "no column 'nett'"),
        ("amount: net\n", "no currency"),
        ("amout: net\n", "unknown key 'amout'"),
        ("amount: net\nfixed: {currency: EUR}\nmeters: {Prompt: inptu}\n", "unknown meter"),
        ("amount: net\nfixed: {currency: EUR}\nkinds: {VAT: taxes}\n", "no kind 'taxes'"),
    ],
)
def test_a_wrong_mapping_names_its_fault(write: Write, wrong: str, told: str) -> None:
    with pytest.raises(InvoiceError, match=told):
        read_statement(
            write("own.csv", "date,net\n2026-10-12,1\n"),
            write("map.yaml", wrong),
            shipped_book().vocabulary,
        )


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", "", "empty file"),
        ("a.json", report(result())[:200], "JSON ends inside"),
        ("a.json", report(result(amount="NaN")), "no exact amount"),
        ("a.json", report(result(amount=None)), "'amount' is missing"),
        ("a.json", report(result(), result(currency="EUR")), "amounts in 2 currencies"),
        ("a.json", '{"hello": 1}', "no statement that is known"),
        ("a.json", report(), "no statement that is known"),
        ("a.csv", CUR + "x,0.5,USD\n", "3 cells under 10 columns"),
        ("a.csv", CUR, "without lines"),
        ("a.csv", CUR + "x,0.5,USD,1,,AmazonEC2,Usage,2026-10-12,,7\n", "no row of AmazonBedrock"),
        ("a.csv", CUR + "x,0.5,USD,1,,AmazonBedrock,Gift,2026-10-12,,7\n", "'gift' is not known"),
        ("a.csv", "a,a\n1,2\n", "two columns 'a'"),
        ("a.txt", "hello\n", "neither JSON nor CSV"),
        ("a.json", TWICE, "an object has 'amount' twice"),
        ("a.jsonl", '{"model": "m", "usage": {"input_tokens": 1}}\n', "a log of calls"),
        ("a.json", '{"id": "r", "usage": {"input_tokens": 1}}', "a log of calls"),
    ],
)
def test_a_broken_statement_is_refused_as_a_whole(
    write: Write, name: str, text: str, told: str
) -> None:
    with pytest.raises(InvoiceError, match=told) as error:
        read_statement(write(name, text))
    assert error.value.faults[0].path is not None


def test_what_is_said_twice_or_is_no_number_has_its_line(write: Write) -> None:
    for text, line in ((TWICE, 18), (report(result()).replace('"123.78912"', "NaN"), 9)):
        with pytest.raises(InvoiceError) as error:
            read_statement(write("a.json", text))
        assert error.value.faults[0].line == line, str(error.value)
    rows = '{"data": []}\n{"data": [], "data": []}\n'
    with pytest.raises(InvoiceError, match="has 'data' twice") as error:
        read_statement(write("a.json", rows))
    assert error.value.faults[0].line == 2


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (b"PK\x03\x04\x14\x00", "a workbook or an archive.*as CSV"),
        (b"%PDF-1.7\n\x93", "a PDF"),
        (b"\x1f\x8b\x08\x00", "a compressed file"),
        ("Date;Cost\n".encode("utf-16"), "UTF-16 text.*as UTF-8"),
    ],
)
def test_what_is_no_text_is_called_by_its_name(tmp_path: Path, start: bytes, told: str) -> None:
    path = tmp_path / "statement"
    path.write_bytes(start)
    with pytest.raises(InvoiceError) as error:
        read_statement(str(path))
    assert re.search(told, " ".join(str(error.value).split()))


def test_a_folder_is_no_statement(tmp_path: Path) -> None:
    with pytest.raises(InvoiceError, match="a folder"):
        read_statement(str(tmp_path))


def test_azure_writes_columns_in_two_ways(write: Write) -> None:
    head = "Date,MeterName,MeterCategory,Quantity,UnitOfMeasure,ChargeType,ResourceGroup"
    head += ",CostInBillingCurrency,BillingCurrency,BillingPeriodStartDate,BillingPeriodEndDate"
    row = "10/12/2026,GPT 5 Mini Inpt Glbl,Foundry Models,1.204,1K,Usage,one,0.5,USD"
    row += ",10/01/2026,10/31/2026"
    other = ",".join(name[0].lower() + name[1:] for name in head.split(","))
    other = other.replace("resourceGroup", "resourceGroupName")
    first, second = (read_statement(write("a.csv", f"{h}\n{row}\n")) for h in (head, other))
    assert [ln.identity for ln in first.lines] == [ln.identity for ln in second.lines]
    assert first.period == second.period
    assert first.lines[0].labels["project"] == "one"


def test_a_usage_report_is_no_statement_of_money(write: Write) -> None:
    row = {"uncached_input_tokens": 1, "output_tokens": 2, "model": "m"}
    with pytest.raises(InvoiceError, match="counts without money") as error:
        read_statement(write("a.json", report(row)))
    assert "--usage-report" in str(error.value)


def test_a_page_that_promises_more_says_so(write: Write) -> None:
    assert not read_statement(write("a.json", report(result(), more=True))).is_complete
