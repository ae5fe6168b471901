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
from pricing.errors import RatingError, UsageError
from pricing.frames.table import Sum, Table
from pricing.money import text
from pricing.rating.cost import Cost
from pricing.rating.rate import rate
from pricing.rating.sums import Tally
from pricing.usage.logs.mapped import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


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
    table = Table(frame, catalog, mapping, by, at)
    for each in table.sums():
        usage = each.usage
        card, _ = catalog.locate(usage, at=at)
        tally.add(usage, card, tuple(usage.labels.get(name, "") for name in by), each.requests)
    if tally.unrated:
        first = next(iter(tally.unrated.values()))
        raise RatingError(first.reason, remedy=first.remedy)
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
    if isinstance(table.given, nw.LazyFrame):
        raise UsageError("this frame is not in memory", remedy="Collect it, or ask for its sums.")
    amounts, currencies = [], []
    for usage in table.rows():
        card, _ = catalog.locate(usage, at=at)
        found = rate(usage, card)
        amounts.append(text(found.total.amount))
        currencies.append(found.currency)
    given = table.given
    texts = {column: amounts, f"{column}_currency": currencies}
    return given.with_columns(
        *(
            nw.new_series(name, values, nw.String, backend=given.implementation)
            for name, values in texts.items()
        )
    ).to_native()


__all__ = ["Sum", "Table", "cost", "with_cost"]
