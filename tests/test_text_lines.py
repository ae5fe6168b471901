"""Lines of a file are whole, and have their numbers, wherever a block of it ends."""

from __future__ import annotations

import random
from io import BufferedReader, BytesIO

import pytest

from pricing.usage import text_lines
from pricing.usage.text_lines import Block, TextLines

PIECES = (b"{}", b"\n", b"\n", b"\r\n", b" ", b"\t\n", b"\xc3\xa9", b"a" * 90, b"\xef\xbb\xbf")


def expected(data: bytes) -> list[tuple[int, bytes]]:
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    whole = [line + b"\n" for line in lines[:-1]] + lines[-1:]
    return [(number, line) for number, line in enumerate(whole, 1) if line.strip()]


def lines_of(data: bytes) -> TextLines:
    def malformed(fault: object) -> None:
        raise AssertionError(fault)

    return TextLines(BufferedReader(BytesIO(data)), "a.jsonl", malformed)


@pytest.mark.parametrize("size", [3, 7, 64, 1 << 16])
def test_lines_are_whole_wherever_a_block_ends(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "_BLOCK", size)
    r = random.Random(size)
    for _ in range(300):
        data = b"".join(r.choices(PIECES, k=r.randrange(30)))
        assert list(lines_of(data)) == expected(data)
        lines = lines_of(data)
        # who looks at the first line gets all of its block
        start = next(lines, None)
        found: list[tuple[int, bytes]] = []
        for block in lines.blocks():
            assert block.is_ascii <= b"".join(block.lines).isascii()
            assert block.longest == max(map(len, block.lines), default=0)
            found += block
        assert found == expected(data)
        assert [start] == (found[:1] or [None])
        assert lines.number == data.count(b"\n") + (data[-1:] not in (b"", b"\n"))


def test_a_line_that_is_too_long_is_told_in_a_block_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "MOST_LINE_BYTES", 10)
    faults: list[object] = []
    block = Block(4, [b"1\n", b"\n", b"2" * 11 + b"\n", b"3\n"], True, "a", faults.append)
    assert list(block.with_blanks()) == [(5, b"1\n"), (8, b"3\n")]
    assert len(faults) == 1
    assert list(Block(4, [b"1\n", b"\n"], True, "a", faults.append).with_blanks()) == [
        (5, b"1\n"),
        (6, b"\n"),
    ]
