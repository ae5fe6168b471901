"""Findings: one odd card for each kind, and the boundaries in threes."""

from __future__ import annotations

import pytest
from cardbooks import book_of
from transcripts import FILES, run_here

from pricing.catalog import Catalog
from pricing.errors import CardError
from pricing.findings import KINDS, Finding, findings
from pricing.instants import instant

VOCABULARY = """
meters:
  input:          {unit: token, side: input}
  cache_read:     {unit: token, side: input}
  cache_write:    {unit: token, side: input}
  cache_write.5m: {unit: token, side: input, bills_as: cache_write}
  output:         {unit: token, side: output}
  search:         {unit: search, side: fee}
attributes:
  service_tier: {default: standard, values: [standard, batch]}
  outcome:      {default: complete, values: [complete, refused]}
"""
PROVIDER = "provider: maker\ncurrency: USD\n"
SHOP = "provider: shop\ncurrency: USD\nsells: resale\n"
DAY = "2026-06-01"


def card(rates: str = "input: 2, output: 8", *, more: str = "", head: str = "", older: str = "",
         seller: str = "maker", model: str = "one", effective: str = "2026-01-01",
         checked: str = "2026-06-01") -> str:  # fmt: skip
    publisher = "" if seller == "maker" else "publisher: maker\n"
    priced = f"    rates: [{{per: 1_000_000 token, price: {{{rates}}}}}]\n" if rates else ""
    return (
        f"model: {model}\nprovider: {seller}\n{publisher}{head}revisions:\n"
        f"  - effective: {effective}\n"
        f'    sources: [{{url: "https://example.org", checked: {checked}}}]\n'
        f"{priced}{more}{older}"
    )


def older(rates: str, effective: str = "2025-01-01", more: str = "") -> str:
    return (
        f"  - effective: {effective}\n"
        f'    sources: [{{url: "https://example.org", checked: 2026-06-01}}]\n'
        f"    rates: [{{per: 1_000_000 token, price: {{{rates}}}}}]\n{more}"
    )


def looked(files: dict[str, str], at: str = DAY, stale_after: int = 90) -> list[Finding]:
    base = book_of({"vocabulary.yaml": VOCABULARY, "maker/provider.yaml": PROVIDER})
    catalog = Catalog(book_of(files, base))
    return findings(catalog, catalog.cards(), instant(at), stale_after)


def names(files: dict[str, str], at: str = DAY, stale_after: int = 90) -> list[str]:
    return [f.kind.name for f in looked(files, at, stale_after) if f.accepted is None]


def of(text: str, at: str = DAY, stale_after: int = 90) -> list[str]:
    return names({"maker/one.yaml": text}, at, stale_after)


def resold(theirs: str, mine: str) -> list[str]:
    files = {"maker/one.yaml": card(mine), "shop/provider.yaml": SHOP}
    return names({**files, "shop/one.yaml": card(theirs, seller="shop")})


def test_an_ordinary_card_has_no_finding() -> None:
    assert of(card("input: 2, cache_read: 0.2, cache_write: 2.5, output: 8")) == []


@pytest.mark.parametrize(
    ("rates", "found"),
    [
        ("input: 2, output: 1.99", ["output_below_input"]),
        ("input: 2, output: 2", []),
        ("input: 2, output: 2.01", []),
        ("input: 2, output: 0", []),  # what has no output says so
        ("input: 2, cache_read: 1.99, output: 8", []),
        ("input: 2, cache_read: 2, output: 8", []),
        ("input: 2, cache_read: 2.01, output: 8", ["cache_read_above_input"]),
        ("input: 2, cache_write: 1.99, output: 8", ["cache_write_below_input"]),
        ("input: 2, cache_write: 2, output: 8", []),
        ("input: 2, cache_write.5m: 1.99, output: 8", ["cache_write_below_input"]),
    ],
)
def test_prices_of_one_card_are_held_against_each_other(rates: str, found: list[str]) -> None:
    assert of(card(rates)) == found


def test_conditional_prices_are_held_against_those_of_their_own_condition() -> None:
    batch = (
        "      - {per: 1_000_000 token, when: {service_tier: batch}, price: {input: 1, output: %s}}"
    )
    rates = "    rates:\n      - {per: 1_000_000 token, price: {input: 2, output: 8}}\n"
    assert of(card("", more=rates + batch % "4\n")) == []
    assert of(card("", more=rates + batch % "0.9\n")) == ["output_below_input"]


@pytest.mark.parametrize(
    ("factor", "found"),
    [("0.5", []), ("1", []), ("1.01", ["batch_above_standard", "batch_above_standard"])],
)
def test_batches_are_not_dearer(factor: str, found: list[str]) -> None:
    when = f"{{name: batch, when: {{service_tier: batch}}, multiply: {factor}}}"
    assert of(card(more=f"    modifiers: [{when}]\n")) == found


