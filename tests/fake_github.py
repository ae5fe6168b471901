"""A stub of GitHub for tests: the comments of one pull request, ``gh``, and a repository."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from budget_files import call, file_of

ISSUE = "/repos/acme/app/issues/7/comments"
BUDGETS = (
    "  - {id: month, limit: 200 USD}\n"
    "  - {id: rise, increase: {amount: 20 USD}, severity: warning}\n"
)


class GitHub:
    """A stub of the part of GitHub's API that comments use; it keeps what it was sent."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        #: statuses to answer with first
        self.failures: list[int] = []
        self.url = ""

    def answer(self, method: str, path: str, data: dict[str, Any]) -> tuple[int, Any]:
        self.calls.append((method, path.partition("?")[0]))
        if self.failures:
            return self.failures.pop(0), {}
        where = urlsplit(path)
        if method == "GET" and where.path == ISSUE:
            query = {key: int(values[0]) for key, values in parse_qs(where.query).items()}
            first = (query["page"] - 1) * query["per_page"]
            return 200, self.comments[first : first + query["per_page"]]
        if len(data.get("body", "")) > 65_536:
            return 422, {}
        if method == "POST" and where.path == ISSUE:
            self.add(data["body"])
            return 201, self.comments[-1]
        if method == "PATCH":
            found = [c for c in self.comments if where.path.endswith(f"comments/{c['id']}")]
            found[0]["body"] = data["body"].replace("\n", "\r\n")
            return 200, found[0]
        return 404, {}

    def add(self, body: str) -> None:
        # GitHub keeps the line ends of a form, and drops the last
        body = body.rstrip("\n").replace("\n", "\r\n")
        self.comments.append({"id": 100 + len(self.comments), "body": body})


@contextmanager
def serving_github() -> Iterator[GitHub]:
    """Give a stub that answers while the block runs."""
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            data = json.loads(self.rfile.read(size) or b"{}")
            state.tokens.add(self.headers.get("Authorization", ""))
            status, answer = state.answer(self.command, self.path, data)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def project_in(folder: Path, more: str = "") -> Path:
    """Give a repository whose base is kept at 135 USD, and whose head is not changed yet."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "budget.yaml").write_text(file_of(budgets=BUDGETS) + more)
    (folder / "calls.jsonl").write_text(call())
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")
    return folder


def put_gh(folder: Path) -> Path:
    """Write a ``gh`` that speaks to the stub; give its folder."""
    folder.mkdir(exist_ok=True)
    gh = folder / "gh"
    words = shlex.join([sys.executable, str(Path(__file__).with_name("fake_gh.py"))])
    gh.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    gh.chmod(0o755)
    return folder
