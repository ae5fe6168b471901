"""The files of a card folder: which there are, and what each holds by its place."""

from __future__ import annotations

import os

from pricing.errors import Fault, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from pricing.cards.strict import Document

#: Files at the top of a folder; everything else stands in a seller's folder or in ``contracts``.
SHARED = ("vocabulary.yaml", "calendars.yaml", "currencies.yaml")


class CardFile:
    """One file of a folder: what kind it is, whose, and its document where it could be read."""

    __slots__ = ("document", "kind", "root", "seller", "shown")

    def __init__(self, relative: str, root: str, document: Document | None) -> None:
        #: the card folder that it is a file of, and its own path, as people see them
        self.root = root
        self.shown = f"{root}/{relative}"
        self.document = document
        folder, _, name = relative.rpartition("/")
        #: the folder it stands in, which a seller's card and provider.yaml must name
        self.seller = folder
        self.kind = "card"
        if relative in SHARED:
            self.kind = relative.removesuffix(".yaml")
        elif folder == "contracts" or "contract" in self.tree:
            self.kind = "contract"
        elif name == "provider.yaml":
            self.kind = "provider"

    @property
    def is_unsound(self) -> bool:
        """Whether something is wrong with it, as far as it was looked at."""
        return self.document is None or bool(self.document.bad)

    @property
    def tree(self) -> dict[str, Any]:
        """What the file holds; nothing where it could not be read or holds no map."""
        tree = self.document.tree if self.document is not None else None
        return tree if isinstance(tree, dict) else {}


def card_files(folder: str | Path, faults: list[Fault], shown: str = "") -> Iterator[str]:
    """Give the path of each card file, relative to the folder, by name; hidden files aside.

    Links are followed. A link to a folder around it, and a folder that cannot be read, are faults.
    """
    return _walk(os.fspath(folder), "", shown, [], faults)


def _walk(
    path: str, inside: str, shown: str, around: list[tuple[int, int]], faults: list[Fault]
) -> Iterator[str]:
    place = f"{shown}/{inside}".rstrip("/")
    try:
        about = os.stat(path)
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError as error:
        faults.append(
            Fault(f"cannot be read: {error.strerror}", path=place, remedy="Mend or remove it.")
        )
        return
    here = (about.st_dev, about.st_ino)
    if here in around:
        faults.append(Fault("a link to a folder around it", path=place, remedy="Remove the link."))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _walk(entry.path, f"{inside}{entry.name}/", shown, [*around, here], faults)
        elif entry.name.lower().endswith((".yaml", ".yml")):
            yield inside + entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, which reading it will show
        return False


def misplaced(relative: str, shown: str) -> Fault | None:
    """Give what is wrong with the place and name of a card file."""
    folder, _, name = relative.rpartition("/")
    stem, _, ending = name.rpartition(".")
    place = f"{shown}/{relative}"
    if ending != "yaml":
        remedy = f"Rename it to {stem}.yaml."
        return Fault(f"'.{ending}' is not read: card files end in .yaml", path=place, remedy=remedy)
    if not folder and relative not in SHARED:
        hint = did_you_mean(relative, SHARED) or "Move it to SELLER/MODEL.yaml."
        return Fault("a card stands in its seller's folder", path=place, remedy=hint)
    return None
