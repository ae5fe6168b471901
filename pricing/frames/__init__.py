"""Rate a frame, a table or Parquet where it lies: the engine adds up, this prices the sums.

Frames of polars, DuckDB, pandas, PyArrow and PySpark are grouped by what decides a price: model,
seller, attributes, the interval of the tariff and the bracket of the context. The engine sums whole
counts of 64 bits, after it is known that no sum can overflow; it never sees a price. Extras
``engines`` and ``spark``.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pricing.catalog import Catalog, load_catalog
from pricing.errors import PricingError, RatingError, UsageError, did_you_mean
from pricing.frames.table import Sum, Table
from pricing.money import text
from pricing.rating.cost import Cost
from pricing.rating.rate import rate
from pricing.rating.sums import Tally
from pricing.usage.logs.mapped import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_NAMED = 8


def cost(
    frame: Any,
    catalog: Catalog | None = None,
    *,
    mapping: Map | None = None,
    by: Sequence[str] = (),
    at: int | None = None,
) -> dict[tuple[str, ...], dict[str, Cost]]:
    """Give the exact cost of a frame by the columns ``by``, and by currency in each group.

    Columns are told by ``mapping``, else by their names: ``model``, ``seller``, ``at``, attributes,
    and meters such as ``input`` or ``cache_write.5m``. ``at`` prices all rows as of one instant.

    Raises:
        UsageError: a column is missing or holds no whole counts, or sums may not fit 64 bits.
        RatingError: some rows have no price.
    """
    catalog = catalog or load_catalog()
    tally = Tally()
    if isinstance(by, str):
        raise UsageError(f"by is the text {by!r}", remedy=f"As by=[{by!r}].")
    table = Table(frame, catalog, mapping, by, at)
    for name in by:
        if name not in table.labels:
            hint = did_you_mean(name, table.map.labels or table.columns)
            raise UsageError(f"no column '{name}' to group by",
                             remedy=hint or "A mapping names it under `labels`.")  # fmt: skip
    lost = _Lost()
    for each in table.sums():
        usage = each.usage
        try:
            card, _ = catalog.locate(usage, at=at)
            tally.add(usage, card, tuple(usage.labels.get(name, "") for name in by), each.requests)
        except PricingError as error:
            lost.add(error, each.requests)
    for found in tally.unrated.values():
        lost.add(RatingError(found.reason, remedy=found.remedy), found.requests)
    lost.refuse()
    return tally.costs()


def with_cost(
    frame: Any,
    catalog: Catalog | None = None,
    *,
    mapping: Map | None = None,
    column: str = "cost",
    at: int | None = None,
) -> Any:
    """Give a frame in memory with the exact cost of each row, decimal text, and its currency.

    Rows are priced by the pricing engine, one by one; an engine that lies elsewhere gives sums.

    Raises:
        UsageError: as ``cost``, or the frame is not in memory.
        RatingError: a row has no price.
    """
    catalog = catalog or load_catalog()
    table = Table(frame, catalog, mapping, (), at)
    for name in (column, f"{column}_currency"):
        if name in table.columns:
            raise UsageError(f"the frame has a column '{name}' already",
                             remedy="Give another name: column='price'.")  # fmt: skip
    if isinstance(table.given, nw.LazyFrame):
        raise UsageError("this frame is not in memory", remedy="Collect it, or ask for its sums.")
    lost = _Lost()
    amounts, currencies = [], []
    for usage in table.rows():
        try:
            card, _ = catalog.locate(usage, at=at)
            found = rate(usage, card)
        except PricingError as error:
            lost.add(error, 1)
            continue
        amounts.append(text(found.total.amount))
        currencies.append(found.currency)
    lost.refuse()
    given = table.given
    texts = {column: amounts, f"{column}_currency": currencies}
    return given.with_columns(
        *(
            nw.new_series(name, values, nw.String, backend=given.implementation)
            for name, values in texts.items()
        )
    ).to_native()


class _Lost:
    """Rows without a price, by the reason."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[PricingError, int]] = {}

    def add(self, error: PricingError, requests: int) -> None:
        first, count = self._found.get(error.what, (error, 0))
        self._found[error.what] = first, count + requests

    def refuse(self) -> None:
        """Raise what was lost, all of it at once."""
        found = list(self._found.values())
        if not found:
            return
        if len(found) == 1:
            raise found[0][0]
        listed = "; ".join(f"{error.what} ({count:,} rows)" for error, count in found[:_MOST_NAMED])
        more = f"; and {len(found) - _MOST_NAMED} more" * (len(found) > _MOST_NAMED)
        remedies = dict.fromkeys(error.remedy for error, _ in found[:_MOST_NAMED] if error.remedy)
        raise RatingError(f"{listed}{more}", remedy=" ".join(remedies) or None)


__all__ = ["Sum", "Table", "cost", "with_cost"]
