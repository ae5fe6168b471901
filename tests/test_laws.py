"""The laws that every card keeps, held over made-up cards and over those that are shipped."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import madeup
import pytest
import yaml
from cardbooks import book_of
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from madeup import Spec

import pricing
from pricing.cards.dump import dump_card, dump_provider
from pricing.cards.model import RateCard
from pricing.cards.tariff import tariff
from pricing.instants import DAY, instant

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
#: a revision that has no end yet is held to this day
KNOWN_UNTIL = date(2026, 11, 20)

# Always the same examples: a law that fails, fails for everyone. What a failure has in common with
# others is not explained: it takes minutes.
law = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


# What a usage gives


def outcome(usage: pricing.Usage, card: RateCard, **how: Any) -> tuple[Any, ...]:
    """Give ("cost", currency, total), or what is refused and why, in no order."""
    try:
        cost = pricing.rate(usage, card, **how)
    except pricing.Unpriced as error:
        return "refused", frozenset((r.code, r.meter) for r in error.refusals)
    except pricing.NoRevision:
        return ("no revision",)
    return "cost", cost.currency, Fraction(cost.total.amount)


def told(usage: pricing.Usage, card: RateCard, **how: Any) -> tuple[Any, ...]:
    """Give the outcome with every line and all that is drawn on pools, in no order."""
    found = outcome(usage, card, **how)
    if found[0] != "cost":
        return found
    cost = pricing.rate(usage, card, **how)
    lines = Counter(
        (
            line.meter,
            Fraction(line.quantity),
            line.price,
            Fraction(line.amount.amount),
            frozenset(modifier.name for modifier in line.modifiers),
        )
        for line in cost.lines
    )
    return *found, lines, dict(cost.drawn)


def together(*counts: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for meter, quantity in each.items():
            total[meter] = total.get(meter, 0) + quantity
    return total


# The shipped cards


@cache
def catalog() -> pricing.Catalog:
    return pricing.load_catalog()


@cache
def shipped() -> list[RateCard]:
    return list(catalog().cards())


def starts(card: RateCard) -> Iterator[int]:
    """Give the first instant of each revision that prices something."""
    for revision in card.billing:
        if not revision.get("ended"):
            yield revision["effective"]


#: no threshold of a shipped card lies inside one of these ranges
SHIPPED_RANGES = ((1, 32_000), (32_001, 100_000), (150_000, 199_999), (300_000, 500_000))


@st.composite
def shipped_cases(draw: st.DrawFn) -> tuple[RateCard, int, dict[str, str]]:
    """Give a shipped card, an instant, and attributes that it mostly has an answer to."""
    card = draw(st.sampled_from(shipped()))
    start = draw(st.sampled_from(list(starts(card)) or [instant("2026-11-20")]))
    after = st.integers(0, 400 * 24).map(lambda hours: start + hours * DAY // 24)
    at = draw(after | st.sampled_from([start, start - 1]))
    answered = [
        (name, value)
        for name, attribute in card.provider.book.vocabulary.attributes.items()
        for value in attribute.values or ()
        if is_named(card, at, name, value)
    ]
    chosen = st.lists(st.sampled_from(answered), max_size=2) if answered else st.just([])
    return card, at, dict(draw(chosen))


def is_named(card: RateCard, at: int, name: str, value: str) -> bool:
    """Tell whether some clause in force names the attribute in a way that this value satisfies."""
    try:
        conditions = tariff(card, at).conditions()
    except pricing.NoRevision:
        return False
    return any(
        name in when.constraints and when.constraints[name].holds(value) for when in conditions
    )


def shipped_counts(case: tuple[RateCard, int, Any]) -> st.SearchStrategy[dict[str, int]]:
    """Give counts of meters that the card mostly prices."""
    card, at, _ = case
    try:
        names = sorted(tariff(card, at).rates)
    except pricing.NoRevision:
        names = []
    priced = st.sampled_from(names or ["input", "output"])
    every = sorted(card.provider.book.vocabulary.meters)
    counts = st.integers(1, 300_000)
    some = st.dictionaries(priced, counts, min_size=1, max_size=5)
    return some | some | st.dictionaries(st.sampled_from(every), counts, max_size=5)


# 1. Inside a rating key cost(a) + cost(b) = cost(a + b).


def check_additive(
    card: RateCard, a: Spec, b: Spec, contexts: tuple[int, int], **usage: Any
) -> None:
    one = outcome(pricing.Usage(a, context_tokens=contexts[0], **usage), card)
    two = outcome(pricing.Usage(b, context_tokens=contexts[1], **usage), card)
    both = outcome(pricing.Usage(together(a, b), context_tokens=contexts[0], **usage), card)
    refused = [found[1] for found in (one, two) if found[0] == "refused"]
    if refused:
        assert both == ("refused", frozenset().union(*refused))
    elif one[0] == "cost":
        assert both == ("cost", one[1], one[2] + two[2])
    else:
        assert one == two == both == ("no revision",)


@law
@given(st.data(), st.sampled_from(madeup.RANGES))
def test_cost_is_additive_inside_a_rating_key(data: st.DataObject, range_: Any) -> None:
    spec, at = data.draw(madeup.specs()), data.draw(madeup.instants())
    follower = data.draw(madeup.followers(spec))
    card = madeup.book(spec, follower).card(data.draw(st.sampled_from(["shop/one", "shop/two"])))
    contexts = data.draw(st.tuples(st.integers(*range_), st.integers(*range_)))
    counts = madeup.quantities(spec, at)
    attributes = data.draw(madeup.attributes(spec, at))
    a, b = data.draw(counts), data.draw(counts)
    check_additive(card, a, b, contexts, at=at, attributes=attributes)


@law
@given(shipped_cases(), st.sampled_from(SHIPPED_RANGES), st.data())
def test_cost_on_shipped_cards_is_additive_inside_a_rating_key(
    case: Any, range_: Any, data: st.DataObject
) -> None:
    card, at, attributes = case
    contexts = data.draw(st.tuples(st.integers(*range_), st.integers(*range_)))
    # a minimum and a tier are of each call
    single = {"code_execution"}
    a, b = (
        {meter: n for meter, n in data.draw(shipped_counts(case)).items() if meter not in single}
        for _ in range(2)
    )
    check_additive(card, a, b, contexts, at=at, attributes=attributes)


# 2. The total is the sum of the lines; amount × per = quantity × price × modifiers.


def check_lines(cost: pricing.Cost) -> None:
    assert sum(Fraction(line.amount.amount) for line in cost.lines) == cost.total.amount
    for line in cost.lines:
        assert line.amount.currency == cost.currency
        if line.is_extra:
            continue
        factor = prod(Fraction(modifier.factor) for modifier in line.modifiers)
        factor *= Fraction(1 if line.multiplied is None else line.multiplied)
        assert Fraction(line.factor) == factor
        amount = Fraction(line.amount.amount) * Fraction(line.per)
        assert amount == Fraction(line.quantity) * Fraction(line.price) * factor


@law
@given(st.data(), madeup.ACCOUNTS, st.integers(1, 3))
def test_lines_add_up_and_each_is_quantity_times_price_times_factors(
    data: st.DataObject, account: Any, requests: int
) -> None:
    spec, at = data.draw(madeup.specs(rich=True)), data.draw(madeup.instants())
    follower = data.draw(madeup.followers(spec))
    card = madeup.book(spec, follower).card(data.draw(st.sampled_from(["shop/one", "shop/two"])))
    usage = pricing.Usage(
        data.draw(madeup.quantities(spec, at)),
        at=at,
        attributes=data.draw(madeup.attributes(spec, at)),
    )
    how: dict[str, Any] = {"account": account, "requests": requests}
    if outcome(usage, card, **how) != ("no revision",):
        check_lines(pricing.rate(usage, card, partial=True, **how))


@law
@given(shipped_cases(), st.data(), st.booleans())
def test_lines_of_shipped_cards_add_up_and_no_meter_is_lost(
    case: Any, data: st.DataObject, estimates: bool
) -> None:
    card, at, attributes = case
    counts = data.draw(shipped_counts(case))
    usage = pricing.Usage(counts, at=at, attributes=attributes)
    if outcome(usage, card) == ("no revision",):
        return
    cost = pricing.rate(usage, card, estimates=estimates, partial=True)
    check_lines(cost)
    counted = {meter for meter, quantity in counts.items() if quantity}
    priced = {line.meter for line in cost.lines if not line.is_extra}
    implied = priced - set(counts)
    assert implied <= {"request"}
    assert (priced - implied) | {refusal.meter for refusal in cost.unpriced} == counted


# 3. The order of modifiers, rates, meters, map keys and records is irrelevant.


def shuffled(value: Any, data: st.DataObject, key: str = "") -> Any:
    """Give the same document in another order; tiers and revisions are lists that mean theirs."""
    if isinstance(value, dict):
        keys = data.draw(st.permutations(list(value)))
        return {name: shuffled(value[name], data, name) for name in keys}
    if not isinstance(value, list):
        return value
    items = [shuffled(item, data) for item in value]
    has_tiers = bool(value) and isinstance(value[0], dict) and {"up_to"} & set(value[0])
    return items if key == "revisions" or has_tiers else data.draw(st.permutations(items))


@law
@given(st.data(), madeup.ACCOUNTS)
def test_the_order_of_a_card_and_of_what_is_counted_is_irrelevant(
    data: st.DataObject, account: Any
) -> None:
    spec, at = data.draw(madeup.specs(rich=True)), data.draw(madeup.instants())
    follower = data.draw(madeup.followers(spec))
    name = data.draw(st.sampled_from(["shop/one", "shop/two"]))
    counts = data.draw(madeup.quantities(spec, at))
    attributes = data.draw(madeup.attributes(spec, at))
    card = madeup.book(spec, follower).card(name)
    turned = madeup.book(
        *data.draw(st.permutations([shuffled(spec, data), shuffled(follower, data)])),
        provider=shuffled(madeup.PROVIDER, data),
    ).card(name)
    usage = pricing.Usage(counts, at=at, attributes=attributes)
    other = pricing.Usage(shuffled(counts, data), at=at, attributes=shuffled(attributes, data))
    assert told(usage, card, account=account) == told(other, turned, account=account)


@law
@given(shipped_cases(), st.data())
def test_the_order_of_what_is_counted_is_irrelevant_on_shipped_cards(
    case: Any, data: st.DataObject
) -> None:
    card, at, attributes = case
    counts = data.draw(shipped_counts(case))
    usage = pricing.Usage(counts, at=at, attributes=attributes)
    other = pricing.Usage(shuffled(counts, data), at=at, attributes=shuffled(attributes, data))
    assert told(usage, card) == told(other, card)


def test_two_meters_on_one_pool_at_unequal_prices_cost_the_same_in_either_order() -> None:
    prices = {
        "input": [{"up_to": "100", "price": "0"}, {"price": "1"}],
        "output": [{"up_to": "100", "price": "0"}, {"price": "2"}],
    }
    card = plain_card({"per": "1 token", "pool": "shared", "price": prices})
    one = pricing.Usage({"input": 100, "output": 100}, at="2026-06-01")
    two = pricing.Usage({"output": 100, "input": 100}, at="2026-06-01")
    account = pricing.Account()
    assert told(one, card, account=account) == told(two, card, account=account)


# 4. More usage never costs less, except across a printed cliff.


def check_monotone(
    card: RateCard, less: Spec, more: Spec, account: Any = None, **usage: Any
) -> None:
    low = outcome(pricing.Usage(less, **usage), card, account=account)
    high = outcome(pricing.Usage(more, **usage), card, account=account)
    if low[0] == high[0] == "cost":
        assert low[2] <= high[2]


@law
@given(st.data(), madeup.ACCOUNTS, st.integers(0, 3000))
def test_more_usage_never_costs_less_on_one_side_of_a_cliff(
    data: st.DataObject, account: Any, context: int
) -> None:
    spec, at = data.draw(madeup.specs(rich=True)), data.draw(madeup.instants())
    counts = madeup.quantities(spec, at)
    tiered = {meter: data.draw(st.integers(1, 60)) for meter in ("pages", "seconds")}
    # a count of requests takes the place of the one that is implied: it must stand in both
    less = only_priced({**data.draw(counts), **tiered, "request": 1}, spec, at)
    # one meter grows, so that no other one hides what it costs less; most often one with tiers
    growing = [meter for meter in tiered if meter in less] or sorted(less)
    meter = data.draw(st.sampled_from(growing) | st.sampled_from(sorted(less)))
    more = together(less, {meter: data.draw(st.integers(1, 120))})
    attributes = data.draw(madeup.attributes(spec, at))
    usage = {"at": at, "attributes": attributes, "context_tokens": context}
    check_monotone(madeup.card_of(spec), less, more, account, **usage)


def only_priced(counts: Mapping[str, int], spec: Spec, at: int) -> dict[str, int]:
    """Leave requests, pages and seconds out where the card has no price for them."""
    priced = {meter for rate in madeup.in_force(spec, at)["rates"] for meter in rate["price"]}
    optional = {"request", "pages", "seconds"} - priced
    return {meter: quantity for meter, quantity in counts.items() if meter not in optional}


def plain_card(*rates: Spec, modifiers: Iterable[Spec] = ()) -> RateCard:
    revision = {"effective": "2026-01-01", "sources": madeup.SOURCES}
    clauses = {"rates": list(rates), "modifiers": list(modifiers)}
    return madeup.card_of(
        {"model": "one", "provider": "shop", "revisions": [{**revision, **clauses}]}
    )


@pytest.mark.parametrize("pool", [{}, {"pool": "shared"}])
def test_no_page_makes_the_pages_before_it_cheaper(pool: Spec) -> None:
    tiers = [{"up_to": "10", "price": "8"}, {"up_to": "50", "price": "5"}, {"price": "0"}]
    card = plain_card({"per": "1 page", "price": {"pages": tiers}, **pool})
    paid = [
        outcome(pricing.Usage({"pages": pages}, at="2026-06-01"), card, account=pricing.Account())
        for pages in range(60)
    ]
    assert paid == sorted(paid)
    assert paid[-1] == ("cost", "USD", 10 * 8 + 40 * 5)


@law
@given(st.data())
def test_more_usage_never_costs_less_across_a_threshold_that_raises_prices(
    data: st.DataObject,
) -> None:
    spec, at = data.draw(madeup.specs(dearer=True)), data.draw(madeup.instants())
    counts = madeup.quantities(spec, at)
    less = data.draw(counts)
    more = together(less, data.draw(counts))
    attributes = data.draw(madeup.attributes(spec, at))
    check_monotone(madeup.card_of(spec), less, more, at=at, attributes=attributes)


@law
@given(shipped_cases(), st.data())
def test_more_usage_never_costs_less_on_shipped_cards(case: Any, data: st.DataObject) -> None:
    card, at, attributes = case
    less = data.draw(shipped_counts(case))
    more = together(less, data.draw(shipped_counts(case)))
    for context in (None, 1, 900_000):
        check_monotone(card, less, more, at=at, attributes=attributes, context_tokens=context)


# 5. One revision per instant; the instant before `effective` has the old price.


@law
@given(st.data())
def test_the_instant_before_a_revision_has_the_old_price(data: st.DataObject) -> None:
    spec = data.draw(madeup.specs())
    card = madeup.card_of(spec)
    newest_first = spec["revisions"]
    for place, revision in enumerate(newest_first):
        at = instant(revision["effective"])
        counts = data.draw(madeup.quantities(spec, at))
        attributes = data.draw(madeup.attributes(spec, at))
        first = pricing.Usage(counts, at=at, attributes=attributes)
        assert told(first, card) == told(first, madeup.card_of({**spec, "revisions": [revision]}))
        before = pricing.Usage(counts, at=at - 1, attributes=attributes)
        older = newest_first[place + 1 : place + 2]
        if older:
            old_card = madeup.card_of({**spec, "revisions": older})
            assert told(before, card) == told(before, old_card)
        else:
            assert told(before, card) == ("no revision",)


def written_prices(card: RateCard) -> list[tuple[int, dict[str, str]]]:
    """Give (first instant, plain prices by meter), newest first, as the card's own file has them.

    The file is read without the project's loader.
    """
    document = yaml.load((ROOT / card.file).read_bytes(), Loader=yaml.BaseLoader)
    found = []
    for revision in document["revisions"]:
        if "withdrawn" in revision:
            continue
        prices = {
            meter.strip(): price
            for rate in revision.get("rates", ())
            if not {"when", "by", "name"} & set(rate)
            for names, price in rate["price"].items()
            for meter in names.split(",")
            if isinstance(price, str)
        }
        found.append((instant(revision["effective"]), prices))
    return found


def test_every_shipped_price_holds_from_its_first_instant_to_the_last_before_the_next() -> None:
    compared = 0
    for card in shipped():
        dated = written_prices(card)
        ends = [instant("2028-01-01"), *(start for start, _ in dated)]
        for (start, prices), end in zip(dated, ends, strict=False):
            for meter, price in prices.items():
                for at in (start, end - 1):
                    usage = pricing.Usage({meter: 1}, at=at, context_tokens=1)
                    cost = pricing.rate(usage, card, estimates=True, partial=True)
                    assert [line.price for line in cost.lines if line.meter == meter] in (
                        [Decimal(price)],
                        [],
                    ), f"{card.name} {meter} at {at}: {cost.unpriced}"
                    compared += len(cost.lines)
        with pytest.raises(pricing.NoRevision):
            pricing.rate(pricing.Usage({"input": 1}, at=dated[-1][0] - 1), card)
    assert compared > 300


@pytest.mark.parametrize("step", [30 * DAY, -30 * DAY])
def test_no_instant_of_a_shipped_card_lies_in_two_tariffs(step: int) -> None:
    ends = sorted((instant("2024-01-01"), instant("2027-03-01")), reverse=step < 0)
    for card in pricing.load_catalog().cards():
        for at in range(*ends, step):
            with suppress(pricing.NoRevision):
                found = tariff(card, at)
                assert found.since <= at < found.until
        held = sorted((since, until) for since, until, _ in card.intervals)
        for (_, until), (since, _) in pairwise(held):
            assert until <= since, f"{card.name} has two tariffs at {since}"


def test_what_was_priced_before_changes_no_price() -> None:
    """A tariff is compiled once for an interval: whichever instant came first, it is the same."""
    ascending, descending = pricing.load_catalog(), pricing.load_catalog()
    for card in ascending.cards():
        other = descending.card(card.name)
        usages = [
            pricing.Usage({"input": 1, "output": 1}, at=at, context_tokens=1)
            for at in range(instant("2025-01-01"), instant("2027-03-01"), 30 * DAY)
        ]
        found = [outcome(usage, card, estimates=True) for usage in usages]
        turned = [outcome(usage, other, estimates=True) for usage in reversed(usages)]
        assert found == turned[::-1], card.name


# 7. load → dump → load is the identity. (The shipped cards are held to it in test_dump.)


def bare(wire: Any) -> Any:
    """Leave out where things stand: lines, files, and a provider's cards."""
    if isinstance(wire, dict):
        apart = ("line", "file", "cards")
        return {key: bare(value) for key, value in wire.items() if key not in apart}
    return [bare(item) for item in wire] if isinstance(wire, list) else wire


