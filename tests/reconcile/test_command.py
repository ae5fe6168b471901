"""``pricing reconcile``: verdicts, exit codes, formats; ByteSpike and API Models end to end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.cli import main

ROOT = Path(__file__).parents[2]
LOG = str(ROOT / "examples" / "usage.jsonl")
Write = Callable[[str, str], str]


def call(*words: str) -> int:
    return main(["reconcile", *words])


def bucket(day: str, model: str, amount: str, **more: object) -> dict[str, object]:
    return {"bucket": day, "model": model, "total_usd": amount, **more}


#: 10 requests: 1,362 x 3.00 + 43,768 x 0.30 + 12,064 x 3.75 + 2,192 x 15.00 per 1M
SONNET = bucket("2026-11-19", "claude-sonnet-4-6", "0.0953364", call_count=10)
#: 4 requests: 1,602 x 1.00 + 46 x 5.00 per 1M
HAIKU = bucket("2026-11-20", "claude-haiku-4-5", "0.001832", call_count=4)


def statement(*buckets: dict[str, object], **totals: object) -> str:
    return json.dumps({"buckets": list(buckets), **({"totals": totals} if totals else {})})


def test_a_bill_that_agrees_ends_with_0(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bill = write("bill.json", statement(SONNET, HAIKU, total_usd="0.0971684"))
    assert call(bill, "--usage", LOG) == 0
    assert capsys.readouterr().out.startswith("AGREES  0.0971684 USD billed and expected")


def test_cache_reads_at_the_price_of_input_are_named(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # 43,768 x (3.00 - 0.30) per 1M = 0.1181736
    wrong = {**SONNET, "total_usd": "0.21351"}
    bill = write("bill.json", statement(wrong, HAIKU))
    assert call(bill, "--usage", LOG, "--format", "json") == 1
    document = json.loads(capsys.readouterr().out)
    (finding,) = document["findings"]
    assert (finding["code"], finding["amount"]) == ("cache_read_at_input_rate", "0.1181736")
    assert finding["direction"] == "claim"
    assert finding["examples"][0].startswith(LOG)
    assert "ratecards/bytespike/claude-sonnet-4-6.yaml:16" in " ".join(finding["prices"])
    parts = sum(Decimal(f["amount"]) for f in document["findings"])
    assert Decimal(document["variance"]) == parts + Decimal(document["unexplained"])


def test_bytespike_bills_in_credits_too(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"bucket": "2026-11-19", "model": "claude-sonnet-4-6", "total_credits": "95336.4"},
        {"bucket": "2026-11-20", "model": "claude-haiku-4-5", "total_credits": "1832"},
    ]
    assert call(write("bill.json", statement(*rows)), "--usage", LOG) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("AGREES  97,168.40 credits billed and expected")
    assert "1 USD is 1000000 credits" in " ".join(captured.err.split())


MAPPING = """
name: API Models statement
seller: apimodels
amount: cost
day: day
model: model
meter: kind
quantity: tokens
meters: {input: input, output: output}
fixed: {currency: CNY}
"""
#: 36,094 x 1.059 and 5,661 x 5.295 per 1M USD, at 7.10 and at 7.20
ROWS = "day,model,kind,tokens,cost\n2026-11-20,claude-sonnet-4-6,{}\n"


def cny(rate: str) -> str:
    into = Decimal(36_094) * Decimal("1.059") / 1_000_000 * Decimal(rate)
    out = Decimal(5_661) * Decimal("5.295") / 1_000_000 * Decimal(rate)
    return ROWS.format(f"input,36094,{into}") + f"2026-11-20,claude-sonnet-4-6,output,5661,{out}\n"


TERMS = """
terms:
  billing_currency: CNY
  fx: {rule: month_opening, rates: {2026-10-31: 7.10, 2026-11-30: 7.20}}
