"""Keep one comment of a pull request up to date, through ``gh api``.

    python3 comment.py OWNER/REPOSITORY NUMBER BODY.md

The comment is found by the hidden line that BODY begins with, up to its instant. One that holds for
a later instant is left alone, as is one that says the same. Ends with 1 where GitHub refuses.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TAG = re.compile(r"<!-- pricing:budget id=(?P<id>[\w.-]+) valid-at=(?P<at>[0-9TZ:.-]+) -->\n")
PAGE = 100
MOST_PAGES = 100
TRIES = 5


def main(words: list[str]) -> int:
    """Post or update the comment; say which."""
    repository, number, path = words
    body = Path(path).read_text(encoding="utf-8")
    own = TAG.match(body)
    if own is None or not number.isdigit() or not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        print("comment.py: OWNER/REPOSITORY NUMBER BODY.md, with its hidden line", file=sys.stderr)
        return 2
    try:
        known = find(repository, number, own["id"])
        if known is None:
            call(f"repos/{repository}/issues/{number}/comments", "POST", {"body": body})
            print("comment: posted")
            return 0
        before = TAG.match(plain(known["body"]))
        if before is not None and before["at"] > own["at"]:
            print(f"comment: left alone, it holds for {before['at']}")
        elif before is not None and rest(known["body"]) == rest(body):
            print("comment: left alone, it says the same")
        else:
            place = f"repos/{repository}/issues/comments/{known['id']}"
            call(place, "PATCH", {"body": body})
            print("comment: updated")
    except OSError as error:
        print(f"comment: {error}", file=sys.stderr)
        return 1
    return 0


def plain(text: str) -> str:
    """Give text with plain line ends and none at its end: GitHub changes both."""
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


def rest(text: str) -> str:
    """Give what stands below the hidden line."""
    return plain(text).partition("\n")[2]


def find(repository: str, number: str, id: str) -> dict[str, Any] | None:
    """Give the comment with this id, the first one, or None."""
    for page in range(1, MOST_PAGES + 1):
        place = f"repos/{repository}/issues/{number}/comments?per_page={PAGE}&page={page}"
        comments = json.loads(call(place, "GET"))
        for comment in comments:
            tag = TAG.match(plain(comment.get("body") or ""))
            if tag is not None and tag["id"] == id:
                return dict(comment)
        if len(comments) < PAGE:
            return None
    return None


def call(place: str, method: str, data: dict[str, str] | None = None) -> str:
    """Give what GitHub answers; what fails is tried again; raises OSError at the end."""
    words = ["gh", "api", "--method", method, place]
    if data is not None:
        words += ["--input", "-"]
    wait = int(os.environ.get("BUDGET_RETRY_SECONDS", "2"))
    for attempt in range(TRIES):
        if attempt:
            time.sleep(wait * attempt)
        done = subprocess.run(
            words,
            input=None if data is None else json.dumps(data),
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.strip().partition("\n")[0]
        # a refusal is final: no right to comment, no such pull request, too long
        if re.search(r"HTTP 4(?!08|29)\d\d", said):
            break
    raise OSError(f"gh api {method} {place.partition('?')[0]}: {said or 'failed'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
