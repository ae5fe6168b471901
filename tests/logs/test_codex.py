"""Sessions of Codex: the growth of the total, once, and of a fork only its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pricing.usage.records import Records

DAY = "2026-05-01T"


def meta(session: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    payload = {"id": session, "timestamp": f"{DAY}10:00:00Z", "cwd": "code", **more}
    if parent is not None:
        payload["forked_from_id"] = parent
    return {"timestamp": f"{DAY}10:00:00Z", "type": "session_meta", "payload": payload}


def turn(model: str) -> dict[str, Any]:
    return {"timestamp": f"{DAY}10:00:01Z", "type": "turn_context", "payload": {"model": model}}


def counts(*numbers: int) -> dict[str, int]:
    into, cached, out, thought = (*numbers, 0, 0, 0)[:4]
    return {
        "input_tokens": into,
        "cached_input_tokens": cached,
        "output_tokens": out,
        "reasoning_output_tokens": thought,
        "total_tokens": into + out,
    }


def event(total: Any, last: Any = None, at: str = "10:00:05Z") -> dict[str, Any]:
    info = {"total_token_usage": total and counts(*total), "last_token_usage": None}
    if last is not None:
        info["last_token_usage"] = counts(*last)
    payload = {"type": "token_count", "info": info if total or last else None}
    return {"timestamp": DAY + at, "type": "event_msg", "payload": payload}


class Tree:
    """Folders of sessions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, *rows: dict[str, Any], folder: str = "sessions/2026/05/01") -> Path:
        path = self.folder / folder / f"rollout-{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(each) + "\n" for each in rows))
        return path

    def read(self, *paths: Path) -> tuple[Records, list[Any]]:
        records = Records([str(path) for path in paths or (self.folder,)])
        return records, [usage for usages in records for usage in usages]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


FIRST, SECOND, THIRD = (1000, 200, 100, 40), (3000, 1500, 300, 140), (3500, 1900, 350, 150)


def test_the_growth_of_the_total_is_billed(tree: Tree) -> None:
    tree.write(
        "p",
        meta("P", model_provider="openai"),
        turn("gpt-a"),
        event(FIRST, FIRST),
        event(FIRST, FIRST),
        turn("gpt-b"),
        event(None),
        event(SECOND, (2000, 1300, 200, 100)),
    )
    records, usages = tree.read()
    assert [usage.meters for usage in usages] == [
        {"input": 800, "cache_read": 200, "output": 60, "output.reasoning": 40},
        {"input": 700, "cache_read": 1300, "output": 100, "output.reasoning": 100},
    ]
    assert [(usage.model, usage.context_tokens) for usage in usages] == [
        ("gpt-a", 1000),
        ("gpt-b", 2000),
    ]
    assert usages[0].seller == "openai"
    assert usages[0].labels == {"session": "P", "project": "code"}
    assert records.skipped["duplicates"] == 1


def test_an_event_between_is_missing(tree: Tree) -> None:
    tree.write("p", meta("P"), turn("m"), event(FIRST, FIRST), event(THIRD, (500, 400, 50, 10)))
    usage = tree.read()[1][1]
    assert usage.meters["input"] == 2500 - 1700
    assert (usage.aggregate, usage.context_tokens) == (True, None)


def test_a_total_that_falls_bills_the_last_call(tree: Tree) -> None:
    overflow = event((0, 0, 0, 0), (0, 0, 0, 0))
    overflow["payload"]["info"]["total_token_usage"]["total_tokens"] = 272000
    tree.write(
        "p",
        meta("P"),
        turn("m"),
        event(SECOND, SECOND),
        overflow,
        event((50, 0, 5, 0), (50, 0, 5, 0)),
        event((20, 0, 2, 0), (20, 0, 2, 0)),
    )
    usages = tree.read()[1]
    assert [usage.meters["input"] for usage in usages] == [1500, 50, 20]
    assert usages[2].warnings == ("the total of a session fell: its last call is billed",)


