"""Whatever a reader is fed, it reads or refuses, within bounded time.

Records of every shape and logs of every kind are damaged at random: values of other kinds, keys
that are gone, bytes that are lost, doubled or changed, files that are cut. FUZZ_EXAMPLES=2000 runs
for minutes.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_law6 import CASES, SAMPLES, Place, Record, changed

import pricing
from pricing.usage.logs import LOGS
from pricing.usage.records import Records
from pricing.usage.shapes import SHAPES

CONTAINERS = Path(__file__).parents[2] / "shared" / "cases" / "containers"
#: seconds in which a small record or file is read, on a machine that does much else
MOST_SECONDS = 5
QUIET = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "25")),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 10**30, 2**63, 1e300, 1.5, float("nan"), float("inf"), Decimal("0.1")]),
    st.text(max_size=8),
    st.sampled_from(["", "NaN", "1e999999", "-5", "2026-13-40", "2026-11-20T12:00Z", "\ud800"]),
    st.just([]),
    st.just({}),
    st.recursive(
        st.integers(0, 9),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    ),
)


def places(value: object, at: Place = ()) -> Iterator[Place]:
    pairs: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (*at, key)
        yield from places(inner, (*at, key))


def without(record: Record, place: Place) -> Record:
    copied = holder = copy.deepcopy(record)
    for key in place[:-1]:
        holder = holder[key]
    del holder[place[-1]]
    return copied


@st.composite
def damaged(draw: Callable[..., Any], record: Record) -> Record:
    """Give a record with up to four places changed or gone."""
    for _ in range(draw(st.integers(1, 4))):
        known = sorted(places(record), key=str)
        if not known:
            break
        place = draw(st.sampled_from(known))
        if draw(st.booleans()):
            record = changed(record, place, draw(ODD))
        else:
            record = without(record, place)
    return record


def check(usages: tuple[pricing.Usage, ...]) -> None:
    for usage in usages:
        for meter, quantity in (*usage.meters.items(), *usage.unknown.items()):
            assert isinstance(meter, str)
            assert isinstance(quantity, int | Decimal)
            assert quantity >= 0
            assert not isinstance(quantity, bool)


def is_quick(start: float) -> bool:
    return time.monotonic() - start < MOST_SECONDS


@pytest.mark.parametrize(("name", "record"), CASES)
@QUIET
@given(data=st.data())
def test_a_damaged_record_is_read_or_refused(name: str, record: Record, data: Any) -> None:
    made = data.draw(damaged(record))
    for shape in (None, name):
        start = time.monotonic()
        with suppress(pricing.UsageError):
            check(pricing.read_usage(made, shape))
        assert is_quick(start)


KEYS = sorted(
    {
        key
        for records in SAMPLES.values()
        for place in places(records)
        for key in place
        if isinstance(key, str)
    }
)
STRANGE = st.recursive(
    ODD,
    lambda inner: (
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=6) | st.lists(inner, max_size=3)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("name", SHAPES)
@QUIET
@given(data=st.data())
def test_a_reader_called_by_name_takes_or_refuses_whatever_it_gets(name: str, data: Any) -> None:
    record = data.draw(st.dictionaries(st.sampled_from(KEYS), STRANGE, max_size=8))
    if data.draw(st.booleans()):
        # let it come past the door
        record = {**copy.deepcopy(SAMPLES[name][0]), **record}
    start = time.monotonic()
    with suppress(pricing.UsageError):
        check(pricing.read_usage(record, name))
    assert is_quick(start)


# Files


def jsonl(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def seeds() -> dict[str, bytes]:
    """Give a small file of every kind, by name; those beside the project, too."""
    found = {
        f"{name}.jsonl": jsonl(*records, {"at": "2026-11-20T12:00Z", "response": records[0]})
        for name, records in SAMPLES.items()
    }
    found["all.json"] = json.dumps([r for records in SAMPLES.values() for r in records]).encode()
    found["stream.sse"] = (
        b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":'
        b'"claude-sonnet-4-6","usage":{"input_tokens":9,"output_tokens":1}}}\n\n'
        b'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":7}}\n\n'
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    found["chunks.sse"] = (
        b'data: {"id":"c","object":"chat.completion.chunk","model":"gpt-5","choices":[]}\n\n'
        b'data: {"id":"c","object":"chat.completion.chunk","model":"gpt-5","choices":[],"usage":'
        b'{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}\n\ndata: [DONE]\n'
    )
    found["table.csv"] = b"Date,Model,Input,Output\n2026-11-20,claude-sonnet-4-6,9,4\n"
    if CONTAINERS.is_dir():
        for path in sorted(CONTAINERS.rglob("*")):
            if path.is_file() and not path.name.endswith(".expected.json"):
                found[path.name] = path.read_bytes()
    return found


SEEDS = seeds()
BYTES = st.sampled_from(
    [
        *(b"\0", b"\xff", b"\n", b"\r", b"{", b"}", b'"', b",", b"[", b"-", b"\xef\xbb\xbf"),
        *(b"9" * 400, b"[" * 3000, b"1e99999", b"NaN", b"null"),
    ]
)


@st.composite
def damaged_bytes(draw: Callable[..., Any], text: bytes) -> bytes:
    """Give a file with up to five places cut out, doubled or overwritten, or cut short."""
    for _ in range(draw(st.integers(1, 5))):
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.integers(0, 40)))
        put = draw(st.one_of(BYTES, st.just(b""), st.just(text[first:last] * 2)))
        text = text[:first] + put + text[last:]
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 9)) == 0 else text


def read_all(path: Path) -> Records:
    """Read a file and check what is given; a file of which nothing can be read may raise."""
    records = Records([str(path)])
    try:
        for usages in records:
            assert usages
            check(usages)
    except pricing.UsageError:
        pass
    assert len(records.faults) <= records.skipped["malformed"]
    return records


@pytest.mark.parametrize("name", SEEDS)
@QUIET
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(name: str, tmp_path: Path, data: Any) -> None:
    text = data.draw(damaged_bytes(SEEDS[name]))
    path = tmp_path / name
    path.write_bytes(text)
    start = time.monotonic()
    read_all(path)
    assert is_quick(start)


@pytest.mark.parametrize("name", ["claude-code.jsonl", "stream.sse"])
@QUIET
@given(data=st.data())
def test_a_damaged_packed_file_is_read_or_refused(name: str, tmp_path: Path, data: Any) -> None:
    path = tmp_path / f"{name}.gz"
    path.write_bytes(data.draw(damaged_bytes(gzip.compress(SEEDS[name] * 3, mtime=0))))
    read_all(path)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
@QUIET
@given(data=st.data())
def test_a_log_reader_takes_the_lines_of_any_file(log: Any, data: Any) -> None:
    text = data.draw(damaged_bytes(SEEDS[data.draw(st.sampled_from(sorted(SEEDS)))]))
    lines = [(n, line) for n, line in enumerate(text.splitlines(True), 1) if line.strip()]
    start = time.monotonic()
    try:
        for item in log.read(iter(lines), "log", {}) if lines else ():
            if isinstance(item, tuple) and not isinstance(item[1], str):
                check(item[1])
    except pricing.UsageError:
        pass
    assert is_quick(start)
