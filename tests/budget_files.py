"""Budget files and fixtures that tests write, and the command that judges them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transcripts import run_here

SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"


def call(model: str = SONNET, input: int = 1_000, output: int = 100, **envelope: Any) -> str:
    """Give a line of a fixture; at 3 and 15 USD the plain one costs 0.0045."""
    usage = {"input_tokens": input, "output_tokens": output}
    return json.dumps({**envelope, "response": {"model": model, "usage": usage}}) + "\n"


def write(folder: Path, budget: str, **fixtures: str) -> Path:
    """Write budget.yaml and its fixtures; give the budget file."""
    for name, text in fixtures.items():
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    path = folder / "budget.yaml"
    path.write_text(budget, encoding="utf-8")
    return path


def file_of(usage: str = "{fixture: calls.jsonl}", budgets: str = "", more: str = "") -> str:
    """Give a budget file of one scenario with 1,000 calls a day."""
    limits = budgets or "  - {id: month, limit: 1_000 USD}\n"
    return (
        f"version: 1\nscenarios:\n  chat:\n    calls: {{per_day: 1_000}}\n    usage: {usage}\n"
        f"{more}budgets:\n{limits}"
    )


def judged(folder: Path, *words: str) -> tuple[dict[str, Any], str, int]:
    """Give the document of a check, what it said on stderr, and its status."""
    command = ["budget", "check", *words, "--format", "json"]
    printed, said, status = run_here(command, folder)
    return (json.loads(printed) if printed else {}), said, status


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in document["budgets"]}
