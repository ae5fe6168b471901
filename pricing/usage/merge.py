"""Of the records of one request, the one that stands: a stream's last snapshot, not a copy."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Usages = tuple[Usage, ...]

_INPUTS = ("input", "cache_read", "cache_write", "cache_write.5m", "cache_write.1h")


def merged(known: Usages, usages: Usages) -> tuple[Usages, Usages]:
    """Give the record of two that stands, and the other: the last of a stream, the larger one.

    A sub-agent's copy never stands for the message itself.
    """
    new, old = _rank(usages), _rank(known)
    if new == old:
        new, old = _content(usages), _content(known)
    if new > old:
        return usages, known
    return known, usages


def _rank(usages: Usages) -> tuple[Any, ...]:
    """Order records by what they count."""
    first = usages[0]
    size: Quantity = 0
    output: Quantity = 0
    for usage in usages:
        for meter, quantity in usage.meters.items():
            size += quantity
            if meter.startswith("output"):
                output += quantity
    return (
        not first.incomplete,
        size,
        not first.is_replay,
        "speed" in first.attributes,
        output,
    )


def _content(usages: Usages) -> tuple[Any, ...]:
    """Order equals by all that they hold, so that the order of rows decides nothing."""
    return tuple(
        (
            usage.model or "",
            sorted(usage.meters.items()),
            sorted(map(str, usage.attributes.items())),
        )
        for usage in usages
    )


def reason(stands: Usages, dropped: Usages) -> str:
    """Say why a record is dropped."""
    if dropped[0].is_replay and not stands[0].is_replay:
        return "sidechain_replays"
    return "duplicates"


def differ(usages: Usages, known: Usages) -> bool:
    """Tell whether two records of one id can hardly be one call: another model, another input."""
    first, second = usages[0], known[0]
    return first.model != second.model or any(
        first.meters.get(meter) != second.meters.get(meter) for meter in ("input", "cache_read")
    )


def are_two(usages: Usages, known: Usages) -> bool:
    """Tell whether one id stands for two calls, as of gateways that count messages themselves.

    They are two where neither has a request id, the sessions differ, and so do the input counts;
    a snapshot and the last word of a stream may differ.
    """
    first, second = usages[0], known[0]
    if first.request is not None or second.request is not None:
        return False
    sessions = first.labels.get("session"), second.labels.get("session")
    if None in sessions or sessions[0] == sessions[1] or first.incomplete != second.incomplete:
        return False
    return any(first.meters.get(meter) != second.meters.get(meter) for meter in _INPUTS)
