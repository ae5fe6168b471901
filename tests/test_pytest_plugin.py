"""The pytest plugin fails what it should fail; each test runs pytest on a small project."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest

import pricing
import pricing.metering.context  # what is imported before stays in place from run to run
import pricing.pytest_plugin.run  # pytester forgets what a run imports

pytest_plugins = ["pytester"]

#: 1,000 x 3 / 1M + 100 x 15 / 1M = 0.0045 USD
HEAD = """
import pytest
import pricing

def response(output=100, model="claude-sonnet-4-6", **more):
    usage = {"input_tokens": 1_000, "output_tokens": output}
    return {"type": "message", "model": model, "content": [], "usage": usage, **more}
"""
AT = "--llm-at=2026-11-20"


@pytest.fixture(autouse=True)
def no_loops(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out pytest-asyncio, which warns where it is not set up; test_pytest_async has it."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio")


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + source)
    return pytester.runpytest_inprocess(AT, *options)


def said(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


def marked(arguments: str, body: str, fixture: str = "llm_usage") -> str:
    return f"@pytest.mark.llm_budget({arguments})\ndef test_a({fixture}):\n    {body}\n"


ADD = "llm_usage.add(response())"


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [("0.00449999999999", "failed"), ("0.0045", "passed"), ("0.00450000000001", "passed")],
)
def test_a_test_may_spend_its_budget_exactly(
    pytester: pytest.Pytester, limit: str, outcome: str
) -> None:
    result = run(pytester, marked(f"'{limit} USD'", ADD))
    result.assert_outcomes(**{outcome: 1})


def test_over_budget_says_spent_limit_and_difference(pytester: pytest.Pytester) -> None:
    result = run(pytester, marked("'0.004 USD'", ADD))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said_ = said(result)
    assert "over llm_budget: 0.0045 USD spent, limit 0.004 USD, 0.0005 USD too much" in said_


def test_over_budget_that_a_test_swallows_fails_it(pytester: pytest.Pytester) -> None:
    body = "try: llm_usage.add(response())\n    except Exception: pass"
    result = run(pytester, marked("'0.004 USD'", body))
    result.assert_outcomes(failed=1)


# The ways of pytest-agentkit and others to let things pass (finops 0.2)


def test_nine_hundred_dollars_do_not_pass_a_budget_of_a_cent(pytester: pytest.Pytester) -> None:
    # 300,000,000 x 3 / 1M = 900
    body = "usage = {'input_tokens': 300_000_000, 'output_tokens': 0}\n    "
    body += "llm_usage.add(response(usage=usage))"
    source = marked("'0.01 USD'", body).replace("response(usage", "response_of(usage")
    source = "def response_of(usage): return {**response(), 'usage': usage}\n" + source
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    assert "900 USD spent" in said(result)


def test_a_meter_of_the_tests_own_counts_too(pytester: pytest.Pytester) -> None:
    body = "with pricing.meter(at='2026-11-20') as m: m.add(response())"
    run(pytester, marked("'0.004 USD'", body, fixture="")).assert_outcomes(failed=1)


def test_a_budget_on_a_test_without_usage_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, marked("'1 USD'", "pass", fixture=""))
    result.assert_outcomes(failed=1)
    assert "a budget, and no usage was recorded" in said(result)


@pytest.mark.parametrize("fixtures", ["request", "request, llm_usage"])
def test_a_marker_that_comes_too_late_fails(pytester: pytest.Pytester, fixtures: str) -> None:
    source = f"""
def test_a({fixtures}):
    request.node.add_marker(pytest.mark.llm_budget("1 USD"))
