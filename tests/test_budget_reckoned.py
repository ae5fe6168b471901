"""Random budget files, reckoned again in fractions by a few lines that know only the guide.

Prices are made up, so that nothing here leans on a card: two models, dearer at the head than at
the base, batches at half the price.
"""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pricing.budget.base import read_file
from pricing.budget.result import Result, budget_result
from pricing.instants import instant

AT = instant("2026-11-20T12:00Z")
MILLION = 1_000_000
COUNTS = ("input", "cache_read", "output")
#: of a million tokens, by side and model
PRICES = {
    "base": {"maker/one": ("3", "0.3", "15"), "maker/two": ("0.7", "0.07", "3.1")},
    "head": {"maker/one": ("3.5", "0.3", "15"), "maker/two": ("0.7", "0.09", "4.3")},
}
STATS = {"p50": Fraction(1, 2), "p95": Fraction(19, 20), "max": Fraction(1)}
OWNERS, TAGS = ("red", "blue"), ("chat", "batch")


def cards(folder: Path, side: str) -> None:
    maker = folder / f"cards-{side}" / "maker"
    maker.mkdir(parents=True)
    (maker / "provider.yaml").write_text("provider: maker\ncurrency: USD\n")
    for model, (plain, read, output) in PRICES[side].items():
        name = model.partition("/")[2]
        (maker / f"{name}.yaml").write_text(
            f"model: {name}\nprovider: maker\npublisher: maker\nrevisions:\n"
            "  - effective: 2026-01-01\n"
            "    sources: [{url: 'https://example.org', checked: 2026-11-01}]\n"
            f"    rates: [{{per: 1_000_000 token, price: {{input: {plain}, cache_read: {read},"
            f" output: {output}}}}}]\n"
            "    modifiers: [{name: batch, when: {service_tier: batch}, multiply: 0.5}]\n"
        )


def scenario(dice: random.Random) -> dict[str, Any]:
    """Give a scenario as data; shares are whole percents."""
    count = dice.choice([1, 2, 3, 7, 19, 20, 21])
    split = dice.randint(0, 100)
    return {
        "per": dice.choice(["per_day", "per_month"]),
        "calls": dice.choice([1, 7, 250, "33.3", 10_000]),
        "retries": dice.choice([None, "1.02", "1.5"]),
        "growth": dice.choice([None, 10, -7, 125]),
        "rows": [[dice.randint(0, 9_000) for _ in COUNTS] for _ in range(count)],
        "inline": count == 1 and dice.random() < 0.5,
        "stat": dice.choice(["mean", "mean", "p50", "p95", "max"]),
        "mix": dice.choice(
            [{"maker/one": 100}, {"maker/two": 100}, {"maker/one": split, "maker/two": 100 - split}]
        ),
        "batch": dice.choice([None, 0, 25, 100]),
        "cache_hit": dice.choice([None, 0, 33, 100]),
        "owner": dice.choice(OWNERS),
        "tag": dice.choice(TAGS),
    }


def written(folder: Path, side: str, scenarios: dict[str, Any], budgets: list[str]) -> str:
    rows = ["version: 1", f"prices: {{cards: cards-{side}}}", "month: {days: 30}", "scenarios:"]
    for name, each in scenarios.items():
        calls = f"{each['per']}: {each['calls']}"
        calls += f", retries: {each['retries']}" if each["retries"] else ""
        calls += f", growth: {each['growth']}%" if each["growth"] is not None else ""
        rows += [f"  {name}:", f"    calls: {{{calls}}}", f"    owner: {each['owner']}"]
        rows.append(f"    tags: [{each['tag']}]")
        if each["inline"]:
            given = ", ".join(f"{k}: {n}" for k, n in zip(COUNTS, each["rows"][0], strict=True))
            rows.append(f"    usage: {{inline: {{{given}}}}}")
        else:
            path = f"{side}-{name}.jsonl"
            (folder / path).write_text("".join(map(line, each["rows"])))
            rows.append(f"    usage: {{fixture: {path}, stat: {each['stat']}}}")
        listed = ", ".join(f"{model}: {share}%" for model, share in each["mix"].items())
        rows.append(f"    mix: {{{listed}}}")
        for key in ("batch", "cache_hit"):
            rows += [f"    {key}: {each[key]}%"] if each[key] is not None else []
    path = folder / f"{side}.yaml"
    path.write_text("\n".join([*rows, "budgets:", *(f"  - {row}" for row in budgets), ""]))
    return str(path)


def line(row: list[int]) -> str:
    counts = dict(
        zip(("input_tokens", "cache_read_input_tokens", "output_tokens"), row, strict=True)
    )
    return json.dumps({"model": "claude-sonnet-4-6", "usage": counts}) + "\n"


# reckoned again


