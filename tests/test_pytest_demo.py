"""The demo of the pytest plugin passes on its base, and is blocked on its change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[1] / "examples" / "pytest-demo"


def test_the_demo_passes_and_is_then_blocked(tmp_path: Path) -> None:
    place = shutil.copytree(DEMO, tmp_path / "demo", ignore=shutil.ignore_patterns("__pycache__"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", place / "demo.sh"],
        env=os.environ | {"PATH": path, "NO_COLOR": "1", "PYTEST_ADDOPTS": "-p no:cacheprovider"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    base, change = done.stdout.split("And with ASSISTANT_MODEL")
    # 4 calls of 1,200 x 3 / 1M + 250 x 15 / 1M = 0.00735
    assert "\n0.0294 USD in 4 calls of 2 tests" in base
    # 1,200 x 5 / 1M + 250 x 25 / 1M = 0.01225
    assert "over llm_budget: 0.01225 USD spent, limit 0.01 USD" in change
    assert (
        "  model   +0.0147 USD  anthropic/claude-sonnet-4-6 -> anthropic/claude-opus-4-8" in change
    )
    assert "FAIL  0.049 USD" in change