ODD_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
ODD_PRICES = st.decimals(0, 10**9, places=12).map(str) | st.sampled_from(
    ["1e-9", "0", "0.10", "1e6", "1_000.5", "0.000000", "12e-3"]
)


@law
@given(st.data(), ODD_TEXT, st.lists(ODD_TEXT, max_size=2, unique=True), ODD_PRICES)
def test_a_card_that_is_written_and_read_again_is_the_same(
    data: st.DataObject, note: str, aliases: list[str], price: str
) -> None:
    spec = data.draw(madeup.specs(rich=True))
    newest = {
        **spec["revisions"][0],
        "dated": "observed",
        "unverified": "true",
        "until_at_least": "2026-12-01",
    }
    newest["rates"] = [
        *newest["rates"],
        {
            "per": "1_000 token",
            "by": ["context_tokens", "service_tier"],
            "price": {
                "output.audio, input.audio": {
                    "..1_000": {"standard": price, "batch, flex": "1"},
                    "1_000..": {"standard": [{"up_to": "7.5", "price": "1e-9"}, {"price": price}]},
                }
            },
        },
    ]
    spec = {
        **spec,
        "revisions": [newest, *spec["revisions"][1:]],
        "facts": {"a": ["1", {"b": "c"}]},
    }
    book = madeup.book(spec, data.draw(madeup.followers(spec)))
    provider = book.provider_wire("shop")
    cards = provider["cards"]
    # odd texts go in behind the loader: what YAML must escape, JSON escapes in another way
    odd = {**cards["one"], "aliases": aliases}
    odd["revisions"] = [{**odd["revisions"][0], "note": note}, *odd["revisions"][1:]]
    if not aliases:
        del odd["aliases"]
    assume(not {*aliases} & {"one", "two"})
    cards = {**cards, "one": odd}
    files = {f"shop/{name}.yaml": dump_card(wire) for name, wire in cards.items()}
    files["shop/provider.yaml"] = dump_provider(provider)
    again = book_of(files, madeup.words()).provider_wire("shop")
    assert bare(again) == bare(provider)
    assert bare(again["cards"]["one"]) == bare(odd)
    assert bare(again["cards"]["two"]) == bare(cards["two"])
    assert dump_card(again["cards"]["one"]) == files["shop/one.yaml"]


