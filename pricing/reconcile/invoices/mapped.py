"""Any CSV, or JSON of rows, by a mapping file: which column holds what.

::

    name: Our reseller            # shown
    seller: bytespike             # a provider of ours, if it is one
    amount: net_amount            # the columns
    currency: currency            # or fixed: {currency: EUR}
    day: usage_date               # or start and end
    model: model
    meter: kind
    quantity: tokens
    per: 1_000                    # one of the quantity is so many
    labels: {project: team}
    meters: {Prompt: input}       # cell -> meter
    kinds: {VAT: tax}             # cell of the column `kind` -> kind of line; `tax` itself is one
    cents: true                   # amounts are in the hundredth part of the currency
"""

from __future__ import annotations

from decimal import Decimal

from pricing.cards.strict import parse_yaml
from pricing.errors import InvoiceError, did_you_mean
from pricing.instants import DAY
from pricing.money import EXACT, ZERO, decimal
from pricing.reconcile.cells import DIMENSIONS
from pricing.reconcile.invoices.files import Json, Table, here
from pricing.reconcile.invoices.parts import american_day, at, line_of, text_of
from pricing.reconcile.statement import KINDS, Line, Statement, amount_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.cards.strict import Document
    from pricing.cards.vocabulary import Vocabulary

    Row = Mapping[str, Any]

_COLUMNS = ("amount", "currency", "day", "start", "end", "model", "meter", "quantity", "kind")
_MAPS = ("labels", "meters", "kinds", "fixed")
_OTHERS = ("name", "seller", "per", "cents")
_MOST_BYTES = 1 << 20


def read_mapped(
    document: Json | Table, path: str, mapping: str, vocabulary: Vocabulary
) -> Statement:
    """Read a statement by a mapping file; raises InvoiceError."""
    tree = _mapping(mapping, vocabulary)
    rows = document.rows if isinstance(document, Table) else list(document.items("data"))
    if isinstance(document, Table):
        labels = tree.get("labels", {})
        for column in [*(tree[c] for c in _COLUMNS if c in tree), *labels.values()]:
            if column not in document.columns:
                hint = did_you_mean(column, document.columns)
                known = f"Columns: {', '.join(document.columns[:12])}."
                raise InvoiceError(f"no column '{column}'", path=path, remedy=hint or known)
    lines = [_line(row, number, path, tree) for row, number in rows]
    shown = str(tree.get("name", "a mapped statement"))
    return Statement(path, shown, lines, seller=tree.get("seller"))


def _mapping(path: str, vocabulary: Vocabulary) -> dict[str, Any]:
    try:
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES)
    except OSError as error:
        raise InvoiceError(f"cannot be read: {error.strerror}", path=path) from None
    faults: list[Any] = []
    document = parse_yaml(data, path, faults)
    if document is not None:
        _check(document, vocabulary)
    if faults or document is None:
        refusal = InvoiceError(faults[0].what if faults else "an empty mapping", path=path)
        refusal.faults = tuple(faults) or refusal.faults
        raise refusal
    found: dict[str, Any] = document.tree
    return found


def _check(document: Document, vocabulary: Vocabulary) -> None:
    tree = document.tree
    if not isinstance(tree, dict):
        document.refuse("no mapping", (), "As amount: net_amount.")
        return
    known = (*_COLUMNS, *_MAPS, *_OTHERS)
    for key, value in tree.items():
        if key not in known:
            hint = did_you_mean(key, known) or f"Known: {', '.join(known)}."
            document.refuse(f"unknown key '{key}'", (key,), hint)
        elif isinstance(value, dict) != (key in _MAPS):
            document.refuse(f"'{key}' is {'a map' if key in _MAPS else 'a name'}", (key,))
    if "amount" not in tree:
        document.refuse("no column of amounts", (), "As amount: net_amount.")
    if "currency" not in tree and "currency" not in _map(tree, "fixed"):
        document.refuse("no currency", (), "As fixed: {currency: USD}.")
    for cell, meter in _map(tree, "meters").items():
        if meter not in vocabulary.meters:
            near = did_you_mean(str(meter), vocabulary.meters)
            document.refuse(f"unknown meter '{meter}'", ("meters", cell), near)
    for cell, kind in _map(tree, "kinds").items():
        if kind not in KINDS:
            document.refuse(f"no kind '{kind}'", ("kinds", cell), f"One of: {', '.join(KINDS)}.")
    for name in _map(tree, "labels"):
        if name not in DIMENSIONS:
            remedy = f"One of: {', '.join(DIMENSIONS)}."
            document.refuse(f"bills are not told apart by '{name}'", ("labels", name), remedy)
    if "per" in tree:
        try:
            decimal(str(tree["per"]).replace("_", ""))
        except ValueError as error:
            document.refuse(str(error), ("per",))


def _map(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    held = tree.get(key)
    return held if isinstance(held, dict) else {}


def _line(row: Row, number: int, path: str, tree: Mapping[str, Any]) -> Line:
    fixed = _map(tree, "fixed")

    def cell(key: str) -> str:
        column = tree.get(key)
        return text_of(row, column) if column is not None else str(fixed.get(key, ""))

    told = cell("kind")
    kind = _map(tree, "kinds").get(told, told if told in KINDS else "usage")
    start, end = _span(row, number, path, tree)
    counted = cell("meter")
    meters = _map(tree, "meters")
    meter = meters.get(counted, "" if meters else counted)
    labels = {name: text_of(row, c) for name, c in _map(tree, "labels").items()}
    unread = None
    if kind == "usage" and counted and not meter:
        unread = f"'{counted}' is in no row of meters"
    if not cell("amount"):
        raise here(InvoiceError("a row without an amount"), path, number)
    found = line_of(
        row, number, path, cell("amount"), cell("currency"),
        cents=str(tree.get("cents", "")).lower() == "true", kind=kind, start=start, end=end,
        model=cell("model") or None, meter=meter,
        labels={name: held for name, held in labels.items() if held},
        text=" ".join(filter(None, (cell("model"), counted))), unread=unread,
    )  # fmt: skip
    if cell("quantity"):
        try:
            quantity, places = amount_of(cell("quantity"), "quantity")
        except InvoiceError as error:
            raise here(error, path, number) from None
        per = decimal(str(tree.get("per", "1")).replace("_", ""))
        found.quantity = EXACT.multiply(quantity, per)
        step = EXACT.multiply(per, Decimal(1).scaleb(-places))
        found.quantity_step = step if step > 1 else ZERO
    return found


def _span(
    row: Row, number: int, path: str, tree: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    if "day" in tree:
        try:
            start = american_day(text_of(row, tree["day"]))
        except InvoiceError as error:
            raise here(error, path, number) from None
        return start, start + DAY
    if "start" not in tree:
        return None, None
    start_at = at(row, tree["start"], path=path, line=number)
    end = at(row, tree["end"], path=path, line=number) if "end" in tree else None
    return start_at, end
