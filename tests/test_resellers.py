"""Every row of the facts on resellers of Claude is our quote on its day, through the real engine.

Rows that are not are listed in resellers/deviations.yaml, each with its reason.
"""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import pricing
from pricing.cards.tariff import tariff
from pricing.instants import instant
from pricing.rating.priced import Refusal
from pricing.rating.quote import quote

HERE = Path(__file__).parent
ROOT = HERE.parent
ROWS = ROOT.parent / "shared/facts/reseller_claude_rates.csv"
CATALOG = pricing.load_catalog()
#: sellers whose folder is called otherwise
FOLDERS = {
    "ByteSpike": "bytespike",
    "apimodels.app": "apimodels",
    "apimodels.app (docs page)": "apimodels",
    "azure-cognitive-services": "microsoft-foundry",
    "laozhang.ai": "laozhang",
    "muapi.ai": "muapi",
    "ourtoken.ai": "ourtoken",
    "alltoken (airouter.megatech.cc)": "alltoken",
}
METERS = {"cache_write": "cache_write.5m", "cache_write_1h": "cache_write.1h"}
WAYS = {
    "batch": {"service_tier": "batch"},
    "fast": {"speed": "fast"},
    "priority": {"service_tier": "priority"},
}
SHORT, LEAST_SELLERS = 1_000, 25
#: public tables in which others keep prices, as the facts and as the cards name them
TABLES = ("models.dev", "litellm", "genai-prices", "npm ", "Portkey")
PUBLIC = (
    "https://models.dev/",
    "https://github.com/BerriAI/",
    "https://github.com/pydantic/",
    "https://github.com/earendil-works/",
    "https://github.com/Portkey-AI/",
)

Row = dict[str, str]
Deviation = dict[str, Any]


