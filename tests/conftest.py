"""Settings that all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The pytest of demos and examples: pytest-asyncio warns wherever it is not set up.
os.environ.setdefault("PYTEST_ADDOPTS", "-p no:asyncio")

# A deadline measures the machine, not the code: workers share its cores, and coverage slows them.
settings.register_profile("pricing", deadline=None, print_blob=True)
settings.load_profile("pricing")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the texts that golden tests compare with; read the diff before you commit it",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden texts are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))
