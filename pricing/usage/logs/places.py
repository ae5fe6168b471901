"""Where coding agents keep the logs of their sessions."""

from __future__ import annotations

import os

from pricing.errors import UsageError
from pricing.usage.packed import ENDINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SUFFIXES = (".jsonl", *(f".jsonl{ending}" for ending in ENDINGS))


class Place:
    """The folders of one agent: ``name`` is that of an option, too."""

    __slots__ = ("about", "folders", "name", "variable")

    def __init__(
        self, name: str, about: str, variable: str, folders: Callable[[str], list[str]]
    ) -> None:
        self.name = name
        self.about = about
        #: the environment variable that names another place
        self.variable = variable
        self.folders = folders

    @property
    def key(self) -> str:
        return self.name.replace("-", "_")

    def files(self) -> list[str]:
        """Give the logs of all sessions; raises UsageError where there is none."""
        folders = self.folders(os.environ.get(self.variable, ""))
        found: dict[tuple[int, int], str] = {}
        for folder in folders:
            for root, inner, files in os.walk(folder):
                inner.sort()
                for file in sorted(files):
                    path = os.path.join(root, file)
                    if not file.endswith(_SUFFIXES) or not os.path.exists(path):
                        continue
                    state = os.stat(path)
                    # a session that has not said anything is an empty file
                    if state.st_size:
                        found.setdefault((state.st_dev, state.st_ino), path)
        if not found:
            raise UsageError(
                f"no session in {' or '.join(folders)}",
                remedy=f"{self.variable} names another place.",
            )
        return list(found.values())


def _home(*names: str) -> str:
    return os.path.join(os.path.expanduser("~"), *names)


def _claude_code(told: str) -> list[str]:
    roots = [root.strip() for root in told.split(",") if root.strip()]
    if not roots:
        config = os.environ.get("XDG_CONFIG_HOME") or _home(".config")
        roots = [os.path.join(config, "claude"), _home(".claude")]
    return [
        root if os.path.basename(os.path.normpath(root)) == "projects" else
        os.path.join(root, "projects")
        for root in roots
    ]  # fmt: skip


def _codex(told: str) -> list[str]:
    root = told or _home(".codex")
    return [os.path.join(root, "sessions"), os.path.join(root, "archived_sessions")]


PLACES = (
    Place("claude-code", "the sessions of Claude Code on this computer", "CLAUDE_CONFIG_DIR",
          _claude_code),
    Place("codex", "the sessions of Codex on this computer", "CODEX_HOME", _codex),
)  # fmt: skip