@pytest.mark.parametrize(
    ("price", "found"),
    [
        ("19.98", []),  # 9.99 times 2
        ("20", ["factor_of_ten"]),
        ("20.02", ["factor_of_ten"]),
        ("0.2002", []),
        ("0.2", ["factor_of_ten"]),
        ("0.1998", ["factor_of_ten"]),
        ("0", ["factor_of_ten"]),
    ],
)
def test_a_price_is_held_against_the_former_revision(price: str, found: list[str]) -> None:
    text = card(f"input: {price}, output: 80", older=older("input: 2, output: 80"))
    assert of(text) == found


@pytest.mark.parametrize(("price", "found"), [("19.98", []), ("20", ["factor_of_ten"])])
def test_a_price_is_held_against_the_makers(price: str, found: list[str]) -> None:
    assert resold(f"input: {price}, output: 80", "input: 2, output: 80") == found


def test_free_on_both_sides_is_no_factor_of_ten() -> None:
    assert resold("input: 0, output: 8", "input: 0, output: 8") == []


def test_without_the_makers_card_the_middle_of_the_others_counts() -> None:
    sellers = {}
    for name, price in (("a", "2"), ("b", "2.5"), ("c", "30")):
        sellers[f"{name}/provider.yaml"] = SHOP.replace("shop", name)
        text = card(f"input: {price}, output: 80", seller=name)
        sellers[f"{name}/one.yaml"] = text
    found = looked(sellers)
    assert [(f.card, f.kind.name) for f in found] == [("c/one", "factor_of_ten")]
    assert found[0].what == "input 30 is 12 times above the 2.5 of b/one"
    assert found[0].place == "cards/c/one.yaml:7"


def test_two_currencies_without_a_rate_are_not_compared() -> None:
    files = {"shop/provider.yaml": SHOP.replace("USD", "CNY"), "maker/one.yaml": card()}
    theirs = card("input: 40, output: 160", seller="shop")
    assert names({**files, "shop/one.yaml": theirs}) == []
    rate = "CNY: [{effective: 2025-01-01, per: 7, price: 1 USD}]"
    theirs = card("input: 140, output: 559", seller="shop")  # 20.00 and 79.86 USD
    found = names({**files, "shop/one.yaml": theirs, "currencies.yaml": rate})
    assert found == ["factor_of_ten"]


@pytest.mark.parametrize(
    ("at", "found"),
    [("2026-08-30", []), ("2026-08-30T23:59Z", []), ("2026-08-31", ["stale"])],
)
def test_a_check_is_good_for_so_many_days(at: str, found: list[str]) -> None:
    # 2026-06-01 and 90 days is 2026-08-30
    assert of(card(), at) == found
    assert of(card(), at, 91) == []


def test_what_is_no_longer_sold_grows_not_stale() -> None:
    ended = (
        "model: one\nprovider: maker\nrevisions:\n  - {effective: 2026-02-01, ended: true}\n"
        + older("input: 2, output: 8")
    )
    assert of(ended, "2027-01-01") == []


@pytest.mark.parametrize(
    ("at", "found"), [("2026-06-30", []), ("2026-07-01", ["overdue"]), ("2026-07-02", ["overdue"])]
)
def test_an_announced_price_is_overdue_when_its_day_has_come(at: str, found: list[str]) -> None:
    text = card("input: 3, output: 9", effective="2026-07-01", older=older("input: 2, output: 8"))
    assert of(text, at) == found


def test_a_newer_check_ends_the_announcement() -> None:
    text = card(effective="2026-07-01", checked="2026-07-01", older=older("input: 2, output: 8"))
    assert of(text, "2026-07-01") == []


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-06-30", []),
        ("2026-07-01", ["promotion_over"]),
        ("2026-07-02", ["promotion_over"]),
    ],
)
def test_a_promotion_is_over_on_the_day_to_which_it_lasts(at: str, found: list[str]) -> None:
    assert of(card(more="    until_at_least: 2026-07-01\n"), at) == found


@pytest.mark.parametrize(
    ("last", "found"),
    [("2025-12-31", []), ("2026-01-01", []), ("2026-01-02", ["overlap"])],
)
def test_a_promotion_lasts_to_its_day(last: str, found: list[str]) -> None:
    before = older("input: 2, output: 8", more=f"    until_at_least: {last}\n")
    assert of(card(older=before)) == found


@pytest.mark.parametrize(
    ("released", "found"),
    [("2025-12-31", ["gap"]), ("2026-01-01", []), ("2026-01-02", [])],
)
def test_a_model_has_a_price_from_its_release_on(released: str, found: list[str]) -> None:
    assert of(card(head=f"facts: {{released: {released}}}\n")) == found


def test_a_model_that_is_sold_again_has_a_gap() -> None:
    ended = "  - {effective: 2025-06-01, ended: true}\n"
    assert of(card(older=ended + older("input: 2, output: 8"))) == ["gap"]


