"""What ``pricing cost`` could not price or add, as faults with a place and a remedy."""

from __future__ import annotations

from pricing.errors import Fault, NoExchangeRate
from pricing.money import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pricing.cli.cost_answer import Answer, Missing

_MOST_FAULTS = 20
_LEAVE_OUT = "(--allow-unpriced)"


def problems_of(answer: Answer, overlays: Sequence[str]) -> list[object]:
    """Give every problem, each reason once; damaged lines last."""
    found: list[object] = []
    for missing in answer.missing():
        found += _missing(answer, missing, overlays)
    if answer.is_mixed:
        found.append(_mixed(answer))
    faults = answer.records.faults
    found += faults[:_MOST_FAULTS]
    more = answer.records.skipped["malformed"] - min(len(faults), _MOST_FAULTS)
    if more > 0:
        found.append(f"{more:,} more damaged lines")
    if faults:
        found.append("Leave damaged lines out with --allow-malformed.")
    return found


def _missing(answer: Answer, missing: Missing, overlays: Sequence[str]) -> list[object]:
    """Say what has no price at its record's place, and below it where the card says so."""
    is_one = answer.requests == 1
    remedy = _remedy(missing, is_one)
    told = missing.told()
    if missing.source is None:
        count = "" if is_one or missing.requests == 1 else f" ({missing.requests:,} requests)"
        return [Fault(f"{told}{count}", path=missing.place, remedy=remedy)]
    from pricing.cli.sources import card_fault

    said, _, because = told.rpartition(": ")
    card = card_fault(because if said else told, missing.source, overlays, remedy)
    if is_one and answer.lines and said:
        # the headline says it already
        return [card]
    count = "" if missing.requests == 1 else f" ({missing.requests:,} requests)"
    return [Fault(f"{said or told}{count}", path=missing.place), card]


def _remedy(missing: Missing, is_one: bool) -> str | None:
    remedy = missing.remedy or "Add a card (--cards DIR)."
    if remedy.startswith(("First revision", "Ended")):
        # it says where the card begins or ends
        return remedy
    is_partial = "{}" in missing.reason
    several = len(missing.meters) > 1 if is_one and is_partial else missing.requests > 1
    them = "them" if several else "it"
    remedy = remedy.replace("another seller", "another --seller").rstrip(".")
    comma = "; or" if ", or " in remedy or ": " in remedy else ", or"
    return f"{remedy}{comma} leave {them} out {_LEAVE_OUT}."


def can_be_added(answer: Answer) -> bool:
    """Tell whether every total has a dated rate to the first one's currency."""
    currencies = list(answer.totals)
    try:
        for money in answer.totals.values():
            answer.catalog.convert(money, currencies[0], answer.when)
    except NoExchangeRate:
        return False
    return True


def _mixed(answer: Answer) -> Fault:
    """Say who bills in what, and how amounts could be added."""
    sums: dict[str, dict[str, Any]] = {}
    for line in answer.lines:
        if not line.is_extra:
            meters = sums.setdefault(line.card.partition("/")[0], {})
            meters[line.meter] = meters.get(line.meter, 0) + line.quantity
    told, before = [], None
    for seller, meters in sums.items():
        named = list(meters) != before
        counts = [
            f"{meter} {counted(quantity)}" if named else counted(quantity)
            for meter, quantity in meters.items()
        ]
        before = list(meters)
        told.append(f"{seller}: {', '.join(counts)}")
    first = next(iter(answer.totals))
    if can_be_added(answer):
        return Fault("; ".join(told), remedy=f"Give --currency {first}.")
    remedy = f"Add a dated rate (--cards DIR) and give --currency {first}."
    return Fault("; ".join(told), remedy=remedy)


def counted(quantity: Any) -> str:
    """Give a quantity as people read it: 12,000."""
    return f"{quantity:,}" if isinstance(quantity, int) else text(quantity)
