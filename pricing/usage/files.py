"""Which files a command reads: those named, and those in folders or patterns; each once."""

from __future__ import annotations

import os

from pricing.errors import UsageError, did_you_mean
from pricing.usage.packed import ENDINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES = (".json", ".jsonl", ".ndjson", ".sse", ".csv", ".parquet")
#: files of coding agents that lie among their logs and are none
NO_LOGS = ("sessions-index.json", ".meta.json")


def files_of(paths: Iterable[str]) -> list[str]:
    """Give the files to read: a folder or pattern gives its own, in the order of their names.

    Raises:
        UsageError: one is missing, is given twice, or is a folder or pattern without any.
    """
    found: list[str] = []
    seen: dict[object, str] = {}
    for path in _matched(paths):
        if path != "-" and not os.path.exists(path):
            raise UsageError(f"no such file: {path}", remedy=_near_file(path))
        for file in _in_folder(path) if os.path.isdir(path) else [path]:
            status = None if file == "-" else _state(file)
            key = "-" if status is None else (status.st_dev, status.st_ino)
            if key in seen:
                both = file if seen[key] == file else f"{seen[key]} and {file}"
                raise UsageError(
                    f"{both}: one file, given twice", remedy="Its records would be counted twice."
                )
            seen[key] = file
            found.append(file)
    return found


def _state(file: str) -> os.stat_result:
    try:
        return os.stat(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", path=file) from None


def _matched(paths: Iterable[str]) -> Iterator[str]:
    """Give what patterns such as logs/**/*.jsonl match; a file of that very name comes first."""
    for path in paths:
        if path == "-" or not any(sign in path for sign in "*?[") or os.path.exists(path):
            yield path
            continue
        from glob import glob

        matches = sorted(glob(path, recursive=True))
        if not matches:
            raise UsageError(f"no file matches {path}", remedy="As logs/**/*.jsonl.")
        # ** gives folders too, whose files it gives as well
        yield from [match for match in matches if os.path.isfile(match)] or matches


def _in_folder(folder: str) -> list[str]:
    found = []
    for root, folders, files in os.walk(folder):
        folders.sort()
        found += [os.path.join(root, file) for file in sorted(files) if _is_log(file)]
    if not found:
        raise UsageError(
            "nothing to price in this folder", path=folder,
            remedy=f"Logs end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, packed or not.",
        )  # fmt: skip
    # a session that has not begun is an empty file
    return [file for file in found if _has_content(file)] or found


def _has_content(file: str) -> bool:
    try:
        return os.stat(file).st_size > 0
    except OSError:
        # whoever reads it will say why it cannot be read
        return True


def _is_log(file: str) -> bool:
    for ending in ENDINGS:
        file = file.removesuffix(ending)
    return file.endswith(SUFFIXES) and not file.endswith(NO_LOGS)


def _near_file(path: str) -> str | None:
    try:
        names = os.listdir(os.path.dirname(path) or ".")
    except OSError:
        return None
    return did_you_mean(os.path.basename(path), names)
