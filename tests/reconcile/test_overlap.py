"""Causes that lie over each other: two and three in one scope, and such as nearly cancel."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from small_bills import LOG, bill_of, call, counts_of, held, told

#: requests of one day that every cause below changes
OVER = [
    call("2026-10-15T10:00:00Z", input=4_001, read=30_011, w1=7_001, output=907, tier="batch"),
    call("2026-10-15T11:00:00Z", input=2_003, read=20_021, w1=9_011, output=409, tier="batch"),
    call("2026-10-16T11:00:00Z", input=3_007, read=10_039, w1=3_019, output=607, tier="batch"),
    call("2026-10-16T12:00:00Z", input=6_007, read=50_053, w1=5_021, output=701, tier="batch"),
    call("2026-10-17T12:00:00Z", input=1_009, read=40_063, w1=8_017, output=503, tier="batch"),
]


def is_over(row: Any) -> bool:
    return bool(row["usage"].get("service_tier") == "batch")


def codes(found: Any) -> set[str]:
    return {code for code, _ in told(found)}


def test_two_causes_in_the_same_cells_are_both_named(tmp_path: Path) -> None:
    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        # the discount is missing, and what was read is billed as input
        price = price * 2 if is_over(row) else price
        return count, price * 10 if is_over(row) and kind == "read" else price

    found = held(tmp_path, [*LOG, *OVER], bill_of([*LOG, *OVER], wrong=wrong))
    assert not found.unexplained
    assert codes(found) == {"batch_discount_missing", "cache_read_at_input_rate"}


def test_two_causes_of_which_neither_has_a_cell_of_its_own(tmp_path: Path) -> None:
    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        return (count * 2, price * 10) if kind == "read" else (count, price)

    found = held(tmp_path, LOG, bill_of(LOG, wrong=wrong))
    assert not found.unexplained
    assert codes(found) == {"counted_twice", "cache_read_at_input_rate"}
    # 8,009 + 9,001 at 0.30 once more, 7,013 + 5,009 at 0.10; then twice as many at ten times
    once = Decimal("0.0063052")
    assert sum(f.amount for f in found.findings) == once * 19


def test_three_causes_in_the_same_cells_are_all_named(tmp_path: Path) -> None:
    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        if not (is_over(row) and kind == "read"):
            return count, price
        # at the price of input, in another region, and counted twice
        return count * 2, price * 10 * Decimal("1.1")

    found = held(tmp_path, [*LOG, *OVER], bill_of([*LOG, *OVER], wrong=wrong))
    assert not found.unexplained
    assert codes(found) == {"counted_twice", "cache_read_at_input_rate", "geo_multiplier_applied"}
    base = sum(counts_of(row)["read"] for row in OVER) * Decimal("0.15") / 1_000_000
    assert sum(f.amount for f in found.findings) == base * 21


def test_three_causes_that_add_up_in_the_same_cells_are_all_named(tmp_path: Path) -> None:
    failed = [call(f"2026-10-1{n}T16:00:00Z", input=40_009 + n, status=529) for n in (5, 6, 7)]
    log = [*OVER, *failed]

    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        # what was read is billed as input too, and so is what was written; failures are billed
        if kind == "input":
            counts = counts_of(row)
            count += counts["read"] + counts["w1"]
        return count, price

    found = held(tmp_path, log, bill_of(log, wrong=wrong))
    assert not found.unexplained
    assert codes(found) == {
        "cached_counted_twice", "cache_write_counted_twice", "errors_billed",
    }  # fmt: skip


def test_causes_that_nearly_cancel_are_not_taken_for_agreement(tmp_path: Path) -> None:
    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        # a tenth more for the region, and a tenth less for nothing anybody agreed on
        return count, price * Decimal("1.1") * Decimal("0.9")

    found = held(tmp_path, LOG, bill_of(LOG, wrong=wrong))
    assert not found.unexplained
    assert abs(found.variance) < Decimal("0.002")
    # one number explains it as well: two causes are no better than one
    assert [f.code for f in found.findings] == ["unknown_factor"]
    assert found.findings[0].about["factor"] == "0.99"


def test_equal_explanations_stand_beside_each_other(tmp_path: Path) -> None:
    # every request is of batch: the discount missing is the same as all counted twice
    bill = bill_of(OVER, wrong=lambda row, kind, count, price: (count, price * 2))
    found = held(tmp_path, OVER, [{**row, "tokens": ""} for row in bill])
    (finding,) = found.findings
    assert {"batch_discount_missing", "counted_twice"} <= set(finding.code.split("|"))
    assert found.status == "ambiguous"
    assert "the provider's usage report" in finding.apart
    # with the counts on the bill it is one of them
    counted = held(tmp_path, OVER, bill)
    assert counted.findings[0].code == "batch_discount_missing"
    assert not counted.findings[0].apart


def test_what_is_too_small_to_print_is_no_cause_of_a_missing_line(tmp_path: Path) -> None:
    # two lines are missing: a thousandth of them, at half the price, would not be printed at all
    bill = bill_of(LOG[2:], places=5)
    found = held(tmp_path, LOG, [{**row, "tokens": ""} for row in bill])
    assert codes(found) - {"rounding_per_line"} == {"missing_invoice_line"}
