"""The oddest price rules that sellers print, as cards, with sums worked out by hand."""

from __future__ import annotations

import ast
import json
import operator
import re
import shutil
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

import pricing
from pricing.cards.book import CardBook
from pricing.cards.build import build_book
from pricing.cards.model import RateCard
from pricing.instants import short

HERE = Path(__file__).parent / "odd_rules"
SHARED = Path(__file__).parents[2] / "shared" / "cases" / "odd_rules"

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def worked_out(sum_: str) -> Fraction:
    """Work a spelled-out sum out, such as "(100 × 0.30 + 5) / 1,000,000"."""
    source = sum_.replace("×", "*").replace(",", "")

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            result = OPERATORS[type(node.op)](value(node.left), value(node.right))
            assert isinstance(result, Fraction)
            return result
        text = ast.get_source_segment(source, node)
        assert isinstance(node, ast.Constant)
        assert text is not None
        return Fraction(text)

    return value(ast.parse(source, mode="eval").body)


# The rules of the project's own


@cache
def catalog() -> pricing.Catalog:
    return pricing.Catalog(build_book((HERE / "ratecards", "ratecards")))


@cache
def rules() -> list[dict[str, Any]]:
    # BaseLoader: every scalar stays text
    loaded = yaml.load((HERE / "checks.yaml").read_bytes(), Loader=yaml.BaseLoader)
    assert isinstance(loaded, list)
    return loaded


def checks() -> list[Any]:
    """Give every check with what its rule says for all of them."""
    found = []
    for number, rule in enumerate(rules(), 1):
        common = {key: rule[key] for key in ("card", "at", "attributes") if key in rule}
        for place, check in enumerate(rule["checks"], 1):
            found.append(pytest.param({**common, **check}, id=f"{number}.{place}"))
    return found


def usage_of(check: dict[str, Any]) -> pricing.Usage:
    context = check.get("context_tokens")
    return pricing.Usage(
        {meter: quantity.replace("_", "") for meter, quantity in check["usage"].items()},
        at=check["at"],
        attributes=check.get("attributes"),
        context_tokens=None if context is None else int(context),
        aggregate=check.get("aggregate") == "true",
    )


def account_of(check: dict[str, Any]) -> pricing.Account | None:
    if "used" not in check:
        return None
    used = {}
    for pool, amount in check["used"].items():
        seller, name, period = pool.split("/")
        used[seller, name, period] = amount.replace("_", "")
    return pricing.Account(used)


def cost_of(check: dict[str, Any]) -> pricing.Cost:
    return pricing.rate(
        usage_of(check),
        catalog().card(check["card"]),
        account=account_of(check),
        estimates=check.get("estimates") == "true",
    )


@pytest.mark.parametrize("check", checks())
def test_an_odd_rule_gives_the_sum_worked_out_by_hand_or_refuses(check: dict[str, Any]) -> None:
    if "refuse" in check:
        with pytest.raises(pricing.PricingError) as refusal:
            convert(cost_of(check), check)
        assert check["refuse"] in str(refusal.value)
        return
    cost = cost_of(check)
    amount, currency = check["total"].split()
    assert worked_out(check["sum"]) == Fraction(amount), "the sum does not give the total"
    total = convert(cost, check)
    assert (Fraction(total.amount), total.currency) == (Fraction(amount), currency)
    assert sum(Fraction(line.amount.amount) for line in cost.lines) == Fraction(cost.total.amount)
    if "says" in check:
        assert any(check["says"] in line.because for line in cost.lines)


def convert(cost: pricing.Cost, check: dict[str, Any]) -> pricing.Money:
    if "in" not in check:
        return cost.total
    at = usage_of(check).at
    assert at is not None
    return catalog().convert(cost.total, check["in"], at)[0]


def test_every_rule_has_its_sentence_its_source_and_three_checks_or_says_all_in_two() -> None:
    assert len(rules()) >= 30
    for rule in rules():
        assert set(rule) <= {"rule", "source", "card", "at", "attributes", "checks"}
        assert rule["rule"]
        assert rule["source"]
        assert len(rule["checks"]) >= 2, rule["rule"]
        for check in rule["checks"]:
            assert ("refuse" in check) != ("total" in check), check
            assert ("sum" in check) == ("total" in check), check


def test_every_card_of_the_odd_rules_is_checked() -> None:
    checked = {param.values[0]["card"] for param in checks()}
    followed = {
        follow["card"]
        for card in catalog().cards()
        for revision in card.revisions
        for follow in revision.get("follows", ())
    }
    assert {card.name for card in catalog().cards()} <= checked | followed


@pytest.mark.parametrize(
    ("sum_", "value"),
    [
        ("100,001 × 0.10 × 5 / 1,000,000", "0.0500005"),
        ("1 × 0.05 / 3600", "1/72000"),
        ("(2 + 3) × 4 - 0.5", "19.5"),
    ],
)
def test_a_sum_is_worked_out_exactly(sum_: str, value: str) -> None:
    assert worked_out(sum_) == Fraction(value)


# Every card of the rules once more, through a card that follows it whole


