"""How the sessions of coding agents, and a gateway's log of calls, are told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.usage.logs import Start

#: rows that hold no message, which may be the first ones of a session
_CLAUDE_ROWS = {"summary", "file-history-snapshot", "queue-operation", "custom-title"}
_SESSIONS = {"sessions", "archived_sessions"}
_CODEX_ROWS = {"session_meta", "turn_context", "response_item", "event_msg", "compacted"}


def claude_code(start: Start) -> bool:
    """A session of Claude Code: rows of a session, whose first one may hold no message."""
    kind = start.record.get("type")
    if "sessionId" in start.record and isinstance(kind, str):
        return True
    if isinstance(kind, str) and kind in _CLAUDE_ROWS:
        return not start.record.keys().isdisjoint(("leafUuid", "messageId", "snapshot"))
    # a first row that is damaged, or of a kind of its own
    is_row = not start.record or (isinstance(kind, str) and not _holds_more(start))
    return is_row and start.path.endswith(".jsonl") and "projects" in _folders(start)


def codex(start: Start) -> bool:
    """A session of Codex: each row holds what it is under ``payload``."""
    kind = start.record.get("type")
    if isinstance(kind, str) and kind in _CODEX_ROWS:
        return isinstance(start.record.get("payload"), dict)
    *folders, file = _folders(start)
    is_rollout = file.startswith("rollout-") and file.endswith(".jsonl")
    return is_rollout and not start.record and not _SESSIONS.isdisjoint(folders)


def _folders(start: Start) -> list[str]:
    return start.path.replace("\\", "/").split("/")


def _holds_more(start: Start) -> bool:
    return not start.record.keys().isdisjoint(("response", "body", "usage"))


#: keys of a response that a gateway keeps as it came
_BODY = ("choices", "content", "id", "object", "output", "type")


def calls(start: Start) -> bool:
    """A gateway's own log: who served a call, and its usage as the API gave it."""
    record = start.record
    is_call = isinstance(record.get("usage"), dict) and isinstance(record.get("provider"), str)
    # a body tells its choices, its kind or its id; a gateway's log the time and the request
    is_own = "request_id" in record or record.keys().isdisjoint(_BODY)
    return is_call and is_own and "ts" in record
