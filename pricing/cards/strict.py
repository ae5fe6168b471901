"""Read YAML as it stands: every scalar stays text, every value knows its line.

PyYAML keeps the last of two equal keys, reads ``1e-6`` as text, ``no`` as False, ``16:30`` as 990
and ``010`` as 8. Here its C parser gives the nodes and nothing is resolved. A fault does not end
the reading: what is wrong at one place is noted, and everything else is looked at as well.
"""

from __future__ import annotations

import re
from pathlib import Path
from stat import S_ISREG

import yaml

from pricing.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Place = tuple[str | int, ...]

MOST_BYTES = 1 << 20
MOST_VALUES = 100_000
DEEPEST = 40
#: Columns of an excerpt beside the line number; more of a row would not fit on 80.
WIDEST = 72
FILL_IT = "Fill it, or remove it."
ONE_A_FILE = "Give each a file of its own."
ONE_DOCUMENT = "A file holds one document."
_NULLS = {"", "~", "null", "Null", "NULL"}
_TEXT_TAGS = {None, "!", "tag:yaml.org,2002:str"}
#: Not for people's eyes: control characters, line ends that editors do not show, characters without
#: a width, which make another id of one that looks the same, and the marks that turn the direction
#: of text, with which a row can show another price than it holds.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def visible(text: str) -> str:
    """Give text that shows what it holds: control characters and the like are spelled out."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def kind(value: object) -> str:
    """Give what a value of a document is called."""
    if isinstance(value, dict):
        return "a map"
    return "a list" if isinstance(value, list) else "text"


class Document:
    """One YAML file: its tree of dicts, lists and text, the line of every value, its faults."""

    __slots__ = ("bad", "faults", "lines", "rows", "shown", "tree")

    def __init__(self, shown: str, rows: list[str], faults: list[Fault]) -> None:
        #: the path as it is shown to people
        self.shown = shown
        self.rows = rows
        self.faults = faults
        self.tree: Any = None
        self.lines: dict[Place, int] = {}
        #: places with a fault; what lies below them is not judged again
        self.bad: set[Place] = set()

    def line(self, place: Place) -> int:
        """Give the line of a value, or of the nearest value around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def at(self, place: Place) -> Any:
        """Give the value at a place of the tree, or None where there is none."""
        value = self.tree
        for part in place:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def excerpt(self, line: int) -> str:
        """Give a row of the file, cut at a word where it is too wide."""
        row = visible(self.rows[line - 1]) if 0 < line <= len(self.rows) else ""
        if len(row) <= WIDEST:
            return row
        cut = row.rfind(" ", len(row) - len(row.lstrip()) + 1, WIDEST + 1)
        return row[:cut].rstrip() if cut > WIDEST // 2 else row[: WIDEST - 3] + "..."

    def fault(self, what: str, place: Place | int, remedy: str | None = None) -> Fault:
        """Make a fault at a place or line; a second line of ``what`` is the remedy."""
        line = place if isinstance(place, int) else self.line(place)
        what, _, more = what.partition("\n")
        return Fault(
            _short(what),
            path=self.shown,
            line=line,
            excerpt=self.excerpt(line),
            remedy=_short(remedy or more) or None,
        )

    def refuse(self, what: str, place: Place, remedy: str | None = None) -> None:
        """Note a fault, unless one stands already at its place or around it."""
        if any(place[:length] in self.bad for length in range(len(place) + 1)):
            return
        self.bad.add(place)
        self.faults.append(self.fault(what, place, remedy))

    def bad_keys(self, place: Place) -> set[str | int]:
        """Give the keys of the map at this place that were refused, with or without their value."""
        return {bad[-1] for bad in self.bad if bad and bad[:-1] == place}


def _short(text: str) -> str:
    text = visible(text)
    return text if len(text) <= 400 else f"{text[:397]}..."


def read_yaml(path: Path, shown: str, faults: list[Fault]) -> Document | None:
    """Read a file; what is wrong with it is added to ``faults`` and gives None."""
    document = read_document(path, shown, faults)
    return document if document is not None and not document.bad else None


def parse_yaml(data: bytes, shown: str, faults: list[Fault]) -> Document | None:
    """Parse the bytes of one file, as ``read_yaml`` does."""
    document = parse_document(data, shown, faults)
    return document if document is not None and not document.bad else None


def read_document(path: Path, shown: str, faults: list[Fault]) -> Document | None:
    """Read a file as far as it goes: None only where nothing of it can be read."""

    def refuse(what: str, remedy: str) -> None:
        faults.append(Fault(what, path=shown, remedy=remedy))

    try:
        about = path.stat()
        if not S_ISREG(about.st_mode):
            refuse("not a file", "What ends in .yaml is read: rename or remove it.")
            return None
        if about.st_size > MOST_BYTES:
            refuse(f"{about.st_size:,} bytes; a file has at most {MOST_BYTES:,}", "Split it.")
            return None
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", "Mend or remove it.")
        return None
    return parse_document(data, shown, faults)


