"""``pricing cards diff`` between git revisions, folders and days, with what it does to usage."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from transcripts import FILES, run_here

CARD = """
model: one
provider: maker
revisions:
  - effective: 2026-01-01
    sources: [{{url: "https://example.org", checked: 2026-01-01}}]
    rates: [{{per: 1_000_000 token, price: {{input: {}, output: 8}}}}]
"""
WORDS = """
meters: {input: {unit: token, side: input}, output: {unit: token, side: output}}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout in which the second commit makes input dearer: 2, then 2.5."""
    if shutil.which("git") is None:
        pytest.skip("no git")
    folder = tmp_path / "ratecards"
    (folder / "maker").mkdir(parents=True)
    (folder / "vocabulary.yaml").write_text(WORDS, "utf-8")
    (folder / "maker" / "provider.yaml").write_text("provider: maker\ncurrency: USD\n", "utf-8")
    git(tmp_path, "init", "-q")
    for price in ("2", "2.5"):
        (folder / "maker" / "one.yaml").write_text(CARD.format(price), "utf-8")
        git(tmp_path, "add", ".")
        git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", price)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def diffed(folder: Path, *words: str) -> dict[str, object]:
    printed, said, status = run_here(["cards", "diff", *words, "--format", "json"], folder)
    assert status == 0, said
    found: dict[str, object] = json.loads(printed)
    return found


CHANGE = [{"card": "maker/one", "meter": "input", "old": "2", "new": "2.5"}]


def test_two_revisions_of_git_are_compared(checkout: Path) -> None:
    assert diffed(checkout, "git:HEAD~1", "git:HEAD")["changes"] == CHANGE
    assert diffed(checkout, "git:HEAD", "git:HEAD")["changes"] == []


def test_a_revision_is_compared_with_the_folder_as_it_is(checkout: Path) -> None:
    assert diffed(checkout, "git:HEAD~1", "ratecards")["changes"] == CHANGE


def test_a_revision_may_name_its_folder_and_be_asked_from_below(checkout: Path) -> None:
    below = checkout / "ratecards" / "maker"
    assert diffed(below, "git:HEAD~1:ratecards", "git:HEAD:ratecards/")["changes"] == CHANGE


def test_the_change_is_worked_out_by_model(checkout: Path) -> None:
    """1,000 requests of 3,000 in and 10 out: 6.08 and 7.58 USD."""
    words = ["--model", "maker/one", "--input", "3000", "--output", "10", "--requests", "1000"]
    found = diffed(checkout, "git:HEAD~1", "git:HEAD", *words)["usage"]
    sums = {"old": "6.08", "new": "7.58", "change": "1.5"}
    assert found == {
        **sums,
        "currency": "USD",
        "left_out": 0,
        "models": [{"card": "maker/one", **sums}],
    }


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("git:none", "git:none: "),
        ("git:HEAD:nowhere", "git:HEAD:nowhere: "),
        ("git:", "no revision in 'git:'"),
        ("git:--output=x", "no revision in 'git:--output=x'"),
    ],
)
def test_a_revision_that_is_none_is_refused(old: str, said: str, checkout: Path) -> None:
    _, told, status = run_here(["cards", "diff", old, "git:HEAD"], checkout)
    assert status == 2
    assert told.startswith(f"pricing: {said}")


def test_cards_of_a_revision_with_a_fault_name_it(checkout: Path) -> None:
    (checkout / "ratecards" / "maker" / "one.yaml").write_text(CARD.format("x"), "utf-8")
    git(checkout, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "x")
    _, told, status = run_here(["cards", "diff", "git:HEAD", "git:HEAD~1"], checkout)
    assert status == 2
    assert told.startswith("HEAD:ratecards/maker/one.yaml:7: ")


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "html", "json"])
def test_every_format_shows_the_models(form: str) -> None:
    words = "cards diff 2026-10-06 2026-10-07 --cache-read 100 --model claude-sonnet-5-5"
    words += f" --model claude-opus-5 --format {form}"
    printed, _, status = run_here(words.split(), FILES)
    assert status == 0
    assert "claude-opus-5" in printed