def variants(each: dict[str, Any]) -> list[tuple[Fraction, list[Fraction], str, bool]]:
    """Give share of calls, counts, model, and whether it goes in a batch."""
    found = []
    for row in each["rows"]:
        counts = [Fraction(n) for n in row]
        if each["cache_hit"] is not None:
            whole = counts[0] + counts[1]
            read = whole * each["cache_hit"] / 100
            counts = [whole - read, read, counts[2]]
        for model, percent in each["mix"].items():
            for is_batch, part in ((True, each["batch"] or 0), (False, 100 - (each["batch"] or 0))):
                share = Fraction(percent * part, 10_000 * len(each["rows"]))
                if share:
                    found.append((share, counts, model, is_batch))
    return found


def cost(side: str, counts: list[Fraction], model: str, is_batch: bool) -> Fraction:
    amounts = (n * Fraction(p) for n, p in zip(counts, PRICES[side][model], strict=True))
    return sum(amounts, Fraction(0)) / MILLION / (2 if is_batch else 1)


def ranked(rows: list[tuple[Fraction, Any]], stat: str) -> Any:
    """Give what stands at the rank, of shares that add up to 1 and things in order."""
    reached = Fraction(0)
    for share, thing in rows:
        reached += share
        if reached >= STATS[stat]:
            return thing
    raise AssertionError


def calls_a_day(each: dict[str, Any]) -> Fraction:
    calls = Fraction(each["calls"]) / (30 if each["per"] == "per_month" else 1)
    calls *= Fraction(each["retries"] or 1)
    return calls * (100 + (each["growth"] or 0)) / 100


def chosen(side: str, each: dict[str, Any]) -> list[tuple[Fraction, list[Fraction], str, bool]]:
    rows = variants(each)
    if each["inline"] or each["stat"] == "mean":
        return rows
    ordered = sorted(rows, key=lambda row: cost(side, *row[1:]))
    _, counts, model, is_batch = ranked([(row[0], row) for row in ordered], each["stat"])
    return [(Fraction(1), counts, model, is_batch)]


def month(side: str, each: dict[str, Any], model: str | None = None) -> Fraction:
    rows = chosen(side, each)
    if model is not None:
        # of the calls on a model, the one at the rank stands for all of them
        rows = [row for row in variants(each) if row[2] == model]
        served = sum((row[0] for row in rows), Fraction(0))
        if rows and not each["inline"] and each["stat"] != "mean":
            costs = sorted((cost(side, *row[1:]), row[0] / served) for row in rows)
            top = ranked([(share, amount) for amount, share in costs], each["stat"])
            return 30 * calls_a_day(each) * served * top
    per_call = sum((row[0] * cost(side, *row[1:]) for row in rows), Fraction(0))
    return 30 * calls_a_day(each) * per_call


def value(result: Result, id: str) -> Fraction:
    (found,) = [each for each in result.judged if each.budget.id == id]
    assert found.value is not None
    return Fraction(found.value)


BUDGETS = [
    "{id: all, limit: 1 USD}",
    "{id: day, per: day, limit: 1 USD}",
    *(f"{{id: {owner}, scope: {{owner: {owner}}}, limit: 1 USD}}" for owner in OWNERS),
    *(f"{{id: {tag}, scope: {{tag: {tag}}}, limit: 1 USD}}" for tag in TAGS),
    *(f'{{id: {m}, scope: {{model: "maker/{m}"}}, limit: 1 USD}}' for m in ("one", "two")),
    *(f"{{id: {stat}, scope: s0, per: call, stat: {stat}, limit: 1 USD}}" for stat in STATS),
    "{id: mean, scope: s0, per: call, limit: 1 USD}",
    '{id: mean-one, scope: {scenario: s1, model: "maker/one"}, per: call, limit: 1 USD}',
    '{id: p95-one, scope: {scenario: s1, model: "maker/one"}, per: call, stat: p95, limit: 1 USD}',
    "{id: out, scope: s0, metric: output_tokens, max: 1}",
    "{id: out-p95, scope: s0, metric: output_tokens, stat: p95, max: 1}",
    "{id: cache, scope: s0, metric: cache_share, max: 1%}",
    "{id: made, scope: s0, metric: calls, max: 1}",
    "{id: rise, increase: {percent: 0%}}",
    "{id: rise-red, scope: {owner: red}, per: day, increase: {amount: 0 USD}}",
]


