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
