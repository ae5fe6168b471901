"""The demo: its log costs what an independent sum says, and every command runs as printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
LOG = EXAMPLES / "usage.jsonl"

# USD per 1M tokens: input, cache read, 5-minute write, 1-hour write, output. From the sellers'
# pages, typed here once more so that the log is added up without our engine.
PRICES = {
    ("anthropic", "claude-fable-5-2"): "8 0.20 10 16 40",
    ("anthropic", "claude-opus-5-5"): "4 0.20 5 8 20",
    ("anthropic", "claude-sonnet-5-5"): "2 0.10 2.50 4 10",
    ("anthropic", "claude-sonnet-4-6"): "3 0.30 3.75 6 15",
    ("anthropic", "claude-haiku-4-5"): "1 0.10 1.25 2 5",
    ("anthropic", "claude-haiku-5-5"): "0.10 0.01 0.125 0.20 0.50",
    ("bytespike", "claude-sonnet-4-6"): "3 0.30 3.75 3.75 15",
    ("bytespike", "claude-haiku-4-5"): "1 0.10 1.25 1.25 5",
    ("apimodels", "claude-sonnet-4-6"): "1.059 0 0 0 5.295",
}
Counts = tuple[int, int, int, int, int]


def tokens(usage: dict) -> Counts:
    """Give input, cache reads, 5-minute and 1-hour writes, and output of either protocol."""
    if "prompt_tokens" in usage:
        inside = usage.get("prompt_tokens_details", {})
        read, written = inside.get("cached_tokens", 0), inside.get("cache_write_tokens", 0)
        plain = usage["prompt_tokens"] - read - written
        return plain, read, written, 0, usage["completion_tokens"]
    written = usage.get("cache_creation_input_tokens", 0)
    hour = usage.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0)
    read = usage.get("cache_read_input_tokens", 0)
    return usage["input_tokens"], read, written - hour, hour, usage["output_tokens"]


def cost_by_hand(seller: str, body: dict) -> Decimal:
    usage = body["usage"]
    factor = Decimal(1)
    factor *= Decimal("0.5") if usage.get("service_tier") == "batch" else 1
    factor *= Decimal("1.1") if usage.get("inference_geo") == "us" else 1
    factor *= 2 if usage.get("speed") == "fast" else 1
    total = Decimal(0)
    for part in usage.get("iterations", [usage]):
        model = part.get("model", body["model"])
        counts = tokens(part)
        declined = part.get("type") == "message" and not counts[4] and part is not usage
        if declined or body.get("stop_details", {}).get("category") == "cyber":
            continue
        longer = 5 if model == "claude-haiku-5-5" and sum(counts[:4]) > 100_000 else 1
        for count, price in zip(counts, PRICES[seller, model].split(), strict=True):
            total += count * Decimal(price) / 1_000_000 * factor * longer
    searches = usage.get("server_tool_use", {}).get("web_search_requests", 0)
    return total + searches * Decimal(10) / 1_000


def records() -> list[dict]:
    return [json.loads(line) for line in LOG.read_text(encoding="utf-8").splitlines()]


def pricing(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pricing", *words], cwd=ROOT, capture_output=True, text=True
    )


def test_the_log_costs_what_an_independent_sum_says() -> None:
    unique = {record["id"]: record for record in records()}
    billed = [record for record in unique.values() if record["status"] == 200]
    by_hand = sum(cost_by_hand(record["seller"], record["response"]) for record in billed)
    run = pricing("cost", "examples/usage.jsonl", "--format", "json", "--quiet")
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)
    assert Decimal(document["total"]) == by_hand
    assert (document["requests"], document["lower_bound"]) == (len(billed), False)
    assert document["skipped"]["duplicates"] == len(records()) - len(unique)
    assert document["skipped"]["errors_not_billed"] == len(unique) - len(billed)


def test_an_answer_costs_the_same_by_either_protocol() -> None:
    shop = [r for r in records() if r["labels"]["project"] == "shop" and r["status"] == 200]
    messages = [cost_by_hand("bytespike", r["response"]) for r in shop if "type" in r["response"]]
    chats = [cost_by_hand("bytespike", r["response"]) for r in shop if "type" not in r["response"]]
    assert messages == chats != []


def test_the_log_shows_all_that_it_promises() -> None:
    text = LOG.read_text(encoding="utf-8")
    assert 55 <= len(records()) <= 70
    assert {record["seller"] for record in records()} == {"anthropic", "bytespike", "apimodels"}
    for sign in (
        '"service_tier":"batch"',
        '"inference_geo":"us"',
        '"speed":"fast"',
        '"thinking_tokens"',
        '"type":"compaction"',
        '"type":"fallback_message"',
        '"stop_reason":"refusal"',
        '"web_search_requests"',
        '"prompt_tokens_details"',
        '"status":429',
        '"status":503',
        '"status":529',
    ):
        assert sign in text, sign
    assert re.search(r'"ephemeral_1h_input_tokens":[1-9]', text)


@pytest.fixture(scope="module")
def tour() -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = subprocess.run(
        ["sh", str(EXAMPLES / "demo.sh")],
        env=os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_the_tour_shows_one_refusal_and_ends_with_bills_that_do_not_agree(tour: str) -> None:
    assert re.findall(r"^\[\d+\]$", tour, re.MULTILINE) == ["[3]", "[1]", "[1]"]
    # 1 USD is 1,000,000 credits: (1,362 x 3 + 43,768 x 0.30 + 12,064 x 3.75 + 2,192 x 15) + 1,832
    assert "AGREES  97,168.40 credits billed and expected" in tour
    # (36,094 x 1.059 + 5,661 x 5.295) / 1M = 0.068198541 USD, x (7.10 - 6.80)
    assert re.search(r"^fx_rate +\+0\.0204595623 +claim$", tour, re.MULTILINE)
    # 43,768 cache reads x (3.00 - 0.30) / 1M
    assert re.search(r"^cache_read_at_input_rate +\+0\.1181736 +claim$", tour, re.MULTILINE)
    assert "Traceback" not in tour


@pytest.mark.parametrize(
    "shown",
    [
        # 1,204 x 3 + 18,432 x 0.30 + 2,048 x 3.75 + 863 x 15, a millionth of it, and one search
        "0.0397666 USD",
        # 420 x 8 + 22,350 x 0.40 + 960 x 40, times 1.1 in the US: (3,360 + 8,940 + 38,400) x 1.1
        "0.05577 USD",
        # 1,000 x (2,000 x 0.1 + 18,000 x 0.01 + 600 x 0.5) / 1M
        "0.68",
        # Opus 4.8 at list, thinking as input: (4,310 + 1,875) x 5 + 520 x 25
        "0.043925 USD",
    ],
)
def test_the_tour_shows_figures_worked_out_by_hand(tour: str, shown: str) -> None:
    assert shown in tour


def test_the_tour_prints_each_command_as_it_runs_it() -> None:
    script = (EXAMPLES / "demo.sh").read_text(encoding="utf-8")
    commands = re.findall(r"^show \d '((?:[^'])*)'", script, re.MULTILINE)
    assert len(commands) >= 8
    assert all(command.startswith("pricing ") for command in commands)
    assert "pricing " not in re.sub(r"^show \d '[^']*'|^#.*$", "", script, flags=re.MULTILINE)