def test_an_alias_that_two_makers_have_is_dead() -> None:
    files = {
        "maker/one.yaml": card(head="aliases: [x]\n"),
        "other/provider.yaml": PROVIDER.replace("maker", "other"),
        "other/two.yaml": card(model="two", head="aliases: [x]\n").replace("maker", "other"),
    }
    found = looked(files)
    assert [(f.card, f.kind.name) for f in found] == [
        ("maker/one", "dead_alias"),
        ("other/two", "dead_alias"),
    ]


def test_an_alias_that_the_sellers_form_sends_elsewhere_has_two_meanings() -> None:
    files = {
        "maker/provider.yaml": PROVIDER + "ids: ['^(?P<model>[a-z]+)-latest$']\n",
        "maker/one.yaml": card(head="aliases: [two-latest]\n"),
        "maker/two.yaml": card(model="two"),
    }
    assert names(files) == ["two_meanings"]


def test_an_estimate_that_follows_an_ended_card_is_found() -> None:
    estimate = "{because: unpublished, meters: [cache_read], estimate: {follows: maker/two}}"
    ended = (
        "model: two\nprovider: maker\nrevisions:\n  - {effective: 2026-03-01, ended: true}\n"
        + older("input: 2, output: 8")
    )
    files = {"maker/one.yaml": card(more=f"    unpriced: [{estimate}]\n"), "maker/two.yaml": ended}
    assert names(files) == ["estimate_of_ended"]


TERM = (
    PROVIDER
    + """terms:
  batch:
    - effective: 2026-03-01
      modifiers: [{name: %s, when: {service_tier: batch}, multiply: {input: 0.5, output: 0.5%s}}]
    - effective: 2025-01-01
      modifiers: [{name: batch, when: {service_tier: batch}, multiply: {input: 0.5, output: 0.5}}]
  refused:
    - effective: 2025-01-01
      modifiers: [{name: refused, when: {outcome: refused}, multiply: 0}]
"""
)
TERMS = "    terms: [batch, refused]\n    stack: [[batch, refused]]\n"


@pytest.mark.parametrize(
    ("name", "factor", "found"),
    [
        ("batch", "", []),
        ("batch", ", cache_read: 0.5", ["term_misfit"]),
        ("batches", "", ["term_misfit"]),
    ],
)
def test_a_terms_newer_version_fits_the_card(name: str, factor: str, found: list[str]) -> None:
    files = {"maker/provider.yaml": TERM % (name, factor), "maker/one.yaml": card(more=TERMS)}
    assert names(files) == found


@pytest.mark.parametrize(
    ("theirs", "more", "found"),
    [
        ("input: 2, output: 8", "", ["incomplete"]),
        ("input: 2, output: 8, cache_read: 0.2", "", []),
        (
            "input: 2, output: 8",
            "    unpriced: [{meters: [cache_read], because: unpublished}]\n",
            [],
        ),
    ],
)
def test_a_reseller_answers_every_token_meter_of_the_maker(
    theirs: str, more: str, found: list[str]
) -> None:
    files = {
        "maker/one.yaml": card("input: 2, cache_read: 0.2, output: 8"),
        "shop/provider.yaml": SHOP,
        "shop/one.yaml": card(theirs, more=more, seller="shop"),
    }
    assert names(files) == found


def test_a_finding_is_accepted_with_a_reason() -> None:
    text = card("input: 2, output: 1", more="    accept: {output_below_input: the page says so}\n")
    found = looked({"maker/one.yaml": text})
    assert [f.accepted for f in found] == ["the page says so"]


@pytest.mark.parametrize("name", ["output_below_input", "odd"])
def test_an_acceptance_of_nothing_is_found(name: str) -> None:
    assert of(card(more=f"    accept: {{{name}: because}}\n")) == ["idle_acceptance"]


def test_what_time_brings_may_be_accepted_beforehand() -> None:
    assert of(card(more="    accept: {stale: an archived page}\n")) == []
    assert of(card(more="    accept: {stale: an archived page}\n"), "2027-01-01") == []


def test_an_acceptance_needs_its_reason() -> None:
    with pytest.raises(CardError, match="has no value"):
        of(card(more="    accept: {stale: }\n"))


def test_what_time_alone_brings_is_a_warning() -> None:
    assert not [kind.name for kind in KINDS.values() if kind.is_timed and kind.is_error]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("cards check sound --at 2026-08-01", 0),
        ("cards check odd --at 2026-08-01", 1),
        ("cards check doubtful --at 2026-08-01", 0),
        ("cards check doubtful --at 2026-08-01 --strict", 1),
        ("cards check mine", 2),
        ("cards check sound --stale-after 0", 2),
    ],
)
def test_the_exit_status_tells_faults_errors_and_warnings_apart(words: str, status: int) -> None:
    assert run_here(words.split(), FILES)[2] == status
