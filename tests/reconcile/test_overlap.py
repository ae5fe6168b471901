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


# When a cause is taken


def test_a_cause_holds_only_where_no_cell_that_agrees_would_break(tmp_path: Path) -> None:
    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        return count, price * 10 if kind == "read" and row["model"] == "mid" else price

    found = held(tmp_path, LOG, bill_of(LOG, wrong=wrong))
    (finding,) = found.findings
    assert not found.unexplained
    assert (finding.code, finding.scope["model"]) == ("cache_read_at_input_rate", ["mid"])
    # (8,009 + 9,001) x 2.70: what small read agrees as it is
    assert finding.amount == Decimal("0.045927")


def test_one_round_difference_is_no_proof(tmp_path: Path) -> None:
    # 20.00 more: 2,000 cents are eleven bits, and that all was counted twice is one of many causes
    log = [*LOG, call("2026-10-13T15:00:00Z", "wide", output=1_333_333)]
    bill = [{**row, "tokens": ""} for row in bill_of(log, places=2)]
    off = [
        {**row, "cost": "40.00"} if row["model"] == "wide" and row["kind"] == "output" else row
        for row in bill
    ]
    assert off != bill
    found = held(tmp_path, log, off)
    assert codes(found) <= {"rounding_per_line"}
    assert len(found.unexplained) == 1


def test_a_number_that_mends_all_is_told_before_a_cause_that_mends_a_part(tmp_path: Path) -> None:
    # output costs five times what input does: not only input is wrong by five
    found = held(tmp_path, LOG, bill_of(LOG, "5"))
    (finding,) = found.findings
    assert (finding.code, finding.about["factor"]) == ("unknown_factor", "5")
    # where only input is, it has a name
    named = held(tmp_path, LOG, bill_of(LOG, wrong=lambda row, kind, count, price: (
        count, price * 5 if kind == "input" else price)))  # fmt: skip
    assert codes(named) == {"input_at_output_rate"}


def test_a_cause_is_let_into_cells_that_another_one_lies_over(tmp_path: Path) -> None:
    def wrong(row: Any, kind: str, count: int, price: Decimal) -> tuple[Any, Decimal]:
        price = price * Decimal("1.1") if row["model"] == "mid" else price
        # the last day: the likeliest scope of the first cause is the days before it
        return count, price * Decimal("2.7") if row["ts"][:10] == "2026-10-14" else price

    last = call("2026-10-14T12:00:00Z", read=7_001, w5=3_001, w1=2_003)
    log = [*LOG, last, *({**row, "ts": row["ts"].replace("-10-1", "-09-1")} for row in LOG)]
    for number, row in enumerate(log):
        log[number] = {**row, "request_id": f"w{number}"}
    found = held(tmp_path, log, bill_of(log, wrong=wrong))
    assert not found.unexplained
    assert len(found.findings) == 2
    about = {f.code: f.about for f in found.findings}
    assert about["unknown_factor"]["factor"] == "2.7"
    assert about["geo_multiplier_applied"]["where"] == {"model": "mid"}


def test_two_shifts_of_time_are_both_named(tmp_path: Path) -> None:
    log = []
    for n in range(96):
        at = f"2026-10-1{2 + n % 4}T{n * 7 % 24:02}:{n * 13 % 60:02}:00Z"
        # every second request takes five hours, all others a minute
        log.append(
            call(at, "small" if n % 5 else "mid", input=1_000 + 97 * n, output=211 + 31 * n,
                 id=f"t{n}", end_ts=_later(at, 60 * 5 if n % 2 else 1))
        )  # fmt: skip
    shifted = [{**row, "ts": _later(row["end_ts"], -60 * 7)} for row in log]
    found = held(tmp_path, log, bill_of(shifted))
    assert not found.unexplained
    assert codes(found) == {"timezone_shift", "end_time_bucketing"}


def _later(at: str, minutes: int) -> str:
    from datetime import datetime, timedelta

    moved = datetime.fromisoformat(at) + timedelta(minutes=minutes)
    return moved.strftime("%Y-%m-%dT%H:%M:%SZ")
