"""Comparing: ranking, ratios, variants, conversion, and where caching breaks even."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from cardbooks import book_of

import pricing
from pricing.cards.book import CardBook
from pricing.comparison import caching_pays, caching_report
from pricing.comparison.ranking import uncached
from pricing.errors import NoExchangeRate, RatingError, UsageError
from pricing.instants import instant
from pricing.render import report_text

AT = instant("2026-11-20T12:00Z")
VOCABULARY = """\
meters:
  input: {unit: token, side: input}
  input.audio: {unit: token, side: input}
  cache_read: {unit: token, side: input}
  cache_read.audio: {unit: token, side: input}
  cache_write: {unit: token, side: input}
  cache_write.5m: {unit: token, side: input, bills_as: cache_write}
  cache_write.1h: {unit: token, side: input, bills_as: cache_write}
  output: {unit: token, side: output}
attributes:
  service_tier: {default: standard, values: [standard, batch, flex]}
  speed: {default: standard, values: [standard, fast]}
"""
TERMS = """\
terms:
  batch:
    - effective: 2020-01-01
      sources: [{url: "https://example.org", checked: 2026-01-01}]
      modifiers: [{name: batch, when: {service_tier: batch}, multiply: 0.5}]
"""
SOURCES = '[{url: "https://example.org/p", checked: 2026-01-01}]'


def provider(name: str, currency: str = "USD", more: str = "") -> str:
    return f"provider: {name}\ncurrency: {currency}\nsources: {SOURCES}\n{more}"


def card(seller: str, model: str, prices: str, more: str = "", maker: str = "maker") -> str:
    rows = "\n".join(f"          {price}" for price in prices.split(", "))
    return (
        f"model: {model}\nprovider: {seller}\npublisher: {maker}\nrevisions:\n"
        f"  - effective: 2026-01-01\n    sources: {SOURCES}\n"
        f"    rates:\n      - per: 1_000_000 token\n        price:\n{rows}\n{more}"
    )


BATCH = "    terms: [batch]\n"
CACHED = "input: 3, cache_read: 0.30, cache_write.5m: 3.75, cache_write.1h: 6, output: 15"
FILES = {
    "vocabulary.yaml": VOCABULARY,
    "currencies.yaml": f"""\
