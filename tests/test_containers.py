"""Logs, streams and exports, case by case: sums after merging, and what is skipped and why.

The cases lie beside the project.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing.usage.records import Records

CASES = Path(__file__).parents[2] / "shared" / "cases" / "containers"
ENDING = ".expected.json"
NAMES = sorted(path.name.removesuffix(ENDING) for path in CASES.glob(f"*{ENDING}"))
SIDES = ("input_", "output_", "cache_read_", "cache_write_")
#: the cases' words for a skip reason or a count of one
REASONS = {
    "cache_hits": "cache_hits",
    "errors": "errors_not_billed",
    "failures": "errors_not_billed",
    "synthetic_errors": "errors_not_billed",
}
METERS = ("input", "output", "cache_read", "cache_write")


def meter(name: str) -> str:
    for side in SIDES:
        if name.startswith(side):
            return f"{side[:-1]}.{name[len(side) :]}"
    return name


def meters(expected: dict[str, Any]) -> dict[str, int]:
    found = {meter(key): value for key, value in expected.items() if key.startswith(METERS)}
    return {**found, **expected.get("counters", {})}


def read(*paths: Path) -> tuple[Records, list[Any]]:
    records = Records(map(str, paths))
    return records, [usage for usages in records for usage in usages]


def summed(usages: list[Any]) -> dict[str, Any]:
    found: Counter[str] = Counter()
    for usage in usages:
        found.update(usage.meters)
    return {name: quantity for name, quantity in found.items() if quantity}


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_container_adds_up(name: str) -> None:
    if not NAMES:
        pytest.skip("no shared cases beside the project: containers")
    case = json.loads((CASES / f"{name}{ENDING}").read_text(encoding="utf-8"))
    expected = case["expected"]
    records, usages = read(CASES / case["container"])
    if meters(expected):
        assert summed(usages) == meters(expected)
    if "requests" in expected:
        assert len(usages) == expected["requests"]
    if "model" in expected:
        assert {usage.model for usage in usages} == {expected["model"]}
    for model, counts in expected.get("by_model", {}).items():
        assert summed([usage for usage in usages if usage.model == model]) == meters(counts)
    for key, value in expected.get("modifiers", {}).items():
        assert {usage.attributes.get(key) for usage in usages} == {value}
    if "total_usd" in expected:
        money = [usage.reported for usage in usages if usage.reported is not None]
        assert {amount.currency for amount in money} == {"USD"}
        assert sum(amount.amount for amount in money) == Decimal(expected["total_usd"])
        assert len(money) == expected.get("lines", len(money))
    if "buckets_in_tokens" in expected:
        assert summed(usages) == meters(expected["buckets_in_tokens"])
    assert records.skipped["malformed"] == expected.get("malformed_rows", 0)
    for key, value in skipped(expected).items():
        assert records.skipped.get(key, 0) == value
    if "warnings" in expected:
        unknown = [f"unknown usage key {k}={v}" for u in usages for k, v in u.unknown.items()]
        assert unknown == expected["warnings"]


def skipped(expected: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    told = {key: expected[key] for key in REASONS if key in expected}
    for key, value in {**told, **expected.get("skipped", {})}.items():
        found[REASONS.get(key, key)] += value
    found["errors_not_billed"] += sum(expected.get("unbilled", {}).values())
    return found if found.total() else Counter()


def test_a_fork_bills_its_own_beside_its_parent() -> None:
    folder = CASES / "codex"
    if not folder.exists():
        pytest.skip("no shared cases beside the project: containers")
    records, usages = read(folder)
    assert len(usages) == 3
    assert summed(usages) == {
        "input": 1600, "cache_read": 1900, "output": 200, "output.reasoning": 150
    }  # fmt: skip
    assert records.skipped["duplicates"] == 3
    assert not any(usage.warnings for usage in usages)


def test_a_folder_of_containers_is_one_log(tmp_path: Path) -> None:
    if not NAMES:
        pytest.skip("no shared cases beside the project: containers")
    for folder in ("claude_code", "codex"):
        shutil.copytree(CASES / folder, tmp_path / folder)
    shutil.copytree(CASES / "claude_code", tmp_path / "copied")
    records, usages = read(tmp_path)
    assert len(usages) == 8
    assert records.skipped["malformed"] == 2
