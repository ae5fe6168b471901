"""Where other gates fail open, ours does not pass: each case is one that was seen to pass there.

The five ways that were found by running them, each in the tests of its name below:

1. tokentoll: a limit that it cannot read, a misspelt key or section is no policy; an unresolved
   model is priced as another; a stale price ends with the status of a failure.
2. pytest-agentkit: a marker that cannot fail: 900 USD pass a budget of a cent.
3. llm-usage-report: an unknown model costs 0.
4. Infracost: a missing usage file is a blank one, an invalid key is ignored, a price that is not
   found is 0, and currencies are compared as numbers.
5. promptfoo: a cost is compared as a float, and told to two digits.

What else could make a gate pass without knowing stands below them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from budget_files import HAIKU, call, file_of, judged, verdicts, write

pytest_plugins = ["pytester"]

COUNTS = "{inline: {input: 1_000, output: 100}}"
SONNET = "    model: claude-sonnet-4-6\n"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("max_monthly_delta_usd: $250", "unknown key"),
        ("limit: $250", "'$250' is no amount"),
        ("limit: '1,000'", "'1,000' is no amount"),
        ("limit: 1000", "'1000' has no currency"),
        ("limti: 250 USD", "unknown key 'limti'"),
    ],
)
def test_tokentoll_a_limit_that_cannot_be_read_is_no_policy(
    tmp_path: Path, written: str, told: str
) -> None:
    write(tmp_path, file_of(COUNTS, f"  - {{id: month, {written}}}\n", SONNET))
    _, said, status = judged(tmp_path)
    assert told in said
    assert status == 2


def test_tokentoll_a_misspelt_section_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, file_of(COUNTS, more=SONNET).replace("budgets:", "budget:"))
    _, said, status = judged(tmp_path)
    assert "unknown key 'budget'" in said
    assert "Did you mean 'budgets'?" in said
    assert status == 2


def test_tokentoll_an_unresolved_model_is_priced_as_another(tmp_path: Path) -> None:
    write(tmp_path, file_of(), calls=call("claude-opus-9"))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert "calls.jsonl:1: no card has model 'claude-opus-9'" in said


def test_tokentoll_a_stale_price_has_a_status_of_its_own(tmp_path: Path) -> None:
    text = file_of(COUNTS, more=SONNET)
    for days, status in (("91 days", 0), ("90 days", 3)):  # checked on 2026-08-21
        write(tmp_path, text.replace("version: 1", f"version: 1\nprices: {{stale_after: {days}}}"))
        document, said, found = judged(tmp_path, "--at", "2026-11-20")
        assert found == status
    assert verdicts(document) == {"month": "cannot judge"}
    assert "was last checked on 2026-08-21, 91 days ago; stale after 90 days" in " ".join(
        said.split()
    )


AGENT = """
import pytest

#: 300,000,000 x 3 / 1M = 900 USD
USAGE = {"input_tokens": 300_000_000, "output_tokens": 0}
RESPONSE = {"type": "message", "model": "claude-sonnet-4-6", "content": [], "usage": USAGE}

@pytest.mark.llm_budget("0.01 USD")
def test_that_asks_for_the_fixture(llm_usage):
    llm_usage.add(RESPONSE)

@pytest.mark.llm_budget("0.01 USD")
def test_that_does_not():
    import pricing
    with pricing.meter(at="2026-11-20") as own:
        own.add(RESPONSE)

@pytest.mark.llm_budget("0.01 USD")
def test_that_records_nothing():
    pass
