"""Read YAML as it stands: every scalar stays text, every value knows its line.

PyYAML keeps the last of two equal keys, reads ``1e-6`` as text, ``no`` as False, ``16:30`` as 990
and ``010`` as 8. Here its C parser gives the nodes and nothing is resolved.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from pricing.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Place = tuple[str | int, ...]

MOST_BYTES = 1 << 20
MOST_NODES = 100_000
DEEPEST = 40
_NULLS = {"", "~", "null", "Null", "NULL"}
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One YAML file: its tree of dicts, lists and text, and the line of every value."""

    __slots__ = ("lines", "rows", "shown", "tree")

    def __init__(self, shown: str, rows: list[str]) -> None:
        #: the path as it is shown to people
        self.shown = shown
        self.rows = rows
        self.tree: Any = None
        self.lines: dict[Place, int] = {}

    def line(self, place: Place) -> int:
        """Give the line of a value, or of the nearest value around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def excerpt(self, line: int) -> str:
        row = self.rows[line - 1] if 0 < line <= len(self.rows) else ""
        return row if len(row) <= 68 else row[:65] + "..."

    def fault(self, what: str, place: Place | int, remedy: str | None = None) -> Fault:
        """Make a fault at a place; a second line of ``what`` is the remedy."""
        line = place if isinstance(place, int) else self.line(place)
        what, _, more = what.partition("\n")
        return Fault(
            what,
            path=self.shown,
            line=line,
            excerpt=self.excerpt(line),
            remedy=remedy or more or None,
        )


def read_yaml(path: Path, shown: str, faults: list[Fault]) -> Document | None:
    """Read a file; what is wrong with it is added to ``faults`` and gives None."""

    def refuse(what: str, remedy: str | None = None, line: int | None = None) -> None:
        faults.append(Fault(what, path=shown, line=line, remedy=remedy))

    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            refuse(f"{size:,} bytes; a card has at most {MOST_BYTES:,}", "Split the file.")
            return None
        data = path.read_bytes()
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}")
        return None
    return parse_yaml(data, shown, faults)


def parse_yaml(data: bytes, shown: str, faults: list[Fault]) -> Document | None:
    """Parse the bytes of one file, as ``read_yaml`` does."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(Fault("not UTF-8", path=shown, line=line, remedy="Save the file as UTF-8."))
        return None
    document = Document(shown, text.splitlines())
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1, max(len(document.rows), 1)) if mark else 1
        faults.append(document.fault(f"not YAML: {error.problem}", line))
        return None
    except yaml.YAMLError as error:
        faults.append(Fault(f"not YAML: {str(error).splitlines()[0]}", path=shown))
        return None
    except RecursionError:
        faults.append(Fault("nested too deeply", path=shown))
        return None
    if len(nodes) != 1 or nodes[0] is None:
        what = "empty file" if not nodes or nodes[0] is None else f"{len(nodes)} documents"
        faults.append(Fault(what, path=shown, remedy="A file holds one card."))
        return None
    before = len(faults)
    try:
        document.tree = _Walk(document, faults).value(nodes[0], ())
    except _Exploded as error:
        faults.append(document.fault(str(error), error.line, "Write the values out."))
    return document if len(faults) == before else None


class _Exploded(Exception):
    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


class _Walk:
    """Turns nodes into values, counting what aliases multiply."""

    def __init__(self, document: Document, faults: list[Fault]) -> None:
        self.document = document
        self.faults = faults
        self.visited = 0
        self.open: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.visited += 1
        if self.visited > MOST_NODES:
            raise _Exploded(f"aliases expand to more than {MOST_NODES:,} values", line)
        if len(place) > DEEPEST or id(node) in self.open:
            raise _Exploded("nested too deeply, or an alias to itself", line)
        self.document.lines.setdefault(place, line)
        if node.tag not in _PLAIN_TAGS:
            self.faults.append(
                self.document.fault(f"tag '{node.tag}' is not allowed", line, "Leave it out.")
            )
            return None
        if isinstance(node, yaml.ScalarNode):
            text: str = node.value
            return None if node.style is None and text in _NULLS else text
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
            return self._mapping(node, place)
        finally:
            self.open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(self.document.fault("a key must be text", line))
                continue
            key: str = key_node.value
            if key in values:
                self.faults.append(
                    self.document.fault(
                        f"'{key}' is given twice", line, f"First given in line {first[key]}."
                    )
                )
                continue
            first[key] = line
            self.document.lines[(*place, key)] = line
            values[key] = self.value(value_node, (*place, key))
        return values
