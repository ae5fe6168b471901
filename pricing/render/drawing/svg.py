"""Matplotlib's SVG made fit for a page: the page's colours, no loose ids, words for all of it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import matplotlib

from pricing.render.charts import Chart
from pricing.render.colours import COLOURS
from pricing.render.plain import visible

from .sheet import WIDTH, Sheet

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_FONTS = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
_NAMES = {light: name for name, (light, _) in COLOURS.items()}
_FONT = re.compile(r"(?:(bold|\d00) )?([\d.]+)px .*")
#: places to a tenth of a pixel: finer ones differ between machines
_LONG = re.compile(r"-?\d+\.\d{3,}")


def finished(sheet: Sheet, charts: Sequence[Chart], key: str, is_inline: bool) -> str:
    """Give the SVG of a sheet with title and description, one line without a declaration."""
    root = ET.fromstring(sheet.svg())
    for child in list(root):
        if _tag(child) in ("metadata",):
            root.remove(child)
    used = {
        found
        for each in root.iter()
        for value in each.attrib.values()
        for found in re.findall(r"#([\w.-]+)(?=\)|$)", value)
    }
    for each in root.iter():
        _cleaned(each, used, key)
    for name in list(root.attrib):
        del root.attrib[name]
    root.attrib.update(
        {
            "viewBox": f"0 0 {WIDTH} {sheet.height}",
            "width": f"{WIDTH}",
            "height": f"{sheet.height}",
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc",
            "font-family": _FONTS,
            "class": "drawn",
            "stroke-linejoin": "round",
            "data-drawn": f"Matplotlib {matplotlib.__version__}",
        }
    )
    for parent in list(root.iter()):
        for old in [each for each in parent if _tag(each) == "style"]:
            parent.remove(old)  # it would style the whole page
    title = ET.Element(f"{{{_SVG}}}title", {"id": f"{key}-title"})
    title.text = visible("; ".join(chart.title for chart in charts))
    told = ET.Element(f"{{{_SVG}}}desc", {"id": f"{key}-desc"})
    told.text = visible(" ".join(chart.description for chart in charts))
    root.insert(0, title)
    root.insert(1, told)
    if not is_inline:
        style = ET.Element(f"{{{_SVG}}}style")
        style.text = own_style()
        root.insert(2, style)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode")).strip() + "\n"


def own_style() -> str:
    """Give the colours of a picture that stands alone, on light and on dark paper."""
    light = "".join(f".{role}-{name}{{{attribute}:{pair[0]}}}" for name, pair, role, attribute
                    in _rules())  # fmt: skip
    dark = "".join(f".{role}-{name}{{{attribute}:{pair[1]}}}" for name, pair, role, attribute
                   in _rules())  # fmt: skip
    return f"{light}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def _rules() -> list[tuple[str, tuple[str, str], str, str]]:
    return [
        (name, pair, role, attribute)
        for name, pair in COLOURS.items()
        for role, attribute in (("f", "fill"), ("s", "stroke"))
    ]


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _cleaned(element: ET.Element, used: set[str], key: str) -> None:
    """Drop ids that nothing uses, make the others this picture's own, and name the colours."""
    found = element.attrib.pop("id", None)
    if found in used:
        element.set("id", f"{key}-{found}")
    kept: list[str] = []
    names: list[str] = []
    for rule in filter(None, map(str.strip, element.attrib.pop("style", "").split(";"))):
        attribute, _, value = (part.strip() for part in rule.partition(":"))
        if attribute in ("fill", "stroke"):
            element.set(attribute, value)
            if value in _NAMES:
                names.append(f"{attribute[0]}-{_NAMES[value]}")
        elif attribute == "font" and (font := _FONT.fullmatch(value)):
            element.set("font-size", font[2])
            if font[1]:
                element.set("font-weight", font[1])
        elif attribute == "text-anchor":
            element.set(attribute, value)
        else:
            kept.append(f"{attribute}:{value}")
    if kept:
        element.set("style", ";".join(kept))
    if names:
        element.set("class", " ".join(names))
    for name, value in element.attrib.items():
        if name in ("d", "transform", "x", "y", "width", "height"):
            value = _LONG.sub(lambda match: f"{float(match[0]):.1f}", value).replace("\n", "")
        for each in used:
            value = value.replace(f"#{each})", f"#{key}-{each})")
            if name == _XLINK and value == f"#{each}":
                value = f"#{key}-{each}"
        element.set(name, value)
