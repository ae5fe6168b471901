"""Laws of budgets, by hypothesis: causes add up, ranks are reached, a verdict is never rounded."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.budget.base import read_file
from pricing.budget.causes import CAUSES
from pricing.budget.document import budget_document
from pricing.budget.project import nearest_rank
from pricing.budget.result import budget_result
from pricing.catalog import Catalog, load_catalog
from pricing.instants import instant

AT = instant("2026-11-20T12:00Z")
MODELS = ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5-5"]


@cache
def catalog() -> Catalog:
    return load_catalog()


tokens = st.integers(0, 50_000)
counts = st.fixed_dictionaries(
    {"input": tokens, "cache_read": tokens, "cache_write.5m": tokens, "output": tokens}
).filter(lambda found: any(found.values()))
shares = st.sampled_from(["0%", "12.5%", "50%", "100%"])
calls = st.one_of(
    st.builds("{{per_day: {}}}".format, st.integers(0, 9_999)),
    st.builds("{{per_month: {}, retries: 1.07}}".format, st.integers(0, 9_999)),
    st.builds("{{per_day: {}, growth: -7%}}".format, st.integers(0, 9_999)),
    st.just("none"),
)
usage = st.one_of(
    st.builds(lambda c: ("inline", [c], ""), counts),
    st.builds(
        lambda rows, stat: ("fixture", rows, stat),
        st.lists(st.tuples(counts, st.sampled_from(MODELS)), min_size=1, max_size=7),
        st.sampled_from(["mean", "p50", "p95", "max"]),
    ),
)
scenario = st.fixed_dictionaries(
    {
        "usage": usage,
        "calls": calls,
        "model": st.sampled_from([*MODELS, "mix"]),
        "batch": st.none() | shares,
        "cache_hit": st.none() | shares,
    }
)
sides = st.dictionaries(st.sampled_from("abc"), scenario, min_size=1)


def written(folder: Path, name: str, side: dict) -> Path:
    rows = ["version: 1", "scenarios:"]
    for key, each in side.items():
        kind, records, stat = each["usage"]
        rows += [f"  {key}:", f"    calls: {each['calls']}"]
        if kind == "inline":
            listed = ", ".join(f"{meter}: {count}" for meter, count in records[0].items())
            rows.append(f"    usage: {{inline: {{{listed}}}}}")
        else:
            path = folder / f"{name}-{key}.jsonl"
            path.write_text("".join(map(line, records)))
            rows.append(f"    usage: {{fixture: {path.name}, stat: {stat}}}")
        if each["model"] == "mix":
            rows.append(f"    mix: {{{MODELS[0]}: 30%, {MODELS[1]}: 70%}}")
        elif kind == "inline":
            rows.append(f"    model: {each['model']}")
        for modifier in ("batch", "cache_hit"):
            if each[modifier] is not None:
                rows.append(f"    {modifier}: {each[modifier]}")
    path = folder / f"{name}.yaml"
    path.write_text("\n".join([*rows, "budgets: [{id: month, limit: 5 USD}]", ""]))
    return path


def line(record: tuple[dict[str, int], str]) -> str:
    found, model = record
    keys = {
        "input": "input_tokens", "cache_read": "cache_read_input_tokens",
        "cache_write.5m": "cache_creation_input_tokens", "output": "output_tokens",
    }  # fmt: skip
    usage = ", ".join(f'"{keys[meter]}": {count}' for meter, count in found.items())
    return f'{{"model": "{model}", "usage": {{{usage}}}}}\n'


@settings(max_examples=100)
@given(base=sides, head=sides)
def test_the_causes_of_a_diff_add_up_exactly(base: dict, head: dict) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        before = written(folder, "base", base)
        result = budget_result(read_file(str(written(folder, "head", head))), str(before), at=AT)
    assert result.problems == []
    change = Fraction(result.month()) - Fraction(result.month(result.base))
    assert sum(Fraction(cause.amount) for cause in result.causes) == change
    for name in {*base, *head}:
        own = [cause for cause in result.causes if cause.scenario == name]
        ranks = [CAUSES.index(cause.cause) for cause in own]
        assert ranks == sorted(set(ranks))
        if base.get(name) == head.get(name):
            assert own == []
    document = budget_document(result, "diff")
    total = document["total"]

    def summed(rows: list[dict], key: str) -> Fraction:
        return sum((Fraction(row[key]) for row in rows), Fraction(0))

    assert summed(document["scenarios"], "change") == Fraction(total["change"])
    assert summed(document["causes"], "amount") == Fraction(total["change"])
    for side in ("base", "head"):
        assert summed(document["scenarios"], side) == Fraction(total[side])


@given(
    amounts=st.lists(st.integers(0, 99), min_size=1, max_size=50),
    stat=st.sampled_from(["p50", "p95", "max"]),
)
def test_a_rank_is_the_least_amount_that_so_many_calls_do_not_exceed(
    amounts: list[int], stat: str
) -> None:
    share = Fraction(1, len(amounts))
    found = nearest_rank([(Decimal(amount), share) for amount in amounts], stat)
    wanted = {"p50": Fraction(1, 2), "p95": Fraction(19, 20), "max": Fraction(1)}[stat]

    def reached(limit: int) -> Fraction:
        return Fraction(sum(amount <= limit for amount in amounts), len(amounts))

    assert found in amounts
    assert reached(int(found)) >= wanted
    assert all(reached(amount) < wanted for amount in amounts if amount < found)


@settings(max_examples=60)
@given(spend=st.integers(1, 10**9), over=st.integers(-2, 2))
def test_a_verdict_never_depends_on_what_is_shown(spend: int, over: int) -> None:
    # one token at 3 USD per million, and limits a millionth of a millionth apart
    limit = Decimal(spend) * 3 / 1_000_000 + Decimal(over).scaleb(-15)
    text = (
        "version: 1\nscenarios:\n  a: {calls: {per_month: 1}, model: claude-sonnet-4-6, "
        f"usage: {{inline: {{input: {spend}}}}}}}\nbudgets: [{{id: m, limit: {limit:f} USD}}]\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "budget.yaml"
        path.write_text(text)
        result = budget_result(read_file(str(path)), at=AT)
    assert result.judged[0].verdict == ("fail" if over < 0 else "pass")