# 8. Every derived price that a provider prints equals our quote, on its first day and on its last.


def printed(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, Fraction, pricing.Usage]]:
    """Give (model, printed price, a million tokens of it) on each row's first and last instant."""
    for row in rows:
        attributes, context = conditions(row["condition"])
        after_last = date.fromisoformat(row["last_day"]) + timedelta(days=1)
        for at in (instant(row["first_day"]), instant(after_last.isoformat()) - 1):
            usage = pricing.Usage(
                {row["meter"]: 1_000_000}, at=at, attributes=attributes, context_tokens=context
            )
            yield row["model"], Fraction(row["usd_per_1m"]), usage


def conditions(condition: str) -> tuple[dict[str, str], int]:
    """Read "ctx>200000+batch" as attributes and the smallest context to which it applies."""
    attributes: dict[str, str] = {}
    context = 1
    for part in condition.split("+"):
        name, above, limit = part.partition(">")
        if name == "batch":
            attributes["service_tier"] = "batch"
        elif name == "fast":
            attributes["speed"] = "fast"
        elif name == "ctx" and above:
            context = int(limit) + 1
        else:
            assert name == "std", part
    return attributes, context


def check_printed(rows: Iterable[Mapping[str, str]]) -> int:
    wrong, compared = [], 0
    for model, price, usage in printed(rows):
        card = catalog().card(f"anthropic/{model}")
        found = outcome(usage, card, estimates=True)
        if found != ("cost", "USD", price):
            wrong.append(f"{model} {usage.meters} {usage.attributes} at {usage.at}: {found}")
        compared += 1
    assert not wrong, "\n".join(wrong)
    return compared


