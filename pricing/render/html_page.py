"""The report as one HTML page: no script, no network, readable in light, dark and on paper."""

from __future__ import annotations

import os
import re
from math import lcm

from pricing.errors import PricingError

from .chart import svg_text
from .figures import fact_texts, table_texts
from .plain import visible, visible_lines
from .report import Bridge, Chart, Column, Facts, Figure, Table, Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

    from .report import Cell, Report

#: Characters from which on a text may be broken over lines.
LONG = 40
_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:)]")


def html_text(report: Report, template: str = "report.html.j2") -> str:
    """Give the page that ``template`` makes of the report; Jinja2 escapes every text.

    Raises:
        PricingError: Jinja2 is not installed, or the templates are not there.
    """
    return environment().get_template(template).render(report=report)


def environment() -> jinja2.Environment:
    """Give the Jinja2 environment of all pages, with the tests and filters of the templates."""
    try:
        import jinja2
    except ImportError:
        raise PricingError(
            "HTML needs Jinja2, which is not installed",
            remedy="Install it: pip install 'pricing-ratecards[html]'",
        ) from None

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        shown=shown, linked=linked, grid=grid, facts=facts, picture=picture, bars=bars
    )
    for kind in (Bridge, Table, Facts, Text, Chart):
        made.tests[kind.__name__.lower()] = lambda block, kind=kind: isinstance(block, kind)
    return made


def template_folder() -> str:
    """Give the folder of the templates: inside the installed package, or beside it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for parent in (package, os.path.dirname(package)):
        folder = os.path.join(parent, "reports", "templates")
        if os.path.isdir(folder):
            return folder
    raise PricingError("the HTML templates are missing from this installation", path=package)


def shown(text: object) -> str:
    """Give text with control characters spelled out and a true arrow for ``->``."""
    return visible_lines(str(text)).replace(" -> ", " → ")


def linked(text: object) -> Markup:
    """Give text in which each web address is a link to just itself."""
    from markupsafe import Markup, escape

    line, end, parts = shown(text), 0, []
    for match in _ADDRESS.finditer(line):
        link = Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(match[0])
        parts += [escape(line[end : match.start()]), link]
        end = match.end()
    return Markup().join([*parts, escape(line[end:])])


def picture(chart: Chart, number: int) -> Markup:
    """Give a chart as SVG inside the page; its number keeps the ids apart."""
    from markupsafe import Markup

    return Markup(svg_text(chart, f"chart{number}"))


def grid(table: Table) -> list[list[tuple[str, str]]]:
    """Give every cell as its text and its classes, the total last."""
    return [
        [
            (shown(visible(text)), classes(column, text, cell))
            for text, column, cell in zip(texts, table.columns, cells, strict=True)
        ]
        for texts, cells in zip(table_texts(table), table.all_cells, strict=True)
    ]


#: the width of a drawing, in its own units
_WIDE = 1000


def bars(bridge: Bridge) -> list[tuple[str, str, int, int, str]]:
    """Give the bars of a bridge: label, figure, start and width out of 1,000, and the kind.

    The kind is whole, more or less. Each change begins where the one before it ended.
    """
    texts = table_texts(bridge)
    cells = bridge.all_cells
    ends: list[tuple[tuple[int, int], tuple[int, int], str]] = []
    at = (0, 1)
    for position, row in enumerate(cells):
        value = row[1].value if isinstance(row[1], Figure) else row[1]
        size = (0, 1) if value is None or isinstance(value, (str, Word)) else _ratio(value)
        if position == 0 or (bridge.total is not None and position == len(cells) - 1):
            at = size
            ends.append(((0, 1), size, "whole"))
            continue
        after = (at[0] * size[1] + size[0] * at[1], at[1] * size[1])
        ends.append((at, after, "more" if size[0] >= 0 else "less"))
        at = after
    common = 1
    for first, last, _ in ends:
        common = lcm(common, first[1], last[1])
    points = [
        (first[0] * (common // first[1]), last[0] * (common // last[1])) for first, last, _ in ends
    ]
    low = min(0, *(min(pair) for pair in points))
    span = max(max(pair) for pair in points) - low or 1
    found = []
    for (first_at, last_at), (_, _, kind), row_texts in zip(points, ends, texts, strict=True):
        start = _WIDE * (min(first_at, last_at) - low) // span
        width = max(1, _WIDE * abs(last_at - first_at) // span)
        found.append((shown(row_texts[0]), shown(row_texts[1]), start, width, kind))
    return found


def _ratio(value: object) -> tuple[int, int]:
    found: tuple[int, int] = value.as_integer_ratio()  # type: ignore[attr-defined]
    return found


def classes(column: Column, text: str, cell: Cell) -> str:
    """Give the CSS classes of a cell: alignment, whether it may wrap, the tone of its word."""
    names = ["" if column.is_text else "figure", "long" if len(text) > LONG else ""]
    if isinstance(cell, Word):
        names.append(cell.tone)
    return " ".join(filter(None, names))


def facts(block: Facts) -> list[tuple[str, str, str]]:
    """Give every fact as label, text and class."""
    return [
        (visible(label), text, "" if isinstance(cell, (str, Word)) else "figure")
        for (label, cell), text in zip(block.pairs, fact_texts(block), strict=True)
    ]
