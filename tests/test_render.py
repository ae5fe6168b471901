"""Reports as text: what people see, what machines read, and what untrusted text cannot do."""

from __future__ import annotations

import csv
import doctest
import io
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pricing.render
from pricing.errors import PricingError
from pricing.render import (
    FORMATS,
    Column,
    Facts,
    Figure,
    Report,
    Row,
    Table,
    Text,
    Word,
    messages,
    report_bytes,
    report_text,
    write_file,
    write_report,
)
from pricing.render.figures import figure_text, total_text
from pricing.render.plain import broken, visible, width_of

ROOT = Path(__file__).resolve().parent.parent
EVIL = "m\x1b[31m\u202e|`<script>alert(1)</script>\n@team [a](http://x)"


def money_table(amounts, total=None, places=None):
    return Table(
        [Column("what", "What"), Column("cost_usd", "Cost USD", "money", places)],
        [(f"r{number}", amount) for number, amount in enumerate(amounts)],
        total=None if total is None else ("Total", total),
    )


def last_column(table):
    """Give the shown figures of a table, from its text."""
    lines = report_text(Report("x", "x", [table])).splitlines()[3:]
    return [re.split(r" {2,}", line)[-1] for line in lines]


# The table, against the sessions that people should see


def test_an_itemised_cost_is_one_table_with_its_total_last():
    table = Table(
        [
            Column("meter", "Meter"),
            Column("quantity", "Quantity", "number"),
            Column("price", "Price", "money"),
            Column("per", "per"),
            Column("amount_usd", "Amount USD", "money"),
        ],
        [
            ("input", 1204, Decimal("3"), "1M token", Decimal("0.003612")),
            ("cache_read", 18432, Decimal("0.30"), "1M token", Decimal("0.0055296")),
            ("cache_write.5m", 2048, Decimal("3.75"), "1M token", Decimal("0.00768")),
            ("output", 863, Decimal("15"), "1M token", Decimal("0.012945")),
            ("web_search", 1, Decimal("10"), "1K search", Decimal("0.01")),
        ],
        total=("Total", None, None, None, Decimal("0.0397666")),
    )
    headline = f"{total_text(table, 'amount_usd')} USD  claude-sonnet-4-6 at anthropic, 1 request"
    assert report_text(Report("cost", headline, [table])) == (
        "0.0397666 USD  claude-sonnet-4-6 at anthropic, 1 request\n"
        "\n"
        "Meter           Quantity  Price  per        Amount USD\n"
        "input              1,204   3.00  1M token    0.0036120\n"
        "cache_read        18,432   0.30  1M token    0.0055296\n"
        "cache_write.5m     2,048   3.75  1M token    0.0076800\n"
        "output               863  15.00  1M token    0.0129450\n"
        "web_search             1  10.00  1K search   0.0100000\n"
        "Total                                        0.0397666\n"
    )


def by_day():
    return Table(
        [
            Column("day,model", "Day, model", "name"),
            Column("input", "input", "number"),
            Column("hit", "Hit", "percent"),
            Column("cost_usd", "Cost USD", "money", 4),
        ],
        [
            Row(("2026-11-19", None, None, Decimal("18.95341")), is_subtotal=True),
            Row(("opus", 240917, Fraction(934, 1000), Decimal("18.93544")), 1),
            Row(("haiku", 88120, Decimal("0.779"), Decimal("0.01797")), 1),
            Row(("2026-11-20", None, None, Decimal("2.41559")), is_subtotal=True),
            Row(("sonnet", 61022, Decimal("0.917"), Decimal("2.41559")), 1),
        ],
        total=("Total", 390059, Decimal("0.93"), Decimal("21.369")),
    )


def test_grouped_rows_are_indented_under_their_subtotals():
    skipped = Facts([("duplicates", 1846), ("sidechain_replays", 24)], title="1,870 rows skipped")
    assert report_text(Report("cost", "21.3690 USD  433 requests", [by_day(), skipped])) == (
        "21.3690 USD  433 requests\n"
        "\n"
        "Day, model    input     Hit  Cost USD\n"
        "2026-11-19                    18.9534\n"
        "  opus      240,917  93.4 %   18.9354\n"
        "  haiku      88,120  77.9 %    0.0180\n"
        "2026-11-20                     2.4156\n"
        "  sonnet     61,022  91.7 %    2.4156\n"
        "Total       390,059  93.0 %   21.3690\n"
        "\n"
        "1,870 rows skipped\n"
        "  duplicates         1,846\n"
        "  sidechain_replays     24\n"
    )


