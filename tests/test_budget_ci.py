"""Where people run it: the action's script against a stub server, the templates, the demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from budget_files import call, file_of
from fake_github import GitHub, git, project_in, put_gh, serving_github
from transcripts import run_in_shell

ROOT = Path(__file__).parents[1]


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serving_github() as state:
        yield state


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path / "project")


def action(project: Path, github: GitHub, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the action's script as the action does."""
    temporary = project.parent / "runner"
    temporary.mkdir(exist_ok=True)
    put_gh(project / ".bin")
    given = {
        "BUDGET_EVENT_BASE": git(project, "rev-parse", "main"),
        "BUDGET_PULL_REQUEST": "7",
        "GITHUB_REPOSITORY": "acme/app",
        "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
        "GITHUB_OUTPUT": str(temporary / "output.txt"),
        "RUNNER_TEMP": str(temporary),
        "FAKE_GITHUB": github.url,
        "GH_TOKEN": "secret",
        "BUDGET_RETRY_SECONDS": "0",
    }
    return run_in_shell(f"sh {ROOT / 'ci' / 'github.sh'}", project, **{**given, **settings})


def test_the_action_posts_one_comment_and_keeps_it_up_to_date(
    project: Path, github: GitHub
) -> None:
    for number in range(120):
        github.add(f"chatter {number}, <!-- pricing:budget id=other valid-at=2026 -->")
    done = action(project, github)
    assert (done.returncode, "comment: posted" in done.stdout) == (0, True)
    assert len(github.comments) == 121
    assert "No change" not in github.comments[-1]["body"]
    assert action(project, github).stdout.endswith("comment: left alone, it says the same\n")

    (project / "calls.jsonl").write_text(call(input=3_000))  # 0.0105 a call: 315 a month
    done = action(project, github)
    assert done.returncode == 1
    assert done.stdout.endswith("comment: updated\n")
    assert "::error file=budget.yaml,line=7,title=LLM budget month::fail" in done.stdout
    assert "::warning file=budget.yaml,line=8,title=LLM budget rise::warn" in done.stdout
    assert len(github.comments) == 121
    body = github.comments[-1]["body"]
    assert body.startswith("<!-- pricing:budget id=main valid-at=2026-11-20T12:00:00Z -->\r\n")
    assert "input per call 1,000 → 3,000 **+180.00**" in body
    runner = project.parent / "runner"
    assert "LLM spend +180.00 USD" in (runner / "summary.md").read_text()
    assert "<!-- pricing" not in (runner / "summary.md").read_text()
    output = (runner / "output.txt").read_text().splitlines()[-3:]
    assert output == ["verdict=fail", "exit-code=1", f"reports={runner}/pricing-budget-main"]
    assert {path.suffix for path in (runner / "pricing-budget-main").iterdir()} >= {
        ".json", ".md", ".html", ".xml", ".sarif",
    }  # fmt: skip
    assert github.tokens == {"token secret"}


def test_an_older_run_never_overwrites_a_newer_one(project: Path, github: GitHub) -> None:
    github.add("<!-- pricing:budget id=main valid-at=2026-11-20T12:00:01Z -->\nnewer")
    done = action(project, github)
    assert done.stdout.endswith("comment: left alone, it holds for 2026-11-20T12:00:01Z\n")
    assert {method for method, _ in github.calls} == {"GET"}


def test_bad_input_takes_an_old_verdict_off_the_comment(project: Path, github: GitHub) -> None:
    github.add("<!-- pricing:budget id=main valid-at=2026-11-20T11:00:00Z -->\nkept")
    (project / "budget.yaml").write_text("limits: $5\n")
    done = action(project, github)
    assert done.returncode == 2
    assert "::error title=LLM budget::bad input, exit status 2" in done.stdout
    assert "nothing was judged" in github.comments[0]["body"]
    assert "unknown key 'limits'" in github.comments[0]["body"]


def test_what_cannot_be_judged_blocks_and_says_so(project: Path, github: GitHub) -> None:
    (project / "calls.jsonl").unlink()
    done = action(project, github)
    assert done.returncode == 3
    assert "2 of 2 cannot be judged" in github.comments[0]["body"]
    assert "no such file: calls.jsonl" in github.comments[0]["body"]


