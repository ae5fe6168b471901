"""Budgets: what passes, warns, fails and cannot be judged; exact at every boundary."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from budget_files import HAIKU, SONNET, call, file_of, judged, verdicts, write
from transcripts import run_here

from pricing.budget.project import nearest_rank
from pricing.budget.words import amount_text, places_for

MODEL = "    model: claude-sonnet-4-6\n"
COUNTS = "{inline: {input: 1_000, output: 100}}"  # 0.0045 a call, 4.50 a day, 135 a month


def inline(limit: str, more: str = "") -> str:
    budgets = f"  - {{id: month, limit: {limit} USD{more}}}\n"
    return file_of(COUNTS, budgets, MODEL)


@pytest.mark.parametrize(
    ("limit", "verdict", "status"),
    [
        ("134.999999999999999999999999", "fail", 1),
        ("135", "pass", 0),
        ("135.000000000000000000000001", "pass", 0),
        ("0", "fail", 1),
    ],
)
def test_the_limit_itself_passes_and_anything_above_it_fails(
    tmp_path: Path, limit: str, verdict: str, status: int
) -> None:
    write(tmp_path, inline(limit))
    document, _, found = judged(tmp_path)
    assert (verdicts(document), found) == ({"month": verdict}, status)


def test_a_limit_of_0_is_kept_by_spending_nothing(tmp_path: Path) -> None:
    write(tmp_path, inline("0").replace("1_000}\n    usage", "0}\n    usage"))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "pass"}, 0)


def test_a_breach_is_shown_with_digits_enough_to_see_it(tmp_path: Path) -> None:
    write(tmp_path, inline("134.99999999"))
    printed, _, _ = run_here(["budget", "check"], tmp_path)
    assert "135.00000000  134.99999999" in printed
    assert amount_text(Decimal("4000.000001"), Decimal(4000)) == ("4,000.000001", "4,000.000000")
    assert places_for(Decimal("0.030492"), Decimal("0.02")) == 6


@pytest.mark.parametrize(
    ("warn_at", "verdict"), [("99%", "warn"), ("90%", "warn"), ("99.9%", "pass")]
)
def test_a_budget_warns_from_its_share_on(tmp_path: Path, warn_at: str, verdict: str) -> None:
    # 135 of 150 is 90 %, of 136.3636… it is 99 %
    limit = {"90%": "150", "99%": "136", "99.9%": "136"}[warn_at]
    write(tmp_path, inline(limit, f", warn_at: {warn_at}"))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": verdict}, 0)


def test_what_only_warns_fails_nothing(tmp_path: Path) -> None:
    write(tmp_path, inline("1", ", severity: warning"))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "warn"}, 0)


def test_p95_is_the_nearest_rank() -> None:
    def rank(count: int, stat: str) -> int:
        share = Decimal(1) / count
        return int(nearest_rank([(Decimal(n), share) for n in range(1, count + 1)], stat))

    # ceil(0.95 x 20) = 19, ceil(0.5 x 20) = 10; of 10: ceil(9.5) = 10, 5; of 1: 1, 1
    assert [rank(20, stat) for stat in ("p50", "p95", "max")] == [10, 19, 20]
    assert [rank(10, stat) for stat in ("p50", "p95", "max")] == [5, 10, 10]
    assert [rank(1, stat) for stat in ("p50", "p95", "max")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("stat", "amount"), [("mean", "0.009"), ("p50", "0.006"), ("p95", "0.018"), ("max", "0.018")]
)
def test_a_fixture_stands_for_all_calls_by_its_statistic(
    tmp_path: Path, stat: str, amount: str
) -> None:
    # 0.003, 0.006 and 0.018 a call
    calls = "".join(call(input=tokens, output=0) for tokens in (1_000, 2_000, 6_000))
    write(tmp_path, file_of(f"{{fixture: calls.jsonl, stat: {stat}}}"), calls=calls)
    document, _, _ = judged(tmp_path)
    (scenario,) = document["scenarios"]
    assert (scenario["per_call"], scenario["records"]) == (amount, 3)
    assert Decimal(document["total"]["head"]) == Decimal(amount) * 30_000


@pytest.mark.parametrize(
    ("more", "month"),
    [
        ("    batch: 40%\n", "108"),  # 135 x (0.6 + 0.4 / 2)
        ("    attributes: {service_tier: batch}\n", "67.5"),
        ("    cache_hit: 50%\n", "94.5"),  # (500 x 3 + 500 x 0.30 + 100 x 15) x 30,000 / 1M
        ("    mix: {claude-sonnet-4-6: 50%, claude-haiku-4-5: 50%}\n", "90"),  # haiku: 45
    ],
)
def test_modifiers_are_exact(tmp_path: Path, more: str, month: str) -> None:
    model = "" if "mix" in more else MODEL
    write(tmp_path, file_of(COUNTS, more=model + more))
    document, _, _ = judged(tmp_path)
    assert document["total"]["head"] == month


@pytest.mark.parametrize(
    ("calls", "a_day"),
    [
        ("{per_day: 100, retries: 1.02}", "102"),
        ("{per_day: 100, growth: 20%}", "120"),
        ("{per_day: 100, growth: -5%}", "95"),
        ("{per_month: 300}", "10"),
    ],
)
def test_calls_of_a_day(tmp_path: Path, calls: str, a_day: str) -> None:
    write(tmp_path, file_of(COUNTS, more=MODEL).replace("{per_day: 1_000}", calls))
    document, _, _ = judged(tmp_path)
    assert document["scenarios"][0]["calls_per_day"] == a_day


def test_a_model_of_the_file_stands_over_the_recorded_one(tmp_path: Path) -> None:
    write(tmp_path, file_of(more="    model: claude-haiku-4-5\n"), calls=call(SONNET))
    document, _, _ = judged(tmp_path)
    assert document["scenarios"][0]["models"] == [HAIKU]
    assert document["scenarios"][0]["per_call"] == "0.0015"  # 1,000 x 1 + 100 x 5


RISE = "  - {id: rise, increase: {%s}}\n"


@pytest.mark.parametrize(
    ("allowed", "verdict"),
    [
        # 135 -> 150 a month: +15, a ninth
        ("amount: 15 USD", "pass"),
        ("amount: 14.99 USD", "fail"),
        ("percent: 12%", "pass"),
        ("percent: 11%", "fail"),
        ("amount: 14 USD, percent: 12%", "fail"),
        ("amount: 14 USD, percent: 12%, when: all", "pass"),
        ("amount: 14 USD, percent: 11%, when: all", "fail"),
    ],
)
def test_an_increase_against_a_base(tmp_path: Path, allowed: str, verdict: str) -> None:
    base = write(tmp_path, inline("1000")).rename(tmp_path / "base.yaml")
    counts = "{inline: {input: 1_000, output: 133.3333333333333333333333333}}"
    assert base.is_file()
    counts = "{inline: {input: 1_000, cache_write.5m: 0, output: 100, web_search: 0.05}}"
    write(tmp_path, file_of(counts, RISE % allowed, MODEL))  # 0.05 searches: 0.0005 a call
    document, _, _ = judged(tmp_path, "--base", "base.yaml")
    assert document["total"]["change"] == "15"
    assert verdicts(document) == {"rise": verdict}


def test_an_increase_without_a_base_cannot_be_judged(tmp_path: Path) -> None:
    write(tmp_path, file_of(COUNTS, RISE % "percent: 10%", MODEL))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"rise": "cannot judge"}, 3)
    assert "budget.yaml:8: there is no base to compare with" in said


@pytest.mark.parametrize(
    ("waiver", "verdict", "told"),
    [
        ("up_to: 140 USD, until: 2026-11-20", "waived", "waived up to 140 USD"),
        ("up_to: 135 USD, until: 2026-11-20", "waived", "waived up to 135 USD"),
        ("up_to: 134 USD, until: 2026-11-20", "fail", "does not cover it"),
        ("up_to: 140 USD, until: 2026-11-19", "fail", "ended with 2026-11-19"),
    ],
)
def test_a_waiver_holds_up_to_its_cap_and_its_day(
    tmp_path: Path, waiver: str, verdict: str, told: str
) -> None:
    waived = f"waivers: [{{budget: month, {waiver}, reason: launch, by: me}}]\n"
    write(tmp_path, inline("100") + waived)
    document, _, status = judged(tmp_path)
    assert verdicts(document) == {"month": verdict}
    assert told in document["budgets"][0]["message"]
    assert status == (0 if verdict == "waived" else 1)


def test_a_waiver_that_is_not_needed_says_so(tmp_path: Path) -> None:
    waived = "waivers: [{budget: m, up_to: 900 USD, until: 2026-12-01, reason: x, by: me}]\n"
    write(tmp_path, inline("200").replace("id: month", "id: m") + waived)
    document, _, _ = judged(tmp_path)
    assert document["budgets"][0]["message"].endswith("its waiver is not needed now")


def test_a_certain_failure_outweighs_what_cannot_be_judged(tmp_path: Path) -> None:
    budgets = "  - {id: low, limit: 1 USD}\n  - {id: high, limit: 900 USD}\n"
    write(tmp_path, file_of(budgets=budgets), calls=call(HAIKU) + call("claude-opus-9"))
    document, _, status = judged(tmp_path)
    # half of the calls have no price, and the other half alone cost 22.50
    assert verdicts(document) == {"low": "fail", "high": "cannot judge"}
    assert document["total"] == {
        "base": "0", "head": "22.5", "change": None, "lower_bound": True,
        "base_lower_bound": False,
    }  # fmt: skip
    assert status == 1


def test_a_budget_of_some_models_sees_only_those(tmp_path: Path) -> None:
    budgets = "  - {id: s, limit: 67.5 USD, scope: {model: claude-sonnet-*}}\n"
    write(tmp_path, file_of(budgets=budgets), calls=call(HAIKU) + call(SONNET))
    document, _, status = judged(tmp_path)
    assert (document["budgets"][0]["value"], status) == ("67.5", 0)


def test_tests_and_sessions_are_added_up_by_their_label(tmp_path: Path) -> None:
    rows = [("a", "s"), ("a", "s"), ("b", "t")]
    calls = "".join(call(labels={"test": test, "session": session}) for test, session in rows)
    budgets = (
        "  - {id: t, per: test, limit: 0.009 USD}\n"
        "  - {id: m, per: session, stat: mean, limit: 0.006 USD}\n"
    )
    usage = "{run: calls.jsonl}"
    text = file_of(usage, budgets).replace("    calls: {per_day: 1_000}\n", "    calls: none\n")
    write(tmp_path, text, calls=calls)
    document, _, status = judged(tmp_path)
    assert verdicts(document) == {"t": "pass", "m": "fail"}  # 0.009, and 0.0135 / 2
    assert (document["budgets"][0]["name"], status) == ("a", 1)


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_a_base_at_a_git_revision_is_read_with_its_fixtures_and_cards(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "fixtures").mkdir()
    git(tmp_path, "init", "-q", "-b", "main")
    cards = tmp_path / "deep" / "cards" / "maker"
    cards.mkdir(parents=True)
    (cards / "provider.yaml").write_text("provider: maker\ncurrency: USD\n")
    card = (
        "model: one\nprovider: maker\npublisher: maker\nrevisions:\n  - effective: 2026-01-01\n"
        "    sources: [{{url: 'https://example.org', checked: 2026-11-01}}]\n"
        "    rates: [{{per: 1_000_000 token, price: {{input: {0}, output: 15}}}}]\n"
    )
    (cards / "one.yaml").write_text(card.format(3))
    text = file_of("{fixture: fixtures/calls.jsonl}", more="    model: maker/one\n")
    text += "prices: {cards: ../cards}\n"
    (folder / "budget.yaml").write_text(text)
    (folder / "fixtures" / "calls.jsonl").write_text(call())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "base")
    (folder / "fixtures" / "calls.jsonl").write_text(call(input=2_000))
    (cards / "one.yaml").write_text(card.format(4))
    document, _, _ = judged(tmp_path, "deep/er/budget.yaml", "--base", "git:HEAD")
    # 1,000 more tokens at the old price of 3: +90; 2,000 tokens, each 1 dearer: +60
    causes = {row["cause"]: row["amount"] for row in document["causes"]}
    assert causes == {"tokens": "90", "price": "60"}
    assert "the cards of base and head differ" in document["notes"]
    assert document["base"].startswith("HEAD (")
    printed, _, status = run_here(
        ["budget", "diff", "deep/er/budget.yaml", "--base", "HEAD"], tmp_path
    )
    assert (printed.partition("\n")[0], status) == (
        "+150.00 USD a month (+111.1 %): 135.00 -> 285.00", 0,
    )  # fmt: skip


def test_what_is_damaged_at_the_base_is_told_with_its_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, file_of(), calls=call() + "{broken\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "base")
    write(tmp_path, file_of(budgets=RISE % "percent: 10%"), calls=call())
    document, said, status = judged(tmp_path, "--base", "git:main")
    assert (verdicts(document), status) == ({"rise": "cannot judge"}, 3)
    assert said.startswith("main:calls.jsonl:2: ")


def test_cards_that_the_base_lacks_are_told_with_its_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, file_of(COUNTS, more=MODEL) + "prices: {cards: own}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "base")
    write(tmp_path, file_of(COUNTS, more=MODEL))
    _, said, status = judged(tmp_path, "--base", "git:main")
    assert said.startswith("main:own: ")
    assert status == 2


def test_a_base_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "x").write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "none yet")
    write(tmp_path, file_of(COUNTS, more=MODEL))
    for base, told in (
        ("git:main", "budget.yaml is not in main. Give --base none"),
        ("git:nowhere", "no such revision: nowhere"),
        ("git:--all", "--base cannot be 'git:--all'"),
        ("gone.yaml", "no such file or revision: gone.yaml"),
    ):
        _, said, status = judged(tmp_path, "--base", base)
        assert told in said
        assert status == 2


def test_a_first_file_is_sound_commented_and_kept(tmp_path: Path) -> None:
    days = ("2026-11-18", "2026-11-19")
    log = "".join(call(at=f"{day}T08:00:00Z") for day in days for _ in range(10))
    (tmp_path / "log.jsonl").write_text(log)
    printed, _, status = run_here(["budget", "init", "log.jsonl", "-o", "ci.yaml"], tmp_path)
    assert (printed, status) == ("ci.yaml: written, 1 scenario\n", 0)
    text = (tmp_path / "ci.yaml").read_text()
    # 10 a day x 0.0045 x 30 = 1.35, and a fifth more
    assert "limit: 1.7 USD          # 1.35 is projected" in text
    assert text.count("#") > 8
    document, _, status = judged(tmp_path, "ci.yaml")
    assert (set(verdicts(document).values()), status) == ({"pass"}, 0)
    assert run_here(["budget", "init", "log.jsonl", "-o", "ci.yaml"], tmp_path)[2] == 2
    (tmp_path / "untimed.jsonl").write_text(call())
    printed, _, _ = run_here(["budget", "init", "untimed.jsonl", "-o", "-"], tmp_path)
    assert "calls: none" in printed
    assert "month-total" not in printed


def test_scenarios_may_share_a_log_and_a_report_is_written_again(tmp_path: Path) -> None:
    other = "  other:\n    calls: {per_day: 1}\n    usage: {fixture: calls.jsonl}\n"
    write(tmp_path, file_of(more=other), calls=call())
    for _ in range(2):
        _, said, status = judged(tmp_path, "--report", "junit=report.xml")
        assert (said.startswith("note: "), status) == (True, 0), said
    _, said, status = judged(tmp_path, "--report", "junit=calls.jsonl")
    assert ("calls.jsonl is also read" in said, status) == (True, 2)
