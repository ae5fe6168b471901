"""Worked examples, row by row: what each costs to the last digit, or why it has no price.

Those in ``tests/cases/engine.jsonl`` are the project's own. The others lie beside the project; rows
of APIs that no reader takes yet are counted and left out. ``pytest -rP`` shows the counts.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from engine_cases.rows import FILES, Row, rows_of
from engine_cases.verdicts import (
    Cards,
    at_the_same_rates,
    cards_of,
    cost_of,
    is_refused,
    judge,
    judge_alone,
    shipped,
)

import pricing

#: rows that ask what no card and no usage of ours can say
NOT_OURS = {
    "test_pricing_rejects_missing_join_usage_when_join_is_priced": (
        "whether cached tokens are audio is settled where a response is read, and it holds none"
    ),
    "test_gemini_response_thoughtless": (
        "its total holds 144 tokens more than the row counts: they are billed, as thoughts"
    ),
    "test_calc_price_rejects_invalid_recognized_tiered_price[price2]": (
        "a price from -1 tokens on is odd and has one meaning: it always holds"
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_row_ends_as_its_verdict_says(name: str, tmp_path: Path) -> None:
    if not FILES[name].path.is_file():
        pytest.skip(f"no shared cases beside the project: {name}.jsonl")
    rows = rows_of(name)
    run = [row for row in rows if left_out(row) is None]
    alone = [row for row in run if row.error and row.rates is not None]
    cards = cards_of((row for row in run if row not in alone), tmp_path)
    wrong = [judge(row, cards) for row in run if row not in alone]
    wrong += [judge_alone(row, tmp_path / str(number)) for number, row in enumerate(alone)]
    found = [each for each in wrong if each is not None]
    print(counted(name, rows))
    assert not found, f"{len(found)} of {len(run)} rows:\n" + "\n".join(map(str, found[:50]))


def left_out(row: Row) -> str | None:
    """Give why a row is not run, or None."""
    if row.verdict == "skip":
        return "skip"
    if any(row.id.endswith(name) for name in NOT_OURS):
        return "not ours"
    return row.waits_for


def counted(name: str, rows: list[Row]) -> str:
    """Say how many rows of each verdict are run, and which readers the others wait for."""
    left = [reason for row in rows if (reason := left_out(row)) is not None]
    run = listed(row.verdict for row in rows if left_out(row) is None)
    said = f"{name}: {len(rows) - len(left):,} of {len(rows):,} rows run: {run}"
    return f"{said}; {len(left):,} left: {listed(left)}" if left else said


def listed(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {number:,}" for word, number in Counter(words).most_common())


#: what a shipped card may say of a row that another table prices: each of these is counted
REFUSALS = (
    (r"says nothing about (service_tier|endpoint|inference_geo|speed)", "the card says nothing of"),
    (r"no rate for (\S+?)(?=[;\n]|$)", "the card has no rate for"),
    (r"depends on (endpoint|region)", "the row does not tell the"),
    (r"is no longer (sold) on", "on the row's day the model is no longer"),
    (r"of (medium|low) confidence", "the card's price is doubted, of"),
)


@pytest.mark.parametrize("name", ["recorded", "peer_tests", "grid", "reported_bugs"])
def test_the_shipped_cards_agree_with_the_rows_that_have_their_rates(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not FILES[name].path.is_file():
        pytest.skip(f"no shared cases beside the project: {name}.jsonl")
    left: Counter[str] = Counter()
    rows = []
    for row in rows_of(name):
        if left_out(row) is not None or not row.rates:
            left["not run, or without rates"] += 1
        elif is_refused(row):
            # it tells what its own rates lack; the real card may know more
            left["refused at its own rates"] += 1
        else:
            rows.append(row)
    cards = cards_of(rows, tmp_path)
    real = Cards(shipped())
    wrong, run = [], Counter[str]()
    for row in rows:
        found = at_the_same_rates(row, cards)
        if isinstance(found, str):
            left[found] += 1
            continue
        answer = judge(found, real)
        if answer is not None and (reason := refusal(answer.what)) is not None:
            left[reason] += 1
            continue
        run[row.verdict] += 1
        if answer is not None:
            wrong.append(str(answer))
    with capsys.disabled():
        print(
            f"\n{name}: {run.total():,} rows at the shipped cards' prices: {listed(run.elements())}"
        )
        for reason, count in left.most_common():
            print(f"    {count:,} left: {reason}")
    assert run
    assert not wrong, f"{len(wrong)} of {run.total()} rows:\n" + "\n".join(wrong[:50])


def refusal(what: str) -> str | None:
    """Give what a shipped card lacks, where the answer is that it refuses."""
    if not what.startswith("refused: "):
        return None
    for pattern, says in REFUSALS:
        if (match := re.search(pattern, what)) is not None:
            return f"{says} {match[1]}"
    return None


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], Cards]:
    rows = rows_of("own")
    return rows, cards_of(rows, tmp_path_factory.mktemp("cards"))


def test_every_own_case_shows_the_sum_that_makes_its_total() -> None:
    for row in rows_of("own"):
        if is_refused(row):
            assert row.total is None, row.id
        else:
            assert worked_out(row.sum) == row.total, row.id


def worked_out(text: str) -> Fraction:
    """Work out a sum of plain numbers, exactly."""
    assert re.fullmatch(r"[\d.+*/() ]+", text), text
    exact = re.sub(r"\d+(\.\d+)?", lambda number: f"F('{number[0]}')", text)
    return eval(exact, {"F": Fraction})


def test_a_case_that_is_wrong_in_its_last_digit_is_noticed(own: tuple[list[Row], Cards]) -> None:
    rows, cards = own
    for row in rows:
        if row.total is not None:
            step = Decimal(1).scaleb(int(row.total.as_tuple().exponent))
            assert judge(replace(row, total=row.total + step), cards) is not None, row.id
        if row.counts:
            more = {meter: count + 1 for meter, count in row.counts.items()}
            assert judge(replace(row, counts=more), cards) is not None, row.id


def test_a_case_that_is_refused_for_another_reason_is_noticed(own: tuple[list[Row], Cards]) -> None:
    rows, cards = own
    for row in rows:
        if row.verdict == "refuse":
            why = "no rate for web_search" if row.why.startswith("no rate") else "size=huge"
            assert judge(replace(row, why=why), cards) is not None, row.id
        if is_refused(row):
            priced = replace(row, verdict="exact", expect="", total=Decimal(0))
            assert judge(priced, cards) is not None, row.id


ODD: tuple[Any, ...] = (
    *(None, True, "", "x", "12", b"x", [], [1], {}, {"a": 1}),
    *(-1, 1.5, 10**30, 1e300, float("nan")),
)


def places(body: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in body.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from places(value, (*at, key))


def test_an_odd_value_anywhere_in_a_response_is_priced_or_refused(
    own: tuple[list[Row], Cards],
) -> None:
    rows, cards = own
    for row in rows:
        for place in places(row.body):
            for odd in ODD:
                body = changed = copy.deepcopy(row.body)
                for key in place[:-1]:
                    changed = changed[key]
                changed[place[-1]] = odd
                with suppress(pricing.PricingError):
                    cost_of(replace(row, body=body), cards)
