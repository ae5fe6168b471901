"""Every rate that was cross-checked against other price tables, asked of the real cards.

The rows of confidence official or high, one by one, through the engine: the attributes of the
row's condition, an instant inside its dates, the amount for a million tokens or a thousand calls.
Where a card does not give the row's figure, ``crosscheck.yaml`` says why and for how many rows.
The same for the price changes that the tables' histories show, on the day before and the day of.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import pricing
from pricing.cards.calendars import is_inside
from pricing.cards.model import RateCard
from pricing.instants import SECOND, instant, iso

FACTS = Path(__file__).parents[2] / "shared" / "facts"
WHY = yaml.load((Path(__file__).parent / "crosscheck.yaml").read_bytes(), Loader=yaml.BaseLoader)
pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason=f"no {FACTS}")
TODAY = instant("2026-11-20T12:00Z")
METERS = {
    "audio_input": "input.audio",
    "image_input": "input.image",
    "video_input": "input.video",
    "audio_output": "output.audio",
    "image_output": "output.image",
    "video_output": "output.video",
    "audio_cache_read": "cache_read.audio",
    "image_cache_read": "cache_read.image",
    "reasoning": "output.reasoning",
    "citation": "output.citation",
    "cache_write_1h": "cache_write.1h",
    "file_search_1k": "file_search",
    "web_search_1k": "web_search",
}
#: what a fee is called that Google charges by the prompt before Gemini 3, by the query since
GOOGLE = {
    ("web_search_1k", "35.0"): "grounded_prompt",
    ("web_search_1k", "14.0"): "grounding_query",
    ("maps_1k", "25.0"): "maps_prompt",
    ("maps_1k", "14.0"): "maps_query",
}
SELLERS = {
    "amazon-bedrock": "aws-bedrock",
    "bedrock": "aws-bedrock",
    "dashscope": "alibaba",
    "google": "google-aistudio",
    "mistral-ai": "mistral",
    "moonshotai": "moonshot",
    "vertex-ai": "google-vertex",
}
Row = dict[str, str]


@cache
def catalog() -> pricing.Catalog:
    return pricing.load_catalog()


@cache
def rows() -> list[Row]:
    with (FACTS / "rates_crosscheck.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["confidence"] in ("official", "high")]


@cache
def cards_of(seller: str, model: str, aliases: str) -> tuple[RateCard, ...]:
    """Give the cards that a row's model and its further ids mean, each by its exact id."""
    found = {}
    for name in (model, *filter(None, aliases.split("|"))):
        try:
            card = catalog().resolve(name, seller).card
        except pricing.PricingError:
            continue
        found[card.name] = card
    if not found:  # a family's name, which the maker's API does not take
        snapshot = re.compile(re.escape(model) + r"-\d{8}")
        found = {c.name: c for c in catalog().cards(seller) if snapshot.fullmatch(c.model)}
    return tuple(found.values())


def attributes_of(row: Row) -> tuple[dict[str, str], int]:
    """Give the attributes of a row's condition, and the context in tokens."""
    told: dict[str, str] = {}
    if row["provider"] == "aws-bedrock":  # a row that names no place is of Virginia
        told = {"endpoint": "regional", "region": "us-east-1"}
    context = 1
    for part in row["condition"].split("+"):
        kind, _, value = part.partition(":")
        if part in ("batch", "flex", "priority"):
            told["service_tier"] = part
        elif part == "fast":
            told["speed"] = "fast"
        elif part.startswith("ctx>"):
            context = int(part[4:]) + 1
        elif kind == "profile":
            told["endpoint"] = {"global": "global", "us-gov": "govcloud"}.get(value, "geo")
            told["region"] = value
        elif kind == "region":
            told["region"] = value
        else:
            assert part in ("std", "peak", "offpeak"), part
    return told, context


def instants_of(row: Row, card: RateCard) -> set[int]:
    """Give instants inside a row's dates: the last one and, where the day is printed, the first."""
    ends = [TODAY]
    if row["effective_to"]:
        ends.append(instant(row["effective_to"]) - SECOND)
    # what is no longer sold had its last price until then
    ends += [r["effective"] - SECOND for r in card.revisions if r.get("ended")]
    last = min(ends)
    if row["effective_to"] > "2026-11-20":
        last = TODAY
    found = {last}
    basis = row["eff_basis"]
    if row["effective_from"] and not basis.startswith("model release"):
        first = instant(row["effective_from"])
        found = {first} if first > last else {first, last}
    begun = min(r["effective"] for r in card.revisions)
    found = {at for at in found if at >= begun} or {last}
    for part in ("peak", "offpeak"):
        if part in row["condition"].split("+"):
            found = {_in_window(at, part == "peak") for at in found}
    return found


def _in_window(at: int, inside: bool) -> int:
    for hours in range(24 * 14):
        moved = at + hours * 3600 * SECOND if at < TODAY else at - hours * 3600 * SECOND
        if is_inside("deepseek_peak", moved, catalog().book.calendars) == inside:
            return moved
    raise AssertionError(iso(at))


