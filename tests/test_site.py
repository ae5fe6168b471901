"""The calculator's folder: how it is built, what stands in it, and who may read it."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import pricing
from pricing.cli import main
from pricing.instants import instant
from pricing.site import pyodide
from pricing.site.build import build_site, engine_zip, site_files
from pricing.site.serve import TYPES, SiteServer

AT = instant("2026-11-20")
#: stands for Pyodide where the page is not run
STAND_IN = {name: f"// {name}\n".encode() for name in pyodide.FILES}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def catalog() -> pricing.Catalog:
    return pricing.load_catalog()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, catalog: pricing.Catalog) -> Path:
    out = tmp_path_factory.mktemp("site") / "site"
    build_site(catalog, out, STAND_IN, AT, "1")
    return out


# ---- building


def test_the_same_catalogue_and_day_give_the_same_bytes(site: Path) -> None:
    again = site_files(pricing.load_catalog(), STAND_IN, AT, "1")
    written = {p.relative_to(site).as_posix(): p for p in site.rglob("*") if p.is_file()}
    assert set(again) == set(written)
    assert [n for n, data in again.items() if written[n].read_bytes() != data] == []


def test_the_list_has_every_card_with_the_prices_that_cards_list_gives(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cards", "list", "--at", "2026-11-20", "--format", "json", "--quiet"]) == 0
    listed = json.loads(capsys.readouterr().out)
    document = json.loads((site / "data" / "models.json").read_bytes())
    assert document["catalog"] == listed["catalog"]
    ours = {each["card"]: (each["since"], each["per_1m"]) for each in document["models"]}
    assert ours == {each["card"]: (each["since"], each["per_1m"]) for each in listed["cards"]}
    assert len(ours) > 1000


def test_each_seller_has_a_page_and_a_document_with_every_price_and_its_source(site: Path) -> None:
    document = json.loads((site / "data" / "models.json").read_bytes())
    for seller in document["sellers"]:
        cards = json.loads((site / "data" / "sellers" / f"{seller}.json").read_bytes())["cards"]
        own = [model for model in document["models"] if model["seller"] == seller]
        assert list(cards) == [model["model"] for model in own]
        page = (site / "sellers" / f"{seller}.html").read_text(encoding="utf-8")
        assert page.count("<section") == 1 + len(cards)
        for model in own:
            card = cards[model["model"]]
            # a price that stands on top of the list stands among the model's own, with a page
            for meter in model["per_1m"]:
                fits = [r for r in card["rows"] if meter == r["meter"] and r["kind"] == "price"]
                assert fits, (model["card"], meter)
            assert all(note["from"] for note in card["notes"])
            assert all(row["source"] for row in card["rows"])


def test_pages_name_no_other_host_but_in_links_that_somebody_follows(site: Path) -> None:
    import re

    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"""(?:src|action)=["'](?:https?:)?//""", text) == []
        assert [t for t in re.findall(r"<link[^>]*>", text) if "//" in t] == []
        assert "<script>" not in text
        assert " style=" not in text


def test_the_archive_holds_the_engine_and_no_page(catalog: pricing.Catalog) -> None:
    names = zipfile.ZipFile(io.BytesIO(engine_zip(catalog))).namelist()
    assert {"pricing/__init__.py", "pricing/_snapshot/_index.json"} <= set(names)
    assert "zoneinfo/Asia/Shanghai" in names
    tops = {name.split("/")[1] for name in names if name.startswith("pricing/")}
    assert tops & {"site", "pytest_plugin", "__pycache__"} == set()