def test_missing_money_is_a_word_and_its_total_a_bound():
    table = money_table(
        [Decimal("4.182"), Word("unpriced", "missing")], Figure(Decimal("4.182"), ">="), places=4
    )
    assert last_column(table) == ["4.1820", "unpriced", ">= 4.1820"]


def test_a_change_shows_its_sign_and_a_table_without_titles_has_no_header():
    table = Table(
        [Column("cause", ""), Column("usd", "", "money"), Column("verdict", "")],
        [
            ("Expected", Decimal("632.0930"), ""),
            ("cache_read_at_input_rate", Figure(Decimal("33.5259"), "+"), "claim"),
            ("unexplained", Figure(Decimal("-2.17"), "+"), ""),
            ("rounding", Figure(0, "+"), ""),
        ],
        total=("Billed", Decimal("663.4489"), ""),
    )
    facts = Facts([("be92", "3 cells exact\nagents, October"), ("38f9", "62 cells exact")])
    more = Text("12.9300 / 4,310,000 is 3.00 per 1M", is_tight=True)
    text = report_text(Report("reconcile", "DOES NOT AGREE  billed", [table, facts, more]))
    assert text == (
        "DOES NOT AGREE  billed\n"
        "\n"
        "Expected                  632.0930\n"
        "cache_read_at_input_rate  +33.5259  claim\n"
        "unexplained                -2.1700\n"
        "rounding                    0.0000\n"
        "Billed                    663.4489\n"
        "\n"
        "be92  3 cells exact\n"
        "      agents, October\n"
        "38f9  62 cells exact\n"
        "12.9300 / 4,310,000 is 3.00 per 1M\n"
    )


def test_problems_notes_and_one_next_command_go_beside_the_report():
    report = Report(
        "cost",
        "4.18 USD",
        notes=["priced now (--at)"],
        next="pricing explain a.json",
        problems=[PricingError("no card has model 'x'", path="a.jsonl", remedy="Add a card.")],
    )
    assert report_text(report) == "4.18 USD\n"
    assert messages(report) == (
        "a.jsonl: no card has model 'x'\nAdd a card.\n"
        "note: priced now (--at)\nnext: pricing explain a.json\n"
    )


def test_an_empty_table_keeps_its_header():
    assert report_text(Report("x", "none", [money_table([])])) == "none\n\nWhat  Cost USD\n"


def test_a_table_without_titles_and_rows_is_nothing():
    assert report_text(Report("x", "none", [Table([Column("a", "")], [])])) == "none\n"


# Figures


@pytest.mark.parametrize(
    ("cell", "kind", "places", "shown"),
    [
        (Decimal("0.5"), "money", None, "0.50"),  # at least two places
        (Decimal("0.1250"), "money", None, "0.125"),  # as many as the value has
        (Decimal("1E+3"), "money", None, "1,000.00"),
        (Decimal("1e-12"), "money", None, "0.000000000001"),  # twelve at most
        (Decimal("1e-13"), "money", None, "0.000000000000"),
        (Fraction(1, 3), "money", None, "0.333333333333"),  # never ends
        (Decimal("0.125"), "money", 2, "0.12"),  # half to even
        (Decimal("0.135"), "money", 2, "0.14"),
        (Decimal("-0.125"), "money", 2, "-0.12"),
        (Decimal("-0.004"), "money", 2, "0.00"),  # no minus zero
        (Decimal("999.995"), "money", 2, "1,000.00"),
        (Decimal("2.5"), "money", 0, "2"),
        (1234567, "number", None, "1,234,567"),
        (Decimal("12.5"), "number", None, "12.5"),
        (Fraction(11800, 680), "ratio", None, "17.35"),
        (Fraction(1874, 2000), "percent", None, "93.7 %"),
        (Decimal("0.80875"), "percent", 3, "80.875 %"),
        (Figure(2655, "+"), "money", None, "+2,655.00"),
        (Figure(-36, "+"), "money", None, "-36.00"),
        (Figure(480, ">="), "money", None, ">= 480.00"),
        (Figure(Decimal("4.186"), ">="), "money", 2, ">= 4.18"),  # 4.19 would claim too much
        (Decimal("1E+3"), "text", None, "1000"),
    ],
)
def test_a_figure_is_rounded_once_half_even(cell, kind, places, shown):
    assert figure_text(cell, kind, places) == shown


