"""Pyodide, the Python that runs in browsers: found in a folder, or fetched once and kept.

A site holds a copy, so that the page asks nobody for anything. The version is pinned, and every
file's hash with it: a page that works out money runs what was tested, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from pricing.errors import PricingError
from pricing.usage import cache

VERSION = "0.29.5"
#: of the package as npm gives it
INTEGRITY = "sha512-" + (
    "TkYrUv9m8QmfImADKRmpwZulL48E0uUaBSO+dvRQKyAJc0qh9gu7jn8btyHPh3NZm1r2IH2YrJhIr7Q2B9urAw=="
)
#: the files that a page needs, and their SHA-256
FILES = {
    "pyodide.mjs": "510ca14305230018f50c40fb81be673afd68080e70ce7733fcce6600dd6a1714",
    "pyodide.asm.js": "356c42f69e1695397e9d8670bd3c2e678248cde76e18bdae1731e848537b47d7",
    "pyodide.asm.wasm": "54309a5a2cfd757b1f0fdbc9093c92503f7b341500110329d932487183912718",
    "python_stdlib.zip": "831fd1e535084b972f87c6a35275de3d236efd5166f5e77ce89497710635e73c",
    "pyodide-lock.json": "14d2c2dba101277999e17135e653d8f15389ad1437f53eae213bf0c3cdff723d",
}
_REMEDY = (
    f"Fetch it where there is a network (npm pack pyodide@{VERSION}), unpack it, and give its"
    " folder: --pyodide FOLDER."
)
_FETCH_SECONDS = 300


def kept_folder() -> Path:
    """Give where a fetched Pyodide is kept for the next time, in the user's cache folder."""
    # beside what was read of long logs
    return Path(cache.folder()).parent / f"pyodide-{VERSION}"


def pyodide_files(folder: str | os.PathLike[str] | None = None) -> dict[str, bytes]:
    """Give Pyodide's files by name: of a folder, else of the cache, else fetched by ``npm``.

    Raises:
        PricingError: it is not there, cannot be had, or is another than the pinned version.
    """
    if folder is not None:
        given = Path(folder)
        # npm's own folder stands one below what it unpacks
        inner = given / "package"
        return _read(inner if not (given / "pyodide.mjs").exists() and inner.is_dir() else given)
    kept = kept_folder()
    if all((kept / name).is_file() for name in FILES):
        return _read(kept)
    found = _fetched()
    _keep(kept, found)
    return found


def _read(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise PricingError("no such folder", path=str(folder), remedy=_REMEDY)
    found = {}
    for name, wanted in FILES.items():
        path = folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PricingError(
                f"no whole Pyodide: {error.strerror}", path=str(path), remedy=_REMEDY
            ) from None
        if hashlib.sha256(data).hexdigest() != wanted:
            raise PricingError(f"is not Pyodide {VERSION}'s", path=str(path), remedy=_REMEDY)
        found[name] = data
    return found


def _fetched() -> dict[str, bytes]:
    """Let npm fetch the package, and take from it only what the page needs."""
    npm = shutil.which("npm")
    if npm is None:
        raise PricingError(
            f"the page needs Pyodide {VERSION}, and there is no npm to fetch it", remedy=_REMEDY
        )
    with tempfile.TemporaryDirectory(prefix="pricing-pyodide-") as place:
        command = [npm, "pack", f"pyodide@{VERSION}", "--ignore-scripts", "--fetch-retries=1"]
        try:
            done = subprocess.run(
                command, cwd=place, capture_output=True, text=True, timeout=_FETCH_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PricingError(f"npm cannot fetch Pyodide: {error}", remedy=_REMEDY) from None
        packed = list(Path(place).glob("*.tgz"))
        if done.returncode or len(packed) != 1:
            errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
            told = errors[0].strip() if errors else "no package came"
            raise PricingError(f"npm cannot fetch Pyodide: {told}", remedy=_REMEDY)
        content = packed[0].read_bytes()
        if _integrity(content) != INTEGRITY:
            raise PricingError(
                f"what npm fetched as pyodide@{VERSION} is another package than the pinned one",
                remedy=_REMEDY,
            )
        Path(place, "unpacked").mkdir()
        with tarfile.open(packed[0]) as archive:
            for name in FILES:
                member = archive.extractfile(f"package/{name}")
                assert member is not None
                Path(place, "unpacked", name).write_bytes(member.read())
        return _read(Path(place, "unpacked"))


def _integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _keep(folder: Path, files: dict[str, bytes]) -> None:
    """Keep the files for the next time; where they cannot be, they are fetched again."""
    draft = folder.with_name(f".{folder.name}.{os.urandom(4).hex()}")
    try:
        draft.mkdir(parents=True)
        for name, data in files.items():
            (draft / name).write_bytes(data)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)


if __name__ == "__main__":
    try:
        pyodide_files()
    except PricingError as error:
        sys.exit(str(error))
