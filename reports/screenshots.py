"""Make the pictures of the README: ``make screenshots``. Needs Chromium and the extra ``dev``."""

from __future__ import annotations

import io
import shlex
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import launched, missing, visit  # noqa: E402
from PIL import Image  # noqa: E402

from pricing.cli import main as pricing  # noqa: E402
from pricing.render import write_bytes  # noqa: E402

FOLDER = ROOT / "docs" / "images"
WORK = "--requests 1000 --input 5000 --cache-read 15000 --output 500 --at 2026-11-20"
SELLERS = "anthropic,apimodels,bytespike,kunavo,openrouter,venice"
#: name -> the command of a page, or the page itself; how much of its height is shown
PAGES = {
    "cost": ("cost examples/usage.jsonl --by day,model", 1_000),
    "compare": (f"compare claude-sonnet-4-6 --sellers {SELLERS} {WORK}", 1_000),
    "reconcile": (
        "reconcile examples/bytespike-statement.json --usage examples/usage.jsonl",
        860,
    ),
    "price_history": ("reports/price_history.html", 1_000),
}
WIDTH = 1_000


def main() -> int:
    if reason := missing():
        print(f"screenshots: {reason}", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    browsers = launched()
    browser = next(browsers)
    with tempfile.TemporaryDirectory() as scratch:
        for name, (source, height) in PAGES.items():
            page = ROOT / source
            if not source.endswith(".html"):
                page = Path(scratch) / f"{name}.html"
                pricing([*shlex.split(source), "--quiet", "-o", str(page)])
            with visit(browser, page, (WIDTH, height)) as seen:
                picture = Image.open(io.BytesIO(seen.page.screenshot()))
            out = io.BytesIO()
            # 64 colours: a page has few, and the file a quarter of the size
            picture.convert("RGB").quantize(64).save(out, "png", optimize=True)
            write_bytes(FOLDER / f"{name}.png", out.getvalue())
            print(f"docs/images/{name}.png, {len(out.getvalue()) // 1024} KB")
    browsers.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
