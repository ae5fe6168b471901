"""Sessions of Claude Code: each call once, whatever was repeated, resumed, forked or cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pricing.cli
from pricing.usage.records import Records

MODEL = "claude-sonnet-4-6"
USER = {
    "type": "user",
    "sessionId": "s1",
    "timestamp": "2026-08-01T09:59:00Z",
    "message": {"role": "user", "content": "hello"},
}


def row(
    message: str | None = "msg_A",
    output: Any = 300,
    *,
    inputs: int = 10,
    stop: str | None = "end_turn",
    session: str = "s1",
    at: str = "2026-08-01T10:00:00Z",
    model: str = MODEL,
    usage: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    counts = {"input_tokens": inputs, "output_tokens": output, **(usage or {})}
    return {
        "type": "assistant",
        "sessionId": session,
        "cwd": f"code/{session}",
        "timestamp": at,
        "requestId": "req_A",
        "message": {"id": message, "model": model, "stop_reason": stop, "usage": counts},
        **more,
    }


class Tree:
    """A tree of sessions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "projects" / "-code-app"
        self.folder.mkdir(parents=True)

    def write(self, name: str, *rows: dict[str, Any] | str, start: str = "") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [each if isinstance(each, str) else json.dumps(each) for each in rows]
        path.write_text(start + "\n".join(texts) + "\n", encoding="utf-8")
        return path

    def read(self, **options: Any) -> tuple[Records, list[Any]]:
        records = Records([str(self.folder.parent)], **options)
        return records, [usage for usages in records for usage in usages]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def skipped(records: Records) -> dict[str, int]:
    return {reason: count for reason, count in records.skipped.items() if count}


def test_of_a_message_in_several_rows_the_last_word_stands(tree: Tree) -> None:
    tree.write(
        "s1.jsonl",
        USER,
        row(output=1, stop=None),
        row(output=3, stop=None),
        row(output=300, stop="tool_use"),
    )
    records, (usage,) = tree.read()
    assert usage.meters == {"input": 10, "output": 300}
    assert not usage.incomplete
    assert usage.place.endswith("s1.jsonl:4")
    assert usage.labels == {"session": "s1", "project": "code/s1"}
    assert skipped(records) == {"duplicates": 2}


def test_the_last_word_may_come_first(tree: Tree) -> None:
    tree.write("s1.jsonl", row(output=300), row(output=3, stop=None))
    _, (usage,) = tree.read()
    assert (usage.meters["output"], usage.incomplete) == (300, False)


def test_a_message_that_never_stopped_is_a_lower_bound(tree: Tree) -> None:
    tree.write("s1.jsonl", row(output=1, stop=None), row(output=4, stop=None))
    _, (usage,) = tree.read()
    assert (usage.meters["output"], usage.incomplete) == (4, True)


def test_of_equals_one_with_a_speed_stands(tree: Tree) -> None:
    tree.write("s1.jsonl", row(), row(usage={"speed": "fast"}), row())
    _, (usage,) = tree.read()
    assert usage.attributes["speed"] == "fast"


def test_messages_without_a_request_id_are_known_by_their_own(tree: Tree) -> None:
    first, second = row(), row(at="2026-08-01T10:00:09Z")
    del first["requestId"], second["requestId"]
    tree.write("s1.jsonl", first, second)
    records, usages = tree.read()
    assert len(usages) == 1
    assert records.two_calls == 0


def test_one_id_in_two_sessions_with_other_input_is_two_calls(tree: Tree) -> None:
    rows = [
        row(requestId=None),
        row(requestId=None, session="s2", inputs=70, output=1, stop=None),
        row(requestId=None, session="s2", inputs=70),
        row(requestId=None, session="s2", inputs=70),
    ]
    tree.write("s1.jsonl", rows[0])
    tree.write("s2.jsonl", *rows[1:])
    records, usages = tree.read()
    assert sorted(usage.meters["input"] for usage in usages) == [10, 70]
    assert records.two_calls == 1


@pytest.mark.parametrize(
    "change", [{"requestId": "req_B"}, {"inputs": 10}, {"session": "s1"}], ids=str
)
def test_one_id_is_one_call_otherwise(tree: Tree, change: dict[str, Any]) -> None:
    tree.write("s1.jsonl", row(requestId=None))
    other = {"requestId": None, "session": "s2", "inputs": 70, **change}
    tree.write("s2.jsonl", row(**other))
    records, usages = tree.read()
    assert (len(usages), records.two_calls) == (1, 0)


def test_a_copy_in_a_resumed_session_belongs_to_the_first(tree: Tree) -> None:
    later = {"at": "2026-08-01T10:00:00Z", "session": "s2"}
    tree.write("a.jsonl", {**USER, "timestamp": "2026-08-02T08:00:00Z"}, row(**later), row("msg_B"))
    tree.write("b.jsonl", USER, row())
    records, usages = tree.read()
    assert [usage.labels["session"] for usage in usages] == ["s1", "s1"]
    assert [Path(usage.place).name for usage in usages] == ["b.jsonl:2", "a.jsonl:3"]
    assert skipped(records) == {"duplicates": 1}


