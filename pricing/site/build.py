"""Building the site: every file made before the folder is, and the folder put there in one move."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from pricing.cards.snapshot import write_book
from pricing.errors import PricingError
from pricing.instants import day
from pricing.render.html_page import environment
from pricing.site.catalogue import models_document, seller_documents
from pricing.site.clocks import zone_files
from pricing.site.pyodide import FILES, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.catalog import Catalog

#: by this file a folder is known to be a site of ours, and may be replaced
MARK = "site.json"
SCHEMA = "pricing.site/1"
_PAGE = Path(__file__).parent / "page"
_PACKAGE = Path(__file__).parents[1]
#: parts of the package that no page calls
_LEFT_OUT = ("pytest_plugin", "site", "_snapshot", "__pycache__", "ratecards", "reports")
#: the same for every build: the time in an archive says nothing
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOTICE = f"""Pyodide {VERSION}, unchanged, under the Mozilla Public License 2.0.
Its source: https://github.com/pyodide/pyodide/tree/{VERSION}
It contains CPython, under the PSF License: https://docs.python.org/3/license.html
"""


def build_site(
    catalog: Catalog,
    out: str | os.PathLike[str],
    pyodide: Mapping[str, bytes],
    at: int,
    version: str,
) -> dict[str, int]:
    """Write the site into ``out``, whole or not at all; give the size of each of its files.

    ``at``: the instant of the prices that the page shows before it calculates; the same catalogue
    and instant give the same bytes. A site that stands there already is replaced.

    Raises:
        PricingError: ``out`` is something else than a site, or cannot be written.
    """
    target = Path(os.path.abspath(out))
    check_target(target)
    files = site_files(catalog, pyodide, at, version)
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    old = target.with_name(f"{draft.name}.old")
    try:
        for name, data in files.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if target.exists():
            target.rename(old)
        try:
            draft.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise PricingError(
            f"cannot write: {error.strerror or error}",
            path=str(out),
            remedy="Nothing was changed there; choose another folder.",
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return {name: len(data) for name, data in files.items()}


def check_target(target: Path) -> None:
    """Refuse to write over anything but an empty folder or a site; raises PricingError."""
    if not target.exists() and not target.is_symlink():
        return
    if target.is_dir() and not target.is_symlink():
        if not any(target.iterdir()):
            return
        try:
            if json.loads((target / MARK).read_bytes())["schema"] == SCHEMA:
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass
    raise PricingError(
        "there is something else than a site",
        path=str(target),
        remedy="Name a new or an empty folder, or a site that this command made.",
    )


def site_files(
    catalog: Catalog, pyodide: Mapping[str, bytes], at: int, version: str
) -> dict[str, bytes]:
    """Give every file of the site by its path."""
    models, sellers = models_document(catalog, at, version), seller_documents(catalog)
    for name in sellers:
        if not _NAME.fullmatch(name):
            raise PricingError(f"'{name}' cannot be the name of a page", remedy="Rename it.")
    pages = _environment()
    told = {"models": models, "sellers": sellers, "day": day(at)}
    files = {
        "index.html": _text(pages.get_template("index.html.j2").render(told)),
        "data/models.json": _json(models),
        "engine/pricing.zip": engine_zip(catalog),
        "pyodide/NOTICE.txt": _NOTICE.encode(),
    }
    for name, document in sellers.items():
        own = [model for model in models["models"] if model["seller"] == name]
        own.sort(key=lambda model: model["status"] == "ended")
        ids = {model: f"m{number}" for number, model in enumerate(document["cards"], 1)}
        page = pages.get_template("seller.html.j2").render(told, seller=document, own=own, ids=ids)
        files[f"sellers/{name}.html"] = _text(page)
        files[f"data/sellers/{name}.json"] = _json(document)
    for path in sorted(_PAGE.rglob("*")):
        if path.suffix in (".css", ".js", ".svg"):
            files[path.relative_to(_PAGE).as_posix()] = path.read_bytes()
    files |= {f"pyodide/{name}": pyodide[name] for name in FILES}
    mark = {"schema": SCHEMA, "version": version, "catalog": catalog.digest, "at": models["at"]}
    files[MARK] = _json(mark)
    return files


def engine_zip(catalog: Catalog) -> bytes:
    """Give the engine and the compiled cards as an archive that Python in the browser unpacks.

    Every module but those that no page calls, the shipped cards' own text, of which a message shows
    the line that it is about, and the time zones that the cards name.
    """
    members = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        place = path.relative_to(_PACKAGE)
        if place.parts[0] not in _LEFT_OUT and "__pycache__" not in place.parts:
            members[f"pricing/{place.as_posix()}"] = path.read_bytes()
    # inside an installed package, beside the package in a checkout
    shipped = _PACKAGE if (_PACKAGE / "ratecards").is_dir() else _PACKAGE.parent
    for path in sorted((shipped / "ratecards").rglob("*.yaml")):
        members[f"pricing/{path.relative_to(shipped).as_posix()}"] = path.read_bytes()
    with tempfile.TemporaryDirectory(prefix="pricing-site-") as place_of_snapshot:
        folder = Path(place_of_snapshot)
        write_book(catalog.book, folder)
        for path in sorted(folder.iterdir()):
            members[f"pricing/_snapshot/{path.name}"] = path.read_bytes()
    for name, data in zone_files(catalog).items():
        members[f"zoneinfo/{name}"] = data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _environment() -> Any:
    """Give the environment of the reports' pages, with this site's own templates."""
    from jinja2 import FileSystemLoader

    pages = environment().overlay(loader=FileSystemLoader(_PAGE))
    pages.filters["per"] = _per
    pages.filters["instant"] = _instant
    return pages


def _per(count: str) -> str:
    """Give how many units a price is for, as short as people write it."""
    return {"1000000": "1M ", "1000": "1K ", "1": ""}.get(count, f"{count} ")


def _instant(instant: str | None) -> str:
    """Give an instant as its day where it is a midnight."""
    return "" if instant is None else instant.removesuffix("T00:00:00Z")


def _text(page: str) -> bytes:
    return page.encode("utf-8", "backslashreplace")


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode(
        "utf-8", "backslashreplace"
    )
