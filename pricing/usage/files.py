"""Which files a command reads: those named, and those in the folders named; each once."""

from __future__ import annotations

import os

from pricing.errors import UsageError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = (".json", ".jsonl", ".ndjson")


def files_of(paths: Iterable[str]) -> list[str]:
    """Give the files to read: a folder gives those in it, in the order of their names.

    Raises:
        UsageError: one is missing, is given twice, or is a folder without any.
    """
    found: list[str] = []
    seen: dict[object, str] = {}
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise UsageError(f"no such file: {path}", remedy=_near_file(path))
        for file in _in_folder(path) if os.path.isdir(path) else [path]:
            status = None if file == "-" else os.stat(file)
            key = "-" if status is None else (status.st_dev, status.st_ino)
            if key in seen:
                both = file if seen[key] == file else f"{seen[key]} and {file}"
                raise UsageError(
                    f"{both}: one file, given twice", remedy="Its records would be counted twice."
                )
            seen[key] = file
            found.append(file)
    return found


def _in_folder(folder: str) -> list[str]:
    found = []
    for root, folders, files in os.walk(folder):
        folders.sort()
        found += [os.path.join(root, file) for file in sorted(files) if file.endswith(SUFFIXES)]
    if not found:
        raise UsageError(
            "nothing to price in this folder", path=folder,
            remedy=f"Its logs end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.",
        )  # fmt: skip
    return found


def _near_file(path: str) -> str | None:
    try:
        names = os.listdir(os.path.dirname(path) or ".")
    except OSError:
        return None
    return did_you_mean(os.path.basename(path), names)
