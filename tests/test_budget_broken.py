"""Mistakes in a budget file, and the message that each gets: place, excerpt, remedy; status 2.

A case is a file in ``budgets/broken``; what it says stands beside it.
``pytest tests/test_budget_broken.py --update-golden`` rewrites the messages.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from transcripts import run_here

from pricing.budget.base import read_file
from pricing.budget.schema import json_schema

HERE = Path(__file__).parent
BROKEN = HERE / "budgets" / "broken"
CASES = sorted(BROKEN.glob("*.yaml"))
SOUND = [
    *sorted((HERE / "budgets" / "sample").glob("*.yaml")),
    *sorted((HERE / "cli" / "files" / "budgets").glob("*.yaml")),
]
# What the file's parts say of each other, or the cards; a schema for editors cannot see it.
UNSEEN = {
    *("id-twice", "limit-twice", "unknown-scenario", "unknown-owner", "two-currencies"),
    *("two-kinds", "judges-nothing", "metric-without-bound", "share-without-percent"),
    *("warn-at-never", "stat-of-a-month", "increase-of-nothing", "no-calls", "calls-twice"),
    *(
        "usage-twice",
        "usage-of-nothing",
        "unknown-meter",
        "counts-without-model",
        "mix-not-whole",
        "mix-above-the-whole",
    ),
    *("unknown-attribute-value", "unknown-seller", "path-from-the-root", "path-is-a-pattern"),
    *("metric-always-kept", "metric-above-the-whole", "counts-of-nothing"),
    *("counts-as-an-api-names-them", "file-named-twice", "owner-of-blanks"),
    *("name-that-turns-the-text",),
    *("waiver-of-nothing", "waiver-below-the-limit", "waiver-on-no-day"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_mistake_is_told_with_place_excerpt_and_remedy(case: Path, update_golden: bool) -> None:
    printed, said, status = run_here(["budget", "check", case.name], BROKEN)
    golden = case.with_suffix(".txt")
    if update_golden:
        golden.write_text(said, encoding="utf-8")
    assert (printed, status) == ("", 2)
    assert said == golden.read_text(encoding="utf-8")
    for block in said.strip().split("\n\n"):
        # a long message goes on below itself, by two columns
        place, excerpt, *remedy = re.sub(r"\n  (?=\S)", " ", block).split("\n")
        line = re.match(rf"{re.escape(case.name)}:(\d+): .", place)
        assert line, block
        assert re.match(rf" +{line[1]} \| .", excerpt), block
        assert len(remedy) == 1, block


def test_there_are_thirty_mistakes_and_more() -> None:
    assert len(CASES) >= 30


class Loader(yaml.SafeLoader):
    """YAML as an editor reads it: days are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def faults(path: Path) -> list[str]:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    tree: Any = yaml.load(path.read_bytes(), Loader=Loader)
    return [error.message for error in Draft202012Validator(schema).iter_errors(tree)]


def test_the_file_in_the_guide_is_sound(tmp_path: Path) -> None:
    guide = (HERE.parent / "docs" / "budgets.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```yaml\n(version: 1\n.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    path = tmp_path / "budget.yaml"
    path.write_text(text, encoding="utf-8")
    assert faults(path) == []
    assert len(read_file(str(path)).file.budgets) == 7


@pytest.mark.parametrize("path", SOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sound_file_fits_the_schema_for_editors(path: Path) -> None:
    assert faults(path) == []


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_broken_file_does_not_fit_the_schema_for_editors(case: Path) -> None:
    if case.stem == "not-yaml":
        return
    assert bool(faults(case)) == (case.stem not in UNSEEN)
