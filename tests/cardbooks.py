"""Card books written in a test: YAML texts by file name, laid over a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from pricing.cards.book import CardBook
from pricing.cards.build import build_book


def book_of(files: Mapping[str, str], base: CardBook | None = None) -> CardBook:
    """Build a book of card files, ``{"maker/one.yaml": "model: …"}``, perhaps over another one.

    Raises:
        CardError: with every fault of every file.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return build_book((folder, "cards"), base=base)
