"""How the logs of coding agents are told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.usage.logs import Start

#: rows that hold no message, which may be the first ones of a session
_CLAUDE_ROWS = {"summary", "file-history-snapshot", "queue-operation", "custom-title"}
_CODEX_ROWS = {"session_meta", "turn_context", "response_item", "event_msg", "compacted"}


def claude_code(start: Start) -> bool:
    """A session of Claude Code: rows of a session, whose first one may hold no message."""
    kind = start.record.get("type")
    if "sessionId" in start.record and isinstance(kind, str):
        return True
    if kind in _CLAUDE_ROWS:
        return not start.record.keys().isdisjoint(("leafUuid", "messageId", "snapshot"))
    # a file whose first row is damaged
    folders = start.path.replace("\\", "/").split("/")
    return not start.record and "projects" in folders and start.path.endswith(".jsonl")


def codex(start: Start) -> bool:
    """A session of Codex: each row holds what it is under ``payload``."""
    kind = start.record.get("type")
    return kind in _CODEX_ROWS and isinstance(start.record.get("payload"), dict)
