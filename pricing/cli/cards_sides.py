"""The two sides of ``pricing cards diff``: a day, a card folder, or a revision of git."""

from __future__ import annotations

import os
import subprocess
import tempfile

from pricing.errors import CardError, PricingError
from pricing.instants import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import SimpleNamespace

    from pricing.catalog import Catalog

_GIT = "git:"
_CARDS = "ratecards"


class Side:
    """One side: a catalogue at an instant."""

    __slots__ = ("at", "catalog")

    def __init__(self, catalog: Catalog, at: int) -> None:
        self.catalog = catalog
        self.at = at


def sides(args: SimpleNamespace, at: int) -> tuple[Side, Side]:
    """Give both sides; ``at`` is the day on which catalogues are compared.

    Raises:
        PricingError: one is a day and the other is not, or one is nothing of the kind.
    """
    from pricing.cli import options

    kinds = [kind_of(word) for word in (args.old, args.new)]
    if "day" in kinds and kinds != ["day", "day"]:
        raise PricingError(
            f"'{args.old}' and '{args.new}' are not of one kind",
            remedy="Give two days, or two of card folders and git:REVISION.",
        )
    if kinds[0] == "day":
        if args.at is not None:
            raise PricingError("--at beside two days", remedy="It is for folders and revisions.")
        catalog = options.open_catalog(args)
        return Side(catalog, instant(args.old)), Side(catalog, instant(args.new))
    if args.cards:
        raise PricingError("--cards beside two catalogues", remedy="It is for two days.")
    catalogs = [_of_git(w[len(_GIT) :]) if k == "git" else _standing(w)
                for w, k in zip((args.old, args.new), kinds, strict=True)]  # fmt: skip
    return Side(catalogs[0], at), Side(catalogs[1], at)


def kind_of(word: str) -> str:
    """Give ``day``, ``folder`` or ``git``; raises PricingError."""
    if word.startswith(_GIT):
        return "git"
    if os.path.isdir(word):
        return "folder"
    try:
        instant(word)
    except ValueError as error:
        what, _, remedy = str(error).partition("\n")
        if remedy.startswith("Write"):
            what = f"'{word}' is no day, card folder or git:REVISION"
            remedy = "Write 2026-11-20, a folder, or git:main."
        raise PricingError(what, remedy=remedy or None) from None
    return "day"


def _standing(folder: str) -> Catalog:
    """Load a folder alone where it has its own vocabulary, else over the shipped cards."""
    from pricing.catalog import load_catalog

    alone = os.path.isfile(os.path.join(folder, "vocabulary.yaml"))
    return load_catalog(folder, shipped=not alone)


def _of_git(name: str) -> Catalog:
    """Load ``ratecards`` of a revision, or another folder of it: REVISION:FOLDER."""
    from pathlib import Path

    from pricing.cards.build import build_book
    from pricing.catalog import Catalog

    revision, colon, folder = name.partition(":")
    folder = folder.strip("/") if colon else _CARDS
    if not revision or revision.startswith("-"):
        raise PricingError(f"no revision in 'git:{name}'", remedy="Write git:main, or git:main~3.")
    top = _git(["rev-parse", "--show-toplevel"], name).decode().strip()
    with tempfile.TemporaryDirectory(prefix="pricing-") as place:
        archive = _git(["-C", top, "archive", "--format=tar", revision, "--", folder], name)
        _unpack(archive, place)
        path = Path(place, folder)
        try:
            return Catalog(build_book((path, f"{revision}:{folder}")))
        except CardError as error:
            remedy = f"{error.remedy or ''} Revisions before today's format cannot be compared."
            first = error.faults[0]
            raise CardError(
                first.what, path=first.path, line=first.line, remedy=remedy.strip()
            ) from None


def _git(words: list[str], name: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], capture_output=True, check=False)
    except OSError as error:
        raise PricingError(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise PricingError(f"git:{name}: {said.removeprefix('fatal: ')}",
                           remedy="Run it inside the checkout that holds the cards.")  # fmt: skip
    return done.stdout


def _unpack(archive: bytes, place: str) -> None:
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(place, filter="data")