def test_the_prices_derived_for_batches_long_context_and_fast_mode_equal_our_quotes() -> None:
    with (Path(__file__).parent / "golden" / "anthropic_derived.csv").open(
        encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    assert all(row["source"] for row in rows)
    assert check_printed(rows) == 2 * len(rows) >= 2 * 60


def test_all_dated_prices_of_the_facts_equal_our_quotes() -> None:
    facts = SHARED / "facts"
    if not facts.is_dir():
        pytest.skip("../shared/facts is not there")
    with (facts / "anthropic_models.csv").open(encoding="utf-8") as file:
        retired = {row["model_id"]: row["retirement_date"] for row in csv.DictReader(file)}
    meters = {"cache_write_5m": "cache_write.5m", "cache_write_1h": "cache_write.1h"}
    rows = []
    with (facts / "anthropic_rates.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["model_id"] == "*":
                continue  # fees: their units are not tokens
            ends = [row["effective_to"], retired[row["model_id"]][:10]]
            days = [date.fromisoformat(end) - timedelta(1) for end in ends if end[:2] == "20"]
            rows.append(
                {
                    **row,
                    "model": row["model_id"],
                    "meter": meters.get(row["meter"], row["meter"]),
                    "first_day": row["effective_from"],
                    "last_day": min([*days, KNOWN_UNTIL]).isoformat(),
                }
            )
    assert check_printed(rows) > 800


# 9. The bulk path equals the one-by-one path to the last digit.


def one_by_one(
    usages: Iterable[tuple[pricing.Usage, RateCard]], account: pricing.Account | None
) -> tuple[Any, ...]:
    """Rate each usage for itself, in the order of instant and id, and add up."""
    totals: Counter[str] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    by_meter: Counter[tuple[str, str]] = Counter()
    for usage, card in sorted(usages, key=lambda pair: (pair[0].at, pair[0].id)):
        cost = pricing.rate(usage, card, account=account, partial=True)
        if account is not None:
            account = account.after(cost.drawn)
        totals[cost.currency] += Fraction(cost.total.amount)
        refused.update((card.model, refusal.text) for refusal in cost.unpriced)
        for line in cost.lines:
            by_meter[cost.currency, line.meter] += Fraction(line.amount.amount)
    return solid(totals), solid(by_meter), refused, account


def in_bulk(
    usages: Iterable[tuple[pricing.Usage, RateCard]], account: pricing.Account | None
) -> tuple[Any, ...]:
    tally = pricing.Tally(account=account)
    for usage, card in usages:
        tally.add(usage, card)
    totals: Counter[str] = Counter()
    by_meter: Counter[tuple[str, str]] = Counter()
    for currency, cost in tally.costs().get((), {}).items():
        check_lines(cost)
        totals[currency] += Fraction(cost.total.amount)
        for line in cost.lines:
            by_meter[currency, line.meter] += Fraction(line.amount.amount)
    refused = Counter(
        {(found.model, found.reason): found.requests for found in tally.unrated.values()}
    )
    return solid(totals), solid(by_meter), refused, tally.account


def solid(amounts: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: amount for key, amount in amounts.items() if amount}


@law
@given(st.data(), madeup.ACCOUNTS, st.booleans())
def test_usage_added_up_costs_what_it_costs_one_by_one(
    data: st.DataObject, account: Any, rich: bool
) -> None:
    spec = data.draw(madeup.specs(rich=rich))
    follower = data.draw(madeup.followers(spec))
    book = madeup.book(spec, follower)
    usages = []
    for number in range(data.draw(st.integers(2, 8))):
        at = data.draw(madeup.instants())
        usage = pricing.Usage(
            data.draw(madeup.quantities(spec, at)),
            at=at,
            attributes=data.draw(madeup.attributes(spec, at)),
            id=f"r{number:02}",
        )
        card = book.card(data.draw(st.sampled_from(["shop/one", "shop/two"])))
        if outcome(usage, card) != ("no revision",):
            usages.append((usage, card))
    expected = one_by_one(usages, account)
    assert in_bulk(usages, account) == expected
    assert in_bulk(data.draw(st.permutations(usages)), account) == expected


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("first", "second"), [("05:00", "06:00"), ("05:00", "05:00")])
def test_pools_are_settled_in_the_order_of_instant_then_id(
    order: int, first: str, second: str
) -> None:
    tiers = [{"up_to": "100", "price": "0"}, {"price": "1"}]
    card = plain_card(
        {"per": "1 second", "pool": "shared", "price": {"seconds": tiers}},
        modifiers=[{"name": "us", "when": {"geo": "us"}, "unit": "second", "multiply": "2"}],
    )
    usages = [
        (pricing.Usage({"seconds": 100}, at=f"2026-06-01T{first}Z", id="a"), card),
        (
            pricing.Usage(
                {"seconds": 100}, at=f"2026-06-01T{second}Z", id="b", attributes={"geo": "us"}
            ),
            card,
        ),
    ]
    total, *_, account = in_bulk(usages[::order], pricing.Account())
    assert total == {"USD": 200}  # the first is free, the second pays 100 × 1 × 2
    assert account == pricing.Account({("shop", "shared", "2026-06"): 200})


@law
@given(st.data())
def test_usage_of_shipped_cards_added_up_costs_what_it_costs_one_by_one(
    data: st.DataObject,
) -> None:
    usages = []
    for number in range(data.draw(st.integers(2, 8))):
        case = data.draw(shipped_cases())
        card, at, attributes = case
        counts = data.draw(shipped_counts(case))
        usage = pricing.Usage(counts, at=at, attributes=attributes, id=f"r{number:02}")
        if outcome(usage, card) != ("no revision",):
            usages.append((usage, card))
    assert in_bulk(usages, None) == one_by_one(usages, None)


@law
@given(
    st.lists(st.decimals("0.0000000001", "1e20", places=10), min_size=1, max_size=4),
    st.sampled_from(["1", "3600"]),
)
def test_no_digit_is_lost_however_many_there_are(quantities: list[Decimal], per: str) -> None:
    card = plain_card({"per": f"{per} second", "price": {"seconds": "0.05"}})
    usages = [
        (pricing.Usage({"seconds": quantity}, at="2026-06-01", id=f"r{number}"), card)
        for number, quantity in enumerate(quantities)
    ]
    price = Fraction("0.05") / int(per)
    exact = {"USD": sum(map(Fraction, quantities)) * price}
    assert one_by_one(usages, None)[0] == exact
    assert in_bulk(usages, None)[0] == exact
    thrice = pricing.rate(usages[0][0], card, requests=3)
    assert thrice.total.amount == Fraction(quantities[0]) * 3 * price


# 10. No usage is priced under a clause that the card does not state.


@law
@given(st.data(), st.sampled_from(["service_tier", "speed", "geo", "outcome"]))
def test_a_value_that_no_clause_names_is_refused(data: st.DataObject, name: str) -> None:
    spec, at = data.draw(madeup.specs(rich=True)), data.draw(madeup.instants())
    revision = madeup.in_force(spec, at)
    clauses = (*revision["modifiers"], *revision["rates"], *revision.get("unpriced", ()))
    named = {
        value
        for clause in clauses
        for values in [clause.get("when", {}).get(name, [])]
        for value in (values if isinstance(values, list) else [values])
    }
    card = madeup.card_of(spec)
    counts = {m: n + 1 for m, n in data.draw(madeup.quantities(spec, at)).items()}
    base = data.draw(madeup.attributes(spec, at))
    for value in madeup.VALUES[name]:
        if value in named or value in ("standard", "auto", "global", "complete"):
            continue
        usage = pricing.Usage(counts, at=at, attributes={**base, name: value})
        assert outcome(usage, card)[0] != "cost", f"{name}: {value} is priced"


def test_a_value_that_no_clause_of_a_shipped_card_names_is_refused() -> None:
    flipped = 0
    for card in shipped():
        attributes = card.provider.book.vocabulary.attributes
        for at in starts(card):
            rates = tariff(card, at).rates
            for name, attribute in attributes.items():
                if attribute.silent:
                    continue
                default = card.provider.wire.get("defaults", {}).get(name, attribute.default)
                for value in attribute.values or ():
                    if value == default or is_named(card, at, name, value):
                        continue
                    for meter in rates:
                        usage = pricing.Usage(
                            {meter: 1}, at=at, attributes={name: value}, context_tokens=1
                        )
                        found = outcome(usage, card, estimates=True)
                        assert found[0] == "refused", f"{card.name} {meter} {name}={value}"
                        flipped += 1
    assert flipped > 1000
