"""Which column of a frame is what, by its name, and what no engine can add up."""

from __future__ import annotations

from pricing.errors import PricingError, UsageError, did_you_mean
from pricing.rating.priced import Priced
from pricing.rating.quote import PLAIN
from pricing.rating.rate import quote_for
from pricing.usage.logs.mapped import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.usage.usage import Usage

#: in the names of counts
_ALIKE = ("token", "prompt", "completion", "cache", "input", "output")
#: numbers that are named like counts, and are billed nowhere
_NO_COUNTS = ("total_tokens", "max_tokens")
_NAMES = {
    "model": ("model", "model_name", "model_id"),
    "seller": ("seller", "provider"),
    "at": ("at", "ts", "timestamp", "created_at"),
    "id": ("id", "request_id"),
    "context_tokens": ("context_tokens",),
}


def by_names(columns: list[str], vocabulary: Any, labels: Iterable[str]) -> Map:
    """Give which column is what, by the names of columns.

    Raises:
        UsageError: there is none with the model, or with counts.
    """
    found = {
        what: next(name for name in names if name in columns)
        for what, names in _NAMES.items()
        if any(name in columns for name in names)
    }
    meters = {name: name for name in columns if name in vocabulary.meters}
    attributes = {name: name for name in columns if name in vocabulary.attributes}
    if "model" not in found:
        raise UsageError("no column tells the model", remedy="Name it `model`, or give --map.")
    if not meters:
        hint = did_you_mean("input", columns)
        raise UsageError("no column is a meter", remedy=hint or "As `input`, or give --map.")
    own = {name: name for name in labels if name in columns}
    return Map(found, meters, {}, attributes, own, {}, None, False)


def check_unused(schema: Any, found: Map, vocabulary: Any) -> None:
    """Refuse a column of numbers that looks like a count, and would be free for its name."""
    used = {*found.named, *_NO_COUNTS}
    for name, kind in schema.items():
        word = name.lower()
        is_like = any(each in word for each in _ALIKE) and not word.endswith("_id")
        if name in used or not kind.is_numeric() or not is_like:
            continue
        hint = did_you_mean(name, vocabulary.meters) or "Name it as its meter, or give a mapping."
        raise UsageError(f"the column '{name}' looks like a count, and is none", remedy=hint)


def refuse_single(usage: Usage, catalog: Catalog, at: int | None) -> None:
    """Refuse requests that have to be priced one by one; those without a price are told later."""
    try:
        card, _ = catalog.locate(usage, at=at)
        quote = quote_for(usage, card, PLAIN)
    except PricingError:
        return
    prices = [quote.price(meter) for meter, count in usage.meters.items() if count]
    if quote.is_single or any(isinstance(p, Priced) and p.unit is None for p in prices):
        raise UsageError(
            f"{card.name} charges request by request: tiers, minimums or fees of each",
            remedy="Read it without --engine.",
        )