def test_hostile_texts_of_cards_are_texts_on_the_pages(tmp_path: Path) -> None:
    maker = tmp_path / "cards" / "evil"
    maker.mkdir(parents=True)
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp"
    provider = {"provider": "evil", "currency": "USD", "title": hostile}
    (maker / "provider.yaml").write_text(json.dumps(provider), encoding="utf-8")
    card = {
        "model": "evil-1", "provider": "evil", "publisher": "evil",
        "revisions": [{
            "effective": "2026-01-01", "note": hostile,
            "sources": [{"url": "https://evil.example/'onclick='alert(3)",
                         "checked": "2026-01-01", "note": hostile}],
            "rates": [{"per": "1_000_000 token", "price": {"input": "1", "output": "2"}}],
        }],
    }  # fmt: skip
    (maker / "evil-1.yaml").write_text(json.dumps(card), encoding="utf-8")
    catalog = pricing.load_catalog(tmp_path / "cards")
    files = site_files(catalog, STAND_IN, AT, "1")
    for name in ("index.html", "sellers/evil.html"):
        page = files[name].decode()
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "\u202e" not in page
        assert "href='" not in page


@pytest.mark.parametrize("what", ["a file", "a strange folder", "another's site.json"])
def test_nothing_but_a_site_is_replaced(
    what: str, tmp_path: Path, catalog: pricing.Catalog
) -> None:
    out = tmp_path / "out"
    if what == "a file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "mine.txt").write_text("mine")
        if what != "a strange folder":
            (out / "site.json").write_text('{"schema": "theirs"}')
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(pricing.PricingError, match="something else than a site"):
        build_site(catalog, out, STAND_IN, AT, "1")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_site_is_replaced_whole(site: Path, catalog: pricing.Catalog, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    build_site(catalog, out, STAND_IN, AT, "1")
    (out / "left.html").write_text("of an older version")
    build_site(catalog, out, STAND_IN, AT, "1")
    assert not (out / "left.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_site_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, catalog: pricing.Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    build_site(catalog, out, STAND_IN, AT, "1")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    real = Path.rename

    def full(self: Path, target: Path) -> Path:
        if Path(target) == out and not str(self).endswith(".old"):
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(pricing.PricingError, match="No space left"):
        build_site(catalog, out, STAND_IN, AT, "1")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# ---- Pyodide


def test_a_folder_without_the_pinned_pyodide_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pricing.PricingError, match="no such folder"):
        pyodide.pyodide_files(tmp_path / "none")
    with pytest.raises(pricing.PricingError, match="no whole Pyodide"):
        pyodide.pyodide_files(tmp_path)
    for name in pyodide.FILES:
        (tmp_path / name).write_text("another")
    with pytest.raises(pricing.PricingError, match="is not Pyodide") as found:
        pyodide.pyodide_files(tmp_path)
    assert f"npm pack pyodide@{pyodide.VERSION}" in str(found.value)


def test_without_npm_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pricing.PricingError, match="no npm to fetch it") as found:
        pyodide.pyodide_files()
    assert "--pyodide FOLDER" in str(found.value)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo other > pyodide-0.tgz", "another package than the pinned one"),
        ("echo 'npm error code ENOTFOUND' >&2; exit 1", "npm error code ENOTFOUND"),
        ("exit 0", "no package came"),
    ],
)
def test_what_npm_fetched_is_checked(
    script: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "npm"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(pricing.PricingError, match=told):
        pyodide.pyodide_files()
    assert not (tmp_path / "cache").exists()


def test_a_kept_pyodide_is_read_again_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    known = {name: hashlib.sha256(data).hexdigest() for name, data in STAND_IN.items()}
    monkeypatch.setattr(pyodide, "FILES", known)
    pyodide._keep(pyodide.kept_folder(), STAND_IN)
    assert pyodide.pyodide_files() == STAND_IN
    assert pyodide.pyodide_files(pyodide.kept_folder()) == STAND_IN
    (pyodide.kept_folder() / "pyodide.mjs").write_text("changed")
    with pytest.raises(pricing.PricingError, match="is not Pyodide"):
        pyodide.pyodide_files()


# ---- serving


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[SiteServer]:
    with SiteServer(site) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()


def ask(
    server: SiteServer, path: str, host: str | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    made = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    made.putrequest(method, path, skip_host=True)
    if host != "":
        made.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    made.endheaders()
    answer = made.getresponse()
    body = answer.read()
    made.close()
    return answer.status, dict(answer.getheaders()), body


def test_every_file_has_its_type_and_the_policy(server: SiteServer, site: Path) -> None:
    for path in site.rglob("*"):
        if path.is_file():
            status, headers, body = ask(server, f"/{path.relative_to(site).as_posix()}")
            assert status == 200, path
            assert body == path.read_bytes()
            assert headers["Content-Type"] == TYPES[path.suffix]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert TYPES[".wasm"] == "application/wasm"
    assert ask(server, "/")[2] == (site / "index.html").read_bytes()
    assert ask(server, "/index.html?x=1")[0] == 200
    status, headers, body = ask(server, "/", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == (site / "index.html").stat().st_size


@pytest.mark.parametrize(
    "path",
    ["/sellers/", "/sellers", "/data", "/none.html", "/../secret.txt", "/%2e%2e/secret.txt",
     "/..%2fsecret.txt", "/sellers/../../secret.txt", "//etc/passwd", "/etc/passwd", "/.hidden.txt",
     "/link.txt", "/odd.py", "/index.html%00.txt", "/..\\secret.txt", "http://127.0.0.1/", "*"],
)  # fmt: skip
def test_nothing_outside_and_no_listing_is_shown(server: SiteServer, site: Path, path: str) -> None:
    secret = site.parent / "secret.txt"
    secret.write_text("secret")
    (site / ".hidden.txt").write_text("secret")
    (site / "odd.py").write_text("secret")
    if not (site / "link.txt").is_symlink():
        (site / "link.txt").symlink_to(secret)
    try:
        status, _, body = ask(server, path)
    finally:
        for name in (".hidden.txt", "odd.py", "link.txt"):
            (site / name).unlink()
    assert b"secret" not in body
    assert status == (200 if path.startswith("http:") else 404)


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1", "127.0.0.1.evil.example:80"])
def test_another_host_gets_nothing(server: SiteServer, host: str) -> None:
    status, _, body = ask(server, "/", host)
    assert (status, body) == (421, b"421 Misdirected Request\n")
    assert ask(server, "/", f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_site_is_only_read(server: SiteServer, method: str) -> None:
    assert ask(server, "/", method=method)[0] == 501


def test_only_this_machine_is_listened_to(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


# ---- the command


def said(*words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pricing", "site", *words], capture_output=True, text=True
    )
    # messages are broken at 80 columns, wherever that is
    return done.returncode, done.stdout, " ".join(done.stderr.split())


def test_the_command_says_what_is_wrong_and_what_to_do(tmp_path: Path, server: SiteServer) -> None:
    (tmp_path / "mine").write_text("x")
    code, _, told = said("build", str(tmp_path))
    assert (code, "Name a new or an empty folder" in told) == (2, True)
    code, _, told = said("build", str(tmp_path / "new"), "--pyodide", str(tmp_path))
    assert (code, "no whole Pyodide" in told, "npm pack" in told) == (2, True, True)
    assert not (tmp_path / "new").exists()
    code, _, told = said("serve", str(tmp_path))
    assert (code, "pricing site build DIR" in told) == (2, True)
    code, _, told = said("serve", str(server.folder), "--port", str(server.server_port))
    assert (code, "--port N" in told) == (2, True)
    code, _, told = said("serve", str(server.folder), "--port", "70000")
    assert (code, "65535" in told) == (2, True)
    code, _, told = said("serve", str(server.folder), "--at", "2026-01-01")
    assert (code, "Build it again" in told) == (2, True)
    code, _, told = said("biuld")
    assert (code, "Did you mean 'build'?" in told) == (2, True)


def test_serve_prints_the_address_and_ends_when_it_is_told_to(site: Path) -> None:
    command = [sys.executable, "-m", "pricing", "site", "serve", str(site), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        made = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=10)
        made.request("GET", "/")
        assert made.getresponse().read() == (site / "index.html").read_bytes()
        made.close()
        process.terminate()
        assert process.wait(timeout=20) == 0
