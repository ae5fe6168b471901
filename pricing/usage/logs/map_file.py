"""The file of --map: which column of a CSV, or key of a JSON line, holds what.

::

    model: model_name
    at: created_at
    meters:            # meter: column
      input: prompt
      cache_read: cached
      output: completion
    inside:            # what a column includes of another, part: whole
      cache_read: input
    attributes:        # attribute: column
      service_tier: tier
    labels:            # label: column
      team: cost_center
    reported:
      column: cost
      currency: USD
      kind: charged    # or estimate
    fixed:             # what all rows are: seller, model, attributes
      seller: openai
    aggregate: true    # a row is the sum of many requests
    requests: calls    # and this column says of how many
"""

from __future__ import annotations

from pricing.cards.strict import parse_yaml
from pricing.errors import UsageError, did_you_mean
from pricing.usage.logs.mapped import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.cards.strict import Document
    from pricing.cards.vocabulary import Vocabulary

_COLUMNS = ("model", "seller", "at", "id", "requests", "context_tokens")
_MAPS = ("meters", "inside", "attributes", "labels", "fixed")
_REPORTED = ("column", "currency", "kind")
_KINDS = ("charged", "estimate", "list_cumulative")
_MOST_BYTES = 1 << 20


def read_map(path: str, vocabulary: Vocabulary) -> Map:
    """Read a mapping file.

    Raises:
        UsageError: with every fault of the file, each with its line.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", path=path) from None
    faults: list[Any] = []
    document = parse_yaml(data, path, faults)
    found = None
    if document is not None:
        found = _read(document, vocabulary)
    if faults or found is None:
        refusal = UsageError(faults[0].what if faults else "an empty mapping", path=path)
        refusal.faults = tuple(faults) or refusal.faults
        raise refusal
    return found


def _read(document: Document, vocabulary: Vocabulary) -> Map | None:
    tree = document.tree
    if not isinstance(tree, dict):
        document.refuse("no mapping", (), "As meters: {input: prompt_tokens}.")
        return None
    known = (*_COLUMNS, *_MAPS, "reported", "aggregate")
    _check_names(document, (), "key", tree, known)
    for key in _COLUMNS:
        if key in tree and not (isinstance(tree[key], str) and tree[key]):
            document.refuse(f"{key} names no column", (key,), f"As {key}: COLUMN.")
    maps = {key: _map(document, key) for key in _MAPS}
    _check_names(document, ("meters",), "meter", maps["meters"], vocabulary.meters)
    _check_names(document, ("attributes",), "attribute", maps["attributes"], vocabulary.attributes)
    fixed = ("seller", "model", *vocabulary.attributes)
    _check_names(document, ("fixed",), "key", maps["fixed"], fixed)
    for part, whole in maps["inside"].items():
        for meter in (part, whole):
            if meter not in maps["meters"]:
                hint = did_you_mean(meter, maps["meters"]) or "Map a column to it under meters."
                document.refuse(f"'{meter}' is no meter of this file", ("inside", part), hint)
        if part == whole or whole in maps["inside"]:
            document.refuse(f"{part} is inside what is inside", ("inside", part))
    for name in ("seller", "model"):
        if name in tree and name in maps["fixed"]:
            document.refuse(f"{name} is given twice", ("fixed", name), "A column, or fixed.")
    for name in maps["attributes"]:
        if name in maps["fixed"]:
            document.refuse(f"{name} is given twice", ("fixed", name), "A column, or fixed.")
    reported = _reported(document)
    aggregate = tree.get("aggregate", "false")
    if aggregate not in ("true", "false"):
        document.refuse(f"aggregate is '{aggregate}'", ("aggregate",), "true or false.")
    if "requests" in tree and aggregate != "true":
        document.refuse("requests without aggregate", ("requests",), "Add aggregate: true.")
    if not maps["meters"] and reported is None:
        document.refuse("no meters", (), "As meters: {input: prompt_tokens}.")
    if document.faults:
        return None
    return Map(
        {key: tree[key] for key in _COLUMNS if key in tree},
        maps["meters"],
        maps["inside"],
        maps["attributes"],
        maps["labels"],
        maps["fixed"],
        reported,
        aggregate == "true",
    )


def _map(document: Document, key: str) -> dict[str, str]:
    held = document.tree.get(key)
    if held is None:
        return {}
    if not isinstance(held, dict):
        document.refuse(f"{key} is no map", (key,), f"As {key}: {{NAME: COLUMN}}.")
        return {}
    for name, column in held.items():
        if not isinstance(column, str) or not column:
            document.refuse(f"{name} names no column", (key, name), f"As {name}: COLUMN.")
    return {name: column for name, column in held.items() if isinstance(column, str) and column}


def _reported(document: Document) -> tuple[str, str, str] | None:
    held = document.tree.get("reported")
    if held is None:
        return None
    if isinstance(held, str):
        return (held, "USD", "charged")
    if not isinstance(held, dict) or not isinstance(held.get("column"), str):
        document.refuse("reported names no column", ("reported",), "As reported: COLUMN.")
        return None
    _check_names(document, ("reported",), "key", held, _REPORTED)
    currency, kind = str(held.get("currency", "USD")), str(held.get("kind", "charged"))
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        document.refuse(f"'{currency}' is no currency", ("reported", "currency"), "As USD.")
    if kind not in _KINDS:
        hint = did_you_mean(kind, _KINDS) or f"One of {', '.join(_KINDS)}."
        document.refuse(f"'{kind}' is no kind of cost", ("reported", "kind"), hint)
    return (held["column"], currency, kind)


def _check_names(
    document: Document, place: tuple[str, ...], what: str, held: Any, known: Iterable[str]
) -> None:
    known = list(known)
    for name in held:
        if name not in known:
            few = f"Known: {', '.join(known)}." if len(known) < 20 else None
            hint = did_you_mean(name, known) or few
            document.refuse(f"unknown {what} '{name}'", (*place, name), hint)
