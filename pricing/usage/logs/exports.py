"""CSV exports, each told by columns that no other has; the same columns may stand in Parquet.

Those of LiteLLM, Langfuse, Helicone and Cursor are read as the rows of these shapes are.
"""

from __future__ import annotations

from importlib import import_module

from pricing.errors import Fault, UsageError
from pricing.usage.logs.csv_rows import csv_rows, header_of
from pricing.usage.logs.rows import rows, unreadable
from pricing.usage.read import read_usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pricing.usage.logs import Item, Lines
    from pricing.usage.usage import Usage

#: decisive columns, and the shape of the rows or, in capitals, the module that reads them
_EXPORTS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"request_id", "call_type", "spend"}), "litellm.spend-log"),
    (frozenset({"usage_details"}), "langfuse"),
    (frozenset({"usageDetails"}), "langfuse"),
    (frozenset({"Input (w/o Cache Write)", "Cache Read"}), "cursor"),
    (frozenset({"request_model", "prompt_tokens", "completion_tokens"}), "helicone"),
    (frozenset({"model_permaslug", "tokens_prompt"}), "OPENROUTER"),
    (frozenset({"generation_id", "tokens_prompt"}), "OPENROUTER"),
    (frozenset({"Slug", "Usage", "Prompt Tokens"}), "OPENROUTER"),
    (frozenset({"usage_input_tokens_no_cache", "model_version"}), "CONSOLE"),
    (frozenset({"usage_date_utc", "cost_usd"}), "COSTS"),
    (frozenset({"line_item_usage_type", "line_item_usage_amount"}), "CUR"),
    (frozenset({"num_model_requests", "input_tokens"}), "OPENAI_CSV"),
    (frozenset({"amount_value", "amount_currency"}), "COSTS"),
)


def kind_of(line: bytes) -> str | None:
    """Give the export whose header a line is."""
    return kind_with(header_of(line)[0])


def kind_with(columns: Iterable[str]) -> str | None:
    """Give the export that has these columns."""
    known = set(columns)
    return next((kind for decisive, kind in _EXPORTS if decisive <= known), None)


class Export:
    """Rows of an export that are JSON Lines, as Parquet's are; reads like a log."""

    name = "export"

    def __init__(self, kind: str, columns: Iterable[str]) -> None:
        self.kind = kind
        self.columns = list(columns)

    def read(self, lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
        """Read the rows; a column that a row has not is null."""
        blank = dict.fromkeys(self.columns)

        def whole() -> Iterator[tuple[int, Any] | Fault]:
            for item in rows(lines, path):
                yield item if isinstance(item, Fault) else (item[0], {**blank, **item[1]})

        yield from _read(whole(), self.kind, path)


def read(lines: Lines, path: str, kept: dict[Any, Any]) -> Iterator[Item]:
    """Read an export row by row."""
    from itertools import chain

    first = next(lines)
    kind = kept.get("shape") or kind_of(first[1])
    if kind is None:
        columns = ", ".join(header_of(first[1])[0])
        raise UsageError(
            f"a CSV whose columns are not known: {columns[:120]}",
            path=path,
            line=first[0],
            remedy="Say which column holds what: --map map.yaml.",
        )
    yield from _read(csv_rows(chain([first], lines), path), kind, path)


def _read(rows: Iterator[tuple[int, Any] | Fault], kind: str, path: str) -> Iterator[Item]:
    own = import_module(f"pricing.usage.logs.{kind.lower()}") if kind.isupper() else None
    for item in rows:
        if isinstance(item, Fault):
            yield item
            continue
        number, row = item
        found: tuple[Usage, ...]
        try:
            found = read_usage(row, kind) if own is None else own.read(row)
        except UsageError as error:
            yield unreadable(error, path, number)
            continue
        if found:
            yield number, found
