"""Numbers and days as people write them: what is not surely meant is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pricing.cli import main
from pricing.instants import SECOND, instant, iso
from pricing.money import ungrouped


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("12,000", "12000"), ("1,234,567.89", "1234567.89"), ("-12,000", "-12000"),
        ("+999,999", "+999999"), ("7", "7"), ("0.5", "0.5"), ("1.5,0", "1.5,0"),
        # three digits in each group, and one to three before them
        ("1,5", "1,5"), ("1,50", "1,50"), ("1,5000", "1,5000"), ("1,000,5", "1,000,5"),
        ("1234,567", "1234,567"), (",500", ",500"), ("1,,000", "1,,000"), ("", ""), (",", ","),
        ("1.000,5", "1.000,5"), ("0,0123", "0,0123"),
    ],
)  # fmt: skip
def test_commas_part_thousands_and_nothing_else(text: str, plain: str) -> None:
    assert ungrouped(text) == plain


@pytest.mark.parametrize("count", ["1,5", "1.000,5", "1_0", "10,00", "1,234_5"])
def test_a_decimal_comma_is_no_count(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "claude-sonnet-4-6", "--at", "2026-11-20", "--input", count]
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"'{count}' is no count of input" in shown.err


@pytest.mark.parametrize("count", ["12,000", "12_000", "12000", "12,000.0"])
def test_thousands_may_be_parted(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "claude-sonnet-4-6", "--at", "2026-11-20", "--input", count, "--quiet"]
    assert main(words) == 0
    # 12,000 x 3 per 1M
    assert capsys.readouterr().out.startswith("0.036 USD")


def test_a_reported_amount_with_a_decimal_comma_is_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, names = tmp_path / "calls.csv", tmp_path / "map.yaml"
    log.write_text("model;tokens;cost\nclaude-sonnet-4-6;1000;0,0123\n", encoding="utf-8")
    names.write_text(
        "model: model\nmeters: {input: tokens}\nfixed: {seller: anthropic}\n"
        "reported: {column: cost, currency: USD}\n",
        encoding="utf-8",
    )
    assert main(["cost", str(log), "--map", str(names), "--at", "2026-11-20"]) != 0
    assert "'0,0123': no amount of money" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("day", ["0001-01-01", "0999-12-31", "1969-12-31", "1970-01-01"])
def test_days_long_ago_have_four_digits_of_year(day: str) -> None:
    assert iso(instant(day)) == f"{day}T00:00:00Z"
    assert iso(instant(day) + SECOND // 4) == f"{day}T00:00:00.25Z"


def test_a_day_before_all_prices_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "claude-sonnet-4-6", "--at", "0001-01-01", "--input", "1"]) == 3
    assert "on 0001-01-01" in capsys.readouterr().out