def test_all_money_of_a_column_has_the_precision_of_its_most_precise_amount():
    table = money_table([Decimal("3"), Decimal("0.3"), Decimal("12.375")], Decimal("15.675"))
    assert last_column(table) == ["3.000", "0.300", "12.375", "15.675"]


def test_shown_parts_add_up_to_the_shown_total_where_plain_rounding_would_not():
    # 3 x 0.333... = 1: rounded, 0.33 three times is 0.99; the first of equals gets the cent.
    assert last_column(money_table([Fraction(1, 3)] * 3, 1, 2)) == ["0.34", "0.33", "0.33", "1.00"]
    # 0.005 + 0.005 + 0.005 = 0.015 -> 0.02: half-even alone would show 0.00 three times.
    half = Decimal("0.005")
    shown = ["0.01", "0.01", "0.00", "0.02"]
    assert last_column(money_table([half] * 3, Decimal("0.015"), 2)) == shown
    # A credit: -1/3 three times is -1; rounded down each is -0.34, the first two get a cent back.
    shown = ["-0.33", "-0.33", "-0.34", "-1.00"]
    assert last_column(money_table([Fraction(-1, 3)] * 3, -1, 2)) == shown


def test_what_is_not_the_sum_of_its_rows_is_only_rounded():
    third = Fraction(1, 3)
    assert last_column(money_table([third] * 2, 5, 2)) == ["0.33", "0.33", "5.00"]
    shown = ["0.33", "0.33", "unpriced"]
    assert last_column(money_table([third] * 2, Word("unpriced"), 2)) == shown


amounts = st.one_of(
    st.decimals("-1000", "1000", places=7), st.fractions(-1000, 1000, max_denominator=3600)
)


@given(st.lists(st.lists(amounts, max_size=6), max_size=6), st.integers(0, 4))
def test_parts_subtotals_and_total_always_add_up_as_shown(groups, places):
    rows, exact = [], []
    for number, group in enumerate(groups):
        parts = [Fraction(part) for part in group]
        rows.append(Row((f"g{number}", sum(parts, Fraction())), is_subtotal=True))
        rows += [Row(("part", part), 1) for part in group]
        exact += [sum(parts, Fraction()), *parts]
    total = sum((row.cells[1] for row in rows if row.level == 0), Fraction())
    columns = [Column("what", "What"), Column("usd", "USD", "money", places)]
    table = Table(columns, rows, total=("Total", total))
    shown = [Fraction(text.replace(",", "")) for text in last_column(table)]
    unit = Fraction(1, 10**places)
    for value, text in zip([*exact, total], shown, strict=True):
        assert abs(value - text) < unit
    assert abs(total - shown[-1]) <= unit / 2
    assert sum(s for s, row in zip(shown[:-1], rows, strict=True) if not row.level) == shown[-1]
    for position, row in enumerate(rows):
        if row.level == 0 and groups[int(row.cells[0][1:])]:
            count = len(groups[int(row.cells[0][1:])])
            assert sum(shown[position + 1 : position + 1 + count]) == shown[position]


def test_a_float_is_refused():
    with pytest.raises(TypeError, match=r"a float is not exact: 0\.1 in column 'cost_usd'"):
        report_text(Report("x", "x", [money_table([0.1])]))


def test_a_row_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match=r"rows of \[1, 2\] cells under 2 columns"):
        Table([Column("a", "A"), Column("b", "B")], [("x", 1), ("y",)])


def test_the_total_of_an_unknown_column_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        total_text(money_table([1], 1), "nothing")


# Width


def test_long_text_is_broken_at_spaces_long_names_at_separators_figures_never():
    model = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    table = Table(
        [
            Column("model", "Model", "name"),
            Column("because", "Because"),
            Column("cost_usd", "Cost USD", "money"),
        ],
        [(model, "no price is published for cache_read at this seller", Decimal("1234.5"))],
    )
    assert report_text(Report("x", "x", [table])).splitlines()[2:] == [
        "Model                         Because                    Cost USD",
        "bedrock/us.anthropic.claude-  no price is published for  1,234.50",
        "sonnet-4-5-20250929-v1:0      cache_read at this seller",
    ]


