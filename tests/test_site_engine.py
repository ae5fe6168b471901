"""The engine in the browser's Python: the same answers, to the last digit and the last word.

Node runs the very Pyodide, and the very archive of engine and cards, that the page runs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import site_cases
from engine_cases.rows import FILES, SHARED, Row, rows_of
from engine_cases.verdicts import Cards, cards_of
from test_engine_cases import left_out

import pricing
from pricing.cards.snapshot import write_book
from pricing.site.build import engine_zip
from pricing.site.pyodide import FILES as PYODIDE
from pricing.site.pyodide import kept_folder

HERE = Path(__file__).parent
#: three days on which the prices of many cards differ, and the day on which this was written
DAYS = ("2025-06-01", "2026-03-13", "2026-09-01", "2026-11-21")


def here_is_pyodide() -> Path:
    """Give the folder of Pyodide; skips where it was never fetched."""
    folder = kept_folder()
    if not all((folder / name).is_file() for name in PYODIDE):
        pytest.skip("the engine was not run in Pyodide, which is not here: make pyodide")
    return folder


def case_of(row: Row, cards: Cards, book: str) -> dict[str, Any]:
    """Give what both engines are asked of a row, as ``verdicts.cost_of`` asks it."""
    is_own = row.rates is not None and row.verdict != "needs_other_card"
    if row.body is None:
        from engine_cases.verdicts import disjoint

        assert row.counts is not None
        meters = disjoint(row.counts) if row.inclusive else row.counts
        counts = {meter: str(count) for meter, count in meters.items()}
    else:
        counts = {}
    return {
        "id": row.id,
        "book": book if is_own else None,
        "body": row.body,
        "counts": counts,
        "card": f"{row.seller}/{cards.name(row)}",
        "model": cards.name(row) if is_own else None,
        "seller": row.seller if is_own else None,
        "at": row.at,
        "attributes": dict(row.attributes) if is_own else {},
    }


def commands(folder: Path) -> list[list[str]]:
    """Give commands as the page gives them: every card compared, and every response that we have.

    The comparison is asked for every seller and day; responses are written as files.
    """
    counts = ["--input", "12345", "--cache-read", "67891", "--output", "2345", "--requests", "7"]
    catalog = pricing.load_catalog()
    found = []
    for seller in catalog.book:
        names = [card.name for card in catalog.cards(seller)]
        for day in DAYS:
            found.append(["compare", *counts, "--at", day, "--format", "json", *names])
    for card in catalog.cards():
        words = ["explain", card.name, "--input", "999983", "--output", "7919", "--at", DAYS[-1]]
        found.append([*words, "--format", "json"])
    bodies = {f"own-{n}": row.body for n, row in enumerate(rows_of("own")) if row.body is not None}
    shapes = SHARED.parent / "usage_shapes"
    for path in sorted(shapes.glob("*.json")):
        bodies[f"shape-{path.stem}"] = json.loads(path.read_text(encoding="utf-8"))
    for name, body in bodies.items():
        (folder / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
        found.append(["cost", f"{name}.json", "--lines", "--at", DAYS[-1], "--format", "json"])
        found.append(["cost", f"{name}.json", "--by", "model", "--format", "csv", "--at", DAYS[1]])
    (folder / "wrong.json").write_text('{"model": nope}', encoding="utf-8")
    (folder / "unknown.json").write_text('{"model": "x", "usage": {"input_tokens": 1}}', "utf-8")
    found.append(["cost", "wrong.json", "--format", "json"])
    found.append(["cost", "unknown.json", "--format", "json", "--at", DAYS[-1]])
    found.append(["compare", "no-such-model", "--input", "5", "--format", "json"])
    return found


@pytest.mark.slow
def test_every_engine_case_and_every_card_has_the_same_answer_in_pyodide(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pyodide = here_is_pyodide()
    node = shutil.which("node")
    if node is None:
        pytest.skip("the engine was not run in Pyodide: there is no Node here")
    folder = tmp_path / "cases"
    folder.mkdir()
    cases = []
    for name, file in FILES.items():
        if not file.path.is_file():
            continue
        rows = [row for row in rows_of(name) if left_out(row) is None]
        # a row whose own card may be what is wrong is about the loader, which no page runs
        rows = [row for row in rows if not (row.error and row.rates is not None)]
        place = tmp_path / name
        place.mkdir()
        cards = cards_of(rows, place)
        write_book(cards.catalog.book, folder / name)
        for row in rows:
            try:
                cases.append(case_of(row, cards, name))
            except pricing.UsageError:
                continue  # its counts contradict each other: there is nothing to ask
    asked = commands(folder)
    with (folder / "cases.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(case) + "\n" for case in cases)
    (folder / "commands.json").write_text(json.dumps(asked), encoding="utf-8")
    shutil.copy(HERE / "site_cases.py", folder)
    (tmp_path / "pricing.zip").write_bytes(engine_zip(pricing.load_catalog()))

    command = [node, HERE / "site_cases.mjs", pyodide, tmp_path / "pricing.zip", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    theirs = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    ours = site_cases.answers(str(folder))

    assert len(ours) == len(theirs) == len(cases) + len(asked)
    wrong = [f"here {a}\nthere {b}" for a, b in zip(ours, theirs, strict=True) if a != b]
    assert not wrong, f"{len(wrong)} of {len(ours)} differ:\n" + "\n\n".join(wrong[:5])
    priced = sum('"total"' in answer for answer in ours[: len(cases)])
    with capsys.disabled():
        print(f"\n{len(cases):,} engine cases, {priced:,} of them priced, and {len(asked):,}"
              " commands: the same answers in Pyodide")  # fmt: skip
    assert priced > 5


#: what the browser's Python has not got
_WITHOUT = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        gone = ("pydantic", "yaml", "tabulate", "jinja2", "msgspec", "sqlite3", "lzma", "ssl",
                "multiprocessing", "_multiprocessing", "concurrent", "tzdata")
        if name.split(".")[0] in gone:
            raise ImportError(f"{name} is not in the browser")
sys.meta_path.insert(0, Block())
import zoneinfo
sys.path.insert(0, sys.argv[1])
zoneinfo.reset_tzpath([sys.argv[1] + "/zoneinfo"])
import pricing
assert pricing.__file__.startswith(sys.argv[1]), pricing.__file__
from pricing.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.slow
def test_what_the_page_asks_needs_no_package_but_the_engine(tmp_path: Path) -> None:
    import io
    import zipfile

    zipfile.ZipFile(io.BytesIO(engine_zip(pricing.load_catalog()))).extractall(tmp_path / "engine")
    body = {"model": "gpt-5.2", "usage": {"prompt_tokens": 9, "completion_tokens": 5}}
    (tmp_path / "usage.json").write_text(json.dumps(body), encoding="utf-8")
    line = json.dumps(body) + "\n"
    (tmp_path / "log.jsonl").write_text(line * (5_000_000 // len(line)), encoding="utf-8")
    for words in (
        ["cost", "usage.json", "--lines", "--format", "json"],
        ["cost", "log.jsonl", "--by", "day", "--no-cache", "--format", "json", "--at", DAYS[-1]],
        ["cost", "usage.json", "--lines", "--format", "csv"],
        ["compare", "gpt-5.2", "--sellers", "all", "--usage", "usage.json", "--format", "json"],
        ["compare", "gpt-5.2", "--input", "5", "--format", "csv"],
        ["explain", "deepseek/deepseek-v4-pro", "--input", "5", "--format", "json"],
    ):
        done = subprocess.run(
            [sys.executable, "-S", "-c", _WITHOUT, str(tmp_path / "engine"), *words],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, (words, done.stdout[-300:], done.stderr[-2000:])
