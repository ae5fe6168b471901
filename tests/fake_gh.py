"""Stands in for ``gh`` in tests: sends ``gh api`` over HTTP to the server at FAKE_GITHUB."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request


def main(words: list[str]) -> int:
    assert words[0] == "api", words
    method = words[words.index("--method") + 1]
    place = words[words.index("--method") + 2]
    data = sys.stdin.buffer.read() if "--input" in words else None
    url = f"{os.environ['FAKE_GITHUB']}/{place}"
    request = urllib.request.Request(url, data, method=method)
    request.add_header("Authorization", f"token {os.environ.get('GH_TOKEN', '')}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            sys.stdout.write(answer.read().decode())
    except urllib.error.HTTPError as error:
        print(f"gh: {error.reason} (HTTP {error.code})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
