"""The living reports are what the cards give, by rules that can fail."""

from __future__ import annotations

import re
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from test_names import named_in, names_in_the_cards

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "reports"
sys.path.insert(0, str(REPORTS))

from living.claims import Check, Claim  # noqa: E402
from living.desk import Desk  # noqa: E402
from living.expressions import Scope, shown  # noqa: E402
from living.figures import Figures  # noqa: E402
from living.history import history  # noqa: E402
from living.make import documents, is_same, make_reports  # noqa: E402
from living.sellers import everywhere  # noqa: E402
from living.workloads import over_models, read_workload  # noqa: E402

from pricing import load_catalog  # noqa: E402
from pricing.errors import PricingError  # noqa: E402
from pricing.instants import instant  # noqa: E402
from pricing.render import Table  # noqa: E402

FILES = sorted(
    path.relative_to(REPORTS).as_posix()
    for suffix in ("md", "html", "svg")
    for names in ("[a-z]*", "sellers/*")
    for path in REPORTS.glob(f"{names}.{suffix}")
)


@cache
def made() -> dict[str, str]:
    return documents()


def desk(at: str = "2026-11-21", **spec: object) -> Desk:
    figures = Figures(load_catalog(), instant(at))
    works = spec.get("workloads", {})
    assert isinstance(works, dict)
    figures.workloads = {n: read_workload(parts, figures.at) for n, parts in works.items()}
    return Desk(figures, spec)


# What is committed


@pytest.mark.parametrize("name", FILES)
def test_a_report_is_what_the_cards_give(name: str) -> None:
    text = (REPORTS / name).read_text(encoding="utf-8")
    assert is_same(text, made()[name]), f"reports/{name} is out of date: make reports"


def test_every_report_is_committed() -> None:
    assert sorted(made()) == FILES, "make reports"


