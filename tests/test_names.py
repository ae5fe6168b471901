"""What must not stand in the package's Python: sellers' names, floats, places of one machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pricing"

# Readers of a named foreign format may name whose it is.
MAY_NAME = ("usage", "reconcile/invoices", "imports", "capture")
# Names that the cards may not hold yet, or only as a part of an id.
FAMILIES = {
    *("anthropic", "claude", "openai", "gpt", "chatgpt", "google", "gemini", "vertex", "aws"),
    *("bedrock", "azure", "deepseek", "mistral", "llama", "grok", "xai", "qwen", "kimi", "cohere"),
    *("openrouter", "bytespike", "apimodels", "litellm"),
}
# Ids that are words of the trade or of the language too.
ORDINARY = {"auto", "command", "credits", "default", "free", "together"}
# Where no amount is worked out, a threshold may be a float: how near two words are, a delay.
NO_MONEY = ("errors.py", "render", "cli")
# Where an exact amount becomes a place in a picture, from which nothing is read back.
PICTURES = "render/drawing/"
LONGEST = 400  # lines of a module; about 200 is the hint, this is the limit


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def names_in_the_cards() -> frozenset[str]:
    """Give the provider folders and every model id and alias of the shipped cards."""
    names = {path.parent.name for path in ROOT.glob("ratecards/*/provider.yaml")}
    for path in ROOT.glob("ratecards/*/*.yaml"):
        # BaseLoader: every scalar stays text
        document = yaml.load(path.read_bytes(), Loader=yaml.BaseLoader)
        if isinstance(document, dict) and "model" in document:
            names |= {document["model"], *document.get("aliases", ())}
    return frozenset(name.lower() for name in names)


def names_in(text: str, names: frozenset[str]) -> set[str]:
    """Give the names that stand in the text as words of their own, and the families of models."""
    words = set(re.findall(r"[a-z0-9][a-z0-9._:/@-]*[a-z0-9]|[a-z0-9]", text.lower()))
    pieces = {piece for word in words for piece in re.split(r"[^a-z]+", word)}
    parts = words | {part for word in words for part in word.split("/")}
    return (parts & (names - ORDINARY)) | (pieces & FAMILIES)


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """Give the docstring nodes: they may name the page that a rule comes from."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, owners)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }


def named_in(source: str, names: frozenset[str]) -> list[tuple[int, str]]:
    """Give line and name for each name in a string of the source, docstrings aside."""
    tree = ast.parse(source)
    apart = docstrings(tree)
    return [
        (node.lineno, name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in apart
        for name in sorted(names_in(node.value, names))
    ]


def floats_in(source: str, *, literals: bool = True) -> Iterator[int]:
    """Give the line of each float literal, each call of float and each annotation with float."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant):
            if literals and isinstance(node.value, float):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "float":
                yield node.lineno
        else:
            for field in ("annotation", "returns"):
                annotation = getattr(node, field, None)
                if annotation and re.search(r"\bfloat\b", ast.unparse(annotation)):
                    yield annotation.lineno


def outside_the_readers() -> list[Path]:
    readers = tuple(f"{folder}/" for folder in MAY_NAME)
    return [path for path in modules() if not name_of(path).startswith(readers)]


@pytest.mark.parametrize("path", outside_the_readers(), ids=name_of)
def test_no_seller_or_model_is_named_outside_the_readers(path: Path) -> None:
    found = named_in(path.read_text(encoding="utf-8"), names_in_the_cards())
    rows = [f"pricing/{name_of(path)}:{line}: '{name}' belongs in YAML" for line, name in found]
    assert not rows, "\n".join(rows)


def outside_of_pictures() -> list[Path]:
    return [path for path in modules() if not name_of(path).startswith(PICTURES)]


@pytest.mark.parametrize("path", outside_of_pictures(), ids=name_of)
def test_no_float_stands_in_the_package(path: Path) -> None:
    literals = not name_of(path).startswith(NO_MONEY)
    found = floats_in(path.read_text(encoding="utf-8"), literals=literals)
    rows = [f"pricing/{name_of(path)}:{line}: a float" for line in found]
    assert not rows, "\n".join(rows)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_holds_one_thing(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{lines} lines: is there a second thing inside?"


def test_no_file_names_a_place_on_one_machine() -> None:
    place = re.compile(r"(?<![\w.$})/])/(?:home|root|Users|work|opt|mnt)/\w")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for pattern in (
            "pricing/**/*.py",
            "ratecards/**/*.yaml",
            "docs/**/*.md",
            "*.md",
            "Makefile",
        )
        for path in sorted(ROOT.glob(pattern))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if place.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("maker/model-1", {"maker", "model-1"}),
        ("unknown model 'model-1'", {"model-1"}),
        ("model-10", set()),
        ("model-1-20260101", set()),
        ("the makers", set()),
        ("Claude-anything", {"claude"}),
        ("--claude-code", {"claude"}),
        ("us.anthropic.thing-v1:0", {"anthropic"}),
        ("credits", set()),
    ],
)
def test_a_name_is_found_as_a_word(text: str, found: set[str]) -> None:
    assert names_in(text, frozenset({"maker", "model-1", "credits"})) == found


def test_a_docstring_may_name_its_source_and_an_f_string_may_not() -> None:
    source = 'def f(x):\n    """As the page of maker says."""\n    return f"{x} of maker"\n'
    assert named_in(source, frozenset({"maker"})) == [(3, "maker")]


@pytest.mark.parametrize(
    "source",
    [
        "x = 0.5",
        "x = float(y)",
        "x: float = y",
        "def f(x: int | float): ...",
        "def f() -> 'float': ...",
    ],
)
def test_a_float_is_found_in_every_spelling(source: str) -> None:
    assert list(floats_in(source)) == [1]


def test_refusing_a_float_is_no_float() -> None:
    assert list(floats_in("if isinstance(x, float):\n    raise TypeError")) == []
