"""A wheel, built through the sdist and installed outside the checkout, prices a usage.

Needs no network: the build runs on the environment's own backend, and the installed wheel
borrows the environment's packages, but not its editable install of this project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CARD = "ratecards/anthropic/claude-sonnet-4-6.yaml"

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Give what the command prints; nothing of this checkout or its environment reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=kept, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with the sdist and the wheel that was built from it."""
    dist = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, ROOT, cwd=dist)
    return dist


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a new virtual environment with the wheel installed."""
    place = tmp_path_factory.mktemp("elsewhere") / "venv"
    (path,) = built.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=built)
    python = place / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", path, cwd=built)
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place)
    # A folder on a .pth is searched for modules; its own .pth files are not read.
    borrowed = sysconfig.get_path("purelib")
    (Path(purelib.strip()) / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    return place


def test_the_wheel_installs_pricing_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pricing"}


def test_the_wheel_carries_all_that_the_code_reads(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    data = {
        f"pricing/{path.relative_to(ROOT).as_posix()}"
        for folder in ("ratecards", "reports/templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pricing").rglob("*.py")}
    page = ROOT / "pricing" / "site" / "page"
    code |= {path.relative_to(ROOT).as_posix() for path in page.rglob("*") if path.is_file()}
    assert {"pricing/site/page/index.html.j2", "pricing/site/page/app/main.js"} <= code
    snapshot = {name for name in names if name.startswith("pricing/_snapshot/")}
    assert data
    assert (data | code | {"pricing/py.typed"}) - names == set()
    assert snapshot
    strangers = names - data - code - snapshot - {"pricing/py.typed"}
    assert {name for name in strangers if ".dist-info/" not in name} == set()


def test_the_sdist_holds_what_the_tests_need(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert tops >= {"LICENSE", "Makefile", "constraints.txt", "docs", "hatch_build.py", "pricing"}
    assert tops >= {"README.md", "pyproject.toml", "ratecards", "reports", "tests"}
    assert tops & {".git", ".venv", "build", "dist"} == set()


def test_a_build_leaves_no_second_copy_of_the_data_in_the_checkout(built: Path) -> None:
    assert {"ratecards", "reports"} & {path.name for path in (ROOT / "pricing").iterdir()} == set()


def test_the_installed_command_prices_a_usage(environment: Path, tmp_path: Path) -> None:
    usage = {"input_tokens": 87, "output_tokens": 24}
    response = {"model": "claude-sonnet-4-6", "usage": usage}
    (tmp_path / "response.json").write_text(json.dumps(response), encoding="utf-8")
    command = (environment / "bin" / "pricing", "cost", "response.json")
    options = ("--at", "2026-11-20T12:00Z", "--format", "json")
    cost = json.loads(run(*command, *options, cwd=tmp_path))
    # 87 x 3 / 1,000,000 + 24 x 15 / 1,000,000
    assert cost["total"] == "0.000621"
    assert cost["currency"] == "USD"


def test_a_stranger_named_ratecards_beside_the_package_is_not_read(
    environment: Path, tmp_path: Path
) -> None:
    python = environment / "bin" / "python"
    package = run(python, "-c", "import pricing; print(pricing.__path__[0])", cwd=tmp_path)
    stranger = Path(package.strip()).parent / "ratecards"
    stranger.mkdir()
    (stranger / "vocabulary.yaml").write_text("not: ours\n", encoding="utf-8")
    code = "import pricing; pricing.load_catalog().card('anthropic/claude-sonnet-4-6')"
    try:
        run(python, "-c", code, cwd=tmp_path)
    finally:
        shutil.rmtree(stranger)


def test_a_line_of_the_installed_package_points_into_its_own_card(
    environment: Path, wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    code = (
        "import pricing\n"
        "print(pricing.__file__)\n"
        "usage = pricing.Usage({'input': 87}, at='2026-11-20T12:00Z')\n"
        "card = pricing.load_catalog().card('anthropic/claude-sonnet-4-6')\n"
        "print(pricing.rate(usage, card).lines[0].source)\n"
    )
    file, source = run(environment / "bin" / "python", "-c", code, cwd=tmp_path).splitlines()
    assert Path(file).is_relative_to(environment)
    path, line = source.rsplit(":", 1)
    assert path == CARD
    rows = wheel.read(f"pricing/{path}").decode().splitlines()
    assert rows[int(line) - 1].split() == ["input:", "3"]


def test_the_installed_package_builds_the_calculator_as_the_checkout_does(
    environment: Path, tmp_path: Path
) -> None:
    code = (
        "import hashlib, pricing\n"
        "from pricing.site.build import site_files\n"
        "from pricing.site.pyodide import FILES\n"
        "made = site_files(pricing.load_catalog(), dict.fromkeys(FILES, b''), 0, '1')\n"
        "for name, data in sorted(made.items()):\n"
        "    print(hashlib.sha256(data).hexdigest(), name)\n"
    )
    installed = run(environment / "bin" / "python", "-c", code, cwd=tmp_path)
    assert "index.html" in installed
    here = run(sys.executable, "-c", code, cwd=tmp_path)
    assert installed.splitlines() == here.splitlines()


def test_the_installed_package_is_typed(environment: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="the type checker is not in this environment")
    program = (
        "import pricing\n"
        "usage = pricing.Usage({'input': 87}, at='2026-11-20T12:00Z')\n"
        "card = pricing.load_catalog().card('anthropic/claude-sonnet-4-6')\n"
        "total: pricing.Money = pricing.rate(usage, card).total\n"
    )
    (tmp_path / "user.py").write_text(program, encoding="utf-8")
    python = environment / "bin" / "python"
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", python)
    assert "Success" in run(*mypy, "user.py", cwd=tmp_path)
