"""Model ids: exactly what they mean, or a refusal; never a prefix, never luck."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

import pricing
from pricing.usage.sellers import seller_of

CATALOG = pricing.load_catalog()


def test_no_maker_s_id_has_the_form_of_another_seller() -> None:
    every = [form for name in CATALOG.book for form in CATALOG.book.index[name]["forms"]]
    forms = [form["pattern"] for form in every if not form.get("named")]
    assert forms
    for name in CATALOG.book:
        entry = CATALOG.book.index[name]
        for known, model in entry["models"].items():
            if model in entry["owned"]:
                assert not any(re.fullmatch(form, known) for form in forms), known


@pytest.mark.parametrize(
    ("written", "card", "told"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0",
         "aws-bedrock/claude-sonnet-4-5-20250929", {"endpoint": "geo", "region": "us"}),
        ("global.anthropic.claude-sonnet-4-6",
         "aws-bedrock/claude-sonnet-4-6", {"endpoint": "global"}),
        ("us-gov.anthropic.claude-opus-4-8",
         "aws-bedrock/claude-opus-4-8", {"endpoint": "govcloud"}),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1",
         "aws-bedrock/claude-opus-4-6", {"endpoint": "geo", "region": "us"}),
        ("anthropic.claude-sonnet-4-6", "aws-bedrock/claude-sonnet-4-6", {}),
        ("anthropic.claude-3-7-sonnet-20250219-v1:0",
         "aws-bedrock/claude-3-7-sonnet-20250219", {"endpoint": "regional"}),
        ("anthropic.claude-v2:1", "aws-bedrock/claude-v2:1", {"endpoint": "regional"}),
        ("global.openai.gpt-5.6-sol", "aws-bedrock/gpt-5.6-sol", {"endpoint": "global"}),
        ("openai.gpt-5.6-sol", "aws-bedrock/gpt-5.6-sol", {}),
        ("openai.gpt-oss-120b-1:0",
         "aws-bedrock/openai.gpt-oss-120b-1:0", {"endpoint": "regional"}),
        ("us.meta.llama4-scout-17b-instruct-v1:0",
         "aws-bedrock/meta.llama4-scout-17b-instruct-v1:0", {"endpoint": "geo", "region": "us"}),
        ("amazon.nova-lite-v1:0", "aws-bedrock/amazon.nova-lite-v1:0", {}),
        ("ai21.j2-mid-v1", "aws-bedrock/ai21.j2-mid-v1", {"endpoint": "regional"}),
        ("arn:aws:bedrock:eu-west-2::foundation-model/mistral.magistral-small-2509",
         "aws-bedrock/mistral.magistral-small-2509",
         {"endpoint": "regional", "region": "eu-west-2"}),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/openai.gpt-oss-120b-1:0",
         "aws-bedrock/openai.gpt-oss-120b-1:0", {"endpoint": "govcloud"}),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-opus-4-8-v1:0",
         "aws-bedrock/claude-opus-4-8", {"endpoint": "govcloud"}),
        ("claude-sonnet-4@20250514", "google-vertex/claude-sonnet-4-20250514", {}),
        ("claude-opus-4-6@default", "google-vertex/claude-opus-4-6", {}),
        ("publishers/google/models/gemini-2.5-pro", "google-vertex/gemini-2.5-pro", {}),
        ("projects/p/locations/europe-west1/publishers/anthropic/models/claude-opus-4-6@default",
         "google-vertex/claude-opus-4-6", {"endpoint": "regional", "region": "europe-west1"}),
        ("projects/p/locations/global/publishers/anthropic/models/claude-opus-4-6@default",
         "google-vertex/claude-opus-4-6", {"endpoint": "global"}),
        ("deepseek-ai/deepseek-v3.2-maas", "google-vertex/deepseek-ai/deepseek-v3.2-maas", {}),
        ("models/gemini-2.5-pro", "google-aistudio/gemini-2.5-pro", {}),
        ("ft:gpt-4o-2024-08-06:acme:noob:B85223", "openai/ft:gpt-4o-2024-08-06", {}),
        ("groq/openai/gpt-oss-20b", "groq/openai/gpt-oss-20b", {}),
    ],
)  # fmt: skip
def test_a_platform_s_id_means_its_card_and_tells_what_it_says(
    written: str, card: str, told: dict[str, str]
) -> None:
    found = CATALOG.resolve(written)
    assert (found.card.name, found.attributes, found.is_assumed) == (card, told, False)
    seller = card.partition("/")[0]
    if not written.startswith(f"{seller}/"):
        again = CATALOG.resolve(written, seller)
        assert (again.card.name, again.attributes) == (card, told)


@pytest.mark.parametrize(
    ("written", "seller"),
    [
        ("us.anthropic.claude-sonnet-4-5-20990101-v1:0", "aws-bedrock"),
        ("us.meta.llama4-maverick-17b-instruct-v1", "aws-bedrock"),
        ("claude-sonnet-4@20990101", "google-vertex"),
        ("publishers/google/models/gemini-9-pro", "google-vertex"),
        ("models/gemini-9-pro", "google-aistudio"),
    ],
)
def test_a_platform_s_id_never_falls_to_another_card(written: str, seller: str) -> None:
    with pytest.raises(pricing.UnknownModel) as refused:
        CATALOG.resolve(written)
    assert refused.value.seller == seller


@pytest.mark.parametrize(
    ("told", "seller"),
    [
        ("google-vertex", "google-vertex"),
        ("google-vertex-anthropic", "google-vertex"),
        ("google", "google-aistudio"),
        ("google-aistudio", "google-aistudio"),
        ("aws-bedrock", "aws-bedrock"),
    ],
)
def test_a_seller_under_its_own_name_is_itself(told: str, seller: str) -> None:
    assert seller_of(told) == seller


def test_a_bare_bedrock_id_asks_for_the_endpoint_where_prices_differ_by_it() -> None:
    usage = {"model": "anthropic.claude-sonnet-4-6", "usage": {"input_tokens": 1_000_000}}
    with pytest.raises(pricing.PricingError, match="depends on endpoint"):
        CATALOG.cost(usage, shape="anthropic.messages", seller="aws-bedrock", at="2026-11-20")


@pytest.mark.parametrize(
    "written",
    ["anthropic/claude-sonnet-4.6", "claude-opus-9", "claude-sonnet-4-5-20991231",
     "claude-sonnet-4-6-latest", "Claude-Sonnet-4-6", "claude-sonnet-4-6 ", "claude"],
)  # fmt: skip
def test_an_id_that_no_card_has_is_refused(written: str) -> None:
    with pytest.raises(pricing.UnknownModel):
        CATALOG.resolve(written)


def test_a_slip_of_letters_gets_a_suggestion_and_another_version_none() -> None:
    with pytest.raises(pricing.UnknownModel, match="Did you mean 'claude-sonnet-4-6'"):
        CATALOG.resolve("claude-sonet-4-6")
    with pytest.raises(pricing.UnknownModel) as refused:
        CATALOG.resolve("claude-sonnet-4-7")
    assert "claude-sonnet-4-6" not in str(refused.value)


def test_a_bare_id_is_its_maker_s_and_said_to_be_assumed() -> None:
    assert CATALOG.resolve("claude-sonnet-4-6").is_assumed
    assert not CATALOG.resolve("anthropic/claude-sonnet-4-6").is_assumed
    assert not CATALOG.resolve("claude-sonnet-4-6", "anthropic").is_assumed


def test_an_id_that_only_resellers_have_asks_for_the_seller(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "apimodels"
    folder.mkdir()
    (folder / "x.yaml").write_text(
        "model: gpt-x\nprovider: apimodels\npublisher: nobody\nrevisions:\n"
        "  - {effective: 2026-01-01, rates: [{per: 1 token, price: {input: 1}}]}\n"
    )
    catalog = pricing.load_catalog(tmp_path)
    with pytest.raises(pricing.UnknownSeller, match="Give --seller: apimodels"):
        catalog.resolve("gpt-x")


def test_offers_are_the_same_model_at_every_seller_by_any_of_its_ids() -> None:
    by_alias = [card.name for card in CATALOG.offers("claude-sonnet-4-5")]
    assert by_alias == [card.name for card in CATALOG.offers("claude-sonnet-4-5-20250929")]
    assert by_alias[0] == "anthropic/claude-sonnet-4-5-20250929"
    assert "bytespike/claude-sonnet-4-5" in by_alias


RESALE = """model: maker/fable-9.5
provider: shop
publisher: maker
canonical: fable-9-5
aliases: [fable-latest]
revisions:
  - effective: 2026-01-01
    sources: [{url: "https://example.com", checked: 2026-01-01}]
    rates:
      - {per: 1 token, price: {input: 2}}
      - {per: 1 token, when: {speed: fast}, price: {input: 4}}