CHILD = (
    event(FIRST, FIRST, "11:00:00.010Z"),
    event(SECOND, (2000, 1300, 200, 100), "11:00:00.020Z"),
    event(THIRD, (500, 400, 50, 10), "11:00:30Z"),
)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")], ids=str)
def test_a_fork_bills_its_own_beside_its_parent(tree: Tree, names: tuple[str, str]) -> None:
    own = event((9000, 1500, 300, 140), (6000, 0, 0, 0), "12:00:00Z")
    parent = [turn("m"), event(FIRST, FIRST), event(SECOND), own]
    tree.write(names[0], meta("P"), *parent)
    tree.write(names[1], meta("C", "P"), meta("P"), turn("m"), *CHILD)
    records, usages = tree.read()
    assert sum(usage.meters["input"] for usage in usages) == 1500 + 6000 + 100
    assert [usage.labels["session"] for usage in usages] == ["P", "P", "P", "C"]
    assert not any(usage.warnings for usage in usages)
    assert records.skipped["duplicates"] == 2


def test_a_fork_of_a_fork_replays_both(tree: Tree) -> None:
    tree.write("c", meta("P"), turn("m"), event(FIRST, FIRST), event(SECOND))
    tree.write("b", meta("C", "P"), turn("m"), *CHILD)
    more = event((4000, 1900, 350, 150), (500, 0, 0, 0), "11:30:00Z")
    tree.write("a", meta("G", "C"), turn("m"), *CHILD, more)
    assert [usage.labels["session"] for usage in tree.read()[1]] == ["P", "P", "C", "G"]


def test_a_fork_without_its_parent_leaves_out_its_first_second(tree: Tree) -> None:
    path = tree.write("b", meta("C", "P"), turn("m"), *CHILD)
    records, (usage,) = tree.read(path)
    assert usage.meters["input"] == 100
    assert usage.warnings[0].startswith("a fork without its parent")
    assert records.skipped["duplicates"] == 2


def test_a_lone_first_event_of_a_fork_is_a_call(tree: Tree) -> None:
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": "P"}}}
    last = (500, 400, 50, 10)
    path = tree.write(
        "b",
        meta("C", source=spawn),
        turn("m"),
        event(THIRD, last, "11:00:00.010Z"),
        event(THIRD, last, "11:00:00.020Z"),
        event((3600, 1900, 350, 150), (100, 0, 0, 0), "11:00:30Z"),
    )
    records, usages = tree.read(path)
    assert [usage.meters["input"] for usage in usages] == [100, 100]
    assert not usages[0].warnings
    assert records.skipped["duplicates"] == 1


def test_the_only_event_of_a_fork_is_a_call(tree: Tree) -> None:
    path = tree.write("b", meta("C", "P"), turn("m"), CHILD[2])
    assert [usage.meters["input"] for usage in tree.read(path)[1]] == [100]


def test_sessions_that_fork_each_other_end(tree: Tree) -> None:
    tree.write("a", meta("A", "B"), turn("m"), event(FIRST, FIRST))
    tree.write("b", meta("B", "A"), turn("m"), event(FIRST, FIRST))
    assert tree.read()[1]


def test_an_archived_copy_is_the_same_session(tree: Tree) -> None:
    rows = [meta("P"), turn("m"), event(FIRST, FIRST), event(SECOND)]
    tree.write("p", *rows)
    tree.write("p", *rows, folder="archived_sessions")
    records, usages = tree.read()
    assert len(usages) == 2
    assert records.skipped["duplicates"] == 2


def test_turns_are_counted_where_nothing_else_is(tree: Tree) -> None:
    def snapshot(number: str, *total: int) -> dict[str, Any]:
        payload = {"turn_id": number, "turn_token_usage": counts(*total)}
        return {"timestamp": f"{DAY}10:00:05Z", "type": "token_usage_record", "payload": payload}

    turns = [snapshot("1", 100), snapshot("1", 300), snapshot("2", 50)]
    path = tree.write("t", meta("T"), turn("m"), *turns)
    usages = tree.read(path)[1]
    assert [usage.meters["input"] for usage in usages] == [300, 50]
    assert all(usage.aggregate for usage in usages)
    path = tree.write("u", meta("U"), turn("m"), *turns, event(FIRST, FIRST))
    assert [usage.meters["input"] for usage in tree.read(path)[1]] == [800]


def test_a_damaged_row_is_named_and_left_out(tree: Tree) -> None:
    path = tree.write("p", meta("P"), turn("m"), event(FIRST, FIRST))
    path.write_text('{"timestamp":"2026-05-01\n' + path.read_text() + '{"type":"event_msg","payl')
    records, usages = tree.read()
    assert len(usages) == 1
    assert records.skipped["malformed"] == 2


def test_a_session_without_counts_is_no_fault(tree: Tree) -> None:
    tree.write("p", meta("P"))
    records, usages = tree.read()
    assert (usages, records.faults) == ([], [])