@pytest.mark.parametrize("file", ["a.jsonl", "s1/subagents/agent-a1.jsonl"])
def test_a_sub_agent_replays_its_parent_and_bills_its_own(tree: Tree, file: str) -> None:
    tree.write("s1.jsonl", USER, row())
    replay = row(requestId="req_R", isSidechain=True, agentId="a1")
    tree.write(file, replay, row("msg_C", 60, isSidechain=True))
    records, usages = tree.read()
    assert sorted(usage.meters["output"] for usage in usages) == [60, 300]
    assert skipped(records) == {"sidechain_replays": 1}


def test_a_progress_row_holds_an_agents_row(tree: Tree) -> None:
    held = {"message": row()["message"], "timestamp": "2026-08-01T10:00:00Z", "requestId": "r"}
    progress = {"type": "progress", "sessionId": "s1", "data": {"message": held}}
    tree.write("s1.jsonl", progress, progress, row("msg_B"))
    records, usages = tree.read()
    assert [usage.id for usage in usages] == ["msg_A", "msg_B"]
    assert [usage.labels["session"] for usage in usages] == ["s1", "s1"]
    assert skipped(records) == {"duplicates": 1}


@pytest.mark.parametrize("more", [{"model": "<synthetic>"}, {"isApiErrorMessage": True}], ids=str)
def test_what_claude_code_made_up_is_not_billed(tree: Tree, more: dict[str, Any]) -> None:
    tree.write("s1.jsonl", row("e1", 0, inputs=0, **more), row())
    records, usages = tree.read()
    assert [usage.id for usage in usages] == ["msg_A"]
    assert skipped(records) == {"errors_not_billed": 1}


def test_rows_as_other_writers_put_them(tree: Tree) -> None:
    nulls = {"cache_read_input_tokens": None, "speed": None, "server_tool_use": None}
    spaced = json.dumps(row("msg_B"), indent=None, separators=(" , ", " : "))
    tree.write("s1.jsonl", row(usage=nulls), spaced, row("msg_C", version="dev"), start="\ufeff")
    records, usages = tree.read()
    assert [usage.id for usage in usages] == ["msg_A", "msg_B", "msg_C"]
    assert skipped(records) == {}


def test_a_flat_count_without_its_parts_is_counted(tree: Tree) -> None:
    parts = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    usage = {"cache_creation_input_tokens": 500, "cache_creation": parts}
    tree.write("s1.jsonl", row(usage=usage))
    _, (found,) = tree.read()
    assert found.meters["cache_write"] == 500


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"assistant","message":{"usage":{"input_tok',
        '{"type":"user","message":{"content":"cut he',
        '{"type":"assistant","message":{"usage":{"input_tokens":-1}}}',
    ],
)
def test_a_damaged_row_is_named_and_left_out(tree: Tree, text: str) -> None:
    for name, rows in (("first", [text, row()]), ("last", [USER, row("msg_B"), text])):
        tree.write(f"{name}.jsonl", *rows)
    records, usages = tree.read()
    assert [usage.id for usage in usages] == ["msg_B", "msg_A"]
    assert skipped(records) == {"malformed": 2}
    assert sorted(fault.line for fault in records.faults) == [1, 3]


@pytest.mark.parametrize(
    "first",
    [
        {"type": "summary", "summary": "s", "leafUuid": "u"},
        {"type": "file-history-snapshot", "messageId": "m", "snapshot": {}},
        {"type": "queue-operation", "operation": "enqueue", "sessionId": "s1"},
        {"type": "something-new", "value": 1},
    ],
    ids=lambda first: str(first["type"]),
)
def test_a_session_may_begin_with_any_row(tree: Tree, first: dict[str, Any]) -> None:
    tree.write("s1.jsonl", first, USER, row())
    tree.write("s2.jsonl", first)
    records, usages = tree.read()
    assert (len(usages), skipped(records)) == (1, {})


def test_a_text_that_speaks_of_usage_is_no_usage(tree: Tree) -> None:
    said = {**USER, "message": {"role": "user", "content": '{"usage": {"input_tokens": 5}}'}}
    tool = {**USER, "toolUseResult": {"usage": {"input_tokens": 5}}, "type": "user"}
    tree.write("s1.jsonl", said, tool, row())
    _, usages = tree.read()
    assert len(usages) == 1


def test_the_shape_may_be_named(tree: Tree) -> None:
    tree.write("s1.jsonl", USER, row(output=1, stop=None), row())
    records, usages = tree.read(shape="claude-code")
    assert (len(usages), skipped(records)) == (1, {"duplicates": 1})


def test_an_index_beside_the_sessions_is_no_log(tree: Tree) -> None:
    tree.write("s1.jsonl", row())
    (tree.folder / "sessions-index.json").write_text('{"version": 1, "entries": []}')
    assert len(tree.read()[1]) == 1


def test_a_session_without_usage_bills_nothing(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tree.write("s1.jsonl", USER)
    assert pricing.cli.main(["cost", str(path)]) == 0
    assert capsys.readouterr().out.strip() == "Nothing billed: no usage found"


def test_two_calls_with_one_id_are_told(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.write("s1.jsonl", row(requestId=None))
    tree.write("s2.jsonl", row(requestId=None, session="s2", inputs=70))
    assert pricing.cli.main(["cost", str(tree.folder), "--by", "session"]) == 0
    assert "1 message id in two sessions with other input" in capsys.readouterr().err
