"""Serving a site to this machine alone: 127.0.0.1, the site's own files, and nothing else."""

from __future__ import annotations

import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from pricing.errors import PricingError
from pricing.site.build import MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

ADDRESS = "127.0.0.1"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
}
#: the page's own files and Python's; no inline script, no other host
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
    " connect-src 'self'; worker-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_BLOCK = 1 << 20


class SiteServer(ThreadingHTTPServer):
    """A server of one site's files on the loopback address; port 0 takes a free one.

    Raises:
        PricingError: the folder is no site, or the port is taken.
    """

    daemon_threads = True

    def __init__(self, folder: str | PathLike[str], port: int = 0) -> None:
        self.folder = os.path.realpath(folder)
        if not os.path.isfile(os.path.join(self.folder, MARK)):
            raise PricingError(
                "no site", path=os.fspath(folder), remedy="Build it: pricing site build DIR."
            )
        try:
            super().__init__((ADDRESS, port), _Handler)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise PricingError(
                f"cannot listen on port {port}: {why}", remedy="Choose another one: --port N."
            ) from None

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a browser hang up in the middle of a file; it asks again if it wants to."""


class _Handler(BaseHTTPRequestHandler):
    server: SiteServer
    server_version = "pricing"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        # a stranger's name that is made to mean this machine must not read the page
        port = self.server.server_port
        if self.headers.get_all("Host", []) not in ([f"{ADDRESS}:{port}"], [f"localhost:{port}"]):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
            return
        path = self._file()
        if path is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        try:
            file = open(path, "rb")  # noqa: SIM115  closed right below
        except OSError:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        with file:
            self.send_response(HTTPStatus.OK)
            self._send_headers(TYPES[os.path.splitext(path)[1]], os.fstat(file.fileno()).st_size)
            if with_body:
                while block := file.read(_BLOCK):
                    self.wfile.write(block)

    def _file(self) -> str | None:
        """Give the file that a path asks for: inside the folder, and of a kind that a site has."""
        asked = unquote(urlsplit(self.path).path)
        if not asked.startswith("/") or "\0" in asked or "\\" in asked:
            return None
        parts = asked.split("/")[1:]
        if parts[-1] == "":
            parts[-1] = "index.html"
        if any(part.startswith(".") or not part for part in parts):
            return None
        path = os.path.realpath(os.path.join(self.server.folder, *parts))
        inside = os.path.commonpath([path, self.server.folder]) == self.server.folder
        is_known = os.path.splitext(path)[1] in TYPES
        return path if inside and is_known and os.path.isfile(path) else None

    def _refuse(self, status: HTTPStatus) -> None:
        text = f"{status.value} {status.phrase}\n".encode()
        self.send_response(status)
        self._send_headers(TYPES[".txt"], len(text))
        if self.command != "HEAD":
            self.wfile.write(text)

    def _send_headers(self, kind: str, size: int) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what somebody looks at is theirs."""