"""
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    assert "llm_budget came after the test began" in said(result)


def test_a_marker_of_a_conftest_counts(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "import pytest\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items: item.add_marker(pytest.mark.llm_budget('0.004 USD'))\n"
    )
    run(pytester, f"def test_a(llm_usage):\n    {ADD}\n").assert_outcomes(failed=1)


@pytest.mark.parametrize("where", ["class", "module", "parameter", "unittest"])
def test_a_marker_counts_wherever_it_stands(pytester: pytest.Pytester, where: str) -> None:
    mark = "pytest.mark.llm_budget('0.004 USD')"
    one = "with pricing.meter(at='2026-11-20') as m: m.add(response())"
    source = {
        "class": f"@{mark}\nclass TestIt:\n    def test_a(self):\n        {one}\n",
        "module": f"pytestmark = {mark}\ndef test_a():\n    {one}\n",
        "parameter": (
            f"@pytest.mark.parametrize('n', [pytest.param(1, marks={mark})])\n"
            f"def test_a(n):\n    {one}\n"
        ),
        "unittest": (
            f"import unittest\nclass TestIt(unittest.TestCase):\n    @{mark}\n"
            f"    def test_a(self):\n        {one}\n"
        ),
    }
    run(pytester, source[where]).assert_outcomes(failed=1)


def test_it_may_be_unused_where_that_is_said(pytester: pytest.Pytester) -> None:
    source = marked("'1 USD', may_be_unused=True", "pass", fixture="")
    run(pytester, source).assert_outcomes(passed=1)


def test_an_unknown_model_is_not_free(pytester: pytest.Pytester) -> None:
    for body in (
        "llm_usage.add(response(model='claude-opus-9'))",
        "try: llm_usage.add(response(model='claude-opus-9'))\n    except Exception: pass",
    ):
        result = run(pytester, marked("'1 USD'", body))
        result.assert_outcomes(failed=1)
        assert "claude-opus-9" in said(result)


def test_unpriced_usage_that_is_allowed_still_fails_a_budget(pytester: pytest.Pytester) -> None:
    body = "llm_usage.add(response(model='claude-opus-9'))"
    result = run(pytester, marked("'1 USD'", body), "--llm-allow-unpriced")
    result.assert_outcomes(failed=1)
    source = f"def test_a(llm_usage):\n    {body}\n"
    run(pytester, source, "--llm-allow-unpriced").assert_outcomes(passed=1)
    result = run(pytester, source, "--llm-allow-unpriced", "--llm-budget=1 USD")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "--llm-budget cannot be judged" in said(result)


def test_an_expected_failure_is_none_of_the_money(pytester: pytest.Pytester) -> None:
    source = "@pytest.mark.xfail\n" + marked("'0.004 USD'", ADD)
    run(pytester, source).assert_outcomes(failed=1)
    source = "@pytest.mark.xfail\n" + marked("'0.0045 USD'", f"{ADD}\n    assert False")
    run(pytester, source).assert_outcomes(xfailed=1)


def test_a_skip_after_the_money_is_gone_fails(pytester: pytest.Pytester) -> None:
    body = f"try: {ADD}\n    except Exception: pass\n    pytest.skip('late')"
    run(pytester, marked("'0.004 USD'", body)).assert_outcomes(failed=1)
    run(pytester, marked("'0.004 USD'", "pytest.skip('early')")).assert_outcomes(skipped=1)
    source = "@pytest.mark.skip\n" + marked("'0.004 USD'", ADD)
    run(pytester, source).assert_outcomes(skipped=1)


def test_a_failed_test_fails_once_and_says_what_it_spent(pytester: pytest.Pytester) -> None:
    body = f"try: {ADD}\n    except Exception: pass\n    assert False"
    result = run(pytester, marked("'0.004 USD'", body))
    result.assert_outcomes(failed=1)
    assert "over llm_budget" in said(result)


def test_fixtures_spend_the_budget_of_their_test(pytester: pytest.Pytester) -> None:
    source = """
@pytest.fixture
def model(llm_usage):
    llm_usage.add(response())
    yield
    {after}
@pytest.mark.llm_budget("0.008 USD")
def test_a(model):
    pass
