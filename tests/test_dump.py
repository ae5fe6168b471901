"""Cards and providers are written as YAML that loads to the same: load → dump → load."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.cards.book import CardBook
from pricing.cards.build import build_book
from pricing.cards.dump import dump_card, dump_provider
from pricing.errors import Fault

HERE = Path(__file__).parent
FOLDERS = {
    "shipped": HERE.parent / "ratecards",
    "odd": HERE / "odd_rules" / "ratecards",
    "sound": HERE / "broken" / "sound",
}
SHARED = ("vocabulary.yaml", "calendars.yaml", "currencies.yaml")


@cache
def book(name: str) -> CardBook:
    return build_book((FOLDERS[name], "cards"))


def bare(value: Any) -> Any:
    """Give wire form without files and lines, which a new file has its own of."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k not in ("file", "line", "source")}
    return [bare(item) for item in value] if isinstance(value, list) else value


def dumped(name: str, place: Path) -> CardBook:
    """Write every card and provider of a book into a folder, and load it again."""
    for shared in SHARED:
        if (FOLDERS[name] / shared).exists():
            (place / shared).write_bytes((FOLDERS[name] / shared).read_bytes())
    for seller in book(name):
        provider = book(name).provider_wire(seller)
        (place / seller).mkdir()
        (place / seller / "provider.yaml").write_text(dump_provider(provider), encoding="utf-8")
        for number, card in enumerate(provider["cards"].values()):
            (place / seller / f"{number}.yaml").write_text(dump_card(card), encoding="utf-8")
    return build_book((place, "cards"))


@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_written_loads_to_the_same(name: str, tmp_path: Path) -> None:
    again = dumped(name, tmp_path)
    assert list(again) == list(book(name))
    for seller in again:
        assert bare(again.provider_wire(seller)) == bare(book(name).provider_wire(seller))


@pytest.mark.parametrize("name", FOLDERS)
def test_writing_twice_gives_the_same_text(name: str, tmp_path: Path) -> None:
    again = dumped(name, tmp_path)
    for seller in again:
        before, after = book(name).provider_wire(seller), again.provider_wire(seller)
        assert dump_provider(before) == dump_provider(after)
        for model, card in before["cards"].items():
            assert dump_card(card) == dump_card(after["cards"][model])


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-4-6", "claude-haiku-5-5"])
def test_a_shipped_card_is_written_as_people_keep_it(model: str) -> None:
    card = book("shipped").card(f"anthropic/{model}")
    path = FOLDERS["shipped"] / "anthropic" / f"{model}.yaml"
    kept = [row for row in path.read_text(encoding="utf-8").splitlines() if row[:1] != "#"]
    assert dump_card(card.wire).splitlines() == kept


def test_a_card_has_one_price_per_line() -> None:
    rows = dump_card(book("sound").card("maker/one").wire).splitlines()
    assert "          input:          3" in rows
    assert "          cache_write.5m: 3.75" in rows


ODD_TEXTS = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["no", "null", "~", "- x", "a: b", "a #b", "'", '"', "[", "{x}", "&a", "*a", "!t", "%", "1:2"]
)


@given(note=ODD_TEXTS, fact=st.lists(ODD_TEXTS, max_size=2), key=ODD_TEXTS)
def test_any_text_survives(note: str, fact: list[str], key: str) -> None:
    from pricing.cards.strict import parse_document

    wire = {
        **book("sound").card("reseller/one").wire,
        "facts": {key: {"list": [*fact, note], "text": note}},
        "aliases": [note],
    }
    faults: list[Fault] = []
    document = parse_document(dump_card(wire).encode(), "card.yaml", faults)
    assert faults == []
    assert document is not None
    assert document.tree["facts"] == wire["facts"]
    assert document.tree["aliases"] == [note]
