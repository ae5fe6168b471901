"""The sheets of tests: they come through as they were, and the causes of a change add up."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.errors import PricingError
from pricing.money import Money, add, exact
from pricing.pytest_plugin.baseline import regression
from pricing.pytest_plugin.causes import causes
from pricing.pytest_plugin.marks import Tolerance
from pricing.pytest_plugin.sheet import Group, Sheet
from pricing.pytest_plugin.table import first_line, rows

AMOUNTS = st.builds(exact, st.integers(0, 10**9), st.sampled_from([1, 1_000_000, 3600, 7]))
COUNTS = st.integers(0, 10**6).map(Decimal)
METERS = st.dictionaries(
    st.sampled_from(["input", "output", "cache_read", "floor"]), st.tuples(COUNTS, AMOUNTS)
)


@st.composite
def groups(draw: st.DrawFn) -> Group:
    group = Group()
    group.calls = draw(st.integers(0, 9))
    for meter, (quantity, amount) in draw(METERS).items():
        group.add(meter, quantity, amount)
    return group


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    held = draw(st.dictionaries(st.sampled_from(["a/x", "a/y", "b/x"]), groups()))
    total: Any = Decimal(0)
    for group in held.values():
        total = add(total, group.amount)
    calls = sum(group.calls for group in held.values())
    return Sheet(calls, Money(total, "USD"), held)


@given(sheets(), sheets())
def test_causes_add_up_to_the_difference_exactly(before: Sheet, now: Sheet) -> None:
    assert before.total is not None
    assert now.total is not None
    total: Any = Decimal(0)
    for amount in causes(before, now).values():
        total = add(total, amount)
    assert total == (now.total - before.total).amount


@given(sheets())
def test_without_a_change_no_cause_has_an_amount(sheet: Sheet) -> None:
    assert set(causes(sheet, sheet).values()) <= {Decimal(0), Fraction(0)}


@given(sheets())
def test_a_sheet_is_read_as_it_was_written(sheet: Sheet) -> None:
    data = json.loads(json.dumps(sheet.to_data()))
    assert Sheet.of_data(data).to_data() == sheet.to_data()
    assert Sheet.of_data(data).total == sheet.total


def sheet(amount: str, currency: str = "USD", calls: int = 1) -> Sheet:
    group = Group()
    group.calls = calls
    group.add("input", Decimal(1), Decimal(amount))
    return Sheet(calls, Money(amount, currency), {"a/x": group})


@pytest.mark.parametrize(
    ("text", "now", "fits"),
    [
        ("10%", "1.1", True),
        ("10%", "1.10000000000000000001", False),
        ("10 %", "1.1", True),
        ("0", "1", True),
        ("0", "1.00000000000000000001", False),
        ("0%", "1", True),
        ("0.1 USD", "1.1", True),
        ("0.1 USD", "1.10000000000000000001", False),
    ],
)
def test_a_tolerance_is_compared_exactly(text: str, now: str, fits: bool) -> None:
    fault = regression(sheet("1"), sheet(now), Tolerance(text))
    assert (fault is None) is fits


@pytest.mark.parametrize("text", ["", "x", "10", "-1%", "1%%", "10% USD", "nan%", "1e1 USD", "%"])
def test_a_tolerance_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(PricingError, match="no tolerance"):
        Tolerance(text)


def test_another_currency_is_not_compared() -> None:
    for before, tolerance in (("USD", "10%"), ("EUR", "0.1 USD")):
        fault = regression(sheet("1", before), sheet("1.05", "EUR"), Tolerance(tolerance))
        assert fault is not None
        assert "cannot be compared" in fault.what


def test_a_free_test_that_now_costs_something_fails() -> None:
    fault = regression(sheet("0"), sheet("0.01"), Tolerance("10%"))
    assert fault is not None
    assert fault.what.startswith("spends 0.01 USD, baseline 0 USD: +0.01 USD, tolerance 10%")


def test_many_tests_are_added_up_in_the_last_row() -> None:
    many = {f"test_{number:02}": sheet(f"0.{number:02}") for number in range(1, 31)}
    shown = rows(many, {}, everything=False)
    assert len(shown) == 22
    # 0.01 + … + 0.10
    assert shown[-1] == "10 more (-v)     10      0.55"
    assert len(rows(many, {}, everything=True)) == 31


def test_a_lower_bound_is_marked() -> None:
    part = sheet("0.01")
    part.problems.append("unknown model")
    assert rows({"t": part}, {"t": Money("0.01", "USD")}, False)[1:] == [
        "t         1   >= 0.01    0.01  100.0 %"
    ]
    assert first_line(part, 1, None, "") == "at least 0.01 USD in 1 call of 1 test"
    nothing = Sheet(1, None, {}, ["unknown model"])
    assert rows({"t": nothing}, {}, False)[1:] == ["t         1  unpriced"]


def test_what_is_over_by_the_least_is_not_shown_as_all_of_it() -> None:
    over = sheet("0.01000000001")
    assert rows({"t": over}, {"t": Money("0.01", "USD")}, False)[1].endswith("100.1 %")