"""
    run(pytester, source.format(after="pass")).assert_outcomes(passed=1)
    after = "llm_usage.add(response())"
    run(pytester, source.format(after=after)).assert_outcomes(passed=1, errors=1)
    after = f"try: {after}\n    except Exception: pass"
    run(pytester, source.format(after=after)).assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ("", "takes one amount, not 0"),
        ("'1 USD', '2 USD'", "takes one amount, not 2"),
        ("0.05", "a float is not exact"),
        ("1", "no amount"),
        ("None", "no amount"),
        ("'0.05'", "no amount"),
        ("'$0.05'", "no amount"),
        ("'-1 USD'", "negative"),
        ("'0 USD'", "allows nothing"),
        ("'1 USD', zero=True", "not zero"),
        ("'1 USDD'", "no card charges in 'USDD'"),
        ("usd='0.05'", "takes one amount, not 0"),
        ("'1 USD', may_be_unusd=True", "has no argument 'may_be_unusd'"),
        ("'1 USD', may_be_unused='yes'", "may_be_unused is 'yes'"),
    ],
)
def test_a_marker_that_cannot_be_meant_is_a_usage_error(
    pytester: pytest.Pytester, arguments: str, fault: str
) -> None:
    result = run(pytester, marked(arguments, ADD))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert fault in said(result)
    assert "test_it.py::test_a" in said(result)


def test_with_xdist_a_test_whose_marker_cannot_be_meant_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, marked("0.05", ADD), "-n", "1")
    result.assert_outcomes(errors=1)
    assert "a float is not exact" in said(result)


def test_a_budget_of_zero_means_that_nothing_may_be_spent(pytester: pytest.Pytester) -> None:
    run(pytester, marked("'0 USD', zero=True", "pass")).assert_outcomes(passed=1)
    run(pytester, marked("'0 USD', zero=True", ADD)).assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--llm-budget=1"], "no amount"),
        (["--llm-budget=-1 USD"], "negative"),
        (["--llm-budget=0 USD"], "allows nothing"),
        (["--llm-budget=1 EURO"], "no card charges"),
        (["--llm-budget-may-be-unused"], "without --llm-budget"),
        (["--llm-update-baseline"], "no baseline is named"),
        (["--llm-tolerance=1%"], "no baseline is named"),
        (["--llm-baseline=b.json"], "no such baseline"),
        (["--llm-baseline=b.json", "--llm-update-baseline", "--llm-tolerance=x"], "no tolerance"),
        (["--llm-baseline=b.json", "--llm-update-baseline", "--llm-tolerance=-1%"], "no tolerance"),
        (["--llm-seller=nobody"], "unknown seller 'nobody'"),
        (["--llm-cards=nowhere"], "nowhere"),
    ],
)
def test_an_option_that_cannot_be_meant_is_a_usage_error(
    pytester: pytest.Pytester, options: list[str], fault: str
) -> None:
    result = run(pytester, "def test_a(): pass\n", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert fault in said(result)


def test_a_day_that_is_none_is_a_usage_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + marked("'1 USD'", ADD))
    result = pytester.runpytest_inprocess("--llm-at=2026-11-31")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "November has 30 days" in said(result)


MANY = """
@pytest.mark.parametrize("n", range(6))
def test_a(n, llm_usage):
    {body}
"""


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(
    ("limit", "passes"), [("0.0269999", False), ("0.027", True)], ids=["over", "at"]
)
def test_a_session_may_spend_its_budget_exactly(
    pytester: pytest.Pytester, limit: str, passes: bool, more: tuple[str, ...]
) -> None:
    # 6 x 0.0045 = 0.027
    body = "try: llm_usage.add(response())\n    except Exception: pass"
    result = run(pytester, MANY.format(body=body), f"--llm-budget={limit} USD", *more)
    assert (result.ret == 0) is passes
    assert f"0.027 USD in 6 calls of 6 tests, limit {limit} USD for all" in said(result)
    if not passes:
        assert "over --llm-budget: 0.027 USD spent" in said(result)


def test_workers_together_are_stopped_at_the_limit(pytester: pytest.Pytester) -> None:
    source = """
import time
@pytest.mark.parametrize("n", range(200))
def test_a(n, llm_usage):
    llm_usage.add(response())
    time.sleep(0.02)
"""
    result = run(pytester, source, "--llm-budget=0.1 USD", "-n", "2")
    assert result.ret != 0
    # 23 tests are too much, and each of two workers stops after so many of its own
    calls = int(said(result).split(" USD in ")[1].split(" calls")[0])
    assert 23 <= calls <= 46
    assert "FAIL  " in said(result)
    assert "over --llm-budget: " in said(result)


def test_a_session_budget_without_usage_fails(pytester: pytest.Pytester) -> None:
    source = "def test_a(): pass\n"
    result = run(pytester, source, "--llm-budget=1 USD")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "--llm-budget: no usage was recorded" in said(result)
    options = ("--llm-budget=1 USD", "--llm-budget-may-be-unused")
    assert run(pytester, source, *options).ret == 0
    assert run(pytester, source, *options, "-n", "1").ret == 0
    assert run(pytester, source, "--llm-budget=1 USD", "--collect-only").ret == 0


def test_spending_outside_of_tests_counts(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        HEAD
        + """
def pytest_collection_finish(session):
    with pricing.meter(at="2026-11-20") as m:
        m.add(response())
