"""Every kind of page in a real browser: no error, no request to elsewhere, nothing too wide.

And clean by axe-core, on a desktop and a phone, in light and dark; on paper nothing is cut off.
The pictures lie in build/screens.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from browser import DESKTOP, PHONE, visit

from pricing.cli import main
from pricing.render import (
    Bars,
    Bridge,
    Column,
    Curves,
    Facts,
    Figure,
    Line,
    Panel,
    Report,
    Row,
    Stack,
    Steps,
    Table,
    Text,
    Word,
    report_text,
)
from pricing.render.report import Finding

ROOT = Path(__file__).resolve().parents[1]
WORK = "--requests 1000 --input 5000 --cache-read 15000 --output 500 --at 2026-11-20"
BUDGET = "budget check tests/budgets/sample/budget.yaml --base tests/budgets/sample/base.yaml"
COMMANDS = {
    "cost": "cost examples/usage.jsonl --by day,model",
    "cost_shares": "cost examples/usage.jsonl --by seller,model --explain-skipped",
    "cost_one": "cost examples/response.json --at 2026-11-20",
    "cost_lines": "cost examples/response.json --lines --at 2026-11-20",
    "cost_unpriced": "cost examples/opus-at-bytespike.json",
    "explain": "explain examples/usage.jsonl:37",
    "compare": f"compare claude-haiku-5-5 claude-opus-5-5 {WORK} --variants batch,no-cache",
    "compare_sellers": f"compare claude-sonnet-4-6 --sellers all {WORK}",
    "break_even": "compare claude-sonnet-4-6 --break-even caching --at 2026-11-20",
    "reconcile": "reconcile examples/bytespike-statement.json --usage examples/usage.jsonl",
    "budget": f"{BUDGET} --at 2026-11-20",
    "budget_diff": f"{BUDGET.replace('check', 'diff')} --at 2026-11-20",
    "cards_list": "cards list anthropic --at 2026-11-20",
    "card": "cards show gpt-4o --at 2026-11-20",
    "cards_diff": "cards diff 2026-09-01 2026-11-20 --seller anthropic",
}
LIVING = ["index", "claude_prices", "everywhere", "price_history", "resellers", "seeds_judged",
          "sonnet_opus_haiku", "sellers/anthropic", "sellers/openrouter"]  # fmt: skip
LOOKS: dict[str, tuple[tuple[int, int], dict[str, str]]] = {
    "desktop": (DESKTOP, {}),
    "dark": (DESKTOP, {"colour": "dark"}),
    "phone": (PHONE, {}),
    "phone-dark": (PHONE, {"colour": "dark"}),
    # the width of A4 between its margins
    "print": ((718, 1000), {"media": "print"}),
}
LONG = "a-model-" + "of-a-very-long-name-" * 12
EVIL = [
    "<script>document.title = 'run'; console.error('run')</script>",
    "<img src=x onerror=\"console.error('run')\">",
    "</style></title></svg><script>console.error('run')</script>",
    "]]><script>console.error('run')</script>",
    "=cmd()|'/c calc'!A1",
    "a | b `c` **d** [e](javascript:console.error(1))",
    "\u202eright to left \u0645\u0631\u062d\u0628\u0627",
    "two\nlines\x1b[2J\x00",
    "{{ 7 * 7 }} {% raw %} $x^2$ \\frac{",
    "javascript:console.error('run')",
    LONG,
    "x" * 600,
]


@cache
def hostile_text(format: str) -> str:
    return report_text(hostile(), format)


def hostile() -> Report:
    """Give a report with every kind of block, each of whose texts would do harm if it could."""
    money = Column("usd", EVIL[2], "money")
    names = [Column("model", EVIL[0], "name"), Column("what", EVIL[1]), money]
    rows = [Row((text, text, Decimal(n)), n % 2) for n, text in enumerate(EVIL)]
    charts = [
        Bars(EVIL[0], [(text, n + 1, text[:60]) for n, text in enumerate(EVIL)]),
        Stack(EVIL[1], EVIL[:3], [(text, [1, 2, None]) for text in EVIL], EVIL[2]),
        Curves(EVIL[2], EVIL[3], [(text, [(1, 1), (2, n)]) for n, text in enumerate(EVIL)],
               "USD", [(1, EVIL[0])]),
        Steps(EVIL[0], [Panel(EVIL[1], [Line(text, [(0, Decimal(1))]) for text in EVIL])], 10**18),
    ]  # fmt: skip
    bridge = Bridge(
        [Column("part", ""), Column("usd", "", "money")],
        [Row((text, Figure(Decimal(1), "+"))) for text in EVIL],
        total=(EVIL[0], Decimal(len(EVIL))), title=EVIL[1],
    )  # fmt: skip
    return Report(
        "cost",
        "  ".join(EVIL[:2]),
        [
            *charts,
            bridge,
            Table(
                names, rows, total=(EVIL[0], Word(EVIL[1], "bad"), 66), title=EVIL[2], notes=EVIL
            ),
            Table(names[:2], [(text, text) for text in EVIL]),
            Facts([(text, text) for text in EVIL], title=EVIL[0]),
            *(Finding(text, text, EVIL, is_tight=True) for text in EVIL[:4]),
            *map(Text, EVIL),
        ],
        notes=EVIL,
        problems=EVIL,
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give what makes a page of a command or of the hostile report, once each."""
    folder = tmp_path_factory.mktemp("pages")

    def made(name: str) -> Path:
        if name.startswith("reports/"):
            return ROOT / f"{name}.html"
        path = folder / f"{name}.html"
        if not path.exists():
            if name == "hostile":
                path.write_text(hostile_text("html"), encoding="utf-8")
            else:
                with pytest.MonkeyPatch.context() as patch:
                    patch.chdir(ROOT)
                    main([*shlex.split(COMMANDS[name]), "--quiet", "-o", str(path)])
        return path

    return made


