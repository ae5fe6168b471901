"""What would let a budget pass that should not, or give a wrong figure, tried and found shut."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from budget_files import call, file_of, judged, verdicts, write
from transcripts import run_here

OPUS = "claude-opus-4-6"
INLINE = "{inline: {input: 1_000, output: 100}}"
MODEL = "    model: claude-sonnet-4-6\n"


def budgets(*rows: str) -> str:
    return "".join(f"  - {row}\n" for row in rows)


def counted(*rows: str, calls: str = "{per_day: 1_000}", more: str = "") -> str:
    """Give a file of calls that cost 0.0045 USD each; 135 USD in a month of 1,000 a day."""
    text = file_of(INLINE, budgets(*rows), MODEL + more)
    return text.replace("{per_day: 1_000}", calls)


def messages(document: dict) -> dict[str, str]:
    return {row["id"]: row["message"] for row in document["budgets"]}


# a rare model

RARE = call(output=10) * 99 + call(OPUS, output=10_000)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        # 1,000 x 5 and 10,000 x 25 USD a million: 0.255, once in 100 calls
        ("per: call, limit: 0.2549 USD", "chat mean call 0.255000 USD, limit 0.254900 USD"),
        ("per: call, stat: p50, limit: 0.1 USD", "chat p50 call 0.255000 USD, limit 0.100000 USD"),
        ("per: call, stat: p95, limit: 0.1 USD", "chat p95 call 0.255000 USD, limit 0.100000 USD"),
        ("metric: output_tokens, max: 9_999", "chat output_tokens 10,000, max 9,999"),
        ("metric: output_tokens, stat: p50, max: 9_999", "chat output_tokens 10,000, max 9,999"),
        # 1 of 100 calls: 10 a day, 300 a month
        ("metric: calls, max: 299", "chat calls 300, max 299"),
    ],
)
def test_a_rare_model_is_not_hidden_by_calls_that_do_not_use_it(
    tmp_path: Path, row: str, told: str
) -> None:
    scoped = f'{{id: rare, scope: {{model: "claude-opus-*"}}, {row}}}'
    write(tmp_path, file_of(budgets=budgets(scoped)), calls=RARE)
    document, _, status = judged(tmp_path)
    assert (messages(document), status) == ({"rare": told}, 1)


def test_a_month_of_some_models_is_still_what_they_cost_of_all_calls(tmp_path: Path) -> None:
    rows = ['{id: m, scope: {model: "claude-opus-*"}, limit: 76.5 USD}']
    write(tmp_path, file_of(budgets=budgets(*rows)), calls=RARE)
    document, _, status = judged(tmp_path)
    # 10 calls a day x 0.255 x 30
    assert (document["budgets"][0]["value"], status) == ("76.5", 0)


def test_models_that_the_scope_leaves_out_are_not_judged(tmp_path: Path) -> None:
    rows = [
        '{id: opus, scope: {model: "claude-opus-*"}, allow_models: [claude-opus-4-6]}',
        '{id: old, scope: {model: "claude-opus-*"}, allow_models: [claude-opus-4-5]}',
    ]
    write(tmp_path, file_of(budgets=budgets(*rows)), calls=RARE)
    document, _, _ = judged(tmp_path)
    assert verdicts(document) == {"opus": "pass", "old": "fail"}


def test_a_call_without_a_price_may_be_one_of_the_models_and_lowers_no_bound(
    tmp_path: Path,
) -> None:
    """Half of the calls are unknown: the mean is 0.255 / 2 at least, and above it nothing is."""
    rows = [
        '{id: sure, scope: {model: "claude-opus-*"}, per: call, limit: 0.1274 USD}',
        '{id: open, scope: {model: "claude-opus-*"}, per: call, limit: 0.1275 USD}',
        '{id: calls, scope: {model: "claude-opus-*"}, metric: calls, max: 15_000}',
    ]
    fixture = call(OPUS, output=10_000) + call("no-such-model")
    write(tmp_path, file_of(budgets=budgets(*rows)), calls=fixture)
    document, _, status = judged(tmp_path)
    assert verdicts(document) == {"sure": "fail", "open": "cannot judge", "calls": "cannot judge"}
    assert status == 1


# calls that are free, or nothing at all

FREE = json.dumps(
    {
        "status": 500,
        "labels": {"test": "a"},
        "response": {"model": "claude-sonnet-4-6", "usage": {"input_tokens": 10**6}},
    }
)


def test_calls_that_the_seller_does_not_bill_multiply_nothing(tmp_path: Path) -> None:
    text = (
        "version: 1\nscenarios:\n  t: {runs: {per_day: 10}, usage: {run: calls.jsonl}}\nbudgets:\n"
        "  - {id: test, per: test, limit: 0.0045 USD}\n  - {id: month, limit: 1.35 USD}\n"
    )
    write(tmp_path, text, calls=call(labels={"test": "a"}) + FREE + "\n")
    document, _, status = judged(tmp_path)
    assert [row["value"] for row in document["budgets"]] == ["0.0045", "1.35"]
    assert status == 0


@pytest.mark.parametrize(
    ("fixture", "why"),
    [
        (FREE + "\n", "no call in it is billed"),
        (call(input=0, output=0) * 3, "no call in it uses anything"),
    ],
)
def test_a_fixture_of_nothing_is_no_calls_for_nothing(
    tmp_path: Path, fixture: str, why: str
) -> None:
    write(tmp_path, file_of(), calls=fixture)
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert f"budget.yaml:5: {why}\n" in said
    assert messages(document) == {"month": "projected month not known, limit 1,000.00 USD"}


def test_an_empty_label_names_no_session(tmp_path: Path) -> None:
    rows = ["{id: s, per: session, limit: 1 USD}"]
    write(tmp_path, file_of(budgets=budgets(*rows)), calls=call(labels={"session": ""}))
    document, _, status = judged(tmp_path)
    assert (messages(document), status) == ({"s": "1 of 1 calls of chat name no session"}, 3)


def test_how_many_calls_are_odd_is_told(tmp_path: Path) -> None:
    unfinished = (
        '{"type": "assistant", "message": {"id": "msg_%d", "model": "claude-sonnet-4-6",'
        ' "role": "assistant", "stop_reason": null, "usage": {"input_tokens": 1,'
        ' "output_tokens": 1}}, "requestId": "req_%d", "timestamp": "2026-11-01T00:00:00Z",'
        ' "sessionId": "s", "uuid": "%d"}\n'
    )
    rows = "".join(unfinished % (n, n, n) for n in range(12))
    write(tmp_path, file_of(), calls=rows)
    document, said, status = judged(tmp_path)
    assert status == 3
    assert said.count("the stream never finished") == 5
    assert [p["what"] for p in document["problems"]][-1] == "7 more such calls"


# increases

RISE = "{id: rise, increase: {percent: 10%}}"


def against(folder: Path, head: str, base: str, *more: str) -> tuple[dict, str, int]:
    write(folder, head)
    (folder / "old.yaml").write_text(base)
    return judged(folder, "--base", "old.yaml", *more)


@pytest.mark.parametrize("calls", ["none", "{per_day: 1_000}"])
def test_an_increase_of_what_is_not_projected_cannot_be_judged(tmp_path: Path, calls: str) -> None:
    document, _, status = against(tmp_path, counted(RISE, calls="none"), counted(RISE, calls=calls))
    assert (messages(document), status) == ({"rise": "no scenario of it is projected"}, 3)
    told = [row["text"] for row in document["causes"]]
    assert told == ([] if calls == "none" else ["calls a day 1,000 -> not projected"])


def test_a_share_of_a_base_of_0_allows_nothing_and_says_so(tmp_path: Path) -> None:
    base = counted(RISE, calls="{per_day: 0}")
    document, _, status = against(tmp_path, counted(RISE), base)
    told = "month rises by 135.00 USD, allowed 10 % of a base of 0"
    assert (messages(document), status) == ({"rise": told}, 1)
    assert document["budgets"][0]["percent"] == "0.1"


def test_an_increase_of_0_percent_allows_none_and_keeps_its_figure(tmp_path: Path) -> None:
    row = "{id: rise, increase: {percent: 0%}}"
    document, _, status = against(tmp_path, counted(row), counted(row))
    assert (document["budgets"][0]["percent"], verdicts(document), status) == (
        "0", {"rise": "pass"}, 0,
    )  # fmt: skip
    more = counted(row, calls="{per_day: 1_000.000000000000000000000000000001}")
    document, _, status = against(tmp_path, more, counted(row))
    assert (verdicts(document), status) == ({"rise": "fail"}, 1)


def test_a_share_of_a_base_that_is_not_known_is_no_limit(tmp_path: Path) -> None:
    base = counted(RISE)
    unknown = base.replace("budgets:\n", "  x: {model: no-such, calls: {per_day: 1}, usage: "
                           "{inline: {input: 1}}}\nbudgets:\n")  # fmt: skip
    document, _, status = against(tmp_path, counted(RISE), unknown)
    (row,) = document["budgets"]
    assert (row["verdict"], row["value"], row["limit"], status) == ("cannot judge", None, None, 3)


@pytest.mark.parametrize(
    ("scope", "base", "value"),
    [
        # gone by its old name, and new by another: no rise
        ('{model: "claude-sonnet-*"}', ("chat:", "talk:"), "0"),
        # it was haiku, at a third of the price: all of sonnet is new
        ('{model: "claude-sonnet-*"}', ("claude-sonnet-4-6", "claude-haiku-4-5"), "135"),
        # what is not used any more is 0, and was 45
        ('{model: "claude-haiku-*"}', ("claude-sonnet-4-6", "claude-haiku-4-5"), "-45"),
    ],
)
def test_an_increase_of_some_models_sees_both_sides(
    tmp_path: Path, scope: str, base: tuple[str, str], value: str
) -> None:
    text = counted(f"{{id: rise, scope: {scope}, increase: {{percent: 10%}}}}")
    document, _, _ = against(tmp_path, text, text.replace(*base))
    assert document["budgets"][0]["value"] == value


def test_a_scenario_that_left_an_owner_was_part_of_what_he_spent(tmp_path: Path) -> None:
    row = "{id: rise, scope: {owner: a}, increase: {amount: 1 USD}}"
    other = "  other:\n    owner: a\n    model: claude-sonnet-4-6\n    calls: {per_day: 1}\n"
    other += f"    usage: {INLINE}\n"
    head = counted(row, more="    owner: b\n").replace("budgets:\n", f"{other}budgets:\n")
    document, _, _ = against(tmp_path, head, head.replace("owner: b", "owner: a"))
    assert document["budgets"][0]["value"] == "-135"


def test_a_base_in_another_currency_is_told_as_that(tmp_path: Path) -> None:
    document, _, status = against(
        tmp_path, counted(RISE), counted(RISE).replace("scenarios:", "currency: EUR\nscenarios:")
    )
    assert status == 3
    assert messages(document)["rise"].endswith("totals in USD, those of the base in EUR")


# bases that compare a file with itself, or with nothing


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("budget.yaml", "the base budget.yaml is the budget file itself"),
        ("./budget.yaml", "the base ./budget.yaml is the budget file itself"),
        ("link.yaml", "the base link.yaml is the budget file itself"),
        ("git:main", "lies in no git repository"),
        (".", "no such file or revision: ."),
    ],
)
def test_a_base_that_cannot_differ_is_bad_input(tmp_path: Path, base: str, told: str) -> None:
    write(tmp_path, counted(RISE))
    (tmp_path / "link.yaml").symlink_to("budget.yaml")
    _, said, status = judged(tmp_path, "--base", base)
    assert told in " ".join(said.split())
    assert status == 2


@pytest.mark.parametrize(
    ("base", "told", "wanted"),
    [
        ("git:HEAD", "calls.jsonl is a symbolic link in the base. Name the file it leads to.", 2),
        ("git:HEAD:budget.yaml", "Give the revision alone: git:HEAD.", 2),
        ("git:no-such", "no such revision: no-such. Fetch it first", 2),
    ],
)
def test_what_git_cannot_give_is_told(tmp_path: Path, base: str, told: str, wanted: int) -> None:
    write(tmp_path, file_of(budgets=budgets(RISE)), real=call())
    (tmp_path / "calls.jsonl").symlink_to("real.jsonl")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        given = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words]
        subprocess.run(given, cwd=tmp_path, check=True, capture_output=True)
    _, said, status = judged(tmp_path, "--base", base)
    assert told in " ".join(said.split())
    assert status == wanted


# files that are written


@pytest.mark.parametrize(
    "words",
    [
        ["--report", "json=a", "--report", "sarif=./a"],
        ["--report", "json=a", "-o", "./a"],
        ["--base", "old.yaml", "--report", "json=old.yaml"],
        ["--base", "old.yaml", "--report", "json=./old.yaml"],
        ["--report", "json=-"],
    ],
)
def test_no_report_is_written_over_another_or_over_the_base(
    tmp_path: Path, words: list[str]
) -> None:
    write(tmp_path, counted(RISE))
    (tmp_path / "old.yaml").write_text(counted(RISE))
    printed, _, status = run_here(["budget", "check", *words], tmp_path)
    assert (printed, status) == ("", 2)
    assert {path.name for path in tmp_path.iterdir()} == {"budget.yaml", "old.yaml"}
    assert (tmp_path / "old.yaml").read_text() == counted(RISE)


# what is not known is not shown as 0


def test_a_base_that_is_not_known_is_not_shown_as_0(tmp_path: Path) -> None:
    row = "{id: month, limit: 1_000 USD}"
    base = counted(row).replace("claude-sonnet-4-6", "no-such-model")
    write(tmp_path, counted(row))
    (tmp_path / "old.yaml").write_text(base)
    printed, _, _ = run_here(
        ["budget", "check", "--base", "old.yaml", "--format", "markdown", "--quiet"], tmp_path
    )
    assert "| `chat` | 1,000 | 0.004500 | not known | not known | 135.00 |" in printed


# the first file


def test_a_first_file_of_a_log_that_is_not_all_known_says_so(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(call() + call("no-such-model"))
    printed, said, status = run_here(["budget", "init", "calls.jsonl"], tmp_path)
    text = (tmp_path / "budget.yaml").read_text()
    assert (printed, status) == ("budget.yaml: written, 1 scenario\n", 3)
    assert "calls.jsonl:2: no card has model 'no-such-model'" in said
    assert "the limits leave out what cannot be judged" in said
    assert "# at least 0.0045 was seen" in text


def test_a_first_file_of_nothing_that_is_known_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(call("no-such-model"))
    printed, said, status = run_here(["budget", "init", "calls.jsonl"], tmp_path)
    assert (printed, status) == ("", 2)
    assert said.startswith("calls.jsonl:1: no card has model 'no-such-model'")
    assert not (tmp_path / "budget.yaml").exists()


def test_remedies_name_keys_of_the_file_and_not_options(tmp_path: Path) -> None:
    write(tmp_path, file_of(), calls=call("claude-sonnet-4.6") + call("", input=1))
    _, said, _ = judged(tmp_path)
    assert "`seller`" in said
    assert "--seller" not in said
    recorded = call("claude-haiku-4-5", seller="bytespike")
    write(tmp_path, file_of(more="    model: claude-haiku-5-5\n"), calls=recorded)
    _, said, _ = judged(tmp_path)
    assert "The call was recorded there: give another `seller`." in " ".join(said.split())


# names from outside


def test_a_name_in_a_record_writes_no_line_of_its_own(tmp_path: Path) -> None:
    """CI systems obey lines that begin with `::`, of stdout and of stderr."""
    rows = ["{id: s, per: session, limit: 0.001 USD}", "{id: models, allow_models: [x]}"]
    odd = "\u202ea\n::error::boo\r::stop-commands::x"
    fixture = call(labels={"session": odd}) + call(odd, labels={"session": odd})
    write(tmp_path, file_of(budgets=budgets(*rows)), calls=fixture)
    for format in ("table", "markdown", "summary", "github", "gitlab", "junit", "csv", "html"):
        printed, said, _ = run_here(["budget", "check", "--format", format], tmp_path)
        for text in (printed, said):
            assert not any(row.lstrip().startswith("::error::boo") for row in text.splitlines())
            assert not {"\u202e", "\r"} & set(text.replace("\r\n", "\n")), format


# several scenarios, or a bound on either side: the worst one counts

TWO = counted("{id: x}").replace(
    "budgets:\n",
    "  dear:\n    calls: {per_day: 1}\n    model: claude-sonnet-4-6\n"
    "    usage: {inline: {input: 2_000, cache_read: 1_000, output: 300}}\nbudgets:\n",
)


def judged_two(folder: Path, *rows: str) -> tuple[dict[str, str], int]:
    text = TWO.partition("budgets:\n")[0] + "budgets:\n" + budgets(*rows)
    write(folder, text)
    document, _, status = judged(folder)
    return messages(document), status


def test_of_several_scenarios_the_dearest_call_is_judged(tmp_path: Path) -> None:
    # 2,000 x 3 + 1,000 x 0.3 + 300 x 15 USD a million
    told, status = judged_two(tmp_path, "{id: x, per: call, limit: 0.01 USD}")
    assert (told, status) == ({"x": "dear mean call 0.010800 USD, limit 0.010000 USD"}, 1)


@pytest.mark.parametrize(
    ("bounds", "told", "status"),
    [
        ("min: 100, max: 300", "dear output_tokens 300, min 100, max 300", 0),
        ("min: 101, max: 300", "chat output_tokens 100, min 101, max 300", 1),
        ("min: 100, max: 299", "dear output_tokens 300, min 100, max 299", 1),
        ("min: 100", "chat output_tokens 100, min 100", 0),
        ("min: 101", "chat output_tokens 100, min 101", 1),
    ],
)
def test_of_several_scenarios_the_one_that_breaks_a_bound_is_told(
    tmp_path: Path, bounds: str, told: str, status: int
) -> None:
    row = f"{{id: x, metric: output_tokens, {bounds}}}"
    assert judged_two(tmp_path, row) == ({"x": told}, status)


def test_of_several_runs_the_dearest_session_is_judged(tmp_path: Path) -> None:
    text = file_of(budgets=budgets("{id: s, per: session, limit: 0.005 USD}")).replace(
        "budgets:\n",
        "  more: {calls: none, usage: {fixture: more.jsonl}}\n"
        "  less: {calls: none, usage: {fixture: calls.jsonl}}\nbudgets:\n",
    )
    fixtures = {"calls": {"session": "a"}, "more": {"session": "b"}}
    rows = {name: call(labels=labels) for name, labels in fixtures.items()}
    write(tmp_path, text, **{**rows, "more": rows["more"] * 2})
    document, _, status = judged(tmp_path)
    told = "more session 'b' 0.009000 USD, limit 0.005000 USD"
    assert (messages(document), status) == ({"s": told}, 1)


# what is known only in part

UNKNOWN = "  x: {model: no-such, calls: {per_day: 1}, usage: {inline: {input: 1}}}\nbudgets:\n"


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        # more tokens can only be more; fewer, or another share, may still be kept
        ("metric: output_tokens, max: 99", "fail"),
        ("metric: output_tokens, min: 101", "cannot judge"),
        ("metric: output_tokens, max: 100", "cannot judge"),
        ("metric: cache_share, min: 1%", "cannot judge"),
        ('allow_models: ["*"]', "cannot judge"),
        ("allow_models: [x]", "fail"),
    ],
)
def test_what_is_known_in_part_fails_only_for_sure(tmp_path: Path, row: str, verdict: str) -> None:
    write(tmp_path, counted(f"{{id: x, {row}}}").replace("budgets:\n", UNKNOWN))
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"x": verdict}, 1 if verdict == "fail" else 3)


def test_a_waiver_covers_nothing_that_is_only_a_lower_bound(tmp_path: Path) -> None:
    waiver = "{budget: m, up_to: 500 USD, until: 2027-01-01, reason: r, by: me}"
    text = counted("{id: m, limit: 100 USD}").replace("budgets:\n", UNKNOWN)
    write(tmp_path, f"{text}waivers: [{waiver}]\n")
    document, _, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"m": "cannot judge"}, 3)


@pytest.mark.parametrize(("currency", "verdict"), [("USD", "waived"), ("EUR", "fail")])
def test_a_waiver_in_another_currency_covers_no_rise(
    tmp_path: Path, currency: str, verdict: str
) -> None:
    waiver = f"{{budget: rise, up_to: 500 {currency}, until: 2027-01-01, reason: r, by: me}}"
    write(tmp_path, f"{counted(RISE)}waivers: [{waiver}]\n")
    document, _, _ = judged(tmp_path, "--base", "none")
    assert verdicts(document) == {"rise": verdict}


def test_a_rise_at_prices_of_a_stale_day_is_not_certain(tmp_path: Path) -> None:
    top = "prices: {at: 2026-04-01}\nscenarios:"
    head, base = counted(RISE), counted(RISE, calls="{per_day: 1}")
    document, _, status = against(tmp_path, head.replace("scenarios:", top), base)
    assert (verdicts(document), status) == ({"rise": "cannot judge"}, 3)


def test_a_scenario_of_the_same_owner_is_no_part_of_a_budget_of_another_one(
    tmp_path: Path,
) -> None:
    row = "{id: rise, scope: {scenario: chat, owner: a}, increase: {amount: 1 USD}}"
    head = counted(row, more="    owner: a\n")
    gone = "  gone:\n    owner: a\n    model: claude-sonnet-4-6\n    calls: {per_day: 1_000}\n"
    base = head.replace("1_000}\n    usage", "500}\n    usage", 1)
    base = base.replace("budgets:\n", f"{gone}    usage: {INLINE}\nbudgets:\n")
    document, _, _ = against(tmp_path, head, base)
    assert document["budgets"][0]["value"] == "67.5"


def test_a_day_of_runs_makes_all_calls_of_each(tmp_path: Path) -> None:
    text = (
        "version: 1\nscenarios:\n  t: {runs: {per_day: 10}, usage: {run: calls.jsonl}}\nbudgets:\n"
        "  - {id: day, per: day, limit: 1 USD}\n  - {id: made, metric: calls, max: 1_000}\n"
        "  - {id: test, per: test, limit: 1 USD}\n"
    )
    write(tmp_path, text, calls=call(labels={"test": "a"}) * 2 + call(labels={"test": "b"}))
    document, _, _ = judged(tmp_path)
    # 10 runs x 3 calls x 0.0045; 30 days of 30 calls; the dearer test makes 2
    assert [row["value"] for row in document["budgets"]] == ["0.135", "900", "0.009"]


def test_both_sides_have_the_prices_of_the_heads_day(tmp_path: Path) -> None:
    maker = tmp_path / "cards" / "maker"
    maker.mkdir(parents=True)
    (maker / "provider.yaml").write_text("provider: maker\ncurrency: USD\n")
    revision = (
        "  - effective: {}\n    sources: [{{url: 'https://example.org', checked: 2026-11-19}}]\n"
        "    rates: [{{per: 1_000_000 token, price: {{input: {}, output: 15}}}}]\n"
    )
    revisions = revision.format("2026-11-10", 4) + revision.format("2026-01-01", 3)
    (maker / "one.yaml").write_text(
        f"model: one\nprovider: maker\npublisher: maker\nrevisions:\n{revisions}"
    )
    text = counted(RISE).replace("claude-sonnet-4-6", "maker/one")
    head, base = (
        text.replace("scenarios:", f"prices: {{cards: cards, at: {day}}}\nscenarios:")
        for day in ("2026-11-20", "2026-11-09")
    )
    document, _, status = against(tmp_path, head, base)
    # 1,000 x 4 + 100 x 15 USD a million, 30,000 times
    assert (document["total"]["base"], document["total"]["head"]) == ("165", "165")
    assert (verdicts(document), status) == ({"rise": "pass"}, 0)


def test_a_model_of_the_file_stands_for_the_main_one_of_a_call_only(tmp_path: Path) -> None:
    """An advisor of another model keeps its own: 0.0045 on Sonnet, and 2,000 x 5 + 200 x 25."""
    main = {"type": "message", "input_tokens": 1_000, "output_tokens": 100}
    advisor = {"type": "advisor_message", "model": OPUS, "input_tokens": 2_000}
    iterations = [main, {**advisor, "output_tokens": 200}]
    usage = {"input_tokens": 0, "output_tokens": 0, "iterations": iterations}
    rows = ["{id: call, per: call, limit: 1 USD}"]
    rows.append('{id: opus, scope: {model: "claude-opus-*"}, per: call, limit: 1 USD}')
    fixture = json.dumps({"model": "claude-haiku-4-5", "usage": usage}) + "\n"
    write(tmp_path, file_of(budgets=budgets(*rows), more=MODEL), calls=fixture)
    document, _, _ = judged(tmp_path)
    assert [row["value"] for row in document["budgets"]] == ["0.0195", "0.015"]


def test_meters_with_one_reason_are_told_as_one(tmp_path: Path) -> None:
    write(tmp_path, counted("{id: m, limit: 1 USD}", more="    attributes: {speed: fast}\n"))
    document, _, status = judged(tmp_path)
    (problem,) = document["problems"]
    assert problem["what"].startswith(
        "claude-sonnet-4-6: anthropic does not sell input, output with speed: fast: not_offered, "
    )
    assert status == 3


# causes


def test_a_model_that_came_takes_its_own_calls_to_the_one_that_is_gone(tmp_path: Path) -> None:
    """Haiku keeps its calls; Sonnet, at half of them, would have served what Opus does now.

    tokens: 1/2 x 4,000 x 3 = 6,000; model: 1/2 x (6,000 x 2 + 100 x 10) = 6,500; USD a million,
    30,000 times.
    """
    text = file_of(budgets=budgets(RISE))
    write(tmp_path, text, calls=call("claude-haiku-4-5") + call(OPUS, input=6_000))
    old = call("claude-haiku-4-5") + call("claude-sonnet-4-6", input=2_000)
    (tmp_path / "old.jsonl").write_text(old)
    (tmp_path / "old.yaml").write_text(text.replace("calls.jsonl", "old.jsonl"))
    document, _, _ = judged(tmp_path, "--base", "old.yaml")
    causes = [(row["cause"], row["amount"]) for row in document["causes"]]
    assert causes == [("model", "195"), ("tokens", "180")]
    assert document["total"]["change"] == "375"


def test_a_scenario_that_is_not_known_has_no_causes(tmp_path: Path) -> None:
    head = counted(RISE, calls="{per_day: 2_000}").replace("budgets:\n", UNKNOWN)
    base = counted(RISE).replace("budgets:\n", UNKNOWN.replace("per_day: 1}", "per_day: 2}"))
    document, _, status = against(tmp_path, head, base)
    assert [(row["scenario"], row["cause"]) for row in document["causes"]] == [("chat", "calls")]
    assert (document["total"]["change"], status) == (None, 3)


def test_a_waiver_up_to_what_is_allowed_is_none(tmp_path: Path) -> None:
    waiver = "{budget: m, up_to: 100 USD, until: 2027-01-01, reason: r, by: me}"
    write(tmp_path, f"{counted('{id: m, limit: 100 USD}')}waivers: [{waiver}]\n")
    _, said, status = judged(tmp_path)
    assert "a waiver up to 100 USD, and 100 USD is allowed anyway" in said
    assert status == 2


def test_cards_that_are_not_there_are_told_at_their_line(tmp_path: Path) -> None:
    text = counted("{id: m, limit: 1 USD}")
    write(tmp_path, text.replace("scenarios:", "prices: {cards: mine}\nscenarios:"))
    _, said, status = judged(tmp_path)
    assert said.startswith("budget.yaml:2: no such folder: mine\n")
    assert status == 2


@pytest.mark.parametrize(("stat", "month"), [("mean", "76.5"), ("p95", "76.5"), ("max", "76.5")])
def test_a_rank_among_all_calls_hides_no_rare_model(tmp_path: Path, stat: str, month: str) -> None:
    """At p95 of all calls stands Sonnet; each of 10 calls a day on Opus costs 0.255 yet."""
    rows = ['{id: m, scope: {model: "claude-opus-*"}, limit: 76.4 USD}']
    usage = f"{{fixture: calls.jsonl, stat: {stat}}}"
    write(tmp_path, file_of(usage, budgets(*rows)), calls=RARE)
    document, _, status = judged(tmp_path)
    assert (document["budgets"][0]["value"], status) == (month, 1)