"""
    )
    source = f"def test_a(llm_usage):\n    {ADD}\n"
    result = run(pytester, source, "--llm-budget=0.008 USD")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "(outside of tests)      1    0.0045" in said(result)
    assert run(pytester, source, "--llm-budget=0.009 USD").ret == 0
    assert run(pytester, source, "--llm-budget=0.009 USD", "-n", "1").ret == 0
    assert run(pytester, source, "--llm-budget=0.008 USD", "-n", "1").ret != 0


def test_the_table_adds_up(pytester: pytest.Pytester) -> None:
    source = """
@pytest.mark.llm_budget("0.01 USD")
def test_dear(llm_usage):
    llm_usage.add(response(101))
    llm_usage.add(response())
def test_cheap(llm_usage):
    llm_usage.add(response(0))
def test_none():
    pass
"""
    result = run(pytester, source)
    assert result.ret == 0
    # 0.004515 + 0.0045 + 0.003; 0.009015 is 90.15 % of 0.01
    result.stdout.fnmatch_lines(
        [
            "*= llm cost =*",
            "0.012015 USD in 3 calls of 2 tests",
            "",
            "Test                    Calls  Cost USD  Budget    Used",
            "test_it.py::test_dear       2  0.009015    0.01  90.2 %",
            "test_it.py::test_cheap      1  0.003000",
        ],
        consecutive=False,
    )


def test_junit_has_the_cost_of_each_test(pytester: pytest.Pytester) -> None:
    for more in ((), ("-n", "1")):
        result = run(pytester, marked("'0.01 USD'", ADD), "--junit-xml=j.xml", *more)
        assert result.ret == 0
        tree = ET.parse(pytester.path / "j.xml")
        found = {p.get("name"): p.get("value") for p in tree.iter("property")}
        assert found == {
            "llm_calls": "1",
            "llm_cost": "0.0045",
            "llm_currency": "USD",
            "llm_budget": "0.01 USD",
        }


BASE = "--llm-baseline=base.json"
PARTS = """
def test_a(llm_usage):
    for _ in range({calls}):
        llm_usage.add(response({output}, {model!r}))