@pytest.mark.parametrize(
    ("failures", "posted", "calls"),
    [([502, 503], True, 4), ([403], False, 1), ([500] * 5, False, 5)],
)
def test_a_comment_that_cannot_be_posted_changes_no_verdict(
    project: Path, github: GitHub, failures: list[int], posted: bool, calls: int
) -> None:
    github.failures = list(failures)
    done = action(project, github)
    assert done.returncode == 0
    assert ("comment: posted" in done.stdout) == posted
    assert ("::warning title=LLM budget::the comment was not posted" in done.stdout) != posted
    assert len(github.calls) == calls


def test_settings_are_never_run_as_commands(project: Path, github: GitHub) -> None:
    done = action(project, github, BUDGET_FILE="$(touch owned); `touch owned`.yaml")
    assert done.returncode == 2
    assert not (project / "owned").exists()
    done = action(project, github, BUDGET_BASE="git:--upload-pack=touch owned")
    assert done.returncode == 2
    assert not (project / "owned").exists()


def test_an_id_is_no_path(project: Path, github: GitHub) -> None:
    kept = project.parent / "kept"
    kept.mkdir()
    done = action(project, github, BUDGET_ID="x/../../kept")
    assert (done.returncode, kept.is_dir(), github.calls) == (2, True, [])
    assert done.stdout.startswith("::error title=LLM budget::id is letters")


def test_a_new_branch_without_a_base_is_not_compared_with_nothing(
    project: Path, github: GitHub
) -> None:
    done = action(project, github, BUDGET_EVENT_BASE="0" * 40)
    assert done.returncode == 3
    assert "there is no base to compare with" in done.stderr
    assert action(project, github, BUDGET_BASE="none").returncode == 0


def test_a_shallow_clone_fetches_its_base(project: Path, github: GitHub, tmp_path: Path) -> None:
    git(project, "checkout", "-q", "-b", "change")
    (project / "calls.jsonl").write_text(call(input=1_100))
    git(project, "commit", "-qam", "change")
    base = git(project, "rev-parse", "main")
    git(project, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "change", f"file://{project}", "clone")
    done = subprocess.run(["git", "cat-file", "-e", base], cwd=clone, capture_output=True)
    assert done.returncode
    git(clone, "branch", "main", "HEAD")
    done = action(clone, github, BUDGET_EVENT_BASE=base)
    assert done.returncode == 0, done.stderr
    assert "+9.00" in github.comments[0]["body"]
    git(clone, "update-ref", "-d", "refs/remotes/origin/main")
    assert action(clone, github, BUDGET_BASE="git:origin/main").returncode == 0


def schema(name: str) -> Any:
    package = pytest.importorskip("check_jsonschema", reason="an extra of development")
    folder = Path(package.__file__).parent / "builtin_schemas" / "vendor"
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "name"), [("action.yml", "github-actions"), ("ci/gitlab.yml", "gitlab-ci")]
)
def test_what_ci_systems_read_keeps_to_their_schema(path: str, name: str) -> None:
    made = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    found = schema(name)
    validator = jsonschema.validators.validator_for(found)
    assert [error.message for error in validator(found).iter_errors(made)] == []


def test_the_action_puts_no_input_into_a_command() -> None:
    made = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    for step in made["runs"]["steps"]:
        assert "${{" not in step["run"]
    used = (ROOT / "ci" / "github.sh").read_text(encoding="utf-8")
    for name in made["runs"]["steps"][-1]["env"]:
        assert name in used or name == "GH_TOKEN"


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["pass_filenames"] is False
    # what is deleted is no file of a commit
    assert hook["always_run"] is True
    assert "files" not in hook


def test_gitlabs_job_names_formats_and_files_that_are_written(tmp_path: Path) -> None:
    made = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
    job = made["pricing-budget"]
    script = job["script"][-1].replace('--base "git:$CI_MERGE_REQUEST_DIFF_BASE_SHA"', "")
    (tmp_path / "budget.yaml").write_text(file_of())
    (tmp_path / "calls.jsonl").write_text(call())
    done = run_in_shell(script, tmp_path, BUDGET_FILE="budget.yaml")
    assert done.returncode == 0, done.stderr
    named = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert all((tmp_path / name).is_file() for name in named)


def test_the_demo_passes_on_its_base_and_is_blocked_on_the_change(tmp_path: Path) -> None:
    demo = tmp_path / "budget-demo"
    shutil.copytree(ROOT / "examples" / "budget-demo", demo)
    done = run_in_shell(f"sh {demo / 'run.sh'}", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("PASS  4 budgets", "FAIL  3 of 4 budgets", "CANNOT JUDGE", "+1,191.44 USD"):
        assert line in done.stdout
    assert os.listdir(demo) == os.listdir(ROOT / "examples" / "budget-demo")
