"""Long logs, read in bulk: to the same cube as record by record, in memory that does not grow."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from invoice_cases import book
from random_invoices import bill_text, invoice, log_text, sample_rates

from pricing.catalog import Catalog
from pricing.cli import main
from pricing.reconcile import log, read_log
from pricing.reconcile.cells import SLOT
from pricing.reconcile.invoices import read_statement
from pricing.reconcile.run import reconcile
from pricing.reconcile.terms import Terms
from pricing.usage import spill

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that lets every log be read in bulk, or none."""
    monkeypatch.setattr(log, "SINGLE", 0)
    monkeypatch.setattr(read_log, "SINGLE", 0)
    monkeypatch.setattr(spill, "MOST_BYTES", 1)

    def switched(on: bool) -> None:
        monkeypatch.setattr(read_log, "LONG_BYTES", 0 if on else 1 << 60)

    return switched


def answer(bill: Path, usage: list[Path], catalog: Catalog) -> Any:
    """Give all that a reconciliation says, as data."""
    from pricing.reconcile.document import document_of

    terms = Terms()
    terms.superseded_attempts_billable = False
    found = reconcile([read_statement(str(bill))], [str(p) for p in usage], catalog, terms)
    case = found.case
    atoms = sorted(
        (a.start, a.end // SLOT, a.who, a.version, a.card.name, a.requests, a.place, a.projects,
         a.keys, a.asked, sorted(a.sums.items()), sorted(a.fixed.items()))
        for a in case.log.atoms
    )  # fmt: skip
    kept = case.log
    told = (kept.requests, kept.arrivals, kept.edges, kept.skipped, kept.cut, kept.is_zoneless)
    refused = sorted((u.reason, u.requests) for u in kept.unpriced.values())
    return json.dumps(document_of(found), default=str), atoms, told, refused, found.case.notes


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24))]
)
def test_in_bulk_a_log_is_the_same_cube(seed: int, tmp_path: Path, in_bulk: Any) -> None:
    made = invoice(seed, 6)
    name, text = bill_text(made)
    bill = tmp_path / name
    bill.write_text(text, encoding="utf-8")
    rows = log_text(made).splitlines(keepends=True)
    # lines that only few logs have: damaged, without a price, without an id, before any revision
    row = next(r for r in map(json.loads, rows) if r.get("status") in (None, 200))
    rows[3:3] = [
        '{"ts": "2026-10-1\n',
        json.dumps({**row, "request_id": "x1", "model": "no-such-model"}) + "\n",
        json.dumps({**row, "request_id": None, "id": None}) + "\n",
        json.dumps({**row, "request_id": "x2", "ts": "1969-10-12T00:00:00Z"}) + "\n",
        json.dumps({**row, "request_id": "x3", "trace": "t"}) + "\n",
        # logged again with other counts, and with the same; tools that failed
        json.dumps({**row, "request_id": "x4"}) + "\n",
        json.dumps({**row, "request_id": "x5", "failed_tool_calls": "web_search=2"}) + "\n",
        json.dumps({**row, "request_id": "x6", "failed_tool_calls": "web_search=2"}) + "\n",
    ]
    other = {name: 2 * count for name, count in row["usage"].items() if isinstance(count, int)}
    rows += [
        json.dumps({**row, "request_id": "x3", "trace": "t"}) + "\n",
        json.dumps({**row, "request_id": "x4", "usage": {**row["usage"], **other}}) + "\n",
    ]
    half = len(rows) // 2
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_text("".join(rows[:half]), encoding="utf-8")
    packed.write_bytes(gzip.compress("".join(rows[half:]).encode()))
    catalog = Catalog(book(sample_rates()))
    in_bulk(False)
    expected = answer(bill, [plain, packed], catalog)
    in_bulk(True)
    assert answer(bill, [plain, packed], catalog) == expected
    assert {atom[3] for atom in expected[1]} == {"", "first", "last"}
    assert "failed_tool" in {atom[2] for atom in expected[1]}


def test_a_retry_that_names_another_id_is_found_in_a_long_log(tmp_path: Path, in_bulk: Any) -> None:
    made = invoice(1, 6, most=0)
    name, text = bill_text(made)
    bill, usage = tmp_path / name, tmp_path / "usage.jsonl"
    bill.write_text(text, encoding="utf-8")
    # the retry names the message, not the request
    usage.write_text(log_text(made).replace('"retry_of": "req_', '"retry_of": "msg_'), "utf-8")
    assert '"retry_of": "msg_' in usage.read_text("utf-8")
    catalog = Catalog(book(sample_rates()))
    in_bulk(False)
    expected = answer(bill, [usage], catalog)
    assert any(atom[2] == "superseded" for atom in expected[1])
    in_bulk(True)
    assert answer(bill, [usage], catalog) == expected


def test_a_month_with_two_planted_causes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    from bill_data import CAUSES, write_month

    usage, bill = write_month(tmp_path, 12_000)
    assert usage.stat().st_size > read_log.LONG_BYTES
    command = ["reconcile", str(bill), "--usage", str(usage), "--format", "json"]
    assert main(command) == 1
    document = json.loads(capsys.readouterr().out)
    found = {f["code"]: f for f in document["findings"]}
    assert set(found) == {*CAUSES, "log_duplicates"}
    assert document["unexplained"] == "0"
    for finding in found.values():
        path, _, line = finding["examples"][0].rpartition(":")
        assert path == str(usage)
        assert line.isdecimal()


def test_what_waits_lies_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    from bill_data import write_month

    usage, bill = write_month(tmp_path, 30_000)
    most = 0
    monkeypatch.setattr(spill, "MOST_BYTES", 256 << 10)
    relieve = spill.Spill.relieve

    def watched(self: spill.Spill) -> None:
        nonlocal most
        relieve(self)
        most = max(most, sum(map(len, self.part.rows + self.part.others)))

    monkeypatch.setattr(spill.Spill, "relieve", watched)
    assert main(["reconcile", str(bill), "--usage", str(usage), "-o", str(tmp_path / "o")]) == 1
    # 30,000 requests are 2.1 MB packed
    assert 0 < most < 256 << 10


def test_more_single_requests_than_can_be_held_are_compared_by_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pricing.reconcile import cells

    monkeypatch.setattr(cells, "MOST_SINGLE", 3)
    rows, calls = ["generation_id,created_at,cost_total,model_permaslug\n"], []
    for number in range(6):
        # 1,000 x 3 + 100 x 15 per 1M
        at = f"2026-09-0{number // 3 + 1}T10:00:00Z"
        rows.append(f"gen-{number},{at},0.0045,anthropic/claude-4.6-sonnet-20260217\n")
        usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
        calls.append({"ts": at, "request_id": f"gen-{number}", "provider": "openrouter",
                      "model": "anthropic/claude-sonnet-4.6", "usage": usage})  # fmt: skip
    bill, log_path = tmp_path / "bill.csv", tmp_path / "log.jsonl"
    bill.write_text("".join(rows), "utf-8")
    log_path.write_text("".join(json.dumps(call) + "\n" for call in calls), "utf-8")
    assert main(["reconcile", str(bill), "--usage", str(log_path)]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("AGREES  0.027 USD")
    assert "6 single requests on the bill: compared by day and model" in " ".join(shown.err.split())