def meter_of(row: Row, card: RateCard) -> str:
    if row["provider"].startswith("google"):
        special = GOOGLE.get((row["meter"], row["rate"]))
        if special is not None:
            return special
    if row["meter"] == "cache_write":
        return card.provider.wire.get("assume", {}).get("cache_write", "cache_write")
    return METERS.get(row["meter"], row["meter"])


def price(card: RateCard, meter: str, at: int, told: dict[str, str], context: int) -> Any:
    """Give what a million tokens or a thousand of something else cost, or the refusal."""
    unit = catalog().book.vocabulary.meters[meter].unit
    quantity = 1_000_000 if unit == "token" else 1_000
    usage = pricing.Usage({meter: quantity}, at=at, attributes=told, context_tokens=context)
    try:
        cost = pricing.rate(usage, card, partial=True)
    except pricing.PricingError as refused:
        return str(refused)
    amounts = [Fraction(line.amount.amount) for line in cost.lines if line.meter == meter]
    return sum(amounts) if amounts else str(cost.unpriced[0])


def answers(row: Row) -> Iterator[str]:
    """Give the ways in which the cards do not give a row's figure."""
    cards = cards_of(row["provider"], row["model"], row["aliases"])
    if not cards:
        yield "no card"
    told, context = attributes_of(row)
    for card in cards:
        for at in instants_of(row, card):
            found = price(card, meter_of(row, card), at, told, context)
            if found != Fraction(row["rate"]):
                yield f"{card.name} at {iso(at)}: {found}"


def test_every_checked_rate_is_the_cards_or_has_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    equal, by_reason = Counter[str](), Counter[tuple[str, str]]()
    unexplained, used = [], Counter[int]()
    for row in rows():
        wrong = list(answers(row))
        if not wrong:
            equal[row["provider"]] += 1
            continue
        for number, entry in enumerate(WHY["rates"]):
            if all(re.fullmatch(entry[key], row[key]) for key in entry["rows"].split()):
                used[number] += 1
                by_reason[row["provider"], entry["because"]] += 1
                break
        else:
            what = "|".join(row[k] for k in ("provider", "model", "meter", "condition", "rate"))
            unexplained.append(f"{what}: {wrong[0]}")
    with capsys.disabled():
        for provider in sorted(equal):
            print(f"\n{provider}: {equal[provider]} rows equal", end="")
            for (name, reason), count in sorted(by_reason.items()):
                if name == provider:
                    print(f"\n    {count} not: {reason}", end="")
    assert not unexplained, "\n".join([f"{len(unexplained)} rows", *unexplained[:400]])
    wanted = {number: int(entry["count"]) for number, entry in enumerate(WHY["rates"])}
    assert dict(used) == wanted, "an entry of crosscheck.yaml explains more or fewer rows"


# The tables that the makers print: batches, long prompts, places, and all of them together


def derived() -> Iterator[tuple[str, str, str, dict[str, Fraction]]]:
    """Give seller, model, condition and the price of each token, of what is in force today."""
    tables: dict[tuple[str, str, str], dict[str, Fraction]] = {}
    for row in rows():
        ended = row["effective_to"] or "9999"
        is_token = row["unit"] == "USD/1M tokens" and "peak" not in row["condition"]
        if is_token and row["effective_from"] <= "2026-11-20" < ended:
            table = tables.setdefault((row["provider"], row["model"], row["condition"]), {})
            table[row["meter"]] = Fraction(row["rate"])
    for (seller, model, condition), table in tables.items():
        if {"input", "output"} <= table.keys():
            yield seller, model, condition, table