def parse_document(data: bytes, shown: str, faults: list[Fault]) -> Document | None:
    """Parse the bytes of one file, as ``read_document`` does."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rows = data.decode("utf-8", "backslashreplace").split("\n")
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(Document(shown, rows, faults).fault("not UTF-8", line, "Save it as UTF-8."))
        return None
    document = Document(shown, text.splitlines(), faults)
    unseen = _UNSEEN.search(text)
    if unseen:
        before = text[: unseen.start()]
        line = before.count("\n") + before.replace("\r\n", "").count("\r") + 1
        document.rows = re.split("\r\n|\r|\n", text)
        what = f"the character U+{ord(unseen.group()):04X}, which nobody sees"
        faults.append(document.fault(what, line, "Remove it."))
        return None
    try:
        roots = _compose(text)
        if len(roots) > 1:
            what = f"{len(roots)} documents in one file"
            faults.append(document.fault(what, roots[1].line, ONE_A_FILE))
        elif not roots or roots[0].is_null:
            faults.append(Fault("empty file", path=shown, remedy=FILL_IT))
        else:
            document.tree = _Walk(document).value(roots[0], ())
            return document
    except _Endless as error:
        faults.append(document.fault(str(error), error.line, error.remedy))
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line = min(mark.line + 1, max(len(document.rows), 1)) if mark else 1
        what = f"not YAML: {error.problem}"
        faults.append(document.fault(what, line, _remedy(error, line, document)))
    return None


class _Node:
    """A scalar, a list of nodes, or a map as a list of keys and values in turn."""

    __slots__ = ("kind", "line", "plain", "tag", "value")

    def __init__(self, event: Any) -> None:
        self.kind = type(event)
        self.line = _line(event)
        self.tag: str | None = event.tag
        self.value: Any = event.value if self.kind is yaml.ScalarEvent else []
        #: a plain scalar, which other readers take for a number, a day or nothing
        self.plain = self.kind is yaml.ScalarEvent and not event.style

    @property
    def is_null(self) -> bool:
        return self.plain and self.value in _NULLS


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _compose(text: str) -> list[_Node]:
    """Give the root of each document of a file.

    PyYAML's own composer calls itself for each level, and two hundred thousand brackets end the
    process; this one counts.
    """
    roots: list[_Node] = []
    stack: list[_Node] = []
    anchors: dict[str, _Node] = {}
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.NodeEvent):
            if isinstance(event, yaml.AliasEvent):
                if event.anchor not in anchors:
                    what = f"'*{event.anchor}' stands for nothing"
                    remedy = "Name it with & before, or quote text that starts with *."
                    raise _Endless(what, _line(event), remedy)
                node = anchors[event.anchor]
            else:
                node = _Node(event)
                if event.anchor:
                    anchors[event.anchor] = node
            (stack[-1].value if stack else roots).append(node)
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(node)
                if len(stack) > DEEPEST:
                    raise _Endless(f"nested deeper than {DEEPEST} levels", node.line)
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.DocumentEndEvent):
            anchors.clear()
    return roots


def _remedy(error: yaml.MarkedYAMLError, line: int, document: Document) -> str:
    row = document.rows[line - 1] if line <= len(document.rows) else ""
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return "Indent with spaces, not with tabs."
    began = error.context_mark.line + 1 if error.context_mark else line
    if began < line and error.context:
        return f"It came up {error.context} from line {began}."
    if "mapping values" in str(error.problem):
        return "Quote text that holds ': ', or mend the indentation."
    if "document start" in str(error.problem):
        return ONE_DOCUMENT
    return "Close every bracket and quote, and mend the indentation."


class _Endless(Exception):
    def __init__(self, what: str, line: int, remedy: str = "Write the values out.") -> None:
        super().__init__(what)
        self.line = line
        self.remedy = remedy


class _Walk:
    """Turns nodes into values, counting what aliases multiply."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.visited = 0
        self.open: set[int] = set()

    def value(self, node: _Node, place: Place) -> Any:
        self.visited += 1
        if self.visited > MOST_VALUES:
            what = f"more than {MOST_VALUES:,} values, with aliases written out"
            raise _Endless(what, node.line, "Split the file, or leave out what multiplies.")
        if id(node) in self.open:
            raise _Endless("an alias to what it stands in", node.line)
        if len(place) > DEEPEST:
            raise _Endless(f"nested deeper than {DEEPEST} levels", node.line)
        self.document.lines.setdefault(place, node.line)
        if node.tag not in _TEXT_TAGS:
            tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
            self.document.refuse(f"tag '{tag}' is not allowed", place, "Leave it out.")
            return None
        if node.is_null:
            name = f"'{place[-1]}'" if place and isinstance(place[-1], str) else "an item"
            remedy = "Give it one, or leave it out."
            self.document.refuse(f"{name} has no value", place, remedy)
            return None
        if node.kind is yaml.ScalarEvent:
            return node.value
        self.open.add(id(node))
        try:
            if node.kind is yaml.SequenceStartEvent:
                return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
            return self._map(node, place)
        finally:
            self.open.discard(id(node))

    def _map(self, node: _Node, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first: dict[str, int] = {}
        for number in range(0, len(node.value), 2):
            key_node, value_node = node.value[number : number + 2]
            # A place of its own, so that the fault stands at its line and silences nothing.
            odd = (*place, -1 - number)
            self.document.lines[odd] = key_node.line
            key = key_node.value
            if key_node.kind is not yaml.ScalarEvent:
                remedy = "Quote text that starts with { or [."
                self.document.refuse("a key must be text", odd, remedy)
            elif key == "<<" and key_node.plain:
                self.document.refuse("'<<' is not read", odd, "Write the values out.")
            elif key in values:
                first_line = f"First given in line {first[key]}."
                self.document.refuse(f"'{key}' is given twice", odd, first_line)
            else:
                first[key] = self.document.lines[(*place, key)] = key_node.line
                values[key] = self.value(value_node, (*place, key))
        return values