"""


def test_pytest_agentkit_a_marker_that_cannot_fail(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=AGENT)
    result = pytester.runpytest_subprocess("--llm-at=2026-11-20")
    result.assert_outcomes(failed=3)
    said = result.stdout.str()
    assert said.count("over llm_budget: 900 USD spent, limit 0.01 USD, 899.99 USD too much") >= 2
    assert "a budget, and no usage was recorded" in said


def test_llm_usage_report_an_unknown_model_costs_nothing(tmp_path: Path) -> None:
    # 1.8 billion tokens, an alert at one cent
    budgets = "  - {id: alert, limit: 0.01 USD}\n"
    write(tmp_path, file_of(budgets=budgets), calls=call("my-own-model", input=1_800_000_000))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"alert": "cannot judge"}, 3)
    assert document["total"]["lower_bound"] is True


def test_infracost_a_missing_usage_file_is_a_blank_one(tmp_path: Path) -> None:
    write(tmp_path, file_of("{fixture: gone.jsonl}"))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert "budget.yaml:5: no such file: gone.jsonl" in said


def test_infracost_an_invalid_usage_key_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, file_of("{inline: {input: 1_000, outputs: 100}}", more=SONNET))
    _, said, status = judged(tmp_path)
    assert "unknown meter 'outputs'" in said
    assert status == 2


def test_infracost_a_price_that_is_not_found_is_0(tmp_path: Path) -> None:
    # apimodels publishes no price for a cache read
    usage = "{inline: {input: 1_000, cache_read: 5_000, output: 100}}"
    write(tmp_path, file_of(usage, more=f"{SONNET}    seller: apimodels\n"))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert "cache_read" in said


def test_infracost_two_currencies_are_compared_as_numbers(tmp_path: Path) -> None:
    for budgets in (
        "  - {id: month, limit: 5_000 EUR}\n",
        "  - {id: rise, increase: {amount: 5_000 EUR}}\n",
    ):
        write(tmp_path, file_of(COUNTS, budgets, SONNET))
        document, said, status = judged(tmp_path, "--base", "none")
        assert set(verdicts(document).values()) == {"cannot judge"}
        assert "no exchange rate from USD to EUR" in said
        assert status == 3


def test_infracost_a_base_in_another_currency_is_compared_all_the_same(tmp_path: Path) -> None:
    rise = "  - {id: rise, increase: {percent: 900%}}\n"
    base = write(tmp_path, "currency: EUR\n" + file_of(COUNTS, rise, SONNET))
    base.rename(tmp_path / "base.yaml")
    write(tmp_path, file_of(COUNTS, rise, SONNET))
    document, said, status = judged(tmp_path, "--base", "base.yaml")
    assert status == 3
    assert set(verdicts(document).values()) <= {"cannot judge"}
    assert "those of the base in EUR" in said


def test_promptfoo_a_cost_is_compared_as_a_float(tmp_path: Path) -> None:
    # 0.1 + 0.2 is above 0.3 in floats: 100,000 x 0.000001 + 200,000 x 0.000001
    text = file_of(COUNTS, "  - {id: m, limit: 9 USD}\n  - {id: c, per: call, limit: 0.3 USD}\n")
    more = "    model: claude-haiku-4-5\n"
    text = text.replace("budgets:", f"{more}budgets:").replace("1_000, output: 100", "300_000")
    write(tmp_path, text.replace("{per_day: 1_000}", "{per_day: 1}"))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"m": "pass", "c": "pass"}, 0)


def test_promptfoo_a_breach_is_told_to_two_digits(tmp_path: Path) -> None:
    # 0.003 + 0.0015 a call, 30 a month: 0.135; the limit is 0.0000001 less
    budgets = "  - {id: month, limit: 0.1349999 USD}\n"
    text = file_of(COUNTS, budgets, SONNET).replace("{per_day: 1_000}", "{per_day: 1}")
    write(tmp_path, text)
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "fail"}, 1)
    (row,) = document["budgets"]
    assert "0.1350000 USD, limit 0.1349999 USD" in row["message"]


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ("", "holds no usage"),
        ("\n\n", "holds no usage"),
        (call() + '{"response": {"model": \n', "calls.jsonl:2: "),
        (call() + "no json at all\n", "calls.jsonl:2: "),
        (json.dumps({"model": "claude-haiku-4-5"}) + "\n", "calls.jsonl:1: "),
        (call(status=529), "no call in it is billed"),
    ],
    ids=["empty", "blank", "cut", "damaged", "without-usage", "all-failed"],
)
def test_a_fixture_that_is_empty_or_damaged_is_not_judged_by(
    tmp_path: Path, calls: str, told: str
) -> None:
    write(tmp_path, file_of(), calls=calls)
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert told in said
    assert document["total"]["lower_bound"] is True


def test_a_report_of_sums_is_no_record_of_calls(tmp_path: Path) -> None:
    bucket = {
        "data": [
            {
                "starting_at": "2026-11-01T00:00:00Z",
                "ending_at": "2026-11-02T00:00:00Z",
                "results": [{"uncached_input_tokens": 5, "output_tokens": 6, "model": HAIKU,
                             "cache_creation": {}, "cache_read_input_tokens": 0}],
            }
        ],
        "has_more": False,
    }  # fmt: skip
    write(tmp_path, file_of(), calls=json.dumps(bucket))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert "a sum of many requests" in said


def test_tests_without_their_names_cannot_be_judged_one_by_one(tmp_path: Path) -> None:
    text = file_of("{run: calls.jsonl}", "  - {id: t, per: test, limit: 9 USD}\n")
    write(tmp_path, text.replace("{per_day: 1_000}", "none"), calls=call())
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"t": "cannot judge"}, 3)
    assert "1 of 1 calls of chat name no test" in said


@pytest.mark.parametrize("day", ["2025-01-01", "2026-11-21"])
def test_prices_of_a_day_long_gone_or_to_come_are_not_judged_by(tmp_path: Path, day: str) -> None:
    text = file_of(COUNTS, more="    model: claude-haiku-4-5\n")
    write(tmp_path, text.replace("version: 1", f"version: 1\nprices: {{at: {day}}}"))
    _, said, status = judged(tmp_path)
    assert f"prices of {day}" in said
    assert status == 3


def test_a_model_scope_that_meets_no_model_does_not_pass(tmp_path: Path) -> None:
    budgets = "  - {id: opus, limit: 1 USD, scope: {model: claude-opsu-*}}\n"
    write(tmp_path, file_of(COUNTS, budgets, SONNET))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"opus": "cannot judge"}, 3)
    assert "no scenario uses a model like claude-opsu-*" in said


def test_a_scenario_that_no_budget_is_about_still_counts_when_it_is_unknown(
    tmp_path: Path,
) -> None:
    other = "  other:\n    calls: {per_day: 1}\n    usage: {fixture: gone.jsonl}\n"
    budgets = "  - {id: chat, limit: 900 USD, scope: chat}\n"
    write(tmp_path, file_of(COUNTS, budgets, SONNET + other))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), document["verdict"], status) == (
        {"chat": "pass"}, "cannot judge", 3,
    )  # fmt: skip


def test_what_is_not_projected_is_no_month_of_0(tmp_path: Path) -> None:
    text = file_of(COUNTS, more=SONNET).replace("{per_day: 1_000}", "none")
    write(tmp_path, text)
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert "no scenario of it is projected" in said
