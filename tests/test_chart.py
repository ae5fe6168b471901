"""The chart: exact steps, told in words too, and legible without colour, script or network."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from pricing.instants import instant
from pricing.render import Chart, Column, Line, Panel, Report, Table, report_text
from pricing.render.chart import COLOURS, DASHES, HEIGHT, LEFT, RIGHT, TOP, WIDTH, layout, svg_text

SVG = "{http://www.w3.org/2000/svg}"


def chart(*lines: Line, until: str = "2026-01-01") -> Chart:
    return Chart("A chart", "a.svg", [Panel("input, USD", lines)], instant(until))


def line(name: str, *points: tuple[str, str | None]) -> Line:
    priced = [(instant(day), None if price is None else Decimal(price)) for day, price in points]
    return Line(name, priced, [f"{name} {price} from {day}" for day, price in points])


FALL = line("Big", ("2024-01-01", "100"), ("2025-01-01", "10"), ("2025-07-01", "1"))


def test_a_step_lies_at_its_day_and_its_price() -> None:
    """731 days on 562 pixels; 1 to 100 on a logarithmic scale: 10 lies in the middle."""
    (panel,) = layout(chart(FALL))["panels"]
    (drawn,) = panel["lines"]
    right = WIDTH - RIGHT
    middle = LEFT + Fraction((right - LEFT) * 366, 731)
    moves = re.findall(r"([MHV])([\d.]+)(?: ([\d.]+))?", drawn["path"])
    assert moves[0][:2] == ("M", str(LEFT))
    assert moves[1][0] == "H"
    assert abs(Fraction(moves[1][1]) - middle) <= Fraction(1, 20)  # tenths of a pixel
    top, half, bottom = (Fraction(y) for _, y, _ in drawn["dots"])
    assert half == (top + bottom) / 2
    assert bottom == TOP + HEIGHT - 28
    assert moves[-1] == ("H", str(right), "")


def test_no_line_is_drawn_where_there_is_no_price() -> None:
    gap = line("Gone", ("2024-01-01", "5"), ("2024-07-01", None), ("2025-01-01", "5"))
    (drawn,) = layout(chart(gap))["panels"][0]["lines"]
    assert drawn["path"].count("M") == 2
    assert len(drawn["dots"]) == 2
    ended = line("Gone", ("2024-01-01", "5"), ("2024-07-01", None))
    (drawn,) = layout(chart(ended))["panels"][0]["lines"]
    assert (drawn["end_y"], drawn["label"]) == (None, "Gone")


def test_a_price_of_0_has_no_place_on_the_scale_and_is_told() -> None:
    free = line("Free", ("2024-01-01", "0"), ("2025-01-01", "2"))
    made = chart(free)
    assert layout(made)["panels"][0]["lines"][0]["path"].count("M") == 1
    assert made.description == "input, USD. Free: 0 from 2024-01-01, 2 from 2025-01-01."


def test_names_at_the_right_do_not_lie_upon_each_other() -> None:
    same = [line(f"Line {n}", ("2024-01-01", "3")) for n in range(5)]
    lines = layout(chart(*same, FALL))["panels"][0]["lines"]
    places = sorted(Decimal(each["label_y"]) for each in lines)
    assert all(below - above >= 15 for above, below in pairwise(places))


def test_the_picture_is_sound_and_says_what_it_shows() -> None:
    root = ET.fromstring(svg_text(chart(FALL, line("<Odd & co>", ("2024-01-01", "3")))))
    assert root.get("role") == "img"
    ids = {each.get("id"): each.text for each in root.iter() if each.get("id")}
    named = (root.get("aria-labelledby") or "").split()
    assert ids[named[0]] == "A chart"
    assert "Big: 100 from 2024-01-01, 10 from 2025-01-01, 1 from 2025-07-01." in ids[named[1]]
    assert {"script", "image", "foreignObject", "a"}.isdisjoint(
        each.tag.removeprefix(SVG) for each in root.iter()
    )
    assert not [v for e in root.iter() for v in e.attrib.values() if "://" in v]


def test_lines_differ_in_more_than_colour() -> None:
    lines = [line(f"L{n}", ("2024-01-01", str(n + 1))) for n in range(len(DASHES))]
    drawn = layout(chart(*lines))["panels"][0]["lines"]
    assert len({each["dash"] for each in drawn}) == len(drawn)
    assert len({each["label"] for each in drawn}) == len(drawn)


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


@pytest.mark.parametrize("pair", COLOURS, ids=[light for light, _ in COLOURS])
def test_every_line_stands_out_from_its_paper(pair: tuple[str, str]) -> None:
    """WCAG 2 asks 3:1 of what is not text."""
    assert contrast(pair[0], "#ffffff") >= 3
    assert contrast(pair[1], "#14171b") >= 3


def test_every_format_has_the_chart_or_its_words() -> None:
    report = Report("x", "Headline", [chart(FALL)])
    assert "![A chart](a.svg)" in report_text(report, "markdown")
    html = report_text(report, "html")
    assert html.count("<svg") == 1
    assert "<script" not in html
    told = " ".join(report_text(report, "table").split())
    assert "Big: 100 from 2024-01-01, 10 from 2025-01-01" in told


def test_two_charts_on_a_page_keep_their_ids_apart() -> None:
    html = report_text(Report("x", "Headline", [chart(FALL), chart(FALL)]), "html")
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 4


def test_a_chart_does_not_change_what_csv_holds() -> None:
    table = Table([Column("a", "A")], [("b",)])
    assert report_text(Report("x", "Headline", [chart(FALL), table]), "csv") == "a\r\nb\r\n"
