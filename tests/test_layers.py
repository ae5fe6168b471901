"""Imports point down: a module knows only what its layer stands on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pricing"

# Lowest first. The members of one row stand side by side and don't know each other.
LAYERS: list[set[str]] = [
    {"errors"},
    {"money"},
    {"instants"},
    {"cards"},
    {"usage"},
    {"rating"},
    {"catalog"},
    {"render"},
    {"comparison", "budget", "frames", "reconcile", "imports", "exports", "capture", "findings"},
    {"metering", "site"},
    {"cli", "pytest_plugin"},
    {"__main__"},
]
HEIGHT = {part: height for height, row in enumerate(LAYERS) for part in row}
FRONT_DOOR = "__init__"


def part_of(path: Path) -> str:
    """Give the folder or module right under the package, ``cards`` for ``cards/loader.py``."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported_parts(source: str, package: list[str]) -> list[tuple[int, str]]:
    """Give line and part of every import of ours in a module of ``package``, in functions too.

    Importing ``pricing`` itself gives the front door, which knows everything.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            names = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for name in names:
            if name[0] == PACKAGE.name:
                part = name[1] if len(name) > 1 else FRONT_DOOR
                is_module = (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()
                found.append((node.lineno, part if is_module else FRONT_DOOR))
    return found


def climbs(part: str, other: str) -> bool:
    """Whether an import of ``other`` by ``part`` points up or sideways."""
    if part == other:
        return False
    if other == FRONT_DOOR:
        return part not in {"cli", "__main__"}
    return HEIGHT[other] >= HEIGHT[part]


def test_every_part_of_the_package_has_its_layer() -> None:
    parts = {part_of(path) for path in inner_modules()}
    assert parts, "the package holds no modules"
    assert parts - set(HEIGHT) == set(), "place it in LAYERS first"


def inner_modules() -> list[Path]:
    """Give all modules but the front door, which shows names of every layer."""
    return [path for path in modules() if part_of(path) != FRONT_DOOR]


@pytest.mark.parametrize("path", inner_modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path: Path) -> None:
    part = part_of(path)
    package = [PACKAGE.name, *path.relative_to(PACKAGE).parent.parts]
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: {part} imports {other}"
        for line, other in imported_parts(path.read_text(encoding="utf-8"), package)
        if climbs(part, other)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("import pricing.errors", ["errors"]),
        ("import pricing.cards.loader as l", ["cards"]),
        ("from pricing.money import Money", ["money"]),
        ("from pricing import errors, money", ["errors", "money"]),
        ("from pricing import rate", [FRONT_DOOR]),
        ("import pricing", [FRONT_DOOR]),
        ("from ..errors import Fault", ["errors"]),
        ("from .. import money", ["money"]),
        ("from . import loader", ["cards"]),
        ("def f():\n    from pricing.cards import load", ["cards"]),
        ("import json, pricingless", []),
    ],
)
def test_an_import_is_found_in_every_spelling(source: str, parts: list[str]) -> None:
    assert [part for _, part in imported_parts(source, ["pricing", "cards"])] == parts


@pytest.mark.parametrize(
    ("part", "other", "wrong"),
    [
        ("cards", "errors", False),
        ("cards", "cards", False),
        ("errors", "cards", True),
        ("budget", "reconcile", True),
        ("cards", FRONT_DOOR, True),
        ("cli", FRONT_DOOR, False),
    ],
)
def test_up_and_sideways_are_wrong(part: str, other: str, wrong: bool) -> None:
    assert climbs(part, other) is wrong
