"""Public price tables of other projects, read into offers; what is not read is listed."""

from __future__ import annotations

import json
from decimal import Decimal

from pricing.errors import UsageError
from pricing.imports import genai_prices, litellm, models_dev, openrouter
from pricing.imports.offer import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: readers by the name of their table, the narrowest form first
READERS: dict[str, Any] = {
    reader.NAME: reader for reader in (litellm, genai_prices, openrouter, models_dev)
}


def read_table(path: str, name: str | None = None) -> Table:
    """Read a public price table: of this name, or of the one that its content looks like.

    Raises:
        UsageError: it cannot be read, or is none of the tables that we know.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            content = json.load(file, parse_float=Decimal, parse_constant=_refuse)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", path=path) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not JSON: {error}", path=path, remedy="Give the file as published.") \
            from None  # fmt: skip
    found = [n for n, reader in READERS.items() if reader.looks_like(content)]
    if name is None and not found:
        known = ", ".join(READERS)
        raise UsageError("no price table that we know", path=path, remedy=f"Known: {known}.")
    if name is not None and name not in found:
        told = f"It looks like {found[0]}." if found else "Give the file as published."
        raise UsageError(f"not a file of {name}", path=path, remedy=told)
    try:
        table: Table = READERS[name or found[0]].read(content)
        table.keep_sound()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            f"not a file of {name or found[0]} as we know it: {error}",
            path=path,
            remedy="Its form may have changed since the reader was written.",
        ) from None
    return table


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
