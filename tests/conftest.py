"""Settings that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests of a worker; they are skipped where there is none."""
    from browser import launched

    yield from launched()