@pytest.mark.parametrize("seed", range(12))
def test_every_figure_is_the_one_that_fractions_give(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    head = {f"s{n}": scenario(dice) for n in range(6)}
    head["s0"] |= {"owner": "red", "tag": "chat", "mix": {"maker/one": 40, "maker/two": 60}}
    head["s1"] |= {"owner": "blue", "tag": "batch", "mix": {"maker/one": 4, "maker/two": 96}}
    base = {f"s{n}": scenario(dice) for n in range(2, 8)}
    for side in ("base", "head"):
        cards(tmp_path, side)
    old = written(tmp_path, "base", base, ["{id: all, limit: 1 USD}"])
    new = written(tmp_path, "head", head, BUDGETS)
    result = budget_result(read_file(new), old, at=AT)
    assert result.all_problems == []

    def total(rows: dict[str, Any], side: str, **wanted: str) -> Fraction:
        model = wanted.pop("model", None)
        meant = [e for e in rows.values() if all(e[k] == v for k, v in wanted.items())]
        return sum((month(side, each, model) for each in meant), Fraction(0))

    assert Fraction(result.month()) == total(head, "head")
    assert Fraction(result.month(result.base)) == total(base, "base")
    assert value(result, "all") == total(head, "head")
    assert value(result, "day") == total(head, "head") / 30
    for owner in OWNERS:
        assert value(result, owner) == total(head, "head", owner=owner)
    for tag in TAGS:
        assert value(result, tag) == total(head, "head", tag=tag)
    for model in ("one", "two"):
        assert value(result, model) == total(head, "head", model=f"maker/{model}")
    reds = {name: e for name, e in base.items() if "red" in (e["owner"], owner_of(head, name))}
    assert value(result, "rise") == total(head, "head") - total(base, "base")
    assert (
        value(result, "rise-red") == (total(head, "head", owner="red") - total(reds, "base")) / 30
    )

    rows = variants(head["s0"])
    costs = sorted((cost("head", *row[1:]), row[0]) for row in rows)
    for stat in STATS:
        assert value(result, stat) == ranked([(share, c) for c, share in costs], stat)
    assert value(result, "mean") == sum(c * share for c, share in costs)
    ones = [row for row in variants(head["s1"]) if row[2] == "maker/one"]
    whole = sum(row[0] for row in ones)
    some = sorted((cost("head", *row[1:]), row[0] / whole) for row in ones)
    assert value(result, "mean-one") == sum(c * share for c, share in some)
    assert value(result, "p95-one") == ranked([(share, c) for c, share in some], "p95")
    assert value(result, "out") == sum(row[0] * row[1][2] for row in rows)
    outputs = sorted((row[1][2], row[0]) for row in rows)
    assert value(result, "out-p95") == ranked([(share, n) for n, share in outputs], "p95")
    read = sum(row[0] * row[1][1] for row in rows)
    assert value(result, "cache") == read / sum(row[0] * (row[1][0] + row[1][1]) for row in rows)
    assert value(result, "made") == 30 * calls_a_day(head["s0"])
    _check_causes(result, head, base)


def owner_of(rows: dict[str, Any], name: str) -> str | None:
    return rows[name]["owner"] if name in rows else None


def _check_causes(result: Result, head: dict[str, Any], base: dict[str, Any]) -> None:
    """Reckon each cause of scenarios that are judged by their mean: calls, tokens, model, price."""
    found: dict[str, dict[str, Fraction]] = {}
    for each in result.causes:
        found.setdefault(each.scenario, {})[each.cause] = Fraction(each.amount)
    for name in {*head, *base}:
        if name not in base:
            assert found[name] == {"new": month("head", head[name])}
            continue
        if name not in head:
            assert found[name] == {"removed": -month("base", base[name])}
            continue
        old, new = base[name], head[name]
        change = month("head", new) - month("base", old)
        assert sum(found.get(name, {}).values()) == change
        first = 30 * (calls_a_day(new) - calls_a_day(old)) * per_call("base", old, old)
        assert found.get(name, {}).get("calls", 0) == first
        if not all(e["inline"] or e["stat"] == "mean" for e in (old, new)):
            continue
        made = 30 * calls_a_day(new)
        steps = [
            per_call("base", old, old),
            per_call("base", new, old),
            per_call("base", new, new),
            per_call("head", new, new),
        ]
        for number, cause in enumerate(("tokens", "model", "price")):
            wanted = made * (steps[number + 1] - steps[number])
            assert found.get(name, {}).get(cause, 0) == wanted, (name, cause)


def per_call(side: str, tokens: dict[str, Any], routes: dict[str, Any]) -> Fraction:
    """Give a call with the tokens of one file, on the models and tiers of another."""
    both = {**tokens, "mix": routes["mix"], "batch": routes["batch"]}
    if tokens["inline"] or tokens["stat"] == "mean":
        return sum((row[0] * cost(side, *row[1:]) for row in variants(both)), Fraction(0))
    return sum((row[0] * cost(side, *row[1:]) for row in chosen(side, both)), Fraction(0))


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 39, 40, 41, 100, 101])
def test_a_rank_is_the_least_place_that_holds_so_many(tmp_path: Path, count: int) -> None:
    """Of n calls the p95 is the one at place ceil(0.95 n), counted from the cheapest."""
    cards(tmp_path, "head")
    each = scenario(random.Random(0)) | {
        "rows": [[0, 0, n] for n in range(1, count + 1)], "inline": False, "stat": "mean",
        "mix": {"maker/one": 100}, "batch": None, "cache_hit": None,
    }  # fmt: skip
    rows = [f"{{id: {s}, per: call, stat: {s}, limit: 1 USD}}" for s in STATS]
    result = budget_result(read_file(written(tmp_path, "head", {"s": each}, rows)), at=AT)
    for stat, share in STATS.items():
        place = math.ceil(share * count)
        assert value(result, stat) == Fraction(15 * place, MILLION)
