"""The action as a runner runs it: each step of action.yml, with the environment that it names.

Nothing of the steps is repeated here: they are read from the file, their expressions are put in
as GitHub does, and `gh` speaks to a stub. The first step installs this checkout for real.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from budget_files import call
from fake_github import GitHub, git, project_in, put_gh, serving_github

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
# the runner has the clock of the day on which this runs
STILL_FRESH = "prices: {at: 2026-11-20, stale_after: 9999 days}\n"

pytestmark = pytest.mark.slow


def plain_environment() -> dict[str, str]:
    """Give the environment without what this checkout and its tests put there."""
    ours = ("PYTHON", "VIRTUAL_ENV", "GITHUB_", "PRICING_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


class Runner:
    """Runs the action of a job on one pull request; ``said`` is its log, ``outputs`` its own."""

    def __init__(self, temporary: Path, project: Path, github: GitHub) -> None:
        self.temporary = temporary
        self.project = project
        self.github = github
        self.base = git(project, "rev-parse", "main")
        self.said = ""
        self.outputs: dict[str, str] = {}

    def run(self, *, skip_install: bool = True, **inputs: str) -> int:
        """Run the steps until one fails; give the status of the last one that ran."""
        event = {"pull_request": {"base": {"sha": self.base}, "number": 7}}
        context: dict[str, Any] = {
            "github": {"token": "the job's token", "event": event},
            "steps": {},
            "inputs": {},
        }
        assert inputs.keys() <= ACTION["inputs"].keys()
        for name, each in ACTION["inputs"].items():
            context["inputs"][name] = inputs.get(name, filled(each["default"], context))
        self.said = ""
        status = 0
        for number, step in enumerate(ACTION["runs"]["steps"]):
            assert step.keys() <= {"name", "id", "shell", "env", "run"}
            if skip_install and step["name"] == "Install pricing":
                continue
            status, told = self._step(number, step, context)
            context["steps"][step.get("id", str(number))] = {"outputs": told}
            if status:
                break
        self.outputs = {
            name: filled(each["value"], context) for name, each in ACTION["outputs"].items()
        }
        return status

    def _step(
        self, number: int, step: dict[str, Any], context: dict[str, Any]
    ) -> tuple[int, dict[str, str]]:
        assert step["shell"] == "sh"
        script = self.temporary / f"step-{number}.sh"
        script.write_text(filled(step["run"], context), encoding="utf-8")
        output = self.temporary / f"output-{number}"
        output.write_text("", encoding="utf-8")
        programs = put_gh(self.temporary / "programs")
        environment = plain_environment() | {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"),
            "GITHUB_WORKSPACE": str(self.project),
            "RUNNER_TEMP": str(self.temporary),
            "FAKE_GITHUB": self.github.url,
            "BUDGET_RETRY_SECONDS": "0",
            "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        }
        environment |= {name: filled(text, context) for name, text in step.get("env", {}).items()}
        # as a runner starts `shell: sh`
        done = subprocess.run(
            ["sh", "-e", str(script)],
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
        )
        self.said += done.stdout
        rows = output.read_text(encoding="utf-8").splitlines()
        return done.returncode, dict(row.split("=", 1) for row in rows)


def filled(text: str, context: dict[str, Any]) -> str:
    """Put the values of expressions in: names with dots, and ``||`` between them."""

    def value(match: re.Match[str]) -> str:
        for name in match[1].split("||"):
            assert re.fullmatch(r"\s*[a-z_]+(\.[a-z_-]+)+\s*", name), name
            found: Any = context
            for part in name.strip().split("."):
                found = found.get(part, "") if isinstance(found, dict) else ""
            if found != "":
                return str(found)
        return ""

    return re.sub(r"\$\{\{(.*?)\}\}", value, text)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a runner's folder of temporary files, in which the first step has installed pricing."""
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "hatchling"]
    folder = tmp_path_factory.mktemp("probe")
    if subprocess.run([*probe, "--dest", str(folder)], capture_output=True).returncode:
        pytest.skip("the packages that the first step installs cannot be had")
    temporary = tmp_path_factory.mktemp("runner")
    project = project_in(tmp_path_factory.mktemp("first") / "project", STILL_FRESH)
    with serving_github() as github:
        runner = Runner(temporary, project, github)
        assert runner.run(skip_install=False, base="none", comment="false") == 0, runner.said
        assert github.calls == []
    return temporary


