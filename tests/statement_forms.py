"""Statements as sellers really give them, row by row; each with the page that its columns are from.

Amounts and names are made up, columns and their spelling are not.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """A form: some rows, and how a file is made of them.

    ``amount`` gives where a row holds its amount; ``kinds`` and ``total`` are what the rows say,
    by hand. ``foreign`` and ``longer`` give a row in another currency, or for a whole month; None:
    the form cannot say that. ``checks_total``: it holds a sum of its own.
    """

    name: str
    file: str
    source: str
    rows: Sequence[Row]
    text: Callable[[Sequence[Row]], str]
    amount: Callable[[Row, Any], Row]
    total: str
    kinds: Sequence[str]
    foreign: Callable[[Row], Row] | None = None
    longer: Callable[[Row], Row] | None = None
    checks_total: bool = False
    mapping: str | None = None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def is_table(self) -> bool:
        return self.file.endswith(".csv")


def table(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def put(key: str) -> Callable[[Row, Any], Row]:
    return lambda row, value: {**row, key: value}


def changed(**fields: Any) -> Callable[[Row], Row]:
    return lambda row: {**row, **fields}


def buckets(rows: Sequence[Row]) -> str:
    """Give rows in buckets by day, as Anthropic and OpenAI do."""
    found: dict[tuple[Any, Any], list[Row]] = {}
    for row in rows:
        own = dict(row)
        found.setdefault((own.pop("from"), own.pop("to")), []).append(own)
    names = ("start_time", "end_time") if isinstance(rows[0]["from"], int) else (
        "starting_at", "ending_at")  # fmt: skip
    data = [dict(zip(names, span, strict=True)) | {"results": own} for span, own in found.items()]
    return json.dumps({"data": data, "has_more": False, "next_page": None}, indent=1)


def day(number: int) -> str:
    return f"2026-10-{number:02}T00:00:00Z"


def anthropic(number: int, kind: str, amount: str, **more: Any) -> Row:
    return {
        "from": day(number), "to": day(number + 1), "currency": "USD", "amount": amount,
        "workspace_id": None, "description": "Claude Sonnet 4.6 Usage", "cost_type": "tokens",
        "context_window": "0-200k", "model": "claude-sonnet-4-6", "service_tier": "standard",
        "token_type": kind, "inference_geo": None, **more,
    }  # fmt: skip


ANTHROPIC = (
    anthropic(12, "uncached_input_tokens", "123.78912"),
    anthropic(12, "cache_creation.ephemeral_5m_input_tokens", "0.5"),
    anthropic(13, "output_tokens", "41"),
    anthropic(13, "", "1000", cost_type="web_search", model=None, context_window=None,
              token_type=None, service_tier=None),
)  # fmt: skip


def analytics_rows(rows: Sequence[Row]) -> str:
    """Give rows as ``analytics/cost`` does: a cost and a group each, and no buckets."""
    data = []
    for row in rows:
        own = dict(row)
        cost = {"amount": own.pop("amount"), "currency": own.pop("currency"),
                "list_amount": own.pop("list_amount"), "requests": None}  # fmt: skip
        data.append(
            {"starting_at": own.pop("from"), "ending_at": own.pop("to"), "cost": cost, "group": own}
        )
    return json.dumps({"data": data, "has_more": False, "organization_id": "org"}, indent=1)


CONSOLE_COLUMNS = (
    *("usage_date_utc", "model", "workspace", "api_key", "usage_type", "context_window"),
    *("token_type", "cost_usd", "list_price_usd", "cost_type", "inference_geo", "speed"),
    *("api_key_id", "api_key_status"),
)


def console(date: str, model: str, kind: str, amount: str, use: str = "message") -> Row:
    cells = (date, model, "Default", "demo-key", use, "≤ 200k", kind, amount, amount, "token",
             "not_available", "", "apikey_01AAA", "active")  # fmt: skip
    return dict(zip(CONSOLE_COLUMNS, cells, strict=True))


def openai(number: int, label: str, amount: object, **more: Any) -> Row:
    # 1791763200 is 2026-10-12
    start = 1791763200 + 86_400 * (number - 12)
    return {
        "from": start, "to": start + 86_400, "object": "organization.costs.result",
        "amount": {"value": amount, "currency": "usd"}, "line_item": label,
        "project_id": "proj_a", "organization_id": "org-1", **more,
    }  # fmt: skip


OPENAI = (
    openai(12, "gpt-5-mini-2025-08-07, input", "0.010250325000000000000000000000000000000"),
    openai(12, "gpt-5-mini-2025-08-07, cached input", "0E-6176", quantity=410013.0),
    openai(13, "gpt-5-mini-2025-08-07 batch, output", "1.5"),
    openai(13, "web search tool calls", "0.01"),
)
OPENAI_COLUMNS = ("start_time", "end_time", "start_time_iso", "end_time_iso", "amount_value",
                  "amount_currency", "line_item", "project_id", "organization_id",
                  "organization_name")  # fmt: skip


def openai_cells(row: Row) -> Row:
    number = 12 + (row["from"] - 1791763200) // 86_400
    cells = (row["from"], row["to"], day(number), day(number + 1), row["amount"]["value"],
             row["amount"]["currency"], row["line_item"], row["project_id"], "org-1",
             "Sample")  # fmt: skip
    return dict(zip(OPENAI_COLUMNS, cells, strict=True))


def generation(id: str, at: str, amount: str) -> Row:
    return {
        "generation_id": id, "created_at": at, "cost_total": amount, "cost_web_search": "0",
        "cost_cache": "-0.0001", "cost_file_processing": "0", "byok_usage_inference": "0",
        "tokens_prompt": "100", "tokens_completion": "20", "tokens_reasoning": "0",
        "tokens_cached": "0", "model_permaslug": "anthropic/claude-4.6-sonnet-20260217",
        "provider_name": "Anthropic", "variant": "standard", "cancelled": "false",
        "streamed": "true", "user": "", "finish_reason_raw": "end_turn",
        "finish_reason_normalized": "stop", "generation_time_ms": "812",
        "time_to_first_token_ms": "301", "api_key_name": "demo", "app_name": "",
    }  # fmt: skip


def activity(date: str, amount: str) -> Row:
    return {
        "date": date, "model": "openai/gpt-4.1", "model_permaslug": "openai/gpt-4.1-2025-04-14",
        "endpoint_id": "550e8400-e29b-41d4-a716-446655440000", "provider_name": "OpenAI",
        "usage": Decimal(amount), "byok_usage_inference": Decimal("0.012"), "requests": 5,
        "prompt_tokens": 50, "completion_tokens": 125, "reasoning_tokens": 25,
    }  # fmt: skip


def plain_json(value: object) -> str:
    """Write JSON whose decimals keep their digits."""
    text = json.dumps(value, indent=1, default=lambda number: f"\0{number}\0")
    return text.replace('"\\u0000', "").replace('\\u0000"', "")


def by_day(date: str, amount: str) -> Row:
    return {
        "Date": f"{date} 00:00:00", "Slug": "anthropic/claude-opus-4.6", "Usage": amount,
        "BYOK Usage": "0", "Requests": "4115", "Prompt Tokens": "70965665",
        "Completion Tokens": "3009973", "Reasoning Tokens": "0",
    }  # fmt: skip


def bytespike(bucket: str, amount: str) -> Row:
    return {"bucket": bucket, "model": "claude-sonnet-4-6", "total_usd": amount,
            "input_tokens": 10, "output_tokens": 5, "call_count": 2}  # fmt: skip


def bytespike_text(rows: Sequence[Row]) -> str:
    # the sum stays that of the statement as it was sent
    return json.dumps({"buckets": list(rows), "totals": {"total_usd": "0.34"}}, indent=1)


def cur(kind: str, amount: str, use: str, product: str = "AmazonBedrock") -> Row:
    return {
        "bill_billing_period_start_date": day(1), "bill_billing_period_end_date":
        "2026-11-01T00:00:00Z", "line_item_line_item_type": kind,
        "line_item_product_code": product, "line_item_usage_account_id": "123456789012",
        "line_item_usage_start_date": day(12), "line_item_usage_end_date": day(13),
        "line_item_usage_type": use, "line_item_usage_amount": "173.85", "pricing_unit":
        "1K tokens", "line_item_currency_code": "USD", "line_item_unblended_cost": amount,
    }  # fmt: skip


def azure(meter: str, amount: str, kind: str = "Usage", category: str = "Foundry Models") -> Row:
    return {
        "BillingPeriodStartDate": "10/01/2026", "BillingPeriodEndDate": "10/31/2026",
        "Date": "10/12/2026", "ResourceGroup": "rg-search", "MeterCategory": category,
        "MeterSubCategory": "Azure OpenAI GPT5", "MeterName": meter, "Quantity": "0.41",
        "UnitOfMeasure": "1M", "EffectivePrice": "0.25", "ChargeType": kind,
        "CostInBillingCurrency": amount, "BillingCurrency": "EUR", "PricingModel": "OnDemand",
    }  # fmt: skip


def gcp(sku: str, amount: str, kind: str = "regular", service: str = "Vertex AI",
        **more: Any) -> Row:  # fmt: skip
    return {
        "service": {"id": "C7E2-9256-1C43", "description": service},
        "sku": {"id": "7EBE-3B46-F75C", "description": sku},
        "usage_start_time": "2026-10-12 07:00:00 UTC", "usage_end_time": "2026-10-12 08:00:00 UTC",
        "project": {"id": "search"}, "cost": Decimal(amount), "currency": "USD",
        "currency_conversion_rate": Decimal("1.0"),
        "usage": {"amount": Decimal("1204"), "unit": "count"}, "credits": [],
        "invoice": {"month": "202610"}, "cost_type": kind, **more,
    }  # fmt: skip


def focus(amount: str, category: str, words: str, charge_class: str = "") -> Row:
    return {
        "BilledCost": amount, "BillingCurrency": "USD",
        "BillingPeriodStart": day(1), "BillingPeriodEnd": "2026-11-01T00:00:00Z",
        "ChargeCategory": category, "ChargeClass": charge_class, "ChargeDescription": words,
        "ChargePeriodStart": day(12), "ChargePeriodEnd": day(13), "ConsumedQuantity": "1204",
        "ConsumedUnit": "Tokens", "ProviderName": "Microsoft", "SubAccountId": "sub-1",
    }  # fmt: skip


def stripe_line(amount: int, words: str) -> Row:
    return {
        "object": "line_item", "amount": amount, "currency": "eur", "description": words,
        # 2026-10-01 to 2026-11-01
        "period": {"start": 1790812800, "end": 1793491200}, "quantity": 1000,
        "pricing": {"type": "price_details", "unit_amount_decimal": "1.05"},
    }  # fmt: skip


def stripe_text(rows: Sequence[Row]) -> str:
    # lines of 12.50, 20 % tax on top of them, a coupon of 1.50; 1.00 was on the account
    return json.dumps(
        {
            "object": "invoice", "currency": "eur", "subtotal": 1250, "total": 1320,
            "amount_due": 1220, "lines": {"object": "list", "data": list(rows), "has_more": False},
            "total_taxes": [
                {"amount": 220, "tax_behavior": "exclusive"},
                {"amount": 12, "tax_behavior": "inclusive"},
            ],
            "total_discount_amounts": [{"amount": 150, "discount": "di_1"}],
            "total_pretax_credit_amounts": [{"amount": 150, "type": "discount"}],
        }, indent=1,
    )  # fmt: skip


def own(date: str, kind: str, amount: str, what: str = "Usage") -> Row:
    return {"date": date, "model": "m-1", "kind": kind, "tokens": "12.5", "net": amount,
            "money": "EUR", "type": what}  # fmt: skip


MAPPING = """
name: Our reseller
amount: net
currency: money
day: date
model: model
meter: kind
quantity: tokens
per: 1_000
meters: {Prompt: input, Answer: output}
kind: type
kinds: {VAT: tax}
"""

ADMIN = "platform.claude.com/docs/en/api/admin/cost_report, read 2026-11-21"
ANALYTICS = "platform.claude.com/docs/en/api/csharp/beta/organization/analytics/cost, 2026-11-21"
READERS = "what independent readers of the export hold, read 2026-11-21"
MONTH = "2026-11-01T00:00:00Z"

FORMS = (
    Form(
        "anthropic-cost-report", "a.json", ADMIN, ANTHROPIC, buckets, put("amount"),
        # 123.78912 + 0.5 + 41 + 1000 cents
        "11.6528912", ["usage"] * 4, changed(currency="EUR"), changed(to=MONTH),
    ),
    Form(
        "anthropic-analytics-report", "a.json", ANALYTICS,
        [{**row, "list_amount": "2000"} for row in ANTHROPIC], buckets, put("amount"),
        "11.6528912", ["usage"] * 4, changed(currency="EUR"), changed(to=MONTH),
    ),
    Form(
        "anthropic-analytics-cost", "a.json", ANALYTICS,
        [{**row, "list_amount": "2000"} for row in ANTHROPIC], analytics_rows, put("amount"),
        "11.6528912", ["usage"] * 4, changed(currency="EUR"), changed(to=MONTH),
    ),
    Form(
        "anthropic-console-csv", "a.csv", READERS,
        [
            console("2026-10-12", "Claude Haiku 4.5", "input_no_cache", "0.05"),
            console("2026-10-12", "Claude Haiku 4.5", "output", "0.02"),
            console("2026-10-13", "Claude Sonnet 4.6", "input_cache_read", "0.10"),
            console("2026-10-13", "Claude Sonnet 4.6", "input_cache_write_1h", "0.00", "batch"),
        ],
        table, put("cost_usd"), "0.17", ["usage"] * 4,
    ),
    Form(
        "openai-costs", "a.json", "platform.openai.com/docs/api-reference/usage/costs; types of"
        " the openai package (UsageCostsResponse), read 2026-11-21", OPENAI, buckets,
        lambda row, value: {**row, "amount": {"value": value, "currency": "usd"}},
        "1.520250325", ["usage"] * 4,
        lambda row: {**row, "amount": {"value": "1", "currency": "eur"}},
        changed(to=1793491200),
    ),
    Form(
        "openai-costs-csv", "a.csv", READERS, [openai_cells(row) for row in OPENAI], table,
        put("amount_value"), "1.520250325", ["usage"] * 4, changed(amount_currency="eur"),
        changed(end_time=1793491200),
    ),
    Form(
        "openrouter-csv", "a.csv", READERS,
        [
            generation("gen-1782618417-a", "2026-10-12 03:46:57.713", "0.00123"),
            generation("gen-1782618418-b", "2026-10-13 00:00:00.000", "0.5"),
        ],
        table, put("cost_total"), "0.50123", ["usage"] * 2,
    ),
    Form(
        "openrouter-days-csv", "a.csv", READERS,
        [by_day("2026-10-12", "430.07"), by_day("2026-10-13", "505.87")],
        table, put("Usage"), "935.94", ["usage"] * 2,
    ),
    Form(
        "openrouter-activity", "a.json",
        "openrouter.ai/docs/api/api-reference/analytics/get-user-activity, read 2026-11-21",
        [activity("2026-10-12", "0.015"), activity("2026-10-13", "1.5")],
        lambda rows: plain_json({"data": list(rows)}), put("usage"), "1.515", ["usage"] * 2,
    ),
    Form(
        "bytespike-usage", "a.json", "ByteSpike's public docs as stored, 2026-06-15",
        [bytespike("2026-10-12", "0.32"), bytespike("2026-10-13", "0.02")],
        bytespike_text, put("total_usd"), "0.34", ["usage"] * 2,
        lambda row: {k: v for k, v in row.items() if k != "total_usd"} | {"total_credits": "32"},
        checks_total=True,
    ),
    Form(
        "aws-cur", "a.csv", "docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html;"
        " Understanding your Amazon Bedrock CUR data, read 2026-11-21",
        [
            cur("Usage", "0.52155", "USE1-Claude4.6Sonnet-input-tokens"),
            cur("Usage", "0.052", "USE1-Claude4.6Sonnet-cache-read-input-token-count"),
            cur("Tax", "0.1", ""),
            cur("Credit", "-0.3", "USE1-Claude4.6Sonnet-input-tokens"),
            cur("Usage", "9.99", "BoxUsage:m5.large", "AmazonEC2"),
        ],
        table, put("line_item_unblended_cost"), "0.37355", ["usage", "usage", "tax", "credit"],
        changed(line_item_currency_code="CNY"), changed(line_item_usage_end_date=MONTH),
        notes=["1 row of other products", "9.99 USD"],
    ),
    Form(
        "azure-cost-details", "a.csv", "learn.microsoft.com/azure/cost-management-billing/automate"
        "/understand-usage-details-fields, read 2026-11-21",
        [
            azure("GPT 5 Mini cchd Inpt Glbl 1M Tokens", "0.00925"),
            azure("GPT 5 Mini outpt Glbl 1M Tokens", "0.82"),
            azure("", "-0.01", "RoundingAdjustment", ""),
            azure("P10 LRS Disk", "7.5", category="Storage"),
        ],
        table, put("CostInBillingCurrency"), "0.81925", ["usage", "usage", "rounding"],
        changed(BillingCurrency="USD"), notes=["1 row of other products", "7.5 EUR"],
    ),
    Form(
        "gcp-billing-export", "a.json", "docs.cloud.google.com/billing/docs/how-to"
        "/export-data-bigquery-tables/standard-usage, read 2026-11-21",
        [
            gcp("Gemini 3 Flash Text Input - Predictions", "0.0006",
                credits=[{"name": "Trial", "amount": Decimal("-0.0001"), "type": "PROMOTION"}]),
            gcp("Gemini 3 Flash Text Output - Predictions", "0.25"),
            gcp("Rounding error", "0.000001", "rounding_error", "Invoice"),
            gcp("N1 Core running", "3.1", service="Compute Engine"),
        ],
        lambda rows: plain_json(list(rows)), put("cost"), "0.250501",
        ["usage", "credit", "usage", "rounding"], changed(currency="EUR"),
        changed(usage_end_time=MONTH), notes=["1 row of other products", "3.1 USD"],
    ),
    Form(
        "focus", "a.csv", "github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec, columns of 1.2,"
        " read 2026-11-21",
        [
            focus("0.5", "Usage", "GPT 5 Mini Inpt Glbl"),
            focus("0.02", "Usage", "GPT 5 Mini outpt Glbl"),
            focus("2", "Purchase", "Provisioned throughput"),
            focus("-0.2", "Credit", "Trial"),
            focus("-0.1", "Usage", "GPT 5 Mini Inpt Glbl", "Correction"),
            focus("0.3", "Tax", "VAT"),
        ],
        table, put("BilledCost"), "2.52",
        ["usage", "usage", "purchase", "credit", "correction", "tax"],
        changed(BillingCurrency="CNY"), changed(ChargePeriodEnd=MONTH),
    ),
    Form(
        "stripe-invoice", "a.json", "docs.stripe.com/api/invoices/object, read 2026-11-21",
        [stripe_line(1050, "Claude Sonnet 4.6 Output Tokens"),
         stripe_line(200, "Claude Sonnet 4.6 Input Tokens")],
        stripe_text, put("amount"), "12.20", ["usage", "usage", "tax", "credit", "credit"],
        changed(currency="usd"), checks_total=True,
    ),
    Form(
        "mapped", "a.csv", "the documentation of --map",
        [own("2026-10-12", "Prompt", "0.30"), own("2026-10-12", "Answer", "0.1"),
         own("2026-10-12", "", "0.07", "VAT")],
        table, put("net"), "0.47", ["usage", "usage", "tax"], changed(money="USD"),
        mapping=MAPPING,
    ),
)  # fmt: skip
