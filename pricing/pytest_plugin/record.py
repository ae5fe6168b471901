"""Recorded usage as JSON Lines, for ``pricing cost`` and for the fixtures of a budget file."""

from __future__ import annotations

import json
from decimal import Decimal

from pricing.errors import PricingError
from pricing.instants import iso
from pricing.money import text
from pricing.usage.envelope import read_record
from pricing.usage.sdk import as_dict
from pricing.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.catalog import Catalog
    from pricing.metering.ledger import Entry

_UNREADABLE = "Add responses as the API gave them: a dict, or the object of an SDK."


def record_of(entry: Entry, test: str, catalog: Catalog) -> str:
    """Give one line: at, seller, labels and the response, without its id and what the model wrote.

    Each line is a call of its own: one that is replayed in several tests has the same id in all of
    them, and would be read as one call.

    It is read again, and must count and cost the same; where that needs more of the response than
    names and counts, all of it is kept.

    Raises:
        PricingError: the response cannot be written so that it is read again as it was.
    """
    envelope: dict[str, Any] = {"at": iso(entry.at)}
    lines = entry.cost.lines
    seller = lines[0].card.partition("/")[0] if lines else entry.cost.usages[0].seller
    if seller is not None:
        envelope["seller"] = seller
    envelope["labels"] = {"test": test}
    if isinstance(entry.response, Usage):
        raise PricingError("a Usage cannot be recorded", remedy=_UNREADABLE)
    body = {key: value for key, value in as_dict(entry.response).items() if key != "id"}
    short = {key: value for key, value in body.items() if not isinstance(value, dict | list)}
    short["usage"] = body.get("usage")
    for response in (short, body):
        try:
            line = json.dumps({**envelope, "response": response}, default=_plain)
            if _is_same(json.loads(line, parse_float=Decimal), entry, catalog):
                return line
        except (PricingError, TypeError, ValueError):
            continue
    raise PricingError("a response cannot be recorded", remedy=_UNREADABLE)


def _is_same(record: object, entry: Entry, catalog: Catalog) -> bool:
    """Tell whether a record counts and costs what its response did."""
    costs = [catalog.cost(usage) for usage in read_record(record)]
    found = [usage for cost in costs for usage in cost.usages]
    return (
        sum((cost.total for cost in costs), entry.cost.total * 0) == entry.cost.total
        and len(found) == len(entry.cost.usages)
        and all(map(_is_counted_as, found, entry.cost.usages))
    )


def _is_counted_as(new: Usage, old: Usage) -> bool:
    return all(
        getattr(new, name) == getattr(old, name) for name in ("meters", "attributes", "free", "at")
    )


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return text(value)
    return as_dict(value)
