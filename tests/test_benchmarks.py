"""The benchmark's own code runs, on counts so small that nothing is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import pricing

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PYTHON = Path(sys.executable)


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    """Give the benchmark's modules, which are scripts and find each other beside them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        names = (
            "batch",
            "environments",
            "full_catalogue",
            "growth",
            "log_data",
            "measure",
            "page",
            "run",
            "tables",
        )
        yield SimpleNamespace(**{name: import_module(name) for name in names})


@pytest.fixture
def places(bench: Any) -> Any:
    return bench.tables.Places(shipped=PYTHON, full=PYTHON, peers=None, cards=0)


def test_the_full_catalogue_has_20_sellers_and_1500_cards(bench: Any) -> None:
    sizes = bench.full_catalogue.sizes()
    assert len(sizes) == 20
    assert sum(sizes) >= 1_500


def test_a_made_up_catalogue_loads_and_prices_as_its_pattern_does(
    bench: Any, tmp_path: Path
) -> None:
    cards = bench.full_catalogue.write_catalogue(tmp_path / "cards", sellers=2, largest=60)
    response = json.loads(bench.tables.RESPONSE.read_text("utf-8"))
    shipped = pricing.load_catalog()
    made_up = pricing.load_catalog(tmp_path / "cards", shipped=False)
    seller = bench.full_catalogue.seller_name(1)
    model = bench.full_catalogue.copy_of(bench.tables.MODEL, seller)

    assert cards == len(list(shipped.cards())) + 60 + 30
    assert len(list(made_up.cards())) == cards
    when = "2026-11-20T12:00Z"
    copied = made_up.cost(response | {"model": model}, seller=seller, at=when)
    assert copied.total == shipped.cost(response, at=when).total


def test_the_costs_are_the_same_by_hand(bench: Any, places: Any) -> None:
    table = bench.tables.costs(places, rounds=1, seconds=0)
    assert [row[0] for row in table.rows] == [
        "**Anthropic Messages, 5 lines**",
        "pricing: total and every line's exact amount",
        "floor, from counts: Decimal by hand",
        "**OpenAI Chat Completions, 3 lines**",
        "pricing: total and every line's exact amount",
        "floor, from counts: Decimal by hand",
    ]
    assert table.notes == []  # a total that differs would be told here


def test_whole_processes_are_held_against_pass(bench: Any, places: Any, tmp_path: Path) -> None:
    table = bench.tables.processes(places, tmp_path, rounds=1)
    ratios = {row[0]: row[2] for row in table.rows}
    assert ratios["`python -c pass`, where pricing is installed"] == "1.00"
    assert {"`import pricing`", "`pricing cost FILE --format json`"} <= ratios.keys()
    # the seller of the full catalogue is not known here
    assert [note.split(": ")[0] for note in table.notes] == ["Not measured"]


def test_what_does_not_run_is_named_and_left_out(bench: Any, places: Any) -> None:
    table = bench.tables.catalogues(places, rounds=1, seconds=0)
    assert [row[0] for row in table.rows] == [
        "shipped snapshot, one card",
        "snapshot of 0 cards, one card",
    ]
    # a checkout has no cards inside the package, and no made-up seller
    assert len(table.notes) == 3


def test_a_peak_of_memory_is_the_childs_own(bench: Any) -> None:
    held = bytearray(200_000_000)  # more than the child: it must not be counted
    with bench.measure.Spawner(bench.tables.ENVIRONMENT) as spawner:
        status, _, memory = spawner.run([PYTHON, "-c", "raise SystemExit(3)"])
    assert status == 3
    assert 1_000_000 < memory < len(held)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.01, "0.01"), (9.99, "9.99"), (10, "10.0"), (99.9, "99.9"), (100, "100"), (1234, "1,234")],
)
def test_a_figure_has_about_three_digits(bench: Any, value: float, shown: str) -> None:
    assert bench.page.figure(value) == shown


