"""Overlays: cards of your own laid over the shipped ones, and contracts over both."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import pricing
from pricing.errors import CardError

AT = "2026-11-20T12:00Z"
USAGE = {"input": 9_000, "cache_read": 60_000, "output": 1_800}
CARD = """\
model: claude-sonnet-4-6
provider: anthropic
aliases: [our-sonnet]
revisions:
  - effective: 2026-01-01
    sources: [{url: "file:contract.pdf", checked: 2026-01-01}]
    terms: [batch, us_inference, no_fast, stacking, refusals]
    rates:
      - per: 1_000_000 token
        price:
          input: 2
          cache_read: 0.20
          output: 10
"""
CONTRACT = """\
contract: acme
cards: [anthropic/claude-sonnet-*]
revisions:
  - effective: 2026-07-01
    until: 2027-01-01
    sources: [{url: "file:contract.pdf", checked: 2026-07-01}]
    modifiers: [{name: acme, multiply: 0.88}]
"""


def lay(folder: Path, files: dict[str, str]) -> str:
    """Write card files into a folder, and give its name."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder)


def price(catalog: pricing.Catalog, model: str = "claude-sonnet-4-6", at: str = AT) -> Decimal:
    cost = catalog.cost(pricing.Usage(dict(USAGE), at=at, model=model))
    assert isinstance(cost.total.amount, Decimal)
    return cost.total.amount


# 9,000 × 3 + 60,000 × 0.30 + 1,800 × 15 = 27,000 + 18,000 + 27,000 = 72,000 a million
LISTED = Decimal("0.072")
# 9,000 × 2 + 60,000 × 0.20 + 1,800 × 10 = 18,000 + 12,000 + 18,000 = 48,000 a million
OWN = Decimal("0.048")


def test_a_card_of_an_overlay_replaces_the_shipped_one(tmp_path: Path) -> None:
    folder = lay(tmp_path / "my-cards", {"anthropic/sonnet.yaml": CARD})
    catalog = pricing.load_catalog(folder)
    assert price(pricing.load_catalog()) == LISTED
    assert price(catalog) == OWN
    assert price(catalog, "our-sonnet") == OWN
    assert price(catalog, "claude-haiku-4-5") == price(pricing.load_catalog(), "claude-haiku-4-5")


def test_the_lines_name_the_overlays_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path / "my-cards", {"anthropic/sonnet.yaml": CARD})
    monkeypatch.chdir(tmp_path)
    for given in ("my-cards", "my-cards/", Path("my-cards")):
        usage = pricing.Usage(dict(USAGE), at=AT, model="claude-sonnet-4-6")
        lines = pricing.load_catalog(given).cost(usage).lines
        assert {line.meter: str(line.source) for line in lines} == {
            "input": "my-cards/anthropic/sonnet.yaml:11",
            "cache_read": "my-cards/anthropic/sonnet.yaml:12",
            "output": "my-cards/anthropic/sonnet.yaml:13",
        }


def test_a_later_overlay_wins_and_what_it_leaves_stays(tmp_path: Path) -> None:
    other = CARD.replace("claude-sonnet-4-6", "our-model").replace("our-sonnet", "our-alias")
    first = lay(tmp_path / "first", {"anthropic/sonnet.yaml": CARD, "anthropic/x.yaml": other})
    second = lay(tmp_path / "second", {"anthropic/s.yaml": CARD.replace("input: 2", "input: 4")})
    catalog = pricing.load_catalog(first, second)
    # two dollars more for each million of 9,000
    assert price(catalog) == OWN + Decimal("0.018")
    assert price(catalog, "our-model") == OWN
    assert price(pricing.load_catalog(second, first)) == OWN


def test_an_overlay_may_bring_a_provider_whose_cards_lie_in_another(tmp_path: Path) -> None:
    card = CARD.replace("provider: anthropic", "provider: shop")
    card = card.replace("    terms: [batch, us_inference, no_fast, stacking, refusals]\n", "")
    cards = lay(tmp_path / "cards", {"shop/sonnet.yaml": card})
    seller = lay(tmp_path / "seller", {"shop/provider.yaml": "provider: shop\ncurrency: USD\n"})
    for folders in ((cards, seller), (seller, cards)):
        assert price(pricing.load_catalog(*folders), "shop/claude-sonnet-4-6") == OWN


def test_an_overlay_may_add_a_provider_a_meter_and_an_attribute(tmp_path: Path) -> None:
    folder = lay(
        tmp_path / "my-cards",
        {
            "vocabulary.yaml": "meters:\n  pages_read: {unit: page, side: input}\n"
            "attributes:\n  paper: {default: white, values: [white, recycled]}\n",
            "press/provider.yaml": "provider: press\ncurrency: EUR\n",
            "press/reader.yaml": "model: reader\nprovider: press\nrevisions:\n"
            "  - effective: 2026-01-01\n    rates:\n"
            "      - {per: 10 page, price: {pages_read: 0.05}}\n"
            "      - {per: 10 page, when: {paper: recycled}, price: {pages_read: 0.04}}\n",
        },
    )
    catalog = pricing.load_catalog(folder)
    white = pricing.Usage({"pages_read": 25}, at=AT, model="press/reader")
    recycled = pricing.Usage(
        {"pages_read": 25}, at=AT, model="press/reader", attributes={"paper": "recycled"}
    )
    assert str(catalog.cost(white).total) == "0.125 EUR"  # 25 / 10 × 0.05
    assert str(catalog.cost(recycled).total) == "0.1 EUR"  # 25 / 10 × 0.04
    assert price(catalog) == LISTED


