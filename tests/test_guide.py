"""docs/adding-a-price.md is followed to the letter: its cards load, and its example is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from transcripts import ROOT, run_here

import pricing
from pricing.findings import KINDS, findings
from pricing.instants import instant

GUIDE = (ROOT / "docs" / "adding-a-price.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```yaml\n# ratecards/(\S+)\n(.*?)^```", GUIDE, re.M | re.S))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("guide")
    for name, text in FILES.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_the_guide_has_a_seller_and_a_card() -> None:
    assert [Path(name).name for name in FILES] == ["provider.yaml", "parrot-2.yaml"]


def test_its_cards_load_without_a_finding(folder: Path) -> None:
    catalog = pricing.load_catalog(folder)
    (seller,) = {name.partition("/")[0] for name in FILES}
    assert findings(catalog, catalog.cards(seller), instant("2026-11-20")) == []


def test_its_example_is_right(folder: Path) -> None:
    """The block is run with the guide's cards laid over the shipped ones."""
    (code,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)
    catalog = pricing.load_catalog(folder)
    names: dict[str, object] = {"pricing": pricing}
    exec(code.replace("pricing.load_catalog()", "catalog"), names | {"catalog": catalog}, names)
    (example,) = [value for name, value in names.items() if name.startswith("test_")]
    assert callable(example)
    example.__globals__["catalog"] = catalog
    example()


def test_its_commands_run(folder: Path) -> None:
    (block,) = re.findall(r"^```console\n(.*?)^```", GUIDE, re.M | re.S)
    commands = re.findall(r"^\$ pricing ([^#\n]*)", block, re.M)
    assert len(commands) == 3
    for words in commands:
        _, said, status = run_here([*words.split(), "--cards", str(folder)], ROOT)
        assert status == 0, said


def test_the_combination_that_it_calls_refused_is_refused(folder: Path) -> None:
    card = pricing.load_catalog(folder).card("examplecorp/parrot-2")
    usage = pricing.Usage({"input": 300_000}, at="2026-11-20", attributes={"service_tier": "batch"})
    with pytest.raises(pricing.Unpriced, match="long_context"):
        pricing.rate(usage, card)


def test_what_it_accepts_is_a_finding() -> None:
    assert set(re.findall(r"accept: \{(\w+):", GUIDE)) <= set(KINDS)