def moving(card: RateCard, seller: str, model: str) -> str:
    """Give the text of a card that follows another in every revision, in the same currency."""
    rows = [f"model: {model}", f"provider: {seller}", "revisions:"]
    for revision in reversed(card.billing):
        rows.append(f"  - effective: {short(revision['effective'])}")
        rows.append("    sources: [{url: 'https://example.com', checked: 2026-11-20}]")
        if revision.get("ended"):
            rows.append("    ended: true")
            continue
        rows.append(f"    currency: {revision.get('currency', card.provider.currency)}")
        rows.append(f"    follows: [{{card: {card.name}, keep: all}}]")
        # what a provider makes of its requests, another seller does not take over
        rule = card.provider.wire.get("per_request")
        if rule is not None and "per_request" not in revision and seller == "elsewhere":
            rows.append(f"    per_request: {{floor: {rule['floor']}}}")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def aliased(tmp_path_factory: pytest.TempPathFactory) -> CardBook:
    """Give the book with two aliases of each card: at the same seller, and elsewhere."""
    folder = tmp_path_factory.mktemp("aliased") / "ratecards"
    shutil.copytree(HERE / "ratecards", folder)
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "provider.yaml").write_text("provider: elsewhere\ncurrency: USD\n")
    for card in catalog().cards():
        seller, file = card.provider.name, card.model.replace("/", "-")
        near = moving(card, seller, f"moving-{card.model}")
        (folder / seller / f"moving-{file}.yaml").write_text(near)
        far = moving(card, "elsewhere", f"{seller}.{card.model}")
        (folder / "elsewhere" / f"{seller}.{file}.yaml").write_text(far)
    for path in (folder / "contracts").iterdir():
        both = r"cards: [\1/\2, \1/moving-\2, elsewhere/\1.\2]"
        path.write_text(re.sub(r"cards: \[(.*?)/(.*?)\]", both, path.read_text()))
    return build_book((folder, "ratecards"))


def told(check: dict[str, Any], card: RateCard, **flags: bool) -> Any:
    """Give all that a cost says but the card's own name, or what is refused."""
    try:
        cost = pricing.rate(usage_of(check), card, account=account_of(check), **flags)
    except pricing.Unpriced as error:
        return [(refusal.code, refusal.meter) for refusal in error.refusals]
    except pricing.PricingError as error:
        return type(error)
    lines = [
        (line.meter, line.quantity, line.amount, line.price, line.factor, line.assumptions)
        for line in cost.lines
    ]
    clauses = [
        (bool(line.estimate), [(m.name, m.source, m.contract) for m in line.modifiers])
        for line in cost.lines
    ]
    return cost.total, lines, clauses, cost.drawn


@pytest.mark.parametrize("check", checks())
def test_a_moving_alias_prices_what_the_card_that_it_follows_prices(
    check: dict[str, Any], aliased: CardBook
) -> None:
    card = aliased.card(check["card"])
    near = aliased.card(f"{card.provider.name}/moving-{card.model}")
    far = aliased.card(f"elsewhere/{card.provider.name}.{card.model}")
    for estimates, strict_dates in product((False, True), repeat=2):
        flags = {"estimates": estimates, "strict_dates": strict_dates}
        expected = told(check, card, **flags)
        assert told(check, near, **flags) == expected
        assert told(check, far, **flags) == expected


# The rules that the project was given


def given_checks() -> list[Any]:
    path = SHARED / "checks.jsonl"
    if not path.is_file():
        skip = pytest.mark.skip(reason="../shared/cases/odd_rules is not there")
        return [pytest.param({}, marks=skip, id="absent")]
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[CardBook, CardBook]:
    """Give the book of the given cards, and the same with the given contract laid over it."""
    folder = tmp_path_factory.mktemp("odd")
    cards, contract = folder / "cards", folder / "contract"
    shutil.copytree(SHARED / "ratecards", cards, ignore=shutil.ignore_patterns("contracts"))
    shutil.copytree(SHARED / "ratecards" / "contracts", contract / "contracts")
    book = build_book((cards, "ratecards"))
    return book, build_book((contract, "contract"), base=book)


def given_card(book: CardBook, file: str) -> RateCard:
    (card,) = [card for card in book.cards() if card.file == f"ratecards/{file}.yaml"]
    return card


@pytest.mark.parametrize("check", given_checks())
def test_a_given_rule_gives_its_total_or_refuses(
    check: dict[str, Any], given: tuple[CardBook, CardBook]
) -> None:
    card = given_card(given["overlay" in check], check["card"])
    pools = {
        (card.provider.name, pool["pool"], pool["period"]): pool["used"]
        for pool in check.get("pools_used", ())
    }
    usage = pricing.Usage(
        check["quantities"],
        at=check["at"],
        attributes=check.get("attributes"),
        context_tokens=check.get("context_tokens"),
        aggregate=check.get("aggregate", False),
    )
    account = pricing.Account(pools) if pools else None
    estimates = check.get("estimates", False)
    if "refuse" in check:
        with pytest.raises(pricing.PricingError) as refusal:
            pricing.rate(usage, card, account=account, estimates=estimates)
        assert check["refuse"] in str(refusal.value)
        return
    total = pricing.rate(usage, card, account=account, estimates=estimates).total
    assert (Fraction(total.amount), total.currency) == (
        Fraction(check["total"]),
        check["currency"],
    )
