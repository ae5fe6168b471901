"""The environments that are measured: this checkout's own wheel, and the peers.

They stand in benchmarks/.venv and are kept. The wheels are built anew each time, and installed not
editable, so that what is measured is what an install runs: the compiled snapshot.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from full_catalogue import write_catalogue
from measure import NotMeasured

HERE = Path(__file__).parent
ROOT = HERE.parent
#: what a wheel is made from, but for the cards
PARTS = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "pricing", "reports")


def pricing(place: Path, scratch: Path) -> Path:
    """Give the Python of an environment with the checkout's wheel."""
    python = _with_wheel(place, _wheel(ROOT, scratch / "dist"))
    _pip(python, "duckdb", "msgspec", "narwhals", "polars", "pyarrow")
    return python


def pricing_with_full_catalogue(place: Path, scratch: Path) -> tuple[Path, int]:
    """Give the Python of one whose wheel ships a full catalogue, and how many cards that has."""
    root = scratch / "full"
    ignored = shutil.ignore_patterns("__pycache__", "_snapshot")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, root / part, ignore=ignored)
        else:
            root.mkdir(exist_ok=True)
            shutil.copy(ROOT / part, root / part)
    cards = write_catalogue(root / "ratecards")
    return _with_wheel(place, _wheel(root, scratch / "dist-full")), cards


def peers(place: Path) -> Path:
    """Give the Python of an environment with the peers.

    Raises:
        NotMeasured: they cannot be installed.
    """
    wanted = HERE / "requirements.txt"
    python = _environment(place)
    made_from = place / ".made-from"
    if not made_from.is_file() or made_from.read_text("utf-8") != wanted.read_text("utf-8"):
        _pip(python, "--requirement", wanted)
        made_from.write_text(wanted.read_text("utf-8"), "utf-8")
    return python


def _wheel(root: Path, out: Path) -> Path:
    """Build a wheel on the running environment's own backend, without a network."""
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, root)
    (wheel,) = out.glob("*.whl")
    return wheel


def _with_wheel(place: Path, wheel: Path) -> Path:
    python = _environment(place)
    _pip(python, wheel)
    _pip(python, "--force-reinstall", "--no-deps", wheel)
    return python


def _environment(place: Path) -> Path:
    python = place / "bin" / "python"
    if subprocess.run([python, "-c", ""], capture_output=True).returncode if python.exists() else 1:
        _run(sys.executable, "-m", "venv", "--clear", place)
    return python


def _pip(python: Path, *arguments: str | Path) -> None:
    _run(python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments)


def _run(*command: str | Path) -> None:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines()
        raise NotMeasured(said[-1] if said else f"{command[0]} ended with {result.returncode}")
