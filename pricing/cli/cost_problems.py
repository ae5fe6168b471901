"""What ``pricing cost`` could not price or add, as faults with a place and a remedy."""

from __future__ import annotations

from pricing.cli.cost_answer import CLAUSES
from pricing.errors import Fault, NoExchangeRate
from pricing.money import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pricing.cli.cost_answer import Answer, Missing

_MOST_FAULTS = 20
_LEAVE_OUT = "(--allow-unpriced)"


def problems_of(
    answer: Answer, overlays: Sequence[str], *, with_options: bool = True
) -> list[object]:
    """Give every problem, each reason once; damaged lines last.

    ``with_options`` names the options of ``pricing cost`` that leave them out.
    """
    found: list[object] = []
    for missing in answer.missing():
        remedy = _remedy(answer, missing, with_options)
        found += _missing(answer, missing, remedy, overlays)
    if answer.is_mixed:
        found.append(_mixed(answer))
    faults = answer.records.faults
    found += faults[:_MOST_FAULTS]
    more = answer.records.skipped["malformed"] - min(len(faults), _MOST_FAULTS)
    if more > 0:
        found.append(f"{more:,} more damaged lines")
    if faults and with_options:
        found.append("Leave damaged lines out with --allow-malformed.")
    if answer.cut:
        count = f" ({answer.cut:,} records)" if answer.cut > 1 else ""
        remedy = "Accept that with --allow-malformed." if with_options else None
        what = "the stream never finished, its counts are a lower bound"
        found.append(Fault(f"{what}{count}", path=answer.first_cut, remedy=remedy))
    return found


def _missing(
    answer: Answer, missing: Missing, remedy: str | None, overlays: Sequence[str]
) -> list[object]:
    """Say what has no price at its record's place, and below it where the card says so."""
    told = missing.told()
    count = f" ({missing.requests:,} requests)" if missing.requests > 1 else ""
    if missing.source is None:
        return [Fault(f"{told}{count}", path=missing.place, remedy=remedy)]
    from pricing.cli.sources import card_fault

    if not told.endswith(CLAUSES):
        place = Fault(f"{told}{count}", path=missing.place, remedy=remedy)
        return [place, card_fault("this line", missing.source, overlays, None)]
    said, _, because = told.rpartition(": ")
    card = card_fault(because, missing.source, overlays, remedy)
    if answer.requests == 1 and answer.lines:
        # the headline says it already
        return [card]
    return [Fault(f"{said}{count}", path=missing.place), card]


def _remedy(answer: Answer, missing: Missing, with_options: bool) -> str | None:
    remedy = missing.remedy or "Add a card (--cards DIR)."
    if remedy.startswith(("First revision", "Ended")):
        # it says where the card begins or ends
        return remedy
    remedy = remedy.replace("another seller", "another --seller").rstrip(".")
    name, colon, values = remedy.removeprefix("Give ").partition(": ")
    if name in answer.catalog.book.vocabulary.attributes:
        remedy = f"Give --attribute {name}=VALUE{colon}{values}"
    if not with_options:
        return f"{remedy}."
    is_part = answer.requests == 1 and answer.lines and missing.is_partial
    several = len(missing.meters) > 1 if is_part else missing.requests > 1
    comma = "; or" if ", or " in remedy or ": " in remedy else ", or"
    return f"{remedy}{comma} leave {'them' if several else 'it'} out {_LEAVE_OUT}."


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
