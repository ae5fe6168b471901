"""The compiled snapshot says what the YAML says, is renewed when a card changes, and never lies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pricing
from pricing.cards import snapshot
from pricing.cards.build import build_book
from pricing.cards.snapshot import INDEX, is_fresh, read_snapshot, write_snapshot
from pricing.errors import CardError

ROOT = Path(__file__).parents[1]
SOUND = Path(__file__).parent / "broken" / "sound"
PRICE = """
import pricing
catalog = pricing.load_catalog()
usage = pricing.Usage({"input": 100_000}, at="2026-01-01", model="maker/one")
print(catalog.cost(usage).total, catalog.digest)
"""


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOUND, tmp_path / "ratecards"))


@pytest.fixture
def out(cards: Path, tmp_path: Path) -> Path:
    write_snapshot(cards, tmp_path / "_snapshot")
    return tmp_path / "_snapshot"


@pytest.fixture
def checkout(tmp_path: Path, cards: Path) -> Path:
    """Give a checkout of its own: our package beside the sound cards, without a snapshot."""
    unbuilt = shutil.ignore_patterns("__pycache__", "_snapshot")
    shutil.copytree(ROOT / "pricing", tmp_path / "pricing", ignore=unbuilt)
    return tmp_path


def command(checkout: Path) -> list[str]:
    return [sys.executable, "-B", "-c", f"import sys; sys.path.insert(0, {str(checkout)!r}){PRICE}"]


def told(checkout: Path) -> str:
    """Price 100,000 tokens of input, at 3 USD a million, in a process of its own.

    It is not measured by coverage: a copy of the package would count as another one.
    """
    result = subprocess.run(
        command(checkout), cwd=checkout, env={}, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def edit(
    cards: Path, old: str = "input: 3", new: str = "input: 4", name: str = "maker/one.yaml"
) -> None:
    text = (cards / name).read_text(encoding="utf-8")
    assert old in text
    (cards / name).write_text(text.replace(old, new), encoding="utf-8")


def maker(out: Path) -> Path:
    """Give the file of the provider ``maker``."""
    (found,) = out.glob("maker.*.json")
    return found


# --- what it holds


@pytest.mark.parametrize("folder", [SOUND, ROOT / "ratecards"], ids=["sound", "shipped"])
def test_a_snapshot_holds_what_a_fresh_build_gives(folder: Path, tmp_path: Path) -> None:
    write_snapshot(folder, tmp_path)
    read, built = read_snapshot(str(tmp_path)), build_book((folder, "ratecards"))
    assert read.digest == built.digest
    assert read.vocabulary.wire == built.vocabulary.wire
    assert read.calendars == built.calendars
    assert read.currencies == built.currencies
    assert read.contracts == built.contracts
    assert read.index == built.index
    for name in built:
        assert read.provider_wire(name) == built.provider_wire(name)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-11-13T23:59:59.999999Z", ("inferred date: 2024-12-02",)),
        ("2026-11-14", ()),
        ("2026-11-15", ()),
    ],
)
def test_a_snapshot_tells_until_when_an_inferred_date_is_said(
    at: str, says: tuple[str, ...], tmp_path: Path
) -> None:
    write_snapshot(Path(__file__).parent / "odd_rules" / "ratecards", tmp_path)
    card = read_snapshot(str(tmp_path)).card("cohere/rerank-v3.5")
    (line,) = pricing.rate(pricing.Usage({"search_unit": 1}, at=at), card).lines
    assert line.assumptions == says


def test_the_shipped_catalogue_is_the_yaml() -> None:
    built = build_book((ROOT / "ratecards", "ratecards"))
    assert pricing.load_catalog().digest == built.digest


def test_writing_it_again_gives_the_same_bytes(cards: Path, out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write_snapshot(cards, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_no_draft_is_left_and_old_files_go_when_nobody_reads_them(cards: Path, out: Path) -> None:
    old = maker(out)
    edit(cards)
    write_snapshot(cards, out)
    assert {old.name} < {path.name for path in out.glob("maker.*.json")}
    for path in out.iterdir():
        os.utime(path, (1, 1))
    write_snapshot(cards, out)
    assert sorted(path.name.partition(".")[0] for path in out.iterdir()) == [
        "_index", "maker", "reseller",
    ]  # fmt: skip
    assert maker(out) != old


def test_broken_cards_write_no_snapshot(cards: Path, out: Path) -> None:
    before = (out / INDEX).read_bytes()
    edit(cards, "input: 3", "inptu: 3")
    with pytest.raises(CardError):
        write_snapshot(cards, out)
    assert (out / INDEX).read_bytes() == before


# --- when it is fresh


def test_a_fresh_snapshot_is_fresh(cards: Path, out: Path) -> None:
    assert is_fresh(str(out), str(cards))


def _touch(cards: Path) -> None:
    os.utime(cards / "maker" / "one.yaml", ns=(1, 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": edit,
    "edited to the same size": lambda cards: edit(cards, "output: 15", "output: 51"),
    "touched": _touch,
    "added": lambda cards: (cards / "maker" / "two.yaml").write_text("x"),
    "added with another ending": lambda cards: (cards / "maker" / "two.yml").write_text("x"),
    "removed": lambda cards: (cards / "reseller" / "one.yaml").unlink(),
    "renamed": lambda cards: (cards / "maker" / "one.yaml").rename(cards / "maker" / "1.yaml"),
    "vocabulary edited": lambda cards: edit(cards, "fee}", "fee} #", "vocabulary.yaml"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_cards_makes_it_stale(cards: Path, out: Path, change: str) -> None:
    CHANGES[change](cards)
    assert not is_fresh(str(out), str(cards))


def test_a_change_of_the_code_makes_it_stale(
    cards: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = shutil.copytree(ROOT / "pricing" / "cards", tmp_path / "code")
    monkeypatch.setattr(snapshot, "_CODE", str(code))
    write_snapshot(cards, out)
    assert is_fresh(str(out), str(cards))
    with open(os.path.join(code, "wire.py"), "a", encoding="utf-8") as file:
        file.write("#\n")
    assert not is_fresh(str(out), str(cards))


def test_what_is_no_card_leaves_it_fresh(cards: Path, out: Path) -> None:
    (cards / "maker" / "notes.md").write_text("x")
    (cards / "maker" / ".#one.yaml").symlink_to("nowhere")
    assert is_fresh(str(out), str(cards))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": shutil.rmtree,
    "without an index": lambda out: (out / INDEX).unlink(),
    "with an empty index": lambda out: (out / INDEX).write_bytes(b""),
    "with half an index": lambda out: (out / INDEX).write_bytes((out / INDEX).read_bytes()[:99]),
    "with a list for an index": lambda out: (out / INDEX).write_bytes(b"[]"),
    "with an index of bytes": lambda out: (out / INDEX).write_bytes(b"\xff\xfe\x00"),
    "of another format": lambda out: (out / INDEX).write_bytes(b'{"format": 1}'),
    "without a provider": lambda out: maker(out).unlink(),
    "with half a provider": lambda out: maker(out).write_bytes(b'{"file": "'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_is_not_fresh(cards: Path, out: Path, damage: str) -> None:
    DAMAGES[damage](out)
    assert not is_fresh(str(out), str(cards))


@pytest.mark.parametrize("damage", DAMAGES)
def test_reading_a_damaged_snapshot_is_an_error_with_its_remedy(out: Path, damage: str) -> None:
    DAMAGES[damage](out)
    with pytest.raises(CardError) as error:
        read_snapshot(str(out)).provider("maker")
    (fault,) = error.value.faults
    assert fault.path is not None
    assert Path(fault.path).name.startswith(("_index.", "maker."))
    assert "install the package again" in (fault.remedy or "")


def test_a_damaged_card_is_an_error_when_it_is_asked_for(out: Path) -> None:
    content = maker(out).read_bytes()
    maker(out).write_bytes(content.replace(b'"model":"one"', b'"model":"one;'))
    provider = read_snapshot(str(out)).provider("maker")
    with pytest.raises(CardError):
        provider.cards["one"]


def test_who_holds_an_older_snapshot_reads_it_to_the_end(cards: Path, out: Path) -> None:
    before = read_snapshot(str(out))
    edit(cards)
    write_snapshot(cards, out)
    after = read_snapshot(str(out))
    usage = pricing.Usage({"input": 1_000}, at="2026-01-01")
    assert str(pricing.rate(usage, before.card("maker/one")).total) == "0.003 USD"
    assert str(pricing.rate(usage, after.card("maker/one")).total) == "0.004 USD"
    assert before.digest != after.digest


# --- a checkout, in processes of its own


def test_a_checkout_renews_it_when_a_card_is_edited(checkout: Path, cards: Path) -> None:
    first = told(checkout)
    assert first.startswith("0.3 USD ")
    assert told(checkout) == first
    edit(cards)
    assert told(checkout).startswith("0.4 USD ")


@pytest.mark.parametrize("damage", ["missing", "with half an index", "without a provider"])
def test_a_checkout_mends_a_damaged_one(checkout: Path, damage: str) -> None:
    first = told(checkout)
    DAMAGES[damage](checkout / "pricing" / "_snapshot")
    assert told(checkout) == first
    assert maker(checkout / "pricing" / "_snapshot").is_file()


def test_a_checkout_that_cannot_be_written_reads_the_cards(checkout: Path) -> None:
    # a file in the folder's place stops even root
    (checkout / "pricing" / "_snapshot").write_text("")
    assert told(checkout).startswith("0.3 USD ")


def test_a_checkout_that_may_not_be_written_reads_the_cards(checkout: Path, cards: Path) -> None:
    first = told(checkout)
    edit(cards)
    folder = checkout / "pricing" / "_snapshot"
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("root writes everywhere")
        assert told(checkout).startswith("0.4 USD ")
    finally:
        folder.chmod(0o700)
    assert first.startswith("0.3 USD ")


def test_processes_that_start_at_once_all_give_the_same(checkout: Path) -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [
        subprocess.Popen(command(checkout), cwd=checkout, env={}, text=True, **pipes)
        for _ in range(6)
    ]
    ended = [process.communicate(timeout=60) for process in started]
    assert [error for _, error in ended] == [""] * 6
    assert len({output for output, _ in ended}) == 1
    index = json.loads((checkout / "pricing" / "_snapshot" / INDEX).read_bytes())
    assert sorted(index["files"]) == ["maker", "reseller"]


def test_an_installed_package_leaves_a_strangers_folder_alone(checkout: Path, cards: Path) -> None:
    shutil.copytree(cards, checkout / "pricing" / "ratecards")
    write_snapshot(cards, checkout / "pricing" / "_snapshot")
    edit(cards)  # what lies beside an installed package is not its own
    assert told(checkout).startswith("0.3 USD ")
    (cards / "maker" / "one.yaml").write_text("not: a card")
    assert told(checkout).startswith("0.3 USD ")