def test_what_needs_more_than_three_lines_loses_its_middle_visibly():
    lines = broken("start-" + "x" * 200 + "-end", 20)
    assert len(lines) <= 3
    assert lines[0].startswith("start-")
    assert lines[-1].endswith("-end")
    assert "..." in "".join(lines)


def test_headers_over_figures_are_broken_where_text_cannot_give_way():
    meters = ("cache_read", "cache_write.5m", "cache_write.1h", "output.reasoning", "input.audio")
    columns = [Column("card", "Card"), *(Column(m, m, "money") for m in (*meters, "web_search"))]
    table = Table(columns, [("a/b", *[Decimal("1234.56")] * 6)])
    assert report_text(Report("x", "x", [table])).splitlines()[2:] == [
        "Card  cache_read    cache_    cache_    output.  input.audio  web_search",
        "                  write.5m  write.1h  reasoning",
        "a/b     1,234.56  1,234.56  1,234.56   1,234.56     1,234.56    1,234.56",
    ]


def test_figures_wider_than_the_page_overflow_whole():
    columns = [Column(f"m{n}", f"m{n}", "number") for n in range(6)]
    text = report_text(Report("x", "x", [Table(columns, [[10**15] * 6])]))
    assert text.splitlines()[3] == "  ".join(["1,000,000,000,000,000"] * 6)


def test_a_paragraph_is_broken_at_spaces_and_an_address_stays_whole():
    address = "https://example.org/" + "a" * 80
    text = report_text(Report("x", "x", [Text(f"see {address} for more\nsecond line")]))
    assert text.splitlines()[2:] == ["see", address, "for more", "second line"]


def test_a_line_of_nothing_but_spaces_is_an_empty_line():
    assert report_text(Report("x", "x", [Facts([("a", " " * 100)])])) == "x\n\na\n"


@given(st.text(max_size=300), st.integers(6, 40))
def test_broken_text_fits_and_keeps_its_ends(text, width):
    text = visible(text).strip()
    lines = broken(text, width)
    assert len(lines) <= 3
    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines)[:1] == text[:1]


# Untrusted text