def test_an_overlay_may_add_a_value_to_a_shipped_attribute(tmp_path: Path) -> None:
    shipped = pricing.load_catalog().book.vocabulary.attributes["service_tier"]
    values = ", ".join([*(shipped.values or ()), "turbo"])
    same = ", ".join(sorted(shipped.same_as_default))
    kept = f"default: standard, same_as_default: [{same}]"
    words = f"attributes:\n  service_tier: {{{kept}, values: [{values}]}}\n"
    turbo = "    modifiers: [{name: turbo, when: {service_tier: turbo}, multiply: 3}]\n"
    card = CARD.replace("    rates:", f"{turbo}    rates:")
    folder = lay(tmp_path / "mine", {"vocabulary.yaml": words, "anthropic/s.yaml": card})
    usage = pricing.Usage(
        dict(USAGE), at=AT, model="claude-sonnet-4-6", attributes={"service_tier": "turbo"}
    )
    assert pricing.load_catalog(folder).cost(usage).total.amount == 3 * OWN


def test_a_shipped_meter_keeps_its_unit(tmp_path: Path) -> None:
    words = "meters:\n  input: {unit: character, side: input}\n"
    folder = lay(tmp_path / "mine", {"vocabulary.yaml": words})
    with pytest.raises(CardError) as error:
        pricing.load_catalog(folder)
    assert error.value.what == "'input' is counted by the token, not by the character"


def test_saying_a_shipped_meter_again_is_fine(tmp_path: Path) -> None:
    words = "meters:\n  input: {unit: token, side: input}\n"
    catalog = pricing.load_catalog(lay(tmp_path / "mine", {"vocabulary.yaml": words}))
    assert price(catalog) == LISTED


# --- contracts


def test_a_contract_takes_its_share_of_the_cards_that_it_names(tmp_path: Path) -> None:
    catalog = pricing.load_catalog(lay(tmp_path / "acme", {"contracts/acme.yaml": CONTRACT}))
    assert price(catalog) == LISTED * Decimal("0.88")
    shipped = pricing.load_catalog()
    for other in ("claude-haiku-4-5", "bytespike/claude-sonnet-4-6"):
        assert price(catalog, other) == price(shipped, other)


def test_a_contract_holds_from_its_first_instant_to_before_its_last(tmp_path: Path) -> None:
    catalog = pricing.load_catalog(lay(tmp_path / "acme", {"contracts/acme.yaml": CONTRACT}))
    less = LISTED * Decimal("0.88")
    assert price(catalog, at="2026-06-30T23:59:59.999999Z") == LISTED
    assert price(catalog, at="2026-07-01") == less
    assert price(catalog, at="2026-12-31T23:59:59.999999Z") == less
    assert price(catalog, at="2027-01-01") == LISTED


def test_a_contract_may_be_for_all_models_of_a_seller(tmp_path: Path) -> None:
    contract = CONTRACT.replace("anthropic/claude-sonnet-*", "anthropic/*")
    catalog = pricing.load_catalog(lay(tmp_path / "acme", {"contracts/acme.yaml": contract}))
    shipped = pricing.load_catalog()
    for model in ("claude-haiku-4-5", "claude-opus-4-6"):
        assert price(catalog, model) == price(shipped, model) * Decimal("0.88")


def test_a_negotiated_price_wins_over_the_cards(tmp_path: Path) -> None:
    contract = CONTRACT.replace(
        "    modifiers: [{name: acme, multiply: 0.88}]\n",
        "    rates: [{per: 1_000_000 token, price: {output: 12}}]\n",
    )
    folder = lay(tmp_path / "acme", {"contracts/acme.yaml": contract})
    cost = pricing.load_catalog(folder).cost(
        pricing.Usage(dict(USAGE), at=AT, model="claude-sonnet-4-6")
    )
    # 27,000 + 18,000 + 1,800 × 12 = 66,600 a million
    assert str(cost.total) == "0.0666 USD"
    output = next(line for line in cost.lines if line.meter == "output")
    assert str(output.source) == f"{folder}/contracts/acme.yaml:7"


def test_a_contract_stands_over_the_cards_of_its_own_folder_too(tmp_path: Path) -> None:
    files = {"anthropic/sonnet.yaml": CARD, "contracts/acme.yaml": CONTRACT}
    assert price(pricing.load_catalog(lay(tmp_path / "acme", files))) == OWN * Decimal("0.88")


