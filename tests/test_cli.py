"""The command line as a whole: options, exit codes, outputs, odd streams."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from transcripts import FILES, at_noon, inside, run_here, run_in_shell, steps

from pricing.cli import budget, budget_init, cards, compare, cost, explain, main, statusline
from pricing.cli.words import Command
from pricing.errors import PricingError

ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
GALLERY = Path(__file__).parent / "cli" / "errors.txt"

COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        cost.command(),
        compare.command(),
        explain.command(),
        *(budget.command(part) for part in ("check", "diff")),
        budget_init.command(),
        *cards.commands().values(),
        statusline.command(),
    )
}
OPTIONS = [(name, option) for name, command in COMMANDS.items() for option in command.options]


def priced(tmp_path: Path, **changes: Any) -> Path:
    """Write a log of one record of 0.0045 USD: 1,000 x 3 + 100 x 15, by 1M."""
    usage = {"input_tokens": 1000, "output_tokens": 100}
    record = {"at": "2026-11-19T10:00:00Z", "model": "claude-sonnet-4-6", "usage": usage}
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(record | changes) + "\n", encoding="utf-8")
    return path


# Options and help


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_option_is_in_its_help_and_in_the_guide(name: str, option: str) -> None:
    told = COMMANDS[name].options[option]
    printed, _, status = run_here([*name.split(), "--help"], FILES)
    assert status == 0
    assert re.search(rf"^  {re.escape(told.shown)}(\s|$)", printed, re.MULTILINE)
    assert re.search(rf"`{re.escape(option)}\b", DOC), f"docs/cli.md does not name {option}"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_does_and_fits_the_terminal(name: str) -> None:
    printed, said, _ = run_here([*name.split(), "-h"], FILES)
    assert printed.startswith(f"usage: pricing {name}")
    assert COMMANDS[name].about.split()[0] in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert said == ""


@pytest.mark.parametrize("name", ["cost", "compare", "explain", "budget", "cards", "statusline"])
def test_every_command_is_listed_and_in_the_guide(name: str) -> None:
    printed, _, _ = run_here(["--help"], FILES)
    assert f"\n  {name} " in printed
    assert f"`pricing {name}" in DOC


def test_the_version_is_printed() -> None:
    import pricing

    assert run_here(["--version"], FILES) == (f"pricing {pricing.__version__}\n", "", 0)


def read(words: str) -> Any:
    made = Command("try", "Try it.")
    made.argument("FILE", many=True)
    made.option("--at", "when", "INSTANT")
    made.option("--cards", "where", "DIR", many=True)
    made.option("--quiet", "hush")
    return made.parse(words.split())


def test_options_stand_before_between_and_after_arguments() -> None:
    found = read("--at x a --quiet b --cards=1 --cards 2")
    assert (found.at, found.files, found.quiet, found.cards) == ("x", ["a", "b"], True, ["1", "2"])


def test_after_two_dashes_every_word_is_an_argument() -> None:
    assert read("a -- --quiet -x").files == ["a", "--quiet", "-x"]


def test_a_value_may_hold_an_equals_sign_and_begin_with_a_minus() -> None:
    assert read("a --at=x=y").at == "x=y"
    assert read("a --at -5").at == "-5"


@pytest.mark.parametrize("words", ["", "a --at", "a --at --quiet", "a --quiet=1", "a --cort"])
def test_other_words_are_refused(words: str) -> None:
    with pytest.raises(PricingError):
        read(words)


# Exit codes

EXIT_CODES = [
    # 0: everything has a price, or somebody allows that it has not
    (0, "cost a.jsonl"),
    (0, "cost failed.jsonl"),
    (0, "cost gateway-like.jsonl --allow-unpriced"),
    (0, "cost damaged.jsonl --allow-malformed"),
    (0, "compare claude-sonnet-4-6 --sellers all --input 5 --cache-read 5"),
    (0, "explain response.json"),
    (0, "cards check sound"),
    # 2: what was given is wrong, and that is found before what has no price
    (2, "cost nowhere.json"),
    (2, "cost odd.jsonl --format txt"),
    (2, "cost odd.jsonl garbage.jsonl"),
    (2, "cost odd.jsonl --cards mine"),
    (2, "cost odd.jsonl --by nothing"),
    (2, "compare nothing --input 5"),
    (2, "explain damaged.jsonl:2"),
    (2, "cards check mine"),
    # 3: sound input, a part of the money is unknown
    (3, "cost odd.jsonl"),
    (3, "cost old.jsonl"),
    (3, "cost odd.jsonl --allow-malformed"),
    (3, "cost damaged.jsonl"),
    (3, "cost damaged.jsonl --allow-unpriced"),
    (3, "cost damaged.jsonl old.jsonl --allow-unpriced"),
    (3, "cost team.jsonl --cards cny --allow-unpriced --allow-malformed"),
    (3, "compare claude-sonnet-4-6 --seller apimodels --input 5 --cache-read 5"),
    (3, "compare claude-sonnet-4-6 --sellers all --cards cny --input 5"),
    (3, "explain response.json --seller apimodels"),
]


@pytest.mark.parametrize(("status", "words"), EXIT_CODES, ids=[words for _, words in EXIT_CODES])
@pytest.mark.parametrize("format", ["table", "json"])
def test_the_exit_code_says_what_the_answer_says(status: int, words: str, format: str) -> None:
    listed = words.replace("gateway-like.jsonl", "odd.jsonl").split()
    if "--format" not in listed:
        listed += ["--format", format]
    printed, said, code = run_here(listed, FILES)
    assert code == status
    if status == 2 and listed[0] != "cards":
        assert printed == "", "no partial output"
    assert (said.count("\n") > 0) >= (status != 0 and listed[0] != "cards")


def test_the_guide_lists_every_exit_code() -> None:
    assert set(re.findall(r"^\| (\d) \|", DOC, re.MULTILINE)) == {"0", "1", "2", "3"}


def test_the_gallery_holds_forty_wrong_calls_and_each_says_what_to_do() -> None:
    found = [step for step in steps(GALLERY.read_text(encoding="utf-8")) if ">&2" in step.result]
    assert len(found) >= 40
    for step in found:
        assert step.result.endswith("[2]"), step.command
        assert "Traceback" not in step.result, step.command
        assert step.result.startswith(">&2\n"), f"{step.command}: a part of an answer"


# Streams


class Closed(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        raise OSError


def test_a_closed_pipe_keeps_the_exit_code_and_says_nothing() -> None:
    said = io.StringIO()
    with inside(FILES), redirect_stdout(Closed()), redirect_stderr(said):
        assert main(["cost", "a.jsonl"]) == 0
        assert main(["cost", "odd.jsonl"]) == 3
        assert main(["cost", "--help"]) == 0
    assert said.getvalue() == ""


def test_a_long_answer_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    row = json.dumps(
        {"model": "claude-sonnet-4-6", "usage": {"input_tokens": 1, "output_tokens": 1}}
    )
    (tmp_path / "long.jsonl").write_text(f"{row}\n" * 5_000, encoding="utf-8")
    for command in (
        "pricing cost long.jsonl --lines",
        "pricing cost long.jsonl --lines --format csv",
    ):
        done = run_in_shell(f"{command} | head -n 1", tmp_path)
        assert done.stdout.count("\n") == 1
        assert done.stderr == ""


def test_nothing_is_lost_where_there_is_no_stderr(tmp_path: Path) -> None:
    priced(tmp_path)
    done = run_in_shell("pricing cost log.jsonl --seller nobody 2>&-; echo $?", tmp_path)
    assert done.stdout == "2\n"
    done = run_in_shell("pricing cost log.jsonl --quiet --format csv 2>&-", tmp_path)
    assert done.stdout.endswith("0.0015\n")


def test_there_is_no_stdin_to_read(tmp_path: Path) -> None:
    done = run_in_shell("pricing cost - <&-", tmp_path)
    assert (done.returncode, done.stderr) == (2, "pricing: there is no stdin to read\n")


def test_a_name_that_no_encoding_knows_is_shown(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jsonl")
    try:
        priced(tmp_path).rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system takes no such name")
    done = run_in_shell("pricing cost caf*.jsonl --lines --quiet", tmp_path, LC_ALL="C.UTF-8")
    assert done.returncode == 0
    assert "0.0045" in done.stdout


def on_a_terminal(words: list[str], folder: Path, **environment: str) -> str:
    """Run with stdout and stderr on a terminal; give what it shows."""
    (folder / "run.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom pricing.cli import main\n"
        "sys.exit(main())\n"
    )
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "run.py", *words],
        cwd=folder,
        env=os.environ | {"TERM": "xterm", **environment},
        stdout=follower,
        stderr=follower,
    ):
        os.close(follower)
        shown = b""
        try:
            while part := os.read(leader, 4096):
                shown += part
        except OSError:  # the terminal is gone with the program
            pass
        os.close(leader)
    return shown.decode().replace("\r\n", "\n")


def test_colour_repeats_a_word_and_no_color_turns_it_off(tmp_path: Path) -> None:
    response = json.loads((FILES / "response.json").read_text(encoding="utf-8"))
    (tmp_path / "r.json").write_text(json.dumps(response), encoding="utf-8")
    words = ["cost", "r.json", "--seller", "apimodels", "--quiet", "--at", "2026-11-20"]
    coloured = on_a_terminal(words, tmp_path, NO_COLOR="")
    assert "\x1b[33munpriced\x1b[0m" in coloured
    plain = on_a_terminal(words, tmp_path, NO_COLOR="1")
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9]*m", "", coloured) == plain


# Reports


def test_several_reports_are_written_and_agree(tmp_path: Path) -> None:
    log = priced(tmp_path)
    words = ["cost", str(log), "--report", "json=c.json", "--report", "html=c.html",
             "--report", "markdown=c.md", "-o", "c.txt"]  # fmt: skip
    printed, _, status = run_here(words, tmp_path)
    assert (printed, status) == ("", 0)
    assert json.loads((tmp_path / "c.json").read_text())["total"] == "0.0045"
    for name in ("c.html", "c.md", "c.txt"):
        assert "0.0045 USD" in (tmp_path / name).read_text(encoding="utf-8")


def test_a_report_that_cannot_be_made_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    log = priced(tmp_path)
    words = ["cost", str(log), "--report", "json=c.json", "--report", "html=c.html"]
    printed, said, status = run_here(words, tmp_path)
    assert (printed, status) == ("", 2)
    assert "pip install" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl"]


def test_a_report_replaces_a_file_whole(tmp_path: Path) -> None:
    log = priced(tmp_path)
    (tmp_path / "c.txt").write_text("old and longer than the new one\n" * 100)
    assert run_here(["cost", str(log), "-o", "c.txt"], tmp_path)[2] == 0
    assert (tmp_path / "c.txt").read_text().startswith("0.0045 USD")
    assert run_here(["cost", "nowhere.json", "-o", "c.txt"], tmp_path)[2] == 2
    assert (tmp_path / "c.txt").read_text().startswith("0.0045 USD")


@pytest.mark.parametrize("format", ["table", "markdown", "json", "csv", "html"])
@pytest.mark.parametrize(
    "words",
    [
        "cost labels.jsonl --by day,model",
        "cost response.json --seller apimodels",
        "compare claude-sonnet-4-6 --sellers all --input 5 --cache-read 5",
        "compare claude-sonnet-4-6 --break-even caching",
        "explain results.jsonl:7",
        "cards list",
        "cards show claude-sonnet-4-6",
        "cards diff 2026-10-06 2026-10-07",
        "cards check sound",
    ],
)
def test_every_answer_is_written_in_every_format(words: str, format: str) -> None:
    printed, _, status = run_here([*words.split(), "--format", format], FILES)
    assert status in (0, 3)
    assert printed.strip() or (format == "csv" and "check" in words)


WIDE = [
    "cost labels.jsonl --by day,model,project",
    "cost response.json",
    "cost response.json --seller apimodels",
    "cost a.jsonl results.jsonl --lines",
    "compare claude-sonnet-4-6 --sellers all --input 5 --cache-read 5 --meter cache_write.5m=9"
    " --output 9 --variants batch,no-cache,fast",
    "compare claude-haiku-4-5 claude-sonnet-4-5 claude-opus-4-5 --sellers all --input 500000"
    " --cache-read 5000000 --output 90000 --requests 1000000 --variants batch,no-cache",
    "explain results.jsonl:7",
    "cards list",
    "cards show claude-opus-4-8",
]


@pytest.mark.parametrize("words", WIDE)
def test_tables_fit_in_80_columns(words: str) -> None:
    printed, _, _ = run_here(words.split(), FILES)
    _, *rows = printed.splitlines()
    assert max(len(row) for row in rows if "http" not in row) <= 80


# What a log may hold against us


def test_names_from_a_log_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    log = priced(tmp_path, model="evil\x1b]0;title\x07\u202emodel")
    for words in (["cost", str(log)], ["cost", str(log), str(FILES / "a.jsonl")]):
        printed, said, status = run_here(words, tmp_path)
        assert status == 3
        assert not set("\x1b\x07\u202e") & set(printed + said)
        assert "evil\\x1b]0;title" in said


def test_options_of_the_caller_cannot_speak_to_the_terminal() -> None:
    _, said, _ = run_here(["cost", "a.jsonl", "--seller", "\x1b[2J"], FILES)
    assert "\x1b" not in said


@pytest.fixture
def thousand(tmp_path: Path) -> Path:
    rows = [
        {
            "at": f"2026-11-{1 + number % 20:02}T10:00:00Z",
            "labels": {"project": f"p{number % 7}"},
            "model": ("claude-sonnet-4-6", "claude-haiku-5-5", "claude-opus-5-5")[number % 3],
            "usage": {"input_tokens": 13 * number + 1, "output_tokens": number % 101},
        }
        for number in range(1_000)
    ]
    path = tmp_path / "thousand.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("by", ["model", "day", "day,model", "project,model,day", "hour,seller"])
def test_groups_add_up_to_the_total_whatever_they_are(thousand: Path, by: str) -> None:
    from decimal import Decimal

    printed, _, _ = run_here(["cost", str(thousand), "--by", by, "--format", "json"], FILES)
    document = json.loads(printed)
    assert sum(Decimal(group["total"]) for group in document["groups"]) == Decimal(
        document["total"]
    )
    assert sum(Decimal(line["amount"]) for line in document["lines"]) == Decimal(document["total"])
    assert sum(group["requests"] for group in document["groups"]) == 1_000
    whole, _, _ = run_here(["cost", str(thousand), "--format", "json"], FILES)
    assert document["total"] == json.loads(whole)["total"]


def test_lines_add_up_to_the_sums(thousand: Path) -> None:
    from decimal import Decimal

    printed, _, _ = run_here(["cost", str(thousand), "--lines", "--format", "json"], FILES)
    document = json.loads(printed)
    assert sum(Decimal(line["amount"]) for line in document["lines"]) == Decimal(document["total"])
    assert document["lines"][0]["record"] == f"{thousand}:1"
    assert document["lines"][-1]["record"] == f"{thousand}:1000"


def test_the_shown_parts_add_up_to_the_shown_total(thousand: Path) -> None:
    from decimal import Decimal

    printed, _, _ = run_here(["cost", str(thousand), "--by", "day,model", "--quiet"], FILES)
    rows = [row for row in printed.splitlines()[3:] if row]
    amounts = [(row, Decimal(row.split()[-1].replace(",", ""))) for row in rows]
    days = [amount for row, amount in amounts if row.startswith("2026")]
    models = [amount for row, amount in amounts if row.startswith("  ")]
    assert len(days) == 20
    assert sum(days) == sum(models) == amounts[-1][1]
    assert printed.startswith(f"{amounts[-1][1]:,} USD  1,000 requests, 20 days")


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, thousand: Path
) -> None:
    from pricing.cli import progress
    from pricing.usage import text_lines

    pytest.importorskip("tqdm")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(progress, "_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(text_lines, "_BLOCK", 8_192)
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        with at_noon(), redirect_stdout(io.StringIO()), redirect_stderr(stream):
            assert main(["cost", str(thousand)]) == 0
        # thousand.jsonl:  52%|█████▏    | 123k/235k [00:00<00:00, 20.1MB/s]
        bar = re.compile(r"thousand\.jsonl: +[1-9]\d?%\|.*/\d+k \[.*<.*B/s\]")
        assert bool(bar.search(stream.getvalue())) is shown
        assert stream.getvalue().rstrip().endswith("(--seller)")
    with redirect_stdout(io.StringIO()), redirect_stderr(Terminal()) as quiet:
        assert main(["cost", str(thousand), "--quiet"]) == 0
    assert quiet.getvalue() == ""


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cost, "run", interrupted)
    assert run_here(["cost", "a.jsonl"], FILES) == ("", "pricing: interrupted\n", 130)


def test_a_stream_that_never_finished_makes_a_lower_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pricing.usage import records

    def cut(record: object, shape: str | None) -> Any:
        usages = read_record(record, shape)
        usages[0].incomplete = True
        return usages

    read_record = records.read_record
    monkeypatch.setattr(records, "read_record", cut)
    log = priced(tmp_path)
    printed, said, status = run_here(["cost", "log.jsonl", "--quiet"], tmp_path)
    assert status == 3
    assert printed.startswith("At least 0.0045 USD: 1 cut stream\n")
    assert said.startswith("log.jsonl:1: the stream never finished, its counts are a lower bound\n")
    allowed = run_here(["cost", str(log), "--allow-malformed", "--format", "json"], tmp_path)
    assert allowed[2] == 0
    assert json.loads(allowed[0])["lower_bound"] is True


def test_many_damaged_lines_are_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    log = priced(tmp_path)
    log.write_text(log.read_text() + "x\n" * 1_234, encoding="utf-8")
    printed, said, status = run_here(["cost", str(log)], tmp_path)
    assert status == 3
    assert "1,234 damaged lines" in printed
    assert said.count("not JSON") == 20
    assert "1,214 more damaged lines\n" in said


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    log = priced(tmp_path)
    log.chmod(0)
    if os.access(log, os.R_OK):
        pytest.skip("root may read everything")
    _, said, status = run_here(["cost", "log.jsonl"], tmp_path)
    assert (said, status) == ("log.jsonl: cannot be read: Permission denied\n", 2)


def test_cards_without_a_fault_are_counted() -> None:
    words = ["cards", "check", "sound", "--at", "2026-11-20", "--format", "json"]
    printed, _, status = run_here(words, FILES)
    document = json.loads(printed)
    assert (document["faults"], document["cards"] > 40, document["sellers"] > 5) == ([], True, True)
    assert status == 0


_FAMILIES = ("haiku", "opus", "sonnet")


@pytest.mark.parametrize(
    ("words", "cards"),
    [
        (["anthropic", "--model", "sonnet-5"], ["claude-sonnet-5", "claude-sonnet-5-5"]),
        (["anthropic", "--model", "claude-*-5-5"], [f"claude-{n}-5-5" for n in _FAMILIES]),
        (["anthropic", "--model", "claude-haiku-4-5"], ["claude-haiku-4-5-20251001"]),
    ],
)
def test_cards_are_listed_by_a_part_of_their_model(words: list[str], cards: list[str]) -> None:
    printed, _, _ = run_here(["cards", "list", *words, "--format", "json"], FILES)
    assert [row["card"] for row in json.loads(printed)["cards"]] == [
        f"anthropic/{c}" for c in cards
    ]


def test_a_part_that_no_model_has_is_refused() -> None:
    _, told, status = run_here(["cards", "list", "--model", "claude-sonet-5"], FILES)
    assert (status, "no card of 'claude-sonet-5'" in told, "claude-sonnet-5" in told) == (
        2,
        True,
        True,
    )


def test_every_card_is_listed_once() -> None:
    printed, _, _ = run_here(["cards", "list"], FILES)
    # a long name goes on below its row, which ends in the day of its sources
    rows = [r for r in printed.splitlines()[3:] if re.search(r"^[^ /]+/.*\d{4}-\d\d-\d\d$", r)]
    sellers = {row.partition("/")[0] for row in rows}
    assert printed.splitlines()[0] == (
        f"{len(rows):,} cards of {len(sellers)} sellers, per 1M token on 2026-11-20"
    )
    assert "anthropic/claude-sonnet-4-6" in printed


def test_pools_are_settled_in_the_order_of_time_whatever_the_order_of_the_files(
    tmp_path: Path,
) -> None:
    rows = (FILES / "tools.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    answers = set()
    for name, order in (("there.jsonl", rows), ("back.jsonl", rows[::-1])):
        (tmp_path / name).write_text("".join(order), encoding="utf-8")
        words = ["cost", name, "--account", str(FILES / "used.json"), "--format", "json"]
        document = json.loads(run_here(words, tmp_path)[0])
        # 1,500 / 3,600 x 0.05 + 0.05 + 3 x 0.0045; 5,574,000 + 300 + 7,200 + 3,600
        answers.add((document["total"], json.dumps(document["account"])))
    account = '{"anthropic": {"code_execution": {"2026-11": "5585100"}}}'
    assert answers == {("0.084333333333333333333333", account)}


def test_an_account_that_is_read_again_goes_on(tmp_path: Path) -> None:
    rows = (FILES / "tools.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "used.json").write_text((FILES / "used.json").read_text())
    total = 0
    for number, row in enumerate(rows):
        (tmp_path / f"{number}.jsonl").write_text(row, encoding="utf-8")
        words = f"cost {number}.jsonl --account used.json --account-out used.json --format json"
        printed, _, status = run_here(words.split(), tmp_path)
        assert status == 0
        total += Fraction(json.loads(printed)["total"])
    # in three runs what one run costs, but for the 24th place
    whole = 3 * Fraction("0.0045") + Fraction("0.05") + Fraction(75, 3600)
    assert abs(total - whole) < Fraction(1, 10**23)
    assert json.loads((tmp_path / "used.json").read_text())["anthropic"] == {
        "code_execution": {"2026-11": "5585100"}
    }


@pytest.mark.parametrize(
    "words",
    [
        "cost log.jsonl -o log.jsonl",
        "cost log.jsonl --report csv=./log.jsonl",
        "cost . --report csv=log.jsonl",
        "cost log.jsonl --account used.json --account-out log.jsonl",
        "cost log.jsonl --account used.json -o used.json",
        "compare claude-haiku-5-5 --usage log.jsonl -o log.jsonl",
        "explain log.jsonl:1 -o log.jsonl",
    ],
)
def test_what_is_read_is_never_written_over(tmp_path: Path, words: str) -> None:
    path = priced(tmp_path)
    (tmp_path / "used.json").write_text("{}", encoding="utf-8")
    before = path.read_bytes()
    printed, said, status = run_here(words.split(), tmp_path)
    assert (printed, status) == ("", 2)
    assert "is also read. Write to another file." in said
    assert path.read_bytes() == before
    assert (tmp_path / "used.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("file", "option", "start"),
    [
        ("a.csv", [], "meter,"),
        ("a.JSON", [], '{"schema"'),
        ("a.html", [], "<!doctype html>"),
        ("a.md", [], "#### "),
        ("a.txt", [], "0.0045 USD"),
        ("csv", [], "0.0045 USD"),
        ("a.csv", ["--format", "json"], '{"schema"'),
        ("a.csv", ["--format", "table"], "0.0045 USD"),
    ],
)
def test_the_ending_of_a_file_names_the_format_where_nothing_else_does(
    tmp_path: Path, file: str, option: list[str], start: str
) -> None:
    priced(tmp_path)
    _, _, status = run_here(["cost", "log.jsonl", "-o", file, *option], tmp_path)
    assert status == 0
    assert (tmp_path / file).read_text(encoding="utf-8").lower().startswith(start.lower())


@pytest.mark.parametrize("until", ["2026-11-19", "2026-11-20"])
def test_a_stretch_of_time_without_an_instant_is_a_slip(tmp_path: Path, until: str) -> None:
    priced(tmp_path)
    words = ["cost", "log.jsonl", "--since", "2026-11-20", "--until", until]
    _, said, status = run_here(words, tmp_path)
    assert status == 2
    assert f"nothing is between --since 2026-11-20 and --until {until}" in said


def test_a_price_of_low_certainty_is_marked_wherever_it_is_shown() -> None:
    printed, said, _ = run_here(["cards", "list", "anthropic"], FILES)
    (row,) = [row for row in printed.splitlines() if "claude-mythos-preview" in row]
    assert row.split()[1:3] == ["25.00?", "125.00?"]
    assert printed.count("?") == 2
    assert said == "note: ? is a price of medium confidence: used with --estimates only\n"
    shown, _, _ = run_here(["cards", "show", "claude-mythos-preview"], FILES)
    assert shown.splitlines()[0].endswith(", medium confidence")


def test_a_contract_over_the_cards_is_named_beside_their_list_prices(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "acme.yaml").write_text(
        "contract: acme\ncards: [anthropic/claude-sonnet-*]\nrevisions:\n"
        "  - effective: 2026-01-01\n"
        "    sources: [{url: 'https://example.com/acme', checked: 2026-01-01}]\n"
        "    modifiers: [{name: acme, multiply: 0.9}]\n",
        encoding="utf-8",
    )
    told = "contract acme is laid over anthropic/claude-sonnet-* (./contracts/acme.yaml)"
    printed, said, _ = run_here(["cards", "check", "."], tmp_path)
    assert printed.endswith(" sellers and 1 contract\n")
    assert " ".join(said.split()) == f"note: {told}"
    for words, is_named in (
        ("list anthropic", True),
        ("list bytespike", False),
        ("show claude-sonnet-4-6", True),
        ("show claude-opus-4-6", False),
    ):
        _, said, _ = run_here(["cards", *words.split(), "--cards", "."], tmp_path)
        assert (f"note: {told}: not in these" in " ".join(said.split())) == is_named, words


def test_a_model_that_is_misspelt_in_a_log_gets_the_near_one(tmp_path: Path) -> None:
    priced(tmp_path, model="claude-sonet-4-6", seller="anthropic")
    _, said, status = run_here(["cost", "log.jsonl"], tmp_path)
    assert status == 3
    assert "no card has model 'claude-sonet-4-6' at anthropic\n" in said
    assert "\nDid you mean 'claude-sonnet-4-6'? Add a card (--cards DIR)" in said


def test_a_seller_that_names_a_model_otherwise_is_asked_by_its_name(tmp_path: Path) -> None:
    priced(tmp_path, seller="openrouter")
    _, said, status = run_here(["cost", "log.jsonl"], tmp_path)
    assert status == 3
    assert "\nThere it is 'anthropic/claude-sonnet-4.6'. Give that as --model, or leave" in said


def test_a_model_of_another_maker_asks_for_another_seller(tmp_path: Path) -> None:
    priced(tmp_path, seller="openai")
    _, said, status = run_here(["cost", "log.jsonl"], tmp_path)
    assert status == 3
    assert "\nChoose another --seller, or add a card (--cards DIR)" in said


BARE = "anthropic.claude-sonnet-4-6"


def test_an_attribute_that_no_record_tells_is_asked_for_and_given(tmp_path: Path) -> None:
    priced(tmp_path, model=BARE)
    _, said, status = run_here(["cost", "log.jsonl"], tmp_path)
    assert status == 3
    assert "\nGive --attribute endpoint=VALUE: global, geo, regional" in said
    # 0.0045 at the global endpoint, a tenth more in one region
    for value, told in (("global", "0.0045"), ("regional", "0.00495")):
        for words in (["cost", "log.jsonl"], ["explain", "log.jsonl"]):
            given = [*words, "--attribute", f"endpoint={value}"]
            out, said, status = run_here(given, tmp_path)
            assert (status, out.split()[0]) == (0, told)
            assert words[0] == "explain" or f"--attribute endpoint={value}\n" in said


def test_what_a_record_or_its_model_id_tells_stands_over_an_attribute(tmp_path: Path) -> None:
    priced(tmp_path, model=f"us.{BARE}")
    for command in ("cost", "explain"):
        given = [command, "log.jsonl", "--attribute", "endpoint=global"]
        out, said, status = run_here(given, tmp_path)
        assert (status, out.split()[0]) == (0, "0.00495")
        assert "note: 1 request tells another endpoint, which stands\n" in said


def test_an_attribute_is_grouped_by_like_any(tmp_path: Path) -> None:
    priced(tmp_path, model=BARE)
    words = ["cost", "log.jsonl", "--by", "endpoint", "--attribute", "endpoint=global"]
    out, _, status = run_here(words, tmp_path)
    assert status == 0
    assert "\nglobal " in out


def test_a_comparison_says_whose_price_depends_on_what(tmp_path: Path) -> None:
    words = ["compare", "claude-sonnet-4-6", "--sellers", "anthropic,aws-bedrock", "--input", "9"]
    _, said, status = run_here(words, tmp_path)
    assert status == 0
    told = " ".join(said.split())
    assert "note: aws-bedrock: the price of input depends on endpoint" in told
    assert "(--attribute endpoint=VALUE: global, geo, regional, govcloud)" in told


def test_a_stray_file_in_a_folder_is_left_out_by_a_pattern(tmp_path: Path) -> None:
    priced(tmp_path)
    (tmp_path / "package.json").write_text('{"name": "app"}', encoding="utf-8")
    _, said, status = run_here(["cost", "."], tmp_path)
    assert status == 2
    assert "A pattern such as 'logs/**/*.jsonl'" in " ".join(said.split())
    _, said, _ = run_here(["cost", "package.json"], tmp_path)
    assert "pattern" not in said


@pytest.mark.parametrize("counts", ["--input 0", "--input 0 --output 0.0 --meter web_search=0"])
def test_a_workload_of_nothing_is_not_compared(counts: str) -> None:
    words = ["compare", "claude-haiku-5-5", "claude-opus-5-5", *counts.split()]
    printed, said, status = run_here(words, FILES)
    assert (printed, status) == ("", 2)
    assert said.startswith("pricing: nothing to compare. Give --input and --output")


def test_lines_name_their_file_where_there_are_several(tmp_path: Path) -> None:
    first = priced(tmp_path)
    (tmp_path / "more.jsonl").write_bytes(first.read_bytes())
    words = ["cost", "log.jsonl", "--lines", "--format", "csv"]
    alone, _, _ = run_here(words, tmp_path)
    both, _, _ = run_here([*words, "more.jsonl"], tmp_path)
    assert [row.partition(",")[0] for row in alone.splitlines()[1:]] == ["1", "1"]
    places = [row.partition(",")[0] for row in both.splitlines()[1:]]
    assert places == ["log.jsonl:1"] * 2 + ["more.jsonl:1"] * 2


def test_notes_fit_in_80_columns(tmp_path: Path) -> None:
    words = ["compare", "claude-opus-5-5", "claude-opus-4-8", "--input", "5"]
    _, said, _ = run_here([*words, "--variants", "endpoint=regional"], tmp_path)
    assert said.count("note: ") == 3
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "used.yaml: empty file"),
        ("# nothing yet\n", "used.yaml: empty file"),
        ("{}\n---\n{}\n", "used.yaml:3: 2 documents in one file"),
        ("{}\n{}\n", "used.yaml:2: not YAML: did not find expected <document start>"),
    ],
)
def test_a_file_that_is_no_account_is_told_what_one_holds(
    text: str, what: str, tmp_path: Path
) -> None:
    (tmp_path / "used.yaml").write_text(text, encoding="utf-8")
    words = ["cost", str(FILES / "tools.jsonl"), "--account", "used.yaml"]
    printed, said, status = run_here(words, tmp_path)
    assert (printed, status) == ("", 2)
    first, *_, last = said.splitlines()
    assert first == what
    assert last == "As SELLER: {POOL: {2026-11: 216000}}, or {} at the start."


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "claude-opus-5-5", "--input", "5", "--attribute", "service_tier=bulk"],
        ["cost", "log.jsonl", "--cards", "mine"],
        ["cards", "check", "mine"],
    ],
)
def test_faults_fit_in_80_columns(words: list[str], tmp_path: Path) -> None:
    card = (
        "model: mine\nprovider: anthropic\nrevisions:\n  - effective: 2026-01-01\n"
        "    rates: [{per: 1 token, when: {service_tier: bulk}, price: {inputt: 1}}]\n"
        "    unpriced: [{because: a reason that nobody has ever written into a card before this}]\n"
    )
    (tmp_path / "mine" / "anthropic").mkdir(parents=True)
    (tmp_path / "mine" / "anthropic" / "mine.yaml").write_text(card, encoding="utf-8")
    (tmp_path / "log.jsonl").write_text("{}\n", encoding="utf-8")
    printed, said, status = run_here(words, tmp_path)
    assert status == 2
    assert (printed + said).count("\n") > 1
    assert max(map(len, (printed + said).splitlines())) <= 80


def test_a_headline_shows_all_digits_and_two_places_at_least() -> None:
    from decimal import Decimal
    from fractions import Fraction

    from pricing.cli.cost_report import _digits

    shown = [_digits(Decimal(amount)) for amount in ("50", "0.0397666", "1234.5", "-0.5")]
    assert shown == ["50.00", "0.0397666", "1,234.50", "-0.50"]
    assert _digits(Fraction(1, 3)) == "0.333333333333"