"""
OWN = RESALE.replace("maker/fable-9.5", "fable-9-5").replace("provider: shop", "provider: maker")
SHOP = """provider: shop
currency: USD
sells: resale
ids:
  - {pattern: '^(?P<model>maker/.+)-(?P<speed>fast)$', named: true}
"""


@pytest.fixture
def resold(tmp_path) -> pricing.Catalog:  # type: ignore[no-untyped-def]
    for seller in ("maker", "shop"):
        (tmp_path / seller).mkdir()
    (tmp_path / "maker/provider.yaml").write_text("provider: maker\ncurrency: USD\n")
    own = OWN.replace("canonical: fable-9-5\n", "").replace("latest", "newest")
    (tmp_path / "maker/one.yaml").write_text(own)
    (tmp_path / "shop/provider.yaml").write_text(SHOP)
    (tmp_path / "shop/one.yaml").write_text(RESALE)
    return pricing.load_catalog(tmp_path)


def test_a_seller_s_own_id_meets_the_maker_s_by_the_canonical_one(resold: pricing.Catalog) -> None:
    names = ["maker/fable-9-5", "shop/maker/fable-9.5"]
    for written in ("fable-9-5", "fable-newest", "shop/fable-latest", "shop/maker/fable-9.5"):
        assert [card.name for card in resold.offers(written)] == names


def test_a_named_form_holds_only_where_the_seller_is_named(resold: pricing.Catalog) -> None:
    for found in (
        resold.resolve("maker/fable-9.5-fast", "shop"),
        resold.resolve("shop/maker/fable-9.5-fast"),
    ):
        assert (found.card.name, found.attributes) == ("shop/maker/fable-9.5", {"speed": "fast"})
    with pytest.raises(pricing.UnknownModel):
        resold.resolve("maker/fable-9.5-fast")


# Ids as people write them, with the model that a peer of ours takes each for

CASES = Path(__file__).parents[2] / "shared" / "cases" / "model_ids.jsonl"
FACTS = Path(__file__).parents[2] / "shared" / "facts" / "rates_crosscheck.csv"


@pytest.mark.skipif(not (CASES.exists() and FACTS.exists()), reason=f"no {CASES}")
def test_an_id_as_people_write_it_means_the_right_card_or_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The peer's name of a model stands in the table of rates, beside ours.

    It takes the snapshots of a model for one; ours are cards of their own.
    """
    peers: dict[tuple[str, str], set[str]] = {}
    with FACTS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name in (row["model"], *row["aliases"].split("|")):
                peers.setdefault((row["provider"], name), set()).add(row["genai_model"])
    counts, wrong = Counter[str](), []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        written, seller = case["model_ref"], seller_of(case["provider_ref"].split(".")[0])
        try:
            found = CATALOG.resolve(written, seller)
        except (pricing.UnknownModel, pricing.UnknownSeller):
            counts["refused, unknown to the peer" if not case["expected"] else "refused"] += 1
            continue
        if not case["expected"]:
            counts["found, unknown to the peer"] += 1
            continue
        wanted = case["expected"][1].removeprefix("regional.")
        card = found.card
        plain = written.rpartition("/")[2]
        ids = {card.model, *card.wire.get("aliases", ()), written, plain}
        taken = {p for name in ids for p in peers.get((card.provider.name, name), ())}
        is_snapshot = card.model == plain and re.search(r"\d{4}", plain) is not None
        if wanted in taken | ids or card.model in wanted or is_snapshot:
            counts["the same model"] += 1
        else:
            wrong.append(f"{case['provider_ref']} {written}: {card.name}, the peer says {wanted}")
    with capsys.disabled():
        print(f"\nmodel ids: {dict(counts)}", end="")
    assert not wrong, "\n".join(wrong)
    assert counts["the same model"] >= 184


def test_what_neither_a_record_nor_its_id_tells_may_be_given() -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 0}
    bare = {"model": "anthropic.claude-sonnet-4-6", "usage": usage}
    with pytest.raises(pricing.Unpriced, match="depends on endpoint"):
        CATALOG.cost(bare, at="2026-11-20")
    found = CATALOG.cost(bare, at="2026-11-20", attributes={"endpoint": "global"})
    assert str(found.total) == "3 USD"
    told = {"model": "us.anthropic.claude-sonnet-4-6", "usage": usage}
    stands = CATALOG.cost(told, at="2026-11-20", attributes={"endpoint": "global"})
    assert str(stands.total) == "3.3 USD"
    with pytest.raises(pricing.UsageError, match="unknown attribute 'endpont'"):
        CATALOG.cost(bare, attributes={"endpont": "global"})
