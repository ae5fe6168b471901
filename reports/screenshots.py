"""Make the pictures of the README: ``make screenshots``. Needs Chromium and the extra ``dev``."""

from __future__ import annotations

import io
import shlex
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import yaml  # noqa: E402
from browser import launched, missing, visit  # noqa: E402
from PIL import Image  # noqa: E402

from pricing.cli import main as pricing  # noqa: E402
from pricing.render import write_bytes  # noqa: E402

FOLDER = ROOT / "docs" / "images"
SPEC = Path(__file__).with_suffix(".yaml")
WIDTH = 1_000


def main() -> int:
    if reason := missing():
        print(f"screenshots: {reason}", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    browsers = launched()
    browser = next(browsers)
    with tempfile.TemporaryDirectory() as scratch:
        for name, spec in yaml.safe_load(SPEC.read_text(encoding="utf-8")).items():
            if "page" in spec:
                page = SPEC.parent / spec["page"]
            else:
                page = Path(scratch) / f"{name}.html"
                pricing([*shlex.split(spec["command"]), "--quiet", "-o", str(page)])
            with visit(browser, page, (WIDTH, spec["height"])) as seen:
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