"""


def parts(calls: int = 2, output: int = 100, model: str = "claude-sonnet-4-6") -> str:
    return PARTS.format(calls=calls, output=output, model=model)


@pytest.fixture
def based(pytester: pytest.Pytester) -> pytest.Pytester:
    """Give a project whose test spent 2 x 0.0045 = 0.009 USD when its baseline was written."""
    result = run(pytester, parts(), BASE, "--llm-update-baseline")
    assert result.ret == 0
    assert "baseline written: base.json" in said(result)
    return pytester


@pytest.mark.parametrize("more", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_baseline_that_is_kept_passes(based: pytest.Pytester, more: tuple[str, ...]) -> None:
    run(based, parts(), BASE, "--llm-tolerance=0", *more).assert_outcomes(passed=1)
    run(based, parts(1), BASE, "--llm-tolerance=0", *more).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("tolerance", "outcome"),
    [
        ("49.99%", "failed"),
        ("50%", "passed"),
        ("0.0044999 USD", "failed"),
        ("0.0045 USD", "passed"),
    ],
)
def test_an_increase_beyond_the_tolerance_fails(
    based: pytest.Pytester, tolerance: str, outcome: str
) -> None:
    result = run(based, parts(3), BASE, f"--llm-tolerance={tolerance}")
    result.assert_outcomes(**{outcome: 1})


def test_a_group_of_xdist_is_no_part_of_a_tests_name(based: pytest.Pytester) -> None:
    source = "@pytest.mark.xdist_group('one')" + parts()
    run(based, source, BASE, "-n", "1", "--dist", "loadgroup").assert_outcomes(passed=1)


def test_an_increase_says_its_causes(based: pytest.Pytester) -> None:
    result = run(based, parts(3, 200, "claude-opus-4-8"), BASE)
    result.assert_outcomes(failed=1)
    # 3 x (1,000 x 5 + 200 x 25) / 1M = 0.03
    # calls 3/2 x 0.009 - 0.009; tokens 3 x 100 x 15 / 1M; model 0.03 - 0.018
    for row in (
        "spends 0.03 USD, baseline 0.009 USD: +0.021 USD (+233.4 %), tolerance 10%",
        "  calls   +0.0045 USD  2 -> 3",
        "  tokens  +0.0045 USD",
        "  model   +0.012 USD  anthropic/claude-sonnet-4-6 -> anthropic/claude-opus-4-8",
        "Is that meant? Then write it down: --llm-update-baseline.",
    ):
        assert row in said(result)


def test_a_change_of_price_is_a_cause(pytester: pytest.Pytester) -> None:
    source = HEAD + (
        "def test_a(llm_usage):\n"
        "    usage = {'input_tokens': 300_000, 'output_tokens': 0}\n"
        "    llm_usage.add({**response(), 'usage': usage})\n"
    )
    pytester.makepyfile(test_it=source)
    pytester.runpytest_inprocess("--llm-at=2026-11-20", BASE, "--llm-update-baseline")
    result = pytester.runpytest_inprocess("--llm-at=2026-03-12", BASE)
    # 300,000 x 3 / 1M, and twice as much before 2026-03-13
    assert "  price   +0.9 USD" in said(result)
    assert result.ret == 1


def test_a_test_that_is_new_or_silent_is_not_in_the_baseline(based: pytest.Pytester) -> None:
    source = parts().replace("test_a", "test_new")
    result = run(based, source, BASE)
    assert result.ret == 1
    assert "not in the baseline: 0.009 USD in 2 calls" in said(result)
    result = run(based, parts(0), BASE)
    assert result.ret == 1
    assert "recorded no usage; the baseline has 0.009 USD in 2 calls" in said(result)


def test_a_run_with_a_failure_leaves_baseline_and_record_alone(based: pytest.Pytester) -> None:
    before = (based.path / "base.json").read_text()
    source = parts(5) + "def test_b(): assert False\n"
    result = run(based, source, BASE, "--llm-update-baseline", "--llm-record=r.jsonl")
    assert result.ret == 1
    assert "base.json: not written: a test failed" in said(result)
    assert (based.path / "base.json").read_text() == before
    assert not (based.path / "r.jsonl").exists()


def test_an_update_keeps_the_tests_that_were_not_run(based: pytest.Pytester) -> None:
    source = parts().replace("test_a", "test_b")
    assert run(based, source, BASE, "--llm-update-baseline").ret == 0
    held = json.loads((based.path / "base.json").read_text())
    assert sorted(held["tests"]) == ["test_it.py::test_a", "test_it.py::test_b"]
    assert held["tests"]["test_it.py::test_a"]["cost"] == "0.009"


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "{}",
        '{"schema": "pricing.llm-baseline/1", "tests": {"t": {}}}',
        '{"schema": "pricing.llm-baseline/1", "tests": {"t": {"calls": 1, "cost": "0.1",'
        ' "currency": "USD", "cards": {}}}}',
    ],
)
def test_a_damaged_baseline_is_a_usage_error(pytester: pytest.Pytester, damage: str) -> None:
    pytester.path.joinpath("base.json").write_text(damage)
    assert run(pytester, parts(), BASE).ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_recorded_usage_costs_what_the_tests_did(
    pytester: pytest.Pytester, more: tuple[str, ...]
) -> None:
    source = MANY.format(body="llm_usage.add(response(n, id=f'msg_{n}'))")
    result = run(pytester, source, "--llm-record=r.jsonl", *more)
    assert result.ret == 0
    lines = [json.loads(row) for row in (pytester.path / "r.jsonl").read_text().splitlines()]
    assert lines[2] == {
        "at": "2026-11-20T00:00:00Z",
        "seller": "anthropic",
        "labels": {"test": "test_it.py::test_a[2]"},
        "response": {
            "type": "message",
            "model": "claude-sonnet-4-6",
            "usage": {"input_tokens": 1_000, "output_tokens": 2},
        },
    }
    command = [sys.executable, "-m", "pricing", "cost", "r.jsonl", "--format", "json"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=True)
    # 6 x 0.003 + (0 + 1 + 2 + 3 + 4 + 5) x 15 / 1M
    assert Decimal(json.loads(done.stdout)["total"]) == Decimal("0.018225")


def test_a_response_that_several_tests_replay_is_a_call_of_each(
    pytester: pytest.Pytester,
) -> None:
    source = MANY.format(body="llm_usage.add(response(id='msg_1'))")
    assert run(pytester, source, "--llm-record=r.jsonl").ret == 0
    pytester.path.joinpath("budget.yaml").write_text(
        "version: 1\nprices: {at: 2026-11-20, stale_after: 9999 days}\n"
        "scenarios:\n  tests: {runs: {per_day: 10}, usage: {run: r.jsonl}}\n"
        "budgets:\n  - {id: month, limit: 8.1 USD}\n"
    )
    command = [sys.executable, "-m", "pricing", "budget", "check", "--format", "json"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # 6 tests x 0.0045 x 10 runs a day x 30
    assert json.loads(done.stdout)["budgets"][0]["value"] == "8.1"


def test_what_a_model_wrote_is_not_recorded_unless_it_counts(pytester: pytest.Pytester) -> None:
    body = "llm_usage.add(response(content=[{'type': 'text', 'text': 'secret'}]))"
    run(
        pytester,
        f"def test_a(llm_usage):\n    {body.replace('response(', 'told(')}\n"
        "def told(content): return {**response(), 'content': content}\n",
        "--llm-record=r.jsonl",
    )
    assert "secret" not in (pytester.path / "r.jsonl").read_text()


def test_an_object_of_an_sdk_is_recorded_with_its_seller(pytester: pytest.Pytester) -> None:
    source = """
