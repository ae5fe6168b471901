"""Public price tables against our cards: what a disagreement looks like, and the largest first."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from cardbooks import book_of
from transcripts import FILES, run_here

from pricing.catalog import Catalog
from pricing.imports import read_table
from pricing.imports.crosscheck import Crosscheck, crosscheck
from pricing.instants import instant

WORDS = (Path(__file__).parents[1] / "ratecards" / "vocabulary.yaml").read_text("utf-8")
CARD = """
model: grok-x
provider: xai
revisions:
  - effective: 2027-01-01
    rates: [{per: 1_000_000 token, price: {input: 4, output: 60, cache_read: 0.3}}]
  - effective: 2026-06-01
    rates: [{per: 1_000_000 token, price: {input: 2, output: 60, cache_read: 0.3}}]
    modifiers: [{name: batch, when: {service_tier: batch}, multiply: 0.5}]
  - effective: 2026-01-01
    rates: [{per: 1_000_000 token, price: {input: 3, output: 50, cache_read: 0.3}}]
"""
BOOK = {
    "vocabulary.yaml": WORDS,
    "xai/provider.yaml": "provider: xai\ncurrency: USD\n",
    "xai/grok-x.yaml": CARD,
}


def checked(fields: dict[str, object], tmp_path: Path, day: str = "2026-08-01") -> Crosscheck:
    path = tmp_path / "litellm.json"
    path.write_text(json.dumps({"xai/grok-x": {"litellm_provider": "xai", **fields}}), "utf-8")
    return crosscheck(read_table(str(path)), Catalog(book_of(BOOK)), instant(day))


def input_at(price: str) -> dict[str, object]:
    """Give an entry with this price of a million input tokens, and the others as on our card."""
    value = Decimal(price) / 1_000_000
    return {
        "input_cost_per_token": f"{value:f}",
        "output_cost_per_token": "0.00006",
        "cache_read_input_token_cost": "0.0000003",
    }


@pytest.mark.parametrize(
    ("price", "kind"),
    [
        ("2", None),
        ("20", "unit_error"),
        ("2000", "unit_error"),
        ("0.002", "unit_error"),
        ("19.9", "differs"),
        ("3", "stale"),
        ("4", "ahead"),
        ("2.2", "regional"),
        ("2.21", "differs"),
        ("2.00199", "rounding"),
        ("2.002", "differs"),
        ("2.00201", "differs"),
        ("1.99801", "rounding"),
        ("0", "differs"),
    ],
)
def test_a_disagreement_looks_like_something(price: str, kind: str | None, tmp_path: Path) -> None:
    found = checked(input_at(price), tmp_path)
    assert [point.kind for point in found.points] == ([kind] if kind else [])
    assert found.agreeing == 3 - len(found.points)


def test_what_one_side_lacks_is_told_from_what_differs(tmp_path: Path) -> None:
    entry = {"input_cost_per_token": "0.000002", "output_cost_per_reasoning_token": "0.00007",
             "input_cost_per_audio_token": "0.00001"}  # fmt: skip
    found = checked(entry, tmp_path)
    assert {(p.meter, p.kind) for p in found.points} == {
        ("output.reasoning", "differs"),  # ours bills it as output
        ("input.audio", "missing_in_ours"),
        ("cache_read", "missing_in_theirs"),
    }


def test_a_day_before_the_first_price_is_not_in_force(tmp_path: Path) -> None:
    found = checked({"input_cost_per_token": "0.000002"}, tmp_path, "2025-01-01")
    assert [p.kind for p in found.points] == ["not_in_force"]


def test_a_tier_of_service_is_compared_with_its_own(tmp_path: Path) -> None:
    entry = input_at("2") | {"input_cost_per_token_batches": "0.000001"}
    assert checked(entry, tmp_path).points == []
    entry |= {"input_cost_per_token_batches": "0.000002"}
    (point,) = checked(entry, tmp_path).points
    assert (point.condition, point.ours, point.theirs, point.ratio) == ("batch", 1, 2, 2)
    entry |= {"input_cost_per_token_priority": "0.000002"}
    assert [p.kind for p in checked(entry, tmp_path).points] == ["differs", "missing_in_ours"]


def test_the_largest_difference_comes_first(tmp_path: Path) -> None:
    entry = {"input_cost_per_token": "0.0000025", "output_cost_per_token": "0.000059",
             "cache_read_input_token_cost": "0.0000031"}  # fmt: skip
    found = checked(entry, tmp_path)
    sizes = [(p.meter, p.difference) for p in found.points]
    assert sizes == [
        ("cache_read", Decimal("2.8")),
        ("output", Decimal(-1)),
        ("input", Decimal("0.5")),
    ]


def test_usage_puts_what_costs_most_first(tmp_path: Path) -> None:
    path = tmp_path / "litellm.json"
    entry = {
        "litellm_provider": "xai",
        "input_cost_per_token": "0.0000025",
        "output_cost_per_token": "0.000059",
        "cache_read_input_token_cost": "0.0000003",
    }
    path.write_text(json.dumps({"xai/grok-x": entry}), "utf-8")
    weights = {("xai/grok-x", "input"): 3_000_000, ("xai/grok-x", "output"): 1_000_000}
    at = instant("2026-08-01")
    found = crosscheck(read_table(str(path)), Catalog(book_of(BOOK)), at, weights=weights)
    # 3 million at 0.50 more, 1 million at 1.00 less
    assert [(p.meter, p.money) for p in found.points] == [
        ("input", Decimal("1.5")),
        ("output", Decimal(-1)),
    ]


def test_real_tables_show_a_known_error_of_theirs() -> None:
    """litellm gives the hour's cache write of Claude 3 Haiku at 6 a million; twice 0.25 is 0.50."""
    words = "cards crosscheck tables/litellm.json --at 2025-12-20 --seller anthropic --format json"
    document = json.loads(run_here(words.split(), FILES)[0])
    found = [
        (p["card"], p["meter"], p["ours"], p["theirs"], p["ratio"])
        for p in document["points"]
        if p["class"] == "differs"
    ]
    assert found == [("anthropic/claude-3-haiku-20240307", "cache_write.1h", "0.5", "6", "12")]
    assert document["agreeing"] == 20


def test_a_price_list_is_that_of_the_day() -> None:
    words = "cards crosscheck tables/genai-prices.json --seller anthropic --format json --at"
    for at in ("2026-03-12", "2026-03-13"):
        document = json.loads(run_here([*words.split(), at], FILES)[0])
        card = "anthropic/claude-sonnet-4-6"
        assert not [p for p in document["points"] if p["card"] == card and p["theirs"]], at