def test_the_command_finds_nothing_to_do() -> None:
    run = subprocess.run(
        [sys.executable, str(REPORTS / "build.py"), "--check"], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_changed_price_changes_the_reports(tmp_path: Path) -> None:
    card = (ROOT / "ratecards/apimodels/claude-sonnet-4-6.yaml").read_text(encoding="utf-8")
    (tmp_path / "apimodels").mkdir()
    (tmp_path / "apimodels/claude-sonnet-4-6.yaml").write_text(
        card.replace("1.059", "1.259").replace("5.295", "6.295"), encoding="utf-8"
    )
    changed = documents(catalog=load_catalog(tmp_path))
    assert {name for name in changed if changed[name] != made()[name]} == {
        *("resellers.md", "resellers.html", "seeds_judged.md", "seeds_judged.html"),
        *("everywhere.md", "everywhere.html", "sellers/apimodels.md", "sellers/apimodels.html"),
        "index.html",
    }
    # 1 - 1.259 / 3 = 58.0 %, below the claimed 60 %
    row = "| Sonnet 4.6, input under the list | 60.0 % to 95.0 % | 58.0 % | fails |"
    assert row in changed["seeds_judged.md"]


@pytest.mark.parametrize("path", sorted(REPORTS.rglob("*.py")), ids=lambda path: path.name)
def test_no_seller_or_model_is_named_in_their_python(path: Path) -> None:
    assert not named_in(path.read_text(encoding="utf-8"), names_in_the_cards())


# Charts and pages of sellers


def test_the_history_has_every_step_of_a_family() -> None:
    """Opus: 15 and 75 from the first card on, 5 and 25 from 4.5, 4 and 20 from 5.5."""
    rows = made()["price_history.md"].split("| Opus | | | |")[1].split("| Sonnet |")[0]
    assert "| &emsp;2026-09-22 | `claude-opus-5-5` | 4.00 | 20.00 |" in rows
    assert "| &emsp;2025-11-24 | `claude-opus-4-5` | 5.00 | 25.00 |" in rows
    assert "| &emsp;2024-03-04 | `claude-3-opus-20240229` | 15.00 | 75.00 |" in rows


def test_a_chart_is_a_file_beside_its_page() -> None:
    page = made()["price_history.md"]
    for name in (n for n in made() if n.endswith(".svg")):
        assert f"]({name})" in page
        assert made()[name].startswith("<svg ")
    assert made()["price_history.html"].count("<svg ") == page.count(".svg)")


def test_a_seller_without_cards_gives_no_chart() -> None:
    spec = {"seller": "nobody", "meters": ["input"], "lines": [], "file": "x", "unit": "USD"}
    assert history(spec, desk()) == []


def test_every_seller_has_a_page_and_every_page_its_cards() -> None:
    catalog = load_catalog()
    for seller in catalog.book:
        cards = list(catalog.cards(seller))
        assert (f"sellers/{seller}.md" in made()) == bool(cards)
    page = made()["sellers/apimodels.md"]
    assert "| `claude-sonnet-4-6` | 1.059 | not published | not published | 5.295 |" in page
    assert "https://apimodels.app/en/models/claude-sonnet-4-6" in page


def test_one_model_stands_at_every_seller_with_its_share_of_the_makers_price() -> None:
    page = made()["everywhere.md"]
    # 1.059 / 3 = 35.3 %
    none = "not published"
    row = rf"API Models \| 1\.0590* \| {none} \| {none} \| 5\.2950* \| 35\.3 % \| 2026-06-15 \|"
    assert re.search(f"{row} observed", page)


def test_a_card_that_asks_for_an_endpoint_has_a_row_for_each(tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud/provider.yaml").write_text(
        "provider: cloud\ncurrency: USD\ndefaults: {endpoint: ask}\n", "utf-8"
    )
    (tmp_path / "cloud/one.yaml").write_text(
        """
model: claude-sonnet-4-6
provider: cloud
publisher: anthropic
revisions:
  - effective: 2026-06-01
    unverified: true
    sources: [{url: "https://example.org", checked: 2026-06-01}]
    rates:
      - {per: 1_000_000 token, when: {endpoint: global}, price: {input: 3, output: 15}}
      - {per: 1_000_000 token, when: {endpoint: regional}, price: {input: 3.3, output: 16.5}}
""",
        "utf-8",
    )
    figures = Figures(load_catalog(tmp_path), instant("2026-11-21"))
    table = everywhere({"models": ["anthropic/claude-sonnet-4-6"]}, Desk(figures, {}))
    cloud = [row.cells for row in table.rows if str(row.cells[0]).startswith("cloud")]
    assert [(cells[0], str(cells[1]), str(cells[5])) for cells in cloud] == [
        ("cloud, global", "3", "1"),
        ("cloud, regional", "3.3", "1.1"),
    ]
    assert {getattr(cells[7], "text", "") for cells in cloud} == {"unverified"}


# Figures worked out by hand


@pytest.mark.parametrize(
    ("file", "row"),
    [
        # 1 - 1.059/3 = 64.7 %; of the batch price 1.50, 29.4 %; of Sonnet 5.5's 2.00, 47.05 %
        ("resellers.md", "| the list, input | 64.7 % |"),
        ("resellers.md", "| the same model in Anthropic's batches | 29.4 % |"),
        ("resellers.md", "| Sonnet 5.5 at list | 47.0 % |"),
        # (3 - 1.059) / (3 - 0.30) = 71.9 %; (3.75 - 1.059) / (3.75 - 0.30) = 78.0 %
        ("resellers.md", "input of 71.9 % where the rest is sent plain, of 78.0 % where the rest"),
        # 360,000 x (5,000 x 0.30 + 800 x 3 + 250 x 15) / 1M = 360,000 x 0.00765; plain 0.02115
        ("resellers.md", "| `claude-sonnet-4-6` | Anthropic | 2,754.00 | 7,614.00 | | |"),
        # 360,000 x (5,800 x 1.059 + 250 x 5.295) / 1M; the maker's cost falls by 5,800 x 2.70 / 1M
        # with all of it cached: (0.02115 - 0.00746595) / 0.01566 = 87.4 %, here 5,000 / 5,800
        ("resellers.md", "| API Models | unpriced | 2,687.74 | 87.4 % | 86.2 % |"),
        # 1 - 1 / 1.112
        ("resellers.md", "| ByteSpike | 1,000.00 | 1,112.00 | 11.2 % | 10.1 % |"),
        # (20,000 x (3,600 x 0.125 + 120 x 0.1 + 180 x 0.5) + 100,000 x (4,000 x 0.01 + 300 x 0.125
        #  + 120 x 0.1 + 180 x 0.5)) / 1M = 11.04 + 17.95; without cache (20,000 x 462 + 100,000 x
        #  532) / 1M = 9.24 + 53.20
        ("sonnet_opus_haiku.md", "| `claude-haiku-5-5` | 28.99 | 1.00 | 62.44 | 53.6 % |"),
        # 100,001 x 0.5 + 600 x 2.5 over 100,000 x 0.1 + 600 x 0.5, a millionth of each
        ("sonnet_opus_haiku.md", "| 100,001 | 0.0515005 | 0.103001 | 0.206002 | +0.0412005 |"),
        # 1 - (1.25 + 9 x 0.05) / 10 and 1 - (2 + 9 x 0.05) / 10
        ("sonnet_opus_haiku.md", "| `claude-opus-5-5` | 5.0 % | 2 | 83.0 % | 3 | 75.5 % | 512 |"),
        # 87 x 3 + 24 x 15 = 621; 142 x 3 + 318 x 15 = 5,196; 187,430 x 5 + 4,218 x 25 = 1,042,600
        ("seeds_judged.md", "| Sonnet 4.6, list | 87 | 24 | 0.000621 USD |"),
        ("seeds_judged.md", "| Sonnet 4.5, list | 142 | 318 | 0.005196 USD |"),
        ("seeds_judged.md", "| Opus 4.6, list | 187,430 | 4,218 | 1.0426 USD |"),
        # 1/3 is not a quarter; 5/3 is not three; 18/6.80 = 2.647
        ("seeds_judged.md", "| 0.25 within 5.0 % | 0.33 | fails |"),
        ("seeds_judged.md", "| 3.00 times within 10.0 % | 1.67 times | fails |"),
        ("seeds_judged.md", "| 1.059 USD within 5.0 % | 2.647 USD | contradicted |"),
        ("seeds_judged.md", "| 60.0 % to 95.0 % | 64.7 % | barely |"),
        # the dates of the cards: retired on its last day, and gone in the table
        ("claude_prices.md", "| 6.00 | 15.00 | 2025-09-29 | 2026-08-21 | retires 2026-11-30 |"),
        ("claude_prices.md", "| `claude-opus-4-1` | 15.00 | 75.00 | 2025-08-05 | 2026-08-05 |"),
    ],
)  # fmt: skip
def test_a_figure_is_the_one_worked_out_by_hand(file: str, row: str) -> None:
    assert row in made()[file]


def test_a_prefix_shorter_than_the_model_caches_is_sent_plain() -> None:
    # 4,095, 4,096 and 4,097 tokens at a minimum of 4,096; a read costs 0.10, plain input 1.00
    for prefix, cost in ((4_095, "0.004095"), (4_096, "0.0004096"), (4_097, "0.0004097")):
        work = [{"what": "one", "requests": "1", "meters": {"cache_read": str(prefix)}}]
        here = desk(workloads={"w": work})
        table = over_models({"workload": "w", "cards": ["anthropic/claude-haiku-4-5"]}, here)
        assert isinstance(table, Table)
        assert str(table.rows[0].cells[1]) == cost


# Verdicts


def verdict(value: str, relation: str, to: object, within: str = "0") -> str:
    spec = {"what": "x", "value": value, "is": relation, "to": to, "within": within}
    return Check(spec, desk()).verdict


@pytest.mark.parametrize(
    ("value", "relation", "to", "within", "word"),
    [
        ("0.25", "equal", "1/4", "0", "holds"),
        ("0.2501", "equal", "1/4", "0", "fails"),
        ("0.2624", "equal", "0.25", "0.05", "holds"),
        ("0.2625", "equal", "0.25", "0.05", "holds"),
        ("0.2626", "equal", "0.25", "0.05", "fails"),
        ("2.647", "same", "1.059", "0.05", "contradicted"),
        ("2", "at_most", "3", "0", "holds"),
        ("3", "at_most", "3", "0", "holds"),
        ("4", "at_most", "3", "0", "fails"),
        ("0.95", "at_least", "0.95", "0", "holds"),
        ("0.94", "at_least", "0.95", "0", "fails"),
        # of 60 to 95 the outer fifths end at 67 and at 88
        ("0.599", "between", ["0.60", "0.95"], "0", "fails"),
        ("0.60", "between", ["0.60", "0.95"], "0", "barely"),
        ("0.6699", "between", ["0.60", "0.95"], "0", "barely"),
        ("0.67", "between", ["0.60", "0.95"], "0", "holds"),
        ("0.88", "between", ["0.60", "0.95"], "0", "holds"),
        ("0.8801", "between", ["0.60", "0.95"], "0", "barely"),
        ("0.951", "between", ["0.60", "0.95"], "0", "fails"),
    ],
)
def test_a_verdict_follows_from_the_figures(
    value: str, relation: str, to: object, within: str, word: str
) -> None:
    assert verdict(value, relation, to, within) == word


def test_a_claim_is_as_good_as_its_worst_figure() -> None:
    spec = {
        "claim": "c",
        "page": "p",
        "checks": [
            {"what": "a", "value": "1", "is": "equal", "to": "1"},
            {"what": "b", "value": "3", "is": "equal", "to": "1"},
            {"what": "c", "value": "2", "is": "equal", "to": "1"},
        ],
        "also": [{"what": "d", "value": "9", "is": "equal", "to": "1"}],
    }
    claim = Claim(spec, desk())
    assert (claim.verdict, claim.worst.what) == ("fails", "b")


def test_a_figure_without_a_claim_cannot_decide() -> None:
    spec = {"claim": "c", "page": "p", "checks": [{"what": "a", "value": "1"}]}
    with pytest.raises(PricingError, match="needs a relation"):
        Claim(spec, desk())


# Expressions


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1 - 2 * 3 / 4", Fraction(-1, 2)),
        ("(1_000 - 1) / 3", Fraction(333)),
        ("-two", Fraction(-2)),
        ("double(two) + double(x=0.5)", Fraction(5)),
    ],
)
def test_arithmetic_is_exact(text: str, value: Fraction) -> None:
    scope = Scope({"double": lambda x: 2 * x}, {"two": Fraction(2)})
    assert scope.value(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "no expression"),
        ("shar", "unknown figure 'shar'\nDid you mean 'share'"),
        ("duoble(1)", "unknown function 'duoble'\nDid you mean 'double'"),
        ("'a'", "no number"),
        ("'a' + 1", "not understood"),
        ("1 / 0", "not understood"),
        ("2 ** 9", "not understood"),
        ("().__class__", "not understood"),
        ("(lambda: 1)()", "not understood"),
        ("__import__('os')", "unknown function"),
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str, message: str) -> None:
    scope = Scope({"double": lambda x: 2 * x}, {"share": Fraction(2)})
    with pytest.raises(PricingError) as raised:
        scope.value(text)
    assert str(raised.value).startswith(message)


