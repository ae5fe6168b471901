"""Price, volume and mix: exact, and they add up."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from small_bills import LOG, bill_of, held, line, other

from pricing.money import add
from pricing.reconcile.document import document_of
from pricing.reconcile.mix import Parts, mix_of, price_volume_mix

D = Decimal


def whole(parts: object) -> Parts:
    found = Parts()
    for each in parts.values():  # type: ignore[attr-defined]
        found = found.plus(each)
    return found


def test_price_volume_and_mix_of_two_periods_by_hand() -> None:
    # 100 at 2 and 100 at 10 became 150 at 2.10 and 90 at 10
    before = {"a": (D(200), D(100)), "b": (D(1000), D(100))}
    after = {"a": (D(315), D(150)), "b": (D(900), D(90))}
    found = price_volume_mix(before, after, {"a": "token", "b": "token"})
    # price: 150 x 0.10; all grew by a fifth: 200 and 1,000 each by a fifth
    assert (found["a"].price, found["b"].price) == (15, 0)
    assert (found["a"].volume, found["b"].volume) == (40, 200)
    # a grew by 50 x 2 = 100, 60 more than its share; b fell by 100, 300 less than its share
    assert (found["a"].mix, found["b"].mix) == (60, -300)
    assert whole(found).total == 315 + 900 - 1200


def test_units_are_never_added_to_each_other() -> None:
    before = {"in": (D(10), D(1_000_000)), "search": (D(1), D(100))}
    after = {"in": (D(10), D(1_000_000)), "search": (D(2), D(200))}
    found = price_volume_mix(before, after, {"in": "token", "search": "search"})
    assert (found["in"].total, found["search"].volume) == (0, 1)


def test_what_is_new_is_mix_and_money_without_a_count_is_other() -> None:
    before = {"a": (D(10), D(5))}
    after = {"a": (D(10), D(5)), "new": (D(3), D(1)), "fee": (D(7), D(0))}
    units = dict.fromkeys(after, "token")
    found = price_volume_mix(before, after, units)
    assert (found["new"].price, found["new"].volume + found["new"].mix) == (0, 3)
    assert found["fee"].other == 7


amounts = st.decimals(0, 10**6, places=9)
counts = st.integers(0, 10**9).map(Decimal)
cells = st.dictionaries(st.sampled_from("abcdef"), st.tuples(amounts, counts))


@given(cells, cells)
def test_the_parts_add_up_whatever_the_cells(before: object, after: object) -> None:
    units = {place: "token" if place < "d" else "search" for place in "abcdef"}
    found = price_volume_mix(before, after, units)  # type: ignore[type-var, arg-type]
    sides = [sum((own[0] for own in side.values()), D(0)) for side in (before, after)]  # type: ignore[attr-defined]
    assert whole(found).total == add(sides[1], -sides[0])
    assert all(isinstance(getattr(p, n), Decimal) for p in found.values() for n in Parts.__slots__)


def test_a_wrong_price_is_price_and_a_wrong_count_is_volume(tmp_path: Path) -> None:
    dearer = held(tmp_path, LOG, bill_of(LOG, "1.07"))
    parts = whole(mix_of(dearer))
    assert parts.price == dearer.variance
    assert (parts.volume, parts.mix, parts.other) == (0, 0, 0)
    twice = bill_of(LOG, wrong=lambda row, kind, count, price: (count * 2, price))
    more = held(tmp_path, LOG, twice)
    parts = whole(mix_of(more))
    assert (parts.price, parts.volume) == (0, more.variance)


def test_the_parts_add_up_to_billed_less_expected(tmp_path: Path) -> None:
    bill = [
        *bill_of(LOG, "1.07")[1:],
        line("2026-10-14", "wide", "output", "0.77", 1_234),
        other("credit", "-0.05"),
        other("tax", "0.01"),
    ]
    found = held(tmp_path, LOG, bill, "terms: {tax: 0.05}")
    by_model = mix_of(found)
    assert whole(by_model).total == found.variance
    assert by_model[""].other == D("-0.05") + D("0.01") - (found.expected - found.start.total)
    told = document_of(found)["price_volume_mix"]
    names = ("price", "volume", "mix", "other")
    assert sum(D(told[name]) for name in names) == D(told["total"]) == found.variance
    for name in (*names, "total"):
        assert sum(D(row[name]) for row in told["by_model"]) == D(told[name])


def test_what_the_log_counts_twice_is_volume_of_its_model(tmp_path: Path) -> None:
    twice = [{**LOG[0], "id": "a"}, {**LOG[0], "id": "a"}]
    found = held(tmp_path, [*LOG[1:], *twice], bill_of(LOG))
    by_model = mix_of(found)
    assert by_model["mid"].volume == found.variance == D("-0.0092787")
    assert "" not in by_model