@pytest.fixture
def runner(installed: Path, tmp_path: Path) -> Iterator[Runner]:
    project = project_in(tmp_path / "project", STILL_FRESH)
    git(project, "checkout", "-q", "-b", "change")
    with serving_github() as github:
        yield Runner(installed, project, github)


def test_one_comment_is_posted_and_then_updated_by_every_verdict(runner: Runner) -> None:
    project, github = runner.project, runner.github
    github.add("a comment of somebody else")

    assert runner.run() == 0, runner.said
    assert runner.said.endswith("comment: posted\n")
    assert runner.outputs["verdict"] == "pass"
    assert runner.outputs["exit-code"] == "0"
    # 1,000 x 30 x 0.0045
    assert "LLM spend 135.00 USD per 30 days, no change, prices" in github.comments[1]["body"]
    assert ": 2 budgets kept" in github.comments[1]["body"]

    (project / "calls.jsonl").write_text(call(input=3_000))  # 0.0105 a call: 315 a month
    assert runner.run() == 1
    assert runner.said.endswith("comment: updated\n")
    assert "::error file=budget.yaml,line=7,title=LLM budget month::fail: " in runner.said
    assert (runner.outputs["verdict"], runner.outputs["exit-code"]) == ("fail", "1")
    assert "input per call 1,000 → 3,000 **+180.00**" in github.comments[1]["body"]

    (project / "calls.jsonl").unlink()
    assert runner.run() == 3
    assert runner.said.endswith("comment: updated\n")
    assert (runner.outputs["verdict"], runner.outputs["exit-code"]) == ("cannot judge", "3")
    assert "no such file: calls.jsonl" in github.comments[1]["body"]

    (project / "budget.yaml").write_text("limits: $5\n")
    assert runner.run() == 2
    assert runner.said.endswith("comment: updated\n")
    assert (runner.outputs["verdict"], runner.outputs["exit-code"]) == ("bad input", "2")
    assert "nothing was judged" in github.comments[1]["body"]

    git(project, "checkout", "-q", "-f", "main")
    assert runner.run() == 0
    assert runner.said.endswith("comment: updated\n")
    assert runner.run() == 0
    assert runner.said.endswith("comment: left alone, it says the same\n")

    assert len(github.comments) == 2
    assert github.tokens == {"token the job's token"}
    reports = Path(runner.outputs["reports"])
    names = {path.name for path in reports.iterdir()}
    assert names >= {f"budget.{end}" for end in ("json", "md", "html", "junit.xml", "sarif")}


def test_the_inputs_of_the_action_arrive(runner: Runner, tmp_path: Path) -> None:
    project = runner.project
    (project / "other").mkdir()
    text = (project / "budget.yaml").read_text()
    (project / "other" / "b.yaml").write_text(text.replace("calls.jsonl", "../calls.jsonl"))
    assert runner.run(file="other/b.yaml", base="none", id="other", comment="false") == 0
    assert runner.github.calls == []
    assert runner.outputs["reports"].endswith("pricing-budget-other")

    assert runner.run(file="other/b.yaml", base="none", id="other", token="mine") == 0
    assert runner.github.comments[0]["body"].startswith("<!-- pricing:budget id=other valid-at=")
    assert runner.github.tokens == {"token mine"}

    assert runner.run(cards="nowhere") == 2
    assert "nowhere" in runner.said


def test_the_whole_script_of_the_gitlab_job_runs(runner: Runner) -> None:
    job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["pricing-budget"]
    venv = runner.temporary / "pricing-venv" / "bin"
    environment = plain_environment() | {
        **job["variables"],
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": runner.base,
        # the same package, from where it was built; the image's own pip installs it
        "PRICING": f"{ROOT}[html]",
        "PATH": os.pathsep.join([str(venv), os.environ["PATH"]]),
    }
    install, check = job["script"]
    for calls, status in ((call(), 0), (call(input=3_000), 1), (None, 3)):
        path = runner.project / "calls.jsonl"
        path.unlink() if calls is None else path.write_text(calls)
        for line in [install, check] if status == 0 else [check]:
            done = subprocess.run(
                ["sh", "-e", "-c", line], cwd=runner.project, env=environment,
                capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            if done.returncode:
                break
        assert done.returncode == status, done.stdout + done.stderr
        named = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
        for name in named:
            assert (runner.project / name).is_file()
            (runner.project / name).unlink()
