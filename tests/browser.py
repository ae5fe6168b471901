"""A real browser for the tests of pages: the system's Chromium, driven by Playwright.

    def test_a_page(chromium):
        with visit(chromium, path_or_address, PHONE, colour="dark") as seen:
            seen.page.click("button")
            assert seen.faults() == []

The fixture ``chromium`` is in conftest.py. Whatever a page asks of another origin is refused and
listed. Pictures go to build/screens, which git ignores.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SCREENS = Path(__file__).resolve().parents[1] / "build" / "screens"
DESKTOP = (1280, 900)
PHONE = (390, 844)
#: of a longer page, the picture holds the first part
_TALLEST = 8_000
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: no name but the machine's own is looked up, whatever a page asks for
FLAGS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]

_OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > wide + 1)
    found.push(`the page is ${document.documentElement.scrollWidth} px wide, its window ${wide}`);
  const inside = e => /auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX);
  const scrolls = e => {
    for (let p = e; p && p !== document.body; p = p.parentElement) if (inside(p)) return true;
    return false;
  };
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect();
    if (box.width && box.right > wide + 1 && !scrolls(e))
      found.push(`${e.tagName.toLowerCase()} ends at ${Math.round(box.right)} px: `
        + (e.textContent || '').trim().slice(0, 60));
  }
  return found;
}"""


def program() -> str | None:
    """Give the path of the browser, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def missing() -> str:
    """Say why no page can be shown here; empty where one can."""
    for package in ("playwright", "axe_playwright_python"):
        if importlib.util.find_spec(package) is None:
            return f"no page was shown: {package} is not installed (the extra 'dev' has it)"
    if program() is None:
        return f"no page was shown: there is no browser here ({', '.join(NAMES)})"
    return ""


def launched() -> Iterator[Any]:
    """Give one browser, closed when the tests are over; skips where there is none."""
    if reason := missing():
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program(), args=FLAGS, chromium_sandbox=False
        )
        yield browser
        browser.close()


class Visit:
    """A page that is open: what it said, what it asked for, and how it looks."""

    def __init__(self, page: Any, own: str) -> None:
        self.page = page
        self.own = own
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        page.on("websocket", lambda socket: self.outside.append(socket.url))
        page.context.route("**/*", self._asked)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")

    def _asked(self, route: Any) -> None:
        url = route.request.url
        if url.startswith(("file:", "data:", "blob:")) or _origin(url) == self.own:
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def overflow(self) -> list[str]:
        """Give what stands wider than the window, outside of what scrolls by itself."""
        found: list[str] = self.page.evaluate(_OVERFLOW)
        return found

    def axe(self, without: tuple[str, ...] = ()) -> list[str]:
        """Give what axe-core finds against: rule, its help, and the first elements of each.

        ``without`` names rules that are left out.
        """
        from axe_playwright_python.sync_playwright import Axe

        violations = (
            Axe()
            .run(self.page, options={"rules": {rule: {"enabled": False} for rule in without}})
            .response["violations"]
        )
        return [
            f"{found['id']} ({found['impact']}): {found['help']}: "
            + "; ".join(node["html"][:160] for node in found["nodes"][:3])
            for found in violations
        ]

    def faults(self, axe: bool = True) -> list[str]:
        """Give all of it: errors, requests to elsewhere, overflow and what axe-core says."""
        outside = [f"asks for {url}" for url in self.outside]
        return [*self.errors, *outside, *self.overflow(), *(self.axe() if axe else [])]

    def picture(self, name: str) -> Path:
        """Keep a picture of the whole page and give its path."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        path = SCREENS / (re.sub(r"[^\w.-]+", "-", name) + ".png")
        height = self.page.evaluate("document.documentElement.scrollHeight")
        width = self.page.viewport_size["width"]
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, _TALLEST)}
        self.page.screenshot(path=str(path), full_page=True, clip=clip)
        return path


@contextmanager
def visit(
    browser: Any,
    address: str | Path,
    size: tuple[int, int] = DESKTOP,
    *,
    colour: str = "light",
    media: str = "screen",
    script: bool = True,
    **more: Any,
) -> Iterator[Visit]:
    """Open a file or an address on this machine in a fresh context.

    ``colour`` is light or dark, ``media`` screen or print; ``script`` False switches scripts off.
    ``more`` goes to Playwright's ``new_context``.
    """
    url = address.resolve().as_uri() if isinstance(address, Path) else address
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=colour,
        java_script_enabled=script,
        service_workers="block",
        **more,
    )
    # long, for a busy machine: what hangs is still found
    context.set_default_timeout(120_000)
    try:
        page = context.new_page()
        page.emulate_media(media=media, color_scheme=colour)
        seen = Visit(page, _origin(url))
        page.goto(url)
        yield seen
    finally:
        context.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