def test_a_folder_given_twice_does_not_take_its_share_twice(tmp_path: Path) -> None:
    folder = lay(tmp_path / "acme", {"contracts/acme.yaml": CONTRACT})
    with pytest.raises(CardError) as error:
        pricing.load_catalog(folder, folder)
    assert error.value.what == "the contract 'acme' is given twice"


def test_a_provider_laid_over_keeps_the_terms_that_shipped_cards_name(tmp_path: Path) -> None:
    provider = "provider: anthropic\ncurrency: USD\n"
    folder = lay(tmp_path / "mine", {"anthropic/provider.yaml": provider})
    with pytest.raises(CardError) as error:
        pricing.load_catalog(folder)
    assert "no term 'batch'" in [fault.what for fault in error.value.faults]
    assert all("ratecards/anthropic/" in (fault.remedy or "") for fault in error.value.faults)


def test_another_catalogue_has_another_digest(tmp_path: Path) -> None:
    shipped = pricing.load_catalog()
    mine = pricing.load_catalog(lay(tmp_path / "mine", {"anthropic/sonnet.yaml": CARD}))
    assert mine.digest != shipped.digest
    usage = pricing.Usage(dict(USAGE), at=AT, model="claude-sonnet-4-6")
    assert mine.cost(usage).total != shipped.cost(usage).total


def digest(*folders: str) -> str:
    return pricing.load_catalog(*folders).digest


def test_the_digest_is_of_what_the_cards_say_wherever_they_stand(tmp_path: Path) -> None:
    files = {"anthropic/sonnet.yaml": CARD, "contracts/acme.yaml": CONTRACT}
    first = digest(lay(tmp_path / "one", files))
    assert digest(lay(tmp_path / "two" / "deeper", files)) == first
    assert digest(f"{tmp_path}/two/../one/") == first
    renamed = {"anthropic/x.yaml": f"# Ours.\n{CARD}", "contracts/b.yaml": f"\n{CONTRACT}"}
    assert digest(lay(tmp_path / "three", renamed)) == first
    shown = CARD.replace("revisions:", "facts: {window: 1}\nrevisions:", 1)
    noted = shown.replace("    terms:", "    note: Ours.\n    terms:")
    assert digest(lay(tmp_path / "four", {**files, "anthropic/sonnet.yaml": noted})) == first


def test_the_digest_is_of_the_cards_together_not_of_the_folders(tmp_path: Path) -> None:
    card = lay(tmp_path / "card", {"anthropic/sonnet.yaml": CARD})
    contract = lay(tmp_path / "contract", {"contracts/acme.yaml": CONTRACT})
    both = {"anthropic/sonnet.yaml": CARD, "contracts/acme.yaml": CONTRACT}
    assert digest(card, contract) == digest(contract, card)
    assert digest(card, contract) == digest(lay(tmp_path / "both", both))


ODD_NAMES = """\
meters:
  line: {unit: line, side: fee}
attributes:
  file: {values: [large, small], default: small, silent: ignore}
"""
ODD_CARD = """\
model: odd
provider: odd
revisions:
  - effective: 2026-01-01
    sources: [{url: "https://example.com", checked: 2026-01-01}]
    terms: [note]
    rates:
      - {per: 1_000 line, price: {line: 3}}
    modifiers:
      - {name: large, when: {file: large}, multiply: {line: 2}}
"""
ODD_SELLER = """\
provider: odd
currency: USD
per_request: {floor: 0.001}
terms:
  note:
    - effective: 2026-01-01
      sources: [{url: "https://example.com", checked: 2026-01-01}]
      rates: [{per: 1 image, price: {image: 4}}]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("price: {line: 3}", "price: {line: 3.1}"),
        ("per: 1_000 line", "per: 1 line"),
        ("multiply: {line: 2}", "multiply: {line: 2.5}"),
        ("when: {file: large}", "when: {file: small}"),
        ("floor: 0.001", "floor: 0.002"),
        ("price: {image: 4}", "price: {image: 5}"),
        ("currency: USD", "currency: EUR"),
        ("default: small", "default: large"),
        ("multiply: 0.88", "multiply: 0.87"),
        ("per: 6.80", "per: 6.90"),
        ("09:00-12:00", "09:00-13:00"),
    ],
)
def test_whatever_changes_a_price_changes_the_digest(
    before: str, after: str, tmp_path: Path
) -> None:
    files = {
        "vocabulary.yaml": ODD_NAMES,
        "calendars.yaml": 'note: {clock: UTC, hours: ["09:00-12:00"]}\n',
        "currencies.yaml": "XYZ: [{effective: 2026-06-15, per: 6.80, price: 1 USD}]\n",
        "odd/provider.yaml": ODD_SELLER,
        "odd/odd.yaml": ODD_CARD,
        "contracts/acme.yaml": CONTRACT,
    }
    changed = {name: text.replace(before, after) for name, text in files.items()}
    assert changed != files
    assert digest(lay(tmp_path / "a", files)) != digest(lay(tmp_path / "b", changed))