CNY: [{{effective: 2026-01-01, per: 7, price: 1 USD, sources: {SOURCES}}}]
""",
    "maker/provider.yaml": provider("maker", more=TERMS),
    "maker/big.yaml": card("maker", "big", CACHED, BATCH),
    "maker/small.yaml": card("maker", "small", "input: 1, cache_read: 0.10, output: 5", BATCH),
    "maker/free.yaml": card("maker", "free", "input: 0, output: 0"),
    "maker/cliff.yaml": card(
        "maker",
        "cliff",
        "input: 1, output: 5",
        "    modifiers: [{name: long, when: {context_tokens: {above: 1000}},"
        " multiply: {input: 2, output: 1.5}}]\n",
    ),
    "plain/provider.yaml": provider("plain"),
    "plain/big.yaml": card(
        "plain", "big", "input: 1, output: 5",
        "    unpriced: [{meters: [cache_read, cache_write], because: unpublished}]\n",
    ),
    "far/provider.yaml": provider("far", "CNY"),
    "far/big.yaml": card("far", "big", "input: 14, cache_read: 1.40, output: 70"),
    "lost/provider.yaml": provider("lost", "XYZ"),
    "lost/big.yaml": card("lost", "big", "input: 1, cache_read: 1, output: 1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def book() -> CardBook:
    return book_of(FILES)


def usage(**meters: int) -> pricing.Usage:
    return pricing.Usage({name.replace("__", "."): n for name, n in meters.items()}, at=AT)


def compared(book: CardBook, names: str, work: object, **options: object) -> pricing.Comparison:
    offers = [book.card(name) for name in names.split()]
    return pricing.compare(work, offers, **options)  # type: ignore[arg-type]


# Ranking


def test_the_cheapest_comes_first_with_ratios(book: CardBook) -> None:
    found = compared(book, "maker/big maker/small", usage(input=1_000_000, output=100_000))
    assert [(offer.card.name, offer.total.amount) for offer in found.ranked] == [
        ("maker/small", Decimal("1.5")),  # 1 + 0.5
        ("maker/big", Decimal("4.5")),  # 3 + 1.5
    ]
    assert [offer.ratio for offer in found.ranked] == [1, 3]


def test_a_workload_is_a_request_so_many_times(book: CardBook) -> None:
    once = usage(input=600)
    found = compared(book, "maker/cliff", pricing.Workload(once, 1000))
    # 600 tokens each stay below the cliff, a thousand times
    assert found.ranked[0].total == pricing.Money("0.6", "USD")
    assert found.requests == 1000
    assert found.quantities() == {"input": 600_000}


def test_the_same_tokens_in_one_request_cost_more_above_the_cliff(book: CardBook) -> None:
    for tokens, price in ((999, 1), (1000, 1), (1001, 2)):
        found = compared(book, "maker/cliff", usage(input=tokens))
        assert found.ranked[0].total.amount == Decimal(tokens * price) / 1_000_000


def test_many_requests_are_added_up(book: CardBook) -> None:
    work = [usage(input=n, output=1) for n in range(1, 101)]
    found = compared(book, "maker/big maker/small", work)
    # 5,050 x 1 + 100 x 5, and 5,050 x 3 + 100 x 15, by 1M
    amounts = [offer.total.amount for offer in found.ranked]
    assert amounts == [Decimal("0.00555"), Decimal("0.01665")]


def test_many_requests_keep_each_its_own_cliff(book: CardBook) -> None:
    found = compared(book, "maker/cliff", [usage(input=1000), usage(input=1001)])
    assert found.ranked[0].total.amount == Decimal("0.003002")  # 1,000 + 1,001 x 2


def test_who_does_not_price_all_of_it_is_listed_and_not_ranked(book: CardBook) -> None:
    for work in (usage(input=5, cache_read=5), [usage(input=5), usage(cache_read=5)]):
        found = compared(book, "plain/big maker/big", work)
        assert [offer.card.name for offer in found.ranked] == ["maker/big"]
        assert [offer.card.name for offer in found.unranked] == ["plain/big"]
        assert "cache_read" in str(found.unranked[0].error)


def test_an_offer_that_is_free_has_no_ratio(book: CardBook) -> None:
    found = compared(book, "maker/free maker/big", usage(input=5))
    assert found.cheapest.card.name == "maker/free"
    assert [offer.ratio for offer in found.ranked] == [None, None]


def test_equals_stand_in_the_order_of_their_names(book: CardBook) -> None:
    same = book_of({"twin/provider.yaml": provider("twin"),
                    "twin/big.yaml": card("twin", "big", CACHED)}, book)  # fmt: skip
    offers = [same.card("twin/big"), same.card("maker/big")]
    found = pricing.compare(usage(input=5), offers)
    assert [offer.card.name for offer in found.ranked] == ["maker/big", "twin/big"]
    assert str(found).startswith("Cheapest: maker and twin, 0.000015 USD\n")


def test_a_price_of_another_day_is_asked_for_by_at(book: CardBook) -> None:
    with_at = compared(book, "maker/big", usage(input=5), at=instant("2025-12-31"))
    assert with_at.ranked == ()
    assert "no price for big at maker on 2025-12-31" in str(with_at.unranked[0].error)


def test_failed_requests_are_free_where_they_are_not_billed(book: CardBook) -> None:
    billed = {"bills/provider.yaml": provider("bills", more="billed: {status: [2xx]}\n"),
              "bills/big.yaml": card("bills", "big", CACHED)}  # fmt: skip
    other = book_of(billed, book)
    good, bad = usage(input=1_000_000), usage(input=1_000_000)
    good.status, bad.status = 200, 500
    found = pricing.compare([good, bad], [other.card("bills/big"), other.card("maker/big")])
    assert [offer.total.amount for offer in found.ranked] == [3, 6]
    none = pricing.compare([bad, bad], [other.card("bills/big")])
    assert "bills none of it" in str(none.unranked[0].error)


def test_nothing_to_compare_is_refused(book: CardBook) -> None:
    with pytest.raises(RatingError, match="no usage"):
        compared(book, "maker/big", [])


# Variants


def test_variants_send_the_same_work_in_another_way(book: CardBook) -> None:
    found = compared(
        book, "maker/big", usage(input=1_000_000, cache_read=1_000_000),
        variants=["batch", "no-cache", "service_tier=flex"],
    )  # fmt: skip
    (offer,) = found.ranked
    assert offer.total.amount == Decimal("3.3")
    assert offer.variants["batch"].total.amount == Decimal("1.65")
    assert offer.variants["no-cache"].total.amount == 6
    assert offer.variants["service_tier=flex"].total is None
    assert "service_tier=flex" in str(offer.variants["service_tier=flex"].error)


def test_without_cache_every_token_is_input_of_its_kind() -> None:
    meters = {"input": 1, "cache_read": 2, "cache_write.5m": 4, "cache_read.audio": 8, "output": 16}
    assert uncached(meters) == {"input": 7, "input.audio": 8, "output": 16}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("btach", "Did you mean 'batch'?"),
        ("standard", "service_tier=standard or speed=standard"),
        ("speed=batch", "unknown variant"),
        ("colour=red", "unknown variant"),
    ],
)
def test_other_variants_are_refused(book: CardBook, name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        compared(book, "maker/big", usage(input=5), variants=[name])
    assert said in str(caught.value)


# Currencies


def test_two_currencies_are_not_ranked_unasked(book: CardBook) -> None:
    with pytest.raises(NoExchangeRate) as caught:
        compared(book, "maker/big far/big", usage(input=1_000_000))
    assert "maker/big 3 USD, far/big 14 CNY" in str(caught.value)
    assert "Give --currency USD." in str(caught.value)
    with pytest.raises(NoExchangeRate, match="dated rate"):
        compared(book, "maker/big lost/big", usage(input=1_000_000))


def test_a_currency_that_is_asked_for_ranks_them(book: CardBook) -> None:
    work = usage(input=1_000_000)
    found = compared(book, "maker/big far/big", work, currency="USD", variants=["no-cache"])
    assert [(o.card.name, o.total.amount) for o in found.ranked] == [
        ("far/big", 2),
        ("maker/big", 3),
    ]
    far = found.ranked[0]
    assert far.cost.total == pricing.Money(14, "CNY")
    assert far.variants["no-cache"].total == pricing.Money(2, "USD")
    assert "currencies.yaml:1" in far.exchange
    shown = report_text(found.report(), "table")
    assert "far         2.00   1.00          2.00   2.00" in shown
    assert "far: 14 CNY = 2 USD, by cards/currencies.yaml:1, 2026-01-01" in found.report().notes


def test_what_has_no_rate_is_not_ranked(book: CardBook) -> None:
    found = compared(book, "maker/big lost/big", usage(input=5), currency="USD")
    assert [offer.card.name for offer in found.unranked] == ["lost/big"]
    assert "no rate" in report_text(found.report(), "table")
    document = found.report().document["offers"][1]
    assert document["own"] == {"amount": "0.000005", "currency": "XYZ"}
    assert document["total"] is None


# Break-even


def test_a_seller_without_cache_prices_is_cheaper_below_a_share(book: CardBook) -> None:
    found = compared(book, "maker/big plain/big", usage(input=500, cache_read=500))
    (point,) = found.cache_break_evens()
    # 3,000 - 2,700 h = 1,000: h = 20/27
    assert point.share == Fraction(20, 27)
    assert point.here == Decimal("0.5")
    assert "cheaper than maker below\n74.074 % cache hit (here 50.000 %)" in str(found)


def test_at_the_break_even_both_cost_the_same(book: CardBook) -> None:
    found = compared(book, "maker/big plain/big", usage(input=7_000, cache_read=20_000))
    (point,) = found.cache_break_evens()
    assert point.share == point.here == Fraction(20, 27)
    assert point.plain == found.cheapest.total


def test_a_dear_seller_is_never_cheaper_and_a_cheap_one_always(book: CardBook) -> None:
    unpriced = "    unpriced: [{meters: [cache_read], because: unpublished}]\n"
    more = {
        f"{name}/{file}": text
        for name, price in (("dear", "9"), ("cheap", "0.10"))
        for file, text in (
            ("provider.yaml", provider(name)),
            ("big.yaml", card(name, "big", f"input: {price}, output: 15", unpriced)),
        )
    }
    other = book_of(more, book)
    for name, told in (("dear", "never cheaper than maker"), ("cheap", "at any cache hit")):
        offers = [other.card("maker/big"), other.card(f"{name}/big")]
        assert told in str(pricing.compare(usage(input=5, cache_read=5), offers))


@pytest.mark.parametrize("prefix", [1, 1000, 1_000_000])
def test_caching_pays_from_a_call_that_does_not_depend_on_the_prefix(
    book: CardBook, prefix: int
) -> None:
    found = caching_pays(book.card("maker/big"), prefix, AT)
    # 3.75 + 0.30 = 4.05 < 6; 6 + 0.30 = 6.30 > 6, 6.60 < 9
    assert found.pays_from("cache_write.5m") == 2
    assert found.pays_from("cache_write.1h") == 3
    headline = caching_report(found).headline
    assert headline == "A 5m write pays from call 2, a 1h write from call 3"


def test_caching_that_never_pays_is_said(book: CardBook) -> None:
    dear = {
        "dear/provider.yaml": provider("dear"),
        "dear/big.yaml": card("dear", "big", "input: 1, cache_read: 1, cache_write: 2, output: 5"),
    }
    found = caching_pays(book_of(dear, book).card("dear/big"), 1000, AT)
    report = caching_report(found)
    assert report.headline == "A cache write never pays within 100 calls"
    assert len(report.tables[0].rows) == 12


def test_without_prices_for_a_cache_there_is_no_answer(book: CardBook) -> None:
    with pytest.raises(RatingError, match="cache_read"):
        caching_pays(book.card("plain/big"), 1000, AT)
    with pytest.raises(RatingError, match="cache writes"):
        caching_pays(book.card("maker/small"), 1000, AT)


# Reports


def test_a_larger_request_beyond_a_cliff_is_told(book: CardBook) -> None:
    found = compared(book, "maker/cliff maker/big", usage(input=900, output=5))
    notes = list(found.report().notes)
    assert "above 1,000 context_tokens cliff costs input x 2, output x 1.5" in notes
    found = compared(book, "maker/cliff maker/big", usage(input=1_001, output=5))
    assert not any("context_tokens" in note for note in found.report().notes)


def test_small_sums_are_shown_with_all_their_digits(book: CardBook) -> None:
    found = compared(book, "maker/big maker/small", usage(input=7))
    assert "0.000007" in str(found)
    assert "0.000021" in str(found)


def test_the_comparison_is_written_as_markdown(book: CardBook) -> None:
    found = compared(book, "maker/big maker/small", usage(input=1_000_000))
    assert found.to_markdown().startswith(
        "#### Cheapest: small, 1.00 USD; the next costs 3.00 times as much\n\n"
        "| Model | Cost USD | Ratio |\n|---|--:|--:|\n| `small` | 1.00 | 1.00 |\n"
    )


def test_one_model_under_two_ids_is_compared_by_seller(book: CardBook) -> None:
    alias = {
        "again/provider.yaml": provider("again"),
        "again/large.yaml": card("again", "large", CACHED),
        "maker2/provider.yaml": provider("maker2"),
    }
    other = book_of(alias, book)
    found = pricing.compare(usage(input=5), [other.card("maker/big"), other.card("again/large")])
    assert "maker/big" in str(found)
    found = compared(book, "maker/big plain/big", usage(input=5))
    assert "Seller" in str(found)


UNCACHED = "    unpriced: [{meters: [cache_read], because: unpublished}]\n"


def resold(book: CardBook, *names: str) -> CardBook:
    """Give a book in which these resell the big model, without prices for caching, unverified."""
    files = {}
    for name in names:
        files[f"{name}/provider.yaml"] = provider(name)
        text = card(name, f"{name}-big", "input: 4, output: 15", UNCACHED)
        text = text.replace("publisher: maker\n", "publisher: maker\ncanonical: big\n")
        files[f"{name}/big.yaml"] = text.replace(
            "    rates:", "    dated: observed\n    unverified: true\n    rates:"
        )
    return book_of(files, book)


def test_what_is_true_of_several_offers_is_said_once(book: CardBook) -> None:
    catalog = pricing.Catalog(resold(book, "a", "b", "c"))
    cards = [card for card in catalog.offers("big") if card.provider.name in ("maker", *"abc")]
    notes = pricing.compare(usage(input=5, output=1), cards).report().notes
    assert "observed date: 2026-01-01: a, b, c" in notes
    assert "unverified: a, b, c" in notes
    found = pricing.compare(usage(input=5, cache_read=5), cards, variants=["batch"]).report()
    assert "publishes no price for cache_read: unpublished: a, b, c" in found.notes
    assert "without caching never cheaper than maker: a, b, c" in found.notes


def test_two_offers_keep_the_places_of_their_reasons(book: CardBook) -> None:
    catalog = pricing.Catalog(resold(book, "a", "b"))
    cards = [card for card in catalog.offers("big") if card.provider.name in ("maker", "a", "b")]
    found = pricing.compare(usage(input=5, cache_read=5), cards).report()
    for name in "ab":
        said = f"{name} publishes no price for cache_read: unpublished, "
        (note,) = (note for note in found.notes if note.startswith(said))
        assert f"{name}/big.yaml:" in note
        assert f"{name} without caching" in report_text(found, "table")


def test_a_seller_with_two_ids_of_one_model_is_named_with_them(book: CardBook) -> None:
    other = resold(book, "a", "b")
    twice = {"b/more.yaml": card("b", "hidden/big", "input: 2, output: 9").replace(
        "publisher: maker\n", "publisher: maker\ncanonical: big\n"
    )}  # fmt: skip
    catalog = pricing.Catalog(book_of(twice, other))
    cards = [card for card in catalog.offers("big") if card.provider.name in ("a", "b")]
    table = str(pricing.compare(usage(input=5), cards))
    assert [line.split()[0] for line in table.splitlines()[3:]] == ["b/hidden/big", "a", "b/b-big"]


def test_an_id_that_tells_the_endpoint_is_compared_with_it() -> None:
    catalog = pricing.load_catalog()
    ids = ["global.anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"]
    usage = pricing.Usage({"input": 1_000_000}, at="2026-11-20")
    found = pricing.compare(usage, map(catalog.resolve, ids), variants=["fast"])
    assert [str(offer.total) for offer in found.ranked] == ["3 USD", "3.3 USD"]
    assert found.ranked[1].attributes == {"endpoint": "geo", "region": "us"}
    assert found.ranked[1].variants["fast"].cost is None
    assert "claude-sonnet-4-6 (geo, us)" in str(found)


def test_a_price_that_depends_on_what_is_not_told_says_on_what() -> None:
    catalog = pricing.load_catalog()
    cards = [catalog.card(f"{seller}/claude-sonnet-4-6") for seller in ("anthropic", "aws-bedrock")]
    shown = str(pricing.compare(pricing.Usage({"input": 10}, at="2026-11-20"), cards))
    assert "by endpoint" in shown