@given(st.text())
def test_what_is_visible_can_be_printed(text):
    assert visible(text).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("a\u00a0b\u3000c", "a b c"),
        ("a\ud800\U000e0041", r"a\ud800\U000e0041"),
        ("ünï 模型", "ünï 模型"),
    ],
)
def test_control_characters_are_spelled_out(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("format", ["table", "markdown", "html", "csv"])
def test_no_format_lets_a_model_name_command_a_terminal(format):
    table = Table([Column("model", "Model", "name"), Column("why", "Why")], [(EVIL, EVIL)])
    blocks = [table, Facts([(EVIL, EVIL)], title=EVIL), Text(EVIL)]
    report = Report("x", EVIL, blocks, notes=[EVIL], problems=[EVIL], next=EVIL)
    text = report_text(report, format) + messages(report)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_markdown_shows_names_as_code_and_escapes_everything_else():
    table = Table([Column("model", "Model", "name"), Column("why", "Why")], [(EVIL, EVIL)])
    row = report_text(Report("x", "x", [table]), "markdown").splitlines()[4]
    assert row == (
        r"| ``m\x1b[31m\u202e\|`<script>alert(1)</script>\n@team [a](http://x)`` "
        r"| m\\x1b\[31m\\u202e\|\`&lt;script>alert(1)&lt;/script>\\n@&#8203;team \[a](http://x) |"
    )


def test_markdown_lines_do_not_begin_a_list_or_a_heading():
    text = report_text(Report("x", "x", [Text("- a\n1. b\n# c\n> d\n-4.63 USD\n*e*")]), "markdown")
    expected = "\\- a<br>1\\. b<br>\\# c<br>\\> d<br>-4.63 USD<br>\\*e\\*"
    assert text.splitlines()[2] == expected


# Markdown


def test_markdown_has_the_same_figures_and_a_bold_total():
    report = Report("cost", "21.37 USD a -> b", [by_day()], notes=["UTC (--tz)"], next="never")
    assert report_text(report, "markdown") == (
        "#### 21.37 USD a → b\n"
        "\n"
        "| Day, model | input | Hit | Cost USD |\n"
        "|---|--:|--:|--:|\n"
        "| `2026-11-19` | | | 18.9534 |\n"
        "| &emsp;`opus` | 240,917 | 93.4 % | 18.9354 |\n"
        "| &emsp;`haiku` | 88,120 | 77.9 % | 0.0180 |\n"
        "| `2026-11-20` | | | 2.4156 |\n"
        "| &emsp;`sonnet` | 61,022 | 91.7 % | 2.4156 |\n"
        "| **Total** | **390,059** | **93.0 %** | **21.3690** |\n"
        "\n"
        "* note: UTC (--tz)\n"
    )


def test_markdown_lists_facts_and_keeps_titles_and_notes():
    table = Table([Column("a", "A")], [("x",)], title="Which", notes=["one", "two"])
    facts = Facts([("Card", "a.yaml:6\nb.yaml:7"), ("rows", 1234)], title="Where")
    text = report_text(Report("x", "x", [table, facts], problems=["p:1: no"]), "markdown")
    assert text == (
        "#### x\n\nWhich\n\n| A |\n|---|\n| x |\n\none<br>two\n\n"
        "Where\n\n- Card: a.yaml:6<br>b.yaml:7\n- rows: 1,234\n\n* p:1: no\n"
    )


# JSON


def test_json_is_one_line_with_the_schema_first_and_the_document_as_given():
    report = Report("cost", "x", document={"total": "0.30", "currency": "USD", "model": "模"})
    expected = '{"schema":"pricing.cost/1","total":"0.30","currency":"USD","model":"模"}\n'
    assert report_text(report, "json") == expected
    assert report_text(report, "json", indent=2).splitlines()[1] == '  "schema": "pricing.cost/1",'


@given(st.text())
def test_json_is_exact_and_can_be_written_as_utf_8(text):
    written = report_text(Report("cost", "x", document={"model": text}), "json")
    written.encode("utf-8")
    assert json.loads(written)["model"] == text
    assert not set(written) & set("\x9b\u202e\u2066\u200b")


def test_a_report_without_a_document_gives_its_rows_exactly():
    report = Report("cost", "x", [by_day(), Facts([("rows", 3), ("none", None)])], notes=["n"])
    document = json.loads(report_text(report, "json"))
    assert document["tables"][0]["rows"][1] == {
        "day": "2026-11-19",
        "model": "haiku",
        "input": "88120",
        "hit": "0.779",
        "cost_usd": "0.01797",
    }
    assert len(document["tables"][0]["rows"]) == 3
    assert document["tables"][0]["total"]["cost_usd"] == "21.369"
    assert document["facts"] == {"rows": "3", "none": None}
    assert document["notes"] == ["n"]


def test_nothing_but_json_is_imported_on_the_way_to_json():
    code = (
        "import sys, os, json, __future__, pricing\n"
        "before = set(sys.modules)\n"
        "from pricing.render import Report, write_report\n"
        "write_report(Report('cost', 'x', document={'total': '0.3'}), 'json', sys.stdout)\n"
        "print(*sorted(m for m in set(sys.modules) - before if not m.startswith('pricing.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == '{"schema":"pricing.cost/1","total":"0.3"}\n\n'


# CSV


def test_csv_holds_exact_figures_complete_rows_and_no_sums():
    assert report_text(Report("cost", "x", [by_day()]), "csv") == (
        "day,model,input,hit,cost_usd\r\n"
        "2026-11-19,opus,240917,0.934,18.93544\r\n"
        "2026-11-19,haiku,88120,0.779,0.01797\r\n"
        "2026-11-20,sonnet,61022,0.917,2.41559\r\n"
    )


def test_csv_neutralises_formulas_but_keeps_negative_numbers():
    cells = ["=1+1", "+a", "-b", "@c", "\td", "\re", "\uff1df", "plain", 'a "quoted", b\nc']
    rows = [*((cell, Decimal("-4.630")) for cell in cells), (Word("-x"), Figure(5, ">="))]
    table = Table([Column("a", "A"), Column("b", "B", "money")], rows)
    text = report_text(Report("x", "x", [table]), "csv")
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in read[1:]] == [
        "'=1+1",
        "'+a",
        "'-b",
        "'@c",
        r"'\td",
        r"'\re",
        "'\uff1df",
        "plain",
        'a "quoted", b\nc',
        "'-x",
    ]
    assert [row[1] for row in read[1:]] == ["-4.63"] * 9 + [">= 5"]


def test_csv_separates_tables_by_an_empty_line_and_has_facts_where_no_table_is():
    first, second = money_table([1]), Table([Column("b,c", "B")], [("x",), Row(("y",), 1)])
    text = report_text(Report("x", "x", [first, Facts([("a", 1)]), second]), "csv")
    assert text == "what,cost_usd\r\nr0,1\r\n\r\nb,c\r\nx,\r\nx,y\r\n"
    text = report_text(Report("x", "x", [Facts([("a", 1), ("b", "t"), ("c", None)])]), "csv")
    assert text == "label,value\r\na,1\r\nb,t\r\nc,\r\n"


def test_a_key_that_does_not_name_every_level_is_numbered():
    table = Table([Column("group", "Group")], [("x",), Row(("y",), 1), Row(("z",), 2)])
    text = report_text(Report("x", "x", [table]), "csv")
    assert text == "group,group_2,group_3\r\nx,,\r\nx,y,\r\nx,y,z\r\n"


# HTML


class Page(HTMLParser):
    """Collects the elements, attributes and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data.strip())


def html(report):
    pytest.importorskip("jinja2", reason="the html extra is not installed")
    return report_text(report, "html")


def test_html_escapes_every_text_and_loads_nothing():
    table = Table(
        [Column("model", EVIL, "name")], [(EVIL,)], title=EVIL, notes=[EVIL], total=(EVIL,)
    )
    blocks = [table, Facts([(EVIL, EVIL)], title=EVIL), Text(EVIL)]
    text = html(Report("x", EVIL, blocks, notes=[EVIL], problems=[EVIL]))
    page = Page(text)
    assert not {"img", "link", "iframe", "object", "form"} & set(page.tags)
    # the page's own, which its policy names by hash
    assert page.tags.count("script") == 1
    assert not [value for _, value in page.attributes if (value or "").startswith("javascript:")]
    assert not {name for name, _ in page.attributes if name.startswith("on") or name == "src"}
    assert {value for name, value in page.attributes if name == "href"} == {"http://x"}
    assert "url(" not in text
    assert "@import" not in text


def test_html_has_the_headline_as_title_and_the_figures_to_the_right():
    text = html(Report("cost", "FAIL  a -> b", [by_day()], tone="bad", next="never"))
    assert "<title>FAIL · a → b</title>" in text
    assert '<h1><span class="badge bad">FAIL</span> <span class="told">a → b</span></h1>' in text
    assert '<th scope="col" class="figure">Cost USD</th>' in text
    assert '<tr class="level-1"><td>haiku</td><td class="figure">88,120</td>' in text
    assert '<tr class="level-0 subtotal"><td>2026-11-19</td>' in text
    assert '<td class="figure">21.3690</td></tr>\n</tfoot>' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "never" not in Page(text).texts


def test_html_links_a_source_to_itself_and_marks_words():
    table = money_table([Word("unpriced", "missing")])
    facts = Facts([("Source", "https://a.example/b?c=1&d=2 (2026-08-21)"), ("rows", 1234)])
    text = html(Report("x", "x", [table, facts, Text("see https://a.example/e.")]))
    assert '<td class="figure missing">unpriced</td>' in text
    assert 'href="https://a.example/b?c=1&amp;d=2"' in text
    assert 'href="https://a.example/e"' in text
    assert '<dt>rows</dt><dd class="figure">1,234</dd>' in text


def test_html_without_jinja2_names_the_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "html" in project["optional-dependencies"]
    with pytest.raises(PricingError) as caught:
        report_text(Report("x", "x"), "html")
    assert f"pip install '{project['name']}[html]'" in str(caught.value)


def test_missing_templates_are_an_error_with_a_path(monkeypatch, tmp_path):
    pytest.importorskip("jinja2", reason="the html extra is not installed")
    from pricing.render import html_page

    monkeypatch.setattr(html_page, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(PricingError, match="templates are missing"):
        report_text(Report("x", "x"), "html")


# Choosing and writing


def test_the_example_of_the_package_runs():
    assert doctest.testmod(pricing.render) == (0, 3)


def test_an_unknown_format_is_named_with_a_near_one():
    with pytest.raises(PricingError) as caught:
        report_text(Report("x", "x"), "markdwn")
    assert str(caught.value) == "unknown format 'markdwn'\nDid you mean 'markdown'?"
    with pytest.raises(PricingError, match="unknown format 'pdf'") as caught:
        report_text(Report("x", "x"), "pdf")
    assert caught.value.remedy == "Formats: table, markdown, json, csv, html, xlsx, svg, png"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_colour_repeats_a_word_on_a_terminal_only(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    table = Table([Column("v", "Verdict"), Column("b", "B")], [(Word("fail", "bad"), Word("x"))])
    report = Report("budget", "FAIL  1 of 1", [table], tone="bad")
    plain = "FAIL  1 of 1\n\nVerdict  B\nfail     x\n"

    def written(stream):
        write_report(report, "table", stream)
        return stream.getvalue()

    coloured = written(Terminal())
    assert coloured.startswith("\x1b[31mFAIL\x1b[0m  1 of 1\n")
    assert "\x1b[31mfail\x1b[0m     x\n" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert written(io.StringIO()) == plain
    monkeypatch.setenv("TERM", "dumb")
    assert written(Terminal()) == plain
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert written(Terminal()) == plain


@pytest.mark.parametrize(
    ("format", "shown"),
    [
        ("table", r"\u6a21"),
        ("csv", r"\u6a21"),
        ("json", r"\u6a21"),
        ("markdown", "&#27169;"),
        ("html", "&#27169;"),
    ],
)
def test_a_stream_that_cannot_hold_a_character_gets_an_escape_of_the_format(format, shown):
    if format == "html":
        pytest.importorskip("jinja2", reason="the html extra is not installed")
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="latin-1", newline="")
    facts = Facts([("ü", "模")])
    write_report(Report("x", "ü", [facts], document={"m": "模"}), format, stream)
    stream.flush()
    assert shown in data.getvalue().decode("latin-1")
    if format == "json":
        assert json.loads(data.getvalue())["m"] == "模"


def test_what_the_encoding_holds_is_written_as_it_is():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    write_report(Report("x", "ü 模"), "table", stream)
    stream.flush()
    assert stream.buffer.getvalue().decode() == "ü 模\n"


@pytest.mark.parametrize("format", [name for name in FORMATS if name not in ("svg", "png")])
def test_every_format_writes_an_empty_report(format):
    if format == "html":
        pytest.importorskip("jinja2", reason="the html extra is not installed")
    if format == "xlsx":
        pytest.importorskip("xlsxwriter", reason="the xlsx extra is not installed")
    assert report_bytes(Report("x", "nothing"), format) or format == "csv"


@pytest.mark.parametrize("format", ["svg", "png"])
def test_a_report_without_a_chart_is_no_picture(format):
    with pytest.raises(PricingError, match="nothing to draw"):
        report_bytes(Report("x", "nothing"), format)


@pytest.mark.parametrize("format", ["xlsx", "png"])
def test_what_is_no_text_asks_for_a_file(format):
    with pytest.raises(PricingError) as caught:
        report_text(Report("x", "nothing"), format)
    assert caught.value.remedy == "Write it to a file: -o PATH."


# Files


def test_a_file_is_replaced_with_its_permissions_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "report.csv"
    write_file(path, "first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~current_umask()
    path.chmod(0o640)
    write_file(str(path), "a\r\nü\n")
    assert path.read_bytes() == "a\r\nü\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["report.csv"]


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_is_followed_not_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "there" / "page.html")
    write_file(link, "x")
    assert link.is_symlink()
    assert (tmp_path / "there" / "page.html").read_text() == "x"


def test_a_folder_is_refused_with_its_path(tmp_path):
    with pytest.raises(PricingError) as caught:
        write_file(tmp_path, "x")
    assert str(caught.value) == (
        f"{tmp_path}: cannot write: Is a directory\nNothing was changed there; choose another path."
    )


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(PricingError, match=r"cannot write: no folder .*no\nMake it"):
        write_file(tmp_path / "no" / "report.md", "x")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_device_is_an_error():
    with pytest.raises(PricingError, match="cannot write: No space left on device"):
        write_file("/dev/full", "x")


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path):
    path = tmp_path / "report.md"
    path.write_text("old")
    code = (
        "import resource, sys\n"
        "from pricing.errors import PricingError\n"
        "from pricing.render import write_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    write_file(sys.argv[1], 'x' * 100_000)\n"
        "except PricingError as error:\n"
        "    sys.stdout.write(str(error))\n"
    )
    # Coverage, which may watch this process too, could not write its data under the limit.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    assert done.stdout.startswith(f"{path}: cannot write: File too large")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.md"]
