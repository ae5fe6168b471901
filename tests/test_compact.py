"""What waits for duplicates in few bytes comes back as it was."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import pricing
from pricing.usage.compact import Compact
from pricing.usage.records import Records
from pricing.usage.usage import Usage

PLACE = "logs/a.jsonl:7"


def made(**changes: Any) -> Usage:
    usage = Usage(
        {"input": 10, "cache_read": 0, "output": 2**32 - 1},
        at="2026-08-01T10:00:00.000001Z",
        attributes={"service_tier": "batch", "speed": None},
        model="m",
        seller="s",
        context_tokens=10,
        labels={"session": "one", "project": "p"},
        id="x",
    )
    usage.place = PLACE
    for name, value in changes.items():
        setattr(usage, name, value)
    return usage


def told(usage: Usage) -> dict[str, Any]:
    """Give all that a usage says, ids aside; in the order of its meters."""
    names = {*dir(Usage({})), *usage.__dict__}
    names = {name for name in names if not name.startswith("_")} - {"id", "raw", "replace"}
    found = {name: getattr(usage, name) for name in names}
    found["request"] = usage.request is not None
    found["meters"] = list(usage.meters.items())
    found["labels"] = dict(usage.labels)
    found["reported"] = usage.reported and (str(usage.reported.amount), usage.reported.currency)
    return found


PACKED = {
    "plain": {},
    "without a time": {"at": None},
    "before 1970": {"at": -(10**15)},
    "without a context": {"context_tokens": None, "aggregate": True},
    "no labels": {"labels": {}},
    "no attributes": {"attributes": {}},
    "an attribute that is true": {"attributes": {"web_tools": True}},
    "an attribute that is 1": {"attributes": {"web_tools": 1}},
    "no meters": {"meters": {}},
    "an amount": {"reported": pricing.Money("0.0100", "EUR"), "reported_kind": "estimate"},
    "a credit": {"reported": pricing.Money("-1E-30", "USD")},
    "a request": {"request": "r"},
    "cut": {"incomplete": True, "is_replay": True, "status": 200},
}
KEPT = {
    "a place without a line": {"place": "stdin"},
    "no place": {"place": None},
    "parts of a count": {"meters": {"input": Decimal("0.5")}},
    "a huge count": {"meters": {"input": 2**32}},
    "a warning": {"warnings": ("odd",)},
    "unknown counters": {"unknown": {"x": 5}},
    "an upstream cost": {"upstream": pricing.Money(1, "USD")},
    "an attribute that is a list": {"attributes": {"a": [1]}},
}


@pytest.mark.parametrize("name", [*PACKED, *KEPT])
def test_a_usage_comes_back_as_it_was(name: str) -> None:
    usage = made(**{**PACKED, **KEPT}[name])
    before = told(usage)
    compact = Compact()
    held = compact.pack((usage,))
    assert isinstance(held, bytes) is (name in PACKED)
    (back,) = compact.unpack(held)
    assert told(back) == before
    again = compact.pack(compact.unpack(held))
    assert told(compact.unpack(again)[0]) == before


def test_kinds_do_not_mix() -> None:
    compact = Compact()
    usages = [made(**changes) for changes in PACKED.values()]
    held = [compact.pack((usage,)) for usage in usages]
    assert [told(compact.unpack(each)[0]) for each in held] == list(map(told, usages))


def test_several_lines_of_one_record_are_kept_as_they_are() -> None:
    usages = (made(), made())
    assert Compact().pack(usages) is usages


def test_what_is_packed_is_not_changed_by_who_gets_it() -> None:
    compact = Compact()
    held = compact.pack((made(),))
    compact.unpack(held)[0].attributes["speed"] = "fast"
    assert compact.unpack(held)[0].attributes["speed"] is None


def test_labels_that_differ_from_row_to_row_end_the_packing() -> None:
    compact = Compact()
    usages = [made(labels={"trace": str(number)}) for number in range(20_000)]
    held = [compact.pack((usage,)) for usage in usages]
    kept = [each for each in held if not isinstance(each, bytes)]
    assert len(kept) > 10_000
    assert [compact.unpack(each)[0].labels for each in held] == [u.labels for u in usages]


def test_ids_are_told_apart() -> None:
    compact = Compact()
    ids = [("a", "b"), ("ab", ""), (None, "b"), ("None", "b"), ("a", "b", ""), ("a", "b", "c"),
           ("a', 'b", ""), ("a", "b\0"), ("\ud800", "b")]  # fmt: skip
    assert len({compact.key(words) for words in ids}) == len(ids)


LOG = [
    ("a", 5, 1), ("b", 5, 1), ("a", 5, 9), ("c", 7, 1), ("b", 5, 1), ("a", 5, 3), ("c", 8, 1),
]  # fmt: skip


@pytest.mark.parametrize("is_compact", [True, False])
def test_the_largest_of_one_id_stands_in_either_form(tmp_path: Path, is_compact: bool) -> None:
    rows = [
        {
            "id": name,
            "at": "2026-08-01T00:00:00Z",
            "response": {
                "model": "claude-sonnet-4-6",
                "usage": {"input_tokens": into, "output_tokens": out},
            },
        }
        for name, into, out in LOG
    ]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    records = Records([str(path)], is_compact=is_compact, with_reasons=True)
    found = [(u.place, u.meters["input"], u.meters["output"]) for (u,) in records]
    assert found == [(f"{path}:3", 5, 9), (f"{path}:2", 5, 1), (f"{path}:7", 8, 1)]
    assert records.skipped["duplicates"] == 4
    assert records.reused_ids == 1
    assert [reason for _, reason in records.reasons] == [
        f"duplicates of {path}:{line}" for line in (3, 2, 3, 7)
    ]
