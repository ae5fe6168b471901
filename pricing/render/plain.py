"""Text that is safe to show and fits: control characters made visible, long lines broken."""

from __future__ import annotations

import re
import unicodedata

#: A cell that is broken over more lines than this is shortened in the middle.
MOST_LINES = 3
ELLIPSIS = "..."
_PIECES = re.compile(r"[^\s/._,:;|@=+-]*(?:[/._,:;|@=+-]+|\s+|$)")


def visible(text: str) -> str:
    r"""Give the text with whatever a reader cannot see, or a terminal would obey, spelled out.

    ``\x1b``, ``\u202e`` and a line break appear as written here; odd spaces become plain ones.
    """
    return text if text.isprintable() else "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    if character in "\n\r\t":
        return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}[character]
    code = ord(character)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def visible_lines(text: str) -> str:
    """Give the text made visible line by line: its line breaks are ours and stay."""
    return "\n".join(map(visible, text.split("\n")))


def width_of(text: str) -> int:
    """Give the columns that the text takes in a terminal; an East Asian character takes two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def broken(text: str, width: int) -> list[str]:
    """Give the text in lines of at most ``width``: broken at spaces, long words at separators.

    Past MOST_LINES the middle gives way to an ellipsis; the start and the end stay.
    """
    room = MOST_LINES * width
    lines = _broken(text, width) if len(text) <= room else []
    kept = min(len(text), room + 1)
    while not 0 < len(lines) <= MOST_LINES:
        kept -= 1
        tail = (kept - len(ELLIPSIS)) // 2
        lines = _broken(text[: kept - len(ELLIPSIS) - tail] + ELLIPSIS + text[-tail:], width)
    return lines


def paragraph(text: str, width: int, hanging: str = "") -> list[str]:
    """Give the text in lines of at most ``width``, ``hanging`` before what is carried over.

    Broken at spaces only: an address or a file name stays in one piece, even if it overflows.
    """
    lines: list[str] = []
    for line in map(visible, text.split("\n")):
        if width_of(line) <= width:
            lines.append(line)
        else:
            from textwrap import wrap

            wrapped = wrap(
                line, width, subsequent_indent=hanging,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
            lines += wrapped or [""]
    return lines


def longest_piece(text: str) -> int:
    """Give the width below which the text is broken elsewhere than after a separator."""
    return max(width_of(piece.rstrip()) for piece in _PIECES.findall(text))


def _broken(text: str, width: int) -> list[str]:
    lines = [""]
    for word in re.findall(r"\S+\s*|\s+", text):
        # A word that fits on a line stays whole, a piece of a longer one likewise.
        for piece in [word] if width_of(word.rstrip()) <= width else _PIECES.findall(word):
            if lines[-1] and width_of(lines[-1] + piece.rstrip()) > width:
                lines.append("")
            for character in piece:
                if not character.isspace() and width_of(lines[-1] + character) > width:
                    lines.append("")
                lines[-1] += character
    return [line.rstrip() for line in lines]