def test_whole_requests_cost_what_the_printed_tables_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A request of several meters, as long as its condition asks: at the threshold and above."""
    counts, wrong = Counter[str](), []
    for seller, model, condition, table in derived():
        cards = cards_of(seller, model, "")
        row = {"provider": seller, "model": model, "condition": condition}
        told, above = attributes_of(row)
        for card in cards:
            if _ended(card) or _explained(row):
                continue
            for context in {above, above + 4_999} if above > 1 else {9_000}:
                cached = context // 3 if "cache_read" in table else 0
                meters = {"input": context - cached, "cache_read": cached, "output": 777}
                prices = {"cache_read": Fraction(0), **table}
                wanted = sum((n * prices[m] for m, n in meters.items()), Fraction(0)) / 1_000_000
                found = _total(card, meters, told, context)
                counts[f"{seller}: {'long' if above > 1 else 'short'}"] += 1
                if found != wanted:
                    wrong.append(f"{card.name} {condition} {context}: {found}, not {wanted}")
            if above > 1 and condition == f"ctx>{above - 1}":
                # at the threshold itself: the long price where the seller says "at least"
                at, over = (_total(card, {"input": n}, {}, n) for n in (above - 1, above))
                is_long = (
                    isinstance(at, Fraction) and at == (above - 1) * table["input"] / 1_000_000
                )
                if isinstance(over, Fraction) and is_long != (seller == "xai"):
                    wrong.append(f"{card.name} at {above - 1} tokens: {at}")
    with capsys.disabled():
        for name, count in sorted(counts.items()):
            print(f"\n{name} whole requests: {count}", end="")
    assert not wrong, "\n".join([f"{len(wrong)} requests", *wrong[:100]])
    assert counts.total() > 1_000


def _ended(card: RateCard) -> bool:
    return any(r.get("ended") and r["effective"] <= TODAY for r in card.revisions)


def _explained(row: Row) -> bool:
    """Tell whether a reason is given for a model as a whole, or for this condition of it."""
    return any(
        all(re.fullmatch(entry[key], row.get(key, "")) for key in entry["rows"].split())
        for entry in WHY["rates"]
        if "effective_to" not in entry["rows"] and "meter" not in entry["rows"]
    )


def _total(card: RateCard, meters: dict[str, int], told: dict[str, str], context: int) -> Any:
    used = {meter: count for meter, count in meters.items() if count}
    usage = pricing.Usage(used, at=TODAY, attributes=told, context_tokens=context)
    try:
        return Fraction(pricing.rate(usage, card).total.amount)
    except pricing.PricingError as refused:
        return str(refused).partition("\n")[0]


# Price changes that were seen in the histories of the tables


def changes() -> Iterator[Row]:
    with (FACTS / "rates_history_observed.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def is_noise(change: Row, all_: list[Row], released: str | None) -> str | None:
    """Give why a change of a table is no change of price, where that shows by itself."""
    old, new = Decimal(change["old_usd_per_1m"]), Decimal(change["new_usd_per_1m"])
    day = change["observed_date(commit)"]
    if not old or not new:
        return "a blank was filled"
    ratio = max(old, new) / min(old, new)
    while ratio >= 10 and not ratio % 10:
        ratio /= 10
    if ratio == 1:
        return "a slip of the decimal point"
    if new != old and new.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP") == old:
        return "a rounded figure"
    back = (change["new_usd_per_1m"], change["old_usd_per_1m"])
    if any((c["old_usd_per_1m"], c["new_usd_per_1m"]) == back for c in all_):
        return "put back by the same table"
    if released:
        first = datetime.fromisoformat(released).replace(tzinfo=UTC)
        if datetime.fromisoformat(day).replace(tzinfo=UTC) <= first + timedelta(days=14):
            return "within two weeks of the release"
    return None


def test_an_observed_change_is_a_revision_or_has_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The day before, the card gives the old figure, on the day the new one."""
    tally, unexplained, used = Counter[str](), [], Counter[int]()
    everything = list(changes())
    for change in everything:
        seller = SELLERS.get(change["provider"], change["provider"])
        meter, _, above = change["meter"].partition(">")
        above = above.replace("k", "000")
        cards = cards_of(seller, change["model"], "") if seller in catalog().book else ()
        if not cards:
            tally["no card: the model has no checked rate"] += 1
            continue
        card = cards[0]
        row = {"provider": seller, "meter": meter, "rate": "", "condition": "std"}
        told = catalog().resolve(change["model"], seller).attributes
        context = int(above) + 1 if above else 1
        day = instant(change["observed_date(commit)"])
        named = meter_of(row, card)
        before = price(card, named, day - SECOND, told, context)
        after = price(card, named, day, told, context)
        old, new = (Fraction(change[k]) for k in ("old_usd_per_1m", "new_usd_per_1m"))
        same = [c for c in everything if c["source"] == change["source"]
                and (c["model"], c["meter"]) == (change["model"], change["meter"])]  # fmt: skip
        facts = card.wire.get("facts", {})
        reason = is_noise(change, same, facts.get("released"))
        if (before, after) == (old, new):
            tally["a revision of the card"] += 1
        elif reason is not None:
            tally[reason] += 1
        elif isinstance(before, str) and (after == new or isinstance(after, str)):
            tally["the card has no price of the day before"] += 1
        elif after == new and before == new:
            tally["the card has the new figure from an earlier day on"] += 1
        else:
            for number, entry in enumerate(WHY["changes"]):
                if all(re.fullmatch(entry[key], change[key]) for key in entry["rows"].split()):
                    used[number] += 1
                    tally[entry["because"]] += 1
                    break
            else:
                unexplained.append(f"{'|'.join(change.values())}: {before} {after}")
    with capsys.disabled():
        for reason, count in tally.most_common():
            print(f"\n{count} observed changes: {reason}", end="")
    assert not unexplained, "\n".join([f"{len(unexplained)} changes", *unexplained[:300]])
    assert tally["a revision of the card"] >= 60
    wanted = {number: int(entry["count"]) for number, entry in enumerate(WHY["changes"])}
    assert dict(used) == wanted, "an entry of crosscheck.yaml explains more or fewer changes"
