"""What an attack on the first release found: each is refused or right since."""

from __future__ import annotations

import copy
import enum
import itertools
import json
import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.usage.records import Records

CATALOG = pricing.load_catalog()
AT = "2026-11-20"


def rows(tmp_path: Path, *records: dict[str, Any]) -> list[pricing.Usage]:
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return [usage for usages in Records([str(path)]) for usage in usages]


def record(id: str, *, model: str = "claude-opus-4-8", **usage: Any) -> dict[str, Any]:
    return {"id": id, "model": model, "usage": {"input_tokens": 10, "output_tokens": 20, **usage}}


def test_the_order_of_records_with_one_id_decides_nothing(tmp_path: Path) -> None:
    same = [
        record("m"),
        record("m", input_tokens=20, output_tokens=10),
        record("m", speed="fast"),
        record("m", model="claude-haiku-5-5"),
    ]
    totals = set()
    for order in itertools.permutations(same):
        (usage,) = rows(tmp_path, *order)
        totals.add(CATALOG.cost(usage, at=AT).total.amount)
    assert len(totals) == 1


def test_an_empty_id_is_no_id(tmp_path: Path) -> None:
    assert (
        len(rows(tmp_path, {"response": record(""), "id": ""}, {"response": record(""), "id": ""}))
        == 2
    )


@pytest.mark.parametrize(
    ("slip", "meant"), [("selller", "seller"), ("staus", "status"), ("modle", "model")]
)
def test_a_key_that_is_nearly_one_of_an_envelope_s_is_refused(
    tmp_path: Path, slip: str, meant: str
) -> None:
    with pytest.raises(pricing.UsageError, match=f"Did you mean '{meant}'"):
        rows(tmp_path, {slip: "apimodels", "response": record("m")})


def test_a_foreign_key_of_an_envelope_is_left_alone(tmp_path: Path) -> None:
    assert len(rows(tmp_path, {"trace": "t", "response": record("m")})) == 1


def test_an_advisor_names_its_own_model_and_runs_at_its_own_speed() -> None:
    def answer(**entry: Any) -> dict[str, Any]:
        own = {"type": "message", "input_tokens": 10, "output_tokens": 20}
        advice = {"type": "advisor_message", "input_tokens": 100, "output_tokens": 10, **entry}
        return record("m", speed="fast", iterations=[own, advice])

    with pytest.raises(pricing.UsageError, match="names no model"):
        CATALOG.cost(answer(), at=AT)
    # Opus 4.8 fast: (10 x 5 + 20 x 25) x 2 = 1,100; Sonnet 4.6: 100 x 3 + 10 x 15 = 450
    cost = CATALOG.cost(answer(model="claude-sonnet-4-6"), at=AT)
    assert str(cost.total) == "0.00155 USD"


@pytest.mark.parametrize("counter", [{"new_tokens": "7"}, {"low_cost_tokens": 7}])
def test_a_counter_that_is_not_known_is_never_dropped(counter: dict[str, Any]) -> None:
    with pytest.raises(pricing.Unpriced, match="unknown counter"):
        CATALOG.cost(record("m", **counter), at=AT)


def test_tools_of_a_later_date_are_free_too() -> None:
    # the page says 20260209 and later; an hour of 3,600 s costs 0.05 without them
    for tools, total in [("20260208", "0.05 USD"), ("20260209", "0 USD"), ("20260401", "0 USD")]:
        usage = pricing.Usage(
            {"code_execution": 3600},
            at=AT,
            model="claude-sonnet-4-6",
            attributes={"web_tools": tools},
        )
        assert str(CATALOG.cost(usage).total) == total


@pytest.mark.parametrize("pool", [("a", "b"), ("a", "", "2026-11"), (1, 2, 3)])
def test_an_account_has_pools_by_seller_pool_and_period(pool: Any) -> None:
    with pytest.raises(pricing.UsageError, match="an account has no pool"):
        pricing.Account({pool: 1})


@pytest.mark.parametrize("used", [-5, "NaN", 1.5, "much"])
def test_what_an_account_has_used_is_a_count(used: Any) -> None:
    with pytest.raises(pricing.UsageError):
        pricing.Account({("anthropic", "code_execution", "2026-11"): used})


@pytest.mark.parametrize("context", [-1, 1.5, "200000", float("nan"), True])
def test_context_tokens_are_a_whole_number(context: Any) -> None:
    with pytest.raises(pricing.UsageError, match="context_tokens"):
        pricing.Usage({"input": 1}, context_tokens=context)
    with pytest.raises(pricing.UsageError, match="context_tokens is no attribute"):
        pricing.Usage({"input": 1}, attributes={"context_tokens": context})


@pytest.mark.parametrize("requests", [0, -1, 2.5, "3", None, Decimal("2.5")])
def test_requests_are_a_whole_number_from_1_on(requests: Any) -> None:
    usage = pricing.Usage({"input": 1}, at=AT)
    with pytest.raises(pricing.PricingError):
        pricing.rate(usage, CATALOG.card("claude-sonnet-4-6"), requests=requests)
    with pytest.raises(pricing.UsageError):
        pricing.Workload(usage, requests)