from types import SimpleNamespace
def test_a(llm_usage):
    held = response(200)
    held["usage"] = SimpleNamespace(**held["usage"])
    llm_usage.add(SimpleNamespace(**held), seller="bytespike")
"""
    assert run(pytester, source, "--llm-record=r.jsonl").ret == 0
    (line,) = (pytester.path / "r.jsonl").read_text().splitlines()
    assert json.loads(line)["seller"] == "bytespike"
    assert json.loads(line)["response"]["usage"]["output_tokens"] == 200


def test_what_would_cost_something_else_is_not_recorded(pytester: pytest.Pytester) -> None:
    # the model is said beside the response, which names another one
    body = "llm_usage.add(response(), model='claude-opus-4-8')"
    for add in (body, "llm_usage.add(pricing.Usage({'input': 1}, model='claude-opus-4-8'))"):
        result = run(pytester, f"def test_a(llm_usage):\n    {add}\n", "--llm-record=r.jsonl")
        assert result.ret == 1
        assert "cannot be recorded" in said(result)
    assert not (pytester.path / "r.jsonl").exists()


def test_with_a_worker_its_spending_is_lost_and_no_budget_passes(
    pytester: pytest.Pytester,
) -> None:
    source = f"""
import os
def test_a(llm_usage):
    {ADD}
def test_b(llm_usage):
    {ADD}
    os._exit(1)
"""
    result = run(pytester, source, "--llm-budget=1 USD", "-n", "1")
    assert result.ret != 0
    assert "--llm-budget cannot be judged: at least 0.0045 USD spent" in said(result)
    assert "a worker was lost" in said(result)


def test_nothing_is_recorded_where_a_part_is_missing(pytester: pytest.Pytester) -> None:
    source = "def test_a(llm_usage):\n    llm_usage.add(response(model='claude-opus-9'))\n"
    result = run(pytester, source, "--llm-record=r.jsonl", "--llm-allow-unpriced")
    assert result.ret == 1
    assert "r.jsonl: not written: usage is missing" in said(result)
    result = run(pytester, "def test_a(): pass\n", "--llm-record=r.jsonl")
    assert "not written: no usage was recorded" in said(result)
    assert not (pytester.path / "r.jsonl").exists()


def test_the_plugin_imports_nothing_until_it_is_asked(tmp_path: Path) -> None:
    tmp_path.joinpath("test_it.py").write_text("def test_a(): pass\n")
    tmp_path.joinpath("conftest.py").write_text(
        "import sys\n"
        "def pytest_sessionfinish():\n"
        "    print('OURS', sorted(m for m in sys.modules if m.split('.')[0] == 'pricing'))\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "OURS ['pricing', 'pricing.pytest_plugin']" in done.stdout


def test_markers_and_options_are_explained(pytester: pytest.Pytester) -> None:
    assert "@pytest.mark.llm_budget(amount" in said(pytester.runpytest_inprocess("--markers"))
    told = said(pytester.runpytest_inprocess("--help"))
    assert "--llm-tolerance" in told
    assert pricing.__version__


def test_a_test_that_is_run_again_has_one_budget(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
from _pytest.runner import runtestprotocol
def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=True)
    runtestprotocol(item, nextitem=nextitem, log=True)
    return True
"""
    )
    source = f"@pytest.mark.llm_budget('0.008 USD')\ndef test_a(llm_usage):\n    {ADD}\n"
    result = run(pytester, source)
    result.assert_outcomes(passed=1, failed=1)
    assert "0.009 USD in 2 calls of 1 test" in said(result)