NAMES = [*COMMANDS, "hostile", *(f"reports/{name}" for name in LIVING)]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound_however_it_is_looked_at(
    name: str, look: str, pages: Any, chromium: Any
) -> None:
    size, wanted = LOOKS[look]
    with visit(chromium, pages(name), size, **wanted) as seen:
        seen.picture(f"{name.replace('/', '_')}-{look}")
        # The hostile page is made of the blocks of the others; axe-core takes minutes over it.
        assert seen.faults(axe=name != "hostile" and look in ("desktop", "phone-dark")) == []
        assert seen.page.title() != "run"


@pytest.mark.parametrize("name", ["cost", "reconcile", "hostile", "reports/price_history"])
def test_a_page_says_the_same_without_a_script(name: str, pages: Any, chromium: Any) -> None:
    texts = []
    for script in (True, False):
        with visit(chromium, pages(name), script=script) as seen:
            texts.append(seen.page.locator("main").inner_text())
    assert texts[0] == texts[1]
    assert texts[0]


def test_a_column_is_sorted_by_its_figures(chromium: Any, tmp_path: Path) -> None:
    amounts = [Decimal("9.5"), Decimal("1200"), Decimal("-3"), Word("unpriced", "missing"), 80]
    rows = [(f"m{n}", amount) for n, amount in enumerate(amounts)]
    columns = [Column("model", "Model", "name"), Column("usd", "USD", "money")]
    table = Table(columns, rows, total=("Total", Decimal("1286.5")))
    path = tmp_path / "page.html"
    path.write_text(report_text(Report("cost", "x", [table]), "html"), encoding="utf-8")
    with visit(chromium, path) as seen:

        def shown() -> list[str]:
            return [each.strip() for each in seen.page.locator("tbody td.figure").all_inner_texts()]

        head = seen.page.get_by_role("columnheader", name="USD")
        head.get_by_role("button").click()
        assert shown() == ["-3.00", "9.50", "80.00", "1,200.00", "unpriced"]
        assert head.get_attribute("aria-sort") == "ascending"
        head.get_by_role("button").press("Enter")
        assert shown() == ["unpriced", "1,200.00", "80.00", "9.50", "-3.00"]
        assert seen.page.locator("tfoot").inner_text().split() == ["Total", "1,286.50"]
        assert seen.faults() == []


def test_grouped_rows_stay_under_their_group(pages: Any, chromium: Any) -> None:
    with visit(chromium, pages("cost")) as seen:
        assert seen.page.locator("thead button").count() == 0


def test_no_other_script_than_the_pages_own_runs(chromium: Any, tmp_path: Path) -> None:
    page = report_text(Report("cost", "x", [Text("y")]), "html")
    path = tmp_path / "page.html"
    path.write_text(page.replace("</main>", "<script>document.title = 'run'</script></main>"))
    with visit(chromium, path) as seen:
        assert seen.page.title() == "x"
        assert any("Content Security Policy" in error for error in seen.errors)


def test_hostile_text_is_shown_as_text(pages: Any, chromium: Any) -> None:
    with visit(chromium, pages("hostile")) as seen:
        shown = " ".join(seen.page.locator("main").inner_text().split())
        links = seen.page.eval_on_selector_all("main a", "all => all.map(a => a.protocol)")
    for text in (EVIL[0], EVIL[3], EVIL[4], EVIL[8]):
        assert " ".join(text.split()) in shown
    assert r"two\nlines\x1b[2J\x00" in shown or r"\x1b[2J\x00" in shown
    assert set(links) <= {"https:", "http:"}


@pytest.mark.parametrize("format", ["table", "markdown", "json", "csv", "html", "svg"])
def test_hostile_text_is_harmless_in_every_format(format: str) -> None:
    text = hostile_text(format)
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\x00" not in text
    if format in ("html", "svg"):
        assert text.count("<script") == (format == "html")
        assert "<img" not in text
    if format == "markdown":
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)  # a code span shows what it holds
        assert "<script" not in outside
        assert "<img" not in outside
        assert not re.search(r"(?<!\\)\[[^\]]*\]\(javascript", outside)
    if format == "csv":
        fields = [field for row in csv.reader(io.StringIO(text)) for field in row if field]
        assert len(fields) > 50
        assert not [f for f in fields if f[0] in "=+-@\t" and not re.fullmatch(r"-?[\d.]+", f)]


def test_hostile_labels_of_a_log_stay_labels(tmp_path: Path, chromium: Any) -> None:
    rows = [
        {"at": "2026-11-20T12:00:00Z", "seller": "anthropic", "id": str(n),
         "labels": {"project": text},
         "response": {"model": "claude-sonnet-4-6",
                      "usage": {"input_tokens": 1000, "output_tokens": 10 * n}}}
        for n, text in enumerate(EVIL)
    ]  # fmt: skip
    rows.append({**rows[0], "id": "x", "response": {**rows[0]["response"], "model": EVIL[0]}})
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    written = {
        name: tmp_path / f"cost.{name}" for name in ("csv", "html", "json", "markdown", "svg")
    }
    words = [f"--report={name}={path}" for name, path in written.items()]
    main(["cost", str(log), "--by", "project,model", "--quiet", "--allow-unpriced", *words])
    for name, path in written.items():
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text
        if name in ("html", "svg"):
            assert text.count("<script") == (name == "html")
    assert not re.findall(r"(?m)^=", written["csv"].read_text(encoding="utf-8"))
    with visit(chromium, written["html"], PHONE) as seen:
        seen.picture("hostile-log-phone")
        assert seen.faults(axe=False) == []
        assert seen.page.title() != "run"