@cache
def rows() -> tuple[Row, ...]:
    if not ROWS.is_file():
        pytest.skip("the shared facts are not here")
    with ROWS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def deviations() -> list[Deviation]:
    text = (HERE / "resellers/deviations.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))


def deviation_of(row: Row, known: list[Deviation]) -> int | None:
    """Give which deviation names a row; the narrowest one, which is that with the most keys."""
    fits = [
        (len(entry), number)
        for number, entry in enumerate(known)
        if entry["reseller"] == row["reseller"]
        and all(
            fnmatchcase(row[column], entry[key])
            if key in ("model", "source")
            else row[column] == entry[key]
            for key, column in (
                *(("model", "model_id"), ("source", "source")),
                *(("meter", "meter"), ("condition", "condition")),
            )
            if key in entry
        )
    ]
    return max(fits)[1] if fits else None


def quoted(row: Row) -> Decimal | str:
    """Give what we charge for a million tokens on the row's day, or why nothing is charged."""
    seller = FOLDERS.get(row["reseller"], row["reseller"])
    try:
        found = CATALOG.resolve(row["model_id"], seller)
    except (pricing.UnknownModel, pricing.UnknownSeller):
        return "no card"
    attributes, context = dict(found.attributes), SHORT
    for part in row["condition"].split("+"):
        if part.startswith("ctx>"):
            context = int(part.removeprefix("ctx>")) + 1
        elif part != "std":
            attributes |= WAYS[part]
    at = instant(row["as_of"])
    try:
        prices = tariff(found.card, at)
        price = quote(prices, attributes, context, at).price(METERS.get(row["meter"], row["meter"]))
    except pricing.NoRevision as error:
        return error.what
    if isinstance(price, Refusal):
        return price.text
    assert (price.rate.unit, prices.currency) == ("token", "USD")
    return Decimal(price.unit_price(price.rate.tiers[0][1]) * 1_000_000)  # type: ignore[arg-type]


def card_of(row: Row) -> pricing.RateCard | None:
    try:
        return CATALOG.resolve(row["model_id"], FOLDERS.get(row["reseller"], row["reseller"])).card
    except (pricing.UnknownModel, pricing.UnknownSeller):
        return None


def test_every_row_of_a_reseller_is_our_quote_on_its_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = deviations()
    equal: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    used: Counter[int] = Counter()
    wrong = []
    for row in rows():
        ours = quoted(row)
        number = deviation_of(row, known)
        same = ours == Decimal(row["rate"]) and row["currency"] == "USD"
        if number is None or (same and "factor" not in known[number]):
            equal[row["reseller"]] += same
            if not same:
                wrong.append(f"{row}: {ours}")
            continue
        entry = known[number]
        if "factor" in entry and ours != Decimal(row["rate"]) * Decimal(str(entry["factor"])):
            wrong.append(f"{row}: {ours}, not {entry['factor']} times as much")
        if ("no_card" in entry) != (ours == "no card"):
            wrong.append(f"{row}: {ours}, though {entry}")
        used[number] += 1
        listed[row["reseller"]] += 1
    assert not wrong, "\n".join([f"{len(wrong)} rows", *wrong[:20]])
    idle = [entry for number, entry in enumerate(known) if not used[number]]
    assert not idle, f"no longer a deviation: {idle}"
    assert sum(equal.values()) + sum(listed.values()) == len(rows())
    assert sum(1 for count in equal.values() if count) >= LEAST_SELLERS
    with capsys.disabled():
        print(
            f"\n{sum(equal.values()):,} rows of resellers are our quotes,"
            f" {sum(listed.values())} deviate"
        )
        for name in sorted({*equal, *listed}, key=lambda name: (-equal[name], name)):
            print(
                f"  {name:<32}{equal[name]:>5}"
                + (f"  and {listed[name]} not" if listed[name] else "")
            )


def test_a_price_that_one_table_alone_has_is_unverified() -> None:
    tables: dict[tuple[str, str], set[str]] = {}
    for row in rows():
        if row["condition"] == "std" and row["source"].startswith(TABLES):
            card = card_of(row)
            if card is not None:
                tables.setdefault((card.name, row["meter"]), set()).add(row["source"])
    alone = 0
    for row in rows():
        card = card_of(row)
        at = instant(row["as_of"])
        if card is None or len(tables.get((card.name, row["meter"]), ())) != 1:
            continue
        pages = [source["url"] for source in tariff(card, at).revision["sources"]]
        ours = quoted(row)
        if isinstance(ours, str) or not all(page.startswith(PUBLIC) for page in pages):
            continue
        usage = pricing.Usage({METERS.get(row["meter"], row["meter"]): 1}, at=at)
        assert "unverified" in pricing.rate(usage, card).lines[0].assumptions, row
        alone += 1
    assert alone > SHORT
    twice = pricing.Usage({"input": 1}, at="2026-11-20")
    (line,) = pricing.rate(twice, CATALOG.card("openrouter/anthropic/claude-opus-5.5")).lines
    assert line.assumptions == ("observed date: 2026-11-09",)


# Wallets and floors, by hand


def paid(card: str, meters: dict[str, Any], at: str = "2026-11-20", **more: Any) -> Decimal:
    usage = pricing.Usage(meters, at=at, **more)
    return Decimal(str(pricing.rate(usage, CATALOG.card(card)).total.amount))


@pytest.mark.parametrize(
    ("card", "credit", "fee"),
    [
        # 5.5 % of 14.54 is 0.7997, of 14.55 is 0.80025: the least is 0.80
        ("openrouter/credits", "14.54", "0.80"),
        ("openrouter/credits", "14.55", "0.80025"),
        ("openrouter/credits", "100", "5.500"),
        ("openrouter/credits-crypto", "10", "0.50"),
    ],
)
def test_the_fee_on_a_purchase_of_credits(card: str, credit: str, fee: str) -> None:
    assert paid(card, {"credit_purchase": Decimal(credit)}) == Decimal(fee)


def test_the_least_price_of_a_call() -> None:
    # 100 x 1.80 + 10 x 9 = 270 millionths, below 350; 200 x 1.80 + 10 x 9 = 450
    assert paid("muapi/claude-sonnet-4-6", {"input": 100, "output": 10}) == Decimal("0.00035")
    assert paid("muapi/claude-sonnet-4-6", {"input": 200, "output": 10}) == Decimal("0.00045")


def test_a_key_of_one_s_own_pays_a_share_after_a_million_requests() -> None:
    card = CATALOG.card("openrouter/anthropic/claude-sonnet-4.6")
    usage = pricing.Usage({"upstream_cost": 2}, at="2026-11-20", attributes={"byok": "yes"})
    for used, fee in ((999_999, "0"), (1_000_000, "0.10")):
        account = pricing.Account({("openrouter", "byok", "2026-11"): Decimal(used)})
        assert pricing.rate(usage, card, account=account).total.amount == Decimal(fee)
    tokens = pricing.Usage({"input": 1}, at="2026-11-20", attributes={"byok": "yes"})
    with pytest.raises(pricing.Unpriced, match="does not sell input with byok: yes"):
        pricing.rate(tokens, card)


def test_credits_and_consumption_units_are_cents() -> None:
    usage = pricing.Usage({"input": 1_000_000}, at="2026-11-20")
    for name, unit in (
        ("github-copilot/claude-sonnet-4.6", "AIC"),
        ("claude-platform-aws/claude-sonnet-4-6", "CCU"),
        ("microsoft-foundry/claude-sonnet-4-5", "CCU"),
    ):
        total = pricing.rate(usage, CATALOG.card(name)).total
        converted, _ = CATALOG.convert(total, unit, instant("2026-11-20"))
        assert (total.amount, converted.amount) == (3, 300)


def test_before_june_2026_prompts_were_counted_each_times_its_model() -> None:
    card = CATALOG.card("github-copilot/claude-opus-4.6")
    for attributes, count in (({}, 6), ({"speed": "fast"}, 60)):
        usage = pricing.Usage({"premium_request": 2}, at="2026-05-30", attributes=attributes)
        assert str(pricing.rate(usage, card).total) == f"{count} PRU"


def test_an_id_s_ending_is_the_way_of_sending_where_its_seller_is_named() -> None:
    for written, card, way in (
        (
            "openrouter/anthropic/claude-opus-4.8:batch",
            "openrouter/anthropic/claude-opus-4.8",
            "batch",
        ),
        ("vercel/anthropic/claude-opus-4.8-batch", "vercel/anthropic/claude-opus-4.8", "batch"),
        ("venice/claude-opus-4-8-fast", "venice/claude-opus-4-8", "fast"),
    ):
        found = CATALOG.resolve(written)
        assert (found.card.name, list(found.attributes.values())) == (card, [way])
    for written in ("anthropic/claude-opus-4.8:batch", "claude-opus-4-8-fast"):
        with pytest.raises(pricing.UnknownModel):
            CATALOG.resolve(written)


def test_a_seller_that_says_nothing_of_the_maker_s_long_context_is_refused_there() -> None:
    card = CATALOG.card("laozhang/claude-haiku-5-5")
    assert paid("laozhang/claude-haiku-5-5", {"input": 100_000}) == Decimal("0.01")
    usage = pricing.Usage({"input": 100_001}, at="2026-11-20")
    with pytest.raises(pricing.Unpriced, match="unpublished"):
        pricing.rate(usage, card)


def test_what_passes_the_list_through_costs_what_the_maker_charges() -> None:
    for model in ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-fable-5-2"):
        for tokens in (1_000, 100_000, 100_001):
            meters = {"input": tokens, "cache_write.1h": 7, "output": 3}
            listed = paid(f"anthropic/{model}", meters)
            assert paid(f"microsoft-foundry/{model}", meters) == listed


def test_the_names_in_a_gateway_s_responses_are_its_models() -> None:
    for written in ("anthropic/claude-4.6-sonnet-20260217", "anthropic/claude-sonnet-4.6"):
        found = CATALOG.resolve(written, "openrouter")
        assert found.card.name == "openrouter/anthropic/claude-sonnet-4.6"
