"""What the charts of commands show: the figures of the tables beside them, as their words tell."""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pricing.cli import main
from pricing.cli.cost_charts import _filled

pytest.importorskip("matplotlib", reason="the charts extra is not installed")
ROOT = Path(__file__).resolve().parents[1]
SVG = "{http://www.w3.org/2000/svg}"
WORK = "--requests 1000 --input 5000 --cache-read 15000 --output 500 --at 2026-11-20"
SELLERS = "anthropic,apimodels,bytespike,kunavo,openrouter,venice"


def told(command: str, folder: Path) -> tuple[str, str]:
    """Give title and description of the picture that a command writes."""
    path = folder / "chart.svg"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        assert main([*shlex.split(command), "--quiet", "-o", str(path)]) in (0, 1)
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    return root.findtext(f"{SVG}title") or "", root.findtext(f"{SVG}desc") or ""


def test_cost_over_time_by_model_and_the_shares_beside_it(tmp_path: Path) -> None:
    title, words = told("cost examples/usage.jsonl --by day,model", tmp_path)
    assert title == "Cost by day and model; Share by model, USD; Cached share of input by model"
    # as the table of the same command has them
    assert "In USD. claude-opus-5-5: 0.8071852 in 2026-11-19, 0.020708 in 2026-11-20." in words
    # 0.8278932 of 1.468657991
    assert "claude-opus-5-5: 0.8279, 56.4 %." in words
    assert words.count("claude-opus-5-5: 80.4 %.") == 1


def test_the_share_by_seller(tmp_path: Path) -> None:
    title, words = told("cost examples/usage.jsonl --by seller,model", tmp_path)
    assert title.startswith("Share by seller, USD; Share by model, USD; Cached share of input by")
    assert words.startswith("anthropic: 1.3033, 88.7 %. bytespike: 0.0972, 6.6 %. apimodels:")


def test_a_day_without_usage_is_a_gap_not_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rows = [
        {"at": f"2026-11-{day}T12:00:00Z", "seller": "anthropic", "id": day,
         "response": {"model": "claude-sonnet-4-6",
                      "usage": {"input_tokens": 1_000_000, "output_tokens": 0}}}
        for day in ("10", "13")
    ]  # fmt: skip
    log.write_text("\n".join(map(json.dumps, rows)))
    svg = tmp_path / "chart.svg"
    assert main(["cost", str(log), "--by", "day", "--quiet", "-o", str(svg)]) == 0
    text = svg.read_text(encoding="utf-8")
    assert "all: 3.00 in 2026-11-10, 3.00 in 2026-11-13." in text
    for day in ("10", "11", "12", "13"):
        assert re.search(f">2026-11-{day}<", text)


@pytest.mark.parametrize(
    ("field", "seen", "every"),
    [
        ("day", ["2026-02-27", "2026-03-01"], ["2026-02-27", "2026-02-28", "2026-03-01"]),
        ("week", ["2026-W52", "2027-W01"], ["2026-W52", "2026-W53", "2027-W01"]),
        ("month", ["2026-11", "2027-02"], ["2026-11", "2026-12", "2027-01", "2027-02"]),
        ("hour", ["2026-11-20 12", "2026-11-20 15"], ["2026-11-20 12", "2026-11-20 15"]),
        ("day", ["1970-01-01", "2026-01-01"], ["1970-01-01", "2026-01-01"]),
        ("day", ["2026-01-01"], ["2026-01-01"]),
    ],
)
def test_periods_between_the_first_and_the_last(
    field: str, seen: list[str], every: list[str]
) -> None:
    assert _filled(field, seen) == every


def test_a_comparison_and_its_break_even(tmp_path: Path) -> None:
    title, words = told(f"compare claude-sonnet-4-6 --sellers {SELLERS} {WORK}", tmp_path)
    assert title == "Cost in USD; apimodels without a cache, anthropic with one"
    assert words.startswith("kunavo: 18.90. anthropic: 27.00, 1.43 times.")
    # 1000 x (20,000 x 1.059 + 500 x 5.295) / 1M; the maker's 20,000 x 3 and x 0.30, + 500 x 15
    assert "apimodels: 23.8275 at 0.0 %, 23.8275 at 100.0 %." in words
    assert "anthropic: 67.50 at 0.0 %, 13.50 at 100.0 %." in words
    # (67.5 - 23.8275) / 54
    assert "the same cost at 80.875 %: 80.9 %. this workload: 75.0 %." in words


def test_when_a_cache_write_pays(tmp_path: Path) -> None:
    words = told("compare claude-sonnet-4-6 --break-even caching --at 2026-11-20", tmp_path)[1]
    assert "No cache: 0.03 at 1, 0.06 at 2, 0.09 at 3." in words
    assert "5m write pays from call 2: 2. 1h write pays from call 3: 3." in words


def test_the_prices_of_a_card_over_time(tmp_path: Path) -> None:
    words = told("cards show gpt-4o --at 2026-11-20", tmp_path)[1]
    assert "input: 5 from 2024-05-13, 2.5 from 2024-11-15." in words


def test_from_expected_to_billed(tmp_path: Path) -> None:
    bill = "reconcile examples/bytespike-statement.json --usage examples/usage.jsonl"
    title, words = told(bill, tmp_path)
    assert title == "From expected to billed"
    assert words == (
        "Expected: 0.0971684. cache_read_at_input_rate: +0.1181736. Billed: 0.2153420."
    )


def test_what_has_no_chart_says_which_reports_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.svg"
    words = ["cost", str(ROOT / "examples/response.json"), "--at", "2026-11-20", "-o", str(path)]
    assert main(words) == 2
    assert "this report has nothing to draw" in capsys.readouterr().err
    assert not path.exists()
