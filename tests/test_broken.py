"""Deliberately broken cards: each is refused with place, excerpt and remedy, word for word.

A case is a folder in ``broken``, laid over the sound cards in ``broken/sound``; what it says stands
beside it. Its group tells who finds the fault: the reader of YAML, the schema, the check of names,
the compiled tariffs, the walk through the files; ``several`` holds files with more than one.
Files that nobody could read, or keep, are made here.
``pytest tests/test_broken.py --update-golden`` rewrites the messages.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from pricing import CardError
from pricing.cards.book import CardBook
from pricing.cards.build import build_book
from pricing.errors import Fault

HERE = Path(__file__).parent / "broken"
GROUPS = ("book", "files", "names", "schema", "several", "yaml")
CARD = b"""model: two
provider: maker
revisions:
  - effective: 2026-01-01
    rates: [{per: 1_000_000 token, price: {input: 3, output: 15}}]
"""


@cache
def sound() -> CardBook:
    return build_book((HERE / "sound", "sound"))


def faults_of(folder: Path, shown: str) -> tuple[Fault, ...]:
    """Give what is wrong with a folder laid over the sound cards."""
    with pytest.raises(CardError) as refused:
        build_book((folder, shown), base=sound())
    return refused.value.faults


def told(faults: tuple[Fault, ...]) -> str:
    return "\n\n".join(str(fault) for fault in faults) + "\n"


def compare(golden: Path, text: str, update: bool) -> None:
    if update:
        golden.write_text(text, encoding="utf-8")
    assert golden.is_file(), "pytest tests/test_broken.py --update-golden writes it"
    assert text == golden.read_text(encoding="utf-8")


CASES = sorted(path for group in GROUPS for path in (HERE / group).iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_broken_card_is_refused_with_its_message(case: Path, update_golden: bool) -> None:
    faults = faults_of(case, case.name)
    compare(case.with_suffix(".txt"), told(faults), update_golden)
    assert len({(fault.place, fault.what) for fault in faults}) == len(faults)
    assert sorted(faults, key=lambda f: (f.path or "", f.line or 0)) == list(faults)
    # a file that is refused for its name, place or emptiness has no line to show
    no_line = case.parent.name == "files" or "empty file" in told(faults)
    for fault in faults:
        assert fault.path is not None
        assert fault.remedy
        assert no_line or fault.excerpt is not None
        assert max(len(row) for row in str(fault).splitlines()[1:2]) <= 80


def test_each_message_belongs_to_a_case() -> None:
    texts = {path.with_suffix("") for path in HERE.rglob("*.txt")}
    made = {HERE / "made" / name for name in MADE}
    assert texts == {*CASES, *made}


def test_the_cards_below_the_broken_ones_are_sound() -> None:
    assert [card.name for card in sound().cards()] == ["maker/one", "reseller/one"]


# --- files that no editor shows or no repository keeps


def _file(folder: Path, data: bytes, name: str = "maker/two.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _large(folder: Path) -> None:
    path = _file(folder, b"")
    with path.open("r+b") as file:
        file.truncate(1 << 30)


def _linked_in_a_circle(folder: Path) -> None:
    _file(folder, CARD)
    (folder / "maker" / "again").symlink_to(folder)


def _linked_to_itself(folder: Path) -> None:
    (folder / "maker").mkdir()
    (folder / "maker" / "two.yaml").symlink_to(folder / "maker" / "two.yaml")


def _pipe(folder: Path) -> None:
    (folder / "maker").mkdir()
    os.mkfifo(folder / "maker" / "two.yaml")


def _folder_named_like_a_card(folder: Path) -> None:
    _file(folder, CARD, "maker/two.yaml/three.yaml")


def _unreadable(folder: Path) -> None:
    path = _file(folder, CARD)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")


MADE: dict[str, Callable[[Path], object]] = {
    "nul-byte": lambda folder: _file(folder, CARD.replace(b"two", b"tw\0o")),
    "escape-character": lambda folder: _file(folder, CARD.replace(b"two", b"\x1b[31mtwo")),
    "direction-mark": lambda folder: _file(folder, CARD.replace(b"3,", "3\u202e,".encode())),
    "unseen-line-end": lambda folder: _file(folder, CARD + "# x\u2028  x: y\n".encode()),
    "byte-order-mark-inside": lambda folder: _file(folder, CARD + "x: \ufeffy\n".encode()),
    "latin-1": lambda folder: _file(folder, CARD.replace(b"two", "zw\u00f6lf".encode("latin-1"))),
    "utf-16": lambda folder: _file(folder, CARD.decode().encode("utf-16")),
    "a-gigabyte": _large,
    "one-line-too-long": lambda folder: _file(folder, b"model: " + b"x" * (1 << 20)),
    "too-many-values": lambda folder: _file(folder, b"model: [" + b"x," * 200_000 + b"]"),
    "two-hundred-thousand-brackets": lambda folder: _file(folder, b"[" * 200_000),
    "link-to-a-folder-around-it": _linked_in_a_circle,
    "link-to-itself": _linked_to_itself,
    "pipe": _pipe,
    "folder-named-like-a-card": _folder_named_like_a_card,
    "unreadable": _unreadable,
    "empty-folder": lambda folder: None,
    "no-byte-in-it": lambda folder: _file(folder, b""),
}


@pytest.mark.parametrize("name", MADE)
def test_a_file_that_nobody_could_keep_is_refused(
    name: str, tmp_path: Path, update_golden: bool
) -> None:
    MADE[name](tmp_path)
    compare(HERE / "made" / f"{name}.txt", told(faults_of(tmp_path, name)), update_golden)
