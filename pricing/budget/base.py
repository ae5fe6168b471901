"""Read a side of a comparison: a budget file, or one as it stood at a git revision.

From git comes the file and all that it names, its fixtures and its cards, as they were.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pricing.budget.file import read_budget
from pricing.errors import BudgetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pricing.budget.file import Loaded

NONE = "none"
_MOST_BYTES = 1 << 20
_GIT_SECONDS = 60
#: how git writes the mode of a symbolic link
_LINK = "120000 "


def read_file(path: str, what: str = "budget file") -> Loaded:
    """Read a budget file from the disk.

    Raises:
        BudgetError: it is not there, or with every fault of it.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise BudgetError(
            f"no such {what}: {path}",
            remedy="`pricing budget init LOG` writes a first one.",
        ) from None
    except OSError as error:
        raise BudgetError(f"cannot be read: {error.strerror or error}", path=path) from None
    if len(data) > _MOST_BYTES:
        raise BudgetError(f"more than {_MOST_BYTES:,} bytes", path=path, remedy="Split it.")
    return read_budget(data, path, os.path.dirname(path))


@contextmanager
def open_base(base: str, path: str) -> Iterator[tuple[Loaded, str]]:
    """Give the base of the budget file at ``path``, and what it is called.

    ``base`` is git:REVISION, a file, or a revision. What comes from git lies in a folder that is
    gone at the end.

    Raises:
        BudgetError: there is no such file or revision, or with every fault of it.
    """
    if not base.startswith("git:") and os.path.isfile(base):
        yield read_file(base, "base"), base
        return
    revision = base.removeprefix("git:")
    folder = os.path.dirname(os.path.abspath(path))
    commit = _commit(revision, folder, base)
    root = os.path.realpath(_git(["rev-parse", "--show-toplevel"], folder).decode().strip())
    inside = Path(os.path.realpath(path)).relative_to(root).as_posix()
    try:
        data = _git(["show", f"{commit}:{inside}"], root)
    except BudgetError:
        raise BudgetError(
            f"{inside} is not in {revision}",
            remedy="Give --base none where there was no budget yet: all of it is new then.",
        ) from None
    shown = f"{revision}:{inside}"
    with tempfile.TemporaryDirectory(prefix="pricing-base-") as scratch:
        below = posixpath.dirname(inside)
        own = os.path.join(scratch, *filter(None, below.split("/")))
        os.makedirs(own, exist_ok=True)
        prefix = f"{revision}:{below}/" if below else f"{revision}:"
        loaded = read_budget(data, shown, own, prefix)
        for name in _named(loaded):
            _extract(commit, posixpath.normpath(posixpath.join(below, name)), root, scratch)
        yield loaded, f"{revision} ({commit[:12]})"


def _named(loaded: Loaded) -> list[str]:
    """Give the paths that a budget file names: fixtures, runs and cards."""
    found = list(loaded.file.prices.cards or ())
    for scenario in loaded.file.scenarios.values():
        found += [*(scenario.usage.fixture or ()), *(scenario.usage.run or ())]
    return list(dict.fromkeys(found))


def _extract(commit: str, name: str, root: str, scratch: str) -> None:
    """Write a file, or all files of a folder, as they were; what is not there is left out."""
    if name == ".." or name.startswith("../"):
        raise BudgetError(f"{name} lies outside the repository", remedy="Keep it inside.")
    listed = _git(["ls-tree", "-r", "-z", "--full-tree", commit, "--", name], root)
    for row in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        about, _, each = row.partition("\t")
        if about.startswith(_LINK):
            raise BudgetError(
                f"{each} is a symbolic link in the base", remedy="Name the file it leads to."
            )
        target = os.path.join(scratch, *each.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(_git(["show", f"{commit}:{each}"], root))


def _commit(revision: str, folder: str, base: str) -> str:
    remedy = "Fetch it first, in a shallow clone with `git fetch --depth 1 origin REVISION`."
    if ":" in revision:
        remedy = f"Give the revision alone: git:{revision.partition(':')[0]}."
    if not revision or revision.startswith("-"):
        raise BudgetError(f"--base cannot be '{base}'", remedy="As --base git:origin/main.")
    wanted = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    try:
        return _git(wanted, folder).decode().strip()
    except BudgetError as error:
        if error.remedy is not None:
            raise
        what = f"no such file or revision: {base}"
        if base.startswith("git:"):
            what = f"no such revision: {revision}"
        try:
            _git(["rev-parse", "--git-dir"], folder)
        except BudgetError:
            remedy = "The budget file lies in no git repository: give --base FILE."
        raise BudgetError(what, remedy=remedy) from None


def _git(words: list[str], folder: str) -> bytes:
    """Run git and give what it prints; raises BudgetError."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise BudgetError("git is not installed", remedy="Give --base FILE instead.") from None
    except subprocess.TimeoutExpired:
        raise BudgetError(f"git {words[0]} took more than {_GIT_SECONDS} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise BudgetError(f"git {words[0]}: {said or 'failed'}")
    return done.stdout
