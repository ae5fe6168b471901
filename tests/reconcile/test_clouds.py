"""Bills of the big clouds, held against a log from end to end; sums worked out by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.reconcile.diagnose import Diagnosis
from pricing.reconcile.invoices import read_statement
from pricing.reconcile.run import reconcile

#: input, cached and output tokens of Gemini 2.5 Pro; above 200,000 of input it costs more
CALLS = [(150_000, 50_000, 1_000), (200_000, 0, 2_000), (200_001, 1, 3_000), (300_000, 0, 500)]
LONG = " (Long)"
INPUT, CACHED, OUTPUT = (
    *("Gemini 2.5 Pro Text Input{} - Predictions", "Gemini 2.5 Pro Input Text Caching{}"),
    "Gemini 2.5 Pro Text Output{} - Predictions",
)


def calls(folder: Path) -> str:
    rows = []
    for number, (tokens, cached, output) in enumerate(CALLS):
        usage = {"promptTokenCount": tokens, "cachedContentTokenCount": cached,
                 "candidatesTokenCount": output, "totalTokenCount": tokens + output}  # fmt: skip
        response = {"candidates": [], "modelVersion": "gemini-2.5-pro", "usageMetadata": usage}
        rows.append({"at": f"2026-10-12T0{number}:10:00Z", "seller": "google-vertex",
                     "id": f"r{number}", "status": 200, "response": response})  # fmt: skip
    path = folder / "calls.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def google(folder: Path, *rows: tuple[str, str, int]) -> Diagnosis:
    """Hold a billing export, SKU, cost and count of each row, against the calls."""
    export: list[dict[str, Any]] = [
        {"service": {"description": "Vertex AI"}, "sku": {"description": sku}, "cost": cost,
         "currency": "USD", "cost_type": "regular", "usage": {"amount": count, "unit": "count"},
         "usage_start_time": "2026-10-12 00:00:00 UTC", "credits": [],
         "usage_end_time": "2026-10-13 00:00:00 UTC"}
        for sku, cost, count in rows
    ]  # fmt: skip
    path = folder / "export.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in export), encoding="utf-8")
    return reconcile([read_statement(str(path))], [calls(folder)], pricing.load_catalog())


#: 100,000 + 200,000 at 1.25, 50,000 at 0.125 and 3,000 at 10 per 1M; 200,000 + 300,000 at 2.50,
#: 1 at 0.25 and 3,500 at 15
SHORT_ROWS = (
    *((INPUT.format(""), "0.375", 300_000), (CACHED.format(""), "0.00625", 50_000)),
    (OUTPUT.format(""), "0.03", 3_000),
)
LONG_ROWS = (
    *((INPUT.format(LONG), "1.25", 500_000), (CACHED.format(LONG), "0.00000025", 1)),
    (OUTPUT.format(LONG), "0.0525", 3_500),
)


def test_google_bills_long_requests_under_names_of_their_own(tmp_path: Path) -> None:
    found = google(tmp_path, *SHORT_ROWS, *LONG_ROWS)
    assert found.findings == []
    assert found.unexplained == []
    assert len(found.case.bill.cells) == 6


@pytest.mark.parametrize("input_count", [300_000, 800_000])
def test_long_requests_that_are_billed_as_short_ones_are_named(
    tmp_path: Path, input_count: int
) -> None:
    # all at the short price: under the short names, or under the long ones
    if input_count == 800_000:
        rows = [(INPUT.format(""), "1", 800_000), (CACHED.format(""), "0.006250125", 50_001),
                (OUTPUT.format(""), "0.065", 6_500)]  # fmt: skip
    else:
        rows = [*SHORT_ROWS, (INPUT.format(LONG), "0.625", 500_000),
                (CACHED.format(LONG), "0.000000125", 1),
                (OUTPUT.format(LONG), "0.035", 3_500)]  # fmt: skip
    found = google(tmp_path, *rows)
    # 500,000 x 1.25 + 1 x 0.125 + 3,500 x 5 per 1M less
    (finding,) = found.findings
    assert (finding.code, finding.amount) == ("long_context_missing", Decimal("-0.642500125"))
    assert found.unexplained == []


def test_a_request_that_is_long_with_its_output_alone_is_named(tmp_path: Path) -> None:
    # the call of 200,000 and 2,000 stands under the long names: 200,000 x 1.25 + 2,000 x 5 per 1M
    found = google(
        tmp_path,
        *((INPUT.format(""), "0.125", 100_000), (CACHED.format(""), "0.00625", 50_000)),
        *((OUTPUT.format(""), "0.01", 1_000), (INPUT.format(LONG), "1.75", 700_000)),
        *((CACHED.format(LONG), "0.00000025", 1), (OUTPUT.format(LONG), "0.0825", 5_500)),
    )
    (finding,) = found.findings
    assert (finding.code, finding.amount) == ("long_context_basis", Decimal("0.26"))
    assert found.unexplained == []


@pytest.mark.parametrize(
    ("asked", "billed", "code"),
    [
        (None, ("3.50", "28"), "priority_premium_applied"),
        (None, ("0.875", "7"), "batch_discount_applied|flex_discount_applied"),
        ("priority", ("1.75", "14"), "priority_premium_missing"),
        ("flex", ("1.75", "14"), "flex_discount_missing"),
    ],
)
def test_a_tier_that_costs_more_is_no_discount(
    tmp_path: Path, asked: str | None, billed: tuple[str, str], code: str
) -> None:
    # GPT-5.2: 1.75 and 14 per 1M; priority 3.50 and 28, flex and batch 0.875 and 7
    rows, results = [], []
    for number in range(1, 5):
        count, output = 10_007 * number, 1_009 * number
        usage = {"prompt_tokens": count, "completion_tokens": output,
                 "total_tokens": count + output}  # fmt: skip
        response: dict[str, Any] = {"object": "chat.completion", "model": "gpt-5.2",
                                    "service_tier": asked or "default", "usage": usage}  # fmt: skip
        rows.append({"at": f"2026-11-0{number}T10:00:00Z", "seller": "openai", "id": f"r{number}",
                     "status": 200, "response": response})  # fmt: skip
        start = 1_793_491_200 + number * 86_400 - 86_400
        results.append({"start_time": start, "end_time": start + 86_400, "results": [
            {"object": "organization.costs.result", "line_item": f"gpt-5.2, {kind}",
             "quantity": many, "amount": {"currency": "usd", "value": str(
                 many * Decimal(price) / 1_000_000)}}
            for kind, many, price in (("input", count, billed[0]), ("output", output, billed[1]))
        ]})  # fmt: skip
    log, costs = tmp_path / "calls.jsonl", tmp_path / "costs.json"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    costs.write_text(json.dumps({"data": results, "has_more": False}), encoding="utf-8")
    found = reconcile([read_statement(str(costs))], [str(log)], pricing.load_catalog())
    (finding,) = found.findings
    assert finding.code == code
    assert found.unexplained == []


def openrouter(folder: Path, billed: dict[str, tuple[str, str]], *logged: str) -> Diagnosis:
    """Hold generations (id: day and cost) against calls of 1,001 and 101 tokens: 0.004518 each."""
    head = "generation_id,created_at,cost_total,model_permaslug\n"
    rows = [f"{name},{day} 04:00:00,{cost},anthropic/claude-4.6-sonnet-20260217\n"
            for name, (day, cost) in billed.items()]  # fmt: skip
    calls = [
        {"at": "2026-11-12T04:00:00Z", "seller": "openrouter", "id": name, "status": 200,
         "response": {"object": "chat.completion", "model": "anthropic/claude-sonnet-4.6",
                      "usage": {"prompt_tokens": 1001, "completion_tokens": 101,
                                "total_tokens": 1102}}}
        for name in logged
    ]  # fmt: skip
    bill, log = folder / "activity.csv", folder / "calls.jsonl"
    bill.write_text(head + "".join(rows), encoding="utf-8")
    log.write_text("".join(json.dumps(call) + "\n" for call in calls), encoding="utf-8")
    return reconcile([read_statement(str(bill))], [str(log)], pricing.load_catalog())


RIGHT = ("2026-11-12", "0.004518")


def test_requests_are_missed_by_their_ids_on_either_side(tmp_path: Path) -> None:
    billed = {"g1": RIGHT, "g2": RIGHT, "g7": ("2026-11-12", "0.0123")}
    found = openrouter(tmp_path, billed, "g1", "g2", "g3")
    told = {f.code: (f.amount, f.direction, f.requests) for f in found.findings}
    assert told == {
        "not_in_log": (Decimal("0.0123"), "fix_log", 1),
        "missing_invoice_line": (Decimal("-0.004518"), "accrue", 1),
    }
    assert found.unexplained == []


def test_ids_of_another_kind_prove_nothing(tmp_path: Path) -> None:
    # the log names its own ids: none of the bill's is known, and nothing is missing for certain
    found = openrouter(tmp_path, {"g1": RIGHT, "g2": ("2026-11-12", "0.0123")}, "own-1", "own-2")
    assert {f.code for f in found.findings} & {"not_in_log", "missing_invoice_line"} == set()


def test_a_request_that_is_billed_as_another_model_is_in_the_log(tmp_path: Path) -> None:
    found = openrouter(tmp_path, {"g1": RIGHT, "g2": ("2026-11-12", "0.0123")}, "g1", "g2")
    assert found.findings == []
    assert [f.amount for f in found.unexplained] == [Decimal("0.007782")]
