"""The harness itself: what it calls a fault, and what it lets through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from browser import PHONE, visit

_PAGE = """<!doctype html><html lang="en"><head><title>A page</title>{head}</head>
<body><main><h1>A page</h1>{body}</main></body></html>"""


def _written(tmp_path: Path, body: str, head: str = "") -> Path:
    path = tmp_path / "page.html"
    path.write_text(_PAGE.format(head=head, body=body), encoding="utf-8")
    return path


def test_a_sound_page_has_no_fault(tmp_path: Path, chromium: Any) -> None:
    with visit(chromium, _written(tmp_path, "<p>Fine.</p>"), PHONE) as seen:
        assert seen.faults() == []


def test_every_kind_of_fault_is_found(tmp_path: Path, chromium: Any) -> None:
    body = """<img src="https://example.org/a.png"><p style="width:900px">wide</p>
    <p style="color:#bbb">faint</p><script>console.error("said"); nothing.here</script>"""
    with visit(chromium, _written(tmp_path, body), PHONE) as seen:
        found = "\n".join(seen.faults())
    for part in (
        "error: said",
        "page error: nothing is not defined",
        "asks for https://example.org/a.png",
        "the page is 9",
        "p ends at 9",
        "color-contrast (serious)",
        "image-alt (critical)",
    ):
        assert part in found


def test_colours_media_and_scripts_are_as_asked_for(tmp_path: Path, chromium: Any) -> None:
    head = """<style>body { color: #111; background: #fff }
    @media print { body { color: #000 } }
    @media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } }</style>"""
    page = _written(tmp_path, "<p>text</p><script>document.title = 'run'</script>", head)

    def seen(**asked: Any) -> tuple[str, str]:
        with visit(chromium, page, **asked) as shown:
            return shown.page.title(), shown.page.evaluate("getComputedStyle(document.body).color")

    assert seen() == ("run", "rgb(17, 17, 17)")
    assert seen(colour="dark")[1] == "rgb(238, 238, 238)"
    assert seen(media="print")[1] == "rgb(0, 0, 0)"
    assert seen(script=False)[0] == "A page"
