"""The report as one HTML page: no network, readable without a script, in light, dark, on paper.

The one script sorts tables; the page names it by its hash, so that no other one runs.
"""

from __future__ import annotations

import os
import re

from pricing.errors import PricingError

from .charts import Chart, Waterfall
from .colours import COLOURS
from .drawing import REMEDY, is_there, svg_text
from .figures import fact_texts, table_texts
from .kinds import kind_of
from .plain import visible, visible_lines
from .report import Bridge, Column, Facts, Finding, Table, Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

    from .report import Cell, Report

#: Characters from which on a text may be broken over lines.
LONG = 40
#: Characters of a table's cell from which on it may be broken after a separator.
_BREAKABLE = 28
_SEPARATOR = re.compile(r"(?<=[/._:@=-])(?=[^/._:@=-])")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
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
        shown=shown, linked=linked, grid=grid, facts=facts, picture=picture, waterfall=waterfall,
        answer=answer, kind=kind_of, is_sortable=is_sortable,
    )  # fmt: skip
    script, hashed = sort_script()
    made.globals.update(
        colours=COLOURS, sort_script=script, sort_hash=hashed, can_draw=is_there(),
        charts_remedy=REMEDY,
    )  # fmt: skip
    for kind in (Bridge, Table, Facts, Finding, Text, Chart):
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


def linked(text: object, is_breakable: bool = False) -> Markup:
    """Give text in which each web address is a link to just itself.

    Breakable text may be broken after its separators, too.
    """
    from markupsafe import Markup, escape

    def plain(part: str) -> Markup:
        if not is_breakable:
            return escape(part)
        return Markup("<wbr>").join(map(escape, _SEPARATOR.split(part)))

    line, end, parts = shown(text), 0, []
    for match in _ADDRESS.finditer(line):
        link = Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(match[0])
        parts += [plain(line[end : match.start()]), link]
        end = match.end()
    return Markup().join([*parts, plain(line[end:])])


def answer(report: Report) -> tuple[str, Markup]:
    """Give the headline's verdict or amount, which two spaces end, and the rest with whole days."""
    from markupsafe import Markup, escape

    first, gap, rest = shown(report.headline).partition("  ")
    told = _DAY.sub(r'<span class="whole">\g<0></span>', str(escape(rest if gap else first)))
    return (first if gap else ""), Markup(told)


def is_sortable(table: Table) -> bool:
    """Say whether rows may change places: none belongs to the row above it."""
    return (
        table.has_header
        and len(table.rows) > 2
        and not any(row.level or row.is_subtotal for row in table.rows)
    )


def sort_script() -> tuple[Markup, str]:
    """Give the script that sorts tables, and its hash as the page's policy names it."""
    from base64 import b64encode
    from hashlib import sha256

    from markupsafe import Markup

    with open(os.path.join(template_folder(), "sort.js"), encoding="utf-8") as file:
        script = file.read()
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    return Markup(script), f"sha256-{hashed}"


def picture(chart: Chart, number: int) -> Markup:
    """Give a chart as SVG inside the page; its number keeps the ids apart."""
    from markupsafe import Markup

    return Markup(svg_text([chart], f"chart{number}", is_inline=True))


def waterfall(bridge: Bridge, report: Report) -> Waterfall:
    """Give the picture of a bridge."""
    return next(
        chart for block, chart in report.drawn if block is bridge and isinstance(chart, Waterfall)
    )


def grid(table: Table) -> list[list[tuple[str, str]]]:
    """Give every cell as its text and its classes, the total last."""
    return [
        [
            (shown(visible(text)), classes(column, text, cell))
            for text, column, cell in zip(texts, table.columns, cells, strict=True)
        ]
        for texts, cells in zip(table_texts(table), table.all_cells, strict=True)
    ]


def classes(column: Column, text: str, cell: Cell) -> str:
    """Give the CSS classes of a cell: alignment, whether it may wrap, the tone of its word."""
    kind = "figure" if not column.is_text else "words" if len(text) > _BREAKABLE else ""
    names = [kind, "long" if len(text) > LONG else ""]
    if isinstance(cell, Word):
        names.append(cell.tone)
    return " ".join(filter(None, names))


def facts(block: Facts) -> list[tuple[str, str, str]]:
    """Give every fact as label, text and class."""
    return [
        (visible(label), text, "" if isinstance(cell, (str, Word)) else "figure")
        for (label, cell), text in zip(block.pairs, fact_texts(block), strict=True)
    ]
