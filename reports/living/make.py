"""Make the reports that reports.yaml describes: block by block, then one file per format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from living import claims, history, pricelist, resellers, sellers, workloads
from living.desk import Desk, Spec, wanted
from living.expressions import shown
from living.figures import Figures
from pricing import Catalog, load_catalog
from pricing.cards.strict import Document, read_yaml
from pricing.errors import CardError, Fault, PricingError, did_you_mean
from pricing.instants import day, instant
from pricing.render import Column, Report, Table, Text, report_text
from pricing.render.drawing import svg_text
from pricing.render.html_page import html_text

SPEC = Path(__file__).parents[1] / "reports.yaml"
_PICTURE = re.compile(r"<svg .*?</svg>", re.DOTALL)
_DRAWN = re.compile(r'<svg [^>]*data-drawn="([^"]*)"')
_TOLD = re.compile(r"<(?:title|desc) .*?</(?:title|desc)>", re.DOTALL)
FORMATS = {"md": "markdown", "html": "html"}

Build = Callable[[Spec, Desk], Any]


def text(spec: Any, desk: Desk) -> Text:
    """A paragraph with figures in it."""
    return Text(desk.text(spec))


def figures(spec: Spec, desk: Desk) -> Table:
    """Named figures, a row each: what is said of them, and expressions."""
    kinds = wanted(spec, "columns")
    columns = [Column("what", spec.get("what", ""))]
    columns += [Column(title.lower().replace(" ", "_"), title, "number") for title in kinds]
    rows = []
    for row in wanted(spec, "rows"):
        values = [desk.value(each) for each in wanted(row, "values")]
        rows.append([desk.text(row["what"]), *map(shown, values, kinds.values())])
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


KINDS: dict[str, Build] = {
    "text": text,
    "figures": figures,
    "prices": pricelist.prices,
    "conditions": pricelist.conditions,
    "thresholds": pricelist.thresholds,
    "fees": pricelist.fees,
    "ended": pricelist.ended,
    "events": pricelist.events,
    "sources": pricelist.sources,
    "make_up": workloads.make_up,
    "over_models": workloads.over_models,
    "caching": workloads.caching,
    "cliff": workloads.cliff,
    "against_list": resellers.against_list,
    "gaps": resellers.gaps,
    "workload": resellers.workload,
    "wallets": resellers.wallets,
    "everywhere": sellers.everywhere,
    "overview": sellers.overview,
    "cards": sellers.cards,
    "history": history.history,
    "verdicts": claims.verdicts,
    "evidence": claims.evidence,
    "stated": claims.stated,
    "pages": claims.pages,
}


def make_reports(path: Path = SPEC, catalog: Catalog | None = None) -> dict[str, Report]:
    """Give every report by the name of its file.

    Raises:
        PricingError: the file is wrong, or asks for a price that does not exist; with its line.
    """
    faults: list[Fault] = []
    document = read_yaml(path, f"{path.parent.name}/{path.name}", faults)
    if document is None:
        raise CardError.of(faults)
    spec = document.tree
    at = instant(wanted(spec, "at"))
    works = {
        name: workloads.read_workload(parts, at)
        for name, parts in spec.get("workloads", {}).items()
    }
    made: dict[str, Report] = {}
    desk = Desk(Figures(catalog or load_catalog(), at, works), spec)
    desk.scope.words["claims"] = claims.counted(desk)
    for name, report in wanted(spec, "reports").items():
        blocks: list[Any] = []
        for number, block in enumerate(wanted(report, "blocks")):
            place = ("reports", name, "blocks", number)
            blocks += _located(document, place, block, desk)
        headline = desk.text(wanted(report, "headline"))
        made[name] = Report("living", headline, blocks, notes=[_note(document, at)])
    if "sellers" in spec:
        made |= _pages(document, spec["sellers"], desk)
    return made


def _note(document: Document, at: int) -> str:
    return f"prices of {day(at)}; made by make reports from {document.shown} and ratecards/"


def _pages(document: Document, spec: Spec, desk: Desk) -> dict[str, Report]:
    """Give a page of each seller, of the same blocks."""
    made: dict[str, Report] = {}
    for seller in desk.figures.catalog.book:
        if not len(desk.figures.catalog.book.provider(seller).cards):
            continue
        blocks: list[Any] = []
        for number, block in enumerate(wanted(spec, "blocks")):
            kind, inner = next(iter(block.items()))
            inner = {**inner, "seller": seller} if isinstance(inner, dict) else inner
            blocks += _located(document, ("sellers", "blocks", number), {kind: inner}, desk)
        kept = [block for block in blocks if not isinstance(block, Table) or block.rows]
        headline = sellers.headline(desk, seller)
        note = _note(document, desk.at)
        made[f"{wanted(spec, 'folder')}/{seller}"] = Report("living", headline, kept, notes=[note])
    return made


def documents(path: Path = SPEC, catalog: Catalog | None = None) -> dict[str, str]:
    """Give the text of every file, by name."""
    made: dict[str, str] = {}
    reports = make_reports(path, catalog)
    for name, report in reports.items():
        for suffix, writer in FORMATS.items():
            made[f"{name}.{suffix}"] = report_text(report, writer)
        for chart in report.charts:
            if chart.file is not None:
                made[chart.file] = svg_text([chart])
    made["index.html"] = html_text(_index(reports), "index.html.j2")
    return made


def _index(reports: dict[str, Report]) -> Report:
    """Give the page that leads to all others: its tables hold each page's address and headline."""
    columns = [Column("page", "Page"), Column("says", "What it says")]
    pages = [(f"{name}.html", report.headline) for name, report in reports.items()]
    main = [page for page in pages if "/" not in page[0]]
    others = [page for page in pages if "/" in page[0]]
    headline = f"{len(main)} reports, {len(others)} sellers"
    notes = [note for report in reports.values() for note in report.notes][:1]
    return Report("living", headline, [Table(columns, main), Table(columns, others)], notes=notes)


def is_same(old: str, new: str) -> bool:
    """Say whether a page is up to date: to the letter, but for pictures by another library version.

    Another version of what draws places a line elsewhere by a tenth of a pixel: there, pages are
    held to the figures that their pictures tell.
    """
    if old == new or set(_DRAWN.findall(old)) == set(_DRAWN.findall(new)):
        return old == new
    return bool(_DRAWN.search(old)) and _told(old) == _told(new)


def _told(text: str) -> str:
    return _PICTURE.sub(lambda found: "".join(_TOLD.findall(found[0])), text)


def _located(document: Document, place: tuple[str | int, ...], block: Any, desk: Desk) -> list[Any]:
    """Make one block; a fault in it gets the file and line of the block."""
    kind, inner = next(iter(block.items()))
    try:
        if kind not in KINDS or len(block) != 1:
            raise PricingError(f"unknown block '{kind}'", remedy=did_you_mean(kind, KINDS))
        found = KINDS[kind](inner, desk)
    except PricingError as error:
        raise CardError.of([document.fault(error.what, place, error.remedy)]) from error
    return found if isinstance(found, list) else [found]