def test_money_by_zero_is_an_error_and_nothing_is_ever_rounded_unasked() -> None:
    with pytest.raises(ZeroDivisionError):
        pricing.Money(1, "USD") / 0
    assert (pricing.Money(1, "USD") / 3).amount == Fraction(1, 3)


@pytest.mark.parametrize("amount", ["1_000", " 5 ", "\u0661\u0662", "0x10", "", "1e999"])
def test_a_number_is_written_in_plain_digits(amount: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        pricing.Money(amount, "USD")


def test_of_several_exchange_rates_each_target_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "currencies.yaml").write_text(
        "CNY:\n"
        "  - {effective: 2026-02-01, per: 8, price: 1 EUR}\n"
        "  - {effective: 2026-01-01, per: 6.8, price: 1 USD}\n"
    )
    catalog = pricing.load_catalog(tmp_path)
    at = 1_795_000_000_000_000
    assert str(catalog.convert(pricing.Money("6.8", "CNY"), "USD", at)[0]) == "1 USD"
    assert str(catalog.convert(pricing.Money("8", "CNY"), "EUR", at)[0]) == "1 EUR"


@pytest.mark.parametrize(
    "call",
    [
        {"model": "claude-sonet-4-6"},
        {"seller": "anthropc"},
        {"at": "2001-01-01"},
        {"model": "bytespike/claude-opus-4-8"},
        {"shape": "openai.chats"},
    ],
)
def test_an_error_can_be_copied_and_sent_to_another_process(call: dict[str, Any]) -> None:
    with pytest.raises(pricing.PricingError) as caught:
        CATALOG.cost(record("m"), **{"at": AT, **call})
    for other in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert type(other) is type(caught.value)
        assert str(other) == str(caught.value)
        assert vars(other).keys() == vars(caught.value).keys()


class Tier(str, enum.Enum):  # noqa: UP042  the kind whose str() is its name
    BATCH = "batch"


def test_a_value_of_an_enum_of_text_is_its_text() -> None:
    # 10 x 5 + 20 x 25 = 550 millionths, half of it in a batch
    cost = pricing.load_catalog().cost(record("m", service_tier=Tier.BATCH), at=AT)
    assert str(cost.total) == "0.000275 USD"


@pytest.mark.parametrize("label", [{1: [2]}, {("a",): {}}, {None: [1]}, {1: 2}])
def test_a_label_may_have_any_key(label: Any) -> None:
    usage = pricing.Usage({"input": 10}, at=AT, attributes=label)
    assert str(pricing.rate(usage, CATALOG.card("claude-opus-4-8")).total) == "0.00005 USD"


@pytest.mark.parametrize("at", [10**18, -(10**18), 10**30])
def test_an_instant_of_no_year_is_refused(at: int) -> None:
    with pytest.raises(pricing.RatingError, match="is no instant"):
        CATALOG.cost(record("m"), at=at)
    with pytest.raises(pricing.UsageError, match="is no instant"):
        pricing.Usage({"input": 1}, at=at)


def test_a_usage_that_is_changed_after_it_was_priced_changes_no_cost() -> None:
    usage = pricing.Usage({"input": 100}, model="claude-opus-4-8")
    cost = CATALOG.cost(usage, at=AT)
    assert (usage.at, usage.attributes) == (None, {})
    usage.meters["input"] = 10**6
    usage.attributes["service_tier"] = "batch"
    assert [str(line.amount) for line in cost.lines] == ["0.0005 USD"]
    assert str(CATALOG.cost(usage, at=AT).total) == "2.5 USD"


@pytest.mark.parametrize("status", [0, 2, 2000, None])
def test_a_number_that_is_no_status_makes_nothing_free(status: int | None) -> None:
    # ByteSpike bills no response but 2xx; 3 millionths a token
    usage = pricing.Usage({"input": 1}, model="bytespike/claude-sonnet-4-6", status=status)
    assert str(CATALOG.cost(usage, at=AT).total) == "0.000003 USD"
    assert CATALOG.cost(usage.replace(status=500), at=AT).total.amount == 0


@pytest.mark.parametrize(
    "odd", [{"meters": {5: 1}}, {"meters": {None: 1}}, {"model": 5}, {"seller": ["a"]}]
)
def test_a_name_that_is_no_text_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(pricing.UsageError, match="not a name"):
        pricing.Usage(**{"meters": {"input": 1}, **odd})


def test_a_counter_under_a_number_is_not_known_either() -> None:
    with pytest.raises(pricing.Unpriced, match="unknown counter '5'"):
        CATALOG.cost({"model": "claude-opus-4-8", "usage": {**record("m")["usage"], 5: 7}}, at=AT)
