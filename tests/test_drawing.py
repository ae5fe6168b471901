"""Charts: every figure told in words too, drawn the same each time, harmless, legible."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from pricing.errors import PricingError
from pricing.instants import instant
from pricing.render import (
    Bars,
    Bridge,
    Chart,
    Column,
    Curves,
    Figure,
    Line,
    Panel,
    Report,
    Row,
    Stack,
    Steps,
    Table,
    report_bytes,
    report_text,
)
from pricing.render.colours import COLOURS

matplotlib = pytest.importorskip("matplotlib", reason="the charts extra is not installed")

from pricing.render.drawing import png_bytes, svg_text  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</svg><script>alert(1)</script> $x^2$ ]]> \u202eabc & \x1b[31m"


def line(name: str, *points: tuple[str, str | None]) -> Line:
    return Line(name, [(instant(d), None if p is None else Decimal(p)) for d, p in points])


def steps(*lines: Line, until: str = "2026-01-01") -> Steps:
    return Steps("A chart", [Panel("input, USD", lines)], instant(until), "a.svg")


def bridge(*changes: str, title: str | None = None) -> Bridge:
    total = sum(map(Decimal, changes), Decimal(100))
    rows = [Row(["Expected", Decimal(100)])]
    rows += [Row([f"cause {n}", Figure(Decimal(c), "+")]) for n, c in enumerate(changes)]
    columns = [Column("part", ""), Column("usd", "", "money")]
    return Bridge(columns, rows, total=["Billed", total], title=title)


FALL = line("Big", ("2024-01-01", "100"), ("2025-01-01", "10"), ("2025-07-01", "1"))
STACK = Stack(
    "Cost by day", ["2026-11-01", "2026-11-02"],
    [("one", [Decimal("1.5"), None]), ("two", [Fraction(1, 3), 2])], "USD",
)  # fmt: skip
BARS = Bars("Share", [("a", Decimal(3), "3.00, 75.0 %"), ("b", 1, "1.00, 25.0 %")])
CACHE = Bars("Cached", [("a", Fraction(4, 5), "80.0 %"), ("b", 0, "0.0 %")], "percent")
CURVES = Curves(
    "Break-even", "Calls", [("plain", [(1, 1), (3, 3)]), ("cached", [(1, 2), (3, Decimal("2.2"))])],
    "USD", [(3, "pays")],
)  # fmt: skip
ALL: list[Chart] = [steps(FALL), STACK, BARS, CACHE, CURVES,
                    *Report("x", "x", [bridge("5", "-2")]).charts]  # fmt: skip


def drawn(*charts: Chart) -> ET.Element:
    return ET.fromstring(svg_text(charts))


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def rectangles(root: ET.Element, colour: str) -> list[tuple[float, float]]:
    """Give left and width of every filled box of a colour."""
    found = []
    for path in root.iter(f"{SVG}path"):
        if path.get("fill") == COLOURS[colour][0] and path.get("d"):
            xs = [float(x) for x in re.findall(r"[ML] (-?[\d.]+)", path.get("d") or "")]
            found.append((min(xs), max(xs) - min(xs)))
    return found


@pytest.mark.parametrize("chart", ALL, ids=lambda chart: type(chart).__name__)
def test_a_picture_is_sound_and_says_what_it_shows(chart: Chart) -> None:
    root = drawn(chart)
    assert root.get("role") == "img"
    ids = {each.get("id"): each.text for each in root.iter() if each.get("id")}
    named = (root.get("aria-labelledby") or "").split()
    assert [ids[name] for name in named] == [chart.title, chart.description]
    assert {"script", "image", "foreignObject", "a", "metadata"}.isdisjoint(
        each.tag.removeprefix(SVG) for each in root.iter()
    )
    assert not [v for e in root.iter() for v in e.attrib.values() if "://" in v]
    assert texts(root), "text is text, not outlines"


@pytest.mark.parametrize("chart", ALL, ids=lambda chart: type(chart).__name__)
def test_a_picture_is_drawn_the_same_each_time(chart: Chart) -> None:
    assert svg_text([chart]) == svg_text([chart])
    assert png_bytes([chart]) == png_bytes([chart])
    assert png_bytes([chart]).startswith(b"\x89PNG")


def test_every_figure_is_told_in_words() -> None:
    assert steps(FALL, line("Gone", ("2024-01-01", "0"), ("2025-01-01", None))).description == (
        "input, USD. Big: 100 from 2024-01-01, 10 from 2025-01-01, 1 from 2025-07-01."
        " Gone: 0 from 2024-01-01, no price from 2025-01-01."
    )
    assert STACK.description == (
        "In USD. one: 1.50 in 2026-11-01. two: 0.333333333333 in 2026-11-01, 2.00 in 2026-11-02."
    )
    assert BARS.description == "a: 3.00, 75.0 %. b: 1.00, 25.0 %."
    assert CURVES.description == (
        "Calls, costs in USD. plain: 1.00 at 1, 3.00 at 3. cached: 2.00 at 1, 2.20 at 3. pays: 3."
    )


def test_bars_are_as_long_as_their_values() -> None:
    (_, first), (_, second) = rectangles(drawn(BARS), "c0")
    assert abs(first - 3 * second) < 0.5


def test_a_bridge_goes_on_where_it_stood() -> None:
    """100, +5, -2, 103: the rise begins where the base ends, the fall ends where the total does."""
    root = drawn(*Report("x", "x", [bridge("5", "-2")]).charts)
    (base, total), (more,), (less,) = (rectangles(root, name) for name in ("rest", "bad", "good"))
    assert abs(base[0] + base[1] - more[0]) < 0.3
    assert abs(more[0] + more[1] - (less[0] + less[1])) < 0.3
    assert abs(total[0] + total[1] - less[0]) < 0.3
    assert abs(more[1] / base[1] - 0.05) < 0.003
    assert {"Expected", "+5.00", "-2.00", "103.00"} <= set(texts(root))


def test_a_step_lies_at_its_price_on_a_logarithmic_scale() -> None:
    """1 to 100: 10 lies in the middle."""
    path = next(
        p for p in drawn(steps(FALL)).iter(f"{SVG}path")
        if p.get("stroke") == COLOURS["c0"][0] and (p.get("d") or "").count("L") > 3
    )  # fmt: skip
    ys = sorted({round(float(y), 1) for y in re.findall(r"[ML] -?[\d.]+ (-?[\d.]+)",
                                                        path.get("d") or "")})  # fmt: skip
    assert len(ys) == 3
    assert abs(ys[1] - (ys[0] + ys[2]) / 2) < 0.2


def test_no_line_is_drawn_where_there_is_no_price() -> None:
    gap = line("Gone", ("2024-01-01", "5"), ("2024-07-01", None), ("2025-01-01", "5"))
    lines = [
        p for p in drawn(steps(gap)).iter(f"{SVG}path")
        if p.get("stroke") == COLOURS["c0"][0] and "stroke-width:2" in (p.get("style") or "")
    ]  # fmt: skip
    assert len(lines) == 2


def test_names_at_the_right_do_not_lie_upon_each_other() -> None:
    same = [line(f"Line {n}", ("2024-01-01", "3")) for n in range(5)]
    root = drawn(steps(*same, FALL))
    places = sorted(
        float(re.findall(r"-?[\d.]+", each.get("transform") or each.get("y") or "")[-1])
        for each in root.iter(f"{SVG}text")
        if (each.text or "").startswith(("Line", "Big"))
    )
    assert len(places) == 6
    assert all(b - a >= 15 for a, b in pairwise(places))


@pytest.mark.parametrize("chart", [
    Steps(EVIL, [Panel(EVIL, [line(EVIL, ("2024-01-01", "3"))])], instant("2026-01-01")),
    Stack(EVIL, [EVIL, EVIL], [(EVIL, [1, 2])], EVIL),
    Bars(EVIL, [(EVIL, 1, EVIL)]),
    Curves(EVIL, EVIL, [(EVIL, [(1, 1), (2, 2)])], EVIL, [(1, EVIL)]),
], ids=lambda chart: type(chart).__name__)  # fmt: skip
def test_hostile_names_stay_names(chart: Chart) -> None:
    for text in (svg_text([chart]), svg_text([chart], is_inline=True)):
        root = ET.fromstring(text)
        assert "script" not in {each.tag.removeprefix(SVG) for each in root.iter()}
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert png_bytes([chart])


def test_charts_of_nothing_and_of_much_can_be_drawn() -> None:
    none: list[Chart] = [
        Bars("Nothing", []), Bars("Zero", [("a", 0, "0.00")]),
        Stack("Zero", ["d"], [("a", [0])], "USD"),
        Curves("Point", "x", [("a", [(1, 1)])], "USD"), steps(line("Free", ("2024-01-01", "0"))),
    ]  # fmt: skip
    assert drawn(*none) is not None
    days = [f"day {n}" for n in range(500)]
    much = Stack("Much", days, [(f"part {n}", [n + 1] * 500) for n in range(7)], "USD")
    assert len(svg_text([much])) < 400_000


@pytest.mark.parametrize("name", [n for n in COLOURS if n not in ("paper", "line", "track")])
def test_what_is_drawn_stands_out_from_its_paper(name: str) -> None:
    """WCAG 2 asks 3:1 of what is not text, 4.5:1 of text."""
    least = Decimal("4.5") if name in ("ink", "faint", "good", "bad") else 3
    for colour, paper in zip(COLOURS[name], COLOURS["paper"], strict=True):
        assert contrast(colour, paper) >= least


def contrast(one: str, two: str) -> Decimal:
    """Give the contrast of two colours as WCAG 2 defines it."""

    def light(colour: str) -> Decimal:
        parts = [Decimal(int(colour[i : i + 2], 16)) / 255 for i in (1, 3, 5)]
        linear = [
            p / Decimal("12.92")
            if p <= Decimal("0.04045")
            else ((p + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")
            for p in parts
        ]
        weights = (Decimal("0.2126"), Decimal("0.7152"), Decimal("0.0722"))
        return sum((w * p for w, p in zip(weights, linear, strict=True)), Decimal(0))

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + Decimal("0.05")) / (low + Decimal("0.05"))


# In reports


def test_every_format_has_the_chart_or_its_words() -> None:
    report = Report("x", "Headline", [steps(FALL)])
    assert "![A chart](a.svg)" in report_text(report, "markdown")
    html = report_text(report, "html")
    assert html.count("<svg") == 1
    assert "var(--" not in html[html.index("<svg") : html.index("</svg>")]
    told = " ".join(report_text(report, "table").split())
    assert "Big: 100 from 2024-01-01, 10 from 2025-01-01" in told
    assert report_bytes(report, "svg").startswith(b"<svg ")


def test_a_chart_beside_its_table_is_for_pages_only() -> None:
    table = Table([Column("a", "A")], [("b",)])
    report, plain = Report("x", "H", [BARS, table]), Report("x", "H", [table])
    for format in ("table", "markdown", "csv", "json"):
        assert report_text(report, format) == report_text(plain, format)


def test_charts_on_a_page_keep_their_ids_apart() -> None:
    html = report_text(Report("x", "H", [steps(FALL), BARS, bridge("5"), CURVES]), "html")
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert html.count("<svg") == 4
    assert len(ids) == len(set(ids))
    used = {name for _, name in re.findall(r'(url\(|href=")#([^")]+)', html)}
    assert used <= set(ids)


def test_a_picture_alone_brings_its_colours_and_one_inside_a_page_takes_the_pages() -> None:
    assert "prefers-color-scheme:dark" in svg_text([BARS])
    assert "<style" not in svg_text([BARS], is_inline=True)


def test_the_users_own_settings_change_nothing() -> None:
    before = svg_text([BARS])
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert svg_text([BARS]) == before


def test_without_the_library_a_page_says_how_to_get_its_charts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pricing.render import drawing, html_page

    for module in (drawing, html_page):
        monkeypatch.setattr(module, "is_there", lambda: False)
    report = Report("x", "H", [BARS])
    html = report_text(report, "html")
    assert "<svg" not in html
    assert "pip install &#39;pricing-ratecards[charts]&#39;" in html
    for format in ("svg", "png"):
        with pytest.raises(PricingError, match="Matplotlib, which is not installed"):
            report_bytes(report, format)


def test_a_bridge_of_what_has_no_figure_leaves_it_out() -> None:
    columns = [Column("part", ""), Column("usd", "", "money")]
    made = Bridge(columns, [Row(["Base", Decimal(1)]), Row(["why", None])], total=["Now", 1])
    found: Any = Report("x", "x", [made]).charts[0]
    assert [row[0] for row in found.rows] == ["Base", "Now"]