def test_a_goal_is_met_at_its_limit(bench: Any) -> None:
    page = bench.page
    assert [page.at_least(15, ratio) for ratio in (14.9, 15, 15.1)] == [
        "≥ 15 ×: missed",
        "≥ 15 ×: met",
        "≥ 15 ×: met",
    ]
    assert [page.at_most(2, ratio) for ratio in (1.9, 2, 2.1)] == [
        "≤ 2 ×: met",
        "≤ 2 ×: met",
        "≤ 2 ×: missed",
    ]
    assert page.at_most(2, 1.9, 18, 18_000_001) == "≤ 2 ×: met; ≤ 18 MB: missed"


def test_ratios_are_taken_round_by_round(bench: Any) -> None:
    taken = bench.measure.Taken
    # 10/1, 1/2 and 4/4; the ratio of the medians would be 4/2
    assert taken((10, 1, 4)).against(taken((1, 2, 4))) == 1


def test_the_page_names_setting_and_tables(bench: Any) -> None:
    table = bench.page.Table("Loads", ["", "ms"], notes=["Nothing else ran."])
    table.add("one", "1.00")
    text = bench.page.page("Measured today.", [table])
    assert "Measured today." in text
    assert "## Loads\n\n|     |   ms |\n|:----|-----:|\n| one | 1.00 |\n\n- Nothing" in text


def test_every_row_of_the_made_up_logs_has_a_price(
    bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pricing.cli import main

    tree = bench.log_data.write_tree(tmp_path / "claude", 400)
    calls = bench.log_data.write_calls(tmp_path / "calls.jsonl", 300)
    table = bench.log_data.write_parquet(tmp_path / "usage.parquet", 200)
    for path, rows, words in (
        (tree, 400, ()),
        (calls, 300, ()),
        (table, 200, ("--engine", "pyarrow")),
    ):
        assert main(["cost", str(path), "--format", "json", *words]) == 0
        assert json.loads(capsys.readouterr().out)["requests"] == rows


@pytest.mark.parametrize("way", ["floor-tree", "floor-calls"])
def test_the_floor_reads_every_row(bench: Any, tmp_path: Path, way: str) -> None:
    if way == "floor-tree":
        path = bench.log_data.write_tree(tmp_path / "claude", 50)
    else:
        path = bench.log_data.write_calls(tmp_path / "calls.jsonl", 50)
    worker = BENCHMARKS / "log_worker.py"
    found = subprocess.run([PYTHON, worker, way, path], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "50"


def test_growth_is_measured_drawn_and_put_into_the_page(
    bench: Any, places: Any, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed (extra charts)")
    growth, page = bench.growth, bench.page
    # a checkout's own command, which stands beside its Python
    found = growth.measure(places, tmp_path, (100, 200), rounds=1)
    assert [list(taken) for taken in found.values()] == [[100, 200]] * 3
    assert list(tmp_path.iterdir()) == []
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    for path in (first, second):
        growth.draw(found, path)
    assert first.read_bytes() == second.read_bytes()
    assert "as the rows do" in first.read_text("utf-8")
    section = growth.section(found, "growth.svg", "today")
    text = page.with_section("# Speed\n\n## Growth\n\nold\n\n## Last\n\nkept\n", "Growth", section)
    assert text.startswith("# Speed\n\n## Growth\n\nA gateway's log")
    assert text.endswith("|\n\n## Last\n\nkept\n")
    assert "old" not in text.split()
    assert page.with_section("# Speed\n", "Growth", section) == f"# Speed\n\n{section}"


def test_the_plain_logs_of_growth_have_prices(
    bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pricing.cli import main

    totals = []
    for with_ids in (True, False):
        path = bench.log_data.write_plain_calls(tmp_path / "log.jsonl", 250, with_ids=with_ids)
        assert main(["cost", str(path), "--format", "json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["requests"] == 250
        totals.append(document["total"])
    assert totals[0] == totals[1]


def test_time_of_a_further_row_is_the_growth_of_time(bench: Any) -> None:
    taken = bench.measure.Taken
    found = {"log": {10: taken((1.0,), (5_000_000,)), 1_000_010: taken((3.0,), (6_000_000,))}}
    rows = bench.growth.table(found).rows
    # 2 seconds for a million rows
    assert rows == [("10", "1.00", "", "5.0"), ("1,000,010", "3.00", "2.00", "6.0")]
