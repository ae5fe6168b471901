"""Settings that all tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

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


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a Spark of two workers, or say why there is none."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and none is on the path")
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra spark)")
    builder = sql.SparkSession.builder.master("local[2]").appName("pricing tests")
    builder = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    # a session in another zone shows what would lean on it
    builder = builder.config("spark.sql.session.timeZone", "Asia/Kolkata")
    session = builder.config("spark.sql.shuffle.partitions", "3").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a module; they are skipped where there is none.

    Its driver keeps an event loop running in this thread until it is closed: were it open for
    longer, a later test could not run one of its own.
    """
    from browser import launched

    yield from launched()
