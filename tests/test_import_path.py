"""What starts on every call stays off the start-up path: 9 to 72 ms each, against 12 for Python.

Measured as an install sees it: with the compiled snapshot, and without third-party packages, so
that a lazy import of one fails here instead of passing unseen. The snapshot is what makes it
possible: a checkout without one reads YAML.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"dataclasses", "importlib.metadata", "pydantic", "tabulate", "typing", "yaml"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that holds ``pricing`` as a wheel would install it."""
    from pricing.cards.snapshot import write_snapshot

    place = tmp_path_factory.mktemp("installed")
    unbuilt = shutil.ignore_patterns("__pycache__", "_snapshot")
    shutil.copytree(ROOT / "pricing", place / "pricing", ignore=unbuilt)
    shutil.copytree(ROOT / "ratecards", place / "pricing" / "ratecards")
    write_snapshot(ROOT / "ratecards", place / "pricing" / "_snapshot")
    return place


def imports_of(code: str, place: Path, *arguments: str) -> tuple[set[str], str]:
    """Give what the code imports, with our package alone on the path, and what it prints."""
    result = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", "-c", code, *arguments],
        cwd=place,
        env={"PYTHONPATH": str(place)},  # no coverage, which imports a great deal itself
        capture_output=True,
        text=True,
        timeout=60,
    )
    rows = result.stderr.splitlines()
    timed = [row for row in rows if row.startswith("import time:")]
    said = [row for row in rows if row not in timed]
    assert result.returncode == 0, "\n".join(said)
    return {row.rsplit("|", 1)[1].strip() for row in timed}, result.stdout


def test_importing_the_package_is_light(installed: Path) -> None:
    modules, _ = imports_of("import pricing", installed)
    assert "pricing" in modules
    assert modules & HEAVY == set()


def test_pricing_a_response_as_json_is_light(installed: Path, tmp_path: Path) -> None:
    response = tmp_path / "response.json"
    usage = {"input_tokens": 87, "output_tokens": 24}
    response.write_text(json.dumps({"model": "claude-sonnet-4-6", "usage": usage}))
    modules, printed = imports_of(
        "import sys; from pricing.cli import main; sys.exit(main())",
        installed,
        *("cost", str(response), "--at", "2026-11-20T12:00Z", "--format", "json"),
    )
    # 87 x 3 / 1,000,000 + 24 x 15 / 1,000,000
    assert json.loads(printed)["total"] == "0.000621"
    assert modules & HEAVY == set()


def test_budgets_are_imported_by_no_other_command(installed: Path, tmp_path: Path) -> None:
    response = tmp_path / "response.json"
    usage = {"input_tokens": 87, "output_tokens": 24}
    response.write_text(json.dumps({"model": "claude-sonnet-4-6", "usage": usage}))
    command = "import sys; from pricing.cli import main; sys.exit(main())"
    for code, words in (
        ("import pricing", ()),
        (command, ("cost", str(response), "--format=json")),
    ):
        modules, _ = imports_of(code, installed, *words)
        assert not {name for name in modules if "budget" in name}


def test_a_heavy_import_would_be_seen(installed: Path) -> None:
    modules, _ = imports_of("def f():\n    import dataclasses\nf()", installed)
    assert "dataclasses" in modules
