"""Model ids: exactly what they mean, or a refusal; never a prefix, never luck."""

from __future__ import annotations

import re

import pytest

import pricing

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
    ("written", "seller"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws-bedrock"),
        ("anthropic.claude-sonnet-4-6", "aws-bedrock"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1",
         "aws-bedrock"),
        ("claude-sonnet-4@20250514", "google-vertex"),
    ],
)  # fmt: skip
def test_a_platform_s_id_never_falls_to_the_maker_s_card(written: str, seller: str) -> None:
    with pytest.raises(pricing.UnknownModel) as refused:
        CATALOG.resolve(written)
    assert refused.value.seller == seller


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
