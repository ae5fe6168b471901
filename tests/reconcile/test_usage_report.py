"""A provider's usage report, as the log of a bill and beside our own log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pricing.cli import main

SPAN = {"starting_at": "2026-11-12T00:00:00Z", "ending_at": "2026-11-13T00:00:00Z"}


def saved(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text(json.dumps({"data": [{**SPAN, "results": rows}], "has_more": False}), "utf-8")
    return str(path)


def costs(folder: Path, window: str | None) -> str:
    """Save a cost report: 0.300009, 0.030015 and 0.00150375, in cents."""
    amounts = {"uncached_input_tokens": "30.0009", "output_tokens": "3.0015",
               "cache_creation.ephemeral_5m_input_tokens": "0.150375"}  # fmt: skip
    return saved(folder / "cost.json", *(
        {"currency": "USD", "amount": amount, "workspace_id": "w", "cost_type": "tokens",
         "model": "claude-sonnet-4-6", "service_tier": "standard", "token_type": kind,
         "context_window": window, "description": "Claude Sonnet 4.6"}
        for kind, amount in amounts.items()
    ))  # fmt: skip


def report(folder: Path, window: str | None, output: int = 2_001) -> str:
    return saved(folder / "usage.json", {
        "workspace_id": "w", "model": "claude-sonnet-4-6", "service_tier": "standard",
        "context_window": window, "uncached_input_tokens": 100_003, "output_tokens": output,
        "cache_read_input_tokens": 0, "server_tool_use": {"web_search_requests": 0},
        "cache_creation": {"ephemeral_5m_input_tokens": 401, "ephemeral_1h_input_tokens": 0},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("billed", "reported", "code"),
    [
        ("0-200k", "0-200k", 0),
        # a report that is not grouped by it is compared without it
        ("0-200k", None, 0),
        (None, "0-200k", 0),
        ("200k-1M", "200k-1M", 0),
        ("0-200k", "200k-1M", 1),
        ("200k-1M", "0-200k", 1),
    ],
)
def test_a_usage_report_is_held_against_a_cost_report_by_its_windows(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    billed: str | None,
    reported: str | None,
    code: int,
) -> None:
    words = ["reconcile", costs(tmp_path, billed), "--usage-report", report(tmp_path, reported)]
    assert main(words) == code
    assert ("AGREES  0.33152775 USD" in capsys.readouterr().out) == (code == 0)


def page(path: Path, day: int, more: bool) -> str:
    """Save a page of one day: 0.300009."""
    span = {"starting_at": f"2026-11-{day}T00:00:00Z", "ending_at": f"2026-11-{day + 1}T00:00:00Z"}
    row = {"currency": "USD", "amount": "30.0009", "workspace_id": "w", "cost_type": "tokens",
           "model": "claude-sonnet-4-6", "token_type": "uncached_input_tokens"}  # fmt: skip
    path.write_text(json.dumps({"data": [{**span, "results": [row]}], "has_more": more}), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("pages", "code"),
    [
        ([(12, True), (13, False)], 0),
        ([(13, False), (12, True)], 0),
        ([(12, True), (13, True), (14, False)], 0),
        # the last one promises another, or the one that is there came before
        ([(12, True), (13, True)], 3),
        ([(12, False), (13, True)], 3),
        ([(12, True)], 3),
    ],
)
def test_pages_in_files_of_their_own_are_whole_with_the_last(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    pages: list[tuple[int, bool]],
    code: int,
) -> None:
    files = [page(tmp_path / f"{day}.json", day, more) for day, more in pages]
    log = tmp_path / "calls.jsonl"
    usage = {"input_tokens": 100_003, "output_tokens": 0}
    log.write_text("".join(
        json.dumps({"at": f"2026-11-{day}T04:00:00Z", "seller": "anthropic", "id": f"r{day}",
                    "labels": {"workspace_id": "w"}, "response": {
                        "type": "message", "model": "claude-sonnet-4-6", "usage": usage}}) + "\n"
        for day, _ in pages
    ), encoding="utf-8")  # fmt: skip
    assert main(["reconcile", *files, "--usage", str(log)]) == code
    shown = capsys.readouterr()
    assert "AGREES" in shown.out
    assert ("more pages follow: the bill is not whole" in " ".join(shown.err.split())) == (
        code == 3
    )


@pytest.mark.parametrize(("output", "code"), [(2_001, 0), (2_002, 1)])
def test_a_log_that_does_not_tell_kinds_of_writes_agrees_with_a_report_that_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: int, code: int
) -> None:
    usage = {"input_tokens": 100_003, "cache_creation_input_tokens": 401, "output_tokens": 2_001}
    response = {"type": "message", "model": "claude-sonnet-4-6", "usage": usage}
    call = {"at": "2026-11-12T04:00:00Z", "seller": "anthropic", "id": "r1", "status": 200,
            "labels": {"workspace_id": "w"}, "response": response}  # fmt: skip
    log = tmp_path / "calls.jsonl"
    log.write_text(json.dumps(call) + "\n", encoding="utf-8")
    words = ["reconcile", costs(tmp_path, "0-200k"), "--usage", str(log)]
    assert main([*words, "--usage-report", report(tmp_path, "0-200k", output)]) == code
    shown = capsys.readouterr().out
    assert ("all counts agree" in shown) == (code == 0)
    assert "cache_write" not in shown
