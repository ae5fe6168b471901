"""Whole trees of generated logs: totals are those that the generator counted itself.

The generators lie beside the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.instants import iso
from pricing.usage.records import Records

TOOLS = Path(__file__).parents[3] / "shared" / "tools"
WORDS = {"cache_write_5m": "cache_write.5m", "cache_write_1h": "cache_write.1h"}

needs_tools = pytest.mark.skipif(
    not TOOLS.exists(), reason="no generators of logs beside the project"
)


def generate(tool: str, *words: object) -> None:
    command = [sys.executable, str(TOOLS / tool), *map(str, words)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trees")
    generate(
        "gen_claude_logs.py", "--lines", 12_000, "--files", 60, "--out", folder / "claude",
        "--codex-lines", 5_000, "--codex-out", folder / "codex",
    )  # fmt: skip
    return folder


def by_day_and_model(records: Records) -> dict[tuple[str, str], Counter[str]]:
    found: dict[tuple[str, str], Counter[str]] = {}
    for (usage,) in records:
        fast = "-fast" if usage.attributes.get("speed") == "fast" else ""
        assert usage.at is not None
        counts = found.setdefault((iso(usage.at)[:10], f"{usage.model}{fast}"), Counter())
        counts.update(usage.meters)
        counts["requests"] += 1
    return found


@needs_tools
@pytest.mark.parametrize("is_compact", [True, False])
def test_a_tree_of_claude_code_adds_up_day_by_day(trees: Path, is_compact: bool) -> None:
    truth: dict[str, Any] = json.loads((trees / "claude" / "expected.json").read_text())
    records = Records([str(trees / "claude" / "projects")], is_compact=is_compact)
    found = by_day_and_model(records)
    assert len(found) == len(truth["rows"])
    for row in truth["rows"]:
        counts = found[row["date"], row["model"]]
        told = {WORDS.get(name, name): n for name, n in row.items() if isinstance(n, int)}
        assert {name: counts[name] for name in told} == told
    stat = truth["rows_stat"]
    assert records.skipped["sidechain_replays"] == stat.get("sidechain_replays", 0)
    assert records.skipped["errors_not_billed"] == stat.get("synthetic_error_rows", 0)
    assert records.skipped["malformed"] == stat.get("malformed_rows", 0)
    assert records.skipped["duplicates"] >= stat["duplicate_rows"]
    assert records.two_calls == 0


@needs_tools
def test_a_tree_of_codex_costs_what_its_truth_costs_at_the_card_s_prices(trees: Path) -> None:
    truth = json.loads((trees / "codex" / "expected.json").read_text())["totals"]
    # gpt-5.2-codex: 1.75 input, 0.175 cached, 14 output, reasoning in it
    wanted = (
        truth["input"] * Decimal("1.75")
        + truth["cache_read"] * Decimal("0.175")
        + truth["output"] * 14
    ) / 1_000_000
    catalog = pricing.load_catalog()
    costs = [catalog.cost(usage) for (usage,) in Records([str(trees / "codex" / "sessions")])]
    assert {line.card for cost in costs for line in cost.lines} == {"openai/gpt-5.2-codex"}
    assert sum(Decimal(cost.total.amount) for cost in costs) == wanted


@needs_tools
def test_a_tree_of_codex_adds_up(trees: Path) -> None:
    truth = json.loads((trees / "codex" / "expected.json").read_text())["totals"]
    total: Counter[str] = Counter()
    for (usage,) in Records([str(trees / "codex" / "sessions")]):
        total.update(usage.meters)
        total["requests"] += 1
    assert total["input"] == truth["input"]
    assert total["cache_read"] == truth["cache_read"]
    assert total["output"] + total["output.reasoning"] == truth["output"]
    assert total["output.reasoning"] == truth["reasoning"]
    assert total["requests"] == truth["requests"]


@needs_tools
def test_logs_of_calls_and_of_sessions_give_the_same(tmp_path: Path) -> None:
    generate("gen_api_logs.py", 2_000, tmp_path)
    one = by_day_and_model(Records([str(tmp_path / "claude.jsonl")]))
    tree = by_day_and_model(Records([str(tmp_path / "claude_home" / ".claude" / "projects")]))
    assert one == tree
    assert sum(counts["requests"] for counts in one.values()) == 2_000


@needs_tools
@pytest.mark.parametrize(("is_compact", "size"), [(True, 300), (False, 1_500)])
def test_memory_holds_no_rows(trees: Path, is_compact: bool, size: int) -> None:
    tracemalloc.start()
    try:
        records = Records([str(trees / "claude" / "projects")], is_compact=is_compact)
        count = sum(1 for _ in records)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # a call is kept as its counts, in about 1 KB or, packed, in 150 bytes and its share of what
    # many have in common; its rows are five times the first and more
    assert peak < 4_000_000 + size * count


def counts_of(provider: str, usage: dict[str, Any]) -> dict[str, int]:
    """Give the disjoint counts of a usage object, worked out apart from the readers."""
    if provider == "anthropic":
        written = usage["cache_creation"]
        return {
            "input": usage["input_tokens"],
            "cache_read": usage["cache_read_input_tokens"],
            "cache_write.5m": written["ephemeral_5m_input_tokens"],
            "cache_write.1h": written["ephemeral_1h_input_tokens"],
            "output": usage["output_tokens"],
        }
    if provider == "openai":
        cached = usage["prompt_tokens_details"]["cached_tokens"]
        thought = usage["completion_tokens_details"]["reasoning_tokens"]
        return {
            "input": usage["prompt_tokens"] - cached,
            "cache_read": cached,
            "output": usage["completion_tokens"] - thought,
            "output.reasoning": thought,
        }
    cached = usage["cachedContentTokenCount"]
    return {
        "input": usage["promptTokenCount"] - cached,
        "cache_read": cached,
        "output": usage["candidatesTokenCount"],
        "output.reasoning": usage["thoughtsTokenCount"],
    }


@needs_tools
def test_a_log_of_calls_to_three_makers_adds_up(tmp_path: Path) -> None:
    generate("gen_api_logs.py", 2_000, tmp_path)
    path = tmp_path / "api.jsonl"
    truth: dict[str, Counter[str]] = {}
    for text in path.read_text().splitlines():
        row = json.loads(text)
        counts = counts_of(row["provider"], row["usage"])
        truth.setdefault(row["provider"].replace("google", "google-aistudio"), Counter()).update(
            counts
        )
    found: dict[str, Counter[str]] = {}
    for (usage,) in Records([str(path)]):
        assert usage.at is not None
        assert usage.labels.keys() == {"project"}
        found.setdefault(usage.seller or "", Counter()).update(usage.meters)
    assert found == truth