"""


def test_api_models_bill_in_cny_at_the_agreed_rate(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--usage", LOG, "--map", write("map.yaml", MAPPING), "--terms",
             write("reconcile.yaml", TERMS)]  # fmt: skip
    assert call(write("right.csv", cny("7.10")), *words) == 0
    assert "AGREES" in capsys.readouterr().out
    assert call(write("wrong.csv", cny("7.20")), *words, "--format", "json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["code"] == "fx_rate"
    # (0.038223546 + 0.029974995) x 0.10
    assert finding["amount"] == "0.0068198541"


EXAMPLES = ROOT / "examples"


def test_the_examples_of_two_resellers_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    own = ["--map", str(EXAMPLES / "apimodels-map.yaml")]
    own += ["--terms", str(EXAMPLES / "apimodels-terms.yaml")]
    for name, more, code, amount in (
        # (36,094 x 1.059 + 5,661 x 5.295) / 1M x (7.10 - 6.80)
        ("apimodels-statement.csv", own, "fx_rate", "0.0204595623"),
        # 43,768 x (3.00 - 0.30) / 1M
        ("bytespike-statement.json", [], "cache_read_at_input_rate", "0.1181736"),
    ):
        assert call(str(EXAMPLES / name), "--usage", LOG, *more, "--format", "json") == 1
        document = json.loads(capsys.readouterr().out)
        assert [(f["code"], f["amount"]) for f in document["findings"]] == [(code, amount)]
        assert document["unexplained"] == "0"
    assert call(str(EXAMPLES / "bytespike-credits.json"), "--usage", LOG) == 0


def test_a_currency_without_a_rate_cannot_be_judged(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write("bill.csv", cny("7.10"))
    assert call(bill, "--usage", LOG, "--map", write("map.yaml", MAPPING)) == 3
    assert "the cards are in USD, the bill is in CNY" in " ".join(capsys.readouterr().err.split())


def test_an_unknown_model_on_the_bill_cannot_be_judged(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    other = bucket("2026-11-20", "moon-1", "4.00")
    bill = write("bill.json", statement(SONNET, HAIKU, other))
    assert call(bill, "--usage", LOG) == 3
    captured = capsys.readouterr()
    assert "unexplained" in captured.out
    # however long the path is that the message begins with
    assert "no model is called 'moon-1'" in " ".join(captured.err.split())


def test_a_failure_outweighs_what_cannot_be_judged(write: Write) -> None:
    other = bucket("2026-11-20", "moon-1", "4.00")
    wrong = {**SONNET, "total_usd": "0.21351"}
    assert call(write("bill.json", statement(wrong, HAIKU, other)), "--usage", LOG) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (statement(SONNET, HAIKU, total_usd="0.5"), "add up to 0.0971684, the totals say 0.5"),
        (statement(SONNET)[:60], "JSON ends inside"),
        (
            statement(SONNET, bucket("2026-11-19T05:00:00Z", "claude-sonnet-4-6", "1")),
            "periods that overlap",
        ),
        (statement({**SONNET, "bucket": "2026-11-31"}), "no such day"),
    ],
)
def test_bad_input_ends_with_2(
    write: Write, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    assert call(write("bill.json", text), "--usage", LOG) == 2
    captured = capsys.readouterr()
    assert told in " ".join(captured.err.split())
    assert captured.out == ""


def test_a_bill_is_no_log(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bill = write("bill.json", statement(SONNET, HAIKU))
    cost = {"currency": "USD", "amount": "1", "cost_type": "tokens", "token_type": "output_tokens"}
    span = {"starting_at": "2026-10-12T00:00:00Z", "ending_at": "2026-10-13T00:00:00Z"}
    other = write("cost.json", json.dumps({"data": [{**span, "results": [cost]}]}))
    assert call(bill, "--usage", other) == 2
    assert "--usage is the log of calls, not a bill" in " ".join(capsys.readouterr().err.split())


def test_another_seller_than_the_bill_names_is_refused(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write("bill.json", statement(SONNET, HAIKU))
    assert call(bill, "--usage", LOG, "--seller", "bytespike") == 0
    assert call(bill, "--usage", LOG, "--seller", "openai") == 2
    assert "the bill is bytespike's, not openai's" in " ".join(capsys.readouterr().err.split())


def test_a_statement_is_not_taken_twice(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bill, copy = (write(name, statement(SONNET, HAIKU)) for name in ("a.json", "b.json"))
    assert call(bill, bill, "--usage", LOG) == 2
    assert "the same statement twice" in " ".join(capsys.readouterr().err.split())
    assert call(bill, copy, "--usage", LOG) == 2
    assert "2 lines stand in" in " ".join(capsys.readouterr().err.split())


def test_a_line_that_stands_twice_is_a_cause(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write("bill.json", statement(SONNET, HAIKU, SONNET))
    assert call(bill, "--usage", LOG, "--format", "json") == 1
    codes = [f["code"] for f in json.loads(capsys.readouterr().out)["findings"]]
    assert [code for code in codes if "line_billed_twice" in code.split("|")]


def test_a_line_that_is_missing_is_to_be_accrued(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    days = {"bucket": "2026-11-20", "model": "claude-haiku-4-5", "total_usd": "0"}
    assert call(write("bill.json", statement(SONNET)), "--usage", LOG, "--format", "json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["amount"], finding["direction"]) == (
        "missing_invoice_line",
        "-0.001832",
        "accrue",
    )
    assert call(write("free.json", statement(SONNET, days)), "--usage", LOG) == 0
    assert "complimentary_usage" in capsys.readouterr().out


def test_an_accepted_finding_stays_quiet(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bill = write("bill.json", statement({**SONNET, "total_usd": "0.21351"}, HAIKU))
    call(bill, "--usage", LOG, "--format", "json")
    name = json.loads(capsys.readouterr().out)["findings"][0]["id"]
    known = f"accepted: [{{id: {name}, amount: 0.1181736, because: credited in December}}]\n"
    assert call(bill, "--usage", LOG, "--terms", write("reconcile.yaml", known)) == 0
    assert "accepted: credited in December" in capsys.readouterr().out


def test_open_days_raise_no_claim(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bill = write("bill.json", statement({**SONNET, "total_usd": "0.21351"}, HAIKU))
    terms = write("reconcile.yaml", "finality: {provisional_days: 2, final_days: 30}\n")
    words = [bill, "--usage", LOG, "--terms", terms]
    for today, code, told in (
        ("2026-11-20", 0, "open: no claim yet"),
        ("2026-11-25", 0, "provisional: no claim yet"),
        ("2026-12-25", 1, "claim"),
    ):
        assert call(*words, "--today", today) == code
        assert told in capsys.readouterr().out


def test_the_arithmetic_of_a_cell_is_shown(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write("bill.json", statement({**SONNET, "total_usd": "0.21351"}, HAIKU))
    assert call(bill, "--usage", LOG, "--explain", "2026-11-19/claude-sonnet-4-6") == 1
    shown = capsys.readouterr().out
    assert shown.startswith("+0.1181736 USD  ")
    assert "43768 x 0.3" in shown
    assert call(bill, "--usage", LOG, "--explain", "2026-11-18/x") == 2


@pytest.mark.parametrize("name", ["table", "markdown", "csv", "html"])
def test_every_format_names_the_cause(
    write: Write, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    bill = write("bill.json", statement({**SONNET, "total_usd": "0.21351"}, HAIKU))
    assert call(bill, "--usage", LOG, "--format", name, "--quiet") == 1
    assert "cache_read_at_input_rate" in capsys.readouterr().out


def test_what_was_compared_is_told(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bill = write("bill.json", statement(SONNET, HAIKU))
    assert call(bill, "--usage", LOG) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "note: compared: ByteSpike usage " in told
    assert "bill.json, 2 lines of 2026-11-19 to 2026-11-20, with 58 requests" in told
    one = write("one.json", statement(HAIKU))
    assert call(one, "--usage", LOG, "--format", "html") in (0, 1)
    assert "1 line of 2026-11-20, with 58 requests" in capsys.readouterr().out


def test_a_dispute_pack_holds_the_claim_and_its_lines(write: Write, tmp_path: Path) -> None:
    bill = write("bill.json", statement({**SONNET, "total_usd": "0.21351"}, HAIKU))
    folder = tmp_path / "pack"
    assert call(bill, "--usage", LOG, "--dispute", str(folder), "--quiet") == 1
    letter = (folder / "bytespike.md").read_text(encoding="utf-8")
    assert "Claim to bytespike: 0.1181736 USD overbilled" in letter
    assert "0.21351" in (folder / "bytespike.csv").read_text(encoding="utf-8")


def test_log_and_usage_report_are_counted_against_each_other(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {
        "ts": "2026-10-12T10:00:00Z", "request_id": "r1", "provider": "anthropic",
        "model": "claude-sonnet-4-6", "status": 200, "workspace_id": "w",
        "usage": {"input_tokens": 100, "output_tokens": 20},
    }  # fmt: skip
    log = write("log.jsonl", json.dumps(row) + "\n")

    def report(tokens: int) -> str:
        result = {
            "uncached_input_tokens": tokens, "output_tokens": 20, "model": "claude-sonnet-4-6",
            "cache_read_input_tokens": 0, "service_tier": "standard",
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "server_tool_use": {"web_search_requests": 0},
        }  # fmt: skip
        bucket = {
            "starting_at": "2026-10-12T00:00:00Z",
            "ending_at": "2026-10-13T00:00:00Z",
            "results": [result],
        }
        return write(f"report{tokens}.json", json.dumps({"data": [bucket], "has_more": False}))

    cost = {
        "starting_at": "2026-10-12T00:00:00Z", "ending_at": "2026-10-13T00:00:00Z",
        "results": [
            {"amount": amount, "currency": "USD", "cost_type": "tokens", "token_type": token,
             "model": "claude-sonnet-4-6", "service_tier": "standard"}
            for token, amount in (("uncached_input_tokens", "0.03"), ("output_tokens", "0.03"))
        ],
    }  # fmt: skip
    bill = write("cost.json", json.dumps({"data": [cost], "has_more": False}))
    assert call(bill, "--usage", log, "--usage-report", report(100)) == 0
    assert "metering: all counts agree" in capsys.readouterr().out
    assert call(bill, "--usage", log, "--usage-report", report(150)) == 1
    assert "1 of 2 counts differ" in capsys.readouterr().out
    # without a log the report is priced
    assert call(bill, "--usage-report", report(100)) == 0
    invoice = {
        "currency": "usd", "total": 11, "tax": 11,
        "lines": {"data": [{"amount": 0, "description": "Claude Sonnet 4.6 input tokens"}]},
    }  # fmt: skip
    money = write("invoice.json", json.dumps(invoice))
    capsys.readouterr()
    call(bill, "--usage", log, "--money", money)
    assert "Cost report against invoice" in capsys.readouterr().out


def test_terms_with_faults_are_refused_with_every_line(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    terms = write("reconcile.yaml", "terms:\n  markpu: 1.1\n  bucket_by: middle\naccept: []\n")
    bill = write("bill.json", statement(SONNET, HAIKU))
    assert call(bill, "--usage", LOG, "--terms", terms) == 2
    told = capsys.readouterr().err
    assert "unknown key 'markpu'" in told
    assert "Did you mean 'markup'?" in told
    assert "bucket_by is 'middle'" in told
    assert "unknown key 'accept'" in told


def test_terms_change_what_is_expected(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    # a reseller's markup of 10 % from the second day on
    bill = write("bill.json", statement(SONNET, {**HAIKU, "total_usd": "0.0020152"}))
    terms = "terms: {markup: {2026-01-01: 1, 2026-11-20: 1.10}}\n"
    assert call(bill, "--usage", LOG, "--terms", write("reconcile.yaml", terms)) == 0
    assert capsys.readouterr().out.startswith("AGREES  0.0973516 USD")


def test_the_page_draws_the_bridge_from_expected_to_billed(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write("bill.json", statement({**SONNET, "total_usd": "0.21351"}, HAIKU))
    call(bill, "--usage", LOG, "--format", "html", "--quiet")
    page = capsys.readouterr().out
    assert page.count("<svg ") == 1
    told = re.search(r"<desc [^>]*>(.*?)</desc>", page)
    assert told is not None
    assert told[1] == (
        "Expected: 0.0971684. cache_read_at_input_rate: +0.1181736. Billed: 0.2153420."
    )
    # one bar begins where the one before it ended: 0.0971684 of 0.215342 is 45.1 % of the width
    bars = [
        [float(x) for x in re.findall(r"[ML] (-?[\d.]+)", path)]
        for path in re.findall(r'<path [^>]*class="f-(?:rest|bad)"[^>]*>', page)
    ]
    (expected, claim, billed) = [(min(xs), max(xs)) for xs in bars if xs]
    assert abs(expected[1] - claim[0]) < 0.2
    assert abs(claim[1] - billed[1]) < 0.2
    share = (expected[1] - expected[0]) / (billed[1] - billed[0])
    assert abs(share - 0.0971684 / 0.215342) < 0.001