def test_a_text_shows_figures_as_it_asks() -> None:
    scope = Scope({"of": lambda d: d["a"]}, {"share": Fraction(353, 1000)}, {"at": "2026-11-21"})
    text = "On {at} {share | percent} of {of({'a': 1_059}) | usd:3},\n {share | times} {2 * share}"
    assert scope.text(text) == "On 2026-11-21 35.3 % of 1,059.000 USD, 0.35 times 0.706"


def test_an_unknown_kind_of_figure_is_refused() -> None:
    with pytest.raises(PricingError, match="unknown kind 'euro'"):
        shown(Fraction(1), "euro")


# Faults in the file


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("- prizes: {}", "r.yaml:7: unknown block 'prizes'"),
        ("- prices: {}", "r.yaml:7: 'seller' is missing"),
        ('- text: \'{price("nobody/x", "input")}\'', "r.yaml:7: unknown seller 'nobody'"),
        ("- over_models: {workload: w}", "r.yaml:7: no workload 'w'"),
    ],
)
def test_a_fault_in_a_block_is_told_with_its_line(tmp_path: Path, block: str, message: str) -> None:
    path = tmp_path / "r.yaml"
    rows = ["at: 2026-11-21", "reports:", "  one:", "    headline: One", "    blocks:",
            "      - text: fine", f"      {block}"]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(PricingError) as raised:
        make_reports(path)
    assert f"{tmp_path.name}/{message}" in str(raised.value)


def test_a_missing_price_is_no_zero() -> None:
    with pytest.raises(PricingError, match=r"cache_read is not published on 2026-11-21"):
        desk().value("price('apimodels/claude-sonnet-4-6', 'cache_read')")
